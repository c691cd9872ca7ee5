/* SPDX-License-Identifier: Apache-2.0
 *
 * See lab.h. Every message is dissected from a heap block of exactly its size, so that sanitizers
 * see a read of one byte too many.
 */
#include "lab.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void lab_init(struct bt_engine *lab, const struct bt_dissector *dissector)
{
	memset(lab, 0, sizeof(*lab));
	lab->dissector = dissector;
	lab->flow = (struct bt_flow){.client_port = 40000, .server_port = dissector->ports[0]};
	lab->flow.transport = BT_OVER_TCP;
	lab->context.flow = &lab->flow;
	lab->context.state = calloc(1, dissector->state_size + 1);
	lab->context.engine = lab;
	lab->context.time_ns = 1000000000;
	lab->budget = (struct owned_budget){.each = LAB_MEMORY, .all = LAB_MEMORY};
}

void lab_forget(struct bt_engine *lab)
{
	for (unsigned i = 0; i < LAB_OPERATIONS; i++) {
		free(lab->operations[i].json);
		lab->operations[i].json = NULL;
	}
	lab->operation_count = lab->break_count = lab->identity_count = 0;
}

static struct lab_pending take_pending(struct bt_engine *lab, unsigned index)
{
	struct lab_pending taken = lab->pending[index];

	lab->pending_count--;
	memmove(&lab->pending[index], &lab->pending[index + 1],
		(lab->pending_count - index) * sizeof(taken));
	return taken;
}

static void free_pending(struct bt_engine *lab, struct lab_pending *pending)
{
	if (pending->big)
		bt_free(&lab->context, pending->bytes);
	else
		free(pending->bytes);
	*pending = (struct lab_pending){0};
}

void lab_finish(struct bt_engine *lab)
{
	lab_forget(lab);
	free_pending(lab, &lab->answered);
	while (lab->pending_count) {
		struct lab_pending taken = take_pending(lab, 0);

		free_pending(lab, &taken);
	}
	owned_finish(&lab->memory, &lab->budget);
	free(lab->context.state);
}

static bool dissect(struct bt_engine *lab, struct bt_cursor message)
{
	size_t size = cur_left(&message);
	uint8_t *bytes = malloc(size);
	enum bt_verdict verdict;

	assert(bytes);
	cur_copy(&message, bytes, size);
	verdict = lab->dissector->dissect(&lab->context, cur_of(bytes, size));
	free(bytes);
	return verdict == BT_DISSECTED;
}

static void pass_beyond(struct bt_engine *lab, enum bt_dir dir, struct bt_cursor *bytes)
{
	struct bt_cursor passed = cur_take_upto(bytes, lab->beyond[dir]);

	lab->beyond[dir] -= (uint32_t)cur_left(&passed);
}

static struct bt_frame frame_at(const struct bt_engine *lab, struct bt_cursor bytes,
				enum bt_dir dir, enum bt_sync sync)
{
	struct bt_frame frame = lab->dissector->frame(bytes, dir, sync);

	if (frame.length > lab->dissector->max_message)
		frame.kind = BT_FRAME_BAD;
	assert(frame.kind != BT_FRAME_WHOLE || (frame.length && frame.length <= cur_left(&bytes)));
	assert(frame.kind != BT_FRAME_WHOLE || frame.beyond <= lab->dissector->max_beyond);
	return frame;
}

/* Up to the next place where a message could begin; told where the place was not lost before. */
static void pass_over(struct bt_engine *lab, enum bt_dir dir, struct bt_cursor *bytes,
		      enum bt_sync sync)
{
	struct bt_cursor at = *bytes;
	size_t passed = 0;

	do {
		cur_skip(&at, 1);
		passed++;
	} while (cur_left(&at) && frame_at(lab, at, dir, BT_LOST).kind == BT_FRAME_BAD);
	at = cur_take(bytes, passed);
	if (sync == BT_IN_SYNC && lab->dissector->skipped)
		lab->dissector->skipped(&lab->context, at);
}

size_t lab_send(struct bt_engine *lab, enum bt_dir dir, struct bt_cursor bytes, enum bt_sync sync)
{
	lab->context.packet++;
	lab->context.time_ns += 1000000;
	pass_beyond(lab, dir, &bytes);
	while (cur_left(&bytes)) {
		struct bt_frame frame = frame_at(lab, bytes, dir, sync);

		lab->context.dir = dir;
		if (frame.kind == BT_FRAME_PARTIAL)
			break;
		if (frame.kind == BT_FRAME_BAD) {
			pass_over(lab, dir, &bytes, sync);
			sync = BT_LOST;
			continue;
		}
		sync = dissect(lab, cur_take(&bytes, frame.length)) ? BT_IN_SYNC : BT_LOST;
		dir = lab->context.dir; /* sides may have been swapped */
		lab->beyond[dir] = frame.beyond;
		pass_beyond(lab, dir, &bytes);
	}
	return cur_left(&bytes);
}

