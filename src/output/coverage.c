/* SPDX-License-Identifier: Apache-2.0 */
#include "coverage.h"

struct share {
	size_t listed, decoded;
};

static bool has_part(const struct bt_dissector *dissector)
{
	return !dissector->of && dissector->feature;
}

static struct share count_of(const struct bt_dissector *dissector)
{
	char text[BT_FEATURE_TEXT] = "";
	struct bt_feature feature = {0};
	struct share share = {0};

	for (; dissector->feature(share.listed, &feature, text); feature = (struct bt_feature){0}) {
		share.listed++;
		share.decoded += feature.decoded;
	}
	return share;
}

/* Rounded down: all but one is never 100 %. */
static void print_share(FILE *out, const char *name, struct share share)
{
	size_t thousandth = share.listed ? share.decoded * 1000 / share.listed : 1000;

	fprintf(out, "| %s | %zu | %zu | %zu | %zu.%zu %% |\n", name, share.listed, share.decoded,
		share.listed - share.decoded, thousandth / 10, thousandth % 10);
}

static void print_shares(FILE *out, const struct bt_dissector *const *dissectors, size_t count)
{
	struct share all = {0};

	fputs("| protocol | in the specification | decoded | not | share |\n"
	      "|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < count; i++) {
		struct share share;

		if (!has_part(dissectors[i]))
			continue;
		share = count_of(dissectors[i]);
		print_share(out, dissectors[i]->title, share);
		all.listed += share.listed;
		all.decoded += share.decoded;
	}
	print_share(out, "all", all);
}

static void print_features(FILE *out, const struct bt_dissector *dissector)
{
	char text[BT_FEATURE_TEXT] = "";
	struct bt_feature feature = {0};

	fprintf(out, "\n## %s\n\n| kind | number | name | decoded |\n|---|---|---|---|\n",
		dissector->title);
	for (size_t i = 0; dissector->feature(i, &feature, text); i++) {
		const char *why = feature.decoded || !feature.why_not ? "" : feature.why_not;

		fprintf(out, "| %s | %s | %s | %s%s%s |\n", feature.kind,
			feature.number ? feature.number : "", feature.name,
			feature.decoded ? "yes" : "no", *why ? ": " : "", why);
		feature = (struct bt_feature){0};
	}
}

void coverage_print(FILE *out, const struct bt_dissector *const *dissectors, size_t count)
{
	fputs("# What is decoded\n\n"
	      "Printed by `bittern schema --coverage` from the tables that do the decoding. What is\n"
	      "not decoded has the reason beside it; the message that carries it is still one\n"
	      "operation.\n\n",
	      out);
	print_shares(out, dissectors, count);
	for (size_t i = 0; i < count; i++) {
		if (has_part(dissectors[i]))
			print_features(out, dissectors[i]);
	}
}
