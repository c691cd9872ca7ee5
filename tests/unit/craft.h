/* SPDX-License-Identifier: Apache-2.0
 *
 * Crafting frames for the tests of decode. They are built from the outside in: begin_X() writes a
 * header and returns where it is, end_X() writes the lengths that are known only then. Every frame
 * is decoded from a heap block of exactly its size, so that the sanitizers see one byte too many.
 */
#ifndef TESTS_CRAFT_H
#define TESTS_CRAFT_H

#include <check.h>
#include <pcap/dlt.h>
#include <stdlib.h>

#include "decode.h"
#include "suite.h"

struct made {
	uint8_t bytes[70000];
	size_t size;
};

static struct made made;
static struct decoder *decoder;
static struct frame frame;
static struct packet packet;
static uint8_t *block;

static inline void put(const void *bytes, size_t size)
{
	ck_assert_uint_le(made.size + size, sizeof(made.bytes));
	memcpy(made.bytes + made.size, bytes, size);
	made.size += size;
}

static inline void put8(uint8_t value)
{
	put(&value, 1);
}

static inline void put16(unsigned value)
{
	put8((uint8_t)(value >> 8));
	put8((uint8_t)value);
}

static inline void put32(uint32_t value)
{
	put16(value >> 16);
	put16(value & 0xffff);
}

static inline void patch16(size_t at, size_t value)
{
	made.bytes[at] = (uint8_t)(value >> 8);
	made.bytes[at + 1] = (uint8_t)value;
}

static inline void ethernet(unsigned type)
{
	put("\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	put16(type);
}

/* `last` is the last byte of the source address; the destination's is one more. */
static inline size_t begin_ip4(uint8_t proto, uint8_t last)
{
	size_t at = made.size;

	put("\x45\0\0\0\0\x07\0\0\x40", 9);
	put8(proto);
	put16(0);
	put32(0x0a000000 | last);
	put32(0x0a000000 | (last + 1U));
	return at;
}

static inline void end_ip4(size_t at)
{
	patch16(at + 2, made.size - at);
}

static inline size_t begin_ip6(uint8_t next)
{
	size_t at = made.size;

	put32(0x60000000);
	put16(0);
	put8(next);
	put8(64);
	put("\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	put("\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
	return at;
}

static inline void end_ip6(size_t at)
{
	patch16(at + 4, made.size - at - 40);
}

static inline size_t begin_udp(unsigned port)
{
	size_t at = made.size;

	put16(1000);
	put16(port);
	put32(0);
	return at;
}

static inline void end_udp(size_t at)
{
	patch16(at + 4, made.size - at);
}

static inline void tcp_segment(void)
{
	put16(1000);
	put16(502);
	put32(0x01020304);
	put32(0x05060708);
	put("\x60\x18\x20\0\xbe\xef\0\0\x01\x01\x01\0", 12); /* with four bytes of options */
	put("hello", 5);
}

static inline void ip4_udp(void)
{
	size_t ip = begin_ip4(17, 1), udp = begin_udp(2000);

	put("hello", 5);
	end_udp(udp);
	end_ip4(ip);
}

static inline void ip6_tcp(void)
{
	size_t ip = begin_ip6(6);

	tcp_segment();
	end_ip6(ip);
}

static inline enum decode_result decode_part(int dlt, size_t captured, size_t wire)
{
	free(block);
	block = malloc(captured ? captured : 1);
	ck_assert_ptr_nonnull(block);
	memcpy(block, made.bytes, captured);
	frame.data = block;
	frame.captured = (uint32_t)captured;
	frame.wire = (uint32_t)wire;
	frame.number++;
	frame.link = dlt;
	return decode_frame(decoder, &frame, &packet);
}

static inline enum decode_result decode(int dlt)
{
	return decode_part(dlt, made.size, made.size);
}

static inline void start(void)
{
	decoder = decoder_create();
	ck_assert_ptr_nonnull(decoder);
	made.size = 0;
	frame = (struct frame){0};
}

static inline void finish(void)
{
	decoder_destroy(decoder);
	free(block);
	block = NULL;
}

static inline void assert_hello(enum packet_kind kind)
{
	ck_assert_int_eq(packet.kind, kind);
	ck_assert_uint_eq(packet.problems, 0);
	ck_assert_uint_eq(packet.payload_wire, 5);
	ck_assert_uint_eq(packet.payload.left, 5);
	ck_assert_mem_eq(packet.payload.ptr, "hello", 5);
	ck_assert(!packet.cut);
	ck_assert_uint_eq(packet.src_port, 1000);
}

/* Touches all that the packet shows; what is said of it must agree. */
static inline void check_views(enum decode_result result)
{
	struct bt_cursor payload = packet.payload;
	unsigned sum = 0;

	while (cur_left(&payload))
		sum += cur_u8(&payload);
	ck_assert_uint_le(packet.payload.left, packet.payload_wire);
	ck_assert(packet.cut || packet.payload.left == packet.payload_wire);
	ck_assert(result != DECODE_FAILED || packet.kind == PACKET_NONE);
	ck_assert(result != DECODE_FAILED || packet.problems);
	ck_assert_uint_lt(decode_shard(&packet), SHARD_COUNT);
	ck_assert_uint_le(sum, 255U * 70000);
}

/* The frame made last, cut at each length by the capture and on the wire. */
static inline void cut_everywhere(int dlt)
{
	for (size_t size = 0; size < made.size; size++) {
		check_views(decode_part(dlt, size, made.size)); /* by the snap length */
		ck_assert(!(packet.problems & DECODE_BAD_TUNNEL));
		check_views(decode_part(dlt, size, size)); /* on the wire */
		ck_assert(!packet.cut);
	}
}

#endif
