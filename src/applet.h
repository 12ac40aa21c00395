/* SPDX-License-Identifier: MIT */
/*
 * The definition of an applet. Read this first.
 *
 * An applet is one file in applets/: the struct of its options, the table of
 * its options, its helpers, a run function and an APPLET() at the end. Two front
 * ends call it: the program (program/main.c) and the loadable builtins of bash
 * (bash/builtins.c). The parser, --help, --describe and completion (cli/) read the
 * same table.
 *
 * The contract of a run function, because a shell may call it a hundred
 * thousand times in one process:
 *
 *  1. It never ends the process: no exit, no abort, no err(3).
 *  2. It keeps no mutable variable outside its functions.
 *  3. It gives back every descriptor, mapping, byte and child on every path.
 *  4. It leaves the signal mask, the dispositions, the umask, the working
 *     directory and the flags of shared descriptors as it found them.
 *  5. It writes to standard error by io/error.h and io/report.h alone, and to
 *     standard output by io/output.h alone (never stdio), and it returns its exit
 *     status.
 *  6. A termination signal (HUP, INT, QUIT, TERM) ends its waits, and no data that
 *     it holds is lost: see base/termsig.h.
 */
#ifndef APPLET_H
#define APPLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/string_list.h"
#include "base/timeout.h"
#include "base/value.h"
#include "base/value_mode.h"
#include "io/shell_variable.h"

/*
 * One row of an option table. The rows' macros below check at compile time
 * that the kind fits the type of the member it fills.
 */
enum option_kind {
	OPTION_FLAG,     /* bool: set to true */
	OPTION_CHOICE,   /* an enum: set to the row's value */
	OPTION_NUMBER,   /* int64_t, decimal, min to max */
	OPTION_UNSIGNED, /* uint64_t, the whole range, as in C: value_c_unsigned() */
	OPTION_SIZE,     /* int64_t, bytes with a unit, min to max */
	OPTION_NONBLOCK, /* struct timeout: not at all */
	OPTION_TIMEOUT,  /* struct timeout: at most a DURATION */
	OPTION_RATE,     /* int64_t: nanoseconds from one to the next of N a second */
	OPTION_MODE,     /* struct value_mode: relative to the default's bits */
	OPTION_STRING,   /* const char *: as it stands in argv */
	OPTION_STRINGS,  /* struct string_list: each time one more */
	OPTION_WORD,     /* unsigned: which of the row's words, from 0 */
	OPTION_WHEN,     /* enum value_when; without a value auto */
	OPTION_INTO, /* const char *: a variable for the output, see io/shell_variable.h
	              */
};

/*
 * The kinds of operands and of the values of options; several may be joined by |.
 * Completion asks for it: OPERAND_QUEUE offers the queues that exist. --describe prints
 * the names that operand.c has for them.
 */
enum operand_kind {
	OPERAND_TEXT = 1 << 0, /* nothing to offer */
	OPERAND_NUMBER = 1 << 1,
	OPERAND_WORD = 1 << 2, /* one of the row's words, or several with commas */
	OPERAND_FILE = 1 << 3,
	OPERAND_DIRECTORY = 1 << 4,
	OPERAND_FIFO = 1 << 5,
	OPERAND_ADDRESS = 1 << 6, /* of a socket */
	OPERAND_QUEUE = 1 << 7,
	OPERAND_SHM = 1 << 8,
	OPERAND_SEMAPHORE = 1 << 9,
	OPERAND_LOCK = 1 << 10,    /* shm:NAME */
	OPERAND_EVENTFD = 1 << 11, /* the name of one that efd serves */
	OPERAND_SIGNAL = 1 << 12,
	OPERAND_PID = 1 << 13,
	OPERAND_FD = 1 << 14,
	OPERAND_VARIABLE = 1 << 15, /* of the shell */
	OPERAND_APPLET = 1 << 16,
	OPERAND_OBJECT = 1 << 17,   /* mq:QUEUE, shm:SHM, sem:SEM */
	OPERAND_SOURCE = 1 << 18,   /* of ipcwait: mq:QUEUE, pid:PID, time:DURATION ... */
	OPERAND_COMMAND = 1 << 19,  /* and its arguments, up to the end */
	OPERAND_DASHDASH = 1 << 20, /* the word "--" before COMMAND */
	/* joined to one of the above: this operand may be repeated */
	OPERAND_REPEATED = 1 << 21,
};

