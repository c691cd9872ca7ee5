/* SPDX-License-Identifier: Apache-2.0
 *
 * A classic BPF program is the kernel's only way to be told what a pair of hosts is: its own hash takes
 * in the ports, and would put two connections of one pair on two workers. The program adds both
 * addresses word by word, so the direction does not matter, and mixes the sum; what is not IP goes by the
 * two MAC addresses. Packets in tunnels go by the outer addresses, fragments by those that they all have.
 *
 * Where a packet begins is not the same for a group (what comes in: with IP's header, what goes out: with
 * the link's) and for a filter (always with the link's). SKF_NET_OFF would be the same for all, but before
 * Linux 6.16 it finds nothing where the adapter's driver leaves IP's header outside the packet's head
 * (iwlwifi; jumbo frames). The MAC addresses (SKF_LL_OFF) are always there.
 */
#include "fanout.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum {
	IPV4_BYTES = 20, /* of the header, up to the end of the addresses */
	IPV6_BYTES = 40,
	HASH_PAIR_LENGTH = 37, /* instructions */
};

#define IPV4_SOURCE(ip) ((ip) + 12)
#define IPV6_SOURCE(ip) ((ip) + 8)

#define LOAD(offset) {BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)(offset)}
#define KEEP         {BPF_MISC | BPF_TAX, 0, 0, 0}
#define ADD_KEPT     {BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0}
#define ADD(offset)  KEEP, LOAD(offset), ADD_KEPT
#define TO(count)    {BPF_JMP | BPF_JA, 0, 0, count} /* over so many instructions */

/* Leaves the pair's number in the accumulator. `ip`: where IP's header begins. */
#define HASH_PAIR(ip) \
	LOAD(SKF_AD_OFF + SKF_AD_PROTOCOL), \
	{BPF_JMP | BPF_JEQ | BPF_K, 6, 0, ETH_P_IP}, \
	{BPF_JMP | BPF_JEQ | BPF_K, 10, 0, ETH_P_IPV6}, \
	/* neither: the last four bytes of both MAC addresses */ \
	LOAD(SKF_LL_OFF + 2), ADD(SKF_LL_OFF + 8), TO(27), \
	/* IPv4 */ \
	LOAD(IPV4_SOURCE(ip)), ADD(IPV4_SOURCE(ip) + 4), TO(22), \
	/* IPv6 */ \
	LOAD(IPV6_SOURCE(ip)), ADD(IPV6_SOURCE(ip) + 4), ADD(IPV6_SOURCE(ip) + 8), \
	ADD(IPV6_SOURCE(ip) + 12), ADD(IPV6_SOURCE(ip) + 16), ADD(IPV6_SOURCE(ip) + 20), \
	ADD(IPV6_SOURCE(ip) + 24), ADD(IPV6_SOURCE(ip) + 28), \
	/* The low bits of the sum are those of the hosts' last bytes, which repeat: mix them. */ \
	{BPF_ALU | BPF_MUL | BPF_K, 0, 0, 0x9e3779b1}, \
	{BPF_ALU | BPF_RSH | BPF_K, 0, 0, 16}

bool fanout_join(int fd, int *group, unsigned link_bytes)
{
	struct sock_filter by_host_pair[] = {
		LOAD(SKF_AD_OFF + SKF_AD_PKTTYPE),
		{BPF_JMP | BPF_JEQ | BPF_K, HASH_PAIR_LENGTH + 1, 0, PACKET_OUTGOING},
		HASH_PAIR(0),
		{BPF_RET | BPF_A, 0, 0, 0}, /* the kernel takes it modulo the sockets of the group */
		HASH_PAIR(link_bytes),
		{BPF_RET | BPF_A, 0, 0, 0},
	};
	bool is_first = *group == FANOUT_NEW;
	int how = PACKET_FANOUT_CBPF << 16 | (is_first ? 0 : *group);
	struct sock_fprog program = {sizeof(by_host_pair) / sizeof(by_host_pair[0]), by_host_pair};
	socklen_t size = sizeof(how);

	_Static_assert(sizeof(by_host_pair) == (2 * HASH_PAIR_LENGTH + 4) * sizeof(by_host_pair[0]), "as counted");
	if (is_first)
		how |= PACKET_FANOUT_FLAG_UNIQUEID << 16;
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, sizeof(how)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program)) < 0 ||
	    getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, &size) < 0)
		return false;
	*group = how & 0xffff;
	return true;
}

/* A load from beyond the end would end the program, and the packet be nobody's: those that are cut in
 * front of their addresses are the first worker's, as in a group. */
void fanout_share(struct sock_filter code[FANOUT_SHARE_LENGTH], unsigned worker, unsigned workers,
		  unsigned link_bytes)
{
	const struct sock_filter ours[] = {
		{BPF_LD | BPF_W | BPF_LEN, 0, 0, 0},
		{BPF_JMP | BPF_JGE | BPF_K, 5, 0, link_bytes + IPV6_BYTES},
		{BPF_JMP | BPF_JGE | BPF_K, 0, 2, link_bytes + IPV4_BYTES},
		LOAD(SKF_AD_OFF + SKF_AD_PROTOCOL),
		{BPF_JMP | BPF_JEQ | BPF_K, 0, 2, ETH_P_IPV6},
		{BPF_LD | BPF_IMM, 0, 0, 0},
		TO(HASH_PAIR_LENGTH),
		HASH_PAIR(link_bytes),
		{BPF_ALU | BPF_MOD | BPF_K, 0, 0, workers},
		{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, worker},
		{BPF_RET | BPF_K, 0, 0, 0},
	};

	_Static_assert(sizeof(ours) == FANOUT_SHARE_LENGTH * sizeof(code[0]), "as long as it is said to be");
	memcpy(code, ours, sizeof(ours));
}
