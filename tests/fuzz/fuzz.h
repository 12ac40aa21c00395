/* SPDX-License-Identifier: MIT */
/*
 * The targets of libFuzzer. tests/fuzz/NAME.c defines fuzz_target(), which is called with
 * millions of inputs: it decodes one, calls functions of src/ with it, and compares what
 * they did with what something else says: 128-bit arithmetic, the C library, another
 * parser, the same value printed and read back. `make fuzz` runs all, `make fuzz-NAME`
 * one.
 *
 *     void fuzz_target(struct fuzz_input *input)
 *     {
 *             uint64_t value, expected;
 *             const char *text = fuzz_rest(input);
 *             bool valid = reference_unsigned(text, &expected);
 *             FUZZ_CHECK((value_unsigned(text, &value) == NULL) == valid, "'%s'", text);
 *     }
 *
 * While it runs, what is written to descriptors 1 and 2 is kept in memory, and each
 * message is held against the rules that all messages obey (io/report.h).
 *
 * A line `Runs: N of at most M bytes` in the comment at the head of the file says how
 * many of the executions of `make fuzz` the target gets, and how long its inputs are.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct fuzz_input {
	const uint8_t *next;
	size_t left;
};

void fuzz_target(struct fuzz_input *input);

/* Called once before, if the target defines it. */
void fuzz_prepare(void) __attribute__((weak));

/* What input_read_from() and procfs_read() do while the target runs, if it defines it. */
ssize_t fuzz_read(void *bytes, size_t size) __attribute__((weak));
ssize_t fuzz_read_proc(const char *path, char *text, size_t size) __attribute__((weak));

/* The next byte, 0 at the end; the next number from 0 to max; the next 8 bytes. */
unsigned fuzz_byte(struct fuzz_input *input);
unsigned fuzz_below(struct fuzz_input *input, unsigned count);
uint64_t fuzz_word(struct fuzz_input *input);

/*
 * The rest of the input, the bytes up to the next 0xff, or at most `length` bytes, as a
 * string in memory of just that size, so that the sanitizer finds a byte read after it.
 * It is freed after the call of fuzz_target(). A string ends at its first NUL.
 */
char *fuzz_rest(struct fuzz_input *input);
char *fuzz_part(struct fuzz_input *input);
char *fuzz_bytes(struct fuzz_input *input, size_t *length);

/* Memory of that size, filled with zeros, and a copy of a string; freed likewise. */
void *fuzz_memory(size_t size);
char *fuzz_copy(const char *text);

/*
 * The character of UTF-8 at `bytes`, as the C library has it in the locale C.UTF-8: its
 * length, at least 1, and its number; 0 if the bytes are not UTF-8. Does it control a
 * terminal, or the direction of text, by the tables of Unicode?
 */
size_t fuzz_character(const char *bytes, size_t left, uint32_t *code);
bool fuzz_is_control(uint32_t code);

/* How far lseek(2) moved an offset since the call began. */
off_t fuzz_sought(void);

/* What was written to descriptor 1 or 2 since the call began, or was forgotten. */
const char *fuzz_written(int fd, size_t *length);
void fuzz_forget_written(void);

/* Report the failure and abort: libFuzzer keeps the input. */
#define FUZZ_CHECK(condition, ...)                                                       \
	((condition) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #condition, __VA_ARGS__))

_Noreturn void fuzz_failed(const char *file, int line, const char *what,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
