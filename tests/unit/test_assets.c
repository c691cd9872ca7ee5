/* SPDX-License-Identifier: Apache-2.0
 *
 * The inventory: MACs and IP addresses, routers, roles and their reasons, conversations, changes,
 * caps.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assets.h"
#include "suite.h"
#include "text.h"

#define PLC_MAC    "00:80:f4:01:02:03"
#define HMI_MAC    "00:0c:29:aa:bb:cc"
#define ROUTER_MAC "00:00:0c:11:22:33"

static struct assets *inventory;
static uint64_t packet;

static void setup(void)
{
	struct error err = {""};

	packet = 0;
	inventory = assets_create(NULL, &err);
	ck_assert_msg(inventory != NULL, "%s", err.text);
}

static void teardown(void)
{
	assets_destroy(inventory);
	inventory = NULL;
}

/* ---- sightings ---- */

static struct bt_addr addr_of(const char *text)
{
	struct bt_addr addr;

	ck_assert_msg(text_parse_addr(text, &addr), "%s", text);
	return addr;
}

static struct sighting about(enum sighting_kind kind, const char *who)
{
	packet++;
	return (struct sighting){
		.kind = kind,
		.who = addr_of(who),
		.unit = BT_NO_UNIT,
		.packet = packet,
		.time_ns = SECONDS(1000 + (int64_t)packet),
	};
}

static void set_mac(uint8_t mac[6], const char *text)
{
	struct bt_addr addr = addr_of(text);

	memcpy(mac, addr.bytes, 6);
}

static const struct asset *claims(const char *mac, const char *who)
{
	struct sighting sighting = about(SIGHTING_ADDRESS, who);

	sighting.has_mac = true;
	sighting.answers_arp = true;
	sighting.source = "ARP reply";
	set_mac(sighting.mac, mac);
	return assets_sighting(inventory, &sighting);
}

static const struct asset *sends_ttl(const char *mac, const char *who, uint8_t ttl)
{
	struct sighting sighting = about(SIGHTING_ADDRESS, who);

	sighting.has_mac = true;
	sighting.source = "ip";
	sighting.ttl = ttl;
	set_mac(sighting.mac, mac);
	return assets_sighting(inventory, &sighting);
}

static const struct asset *sends(const char *mac, const char *who)
{
	return sends_ttl(mac, who, 64);
}

static void says(const char *who, uint32_t unit, enum bt_identity what, const char *text)
{
	struct sighting sighting = about(SIGHTING_IDENTITY, who);

	sighting.unit = unit;
	sighting.what = what;
	sighting.source = "Modbus 43/14";
	snprintf(sighting.text, sizeof(sighting.text), "%s", text);
	assets_sighting(inventory, &sighting);
}

static struct sighting of_station(enum sighting_kind kind, const char *who, const char *name)
{
	struct sighting sighting = about(kind, who);

	sighting.protocol = "plcnet";
	sighting.source = "birth";
	snprintf(sighting.station, sizeof(sighting.station), "%s", name);
	return sighting;
}

static void speaks_for(const char *who, const char *name)
{
	struct sighting sighting = of_station(SIGHTING_UNIT, who, name);

	assets_sighting(inventory, &sighting);
}

static void says_for(const char *who, const char *name, enum bt_identity what, const char *text)
{
	struct sighting sighting = of_station(SIGHTING_IDENTITY, who, name);

	sighting.what = what;
	snprintf(sighting.text, sizeof(sighting.text), "%s", text);
	assets_sighting(inventory, &sighting);
}

static void has_unit(const char *who, const char *protocol, uint32_t unit)
{
	struct sighting sighting = about(SIGHTING_UNIT, who);

	sighting.unit = unit;
	sighting.serves = true;
	sighting.protocol = protocol;
	assets_sighting(inventory, &sighting);
}

static struct sighting flow(const char *client, const char *server, uint16_t port,
			    const char *protocol)
{
	struct sighting sighting = about(SIGHTING_TRAFFIC, client);
	struct sighting_traffic *traffic = &sighting.traffic;

	traffic->flow.client = addr_of(client);
	traffic->flow.server = addr_of(server);
	traffic->flow.client_port = 50000;
	traffic->flow.server_port = port;
	traffic->flow.transport = BT_OVER_TCP;
	traffic->flow.server_proven = true;
	traffic->protocol = protocol;
	traffic->packets[BT_TO_SERVER] = traffic->packets[BT_TO_CLIENT] = 100;
	traffic->bytes[BT_TO_SERVER] = 7000;
	traffic->bytes[BT_TO_CLIENT] = 9000;
	traffic->first_packet = packet;
	traffic->last_packet = packet;
	traffic->first_ns = sighting.time_ns;
	traffic->last_ns = sighting.time_ns + SECONDS(1);
	return sighting;
}

static void asks(const char *client, const char *server, const char *protocol, enum bt_act act,
		 uint64_t count)
{
	struct sighting sighting = flow(client, server, 502, protocol);

	sighting.traffic.acts[act] = count;
	assets_sighting(inventory, &sighting);
}

/* The server speaks unasked. */
static void tells(const char *client, const char *server, const char *protocol, enum bt_act act,
		  uint64_t count)
{
	struct sighting sighting = flow(client, server, 502, protocol);

	sighting.traffic.acts[act] = sighting.traffic.by_server[act] = count;
	assets_sighting(inventory, &sighting);
}

/* ---- looking ---- */

static const struct asset *asset(const char *who)
{
	struct bt_addr addr = addr_of(who);
	const struct asset *found = assets_find(inventory, &addr);

	ck_assert_msg(found != NULL, "no device %s", who);
	return found;
}

static bool known(const char *who)
{
	struct bt_addr addr = addr_of(who);

	return assets_find(inventory, &addr) != NULL;
}

static size_t count_devices(void)
{
	size_t count;

	assets_settle(inventory);
	assets_list(inventory, &count);
	return count;
}

static void expect_mac(const char *who, const char *mac)
{
	char text[TEXT_ADDR];

	if (!mac) {
		ck_assert_msg(!asset(who)->has_mac, "%s has a MAC", who);
		ck_assert_str_eq(asset(who)->vendor, "");
		return;
	}
	ck_assert_msg(asset(who)->has_mac, "%s has no MAC", who);
	ck_assert_str_eq(text_mac(text, asset(who)->mac), mac);
}

static void expect_reason(const char *who, enum asset_role role, const char *reason)
{
	char text[200];

	ck_assert_msg(asset(who)->roles & role, "%s lacks role %x, has %x", who, role,
		      asset(who)->roles);
	asset_role_reason(asset(who), (unsigned)__builtin_ctz(role), text, sizeof(text));
	ck_assert_str_eq(text, reason);
}

