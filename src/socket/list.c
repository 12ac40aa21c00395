/* SPDX-License-Identifier: MIT */
#include "socket/list.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
#include "base/value.h"

/* <linux/netlink.h>, <linux/sock_diag.h>, <linux/unix_diag.h> */
enum {
	DIAG_PROTOCOL = 4, /* NETLINK_SOCK_DIAG */
	DIAG_BY_FAMILY = 20,
	DIAG_REQUEST_DUMP = 0x301, /* NLM_F_REQUEST | NLM_F_DUMP */
	DIAG_ERROR = 2,
	DIAG_DONE = 3,
	DIAG_SHOW = 0x57, /* name, file, peer, queue, user */
	DIAG_NAME = 0,
	DIAG_FILE = 1,
	DIAG_PEER = 2,
	DIAG_QUEUE = 4,
	DIAG_USER = 7,
	STATE_CONNECTED = 1, /* TCP_ESTABLISHED */
	STATE_LISTEN = 10,
};

struct diag_header {
	uint32_t length;
	uint16_t type, flags;
	uint32_t sequence, port;
};

struct diag_request {
	struct diag_header header;
	uint8_t family, protocol;
	uint16_t padding;
	uint32_t states, inode, show, cookie[2];
};

struct diag_socket {
	struct diag_header header;
	uint8_t family, type, state, padding;
	uint32_t inode, cookie[2];
};

struct diag_attribute {
	uint16_t length, type;
	uint32_t values[2];
};

/* A socket, as the kernel reports it. */
struct socket_row {
	uint32_t inode;
	bool listens, connected;
	bool has_user, has_queue;
	uint32_t user, peer, file, queue[2];
	const char *name; /* sun_path, not terminated */
	size_t length;
};

/* ------------------------------------------------------------------------ names */

/* An abstract name begins with a NUL byte: see socket/address.h. */
static const char *abstract_name(struct object_list *list, const struct socket_row *row,
                                 bool *nameless)
{
	enum { PADDED = 108 };
	size_t length = strnlen(row->name + 1, row->length - 1);
	bool padded = row->length == PADDED && length + 1 < row->length;
	for (size_t i = length + 1; i < row->length; i++)
		*nameless |= row->name[i] != '\0';
	*nameless |= length + 1 < row->length && !padded;
	return object_list_format(list, "%s@%.*s", padded ? "abns" : "", (int)length,
	                          row->name + 1);
}

static const char *socket_name(struct object_list *list, const struct socket_row *row,
                               bool *nameless)
{
	if (row->length > 0 && row->name[0] == '\0')
		return abstract_name(list, row, nameless);
	return object_list_text(list, row->name, strnlen(row->name, row->length));
}

