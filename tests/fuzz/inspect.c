/* SPDX-License-Identifier: MIT */
/*
 * inspect/mapping.h, inspect/blocked.h and socket/list.h: lines of /proc/PID/maps, the
 * contents of /proc/PID/task/TID/syscall and the lists of sockets as the kernel has them
 * are read back; any other bytes do no harm.
 *
 * Runs: 1000000 of at most 300 bytes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "fuzz.h"
#include "inspect/blocked.h"
#include "inspect/mapping.h"
#include "socket/list.h"

/* show_map_vma() of the kernel, fs/proc/task_mmu.c. */
static void test_mapping(struct fuzz_input *input)
{
	char line[512];
	unsigned flags = fuzz_byte(input);
	unsigned long long start = fuzz_word(input), end = fuzz_word(input),
	                   offset = fuzz_word(input), inode = fuzz_word(input);
	unsigned major = fuzz_byte(input), minor = (unsigned)fuzz_word(input) & 0xfffff;
	char *path = fuzz_rest(input);
	/* a newline in it is printed as \012 */
	path[strcspn(path, "\n")] = '\0';
	const char *shown = path + strspn(path, " ");
	snprintf(line, sizeof line, "%08llx-%08llx r%cx%c %08llx %02x:%02x %llu %s",
	         start, end, flags & 1 ? 'w' : '-', flags & 2 ? 's' : 'p', offset, major,
	         minor, inode, path);
	struct mapping mapping;
	FUZZ_CHECK(mapping_parse(&mapping, fuzz_copy(line)), "%s", line);
	FUZZ_CHECK(mapping.start == start && mapping.end == end &&
	               mapping.offset == offset && mapping.inode == inode &&
	               mapping.device == makedev(major, minor) &&
	               mapping.writable == ((flags & 1) != 0) &&
	               mapping.shared == ((flags & 2) != 0) &&
	               strncmp(mapping.path, shown, 200) == 0,
	           "%s", line);
	FUZZ_CHECK(mapping_is_segment(&mapping) ==
	               (mapping.shared && strncmp(shown, "/SYSV", 5) == 0),
	           "%s", line);
}

static void test_any_mapping(struct fuzz_input *input)
{
	struct mapping mapping;
	const char *line = fuzz_rest(input);
	if (mapping_parse(&mapping, line))
		FUZZ_CHECK(mapping.path > line && mapping.path <= line + strlen(line),
		           "%s", line);
}

/* proc_pid_syscall() of the kernel, fs/proc/base.c. */
static void test_call(struct fuzz_input *input)
{
	char text[256];
	unsigned long long word[8];
	unsigned number = (unsigned)fuzz_below(input, 600);
	for (int i = 0; i < 8; i++)
		word[i] = fuzz_word(input);
	snprintf(text, sizeof text,
	         "%u 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx\n", number,
	         word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]);
	struct blocked_call call;
	FUZZ_CHECK(blocked_parse(&call, fuzz_copy(text)), "%s", text);
	FUZZ_CHECK(call.number == number && call.stack == word[6], "%s", text);
	for (int i = 0; i < 6; i++)
		FUZZ_CHECK(call.arguments[i] == word[i], "%s", text);
	const struct blocked_row *row = blocked_find(call.number);
	FUZZ_CHECK(row == NULL || row->number == call.number, "%u", number);
}

static void test_any_call(struct fuzz_input *input)
{
	struct blocked_call call;
	const char *text = fuzz_rest(input);
	if (blocked_parse(&call, text))
		FUZZ_CHECK(*text >= '0' && *text <= '9' && strstr(text, " 0x") != NULL,
		           "%s", text);
}

/* A datagram of the kernel: net/unix/diag.c. */
struct datagram {
	unsigned char *bytes;
	size_t length;
};

static void put_bytes(struct datagram *datagram, const void *bytes, size_t length)
{
	memcpy(datagram->bytes + datagram->length, bytes, length);
	datagram->length += (length + 3) & ~(size_t)3;
}

static void put_attribute(struct datagram *datagram, unsigned type, const void *value,
                          size_t length)
{
	const uint16_t head[] = {(uint16_t)(4 + length), (uint16_t)type};
	put_bytes(datagram, head, sizeof head);
	put_bytes(datagram, value, length);
}

