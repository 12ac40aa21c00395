/*
 * socket/address.h: addresses of local sockets against unix(7): what is refused, and each
 * byte and the length of what is passed to bind(2).
 *
 * Runs: 400000 of at most 140 bytes
 */
#include <stddef.h>
#include <string.h>

#include "fuzz.h"
#include "socket/address.h"

void fuzz_target(struct fuzz_input *input)
{
	const struct value_mode mode = {.given = fuzz_below(input, 2) != 0};
	const char *text = fuzz_rest(input);
	size_t length = strlen(text), reported;
	bool abstract = text[0] == '@';
	char path[sizeof((struct sockaddr_un *)NULL)->sun_path] = "";
	/* 108 bytes: a NUL follows a pathname, and precedes a name */
	bool valid = abstract
	                 ? length >= 2 && length <= sizeof path
	                 : length >= 1 && length < sizeof path && text[length - 1] != '/';
	struct socket_address address;
	enum status status = socket_address_parse(&address, text);
	fuzz_written(2, &reported);
	FUZZ_CHECK(status == (valid ? STATUS_OK : STATUS_USAGE), "'%s': %d", text,
	           status);
	FUZZ_CHECK((reported == 0) == valid, "'%s'", text);
	if (!valid)
		return;
	memcpy(path, text, length);
	if (abstract)
		path[0] = '\0';
	FUZZ_CHECK(address.sockaddr.sun_family == AF_UNIX, "'%s'", text);
	FUZZ_CHECK(memcmp(address.sockaddr.sun_path, path, sizeof path) == 0, "'%s'",
	           text);
	size_t bytes = length + (abstract ? 0 : 1);
	FUZZ_CHECK(address.length == offsetof(struct sockaddr_un, sun_path) + bytes,
	           "'%s': %u", text, address.length);
	FUZZ_CHECK(address.is_abstract == abstract && strcmp(address.text, text) == 0,
	           "'%s': '%s'", text, address.text);
	FUZZ_CHECK(socket_address_check_mode(&address, &mode) ==
	               (mode.given && abstract ? STATUS_USAGE : STATUS_OK),
	           "'%s'", text);
}
