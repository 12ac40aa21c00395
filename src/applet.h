/*
 * What an applet is. Read this first.
 *
 * An applet is one file in applets/: the struct of its options, the table of
 * its options, its helpers, a run function and an APPLET() at the end. Three
 * front ends read the same table: the program (program/main.c), the loadable bash
 * builtins (bash/builtins.c) and the descriptions (cli/cli.c).
 *
 * The contract of a run function, because a shell may call it a hundred
 * thousand times in one process:
 *
 *  1. It never ends the process: no exit, no abort, no err(3).
 *  2. It keeps no mutable variable outside its functions.
 *  3. It gives back every descriptor, mapping, byte and child on every path.
 *  4. It leaves the signal mask, the dispositions, the umask, the working
 *     directory and the flags of shared descriptors as it found them.
 *  5. It writes to standard error by io/error.h and io/report.h alone and to standard
 * output by io/output.h alone (never stdio), and it returns its exit status.
 *  6. A signal that asks it to end (HUP, INT, QUIT, TERM) is honoured where it
 *     waits and never loses what it holds: see base/termsig.h.
 */
#ifndef APPLET_H
#define APPLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "base/value.h"

/*
 * One row of an option table. The rows' macros below check at compile time
 * that the kind fits the type of the member it fills.
 */
enum option_kind {
	OPTION_FLAG,     /* bool: set to true */
	OPTION_CHOICE,   /* an enum: set to the row's value */
	OPTION_NUMBER,   /* int64_t, decimal, min to max */
	OPTION_UNSIGNED, /* uint64_t, decimal, the whole range */
	OPTION_SIZE,     /* int64_t, bytes with a unit, min to max */
	OPTION_NONBLOCK, /* struct patience: not at all */
	OPTION_TIMEOUT,  /* struct patience: at most a DURATION */
	OPTION_RATE,     /* int64_t: nanoseconds from one to the next of N a second */
	OPTION_MODE,     /* struct mode: relative to the default's bits */
	OPTION_STRING,   /* const char *: as it stands in argv */
	OPTION_STRINGS,  /* struct texts: each time one more */
	OPTION_WHEN,     /* enum when; without a value auto */
};

/* In this order it is 48 bytes; there are hundreds of them. */
struct option_row {
	const char *name; /* NULL: only a letter */
	enum option_kind kind;
	unsigned short offset;   /* of the member in the options' struct */
	char letter;             /* 0: only a long name */
	unsigned char group;     /* rows of one group other than 0 exclude each other */
	const char *placeholder; /* "[=WHEN]": of a value that may be left out */
	const char *help;        /* lower case, no full stop */
	int64_t min, max;        /* the value of a choice is min */
};

#define OPTION_ROW_(letter_, name_, kind_, type_, struct_, member_, group_, place_,      \
                    min_, max_, help_)                                                   \
	{                                                                                \
		.letter = (letter_), .name = (name_), .kind = (kind_),                   \
		.offset = (unsigned short)(offsetof(struct struct_, member_) +           \
		                           0 * _Generic(((struct struct_ *)0)->member_,  \
		                                        type_ : 1)),                     \
		.group = (group_), .placeholder = (place_), .help = (help_),             \
		.min = (min_), .max = (max_)                                             \
	}

#define FLAG(letter, name, s, member, group, help)                                       \
	OPTION_ROW_(letter, name, OPTION_FLAG, bool, s, member, group, NULL, 0, 0, help)
#define CHOICE(letter, name, type, s, member, group, value, help)                        \
	OPTION_ROW_(letter, name, OPTION_CHOICE, enum type, s, member, group, NULL,      \
	            value, 0, help)
#define NUMBER(letter, name, s, member, group, place, min, max, help)                    \
	OPTION_ROW_(letter, name, OPTION_NUMBER, int64_t, s, member, group, place, min,  \
	            max, help)
#define UNSIGNED(letter, name, s, member, group, place, help)                            \
	OPTION_ROW_(letter, name, OPTION_UNSIGNED, uint64_t, s, member, group, place, 0, \
	            0, help)
#define SIZE(letter, name, s, member, group, place, min, help)                           \
	OPTION_ROW_(letter, name, OPTION_SIZE, int64_t, s, member, group, place, min,    \
	            INT64_MAX, help)
#define MODE(s, member, help)                                                            \
	OPTION_ROW_('m', "mode", OPTION_MODE, struct value_mode, s, member, 0, "MODE",   \
	            0, 0, help)
#define STRING(letter, name, s, member, group, place, help)                              \
	OPTION_ROW_(letter, name, OPTION_STRING, const char *, s, member, group, place,  \
	            0, 0, help)
#define STRINGS(letter, name, s, member, group, place, help)                             \
	OPTION_ROW_(letter, name, OPTION_STRINGS, struct string_list, s, member, group,  \
	            place, 0, 0, help)
/* -n and -t fill one struct patience and exclude each other. */
#define WAIT_OPTIONS(s, member)                                                          \
	OPTION_ROW_('n', "nonblock", OPTION_NONBLOCK, struct timeout, s, member,         \
	            GROUP_WAIT, NULL, 0, 0, "do not wait: status 3 instead"),            \
	    TIMEOUT(s, member)
