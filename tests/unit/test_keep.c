/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reporter knows, over a restart: alerts count on and are told once, devices are who they were, and
 * whatever may stand in a damaged file does no harm.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocations.h"
#include "eve.h"
#include "keep.h"
#include "learned.h"
#include "limits.h"
#include "parcel.h"
#include "suite.h"
#include "text.h"
#include "told.h"

enum {
	PATIENCE_MS = 30000,
};

#define NOON SECONDS(1700000000)

/* ---- a run ---- */

static char folder[32], path[64];
static struct error told, err;
static struct state *state;
static struct alerts *alerts;
static struct assets *assets;
static struct keep *keep;
static unsigned untold;

static void begin(void)
{
	state = state_open(path, &told, &err);
	ck_assert_msg(state != NULL, "%s", err.text);
	alerts = alerts_create();
	assets = assets_create(NULL, &err);
	keep = calloc(1, sizeof(*keep));
	ck_assert(alerts && assets && keep);
	ck_assert_msg(keep_open(keep, state, alerts, assets, &err), "%s", err.text);
	ck_assert_msg(state_start(state, &err), "%s", err.text);
}

static void end(void)
{
	state_close(state);
	alerts_destroy(alerts);
	assets_destroy(assets);
	free(keep);
}

static void again(void)
{
	end();
	begin();
	ck_assert_uint_eq(keep->unreadable, 0);
}

static void setup(void)
{
	strcpy(folder, "/tmp/test_keep.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state.db", folder);
	begin();
}

static void teardown(void)
{
	char command[64];

	end();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct bt_addr addr_of(const char *text)
{
	struct bt_addr addr = {0};

	ck_assert(text_parse_addr(text, &addr));
	return addr;
}

static struct finding finding(const char *client, int64_t seconds)
{
	static const char detail[] = "{\"function\":6}";
	struct finding made = {
		.source = FINDING_FROM_RULE,
		.name = "site.write",
		.title = "Somebody wrote",
		.severity = 4,
		.technique = {"T0836", "T0855"},
		.flow = {.client = addr_of(client), .server = addr_of("10.0.0.10"), .server_port = 502,
			 .transport = BT_OVER_TCP, .server_proven = true, .id = 77},
		.protocol = "modbus",
		.has_mac = true,
		.mac = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}},
		.vlan_count = 2,
		.vlan = {5, 7},
		.time_ns = NOON + SECONDS(seconds),
		.request_packet = 1000 + (uint64_t)seconds,
		.packet = 2000 + (uint64_t)seconds,
		.unit = 1,
		.object = "holding_register",
		.seen = "wrote 9",
		.expected = "never",
		.why = "a rule says so",
	};

	made.detail_len = sizeof(detail) - 1;
	memcpy(made.detail, detail, made.detail_len);
	return made;
}

static const struct alert *raise(const char *client, int64_t seconds)
{
	struct finding made = finding(client, seconds);
	const struct alert *alert = alerts_raise(alerts, &made);

	if (alert)
		ck_assert(keep_telling(keep, alert));
	return alert;
}

static void wait_until(bool (*holds)(void))
{
	for (unsigned i = 0; i < PATIENCE_MS && !holds(); i++)
		usleep(1000);
	ck_assert(holds());
}

static bool is_in_the_file(void)
{
	return state_has(state, keep->mark);
}

static void tell(void *owner, const struct alert *alert)
{
	*(const struct alert **)owner = alert;
	untold++;
}

static unsigned tell_again(const struct alert **alert)
{
	untold = 0;
	*alert = NULL;
	ck_assert_msg(keep_each_untold(keep, tell, alert, &err), "%s", err.text);
	return untold;
}

/* ---- alerts ---- */

