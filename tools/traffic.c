/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes captures of Modbus/TCP of any size, for tools/bench-growth and tests/e2e/flood:
 *   flows N ASKS      N connections, begun one after the other; then, from second 30 on, ASKS reads, each
 *                     on any of them
 *   entries N ASKS    the same for N different things that are read, sixteen by each pair
 *   quiet ASKS        one connection: a client that reads, and writes now and then
 *   syn, fragments, addresses N
 *                     the same connection in a flood of N packets: opened from random sources; pieces
 *                     of datagrams that never become whole; another of its client's connections, that
 *                     reads a new address each time. In the middle it writes where it never did.
 * The same arguments make the same bytes. Checksums are left zero: a sensor does not verify them.
 * Prints, to stderr, how many packets and how many questions of the known connection there are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SYN = 0x02,
	ACK = 0x10,
	PUSH = 0x08,
	MORE_FRAGMENTS = 0x2000,
	HEADERS = 14 + 20 + 20,
	FRAME_MAX = 256,
	READ_COILS = 1,
	READ_HOLDING = 3,
	WRITE_REGISTER = 6,
	HOSTS = 250,          /* of each side: 62,500 pairs */
	UNITS = 4,            /* of each pair, and four functions that read: sixteen entries */
	KNOWN_EVERY = 500,    /* packets of a flood between two questions of the known connection */
	KNOWN_WRITE_EVERY = 8,
	MODBUS = 502,
};

static const uint32_t CLIENTS = 0x0a010001, SERVERS = 0x0a020001; /* 10.1.0.1, 10.2.0.1 and so on */

struct talk {
	uint32_t client, server;
	uint32_t next[2]; /* sequence numbers: the client's, the server's */
	uint16_t port, number;
};

static FILE *out;
#define BEGIN_NS (UINT64_C(1795392000) * 1000000000)
#define MET_NS (UINT64_C(30) * 1000000000) /* for what is to be learnt; 2,000 ns a packet are enough */
static uint64_t now_ns = BEGIN_NS, step_ns = 2000, packets;

static uint64_t any(void)
{
	static uint64_t state = 88172645463325252;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint8_t *put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	return put16(put16(at, value >> 16), value & 0xffff);
}

static void put(const void *bytes, size_t count)
{
	if (fwrite(bytes, 1, count, out) != count) {
		fprintf(stderr, "traffic: output: %s\n", strerror(errno));
		exit(1);
	}
}

/* A datagram's bytes begin at 34 of `frame`. */
static void send_ip(uint8_t *frame, uint32_t from, uint32_t to, unsigned id, unsigned fragment,
		    unsigned protocol, size_t length)
{
	uint8_t *at = put32(put16(frame, 0x0200), to);

	at = put16(put32(put16(at, 0x0200), from), 0x0800);
	at = put16(put16(put16(put16(at, 0x4500), (unsigned)length + 20), id), fragment);
	put32(put32(put16(put16(at, 64 << 8 | protocol), 0), from), to);

	length += 34;
	const uint32_t record[] = {(uint32_t)(now_ns / 1000000000), (uint32_t)(now_ns % 1000000000),
				   (uint32_t)length, (uint32_t)length};
	put(record, sizeof(record));
	put(frame, length);
	now_ns += step_ns;
	packets++;
}

static void send_tcp(struct talk *talk, unsigned side, unsigned flags, const uint8_t *payload, size_t length)
{
	uint8_t frame[FRAME_MAX];
	uint8_t *at = put16(put16(frame + 34, side ? MODBUS : talk->port), side ? talk->port : MODBUS);

	at = put32(put32(at, talk->next[side]), flags & ACK ? talk->next[!side] : 0);
	put32(put16(put16(at, 0x5000 | flags), 8192), 0);
	if (length)
		memcpy(frame + HEADERS, payload, length);
	talk->next[side] += (uint32_t)length + (flags & SYN ? 1 : 0);
	send_ip(frame, side ? talk->server : talk->client, side ? talk->client : talk->server,
		(unsigned)packets & 0xffff, 0, 6, length + 20);
}

static void open_talk(struct talk *talk, uint32_t client, uint32_t server, unsigned port)
{
	*talk = (struct talk){.client = client, .server = server, .port = (uint16_t)port,
			      .next = {(uint32_t)any(), (uint32_t)any()}};
	send_tcp(talk, 0, SYN, NULL, 0);
	send_tcp(talk, 1, SYN | ACK, NULL, 0);
	send_tcp(talk, 0, ACK, NULL, 0);
}

/* `count`: things read, or the value written. */
static void ask(struct talk *talk, unsigned unit, unsigned function, unsigned address, unsigned count)
{
	uint8_t message[FRAME_MAX - HEADERS] = {0};
	size_t bytes = function == WRITE_REGISTER ? 0 : function <= 2 ? (count + 7) / 8 : 2 * (size_t)count;

	put16(message, talk->number++);
	put16(message + 4, 6);
	put16(message + 6, unit << 8 | function);
	put16(put16(message + 8, address), count);
	send_tcp(talk, 0, PUSH | ACK, message, 12);
	if (bytes) {
		put16(message + 4, 3 + (unsigned)bytes);
		message[8] = (uint8_t)bytes;
		memset(message + 9, 0, bytes);
	}
	send_tcp(talk, 1, PUSH | ACK, message, bytes ? 9 + bytes : 12);
}

static struct talk *open_talks(uint64_t count)
{
	struct talk *talks = malloc(count * sizeof(*talks));

