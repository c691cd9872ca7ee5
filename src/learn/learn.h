/* SPDX-License-Identifier: Apache-2.0
 *
 * The behavioural baseline: device -> pair and service -> unit and function -> ranges read and
 * written -> profile of written values. Learned from operations alone; knows no protocol.
 *
 *   struct baseline   the document: a site's learned behaviour. Loaded from YAML or put together
 *                     from all shards; read only while workers run, who judge by it together.
 *   struct learn      one shard's knowledge of its pairs: a table that answers "is this known?" with
 *                     one probe, counts, and either grows (learning) or explains (judging).
 *
 * A deviation is reported at the highest level that is unknown, once per entry (a new client that
 * reads and writes: new client once, write by it once per unit), so that one event is one finding.
 */
#ifndef LEARN_H
#define LEARN_H

#include <stdio.h>

#include "bittern/operation.h"
#include "error.h"
#include "finding.h"

struct baseline;

struct baseline *baseline_create(void);
void baseline_destroy(struct baseline *site);
/* Errors carry FILE:LINE. Nothing is trusted: bounded sizes, every number checked. */
struct baseline *baseline_load(const char *path, struct error *err);
struct baseline *baseline_parse(const char *name, const char *text, size_t size, struct error *err);
/* All shards that learn on from it have their copy: what remains is what they ask for later, the roles and
 * the devices. It can be neither written, taken from nor judged by any more. NULL: nothing. */
void baseline_taken(struct baseline *site);
/* Sorted, so that the same knowledge is the same bytes. False: write error (errno). */
bool baseline_write(const struct baseline *site, FILE *out);

/* What the document says of its making; baseline_write() prints it. */
struct baseline_source {
	int64_t from_ns, to_ns;
	uint64_t packets, operations;
};
void baseline_set_source(struct baseline *site, const struct baseline_source *source);

/* Devices that belong to the site: an address (IP, or MAC where there is none). */
void baseline_add_device(struct baseline *site, const struct bt_addr *addr, const uint8_t mac[6],
			 const char *label);
/* Also the MAC of a device that is known by its IP address. */
bool baseline_has_device(const struct baseline *site, const struct bt_addr *addr);
size_t baseline_device_count(const struct baseline *site);

enum learn_mode {
	LEARN_WATCH, /* no baseline: remembers for the inventory, finds nothing */
	LEARN_LEARN, /* grows */
	LEARN_JUDGE, /* locked: what is not known is a finding */
};

struct learn;

/* `site` may be NULL; it must outlive the shard, which asks it who serves and who asks elsewhere on
 * the site. The pairs of `site` for which shard_of() gives the number of a bit that is set in `numbers` are
 * the shard's: it judges by them where they are, or copies them to learn on. NULL: no memory. */
struct learn *learn_create(const struct baseline *site, uint64_t numbers,
			   unsigned (*shard_of)(const struct bt_addr *a, const struct bt_addr *b),
			   enum learn_mode mode);
void learn_destroy(struct learn *learn);
/* Learning is over, or goes on after that; what judges by a document never learns. */
void learn_set_mode(struct learn *learn, enum learn_mode mode);
/* Adds what the shard has learned, with what it learned on from, to a document: another than it came from, once
 * per shard, while nobody judges by it. False: a cap or no memory. */
bool learn_export(const struct learn *learn, struct baseline *site);

struct learn_pair; /* the pair and service of a flow: looked up once per flow, kept by the caller */

/* A flow was seen doing something (its first packet). Returns its entry (lives as long as `learn`;
 * NULL at the cap). `finding` is filled and *found set when the pair or service is unknown: only
 * name, title, severity, technique, object, seen, expected; the caller knows the rest. `protocol`
 * NULL: not known yet, the service is transport and port. */
struct learn_pair *learn_flow(struct learn *learn, const struct bt_flow *flow, const char *protocol,
			      int64_t now_ns, struct finding *finding, bool *found);
/* The flow's protocol was recognised after learn_flow(): a known port that suddenly speaks another
 * protocol is a finding. */
struct learn_pair *learn_protocol(struct learn *learn, const struct bt_flow *flow,
				  const char *protocol, int64_t now_ns, struct finding *finding,
				  bool *found);

/* What was judged known of late, by keyed hash: kept by the caller beside what it has at hand for the
 * flow anyway, so that a polling loop touches nothing else of the baseline. Zeroed at first, and whenever
 * `pair` or `learn` is another. */
struct learn_memo {
	uint64_t known[6]; /* in no order; 0: free */
};

/* One operation of the pair. Fills up to `max` findings (same fields as above; unit too) and returns
 * how many. Known behaviour costs a look at the memo, or one probe of a cache keyed by (pair, unit,
 * function, accesses) and one more for each name; values of writes are checked against their profiles as
 * well. `pair` may be NULL (then nothing), and so may `memo`. */
unsigned learn_operation(struct learn *learn, struct learn_pair *pair, struct learn_memo *memo,
			 const struct bt_operation *op, struct finding *findings, unsigned max);

/* ---- piece by piece: while learning goes on, it is kept in a state file ---- */

enum {
	PIECE_KEY = 35,
};

/* The document in pieces, sorted by their keys: what is known of two hosts; a device; that not all is
 * known. A key has up to PIECE_KEY bytes; a value is the entry of the document, in YAML. */
struct piece {
	uint8_t key[PIECE_KEY];
	size_t key_size;
};

bool learn_has_unsaved(const struct learn *learn);
/* The piece of which something was learned longest ago and that is not saved since: its entry is written to
 * `out`; nothing: it is to be forgotten. False: there is none. Until learn_saved() it is the same. */
bool learn_unsaved(const struct learn *learn, struct piece *piece, FILE *out);
void learn_saved(struct learn *learn);
void piece_incomplete(struct piece *piece, FILE *out); /* and its entry */
void piece_device(struct piece *piece, const struct bt_addr *addr);
void piece_write_device(const struct bt_addr *addr, const uint8_t mac[6], const char *label, FILE *out);

/* Puts pieces, given in the order of their keys, into `site`: many at a time, so that the last of them are in it
 * only after pieces_finish(). */
struct pieces;
struct pieces *pieces_create(struct baseline *site); /* NULL: no memory */
/* False: no memory. `bad` is called for those that are none; they are left out. */
bool pieces_add(struct pieces *pieces, struct bt_cursor key, struct bt_cursor value);
void pieces_finish(struct pieces *pieces); /* frees */
void pieces_on_bad(struct pieces *pieces, void (*bad)(void *owner, struct bt_cursor key), void *owner);

struct learn_counts {
	uint64_t pairs, entries, values, known; /* in the table */
	uint64_t dropped;                       /* not remembered at a cap */
	/* Operations looked at, and of those the ones that were not known: while judging they raised
	 * a finding, while learning they taught something (1 - deviating / judged is the coverage). */
	uint64_t judged, deviating;
};
void learn_count(const struct learn *learn, struct learn_counts *counts); /* adds to *counts */

#endif
