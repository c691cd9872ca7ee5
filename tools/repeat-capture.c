/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes one large capture of small ones, for tools/bench. All inputs are played at once, each from
 * second 0 on and at its own pace, by K sites side by side; when the longest is over, all begin anew.
 *
 * Each site's devices have addresses of their own (IPv4, IPv6, MAC; also within ARP). A site comes
 * back when the inputs are over, as its network does the next day:
 *   -f  with other client ports, so that the number of flows grows with the file;
 *   -l  on the same connections, which live as long as the file does: sequence numbers and TCP's
 *       time stamps go on where they were, the handshake is only in the first turn, the end in none.
 * Checksums are mended, not made anew (RFC 1624): a wrong one stays wrong.
 *
 * An input is read once. What has to change in a packet is found then and kept as a list of patches,
 * so that writing is copying and patching.
 */
#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SITES = 256,
	PATCHES_MAX = 10,
	SUMS_MAX = 2,
	SNAPLEN = 262144,
};

enum manner { FLOWS, LONG_LIVED };
enum kind { MAC, IPV4, IPV6, CLIENT_PORT, SEQUENCE, TCP_TIME };
static const unsigned size_of[] = {[MAC] = 6, [IPV4] = 4, [IPV6] = 16, [CLIENT_PORT] = 2,
				   [SEQUENCE] = 4, [TCP_TIME] = 4};

struct patch {
	uint32_t at;             /* what to replace, from the packet's start */
	uint32_t sum[SUMS_MAX];  /* the checksums over it; 0 = none */
	uint32_t id;             /* of the device within its site; SEQUENCE: of the connection's side */
	enum kind kind;
};

struct packet {
	int64_t us;              /* since its capture's first */
	bool once;               /* a long-lived connection's handshake */
	uint32_t length, wire, order;
	uint8_t *data;
	unsigned patches;
	struct patch patch[PATCHES_MAX];
};

struct device {
	unsigned input;          /* equal addresses in two captures are two devices */
	enum kind kind;
	uint8_t address[16];
};

struct side {                    /* of a long-lived connection: one that sends */
	unsigned input;
	uint8_t key[12];         /* addresses and ports, the sender's first */
	uint32_t first, next;    /* sequence numbers of payload; next is behind it */
	bool over;               /* it or its peer has sent FIN or RST */
};

static struct packet *packets;
static size_t packet_count, packet_room;
static struct device *devices;
static size_t device_count, device_room;
static struct side *sides; /* a connection's two are neighbours: n ^ 1 is the other */
static size_t side_count, side_room;
static uint8_t is_server[65536]; /* ports that a SYN was sent to */

static void die(const char *what, const char *why)
{
	fprintf(stderr, "repeat-capture: %s: %s\n", what, why);
	exit(1);
}

static void *grow(void *array, size_t count, size_t *room, size_t each)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 1024;
	array = realloc(array, *room * each);
	if (!array)
		die("memory", strerror(errno));
	return array;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t device_id(unsigned input, enum kind kind, const uint8_t *address)
{
	static size_t last; /* traffic comes in turns: most often it is one of two */
	for (size_t n = 0; n < device_count; n++) {
		size_t i = (last + device_count - n) % device_count;
		const struct device *d = &devices[i];
		if (d->input == input && d->kind == kind && !memcmp(d->address, address, size_of[kind])) {
			last = i;
			return (uint32_t)i;
		}
	}
	devices = grow(devices, device_count, &device_room, sizeof(*devices));
	struct device *d = &devices[device_count];
	*d = (struct device){.input = input, .kind = kind};
	memcpy(d->address, address, size_of[kind]);
	return (uint32_t)device_count++;
}

static bool names_one_host(enum kind kind, const uint8_t *address)
{
	static const uint8_t none[16];
	if (!memcmp(address, none, size_of[kind]))
		return false;
	switch (kind) {
	case MAC:
		return !(address[0] & 1);
	case IPV4:
		return address[0] < 224 && address[0] != 127;
	default:
		return address[0] != 0xff;
	}
}

static void find_address(struct packet *p, unsigned input, enum kind kind, uint32_t at,
			 uint32_t sum, uint32_t other_sum)
{
	if (at + size_of[kind] > p->length || !names_one_host(kind, p->data + at))
		return;
	p->patch[p->patches++] = (struct patch){
		.at = at,
		.kind = kind,
		.sum = {sum, other_sum},
		.id = device_id(input, kind, p->data + at),
	};
}

/* Where the transport's checksum is, 0 if it has none or it was cut off. */
static uint32_t transport_sum(const struct packet *p, unsigned protocol, uint32_t at, bool v6)
{
	uint32_t sum = protocol == 6 ? at + 16 : protocol == 17 ? at + 6 : at + 2;
	bool covers_addresses = protocol == 6 || protocol == 17 || (v6 && protocol == 58);
	if (!covers_addresses || sum + 2 > p->length)
		return 0;
	return protocol == 17 && !get16(p->data + sum) ? 0 : sum;
}

