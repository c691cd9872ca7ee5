/* SPDX-License-Identifier: Apache-2.0
 *
 * MAC prefixes: the IEEE's files as they are, damaged ones, and the list that is built in.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "oui.h"
#include "suite.h"

#define IEEE_OUI "/usr/share/ieee-data/oui.txt"

static char path[64];

static void write_file(const char *text, size_t size)
{
	int fd;

	strcpy(path, "/tmp/bittern-oui-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
	close(fd);
}

static struct oui *open_text(const char *text)
{
	struct error err = {""};
	struct oui *oui;

	write_file(text, strlen(text));
	oui = oui_create(path, &err);
	ck_assert_msg(oui != NULL, "%s", err.text);
	ck_assert_uint_ge(oui_count(oui), oui_builtin_count);
	unlink(path);
	return oui;
}

static const char *vendor(struct oui *oui, uint64_t mac)
{
	uint8_t bytes[6];

	for (int i = 0; i < 6; i++)
		bytes[i] = (uint8_t)(mac >> (40 - 8 * i));
	return oui_vendor(oui, bytes);
}

START_TEST(registry_entries_are_read)
{
	struct oui *oui = open_text("OUI/MA-L\t\t\tOrganization\r\n"
				    "\r\n"
				    "F0-00-01   (hex)\t\tAcme Valves\r\n"
				    "F00001     (base 16)\t\tAcme Valves\r\n"
				    "\t\t\t\t1 Road\r\n"
				    "\r\n"
				    "F0-00-02   (hex)\t\tB\303\266hm & Co\n"
				    "F00002     (base 16)\t\tB\303\266hm & Co, \n");

	ck_assert_str_eq(vendor(oui, 0xf00001123456), "Acme Valves");
	ck_assert_str_eq(vendor(oui, 0xf00002000000), "B\303\266hm & Co");
	ck_assert_str_eq(vendor(oui, 0xf00003000000), "");
	ck_assert_uint_eq(oui_count(oui), oui_builtin_count + 2);
	ck_assert_uint_eq(oui_damaged(oui), 0);
	oui_destroy(oui);
}
END_TEST

START_TEST(longest_prefix_wins)
{
	struct oui *oui = open_text("F0-00-01   (hex)\t\tBlock Owner\n"
				    "F00001     (base 16)\t\tBlock Owner\n"
				    "F0-00-01   (hex)\t\tMedium\n"
				    "A00000-AFFFFF     (base 16)\t\tMedium\n"
				    "F0-00-01   (hex)\t\tSmall\n"
				    "A12000-A12FFF     (base 16)\t\tSmall\n");

	ck_assert_str_eq(vendor(oui, 0xf00001a12345), "Small");
	ck_assert_str_eq(vendor(oui, 0xf00001a13345), "Medium");
	ck_assert_str_eq(vendor(oui, 0xf00001b12345), "Block Owner");
	ck_assert_uint_eq(oui_damaged(oui), 0);
	oui_destroy(oui);
}
END_TEST

START_TEST(nobody_is_named_for_private_and_subdivided_blocks)
{
	struct oui *oui = open_text("F0-00-01   (hex)\t\tIEEE Registration Authority\n"
				    "F00001     (base 16)\t\tIEEE Registration Authority\n"
				    "F0-00-04   (hex)\t\tPrivate\n"
				    "F00004     (base 16)\t\tPrivate\n");

	ck_assert_str_eq(vendor(oui, 0xf00001a12345), "");
	ck_assert_str_eq(vendor(oui, 0xf00004a12345), "");
	ck_assert_uint_eq(oui_damaged(oui), 0);
	oui_destroy(oui);
}
END_TEST

START_TEST(damaged_lines_are_skipped_and_counted)
{
	struct oui *oui = open_text("F0-00-0   (hex)\t\tShort\n"        /* 1 */
				    "F000G1     (base 16)\t\tNot hex\n" /* 2 */
				    "F0-00-01   (hex)\t\tGood\n"
				    "F00001     (base 16)\t\t\n"                 /* 3: no name */
				    "A00000-9FFFFF     (base 16)\t\tBackwards\n" /* 4 */
				    "A00000-A0000F     (base 16)\t\tTiny\n"      /* 5 */
				    "A01000-A010FF     (base 16)\t\tOdd size\n"  /* 6 */
				    "A80000-B7FFFF     (base 16)\t\tCrooked\n"   /* 7 */
				    "F0-0\n(base 16)\n"                          /* 8 */
				    "F0*00-01   (hex)\t\tBad\n"                  /* 9 */
				    "A00000-AFFFFF     (base 16)\t\tOrphan\n"    /* 10 */
				    "F0-00-05   (hex)\t\tGood\n"
				    "F00005     (base 16)\t\tGood");

	ck_assert_uint_eq(oui_damaged(oui), 10);
	ck_assert_uint_eq(oui_count(oui), oui_builtin_count + 1);
	ck_assert_str_eq(vendor(oui, 0xf00005a12345), "Good");
	oui_destroy(oui);
}
END_TEST

