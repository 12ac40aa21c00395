/* SPDX-License-Identifier: MIT */
/*
 * A census: what exists, which processes have it, and which wait for it, at one moment.
 *
 * One pass over /proc. Nothing that it does is noticed by the processes: no FIFO is
 * opened, no attribute changed. Processes that end while it looks are left out. See
 * proc_pid_fd(5), proc_pid_maps(5).
 */
#ifndef INSPECT_CENSUS_H
#define INSPECT_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "inspect/blocked.h"
#include "object/list.h"

enum { CENSUS_COMMAND_BYTES = 16 }; /* TASK_COMM_LEN of the kernel */

struct census_process { /* in the order of their PIDs */
	pid_t pid;
	uid_t uid;
	bool hidden; /* the caller may not inspect it */
	/* by census_command() only */
	char command[CENSUS_COMMAND_BYTES];
};

struct census_holder { /* in the order of objects, PIDs, descriptors */
	int object;    /* an index in census->objects */
	pid_t pid;
	int fd;                     /* -1: none */
	bool reads, writes, mapped; /* reads and writes: with details only */
	bool holds; /* a lock, a permit: others wait until this process releases it */
};

/*
 * One of the events that a thread waits for; each of them ends its wait. In the order of
 * objects, PIDs, threads.
 */
struct census_waiter {
	int object; /* or OBJECT_NONE */
	pid_t pid, thread;
	int fd; /* -1: none */
	enum blocked_on on;
	bool shared;   /* a lock is requested for reading */
	bool flock;    /* a lock of flock(2), which no other kind is in the way of */
	bool repeated; /* of a word in memory: that of the lock there says it better */
	/* of a set, the number of the semaphore; of a futex, the TID of the owner or 0 */
	int part;
	/* permits; the type of a message; a PID, or -1 for any child; the offset of a
	 * futex in its memory; the first byte of a lock */
	int64_t amount;
	int64_t length; /* of a lock; 0: to the end */
};

struct census_request {
	unsigned kinds; /* 1 << OBJECT_MQ …; OBJECT_KINDS_ALL */
	bool details;   /* how the holders have the objects open */
	bool waits;     /* who waits */
	/* where the shared memory objects are; NULL: SHM_PATH_DIRECTORY */
	const char *shm_directory;
	/* POSIX queues by these names are found even if their names cannot be listed */
	char *const *names;
	int name_count;
};

struct census {
	struct object_list objects;
	struct object_list locked; /* the files that have locks: inspect/locks.c */
	struct census_process *processes;
	struct census_holder *holders;
	struct census_waiter *waiters;
	size_t process_count, process_room;
	size_t holder_count, holder_room;
	size_t waiter_count, waiter_room;
	size_t hidden_processes; /* kernel threads and zombies are not counted */
	bool unlisted_processes; /* /proc leaves out those of other users (hidepid) */
	size_t
	    unknown_waits;  /* processes that hide what they wait for: inspect/waits.h */
	bool hidden_queues; /* those that no process of this user has open are missing */
};

/*
 * To be freed by census_free(), whatever the status. A failure is reported: /proc is not
 * mounted, no memory.
 */
enum status census_take(struct census *census, const struct census_request *request);
void census_free(struct census *census);

/* The process, or NULL. */
struct census_process *census_process(const struct census *census, pid_t pid);

/* Its name in ps(1), "" if it has ended. */
const char *census_command(struct census *census, pid_t pid);

/* The first of the holders (of the waiters) of an object; their count is that of the
 * object, or more. */
size_t census_first_holder(const struct census *census, int object);
size_t census_first_waiter(const struct census *census, int object);

/* Append a process, a holder, a waiter; object_list.error is set if there is no memory.
 */
void census_add_process(struct census *census, const struct census_process *process);
void census_add_holder(struct census *census, const struct census_holder *holder);
void census_add_waiter(struct census *census, const struct census_waiter *waiter);

#endif
