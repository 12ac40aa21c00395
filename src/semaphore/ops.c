#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/sem.h>

#include "semaphore/ops.h"

/* Decimal digits, at most max: where they end, NULL where there is no such number. */
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

/* "u", "n", "un", "nu" or nothing: where they end, NULL where one is there twice. */
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

/* Up to the comma or the end. */
static const char *parse_op(const char **text, struct sembuf *operation)
{
	unsigned number, change;
	const char *sign = parse_op_digits(*text, USHRT_MAX, &number);
	if (sign == NULL)
		return "it must begin with the number of a semaphore, 0 to 65535";
	if (*sign != '-' && *sign != '+' && *sign != '=')
		return "-N, +N or =0 must follow the number of the semaphore";
	const char *flags = parse_op_digits(sign + 1, SHRT_MAX, &change);
	if (*sign == '=' && (flags == NULL || change != 0))
		return "after = there must be 0";
	if (*sign != '=' && (flags == NULL || change == 0))
		return "after - and + there must be a number from 1 to 32767";
	operation->sem_num = (unsigned short)number;
	operation->sem_op = (short)(*sign == '-' ? -(int)change : (int)change);
	*text = parse_op_flags(flags, &operation->sem_flg);
	if (*text == NULL || (**text != ',' && **text != '\0'))
		return "only u (undo) and n (no wait), each once, may follow";
	return NULL;
}

size_t semaphore_ops_count(const char *text)
{
	size_t count = 1;
	for (; *text != '\0'; text++)
		count += *text == ',';
	return count;
}

const char *semaphore_ops_parse(const char *text, struct sembuf *operations,
                                const char **where)
{
	for (;;) {
		*where = text;
		const char *why = parse_op(&text, operations++);
		if (why != NULL || *text == '\0')
			return why;
		text++;
	}
}
