/* SPDX-License-Identifier: Apache-2.0
 *
 * The document as YAML: sorted at every level, so that the same knowledge is the same bytes and two
 * versions can be compared with diff. The shape is described in docs/baseline.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "text.h"
#include "yaml.h"

struct writer {
	FILE *out;
	bool failed; /* no memory to sort */
};

typedef int compare_pointers(const void *a, const void *b);

/* Room for a sorted list of `count` pointers; NULL also when there are none. */
static const void **sorted_begin(struct writer *w, size_t count)
{
	const void **list = count ? malloc(count * sizeof(*list)) : NULL;

	if (count && !list)
		w->failed = true;
	return list;
}

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Collects a linked list (member `next`) into a sorted array `list` of `n`. */
#define SORTED(w, type, head, compare, wanted)                                                  \
	const void **list;                                                                      \
	size_t n = 0;                                                                           \
	for (const type *item = (head); item; item = item->next)                                \
		n += (wanted) ? 1 : 0;                                                          \
	list = sorted_begin(w, n);                                                              \
	n = 0;                                                                                  \
	for (const type *item = (head); list && item; item = item->next)                        \
		if (wanted)                                                                     \
			list[n++] = item;                                                       \
	if (list)                                                                               \
		qsort(list, n, sizeof(*list), compare)

/* ---- scalars ---- */

static void write_pair_of(struct writer *w, const char *key, const char *text)
{
	fprintf(w->out, "%s: ", key);
	yaml_write_text(w->out, text);
	fputc('\n', w->out);
}

static bool is_writable(int64_t time_ns)
{
	return time_ns >= DOCUMENT_TIME_MIN && time_ns < DOCUMENT_TIME_MAX;
}

static void write_time(struct writer *w, const char *before, const char *key, int64_t time_ns,
		       const char *after)
{
	char text[TEXT_TIME];

	if (is_writable(time_ns))
		fprintf(w->out, "%s%s: \"%s\"%s", before, key, text_time(text, time_ns), after);
}

static void write_seen(struct writer *w, const char *indent, const struct seen *seen)
{
	if (!seen->count && !is_writable(seen->first_ns) && !is_writable(seen->last_ns))
		return;
	fprintf(w->out, "%sseen: {count: %" PRIu64, indent, seen->count);
	write_time(w, ", ", "first", seen->first_ns, "");
	write_time(w, ", ", "last", seen->last_ns, "");
	fputs("}\n", w->out);
}

/* ---- functions ---- */

static void write_ranges(struct writer *w, const struct ranges *ranges)
{
	if (ranges->any) {
		fputs("any", w->out);
		return;
	}
	fputc('[', w->out);
	for (uint32_t i = 0; i < ranges->count; i++) {
		struct range at = ranges_at(ranges, i);

		fprintf(w->out, "%s\"%" PRIu64, i ? ", " : "", at.first);
		if (at.last != at.first)
			fprintf(w->out, "-%" PRIu64, at.last);
		fputc('"', w->out);
	}
	fputc(']', w->out);
}

static int compare_objects(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a;
	const struct object *y = *(const struct object *const *)b;
	int order = by_number(x->ranges.act, y->ranges.act);

	return order ? order : strcmp(x->space, y->space);
}

static void write_names(struct writer *w, const struct object *object)
{
	const struct nameset *names = object_names(object);

	if (object_any_name(object)) {
		fputs("                    names: any\n", w->out);
		return;
	}
	fputs("                    names:\n", w->out);
	for (uint32_t i = 0; i < names->count; i++) {
		fputs("                      - ", w->out);
		document_write_name(w->out, name_bytes(names->at[i].name));
		fputc('\n', w->out);
	}
}

/* Ranges are short and stand on one line; of names each has its own. */
static void write_object(struct writer *w, const struct object *object)
{
	bool names = object_names(object)->count || object_any_name(object);
	bool ranges = !names || object->ranges.count || object->ranges.any;
	const char *next = names ? "\n                    " : ", ";

	fprintf(w->out, "                  - %sact: %s%sspace: ", names ? "" : "{",
		bt_act_name(object->ranges.act), next);
	yaml_write_text(w->out, object->space);
	if (ranges) {
		fprintf(w->out, "%sranges: ", next);
		write_ranges(w, &object->ranges);
	}
	fputs(names ? "\n" : "}\n", w->out);
	if (names)
		write_names(w, object);
}

static void write_objects(struct writer *w, const struct function *function)
{
	SORTED(w, struct object, function_objects(function), compare_objects, true);

	if (n)
		fputs("                objects:\n", w->out);
	for (size_t i = 0; i < n; i++)
		write_object(w, list[i]);
	free(list);
}

