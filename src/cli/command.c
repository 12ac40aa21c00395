#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "io/error.h"

enum status command_after_dashdash(char ***command, char **operands)
{
	*command = NULL;
	if (operands[0] == NULL)
		return STATUS_OK;
	if (strcmp(operands[0], "--") != 0)
		return error_usage("unexpected operand '%s': COMMAND must follow --",
		                   operands[0]);
	if (operands[1] == NULL)
		return error_usage("missing COMMAND");
	*command = operands + 1;
	return STATUS_OK;
}