START_TEST(an_alert_counts_on)
{
	const struct alert *alert = raise("10.0.0.5", 0);
	struct alert before;

	wait_until(is_in_the_file);
	ck_assert(keep_may_write(keep));
	keep_written(keep);
	for (int i = 1; i < 9; i++)
		ck_assert_ptr_null(raise("10.0.0.5", i));
	before = *alert;
	keep_end(keep, &(struct keep_clock){NOON, NOON, 5});
	again();
	ck_assert_uint_eq(tell_again(&alert), 0);
	alert = raise("10.0.0.5", 9);
	ck_assert_ptr_nonnull(alert); /* the tenth */
	ck_assert_int_eq(alert->state, ALERT_UPDATE);
	ck_assert_uint_eq(alert->count, 10);
	ck_assert_str_eq(alert->id, before.id);
	ck_assert_str_eq(alert->incident, before.incident);
	ck_assert_int_eq(alert->first_ns, NOON);
	ck_assert_mem_eq(alert->packets, before.packets, sizeof(before.packets));
	ck_assert_mem_eq(&alert->finding.flow, &before.finding.flow, sizeof(before.finding.flow));
	ck_assert_str_eq(alert->finding.protocol, "modbus");
	ck_assert_str_eq(alert->finding.why, "a rule says so");
	ck_assert_str_eq(alert->finding.title, "Somebody wrote");
	ck_assert_str_eq(alert->finding.technique[1], "T0855");
	ck_assert_uint_eq(alert->finding.vlan[1], 7);
	ck_assert_uint_eq(alert->finding.mac[1][5], 2);
	ck_assert_uint_eq(alert->finding.detail_len, before.finding.detail_len);
	ck_assert_mem_eq(alert->finding.detail, before.finding.detail, before.finding.detail_len);
	/* another of the same source: the same incident, also after the restart */
	alert = raise("10.0.0.5", 10);
	ck_assert_ptr_null(alert);
}
END_TEST

START_TEST(what_was_not_written_is_told_again)
{
	const struct alert *alert = raise("10.0.0.5", 0);
	char id[ALERT_ID];

	memcpy(id, alert->id, sizeof(id));
	wait_until(is_in_the_file);
	again(); /* its line never left */
	ck_assert_uint_eq(tell_again(&alert), 1);
	ck_assert_int_eq(alert->state, ALERT_NEW);
	ck_assert_str_eq(alert->id, id);
	ck_assert_uint_eq(alert->count, 1);
	ck_assert(keep_telling(keep, alert));
	keep_written(keep);
	again();
	ck_assert_uint_eq(tell_again(&alert), 0);
}
END_TEST

START_TEST(what_found_no_room_stays_untold)
{
	const struct alert *alert = raise("10.0.0.5", 0);
	struct bt_addr first = addr_of("10.0.0.5");

	keep_unwritten(keep, alert);
	alert = raise("10.0.0.6", 0);
	keep_written(keep); /* the other */
	again();
	ck_assert_uint_eq(tell_again(&alert), 1);
	ck_assert(addr_equal(&alert->finding.flow.client, &first));
}
END_TEST

START_TEST(what_is_over_is_forgotten_once_told)
{
	const struct alert *alert = raise("10.0.0.5", 0);
	uint64_t identity = alert_number(alert);

	keep_written(keep);
	alert = alerts_close(alerts, identity, NOON + SECONDS(1));
	ck_assert(keep_telling(keep, alert));
	again();
	ck_assert_uint_eq(tell_again(&alert), 1);
	ck_assert_int_eq(alert->state, ALERT_CLOSED);
	ck_assert_int_eq(alert->ended_ns, NOON + SECONDS(1));
	ck_assert_ptr_null(alerts_open(alerts, identity));
	ck_assert(keep_telling(keep, alert));
	keep_written(keep);
	again();
	ck_assert_ptr_null(alerts_find(alerts, identity));
	alert = raise("10.0.0.5", 10);
	ck_assert_int_eq(alert->state, ALERT_NEW);
	ck_assert_uint_eq(alert->count, 1);
}
END_TEST

/* Closed and begun anew before the first line is written: the second must not be forgotten. */
START_TEST(what_began_anew_stays)
{
	const struct alert *alert = raise("10.0.0.5", 0);

	alert = alerts_close(alerts, alert_number(alert), NOON + SECONDS(1));
	ck_assert(keep_telling(keep, alert));
	alert = raise("10.0.0.5", 2);
	ck_assert_int_eq(alert->state, ALERT_NEW);
	keep_written(keep);
	again();
	ck_assert_ptr_null(raise("10.0.0.5", 3)); /* the second of it */
}
END_TEST

