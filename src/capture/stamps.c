/* SPDX-License-Identifier: Apache-2.0
 *
 * Documentation/networking/timestamping in the kernel's sources. Whoever sets an adapter needs
 * CAP_NET_ADMIN; where it is set already (ptp4l, hwstamp_ctl), nobody has to.
 */
#include "stamps.h"

/* It wants this of libc's limits.h, and finds the one in src/base. */
#define INT_MAX __INT_MAX__

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool ask(int any, const char *interface, unsigned long what, void *answer)
{
	struct ifreq request = {.ifr_data = answer};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	return ioctl(any, what, &request) == 0;
}

static bool can_stamp_all(int any, const char *interface)
{
	const uint32_t both = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};

	return ask(any, interface, SIOCETHTOOL, &info) && (info.so_timestamping & both) == both &&
	       info.rx_filters & 1U << HWTSTAMP_FILTER_ALL;
}

static bool start(int any, const char *interface, struct error *err)
{
	struct hwtstamp_config config = {0};

	if (!can_stamp_all(any, interface))
		return error_set(err, "interface %s: its adapter does not stamp every packet (ethtool -T shows what "
				      "it can): `timestamps` must be host", interface);
	if (ask(any, interface, SIOCGHWTSTAMP, &config) && config.rx_filter == HWTSTAMP_FILTER_ALL)
		return true;
	config = (struct hwtstamp_config){.tx_type = config.tx_type, .rx_filter = HWTSTAMP_FILTER_ALL};
	if (!ask(any, interface, SIOCSHWTSTAMP, &config))
		return error_set(err, "interface %s: its adapter's timestamps cannot be switched on: %s "
				      "(needs CAP_NET_ADMIN; as root: hwstamp_ctl -i %s -r 1)", interface,
				 strerror(errno), interface);
	return true;
}

bool stamps_start(const char *interface, struct error *err)
{
	int any = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	bool done = start(any, interface, err);

	if (any >= 0)
		close(any);
	return done;
}
