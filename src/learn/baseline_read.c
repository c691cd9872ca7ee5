/* SPDX-License-Identifier: Apache-2.0
 *
 * The document from YAML (docs/baseline.md). A person has edited it, or an enemy: every number is
 * checked, unknown keys and duplicates are refused, limits are those of learning.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "document.h"
#include "limits.h"
#include "text.h"
#include "yaml.h"

struct reader {
	const struct yaml *doc;
	struct error *err;
	struct baseline *site;
	struct knowledge *know;
};

static bool refuse_full(const struct reader *r, const struct yaml_node *node, const char *what)
{
	return yaml_fail(r->doc, node, r->err, "too many %s, or no memory for more; remove some",
			 what);
}

static bool refuse_twice(const struct reader *r, const struct yaml_node *node, const char *what)
{
	return yaml_fail(r->doc, node, r->err, "this %s is there twice; join the entries", what);
}

/* ---- optional scalars: absent leaves the value as it is ---- */

static bool opt_uint(const struct reader *r, const struct yaml_node *map, const char *key,
		     uint64_t max, uint64_t *value)
{
	return !yaml_get(map, key) || yaml_uint(r->doc, map, key, max, value, r->err);
}

static bool read_time(const struct reader *r, const struct yaml_node *map, const char *key,
		      int64_t *value)
{
	const struct yaml_node *node = yaml_get(map, key);
	int64_t time_ns = 0;

	if (!node)
		return true;
	/* the year first: a time beyond 2262 does not fit, and must not be tried */
	if (node->kind != YAML_SCALAR || strspn(node->text, "0123456789") != 4 ||
	    strncmp(node->text, "1970", 4) < 0 || strncmp(node->text, "2199", 4) > 0 ||
	    !text_parse_time(node->text, &time_ns) || time_ns < 0 || time_ns >= DOCUMENT_TIME_MAX)
		return yaml_fail(r->doc, node, r->err,
				 "%s must be a time like \"2026-11-21T23:56:00.000000+0000\"", key);
	*value = time_ns;
	return true;
}

static bool read_complete(const struct reader *r, const struct yaml_node *map, bool *incomplete)
{
	const struct yaml_node *node = yaml_get(map, "complete");

	if (!node)
		return true;
	if (node->kind != YAML_SCALAR ||
	    (strcmp(node->text, "true") != 0 && strcmp(node->text, "false") != 0))
		return yaml_fail(r->doc, node, r->err, "complete must be true or false");
	*incomplete |= strcmp(node->text, "false") == 0;
	return true;
}

static bool read_seen(const struct reader *r, const struct yaml_node *map, struct seen *seen)
{
	static const char *const keys[] = {"count", "first", "last", NULL};
	const struct yaml_node *node = yaml_get(map, "seen");

	return !node || (yaml_only(r->doc, node, keys, r->err) &&
			 opt_uint(r, node, "count", INT64_MAX, &seen->count) &&
			 read_time(r, node, "first", &seen->first_ns) &&
			 read_time(r, node, "last", &seen->last_ns));
}

static bool parse_int(const char *text, int64_t *value)
{
	bool minus = *text == '-';
	const char *digits = text + minus;
	size_t size = strlen(digits);
	int64_t number = 0;

	if (!size || size > 19 || strspn(digits, "0123456789") != size)
		return false;
	for (; *digits; digits++) {
		if (number > PROFILE_VALUE_MAX / 10)
			return false;
		number = number * 10 + (*digits - '0');
	}
	if (number > PROFILE_VALUE_MAX)
		return false;
	*value = minus ? -number : number;
	return true;
}

static bool read_int(const struct reader *r, const struct yaml_node *node, int64_t *value)
{
	if (node->kind != YAML_SCALAR || !parse_int(node->text, value))
		return yaml_fail(r->doc, node, r->err, "a value must be a whole number");
	return true;
}

/* A name that learning could have met: short and printable. */
static bool read_name(const struct reader *r, const struct yaml_node *map, const char *key,
		      const char **name)
{
	const char *text;

	if (!yaml_text(r->doc, map, key, &text, r->err))
		return false;
	if (!*text || strlen(text) > STRING_MAX)
		return yaml_fail(r->doc, yaml_get(map, key), r->err,
				 "%s must have 1 to %d characters", key, STRING_MAX);
	*name = know_string(r->know, text);
	return *name || refuse_full(r, map, "names");
}

