/* SPDX-License-Identifier: Apache-2.0
 *
 * What the program knows of itself, from the tables it works by: the JSON Schema of every event line, the
 * same as a table for docs/events.md, and docs/coverage.md.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli.h"
#include "coverage.h"
#include "roster.h"

static const struct option_help options[] = {
	{"markdown", 'm', NULL, "the dissectors' keys as Markdown tables instead"},
	{"coverage", 'c', NULL, "what of each protocol is decoded, as Markdown"},
	{"help", 'h', NULL, "this text"},
	{NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
	"check events against the schema (python3-jsonschema)",
	"bittern schema > eve.schema.json",
	NULL,
};

static const char *type_name(enum bt_field_type type)
{
	static const char *const names[] = {
		[BT_FIELD_OBJECT] = "object", [BT_FIELD_ARRAY] = "array",  [BT_FIELD_UINT] = "number >= 0",
		[BT_FIELD_INT] = "integer",   [BT_FIELD_NUMBER] = "number", [BT_FIELD_BOOL] = "true/false",
		[BT_FIELD_STRING] = "text",
	};

	return names[type];
}

static void print_markdown(void)
{
	for (size_t i = 0; i < roster_count; i++) {
		if (roster[i]->of)
			continue;
		printf("### `%s`\n\n| key | type | meaning |\n|---|---|---|\n", roster[i]->name);
		for (const struct bt_field *field = roster[i]->fields; field->path; field++)
			printf("| `%s` | %s | %s |\n", field->path, type_name(field->type), field->help);
		printf("\n");
	}
}

static bool print_schema(void)
{
	json_t *schema = eve_schema(roster, roster_count);
	bool printed = schema && json_dumpf(schema, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER) == 0;

	if (printed)
		putchar('\n');
	json_decref(schema);
	return printed;
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct error no_memory = {"not enough memory"};
	bool printed = true;

	if (argc > 2)
		return usage_error(self, "one option at a time: what is '%s'?", argv[2]);
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		help_command(stdout, self);
	else if (argc > 1 && (!strcmp(argv[1], "--markdown") || !strcmp(argv[1], "-m")))
		print_markdown();
	else if (argc > 1 && (!strcmp(argv[1], "--coverage") || !strcmp(argv[1], "-c")))
		coverage_print(stdout, roster, roster_count);
	else if (argc > 1)
		return usage_error(self, "'%s' is not an option", argv[1]);
	else
		printed = print_schema();
	return printed || ferror(stdout) ? said() : fail(EXIT_SYSTEM, &no_memory);
}

const struct command schema_command = {
	.name = "schema",
	.summary = "print the JSON Schema of the events",
	.synopsis = "bittern schema [--markdown|--coverage]",
	.text = "Prints the JSON Schema (draft 2020-12) that every event line satisfies.",
	.options = options,
	.examples = examples,
	.run = run,
};
