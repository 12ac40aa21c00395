/* SPDX-License-Identifier: MIT */
/*
 * A variable of the shell that the output of a builtin goes into: --into VAR.
 *
 *     struct shell_variable variable = {.name = "job", .form = SHELL_VARIABLE_MESSAGES};
 *     status = shell_variable_begin(&variable);
 *     if (status == STATUS_OK)
 *             status = shell_variable_end(&variable, run());
 *
 * Between begin and end io/output.h writes to the variable in place of standard output,
 * and an applet that receives messages adds them by shell_variable_add(). The values are
 * kept in memory and stored by shell_variable_end(), when nothing can fail any more but
 * for lack of memory: what cannot be in a variable is refused when it is added, and the
 * caller puts it back.
 */
#ifndef IO_SHELL_VARIABLE_H
#define IO_SHELL_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum shell_variable_form {
	SHELL_VARIABLE_BYTES,    /* the output as it is */
	SHELL_VARIABLE_LINES,    /* a line, without its newline; an array of several */
	SHELL_VARIABLE_MESSAGES, /* one message as it is; in an array each message */
};

struct shell_variable {
	const char *name;
	enum shell_variable_form form;
	bool array;      /* an indexed array, also of one value or none */
	bool priorities; /* the priority of a message goes into NAME_priority */
	/* its own: the values, each message with a NUL after it */
	char *bytes;
	size_t length, size;
	int64_t *numbers; /* the priorities */
	size_t count, room;
};

/*
 * STATUS_OK if text can be stored in a variable, with number only the digits of one. A
 * usage error if it is not a valid name, STATUS_FAILED if the shell refuses the
 * assignment. To be called before anything is acquired.
 */
enum status shell_variable_check(const char *name, bool number);

/* As shell_variable_check(). On success shell_variable_end() must be called. */
enum status shell_variable_begin(struct shell_variable *variable);

/*
 * Store what was added: an array in any case but after a usage error, otherwise only if
 * the status is STATUS_OK or something was added before the failure.
 */
enum status shell_variable_end(struct shell_variable *variable, enum status status);

/* The innermost one between begin and end of this call; NULL: none. */
struct shell_variable *shell_variable_current(void);

/*
 * Add a message, or a part of the output. 0, or -1 with errno EILSEQ (a NUL byte) or
 * ENOMEM, and nothing is added.
 */
int shell_variable_add(struct shell_variable *variable, const char *message,
                       size_t length, int64_t priority);
int shell_variable_write(struct shell_variable *variable, const char *bytes,
                         size_t length);

/*
 * The status of a call that received all that was wanted or failed, and whose
 * termsig_end() returned `ended`: with --into a signal that came after the message is
 * none of its failures, since the message is not lost. The shell runs its trap after the
 * call.
 */
enum status shell_variable_status(enum status received, enum status ended);

/* The reason for the error message; errno is one of these two. */
const char *shell_variable_error_text(int error);

#endif