/* The file of the socket, if it is still that one. */
static bool set_file(struct object *object, int directory, const char *path)
{
	struct stat st;
	if (fstatat(directory, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISSOCK(st.st_mode) || (uint32_t)st.st_ino != (uint32_t)object->file)
		return false;
	object->has_mode = true;
	object->mode = st.st_mode & 07777;
	object->changed = st.st_ctime;
	return true;
}

static void set_name(struct object_list *list, struct object *object,
                     const struct socket_row *row)
{
	bool nameless = row->length == 0;
	const char *name = socket_name(list, row, &nameless);
	object->nameless = nameless || row->connected;
	object->name = !object->nameless
	                   ? name
	                   : object_list_format(list, "socket:[%u]", row->inode);
	if (object->nameless && name[0] != '\0')
		object->text = name;
	if (!object->nameless && name[0] != '@' && name[0] != '/')
		object->nameless = strncmp(name, "abns@", 5) != 0;
	if (!object->nameless && name[0] == '/')
		object->nameless = !set_file(object, AT_FDCWD, name);
}

void socket_list_complete_name(struct object_list *list, struct object *object,
                               int process)
{
	char path[PATH_MAX];
	if (object->file == 0 || !object->nameless || object->name[0] == '/' ||
	    object->peer != 0)
		return;
	int directory = openat(process, "cwd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return;
	ssize_t length = readlinkat(process, "cwd", path, sizeof path - 1);
	if (length > 0 && set_file(object, directory, object->name)) {
		path[length] = '\0';
		object->name = object_list_format(list, "%s/%s", length > 1 ? path : "",
		                                  object->name);
		object->nameless = false;
	}
	close(directory);
}

/* ------------------------------------------------------------------------- rows */

static void add_socket(struct object_list *list, const struct socket_row *row)
{
	struct object_identity identity = {.kind = OBJECT_SOCKET, .inode = row->inode};
	int index =
	    row->inode != 0 ? object_list_add(list, &identity, NULL) : OBJECT_NONE;
	if (index < 0) /* or a connection that is not accepted yet */
		return;
	struct object *object = &list->objects[index];
	object->has_owner = row->has_user;
	object->uid = row->user;
	object->peer = row->peer;
	object->file = row->file;
	if (row->has_queue) {
		object->unit = row->listens ? OBJECT_UNIT_CONNECTIONS : OBJECT_UNIT_BYTES;
		object->fill = row->queue[0];
		object->limit = row->listens ? row->queue[1] : 0;
	}
	set_name(list, object, row);
}

static void parse_attributes(struct socket_row *row, const char *at, const char *end)
{
	while ((size_t)(end - at) >= 4) {
		const struct diag_attribute *attribute = (const void *)at;
		size_t length = attribute->length;
		if (length < 4 || length > (size_t)(end - at))
			return;
		bool one = length >= 8, two = length >= 12;
		if (attribute->type == DIAG_NAME) {
			row->name = at + 4;
			row->length = length - 4;
		} else if (attribute->type == DIAG_FILE && two) {
			row->file = attribute->values[0];
		} else if (attribute->type == DIAG_PEER && one) {
			row->peer = attribute->values[0];
		} else if (attribute->type == DIAG_QUEUE && two) {
			row->has_queue = true;
			memcpy(row->queue, attribute->values, sizeof row->queue);
		} else if (attribute->type == DIAG_USER && one) {
			row->has_user = true;
			row->user = attribute->values[0];
		}
		length = (length + 3) & ~(size_t)3;
		at = length < (size_t)(end - at) ? at + length : end;
	}
}

bool socket_list_parse(struct object_list *list, const char *bytes, size_t size,
                       bool *failed)
{
	const char *at = bytes, *end = bytes + size;
	while ((size_t)(end - at) >= sizeof(struct diag_header)) {
		const struct diag_socket *found = (const void *)at;
		size_t length = found->header.length;
		*failed = found->header.type == DIAG_ERROR;
		if (found->header.type == DIAG_DONE || *failed ||
		    length < sizeof *found || length > (size_t)(end - at))
			return false;
		struct socket_row row = {.inode = found->inode,
		                         .listens = found->state == STATE_LISTEN,
		                         .connected = found->state == STATE_CONNECTED &&
		                                      found->type != SOCK_DGRAM,
		                         .name = ""};
		parse_attributes(&row, at + sizeof *found, at + length);
		add_socket(list, &row);
		length = (length + 3) & ~(size_t)3;
		at = length < (size_t)(end - at) ? at + length : end;
	}
	return true;
}

static bool list_by_sock_diag(struct object_list *list, int fd, uint32_t states)
{
	_Alignas(8) char bytes[16384];
	const struct diag_request request = {
	    .header = {.length = sizeof request,
	               .type = DIAG_BY_FAMILY,
	               .flags = DIAG_REQUEST_DUMP},
	    .family = AF_UNIX,
	    .states = states,
	    .show = DIAG_SHOW,
	};
	bool failed = false;
	ssize_t length = -1;
	if (send(fd, &request, sizeof request, 0) == sizeof request)
		do
			length = recv(fd, bytes, sizeof bytes, 0);
		while (length > 0 &&
		       socket_list_parse(list, bytes, (size_t)length, &failed));
	return length > 0 && !failed;
}

/* "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /path": proc_net_unix(5) */
static void list_by_procfs(struct object_list *list)
{
	enum { FLAGS = 3, STATE = 5, INODE = 6, NAME = 7, ACCEPTS = 0x10000, LINKED = 3 };
	char *text = procfs_read_all("/proc/net/unix"), *rest = text, *line;
	if (text != NULL)
		procfs_next_line(&rest); /* the heading */
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		const char *words[NAME];
		for (int i = 0; i < NAME; i++)
			words[i] = procfs_next_word(&line);
		char *name = line;
		struct socket_row row = {
		    .inode = (uint32_t)value_strtoull(words[INODE], NULL, 10),
		    .listens = value_strtoull(words[FLAGS], NULL, 16) == ACCEPTS,
		    .connected = value_strtoull(words[STATE], NULL, 16) == LINKED,
		    .name = name,
		    .length = strlen(name)};
		if (name[0] == '@')
			name[0] = '\0';
		add_socket(list, &row);
	}
	free(text);
}

int socket_list_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, DIAG_PROTOCOL);
}

void socket_list_listeners(struct object_list *list, int fd)
{
	if (!list_by_sock_diag(list, fd, 1u << STATE_LISTEN))
		list_by_procfs(list);
}

void socket_list(struct object_list *list)
{
	int fd = socket_list_open();
	if (!list_by_sock_diag(list, fd, UINT32_MAX))
		list_by_procfs(list);
	fd_close_keep_errno(fd);
}
