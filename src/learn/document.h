/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of struct baseline, shared by what reads and what writes the document.
 */
#ifndef LEARN_DOCUMENT_H
#define LEARN_DOCUMENT_H

#include "knowledge.h"
#include "learn.h"

enum {
	DOCUMENT_VERSION = 1,
	LABEL_MAX = 128,
};

/* Times outside are not written: no capture is that old, and the year has four digits. */
#define DOCUMENT_TIME_MIN INT64_C(1000)
#define DOCUMENT_TIME_MAX INT64_C(7258118400000000000) /* 2200-01-01 */

struct device {
	struct bt_addr addr;
	bool has_mac;
	uint8_t mac[6];
	char label[LABEL_MAX]; /* "": none */
};

struct baseline {
	struct knowledge know;
	struct baseline_source source;
	struct pool device_pool;
	struct map devices; /* by address */
	struct map macs;    /* the same by their MAC; one that was replaced may still be in it */
};

struct device *baseline_find_device(const struct baseline *site, const struct bt_addr *addr);

/* baseline_write.c: entries of the lists `pairs` and `devices` */
bool document_write_hosts(FILE *out, const struct knowledge *know, const struct hosts *hosts);
void document_write_device(FILE *out, const struct device *device);
void device_set_label(struct device *device, const char *label); /* baseline.c */

/* document_name.c */
void document_write_name(FILE *out, struct bt_cursor name);
/* False: none, too long, or a backslash that means nothing. */
bool document_parse_name(const char *text, uint8_t room[NAME_BYTES], struct bt_cursor *name);

#endif
