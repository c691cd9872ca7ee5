/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings file of bittern run. One table says which settings there are, what they take, what holds
 * without them and what a person is told of them: it reads the file, refuses what is not in it, and
 * docs/configuration.md is printed from it.
 *
 * An option of the command line wins over the setting that says the same; what the file says of it
 * must be right all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "cli.h"
#include "text.h"

enum {
	RING_BYTES_MIN = 1 << 20,
	RING_BYTES_MAX = 1 << 30,
	SNAP_BYTES_MIN = 128,
	SNAP_BYTES_MAX = 262144, /* libpcap's own */
};

#define STATS_INTERVAL_MIN SECONDS(1)

struct reading {
	struct session *session;
	struct live_interface *interface; /* whose settings are read */
	const struct yaml *doc;
	struct error *err;
};

struct setting {
	const char *in, *key;       /* the map it stands in; NULL: the file itself */
	const char *option;         /* of the command line, which wins; NULL: there is none */
	const char *takes, *initial, *text;
	bool (*read)(struct reading *reading, const struct yaml_node *node);
	bool reloads; /* SIGHUP is enough for a change */
};

static bool read_map(struct reading *reading, const struct yaml_node *map, const char *in);

/* ---- kinds of value ---- */

static bool refuse(const struct reading *reading, const struct yaml_node *node, const char *wanted)
{
	char text[48] = "";

	if (node->text)
		text_printable(text, sizeof(text), cur_of(node->text, strlen(node->text)));
	return yaml_fail(reading->doc, node, reading->err, "%s%s%s%s must be %s",
			 node->key ? node->key : "the entry", node->text ? " is \"" : "", text,
			 node->text ? "\"; it" : "", wanted);
}

static bool read_text(const struct reading *reading, const struct yaml_node *node, const char *wanted,
		      const char **value)
{
	if (node->kind != YAML_SCALAR || !*node->text)
		return refuse(reading, node, wanted);
	*value = node->text;
	return true;
}

static bool read_number(const struct reading *reading, const struct yaml_node *node, uint64_t min,
			uint64_t max, const char *wanted, uint64_t *value)
{
	uint64_t number = 0;

	if (!yaml_uint_of(reading->doc, node, max, &number, NULL) || number < min)
		return refuse(reading, node, wanted);
	*value = number;
	return true;
}

/* One text, or a list of them. */
static bool each_text(struct reading *reading, const struct yaml_node *node, const char *wanted,
		      bool (*take)(struct reading *reading, const struct yaml_node *node))
{
	if (node->kind == YAML_MAP)
		return refuse(reading, node, wanted);
	if (node->kind == YAML_SCALAR)
		return *node->text ? take(reading, node) : refuse(reading, node, wanted);
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		if (item->kind != YAML_SCALAR || !*item->text)
			return refuse(reading, item, wanted);
		if (!take(reading, item))
			return false;
	}
	return true;
}

/* ---- settings ---- */

static bool add_interface(struct reading *reading, const struct yaml_node *node)
{
	struct live_options *live = &reading->session->live_options;
	struct live_interface *interface = &live->interfaces[live->count];

	if (live->count == LIVE_INTERFACES_MAX)
		return yaml_fail(reading->doc, node, reading->err, "more than %d interfaces",
				 LIVE_INTERFACES_MAX);
	*interface = (struct live_interface){0};
	reading->interface = interface;
	if (node->kind == YAML_SCALAR ? !read_text(reading, node, "an interface's name", &interface->name)
				      : !read_map(reading, node, "interfaces"))
		return false;
	if (!interface->name)
		return yaml_fail(reading->doc, node, reading->err, "\"name\" is missing here");
	if (options_listen(live, interface->name))
		return yaml_fail(reading->doc, node, reading->err, "interface %s is named twice",
				 interface->name);
	live->count++;
	return true;
}

static bool read_interfaces(struct reading *reading, const struct yaml_node *node)
{
	if (node->kind != YAML_LIST)
		return refuse(reading, node, "a list of interfaces");
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		if (!add_interface(reading, item))
			return false;
	}
	return true;
}

static bool read_name(struct reading *reading, const struct yaml_node *node)
{
	return read_text(reading, node, "an interface's name (ip link shows them)",
			 &reading->interface->name);
}