START_TEST(binary_noise_harms_nothing)
{
	char noise[8192];
	struct oui *oui;
	unsigned seed = 7;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)rand_r(&seed);
	for (size_t i = 0; i + 64 < sizeof(noise); i += 97)
		memcpy(noise + i, i & 1 ? "(base 16)" : "(hex)", i & 1 ? 9 : 5);
	write_file(noise, sizeof(noise));
	oui = oui_create(path, NULL);
	ck_assert_ptr_nonnull(oui);
	ck_assert_uint_eq(oui_count(oui), oui_builtin_count);
	ck_assert_uint_gt(oui_damaged(oui), 0);
	unlink(path);
	oui_destroy(oui);
}
END_TEST

START_TEST(names_are_cut_and_printable)
{
	char line[512] = "F0-00-01   (hex)\t\tx\nF00001     (base 16)\t\tA\001B";
	struct oui *oui;
	const char *text;

	for (size_t at = strlen(line); at < 400; at++)
		line[at] = 'z';
	oui = open_text(line);
	text = vendor(oui, 0xf00001000000);
	ck_assert_int_eq(strncmp(text, "A\\x01Bzzz", 9), 0);
	ck_assert_uint_lt(strlen(text), 64);
	oui_destroy(oui);
}
END_TEST

START_TEST(local_and_group_addresses_have_no_vendor)
{
	struct oui *oui = open_text("02-00-01   (hex)\t\tLocal\n02 0001\n020001 (base 16)\tLocal\n"
				    "01-00-5E   (hex)\t\tGroup\n01005E (base 16)\tGroup\n");

	ck_assert_str_eq(vendor(oui, 0x020001000000), "");
	ck_assert_str_eq(vendor(oui, 0x01005e000001), "");
	ck_assert_str_eq(vendor(oui, 0xffffffffffff), "");
	oui_destroy(oui);
}
END_TEST

