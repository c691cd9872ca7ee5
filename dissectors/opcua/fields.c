/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys of the JSON that describe.c writes: those of the tables of structures.c and services*.c at
 * each place where they may stand. A test walks the tables and refuses one that is not here.
 */
#include "opcua.h"

/* clang-format off */

#define VALUE(in) \
	{in ".type", BT_FIELD_STRING, "type of the value"}, \
	{in ".value", BT_FIELD_NUMBER, "the value, where it is a number"}, \
	{in ".text", BT_FIELD_STRING, "the value, where it is no number"}, \
	{in ".count", BT_FIELD_UINT, "elements of an array value"}, \
	{in ".dimensions", BT_FIELD_ARRAY, "dimensions of an array value"}, \
	{in ".values", BT_FIELD_ARRAY, "the values of an array, at most 16"}

#define CERTIFICATE(in) \
	{in, BT_FIELD_OBJECT, "certificate"}, \
	{in ".size", BT_FIELD_UINT, "bytes"}, \
	{in ".subject", BT_FIELD_STRING, "subject"}, \
	{in ".issuer", BT_FIELD_STRING, "issuer"}, \
	{in ".serial", BT_FIELD_STRING, "serial number, hexadecimal"}, \
	{in ".thumbprint", BT_FIELD_STRING, "SHA-1 of the certificate"}, \
	{in ".uri", BT_FIELD_STRING, "application URI in it"}, \
	{in ".dns", BT_FIELD_STRING, "host in it"}, \
	{in ".key", BT_FIELD_STRING, "kind of key"}, \
	{in ".key_bits", BT_FIELD_UINT, "size of the key"}, \
	{in ".signature", BT_FIELD_STRING, "signature algorithm"}, \
	{in ".not_before", BT_FIELD_STRING, "begin of validity"}, \
	{in ".not_after", BT_FIELD_STRING, "end of validity"}, \
	{in ".self_signed", BT_FIELD_BOOL, "subject and issuer are the same"}

#define FILTER(in) \
	{in ".select", BT_FIELD_ARRAY, "event fields that are wanted"}, \
	{in ".select.browse_path", BT_FIELD_ARRAY, "browse path of the operand"}, \
	{in ".select.operand_attribute", BT_FIELD_UINT, "attribute of the operand"}, \
	{in ".select.operand_range", BT_FIELD_STRING, "part of an array"}, \
	{in ".select.type_definition", BT_FIELD_STRING, "node id of the type"}, \
	{in ".where", BT_FIELD_ARRAY, "elements of the filter"}, \
	{in ".where.operands", BT_FIELD_ARRAY, "operands of a filter's operator"}, \
	{in ".where.operands.alias", BT_FIELD_STRING, "name of the operand"}, \
	{in ".where.operands.browse_path", BT_FIELD_ARRAY, "browse path of the operand"}, \
	{in ".where.operands.element", BT_FIELD_UINT, "filter element that the operand refers to"}, \
	{in ".where.operands.kind", BT_FIELD_STRING, "what the element is"}, \
	{in ".where.operands.operand_attribute", BT_FIELD_UINT, "attribute of the operand"}, \
	{in ".where.operands.operand_range", BT_FIELD_STRING, "part of an array"}, \
	{in ".where.operands.path", BT_FIELD_ARRAY, "browse names from the starting node"}, \
	{in ".where.operands.type_definition", BT_FIELD_STRING, "node id of the type"}, \
	{in ".where.operator", BT_FIELD_STRING, "operator of the filter"}, \
	VALUE(in ".where.operands")

#define APPLICATION(in) \
	{in ".application_uri", BT_FIELD_STRING, "URI of the application instance"}, \
	{in ".product_uri", BT_FIELD_STRING, "product uri"}, \
	{in ".application_name", BT_FIELD_STRING, "application name"}, \
	{in ".application_type", BT_FIELD_STRING, "server, client, client_and_server or discovery_server"}, \
	{in ".gateway_uri", BT_FIELD_STRING, "gateway uri"}, \
	{in ".discovery_profile", BT_FIELD_STRING, "discovery profile"}, \
	{in ".discovery_urls", BT_FIELD_ARRAY, "discovery urls"}