START_TEST(the_line_waits_a_moment_at_most)
{
	keep->mark = UINT64_MAX; /* never in the file */
	keep->told_count = 1;
	keep->held_ns = INT64_MAX / 2;
	ck_assert(!keep_may_write(keep));
	keep->held_ns = 0;
	ck_assert(keep_may_write(keep));
	keep->told_count = 0;
}
END_TEST

/* What was told as eve_alert() writes it, and whole, was told. */
START_TEST(the_log_knows_what_was_told)
{
	struct alert alert = *raise("10.0.0.5", 0);
	char log[80], text[8192];
	struct bt_record rec = {.at = text, .cap = sizeof(text)};
	struct told *end;
	FILE *file;

	eve_alert(&rec, &alert, NULL, NULL);
	snprintf(log, sizeof(log), "%s/eve.json", folder);
	ck_assert_ptr_null(told_read(log));
	ck_assert(!told_has(NULL, &alert));
	for (unsigned whole = 0; whole < 2; whole++) {
		file = fopen(log, "w");
		fprintf(file, "{\"event_type\":\"stats\"}\n%.*s%s", (int)rec.len, text, whole ? "\n" : "");
		fclose(file);
		end = told_read(log);
		ck_assert_ptr_nonnull(end);
		ck_assert_int_eq(told_has(end, &alert), whole);
		told_free(end);
	}
	end = told_read(log);
	alert.state = ALERT_CLOSED;
	ck_assert(!told_has(end, &alert));
	alert.state = ALERT_NEW;
	alert.first_ns += SECONDS(1); /* the same again, later */
	ck_assert(!told_has(end, &alert));
	told_free(end);
}
END_TEST

/* ---- time ---- */

START_TEST(time_does_not_go_back)
{
	struct keep_clock clock;

	keep_end(keep, &(struct keep_clock){NOON, NOON + SECONDS(60), 99});
	again();
	ck_assert(keep_read_clock(state, &clock, &err));
	ck_assert(clock.first_ns == NOON && clock.last_ns == NOON + SECONDS(60) && clock.number == 99);
	/* 40 seconds later; or the clock was set back by an hour: uptime goes on where it was */
	ck_assert_int_eq(keep_began(keep, NOON + SECONDS(100)), NOON);
	ck_assert_int_eq(keep_began(keep, NOON - SECONDS(3540)), NOON - SECONDS(3600));
	keep_end(keep, &(struct keep_clock){NOON - SECONDS(3540), NOON - SECONDS(3500), 50});
	again();
	ck_assert(keep_read_clock(state, &clock, &err));
	ck_assert(clock.first_ns == NOON && clock.last_ns == NOON + SECONDS(60) && clock.number == 99);
}
END_TEST

START_TEST(learning_began_once_and_ends_once)
{
	int64_t began_ns, done_ns;

	ck_assert(learned_began(state, 0, &began_ns, &err) && !began_ns);
	ck_assert(learned_began(state, NOON, &began_ns, &err) && began_ns == NOON);
	ck_assert(learned_done(state, &done_ns, &err) && !done_ns);
	again();
	ck_assert(learned_began(state, NOON + SECONDS(60), &began_ns, &err) && began_ns == NOON);
	/* the clock was ahead when it began: it would learn for years */
	ck_assert(learned_began(state, NOON - SECONDS(60), &began_ns, &err));
	ck_assert_int_eq(began_ns, NOON - SECONDS(60));
	learned_note_done(state, SECONDS(3600));
	again();
	ck_assert(learned_began(state, NOON, &began_ns, &err) && began_ns == NOON - SECONDS(60));
	ck_assert(learned_done(state, &done_ns, &err) && done_ns == SECONDS(3600));
}
END_TEST

/* ---- the inventory ---- */

static struct sighting about(enum sighting_kind kind, const char *who)
{
	return (struct sighting){.kind = kind, .who = addr_of(who), .unit = BT_NO_UNIT, .source = "test",
				 .time_ns = NOON, .packet = 7};
}

static const struct asset *claims(const char *mac, const char *who)
{
	struct sighting sighting = about(SIGHTING_ADDRESS, who);
	struct bt_addr addr = addr_of(mac);

	sighting.has_mac = true;
	sighting.answers_arp = true;
	memcpy(sighting.mac, addr.bytes, 6);
	return assets_sighting(assets, &sighting);
}

