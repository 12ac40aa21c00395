/*
 * Exit statuses: one table for all applets, so that a script can tell empty, missing,
 * existing and timed out apart.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/* The exit status of every applet. 128 + N stands for "ended by signal N". */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,            /* the system refused; the message says why */
	STATUS_USAGE = 2,             /* nothing was done */
	STATUS_WOULD_BLOCK = 3,       /* it would block */
	STATUS_NOT_FOUND = 4,         /* there is no such object */
	STATUS_EXISTS = 5,            /* the object exists already */
	STATUS_RUN_WOULD_BLOCK = 123, /* STATUS_WOULD_BLOCK of what runs a command */
	STATUS_TIMED_OUT = 124,
	STATUS_RUN_ERROR = 125,   /* failed before the command was started */
	STATUS_CANNOT_EXEC = 126, /* as env(1) */
	STATUS_NO_COMMAND = 127,  /* as env(1); also an unknown applet */
	STATUS_SIGNAL = 128,
	STATUS_SIGPIPE = 141, /* 128 + SIGPIPE: the reader of our output left */
	STATUS_MAX = 255,
};

/* Over several operands the first failure is the status of the whole. */
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
 * STATUS_FAILED, also for an errno that stands for another status elsewhere.
 */
static inline enum status status_signal_or_failed(enum status status)
{
	return status > STATUS_SIGNAL ? status : STATUS_FAILED;
}

/* The status of a failure of a command that runs another: 123, 124, 125. */
enum status status_before_command(enum status status);

/* The exit status that stands for a wait status, as a shell has it. */
enum status status_of_wait(int wait_status);

#endif
