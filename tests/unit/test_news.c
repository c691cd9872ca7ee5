/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines for the log are written in place: what does not fit is left out whole, and that is told.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "news.h"
#include "suite.h"

static void put_line(struct bt_record *rec, size_t values)
{
	bt_open(rec, NULL);
	bt_open_array(rec, "values");
	for (size_t i = 0; i < values; i++)
		bt_put_uint(rec, NULL, 123456789);
	bt_close_array(rec);
	bt_close(rec);
}

START_TEST(a_line_that_does_not_fit_is_left_out)
{
	struct ring *ring = ring_create(RING_BYTES);
	struct news_writer writer = {.ring = ring, .packet = 7, .origin = news_origin(NEWS_PACKET, 7)};
	const struct news *news;
	struct bt_record rec;
	size_t size;

	ck_assert_ptr_nonnull(ring);
	ck_assert(news_line_begin(&writer, &rec));
	put_line(&rec, 10000); /* 100,000 bytes */
	ck_assert(rec.cut);
	ck_assert(!news_line_end(&writer, &rec));
	ck_assert(news_line_begin(&writer, &rec));
	put_line(&rec, 6000);
	ck_assert(news_line_end(&writer, &rec));
	ring_publish(ring, 8);

	news = ring_front(ring, &size);
	ck_assert_ptr_nonnull(news);
	ck_assert_int_eq(news->kind, NEWS_LINE);
	ck_assert_uint_eq(news->packet, 7);
	ck_assert_uint_eq(news->size, rec.len + 1);
	ck_assert_int_eq(((const char *)(news + 1))[news->size - 1], '\n');
	ring_pop(ring);
	ck_assert_ptr_null(ring_front(ring, &size));
	ring_destroy(ring);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("news");
	TCase *tests = tcase_create("news");

	tcase_add_test(tests, a_line_that_does_not_fit_is_left_out);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
