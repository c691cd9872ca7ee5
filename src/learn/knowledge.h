/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a network's behaviour, as a tree that can be walked; tables find hosts, services and
 * written values in it at once, units and functions are found by halves among their like:
 *
 *   hosts (client, server) -> service -> unit -> function -> object (act, space) -> ranges, names
 *                                        unit -> written values (space, name, number) -> profile
 *   device -> roles: which protocols it serves and asks
 *
 * The document (baseline.c) holds one for the site, each shard (learn.c) one for its pairs. Texts are
 * interned: equal texts are equal pointers. All of it is capped; what does not fit is counted and
 * marks its parent incomplete, so that nobody is blamed for what was forgotten here.
 */
#ifndef LEARN_KNOWLEDGE_H
#define LEARN_KNOWLEDGE_H

#include "bittern/flow.h"
#include "bittern/operation.h"
#include "map.h"
#include "nameset.h"
#include "pool.h"
#include "profile.h"
#include "ranges.h"
#include "sorted.h"

enum {
	SERVICE_ANY_HIGH = 65536, /* stands for all dynamic ports */
	SERVICE_DIALLED = 131072, /* and a port of the client, to which the server opened */
	SERVICE_TEXT = 24,
	ERRORS_MAX = 8,    /* per function */
	PEERS_MAX = 4,     /* clients of a server that an explanation names */
	ROLES_MAX = 32,    /* per device */
	STRING_MAX = 64,   /* bytes of a word: protocol, function, space */
};

/* When something was seen and how often. */
struct seen {
	uint64_t count;
	int64_t first_ns, last_ns; /* 0: unknown */
};

/* What goes by number: TCP and UDP ports, EtherTypes, IP protocols. */
struct service {
	uint8_t transport; /* enum bt_transport */
	uint32_t number;   /* or SERVICE_ANY_HIGH, or more than SERVICE_DIALLED */
};

struct hosts {
	struct hosts *next;
	struct bt_addr client, server;
	bool learned;    /* in the baseline; else only met while judging */
	bool incomplete; /* services were forgotten at a cap */
	bool unsaved;    /* waits in learn->unsaved */
	struct learn_pair *services;
	struct hosts *next_unsaved;
};

struct learn_pair {
	struct learn_pair *next;  /* of the same hosts */
	struct learn_pair *alike; /* same service, another protocol */
	struct hosts *hosts;
	struct service service;
	const char *protocol; /* NULL: none was recognised */
	struct sorted *units;
	struct seen seen;     /* flows */
	uint64_t loaded;      /* so many of them come from the document */
	bool learned;
	bool incomplete; /* something below was forgotten at a cap */
	bool wrote[2];   /* something below is a write or worse: by the client, by the server */
};

struct unit {
	struct learn_pair *pair;
	struct sorted *functions; /* by number and sub */
	struct written *values;
	uint32_t number; /* or BT_NO_UNIT */
};

struct object {
	struct object *next;
	const char *space;
	struct nameset *names; /* what goes by name; NULL: nothing */
	struct ranges ranges;  /* what goes by number, and the act */
};

/* There are many of them, and most touch one object: it is within. */
struct function {
	uint32_t number, sub;
	const char *name;
	struct seen seen; /* operations */
	uint32_t *errors; /* sorted; NULL: none so far */
	uint8_t act;      /* enum bt_act: the gravest */
	bool by_server;   /* always asked for or told by the server */
	bool any_error;
	uint8_t error_count;
	struct object object; /* without a space: none. More of them follow it */
};

struct written {
	struct written *next;
	struct unit *unit;
	const char *space;
	const struct name *name; /* NULL: goes by number */
	uint64_t number;         /* of a named thing: of the value within it */
	struct profile profile;
};

/* Where a value is written to. */
struct written_key {
	const struct unit *unit;
	const char *space; /* interned */
	struct bt_cursor name; /* name_key(); empty: goes by number */
	uint64_t number;
};

/* A device serves a protocol (on some service), or asks others by it. */
struct role {
	struct role *next;
	const char *protocol;
	bool serves;
	struct service service;           /* serves */
	struct bt_addr peers[PEERS_MAX];  /* serves: the first clients in the order of addresses */
	unsigned peer_count;              /* may be more than PEERS_MAX */
};

struct device_roles {
	struct bt_addr addr;
	struct role *roles;
	unsigned count;
};

struct knowledge {
	struct pool hosts_pool, pair_pool, unit_pool, function_pool, object_pool, written_pool,
		device_pool, role_pool;
	struct map hosts, pairs, written, devices, strings, names;
	struct hosts *first;
	size_t range_budget, string_budget, name_budget;
	uint64_t dropped;
	bool incomplete; /* pairs of hosts were forgotten */
};

