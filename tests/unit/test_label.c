/* SPDX-License-Identifier: Apache-2.0
 *
 * Names for what is not ours. The tests of content want nDPI: built without it, they look at what is
 * promised without it.
 */
#include <check.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "label.h"
#include "suite.h"

/* ------------------------------------------------------------------------- ports */

static const char *port_name(uint8_t transport, uint16_t number)
{
	struct bt_flow flow = {.transport = transport, .server_port = number};

	return label_port(&flow);
}

START_TEST(usual_ports)
{
	static const struct {
		uint8_t transport;
		uint16_t port;
		const char *name;
	} usual[] = {
		{BT_OVER_TCP, 20, "ftp-data"},
		{BT_OVER_TCP, 21, "ftp"},
		{BT_OVER_TCP, 22, "ssh"},
		{BT_OVER_TCP, 23, "telnet"},
		{BT_OVER_TCP, 53, "dns"},
		{BT_OVER_UDP, 53, "dns"},
		{BT_OVER_UDP, 67, "dhcp"},
		{BT_OVER_TCP, 80, "http"},
		{BT_OVER_TCP, 102, "s7comm"},
		{BT_OVER_UDP, 123, "ntp"},
		{BT_OVER_UDP, 161, "snmp"},
		{BT_OVER_TCP, 443, "https"},
		{BT_OVER_UDP, 443, "quic"},
		{BT_OVER_TCP, 445, "smb"},
		{BT_OVER_TCP, 502, "modbus"},
		{BT_OVER_UDP, 514, "syslog"},
		{BT_OVER_TCP, 1883, "mqtt"},
		{BT_OVER_UDP, 2222, "enip-io"},
		{BT_OVER_TCP, 2404, "iec-104"},
		{BT_OVER_TCP, 3389, "rdp"},
		{BT_OVER_TCP, 4840, "opcua"},
		{BT_OVER_TCP, 5900, "vnc"},
		{BT_OVER_UDP, 9600, "fins"},
		{BT_OVER_TCP, 20000, "dnp3"},
		{BT_OVER_UDP, 34964, "profinet-cm"},
		{BT_OVER_TCP, 44818, "enip"},
		{BT_OVER_UDP, 47808, "bacnet"},
		{BT_OVER_UDP, 55003, "fl-net"},
		{BT_OVER_LINK, 0x88cc, "lldp"},
		{BT_OVER_LINK, 0x8892, "profinet"},
		{BT_OVER_LINK, 0x88b8, "goose"},
		{BT_OVER_LINK, 0x4242, "stp"},
		{BT_OVER_LINK, 0xfefe, "isis"},
		{BT_OVER_LINK, 0x0026, "cdp"},
	};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		ck_assert_pstr_eq(port_name(usual[i].transport, usual[i].port), usual[i].name);
	ck_assert_ptr_null(port_name(BT_OVER_TCP, 0));
	ck_assert_ptr_null(port_name(BT_OVER_TCP, 65535));
	ck_assert_ptr_null(port_name(BT_OVER_UDP, 22));   /* usual, but not over UDP */
	ck_assert_ptr_null(port_name(BT_OVER_LINK, 502)); /* an EtherType is no port */
}
END_TEST

START_TEST(usual_protocols)
{
	ck_assert_pstr_eq(label_port(&(struct bt_flow){.transport = BT_OVER_ICMP, .ip_proto = 1}),
			  "icmp");
	ck_assert_pstr_eq(label_port(&(struct bt_flow){.transport = BT_OVER_ICMP, .ip_proto = 58}),
			  "icmpv6");
	ck_assert_pstr_eq(label_port(&(struct bt_flow){.transport = BT_OVER_IP, .ip_proto = 132}),
			  "sctp");
	ck_assert_ptr_null(label_port(&(struct bt_flow){.transport = BT_OVER_IP, .ip_proto = 200}));
}
END_TEST

static bool is_tidy(const char *name)
{
	for (const char *at = name; *at; at++) {
		if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) && *at != '-')
			return false;
	}
	return strlen(name) < 32; /* what a sighting has room for */
}