/* "10.0.0.1 10.0.0.2" */
static void expect_changes(const char *expected)
{
	const struct asset *changed;
	char text[1024] = "", addr[TEXT_ADDR];

	while ((changed = assets_take_changed(inventory)))
		text_add(text, sizeof(text), "%s%s%s", text[0] ? " " : "",
			 changed->announced ? "" : "+", text_addr(addr, &changed->addr));
	ck_assert_str_eq(text, expected);
}

/* ---- who is a device ---- */

START_TEST(groups_and_nobody_are_no_devices)
{
	static const char *const nobody[] = {
		"0.0.0.0",           "224.0.0.1", "255.255.255.255",   "::",
		"ff02::1",           "0.1.2.3",   "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff",
		"00:00:00:00:00:00",
	};
	struct sighting group = flow("10.0.0.1", "239.1.1.1", 5000, NULL);

	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		ck_assert_ptr_null(sends(PLC_MAC, nobody[i]));
		ck_assert_ptr_null(claims(PLC_MAC, nobody[i]));
		ck_assert(!known(nobody[i]));
	}
	ck_assert_uint_eq(count_devices(), 0);
	/* ... but a conversation with a group is one. */
	group.traffic.packets[BT_TO_CLIENT] = group.traffic.bytes[BT_TO_CLIENT] = 0;
	assets_sighting(inventory, &group);
	ck_assert_uint_eq(count_devices(), 1);
	assets_conversations(inventory, &(size_t){0});
	ck_assert(known("10.0.0.1"));
}
END_TEST

START_TEST(a_sighting_returns_the_device_it_made)
{
	const struct asset *made = sends(PLC_MAC, "10.0.0.1");

	ck_assert_ptr_eq(made, asset("10.0.0.1"));
	ck_assert_ptr_null(sends(PLC_MAC, "10.0.0.1"));
	ck_assert_uint_eq(made->first_packet, 1);
	ck_assert_int_eq(made->first_ns, SECONDS(1001));
	ck_assert_int_eq(made->last_ns, SECONDS(1002));
}
END_TEST

START_TEST(who_never_sent_is_no_device)
{
	struct sighting scan = flow("10.0.0.1", "10.0.0.2", 502, NULL);
	size_t count;

	scan.traffic.packets[BT_TO_CLIENT] = scan.traffic.bytes[BT_TO_CLIENT] = 0;
	assets_sighting(inventory, &scan);
	ck_assert(known("10.0.0.1"));
	ck_assert(!known("10.0.0.2"));
	assets_conversations(inventory, &count);
	ck_assert_uint_eq(count, 1);
}
END_TEST

/* ---- MACs ---- */

START_TEST(arp_binds_and_names_the_vendor)
{
	claims(PLC_MAC, "10.0.0.1");
	expect_mac("10.0.0.1", PLC_MAC);
	ck_assert(asset("10.0.0.1")->mac_claimed);
	ck_assert_str_eq(asset("10.0.0.1")->mac_source, "ARP reply");
	ck_assert_uint_eq(asset("10.0.0.1")->mac_packet, 1);
	ck_assert_ptr_nonnull(strcasestr(asset("10.0.0.1")->vendor, "telemecanique"));
	claims("02:42:ac:11:00:02", "10.0.0.2");
	ck_assert_str_eq(asset("10.0.0.2")->vendor, "");
}
END_TEST

START_TEST(sending_binds_weakly_and_arp_overrules)
{
	sends(PLC_MAC, "10.0.0.1");
	expect_mac("10.0.0.1", PLC_MAC);
	ck_assert(!asset("10.0.0.1")->mac_claimed);
	claims(HMI_MAC, "10.0.0.1");
	expect_mac("10.0.0.1", HMI_MAC);
	packet += 1000; /* seconds, here: a claim does not age */
	sends(PLC_MAC, "10.0.0.1");
	expect_mac("10.0.0.1", HMI_MAC);
}
END_TEST

START_TEST(the_newest_claim_counts_and_the_old_one_is_kept)
{
	claims(PLC_MAC, "10.0.0.1");
	claims(HMI_MAC, "10.0.0.1");
	expect_mac("10.0.0.1", HMI_MAC);
	ck_assert_uint_eq(asset("10.0.0.1")->attribute_count, 1);
	ck_assert_str_eq(asset("10.0.0.1")->attributes[0].value, "MAC " PLC_MAC);
	ck_assert_str_eq(asset("10.0.0.1")->attributes[0].source, "ARP reply");
	ck_assert_uint_eq(asset("10.0.0.1")->attributes[0].packet, 1);
	/* Two that fight for an address do not fill the memory. */
	for (int i = 0; i < 1000; i++)
		claims(i & 1 ? HMI_MAC : PLC_MAC, "10.0.0.1");
	ck_assert_uint_eq(asset("10.0.0.1")->attribute_count, 2);
}
END_TEST

START_TEST(a_silent_weak_mac_gives_way)
{
	sends(PLC_MAC, "10.0.0.1");
	sends(HMI_MAC, "10.0.0.1");
	expect_mac("10.0.0.1", PLC_MAC);
	packet += 1000;
	sends(HMI_MAC, "10.0.0.1");
	expect_mac("10.0.0.1", HMI_MAC);
}
END_TEST

START_TEST(a_mac_without_ip_is_a_device_until_its_ip_is_known)
{
	struct sighting goose = flow(PLC_MAC, "01:0c:cd:01:00:01", 0x88b8, "goose");

	goose.traffic.flow.transport = BT_OVER_LINK;
	goose.traffic.acts[BT_ACT_PUBLISH] = 50;
	goose.traffic.packets[BT_TO_CLIENT] = 0;
	ck_assert_ptr_nonnull(assets_sighting(inventory, &goose));
	says(PLC_MAC, BT_NO_UNIT, BT_ID_NAME, "Bay 7");
	expect_mac(PLC_MAC, PLC_MAC);
	expect_reason(PLC_MAC, ASSET_CONTROLLER, "served process values by goose: 50 reports");
	expect_changes("+" PLC_MAC);

	claims(PLC_MAC, "10.0.0.1");
	ck_assert_uint_eq(count_devices(), 1);
	ck_assert_ptr_eq(asset(PLC_MAC), asset("10.0.0.1"));
	ck_assert_str_eq(asset_value(asset("10.0.0.1"), BT_ID_NAME), "Bay 7");
	ck_assert_uint_eq(asset("10.0.0.1")->packets_sent, 100);
	ck_assert_uint_eq(asset("10.0.0.1")->first_packet, 1);
	expect_reason("10.0.0.1", ASSET_CONTROLLER, "served process values by goose: 50 reports");
	expect_changes("+10.0.0.1");

	/* Later evidence of the MAC is the IP device's too. */
	says(PLC_MAC, BT_NO_UNIT, BT_ID_SERIAL, "123");
	ck_assert_str_eq(asset_value(asset("10.0.0.1"), BT_ID_SERIAL), "123");
	ck_assert_uint_eq(count_devices(), 1);
	expect_changes("10.0.0.1");
}
END_TEST