/* A socket that listens at an abstract name, or one of a connection. */
static void put_socket(struct datagram *datagram, uint32_t inode, bool listens,
                       const char *name, const uint32_t queue[2], uint32_t peer)
{
	char abstract[100] = "";
	size_t start = datagram->length, length = strlen(name) + 1;
	struct {
		uint32_t length;
		uint16_t type, flags;
		uint32_t sequence, port;
		uint8_t family, kind, state, padding;
		uint32_t inode, cookie[2];
	} head = {.type = 20,
	          .family = 1,
	          .kind = 1,
	          .state = listens ? 10 : 1,
	          .inode = inode};
	put_bytes(datagram, &head, sizeof head);
	strcpy(abstract + 1, name);
	if (listens)
		put_attribute(datagram, 0, abstract, length);
	else
		put_attribute(datagram, 2, &peer, sizeof peer);
	put_attribute(datagram, 4, queue, 2 * sizeof *queue);
	head.length = (uint32_t)(datagram->length - start);
	memcpy(datagram->bytes + start, &head, sizeof head);
}

static void test_sockets(struct fuzz_input *input)
{
	enum { SOCKETS_MAX = 4, ROOM = SOCKETS_MAX * 200 };
	struct datagram datagram = {.bytes = fuzz_memory(ROOM)};
	struct object_list list = {0};
	bool failed = true;
	uint32_t first = (uint32_t)fuzz_word(input) | 0x10, queue[2], peer;
	unsigned count = 1 + fuzz_below(input, SOCKETS_MAX);
	queue[0] = (uint32_t)fuzz_word(input);
	queue[1] = (uint32_t)fuzz_word(input);
	peer = (uint32_t)fuzz_word(input);
	unsigned listening = fuzz_byte(input);
	char *name = fuzz_rest(input);
	if (strlen(name) > 80)
		name[80] = '\0';
	for (unsigned i = 0; i < count; i++)
		put_socket(&datagram, first ^ i, (listening >> i & 1) != 0, name, queue,
		           peer);
	/* in memory of just that size, so that a byte read after it is found */
	char *exact = fuzz_memory(datagram.length);
	memcpy(exact, datagram.bytes, datagram.length);
	FUZZ_CHECK(socket_list_parse(&list, exact, datagram.length, &failed) && !failed,
	           "%zu", datagram.length);
	FUZZ_CHECK(list.count == count, "%zu", list.count);
	for (unsigned i = 0; i < count; i++) {
		bool listens = (listening >> i & 1) != 0;
		const struct object *object = &list.objects[i];
		FUZZ_CHECK(object->identity.inode == (first ^ i), "%u", i);
		FUZZ_CHECK(object->fill == queue[0] &&
		               object->limit == (listens ? queue[1] : 0),
		           "%u", i);
		FUZZ_CHECK(object->nameless == !listens, "%s", object->name);
		if (listens)
			FUZZ_CHECK(object->name[0] == '@' &&
			               strcmp(object->name + 1, name) == 0,
			           "%s", object->name);
		else
			FUZZ_CHECK(object->peer == peer, "%u", i);
	}
	object_list_free(&list);
}

static void test_any_sockets(struct fuzz_input *input)
{
	/* the length, the type, the inode number: a socket, with any attributes */
	enum { HEAD = 32, TYPE = 4, INODE = 20, DIAG_BY_FAMILY = 20 };
	struct object_list list = {0};
	bool failed, with_head = fuzz_below(input, 4) != 0;
	size_t length;
	const char *bytes = fuzz_bytes(input, &length);
	char *aligned = fuzz_memory(length);
	memcpy(aligned, bytes, length);
	if (with_head && length >= HEAD) {
		const uint32_t whole = (uint32_t)length, type = DIAG_BY_FAMILY;
		memcpy(aligned, &whole, sizeof whole);
		memcpy(aligned + TYPE, &type, sizeof type);
		aligned[INODE] = 1;
	}
	socket_list_parse(&list, aligned, length, &failed);
	FUZZ_CHECK(list.count <= length / HEAD, "%zu of %zu", list.count, length);
	object_list_free(&list);
}

void fuzz_target(struct fuzz_input *input)
{
	static void (*const tests[])(struct fuzz_input * input) = {
	    test_mapping,  test_any_mapping, test_call,
	    test_any_call, test_sockets,     test_any_sockets};
	tests[fuzz_below(input, sizeof tests / sizeof *tests)](input);
}
