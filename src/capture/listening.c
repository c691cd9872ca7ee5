/* SPDX-License-Identifier: Apache-2.0 */
#include "listening.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/dlt.h>
#include <string.h>
#include <sys/socket.h>

#include "fanout.h"

enum {
	ETHERNET_BYTES = 14, /* of a frame's header */
};

/* ---- opening ---- */

static struct tap_options options_of(const struct listening_setup *setup, struct sock_filter *filter,
				     unsigned length)
{
	return (struct tap_options){
		.filter = {(unsigned short)length, filter},
		.ring_bytes = setup->wanted.ring_bytes,
		.snap_bytes = setup->wanted.snap_bytes,
		.stamped_by_adapter = setup->wanted.stamped_by_adapter,
	};
}

static bool open_first(struct tap *tap, const struct listening_setup *setup)
{
	const struct interface *interface = &setup->interface;
	struct tap_options options = options_of(setup, interface->filter, interface->filter_length);

	return tap_open(tap, &options) && tap_listen(tap, atomic_load(&setup->nic->index));
}

static unsigned link_bytes(const struct interface *interface)
{
	return interface->link == DLT_EN10MB ? ETHERNET_BYTES : 0;
}

/* It shares with its fellows by its filter: a group would bind it to one device for ever. */
static bool open_spare(struct tap *tap, const struct listening_setup *setup)
{
	const struct interface *interface = &setup->interface;
	struct sock_filter filter[BPF_MAXINSNS];
	struct tap_options options =
		options_of(setup, filter, FANOUT_SHARE_LENGTH + interface->filter_length);

	fanout_share(filter, setup->worker, setup->workers, link_bytes(interface));
	memcpy(filter + FANOUT_SHARE_LENGTH, interface->filter,
	       interface->filter_length * sizeof(filter[0]));
	return tap_open(tap, &options);
}

bool listening_open(struct listening *on, struct listening_setup *setup, struct error *err)
{
	*on = (struct listening){
		.first.fd = -1,
		.spare.fd = -1,
		.tap = &on->first,
		.like = {.interface = setup->number, .link = setup->interface.link},
		.device = 1,
	};
	if (open_first(&on->first, setup) &&
	    (setup->workers == 1 ||
	     (fanout_join(on->first.fd, &setup->group, link_bytes(&setup->interface)) &&
	      open_spare(&on->spare, setup))))
		return true;
	if (errno == ENOMEM)
		return error_set(err, "interface %s: no memory for a ring of %u MiB for each worker, or for so long "
				      "a filter (sysctl net.core.optmem_max)",
				 setup->wanted.name, setup->wanted.ring_bytes >> 20);
	return error_set(err, "interface %s: %s", setup->wanted.name, strerror(errno));
}

void listening_close(struct listening *on)
{
	if (!on->tap)
		return;
	tap_close(&on->first);
	tap_close(&on->spare);
}

/* ---- another device ---- */

/* The kernel begins at zero again each time. */
void listening_count(struct listening *on)
{
	struct tpacket_stats_v3 stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(on->tap->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
		return;
	on->counts.received += stats.tp_packets - stats.tp_drops;
	on->counts.dropped += stats.tp_drops;
}

/* A ring that is read on holds what came before as well. Another one's turn is when nothing is left. */
static bool change(struct listening *on, int index)
{
	if (tap_listens(on->tap, index))
		return true; /* it had another name for a while */
	if (on->tap == &on->spare || on->spare.fd < 0)
		return tap_listen(on->tap, index);
	if (!on->is_ending)
		listening_end(on);
	if (on->left)
		return false;
	listening_count(on);
	tap_rest(&on->first); /* first: there may not be memory for both */
	if (!tap_listen(&on->spare, index))
		return false;
	on->tap = &on->spare;
	return true;
}

void listening_follow(struct listening *on, const struct nic *nic)
{
	unsigned devices = atomic_load(&nic->devices);
	int index = atomic_load(&nic->index);

	if (on->device == devices || !index || !change(on, index))
		return;
	on->device = devices;
	on->is_ending = false;
}

/* ---- frames ---- */

/* So many blocks as there are, and the one that the kernel is filling. */
void listening_end(struct listening *on)
{
	on->is_ending = true;
	on->left = on->tap->block_count + 1;
}

void listening_take(struct listening *on, tap_taker *take, void *owner, bool is_settled, unsigned *count)
{
	if (on->is_ending && !on->left)
		return;
	if (tap_take(on->tap, &on->like, take, owner, count))
		on->left -= on->is_ending;
	else if (is_settled)
		on->left = 0;
}
