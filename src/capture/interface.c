/* SPDX-License-Identifier: Apache-2.0
 *
 * The filter is compiled by a libpcap that listens already: only such a one knows that the kernel takes
 * VLAN tags out of the frames and makes `vlan 7` ask for them where they are.
 */
#include "interface.h"

#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "linktype.h"

enum {
	FILTER_OPTIMIZED = 1,
	PROBE_RING_BYTES = 1 << 20,
};

static bool refuse(struct error *err, const char *name, const char *why)
{
	return error_set(err, "interface %s: %s", name, why);
}

static bool refuse_activation(struct error *err, const char *name, pcap_t *pcap, int status)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return refuse(err, name, "there is none of that name (ip link shows them)");
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return refuse(err, name,
			      "no permission to capture: needs CAP_NET_RAW (run as root or as the service)");
	case PCAP_ERROR_IFACE_NOT_UP: return refuse(err, name, "it is down (ip link set it up)");
	default:
		return refuse(err, name, *pcap_geterr(pcap) ? pcap_geterr(pcap) : pcap_statustostr(status));
	}
}

/* What libpcap makes up where the frames have no header of their own comes from no socket of ours. */
static bool is_made_up(int link)
{
	return link == DLT_LINUX_SLL || link == DLT_LINUX_SLL2;
}

static bool check_link(int link, const char *name, bool (*supported)(int dlt), struct error *err)
{
	struct error why;

	if (is_made_up(link))
		return refuse(err, name, "its frames have no link header of their own; name the interfaces "
					 "that they come through, each with an -i of its own");
	if (!supported || supported(link))
		return true;
	linktype_refuse(&why, link, supported);
	return refuse(err, name, why.text);
}

static bool keep(struct interface *interface, const struct bpf_program *code, bool is_loopback)
{
	static const struct sock_filter only_coming[] = {
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)},
		{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, PACKET_OUTGOING},
		{BPF_RET | BPF_K, 0, 0, 0},
	};
	const size_t before = is_loopback ? sizeof(only_coming) / sizeof(only_coming[0]) : 0;
	struct sock_filter *filter = calloc(before + code->bf_len, sizeof(*filter));

	_Static_assert(sizeof(struct bpf_insn) == sizeof(*filter), "the same to the kernel");
	if (!filter)
		return false;
	memcpy(filter, only_coming, before * sizeof(*filter));
	memcpy(filter + before, code->bf_insns, code->bf_len * sizeof(*filter));
	interface->filter = filter;
	interface->filter_length = (unsigned short)(before + code->bf_len);
	return true;
}

static bool compile(struct interface *interface, pcap_t *pcap, const struct live_interface *wanted,
		    bool is_loopback, struct error *err)
{
	const char *filter = wanted->filter ? wanted->filter : "";
	struct bpf_program code;
	bool done;

	if (pcap_compile(pcap, &code, filter, FILTER_OPTIMIZED, PCAP_NETMASK_UNKNOWN) < 0)
		return refuse(err, wanted->name, pcap_geterr(pcap));
	if (code.bf_len > BPF_MAXINSNS / 2)
		done = refuse(err, wanted->name, "its filter is too long for the kernel");
	else
		done = keep(interface, &code, is_loopback) || error_set(err, "no memory");
	pcap_freecode(&code);
	return done;
}

static bool probe(struct interface *interface, pcap_t *pcap, const struct live_interface *wanted,
		  bool is_loopback, bool (*supported)(int dlt), struct error *err)
{
	int status;

	if (pcap_set_snaplen(pcap, (int)wanted->snap_bytes) || pcap_set_promisc(pcap, 1) ||
	    pcap_set_buffer_size(pcap, PROBE_RING_BYTES))
		return refuse(err, wanted->name, "libpcap takes none of its settings");
	status = pcap_activate(pcap);
	if (status < 0)
		return refuse_activation(err, wanted->name, pcap, status);
	interface->link = pcap_datalink(pcap);
	return check_link(interface->link, wanted->name, supported, err) &&
	       compile(interface, pcap, wanted, is_loopback, err);
}

bool interface_open(struct interface *interface, const struct live_interface *wanted,
		    bool is_loopback, bool (*supported)(int dlt), struct error *err)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_create(wanted->name, text);
	bool done;

	*interface = (struct interface){0};
	if (!pcap)
		return refuse(err, wanted->name, text);
	done = probe(interface, pcap, wanted, is_loopback, supported, err);
	pcap_close(pcap);
	return done;
}

void interface_close(struct interface *interface)
{
	free(interface->filter);
	interface->filter = NULL;
}
