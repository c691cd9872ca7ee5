/* SPDX-License-Identifier: Apache-2.0
 *
 * The IEEE's registries, read from the text files it publishes (Debian: package ieee-data). Each
 * entry is two lines and an address that does not matter here:
 *
 *	70-B3-D5   (hex)		Example Ltd
 *	719000-719FFF     (base 16)	Example Ltd
 *
 * In the 24-bit registry the second line begins with the prefix itself; in the longer ones (28 and
 * 36 bits) with the range of the lower 24 bits. A line that looks like neither is skipped; one that
 * looks like an entry and is broken is counted too.
 *
 * The table is one sorted array of (prefix, length); the longest prefix is found by one binary
 * search per length.
 */
#include "oui.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"
#include "text.h"

enum {
	FILE_BYTES_MAX = 64 << 20,
	ENTRIES_MAX = 1 << 20,
	VENDOR_BYTES = 64,
};

#define IEEE_DATA "/usr/share/ieee-data"

static const unsigned lengths[] = {36, 28, 24}; /* longest first */

struct entry {
	uint64_t key; /* prefix as the upper bits of 48, then 8 bits of its length */
	const char *vendor;
};

struct oui {
	char *path;
	bool loaded;
	struct names vendors;
	struct entry *entries;
	size_t count, room;
	uint64_t damaged;
};

/* ---- reading ---- */

static void add(struct oui *oui, uint64_t prefix, unsigned bits, const char *vendor)
{
	if (oui->count == oui->room) {
		size_t room = oui->room ? oui->room * 2 : 4096;
		struct entry *grown;

		if (room > ENTRIES_MAX)
			return;
		grown = realloc(oui->entries, room * sizeof(*grown));
		if (!grown)
			return;
		oui->entries = grown;
		oui->room = room;
	}
	oui->entries[oui->count++] = (struct entry){prefix << 8 | bits, vendor};
}

static bool hex_number(struct bt_cursor *line, unsigned digits, uint32_t *number)
{
	*number = 0;
	while (digits--) {
		uint8_t c = cur_u8(line);

		if (c >= '0' && c <= '9')
			c -= '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			c = (uint8_t)((c | 0x20) - 'a' + 10);
		else
			return false;
		*number = *number << 4 | c;
	}
	return true;
}

/* "70-B3-D5" */
static bool hex_prefix(struct bt_cursor line, uint32_t *prefix)
{
	uint32_t part;

	*prefix = 0;
	for (int i = 0; i < 3; i++) {
		if ((i && cur_u8(&line) != '-') || !hex_number(&line, 2, &part))
			return false;
		*prefix = *prefix << 8 | part;
	}
	return true;
}

/* "719000-719FFF" below the prefix of the line before, or "70B3D5" */
static bool base16_prefix(struct bt_cursor line, int64_t above, uint64_t *prefix, unsigned *bits)
{
	uint32_t first, last, size;

	if (!hex_number(&line, 6, &first))
		return false;
	if (cur_u8(&line) != '-') {
		*prefix = (uint64_t)first << 24;
		*bits = 24;
		return true;
	}
	if (above < 0 || !hex_number(&line, 6, &last) || last < first)
		return false;
	size = last - first + 1;
	if ((size != 1 << 12 && size != 1 << 20) || first & (size - 1))
		return false;
	*prefix = (uint64_t)above << 24 | first;
	*bits = size == 1 << 12 ? 36 : 28;
	return true;
}

static const char *keep_vendor(struct oui *oui, struct bt_cursor name)
{
	char vendor[VENDOR_BYTES];

	while (cur_left(&name) && (*name.ptr == ' ' || *name.ptr == '\t'))
		cur_skip(&name, 1);
	while (cur_left(&name) && strchr("\r\t ,", name.ptr[name.left - 1])) /* "Siemens AG," */
		name.left--;
	text_printable(vendor, sizeof(vendor), name);
	return names_keep(&oui->vendors, vendor, strlen(vendor));
}

/* Blocks that were handed on, or whose owner does not want to be known, name nobody. */
static bool names_nobody(const char *vendor)
{
	return strcmp(vendor, "Private") == 0 || strcmp(vendor, "IEEE Registration Authority") == 0;
}

static const char *find_mark(struct bt_cursor line, const char *mark)
{
	return line.ptr ? memmem(line.ptr, line.left, mark, strlen(mark)) : NULL;
}

/* `above` is the prefix of the last "(hex)" line, -1 when that was broken. */
static void read_line(struct oui *oui, struct bt_cursor line, int64_t *above)
{
	const char *mark = find_mark(line, "(hex)");
	struct bt_cursor name = line;
	const char *vendor;
	uint64_t prefix;
	uint32_t hex;
	unsigned bits;

	if (mark) {
		bool good = hex_prefix(line, &hex);

		*above = good ? (int64_t)hex : -1;
		oui->damaged += !good;
		return;
	}
	mark = find_mark(line, "(base 16)");
	if (!mark)
		return;
	cur_skip(&name, (size_t)(mark - (const char *)line.ptr) + 9);
	vendor = keep_vendor(oui, name);
	if (vendor[0] == '\0' || !base16_prefix(line, *above, &prefix, &bits))
		oui->damaged++;
	else if (!names_nobody(vendor))
		add(oui, prefix, bits, vendor);
}

