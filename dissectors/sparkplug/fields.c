/* SPDX-License-Identifier: Apache-2.0
 *
 * Every key of the "sparkplug" object, and what of the specification is decoded.
 */
#include <stdio.h>

#include "private.h"

const struct bt_field sparkplug_fields[] = {
	{"body_size", BT_FIELD_UINT, "bytes of the payload's body, which is not metrics"},
	{"bd_seq", BT_FIELD_UINT, "number that a death shares with its birth"},
	{"by_server", BT_FIELD_BOOL, "delivered by the broker; else published by the client"},
	{"compressed", BT_FIELD_BOOL, "the metrics are packed in the body and were not read"},
	{"device", BT_FIELD_STRING, "device behind the edge node"},
	{"edge_node", BT_FIELD_STRING, "edge node"},
	{"group", BT_FIELD_STRING, "group of edge nodes"},
	{"host", BT_FIELD_STRING, "host application, of STATE"},
	{"metrics", BT_FIELD_ARRAY, "metrics in order, those of a template behind it"},
	{"metrics.alias", BT_FIELD_UINT, "number that stands for the name"},
	{"metrics.dataset", BT_FIELD_OBJECT, "value that is a table"},
	{"metrics.dataset.cells", BT_FIELD_ARRAY, "first cells, row by row"},
	{"metrics.dataset.columns", BT_FIELD_ARRAY, "names of the columns"},
	{"metrics.dataset.rows", BT_FIELD_UINT, "how many rows"},
	{"metrics.dataset.types", BT_FIELD_ARRAY, "data types of the columns"},
	{"metrics.historical", BT_FIELD_BOOL, "kept while the edge node was off line"},
	{"metrics.metadata", BT_FIELD_OBJECT, "what the value is"},
	{"metrics.metadata.content_type", BT_FIELD_STRING, "content type"},
	{"metrics.metadata.description", BT_FIELD_STRING, "description"},
	{"metrics.metadata.file_name", BT_FIELD_STRING, "file name"},
	{"metrics.metadata.file_type", BT_FIELD_STRING, "file type"},
	{"metrics.metadata.md5", BT_FIELD_STRING, "hash as sent"},
	{"metrics.metadata.multi_part", BT_FIELD_UINT, "1: one part of several"},
	{"metrics.metadata.seq", BT_FIELD_UINT, "number of the part"},
	{"metrics.metadata.size", BT_FIELD_UINT, "bytes of the whole"},
	{"metrics.name", BT_FIELD_STRING,
	 "name, from the birth where the message has only the alias; templates' names in front"},
	{"metrics.null", BT_FIELD_BOOL, "there is no value"},
	{"metrics.properties", BT_FIELD_ARRAY, "properties"},
	{"metrics.properties.depth", BT_FIELD_UINT, "sets that it is inside of"},
	{"metrics.properties.name", BT_FIELD_STRING, "key"},
	{"metrics.properties.null", BT_FIELD_BOOL, "there is no value"},
	{"metrics.properties.type", BT_FIELD_STRING, "data type"},
	{"metrics.properties.value", BT_FIELD_BOOL, "value: a truth"},
	{"metrics.properties.value", BT_FIELD_NUMBER, "value: a number"},
	{"metrics.properties.value", BT_FIELD_STRING, "value: a text"},
	{"metrics.sha256", BT_FIELD_STRING, "hash of a value of bytes"},
	{"metrics.size", BT_FIELD_UINT, "bytes of a value of bytes"},
	{"metrics.template", BT_FIELD_OBJECT,
	 "value that is a template; its metrics come behind it"},
	{"metrics.template.definition", BT_FIELD_BOOL, "the definition; else an instance"},
	{"metrics.template.parameters", BT_FIELD_ARRAY, "parameters"},
	{"metrics.template.parameters.name", BT_FIELD_STRING, "name"},
	{"metrics.template.parameters.type", BT_FIELD_STRING, "data type"},
	{"metrics.template.parameters.value", BT_FIELD_BOOL, "value: a truth"},
	{"metrics.template.parameters.value", BT_FIELD_NUMBER, "value: a number"},
	{"metrics.template.parameters.value", BT_FIELD_STRING, "value: a text"},
	{"metrics.template.reference", BT_FIELD_STRING, "definition that an instance follows"},
	{"metrics.template.version", BT_FIELD_STRING, "version"},
	{"metrics.timestamp", BT_FIELD_UINT, "time of the value, ms since 1970"},
	{"metrics.transient", BT_FIELD_BOOL, "not to be kept by a historian"},
	{"metrics.type", BT_FIELD_STRING, "data type, from the birth where the message has none"},
	{"metrics.value", BT_FIELD_BOOL, "value: a truth"},
	{"metrics.value", BT_FIELD_NUMBER, "value: a number"},
	{"metrics.value", BT_FIELD_STRING, "value: a text, or a number that JSON has no word for"},
	{"metrics.values", BT_FIELD_ARRAY, "first elements of an array"},
	{"more", BT_FIELD_UINT, "metrics that are not shown"},
	{"namespace", BT_FIELD_STRING, "first level of the topic: spBv1.0, or STATE before 3.0"},
	{"online", BT_FIELD_BOOL, "whether the host application is there"},
	{"seq", BT_FIELD_UINT, "sequence number of the edge node, 0 to 255"},
	{"size", BT_FIELD_UINT, "bytes of the payload"},
	{"timestamp", BT_FIELD_UINT, "time of the message, ms since 1970"},
	{"truncated", BT_FIELD_BOOL, "the payload was too long to be read whole"},
	{"type", BT_FIELD_STRING, "NBIRTH, DDATA, NCMD ..., or STATE"},
	{"uuid", BT_FIELD_STRING, "schema of the body"},
	{0},
};

bool sparkplug_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT])
{
	if (index < KIND_COUNT) {
		*feature = (struct bt_feature){
			.kind = "message type",
			.number = "",
			.name = sparkplug_kinds[index],
			.decoded = true,
		};
		return true;
	}
	index -= KIND_COUNT;
	if (index >= TYPE_COUNT)
		return false;
	snprintf(text, BT_FEATURE_TEXT, "%zu", index);
	*feature = (struct bt_feature){
		.kind = "data type",
		.number = text,
		.name = sparkplug_type((uint32_t)index)->name,
		.decoded = true,
	};
	return true;
}
