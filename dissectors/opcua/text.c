/* SPDX-License-Identifier: Apache-2.0
 *
 * Node ids as the specification writes them (OPC 10000-6, 5.3.1.10: "ns=2;s=Tank.Level"), times as
 * ISO 8601, and the names of what every server has.
 */
#include <stdio.h>

#include "opcua.h"

#include "bittern/calendar.h"

#define TICKS_PER_SECOND 10000000LL

enum {
	HASH_DIGITS = 16,
};

static size_t put(char *text, size_t used, const char *word)
{
	for (; *word && used < NODE_TEXT; word++)
		text[used++] = *word;
	return used;
}

static size_t put_number(char *text, size_t used, uint32_t number)
{
	char digits[11]; /* of 32 bits, and NUL */
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return put(text, used, digits + at);
}

static size_t put_bytes(char *text, size_t used, struct bt_cursor bytes)
{
	struct bt_cursor fitting = cur_take_upto(&bytes, NODE_TEXT - used);
	size_t size = cur_left(&fitting);

	cur_copy(&fitting, text + used, size);
	return used + size;
}

static size_t put_base64(char *text, size_t used, struct bt_cursor bytes)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	while (cur_left(&bytes) && used + 4 <= NODE_TEXT) {
		size_t there = cur_left(&bytes) < 3 ? cur_left(&bytes) : 3;
		uint32_t group = (uint32_t)cur_u8(&bytes) << 16;

		group |= there > 1 ? (uint32_t)cur_u8(&bytes) << 8 : 0;
		group |= there > 2 ? cur_u8(&bytes) : 0;
		text[used++] = letters[group >> 18];
		text[used++] = letters[group >> 12 & 63];
		text[used++] = there > 1 ? letters[group >> 6 & 63] : '=';
		text[used++] = there > 2 ? letters[group & 63] : '=';
	}
	return used;
}

/* What does not fit ends with a hash, so that two of one beginning are never taken for one. */
static size_t end_with_hash(char *text, const struct ua_node *node)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t of_id[BT_SHA256_BYTES], of_uri[BT_SHA256_BYTES];
	size_t used = NODE_TEXT - 1 - HASH_DIGITS;

	bt_sha256(node->id, of_id);
	bt_sha256(node->uri, of_uri);
	text[used++] = '~';
	for (unsigned i = 0; i < HASH_DIGITS / 2; i++) {
		text[used++] = digits[(of_id[i] ^ of_uri[i]) >> 4];
		text[used++] = digits[(of_id[i] ^ of_uri[i]) & 15];
	}
	return used;
}

static size_t whole_text(const struct ua_node *node, char text[NODE_TEXT])
{
	struct bt_cursor id = node->id;
	unsigned low, middle, high;
	char word[64];
	size_t used = 0;

	if (node->server) {
		used = put_number(text, put(text, used, "svr="), node->server);
		used = put(text, used, ";");
	}
	if (cur_left(&node->uri)) {
		used = put(text, used, "nsu=");
		used = put_bytes(text, used, node->uri);
		used = put(text, used, ";");
	} else if (node->space) {
		used = put_number(text, put(text, used, "ns="), node->space);
		used = put(text, used, ";");
	}
	switch (node->kind) {
	case ID_NUMERIC: return put_number(text, put(text, used, "i="), node->number);
	case ID_STRING: return put_bytes(text, put(text, used, "s="), id);
	case ID_OPAQUE: return put_base64(text, put(text, used, "b="), id);
	default: break;
	}
	low = cur_u32le(&id);
	middle = cur_u16le(&id);
	high = cur_u16le(&id);
	snprintf(word, sizeof(word), "g=%08x-%04x-%04x-%04x-", low, middle, high, cur_u16be(&id));
	used = put(text, used, word);
	while (cur_left(&id)) {
		snprintf(word, sizeof(word), "%02x", cur_u8(&id));
		used = put(text, used, word);
	}
	return used;
}

size_t ua_node_text(const struct ua_node *node, char text[NODE_TEXT])
{
	size_t used = whole_text(node, text);

	return used + 4 > NODE_TEXT ? end_with_hash(text, node) : used; /* base64 goes by fours */
}

bool ua_time_text(int64_t time, char text[32])
{
	const int64_t begin = 11644473600LL; /* seconds from 1601 to 1970 */
	const int64_t end = 265046774400LL * TICKS_PER_SECOND; /* the year 10000 */

	if (time <= 0 || time >= end)
		return false;
	bt_calendar(text, time / TICKS_PER_SECOND - begin, (uint32_t)(time % TICKS_PER_SECOND / 10));
	memcpy(text + BT_CALENDAR, "Z", 2);
	return true;
}

const char *ua_attribute_name(uint32_t attribute)
{
	static const char *const names[] = {
		NULL,           "NodeId",          "NodeClass",       "BrowseName",
		"DisplayName",  "Description",     "WriteMask",       "UserWriteMask",
		"IsAbstract",   "Symmetric",       "InverseName",     "ContainsNoLoops",
		"EventNotifier", "Value",          "DataType",        "ValueRank",
		"ArrayDimensions", "AccessLevel",  "UserAccessLevel", "MinimumSamplingInterval",
		"Historizing",  "Executable",      "UserExecutable",  "DataTypeDefinition",
		"RolePermissions", "UserRolePermissions", "AccessRestrictions", "AccessLevelEx",
	};

	return attribute < sizeof(names) / sizeof(names[0]) ? names[attribute] : NULL;
}

const char *ua_known_node(const struct ua_node *node)
{
	static const struct {
		uint16_t id;
		const char *name;
	} known[] = {
		{84, "Root"},
		{85, "Objects"},
		{2253, "Server"},
		{2254, "ServerArray"},
		{2255, "NamespaceArray"},
		{2256, "ServerStatus"},
		{2257, "StartTime"},
		{2258, "CurrentTime"},
		{2259, "State"},
		{2260, "BuildInfo"},
		{2261, "ProductName"},
		{2262, "ProductUri"},
		{2263, "ManufacturerName"},
		{2264, "SoftwareVersion"},
		{2265, "BuildNumber"},
		{2266, "BuildDate"},
		{2267, "ServiceLevel"},
		{2274, "ServerDiagnostics"},
		{2282, "SessionAbortCount"},
		{2287, "SecurityRejectedRequestsCount"},
		{2947, "Unshelve"},
		{2948, "OneShotShelve"},
		{2949, "TimedShelve"},
		{2993, "ShutdownReason"},
		{2994, "Auditing"},
		{3705, "RejectedSessionCount"},
		{3875, "ConditionRefresh"},
		{9027, "Enable"},
		{9028, "Disable"},
		{9029, "AddComment"},
		{9111, "Acknowledge"},
		{9113, "Confirm"},
		{11492, "GetMonitoredItems"},
		{11580, "Open"},
		{11583, "Close"},
		{11585, "Read"},
		{11588, "Write"},
		{11591, "GetPosition"},
		{11593, "SetPosition"},
		{12886, "RequestServerStateChange"},
	};

	if (!ua_is_of_specification(node) || node->server)
		return NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].id == node->number)
			return known[i].name;
	}
	return NULL;
}