static bool read_act(const struct reader *r, const struct yaml_node *map, enum bt_act *act)
{
	const char *text;

	if (!yaml_text(r->doc, map, "act", &text, r->err))
		return false;
	if (!act_parse(text, act))
		return yaml_fail(r->doc, yaml_get(map, "act"), r->err,
				 "act must be one of other, report, read, subscribe, identify, "
				 "authenticate, publish, write, control, configure, program");
	return true;
}

static bool read_addr(const struct reader *r, const struct yaml_node *map, const char *key,
		      struct bt_addr *addr)
{
	struct bt_addr parsed = {0};
	const char *text;

	if (!yaml_text(r->doc, map, key, &text, r->err))
		return false;
	if (!text_parse_addr(text, &parsed))
		return yaml_fail(r->doc, yaml_get(map, key), r->err,
				 "%s must be an IPv4, IPv6 or MAC address", key);
	*addr = parsed;
	return true;
}

/* Each element of an optional list of maps, to `each` with `parent`. */
typedef bool read_element(const struct reader *r, const struct yaml_node *node, void *parent);

static bool read_each(const struct reader *r, const struct yaml_node *map, const char *key,
		      read_element *each, void *parent)
{
	const struct yaml_node *list;

	if (!yaml_get(map, key))
		return true;
	if (!yaml_list(r->doc, map, key, &list, r->err))
		return false;
	for (const struct yaml_node *node = list->first; node; node = node->next)
		if (!each(r, node, parent))
			return false;
	return true;
}

/* ---- written values ---- */

static bool read_band(const struct reader *r, const struct yaml_node *band, struct profile *profile)
{
	int64_t min, max;

	if (band->kind != YAML_LIST || band->count != 2)
		return yaml_fail(r->doc, band, r->err, "band must be a list of two: [min, max]");
	if (!read_int(r, band->first, &min) || !read_int(r, band->first->next, &max))
		return false;
	if (min > max)
		return yaml_fail(r->doc, band, r->err, "band must be [min, max] with min <= max");
	profile_widen(profile, min, max);
	return true;
}

static bool read_set(const struct reader *r, const struct yaml_node *set, struct profile *profile)
{
	int64_t value;

	if (set->kind != YAML_LIST || !set->count || set->count > PROFILE_SET_MAX)
		return yaml_fail(r->doc, set, r->err,
				 "set must be a list of 1 to %d values; use band for more",
				 PROFILE_SET_MAX);
	for (const struct yaml_node *node = set->first; node; node = node->next) {
		if (!read_int(r, node, &value))
			return false;
		profile_add(profile, value, 0);
	}
	return true;
}

static bool read_profile(const struct reader *r, const struct yaml_node *map,
			 struct profile *profile)
{
	const struct yaml_node *value = yaml_get(map, "value"), *set = yaml_get(map, "set");
	const struct yaml_node *band = yaml_get(map, "band");
	int64_t constant;

	if ((value != NULL) + (set != NULL) + (band != NULL) != 1)
		return yaml_fail(r->doc, map, r->err, "needs one of value, set or band");
	if (set)
		return read_set(r, set, profile);
	if (band)
		return read_band(r, band, profile);
	if (!read_int(r, value, &constant))
		return false;
	profile_add(profile, constant, 0);
	return true;
}

static bool read_value(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"space", "number", "value", "set",
					   "band",  "writes", NULL};
	struct unit *unit = parent;
	struct written *written;
	const char *space;
	uint64_t number, writes = 0;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_name(r, node, "space", &space) ||
	    !yaml_uint(r->doc, node, "number", UINT64_MAX, &number, r->err) ||
	    !opt_uint(r, node, "writes", INT64_MAX, &writes))
		return false;
	if (know_find_written(r->know, unit, space, number))
		return refuse_twice(r, node, "number");
	written = know_add_written(r->know, unit, space, number);
	if (!written)
		return refuse_full(r, node, "values");
	written->profile.count = writes;
	return read_profile(r, node, &written->profile);
}

/* ---- functions ---- */

/* "40" or "0-9". */
static bool parse_range(const char *text, struct range *range)
{
	uint64_t number[2] = {0, 0};
	unsigned n = 0;
	size_t digits = 0;

	for (; *text; text++) {
		if (*text == '-' && n == 0 && digits) {
			n = 1;
			digits = 0;
			continue;
		}
		if (!isdigit((unsigned char)*text) ||
		    __builtin_mul_overflow(number[n], 10, &number[n]) ||
		    __builtin_add_overflow(number[n], (uint64_t)(*text - '0'), &number[n]))
			return false;
		digits++;
	}
	if (!digits || (n && number[0] > number[1]))
		return false;
	*range = (struct range){number[0], number[n]};
	return true;
}

