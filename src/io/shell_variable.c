/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/frontend.h"
#include "base/value.h"
#include "base/vec.h"
#include "io/error.h"
#include "io/shell_variable.h"

static const char priority_suffix[] = "_priority";

enum { PRIORITY_NAME_MAX = 256 };

/* -------------------------------------------------------------------- names */

static bool is_valid_name(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!(*p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		      (p > text && value_is_digit(*p))))
			return false;
	return *text != '\0';
}

enum status shell_variable_check(const char *name, bool number)
{
	if (!is_valid_name(name))
		return error_usage("'%s' is not a valid variable name", name);
	const char *refusal = frontend_variable_refusal(name, number);
	return refusal != NULL ? error_as(STATUS_FAILED, "%s: %s", name, refusal)
	                       : STATUS_OK;
}

/* The name of the variable of the priorities; false: too long. */
static bool priority_name(const struct shell_variable *variable,
                          char name[PRIORITY_NAME_MAX])
{
	int length =
	    snprintf(name, PRIORITY_NAME_MAX, "%s%s", variable->name, priority_suffix);
	return length < PRIORITY_NAME_MAX;
}

static enum status check_priority_name(const struct shell_variable *variable)
{
	char name[PRIORITY_NAME_MAX];
	if (!priority_name(variable, name))
		return error_usage("'%s' is too long a name for --priorities",
		                   variable->name);
	return shell_variable_check(name, false);
}

/* ---------------------------------------------------------------------- add */

/* Room for `length` more bytes and a NUL; -1 with ENOMEM. */
static int reserve_bytes(struct shell_variable *variable, size_t length)
{
	enum { SIZE_MIN = 256 };
	size_t needed, larger = variable->size;
	if (__builtin_add_overflow(variable->length + 1, length, &needed)) {
		errno = ENOMEM;
		return -1;
	}
	if (needed <= variable->size)
		return 0;
	if (__builtin_mul_overflow(larger, (size_t)2, &larger) || larger < needed)
		larger = needed;
	if (larger < SIZE_MIN)
		larger = SIZE_MIN;
	char *bytes = realloc(variable->bytes, larger);
	if (bytes == NULL)
		return -1;
	variable->bytes = bytes;
	variable->size = larger;
	return 0;
}

/* An array of the shell cannot hold more than it has memory for either: not limited. */
static int reserve_number(struct shell_variable *variable)
{
	if (variable->count < variable->room)
		return 0;
	int64_t *numbers =
	    vec_grow(variable->numbers, &variable->room, sizeof *variable->numbers);
	if (numbers == NULL)
		return -1;
	variable->numbers = numbers;
	return 0;
}

static int append_bytes(struct shell_variable *variable, const char *bytes, size_t length)
{
	if (length > 0 && memchr(bytes, '\0', length) != NULL) {
		errno = EILSEQ;
		return -1;
	}
	if (reserve_bytes(variable, length) < 0)
		return -1;
	if (length > 0)
		memcpy(variable->bytes + variable->length, bytes, length);
	variable->length += length;
	variable->bytes[variable->length] = '\0';
	return 0;
}

int shell_variable_add(struct shell_variable *variable, const char *message,
                       size_t length, int64_t priority)
{
	if (reserve_number(variable) < 0 || append_bytes(variable, message, length) < 0)
		return -1;
	variable->length++; /* the NUL */
	variable->numbers[variable->count++] = priority;
	return 0;
}

int shell_variable_write(struct shell_variable *variable, const char *bytes,
                         size_t length)
{
	return append_bytes(variable, bytes, length);
}

const char *shell_variable_error_text(int error)
{
	return error == EILSEQ ? "a variable cannot hold a NUL byte" : error_text(error);
}

/* -------------------------------------------------------------------- store */

/* The text becomes values, each with a NUL after it; true: there is something. */
static bool split_text(struct shell_variable *variable)
{
	bool written = variable->length > 0;
	if (variable->form == SHELL_VARIABLE_MESSAGES)
		return variable->count > 0;
	if (variable->form == SHELL_VARIABLE_LINES && written &&
	    variable->bytes[variable->length - 1] == '\n')
		variable->bytes[--variable->length] = '\0';
	variable->count = variable->array && !written ? 0 : 1;
	if (variable->form != SHELL_VARIABLE_LINES)
		return written;
	for (size_t i = 0; i < variable->length; i++)
		if (variable->bytes[i] == '\n') {
			variable->bytes[i] = '\0';
			variable->array = true;
			variable->count++;
		}
	return written;
}

/* `count` texts, each with a NUL after it. */
static int set_values(const struct shell_variable *variable, const char *name, char *text)
{
	if (!variable->array)
		return frontend_set_variable(name, text != NULL ? text : "");
	char **values = calloc(variable->count + 1, sizeof *values);
	if (values == NULL)
		return -1;
	for (size_t i = 0; i < variable->count; i++, text += strlen(text) + 1)
		values[i] = text;
	int result = frontend_set_array(name, values, variable->count);
	free((void *)values);
	return result;
}

static int set_priorities(const struct shell_variable *variable)
{
	enum { DIGITS = 24 };
	char name[PRIORITY_NAME_MAX];
	char *text = malloc((variable->count + 1) * DIGITS), *end = text;
	if (text == NULL)
		return -1;
	*text = '\0';
	for (size_t i = 0; i < variable->count; i++)
		end += snprintf(end, DIGITS, "%lld", (long long)variable->numbers[i]) + 1;
	priority_name(variable, name);
	int result = set_values(variable, name, text);
	free(text);
	return result;
}

static enum status store_variable(struct shell_variable *variable)
{
	if (set_values(variable, variable->name, variable->bytes) == 0 &&
	    (!variable->priorities || set_priorities(variable) == 0))
		return STATUS_OK;
	return error_errno("%s", variable->name);
}

/* ------------------------------------------------------------ begin and end */

enum status shell_variable_status(enum status received, enum status ended)
{
	return received == STATUS_OK && shell_variable_current() != NULL ? received
	                                                                 : ended;
}

struct shell_variable *shell_variable_current(void)
{
	return call_current->variable;
}

enum status shell_variable_begin(struct shell_variable *variable)
{
	enum status status = shell_variable_check(variable->name, false);
	if (status == STATUS_OK && variable->priorities)
		status = check_priority_name(variable);
	if (status == STATUS_OK)
		call_current->variable = variable;
	return status;
}

enum status shell_variable_end(struct shell_variable *variable, enum status status)
{
	call_current->variable = NULL;
	bool something = split_text(variable);
	if (status == STATUS_OK || something ||
	    (variable->array && status != STATUS_USAGE))
		status = status_first_failure(status, store_variable(variable));
	free(variable->bytes);
	free(variable->numbers);
	return status;
}
