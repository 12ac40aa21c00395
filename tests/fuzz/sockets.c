/* SPDX-License-Identifier: MIT */
/*
 * socket/address.h: addresses of local sockets against unix(7): what is refused, and each
 * byte and the length of what is passed to bind(2). Those of tcp, udp, vsock and
 * inherited sockets: what is refused, and each of their parts, found by another method.
 *
 * Runs: 400000 of at most 300 bytes
 */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "socket/address.h"

/* A decimal number up to `most`. */
static bool is_number(const char *text, unsigned long long most,
                      unsigned long long *number)
{
	size_t length = strlen(text);
	if (length == 0 || strspn(text, "0123456789") != length)
		return false;
	while (text[0] == '0' && text[1] != '\0')
		text++;
	*number = strtoull(text, NULL, 10);
	return strlen(text) <= 19 && *number <= most;
}

/* As socket/address.h describes them: false if it is none. `rest` is changed. */
static bool split_internet(char *rest, const char **host, unsigned long long *port)
{
	char *last = NULL;
	*host = "";
	if (*rest == '[') {
		char *end = rest + strcspn(rest, "]");
		if (strncmp(end, "]:", 2) != 0)
			return false;
		*end = '\0';
		*host = rest + 1;
		return strchr(*host, ':') != NULL &&
		       strlen(*host) <= SOCKET_ADDRESS_HOST_MAX &&
		       is_number(end + 2, 65535, port);
	}
	for (char *at = rest; *at != '\0'; at++)
		if (*at == ':')
			last = at;
	if (last == NULL)
		return is_number(rest, 65535, port);
	*last = '\0';
	*host = rest;
	return strchr(rest, ':') == NULL && strlen(rest) <= SOCKET_ADDRESS_HOST_MAX &&
	       is_number(last + 1, 65535, port);
}

static bool split_vsock(char *rest, unsigned long long *cid, unsigned long long *port)
{
	static const char *const names[] = {"", "local", "host", "any"};
	static const uint32_t cids[] = {1, 1, 2, UINT32_MAX};
	char *colon = strchr(rest, ':');
	*cid = 1;
	if (colon == NULL)
		return is_number(rest, UINT32_MAX - 1, port);
	*colon = '\0';
	for (size_t i = 0; i < sizeof cids / sizeof *cids; i++)
		if (strcmp(rest, names[i]) == 0) {
			*cid = cids[i];
			return is_number(colon + 1, UINT32_MAX - 1, port);
		}
	return strlen(rest) < 16 && is_number(rest, UINT32_MAX - 1, cid) &&
	       is_number(colon + 1, UINT32_MAX - 1, port);
}

/* True if the text begins as an address of another family than AF_UNIX. */
static bool check_other(const char *text)
{
	static const char *const prefixes[] = {
	    [SOCKET_LOCAL] = "",       [SOCKET_TCP] = "tcp:",      [SOCKET_UDP] = "udp:",
	    [SOCKET_VSOCK] = "vsock:", [SOCKET_INHERITED] = "fd:",
	};
	struct socket_address address;
	enum socket_family family = SOCKET_INHERITED;
	while (family != SOCKET_LOCAL &&
	       strncmp(text, prefixes[family], strlen(prefixes[family])) != 0)
		family--;
	if (family == SOCKET_LOCAL)
		return false;
	char *rest = fuzz_copy(text + strlen(prefixes[family]));
	const char *host = "";
	unsigned long long port = 0, cid = 0, fd = 0;
	bool valid, is_fd = false;
	switch (family) {
	case SOCKET_VSOCK: valid = split_vsock(rest, &cid, &port); break;
	case SOCKET_INHERITED:
		is_fd = is_number(rest, INT_MAX, &fd);
		host = is_fd ? "" : rest;
		valid = *rest != '\0' && strlen(host) <= SOCKET_ADDRESS_HOST_MAX;
		break;
	default: valid = split_internet(rest, &host, &port); break;
	}
	FUZZ_CHECK(socket_address_parse(&address, text) ==
	               (valid ? STATUS_OK : STATUS_USAGE),
	           "'%s'", text);
	FUZZ_CHECK(address.family == family && !socket_address_has_file(&address), "'%s'",
	           text);
	if (!valid)
		return true;
	FUZZ_CHECK(address.port == port && address.cid == cid, "'%s': %u %u", text,
	           address.cid, address.port);
	FUZZ_CHECK(strcmp(address.host, host) == 0, "'%s': '%s'", text, address.host);
	FUZZ_CHECK(address.fd == (is_fd ? (int)fd : -1), "'%s': %d", text, address.fd);
	return true;
}

void fuzz_target(struct fuzz_input *input)
{
	const struct value_mode mode = {.given = fuzz_below(input, 2) != 0};
	const char *text = fuzz_rest(input);
	size_t length = strlen(text), reported;
	bool padded = strncmp(text, "abns@", 5) == 0;
	bool abstract = padded || text[0] == '@';
	size_t before = padded ? 5 : abstract; /* in front of the name */
	char path[sizeof((struct sockaddr_un *)NULL)->sun_path] = "";
	if (check_other(text)) {
		fuzz_written(2, &reported);
		return;
	}
	const char *slash = strrchr(text, '/');
	bool is_long = !abstract && length >= sizeof path;
	bool valid = abstract ? length > before && length - before < sizeof path
	             : is_long
	                 ? slash != NULL && slash[1] != '\0' && strlen(slash + 1) <= 82
	                 : length >= 1 && text[length - 1] != '/';
	struct socket_address address;
	enum status status = socket_address_parse(&address, text);
	fuzz_written(2, &reported);
	FUZZ_CHECK(status == (valid ? STATUS_OK : STATUS_USAGE), "'%s': %d", text,
	           status);
	FUZZ_CHECK((reported == 0) == valid, "'%s'", text);
	if (!valid)
		return;
	FUZZ_CHECK(address.sockaddr.sun_family == AF_UNIX, "'%s'", text);
	if (!is_long)
		memcpy(path + abstract, text + before, length - before);
	FUZZ_CHECK(memcmp(address.sockaddr.sun_path, path, sizeof path) == 0, "'%s'",
	           text);
	size_t bytes = padded ? sizeof path : length + (abstract ? 0 : 1);
	FUZZ_CHECK(address.length ==
	               (is_long ? 0 : offsetof(struct sockaddr_un, sun_path) + bytes),
	           "'%s': %u", text, address.length);
	FUZZ_CHECK(address.is_abstract == abstract && strcmp(address.text, text) == 0,
	           "'%s': '%s'", text, address.text);
	FUZZ_CHECK(socket_address_check_mode(&address, &mode) ==
	               (mode.given && abstract ? STATUS_USAGE : STATUS_OK),
	           "'%s'", text);
}