START_TEST(a_missing_file_is_an_error)
{
	struct error err = {""};

	ck_assert_ptr_null(oui_create("/nonexistent/oui.txt", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/oui.txt"));
	ck_assert_ptr_null(oui_create("/tmp", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "/tmp: cannot read the list of MAC prefixes: Is a directory"));
	ck_assert_ptr_null(strchr(err.text, '\n'));
	oui_destroy(NULL);
}
END_TEST

START_TEST(builtin_list_is_sorted_and_used)
{
	struct oui *oui = open_text("nothing here\n");

	ck_assert_uint_ge(oui_builtin_count, 60);
	for (size_t i = 1; i < oui_builtin_count; i++)
		ck_assert_uint_lt(oui_builtin[i - 1].prefix, oui_builtin[i].prefix);
	ck_assert_str_eq(vendor(oui, 0x0080f4123456), "Telemecanique (Schneider Electric)");
	ck_assert_str_eq(vendor(oui, 0x00000a000001), "Omron");
	ck_assert_str_eq(vendor(oui, 0xf45433ffffff), "Rockwell Automation");
	oui_destroy(oui);
}
END_TEST

/* Words that the registry's name and ours must share; brands go by their registered names. */
static bool agrees(const char *ours, const char *registered)
{
	static const char *const brands[][2] = {
		{"GE", "General Electric"},
		{"HP", "Hewlett Packard"},
		{"Digi", "DigiBoard"},
		{"Endress+Hauser", "Endress & Hauser"},
		{"SEW-Eurodrive", "SEW Eurodrive"},
		{"Emerson (Fisher-Rosemount)", "Fisher-Rosemount"},
	};
	char word[32];

	for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++) {
		if (strcmp(ours, brands[i][0]) == 0 && strcasestr(registered, brands[i][1]))
			return true;
	}
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(ours, " ("), ours);
	if (strcasestr(registered, word))
		return true;
	/* "VirtualBox (PCS Systemtechnik)" */
	return strchr(ours, '(') && sscanf(strchr(ours, '(') + 1, "%31[^ )]", word) == 1 &&
	       strcasestr(registered, word);
}

START_TEST(builtin_list_agrees_with_the_registry)
{
	struct oui *oui;

	if (access(IEEE_OUI, R_OK) != 0) {
		printf("skipped: no %s (package ieee-data)\n", IEEE_OUI);
		return;
	}
	oui = oui_create(IEEE_OUI, NULL);
	ck_assert_ptr_nonnull(oui);
	for (size_t i = 0; i < oui_builtin_count; i++) {
		const char *registered = vendor(oui, (uint64_t)oui_builtin[i].prefix << 24);

		ck_assert_msg(agrees(oui_builtin[i].vendor, registered),
			      "%06x: %s is registered as %s", oui_builtin[i].prefix,
			      oui_builtin[i].vendor, registered);
	}
	oui_destroy(oui);
}
END_TEST

START_TEST(installed_registries_are_read_whole)
{
	struct oui *oui;

	if (access(IEEE_OUI, R_OK) != 0) {
		printf("skipped: no %s (package ieee-data)\n", IEEE_OUI);
		return;
	}
	oui = oui_create(NULL, NULL);
	ck_assert_ptr_nonnull(oui);
	ck_assert_uint_gt(oui_count(oui), 40000);
	ck_assert_uint_eq(oui_damaged(oui), 0);
	ck_assert_str_eq(vendor(oui, 0x0030de000001), "WAGO Kontakttechnik GmbH");
	ck_assert_str_eq(vendor(oui, 0x70b3d5f2f001), "TELEPLATFORMS");    /* MA-S */
	ck_assert_str_eq(vendor(oui, 0x208593b00001), "IOG Products LLC"); /* MA-M */
	ck_assert_str_eq(vendor(oui, 0x0050c27d5001), "DEUTA-WERKE GmbH"); /* IAB */
	ck_assert_str_eq(vendor(oui, 0x70b3d5000000 | 0xfffff0), vendor(oui, 0x70b3d5ffffff));
	oui_destroy(oui);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("oui");
	TCase *tests = tcase_create("oui");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, registry_entries_are_read);
	tcase_add_test(tests, longest_prefix_wins);
	tcase_add_test(tests, nobody_is_named_for_private_and_subdivided_blocks);
	tcase_add_test(tests, damaged_lines_are_skipped_and_counted);
	tcase_add_test(tests, binary_noise_harms_nothing);
	tcase_add_test(tests, names_are_cut_and_printable);
	tcase_add_test(tests, local_and_group_addresses_have_no_vendor);
	tcase_add_test(tests, a_missing_file_is_an_error);
	tcase_add_test(tests, builtin_list_is_sorted_and_used);
	tcase_add_test(tests, builtin_list_agrees_with_the_registry);
	tcase_add_test(tests, installed_registries_are_read_whole);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