/* Tables out of order would hide some of their entries. */
START_TEST(names_are_tidy_and_all_are_found)
{
	unsigned found[4] = {0};

	for (unsigned transport = BT_OVER_LINK; transport <= BT_OVER_UDP; transport++) {
		for (unsigned number = 0; number <= UINT16_MAX; number++) {
			const char *name = port_name((uint8_t)transport, (uint16_t)number);

			found[transport] += name != NULL;
			ck_assert(!name || is_tidy(name));
		}
	}
	ck_assert_uint_gt(found[BT_OVER_TCP], 100);
	ck_assert_uint_gt(found[BT_OVER_UDP], 60);
	ck_assert_uint_gt(found[BT_OVER_LINK], 30);
}
END_TEST

/* ------------------------------------------------------------------------- content */

static bool has_ndpi(void)
{
	return strncmp(labeller_version(), "nDPI ", 5) == 0;
}

START_TEST(version_says_what_is_built_in)
{
	ck_assert(has_ndpi() || strcmp(labeller_version(), "built without nDPI") == 0);
}
END_TEST

static struct frame frame = {.time_ns = 1700000000000000000};

/* The payload lies in a block of its size, for the sanitizers. */
static struct packet make(enum packet_kind kind, unsigned src_port, unsigned dst_port,
			  const void *bytes, size_t size)
{
	struct packet packet = {
		.frame = &frame,
		.kind = kind,
		.src = {BT_ADDR_IPV4, {10, 0, 0, 1}},
		.dst = {BT_ADDR_IPV4, {10, 0, 0, 2}},
		.src_port = (uint16_t)src_port,
		.dst_port = (uint16_t)dst_port,
		.ip_version = 4,
		.ip_proto = kind == PACKET_TCP ? 6 : 17,
		.ttl = 64,
		.tcp_flags = TCP_PSH | TCP_ACK,
		.tcp_seq = 1000,
		.tcp_ack = 2000,
		.tcp_window = 8192,
		.payload_wire = (uint32_t)size,
	};
	uint8_t *block = malloc(size ? size : 1);

	ck_assert_ptr_nonnull(block);
	if (size)
		memcpy(block, bytes, size);
	packet.payload = cur_of(block, size);
	return packet;
}

static void free_packet(struct packet *packet)
{
	free((void *)(uintptr_t)packet->payload.ptr);
}

static const char *show(struct labeller *labeller, struct label **label, enum packet_kind kind,
			unsigned port, const void *bytes, size_t size)
{
	struct packet packet = make(kind, 40000, port, bytes, size);
	const char *name = label_packet(labeller, label, &packet);

	free_packet(&packet);
	return name;
}

#define BYTES(text) text, sizeof(text) - 1

/* The beginning of a conversation, on a port that says nothing; no more than LABEL_PACKETS_MAX of the
 * same packet are needed. */
static const struct sample {
	const char *name;
	enum packet_kind kind;
	const char *bytes;
	size_t size;
} samples[] = {
	{"http", PACKET_TCP,
	 BYTES("GET /index.html HTTP/1.1\r\nHost: plc.example\r\n"
	       "User-Agent: test\r\nAccept: */*\r\n\r\n")},
	{"dns", PACKET_UDP, BYTES("\x12\x34\x01\0\0\1\0\0\0\0\0\0\3plc\7example\0\0\1\0\1")},
	{"ntp", PACKET_UDP,
	 BYTES("\x23\0\6\xec\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0\0\0\0\0\0\0\0")},
	{"iec-104", PACKET_TCP, BYTES("\x68\x04\x07\0\0\0")},
	{"ssh", PACKET_TCP, BYTES("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")},
};

enum {
	SAMPLES = sizeof(samples) / sizeof(samples[0]),
};

static unsigned port_of(const struct sample *sample)
{
	if (strcmp(sample->name, "ntp") == 0) /* nDPI asks for port and content */
		return 123;
	if (strcmp(sample->name, "iec-104") == 0)
		return 2404;
	return sample->kind == PACKET_UDP ? 53 : 7001;
}

