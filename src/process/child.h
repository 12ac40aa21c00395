/*
 * Start a command, wait for it and pass signals on; its exit status is ours. A crew of
 * one: what happens to signals meanwhile is told in process/children.h.
 */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include "applet.h"
#include "process/children.h"

struct child {
	pid_t pid; /* 0 when it has ended */
	struct crew crew;
};

/*
 * Start it as crew_start() does. STATUS_DONE, or a failure that was reported: nothing was
 * started, nothing is left blocked.
 */
enum status child_start(struct child *child, char **argv, child_prepare *prepare,
                        void *argument);

/*
 * Wait for its end, passing signals on: its exit status, 128 + N where a signal ended it.
 * Gives back what child_start took.
 */
enum status child_wait(struct child *child);

/*
 * For the program alone, which has no more to do: become the command instead of starting
 * it. Returns only where that fails: 126 or 127, reported.
 */
enum status child_exec(char **argv);

/*
 * The last thing to do: a program becomes the command, a shell starts it and waits.
 * prepare(argument) is called in the process that becomes it, see process/children.h. The
 * command's status, or that of a failure that was reported.
 */
enum status child_run(char **argv, child_prepare *prepare, void *argument);

/* As child_exec(), in a child which has done front_restore_for_exec(). */
enum status child_become(char **argv);

/*
 * Where a command is found now, as env(1) looks for it: a file that may be run, in one of
 * the folders of PATH unless its name has a slash. 0, or -1 with errno.
 */
struct child_path {
	char text[4096];
};
int child_find(struct child_path *path, const char *name);

/*
 * What has no #! line is a script for the shell: the words to execute in its place,
 * argv's behind "/bin/sh" and the path. To be freed; NULL: no memory.
 */
char **child_script(const char *path, char **argv);

/* The exit status that stands for a wait status, as a shell has it. */
enum status child_status(int wait_status);

#endif
