/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices: what is known of each, and the evidence it is known from. Suricata has no such event; its
 * envelope is the time and the type.
 */
#include "eve.h"

#include "envelope.h"

enum {
	TEXT_REASON = 256,
};

static void put_roles(struct bt_record *rec, const struct asset *asset)
{
	char reason[TEXT_REASON];

	asset_role_text(asset->roles, reason, sizeof(reason));
	bt_put_string(rec, "role", reason);
	bt_open_array(rec, "roles");
	for (unsigned bit = 0; bit < ASSET_ROLE_COUNT; bit++) {
		if (!(asset->roles >> bit & 1))
			continue;
		asset_role_reason(asset, bit, reason, sizeof(reason));
		bt_open(rec, NULL);
		bt_put_string(rec, "role", asset_role_name(bit));
		bt_put_string(rec, "reason", reason);
		bt_close(rec);
	}
	bt_close_array(rec);
}

static void put_attributes(struct bt_record *rec, const struct asset *asset)
{
	bt_open_array(rec, "attributes");
	for (size_t i = 0; i < asset->attribute_count; i++) {
		const struct asset_attribute *attribute = &asset->attributes[i];

		bt_open(rec, NULL);
		bt_put_string(rec, "name", bt_identity_name(attribute->what));
		bt_put_string(rec, "value", attribute->value);
		if (attribute->unit != BT_NO_UNIT)
			bt_put_uint(rec, "unit", attribute->unit);
		if (*attribute->station)
			bt_put_string(rec, "station", attribute->station);
		bt_put_string(rec, "source", attribute->source);
		bt_put_uint(rec, "packet", attribute->packet);
		put_time(rec, "first_seen", attribute->time_ns);
		put_time(rec, "last_seen", attribute->last_ns);
		bt_close(rec);
	}
	bt_close_array(rec);
}

static void put_services(struct bt_record *rec, const struct asset *asset)
{
	bt_open_array(rec, "services");
	for (size_t i = 0; i < asset->service_count; i++) {
		const struct asset_service *service = &asset->services[i];

		bt_open(rec, NULL);
		bt_put_string(rec, "side", service->serves ? "server" : "client");
		bt_put_string(rec, "protocol", service->protocol);
		if (service->label && *service->label)
			bt_put_string(rec, "label", service->label);
		bt_put_string(rec, "transport",
			      transport_name((enum bt_transport)service->transport));
		bt_put_uint(rec, "port", service->port);
		bt_put_uint(rec, "operations", service->operations);
		bt_put_uint(rec, "first_packet", service->first_packet);
		bt_close(rec);
	}
	bt_close_array(rec);
}

static void put_units(struct bt_record *rec, const struct asset *asset)
{
	bt_open_array(rec, "units");
	for (size_t i = 0; i < asset->unit_count; i++) {
		const struct asset_unit *unit = &asset->units[i];

		bt_open(rec, NULL);
		if (unit->unit != BT_NO_UNIT)
			bt_put_uint(rec, "unit", unit->unit);
		if (*unit->name)
			bt_put_string(rec, "station", unit->name);
		bt_put_string(rec, "side", unit->serves ? "server" : "client");
		if (unit->protocol && *unit->protocol)
			bt_put_string(rec, "protocol", unit->protocol);
		bt_put_uint(rec, "packet", unit->packet);
		put_time(rec, "first_seen", unit->time_ns);
		bt_close(rec);
	}
	bt_close_array(rec);
}

static void put_where(struct bt_record *rec, const struct asset *asset)
{
	put_address(rec, "address", &asset->addr);
	if (asset->has_mac) {
		put_mac(rec, "mac", asset->mac);
		bt_put_string(rec, "mac_source", asset->mac_source);
		bt_put_uint(rec, "mac_packet", asset->mac_packet);
	}
	if (asset->vendor && *asset->vendor)
		bt_put_string(rec, "vendor", asset->vendor);
	if (asset->vlan)
		bt_put_uint(rec, "vlan", asset->vlan);
	if (asset->country[0])
		bt_put_string(rec, "country", asset->country);
	if (asset->network && *asset->network)
		bt_put_string(rec, "network", asset->network);
}

void eve_asset(struct bt_record *rec, const struct asset *asset, int64_t now_ns)
{
	char label[TEXT_REASON];

	bt_open(rec, NULL);
	put_time(rec, "timestamp", now_ns);
	bt_put_string(rec, "event_type", "asset");
	bt_open(rec, "asset");
	asset_label(asset, label, sizeof(label));
	bt_put_string(rec, "label", label);
	bt_put_string(rec, "state", asset->announced ? "changed" : "new");
	put_where(rec, asset);
	put_roles(rec, asset);
	put_time(rec, "first_seen", asset->first_ns);
	put_time(rec, "last_seen", asset->last_ns);
	bt_put_uint(rec, "first_packet", asset->first_packet);
	bt_put_uint(rec, "packets_sent", asset->packets_sent);
	bt_put_uint(rec, "bytes_sent", asset->bytes_sent);
	bt_put_uint(rec, "packets_received", asset->packets_received);
	bt_put_uint(rec, "bytes_received", asset->bytes_received);
	put_attributes(rec, asset);
	put_services(rec, asset);
	put_units(rec, asset);
	if (asset->evidence_dropped)
		bt_put_uint(rec, "evidence_dropped", asset->evidence_dropped);
	bt_close(rec);
	bt_close(rec);
}
