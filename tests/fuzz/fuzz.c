/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "base/call.h"
#include "base/procfs.h"
#include "fuzz.h"
#include "io/input.h"

enum { WRITTEN_MAX = 1 << 20, BLOCKS_MAX = 256 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/*
 * By `ld --wrap`: a call of f() in any object is one of __wrap_f(), and __real_f() is the
 * function itself.
 */
ssize_t real_write(int fd, const void *bytes, size_t length) __asm__("__real_write");
ssize_t wrap_write(int fd, const void *bytes, size_t length) __asm__("__wrap_write");
off_t real_lseek(int fd, off_t offset, int whence) __asm__("__real_lseek");
off_t wrap_lseek(int fd, off_t offset, int whence) __asm__("__wrap_lseek");
ssize_t real_input_read_from(int fd, const struct deadline *deadline, void *bytes,
                             size_t size) __asm__("__real_input_read_from");
ssize_t wrap_input_read_from(int fd, const struct deadline *deadline, void *bytes,
                             size_t size) __asm__("__wrap_input_read_from");
ssize_t real_procfs_read(const char *path, char *text,
                         size_t size) __asm__("__real_procfs_read");
ssize_t wrap_procfs_read(const char *path, char *text,
                         size_t size) __asm__("__wrap_procfs_read");

static bool capturing;

static struct written {
	size_t length;
	char text[WRITTEN_MAX];
} written[3];

static off_t sought;

static void *blocks[BLOCKS_MAX];
static int block_count;

/* ------------------------------------------------------------------- the input */

unsigned fuzz_byte(struct fuzz_input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->next++;
}

unsigned fuzz_below(struct fuzz_input *input, unsigned count)
{
	return fuzz_byte(input) % count;
}

uint64_t fuzz_word(struct fuzz_input *input)
{
	uint64_t word = 0;
	size_t length = input->left < sizeof word ? input->left : sizeof word;
	memcpy(&word, input->next, length);
	input->next += length;
	input->left -= length;
	return word;
}

void *fuzz_memory(size_t size)
{
	if (block_count == BLOCKS_MAX)
		abort();
	blocks[block_count] = calloc(1, size);
	if (blocks[block_count] == NULL)
		abort();
	return blocks[block_count++];
}

char *fuzz_copy(const char *text)
{
	return strcpy(fuzz_memory(strlen(text) + 1), text);
}

char *fuzz_bytes(struct fuzz_input *input, size_t *length)
{
	if (*length > input->left)
		*length = input->left;
	char *bytes = fuzz_memory(*length + 1);
	memcpy(bytes, input->next, *length);
	input->next += *length;
	input->left -= *length;
	return bytes;
}

/* Without what follows a NUL, so that the string fills its memory. */
static char *copy_string(struct fuzz_input *input, size_t length)
{
	size_t used = strnlen((const char *)input->next, length);
	char *text = fuzz_memory(used + 1);
	memcpy(text, input->next, used);
	input->next += length;
	input->left -= length;
	return text;
}

char *fuzz_rest(struct fuzz_input *input)
{
	return input->left > 0 ? copy_string(input, input->left) : fuzz_memory(1);
}

char *fuzz_part(struct fuzz_input *input)
{
	const uint8_t *end =
	    input->left > 0 ? memchr(input->next, 0xff, input->left) : NULL;
	if (end == NULL)
		return fuzz_rest(input);
	char *text = copy_string(input, (size_t)(end - input->next));
	fuzz_byte(input);
	return text;
}

/* ------------------------------------------------------------ what is written */

ssize_t wrap_write(int fd, const void *bytes, size_t length)
{
	if (!capturing || (fd != STDOUT_FILENO && fd != STDERR_FILENO))
		return real_write(fd, bytes, length);
	struct written *to = &written[fd];
	FUZZ_CHECK(length < sizeof to->text - to->length, "%zu bytes", length);
	memcpy(to->text + to->length, bytes, length);
	to->length += length;
	return (ssize_t)length;
}

off_t wrap_lseek(int fd, off_t offset, int whence)
{
	if (!capturing || fd != STDIN_FILENO)
		return real_lseek(fd, offset, whence);
	FUZZ_CHECK(whence == SEEK_CUR, "%d", whence);
	return sought += offset;
}

off_t fuzz_sought(void)
{
	return sought;
}

ssize_t wrap_input_read_from(int fd, const struct deadline *deadline, void *bytes,
                             size_t size)
{
	if (!capturing || fuzz_read == NULL)
		return real_input_read_from(fd, deadline, bytes, size);
	return fuzz_read(bytes, size);
}

ssize_t wrap_procfs_read(const char *path, char *text, size_t size)
{
	if (!capturing || fuzz_read_proc == NULL)
		return real_procfs_read(path, text, size);
	return fuzz_read_proc(path, text, size);
}

const char *fuzz_written(int fd, size_t *length)
{
	written[fd].text[written[fd].length] = '\0';
	*length = written[fd].length;
	return written[fd].text;
}

void fuzz_forget_written(void)
{
	written[STDOUT_FILENO].length = written[STDERR_FILENO].length = 0;
}

size_t fuzz_character(const char *bytes, size_t left, uint32_t *code)
{
	mbstate_t state = {0};
	wchar_t character;
	size_t size = mbrtowc(&character, bytes, left, &state);
	/* glibc does not know that Unicode ends at U+10FFFF */
	if (size > left || character > 0x10ffff)
		return 0;
	*code = (uint32_t)character;
	return size > 0 ? size : 1;
}

bool fuzz_is_control(uint32_t code)
{
	/* iswcntrl(3) has the two line separators too, which no terminal obeys; the
	 * others are the characters with the property Bidi_Control */
	static const wchar_t directions[] =
	    L"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";
	bool separator = code == 0x2028 || code == 0x2029;
	return (iswcntrl(code) && !separator) ||
	       (code != 0 && wcschr(directions, (wchar_t)code) != NULL);
}

/* Lines "fuzz: …", and after a usage error the second line. Nothing controls a terminal.
 */
static void check_messages(void)
{
	static const char second[] = "Try 'fuzz --help' for more information.\n";
	size_t length;
	const char *line = fuzz_written(STDERR_FILENO, &length);
	const char *end = line + length;
	FUZZ_CHECK(strlen(line) == length, "a NUL in a message");
	while (line < end) {
		const char *newline = strchr(line, '\n');
		FUZZ_CHECK(newline != NULL, "'%s' has no newline", line);
		FUZZ_CHECK(strncmp(line, "fuzz: ", 6) == 0 ||
		               strncmp(line, second, sizeof second - 1) == 0,
		           "'%s'", line);
		while (line < newline) {
			uint32_t code;
			size_t size =
			    fuzz_character(line, (size_t)(newline - line), &code);
			FUZZ_CHECK(size > 0 && !fuzz_is_control(code), "'%s'", line);
			line += size;
		}
		line++;
	}
}

/* ----------------------------------------------------------------------- calls */

void fuzz_failed(const char *file, int line, const char *what, const char *format, ...)
{
	va_list arguments;
	capturing = false;
	fprintf(stderr, "%s:%d: not %s: ", file, line, what);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct call call;
	(void)argc;
	(void)argv;
	call_begin(&call, "fuzz");
	call_ignore_sigpipe();
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		abort();
	if (fuzz_prepare != NULL)
		fuzz_prepare();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct fuzz_input input = {bytes, length};
	fuzz_forget_written();
	sought = 0;
	capturing = true;
	fuzz_target(&input);
	capturing = false;
	check_messages();
	while (block_count > 0)
		free(blocks[--block_count]);
	return 0;
}
