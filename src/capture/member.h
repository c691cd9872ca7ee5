/* SPDX-License-Identifier: Apache-2.0
 *
 * One file of a capture, shared by all readers. Nothing in it changes while they read, except
 * through atomics; what is known only at its end is written once, by the first reader through (all
 * readers see the same file, so the first one knows as much as the last).
 */
#ifndef CAPTURE_MEMBER_H
#define CAPTURE_MEMBER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "capture.h"
#include "mapping.h"
#include "sniff.h"

struct member {
	uint32_t index;
	bool named; /* by the user: then it must be a capture; else it was found in a directory */
	enum sniffed kind;
	bool big_endian;   /* pcap only */
	uint32_t tick_ns;  /* pcap only: 1 or 1000 */
	uint32_t linktype; /* pcap only: as it stands in the file */
	struct mapping map;
	struct pcap *stream; /* NULL: mapped */
	char *path;          /* owned */
	uint64_t device, inode;

	atomic_int stage; /* enum member_stage */
	struct capture_file opened;
	struct capture_file finished; /* valid once stage says so */
};

enum member_stage {
	MEMBER_OPEN,
	MEMBER_FINISHING,
	MEMBER_FINISHED,
};

/* Opens `path` and finds out what it is. Takes `path` when it succeeds; else `err` says why, without
 * the path. On a loss the member is stored in `*note`. */
bool member_open(struct member *member, char *path, void *_Atomic *note, struct error *err);
/* The same of a file's content in memory; `bytes` stays the caller's and outlives the member. */
bool member_open_memory(struct member *member, const void *bytes, size_t size, struct error *err);
/* A member without frames, whose problem is `why`. Takes `path`. */
void member_refuse(struct member *member, char *path, const struct error *why);
void member_close(struct member *member);

/* A reader has come to its end. Only the first one's word is kept. */
void member_finish(struct member *member, const struct capture_file *end);
const struct capture_file *member_now(const struct member *member);

#endif