void lab_wait(struct bt_engine *lab, int64_t ns)
{
	lab->context.time_ns += ns;
}

static void report_pending(struct bt_engine *lab, unsigned index)
{
	struct lab_pending taken = take_pending(lab, index);

	lab->dissector->unanswered(&lab->context, &taken.request);
	free_pending(lab, &taken);
}

void lab_give_up(struct bt_engine *lab)
{
	while (lab->pending_count)
		report_pending(lab, 0);
}

bool lab_broke(const struct bt_engine *lab, const char *violation)
{
	for (unsigned i = 0; i < lab->break_count && i < LAB_BREAKS; i++) {
		if (strcmp(lab->breaks[i].violation->name, violation) == 0)
			return true;
	}
	return false;
}

static char *described(struct bt_engine *lab, const struct bt_operation *op)
{
	char *json = malloc(LAB_JSON);
	struct bt_record rec = {.at = json, .cap = LAB_JSON - 1};

	assert(json);
	bt_open(&rec, NULL);
	(op->protocol ? op->protocol : bt_protocol(lab->dissector))->describe(op, &rec);
	bt_close(&rec);
	assert(!rec.cut);
	json[rec.len] = '\0';
	return json;
}

static void copy_text(char *to, size_t cap, struct bt_cursor text)
{
	text = cur_take_upto(&text, cap - 1);
	memset(to, 0, cap);
	cur_copy(&text, to, cur_left(&text));
}

void bt_emit(struct bt_context *ctx, const struct bt_operation *op)
{
	struct bt_engine *lab = ctx->engine;
	struct lab_operation *keep = &lab->operations[lab->operation_count % LAB_OPERATIONS];
	char *json = described(lab, op);

	assert(op->name && op->access_count <= LAB_ACCESSES);
	lab->operation_count++;
	free(keep->json);
	*keep = (struct lab_operation){.op = *op, .json = json};
	for (unsigned i = 0; i < op->access_count; i++) {
		struct bt_values values = op->accesses[i].values;
		struct bt_cursor name = op->accesses[i].name;
		double last = 0;

		keep->first_value[i] = values.count ? bt_value(&values, 0) : -1;
		for (uint32_t at = 0; at < values.count; at++)
			last = bt_value(&values, at);
		assert(values.kind != BT_VALUES_U16BE || last >= 0);
		copy_text(keep->names[i], sizeof(keep->names[i]), name);
		keep->accesses[i] = op->accesses[i];
		keep->accesses[i].name = cur_of(NULL, 0);
		keep->accesses[i].values.bytes = cur_of(NULL, 0);
	}
	keep->op.accesses = keep->accesses;
	keep->op.detail = NULL;
}

static bool is_listed(const struct bt_dissector *dissector, const struct bt_violation *violation)
{
	const struct bt_violation *const *at = bt_protocol(dissector)->violations;

	while (*at && *at != violation)
		at++;
	return *at;
}

void bt_break(struct bt_context *ctx, const struct bt_violation *violation, const char *detail, ...)
{
	struct bt_engine *lab = ctx->engine;
	struct lab_break *keep = &lab->breaks[lab->break_count % LAB_BREAKS];
	va_list args;

	assert(is_listed(bt_protocol(lab->dissector), violation) ||
	       (lab->inside && is_listed(lab->inside, violation))); /* or docs cannot name it */
	if (violation->needs_whole && lab->flow.seen)
		return;
	lab->break_count++;
	keep->violation = violation;
	va_start(args, detail);
	vsnprintf(keep->detail, sizeof(keep->detail), detail, args);
	va_end(args);
}

void bt_identity(struct bt_context *ctx, struct bt_station who, enum bt_identity what,
		 struct bt_cursor text, const char *source)
{
	struct bt_engine *lab = ctx->engine;
	struct lab_identity *keep = &lab->identities[lab->identity_count++ % LAB_IDENTITIES];

	assert(source);
	*keep = (struct lab_identity){.who = who, .what = what, .source = source};
	keep->who.name = cur_of(NULL, 0);
	copy_text(keep->station, sizeof(keep->station), who.name);
	copy_text(keep->text, sizeof(keep->text), text);
}

void bt_station_seen(struct bt_context *ctx, struct bt_station who, const char *source)
{
	bt_identity(ctx, who, BT_ID_COUNT, (struct bt_cursor){0}, source);
}

void *bt_alloc(struct bt_context *ctx, size_t bytes)
{
	struct bt_engine *lab = ctx->engine;

	return lab->without_memory ? NULL : owned_get(&lab->memory, &lab->budget, bytes);
}

void *bt_resize(struct bt_context *ctx, void *memory, size_t bytes)
{
	struct bt_engine *lab = ctx->engine;

	return lab->without_memory ? NULL : owned_resize(&lab->memory, &lab->budget, memory, bytes);
}

