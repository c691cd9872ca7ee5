/* SPDX-License-Identifier: Apache-2.0 */
#include "nic.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Frames that found no room in the adapter. rx_dropped is not among them: it counts what the sensor
 * has got and no other program wanted. */
static const char *const counter_names[NIC_COUNTERS] = {"rx_missed_errors", "rx_fifo_errors"};

static uint64_t sum(const struct nic *nic)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < NIC_COUNTERS; i++) {
		char text[32];
		ssize_t size = nic->counters[i] < 0 ? 0 : pread(nic->counters[i], text, sizeof(text) - 1, 0);

		text[size > 0 ? size : 0] = '\0';
		total += strtoull(text, NULL, 10);
	}
	return total;
}

void nic_open(struct nic *nic, const char *name)
{
	char path[96];

	*nic = (struct nic){0};
	snprintf(nic->name, sizeof(nic->name), "%s", name);
	for (unsigned i = 0; i < NIC_COUNTERS; i++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", nic->name,
			 counter_names[i]);
		nic->counters[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
	nic->missed_before = sum(nic);
}

void nic_close(struct nic *nic)
{
	for (unsigned i = 0; i < NIC_COUNTERS; i++) {
		if (nic->counters[i] >= 0)
			close(nic->counters[i]);
	}
}

bool nic_is_up(const struct nic *nic, int socket)
{
	struct ifreq request = {0};
	int both = IFF_UP | IFF_RUNNING;

	memcpy(request.ifr_name, nic->name, sizeof(request.ifr_name));
	return ioctl(socket, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & both) == both;
}

uint64_t nic_missed(const struct nic *nic)
{
	uint64_t now = sum(nic);

	return now > nic->missed_before ? now - nic->missed_before : 0;
}
