/* SPDX-License-Identifier: Apache-2.0
 *
 * The document from YAML (docs/baseline.md). A person has edited it, or an enemy: every number is
 * checked, unknown keys and duplicates are refused, limits are those of learning.
 */
#include <inttypes.h>
#include <string.h>

#include "document_read.h"
#include "limits.h"
#include "text.h"
#include "yaml.h"

bool refuse_full(const struct reader *r, const struct yaml_node *node, const char *what)
{
	return yaml_fail(r->doc, node, r->err, "too many %s, or no memory for more; remove some",
			 what);
}

bool refuse_twice(const struct reader *r, const struct yaml_node *node, const char *what)
{
	return yaml_fail(r->doc, node, r->err, "this %s is there twice; join the entries", what);
}

/* ---- optional scalars: absent leaves the value as it is ---- */

bool opt_uint(const struct reader *r, const struct yaml_node *map, const char *key,
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

bool read_seen(const struct reader *r, const struct yaml_node *map, struct seen *seen)
{
	static const char *const keys[] = {"count", "first", "last", NULL};
	const struct yaml_node *node = yaml_get(map, "seen");

	return !node || (yaml_only(r->doc, node, keys, r->err) &&
			 opt_uint(r, node, "count", INT64_MAX, &seen->count) &&
			 read_time(r, node, "first", &seen->first_ns) &&
			 read_time(r, node, "last", &seen->last_ns));
}

/* A name that learning could have met: short and printable. */
bool read_word(const struct reader *r, const struct yaml_node *map, const char *key,
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

bool read_act(const struct reader *r, const struct yaml_node *map, enum bt_act *act)
{
	const char *text;

	if (!yaml_text(r->doc, map, "act", &text, r->err))
		return false;
	if (!act_parse(text, act))
		return yaml_fail(r->doc, yaml_get(map, "act"), r->err,
				 "act must be one of other, session, report, read, subscribe, "
				 "identify, authenticate, publish, write, control, configure, program");
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

bool read_each(const struct reader *r, const struct yaml_node *map, const char *key,
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

/* ---- pairs ---- */

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
				 "service must be like tcp/502, udp/high, tcp/dialled/20000, icmp, ip/47 or "
				 "link/0x8892");
	if (yaml_get(node, "protocol") && !read_word(r, node, "protocol", &protocol))
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

static bool read_mac(const struct reader *r, const struct yaml_node *map, struct bt_addr *mac)
{
	const char *text;

	if (!yaml_text(r->doc, map, "mac", &text, r->err))
		return false;
	return (text_parse_addr(text, mac) && mac->family == BT_ADDR_MAC) ||
	       yaml_fail(r->doc, yaml_get(map, "mac"), r->err, "mac must be like \"00:11:22:33:44:55\"");
}

static bool read_device(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"address", "mac", "label", NULL};
	struct bt_addr addr, mac = {0};
	const char *label = NULL;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_addr(r, node, "address", &addr))
		return false;
	if (yaml_get(node, "mac") && !read_mac(r, node, &mac))
		return false;
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
