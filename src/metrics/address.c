/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum {
	LOOPBACK_NET = 127,
	HOST_MAX = 48,
};

static bool parse_path(const char *path, struct metrics_address *address, struct error *err)
{
	struct sockaddr_un *name = (struct sockaddr_un *)(void *)&address->socket;

	if (strlen(path) >= sizeof(name->sun_path))
		return error_set(err, "a socket's path has at most %zu bytes: %.60s... has %zu",
				 sizeof(name->sun_path) - 1, path, strlen(path));
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, path, strlen(path));
	address->size = sizeof(*name);
	snprintf(address->text, sizeof(address->text), "unix:%s", path);
	return true;
}

static bool parse_port(const char *text, uint16_t *port)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*text < '1' || *text > '9' || *end || strlen(text) > 5 || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

/* "127.0.0.1:9474" and "[::1]:9474", in two. */
static bool split(const char *text, char host[HOST_MAX], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (!length || !parse_port(colon + 1, port))
		return false;
	if (*text == '[' && colon[-1] == ']') {
		text++;
		length -= 2;
	} else if (memchr(text, ':', length)) {
		return false;
	}
	if (length >= HOST_MAX)
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	return true;
}

static bool set_ipv4(struct metrics_address *address, const char *host, uint16_t port,
		     bool *is_loopback)
{
	struct sockaddr_in *name = (struct sockaddr_in *)(void *)&address->socket;

	if (inet_pton(AF_INET, host, &name->sin_addr) != 1)
		return false;
	name->sin_family = AF_INET;
	name->sin_port = htons(port);
	address->size = sizeof(*name);
	*is_loopback = ntohl(name->sin_addr.s_addr) >> 24 == LOOPBACK_NET;
	return true;
}

static bool set_ipv6(struct metrics_address *address, const char *host, uint16_t port,
		     bool *is_loopback)
{
	struct sockaddr_in6 *name = (struct sockaddr_in6 *)(void *)&address->socket;

	if (inet_pton(AF_INET6, host, &name->sin6_addr) != 1)
		return false;
	name->sin6_family = AF_INET6;
	name->sin6_port = htons(port);
	address->size = sizeof(*name);
	*is_loopback = IN6_IS_ADDR_LOOPBACK(&name->sin6_addr);
	return true;
}

static bool parse_inet(const char *text, struct metrics_address *address, struct error *err)
{
	bool is_loopback = false;
	char host[HOST_MAX];
	uint16_t port = 0;

	if (!split(text, host, &port) || (!set_ipv4(address, host, port, &is_loopback) &&
					  !set_ipv6(address, host, port, &is_loopback)))
		return error_set(err, "\"%.80s\" must be " METRICS_ADDRESS_WANTED, text);
	if (!is_loopback)
		return error_set(err,
				 "%.80s would be reached from other machines; metrics are served "
				 "on this one "
				 "alone: 127.0.0.1:%u, [::1]:%u or unix:PATH",
				 text, port, port);
	snprintf(address->text, sizeof(address->text), "%s", text);
	return true;
}

bool address_parse(const char *text, struct metrics_address *address, struct error *err)
{
	struct metrics_address parsed = {0};
	bool done;

	if (strncmp(text, "unix:", 5) == 0 && text[5])
		done = parse_path(text + 5, &parsed, err);
	else if (*text == '/')
		done = parse_path(text, &parsed, err);
	else
		done = parse_inet(text, &parsed, err);
	if (done)
		*address = parsed;
	return done;
}

const char *address_path(const struct metrics_address *address)
{
	const struct sockaddr_un *name = (const struct sockaddr_un *)(const void *)&address->socket;

	return name->sun_family == AF_UNIX ? name->sun_path : NULL;
}
