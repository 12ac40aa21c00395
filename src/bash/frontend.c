/* SPDX-License-Identifier: MIT */
/*
 * base/frontend.h for the loadable builtins: what bash knows of its variables, signals
 * and environment.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* bash's headers collide with nothing of ours but are not written for -Wconversion. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
/* shell.h must come before common.h */
/* clang-format off */
#include "builtins.h"
#include "shell.h"
#include "builtins/common.h"
#include "quit.h"
/* clang-format on */
#pragma GCC diagnostic pop

#include "base/call.h"
#include "base/frontend.h"

/* trap.h of bash, which is not installed with its headers */
extern void restore_original_signals(void);

bool frontend_is_builtin(void)
{
	return true;
}

int frontend_pending_signal(void)
{
	return terminating_signal != 0 ? terminating_signal
	       : interrupt_state != 0  ? SIGINT
	                               : 0;
}

/* As the shell follows it; NULL if it leads to nothing that is a variable's name. */
static const char *follow_name_reference(const char *name)
{
	enum { REFERENCES_MAX = 8 }; /* of bash: NAMEREF_MAX */
	for (int i = 0; i <= REFERENCES_MAX; i++) {
		const SHELL_VAR *variable = find_variable_noref(name);
		if (variable == NULL || !nameref_p(variable))
			return name;
		name = nameref_cell(variable);
		if (name == NULL || !legal_identifier(name))
			return NULL;
	}
	return NULL;
}

const char *frontend_variable_refusal(const char *name, bool number)
{
	name = follow_name_reference(name);
	if (name == NULL)
		return "a name reference, but not to a variable";
	const SHELL_VAR *variable = find_variable_noref(name);
	if (variable == NULL)
		return NULL;
	if (readonly_p(variable) || noassign_p(variable))
		return "readonly variable";
	if (assoc_p(variable))
		return "associative array";
	if (integer_p(variable))
		return number ? NULL : "integer variable: the text would be evaluated";
	if (variable->dynamic_value != NULL || variable->assign_func != NULL)
		return "the shell itself sets this variable";
	return NULL;
}

/* The name that a variable is set by; NULL with errno. */
static const char *settable_name(const char *name)
{
	if (legal_identifier(name))
		name = follow_name_reference(name);
	else
		name = NULL;
	if (name == NULL)
		errno = EINVAL;
	return name;
}

/* A change of IFS, PATH, LC_ALL … takes effect, as after an assignment. */
static void after_assignment(const char *name)
{
	stupidly_hack_special_variables((char *)(uintptr_t)name);
}

/* array_cell() of bash, without a warning: bash allocates the array by malloc(3). */
static ARRAY *variable_elements(const SHELL_VAR *variable)
{
	return (void *)variable->value;
}

int frontend_set_variable(const char *name, const char *value)
{
	name = settable_name(name);
	char *copy = name != NULL ? strdup(value) : NULL;
	if (copy == NULL)
		return -1;
	SHELL_VAR *variable = find_variable_noref(name);
	/* an array keeps its other elements otherwise */
	if (variable != NULL && array_p(variable) && variable_elements(variable) != NULL)
		array_flush(variable_elements(variable));
	variable = bind_variable(name, copy, 0);
	free(copy);
	if (variable == NULL) {
		errno = EINVAL;
		return -1;
	}
	after_assignment(name);
	return 0;
}

int frontend_set_array(const char *name, char *const *values, size_t count)
{
	enum { INDEXED = 1 };
	name = settable_name(name);
	if (name == NULL)
		return -1;
	SHELL_VAR *variable =
	    find_or_make_array_variable((char *)(uintptr_t)name, INDEXED);
	if (variable == NULL) {
		errno = EINVAL;
		return -1;
	}
	array_flush(variable_elements(variable));
	VUNSETATTR(variable, att_invisible);
	for (size_t i = 0; i < count; i++)
		bind_array_element(variable, (arrayind_t)i, values[i], 0);
	after_assignment(name);
	return 0;
}

const char *frontend_get_variable(const char *name)
{
	return get_string_value(name);
}

void frontend_restore_for_exec(void)
{
	/* traps, and what an interactive shell ignores but its commands do not */
	restore_original_signals();
	stdfds_restore(&call_current->stdfds);
}

char **frontend_environment(void)
{
	/* bash has a setenv(3) of its own, which does not mark the array as old */
	array_needs_making = 1;
	maybe_make_export_env();
	return export_env;
}