static void write_errors(struct writer *w, const struct function *function)
{
	if (function->any_error) {
		fputs("                errors: any\n", w->out);
		return;
	}
	if (!function->error_count)
		return;
	fputs("                errors: [", w->out);
	for (unsigned i = 0; i < function->error_count; i++)
		fprintf(w->out, "%s%" PRIu32, i ? ", " : "", function->errors[i]);
	fputs("]\n", w->out);
}

static void write_functions(struct writer *w, const struct unit *unit)
{
	if (function_count(unit))
		fputs("            functions:\n", w->out);
	for (uint32_t i = 0; i < function_count(unit); i++) {
		const struct function *function = function_at(unit, i);

		fputs("              - ", w->out);
		write_pair_of(w, "name", function->name);
		fprintf(w->out, "                function: %" PRIu32 "\n", function->number);
		if (function->sub)
			fprintf(w->out, "                sub: %" PRIu32 "\n", function->sub);
		fprintf(w->out, "                act: %s\n", bt_act_name(function->act));
		if (function->by_server)
			fputs("                by: server\n", w->out);
		write_seen(w, "                ", &function->seen);
		write_errors(w, function);
		write_objects(w, function);
	}
}

/* ---- values ---- */

static struct bt_cursor name_of(const struct written *written)
{
	return written->name ? name_bytes(written->name) : cur_of(NULL, 0);
}

static int compare_values(const void *a, const void *b)
{
	const struct written *x = *(const struct written *const *)a;
	const struct written *y = *(const struct written *const *)b;
	int order = strcmp(x->space, y->space);

	if (!order)
		order = name_compare(name_of(x), name_of(y));
	return order ? order : by_number(x->number, y->number);
}

static void write_number(struct writer *w, const char *before, double value)
{
	char text[TEXT_NUMBER];

	fprintf(w->out, "%s%s", before, text_number_exact(text, value));
}

static void write_profile(struct writer *w, const struct profile *profile)
{
	if (profile->distinct == 0) {
		write_number(w, "band: [", profile->min);
		write_number(w, ", ", profile->max);
		fputc(']', w->out);
		return;
	}
	if (profile->distinct == 1) {
		write_number(w, "value: ", profile->set[0]);
		return;
	}
	for (unsigned i = 0; i < profile->distinct; i++)
		write_number(w, i ? ", " : "set: [", profile->set[i]);
	fputc(']', w->out);
}

static void write_place(struct writer *w, const struct written *written)
{
	yaml_write_text(w->out, written->space);
	if (written->name) {
		fputs(", name: ", w->out);
		document_write_name(w->out, name_bytes(written->name));
	}
	if (written->number || !written->name)
		fprintf(w->out, ", number: %" PRIu64, written->number);
}

static void write_values(struct writer *w, const struct unit *unit)
{
	SORTED(w, struct written, unit->values, compare_values, item->profile.used);

	if (n)
		fputs("            values:\n", w->out);
	for (size_t i = 0; i < n; i++) {
		const struct written *written = list[i];

		fputs("              - {space: ", w->out);
		write_place(w, written);
		fputs(", ", w->out);
		write_profile(w, &written->profile);
		if (written->profile.count)
			fprintf(w->out, ", writes: %" PRIu64, written->profile.count);
		fputs("}\n", w->out);
	}
	free(list);
}

/* ---- pairs ---- */

static void write_units(struct writer *w, const struct learn_pair *pair)
{
	if (unit_count(pair))
		fputs("        units:\n", w->out);
	for (uint32_t i = 0; i < unit_count(pair); i++) {
		const struct unit *unit = unit_at(pair, i);

		if (unit->number == BT_NO_UNIT)
			fputs("          - unit: none\n", w->out);
		else
			fprintf(w->out, "          - unit: %" PRIu32 "\n", unit->number);
		write_functions(w, unit);
		write_values(w, unit);
	}
}

static int compare_services(const void *a, const void *b)
{
	const struct learn_pair *x = *(const struct learn_pair *const *)a;
	const struct learn_pair *y = *(const struct learn_pair *const *)b;
	int order = by_number(x->service.transport, y->service.transport);

	if (!order)
		order = by_number(x->service.number, y->service.number);
	return order ? order : strcmp(x->protocol ? x->protocol : "", y->protocol ? y->protocol : "");
}

/* A service without a protocol beside the same service with one is what was left of flows too
 * short to tell: it says nothing more. */