/* ---- routers ---- */

START_TEST(three_unclaimed_addresses_make_a_router)
{
	sends(ROUTER_MAC, "10.1.0.1");
	sends(ROUTER_MAC, "10.1.0.2");
	expect_mac("10.1.0.1", ROUTER_MAC);
	expect_mac("10.1.0.2", ROUTER_MAC);
	sends(ROUTER_MAC, "10.1.0.3");
	expect_mac("10.1.0.1", NULL);
	expect_mac("10.1.0.2", NULL);
	expect_mac("10.1.0.3", NULL);
	expect_reason(ROUTER_MAC, ASSET_ROUTER,
		      ROUTER_MAC " sends for 10.1.0.1, 10.1.0.2, 10.1.0.3 and claims none of them");
	ck_assert_ptr_nonnull(strcasestr(asset(ROUTER_MAC)->vendor, "cisco"));
	ck_assert_int_eq(asset(ROUTER_MAC)->first_ns, SECONDS(1001));
	ck_assert_uint_eq(count_devices(), 4);
	sends(ROUTER_MAC, "10.1.0.4");
	expect_mac("10.1.0.4", NULL);
}
END_TEST

START_TEST(a_router_with_a_claimed_address_is_that_device)
{
	claims(ROUTER_MAC, "10.0.0.254");
	sends(ROUTER_MAC, "10.0.0.254");
	sends(ROUTER_MAC, "10.1.0.1");
	sends(ROUTER_MAC, "10.1.0.2");
	sends(ROUTER_MAC, "10.1.0.3");
	ck_assert_uint_eq(asset("10.0.0.254")->roles, ASSET_ROUTER);
	expect_mac("10.0.0.254", ROUTER_MAC);
	expect_mac("10.1.0.1", NULL);
	ck_assert_ptr_eq(asset(ROUTER_MAC), asset("10.0.0.254"));
	ck_assert_uint_eq(count_devices(), 4);
}
END_TEST

START_TEST(claims_after_the_packets_move_the_role)
{
	sends(ROUTER_MAC, "10.1.0.1");
	sends(ROUTER_MAC, "10.1.0.2");
	sends(ROUTER_MAC, "10.1.0.3");
	ck_assert_uint_eq(count_devices(), 4);
	claims(ROUTER_MAC, "10.0.0.254");
	ck_assert_uint_eq(asset("10.0.0.254")->roles, ASSET_ROUTER);
	ck_assert_uint_eq(count_devices(), 4); /* the MAC is a device of its own no more */
}
END_TEST

START_TEST(a_host_with_many_claimed_addresses_is_no_router)
{
	for (int round = 0; round < 2; round++) {
		sends(PLC_MAC, "10.0.0.1");
		sends(PLC_MAC, "10.0.0.2");
		sends(PLC_MAC, "10.0.0.3");
		sends(PLC_MAC, "10.0.0.4");
		claims(PLC_MAC, "10.0.0.1");
		claims(PLC_MAC, "10.0.0.2");
		claims(PLC_MAC, "10.0.0.3");
		claims(PLC_MAC, "10.0.0.4");
	}
	for (char who[] = "10.0.0.1"; who[7] <= '4'; who[7]++) {
		ck_assert_uint_eq(asset(who)->roles, 0);
		expect_mac(who, PLC_MAC);
	}
	ck_assert_uint_eq(count_devices(), 4);
}
END_TEST

START_TEST(a_forwarded_public_address_makes_a_router)
{
	sends_ttl(ROUTER_MAC, "8.8.8.8", 57);
	expect_mac("8.8.8.8", NULL);
	ck_assert_uint_eq(asset("8.8.8.8")->roles, ASSET_EXTERNAL);
	expect_reason("8.8.8.8", ASSET_EXTERNAL, "a public address that nobody here claims");
	expect_reason(ROUTER_MAC, ASSET_ROUTER, ROUTER_MAC " sends for public 8.8.8.8");
}
END_TEST

START_TEST(plants_that_use_public_addresses_are_no_routers)
{
	sends_ttl(PLC_MAC, "130.5.6.7", 64); /* no hop was taken off */
	expect_mac("130.5.6.7", PLC_MAC);
	ck_assert_uint_eq(asset("130.5.6.7")->roles, ASSET_EXTERNAL);
	claims(PLC_MAC, "130.5.6.7");
	ck_assert_uint_eq(asset("130.5.6.7")->roles, 0);
}
END_TEST

START_TEST(an_ipv6_host_with_many_addresses_is_no_router)
{
	sends_ttl(PLC_MAC, "10.0.0.1", 64);
	sends_ttl(PLC_MAC, "fe80::1", 255);
	sends_ttl(PLC_MAC, "fd00::1", 64);
	sends_ttl(PLC_MAC, "fd00::2", 64);
	sends_ttl(PLC_MAC, "2001:db8::1", 64);
	expect_mac("10.0.0.1", PLC_MAC);
	expect_mac("2001:db8::1", PLC_MAC);
	ck_assert_uint_eq(asset("10.0.0.1")->roles, 0);
	ck_assert_ptr_eq(asset(PLC_MAC), asset("10.0.0.1"));
	sends_ttl(ROUTER_MAC, "2001:db8:9::1", 55);
	expect_mac("2001:db8:9::1", NULL);
	ck_assert_uint_eq(asset(ROUTER_MAC)->roles, ASSET_ROUTER);
}
END_TEST

START_TEST(two_routers_for_the_same_addresses_are_both_found)
{
	char who[] = "10.1.0.1";

	for (; who[7] <= '3'; who[7]++) {
		sends(ROUTER_MAC, who);
		sends(HMI_MAC, who);
	}
	ck_assert_uint_eq(asset(ROUTER_MAC)->roles, ASSET_ROUTER);
	ck_assert_uint_eq(asset(HMI_MAC)->roles, ASSET_ROUTER);
	expect_mac("10.1.0.1", NULL);
}
END_TEST

/* ---- roles ---- */

