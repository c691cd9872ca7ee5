/* SPDX-License-Identifier: Apache-2.0
 *
 * Alerts and anomalies. "alert" has Suricata's keys and values, with the ATT&CK metadata as public
 * rule sets write it; "bittern" explains the alert: who, what was expected, what was seen, and the
 * packets that prove it.
 */
#include "eve.h"

#include <string.h>

#include "envelope.h"
#include "hash.h"
#include "text.h"

enum {
	SIGNATURE_FIRST = 1000000000,
	SIGNATURE_COUNT = 1147483648, /* up to 2^31 - 1 */
	TEXT_LABEL = 192,
};

uint32_t eve_signature_id(const char *name)
{
	return SIGNATURE_FIRST + (uint32_t)(hash_stable(name, strlen(name)) % SIGNATURE_COUNT);
}

/* Suricata counts the other way round: 1 is the most severe, 4 the least. */
static unsigned priority(unsigned severity)
{
	return severity >= 4 ? 1 : severity >= 1 ? 5 - severity : 4;
}

static const char *category(enum finding_source source)
{
	switch (source) {
	case FINDING_FROM_RULE: return "Dangerous operation";
	case FINDING_FROM_BASELINE: return "Deviation from the learned baseline";
	case FINDING_FROM_SENSOR: return "Sensor health";
	default: return "Protocol violation";
	}
}

static struct envelope envelope_of(const struct finding *finding, const struct bt_flow *flow)
{
	return (struct envelope){
		.flow = flow,
		.app_proto = finding->protocol,
		.has_mac = finding->has_mac,
		.mac = finding->mac,
		.vlan_count = finding->vlan_count,
		.vlan = finding->vlan,
	};
}

/* ---- ATT&CK ---- */

static unsigned tactics_of(const struct finding *finding)
{
	return attack_technique_tactics(finding->technique[0]) |
	       attack_technique_tactics(finding->technique[1]);
}

static void put_tactics(struct bt_record *rec, unsigned tactics)
{
	bt_open_array(rec, "mitre_tactic_id");
	for (unsigned bit = 0; bit < ATTACK_TACTICS; bit++) {
		if (tactics >> bit & 1)
			bt_put_string(rec, NULL, attack_tactic(bit)->id);
	}
	bt_close_array(rec);
	bt_open_array(rec, "mitre_tactic_name");
	for (unsigned bit = 0; bit < ATTACK_TACTICS; bit++) {
		if (tactics >> bit & 1)
			bt_put_string(rec, NULL, attack_tactic(bit)->name);
	}
	bt_close_array(rec);
}

static void put_techniques(struct bt_record *rec, const struct finding *finding)
{
	bt_open_array(rec, "mitre_technique_id");
	for (unsigned i = 0; i < 2; i++) {
		if (finding->technique[i][0])
			bt_put_string(rec, NULL, finding->technique[i]);
	}
	bt_close_array(rec);
	bt_open_array(rec, "mitre_technique_name");
	for (unsigned i = 0; i < 2; i++)
		bt_put_string(rec, NULL, attack_technique_name(finding->technique[i]));
	bt_close_array(rec);
}

static void put_metadata(struct bt_record *rec, const struct finding *finding)
{
	if (!finding->technique[0][0] && !finding->technique[1][0])
		return;
	bt_open(rec, "metadata");
	put_tactics(rec, tactics_of(finding));
	put_techniques(rec, finding);
	bt_close(rec);
}

/* ---- the parts of an alert ---- */

static void put_alert(struct bt_record *rec, const struct finding *finding)
{
	bt_open(rec, "alert");
	bt_put_string(rec, "action", "allowed");
	bt_put_uint(rec, "gid", 1);
	bt_put_uint(rec, "signature_id", eve_signature_id(finding->name));
	bt_put_uint(rec, "rev", 1);
	bt_put_string(rec, "signature", finding->title);
	bt_put_string(rec, "category", category(finding->source));
	bt_put_uint(rec, "severity", priority(finding->severity));
	put_metadata(rec, finding);
	bt_close(rec);
}

static void put_party(struct bt_record *rec, const char *name, const struct bt_addr *addr,
		      const uint8_t *mac, const struct asset *asset)
{
	char text[TEXT_LABEL];

	bt_open(rec, name);
	put_address(rec, "address", addr);
	if (asset && asset->has_mac)
		put_mac(rec, "mac", asset->mac);
	else if (mac)
		put_mac(rec, "mac", mac);
	if (asset) {
		if (asset->vendor && *asset->vendor)
			bt_put_string(rec, "vendor", asset->vendor);
		asset_role_text(asset->roles, text, sizeof(text));
		bt_put_string(rec, "role", text);
		asset_label(asset, text, sizeof(text));
		bt_put_string(rec, "label", text);
	}
	bt_close(rec);
}

