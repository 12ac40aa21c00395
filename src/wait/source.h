/* SPDX-License-Identifier: MIT */
/*
 * A source of events: what ipcwait(1) names as KIND:REST, such as mq:/jobs.
 *
 * Waiting takes nothing: messages, permits and counts stay. A kind has either a
 * descriptor, which poll(2) reports, or a function that blocks until the event has come;
 * that one runs in a process of its own (wait/helper.h).
 *
 * Functions that return a status have reported their failure.
 */
#ifndef WAIT_SOURCE_H
#define WAIT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/ere.h"
#include "base/status.h"
#include "base/waitable.h"
#include "eventfd/eventfd.h"
#include "object/name.h"
#include "process/pidfd.h"
#include "queue/queue.h"
#include "semaphore/semaphore.h"
#include "shm/cell.h"
#include "signal/signame.h"
#include "signal/sigreader.h"
#include "socket/resolve.h"
#include "wait/event.h"

struct wait_source;

/* How often it is reported in one call. */
enum wait_repeat {
	WAIT_ONCE,  /* it happens once, or lasts: the end of a process, a time */
	WAIT_EACH,  /* each event: a signal, a line */
	WAIT_LEVEL, /* while it is ready; again only after a command had a chance */
};

enum wait_path_state { WAIT_PATH_EXISTS, WAIT_PATH_GONE, WAIT_PATH_CHANGED };

struct wait_kind {
	const char *prefix; /* "mq:" */
	enum wait_repeat repeat;
	/* what follows the prefix; no system call yet */
	enum status (*parse)(struct wait_source *source, const char *rest);
	enum status (*open)(struct wait_source *source);
	/* as struct waitable has it, filling in source->event; NULL: as poll(2) reports
	 * the descriptor, or without one as await does */
	int (*check)(struct wait_source *source);
	/* fill in source->event once the descriptor is ready; may be NULL */
	void (*describe)(struct wait_source *source);
	/*
	 * Block until the event has come: 0, or -1 with errno as base/deadline.h. *number
	 * is the value of the field `number_name`. It runs in the helper too, which has
	 * no descriptor but source->helper_fd.
	 */
	int (*await)(struct wait_source *source, const struct deadline *deadline,
	             uint64_t *number);
	const char *number_name; /* NULL: there is no such number */
	/* the number has been reported; may be NULL */
	void (*reported)(struct wait_source *source, uint64_t number);
	void (*close)(struct wait_source *source); /* NULL: close(2) the descriptor */
};

/* Standard input, which all line: sources read together. */
struct wait_lines {
	struct wait_source *first;
	char *bytes; /* the last line, and a NUL */
	size_t length, size;
	bool is_whole, at_end;
};

struct wait_source {
	struct waitable waitable; /* first: a pointer to it is one to this */
	const struct wait_kind *kind;
	const char *text;        /* as given; must outlive the source */
	struct wait_event event; /* of the last check that found it ready */
	bool is_open;
	bool is_polled; /* by a descriptor that open() found */
	bool may_block; /* start a helper if it is not ready */
	pid_t helper;   /* 0: none runs */
	int helper_fd;  /* -1: none */
	struct wait_lines *lines;
	const char *rest; /* of the text, after the prefix */
	struct name name;
	union {
		struct {
			struct queue queue;
			struct queue_choice choice;
		} queue;
		struct semaphore semaphore;
		struct {
			struct cell cell;
			struct cell_condition condition;
			bool reported;
			uint64_t last;
		} cell;
		struct sigreader signals;
		struct eventfd event_fd;
		struct socket_address socket;
		int fd, signal;
		struct {
			struct pidfd_target target;
			struct signame signal;
		} pid;
		struct {
			struct ere *ere;
			struct wait_source *next;
			bool matched; /* the line, and it is not reported */
		} line;
		struct {
			bool is_directory, is_shared;
		} lock;
		struct {
			enum wait_path_state state;
			size_t length;
			char *text;
			int watch;     /* of the file; -1: none */
			bool reported; /* and nothing has changed since */
			ino_t inode;   /* 0: it did not exist */
		} path;
		struct {
			int inotify;
			int keeper;     /* a pipe that it has open; -1: none */
			int64_t opened; /* deadline_clock() */
		} fifo;
		int64_t nanoseconds;
	} as;
};

/*
 * The source that the text names: its kind is that of the prefix, or the given one, to
 * which the whole text belongs then. STATUS_USAGE if it names none.
 */
enum status wait_source_parse(struct wait_source *source, const char *text,
                              const struct wait_kind *kind);

/* Only one that was opened is to be closed; nothing happens to others. */
enum status wait_source_open(struct wait_source *source);
void wait_source_close(struct wait_source *source);

/* Report errno of a wait for it. */
enum status wait_source_error(const struct wait_source *source);

/* The kinds, one file for each group of them. */
extern const struct wait_kind wait_queue_kind, wait_semaphore_kind, wait_cell_kind,
    wait_eventfd_kind, wait_descriptor_kind, wait_pid_kind, wait_signal_kind,
    wait_time_kind, wait_every_kind, wait_lock_kind, wait_path_kind, wait_fifo_kind,
    wait_line_kind, wait_socket_kind;

#endif