/* The same of what runs a command. */
#define WAIT_OPTIONS_RUN(s, member)                                                      \
	OPTION_ROW_('n', "nonblock", OPTION_NONBLOCK, struct timeout, s, member,         \
	            GROUP_WAIT, NULL, 0, 0, "do not wait: status 123 instead"),          \
	    TIMEOUT(s, member)
#define TIMEOUT(s, member)                                                               \
	OPTION_ROW_('t', "timeout", OPTION_TIMEOUT, struct timeout, s, member,           \
	            GROUP_WAIT, "DURATION", 0, 0,                                        \
	            "wait at most DURATION (2, 0.5, 200ms, 1m): status 124 after it")
#define DURATION(letter, name, s, member, group, place, help)                            \
	OPTION_ROW_(letter, name, OPTION_TIMEOUT, struct timeout, s, member, group,      \
	            place, 0, 0, help)
#define ENSURE(s, member)                                                                \
	FLAG('e', "ensure", s, member, 0,                                                \
	     "succeed if it exists with the same kind and shape")
#define FORCE(s, member) FLAG('f', "force", s, member, 0, "succeed if it does not exist")
#define VERBOSE(s, member)                                                               \
	FLAG('v', "verbose", s, member, 0, "say on standard error what was done")
#define JSON(s, member, group)                                                           \
	FLAG('J', "json", s, member, group, "print one JSON object a line")
#define RATE(s, member)                                                                  \
	OPTION_ROW_(0, "rate", OPTION_RATE, int64_t, s, member, 0, "N", 0, 0,            \
	            "send at most N messages a second")
#define PROGRESS(s, member)                                                              \
	OPTION_ROW_(0, "progress", OPTION_WHEN, enum value_when, s, member, 0,           \
	            "[=WHEN]", 0, 0,                                                     \
	            "show on a terminal how far it is; WHEN: auto, always, never")
/* What a receiver puts around each message (stream/frame.h). */
#define FRAMING(s, member, group)                                                        \
	CHOICE('0', "null", framing, s, member, group, FRAMING_NUL,                      \
	       "write a NUL after each, no newline"),                                    \
	    CHOICE('N', "netstrings", framing, s, member, group, FRAMING_NETSTRING,      \
	           "write each as a netstring"),                                         \
	    CHOICE('r', "raw", framing, s, member, group, FRAMING_WHOLE,                 \
	           "write nothing after each"),                                          \
	    CHOICE('J', "json", framing, s, member, group, FRAMING_JSON,                 \
	           "print one JSON object a line")
/* Which sockets (socket/socket.h); the words before and behind "a datagram socket". */
#define SOCKET_TYPES(s, member, group, before, after)                                    \
	CHOICE(0, "dgram", socket_type, s, member, group, SOCKET_DGRAM,                  \
	       before "a datagram socket" after),                                        \
	    CHOICE(0, "seqpacket", socket_type, s, member, group, SOCKET_SEQPACKET,      \
	           before "a seqpacket socket" after)
#define END_OF_OPTIONS                                                                   \
	{                                                                                \
		0                                                                        \
	}

#define GROUP_WAIT 1 /* an applet's own groups begin at 2 */

/* Which front ends offer a form. */
enum frontend { FRONTEND_BOTH, FRONTEND_PROGRAM, FRONTEND_BUILTIN };

enum { OPERANDS_UNLIMITED = -1 };

/*
 * One form of an applet: the applet itself, or one of its verbs.
 * run is called with operands only: argv[0] is the first operand, argc their
 * number, already held against the two bounds; argv[argc] is NULL.
 * options points to the options' struct of this call: a copy of *defaults (zeros
 * where there are none) with the given options written into it.
 */
struct subcommand {
	/* the verb; NULL for the applet itself. Or a long option ("--exec") that chooses
	 * this form wherever it stands among the options; so are all verbs of an applet
	 * then, or none. */
	const char *name;
	const char *summary;
	const char *operands; /* as in the SYNOPSIS: "QUEUE [MESSAGE...]" */
	int min_operands, max_operands;
	const struct option_row *options; /* up to END_OF_OPTIONS; NULL: none */
	const void *defaults;
	size_t size; /* of the options' struct */
	enum status (*run)(const void *options, int argc, char **argv);
	enum frontend frontends;
	bool handles_sigpipe; /* it writes by io/output.h and io/report.h alone: see
	                       * call_ignore_sigpipe()
	                       */
	bool runs_command;    /* its own failures are 123, 124 and 125 */
	bool keep_dashdash;   /* a "--" that ended the options is its first operand */
};

enum { OPTIONS_SIZE_MAX = 256 };

struct applet {
	const char *name;
	const char *summary;    /* lower case, no full stop: "remove message queues" */
	struct subcommand self; /* run is NULL where a verb is required */
	/* in the order of the manual page, up to NULL; NULL: it has none */
	const struct subcommand *const *subcommands;
	enum frontend frontends;
};

#define OPTIONS_OF(struct_)                                                              \
	.size = sizeof(struct struct_) +                                                 \
	        0 * sizeof(char[sizeof(struct struct_) <= OPTIONS_SIZE_MAX ? 1 : -1])

/*
 * The end of an applet's file: APPLET(mqunlink, .summary = "…", .self = {…});
 * The registry that make writes from the file names refers to applet_NAME.
 */
#define APPLET(name_, ...)                                                               \
	extern const struct applet applet_##name_;                                       \
	const struct applet applet_##name_ = {.name = #name_, __VA_ARGS__}

#endif
