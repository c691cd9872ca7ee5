/* SPDX-License-Identifier: Apache-2.0
 *
 * A classic BPF program is the kernel's only way to be told what a pair of hosts is: its own hash takes
 * in the ports, and would put two connections of one pair on two workers. The program adds both
 * addresses word by word, so the direction does not matter, and mixes the sum; what is not IP goes by the
 * two MAC addresses. Packets in tunnels go by the outer addresses, fragments by those that they all have.
 *
 * For a socket of PACKET_FANOUT the kernel shows the packet from its network header on; MAC addresses and
 * the protocol are reached with SKF_LL_OFF and SKF_AD_PROTOCOL (Documentation/networking/filter).
 */
#include "fanout.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <sys/socket.h>

#define IPV4_SOURCE 12
#define IPV6_SOURCE 8

#define LOAD(offset) {BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)(offset)}
#define KEEP         {BPF_MISC | BPF_TAX, 0, 0, 0}
#define ADD_KEPT     {BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0}
#define ADD(offset)  KEEP, LOAD(offset), ADD_KEPT
#define TO(count)    {BPF_JMP | BPF_JA, 0, 0, count} /* over so many instructions */

static const struct sock_filter by_host_pair[] = {
	LOAD(SKF_AD_OFF + SKF_AD_PROTOCOL),
	{BPF_JMP | BPF_JEQ | BPF_K, 6, 0, ETH_P_IP},
	{BPF_JMP | BPF_JEQ | BPF_K, 10, 0, ETH_P_IPV6},
	/* neither: the last four bytes of both MAC addresses */
	LOAD(SKF_LL_OFF + 2), ADD(SKF_LL_OFF + 8), TO(27),
	/* IPv4 */
	LOAD(IPV4_SOURCE), ADD(IPV4_SOURCE + 4), TO(22),
	/* IPv6 */
	LOAD(IPV6_SOURCE), ADD(IPV6_SOURCE + 4), ADD(IPV6_SOURCE + 8), ADD(IPV6_SOURCE + 12),
	ADD(IPV6_SOURCE + 16), ADD(IPV6_SOURCE + 20), ADD(IPV6_SOURCE + 24), ADD(IPV6_SOURCE + 28),
	/* The low bits of the sum are those of the hosts' last bytes, which repeat: mix them. */
	{BPF_ALU | BPF_MUL | BPF_K, 0, 0, 0x9e3779b1},
	{BPF_ALU | BPF_RSH | BPF_K, 0, 0, 16},
	{BPF_RET | BPF_A, 0, 0, 0},
};

bool fanout_join(int fd, int *group)
{
	bool is_first = *group == FANOUT_NEW;
	int how = PACKET_FANOUT_CBPF << 16 | (is_first ? 0 : *group);
	struct sock_fprog program = {sizeof(by_host_pair) / sizeof(by_host_pair[0]),
				     (struct sock_filter *)by_host_pair};
	socklen_t size = sizeof(how);

	if (is_first)
		how |= PACKET_FANOUT_FLAG_UNIQUEID << 16;
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, sizeof(how)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program)) < 0 ||
	    getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, &size) < 0)
		return false;
	*group = how & 0xffff;
	return true;
}
