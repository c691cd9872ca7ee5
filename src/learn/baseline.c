/* SPDX-License-Identifier: Apache-2.0
 *
 * The document of a site's learned behaviour in memory: devices, knowledge, and how it was made.
 */
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "hash.h"
#include "limits.h"
#include "shard.h"
#include "text.h"

struct baseline *baseline_create(void)
{
	struct baseline *site = calloc(1, sizeof(*site));

	if (!site)
		return NULL;
	know_init(&site->know, SHARD_COUNT);
	pool_init(&site->device_pool, sizeof(struct device), ASSETS_MAX);
	return site;
}

void baseline_destroy(struct baseline *site)
{
	if (!site)
		return;
	know_finish(&site->know);
	map_finish(&site->devices);
	map_finish(&site->macs);
	pool_finish(&site->device_pool);
	free(site);
}

void baseline_taken(struct baseline *site)
{
	if (site)
		know_keep_roles(&site->know);
}

const struct knowledge *baseline_knowledge(const struct baseline *site)
{
	return &site->know;
}

struct knowledge *baseline_knowledge_mutable(struct baseline *site)
{
	return &site->know;
}

void baseline_set_source(struct baseline *site, const struct baseline_source *source)
{
	site->source = *source;
}

/* Printable, and its own fixed point: a cut must not leave a blank that the next reading drops. */
void device_set_label(struct device *device, const char *label)
{
	size_t size;

	text_printable(device->label, sizeof(device->label), cur_of(label, strlen(label)));
	size = strlen(device->label);
	while (size && device->label[size - 1] == ' ')
		device->label[--size] = 0;
}

static bool same_device(const void *item, const void *key)
{
	return addr_equal(&((const struct device *)item)->addr, key);
}

struct device *baseline_find_device(const struct baseline *site, const struct bt_addr *addr)
{
	return map_find(&site->devices, hash_keyed(addr, sizeof(*addr)), same_device, addr);
}

static uint64_t hash_mac(const uint8_t mac[6])
{
	return hash_keyed(mac, 6);
}

static bool same_mac(const void *item, const void *key)
{
	return memcmp(((const struct device *)item)->mac, key, 6) == 0;
}

static const struct device *find_by_mac(const struct baseline *site, const uint8_t mac[6])
{
	return map_find(&site->macs, hash_mac(mac), same_mac, mac);
}

void baseline_add_device(struct baseline *site, const struct bt_addr *addr, const uint8_t mac[6],
			 const char *label)
{
	static const uint8_t unknown[6];
	struct device *device = baseline_find_device(site, addr);

	if (!device) {
		device = pool_get(&site->device_pool);
		if (!device)
			return;
		device->addr = *addr;
		if (!map_insert(&site->devices, hash_keyed(addr, sizeof(*addr)), device)) {
			pool_put(&site->device_pool, device);
			return;
		}
	}
	if (mac && memcmp(mac, unknown, sizeof(unknown)) != 0 &&
	    (!device->has_mac || memcmp(mac, device->mac, sizeof(device->mac)) != 0)) {
		device->has_mac = true;
		memcpy(device->mac, mac, sizeof(device->mac));
		if (!find_by_mac(site, mac))
			map_insert(&site->macs, hash_mac(mac), device); /* without memory: not found */
	}
	if (label && *label)
		device_set_label(device, label);
}

/* A device with an IP address may be heard without it first (LLDP, PROFINET, ARP). */
bool baseline_has_device(const struct baseline *site, const struct bt_addr *addr)
{
	if (baseline_find_device(site, addr))
		return true;
	return addr->family == BT_ADDR_MAC && find_by_mac(site, addr->bytes);
}

size_t baseline_device_count(const struct baseline *site)
{
	return site->device_pool.used;
}