static const struct asset *sends(const char *mac, const char *who)
{
	struct sighting sighting = about(SIGHTING_ADDRESS, who);
	struct bt_addr addr = addr_of(mac);

	sighting.has_mac = true;
	sighting.ttl = 63;
	memcpy(sighting.mac, addr.bytes, 6);
	return assets_sighting(assets, &sighting);
}

static void asks(const char *client, const char *server, enum bt_act act, uint64_t count)
{
	struct sighting sighting = about(SIGHTING_TRAFFIC, client);
	struct sighting_traffic *traffic = &sighting.traffic;

	traffic->flow = (struct bt_flow){.client = addr_of(client), .server = addr_of(server),
					 .client_port = 50000, .server_port = 502,
					 .transport = BT_OVER_TCP, .server_proven = true};
	traffic->protocol = "modbus";
	traffic->packets[0] = traffic->packets[1] = traffic->bytes[0] = traffic->bytes[1] = count;
	traffic->acts[act] = count;
	traffic->first_ns = traffic->last_ns = NOON;
	traffic->first_packet = traffic->last_packet = 7;
	assets_sighting(assets, &sighting);
}

static void populate(void)
{
	struct sighting says = about(SIGHTING_IDENTITY, "10.0.0.10"), unit = about(SIGHTING_UNIT, "10.0.0.10");

	claims("02:00:00:00:00:05", "10.0.0.5");
	claims("02:00:00:00:00:10", "10.0.0.10");
	claims("02:00:00:00:00:01", "10.0.0.1");
	for (int i = 1; i <= 4; i++) { /* a router */
		char far[32];

		snprintf(far, sizeof(far), "10.9.0.%d", i);
		sends("02:00:00:00:00:01", far);
	}
	claims("02:00:00:00:00:77", "02:00:00:00:00:77");
	asks("10.0.0.5", "10.0.0.10", BT_ACT_READ, 100);
	says.what = BT_ID_MODEL;
	strcpy(says.text, "PLC-9");
	assets_sighting(assets, &says);
	unit.unit = 3;
	unit.serves = true;
	unit.protocol = "modbus";
	assets_sighting(assets, &unit);
}

/* All that can be told of all devices. */
static char *description(void)
{
	char *text = NULL, label[128], reason[256];
	size_t size, count;
	FILE *out = open_memstream(&text, &size);
	const struct asset *const *list = assets_list(assets, &count);

	for (size_t i = 0; i < count; i++) {
		const struct asset *a = list[i];
		char addr[TEXT_ADDR], mac[TEXT_ADDR];

		asset_label(a, label, sizeof(label));
		fprintf(out, "%s %s %s/%s %x %lld %lld %llu %llu %llu %d\n", text_addr(addr, &a->addr), label,
			a->has_mac ? text_mac(mac, a->mac) : "-", a->has_mac ? a->mac_source : "", a->roles,
			(long long)a->first_ns, (long long)a->last_ns, (unsigned long long)a->first_packet,
			(unsigned long long)a->packets_sent, (unsigned long long)a->bytes_received,
			a->mac_claimed);
		for (unsigned bit = 0; bit < ASSET_ROLE_COUNT; bit++) {
			asset_role_reason(a, bit, reason, sizeof(reason));
			fprintf(out, "  %s\n", reason);
		}
		for (unsigned k = 0; k < a->attribute_count; k++)
			fprintf(out, "  %d %s %s\n", a->attributes[k].what, a->attributes[k].value,
				a->attributes[k].source);
		for (unsigned k = 0; k < a->service_count; k++)
			fprintf(out, "  %u %s %llu\n", a->services[k].port, a->services[k].protocol,
				(unsigned long long)a->services[k].operations);
		for (unsigned k = 0; k < a->unit_count; k++)
			fprintf(out, "  %u %s\n", a->units[k].unit, a->units[k].protocol);
	}
	fclose(out);
	return text;
}

static void expect_same(char *before)
{
	char *now = description();

	ck_assert_str_eq(now, before);
	free(before);
	free(now);
}

static void announce(void)
{
	while (assets_take_changed(assets))
		;
}