static bool read_ranges(const struct reader *r, const struct yaml_node *map, struct ranges *ranges)
{
	const struct yaml_node *list = yaml_get(map, "ranges");

	if (list && list->kind == YAML_SCALAR && strcmp(list->text, "any") == 0) {
		ranges->any = true;
		return true;
	}
	if (!yaml_list(r->doc, map, "ranges", &list, r->err))
		return false;
	for (const struct yaml_node *node = list->first; node; node = node->next) {
		struct range range;

		if (node->kind != YAML_SCALAR || !parse_range(node->text, &range))
			return yaml_fail(r->doc, node, r->err,
					 "a range must be like \"40\" or \"0-9\"");
		if (ranges_add(ranges, range, &r->know->range_budget) == RANGES_FULL)
			return refuse_full(r, node, "ranges");
	}
	return true;
}

static bool read_object(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"act", "space", "ranges", NULL};
	struct function *function = parent;
	struct object *object;
	enum bt_act act;
	const char *space;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_act(r, node, &act) ||
	    !read_name(r, node, "space", &space))
		return false;
	if (know_find_object(function, act, space))
		return refuse_twice(r, node, "object");
	object = know_add_object(r->know, function, act, space);
	if (!object)
		return refuse_full(r, node, "objects");
	return read_ranges(r, node, &object->ranges);
}

static bool read_errors(const struct reader *r, const struct yaml_node *map,
			struct function *function)
{
	const struct yaml_node *list = yaml_get(map, "errors");
	uint64_t error;

	if (list && list->kind == YAML_SCALAR && strcmp(list->text, "any") == 0) {
		function->any_error = true;
		return true;
	}
	if (!list)
		return true;
	if (!yaml_list(r->doc, map, "errors", &list, r->err))
		return false;
	if (list->count > ERRORS_MAX)
		return yaml_fail(r->doc, list, r->err, "more than %d errors; write \"any\"",
				 ERRORS_MAX);
	for (const struct yaml_node *node = list->first; node; node = node->next) {
		if (!yaml_uint_of(r->doc, node, UINT32_MAX, &error, r->err))
			return false;
		function_add_error(function, (uint32_t)error);
	}
	return true;
}

static bool read_function(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"name",   "function", "sub",	    "act",
					   "seen",   "errors",	 "objects", NULL};
	struct unit *unit = parent;
	struct function *function;
	enum bt_act act;
	const char *name;
	uint64_t number, sub = 0;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_name(r, node, "name", &name) ||
	    !yaml_uint(r->doc, node, "function", UINT32_MAX, &number, r->err) ||
	    !opt_uint(r, node, "sub", UINT32_MAX, &sub) || !read_act(r, node, &act))
		return false;
	if (know_find_function(r->know, unit, (uint32_t)number, (uint32_t)sub))
		return refuse_twice(r, node, "function");
	function = know_add_function(r->know, unit, (uint32_t)number, (uint32_t)sub, act, name);
	if (!function)
		return refuse_full(r, node, "functions");
	return read_seen(r, node, &function->seen) && read_errors(r, node, function) &&
	       read_each(r, node, "objects", read_object, function);
}

/* ---- pairs ---- */

static bool read_unit(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"unit", "functions", "values", NULL};
	struct learn_pair *pair = parent;
	const struct yaml_node *number;
	uint64_t value = BT_NO_UNIT;
	struct unit *unit;

	if (!yaml_only(r->doc, node, keys, r->err))
		return false;
	number = yaml_get(node, "unit");
	if (!(number && number->text && strcmp(number->text, "none") == 0) &&
	    !yaml_uint(r->doc, node, "unit", BT_NO_UNIT - 1, &value, r->err))
		return false;
	if (know_find_unit(r->know, pair, (uint32_t)value))
		return refuse_twice(r, node, "unit");
	unit = know_add_unit(r->know, pair, (uint32_t)value);
	if (!unit)
		return refuse_full(r, node, "units");
	return read_each(r, node, "functions", read_function, unit) &&
	       read_each(r, node, "values", read_value, unit);
}

