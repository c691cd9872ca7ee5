/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/ethernet.h>
#include <pcap/dlt.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "limits.h"

enum {
	/* The least: one is used up every TAP_BLOCK_MS by whatever comes, so many small ones last longest
	 * when nobody looks; but the largest frame must have its place in one. */
	BLOCK_BYTES = 64 << 10,
	HEADER_BYTES = 256,      /* more than the kernel writes before a frame and a block */
	BLOCKS_MIN = 2,
	TAG_BYTES = 4,
	MACS_BYTES = 2 * ETH_ALEN,
};

/* ---- the socket ---- */

static bool set(int fd, int option, const void *value, size_t size)
{
	return setsockopt(fd, SOL_PACKET, option, value, (socklen_t)size) == 0;
}

static bool set_int(int fd, int option, int value)
{
	return set(fd, option, &value, sizeof(value));
}

/* A tag that the kernel took out is put back before the frame: that needs room there. */
static bool set_up(int fd, const struct tap_options *options)
{
	return set_int(fd, PACKET_VERSION, TPACKET_V3) && set_int(fd, PACKET_RESERVE, TAG_BYTES) &&
	       (!options->stamped_by_adapter ||
		set_int(fd, PACKET_TIMESTAMP, SOF_TIMESTAMPING_RAW_HARDWARE)) &&
	       setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &options->filter, sizeof(options->filter)) == 0;
}

static uint32_t block_bytes_for(uint32_t snap_bytes)
{
	uint32_t bytes = BLOCK_BYTES;

	while (bytes < snap_bytes + 2 * HEADER_BYTES)
		bytes *= 2;
	return bytes;
}

bool tap_open(struct tap *tap, const struct tap_options *options)
{
	uint32_t block_bytes = block_bytes_for(options->snap_bytes);
	uint32_t block_count = options->ring_bytes / block_bytes;

	*tap = (struct tap){
		.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
		.block_bytes = block_bytes,
		.block_count = block_count < BLOCKS_MIN ? BLOCKS_MIN : block_count,
	};
	if (tap->fd < 0)
		return false;
	if (set_up(tap->fd, options))
		return true;
	tap_close(tap);
	return false;
}

static size_t ring_bytes(const struct tap *tap)
{
	return (size_t)tap->block_bytes * tap->block_count;
}

static bool make_ring(struct tap *tap)
{
	struct tpacket_req3 wanted = {
		.tp_block_size = tap->block_bytes,
		.tp_block_nr = tap->block_count,
		.tp_frame_size = tap->block_bytes,
		.tp_frame_nr = tap->block_count,
		.tp_retire_blk_tov = TAP_BLOCK_MS,
	};
	void *ring;

	if (!set(tap->fd, PACKET_RX_RING, &wanted, sizeof(wanted)))
		return false;
	ring = mmap(NULL, ring_bytes(tap), PROT_READ | PROT_WRITE, MAP_SHARED, tap->fd, 0);
	if (ring == MAP_FAILED)
		return false;
	tap->ring = ring;
	return true;
}

bool tap_listen(struct tap *tap, int index)
{
	struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
	struct sockaddr_ll place = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = index,
	};

	if (!index) { /* to the kernel that is all of them */
		errno = ENODEV;
		return false;
	}
	if (!tap->ring && !make_ring(tap))
		return false;
	return set(tap->fd, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) &&
	       bind(tap->fd, (const struct sockaddr *)&place, sizeof(place)) == 0;
}

bool tap_listens(const struct tap *tap, int index)
{
	struct sockaddr_ll place;
	socklen_t size = sizeof(place);

	return getsockname(tap->fd, (struct sockaddr *)&place, &size) == 0 && place.sll_ifindex == index;
}

void tap_rest(struct tap *tap)
{
	struct tpacket_req3 none = {0};

	if (!tap->ring)
		return;
	munmap(tap->ring, ring_bytes(tap));
	set(tap->fd, PACKET_RX_RING, &none, sizeof(none));
	tap->ring = NULL;
	tap->next = 0;
	tap->is_held = false;
}

void tap_close(struct tap *tap)
{
	int error = errno;

	tap_rest(tap);
	if (tap->fd >= 0)
		close(tap->fd);
	tap->fd = -1;
	errno = error;
}

/* ---- its frames ---- */

static struct tpacket_block_desc *block_at(const struct tap *tap, uint32_t number)
{
	return (struct tpacket_block_desc *)(void *)(tap->ring + (size_t)number * tap->block_bytes);
}

static void give_back(struct tap *tap)
{
	uint32_t before = (tap->next ? tap->next : tap->block_count) - 1;

	if (tap->is_held)
		__atomic_store_n(&block_at(tap, before)->hdr.bh1.block_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
	tap->is_held = false;
}

/* The adapter or the kernel took the outermost tag out of the frame: put it back in its place. */
static void restore_tag(uint8_t *frame, const struct tpacket3_hdr *header)
{
	uint16_t kind = header->tp_status & TP_STATUS_VLAN_TPID_VALID ? header->hv1.tp_vlan_tpid
								      : ETHERTYPE_VLAN;
	uint16_t tag[] = {htons(kind), htons((uint16_t)header->hv1.tp_vlan_tci)};

	memmove(frame - TAG_BYTES, frame, MACS_BYTES);
	memcpy(frame - TAG_BYTES + MACS_BYTES, tag, TAG_BYTES);
}

static struct frame frame_of(struct tpacket3_hdr *header, const struct frame *like)
{
	uint8_t *data = (uint8_t *)header + header->tp_mac;
	struct frame frame = *like;

	frame.data = data;
	frame.captured = header->tp_snaplen;
	frame.wire = header->tp_len < header->tp_snaplen ? header->tp_snaplen : header->tp_len;
	frame.time_ns = SECONDS(header->tp_sec) + header->tp_nsec;
	if (header->tp_status & TP_STATUS_VLAN_VALID && like->link == DLT_EN10MB &&
	    frame.captured >= MACS_BYTES) {
		restore_tag(data, header);
		frame.data -= TAG_BYTES;
		frame.captured += TAG_BYTES;
		frame.wire += TAG_BYTES;
	}
	return frame;
}

bool tap_take(struct tap *tap, const struct frame *like, tap_taker *take, void *owner, unsigned *count)
{
	struct tpacket_block_desc *block;
	uint8_t *at;

	give_back(tap);
	if (!tap->ring)
		return false;
	block = block_at(tap, tap->next);
	if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	at = (uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;
	for (uint32_t left = block->hdr.bh1.num_pkts; left; left--) {
		struct tpacket3_hdr *header = (struct tpacket3_hdr *)(void *)at;
		struct frame frame = frame_of(header, like);

		at += header->tp_next_offset;
		take(owner, &frame, header->tp_status & TP_STATUS_TS_RAW_HARDWARE);
	}
	*count += block->hdr.bh1.num_pkts;
	tap->next = (tap->next + 1) % tap->block_count;
	tap->is_held = true;
	return true;
}