START_TEST(devices_are_who_they_were)
{
	char *before;

	populate();
	announce();
	before = description();
	ck_assert_ptr_nonnull(strstr(before, "PLC-9"));
	keep_end(keep, &(struct keep_clock){NOON, NOON, 7});
	again();
	ck_assert_ptr_null(assets_take_changed(assets)); /* nothing is news */
	expect_same(before);
	/* and what comes now is added to it: no peer is counted twice, no router is judged anew */
	ck_assert_ptr_null(claims("02:00:00:00:00:05", "10.0.0.5"));
	sends("02:00:00:00:00:01", "10.9.0.1");
	ck_assert_ptr_null(assets_take_changed(assets));
	asks("10.0.0.5", "10.0.0.10", BT_ACT_READ, 100);
	before = description();
	ck_assert_ptr_nonnull(strstr(before, "1 device"));
	ck_assert_ptr_null(strstr(before, "2 devices"));
	free(before);
	ck_assert_ptr_nonnull(claims("02:00:00:00:00:99", "10.0.0.99"));
}
END_TEST

START_TEST(what_was_not_announced_is)
{
	populate();
	keep_end(keep, &(struct keep_clock){NOON, NOON, 7});
	again();
	ck_assert_ptr_nonnull(assets_take_changed(assets));
	announce();
	keep_end(keep, &(struct keep_clock){NOON, NOON, 7});
	again();
	ck_assert_ptr_null(assets_take_changed(assets));
}
END_TEST

START_TEST(many_devices_and_little_at_a_time)
{
	enum { MANY = 3000 };
	size_t count;

	for (unsigned i = 0; i < MANY; i++) {
		char who[32], mac[32];

		snprintf(who, sizeof(who), "10.1.%u.%u", i >> 8, i & 255);
		snprintf(mac, sizeof(mac), "02:00:01:00:%02x:%02x", i >> 8, i & 255);
		claims(mac, who);
	}
	announce();
	keep_look(keep, SECONDS(1), &(struct keep_clock){NOON, NOON, 7});
	again(); /* killed a second later: some are there, not all */
	assets_list(assets, &count);
	ck_assert_uint_gt(count, 0);
	ck_assert_uint_lt(count, MANY / 2);
	for (unsigned i = 0; i < MANY; i++) {
		char who[32], mac[32];

		snprintf(who, sizeof(who), "10.1.%u.%u", i >> 8, i & 255);
		snprintf(mac, sizeof(mac), "02:00:01:00:%02x:%02x", i >> 8, i & 255);
		claims(mac, who);
	}
	keep_end(keep, &(struct keep_clock){NOON, NOON, 7});
	again();
	assets_list(assets, &count);
	ck_assert_uint_eq(count, MANY);
}
END_TEST

/* ---- a damaged file ---- */

/* Each byte of a record as something else, and each shorter record: refused or believed, never harmful. */
static void bend(struct bt_cursor record, void (*unpack)(struct bt_cursor bytes))
{
	static uint8_t bytes[KEEP_RECORD_MAX];
	size_t size = cur_left(&record);

	memcpy(bytes, record.ptr, size);
	for (size_t i = 0; i < size; i++) {
		const uint8_t values[] = {0x00, 0xff, 0x7f, 0x80, (uint8_t)(bytes[i] + 1)};
		uint8_t was = bytes[i];

		for (size_t k = 0; k < sizeof(values); k++) {
			bytes[i] = values[k];
			unpack(cur_of(bytes, size));
		}
		bytes[i] = was;
		unpack(cur_of(bytes, i));
	}
}

static uint64_t bent_identity;

static void unpack_alert(struct bt_cursor bytes)
{
	struct alerts *fresh = alerts_create();
	struct parcel parcel;

	parcel_unpack(&parcel, bytes);
	alerts_unpack(fresh, bent_identity, &parcel);
	alerts_destroy(fresh);
}

static void unpack_device(struct bt_cursor bytes)
{
	struct assets *whole = assets;
	struct bt_addr addr = addr_of("10.0.0.10");
	struct parcel parcel;
	char *text;

	assets = assets_create(NULL, &err);
	parcel_unpack(&parcel, bytes);
	assets_unpack(assets, &addr, &parcel);
	assets_unpacked(assets);
	text = description();
	free(text);
	assets_destroy(assets);
	assets = whole;
}