static bool is_worth_writing(const struct knowledge *know, const struct learn_pair *pair)
{
	const struct learn_pair *alike;

	if (!pair->learned)
		return false;
	if (pair->protocol || pair->units)
		return true;
	alike = know_find_service(know, pair->hosts, pair->service);
	while (alike && !(alike->learned && alike->protocol))
		alike = alike->alike;
	return !alike;
}

static void write_services(struct writer *w, const struct knowledge *know, const struct hosts *hosts)
{
	SORTED(w, struct learn_pair, hosts->services, compare_services,
	       is_worth_writing(know, item));
	char text[SERVICE_TEXT];

	if (n)
		fputs("    services:\n", w->out);
	for (size_t i = 0; i < n; i++) {
		const struct learn_pair *pair = list[i];

		fprintf(w->out, "      - service: %s\n", service_text(text, pair->service));
		if (pair->protocol) {
			fputs("        ", w->out);
			write_pair_of(w, "protocol", pair->protocol);
		}
		if (pair->incomplete)
			fputs("        complete: false\n", w->out);
		write_seen(w, "        ", &pair->seen);
		write_units(w, pair);
	}
	free(list);
}

static int compare_hosts(const void *a, const void *b)
{
	const struct hosts *x = *(const struct hosts *const *)a;
	const struct hosts *y = *(const struct hosts *const *)b;
	int order = addr_compare(&x->client, &y->client);

	return order ? order : addr_compare(&x->server, &y->server);
}

static void write_two(struct writer *w, const struct knowledge *know, const struct hosts *hosts)
{
	char addr[TEXT_ADDR];

	fputs("  - ", w->out);
	write_pair_of(w, "client", text_addr(addr, &hosts->client));
	fputs("    ", w->out);
	write_pair_of(w, "server", text_addr(addr, &hosts->server));
	if (hosts->incomplete)
		fputs("    complete: false\n", w->out);
	write_services(w, know, hosts);
}

bool document_write_hosts(FILE *out, const struct knowledge *know, const struct hosts *hosts)
{
	struct writer w = {.out = out};

	write_two(&w, know, hosts);
	return !w.failed && !ferror(out);
}

static void write_hosts(struct writer *w, const struct baseline *site)
{
	SORTED(w, struct hosts, site->know.first, compare_hosts, true);

	fputs(n ? "pairs:\n" : "pairs: []\n", w->out);
	for (size_t i = 0; i < n; i++)
		write_two(w, &site->know, list[i]);
	free(list);
}

/* ---- the top ---- */

static int compare_devices(const void *a, const void *b)
{
	const struct device *x = *(const struct device *const *)a;
	const struct device *y = *(const struct device *const *)b;

	return addr_compare(&x->addr, &y->addr);
}

void document_write_device(FILE *out, const struct device *device)
{
	struct writer w = {.out = out};
	char text[TEXT_ADDR];

	fputs("  - ", out);
	write_pair_of(&w, "address", text_addr(text, &device->addr));
	if (device->has_mac)
		fprintf(out, "    mac: \"%s\"\n", text_mac(text, device->mac));
	if (device->label[0]) {
		fputs("    ", out);
		write_pair_of(&w, "label", device->label);
	}
}

static void write_devices(struct writer *w, const struct baseline *site)
{
	const void **list = sorted_begin(w, site->devices.count);
	size_t n = 0, at = 0;

	while (list && n < site->devices.count)
		list[n++] = map_next(&site->devices, &at);
	if (list)
		qsort(list, n, sizeof(*list), compare_devices);
	fputs(n ? "devices:\n" : "devices: []\n", w->out);
	for (size_t i = 0; i < n; i++)
		document_write_device(w->out, list[i]);
	free(list);
}

bool baseline_write(const struct baseline *site, FILE *out)
{
	struct writer w = {.out = out};

	fprintf(out, "# The learned behaviour of a site. To be read, edited and kept under version "
		     "control:\n# docs/baseline.md.\nversion: %d\n", DOCUMENT_VERSION);
	if (site->know.incomplete)
		fputs("complete: false\n", out);
	fputs("source:\n", out);
	write_time(&w, "  ", "from", site->source.from_ns, "\n");
	write_time(&w, "  ", "to", site->source.to_ns, "\n");
	/* A sensor that learned by itself keeps no count of them; without anything it would be no map. */
	if (site->source.packets || !is_writable(site->source.from_ns))
		fprintf(out, "  packets: %" PRIu64 "\n  operations: %" PRIu64 "\n", site->source.packets,
			site->source.operations);
	write_devices(&w, site);
	write_hosts(&w, site);
	if (w.failed)
		errno = ENOMEM;
	return fflush(out) == 0 && !ferror(out) && !w.failed;
}
