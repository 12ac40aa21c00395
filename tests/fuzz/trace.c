/* SPDX-License-Identifier: MIT */
/*
 * trace/tracefs_line.h: lines of trace_pipe as the kernel prints them are read back; any
 * other bytes do no harm.
 *
 * Runs: 400000 of at most 300 bytes
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "trace/tracefs_line.h"

/* Of a command at most 15 bytes, in which a byte that ends the line cannot be. */
static const char *make_command(struct fuzz_input *input)
{
	char *command = fuzz_part(input);
	command[strcspn(command, "\n")] = '\0';
	if (strlen(command) > 15)
		command[15] = '\0';
	/* the kernel aligns it to the right: blanks in front of it cannot be told */
	command += strspn(command, " ");
	return *command != '\0' ? command : "x";
}

/* trace_print_context() of the kernel, kernel/trace/trace_output.c. */
static int put_head(char *line, size_t size, struct fuzz_input *input,
                    struct tracefs_line *expected)
{
	const char *command = make_command(input);
	unsigned long long micro = fuzz_word(input) % 4000000000000000;
	int cpu = (int)fuzz_below(input, 1000);
	expected->thread = (pid_t)(fuzz_word(input) & 0x3fffff);
	expected->time = (int64_t)(micro * 1000);
	strcpy(expected->command, command);
	return snprintf(line, size, "%16s-%-7d [%03d] d..1. %5llu.%06llu: ", command,
	                (int)expected->thread, cpu, micro / 1000000, micro % 1000000);
}

static void check_head(const struct tracefs_line *line,
                       const struct tracefs_line *expected, const char *text)
{
	FUZZ_CHECK(line->kind == expected->kind && line->thread == expected->thread &&
	               line->time == expected->time &&
	               strcmp(line->command, expected->command) == 0,
	           "%s", text);
}

/* print_syscall_enter() and print_syscall_exit(). */
static void test_call(struct fuzz_input *input)
{
	static const char *const names[] = {"semop", "mq_timedsend", "pread64", "openat"};
	char line[600];
	struct tracefs_line found, expected = {0};
	bool ends = fuzz_below(input, 2) == 1;
	const char *call = names[fuzz_below(input, 4)];
	int at = put_head(line, sizeof line, input, &expected);
	unsigned count = fuzz_below(input, 7), quoted = fuzz_below(input, 7);
	at += snprintf(line + at, sizeof line - (size_t)at, "sys_%s%s", call,
	               ends ? " -> 0x" : "(");
	expected.kind = ends ? TRACEFS_LINE_END : TRACEFS_LINE_BEGIN;
	for (unsigned i = 0; i < count && !ends; i++) {
		expected.args[i] = fuzz_word(input);
		at += snprintf(line + at, sizeof line - (size_t)at, "%sarg: 0x%llx",
		               i > 0 ? ", " : "", (unsigned long long)expected.args[i]);
		/* the kernel prints the string at some addresses after them */
		if (i == quoted)
			at += snprintf(line + at, sizeof line - (size_t)at,
			               " \"a: 0x1, b: (%u\"", fuzz_byte(input));
	}
	expected.result = (int64_t)fuzz_word(input);
	if (ends)
		snprintf(line + at, sizeof line - (size_t)at, "%llx",
		         (unsigned long long)expected.result);
	else
		snprintf(line + at, sizeof line - (size_t)at, ")");
	const char *text = fuzz_copy(line);
	FUZZ_CHECK(tracefs_line_parse(&found, text), "%s", text);
	check_head(&found, &expected, text);
	FUZZ_CHECK(found.call_length == strlen(call) &&
	               memcmp(found.call, call, found.call_length) == 0,
	           "%s", text);
	for (unsigned i = 0; i < 6 && !ends; i++)
		FUZZ_CHECK(found.args[i] == expected.args[i], "%u of %s", i, text);
	FUZZ_CHECK(!ends || found.result == expected.result, "%s", text);
}

/* The format of signal_generate, include/trace/events/signal.h. */
static void test_signal(struct fuzz_input *input)
{
	char line[600];
	struct tracefs_line found, expected = {.kind = TRACEFS_LINE_SIGNAL};
	int at = put_head(line, sizeof line, input, &expected);
	expected.signal = 1 + (int)fuzz_below(input, 64);
	expected.code = (int)fuzz_below(input, 10);
	expected.target = (pid_t)(fuzz_word(input) & 0x3fffff);
	expected.fate = (int)fuzz_below(input, 5);
	const char *command = make_command(input);
	snprintf(line + at, sizeof line - (size_t)at,
	         "signal_generate: sig=%d errno=%d code=%d comm=%s pid=%d grp=%d res=%d",
	         expected.signal, (int)fuzz_byte(input), expected.code, command,
	         (int)expected.target, (int)fuzz_below(input, 2), expected.fate);
	const char *text = fuzz_copy(line);
	FUZZ_CHECK(tracefs_line_parse(&found, text), "%s", text);
	check_head(&found, &expected, text);
	FUZZ_CHECK(found.signal == expected.signal && found.code == expected.code &&
	               found.target == expected.target && found.fate == expected.fate &&
	               strcmp(found.target_command, command) == 0,
	           "%s", text);
}

/* trace_print_lost_events() of the kernel. */
static void test_lost(struct fuzz_input *input)
{
	char line[80];
	struct tracefs_line found;
	unsigned events = (unsigned)fuzz_word(input);
	snprintf(line, sizeof line, "CPU:%u [LOST %u EVENTS]", fuzz_byte(input), events);
	FUZZ_CHECK(tracefs_line_parse(&found, fuzz_copy(line)), "%s", line);
	FUZZ_CHECK(found.kind == TRACEFS_LINE_LOST && found.result == events, "%s", line);
}

static void test_any(struct fuzz_input *input)
{
	struct tracefs_line line;
	const char *text = fuzz_rest(input);
	if (!tracefs_line_parse(&line, text) || line.kind == TRACEFS_LINE_LOST)
		return;
	FUZZ_CHECK(memchr(line.command, '\0', sizeof line.command) != NULL &&
	               line.time >= 0,
	           "%s", text);
	if (line.kind == TRACEFS_LINE_SIGNAL)
		FUZZ_CHECK(
		    memchr(line.target_command, '\0', sizeof line.target_command) != NULL,
		    "%s", text);
	else
		FUZZ_CHECK(line.call > text &&
		               line.call + line.call_length <= text + strlen(text),
		           "%s", text);
}

void fuzz_target(struct fuzz_input *input)
{
	static void (*const tests[])(struct fuzz_input * input) = {test_call, test_signal,
	                                                           test_lost, test_any};
	tests[fuzz_below(input, sizeof tests / sizeof *tests)](input);
}