START_TEST(an_hmi_and_its_plcs)
{
	char text[64];

	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 1200);
	asks("10.0.0.9", "10.0.0.2", "modbus", BT_ACT_READ, 34);
	asks("10.0.0.9", "10.0.0.2", "modbus", BT_ACT_WRITE, 20);
	asks("10.0.0.9", "10.0.0.3", "modbus", BT_ACT_WRITE, 1);
	expect_reason("10.0.0.9", ASSET_HMI,
		      "read and wrote 3 devices by modbus: 1,234 reads, 21 writes");
	expect_reason("10.0.0.9", ASSET_CLIENT, "asked 3 devices by modbus: 1,255 operations");
	ck_assert_uint_eq(asset("10.0.0.9")->roles, ASSET_CLIENT | ASSET_HMI);
	ck_assert_uint_eq(asset("10.0.0.2")->roles, ASSET_SERVER | ASSET_CONTROLLER);
	expect_reason("10.0.0.2", ASSET_CONTROLLER,
		      "served process values by modbus: 34 reads, 20 writes");
	expect_reason("10.0.0.2", ASSET_SERVER, "answered 1 client by modbus: 54 operations");
	asset_role_reason(asset("10.0.0.2"), 0, text, sizeof(text));
	ck_assert_str_eq(text, "");
	asset_role_reason(asset("10.0.0.2"), 99, text, sizeof(text));
	ck_assert_str_eq(text, "");
	asset_role_reason(asset("10.0.0.2"), 2, text, 10);
	ck_assert_str_eq(text, "served pr");
}
END_TEST

START_TEST(a_historian_only_reads_from_several)
{
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 500);
	ck_assert_uint_eq(asset("10.0.0.9")->roles, ASSET_CLIENT);
	asks("10.0.0.9", "10.0.0.1", "dnp3", BT_ACT_READ, 500);
	ck_assert_uint_eq(asset("10.0.0.9")->roles, ASSET_CLIENT);
	asks("10.0.0.9", "10.0.0.2", "dnp3", BT_ACT_READ, 500);
	expect_reason("10.0.0.9", ASSET_HISTORIAN,
		      "only read 2 devices by modbus, dnp3: 1,500 reads");
	asks("10.0.0.9", "10.0.0.2", "dnp3", BT_ACT_CONTROL, 1);
	ck_assert_uint_eq(asset("10.0.0.9")->roles, ASSET_CLIENT | ASSET_HMI);
}
END_TEST

START_TEST(engineering_stations)
{
	asks("10.0.0.7", "10.0.0.1", "modbus", BT_ACT_PROGRAM, 3);
	expect_reason("10.0.0.7", ASSET_ENGINEERING,
		      "programmed 1 device by modbus: 3 program acts");
	asks("10.0.0.8", "10.0.0.1", "modbus", BT_ACT_IDENTIFY, 1);
	expect_reason("10.0.0.8", ASSET_ENGINEERING,
		      "identified without polling 1 device by modbus: 1 identification");
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 100);
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_CONFIGURE, 2); /* sets the clock, say */
	ck_assert_uint_eq(asset("10.0.0.9")->roles, ASSET_CLIENT);
	/* Whose session is encrypted may do anything. */
	asks("10.0.0.4", "10.0.0.1", "opcua", BT_ACT_IDENTIFY, 2);
	asks("10.0.0.4", "10.0.0.1", "opcua", BT_ACT_OTHER, 7);
	ck_assert_uint_eq(asset("10.0.0.4")->roles, ASSET_CLIENT);
	/* A master that starts, and somebody who does nothing but configure. */
	asks("10.0.0.5", "10.0.0.1", "dnp3", BT_ACT_CONFIGURE, 4);
	ck_assert_uint_eq(asset("10.0.0.5")->roles, ASSET_CLIENT);
	asks("10.0.0.5", "10.0.0.1", "dnp3", BT_ACT_CONFIGURE, 1);
	expect_reason("10.0.0.5", ASSET_ENGINEERING,
		      "configured 1 device by dnp3: 5 configuration acts");
	/* Who was only identified is a server that may hold no values. */
	asks("10.0.0.8", "10.0.0.2", "modbus", BT_ACT_IDENTIFY, 1);
	ck_assert_uint_eq(asset("10.0.0.2")->roles, ASSET_SERVER);
}
END_TEST

START_TEST(refusals_and_silence_make_no_plc)
{
	struct sighting refused = flow("10.0.0.9", "10.0.0.1", 502, "modbus");
	struct sighting silent = flow("10.0.0.9", "10.0.0.2", 502, "modbus");

	refused.traffic.acts[BT_ACT_READ] = refused.traffic.refused = 5;
	silent.traffic.acts[BT_ACT_READ] = silent.traffic.unanswered = 5;
	assets_sighting(inventory, &refused);
	assets_sighting(inventory, &silent);
	ck_assert_uint_eq(asset("10.0.0.1")->roles, ASSET_SERVER);
	ck_assert_uint_eq(asset("10.0.0.2")->roles, 0);
	ck_assert_uint_eq(asset("10.0.0.9")->roles, ASSET_CLIENT);
}
END_TEST

START_TEST(several_units_make_a_gateway)
{
	has_unit("10.0.0.1", "modbus", 1);
	expect_reason("10.0.0.1", ASSET_SERVER, "answered for unit 1 by modbus");
	has_unit("10.0.0.1", "modbus", 255);
	has_unit("10.0.0.1", "modbus", 0);
	has_unit("10.0.0.1", "dnp3", 4);
	ck_assert_uint_eq(asset("10.0.0.1")->roles, ASSET_SERVER);
	has_unit("10.0.0.1", "modbus", 17);
	expect_reason("10.0.0.1", ASSET_GATEWAY, "answered for 2 units by modbus: 1, 17");
	ck_assert_uint_eq(asset("10.0.0.1")->unit_count, 5);
	for (unsigned i = 1; i < 5; i++)
		ck_assert_uint_lt(asset("10.0.0.1")->units[i - 1].unit,
				  asset("10.0.0.1")->units[i].unit);
	for (uint32_t unit = 0; unit < 1000; unit++)
		has_unit("10.0.0.1", "modbus", unit);
	ck_assert_uint_eq(asset("10.0.0.1")->unit_count, ASSET_EVIDENCE_MAX);
	ck_assert_uint_gt(asset("10.0.0.1")->evidence_dropped, 900);
}
END_TEST