/* Which front ends offer an applet, a subcommand or an option. */
enum frontend { FRONTEND_BOTH, FRONTEND_PROGRAM, FRONTEND_BUILTIN };

/* In this order it is 48 bytes; there are hundreds of them. */
struct option_row {
	const char *name; /* NULL: only a letter */
	enum option_kind kind : 6;
	enum frontend frontends : 2;
	bool is_requirement : 1;      /* what `others` is */
	enum operand_kind value : 23; /* of the value; 0: as the kind has it */
	unsigned short offset;        /* of the member in the options' struct */
	char letter;                  /* 0: only a long name */
	unsigned char group;     /* rows of one group other than 0 exclude each other */
	const char *placeholder; /* "[=WHEN]": of a value that may be left out */
	const char *help;        /* lower case, no full stop */
	union {
		struct {
			/* the value of a choice is min; option_row_max() reads max */
			int32_t min, max;
		};
		const char *words; /* that the value can be: "ofd posix flock" */
	};
	/* Long names of rows of the same table, without dashes, or COMMAND for the
	 * command that may follow "--": REQUIRES() and EXCLUDES() below set it. */
	const char *others;
};

/*
 * Members of a row, at its end: "offset", each of "offset size", one of "private|shared";
 * any of "json verbose", and those rows need not say it too. No row has both: they share
 * a member, because most rows have neither.
 */
#define REQUIRES(names) .is_requirement = true, .others = (names)
#define EXCLUDES(names) .others = (names)

/*
 * The macros of the rows; those of rows that fill a type of a mechanism are declared
 * with that type: READINESS_FD, FRAMING_OPTIONS, SOCKET_TYPES. After the last argument
 * any further members may follow by name; most rows need none:
 *
 *	FLAG('g', "grow", shmwrite, grow, 0, "write past the end too",
 *	     REQUIRES("offset")),
 *	STRING(0, "dead", pool_options, dead_letter, 0, "QUEUE", "…",
 *	       .value = OPERAND_QUEUE),
 *	STRING('M', "mechanism", ipcbench, mechanisms, 0, "LIST", "…",
 *	       .value = OPERAND_WORD, .words = "pipe fifo"),
 *
 * cli/cli.c refuses what breaks REQUIRES or EXCLUDES, with one wording for all
 * ("--grow requires --offset"), before run is called. An option that was given can
 * therefore rely on it; run checks only what depends on a value or an operand.
 */
#define OPTION_ROW_(letter_, name_, kind_, type_, struct_, member_, group_, place_,      \
                    help_, ...)                                                          \
	{                                                                                \
		.letter = (letter_), .name = (name_), .kind = (kind_),                   \
		.offset = (unsigned short)(offsetof(struct struct_, member_) +           \
		                           0 * _Generic(((struct struct_ *)0)->member_,  \
		                                        type_ : 1)),                     \
		.group = (group_), .placeholder = (place_), .help = (help_), __VA_ARGS__ \
	}

/* INT64_MAX is no bound; others must fit into 32 bits. */
enum { OPTION_ROW_NO_MAX = INT32_MIN };
#define OPTION_ROW_MAX_(max_)                                                            \
	((max_) == INT64_MAX                                                             \
	     ? OPTION_ROW_NO_MAX                                                         \
	     : (int32_t)(max_) +                                                         \
	           0 * (int)sizeof(                                                      \
	                   char[(max_) == INT64_MAX || (int32_t)(max_) == (max_) ? 1     \
	                                                                         : -1]))

#define FLAG(letter, name, s, member, group, help, ...)                                  \
	OPTION_ROW_(letter, name, OPTION_FLAG, bool, s, member, group, NULL, help,       \
	            __VA_ARGS__)
#define CHOICE(letter, name, type, s, member, group, value_, help, ...)                  \
	OPTION_ROW_(letter, name, OPTION_CHOICE, enum type, s, member, group, NULL,      \
	            help, .min = (value_), __VA_ARGS__)
#define NUMBER(letter, name, s, member, group, place, min_, max_, help, ...)             \
	OPTION_ROW_(letter, name, OPTION_NUMBER, int64_t, s, member, group, place, help, \
	            .min = (min_), .max = OPTION_ROW_MAX_(max_), __VA_ARGS__)
#define UNSIGNED(letter, name, s, member, group, place, help, ...)                       \
	OPTION_ROW_(letter, name, OPTION_UNSIGNED, uint64_t, s, member, group, place,    \
	            help, __VA_ARGS__)