static bool read_filter(struct reading *reading, const struct yaml_node *node)
{
	struct error why;

	if (!read_text(reading, node, "an expression in tcpdump's language", &reading->interface->filter))
		return false;
	return capture_filter_check(node->text, &why) ||
	       yaml_fail(reading->doc, node, reading->err, "%s", why.text);
}

/* "16 MiB", "512KiB" or bytes. */
static bool parse_bytes(const char *text, uint64_t *bytes)
{
	static const struct {
		const char *unit;
		unsigned shift;
	} units[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 15)
		return false;
	*bytes = strtoull(text, &end, 10);
	end += *end == ' ';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0 && *bytes <= UINT64_MAX >> units[i].shift) {
			*bytes <<= units[i].shift;
			return true;
		}
	}
	return false;
}

static bool read_ring(struct reading *reading, const struct yaml_node *node)
{
	uint64_t bytes = 0;

	if (node->kind != YAML_SCALAR || !parse_bytes(node->text, &bytes) || bytes < RING_BYTES_MIN ||
	    bytes > RING_BYTES_MAX)
		return refuse(reading, node, "a size from 1 MiB to 1 GiB, such as 64 MiB");
	reading->interface->ring_bytes = (uint32_t)bytes;
	return true;
}

static bool read_snap(struct reading *reading, const struct yaml_node *node)
{
	uint64_t bytes = 0;

	if (!read_number(reading, node, SNAP_BYTES_MIN, SNAP_BYTES_MAX, "a number from 128 to 262144",
			 &bytes))
		return false;
	reading->interface->snap_bytes = (uint32_t)bytes;
	return true;
}

static bool read_timestamps(struct reading *reading, const struct yaml_node *node)
{
	bool is_adapter = node->kind == YAML_SCALAR && strcmp(node->text, "adapter") == 0;

	if (!is_adapter && (node->kind != YAML_SCALAR || strcmp(node->text, "host") != 0))
		return refuse(reading, node, "host or adapter");
	reading->interface->stamped_by_adapter = is_adapter;
	return true;
}

static bool read_workers(struct reading *reading, const struct yaml_node *node)
{
	uint64_t count = 0;

	_Static_assert(WORKERS_MAX == 64, "the text below says it");
	if (!read_number(reading, node, 1, WORKERS_MAX, "a number from 1 to 64", &count))
		return false;
	reading->session->run.workers = (unsigned)count;
	return true;
}

static bool read_flows(struct reading *reading, const struct yaml_node *node)
{
	uint64_t count = 0;

	_Static_assert(FLOWS_ASKED_MIN == 65536 && FLOWS_ASKED_MAX == 16777216, "the text below says it");
	if (!read_number(reading, node, FLOWS_ASKED_MIN, FLOWS_ASKED_MAX, "a number from 65536 to 16777216",
			 &count))
		return false;
	reading->session->run.flows_max = (unsigned)count;
	return true;
}

static bool read_baseline(struct reading *reading, const struct yaml_node *node)
{
	return read_text(reading, node, "a file's path", &reading->session->baseline_path);
}

static bool read_learn_for(struct reading *reading, const struct yaml_node *node)
{
	int64_t ns;

	if (node->kind != YAML_SCALAR || !text_parse_duration(node->text, &ns) || ns <= 0)
		return refuse(reading, node, "a duration, such as 14d or 6h");
	reading->session->run.learn_for_ns = ns;
	return true;
}

static bool read_state(struct reading *reading, const struct yaml_node *node)
{
	return read_text(reading, node, "a file's path", &reading->session->state_path);
}

static bool read_oui(struct reading *reading, const struct yaml_node *node)
{
	return read_text(reading, node, "a file's path", &reading->session->run.assets.oui_path);
}

static bool read_eve_path(struct reading *reading, const struct yaml_node *node)
{
	return read_text(reading, node, "a file's path, or - for standard output",
			 &reading->session->eve_path);
}

static bool read_user(struct reading *reading, const struct yaml_node *node)
{
	return read_text(reading, node, "a user's name", &reading->session->user);
}

static bool take_named(struct reading *reading, const struct yaml_node *node, struct named *list)
{
	return named_add(list, node->text) ||
	       yaml_fail(reading->doc, node, reading->err, "more than %d files", NAMED_MAX);
}

static bool take_rules(struct reading *reading, const struct yaml_node *node)
{
	return take_named(reading, node, &reading->session->rule_paths);
}

