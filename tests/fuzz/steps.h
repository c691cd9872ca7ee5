/* SPDX-License-Identifier: Apache-2.0
 *
 * A conversation as a list of steps: a byte of control, one or two of length, and that many bytes of one
 * direction. Every operation is described, so all of reading, pairing and writing is under test.
 */
#ifndef TESTS_FUZZ_STEPS_H
#define TESTS_FUZZ_STEPS_H

#include "lab.h"
#include "limits.h"

enum {
	STEP_TO_CLIENT = 1 << 0,
	STEP_RESYNC = 1 << 1,
	STEP_PAUSE = 1 << 2,
	STEP_GAP = 1 << 3,
	STEP_GIVE_UP = 1 << 4,
	STEP_LONG = 1 << 5,
	STEP_MADE = 1 << 6,      /* these two say how the bytes are made, */
	STEP_MADE_ELSE = 1 << 7, /* if the fuzzer makes any */
};

/* After lab_init(), up to lab_finish(). `make`: what is sent in place of the bytes of a step; or NULL. */
static inline void run_steps(struct bt_engine *lab, struct bt_cursor input,
			     struct bt_cursor (*make)(uint8_t control, struct bt_cursor bytes))
{
	while (cur_left(&input)) {
		uint8_t control = cur_u8(&input);
		size_t length = control & STEP_LONG ? cur_u16be(&input) : cur_u8(&input);
		struct bt_cursor bytes = cur_take_upto(&input, length);

		if (make)
			bytes = make(control, bytes);
		lab->dissector->probe(bytes, control & STEP_RESYNC);
		if (control & STEP_PAUSE)
			lab_wait(lab, SECONDS(1));
		lab->context.dir = control & STEP_TO_CLIENT ? BT_TO_CLIENT : BT_TO_SERVER;
		if (control & STEP_GAP)
			lab->dissector->gap(&lab->context);
		lab_send(lab, lab->context.dir, bytes, control & STEP_RESYNC ? BT_LOST : BT_IN_SYNC);
		if (control & STEP_GIVE_UP)
			lab_give_up(lab);
	}
	lab_give_up(lab);
	lab_finish(lab);
}

#endif