#define SIZE(letter, name, s, member, group, place, min_, help, ...)                     \
	OPTION_ROW_(letter, name, OPTION_SIZE, int64_t, s, member, group, place, help,   \
	            .min = (min_), .max = OPTION_ROW_MAX_(INT64_MAX), __VA_ARGS__)
#define MODE(s, member, help, ...)                                                       \
	OPTION_ROW_('m', "mode", OPTION_MODE, struct value_mode, s, member, 0, "MODE",   \
	            help, __VA_ARGS__)
#define STRING(letter, name, s, member, group, place, help, ...)                         \
	OPTION_ROW_(letter, name, OPTION_STRING, const char *, s, member, group, place,  \
	            help, __VA_ARGS__)
#define STRINGS(letter, name, s, member, group, place, help, ...)                        \
	OPTION_ROW_(letter, name, OPTION_STRINGS, struct string_list, s, member, group,  \
	            place, help, __VA_ARGS__)
/* The member is set to the index of the value in `words`, from 0. */
#define WORD(letter, name, s, member, group, place, words_, help, ...)                   \
	OPTION_ROW_(letter, name, OPTION_WORD, unsigned, s, member, group, place, help,  \
	            .words = (words_), __VA_ARGS__)
/* -n and -t fill one struct timeout and exclude each other. */
#define WAIT_OPTIONS(s, member)                                                          \
	OPTION_ROW_('n', "nonblock", OPTION_NONBLOCK, struct timeout, s, member,         \
	            GROUP_WAIT, NULL, "do not wait: status 3 instead", ),                \
	    TIMEOUT(s, member)
/* The same for a subcommand that runs a command. */
#define WAIT_OPTIONS_RUN(s, member)                                                      \
	OPTION_ROW_('n', "nonblock", OPTION_NONBLOCK, struct timeout, s, member,         \
	            GROUP_WAIT, NULL, "do not wait: status 123 instead", ),              \
	    TIMEOUT(s, member)
#define TIMEOUT(s, member, ...)                                                          \
	OPTION_ROW_('t', "timeout", OPTION_TIMEOUT, struct timeout, s, member,           \
	            GROUP_WAIT, "DURATION",                                              \
	            "wait at most DURATION (2, 0.5, 200ms, 1m): status 124 after it",    \
	            __VA_ARGS__)
#define DURATION(letter, name, s, member, group, place, help, ...)                       \
	OPTION_ROW_(letter, name, OPTION_TIMEOUT, struct timeout, s, member, group,      \
	            place, help, __VA_ARGS__)
#define ENSURE(s, member)                                                                \
	FLAG('e', "ensure", s, member, 0,                                                \
	     "succeed if it exists with the same kind and attributes")
#define FORCE(s, member) FLAG('f', "force", s, member, 0, "succeed if it does not exist")
#define VERBOSE(s, member, ...)                                                          \
	FLAG('v', "verbose", s, member, 0, "report on standard error what was done",     \
	     __VA_ARGS__)
#define JSON(s, member, group, ...)                                                      \
	FLAG('J', "json", s, member, group, "print one JSON object a line", __VA_ARGS__)
#define RATE(s, member, help, ...)                                                       \
	OPTION_ROW_(0, "rate", OPTION_RATE, int64_t, s, member, 0, "N", help, __VA_ARGS__)
#define PROGRESS(s, member, ...)                                                         \
	OPTION_ROW_(0, "progress", OPTION_WHEN, enum value_when, s, member, 0,           \
	            "[=WHEN]",                                                           \
	            "show the progress; WHEN: auto (on a terminal), always, never",      \
	            .words = "auto always never", __VA_ARGS__)
/*
 * The output goes into a variable of the shell, in this form (io/shell_variable.h): of an
 * applet that writes by io/output.h this row is all that it needs. Beside --count and
 * --all the variable is an array.
 */
#define INTO(s, member, group, form, ...)                                                \
	OPTION_ROW_(0, "into", OPTION_INTO, const char *, s, member, group, "VAR",       \
	            "as a builtin: store it in VAR, do not print it", .min = (form),     \
	            .value = OPERAND_VARIABLE, .frontends = FRONTEND_BUILTIN,            \
	            __VA_ARGS__)
/* How many messages are received; the three exclude each other. */
#define RECEIVE_OPTIONS(s, count, all, follow, group, all_help)                          \
	NUMBER('c', "count", s, count, group, "N", 1, INT64_MAX, "receive N messages"),  \
	    FLAG('a', "all", s, all, group, all_help),                                   \
	    FLAG('F', "follow", s, follow, group, "receive without limit")
