/* SPDX-License-Identifier: MIT */
/*
 * Exit statuses: one table for all applets, so that a script can distinguish empty,
 * missing, existing and timed out.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/* The exit status of every applet. 128 + N stands for termination by signal N. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,      /* a system call failed; the message has the reason */
	STATUS_USAGE = 2,       /* nothing was done */
	STATUS_WOULD_BLOCK = 3, /* it would block */
	STATUS_NOT_FOUND = 4,   /* the object does not exist */
	STATUS_EXISTS = 5,      /* the object exists already */
	STATUS_RUN_WOULD_BLOCK = 123, /* as 3, of an applet that runs a command */
	STATUS_TIMED_OUT = 124,
	STATUS_RUN_ERROR = 125,   /* failed before the command was started */
	STATUS_CANNOT_EXEC = 126, /* as env(1) */
	STATUS_NO_COMMAND = 127,  /* as env(1); also an unknown applet */
	STATUS_SIGNAL = 128,
	STATUS_SIGPIPE = 141, /* 128 + SIGPIPE: standard output has no reader */
	STATUS_MAX = 255,
};

/* For several operands: the status of the first failure. */
static inline enum status status_first_failure(enum status so_far, enum status next)
{
	return so_far != STATUS_OK ? so_far : next;
}

/*
 * Call one() for each operand up to NULL, whatever it returns: the status of the first
 * failure, or STATUS_OK.
 */
enum status status_of_each(char *const *operands, const void *options,
                           enum status (*one)(const void *options, const char *operand));

/*
 * The status of a failure to read or write a stream: 128 + N for a signal, otherwise
 * STATUS_FAILED, also for an errno that has another status elsewhere.
 */
static inline enum status status_signal_or_failed(enum status status)
{
	return status > STATUS_SIGNAL ? status : STATUS_FAILED;
}

/* The status of a failure before the command was started: 123, 124, 125. */
enum status status_before_command(enum status status);

/* The exit status for a wait status (waitpid(2)), as $? of a shell. */
enum status status_of_wait(int wait_status);

#endif
