/*
 * The command that an applet runs, among its operands.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/status.h"

/*
 * For "[-- COMMAND [ARG...]]": operands are those from the "--" on, ended by NULL.
 * *command becomes NULL if operands is empty. STATUS_USAGE, reported, if the first one
 * is not "--" or COMMAND is missing.
 */
enum status command_after_dashdash(char ***command, char **operands);

#endif
