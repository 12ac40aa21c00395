/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/value.h"
#include "io/error.h"
#include "socket/address.h"

/* ------------------------------------------------------------------ parse */

static const char padded_prefix[] = "abns@";

/* NULL if the text does not begin with the prefix. */
static const char *after_prefix(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);
	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static enum status parse_abstract(struct socket_address *address, const char *name,
                                  bool padded)
{
	size_t length = strlen(name);
	address->is_abstract = true;
	if (length == 0)
		return error_usage("'%s': a name must follow the '@'", address->text);
	if (length > SOCKET_ADDRESS_BYTES_MAX)
		return error_usage("'%s': the name of a socket must not be longer than "
		                   "%d bytes, this one has %zu",
		                   address->text, SOCKET_ADDRESS_BYTES_MAX, length);
	memcpy(address->sockaddr.sun_path + 1, name, length);
	address->length =
	    padded ? (socklen_t)sizeof address->sockaddr
	           : (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
	return STATUS_OK;
}

static enum status parse_path(struct socket_address *address)
{
	const char *path = address->text, *slash = strrchr(path, '/');
	size_t length = strlen(path);
	size_t name = slash != NULL ? strlen(slash + 1) : length;
	if (name == 0)
		return error_usage("'%s': is a directory, not a socket address", path);
	if (length <= SOCKET_ADDRESS_BYTES_MAX) {
		memcpy(address->sockaddr.sun_path, path, length);
		address->length =
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
		return STATUS_OK;
	}
	if (length > SOCKET_ADDRESS_PATH_MAX)
		return error_usage("'%s': the path of a socket must not be longer than "
		                   "%d bytes, this one has %zu",
		                   path, SOCKET_ADDRESS_PATH_MAX, length);
	if (name > SOCKET_ADDRESS_LONG_NAME_MAX)
		return error_usage("'%s': in a path of more than %d bytes the last "
		                   "component must not be longer than %d bytes, this "
		                   "one has %zu",
		                   path, SOCKET_ADDRESS_BYTES_MAX,
		                   SOCKET_ADDRESS_LONG_NAME_MAX, name);
	return STATUS_OK;
}

static enum status parse_port(struct socket_address *address, const char *port,
                              uint64_t most)
{
	uint64_t number;
	if (value_unsigned(port, &number) != NULL || number > most)
		return error_usage("'%s': the port '%s' is not a number from 0 to %llu",
		                   address->text, port, (unsigned long long)most);
	address->port = (uint32_t)number;
	return STATUS_OK;
}

/* [HOST]:PORT: the text after the host, NULL if it is not that. */
static const char *parse_bracketed(struct socket_address *address, const char *rest)
{
	const char *end = strchr(rest, ']');
	size_t length = end != NULL ? (size_t)(end - rest) - 1 : 0;
	if (end == NULL || end[1] != ':' || length > SOCKET_ADDRESS_HOST_MAX ||
	    memchr(rest + 1, ':', length) == NULL)
		return NULL;
	memcpy(address->host, rest + 1, length);
	return end + 2;
}

/* HOST:PORT, [HOST]:PORT, PORT; IPv6 without brackets is not told from a port. */
static enum status parse_internet(struct socket_address *address, const char *rest)
{
	const char *colon = strrchr(rest, ':'), *port = colon != NULL ? colon + 1 : rest;
	size_t length = colon != NULL ? (size_t)(colon - rest) : 0;
	if (*rest == '[') {
		port = parse_bracketed(address, rest);
		if (port == NULL)
			return error_usage("'%s': in brackets must be an IPv6 address, "
			                   "and a port must follow: [::1]:80",
			                   address->text);
		return parse_port(address, port, UINT16_MAX);
	}
	if (memchr(rest, ':', length) != NULL)
		return error_usage("'%s': an IPv6 address must be in brackets: [::1]:80",
		                   address->text);
	if (length > SOCKET_ADDRESS_HOST_MAX)
		return error_usage("'%s': the name of a host must not be longer than %d "
		                   "bytes",
		                   address->text, SOCKET_ADDRESS_HOST_MAX);
	memcpy(address->host, rest, length);
	return parse_port(address, port, UINT16_MAX);
}

static enum status parse_vsock(struct socket_address *address, const char *rest)
{
	static const struct {
		const char *name;
		uint32_t cid;
	} names[] = {{"", 1}, {"local", 1}, {"host", 2}, {"any", UINT32_MAX}};
	const char *colon = strchr(rest, ':');
	size_t length = colon != NULL ? (size_t)(colon - rest) : 0;
	char cid[16] = "";
	uint64_t number;
	snprintf(cid, sizeof cid, "%.*s", (int)length, rest);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(cid, names[i].name) == 0 && length < sizeof cid) {
			address->cid = names[i].cid;
			return parse_port(address, colon != NULL ? colon + 1 : rest,
			                  UINT32_MAX - 1);
		}
	if (length >= sizeof cid || value_unsigned(cid, &number) != NULL ||
	    number >= UINT32_MAX)
		return error_usage("'%s': the CID must be local, host, any or a number "
		                   "from 0 to %u",
		                   address->text, UINT32_MAX - 1);
	address->cid = (uint32_t)number;
	return parse_port(address, colon + 1, UINT32_MAX - 1);
}

static enum status parse_inherited(struct socket_address *address, const char *rest)
{
	size_t length = strlen(rest);
	address->fd = -1;
	if (length == 0)
		return error_usage("'%s': a number or a name must follow", address->text);
	if (value_descriptor(rest, &address->fd) == NULL)
		return STATUS_OK;
	address->fd = -1;
	if (length > SOCKET_ADDRESS_HOST_MAX)
		return error_usage("'%s': the name must not be longer than %d bytes",
		                   address->text, SOCKET_ADDRESS_HOST_MAX);
	memcpy(address->host, rest, length);
	return STATUS_OK;
}

