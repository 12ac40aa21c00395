/* SPDX-License-Identifier: MIT */
#include "trace/tracefs_line.h"

#include <string.h>

#include "base/value.h"

/* The number after a word; *text moves after it. False: it is not there. */
static bool parse_number_after(const char **text, const char *word, unsigned base,
                               int64_t *number)
{
	const char *found = strstr(*text, word);
	if (found == NULL)
		return false;
	*number = (int64_t)value_strtoull(found + strlen(word), text, base);
	return true;
}

static void copy_command(char to[16], const char *from, size_t length)
{
	if (length > 15)
		length = 15;
	memcpy(to, from, length);
	to[length] = '\0';
}

/* "  COMMAND-PID   [CPU] FLAGS SECONDS.MICROSECONDS: ": what follows, or NULL. */
static const char *parse_line_head(struct tracefs_line *line, const char *text)
{
	enum { COMMAND_COLUMNS = 16 };
	if (strnlen(text, COMMAND_COLUMNS + 1) <= COMMAND_COLUMNS ||
	    text[COMMAND_COLUMNS] != '-')
		return NULL;
	size_t blanks = strspn(text, " ");
	if (blanks > COMMAND_COLUMNS)
		return NULL;
	copy_command(line->command, text + blanks, COMMAND_COLUMNS - blanks);
	const char *at = text + COMMAND_COLUMNS + 1;
	if (!value_is_digit(*at))
		return NULL;
	line->thread = (pid_t)value_strtoull(at, &at, 10);
	at += strspn(at, " ");
	if (*at != '[')
		return NULL;
	at += strcspn(at, " ");
	at += strspn(at, " ");
	at += strcspn(at, " ");
	at += strspn(at, " ");
	const char *fraction;
	uint64_t seconds = value_strtoull(at, &fraction, 10);
	if (*fraction != '.' || seconds > INT64_MAX / 2000000000)
		return NULL;
	uint64_t micro = value_strtoull(fraction + 1, &at, 10);
	if (strncmp(at, ": ", 2) != 0 || micro >= 1000000)
		return NULL;
	line->time = (int64_t)(seconds * 1000000000 + micro * 1000);
	return at + 2;
}

/* "(fd: 3, name: 0x7ffe "text", ...": a string may contain anything. */
static void parse_line_arguments(struct tracefs_line *line, const char *text)
{
	memset(line->args, 0, sizeof line->args);
	for (size_t i = 0; i < sizeof line->args / sizeof *line->args; i++) {
		const char *number = strstr(text, ": ");
		if (number == NULL)
			return;
		line->args[i] = value_strtoull(number + 2, &text, 16);
		if (strncmp(text, " \"", 2) == 0) {
			const char *end = strchr(text + 2, '"');
			text = end != NULL ? end : text;
		}
	}
}

static bool parse_call_line(struct tracefs_line *line, const char *text)
{
	static const char arrow[] = " -> ";
	line->call = text;
	line->call_length = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
	text += line->call_length;
	if (*text == '(') {
		line->kind = TRACEFS_LINE_BEGIN;
		parse_line_arguments(line, text);
		return true;
	}
	if (strncmp(text, arrow, strlen(arrow)) != 0)
		return false;
	line->kind = TRACEFS_LINE_END;
	line->result = (int64_t)value_strtoull(text + strlen(arrow), NULL, 16);
	return true;
}

/* The command of the target may look like fields: those after it are the last ones. */
static bool parse_signal_line(struct tracefs_line *line, const char *text)
{
	int64_t signal, code, target, fate;
	const char *command, *end = NULL;
	if (!parse_number_after(&text, "sig=", 10, &signal) ||
	    !parse_number_after(&text, " code=", 10, &code) ||
	    (command = strstr(text, " comm=")) == NULL)
		return false;
	command += strlen(" comm=");
	for (const char *next = command; (next = strstr(next, " pid=")) != NULL; next++)
		end = next;
	if (end == NULL)
		return false;
	copy_command(line->target_command, command, (size_t)(end - command));
	if (!parse_number_after(&end, " pid=", 10, &target) ||
	    !parse_number_after(&end, " res=", 10, &fate))
		return false;
	line->kind = TRACEFS_LINE_SIGNAL;
	line->signal = (int)signal;
	line->code = (int)code;
	line->target = (pid_t)target;
	line->fate = (int)fate;
	return true;
}

bool tracefs_line_parse(struct tracefs_line *line, const char *text)
{
	static const char lost[] = "CPU:", call[] = "sys_",
	                  signal[] = "signal_generate: ";
	if (strncmp(text, lost, strlen(lost)) == 0) {
		line->kind = TRACEFS_LINE_LOST;
		return parse_number_after(&text, " [LOST ", 10, &line->result);
	}
	text = parse_line_head(line, text);
	if (text == NULL)
		return false;
	if (strncmp(text, call, strlen(call)) == 0)
		return parse_call_line(line, text + strlen(call));
	return strncmp(text, signal, strlen(signal)) == 0 &&
	       parse_signal_line(line, text + strlen(signal));
}