static void find_ports(struct packet *p, unsigned protocol, uint32_t at, uint32_t sum)
{
	if ((protocol != 6 && protocol != 17) || at + 4 > p->length)
		return;
	if (protocol == 6 && at + 14 <= p->length && (p->data[at + 13] & 0x12) == 0x02)
		is_server[get16(p->data + at + 2)] = 1;
	/* Which of the two is the client's is known when all inputs are. */
	p->patch[p->patches++] = (struct patch){.at = at, .kind = CLIENT_PORT, .sum = {sum}};
}

static uint32_t side_id(unsigned input, const uint8_t *ip, const uint8_t *tcp)
{
	struct side made[2] = {{.input = input}, {.input = input}};
	for (unsigned i = 0; i < 2; i++) {
		memcpy(made[i].key, ip + (i ? 16 : 12), 4);
		memcpy(made[i].key + 4, ip + (i ? 12 : 16), 4);
		memcpy(made[i].key + 8, tcp + (i ? 2 : 0), 2);
		memcpy(made[i].key + 10, tcp + (i ? 0 : 2), 2);
	}
	for (size_t i = 0; i < side_count; i++)
		if (sides[i].input == input && !memcmp(sides[i].key, made[0].key, sizeof(made[0].key)))
			return (uint32_t)i;
	for (unsigned i = 0; i < 2; i++) {
		sides = grow(sides, side_count, &side_room, sizeof(*sides));
		sides[side_count++] = made[i];
	}
	return (uint32_t)side_count - 2;
}

static void find_tcp_times(struct packet *p, uint32_t tcp, uint32_t end)
{
	for (uint32_t at = tcp + 20; at + 10 <= end && p->data[at];) {
		if (p->data[at] == 1) { /* no operation */
			at++;
			continue;
		}
		/* Odd places do not occur: everybody aligns them, for speed. */
		for (unsigned i = 0; p->data[at] == 8 && !((at - tcp) & 1) && i < 2; i++)
			p->patch[p->patches++] = (struct patch){
				.at = at + 2 + 4 * i, .kind = TCP_TIME, .sum = {tcp + 16}};
		if (p->data[at] == 8 || p->data[at + 1] < 2)
			return;
		at += p->data[at + 1];
	}
}

/* False: the packet is of a connection's end, and left out. */
static bool find_in_connection(struct packet *p, unsigned input, uint32_t ip)
{
	uint32_t tcp = ip + 4 * (p->data[ip] & 15), end = ip + get16(p->data + ip + 2);
	if (p->data[ip + 9] != 6 || get16(p->data + ip + 6) & 0x3fff || tcp + 20 > p->length ||
	    end > p->length || tcp + 4 * (p->data[tcp + 12] >> 4) > end)
		return true;
	uint32_t id = side_id(input, p->data + ip, p->data + tcp);
	uint32_t payload = tcp + 4 * (p->data[tcp + 12] >> 4), sequence = get32(p->data + tcp + 4);
	uint8_t flags = p->data[tcp + 13];
	struct side *side = &sides[id];

	if (flags & 0x05)
		side->over = sides[id ^ 1].over = true;
	if (side->over)
		return false;
	p->once = flags & 0x02;
	if (side->first == side->next)
		side->first = side->next = sequence + p->once;
	if ((int32_t)(sequence + end - payload - side->next) > 0)
		side->next = sequence + end - payload;
	p->patch[p->patches++] = (struct patch){
		.at = tcp + 4, .kind = SEQUENCE, .sum = {tcp + 16}, .id = id};
	if (flags & 0x10)
		p->patch[p->patches++] = (struct patch){
			.at = tcp + 8, .kind = SEQUENCE, .sum = {tcp + 16}, .id = id ^ 1};
	find_tcp_times(p, tcp, payload);
	return true;
}

static bool find_in_ipv4(struct packet *p, unsigned input, enum manner manner, uint32_t ip)
{
	if (ip + 20 > p->length)
		return true;
	bool first = !(get16(p->data + ip + 6) & 0x1fff);
	unsigned protocol = p->data[ip + 9];
	uint32_t transport = ip + 4 * (p->data[ip] & 15);
	uint32_t sum = first ? transport_sum(p, protocol, transport, false) : 0;
	find_address(p, input, IPV4, ip + 12, ip + 10, sum);
	find_address(p, input, IPV4, ip + 16, ip + 10, sum);
	if (manner == LONG_LIVED)
		return find_in_connection(p, input, ip);
	if (first && !(p->data[ip + 6] & 0x20))
		find_ports(p, protocol, transport, sum);
	return true;
}

