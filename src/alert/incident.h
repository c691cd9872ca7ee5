/* SPDX-License-Identifier: Apache-2.0
 *
 * Which alerts belong together: one incident per source device, as long as it is not quiet for
 * INCIDENT_QUIET_NS. Bounded by ALERTS_MAX sources; the one quiet longest gives way.
 */
#ifndef ALERT_INCIDENT_H
#define ALERT_INCIDENT_H

#include "alert.h"

struct incidents;

struct incidents *incidents_create(void);
void incidents_destroy(struct incidents *incidents);

/* The source did something alarming: the id of its incident, which stays open from now on. */
uint64_t incidents_touch(struct incidents *incidents, const struct bt_addr *source, int64_t time_ns);

/* It did before a restart: its incident `id` began with what was first seen then. */
void incidents_resume(struct incidents *incidents, const struct bt_addr *source, uint64_t id,
		      int64_t began_ns, int64_t last_ns);

/* Times come from the capture file: any two of them, without overflow. */
static inline bool quiet_since(int64_t last_ns, int64_t now_ns, int64_t limit_ns)
{
	return now_ns > last_ns && (uint64_t)now_ns - (uint64_t)last_ns >= (uint64_t)limit_ns;
}

void id_text(char text[ALERT_ID], uint64_t id); /* 16 hex digits */

#endif
