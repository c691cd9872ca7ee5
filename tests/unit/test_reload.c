/* SPDX-License-Identifier: Apache-2.0
 *
 * A shard that is given another baseline: nothing that was found known by the old one may pass by it, also
 * where the conversation goes on and the new one has its pairs where the old one had them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "roster.h"
#include "shard.h"
#include "suite.h"

/* Both know the pair and its service; what it may read is added. */
#define SITE(functions)                       \
	"version: 1\n"                        \
	"devices:\n"                          \
	"  - address: 10.0.0.1\n"             \
	"  - address: 10.0.0.2\n"             \
	"pairs:\n"                            \
	"  - client: 10.0.0.1\n"              \
	"    server: 10.0.0.2\n"              \
	"    services:\n"                     \
	"      - service: udp/502\n"          \
	"        protocol: modbus\n"          \
	"        units:\n"                    \
	"          - unit: 1\n"               \
	"            functions:\n" functions

#define READS(name, function, space)                                              \
	"              - {name: " name ", function: " function ", act: read, objects: " \
	"[{act: read, space: " space ", ranges: any}]}\n"

static const char knows[] = SITE(READS("read_holding_registers", "3", "holding_register"));
static const char knows_other[] = SITE(READS("read_coils", "1", "coil"));

static struct error err;
static struct shard_setup setup;
static struct rules *rules;
static struct shard_worker worker;
static struct shard shard;
static struct frame frame;
static struct flow *room[FLOWS_MAX];

static struct baseline *site_of(const char *text)
{
	struct baseline *site = baseline_parse("site.yaml", text, strlen(text), &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	return site;
}

static void begin(void)
{
	frame = (struct frame){.time_ns = SECONDS(1700000000), .wire = 100};
	worker = (struct shard_worker){.labeller = labeller_create()};
	worker.news.ring = ring_create(RING_BYTES);
	setup = (struct shard_setup){.site = site_of(knows), .mode = LEARN_JUDGE, .flows_max = FLOWS_MAX};
	rules = rules_load(NULL, 0, &err);
	ck_assert(worker.labeller && worker.news.ring && rules);
	shard_setup_rules(&setup, rules);
	ck_assert(shard_init(&shard, &setup, &worker, UINT64_MAX));
}

static void judge_by(const char *text)
{
	const struct baseline *old = setup.site;

	setup.site = site_of(text);
	shard_judge_by(&shard, shard_learn(&shard, &setup), room);
	baseline_destroy((struct baseline *)old);
}

static void end(void)
{
	size_t count = flow_all(shard.flows, room, FLOWS_MAX);

	for (size_t i = 0; i < count; i++)
		flow_end(shard.flows, room[i], FLOW_END_FINISHED);
	shard_finish(&shard);
	rules_free(rules);
	baseline_destroy((struct baseline *)setup.site);
	ring_destroy(worker.news.ring);
	labeller_destroy(worker.labeller);
}

static void send(enum bt_dir dir, const void *bytes, size_t size)
{
	static const struct bt_addr ends[2] = {
		{.family = BT_ADDR_IPV4, .bytes = {10, 0, 0, 1}},
		{.family = BT_ADDR_IPV4, .bytes = {10, 0, 0, 2}},
	};
	struct packet packet = {
		.frame = &frame,
		.kind = PACKET_UDP,
		.ip_version = 4,
		.ip_proto = 17,
		.src = ends[dir],
		.dst = ends[!dir],
		.src_port = dir == BT_TO_SERVER ? 40000 : 502,
		.dst_port = dir == BT_TO_SERVER ? 502 : 40000,
		.payload = cur_of(bytes, size),
		.payload_wire = (uint32_t)size,
	};
	struct pair pair = pair_of(&packet.src, &packet.dst);
	struct flow_search search;

	frame.number++;
	frame.time_ns += MILLISECONDS(20);
	packet.ip_id = (uint16_t)frame.number;
	worker.now_ns = frame.time_ns;
	worker.news.packet = frame.number;
	worker.news.origin = news_origin(NEWS_PACKET, 0);
	flow_search(&packet, &pair, &search);
	shard_packet(&shard, &packet, &search);
}

/* Reads holding register 5. */
static void poll(void)
{
	static const uint8_t request[] = {0, 1, 0, 0, 0, 6, 1, 3, 0, 5, 0, 1};
	static const uint8_t answer[] = {0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7};

	send(BT_TO_SERVER, request, sizeof(request));
	send(BT_TO_CLIENT, answer, sizeof(answer));
}

/* Findings told since the last call. */
static unsigned told(void)
{
	const struct news *news;
	unsigned count = 0;
	size_t size;

	ring_publish(worker.news.ring, frame.number);
	while ((news = ring_front(worker.news.ring, &size)) != NULL) {
		count += news->kind == NEWS_FINDING;
		ring_pop(worker.news.ring);
	}
	return count;
}

static const struct learn_memo *memo(void)
{
	const struct talk *talk;

	ck_assert_uint_eq(flow_all(shard.flows, room, FLOWS_MAX), 1);
	talk = room[0]->app;
	ck_assert(talk && talk->deeds);
	return &talk->deeds->memo;
}

START_TEST(what_the_old_baseline_knew_is_told)
{
	begin();
	poll();
	poll();
	ck_assert_uint_eq(told(), 0);
	judge_by(knows_other);
	ck_assert_uint_eq(told(), 0);
	poll();
	ck_assert_uint_eq(told(), 1);
	judge_by(knows);
	poll();
	ck_assert_uint_eq(told(), 0);
	end();
}
END_TEST

/* It is keyed with places in memory, which the baseline after the next may have again. */
START_TEST(what_a_flow_remembers_ends_with_the_baseline)
{
	static const struct learn_memo nothing;

	begin();
	poll();
	poll();
	ck_assert_mem_ne(memo(), &nothing, sizeof(nothing));
	judge_by(knows);
	ck_assert_mem_eq(memo(), &nothing, sizeof(nothing));
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reload");
	TCase *tests = tcase_create("reload");

	tcase_add_test(tests, what_the_old_baseline_knew_is_told);
	tcase_add_test(tests, what_a_flow_remembers_ends_with_the_baseline);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
