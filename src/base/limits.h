/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that traffic can make grow has its cap here, in one place. Caps are per shard (there
 * are always SHARD_COUNT of them, whatever the number of workers, so no output depends on it)
 * unless they say otherwise. docs/operations.md explains what happens at each.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)
#define SECONDS(n) ((int64_t)(n) * 1000000000)
#define MILLISECONDS(n) ((int64_t)(n) * 1000000)

enum {
	SHARD_COUNT = 64,
	WORKERS_MAX = 64,
	INTERFACES_MAX = 16, /* listened to by one run */

	/* decode */
	VLAN_TAGS_MAX = 3,
	MPLS_LABELS_MAX = 8,
	TUNNEL_DEPTH_MAX = 4,
	IPV6_EXTENSIONS_MAX = 12,
	FRAGMENT_DATAGRAMS_MAX = 1024, /* reassembled at once, per decoder */
	FRAGMENTS_PER_DATAGRAM_MAX = 64,
	FRAGMENT_BYTES_MAX = 4 << 20,  /* held at once, per decoder */

	/* flow */
	FLOWS_MAX = 8192,              /* 524,288 over all shards; another number may be asked for: */
	FLOWS_ASKED_MIN = 65536,       /* over all shards */
	FLOWS_ASKED_MAX = 16777216,
	STREAM_SEGMENTS_MAX = 64,      /* out of order, per direction */
	STREAM_HELD_BYTES_MAX = 256 << 10, /* out of order, per direction */
	STREAM_SHARD_BYTES_MAX = 1 << 20,  /* held and carried, all streams of a shard */

	/* proto */
	PENDING_PER_FLOW_MAX = 64,
	PENDING_MAX = 2048,
	FLOW_MEMORY_MAX = 512 << 10, /* what dissectors remember of one flow, bytes */
	SHARD_MEMORY_MAX = 2 << 20,  /* of all flows of a shard */
	FLOW_MEMORY_DUE = 256,       /* what nobody else's flows can take from one */

	/* learn: per shard */
	LEARN_PAIRS_MAX = 4096,
	LEARN_ENTRIES_MAX = 16384,
	LEARN_KNOWN_MAX = 16384,       /* exact operations remembered for the one-probe answer */
	LEARN_VALUES_MAX = 8192,       /* value profiles */
	LEARN_RANGES_MAX = 32768,      /* ranges of numbers, all objects together */
	LEARN_RANGES_PER_OBJECT_MAX = 256,
	LEARN_NAMES_PER_OBJECT_MAX = 1024,
	LEARN_NAME_BYTES_MAX = 2 << 20, /* names of things, and the sets of them */
	LEARN_NUMBERS_PER_OPERATION_MAX = 2048, /* written ones that are looked at */
	LEARN_STRINGS_MAX = 1024,      /* names of functions, spaces and protocols */

	/* the reporter: whole program */
	ASSETS_MAX = 65536,
	ASSET_EVIDENCE_MAX = 64,       /* per device */
	CONVERSATIONS_MAX = 262144,
	ALERTS_MAX = 16384,

	/* news */
	RING_BYTES = 4 << 20,
	RECORD_BYTES_MAX = 64 << 10,   /* one line of the log */

	/* state */
	STATE_HELD_BYTES = 4 << 20,    /* records that are not yet in the file */
	STATE_KEY_MAX = 64,            /* bytes of a record's key */
	STATE_VALUE_MAX = 32 << 20,    /* bytes of a record: most is what was learned of two hosts */
};

#endif