static bool take_mmdb(struct reading *reading, const struct yaml_node *node)
{
	return take_named(reading, node, &reading->session->mmdb_paths);
}

static bool take_log(struct reading *reading, const struct yaml_node *node)
{
	char wanted[OPTIONS_LOGS + 16] = "one of ";

	return options_log(&reading->session->run, node->text, strlen(node->text)) ||
	       refuse(reading, node, (options_logs(wanted + 7), wanted));
}

static bool read_rules(struct reading *reading, const struct yaml_node *node)
{
	return each_text(reading, node, "a path, or a list of paths", take_rules);
}

static bool read_geoip(struct reading *reading, const struct yaml_node *node)
{
	return each_text(reading, node, "a path, or a list of paths", take_mmdb);
}

static bool read_log(struct reading *reading, const struct yaml_node *node)
{
	return each_text(reading, node, "a list, such as [flow, modbus]", take_log);
}

static bool read_eve(struct reading *reading, const struct yaml_node *node)
{
	return read_map(reading, node, "eve");
}

static bool read_metrics(struct reading *reading, const struct yaml_node *node)
{
	struct metrics_address address;
	struct error why;

	if (!read_text(reading, node, METRICS_ADDRESS_WANTED, &reading->session->metrics))
		return false;
	return address_parse(node->text, &address, &why) ||
	       yaml_fail(reading->doc, node, reading->err, "metrics: %s", why.text);
}

static bool read_stats_interval(struct reading *reading, const struct yaml_node *node)
{
	int64_t ns;

	if (node->kind != YAML_SCALAR || !text_parse_duration(node->text, &ns) || ns < STATS_INTERVAL_MIN)
		return refuse(reading, node, "a duration of 1s or more, such as 60s or 10m");
	reading->session->run.stats_every_ns = ns;
	return true;
}

static const struct setting settings[] = {
	{NULL, "interfaces", "interface", "list", "none: one must be named",
	 "where to listen: names, or maps of the five keys below", read_interfaces, false},
	{"interfaces", "name", NULL, "text", "", "the interface's, as `ip link` shows it", read_name, false},
	{"interfaces", "filter", "filter", "BPF expression", "every packet",
	 "only packets that match (tcpdump's language)", read_filter, false},
	{"interfaces", "ring", NULL, "1 MiB to 1 GiB", "16 MiB",
	 "memory in which packets wait to be looked at, of each worker", read_ring, false},
	{"interfaces", "snap-length", NULL, "128 to 262144", "65535", "bytes captured of a packet", read_snap,
	 false},
	{"interfaces", "timestamps", NULL, "host or adapter", "host",
	 "whose clock says when a packet came: the kernel's, or the adapter's own", read_timestamps, false},
	{NULL, "workers", "workers", "1 to 64", "one per core", "threads", read_workers, false},
	{NULL, "flows", "flows", "65536 to 16777216", "524288", "flows followed at a time, at most", read_flows,
	 false},
	{NULL, "baseline", "baseline", "path", "none", "judge by what `bittern learn` wrote", read_baseline,
	 true},
	{NULL, "learn-for", "learn-for", "duration", "nothing is learned",
	 "without a baseline: learn for so long, in all, then judge by that; needs `state`", read_learn_for,
	 false},
	{NULL, "rules", "rules", "path or list", "the built-in ones",
	 "more detection rules, or others in place of built-in ones: files and folders", read_rules, true},
	{NULL, "geoip", "geoip", "path or list", "none",
	 "country and network of public addresses, from these .mmdb files", read_geoip, false},
	{NULL, "oui", "oui", "path", "the system's", "MAC vendors from this oui.txt", read_oui, false},
	{NULL, "eve", NULL, "map", "no events are written", "where events go, and which", read_eve, false},
	{"eve", "path", "eve", "path or -", "none", "a file is appended to, and opened anew on SIGHUP",
	 read_eve_path, false},
	{"eve", "log", "log", "list", "[]",
	 "also an event for every flow and operation: `all`, or some of `flow` and the protocols", read_log,
	 true},
	{NULL, "state", "state", "path", "nothing is kept",
	 "alerts, inventory and what is learned survive a restart in this file", read_state, false},
	{NULL, "user", "user", "name", "see [operations](operations.md)",
	 "go on as this user once all is open", read_user, false},
	{NULL, "stats-interval", NULL, "duration", "60s", "packet time between two `stats` events",
	 read_stats_interval, false},
	{NULL, "metrics", "metrics", "address", "none are served",
	 "serve [metrics](metrics.md) here: `unix:PATH`, or a loopback address and port", read_metrics, false},
};

