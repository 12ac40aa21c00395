/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>

#include "io/error.h"
#include "semaphore/ops.h"

/* Read decimal digits up to max: where they end, or NULL if there is no such number. */
static const char *parse_op_digits(const char *text, unsigned max, unsigned *number)
{
	const char *digit = text;
	*number = 0;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		*number = *number * 10 + (unsigned)(*digit - '0');
		if (*number > max)
			return NULL;
	}
	return digit != text ? digit : NULL;
}

/* Read "u", "n", "un", "nu" or nothing: where they end, or NULL if one is repeated. */
static const char *parse_op_flags(const char *text, short *flags)
{
	*flags = 0;
	for (; *text == 'u' || *text == 'n'; text++) {
		short flag = *text == 'u' ? SEM_UNDO : IPC_NOWAIT;
		if (*flags & flag)
			return NULL;
		*flags = (short)(*flags | flag);
	}
	return text;
}

/* Read one up to the comma or the end, which *text is then; NULL, or what is wrong. */
static const char *parse_op(const char **text, struct sembuf *operation)
{
	unsigned number, change;
	const char *sign = parse_op_digits(*text, USHRT_MAX, &number);
	if (sign == NULL)
		return "must begin with the index of a semaphore (0 to 65535)";
	if (*sign != '-' && *sign != '+' && *sign != '=')
		return "the index must be followed by -N, +N or =0";
	const char *flags = parse_op_digits(sign + 1, SHRT_MAX, &change);
	if (*sign == '=' && (flags == NULL || change != 0))
		return "= must be followed by 0";
	if (*sign != '=' && (flags == NULL || change == 0))
		return "- and + must be followed by a number from 1 to 32767";
	operation->sem_num = (unsigned short)number;
	operation->sem_op = (short)(*sign == '-' ? -(int)change : (int)change);
	*text = parse_op_flags(flags, &operation->sem_flg);
	if (*text == NULL || (**text != ',' && **text != '\0'))
		return "may only be followed by u (undo) and n (no wait), each once";
	return NULL;
}

static size_t count_ops(const char *text)
{
	size_t count = 1;
	for (; *text != '\0'; text++)
		count += *text == ',';
	return count;
}

enum status semaphore_ops_parse(const char *text, struct sembuf **operations,
                                size_t *count)
{
	*count = count_ops(text);
	struct sembuf *all = calloc(*count, sizeof *all);
	if (all == NULL)
		return error_as(STATUS_FAILED,
		                "cannot allocate memory for %zu operations", *count);
	for (size_t i = 0; i < *count; i++) {
		const char *start = text;
		const char *why = parse_op(&text, &all[i]);
		if (why != NULL) {
			free(all);
			return error_usage("'%.*s': %s", (int)strcspn(start, ","), start,
			                   why);
		}
		text++;
	}
	*operations = all;
	return STATUS_OK;
}
