/* SPDX-License-Identifier: Apache-2.0
 *
 * Sparkplug messages of one connection, one after the other, under the lab's engine: births, data
 * and commands of a few edge nodes, so that aliases meet their births. The input is a list of
 * steps: one byte of control, one that chooses the topic (or is the size of the input's own), two
 * of length, that many bytes.
 */
#include "../../dissectors/sparkplug/sparkplug.h"
#include "lab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CONTROL_TO_CLIENT = 1 << 0,
	CONTROL_RETAIN = 1 << 1,
	CONTROL_WILL = 1 << 2,
	CONTROL_CUT = 1 << 3, /* the payload was longer */
	CONTROL_QOS = 1 << 4,
	CONTROL_OWN_TOPIC = 1 << 5,
};

static const char *const topics[] = {
	"spBv1.0/g/NBIRTH/n",   "spBv1.0/g/NDEATH/n",
	"spBv1.0/g/NDATA/n",    "spBv1.0/g/NCMD/n",
	"spBv1.0/g/DBIRTH/n/d", "spBv1.0/g/DDEATH/n/d",
	"spBv1.0/g/DDATA/n/d",  "spBv1.0/g/DCMD/n/d",
	"spBv1.0/g/NBIRTH/m",   "spBv1.0/g/NDATA/m",
	"spBv1.0/g/DDATA/m/d",  "spBv1.0/g/NDEATH/m",
	"spBv1.0/STATE/h",      "STATE/h",
};

enum {
	STEP_HEADER = 4,
};

static struct bt_frame carrier_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	size_t there = cur_left(&head), size;

	(void)dir;
	(void)sync;
	cur_skip(&head, 2);
	size = STEP_HEADER + (size_t)cur_u16be(&head);
	return (struct bt_frame){BT_FRAME_WHOLE, (uint32_t)(size < there ? size : there), 0};
}

static enum bt_verdict carrier_dissect(struct bt_context *ctx, struct bt_cursor step)
{
	uint8_t control = cur_u8(&step), choice = cur_u8(&step);
	const char *topic = topics[choice % (sizeof(topics) / sizeof(topics[0]))];
	struct sparkplug_message message = {
		.topic = cur_of(topic, strlen(topic)),
		.qos = control & CONTROL_QOS ? 1 : 0,
		.retain = control & CONTROL_RETAIN,
		.will = control & CONTROL_WILL,
		.by_server = control & CONTROL_TO_CLIENT,
	};

	cur_take_upto(&step, 2);
	if (control & CONTROL_OWN_TOPIC)
		message.topic = cur_take_upto(&step, choice);
	message.payload = step;
	message.payload_bytes = cur_left(&step) + (control & CONTROL_CUT ? 1 : 0);
	sparkplug_publish(ctx, ctx->state, &message);
	return BT_DISSECTED;
}

static const struct bt_violation *const no_violations[] = {NULL};
static const uint16_t ports[] = {1883, 0};
static const struct bt_dissector carrier = {
	.name = "carrier",
	.ports = ports,
	.violations = no_violations,
	.state_size = sizeof(struct sparkplug_state *),
	.max_message = UINT32_MAX,
	.frame = carrier_frame,
	.dissect = carrier_dissect,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_engine lab;

	lab_init(&lab, &carrier);
	lab.inside = &dissector_sparkplug;
	lab_send(&lab, BT_TO_SERVER, cur_of(data, size), false);
	lab_finish(&lab);
	return 0;
}
