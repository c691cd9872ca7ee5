/* SPDX-License-Identifier: Apache-2.0
 *
 * Who serves and who asks, per device and protocol, so that a new client of a controller and a
 * device that changes sides can be told from an ordinary new conversation.
 */
#include <string.h>

#include "hash.h"
#include "knowledge.h"
#include "text.h"

static bool same_device(const void *item, const void *key)
{
	return addr_equal(&((const struct device_roles *)item)->addr, key);
}

static struct device_roles *find_device(const struct knowledge *know, const struct bt_addr *addr)
{
	return map_find(&know->devices, hash_keyed(addr, sizeof(*addr)), same_device, addr);
}

static struct device_roles *add_device(struct knowledge *know, const struct bt_addr *addr)
{
	struct device_roles *device = find_device(know, addr);

	if (device)
		return device;
	device = pool_get(&know->device_pool);
	if (!device)
		return NULL;
	device->addr = *addr;
	if (!map_insert(&know->devices, hash_keyed(addr, sizeof(*addr)), device)) {
		pool_put(&know->device_pool, device);
		return NULL;
	}
	return device;
}

static bool same_role(const struct role *role, const char *protocol, bool serves,
		      const struct service *service)
{
	return role->serves == serves && strcmp(role->protocol, protocol) == 0 &&
	       (!serves || (role->service.transport == service->transport &&
			    role->service.number == service->number));
}

static struct role *add_role(struct knowledge *know, const struct bt_addr *addr,
			     const char *protocol, bool serves, struct service service)
{
	struct device_roles *device = add_device(know, addr);
	struct role *role;

	if (!device)
		return NULL;
	for (role = device->roles; role; role = role->next)
		if (same_role(role, protocol, serves, &service))
			return role;
	role = device->count < ROLES_MAX ? pool_get(&know->role_pool) : NULL;
	if (!role)
		return NULL;
	*role = (struct role){
		.next = device->roles, .protocol = protocol, .serves = serves, .service = service};
	device->roles = role;
	device->count++;
	return role;
}

/* Keeps the smallest addresses, in order, so that the order of learning does not show. */
static void add_peer(struct role *role, const struct bt_addr *peer)
{
	unsigned held = role->peer_count < PEERS_MAX ? role->peer_count : PEERS_MAX, at = 0;

	while (at < held && addr_compare(&role->peers[at], peer) < 0)
		at++;
	role->peer_count++;
	if (at == PEERS_MAX)
		return;
	if (held == PEERS_MAX)
		held--;
	memmove(role->peers + at + 1, role->peers + at, (held - at) * sizeof(role->peers[0]));
	role->peers[at] = *peer;
}

void know_add_roles(struct knowledge *know, const struct learn_pair *pair)
{
	struct role *server;

	if (!pair->protocol)
		return;
	add_role(know, &pair->hosts->client, pair->protocol, false, pair->service);
	server = add_role(know, &pair->hosts->server, pair->protocol, true, pair->service);
	if (server)
		add_peer(server, &pair->hosts->client);
}

const struct role *know_find_role(const struct knowledge *know, const struct bt_addr *addr,
				  const char *protocol, bool serves)
{
	const struct device_roles *device = find_device(know, addr);
	const struct role *role = device ? device->roles : NULL;

	while (role && !(role->serves == serves &&
			 (!protocol || strcmp(role->protocol, protocol) == 0)))
		role = role->next;
	return role;
}

const struct role *know_find_server(const struct knowledge *know, const struct bt_addr *addr,
				    struct service service)
{
	const struct device_roles *device = find_device(know, addr);
	const struct role *role = device ? device->roles : NULL;

	while (role && !(role->serves && role->service.transport == service.transport &&
			 role->service.number == service.number))
		role = role->next;
	return role;
}
