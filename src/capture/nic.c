/* SPDX-License-Identifier: Apache-2.0 */
#include "nic.h"

#include <fcntl.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- counters ---- */

/* Frames that found no room in the adapter. rx_dropped is not among them: it counts what the sensor
 * has got and no other program wanted. */
static const char *const counter_names[NIC_COUNTERS] = {"rx_missed_errors", "rx_fifo_errors"};

static void open_counters(struct nic *nic)
{
	char path[96];

	for (unsigned i = 0; i < NIC_COUNTERS; i++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", nic->name,
			 counter_names[i]);
		nic->counters[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
}

static void close_counters(struct nic *nic)
{
	for (unsigned i = 0; i < NIC_COUNTERS; i++) {
		if (nic->counters[i] >= 0)
			close(nic->counters[i]);
		nic->counters[i] = -1;
	}
}

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

/* Drivers begin at zero again when the interface goes down and up, or have 32 bits: what was missed
 * meanwhile nobody knows, but what was counted stays so. */
static void count_missed(struct nic *nic)
{
	uint64_t now = sum(nic);

	if (now > nic->missed_before)
		atomic_fetch_add(&nic->missed, now - nic->missed_before);
	nic->missed_before = now;
}

/* ---- the device ---- */

static bool ask(const struct nic *nic, int socket, unsigned long what, struct ifreq *answer)
{
	*answer = (struct ifreq){0};
	memcpy(answer->ifr_name, nic->name, sizeof(answer->ifr_name));
	return ioctl(socket, what, answer) == 0;
}

static int find_device(const struct nic *nic, int socket)
{
	struct ifreq answer;

	if (!ask(nic, socket, SIOCGIFHWADDR, &answer) || answer.ifr_hwaddr.sa_family != nic->kind)
		return 0;
	return ask(nic, socket, SIOCGIFINDEX, &answer) ? answer.ifr_ifindex : 0;
}

static bool is_up(const struct nic *nic, int socket)
{
	const int both = IFF_UP | IFF_RUNNING;
	struct ifreq answer;

	return ask(nic, socket, SIOCGIFFLAGS, &answer) && (answer.ifr_flags & both) == both;
}

void nic_open(struct nic *nic, const char *name)
{
	int any = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct ifreq answer;

	*nic = (struct nic){0};
	snprintf(nic->name, sizeof(nic->name), "%s", name);
	if (ask(nic, any, SIOCGIFHWADDR, &answer))
		nic->kind = answer.ifr_hwaddr.sa_family;
	open_counters(nic);
	nic->missed_before = sum(nic);
	atomic_store(&nic->index, find_device(nic, any));
	atomic_store(&nic->devices, 1);
	atomic_store(&nic->is_up, is_up(nic, any));
	if (any >= 0)
		close(any);
}

bool nic_is_loopback(const struct nic *nic)
{
	return nic->kind == ARPHRD_LOOPBACK;
}

void nic_close(struct nic *nic)
{
	close_counters(nic);
}

/* The device that goes takes its counters along: what they said stays counted. */
static void follow(struct nic *nic, int index)
{
	close_counters(nic);
	if (index)
		open_counters(nic);
	nic->missed_before = sum(nic);
	atomic_store(&nic->index, index);
	if (index)
		atomic_fetch_add(&nic->devices, 1);
}

void nic_look(struct nic *nic, int socket)
{
	int index = find_device(nic, socket), known = atomic_load(&nic->index);
	bool was_up = atomic_load(&nic->is_up), is_now = index && is_up(nic, socket);

	if (index != known)
		follow(nic, known ? 0 : index);
	is_now = is_now && atomic_load(&nic->index) == index;
	if (is_now && !was_up)
		atomic_fetch_add(&nic->returns, 1);
	atomic_store(&nic->is_up, is_now);
	count_missed(nic);
}
