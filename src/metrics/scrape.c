/* SPDX-License-Identifier: Apache-2.0 */
#include "scrape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	FAMILIES_MAX = 512,
};

struct reading {
	char *at; /* in the line at hand */
	unsigned line;
	struct scrape *scrape;
	const char *helped[FAMILIES_MAX], *typed[FAMILIES_MAX]; /* names that were, so far */
	size_t helped_count, typed_count;
	struct error *err;
};

static bool refuse(const struct reading *reading, const char *what)
{
	return error_set(reading->err, "line %u is not of metrics: %s", reading->line, what);
}

/* ---- words ---- */

static bool is_name_byte(char byte, bool first)
{
	return ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_' || byte == ':' ||
	       (!first && byte >= '0' && byte <= '9');
}

/* Ends the name with a NUL in place of what follows, which is `*next`. NULL: there is no name. */
static char *take_name(struct reading *reading, char *next)
{
	char *begin = reading->at;

	while (is_name_byte(*reading->at, reading->at == begin))
		reading->at++;
	*next = *reading->at;
	if (reading->at == begin)
		return NULL;
	if (*next)
		*reading->at++ = '\0';
	return begin;
}

/* A value in quotation marks, put in order where it stands. NULL: it is none. */
static char *take_value(struct reading *reading)
{
	char *begin, *to;

	if (*reading->at++ != '"')
		return NULL;
	for (begin = to = reading->at; *reading->at != '"'; reading->at++) {
		char byte = *reading->at;

		if (byte == '\\') {
			byte = *++reading->at;
			if (byte == 'n')
				byte = '\n';
			else if (byte != '\\' && byte != '"')
				return NULL;
		}
		if (!byte)
			return NULL;
		*to++ = byte;
	}
	reading->at++;
	*to = '\0';
	return begin;
}

/* ---- lines ---- */

static bool is_known(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static bool note(struct reading *reading, const char **names, size_t *count, const char *name)
{
	if (is_known(names, *count, name))
		return refuse(reading, "a metric is explained twice");
	if (*count == FAMILIES_MAX)
		return refuse(reading, "too many metrics");
	names[(*count)++] = name;
	return true;
}

/* "# HELP name text" and "# TYPE name type"; other comments are nobody's business. */
static bool read_comment(struct reading *reading)
{
	bool is_help = strncmp(reading->at, "# HELP ", 7) == 0;
	const char *name;
	char next;

	if (!is_help && strncmp(reading->at, "# TYPE ", 7) != 0)
		return true;
	reading->at += 7;
	name = take_name(reading, &next);
	if (!name || next != ' ')
		return refuse(reading, "a comment names no metric");
	if (is_help)
		return note(reading, reading->helped, &reading->helped_count, name);
	if (strcmp(reading->at, "counter") != 0 && strcmp(reading->at, "gauge") != 0)
		return refuse(reading, "of a type that is not known");
	return note(reading, reading->typed, &reading->typed_count, name);
}

static bool read_labels(struct reading *reading, struct scrape_sample *sample)
{
	for (;;) {
		struct scrape_label *label = &sample->labels[sample->label_count];
		char next;

		if (sample->label_count == SCRAPE_LABELS_MAX)
			return refuse(reading, "too many labels");
		label->key = take_name(reading, &next);
		if (!label->key || next != '=')
			return refuse(reading, "a label without a name");
		label->value = take_value(reading);
		if (!label->value)
			return refuse(reading, "a label without a value");
		sample->label_count++;
		if (*reading->at == '}')
			break;
		if (*reading->at++ != ',')
			return refuse(reading, "labels have commas between them");
	}
	reading->at++;
	return *reading->at++ == ' ' || refuse(reading, "no space before the number");
}

static bool read_sample(struct reading *reading)
{
	struct scrape_sample sample = {0};
	char next, *end;

	sample.name = take_name(reading, &next);
	if (!sample.name || (next != ' ' && next != '{'))
		return refuse(reading, "it begins with no metric's name");
	if (next == '{' && !read_labels(reading, &sample))
		return false;
	if (!is_known(reading->typed, reading->typed_count, sample.name))
		return refuse(reading, "a metric without a type");
	sample.value = strtod(reading->at, &end);
	if (end == reading->at || *end || *reading->at == ' ' || !isfinite(sample.value))
		return refuse(reading, "it ends with no number");
	reading->scrape->samples[reading->scrape->count++] = sample;
	return true;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	while ((text = strchr(text, '\n'))) {
		count++;
		text++;
	}
	return count;
}

bool scrape_parse(char *text, struct scrape *scrape, struct error *err)
{
	struct reading reading = {.scrape = scrape, .err = err};
	bool fine = true;

	*scrape = (struct scrape){.text = text};
	scrape->samples = calloc(count_lines(text) + 1, sizeof(scrape->samples[0]));
	if (!scrape->samples)
		fine = error_set(err, "not enough memory");
	for (char *line = text, *end; fine && *line; line = end + 1) {
		reading.line++;
		reading.at = line;
		end = strchr(line, '\n');
		if (!end) {
			fine = refuse(&reading, "its end is missing");
			break;
		}
		*end = '\0';
		if (*line)
			fine = *line == '#' ? read_comment(&reading) : read_sample(&reading);
	}
	if (!fine)
		scrape_finish(scrape);
	return fine;
}

void scrape_finish(struct scrape *scrape)
{
	free(scrape->text);
	free(scrape->samples);
	*scrape = (struct scrape){0};
}

/* ---- asking ---- */

const struct scrape_sample *scrape_next(const struct scrape *scrape, const char *name,
					const struct scrape_sample *last)
{
	size_t i = last ? (size_t)(last - scrape->samples) + 1 : 0;

	for (; i < scrape->count; i++) {
		if (strcmp(scrape->samples[i].name, name) == 0)
			return &scrape->samples[i];
	}
	return NULL;
}

const char *scrape_label(const struct scrape_sample *sample, const char *key)
{
	for (unsigned i = 0; i < sample->label_count; i++) {
		if (strcmp(sample->labels[i].key, key) == 0)
			return sample->labels[i].value;
	}
	return "";
}

double scrape_sum(const struct scrape *scrape, const char *name)
{
	const struct scrape_sample *sample = NULL;
	double sum = 0;

	while ((sample = scrape_next(scrape, name, sample)))
		sum += sample->value;
	return sum;
}

double scrape_value(const struct scrape *scrape, const char *name, const char *key,
		    const char *value)
{
	const struct scrape_sample *sample = NULL;

	while ((sample = scrape_next(scrape, name, sample))) {
		if (strcmp(scrape_label(sample, key), value) == 0)
			return sample->value;
	}
	return 0;
}
