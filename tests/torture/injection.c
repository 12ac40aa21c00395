/* SPDX-License-Identifier: MIT */
#include "injection.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

static const struct {
	const char *name;
	enum injection_kind kind;
	int value;
} words[] = {{"short", INJECTION_SHORT, 0},      {"TERM", INJECTION_SIGNAL, SIGTERM},
             {"INT", INJECTION_SIGNAL, SIGINT},  {"USR1", INJECTION_SIGNAL, SIGUSR1},
             {"STOP", INJECTION_STOP, 0},        {"kill", INJECTION_KILL_BEFORE, 0},
             {"killed", INJECTION_KILL_AFTER, 0}};

enum { WORDS = sizeof words / sizeof *words };

static const char *what(const struct injection *injection)
{
	if (injection->kind == INJECTION_ERROR)
		return error_name(injection->value);
	for (int i = 0; i < WORDS; i++)
		if (words[i].kind == injection->kind &&
		    words[i].value == injection->value)
			return words[i].name;
	return "-";
}

void injection_print(const struct injection *injection, char text[INJECTION_TEXT])
{
	snprintf(text, INJECTION_TEXT, "%d:%s:%d:%s%s", injection->process,
	         call_name(injection->call), injection->nth, what(injection),
	         injection->from_then_on ? "+" : "");
}

bool injection_parse(struct injection *injection, const char *text)
{
	char copy[INJECTION_TEXT], *rest = copy;
	*injection = (struct injection){0};
	if (strlen(text) >= sizeof copy)
		return false;
	memcpy(copy, text, strlen(text) + 1);
	const char *process = strsep(&rest, ":"), *call = strsep(&rest, ":"),
	           *nth = strsep(&rest, ":");
	if (nth == NULL || rest == NULL)
		return false;
	injection->process = (int)strtol(process, NULL, 10);
	injection->call = call_number(call);
	injection->nth = (int)strtol(nth, NULL, 10);
	size_t length = strlen(rest);
	injection->from_then_on = length > 0 && rest[length - 1] == '+';
	if (injection->from_then_on)
		rest[length - 1] = '\0';
	for (int i = 0; i < WORDS; i++)
		if (strcmp(words[i].name, rest) == 0) {
			injection->kind = words[i].kind;
			injection->value = words[i].value;
			return injection->call >= 0;
		}
	injection->kind = INJECTION_ERROR;
	injection->value = error_number(rest);
	return injection->call >= 0 && injection->value != 0;
}