static bool read_service(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"service", "protocol", "complete",
					   "seen",    "units",	  NULL};
	struct hosts *hosts = parent;
	const char *text, *protocol = NULL;
	struct learn_pair *pair;
	struct service service;

	if (!yaml_only(r->doc, node, keys, r->err) ||
	    !yaml_text(r->doc, node, "service", &text, r->err))
		return false;
	if (!service_parse(text, &service))
		return yaml_fail(r->doc, node, r->err,
				 "service must be like tcp/502, udp/high, icmp, ip/47 or link/0x8892");
	if (yaml_get(node, "protocol") && !read_name(r, node, "protocol", &protocol))
		return false;
	if (know_find_pair(r->know, hosts, service, protocol))
		return refuse_twice(r, node, "service");
	pair = know_add_pair(r->know, hosts, service, protocol, true);
	if (!pair)
		return refuse_full(r, node, "services");
	return read_complete(r, node, &pair->incomplete) && read_seen(r, node, &pair->seen) &&
	       read_each(r, node, "units", read_unit, pair);
}

static bool read_pair(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"client", "server", "complete", "services", NULL};
	struct bt_addr client, server;
	struct hosts *hosts;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_addr(r, node, "client", &client) ||
	    !read_addr(r, node, "server", &server))
		return false;
	if (know_find_hosts(r->know, &client, &server))
		return refuse_twice(r, node, "pair");
	hosts = know_add_hosts(r->know, &client, &server);
	if (!hosts)
		return refuse_full(r, node, "pairs");
	return read_complete(r, node, &hosts->incomplete) &&
	       read_each(r, node, "services", read_service, hosts);
}

/* ---- the top ---- */

static bool read_device(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"address", "mac", "label", NULL};
	struct bt_addr addr, mac = {0};
	const char *label = NULL;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_addr(r, node, "address", &addr))
		return false;
	if (yaml_get(node, "mac") && !read_addr(r, node, "mac", &mac))
		return false;
	if (yaml_get(node, "mac") && mac.family != BT_ADDR_MAC)
		return yaml_fail(r->doc, node, r->err, "mac must be like \"00:11:22:33:44:55\"");
	if (yaml_get(node, "label") && !yaml_text(r->doc, node, "label", &label, r->err))
		return false;
	if (label && strlen(label) >= LABEL_MAX)
		return yaml_fail(r->doc, node, r->err, "label must be shorter than %d bytes",
				 LABEL_MAX);
	if (baseline_find_device(r->site, &addr))
		return refuse_twice(r, node, "device");
	baseline_add_device(r->site, &addr, yaml_get(node, "mac") ? mac.bytes : NULL, label);
	return baseline_find_device(r->site, &addr) || refuse_full(r, node, "devices");
}

static bool read_source(const struct reader *r, const struct yaml_node *root)
{
	static const char *const keys[] = {"from", "to", "packets", "operations", NULL};
	const struct yaml_node *node = yaml_get(root, "source");
	struct baseline_source *source = &r->site->source;

	return !node || (yaml_only(r->doc, node, keys, r->err) &&
			 read_time(r, node, "from", &source->from_ns) &&
			 read_time(r, node, "to", &source->to_ns) &&
			 opt_uint(r, node, "packets", UINT64_MAX, &source->packets) &&
			 opt_uint(r, node, "operations", UINT64_MAX, &source->operations));
}

static bool read_document(const struct reader *r)
{
	static const char *const keys[] = {"version", "complete", "source",
					   "devices", "pairs",	  NULL};
	const struct yaml_node *root = yaml_root(r->doc);
	uint64_t version;

	if (!yaml_only(r->doc, root, keys, r->err) ||
	    !yaml_uint(r->doc, root, "version", UINT32_MAX, &version, r->err))
		return false;
	if (version != DOCUMENT_VERSION)
		return yaml_fail(r->doc, yaml_get(root, "version"), r->err,
				 "version %" PRIu64 " of a baseline; this program reads version %d",
				 version, DOCUMENT_VERSION);
	return read_complete(r, root, &r->know->incomplete) && read_source(r, root) &&
	       read_each(r, root, "devices", read_device, NULL) &&
	       read_each(r, root, "pairs", read_pair, NULL);
}

static struct baseline *read_and_free(struct yaml *doc, struct error *err)
{
	struct baseline *site = baseline_create();
	struct reader r = {.doc = doc, .err = err, .site = site};

	if (site) {
		r.know = &site->know;
		if (!read_document(&r)) {
			baseline_destroy(site);
			site = NULL;
		}
	} else {
		error_set(err, "%s: out of memory", yaml_name(doc));
	}
	yaml_free(doc);
	return site;
}

struct baseline *baseline_parse(const char *name, const char *text, size_t size, struct error *err)
{
	struct yaml *doc = yaml_parse(name, text, size, err);

	return doc ? read_and_free(doc, err) : NULL;
}

struct baseline *baseline_load(const char *path, struct error *err)
{
	struct yaml *doc = yaml_load(path, err);

	return doc ? read_and_free(doc, err) : NULL;
}