/* A broker, a device that publishes, a program that listens, an HMI that also commands. */
START_TEST(a_broker_and_its_clients)
{
	asks("10.0.0.11", "10.0.0.1", "mq", BT_ACT_AUTHENTICATE, 1);
	asks("10.0.0.11", "10.0.0.1", "mq", BT_ACT_PUBLISH, 300);
	asks("10.0.0.11", "10.0.0.1", "mq", BT_ACT_IDENTIFY, 500); /* is alive */
	asks("10.0.0.12", "10.0.0.1", "mq", BT_ACT_SUBSCRIBE, 2);
	tells("10.0.0.12", "10.0.0.1", "mq", BT_ACT_REPORT, 250);
	asks("10.0.0.13", "10.0.0.1", "mq", BT_ACT_SUBSCRIBE, 1);
	tells("10.0.0.13", "10.0.0.1", "mq", BT_ACT_PUBLISH, 50); /* a report, whatever it is called */
	asks("10.0.0.13", "10.0.0.1", "mq", BT_ACT_WRITE, 1);
	expect_reason("10.0.0.1", ASSET_BROKER,
		      "passed on what was published by 3 clients by mq: 300 publications, "
		      "3 subscriptions, 300 reports");
	ck_assert_uint_eq(asset("10.0.0.1")->roles, ASSET_SERVER | ASSET_BROKER);
	expect_reason("10.0.0.11", ASSET_PUBLISHER,
		      "published through 1 device by mq: 300 publications");
	ck_assert_uint_eq(asset("10.0.0.11")->roles, ASSET_CLIENT | ASSET_PUBLISHER);
	expect_reason("10.0.0.12", ASSET_SUBSCRIBER,
		      "subscribed at 1 device by mq: 2 subscriptions, 250 reports");
	ck_assert_uint_eq(asset("10.0.0.12")->roles, ASSET_CLIENT | ASSET_SUBSCRIBER);
	ck_assert_uint_eq(asset("10.0.0.13")->roles, ASSET_CLIENT | ASSET_HMI);
}
END_TEST

/* A broker hands orders on to all who listen: neither it nor they are anything by that. */
START_TEST(orders_through_a_broker_show_nothing)
{
	const struct conversation *const *list;
	size_t count;

	asks("10.0.0.11", "10.0.0.1", "mq", BT_ACT_PUBLISH, 300);
	tells("10.0.0.11", "10.0.0.1", "mq", BT_ACT_REPORT, 1);
	tells("10.0.0.11", "10.0.0.1", "mq", BT_ACT_CONTROL, 3);
	ck_assert_uint_eq(asset("10.0.0.1")->roles, ASSET_SERVER | ASSET_BROKER);
	ck_assert_uint_eq(asset("10.0.0.11")->roles, ASSET_CLIENT | ASSET_PUBLISHER);
	list = assets_conversations(inventory, &count);
	ck_assert_uint_eq(list[0]->acts[BT_ACT_CONTROL], 3);
	ck_assert_uint_eq(list[0]->by_server[BT_ACT_CONTROL], 3);
	ck_assert_uint_eq(list[0]->by_server[BT_ACT_PUBLISH], 0);
}
END_TEST

/* What passes through a broker is said of stations elsewhere. */
START_TEST(stations_of_a_broker_are_not_its_own)
{
	static const char *const names[] = {"plant/edge", "plant/edge/pump"};

	asks("10.0.0.11", "10.0.0.1", "mq", BT_ACT_PUBLISH, 300);
	asks("10.0.0.12", "10.0.0.1", "mq", BT_ACT_SUBSCRIBE, 1);
	for (int i = 0; i < 2; i++) {
		struct sighting sighting = of_station(SIGHTING_UNIT, "10.0.0.1", names[i]);

		sighting.serves = true;
		assets_sighting(inventory, &sighting);
	}
	says_for("10.0.0.1", "plant/edge", BT_ID_MODEL, "EG-5");
	ck_assert_uint_eq(asset("10.0.0.1")->unit_count, 2);
	ck_assert_uint_eq(asset("10.0.0.1")->roles, ASSET_SERVER | ASSET_BROKER);
	ck_assert_ptr_null(asset_value(asset("10.0.0.1"), BT_ID_MODEL));
}
END_TEST

/* Unsolicited reports are served as values are, and make their receiver no HMI. */
START_TEST(unasked_reports_are_served_values)
{
	tells("10.0.0.9", "10.0.0.1", "dnp3", BT_ACT_REPORT, 40);
	expect_reason("10.0.0.1", ASSET_CONTROLLER, "served process values by dnp3: 40 reports");
	ck_assert_uint_eq(asset("10.0.0.9")->roles, 0);
	asks("10.0.0.9", "10.0.0.1", "dnp3", BT_ACT_CONTROL, 1);
	ck_assert_uint_eq(asset("10.0.0.9")->roles, ASSET_CLIENT | ASSET_HMI);
}
END_TEST

START_TEST(who_speaks_for_several_stations_is_a_gateway)
{
	char text[64];

	speaks_for("10.0.0.11", "plant/edge");
	speaks_for("10.0.0.11", "plant/edge"); /* again */
	ck_assert_uint_eq(asset("10.0.0.11")->unit_count, 1);
	ck_assert_uint_eq(asset("10.0.0.11")->roles, 0); /* a client, and no server by it */
	says_for("10.0.0.11", "plant/edge", BT_ID_MODEL, "EG-5");
	asset_label(asset("10.0.0.11"), text, sizeof(text));
	ck_assert_str_eq(text, "EG-5");
	speaks_for("10.0.0.11", "plant/edge/pump");
	expect_reason("10.0.0.11", ASSET_GATEWAY,
		      "spoke for 2 units by plcnet: plant/edge, plant/edge/pump");
	says_for("10.0.0.11", "plant/edge/pump", BT_ID_MODEL, "P-1");
	ck_assert_uint_eq(asset("10.0.0.11")->attribute_count, 2);
	asset_label(asset("10.0.0.11"), text, sizeof(text));
	ck_assert_str_eq(text, "gateway 10.0.0.11");
	says("10.0.0.11", BT_NO_UNIT, BT_ID_CLIENT, "edge-7");
	asset_label(asset("10.0.0.11"), text, sizeof(text));
	ck_assert_str_eq(text, "edge-7");
	asset_unit_text(&asset("10.0.0.11")->units[1], text, sizeof(text));
	ck_assert_str_eq(text, "plant/edge/pump");
	expect_changes("+10.0.0.11");
	speaks_for("10.0.0.11", "plant/edge/pump");
	expect_changes("");
}
END_TEST

/* What a MAC spoke for goes with it to its IP address. */
START_TEST(stations_and_what_they_said_move)
{
	char text[32];

	speaks_for(PLC_MAC, "bay 7");
	says_for(PLC_MAC, "bay 7", BT_ID_SERIAL, "0815");
	claims(PLC_MAC, "10.0.0.1");
	ck_assert_uint_eq(asset("10.0.0.1")->unit_count, 1);
	ck_assert_str_eq(asset("10.0.0.1")->units[0].name, "bay 7");
	ck_assert_str_eq(asset("10.0.0.1")->attributes[0].station, "bay 7");
	for (int i = 0; i < 1000; i++) { /* and they are bounded */
		snprintf(text, sizeof(text), "bay %d", i);
		speaks_for("10.0.0.1", text);
	}
	ck_assert_uint_eq(asset("10.0.0.1")->unit_count, ASSET_EVIDENCE_MAX);
}
END_TEST