static const char *first_name(struct labeller *labeller, const struct sample *sample)
{
	struct label *label = NULL;
	const char *name = NULL;

	for (unsigned i = 0; !name && i < LABEL_PACKETS_MAX; i++)
		name = show(labeller, &label, sample->kind, port_of(sample), sample->bytes,
			    sample->size);
	ck_assert_ptr_nonnull(name);
	ck_assert_ptr_null(label);
	return name;
}

START_TEST(content_names_a_flow)
{
	struct labeller *labeller = labeller_create();

	ck_assert_pstr_eq(first_name(labeller, &samples[_i]), has_ndpi() ? samples[_i].name : "");
	labeller_destroy(labeller);
}
END_TEST

START_TEST(over_ipv6_too)
{
	struct labeller *labeller = labeller_create();
	struct packet packet = make(PACKET_TCP, 40000, 7001, samples[0].bytes, samples[0].size);
	struct label *label = NULL;

	packet.ip_version = 6;
	packet.src = (struct bt_addr){BT_ADDR_IPV6, {0xfd, [15] = 1}};
	packet.dst = (struct bt_addr){BT_ADDR_IPV6, {0xfd, [15] = 2}};
	ck_assert_pstr_eq(label_packet(labeller, &label, &packet), has_ndpi() ? "http" : "");
	ck_assert_ptr_null(label);
	free_packet(&packet);
	labeller_destroy(labeller);
}
END_TEST

START_TEST(a_port_is_no_content)
{
	static const uint8_t nonsense[40] = {0xff, 0x13, 0x77, 0xfe, 0x01};
	static const unsigned ports[] = {80, 443, 22, 102, 3389};
	struct labeller *labeller = labeller_create();
	const char *name = NULL;
	struct label *label = NULL;
	unsigned shown = 0;

	while (!name && shown < 2 * LABEL_PACKETS_MAX) {
		name = show(labeller, &label, PACKET_TCP, ports[_i], nonsense, sizeof(nonsense));
		shown++;
	}
	ck_assert_pstr_eq(name, "");
	ck_assert_uint_eq(shown, has_ndpi() ? LABEL_PACKETS_MAX : 1);
	ck_assert_ptr_null(label);
	labeller_destroy(labeller);
}
END_TEST

START_TEST(what_has_no_payload_is_not_shown)
{
	struct labeller *labeller = labeller_create();
	struct label *label = NULL;

	for (unsigned i = 0; i < 3 * LABEL_PACKETS_MAX; i++)
		ck_assert(!has_ndpi() == !!show(labeller, &label, PACKET_TCP, 80, "", 0));
	ck_assert_ptr_null(label);
	ck_assert_pstr_eq(show(labeller, &label, PACKET_ICMP, 0, BYTES("ping")), "");
	ck_assert_pstr_eq(show(labeller, &label, PACKET_LINK, 0, BYTES("frame")), "");
	ck_assert_ptr_null(label);
	labeller_destroy(labeller);
}
END_TEST

/* PROFINET's connection manager is DCE/RPC: at its own port the port says which. */
START_TEST(profinet_is_more_than_dcerpc)
{
	static const uint8_t request[120] = {4, 0, 0x20, 0, 0x10, [74] = sizeof(request) - 80};
	struct labeller *labeller = labeller_create();
	struct label *label = NULL;

	if (has_ndpi()) {
		ck_assert_pstr_eq(
			show(labeller, &label, PACKET_UDP, 49152, request, sizeof(request)),
			"dcerpc");
		ck_assert_pstr_eq(
			show(labeller, &label, PACKET_UDP, 34964, request, sizeof(request)),
			"profinet-cm");
	}
	ck_assert_ptr_null(label);
	labeller_destroy(labeller);
}
END_TEST

/* ------------------------------------------------------------------------- independence, enemies */

static uint64_t random_state;

static uint32_t random_u32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16);
}

