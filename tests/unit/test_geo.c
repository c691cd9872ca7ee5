/* SPDX-License-Identifier: Apache-2.0
 *
 * Country and network from .mmdb files, which this test writes itself: MaxMind DB 2.0, that is a
 * binary tree of address bits with 24-bit records, 16 zero bytes, data, and metadata at the end.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "geo.h"
#include "suite.h"
#include "text.h"

static struct error err;
static char country[GEO_COUNTRY], network[GEO_NETWORK];

static void find(const struct geo *geo, const char *text)
{
	struct bt_addr addr;

	ck_assert(text_parse_addr(text, &addr));
	memset(country, 'x', sizeof(country));
	memset(network, 'x', sizeof(network));
	geo_find(geo, &addr, country, network);
}

START_TEST(without_files_nothing_is_known)
{
	struct geo *geo = geo_create(NULL, 0, &err);

	ck_assert_ptr_nonnull(geo);
	find(geo, "8.8.8.8");
	ck_assert_str_eq(country, "");
	ck_assert_str_eq(network, "");
	geo_destroy(geo);
	geo_destroy(NULL);
}
END_TEST

#ifdef HAVE_GEOIP

/* ---- a small writer ---- */

enum {
	NODES_MAX = 1024,
	NOTHING = -1,
	DATA_BASE = 1 << 20, /* above: offset in the data section */
};

struct writer {
	int nodes[NODES_MAX][2];
	int node_count;
	int version; /* 4 or 6 */
	uint8_t data[2048], file[16384];
	size_t data_size, size;
};

static struct writer db;

static void begin(int version)
{
	memset(&db, 0, sizeof(db));
	db.version = version;
	db.node_count = 1;
	db.nodes[0][0] = db.nodes[0][1] = NOTHING;
}

static void put(uint8_t byte)
{
	db.data[db.data_size++] = byte;
}

static void put_text(const char *text)
{
	size_t size = strlen(text);

	ck_assert_uint_lt(size, 29 + 256);
	if (size < 29) {
		put((uint8_t)(2 << 5 | size));
	} else {
		put(2 << 5 | 29);
		put((uint8_t)(size - 29));
	}
	for (size_t i = 0; i < size; i++)
		put((uint8_t)text[i]);
}

static void put_map(unsigned pairs)
{
	put((uint8_t)(7 << 5 | pairs));
}

static void put_number(unsigned type, uint32_t number)
{
	put((uint8_t)(type << 5 | 4));
	for (int shift = 24; shift >= 0; shift -= 8)
		put((uint8_t)(number >> shift));
}

static void put_short(uint16_t number)
{
	put(5 << 5 | 2);
	put((uint8_t)(number >> 8));
	put((uint8_t)number);
}

static size_t country_data(const char *key, const char *code)
{
	size_t at = db.data_size;

	put_map(1);
	put_text(key);
	put_map(1);
	put_text("iso_code");
	put_text(code);
	return at;
}

static size_t network_data(uint32_t number, const char *name)
{
	size_t at = db.data_size;

	put_map(2);
	put_text("autonomous_system_number");
	put_number(6, number);
	put_text("autonomous_system_organization");
	put_text(name);
	return at;
}

/* "192.0.2.0", 24 */
static void insert(const char *prefix, unsigned length, size_t data)
{
	struct bt_addr addr;
	uint8_t bits[16] = {0};
	int node = 0;

	ck_assert(text_parse_addr(prefix, &addr));
	if (addr.family == BT_ADDR_IPV6 || db.version == 4) {
		memcpy(bits, addr.bytes, 16);
	} else {
		memcpy(bits + 12, addr.bytes, 4);
		length += 96;
	}
	for (unsigned i = 0; i < length; i++) {
		int *record = &db.nodes[node][bits[i / 8] >> (7 - i % 8) & 1];

		if (i + 1 == length) {
			*record = DATA_BASE + (int)data;
			return;
		}
		if (*record == NOTHING) {
			ck_assert_int_lt(db.node_count, NODES_MAX);
			*record = db.node_count;
			db.nodes[db.node_count][0] = db.nodes[db.node_count][1] = NOTHING;
			db.node_count++;
		}
		node = *record;
	}
}

static void file_bytes(const void *bytes, size_t size)
{
	ck_assert_uint_le(db.size + size, sizeof(db.file));
	memcpy(db.file + db.size, bytes, size);
	db.size += size;
}

