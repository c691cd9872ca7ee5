/* SPDX-License-Identifier: Apache-2.0
 *
 * The inventory under any stream of sightings. Each is 12 bytes: kind, who, MAC, flags, unit, TTL,
 * protocol, act, count, port, and two of time. Addresses and MACs come from small sets, so that they
 * meet each other often.
 *
 * Two inventories take the same stream, one of them looked at all the time: they must agree, since
 * looking changes nothing, and each must be in order and able to explain every role.
 */
#include <string.h>

#include "assets.h"
#include "demand.h"
#include "text.h"

enum {
	SIGHTINGS_MAX = 2000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pick_mac(uint8_t mac[6], uint8_t which)
{
	static const uint8_t base[6] = {0x00, 0x80, 0xf4, 0x01, 0x02, 0x00};

	memcpy(mac, base, 6);
	mac[5] = which & 7;
	if (which >= 250)
		memset(mac, which == 255 ? 0xff : 0, 6);
}

static struct bt_addr pick_addr(uint8_t which)
{
	struct bt_addr addr = {.family = BT_ADDR_IPV4};

	switch (which >> 5) {
	case 0:
	case 1: memcpy(addr.bytes, "\x0a\0\0", 4); break;
	case 2: memcpy(addr.bytes, "\x08\x08\x08", 4); break;
	case 3: memcpy(addr.bytes, "\xa9\xfe\x01", 4); break;
	case 4: memcpy(addr.bytes, "\xe0\0\0", 4); break;
	case 5:
		addr.family = BT_ADDR_IPV6;
		memcpy(addr.bytes, which & 8 ? "\xfe\x80" : "\x20\x01", 2);
		addr.bytes[15] = which & 7;
		return addr;
	case 6: /* the same MACs as pick_mac() */
		addr.family = BT_ADDR_MAC;
		pick_mac(addr.bytes, which & 7);
		return addr;
	default: addr.family = which & 1 ? BT_ADDR_NONE : BT_ADDR_IPV4; return addr;
	}
	addr.bytes[3] = which & 31;
	return addr;
}

static void fill_traffic(struct sighting *sighting, const uint8_t *bytes)
{
	struct sighting_traffic *traffic = &sighting->traffic;

	traffic->flow.client = sighting->who;
	traffic->flow.server = pick_addr(bytes[4]);
	traffic->flow.client_port = 40000;
	traffic->flow.server_port = (uint16_t)(bytes[9] * 257);
	traffic->flow.transport = bytes[3] % 5;
	traffic->flow.server_proven = bytes[3] & 0x40;
	traffic->protocol = sighting->protocol;
	memcpy(traffic->label, bytes, 3);
	traffic->packets[0] = bytes[3] & 0x10 ? 0 : 5;
	traffic->packets[1] = bytes[3] & 0x20 ? 0 : 6;
	traffic->bytes[0] = traffic->packets[0] * 100;
	traffic->bytes[1] = traffic->packets[1] * 100;
	traffic->acts[bytes[7] % BT_ACT_COUNT] = bytes[8];
	traffic->by_server[bytes[7] % BT_ACT_COUNT] = bytes[3] & 2 ? bytes[8] / 2 : 0;
	traffic->unanswered = bytes[9] & 15;
	traffic->refused = bytes[9] >> 4;
	traffic->first_ns = sighting->time_ns - 1;
	traffic->last_ns = sighting->time_ns;
	traffic->first_packet = sighting->packet;
	traffic->has_mac = sighting->has_mac;
	pick_mac(traffic->mac[0], bytes[2]);
	pick_mac(traffic->mac[1], bytes[5]);
	traffic->vlan_count = bytes[5];
}

static void fill(struct sighting *sighting, const uint8_t *bytes, uint64_t packet, int64_t time_ns)
{
	static const char *const protocols[] = {NULL, "modbus", "dnp3", "goose"};

	memset(sighting, 0, sizeof(*sighting));
	sighting->kind = bytes[0] & 3;
	sighting->who = pick_addr(bytes[1]);
	sighting->has_mac = bytes[3] & 0x80;
	pick_mac(sighting->mac, bytes[2]);
	sighting->answers_arp = bytes[3] & 1;
	sighting->vlan_count = bytes[3];
	sighting->ttl = bytes[5];
	sighting->unit = bytes[4] & 1 ? BT_NO_UNIT : bytes[4];
	sighting->serves = bytes[3] & 4;
	memset(sighting->station, bytes[4] & 2 ? 'a' + bytes[4] % 13 : 0, sizeof(sighting->station));
	sighting->protocol = protocols[bytes[6] & 3];
	sighting->what = bytes[7] % (BT_ID_COUNT + 1);
	memset(sighting->text, bytes[8] % 7 ? 'a' + bytes[8] % 7 : 0, sizeof(sighting->text));
	sighting->source = bytes[6] & 4 ? "fuzz" : NULL;
	sighting->packet = packet;
	sighting->time_ns = time_ns;
	if (sighting->kind == SIGHTING_TRAFFIC)
		fill_traffic(sighting, bytes);
}

static void check_device(const struct assets *assets, const struct asset *asset)
{
	char text[256];

	DEMAND(assets_find(assets, &asset->addr) == asset);
	DEMAND(!asset->absorbed);
	DEMAND(asset->vendor && asset->network);
	DEMAND(asset->has_mac == (asset->mac_source != NULL));
	DEMAND(asset->has_mac == (asset->station != NULL));
	for (unsigned bit = 0; bit < ASSET_ROLE_COUNT; bit++) {
		asset_role_reason(asset, bit, text, sizeof(text));
		DEMAND((text[0] != '\0') == (asset->roles >> bit & 1));
	}
	asset_label(asset, text, sizeof(text));
	DEMAND(text[0] != '\0');
}

static void check(struct assets *assets)
{
	size_t count;
	const struct asset *const *list = assets_list(assets, &count);

	for (size_t i = 0; i < count; i++) {
		DEMAND(i == 0 || addr_compare(&list[i - 1]->addr, &list[i]->addr) < 0);
		check_device(assets, list[i]);
	}
	assets_conversations(assets, &count);
}

static void compare(struct assets *one, struct assets *other)
{
	size_t count, other_count;
	const struct asset *const *list = assets_list(one, &count);
	const struct asset *const *other_list = assets_list(other, &other_count);

	DEMAND(count == other_count);
	for (size_t i = 0; i < count; i++) {
		const struct asset *a = list[i], *b = other_list[i];

		DEMAND(addr_equal(&a->addr, &b->addr));
		DEMAND(a->roles == b->roles && a->has_mac == b->has_mac);
		DEMAND(memcmp(a->mac, b->mac, 6) == 0 && a->first_ns == b->first_ns);
		DEMAND(a->attribute_count == b->attribute_count && a->unit_count == b->unit_count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A file without prefixes: only the built-in list, which is quick to load. */
	static const struct assets_options options = {.oui_path = "/dev/null"};
	struct assets *looked_at = assets_create(&options, NULL);
	struct assets *left_alone = assets_create(&options, NULL);
	struct bt_cursor rest = cur_of(data, size);
	int64_t time_ns = SECONDS(1);
	struct sighting sighting;

	DEMAND(looked_at && left_alone);
	for (uint64_t packet = 1; packet <= SIGHTINGS_MAX && cur_left(&rest) >= 12; packet++) {
		uint8_t bytes[12];

		cur_copy(&rest, bytes, sizeof(bytes));
		time_ns += SECONDS(bytes[10]) + bytes[11];
		fill(&sighting, bytes, packet, time_ns);
		assets_sighting(left_alone, &sighting);
		assets_sighting(looked_at, &sighting);
		if (packet % 8 == 0)
			check(looked_at);
		if (packet % 5 == 0)
			assets_take_changed(looked_at);
	}
	check(left_alone);
	compare(looked_at, left_alone);
	while (assets_take_changed(left_alone))
		;
	assets_destroy(looked_at);
	assets_destroy(left_alone);
	return 0;
}