	if (!talks) {
		fprintf(stderr, "traffic: not enough memory\n");
		exit(1);
	}
	for (uint64_t i = 0; i < count; i++)
		open_talk(&talks[i], CLIENTS + (uint32_t)(i % HOSTS),
			  SERVERS + (uint32_t)(i / HOSTS % HOSTS), 20000 + (unsigned)(i / HOSTS / HOSTS));
	return talks;
}

static void make_flows(uint64_t count, uint64_t asks)
{
	struct talk *talks = open_talks(count);

	for (uint64_t i = 0; i < count; i++)
		ask(&talks[i], 1, READ_HOLDING, 0, 10);
	now_ns = BEGIN_NS + MET_NS;
	for (uint64_t i = 0; i < asks; i++)
		ask(&talks[any() % count], 1, READ_HOLDING, 0, 10);
	free(talks);
}

static void ask_entry(struct talk *talks, uint64_t entry)
{
	unsigned of_pair = (unsigned)(entry % (4 * UNITS));

	ask(&talks[entry / (4 * UNITS)], 1 + of_pair / 4, READ_COILS + of_pair % 4, 0, 10);
}

static void make_entries(uint64_t count, uint64_t asks)
{
	struct talk *talks = open_talks((count + 4 * UNITS - 1) / (4 * UNITS));

	for (uint64_t i = 0; i < count; i++)
		ask_entry(talks, i);
	now_ns = BEGIN_NS + MET_NS;
	for (uint64_t i = 0; i < asks; i++)
		ask_entry(talks, any() % count);
	free(talks);
}

static void ask_known(struct talk *known, uint64_t number)
{
	if (number % KNOWN_WRITE_EVERY)
		ask(known, 1, READ_HOLDING, 0, 10);
	else
		ask(known, 1, WRITE_REGISTER, 20, 500);
}

static void flood_syn(uint64_t i, struct talk *other)
{
	struct talk stranger = {.client = (uint32_t)any(), .server = SERVERS, .port = (uint16_t)any()};

	(void)other;
	stranger.client = (stranger.client & 0x3fffffff) + 0x20000000; /* 32.0.0.0 to 95.255.255.255 */
	send_tcp(&stranger, 0, SYN, NULL, 0);
	if (i % 16 == 0)
		send_tcp(&stranger, 1, SYN | ACK, NULL, 0);
}

static void flood_fragments(uint64_t i, struct talk *other)
{
	static const unsigned protocols[] = {6, 17, 1};
	uint8_t frame[FRAME_MAX] = {0};
	uint32_t from = i % 4 ? (uint32_t)(any() & 0x3fffffff) + 0x20000000 : CLIENTS;

	(void)other;
	put32(frame + 34, (uint32_t)any());
	send_ip(frame, from, SERVERS, (unsigned)any() & 0xffff, MORE_FRAGMENTS | (unsigned)(any() % 180),
		protocols[any() % 3], 64 + any() % 16 * 8);
}

static void flood_addresses(uint64_t i, struct talk *other)
{
	ask(other, 1 + (unsigned)(i >> 16), READ_HOLDING, i & 0xffff, 1);
}

static void make_flood(void (*flood)(uint64_t, struct talk *), uint64_t count)
{
	struct talk known, other;
	uint64_t asked = 0;

	open_talk(&known, CLIENTS, SERVERS, 20000);
	open_talk(&other, CLIENTS, SERVERS, 20001);
	for (uint64_t i = 0; i < count; i++) {
		flood(i, &other);
		if (i % KNOWN_EVERY == 0)
			ask_known(&known, asked++);
		if (i == count / 2)
			ask(&known, 1, WRITE_REGISTER, 40, 900);
	}
	fprintf(stderr, "%" PRIu64 " asked\n", asked + 1);
}

static void make_quiet(uint64_t asks)
{
	struct talk known;

	step_ns = 1000000;
	open_talk(&known, CLIENTS, SERVERS, 20000);
	for (uint64_t i = 0; i < asks; i++)
		ask_known(&known, i);
}

static int usage(void)
{
	fputs("usage: traffic OUT|- flows|entries N ASKS\n"
	      "       traffic OUT|- quiet ASKS\n"
	      "       traffic OUT|- syn|fragments|addresses N\n", stderr);
	return 2;
}

static int make(const char *what, uint64_t count, uint64_t asks)
{
	if (!strcmp(what, "flows"))
		make_flows(count, asks);
	else if (!strcmp(what, "entries"))
		make_entries(count, asks);
	else if (!strcmp(what, "quiet"))
		make_quiet(count);
	else if (!strcmp(what, "syn"))
		make_flood(flood_syn, count);
	else if (!strcmp(what, "fragments"))
		make_flood(flood_fragments, count);
	else if (!strcmp(what, "addresses"))
		make_flood(flood_addresses, count);
	else
		return usage();
	fprintf(stderr, "%" PRIu64 " packets\n", packets);
	return 0;
}

int main(int argc, char **argv)
{
	/* pcap with nanoseconds, Ethernet */
	static const uint32_t header[] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 65535, 1};

	if (argc < 4 || argc > 5 || !strtoull(argv[3], NULL, 10))
		return usage();
	out = strcmp(argv[1], "-") ? fopen(argv[1], "wb") : stdout;
	if (!out) {
		fprintf(stderr, "traffic: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	setvbuf(out, NULL, _IOFBF, 1 << 20);
	put(header, sizeof(header));
	int status = make(argv[2], strtoull(argv[3], NULL, 10), argc == 5 ? strtoull(argv[4], NULL, 10) : 0);
	if (fclose(out)) {
		fprintf(stderr, "traffic: output: %s\n", strerror(errno));
		return 1;
	}
	return status;
}