enum {
	SETTING_COUNT = sizeof(settings) / sizeof(settings[0]),
};

/* ---- the file ---- */

static bool is_in(const struct setting *setting, const char *in)
{
	return setting->in && in ? strcmp(setting->in, in) == 0 : setting->in == in;
}

static const struct setting *find_setting(const char *in, const char *key)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (is_in(&settings[i], in) && strcmp(settings[i].key, key) == 0)
			return &settings[i];
	}
	return NULL;
}

static bool read_setting(struct reading *reading, const struct setting *setting,
			 const struct yaml_node *node)
{
	struct session overruled;
	struct live_options *nobodys = &overruled.live_options;
	struct reading checked = *reading;

	if (!setting->option || !option_given(reading->session, setting->option))
		return setting->read(reading, node);
	overruled = *reading->session;
	overruled.rule_paths.count = overruled.mmdb_paths.count = 0;
	nobodys->count = 0;
	checked.session = &overruled;
	checked.interface = &nobodys->interfaces[0];
	return setting->read(&checked, node);
}

static bool read_map(struct reading *reading, const struct yaml_node *map, const char *in)
{
	const char *keys[SETTING_COUNT + 1];
	size_t count = 0;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (is_in(&settings[i], in))
			keys[count++] = settings[i].key;
	}
	keys[count] = NULL;
	if (!yaml_only(reading->doc, map, keys, reading->err))
		return false;
	for (const struct yaml_node *node = map->first; node; node = node->next) {
		if (!read_setting(reading, find_setting(in, node->key), node))
			return false;
	}
	return true;
}

static const struct yaml_node *find_node(const struct yaml *doc, const struct setting *setting)
{
	const struct yaml_node *map = yaml_root(doc);

	if (setting->in)
		map = yaml_get(map, setting->in);
	return map ? yaml_get(map, setting->key) : NULL;
}

/* Nothing can be logged to nowhere. */
static bool check_log(const struct reading *reading)
{
	const struct run_options *run = &reading->session->run;
	const struct yaml_node *log = find_node(reading->doc, find_setting("eve", "log"));

	return !log || reading->session->eve_path || (!run->log_flows && !run->log_protocols) ||
	       yaml_fail(reading->doc, log, reading->err, "log adds to the events: say with path where they go");
}

bool settings_read(struct session *session, struct error *err)
{
	struct reading reading = {.session = session, .err = err};

	session->settings = yaml_load(session->config_path, err);
	reading.doc = session->settings;
	return reading.doc && read_map(&reading, yaml_root(reading.doc), NULL) && check_log(&reading);
}

/* ---- what a reload cannot change ---- */

static bool is_same(const struct yaml_node *one, const struct yaml_node *other)
{
	if (!one || !other)
		return one == other;
	if (one->kind != other->kind || one->count != other->count || !one->key != !other->key ||
	    (one->key && strcmp(one->key, other->key) != 0) ||
	    (one->text && strcmp(one->text, other->text) != 0))
		return false;
	one = one->first;
	other = other->first;
	for (; one && other; one = one->next, other = other->next) {
		if (!is_same(one, other))
			return false;
	}
	return !one && !other;
}

const char *settings_fixed_change(const struct yaml *before, const struct yaml *now)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *setting = &settings[i];
		bool is_group = strcmp(setting->key, "eve") == 0;

		if (!setting->reloads && !is_group &&
		    !is_same(find_node(before, setting), find_node(now, setting)))
			return setting->key;
	}
	return NULL;
}

/* ---- what a person is told ---- */

void settings_help(FILE *out)
{
	fprintf(out, "| setting | takes | without it | | option | SIGHUP |\n|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *setting = &settings[i];

		fprintf(out, "| `%s%s%s` | %s | %s | %s | %s%s%s | %s |\n", setting->in ? setting->in : "",
			setting->in ? "." : "", setting->key, setting->takes, setting->initial, setting->text,
			setting->option ? "`--" : "", setting->option ? setting->option : "",
			setting->option ? "`" : "", setting->reloads ? "yes" : "");
	}
}