static void finish(void)
{
	static const uint8_t zeros[16];
	size_t data_size = db.data_size;

	for (int i = 0; i < db.node_count; i++) {
		for (int side = 0; side < 2; side++) {
			int record = db.nodes[i][side];
			uint32_t value =
				record == NOTHING ? (uint32_t)db.node_count
				: record >= DATA_BASE
					? (uint32_t)(record - DATA_BASE + db.node_count + 16)
					: (uint32_t)record;
			uint8_t bytes[3] = {(uint8_t)(value >> 16), (uint8_t)(value >> 8),
					    (uint8_t)value};

			file_bytes(bytes, 3);
		}
	}
	file_bytes(zeros, sizeof(zeros));
	file_bytes(db.data, data_size);
	file_bytes("\xab\xcd\xefMaxMind.com", 14);
	db.data_size = 0;
	put_map(9);
	put_text("binary_format_major_version");
	put_short(2);
	put_text("binary_format_minor_version");
	put_short(0);
	put_text("build_epoch");
	put(0 << 5 | 1); /* uint64 is an extended type */
	put(9 - 7);
	put(1);
	put_text("database_type");
	put_text("Test-City");
	put_text("description");
	put_map(0);
	put_text("ip_version");
	put_short((uint16_t)db.version);
	put_text("languages");
	put(0 << 5 | 0); /* array, extended */
	put(11 - 7);
	put_text("node_count");
	put_number(6, (uint32_t)db.node_count);
	put_text("record_size");
	put_short(24);
	file_bytes(db.data, db.data_size);
}

