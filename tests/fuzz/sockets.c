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
	bool padded = strncmp(text, "abns@", 5) == 0;
	bool abstract = padded || text[0] == '@';
	size_t before = padded ? 5 : abstract; /* in front of the name */
	char path[sizeof((struct sockaddr_un *)NULL)->sun_path] = "";
	static const char *const others[] = {"tcp:", "udp:", "vsock:", "fd:"};
	/* their parts are those of the unit tests; here nothing is to crash */
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strncmp(text, others[i], strlen(others[i])) == 0) {
			struct socket_address other;
			FUZZ_CHECK(socket_address_parse(&other, text) != STATUS_OK ||
			               !socket_address_has_file(&other),
			           "'%s'", text);
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
