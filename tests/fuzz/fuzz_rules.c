/* SPDX-License-Identifier: Apache-2.0
 *
 * Rule files: whatever is in them, they load or are refused with a line; what loaded can be matched
 * with any operation. The first two bytes choose the operation.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match_everything(const struct rules *rules, uint8_t choice, uint8_t function)
{
	static const uint8_t bytes[] = {1, 2, 3, 4};
	const struct bt_access access = {
		.act = (enum bt_act)(choice % BT_ACT_COUNT),
		.space = "holding_register",
		.first = UINT64_MAX,
		.count = UINT32_MAX,
		.values = {(enum bt_value_kind)(choice % 4), 2, cur_of(bytes, sizeof(bytes))},
	};
	struct finding found[4];

	for (unsigned act = 0; act < BT_ACT_COUNT; act++) {
		const struct bt_operation op = {
			.act = (enum bt_act)act,
			.result = (enum bt_result)(choice % 4),
			.unit = choice & 8 ? BT_NO_UNIT : choice,
			.function = choice & 16 ? function * UINT32_C(16843009) : function,
			.subfunction = choice,
			.name = choice & 32 ? NULL : "write_single_register",
			.error = function,
			.accesses = &access,
			.access_count = choice >> 7,
			.broadcast = choice & 1,
		};

		rules_match(rules_of(rules, "modbus"), &op, found, 4);
		rules_match(rules_of(rules, NULL), &op, found, 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {""};
	struct rules *rules;
	struct rule_summary summary;

	if (size < 2 || size > 65536)
		return 0;
	rules = rules_parse("fuzz.yaml", (const char *)data + 2, size - 2, &err);
	if (!rules) {
		if (!err.text[0])
			abort(); /* a refusal must say why */
		return 0;
	}
	for (size_t i = 0; rules_at(rules, i, &summary); i++) {
		if (!summary.name || !summary.title || !summary.why || !summary.severity)
			abort();
	}
	match_everything(rules, data[0], data[1]);
	rules_free(rules);
	return 0;
}