static const char *write_file(char path[64], size_t size)
{
	int fd;

	strcpy(path, "/tmp/bittern-geo-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, db.file, size), (ssize_t)size);
	close(fd);
	return path;
}

static void make_countries(int version)
{
	begin(version);
	insert("192.0.2.0", 24, country_data("country", "DE"));
	insert("198.51.100.0", 25, country_data("registered_country", "FR"));
	if (version == 6)
		insert("2001:db8::", 32, country_data("country", "AT"));
	finish();
}

static struct geo *open_bytes(size_t size)
{
	char path[64];
	const char *paths[] = {write_file(path, size)};
	struct geo *geo = geo_create(paths, 1, &err);

	unlink(path);
	return geo;
}

/* ---- tests ---- */

START_TEST(countries_of_both_families)
{
	struct geo *geo;

	make_countries(6);
	geo = open_bytes(db.size);
	ck_assert_msg(geo != NULL, "%s", err.text);
	find(geo, "192.0.2.77");
	ck_assert_str_eq(country, "DE");
	ck_assert_str_eq(network, "");
	find(geo, "198.51.100.7"); /* where the address is registered is better than nothing */
	ck_assert_str_eq(country, "FR");
	find(geo, "198.51.100.200");
	ck_assert_str_eq(country, "");
	find(geo, "2001:db8:1::1");
	ck_assert_str_eq(country, "AT");
	find(geo, "2001:db9::1");
	ck_assert_str_eq(country, "");
	find(geo, "00:80:f4:01:02:03");
	ck_assert_str_eq(country, "");
	geo_destroy(geo);
}
END_TEST

START_TEST(an_ipv4_file_knows_no_ipv6)
{
	struct geo *geo;

	make_countries(4);
	geo = open_bytes(db.size);
	ck_assert_msg(geo != NULL, "%s", err.text);
	find(geo, "192.0.2.77");
	ck_assert_str_eq(country, "DE");
	find(geo, "2001:db8::1");
	ck_assert_str_eq(country, "");
	geo_destroy(geo);
}
END_TEST

START_TEST(several_files_complete_each_other)
{
	char one[64], two[64];
	const char *paths[2] = {one, two};
	struct geo *geo;

	make_countries(6);
	write_file(one, db.size);
	begin(4);
	insert("192.0.2.0", 24, network_data(64500, "Example Net"));
	insert("203.0.113.0", 24, network_data(64501, "Bad\001Name"));
	finish();
	write_file(two, db.size);
	geo = geo_create(paths, 2, &err);
	ck_assert_msg(geo != NULL, "%s", err.text);
	find(geo, "192.0.2.1");
	ck_assert_str_eq(country, "DE");
	ck_assert_str_eq(network, "AS64500 Example Net");
	find(geo, "203.0.113.9");
	ck_assert_str_eq(country, "");
	ck_assert_str_eq(network, "AS64501 Bad\\x01Name");
	geo_destroy(geo);
	unlink(one);
	unlink(two);
}
END_TEST

START_TEST(odd_data_is_no_data)
{
	char longer[200];
	struct geo *geo;
	size_t at;

	memset(longer, 'n', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	begin(4);
	insert("192.0.2.0", 24, country_data("country", "DEU")); /* not two letters */
	insert("192.0.3.0", 24, country_data("country", "\001Z"));
	insert("192.0.4.0", 24, network_data(1, longer));
	at = db.data_size; /* a number where a text belongs */
	put_map(1);
	put_text("autonomous_system_organization");
	put_number(6, 7);
	insert("192.0.5.0", 24, at);
	insert("192.0.6.0", 24, 60000); /* beyond the end of the file */
	finish();
	geo = open_bytes(db.size);
	ck_assert_msg(geo != NULL, "%s", err.text);
	find(geo, "192.0.2.1");
	ck_assert_str_eq(country, "");
	find(geo, "192.0.3.1");
	ck_assert_str_eq(country, "");
	find(geo, "192.0.4.1");
	ck_assert_uint_eq(strlen(network), GEO_NETWORK - 1);
	find(geo, "192.0.5.1");
	ck_assert_str_eq(network, "");
	find(geo, "192.0.6.1");
	ck_assert_str_eq(country, "");
	geo_destroy(geo);
}
END_TEST

static void expect_refused(size_t size)
{
	strcpy(err.text, "");
	ck_assert_ptr_null(open_bytes(size));
	ck_assert_ptr_nonnull(strstr(err.text, "/tmp/bittern-geo-"));
	ck_assert_ptr_nonnull(strstr(err.text, "not a readable .mmdb file"));
	ck_assert_ptr_null(strchr(err.text, '\n'));
}

START_TEST(damaged_and_missing_files_are_one_line)
{
	const char *paths[] = {"/nonexistent/geo.mmdb"};

	ck_assert_ptr_null(geo_create(paths, 1, &err));
	ck_assert_str_eq(err.text,
			 "/nonexistent/geo.mmdb: not a readable .mmdb file: No such file or "
			 "directory");
	make_countries(6);
	expect_refused(0);
	expect_refused(100);
	expect_refused(db.size - 5);
	memset(db.file, 'a', sizeof(db.file));
	expect_refused(5000);
}
END_TEST

/* Whatever byte of the file is wrong, the answers stay texts. */
START_TEST(flipped_bytes_harm_nothing)
{
	static uint8_t good[sizeof(db.file)];
	size_t size;

	make_countries(4);
	size = db.size;
	memcpy(good, db.file, size);
	for (size_t at = 0; at < size; at++) {
		struct geo *geo;

		memcpy(db.file, good, size);
		db.file[at] ^= 0xff;
		geo = open_bytes(size);
		if (!geo)
			continue;
		find(geo, "192.0.2.1");
		ck_assert(strlen(country) == 0 || strlen(country) == 2);
		find(geo, "198.51.100.1");
		ck_assert(strlen(country) == 0 || strlen(country) == 2);
		geo_destroy(geo);
	}
}
END_TEST

#else

START_TEST(asking_for_a_file_is_an_error)
{
	const char *paths[] = {"/tmp/x.mmdb"};

	ck_assert_ptr_null(geo_create(paths, 1, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "without libmaxminddb"));
}
END_TEST

#endif

int main(void)
{
	Suite *suite = suite_create("geo");
	TCase *tests = tcase_create("geo");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, without_files_nothing_is_known);
#ifdef HAVE_GEOIP
	tcase_add_test(tests, countries_of_both_families);
	tcase_add_test(tests, an_ipv4_file_knows_no_ipv6);
	tcase_add_test(tests, several_files_complete_each_other);
	tcase_add_test(tests, odd_data_is_no_data);
	tcase_add_test(tests, damaged_and_missing_files_are_one_line);
	tcase_add_test(tests, flipped_bytes_harm_nothing);
#else
	tcase_add_test(tests, asking_for_a_file_is_an_error);
#endif
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
