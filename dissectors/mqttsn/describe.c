/* SPDX-License-Identifier: Apache-2.0
 *
 * The "mqttsn" object of an event: both messages field by field, in the order of the body, and the
 * name behind a topic id. Payloads are told as MQTT's are.
 */
#include "../mqtt/mqtt.h"
#include "mqttsn.h"

enum {
	TEXT_BYTES_MAX = 1024,
	PREVIEW_BYTES = 64,
};

static void put_text(struct bt_record *rec, const char *name, struct bt_cursor text)
{
	bt_put_text(rec, name, cur_take_upto(&text, TEXT_BYTES_MAX));
}

static void put_flags(struct bt_record *rec, const struct mqttsn_message *message)
{
	static const char *const kinds[] = {"normal", "predefined", "short", "reserved"};
	uint8_t has = mqttsn_type(message->type)->flags;

	if (has & FLAG_DUP)
		bt_put_bool(rec, "dup", message->flags & FLAG_DUP);
	if (has & FLAG_QOS)
		bt_put_int(rec, "qos", mqttsn_qos(message->flags));
	if (has & FLAG_RETAIN)
		bt_put_bool(rec, "retain", message->flags & FLAG_RETAIN);
	if (has & FLAG_WILL)
		bt_put_bool(rec, "will", message->flags & FLAG_WILL);
	if (has & FLAG_CLEAN)
		bt_put_bool(rec, "clean_session", message->flags & FLAG_CLEAN);
	if (has & FLAG_TOPIC)
		bt_put_string(rec, "topic_id_type", kinds[message->flags & FLAG_TOPIC]);
}

static void put_payload(struct bt_record *rec, const struct mqttsn_message *message)
{
	struct bt_cursor payload = message->payload, head = payload;
	uint8_t hash[BT_SHA256_BYTES];

	if (cur_left(&payload) && mqtt_printable(payload))
		bt_put_text(rec, "message", cur_take_upto(&head, PREVIEW_BYTES));
	bt_open(rec, "payload");
	bt_put_uint(rec, "size", cur_left(&payload));
	bt_put_string(rec, "kind", mqtt_payload_kind(payload, !message->cut));
	if (!message->cut) {
		bt_sha256(payload, hash);
		bt_put_hex(rec, "sha256", cur_of(hash, sizeof(hash)));
	}
	bt_close(rec);
}

static void put_field(struct bt_record *rec, char field, const struct mqttsn_message *message)
{
	switch (field) {
	case 'F': put_flags(rec, message); break;
	case 'T': bt_put_uint(rec, "topic_id", message->topic_id); break;
	case 'M': bt_put_uint(rec, "message_id", message->id); break;
	case 'R':
		bt_put_uint(rec, "return_code", message->code);
		bt_put_string(rec, "reason", mqttsn_code(message->code));
		break;
	case 'D': bt_put_uint(rec, "duration", message->duration); break;
	case 'P': bt_put_uint(rec, "protocol_id", message->protocol); break;
	case 'G': bt_put_uint(rec, "gateway_id", message->gateway); break;
	case 'B': bt_put_uint(rec, "radius", message->radius); break;
	case 'C': put_text(rec, "client_id", message->text); break;
	case 'N': put_text(rec, "topic", message->text); break;
	case 'W': put_text(rec, "will_topic", message->text); break;
	case 'X': put_payload(rec, message); break;
	case 'A':
		if (cur_left(&message->text)) {
			struct bt_cursor address = message->text;

			bt_put_hex(rec, "gateway_address", cur_take_upto(&address, NODE_BYTES_MAX));
		}
		break;
	case 'S':
		if ((message->flags & FLAG_TOPIC) == TOPIC_PREDEFINED)
			bt_put_uint(rec, "topic_id", message->topic_id);
		else
			put_text(rec, "topic", message->text);
		break;
	default: break;
	}
}

static void put_message(struct bt_record *rec, const char *name,
			const struct mqttsn_message *message)
{
	const struct mqttsn_type *type = mqttsn_type(message->type);

	bt_open(rec, name);
	bt_put_string(rec, "type", type ? type->title : "reserved");
	bt_put_uint(rec, "type_number", message->type);
	bt_put_uint(rec, "length", message->length);
	for (const char *field = type ? type->body : "X"; *field; field++) {
		if (*field != '?')
			put_field(rec, *field, message);
		else if (!message->has_flags && !message->has_duration)
			break;
	}
	bt_close(rec);
}

static void put_forwarder(struct bt_record *rec, const struct mqttsn_message *message)
{
	struct bt_cursor node = message->node;

	bt_open(rec, "forwarder");
	bt_put_hex(rec, "node", cur_take_upto(&node, NODE_BYTES_MAX));
	bt_put_uint(rec, "radius", message->node_radius);
	bt_close(rec);
}

void mqttsn_describe(const struct bt_operation *op, struct bt_record *rec)
{
	const struct mqttsn_detail *detail = op->detail;
	const struct mqttsn_message *told = detail->request ? detail->request : detail->answer;

	bt_put_string(rec, "function", op->name);
	bt_put_string(rec, "result", bt_result_name(op->result));
	bt_put_bool(rec, "by_server", op->by_server);
	if (op->request_ns && op->answer_ns >= op->request_ns)
		bt_put_uint(rec, "latency_us", (uint64_t)(op->answer_ns - op->request_ns) / 1000);
	if (cur_left(&detail->client) && !told->forwarded)
		put_text(rec, "client_id", detail->client);
	if (cur_left(&detail->topic) && told->type == SN_PUBLISH)
		put_text(rec, "topic", detail->topic);
	if (told->forwarded)
		put_forwarder(rec, told);
	if (detail->request)
		put_message(rec, "request", detail->request);
	if (detail->answer)
		put_message(rec, "response", detail->answer);
}