#define ENDPOINTS(in) \
	{in, BT_FIELD_ARRAY, "endpoints of the server"}, \
	APPLICATION(in), \
	CERTIFICATE(in ".certificate"), \
	{in ".endpoint_url", BT_FIELD_STRING, "endpoint url"}, \
	{in ".security_level", BT_FIELD_UINT, "security level"}, \
	{in ".security_mode", BT_FIELD_STRING, "none, sign or sign_and_encrypt"}, \
	{in ".security_policy", BT_FIELD_STRING, "URI of the security policy"}, \
	{in ".transport_profile", BT_FIELD_STRING, "transport profile"}, \
	{in ".user_tokens", BT_FIELD_ARRAY, "user tokens that the endpoint takes"}, \
	{in ".user_tokens.issued_type", BT_FIELD_STRING, "issued type"}, \
	{in ".user_tokens.issuer_url", BT_FIELD_STRING, "issuer url"}, \
	{in ".user_tokens.kind", BT_FIELD_STRING, "what the element is"}, \
	{in ".user_tokens.policy_id", BT_FIELD_STRING, "user token policy"}, \
	{in ".user_tokens.security_policy", BT_FIELD_STRING, "URI of the security policy"}

#define MESSAGE(in) \
	{in ".message", BT_FIELD_STRING, "HEL, ACK, ERR, RHE, OPN, MSG or CLO"}, \
	{in ".size", BT_FIELD_UINT, "bytes of all its chunks"}, \
	{in ".chunks", BT_FIELD_UINT, "chunks it came in"}, \
	{in ".token", BT_FIELD_UINT, "security token"}, \
	{in ".sequence", BT_FIELD_UINT, "sequence number of its last chunk"}, \
	{in ".request_id", BT_FIELD_UINT, "request id"}, \
	{in ".encrypted", BT_FIELD_BOOL, "its content could not be read"}, \
	{in ".type_id", BT_FIELD_UINT, "node id of the service's encoding"}, \
	{in ".truncated", BT_FIELD_BOOL, "only its beginning was kept"}, \
	{in ".receiver_thumbprint", BT_FIELD_STRING, "thumbprint of the receiver's certificate"}, \
	{in ".more", BT_FIELD_UINT, "elements or fields left out"}, \
	{in ".reason", BT_FIELD_STRING, "why it failed"}, \
	{in ".receive_buffer", BT_FIELD_UINT, "longest chunk that it takes, bytes"}, \
	{in ".send_buffer", BT_FIELD_UINT, "longest chunk that it sends, bytes"}, \
	{in ".max_chunks", BT_FIELD_UINT, "most chunks of a message; 0: no limit"}, \
	CERTIFICATE(in ".sender_certificate")

