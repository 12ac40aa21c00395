/* SPDX-License-Identifier: MIT */
#include "cli/operand.h"

/* In the order of enum operand_kind. */
static const char *const names[] = {
    "text",  "number",   "word",      "file",   "directory", "fifo",    "address",
    "queue", "shm",      "semaphore", "lock",   "eventfd",   "signal",  "pid",
    "fd",    "variable", "applet",    "object", "source",    "command", "--",
};

void operand_put_kinds(struct cli_text *text, enum operand_kind kinds)
{
	const char *gap = "";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (((unsigned)kinds >> i & 1) != 0) {
			cli_text_put(text, "%s%s", gap, names[i]);
			gap = "|";
		}
	if ((kinds & OPERAND_REPEATED) != 0)
		cli_text_put(text, "...");
}

enum operand_kind operand_kind_at(const struct subcommand *subcommand, int count)
{
	const enum operand_kind *kinds = subcommand->operand_kinds;
	int i = 0;
	for (; i < OPERAND_KINDS_MAX && count > 0; count--)
		if ((kinds[i] & OPERAND_REPEATED) == 0)
			i++;
	return i < OPERAND_KINDS_MAX ? kinds[i] : 0;
}

struct operand_name operand_name_at(const struct subcommand *subcommand, int count)
{
	static const char in_names[] = ":ABCDEFGHIJKLMNOPQRSTUVWXYZ"; /* KIND:NAME */
	const char *capitals = in_names + 1;
	const char *text = subcommand->operands != NULL ? subcommand->operands : "";
	struct operand_name name = {text, 0};
	for (; count >= 0; count--) {
		text += strcspn(text, capitals); /* "[--]", ":::" and "|" name none */
		if (*text == '\0')
			break;
		name = (struct operand_name){text, (int)strspn(text, in_names)};
		text += strcspn(text, " ");
	}
	return name;
}

struct operand_command operand_find_command(const struct subcommand *subcommand)
{
	struct operand_command command = {OPERANDS_UNLIMITED, OPERANDS_UNLIMITED};
	bool repeated = false;
	int before = 0;
	for (int i = 0; i < OPERAND_KINDS_MAX && subcommand->operand_kinds[i] != 0; i++) {
		enum operand_kind kind = subcommand->operand_kinds[i];
		if (kind == OPERAND_DASHDASH) {
			int least = subcommand->min_operands;
			command.dashdash = before < least ? before : least;
			break;
		}
		if (kind == OPERAND_COMMAND) {
			command.word = repeated ? OPERANDS_UNLIMITED : before;
			if (before > 0 || repeated)
				command.dashdash = before;
			break;
		}
		repeated |= (kind & OPERAND_REPEATED) != 0;
		before += (kind & OPERAND_REPEATED) == 0;
	}
	return command;
}

enum operand_kind operand_kind_of_value(const struct option_row *row)
{
	if (row->value != 0)
		return row->value;
	switch (row->kind) {
	case OPTION_FLAG:
	case OPTION_CHOICE:
	case OPTION_NONBLOCK: return 0;
	case OPTION_NUMBER:
	case OPTION_UNSIGNED:
	case OPTION_RATE: return OPERAND_NUMBER;
	case OPTION_WORD:
	case OPTION_WHEN: return OPERAND_WORD;
	case OPTION_SIZE:
	case OPTION_TIMEOUT:
	case OPTION_MODE:
	case OPTION_STRING:
	case OPTION_STRINGS:
	case OPTION_INTO: break;
	}
	return row->placeholder == NULL ? 0 : OPERAND_TEXT;
}
