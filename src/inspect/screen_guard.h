/* SPDX-License-Identifier: MIT */
/*
 * The modes of a terminal that is drawn over, and a process that restores them.
 *
 * Standard input and output are the terminal. It is restored by screen_guard_leave(), or,
 * if this process is killed or stopped, by a helper process, which notices the end by a
 * pidfd and a stop by the state in /proc. Modes that another process has set since then,
 * such as the shell, are left as they are.
 */
#ifndef INSPECT_SCREEN_GUARD_H
#define INSPECT_SCREEN_GUARD_H

#include <sys/types.h>

#include "base/status.h"

struct screen_guard {
	struct screen_guard_note *note; /* shared with the helper; NULL: not begun */
	pid_t helper;
};

/* Start the helper; the terminal is left as it is. A failure is reported. */
enum status screen_guard_begin(struct screen_guard *guard);

/*
 * Keys arrive one by one and are not echoed, and the alternate screen is shown, without a
 * cursor. INT and QUIT are signals still; the character of TSTP is a key. In the
 * background it stops the process by SIGTTOU, as any change of the modes. -1 with errno
 * if the modes cannot be changed.
 */
int screen_guard_enter(struct screen_guard *guard);

/* Restore it, unless the helper has. It may be entered again. */
void screen_guard_leave(struct screen_guard *guard);

/* Restore it and end the helper. */
void screen_guard_end(struct screen_guard *guard);

#endif
