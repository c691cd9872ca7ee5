/* SPDX-License-Identifier: Apache-2.0 */
#include "label.h"

#include <stdlib.h>

struct labeller {
	int unused;
};

struct labeller *labeller_create(void)
{
	return calloc(1, sizeof(struct labeller));
}

void labeller_destroy(struct labeller *labeller)
{
	free(labeller);
}

const char *labeller_version(void)
{
	return "built without nDPI";
}

const char *label_packet(struct labeller *labeller, struct label **label, const struct flow *flow,
			 enum bt_dir dir, const struct packet *packet)
{
	return "";
}

void label_drop(struct labeller *labeller, struct label **label)
{
}

const char *label_port(const struct bt_flow *flow)
{
	return NULL;
}
