/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON (RFC 8259) read once from front to back, without recursion and without building anything: what is
 * wanted are its numbers and booleans, each with the keys that lead to it ("motor.speed", "axes.0").
 */
#include <float.h>
#include <stdlib.h>

#include "mqtt.h"

enum {
	DEPTH_MAX = 16,
	NUMBER_MAX = 16 << 10, /* characters of a number: zeros behind it do not hide it */
	PATH_MAX_BYTES = 128,
	POWER_MOST = 22, /* of ten, that a double holds without rounding */
};

#define MANTISSA_MOST ((UINT64_MAX - 9) / 10) /* another digit still fits */

struct level {
	uint16_t base; /* bytes of the path that lead here */
	bool array;
	bool cut; /* the path that leads here does not fit */
	uint32_t index;
};

struct json {
	struct bt_cursor at;
	struct mqtt_values *values;
	bool whole;
	unsigned depth;
	struct level levels[DEPTH_MAX];
	char path[PATH_MAX_BYTES];
	size_t path_size;
	bool path_cut; /* it did not fit: nothing at it or below it has a name */
};

enum step {
	STEP_ON,
	STEP_IN,    /* an element of an array or object begins */
	STEP_END,   /* of the text, or of what is wanted of it */
	STEP_WRONG, /* no JSON */
};

/* The next byte without taking it; 0 at the end. */
static uint8_t peek(const struct json *json)
{
	struct bt_cursor at = json->at;

	return cur_u8(&at);
}

static uint8_t next_sign(struct json *json)
{
	for (;;) {
		uint8_t byte = peek(json);

		if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r')
			return byte;
		cur_skip(&json->at, 1);
	}
}

/* The text is over too early: wrong, unless its end was cut off. */
static enum step ended(const struct json *json)
{
	return json->whole || cur_left(&json->at) ? STEP_WRONG : STEP_END;
}

static enum step keep(struct json *json, double number)
{
	struct mqtt_values *values = json->values;
	size_t size = json->path_size;

	if (!values || json->path_cut || values->used + size > sizeof(values->text))
		return STEP_ON;
	if (json->depth && !size) /* a key of no characters: not to be taken for the payload itself */
		return STEP_ON;
	memcpy(values->text + values->used, json->path, size);
	values->values[values->count++] =
		(struct mqtt_value){number, cur_of(values->text + values->used, size)};
	values->used += size;
	return values->count < VALUES_MAX ? STEP_ON : STEP_END;
}

static void append(struct json *json, struct bt_cursor name)
{
	size_t dot = json->path_size > 0;

	json->path_cut = json->levels[json->depth - 1].cut ||
			 json->path_size + dot + cur_left(&name) > sizeof(json->path);
	if (json->path_cut)
		return;
	if (dot)
		json->path[json->path_size++] = '.';
	dot = cur_left(&name);
	cur_copy(&name, json->path + json->path_size, dot);
	json->path_size += dot;
}

static void append_index(struct json *json, uint32_t index)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + index % 10);
		index /= 10;
	} while (index);
	append(json, cur_of(digits + at, sizeof(digits) - at));
}

/* A number as it is written: mantissa * 10^exponent, as long as all digits fit. */
struct decimal {
	uint64_t mantissa;
	int exponent;
	bool negative, crowded;
};

/* `behind`: the point stands before them. */
static bool digits(struct bt_cursor *at, struct decimal *decimal, bool behind)
{
	bool any = false;

	for (;; any = true) {
		struct bt_cursor look = *at;
		uint8_t byte = cur_u8(&look);

		if (byte < '0' || byte > '9')
			return any;
		*at = look;
		decimal->crowded |= decimal->mantissa > MANTISSA_MOST;
		decimal->mantissa = decimal->mantissa * 10 + (byte - '0');
		decimal->exponent -= behind;
	}
}

static bool accept(struct bt_cursor *at, uint8_t sign)
{
	struct bt_cursor look = *at;

	if (!cur_left(at) || cur_u8(&look) != sign)
		return false;
	*at = look;
	return true;
}

static bool read_exponent(struct bt_cursor *at, struct decimal *decimal)
{
	bool negative = accept(at, '-');
	struct decimal exponent = {0};

	if (!negative)
		accept(at, '+');
	if (!digits(at, &exponent, false))
		return false;
	if (exponent.crowded || exponent.mantissa > POWER_MOST * 2)
		decimal->crowded = true;
	else
		decimal->exponent += negative ? -(int)exponent.mantissa : (int)exponent.mantissa;
	return true;
}

static bool read_decimal(struct bt_cursor *at, struct decimal *decimal)
{
	decimal->negative = accept(at, '-');
	if (!accept(at, '0') && !digits(at, decimal, false))
		return false;
	if (accept(at, '.') && !digits(at, decimal, true))
		return false;
	if (accept(at, 'e') || accept(at, 'E'))
		return read_exponent(at, decimal);
	return true;
}

/* Both the mantissa and the power of ten have no rounding in them, so that the one operation between
 * them rounds as strtod() does. */