/* Texts of a finding that may be empty. */
static void put_filled(struct bt_record *rec, const char *name, const char *text)
{
	if (*text)
		bt_put_string(rec, name, text);
}

static void put_identity(struct bt_record *rec, const struct alert *alert)
{
	bt_put_string(rec, "alert_id", alert->id);
	bt_put_string(rec, "incident_id", alert->incident);
	bt_put_string(rec, "state", alert_state_name(alert->state));
	bt_put_uint(rec, "count", alert->count);
	put_time(rec, "first_seen", alert->first_ns);
	put_time(rec, "last_seen", alert->last_ns);
}

static void put_explanation(struct bt_record *rec, const struct alert *alert)
{
	const struct finding *finding = &alert->finding;

	bt_put_string(rec, "name", finding->name);
	bt_put_string(rec, "severity", severity_name(finding->severity));
	put_filled(rec, "seen", finding->seen);
	put_filled(rec, "expected", finding->expected);
	bt_put_string(rec, "why", finding_why(finding));
	put_filled(rec, "object", finding->object);
	if (finding->unit != BT_NO_UNIT)
		bt_put_uint(rec, "unit", finding->unit);
	bt_put_bool(rec, "seen_whole", alert->incomplete == 0);
	bt_open_array(rec, "packets");
	for (unsigned i = 0; i < alert->packet_count; i++)
		bt_put_uint(rec, NULL, alert->packets[i]);
	bt_close_array(rec);
}

/* When the alert became what it is now. */
static int64_t time_of(const struct alert *alert)
{
	switch (alert->state) {
	case ALERT_NEW: return alert->first_ns;
	case ALERT_CLOSED: return alert->ended_ns;
	default: return alert->last_ns;
	}
}

void eve_alert(struct bt_record *rec, const struct alert *alert, const struct asset *source,
	       const struct asset *target)
{
	const struct finding *finding = &alert->finding;
	struct bt_flow flow = finding->flow;
	const struct envelope envelope = envelope_of(finding, &flow);

	flow.seen = alert->incomplete; /* of all occurrences, not only the first */
	envelope_open(rec, "alert", time_of(alert), finding->packet, &envelope);
	put_alert(rec, finding);
	bt_open(rec, "bittern");
	put_identity(rec, alert);
	put_explanation(rec, alert);
	if (flow.client.family != BT_ADDR_NONE) /* else about the sensor itself */
		put_party(rec, "source", &flow.client, finding->has_mac ? finding->mac[0] : NULL, source);
	if (flow.id || !addr_equal(&flow.client, &flow.server)) /* else about one device alone */
		put_party(rec, "target", &flow.server, finding->has_mac ? finding->mac[1] : NULL,
			  target);
	bt_close(rec);
	if (finding->protocol && finding->detail_len)
		bt_put_raw(rec, finding->protocol, finding->detail, finding->detail_len);
	bt_close(rec);
}

/* ---- anomaly ---- */

static bool begins(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static const char *anomaly_type(const char *name)
{
	if (begins(name, "stream.") || begins(name, "tcp."))
		return "stream";
	if (begins(name, "decode.") || begins(name, "decoder."))
		return "decode";
	return "applayer";
}

void eve_anomaly(struct bt_record *rec, const struct finding *finding)
{
	const struct envelope envelope = envelope_of(finding, &finding->flow);
	const char *type = anomaly_type(finding->name);

	envelope_open(rec, "anomaly", finding->time_ns, finding->packet, &envelope);
	bt_open(rec, "anomaly");
	bt_put_string(rec, "app_proto", finding->protocol);
	bt_put_string(rec, "type", type);
	bt_put_string(rec, "event", finding->name);
	if (strcmp(type, "applayer") == 0)
		bt_put_string(rec, "layer", "proto_parser");
	bt_close(rec);
	bt_open(rec, "bittern");
	bt_put_string(rec, "title", finding->title);
	put_filled(rec, "seen", finding->seen);
	put_filled(rec, "expected", finding->expected);
	put_filled(rec, "object", finding->object);
	if (finding->unit != BT_NO_UNIT)
		bt_put_uint(rec, "unit", finding->unit);
	bt_put_string(rec, "severity", severity_name(finding->severity));
	bt_close(rec);
	bt_close(rec);
}