/* One labeller that has seen much else says what a fresh one says. */
START_TEST(a_label_depends_on_its_own_flow_alone)
{
	struct labeller *used = labeller_create();

	random_state = 88172645463325252;
	for (unsigned round = 0; round < 300; round++) {
		const struct sample *sample = &samples[random_u32() % SAMPLES];

		ck_assert_pstr_eq(first_name(used, sample), has_ndpi() ? sample->name : "");
	}
	labeller_destroy(used);
}
END_TEST

/* A sample with some bytes changed, behind any of the ports, up to the longest datagram. */
static size_t mutate(uint8_t *bytes, size_t max)
{
	const struct sample *sample = &samples[random_u32() % SAMPLES];
	size_t size = sample->size;

	memcpy(bytes, sample->bytes, size);
	if (random_u32() % 4 == 0) {
		size = random_u32() % max;
		for (size_t i = sample->size; i < size; i++)
			bytes[i] = (uint8_t)random_u32();
	}
	for (unsigned i = random_u32() % 4; size && i > 0; i--)
		bytes[random_u32() % size] = (uint8_t)random_u32();
	return size;
}

START_TEST(any_bytes_end_in_a_tidy_name_in_time)
{
	static uint8_t bytes[65535];
	struct labeller *labeller = labeller_create();

	random_state = 1181783497276652981;
	for (unsigned flow = 0; flow < 400; flow++) {
		enum packet_kind kind = random_u32() % 2 ? PACKET_TCP : PACKET_UDP;
		unsigned port = random_u32() % 2 ? random_u32() % 1024 : random_u32() % 65536;
		struct label *label = NULL;
		const char *name = NULL;
		unsigned shown = 0;

		while (!name) {
			size_t size = mutate(bytes, sizeof(bytes));

			ck_assert_uint_lt(shown, LABEL_PACKETS_MAX);
			shown += size > 0;
			name = show(labeller, &label, kind, port, bytes, size);
		}
		ck_assert(is_tidy(name));
		ck_assert_ptr_null(label);
	}
	labeller_destroy(labeller);
}
END_TEST

static void *work(void *unused)
{
	struct labeller *labeller = labeller_create();

	for (unsigned i = 0; i < SAMPLES; i++)
		ck_assert_pstr_eq(first_name(labeller, &samples[i]),
				  has_ndpi() ? samples[i].name : "");
	labeller_destroy(labeller);
	return unused;
}

START_TEST(workers_start_theirs_at_once)
{
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

START_TEST(an_open_label_can_be_dropped)
{
	struct labeller *labeller = labeller_create();
	struct label *label = NULL;

	ck_assert(!!show(labeller, &label, PACKET_TCP, 7001, BYTES("\x01\x02\x03\x04\x05")) ==
		  !has_ndpi());
	ck_assert(!!label == has_ndpi());
	label_drop(&label);
	ck_assert_ptr_null(label);
	label_drop(&label);
	labeller_destroy(labeller);
	labeller_destroy(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("label");
	TCase *ports = tcase_create("ports"), *content = tcase_create("content");

	tcase_add_test(ports, usual_ports);
	tcase_add_test(ports, usual_protocols);
	tcase_add_test(ports, names_are_tidy_and_all_are_found);
	suite_add_tcase(suite, ports);
	tcase_set_timeout(content, 60);
	tcase_add_test(content, version_says_what_is_built_in);
	tcase_add_loop_test(content, content_names_a_flow, 0, SAMPLES);
	tcase_add_test(content, over_ipv6_too);
	tcase_add_loop_test(content, a_port_is_no_content, 0, 5);
	tcase_add_test(content, what_has_no_payload_is_not_shown);
	tcase_add_test(content, profinet_is_more_than_dcerpc);
	tcase_add_test(content, a_label_depends_on_its_own_flow_alone);
	tcase_add_test(content, any_bytes_end_in_a_tidy_name_in_time);
	tcase_add_test(content, workers_start_theirs_at_once);
	tcase_add_test(content, an_open_label_can_be_dropped);
	suite_add_tcase(suite, content);
	return run_suite(suite);
}