/* `shards`: how many shards' caps it may fill. */
void know_init(struct knowledge *know, unsigned shards);
void know_finish(struct knowledge *know);
/* So many of its hosts and pairs are already somewhere else. */
void know_take_room(struct knowledge *know, size_t hosts, size_t pairs);
/* Forgets the hosts and all below; who serves and who asks stays. Nothing can be added any more. */
void know_keep_roles(struct knowledge *know);

/* NULL: longer than STRING_MAX, a cap or no memory. */
const char *know_string(struct knowledge *know, const char *text);
const char *know_find_string(const struct knowledge *know, const char *text);

/* An item from `pool` in `map`; NULL and counted when there is no room. */
void *know_make(struct knowledge *know, struct pool *pool, struct map *map, uint64_t hash);

/* find: NULL when it is not there. add: finds or makes; NULL at a cap, which is then counted and
 * remembered in the parent. */
struct hosts *know_find_hosts(const struct knowledge *know, const struct bt_addr *client,
			      const struct bt_addr *server);
struct hosts *know_add_hosts(struct knowledge *know, const struct bt_addr *client,
			     const struct bt_addr *server);
/* The first pair of this service, whatever the protocol; more by `alike`. */
struct learn_pair *know_find_service(const struct knowledge *know, const struct hosts *hosts,
				     struct service service);
struct learn_pair *know_find_pair(const struct knowledge *know, const struct hosts *hosts,
				  struct service service, const char *protocol);
/* A pair that is `learned` gives both devices their roles. */
struct learn_pair *know_add_pair(struct knowledge *know, struct hosts *hosts, struct service service,
				 const char *protocol, bool learned);
void know_learned(struct knowledge *know, struct learn_pair *pair); /* from now on it is */
struct unit *know_find_unit(const struct learn_pair *pair, uint32_t number);
struct unit *know_add_unit(struct knowledge *know, struct learn_pair *pair, uint32_t number);
struct function *know_find_function(const struct unit *unit, uint32_t number, uint32_t sub);
struct function *know_add_function(struct knowledge *know, struct unit *unit, uint32_t number,
				   uint32_t sub, enum bt_act act, const char *name, bool by_server);

/* The units of a pair, the functions of a unit, from 0 on. */
static inline uint32_t unit_count(const struct learn_pair *pair)
{
	return sorted_count(pair->units);
}

static inline struct unit *unit_at(const struct learn_pair *pair, uint32_t i)
{
	return pair->units->at[i];
}

static inline uint32_t function_count(const struct unit *unit)
{
	return sorted_count(unit->functions);
}

static inline struct function *function_at(const struct unit *unit, uint32_t i)
{
	return unit->functions->at[i];
}

/* objects.c */
const struct name *know_name(struct knowledge *know, struct bt_cursor key); /* interned; or NULL */
/* What it touches, by `next`; NULL: nothing. */
const struct object *function_objects(const struct function *function);
struct object *know_find_object(struct function *function, enum bt_act act, const char *space);
struct object *know_add_object(struct knowledge *know, struct unit *unit, struct function *function,
			       enum bt_act act, const char *space);
const struct nameset *object_names(const struct object *object); /* never NULL */
bool object_any_name(const struct object *object);
/* From now on all names belong to it. False: no memory. */
bool object_allow_any_name(struct knowledge *know, struct object *object);
bool object_has_name(const struct object *object, struct bt_cursor key);
/* The name is used by operation number `operation`; 0: it comes from elsewhere, where it was used once,
 * or `again` and again. RANGES_FULL is counted. */
enum ranges_added object_add_name(struct knowledge *know, struct object *object, struct bt_cursor key,
				  bool again, uint64_t operation);
struct written *know_find_written(const struct knowledge *know, const struct written_key *key);
struct written *know_add_written(struct knowledge *know, struct unit *unit,
				 const struct written_key *key);

void seen_add(struct seen *seen, uint64_t count, int64_t first_ns, int64_t last_ns);
bool function_has_error(const struct function *function, uint32_t error);
bool function_add_error(struct function *function, uint32_t error); /* true: it was new */

/* Adds what was learned of two hosts. False: something did not fit. */
bool know_merge(struct knowledge *to, const struct hosts *hosts);

/* roles.c */
void know_add_roles(struct knowledge *know, const struct learn_pair *pair);
/* `protocol` NULL: any. */
const struct role *know_find_role(const struct knowledge *know, const struct bt_addr *addr,
				  const char *protocol, bool serves);
/* What the device serves on this service; NULL: nothing known. */
const struct role *know_find_server(const struct knowledge *know, const struct bt_addr *addr,
				    struct service service);

/* service.c */
struct service service_of(const struct bt_flow *flow, bool reversed, const char *protocol);
/* The other way to look at the same flow's service: exact port for any high port and back. False:
 * there is none. */
bool service_other(const struct bt_flow *flow, bool reversed, struct service *service);
const char *service_text(char text[SERVICE_TEXT], struct service service);
bool service_parse(const char *text, struct service *service);
bool act_parse(const char *text, enum bt_act *act);

#endif
