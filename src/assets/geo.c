/* SPDX-License-Identifier: Apache-2.0
 *
 * The one place that knows libmaxminddb. Format: MaxMind DB 2.0 (maxmind.github.io/MaxMind-DB). The
 * keys read are the ones that the GeoLite2 / GeoIP2 Country, City, ASN and ISP databases share with
 * the free ones in their shape: country.iso_code (else registered_country.iso_code),
 * autonomous_system_number, autonomous_system_organization.
 */
#include "geo.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_GEOIP

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include "text.h"

enum {
	FILES_MAX = 16,
};

struct geo {
	size_t count;
	MMDB_s files[FILES_MAX];
};

struct geo *geo_create(const char *const *paths, size_t count, struct error *err)
{
	struct geo *geo;

	if (count > FILES_MAX) {
		error_set(err, "%zu .mmdb files: at most %d are read", count, FILES_MAX);
		return NULL;
	}
	geo = calloc(1, sizeof(*geo));
	if (!geo) {
		error_set(err, "no memory for .mmdb files");
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		int failed = MMDB_open(paths[i], MMDB_MODE_MMAP, &geo->files[i]);

		if (failed) {
			/* An empty file cannot be mapped: errno is of no help there. */
			bool missing = failed == MMDB_FILE_OPEN_ERROR && errno;

			error_set(err, "%s: not a readable .mmdb file: %s", paths[i],
				  missing ? strerror(errno) : MMDB_strerror(failed));
			geo_destroy(geo);
			return NULL;
		}
		geo->count++;
	}
	return geo;
}

void geo_destroy(struct geo *geo)
{
	if (!geo)
		return;
	for (size_t i = 0; i < geo->count; i++)
		MMDB_close(&geo->files[i]);
	free(geo);
}

static bool look_up(const MMDB_s *file, const struct bt_addr *addr, MMDB_entry_s *entry)
{
	struct sockaddr_storage where = {0};
	int failed = MMDB_SUCCESS;
	MMDB_lookup_result_s result;

	if (addr->family == BT_ADDR_IPV4) {
		struct sockaddr_in *v4 = (struct sockaddr_in *)&where;

		v4->sin_family = AF_INET;
		memcpy(&v4->sin_addr, addr->bytes, 4);
	} else if (addr->family == BT_ADDR_IPV6) {
		struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&where;

		v6->sin6_family = AF_INET6;
		memcpy(&v6->sin6_addr, addr->bytes, 16);
	} else {
		return false;
	}
	result = MMDB_lookup_sockaddr(file, (const struct sockaddr *)&where, &failed);
	if (failed != MMDB_SUCCESS || !result.found_entry)
		return false;
	*entry = result.entry;
	return true;
}

static bool get_country(MMDB_entry_s *entry, const char *which, char country[GEO_COUNTRY])
{
	MMDB_entry_data_s data;

	if (MMDB_get_value(entry, &data, which, "iso_code", NULL) != MMDB_SUCCESS ||
	    !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size != 2)
		return false;
	text_printable(country, GEO_COUNTRY, cur_of(data.utf8_string, 2));
	return strlen(country) == 2;
}

static void get_network(MMDB_entry_s *entry, char network[GEO_NETWORK])
{
	MMDB_entry_data_s data;

	if (MMDB_get_value(entry, &data, "autonomous_system_number", NULL) == MMDB_SUCCESS &&
	    data.has_data && data.type == MMDB_DATA_TYPE_UINT32)
		text_add(network, GEO_NETWORK, "AS%u", data.uint32);
	if (MMDB_get_value(entry, &data, "autonomous_system_organization", NULL) == MMDB_SUCCESS &&
	    data.has_data && data.type == MMDB_DATA_TYPE_UTF8_STRING) {
		char name[GEO_NETWORK];

		text_printable(name, sizeof(name), cur_of(data.utf8_string, data.data_size));
		text_add(network, GEO_NETWORK, "%s%s", network[0] ? " " : "", name);
	}
}

void geo_find(const struct geo *geo, const struct bt_addr *addr, char country[GEO_COUNTRY],
	      char network[GEO_NETWORK])
{
	country[0] = '\0';
	network[0] = '\0';
	for (size_t i = 0; i < geo->count; i++) {
		MMDB_entry_s entry;

		if (!look_up(&geo->files[i], addr, &entry))
			continue;
		if (!country[0] && !get_country(&entry, "country", country) &&
		    !get_country(&entry, "registered_country", country))
			country[0] = '\0';
		if (!network[0])
			get_network(&entry, network);
	}
}

#else /* without libmaxminddb */

struct geo {
	size_t count;
};

struct geo *geo_create(const char *const *paths, size_t count, struct error *err)
{
	struct geo *geo;

	if (count) {
		error_set(err, "%s: this bittern was built without libmaxminddb", paths[0]);
		return NULL;
	}
	geo = calloc(1, sizeof(*geo));
	if (!geo)
		error_set(err, "no memory");
	return geo;
}

void geo_destroy(struct geo *geo)
{
	free(geo);
}

void geo_find(const struct geo *geo, const struct bt_addr *addr, char country[GEO_COUNTRY],
	      char network[GEO_NETWORK])
{
	country[0] = '\0';
	network[0] = '\0';
}

#endif
