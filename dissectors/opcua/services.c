/* SPDX-License-Identifier: Apache-2.0
 *
 * What all services have in common: the headers of requests and responses (OPC 10000-4, 7.33 and 7.34), and
 * where a service is found by the node id of its request's or response's binary encoding. The
 * services themselves are tables of the fields behind those headers, a file for each few service sets.
 */
#include "fields.h"

const struct ua_field ua_request_header[] = {
	ROLE("session", NODE_ID, SESSION),
	SHOW("timestamp", DATE_TIME),
	SHOW("handle", UINT32),
	READ(UINT32),
	PLAIN("audit", STRING, NONE),
	SHOW("timeout_ms", UINT32),
	READ(EXTENSION_OBJECT),
	END,
};

const struct ua_field ua_response_header[] = {
	SHOW("timestamp", DATE_TIME),
	SHOW("handle", UINT32),
	ROLE("result", STATUS_CODE, RESULT),
	READ(DIAGNOSTIC_INFO),
	READ_LIST(STRING),
	READ(EXTENSION_OBJECT),
	END,
};

/* What most responses are: a status for each item that was asked for. */
const struct ua_field ua_statuses[] = {
	STATUSES("statuses"),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

const struct ua_field ua_nothing[] = {END};

/* A response to any request. */
static const struct ua_service fault[] = {
	{"service_fault", 0, SERVICE_FAULT, BT_ACT_OTHER, false, ua_nothing, ua_nothing},
};
static const struct ua_service_set faults = {fault, 1};

/* In the order of their first service's number. */
static const struct ua_service_set *const sets[] = {
	&faults, &ua_session_services, &ua_node_services, &ua_value_services,
	&ua_subscription_services,
};

const struct ua_service *ua_service_at(size_t index)
{
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (index < sets[i]->count)
			return &sets[i]->services[index];
		index -= sets[i]->count;
	}
	return NULL;
}

const struct ua_service *ua_service(uint32_t type, bool *answer)
{
	/* a set has none below its first; what polls and publishes stands last */
	for (size_t i = sizeof(sets) / sizeof(sets[0]); type && i-- > 0;) {
		const struct ua_service *service = sets[i]->services;

		if (type < service->request)
			continue;
		for (const struct ua_service *end = service + sets[i]->count; service < end; service++) {
			if (type != service->request && type != service->response)
				continue;
			*answer = type == service->response;
			return service;
		}
	}
	return NULL;
}
