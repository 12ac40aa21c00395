/*
 * inspect/mapping.h and inspect/blocked.h: lines of /proc/PID/maps and the contents of
 * /proc/PID/task/TID/syscall as the kernel prints them are read back; any other bytes do
 * no harm.
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

void fuzz_target(struct fuzz_input *input)
{
	static void (*const tests[])(struct fuzz_input * input) = {
	    test_mapping, test_any_mapping, test_call, test_any_call};
	tests[fuzz_below(input, sizeof tests / sizeof *tests)](input);
}