static void find_in_ipv6(struct packet *p, unsigned input, uint32_t ip)
{
	if (ip + 40 > p->length)
		return;
	unsigned protocol = p->data[ip + 6];
	uint32_t sum = transport_sum(p, protocol, ip + 40, true);
	if (!sum)
		return; /* behind extension headers: left as it is */
	find_address(p, input, IPV6, ip + 8, sum, 0);
	find_address(p, input, IPV6, ip + 24, sum, 0);
	find_ports(p, protocol, ip + 40, sum);
}

static void find_in_arp(struct packet *p, unsigned input, uint32_t arp)
{
	static const uint8_t ethernet_ipv4[] = {0, 1, 8, 0, 6, 4};
	if (arp + 28 > p->length || memcmp(p->data + arp, ethernet_ipv4, sizeof(ethernet_ipv4)))
		return;
	find_address(p, input, MAC, arp + 8, 0, 0);
	find_address(p, input, IPV4, arp + 14, 0, 0);
	find_address(p, input, MAC, arp + 18, 0, 0);
	find_address(p, input, IPV4, arp + 24, 0, 0);
}

/* False: the packet is left out. */
static bool find_patches(struct packet *p, unsigned input, enum manner manner)
{
	if (p->length < 16)
		return true;
	find_address(p, input, MAC, 0, 0, 0);
	find_address(p, input, MAC, 6, 0, 0);
	uint32_t at = 12;
	while (at + 6 <= p->length && (get16(p->data + at) == 0x8100 || get16(p->data + at) == 0x88a8))
		at += 4;
	switch (get16(p->data + at)) {
	case 0x0800:
		return find_in_ipv4(p, input, manner, at + 2);
	case 0x0806:
		find_in_arp(p, input, at + 2);
		break;
	case 0x86dd:
		find_in_ipv6(p, input, at + 2);
		break;
	}
	return true;
}

static bool load(const char *path, unsigned input, enum manner manner)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *capture = pcap_open_offline(path, error);
	if (!capture) {
		fprintf(stderr, "repeat-capture: left out: %s\n", error);
		return false;
	}
	if (pcap_datalink(capture) != DLT_EN10MB) {
		fprintf(stderr, "repeat-capture: left out: %s: not Ethernet\n", path);
		pcap_close(capture);
		return false;
	}
	struct pcap_pkthdr *header;
	const u_char *data;
	int64_t first = 0, latest = 0;
	bool any = false;
	while (pcap_next_ex(capture, &header, &data) == 1) {
		if (header->caplen > SNAPLEN)
			continue;
		packets = grow(packets, packet_count, &packet_room, sizeof(*packets));
		struct packet *p = &packets[packet_count];
		int64_t us = (int64_t)header->ts.tv_sec * 1000000 + header->ts.tv_usec;
		if (!any)
			first = us;
		any = true;
		if (us - first > latest)
			latest = us - first;
		*p = (struct packet){.us = latest, .order = (uint32_t)packet_count++,
				     .length = header->caplen, .wire = header->len};
		p->data = malloc(p->length + 1);
		if (!p->data)
			die("memory", strerror(errno));
		memcpy(p->data, data, p->length);
		if (!find_patches(p, input, manner)) {
			free(p->data);
			packet_count--;
		}
	}
	pcap_close(capture);
	return any;
}

