#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "io/error.h"
#include "socket/address.h"

enum status socket_address_parse(struct socket_address *address, const char *text)
{
	size_t length = strlen(text);
	*address = (struct socket_address){.sockaddr = {.sun_family = AF_UNIX},
	                                   .is_abstract = *text == '@'};
	if (length == 0)
		return error_usage("'': the address of a socket must not be empty");
	if (address->is_abstract && length == 1)
		return error_usage("'@': a name must follow the '@'");
	/* unix(7): 108 bytes with the NUL after a pathname, or the one before a name */
	if (length - address->is_abstract > SOCKET_ADDRESS_BYTES_MAX)
		return error_usage("'%s': the %s of a socket must not be longer than %d "
		                   "bytes, this one has %zu",
		                   text, address->is_abstract ? "name" : "path",
		                   SOCKET_ADDRESS_BYTES_MAX,
		                   length - address->is_abstract);
	if (text[length - 1] == '/' && !address->is_abstract)
		return error_usage("'%s': is a directory, not a socket address", text);
	memcpy(address->sockaddr.sun_path, text, length);
	memcpy(address->text, text, length);
	if (address->is_abstract)
		address->sockaddr.sun_path[0] = '\0';
	size_t used =
	    offsetof(struct sockaddr_un, sun_path) + length + !address->is_abstract;
	address->length = (socklen_t)used;
	return STATUS_OK;
}

enum status socket_address_check_mode(const struct socket_address *address,
                                      const struct value_mode *mode)
{
	if (mode->given && address->is_abstract)
		return error_usage("--mode cannot be used with '%s', which has no file",
		                   address->text);
	return STATUS_OK;
}

bool socket_address_is_socket_file(const struct socket_address *address)
{
	struct stat st;
	return stat(address->sockaddr.sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}
