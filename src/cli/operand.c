#include "cli/operand.h"

/* In the order of enum operand_kind. */
static const char *const names[] = {
    "text",  "number",   "word",      "file",    "directory", "fifo",   "address",
    "queue", "shm",      "semaphore", "lock",    "eventfd",   "signal", "pid",
    "fd",    "variable", "applet",    "command", "--",
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
	case OPTION_STRINGS: break;
	}
	return row->placeholder == NULL ? 0 : OPERAND_TEXT;
}