void bt_free(struct bt_context *ctx, void *memory)
{
	owned_put(&ctx->engine->memory, &ctx->engine->budget, memory);
}

void bt_ask(struct bt_context *ctx, uint64_t key, struct bt_cursor request)
{
	struct bt_engine *lab = ctx->engine;
	size_t size = cur_left(&request);
	size_t most = size < BT_REQUEST_BYTES_MAX ? size : BT_REQUEST_BYTES_MAX;
	struct lab_pending keep = {
		.request = {.key = key, .packet = ctx->packet, .time_ns = ctx->time_ns},
	};

	free_pending(lab, &lab->answered);
	if (lab->pending_count == LAB_PENDING)
		report_pending(lab, 0);
	keep.request.length = (uint32_t)size;
	if (size > BT_REQUEST_BYTES)
		keep.bytes = bt_alloc(ctx, most);
	keep.big = keep.bytes;
	if (!keep.big) {
		most = most < BT_REQUEST_BYTES ? most : BT_REQUEST_BYTES;
		keep.bytes = malloc(most);
		assert(keep.bytes || !most);
	}
	cur_copy(&request, keep.bytes, most);
	keep.request.bytes = cur_of(keep.bytes, most);
	lab->pending[lab->pending_count++] = keep;
}

void bt_ask_patiently(struct bt_context *ctx, uint64_t key, struct bt_cursor request)
{
	assert(ctx->engine->dissector->patience_ns > 0);
	bt_ask(ctx, key, request);
}

/* The first of the key from `from` on; pending_count: none. */
static unsigned find_pending(const struct bt_engine *lab, unsigned from, uint64_t key)
{
	while (from < lab->pending_count && lab->pending[from].request.key != key)
		from++;
	return from;
}

bool bt_answer(struct bt_context *ctx, uint64_t key, struct bt_request *request)
{
	struct bt_engine *lab = ctx->engine;
	unsigned at = find_pending(lab, 0, key);

	free_pending(lab, &lab->answered);
	if (at == lab->pending_count)
		return false;
	while (lab->flow.seen & BT_SEEN_GAP &&
	       find_pending(lab, at + 1, key) < lab->pending_count) {
		report_pending(lab, at);
		at = find_pending(lab, at, key);
	}
	lab->answered = take_pending(lab, at);
	*request = lab->answered.request;
	return true;
}

void bt_swap_sides(struct bt_context *ctx)
{
	struct bt_engine *lab = ctx->engine;
	uint16_t port = lab->flow.client_port;
	uint32_t beyond = lab->beyond[0];

	if (lab->flow.server_proven && (!lab->dissector->either_opens || lab->swaps))
		return;
	lab->swaps++;
	lab->flow.client_port = lab->flow.server_port;
	lab->flow.server_port = port;
	lab->flow.server_proven = true;
	lab->beyond[0] = lab->beyond[1];
	lab->beyond[1] = beyond;
	ctx->dir = bt_reverse(ctx->dir);
}

static bool type_fits(const json_t *value, enum bt_field_type type)
{
	switch (type) {
	case BT_FIELD_OBJECT: return json_is_object(value);
	case BT_FIELD_ARRAY: return json_is_array(value);
	case BT_FIELD_UINT:
	case BT_FIELD_INT: return json_is_integer(value);
	case BT_FIELD_NUMBER: return json_is_number(value);
	case BT_FIELD_BOOL: return json_is_boolean(value);
	case BT_FIELD_STRING: return json_is_string(value);
	}
	return false;
}

static bool listed(const char *path, const json_t *value, const struct bt_field *fields)
{
	for (; fields->path; fields++) {
		if (strcmp(fields->path, path) == 0 && type_fits(value, fields->type))
			return true;
	}
	return false;
}

static const char *unlisted_below(const char *path, const json_t *value,
				  const struct bt_field *fields)
{
	static char found[256];
	char below[256];
	const char *key, *result = NULL;
	json_t *member;
	size_t index;

	if (json_is_array(value)) {
		json_array_foreach(value, index, member)
		{
			if (json_is_object(member) &&
			    (result = unlisted_below(path, member, fields)))
				return result;
		}
		return NULL;
	}
	json_object_foreach((json_t *)value, key, member)
	{
		snprintf(below, sizeof(below), "%.120s%s%.120s", path, *path ? "." : "", key);
		if (!listed(below, member, fields)) {
			snprintf(found, sizeof(found), "%s", below);
			return found;
		}
		if ((json_is_object(member) || json_is_array(member)) &&
		    (result = unlisted_below(below, member, fields)))
			return result;
	}
	return NULL;
}

const char *lab_unlisted(const json_t *document, const struct bt_field *fields)
{
	return unlisted_below("", document, fields);
}