static int by_time(const void *a, const void *b)
{
	const struct packet *x = a, *y = b;
	if (x->us != y->us)
		return x->us < y->us ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* A port that a SYN went to is a server's; where that does not tell, the lower one. */
static void settle_client_ports(void)
{
	for (size_t i = 0; i < packet_count; i++) {
		struct packet *p = &packets[i];
		if (!p->patches || p->patch[p->patches - 1].kind != CLIENT_PORT)
			continue;
		struct patch *port = &p->patch[p->patches - 1];
		unsigned from = get16(p->data + port->at), to = get16(p->data + port->at + 2);
		if (is_server[from] == is_server[to] ? to > from : is_server[from])
			port->at += 2;
	}
}

static void mend_sum(uint8_t *at, const uint8_t *old, const uint8_t *new, unsigned size)
{
	uint32_t sum = ~get16(at) & 0xffff;
	for (unsigned i = 0; i < size; i += 2)
		sum += (~get16(old + i) & 0xffff) + get16(new + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(at, ~sum & 0xffff);
}

static void apply(uint8_t *data, const struct patch *patch, uint32_t site, uint32_t lap, int64_t lap_us)
{
	uint32_t number = site * (uint32_t)device_count + patch->id;
	uint8_t *old = data + patch->at;
	uint8_t new[16] = {0};
	switch (patch->kind) {
	case MAC: /* the maker stays */
		memcpy(new, old, 3);
		new[3] = (uint8_t)(number >> 16);
		put16(new + 4, number & 0xffff);
		break;
	case IPV4: /* no .0, no .255 */
		new[0] = 10;
		put16(new + 1, number / 254 & 0xffff);
		new[3] = (uint8_t)(number % 254 + 1);
		break;
	case IPV6:
		new[0] = 0xfd;
		put16(new + 12, number >> 16);
		put16(new + 14, number & 0xffff);
		break;
	case CLIENT_PORT:
		if (!lap)
			return;
		put16(new, 10240 + (get16(old) + lap * 611) % 50000);
		break;
	case SEQUENCE:
		put32(new, get32(old) + lap * (sides[patch->id].next - sides[patch->id].first));
		break;
	case TCP_TIME: /* in milliseconds, as Linux has them; 0: none */
		if (get32(old))
			put32(new, get32(old) + (uint32_t)(lap * lap_us / 1000));
		break;
	}
	for (unsigned i = 0; i < SUMS_MAX; i++)
		if (patch->sum[i])
			mend_sum(data + patch->sum[i], old, new, size_of[patch->kind]);
	memcpy(old, new, size_of[patch->kind]);
}

static void put(FILE *out, const char *path, const void *bytes, size_t count)
{
	if (fwrite(bytes, 1, count, out) != count)
		die(path, strerror(errno));
}

static uint64_t write_all(const char *path, uint64_t bytes, unsigned sites)
{
	static uint8_t data[SNAPLEN];
	FILE *out = fopen(path, "wb");
	if (!out)
		die(path, strerror(errno));
	setvbuf(out, NULL, _IOFBF, 1 << 20);
	const struct pcap_file_header header = {
		.magic = 0xa1b2c3d4, .version_major = 2, .version_minor = 4,
		.snaplen = SNAPLEN, .linktype = DLT_EN10MB,
	};
	put(out, path, &header, sizeof(header));

	uint64_t written = sizeof(header), count = 0;
	/* When the recordings were made, or the certificates in them are not valid yet. */
	const int64_t start = INT64_C(1795392000) * 1000000; /* 2026-11-23 */
	const int64_t lap_us = packets[packet_count - 1].us + 1000000;
	for (uint32_t lap = 0; written < bytes; lap++) {
		for (size_t i = 0; i < packet_count && written < bytes; i++) {
			const struct packet *p = &packets[i];
			const int64_t us = start + lap * lap_us + p->us;
			const uint32_t record[] = {(uint32_t)(us / 1000000),
						   (uint32_t)(us % 1000000), p->length, p->wire};
			for (unsigned site = 0; site < sites && !(lap && p->once); site++) {
				memcpy(data, p->data, p->length);
				for (unsigned n = 0; n < p->patches; n++)
					apply(data, &p->patch[n], site, lap, lap_us);
				put(out, path, record, sizeof(record));
				put(out, path, data, p->length);
				written += sizeof(record) + p->length;
				count++;
			}
		}
	}
	if (fclose(out))
		die(path, strerror(errno));
	return count;
}

static int usage(void)
{
	fputs("usage: repeat-capture [-k SITES] [-s MIB] OUT [-f|-l] [-x TIMES] CAPTURE...\n"
	      "  -k  sites side by side (default 1)\n"
	      "  -s  size of OUT (default 1024)\n"
	      "of the captures behind it:\n"
	      "  -f  other client ports in each turn (default)\n"
	      "  -l  connections that live on\n"
	      "  -x  so many of each, with devices of their own (default 1)\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	unsigned long sites = 1, mib = 1024, times = 1;
	int i = 1;
	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (!strcmp(argv[i], "-k"))
			sites = strtoul(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "-s"))
			mib = strtoul(argv[i + 1], NULL, 10);
		else
			return usage();
	}
	if (argc - i < 2 || sites < 1 || sites > SITES || mib < 1)
		return usage();

	const char *out = argv[i];
	enum manner manner = FLOWS;
	unsigned inputs = 0, number = 0;
	for (i++; i < argc; i++) {
		if (!strcmp(argv[i], "-f"))
			manner = FLOWS;
		else if (!strcmp(argv[i], "-l"))
			manner = LONG_LIVED;
		else if (!strcmp(argv[i], "-x") && i + 1 < argc)
			times = strtoul(argv[++i], NULL, 10);
		else if (argv[i][0] == '-')
			return usage();
		else
			for (unsigned long n = 0; n < times; n++)
				inputs += load(argv[i], number++, manner);
	}
	if (!packet_count)
		die("no packets", "nothing to repeat");
	if ((uint64_t)device_count * sites >= UINT64_C(1) << 24)
		die("too many devices", "their new addresses would not differ");
	qsort(packets, packet_count, sizeof(*packets), by_time);
	settle_client_ports();
	uint64_t count = write_all(out, (uint64_t)mib << 20, (unsigned)sites);
	printf("%" PRIu64 " packets of %zu from %u captures\n", count, packet_count, inputs);
	return 0;
}