/* The number of a client is its own, not that of a station behind it. */
START_TEST(numbers_of_clients_make_no_gateway)
{
	for (uint32_t unit = 1; unit < 4; unit++) {
		struct sighting sighting = about(SIGHTING_UNIT, "10.0.0.9");

		sighting.unit = unit;
		sighting.protocol = "dnp3";
		assets_sighting(inventory, &sighting);
	}
	ck_assert_uint_eq(asset("10.0.0.9")->unit_count, 3);
	ck_assert_uint_eq(asset("10.0.0.9")->roles, 0);
	has_unit("10.0.0.9", "dnp3", 2); /* now it answers for one */
	expect_reason("10.0.0.9", ASSET_SERVER, "answered for unit 2 by dnp3");
}
END_TEST

START_TEST(role_texts)
{
	static const struct {
		unsigned roles;
		const char *text;
	} cases[] = {
		{0, "device"},
		{ASSET_CLIENT, "client"},
		{ASSET_CLIENT | ASSET_SERVER, "server (client)"},
		{ASSET_SERVER | ASSET_CONTROLLER, "controller"},
		{ASSET_SERVER | ASSET_CONTROLLER | ASSET_GATEWAY, "controller (gateway)"},
		{ASSET_CLIENT | ASSET_HMI, "HMI"},
		{ASSET_CLIENT | ASSET_ENGINEERING, "engineering station"},
		{ASSET_CLIENT | ASSET_ENGINEERING | ASSET_HMI | ASSET_ROUTER,
		 "engineering station (HMI, router)"},
		{ASSET_SERVER | ASSET_BROKER, "broker"},
		{ASSET_CLIENT | ASSET_PUBLISHER | ASSET_GATEWAY, "gateway (publisher)"},
		{ASSET_CLIENT | ASSET_SUBSCRIBER, "subscriber"},
		{ASSET_EXTERNAL, "external device"},
		{ASSET_EXTERNAL | ASSET_CLIENT, "client (external)"},
		{ASSET_EXTERNAL | ASSET_HMI | ASSET_ROUTER, "HMI (router, external)"},
	};
	char text[80];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		asset_role_text(cases[i].roles, text, sizeof(text));
		ck_assert_str_eq(text, cases[i].text);
	}
	asset_role_text(ASSET_ENGINEERING, text, 6);
	ck_assert_str_eq(text, "engin");
	ck_assert_str_eq(asset_role_name(2), "controller");
	ck_assert_str_eq(asset_role_name(8), "external");
	ck_assert_str_eq(asset_role_name(11), "subscriber");
	ck_assert_str_eq(asset_role_name(12), "device");
}
END_TEST

/* ---- what devices say ---- */

START_TEST(the_current_value_is_the_last_said)
{
	char label[64];

	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 100);
	asset_label(asset("10.0.0.1"), label, sizeof(label));
	ck_assert_str_eq(label, "controller 10.0.0.1");
	says("10.0.0.1", 1, BT_ID_PRODUCT, "BMX P34 2020");
	asset_label(asset("10.0.0.1"), label, sizeof(label));
	ck_assert_str_eq(label, "BMX P34 2020");
	says("10.0.0.1", BT_NO_UNIT, BT_ID_NAME, "Boiler 2");
	asset_label(asset("10.0.0.1"), label, sizeof(label));
	ck_assert_str_eq(label, "Boiler 2");
	says("10.0.0.1", 1, BT_ID_FIRMWARE, "v1");
	says("10.0.0.1", 1, BT_ID_FIRMWARE, "v2");
	ck_assert_str_eq(asset_value(asset("10.0.0.1"), BT_ID_FIRMWARE), "v2");
	says("10.0.0.1", 1, BT_ID_FIRMWARE, "v1");
	ck_assert_str_eq(asset_value(asset("10.0.0.1"), BT_ID_FIRMWARE), "v1");
	ck_assert_uint_eq(asset("10.0.0.1")->attribute_count, 4);
	ck_assert_ptr_null(asset_value(asset("10.0.0.1"), BT_ID_URL));
	says("10.0.0.1", 1, BT_ID_URL, "");
	ck_assert_ptr_null(asset_value(asset("10.0.0.1"), BT_ID_URL));
	asset_label(asset("10.0.0.1"), label, 5);
	ck_assert_str_eq(label, "Boil");
}
END_TEST

START_TEST(units_of_a_gateway_do_not_name_it)
{
	char label[64];

	has_unit("10.0.0.1", "modbus", 1);
	has_unit("10.0.0.1", "modbus", 2);
	says("10.0.0.1", 2, BT_ID_MODEL, "PM5560");
	asset_label(asset("10.0.0.1"), label, sizeof(label));
	ck_assert_str_eq(label, "gateway 10.0.0.1");
}
END_TEST

START_TEST(evidence_is_bounded)
{
	char text[32];

	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "version %d", i);
		says("10.0.0.1", 1, BT_ID_FIRMWARE, text);
		says("10.0.0.1", 1, BT_ID_OTHER, text);
	}
	/* Of a single attribute the last few values are kept, the newest always. */
	ck_assert_str_eq(asset_value(asset("10.0.0.1"), BT_ID_FIRMWARE), "version 499");
	ck_assert_uint_eq(asset("10.0.0.1")->attribute_count, ASSET_EVIDENCE_MAX);
	ck_assert_uint_eq(asset("10.0.0.1")->evidence_dropped, 1000 - ASSET_EVIDENCE_MAX);
	for (uint16_t port = 1; port < 200; port++) {
		struct sighting sighting = flow("10.0.0.1", "10.0.0.2", port, NULL);

		assets_sighting(inventory, &sighting);
	}
	ck_assert_uint_eq(asset("10.0.0.2")->service_count, ASSET_EVIDENCE_MAX);
}
END_TEST

/* A text that fills its field has no NUL. */
START_TEST(unterminated_texts_are_cut)
{
	struct sighting sighting = about(SIGHTING_IDENTITY, "10.0.0.1");
	struct sighting traffic = flow("10.0.0.1", "10.0.0.2", 80, NULL);
	size_t count;

	memset(sighting.text, 'x', sizeof(sighting.text));
	memset(sighting.station, 'z', sizeof(sighting.station));
	memset(traffic.traffic.label, 'y', sizeof(traffic.traffic.label));
	assets_sighting(inventory, &sighting);
	assets_sighting(inventory, &traffic);
	ck_assert_uint_eq(strlen(asset("10.0.0.1")->attributes[0].value), 127);
	ck_assert_uint_eq(strlen(asset("10.0.0.1")->attributes[0].station), 95);
	ck_assert_uint_eq(strlen(assets_conversations(inventory, &count)[0]->label), 32);
}
END_TEST