static bool exact(const struct decimal *decimal, double *number)
{
	static const double powers[POWER_MOST + 1] = {
		1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	double value = (double)decimal->mantissa;

	if (FLT_EVAL_METHOD || decimal->crowded || decimal->mantissa > UINT64_C(1) << DBL_MANT_DIG ||
	    decimal->exponent > POWER_MOST || decimal->exponent < -POWER_MOST)
		return false;
	value = decimal->exponent < 0 ? value / powers[-decimal->exponent] :
					value * powers[decimal->exponent];
	*number = decimal->negative ? -value : value;
	return true;
}

static double __attribute__((noinline)) rounded(struct bt_cursor text)
{
	char copy[NUMBER_MAX + 1];
	size_t size = cur_left(&text);

	cur_copy(&text, copy, size);
	copy[size] = '\0';
	return strtod(copy, NULL);
}

static enum step number(struct json *json)
{
	struct bt_cursor from = json->at, at = from;
	struct decimal decimal = {0};
	bool good = read_decimal(&at, &decimal);
	size_t size = cur_left(&from) - cur_left(&at);
	double value;

	json->at = at;
	if (!good)
		return ended(json);
	if (!json->whole && !cur_left(&at))
		return STEP_END; /* more of its digits may have been cut off */
	if (!json->values || size > NUMBER_MAX)
		return STEP_ON;
	return keep(json, exact(&decimal, &value) ? value : rounded(cur_take(&from, size)));
}

static enum step word(struct json *json, const char *text)
{
	for (; *text; text++) {
		if (peek(json) != (uint8_t)*text)
			return ended(json);
		cur_skip(&json->at, 1);
	}
	return STEP_ON;
}

/* Behind its opening quote; *body: what stands between the quotes, escapes as they are. */
static enum step string(struct json *json, struct bt_cursor *body)
{
	struct bt_cursor from = json->at, at = from;

	while (cur_left(&at)) {
		uint8_t byte = cur_u8(&at);

		if (byte == '"') {
			*body = cur_take(&from, cur_left(&from) - cur_left(&at) - 1);
			json->at = at;
			return STEP_ON;
		}
		if (byte == '\\')
			cur_skip(&at, 1);
		else if (byte < ' ')
			return STEP_WRONG;
	}
	json->at = at;
	return ended(json);
}

/* In front of an element: its index, or its key and the colon. STEP_IN: its value is next. */
static enum step name(struct json *json)
{
	struct level *level = &json->levels[json->depth - 1];
	struct bt_cursor key;
	enum step step;

	json->path_size = level->base;
	if (level->array) {
		append_index(json, level->index++);
		return STEP_IN;
	}
	if (next_sign(json) != '"')
		return ended(json);
	cur_skip(&json->at, 1);
	step = string(json, &key);
	if (step != STEP_ON)
		return step;
	append(json, key);
	if (next_sign(json) != ':')
		return ended(json);
	cur_skip(&json->at, 1);
	return STEP_IN;
}

/* Behind "{" or "[": the first element, or the end at once. */
static enum step enter(struct json *json, bool array)
{
	if (json->depth == DEPTH_MAX)
		return STEP_END; /* deeper than anybody looks */
	cur_skip(&json->at, 1);
	json->levels[json->depth++] = (struct level){
		.base = (uint16_t)json->path_size,
		.array = array,
		.cut = json->path_cut,
	};
	if (next_sign(json) != (array ? ']' : '}'))
		return name(json);
	return STEP_ON;
}

/* One value; of an array or object its beginning. */
static enum step value(struct json *json)
{
	struct bt_cursor body;
	enum step step;

	switch (next_sign(json)) {
	case '{': return enter(json, false);
	case '[': return enter(json, true);
	case '"': cur_skip(&json->at, 1); return string(json, &body);
	case 't': step = word(json, "true"); return step == STEP_ON ? keep(json, 1) : step;
	case 'f': step = word(json, "false"); return step == STEP_ON ? keep(json, 0) : step;
	case 'n': return word(json, "null");
	default: return number(json);
	}
}

/* Behind a value, up to where the next one begins. */
static enum step after(struct json *json)
{
	while (json->depth) {
		const struct level *level = &json->levels[json->depth - 1];
		uint8_t sign = next_sign(json);

		if (sign == ',') {
			cur_skip(&json->at, 1);
			return name(json);
		}
		if (sign != (level->array ? ']' : '}'))
			return ended(json);
		cur_skip(&json->at, 1);
		json->depth--;
	}
	next_sign(json);
	return cur_left(&json->at) ? STEP_WRONG : STEP_END;
}

bool mqtt_json(struct bt_cursor text, bool whole, struct mqtt_values *values)
{
	struct json json; /* the arrays are filled as far as they are used */
	enum step step;

	json.at = text;
	json.values = values;
	json.whole = whole;
	json.depth = 0;
	json.path_size = 0;
	json.path_cut = false;
	do {
		step = value(&json);
		if (step == STEP_ON)
			step = after(&json);
	} while (step == STEP_IN);
	return step == STEP_END;
}