#define END_OF_OPTIONS                                                                   \
	{                                                                                \
		0                                                                        \
	}

#define GROUP_WAIT 1 /* an applet's own groups begin at 2 */

enum { OPERANDS_UNLIMITED = -1 };

enum { OPERAND_KINDS_MAX = 4 };

struct suggestion;

/*
 * A subcommand of an applet, or the applet itself when it is called without one.
 * run is called with operands only: argv[0] is the first operand, argc their
 * number, already held against the two bounds; argv[argc] is NULL.
 * options points to the options' struct of this call: a copy of *defaults (zeros
 * if that is NULL) with the given options written into it.
 */
struct subcommand {
	/* NULL for the applet itself. Or a long option ("--exec") that chooses the
	 * subcommand wherever it stands among the options; then the names of all
	 * subcommands of the applet are such options. */
	const char *name;
	const char *summary;
	const char *operands; /* as in the SYNOPSIS: "QUEUE [MESSAGE...]" */
	/* of each in turn, up to a 0: {OPERAND_QUEUE, OPERAND_TEXT | OPERAND_REPEATED};
	 * OPERAND_COMMAND is the last, and its first word ends the options: it follows
	 * the operands before it, or a "--" if one of them may be repeated */
	enum operand_kind operand_kinds[OPERAND_KINDS_MAX];
	short min_operands, max_operands;
	unsigned short size; /* of the options' struct */
	char dash_letter;    /* see is_dash_value */
	enum frontend frontends : 2;
	/* it writes by io/output.h and io/report.h alone: see call_ignore_sigpipe() */
	bool handles_sigpipe : 1;
	/* its own failures are 123, 124 and 125 (an optional COMMAND: if given) */
	bool runs_command : 1;
	const struct option_row *options; /* up to END_OF_OPTIONS; NULL: none */
	const void *defaults;
	enum status (*run)(const void *options, int argc, char **argv);
	/* names of options with which all operands are COMMAND, with no "--" before it */
	const char *command_options;
	/* after "unknown option '-Z'"; NULL: nothing */
	const char *unknown_option_hint;
	/* a word -VALUE is the option dash_letter if VALUE is one: killn -KILL */
	bool (*is_dash_value)(const char *value);
	/* " (did you mean -KILL?)" for another word: see io/suggestion.h */
	const char *(*suggest_dash_value)(struct suggestion *suggestion,
	                                  const char *value);
	const char *example; /* of --help, as the applet's; NULL: the applet's */
};

/* The largest is that of mqrecv --exec: two lists of up to 16 strings would not fit. */
enum { OPTIONS_SIZE_MAX = 288 };

/* The groups under which `ipctool help` lists the applets, in this order. */
enum applet_group {
	APPLETS_QUEUES = 1,
	APPLETS_SHARED_MEMORY,
	APPLETS_SEMAPHORES,
	APPLETS_LOCKS,
	APPLETS_FIFOS_AND_PIPES,
	APPLETS_SOCKETS,
	APPLETS_SIGNALS,
	APPLETS_EVENTS,
	APPLETS_SEEING_AND_WAITING,
};

struct applet {
	const char *name;
	const char *summary; /* lower case, no full stop: "remove message queues" */
	enum applet_group group;
	/* One command line of the manual page's examples, of at most 74 bytes: it ends
	 * --help. */
	const char *example;
	struct subcommand self; /* run is NULL if a subcommand is required */
	/* in the order of the manual page, up to NULL; NULL: it has none */
	const struct subcommand *const *subcommands;
	enum frontend frontends;
};

#define OPTIONS_OF(struct_)                                                              \
	.size = sizeof(struct struct_) +                                                 \
	        0 * sizeof(char[sizeof(struct struct_) <= OPTIONS_SIZE_MAX ? 1 : -1])

/*
 * The end of an applet's file: APPLET(mqunlink, .summary = "…", .self = {…});
 * A second one in the same file is another name of the applet; "APPLET(NAME," begins its
 * line. The registry that make writes from the names of the files and from these lines
 * refers to applet_NAME.
 */
#define APPLET(name_, ...)                                                               \
	extern const struct applet applet_##name_;                                       \
	const struct applet applet_##name_ = {.name = #name_, __VA_ARGS__}

#endif