/* ---- services and conversations ---- */

START_TEST(refused_connections_are_no_services)
{
	struct sighting refused = flow("10.0.0.9", "10.0.0.1", 23, NULL);
	struct sighting web = flow("10.0.0.9", "10.0.0.1", 443, NULL);

	refused.traffic.packets[BT_TO_CLIENT] = 3;
	refused.traffic.bytes[BT_TO_CLIENT] = 180;
	strcpy(web.traffic.label, "TLS");
	assets_sighting(inventory, &refused);
	assets_sighting(inventory, &web);
	ck_assert_uint_eq(asset("10.0.0.1")->service_count, 1);
	ck_assert_uint_eq(asset("10.0.0.1")->services[0].port, 443);
	ck_assert(asset("10.0.0.1")->services[0].serves);
	ck_assert_str_eq(asset("10.0.0.1")->services[0].label, "TLS");
	ck_assert_uint_eq(asset("10.0.0.9")->service_count, 1);
	ck_assert(!asset("10.0.0.9")->services[0].serves);
}
END_TEST

START_TEST(conversations_sum_up_and_are_sorted)
{
	const struct conversation *const *list;
	size_t count;

	asks("10.0.0.9", "10.0.0.2", "modbus", BT_ACT_READ, 5);
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 7);
	asks("10.0.0.9", "10.0.0.2", "modbus", BT_ACT_WRITE, 1);
	list = assets_conversations(inventory, &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(list[0]->acts[BT_ACT_READ], 7);
	ck_assert_uint_eq(list[1]->flows, 2);
	ck_assert_uint_eq(list[1]->acts[BT_ACT_READ], 5);
	ck_assert_uint_eq(list[1]->acts[BT_ACT_WRITE], 1);
	ck_assert_uint_eq(list[1]->bytes[BT_TO_CLIENT], 18000);
	ck_assert_int_eq(list[1]->first_ns, SECONDS(1001));
	ck_assert_int_eq(list[1]->last_ns, SECONDS(1004));
	ck_assert_str_eq(list[1]->protocol, "modbus");
	ck_assert_uint_eq(asset("10.0.0.9")->packets_sent, 300);
	ck_assert_uint_eq(asset("10.0.0.9")->bytes_received, 27000);
}
END_TEST

START_TEST(guessed_high_ports_are_folded)
{
	const struct conversation *const *list;
	size_t count;

	for (uint16_t port = 40000; port < 40100; port++) {
		struct sighting sighting = port & 1 ? flow("10.0.0.9", "10.0.0.1", port, NULL)
						    : flow("10.0.0.1", "10.0.0.9", port, NULL);

		sighting.traffic.flow.server_proven = false;
		assets_sighting(inventory, &sighting);
	}
	list = assets_conversations(inventory, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(list[0]->port, 0);
	ck_assert_uint_eq(list[0]->flows, 100);
	/* Half of them the other way round: each side sent as much as it sent. */
	ck_assert_uint_eq(list[0]->bytes[0] + list[0]->bytes[1], 1600000);
	ck_assert_uint_eq(list[0]->bytes[0], 800000);

	/* Port 0 itself is not another conversation on port 0. */
	for (int i = 0; i < 2; i++) {
		struct sighting sighting = flow("10.0.0.9", "10.0.0.1", 0, NULL);

		sighting.traffic.flow.server_proven = i == 0;
		assets_sighting(inventory, &sighting);
	}
	list = assets_conversations(inventory, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(list[0]->flows, 102);

	/* Proven, claimed by a dissector, low, or the same on both sides: the port counts. */
	for (int i = 0; i < 4; i++) {
		struct sighting sighting =
			flow("10.0.0.5", "10.0.0.6", 40000, i == 1 ? "opcua" : NULL);

		sighting.traffic.flow.server_proven = i == 0;
		sighting.traffic.flow.server_port = i == 2 ? 102 : 40000;
		if (i == 3)
			sighting.traffic.flow.server_port = sighting.traffic.flow.client_port = 47808;
		assets_sighting(inventory, &sighting);
	}
	list = assets_conversations(inventory, &count);
	ck_assert_uint_eq(count, 5);
	ck_assert_uint_eq(list[1]->port, 102);
	ck_assert_uint_eq(list[2]->port, 40000);
	ck_assert_ptr_null(list[2]->protocol);
	ck_assert_str_eq(list[3]->protocol, "opcua");
	ck_assert_uint_eq(list[4]->port, 47808);
}
END_TEST

/* ---- changes ---- */

START_TEST(changes_are_given_once_and_in_order)
{
	sends(HMI_MAC, "10.0.0.9");
	claims(PLC_MAC, "10.0.0.1");
	claims("00:0e:8c:00:00:01", "10.0.0.100");
	expect_changes("+10.0.0.1 +10.0.0.9 +10.0.0.100");
	expect_changes("");
	sends(HMI_MAC, "10.0.0.9");
	expect_changes("");
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 20); /* services and roles */
	expect_changes("10.0.0.1 10.0.0.9");
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 20); /* only counters */
	expect_changes("");
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_WRITE, 1); /* an HMI, it turns out */
	expect_changes("10.0.0.9");
	says("10.0.0.1", BT_NO_UNIT, BT_ID_MODEL, "M340");
	has_unit("10.0.0.100", "modbus", 3);
	expect_changes("10.0.0.1 10.0.0.100");
	says("10.0.0.1", BT_NO_UNIT, BT_ID_MODEL, "M340");
	has_unit("10.0.0.100", "modbus", 3);
	expect_changes("");
	claims(HMI_MAC, "10.0.0.1");
	expect_changes("10.0.0.1");
}
END_TEST

START_TEST(lists_are_sorted_by_address)
{
	static const char *const order[] = {"9.0.0.1",     "10.0.0.2", "10.0.0.10",
					    "192.168.0.1", "fd00::1",  "00:0e:8c:00:00:01"};
	const struct asset *const *list;
	char text[TEXT_ADDR];
	size_t count;

	for (size_t i = 6; i-- > 0;) {
		struct sighting sighting = about(SIGHTING_ADDRESS, order[i]);

		assets_sighting(inventory, &sighting);
	}
	assets_settle(inventory);
	list = assets_list(inventory, &count);
	ck_assert_uint_eq(count, 6);
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(text_addr(text, &list[i]->addr), order[i]);
}
END_TEST

/* ---- caps ---- */

static struct sighting flood(uint32_t number)
{
	struct sighting sighting = {.kind = SIGHTING_ADDRESS, .unit = BT_NO_UNIT, .has_mac = true};