enum status socket_address_parse(struct socket_address *address, const char *text)
{
	static const struct {
		const char *prefix;
		enum socket_family family;
		enum status (*parse)(struct socket_address *, const char *rest);
	} forms[] = {{"tcp:", SOCKET_TCP, parse_internet},
	             {"udp:", SOCKET_UDP, parse_internet},
	             {"vsock:", SOCKET_VSOCK, parse_vsock},
	             {"fd:", SOCKET_INHERITED, parse_inherited}};
	const char *rest;
	*address = (struct socket_address){
	    .text = text, .sockaddr = {.sun_family = AF_UNIX}, .fd = -1};
	if (*text == '\0')
		return error_usage("'': the address of a socket must not be empty");
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if ((rest = after_prefix(text, forms[i].prefix)) != NULL) {
			address->family = forms[i].family;
			return forms[i].parse(address, rest);
		}
	if (*text == '@')
		return parse_abstract(address, text + 1, false);
	if ((rest = after_prefix(text, padded_prefix)) != NULL)
		return parse_abstract(address, rest, true);
	return parse_path(address);
}

/* ------------------------------------------------------------------ check */

bool socket_address_has_file(const struct socket_address *address)
{
	return address->family == SOCKET_LOCAL && !address->is_abstract;
}

enum status socket_address_check_mode(const struct socket_address *address,
                                      const struct value_mode *mode)
{
	if (mode->given && !socket_address_has_file(address))
		return error_usage("--mode cannot be used with '%s', which has no file",
		                   address->text);
	return STATUS_OK;
}

enum status socket_address_check_local(const struct socket_address *address, bool given,
                                       const char *option, const char *what)
{
	if (!given || address->family == SOCKET_LOCAL ||
	    address->family == SOCKET_INHERITED)
		return STATUS_OK;
	return socket_address_report_not_local(address, option, what);
}

enum status socket_address_report_not_local(const struct socket_address *address,
                                            const char *option, const char *what)
{
	return error_usage("%s cannot be used with '%s': only local sockets have %s",
	                   option, address->text, what);
}

enum status socket_address_check_replace(const struct socket_address *address, bool given)
{
	if (given && address->family == SOCKET_INHERITED)
		return error_usage("--replace-stale cannot be used with '%s': an "
		                   "inherited socket is bound already",
		                   address->text);
	return socket_address_check_local(address, given, "--replace-stale", "a file");
}

enum status socket_address_choose_type(const struct socket_address *address,
                                       enum socket_type *type)
{
	static const char *const options[] = {
	    [SOCKET_SEQPACKET] = "--seqpacket", [SOCKET_DGRAM] = "--dgram"};
	bool is_udp = address->family == SOCKET_UDP;
	enum socket_type only = is_udp ? SOCKET_DGRAM : SOCKET_STREAM;
	if (!is_udp && address->family != SOCKET_TCP)
		return STATUS_OK;
	if (*type != SOCKET_ANY && *type != only)
		return error_usage("%s cannot be used with '%s'", options[*type],
		                   address->text);
	*type = only;
	return STATUS_OK;
}

enum status socket_address_check_options(const struct socket_address *address,
                                         enum socket_type *type, bool peercred,
                                         const char *fd_option)
{
	enum status status = socket_address_choose_type(address, type);
	if (status == STATUS_OK)
		status = socket_address_check_local(address, peercred, "--peercred",
		                                    "credentials");
	if (status == STATUS_OK)
		status = socket_address_check_local(address, fd_option != NULL, fd_option,
		                                    "descriptors to pass");
	return status;
}

bool socket_address_is_socket_file(const struct socket_address *address)
{
	struct stat st;
	return stat(address->text, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* ------------------------------------------------------- bind and connect */

int socket_address_open_directory(const char *path, const char **name)
{
	char directory[SOCKET_ADDRESS_PATH_MAX + 2];
	const char *slash = strrchr(path, '/');
	size_t length = slash != NULL ? (size_t)(slash + 1 - path) : 0;
	*name = path + length;
	memcpy(directory, path, length);
	strcpy(directory + length, length == 0 ? "." : "");
	return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

typedef int address_function(int, const struct sockaddr *, socklen_t);

static int call_through_directory(address_function *function, int fd,
                                  const struct socket_address *address)
{
	struct sockaddr_un through = {.sun_family = AF_UNIX};
	const char *name;
	int directory = socket_address_open_directory(address->text, &name);
	if (directory < 0)
		return -1;
	int root = snprintf(through.sun_path, sizeof through.sun_path, "/proc/self/fd/%d",
	                    directory);
	bool has_proc = access(through.sun_path, F_OK) == 0;
	snprintf(through.sun_path + root, sizeof through.sun_path - (size_t)root, "/%s",
	         name);
	int result = has_proc ? function(fd, (const struct sockaddr *)&through,
	                                 (socklen_t)sizeof through)
	                      : -1;
	if (!has_proc)
		errno = ENAMETOOLONG;
	fd_close_keep_errno(directory);
	return result;
}

static int call_with_address(address_function *function, int fd,
                             const struct socket_address *address)
{
	if (address->length == 0)
		return call_through_directory(function, fd, address);
	return function(fd, (const struct sockaddr *)&address->sockaddr, address->length);
}

int socket_address_bind(int fd, const struct socket_address *address)
{
	return call_with_address(bind, fd, address);
}

int socket_address_connect(int fd, const struct socket_address *address)
{
	return call_with_address(connect, fd, address);
}