START_TEST(damaged_records_do_no_harm)
{
	static uint8_t room[KEEP_RECORD_MAX];
	struct bt_addr addr = addr_of("10.0.0.10");
	const struct alert *alert = raise("10.0.0.5", 0);
	struct parcel parcel;

	bent_identity = alert_number(alert);
	parcel_pack(&parcel, room, sizeof(room));
	alert_pack(alert, &parcel);
	ck_assert(parcel_done(&parcel));
	bend(cur_of(room, parcel.used), unpack_alert);
	populate();
	parcel_pack(&parcel, room, sizeof(room));
	asset_pack(assets_find(assets, &addr), &parcel);
	ck_assert(parcel_done(&parcel));
	bend(cur_of(room, parcel.used), unpack_device);
}
END_TEST

/* A sound record, where nobody would drop it when it is over. */
static void put_under_a_longer_key(void)
{
	static uint8_t room[KEEP_RECORD_MAX];
	uint8_t key[9] = {0};
	struct finding made = finding("10.0.0.99", 0);
	struct alerts *fresh = alerts_create();
	struct parcel parcel;

	parcel_pack(&parcel, room, sizeof(room));
	alert_pack(alerts_raise(fresh, &made), &parcel);
	for (unsigned i = 0; i < 8; i++)
		key[i] = (uint8_t)(alert_identity(&made) >> (56 - 8 * i));
	ck_assert(state_put(state, STATE_ALERTS, cur_of(key, sizeof(key)), cur_of(room, parcel.used)));
	alerts_destroy(fresh);
}

START_TEST(what_makes_no_sense_is_forgotten)
{
	static const enum state_table tables[] = {STATE_ALERTS, STATE_DEVICES, STATE_STATIONS, STATE_PEERS};

	raise("10.0.0.5", 0);
	populate();
	keep_end(keep, &(struct keep_clock){NOON, NOON, 7});
	for (unsigned i = 0; i < 4; i++)
		ck_assert(state_put(state, tables[i], cur_of("nonsense", 6 + i), cur_of("?", 1)));
	put_under_a_longer_key();
	end();
	begin();
	ck_assert_uint_eq(keep->unreadable, 5);
	ck_assert_ptr_null(raise("10.0.0.5", 1));
	again(); /* and is there no more */
}
END_TEST

/* Each allocation of a start fails in turn: it starts without what it could not keep, or not at all. */
START_TEST(without_memory_it_starts_or_says_so)
{
	bool started, done = false;

	raise("10.0.0.5", 0);
	keep_written(keep);
	populate();
	keep_end(keep, &(struct keep_clock){NOON, NOON, 7});
	end();
	for (long enough = 0; !done; enough++) {
		size_t count = 0;

		alerts = alerts_create();
		assets = assets_create(NULL, &err);
		keep = calloc(1, sizeof(*keep));
		allocations_left = enough;
		*err.text = '\0';
		state = state_open(path, &told, &err);
		started = state && keep_open(keep, state, alerts, assets, &err);
		done = started && allocations_left > 0;
		allocations_left = -1;
		ck_assert(started || *err.text);
		ck_assert_str_eq(told.text, "");
		alerts_list(alerts, &count);
		ck_assert(!done || count == 1);
		end();
	}
	begin();
	ck_assert_ptr_null(raise("10.0.0.5", 1)); /* nothing was damaged by it */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keep");
	TCase *tcase = tcase_create("keep");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 100);
	tcase_add_test(tcase, an_alert_counts_on);
	tcase_add_test(tcase, what_was_not_written_is_told_again);
	tcase_add_test(tcase, what_found_no_room_stays_untold);
	tcase_add_test(tcase, what_is_over_is_forgotten_once_told);
	tcase_add_test(tcase, what_began_anew_stays);
	tcase_add_test(tcase, the_line_waits_a_moment_at_most);
	tcase_add_test(tcase, the_log_knows_what_was_told);
	tcase_add_test(tcase, time_does_not_go_back);
	tcase_add_test(tcase, learning_began_once_and_ends_once);
	tcase_add_test(tcase, devices_are_who_they_were);
	tcase_add_test(tcase, what_was_not_announced_is);
	tcase_add_test(tcase, many_devices_and_little_at_a_time);
	tcase_add_test(tcase, damaged_records_do_no_harm);
	tcase_add_test(tcase, what_makes_no_sense_is_forgotten);
	tcase_add_test(tcase, without_memory_it_starts_or_says_so);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