	sighting.who.family = BT_ADDR_IPV4;
	sighting.who.bytes[0] = 11;
	sighting.who.bytes[1] = (uint8_t)(number >> 16);
	sighting.who.bytes[2] = (uint8_t)(number >> 8);
	sighting.who.bytes[3] = (uint8_t)number;
	memcpy(sighting.mac, sighting.who.bytes, 4);
	sighting.mac[0] = 0x00;
	sighting.mac[4] = 1;
	sighting.time_ns = SECONDS(1);
	sighting.packet = number + 1;
	return sighting;
}

START_TEST(spoofed_sources_do_not_crowd_out_real_ones)
{
	enum { FLOOD = 3 * ASSETS_MAX };

	for (uint32_t i = 0; i < FLOOD; i++) {
		struct sighting sighting = flood(i);

		sighting.answers_arp = i & 1;
		sighting.ttl = 64;
		assets_sighting(inventory, &sighting);
	}
	ck_assert_uint_eq(count_devices(), ASSETS_MAX / 4 * 3);
	ck_assert_uint_ge(assets_dropped(inventory), FLOOD - ASSETS_MAX / 4 * 3);
	/* Two that talk to each other still come in, with their MACs as soon as they are seen. */
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 20);
	claims(PLC_MAC, "10.0.0.1");
	expect_mac("10.0.0.1", PLC_MAC);
	ck_assert_uint_eq(asset("10.0.0.1")->roles, ASSET_SERVER | ASSET_CONTROLLER);
	ck_assert_uint_eq(count_devices(), ASSETS_MAX / 4 * 3 + 2);
	/* And a flood of answered ones ends at the cap. */
	for (uint32_t i = 0; i < ASSETS_MAX; i++) {
		struct sighting sighting = flood(FLOOD + i);

		sighting.kind = SIGHTING_IDENTITY;
		strcpy(sighting.text, "x");
		assets_sighting(inventory, &sighting);
	}
	ck_assert_uint_eq(count_devices(), ASSETS_MAX);
}
END_TEST

START_TEST(conversations_are_bounded)
{
	struct sighting sighting = flow("10.0.0.9", "10.0.0.1", 1, NULL);
	size_t count;

	sighting.traffic.packets[BT_TO_CLIENT] = sighting.traffic.bytes[BT_TO_CLIENT] = 0;
	for (uint32_t i = 0; i < CONVERSATIONS_MAX; i++) {
		memcpy(sighting.traffic.flow.server.bytes, &i, 4);
		sighting.traffic.flow.server.bytes[3] = 12;
		sighting.traffic.flow.server_port = (uint16_t)(i >> 24 | 1);
		assets_sighting(inventory, &sighting);
	}
	assets_conversations(inventory, &count);
	ck_assert_uint_eq(count, CONVERSATIONS_MAX / 4 * 3);
	ck_assert_uint_eq(assets_dropped(inventory), CONVERSATIONS_MAX / 4);
	asks("10.0.0.9", "10.0.0.1", "modbus", BT_ACT_READ, 20);
	assets_conversations(inventory, &count);
	ck_assert_uint_eq(count, CONVERSATIONS_MAX / 4 * 3 + 1);
}
END_TEST

START_TEST(errors_name_the_file)
{
	struct assets_options options = {.oui_path = "/nonexistent/oui.txt"};
	const char *paths[] = {"/nonexistent/geo.mmdb"};
	struct error err = {""};

	ck_assert_ptr_null(assets_create(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/oui.txt"));
	options = (struct assets_options){.mmdb_paths = paths, .mmdb_count = 1};
	ck_assert_ptr_null(assets_create(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/geo.mmdb"));
	assets_destroy(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assets");
	TCase *tests = tcase_create("assets");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, groups_and_nobody_are_no_devices);
	tcase_add_test(tests, a_sighting_returns_the_device_it_made);
	tcase_add_test(tests, who_never_sent_is_no_device);
	tcase_add_test(tests, arp_binds_and_names_the_vendor);
	tcase_add_test(tests, sending_binds_weakly_and_arp_overrules);
	tcase_add_test(tests, the_newest_claim_counts_and_the_old_one_is_kept);
	tcase_add_test(tests, a_silent_weak_mac_gives_way);
	tcase_add_test(tests, a_mac_without_ip_is_a_device_until_its_ip_is_known);
	tcase_add_test(tests, three_unclaimed_addresses_make_a_router);
	tcase_add_test(tests, a_router_with_a_claimed_address_is_that_device);
	tcase_add_test(tests, claims_after_the_packets_move_the_role);
	tcase_add_test(tests, a_host_with_many_claimed_addresses_is_no_router);
	tcase_add_test(tests, a_forwarded_public_address_makes_a_router);
	tcase_add_test(tests, plants_that_use_public_addresses_are_no_routers);
	tcase_add_test(tests, an_ipv6_host_with_many_addresses_is_no_router);
	tcase_add_test(tests, two_routers_for_the_same_addresses_are_both_found);
	tcase_add_test(tests, an_hmi_and_its_plcs);
	tcase_add_test(tests, a_historian_only_reads_from_several);
	tcase_add_test(tests, engineering_stations);
	tcase_add_test(tests, refusals_and_silence_make_no_plc);
	tcase_add_test(tests, several_units_make_a_gateway);
	tcase_add_test(tests, a_broker_and_its_clients);
	tcase_add_test(tests, orders_through_a_broker_show_nothing);
	tcase_add_test(tests, stations_of_a_broker_are_not_its_own);
	tcase_add_test(tests, unasked_reports_are_served_values);
	tcase_add_test(tests, who_speaks_for_several_stations_is_a_gateway);
	tcase_add_test(tests, stations_and_what_they_said_move);
	tcase_add_test(tests, numbers_of_clients_make_no_gateway);
	tcase_add_test(tests, role_texts);
	tcase_add_test(tests, the_current_value_is_the_last_said);
	tcase_add_test(tests, units_of_a_gateway_do_not_name_it);
	tcase_add_test(tests, evidence_is_bounded);
	tcase_add_test(tests, unterminated_texts_are_cut);
	tcase_add_test(tests, refused_connections_are_no_services);
	tcase_add_test(tests, conversations_sum_up_and_are_sorted);
	tcase_add_test(tests, guessed_high_ports_are_folded);
	tcase_add_test(tests, changes_are_given_once_and_in_order);
	tcase_add_test(tests, lists_are_sorted_by_address);
	tcase_add_test(tests, spoofed_sources_do_not_crowd_out_real_ones);
	tcase_add_test(tests, conversations_are_bounded);
	tcase_add_test(tests, errors_name_the_file);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