static void read_lines(struct oui *oui, struct bt_cursor text)
{
	int64_t above = -1;

	while (cur_left(&text)) {
		const uint8_t *end = memchr(text.ptr, '\n', text.left);
		struct bt_cursor line =
			cur_of(text.ptr, end ? (size_t)(end - text.ptr) : text.left);

		cur_skip(&text, end ? line.left + 1 : line.left);
		/* Most lines are of postal addresses, which are indented. */
		if (cur_left(&line) && *line.ptr != '\t' && *line.ptr != ' ')
			read_line(oui, line, &above);
	}
}

/* What cannot be read adds nothing: oui_create() has complained where a user named the file. */
static void read_file(struct oui *oui, const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	char *text = NULL;

	if (!file)
		return;
	if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
	    status.st_size <= FILE_BYTES_MAX)
		text = malloc((size_t)status.st_size);
	if (text)
		read_lines(oui, cur_of(text, fread(text, 1, (size_t)status.st_size, file)));
	free(text);
	fclose(file);
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void read_registries(struct oui *oui, const char *path)
{
	static const char *const files[] = {"oui.txt", "mam.txt", "oui36.txt", "iab.txt"};
	char name[4096];

	if (!is_folder(path)) {
		read_file(oui, path);
		return;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int length = snprintf(name, sizeof(name), "%s/%s", path, files[i]);

		if (length > 0 && (size_t)length < sizeof(name))
			read_file(oui, name);
	}
}

/* ---- the table ---- */

static int by_key(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return 0;
}

/* A prefix registered by several (a few old ones are) takes the first name of the alphabet: it must
 * not depend on the order of a file. */
static int by_key_and_vendor(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = by_key(a, b);

	return order ? order : strcmp(a->vendor, b->vendor);
}

static const struct entry *find(const struct oui *oui, uint64_t key)
{
	struct entry wanted = {key, NULL};

	/* Without a single entry there is no array either. */
	if (oui->count == 0)
		return NULL;
	return bsearch(&wanted, oui->entries, oui->count, sizeof(wanted), by_key);
}

static void sort(struct oui *oui)
{
	size_t kept = 0;

	if (oui->count == 0)
		return;
	qsort(oui->entries, oui->count, sizeof(*oui->entries), by_key_and_vendor);
	for (size_t i = 0; i < oui->count; i++) {
		if (kept == 0 || oui->entries[kept - 1].key != oui->entries[i].key)
			oui->entries[kept++] = oui->entries[i];
	}
	oui->count = kept;
}

static void load(struct oui *oui)
{
	size_t from_files;

	if (oui->loaded)
		return;
	oui->loaded = true;
	read_registries(oui, oui->path ? oui->path : IEEE_DATA);
	sort(oui);
	/* The files know better: the built-in list only fills what they leave open. */
	from_files = oui->count;
	for (size_t i = 0; i < oui_builtin_count; i++) {
		uint64_t prefix = (uint64_t)oui_builtin[i].prefix << 24;
		struct oui files = {.entries = oui->entries, .count = from_files};

		if (!find(&files, prefix << 8 | 24))
			add(oui, prefix, 24, oui_builtin[i].vendor);
	}
	sort(oui);
}

/* As a list that read_file() will read. */
static bool is_readable(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error = fd < 0 ? errno : 0;
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0)
		error = S_ISDIR(status.st_mode) ? EISDIR : status.st_size > FILE_BYTES_MAX ? EFBIG : 0;
	if (fd >= 0)
		close(fd);
	return !error || error_set(err, "%s: cannot read the list of MAC prefixes: %s", path, strerror(error));
}

struct oui *oui_create(const char *path, struct error *err)
{
	struct oui *oui;

	if (path && !is_readable(path, err))
		return NULL;
	oui = calloc(1, sizeof(*oui));
	if (oui && path)
		oui->path = strdup(path);
	if (!oui || (path && !oui->path)) {
		free(oui);
		error_set(err, "no memory for the list of MAC prefixes");
		return NULL;
	}
	names_init(&oui->vendors, ENTRIES_MAX);
	return oui;
}

void oui_destroy(struct oui *oui)
{
	if (!oui)
		return;
	names_finish(&oui->vendors);
	free(oui->entries);
	free(oui->path);
	free(oui);
}

const char *oui_vendor(struct oui *oui, const uint8_t mac[6])
{
	uint64_t address = 0;

	/* Bit 0: a group; bit 1: made up locally. Neither belongs to a vendor. */
	if (mac[0] & 3)
		return "";
	load(oui);
	for (int i = 0; i < 6; i++)
		address = address << 8 | mac[i];
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned rest = 48 - lengths[i];
		const struct entry *entry = find(oui, address >> rest << rest << 8 | lengths[i]);

		if (entry)
			return entry->vendor;
	}
	return "";
}

size_t oui_count(struct oui *oui)
{
	load(oui);
	return oui->count;
}

uint64_t oui_damaged(struct oui *oui)
{
	load(oui);
	return oui->damaged;
}