const struct bt_field opcua_fields[] = {
	{"service", BT_FIELD_STRING, "service, or hello, reverse_hello, error, encrypted, unknown_service"},
	{"result", BT_FIELD_STRING, "ok, refused, unanswered or unsolicited"},
	{"latency_us", BT_FIELD_UINT, "time from request to response, microseconds"},
	{"channel", BT_FIELD_UINT, "secure channel"},
	{"policy", BT_FIELD_STRING, "security policy of the channel, where it is known"},
	{"mode", BT_FIELD_STRING, "none, sign or sign_and_encrypt, where it is known"},
	{"request", BT_FIELD_OBJECT, "what was asked, or told unasked"},
	MESSAGE("request"),
	{"response", BT_FIELD_OBJECT, "what was answered"},
	MESSAGE("response"),
	{"request.acknowledgements", BT_FIELD_ARRAY, "notifications that the client has received"},
	{"request.acknowledgements.notification_sequence", BT_FIELD_UINT, "sequence number of the notification"},
	{"request.acknowledgements.subscription", BT_FIELD_UINT, "the server's number of a subscription"},
	{"request.aggregates", BT_FIELD_ARRAY, "aggregate function of each node"},
	{"request.audit", BT_FIELD_STRING, "audit entry id"},
	{"request.cancelled_handle", BT_FIELD_UINT, "handle of the requests to cancel"},
	{"request.capabilities", BT_FIELD_ARRAY, "server capabilities"},
	CERTIFICATE("request.certificate"),
	{"request.configurations", BT_FIELD_ARRAY, "discovery configurations"},
	{"request.configurations.capabilities", BT_FIELD_ARRAY, "server capabilities"},
	{"request.configurations.kind", BT_FIELD_STRING, "what the element is"},
	{"request.configurations.mdns_name", BT_FIELD_STRING, "mDNS name"},
	{"request.continuation", BT_FIELD_STRING, "continuation point, hexadecimal"},
	{"request.continuations", BT_FIELD_ARRAY, "continuation points, hexadecimal"},
	{"request.delete_subscriptions", BT_FIELD_BOOL, "subscriptions end with the session"},
	{"request.details", BT_FIELD_STRING, "kind of history that is read"},
	{"request.end_time", BT_FIELD_STRING, "end of the range"},
	{"request.endpoint_url", BT_FIELD_STRING, "endpoint URL"},
	{"request.events", BT_FIELD_ARRAY, "events"},
	{"request.events.event_fields", BT_FIELD_ARRAY, "fields of one event"},
	VALUE("request.events.event_fields"),
	{"request.first_record", BT_FIELD_UINT, "first record"},
	{"request.handle", BT_FIELD_UINT, "the client's number of the request"},
	{"request.history", BT_FIELD_ARRAY, "values with their times"},
	{"request.history.server_time", BT_FIELD_STRING, "when the server had it"},
	{"request.history.source_time", BT_FIELD_STRING, "when the source had it"},
	{"request.history.status", BT_FIELD_STRING, "status by name"},
	VALUE("request.history"),
	{"request.initial_values", BT_FIELD_BOOL, "initial values"},
	{"request.keep_alive_count", BT_FIELD_UINT, "keep alive count"},
	{"request.lifetime_count", BT_FIELD_UINT, "lifetime count"},
	{"request.lifetime_ms", BT_FIELD_UINT, "life of the security token"},
	{"request.links_added", BT_FIELD_ARRAY, "links added"},
	{"request.links_removed", BT_FIELD_ARRAY, "links removed"},
	{"request.locales", BT_FIELD_ARRAY, "locales"},
	{"request.max_age_ms", BT_FIELD_NUMBER, "max age, milliseconds"},
	{"request.max_message", BT_FIELD_UINT, "longest message, bytes; 0: no limit"},
	{"request.max_notifications", BT_FIELD_UINT, "max notifications"},
	{"request.max_records", BT_FIELD_UINT, "max records"},
	{"request.max_references", BT_FIELD_UINT, "max references"},
	{"request.modifications", BT_FIELD_ARRAY, "who changed history"},
	{"request.modifications.modification_time", BT_FIELD_STRING, "modification time"},
	{"request.modifications.update", BT_FIELD_STRING, "insert, replace, update or remove"},
	{"request.modifications.user", BT_FIELD_STRING, "user name"},
	{"request.modified", BT_FIELD_BOOL, "modified values are meant"},
	{"request.monitored_items", BT_FIELD_ARRAY, "the server's numbers of monitored items"},
	{"request.monitoring", BT_FIELD_STRING, "disabled, sampling or reporting"},
	{"request.node_ids", BT_FIELD_ARRAY, "node ids"},
	{"request.nodes", BT_FIELD_ARRAY, "what was asked for, node by node"},
	{"request.nodes.aggregate", BT_FIELD_STRING, "aggregate function"},
	{"request.nodes.attribute", BT_FIELD_STRING, "attribute of the node"},
	{"request.nodes.attributes", BT_FIELD_STRING, "kind of the new node's attributes"},
	{"request.nodes.browse_name", BT_FIELD_STRING, "browse name, name space index first"},
	{"request.nodes.client_handle", BT_FIELD_UINT, "the client's number of a monitored item"},
	{"request.nodes.continuation", BT_FIELD_STRING, "continuation point, hexadecimal"},
	{"request.nodes.data", BT_FIELD_ARRAY, "what to return of each node"},
	{"request.nodes.data.attribute", BT_FIELD_STRING, "attribute of the node"},
	{"request.nodes.data.index_range", BT_FIELD_STRING, "part of an array"},
	{"request.nodes.data.path", BT_FIELD_ARRAY, "browse names from the starting node"},
	{"request.nodes.data_type", BT_FIELD_STRING, "data type of the new variable"},
	{"request.nodes.deadband", BT_FIELD_NUMBER, "deadband of the filter"},
	{"request.nodes.deadband_type", BT_FIELD_STRING, "none, absolute or percent"},
	{"request.nodes.delete_references", BT_FIELD_BOOL, "references to the node are deleted too"},
	{"request.nodes.direction", BT_FIELD_STRING, "forward, inverse or both"},
	{"request.nodes.display_name", BT_FIELD_STRING, "display name"},
	{"request.nodes.end_time", BT_FIELD_STRING, "end of the range"},
	{"request.nodes.events", BT_FIELD_ARRAY, "events"},
	{"request.nodes.events.event_fields", BT_FIELD_ARRAY, "fields of one event"},
	VALUE("request.nodes.events.event_fields"),
	{"request.nodes.filter", BT_FIELD_STRING, "kind of the monitored item's filter, or of its result"},
	{"request.nodes.forward", BT_FIELD_BOOL, "direction of the reference"},
	{"request.nodes.history", BT_FIELD_ARRAY, "values with their times"},
	{"request.nodes.history.server_time", BT_FIELD_STRING, "when the server had it"},
	{"request.nodes.history.source_time", BT_FIELD_STRING, "when the source had it"},
	{"request.nodes.history.status", BT_FIELD_STRING, "status by name"},
	VALUE("request.nodes.history"),
	{"request.nodes.index_range", BT_FIELD_STRING, "part of an array"},
	{"request.nodes.input", BT_FIELD_ARRAY, "input arguments"},
	VALUE("request.nodes.input"),
	{"request.nodes.kind", BT_FIELD_STRING, "what the element is"},
	{"request.nodes.method", BT_FIELD_STRING, "node id of the method"},
	{"request.nodes.method_name", BT_FIELD_STRING, "name of a method of the specification"},
	{"request.nodes.modified", BT_FIELD_BOOL, "modified values are meant"},
	{"request.nodes.monitored_item", BT_FIELD_UINT, "the server's number of a monitored item"},
	{"request.nodes.monitoring", BT_FIELD_STRING, "disabled, sampling or reporting"},
	{"request.nodes.name", BT_FIELD_STRING, "name of a node of the specification"},
	{"request.nodes.node_class", BT_FIELD_UINT, "node class, or bits of several"},
	{"request.nodes.node_id", BT_FIELD_STRING, "node id, as \"ns=2;s=Tank.Level\""},
	{"request.nodes.parent", BT_FIELD_STRING, "node id of the parent"},
	{"request.nodes.path", BT_FIELD_ARRAY, "browse names from the starting node"},
	{"request.nodes.processing_interval_ms", BT_FIELD_NUMBER, "processing interval, milliseconds"},
	{"request.nodes.queue_size", BT_FIELD_UINT, "queue size"},
	{"request.nodes.reference_type", BT_FIELD_STRING, "node id of the reference's type"},
	{"request.nodes.sampling_interval_ms", BT_FIELD_NUMBER, "sampling interval, milliseconds"},
	{"request.nodes.server_time", BT_FIELD_STRING, "when the server had it"},
	{"request.nodes.source_time", BT_FIELD_STRING, "when the source had it"},
	{"request.nodes.start_time", BT_FIELD_STRING, "begin of the range"},
	{"request.nodes.status", BT_FIELD_STRING, "status by name"},
	{"request.nodes.subtypes", BT_FIELD_BOOL, "subtypes count too"},
	{"request.nodes.target", BT_FIELD_STRING, "node id at the reference's other end"},
	{"request.nodes.target_server", BT_FIELD_STRING, "target server"},
	{"request.nodes.times", BT_FIELD_ARRAY, "times"},
	{"request.nodes.trigger", BT_FIELD_STRING, "what counts as a change"},
	{"request.nodes.type_definition", BT_FIELD_STRING, "node id of the type"},
	{"request.nodes.update", BT_FIELD_STRING, "insert, replace, update or remove"},
	FILTER("request.nodes"),
	{"request.nodes.where.status", BT_FIELD_STRING, "status by name"},
	VALUE("request.nodes"),
	{"request.notification_sequence", BT_FIELD_UINT, "sequence number of the notification"},
	{"request.online", BT_FIELD_BOOL, "the server is online"},
	{"request.password_algorithm", BT_FIELD_STRING, "how the password is encrypted; empty: it is not"},
	{"request.policy_id", BT_FIELD_STRING, "user token policy"},
	{"request.priority", BT_FIELD_UINT, "priority"},
	{"request.processing_interval_ms", BT_FIELD_NUMBER, "processing interval, milliseconds"},
	{"request.profiles", BT_FIELD_ARRAY, "profiles"},
	{"request.protocol_version", BT_FIELD_UINT, "protocol version"},
	{"request.publishing", BT_FIELD_BOOL, "publishing is on"},
	{"request.publishing_interval_ms", BT_FIELD_NUMBER, "publishing interval, milliseconds"},
	{"request.release", BT_FIELD_BOOL, "continuation points are given back"},
	{"request.request_type", BT_FIELD_STRING, "issue or renew"},
	{"request.result", BT_FIELD_STRING, "status of the whole service"},
	{"request.security_mode", BT_FIELD_STRING, "none, sign or sign_and_encrypt"},
	{"request.security_policy", BT_FIELD_STRING, "URI of the security policy"},
	{"request.semaphore_file", BT_FIELD_STRING, "semaphore file"},
	{"request.server_names", BT_FIELD_ARRAY, "server names"},
	{"request.server_uri", BT_FIELD_STRING, "server URI"},
	{"request.server_uris", BT_FIELD_ARRAY, "server URIs"},
	{"request.session", BT_FIELD_STRING, "hash of the session's authentication token, which is a secret"},
	{"request.session_name", BT_FIELD_STRING, "what the client calls the session"},
	{"request.session_timeout_ms", BT_FIELD_NUMBER, "session timeout, milliseconds"},
	{"request.signature_algorithm", BT_FIELD_STRING, "signature algorithm"},
	{"request.start_time", BT_FIELD_STRING, "begin of the range"},
	{"request.subscription", BT_FIELD_UINT, "the server's number of a subscription"},
	{"request.subscriptions", BT_FIELD_ARRAY, "the server's numbers of subscriptions"},
	{"request.timeout_ms", BT_FIELD_UINT, "how long the client waits"},
	{"request.times", BT_FIELD_ARRAY, "times"},
	{"request.timestamp", BT_FIELD_STRING, "the sender's time of the message"},
	{"request.timestamps", BT_FIELD_STRING, "source, server, both or neither"},
	{"request.token_signature_algorithm", BT_FIELD_STRING, "token signature algorithm"},
	{"request.triggering_item", BT_FIELD_UINT, "triggering item"},
	{"request.user", BT_FIELD_STRING, "user name"},
	{"request.user_certificate", BT_FIELD_STRING, "user's certificate, its beginning, hexadecimal"},
	{"request.user_token", BT_FIELD_STRING, "kind of user token: anonymous, user_name, certificate or issued"},
	{"request.values_per_node", BT_FIELD_UINT, "values per node"},
	{"request.view", BT_FIELD_STRING, "node id of the view"},
	APPLICATION("request"),
	FILTER("request"),
	{"response.available", BT_FIELD_ARRAY, "sequence numbers of notifications that can be had again"},
	{"response.cancelled", BT_FIELD_UINT, "requests cancelled"},
	CERTIFICATE("response.certificate"),
	{"response.channel_id", BT_FIELD_UINT, "secure channel that was opened"},
	{"response.continuation", BT_FIELD_STRING, "continuation point, hexadecimal"},
	{"response.created", BT_FIELD_STRING, "when the token was made"},
	ENDPOINTS("response.endpoints"),
	{"response.handle", BT_FIELD_UINT, "the client's number of the request"},
	{"response.keep_alive_count", BT_FIELD_UINT, "keep alive count"},
	{"response.lifetime_count", BT_FIELD_UINT, "lifetime count"},
	{"response.lifetime_ms", BT_FIELD_UINT, "life of the security token"},
	{"response.max_message", BT_FIELD_UINT, "longest message, bytes; 0: no limit"},
	{"response.more_notifications", BT_FIELD_BOOL, "more notifications"},
	{"response.new_session", BT_FIELD_STRING, "hash of the new session's authentication token"},
	{"response.node_ids", BT_FIELD_ARRAY, "node ids"},
	{"response.notification_sequence", BT_FIELD_UINT, "sequence number of the notification"},
	{"response.notifications", BT_FIELD_ARRAY, "notifications of a subscription"},
	{"response.notifications.items", BT_FIELD_ARRAY, "values or events of monitored items"},
	{"response.notifications.items.client_handle", BT_FIELD_UINT, "the client's number of a monitored item"},
	{"response.notifications.items.event_fields", BT_FIELD_ARRAY, "fields of one event"},
	VALUE("response.notifications.items.event_fields"),
	{"response.notifications.items.node_id", BT_FIELD_STRING, "node id, as \"ns=2;s=Tank.Level\""},
	{"response.notifications.items.server_time", BT_FIELD_STRING, "when the server had it"},
	{"response.notifications.items.source_time", BT_FIELD_STRING, "when the source had it"},
	{"response.notifications.items.status", BT_FIELD_STRING, "status by name"},
	VALUE("response.notifications.items"),
	{"response.notifications.kind", BT_FIELD_STRING, "what the element is"},
	{"response.notifications.status", BT_FIELD_STRING, "status by name"},
	{"response.parsing", BT_FIELD_ARRAY, "results of parsing the query"},
	{"response.parsing.status", BT_FIELD_STRING, "status by name"},
	{"response.protocol_version", BT_FIELD_UINT, "protocol version"},
	{"response.publish_time", BT_FIELD_STRING, "publish time"},
	{"response.publishing_interval_ms", BT_FIELD_NUMBER, "publishing interval, milliseconds"},
	{"response.removed_statuses", BT_FIELD_ARRAY, "status of each link removed"},
	{"response.result", BT_FIELD_STRING, "status of the whole service"},
	{"response.results", BT_FIELD_ARRAY, "what was answered, in the order of the request's nodes"},
	{"response.results.aggregate", BT_FIELD_STRING, "aggregate function"},
	{"response.results.aggregates", BT_FIELD_ARRAY, "aggregate function of each node"},
	{"response.results.available", BT_FIELD_ARRAY, "sequence numbers of notifications that can be had again"},
	{"response.results.continuation", BT_FIELD_STRING, "continuation point, hexadecimal"},
	{"response.results.deadband", BT_FIELD_NUMBER, "deadband of the filter"},
	{"response.results.deadband_type", BT_FIELD_STRING, "none, absolute or percent"},
	{"response.results.details", BT_FIELD_STRING, "kind of history that is read"},
	{"response.results.end_time", BT_FIELD_STRING, "end of the range"},
	{"response.results.events", BT_FIELD_ARRAY, "events"},
	{"response.results.events.event_fields", BT_FIELD_ARRAY, "fields of one event"},
	VALUE("response.results.events.event_fields"),
	{"response.results.filter", BT_FIELD_STRING, "kind of the monitored item's filter, or of its result"},
	{"response.results.history", BT_FIELD_ARRAY, "values with their times"},
	{"response.results.history.server_time", BT_FIELD_STRING, "when the server had it"},
	{"response.results.history.source_time", BT_FIELD_STRING, "when the source had it"},
	{"response.results.history.status", BT_FIELD_STRING, "status by name"},
	VALUE("response.results.history"),
	{"response.results.modifications", BT_FIELD_ARRAY, "who changed history"},
	{"response.results.modifications.modification_time", BT_FIELD_STRING, "modification time"},
	{"response.results.modifications.update", BT_FIELD_STRING, "insert, replace, update or remove"},
	{"response.results.modifications.user", BT_FIELD_STRING, "user name"},
	{"response.results.modified", BT_FIELD_BOOL, "modified values are meant"},
	{"response.results.monitored_item", BT_FIELD_UINT, "the server's number of a monitored item"},
	{"response.results.name", BT_FIELD_STRING, "name of a node of the specification"},
	{"response.results.node_id", BT_FIELD_STRING, "node id, as \"ns=2;s=Tank.Level\""},
	{"response.results.output", BT_FIELD_ARRAY, "output arguments, or values of a query"},
	VALUE("response.results.output"),
	{"response.results.processing_interval_ms", BT_FIELD_NUMBER, "processing interval, milliseconds"},
	{"response.results.queue_size", BT_FIELD_UINT, "queue size"},
	{"response.results.references", BT_FIELD_ARRAY, "references that were found"},
	{"response.results.references.browse_name", BT_FIELD_STRING, "browse name, name space index first"},
	{"response.results.references.display_name", BT_FIELD_STRING, "display name"},
	{"response.results.references.forward", BT_FIELD_BOOL, "direction of the reference"},
	{"response.results.references.node_class", BT_FIELD_UINT, "node class, or bits of several"},
	{"response.results.references.node_id", BT_FIELD_STRING, "node id, as \"ns=2;s=Tank.Level\""},
	{"response.results.references.reference_type", BT_FIELD_STRING, "node id of the reference's type"},
	{"response.results.references.type_definition", BT_FIELD_STRING, "node id of the type"},
	{"response.results.sampling_interval_ms", BT_FIELD_NUMBER, "sampling interval, milliseconds"},
	{"response.results.server_time", BT_FIELD_STRING, "when the server had it"},
	{"response.results.source_time", BT_FIELD_STRING, "when the source had it"},
	{"response.results.start_time", BT_FIELD_STRING, "begin of the range"},
	{"response.results.status", BT_FIELD_STRING, "status by name"},
	{"response.results.statuses", BT_FIELD_ARRAY, "status by name, of each thing asked for"},
	{"response.results.targets", BT_FIELD_ARRAY, "where the path leads"},
	{"response.results.targets.node_id", BT_FIELD_STRING, "node id, as \"ns=2;s=Tank.Level\""},
	{"response.results.times", BT_FIELD_ARRAY, "times"},
	{"response.results.trigger", BT_FIELD_STRING, "what counts as a change"},
	{"response.results.type_definition", BT_FIELD_STRING, "node id of the type"},
	{"response.results.values_per_node", BT_FIELD_UINT, "values per node"},
	FILTER("response.results"),
	{"response.results.where.status", BT_FIELD_STRING, "status by name"},
	VALUE("response.results"),
	{"response.security_policy", BT_FIELD_STRING, "URI of the security policy"},
	{"response.servers", BT_FIELD_ARRAY, "servers that were found"},
	{"response.servers.capabilities", BT_FIELD_ARRAY, "server capabilities"},
	{"response.servers.discovery_url", BT_FIELD_STRING, "discovery URL"},
	{"response.servers.record", BT_FIELD_UINT, "record"},
	{"response.servers.server_name", BT_FIELD_STRING, "server name"},
	APPLICATION("response.servers"),
	{"response.session_id", BT_FIELD_STRING, "session id"},
	{"response.session_timeout_ms", BT_FIELD_NUMBER, "session timeout, milliseconds"},
	{"response.signature_algorithm", BT_FIELD_STRING, "signature algorithm"},
	{"response.statuses", BT_FIELD_ARRAY, "status by name, of each thing asked for"},
	{"response.subscription", BT_FIELD_UINT, "the server's number of a subscription"},
	{"response.timestamp", BT_FIELD_STRING, "the sender's time of the message"},
	{"response.token_id", BT_FIELD_UINT, "security token that was issued"},
	{"response.where", BT_FIELD_ARRAY, "elements of the filter"},
	{"response.where.status", BT_FIELD_STRING, "status by name"},
	{0},
};
