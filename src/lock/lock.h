/* SPDX-License-Identifier: MIT */
/*
 * Locks on files: one interface to three kinds of system calls.
 *
 * - LOCK_OFD: locks of an open file description, fcntl(2) F_OFD_SETLK. They are inherited
 *   with the descriptor, and released when its last duplicate is closed.
 * - LOCK_POSIX: process locks, fcntl(2) F_SETLK. They belong to the process that acquired
 *   them, and are released when it ends, or closes any descriptor of the file.
 * - LOCK_FLOCK: flock(2). As the first, but of whole files only. The kernel keeps them
 *   apart from the two others, which conflict with each other.
 *
 * All are advisory. Functions that return a status have reported their failure.
 */
#ifndef LOCK_LOCK_H
#define LOCK_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/status.h"

enum lock_api { LOCK_OFD, LOCK_POSIX, LOCK_FLOCK };

struct lock_attributes {
	enum lock_api api;
	bool shared;           /* for readers; otherwise exclusive */
	int64_t start, length; /* in bytes; length 0: to the end, however far the file
	                          grows. Both are 0 for LOCK_FLOCK */
};

enum { LOCK_SET_MAX = 17 }; /* an operand and STRING_LIST_MAX values of an option */

struct lock_file {
	const char *path; /* owned by the caller; must outlive the lock */
	int fd;
	dev_t device;
	ino_t inode;
};

/* How a command runs while the locks are held. */
struct lock_run {
	bool close;   /* it does not inherit the descriptors */
	bool no_fork; /* a program becomes the command; not with close */
	bool verbose; /* report what lock/report.h does */
};

/* Some files that are locked together, with the same attributes. */
struct lock_set {
	struct lock_attributes attributes;
	struct lock_run run;
	int64_t started; /* of lock_set_run(): deadline_clock() */
	int count;
	int failed;    /* index of the file that the last failure was about */
	bool conflict; /* the last failure was that another process holds a lock */
	/* the last failure was that an exclusive flock(2) requires a descriptor that is
	 * open for writing, as on some network file systems: see lock_set_reopen() */
	bool reopen;
	bool reopened;
	char fd_name[24]; /* of lock_set_of_fd() */
	struct lock_file locks[LOCK_SET_MAX];
};

/*
 * Open the files, at most LOCK_SET_MAX. A file that does not exist is created, with mode
 * 0666 less the umask; none is ever removed. A directory can be locked with LOCK_FLOCK.
 * They are open for writing only if the kind of lock requires that.
 * The descriptors are close-on-exec and, if RLIMIT_NOFILE permits, 10 and above, since
 * scripts use lower numbers. The files are put into the order of their device and inode
 * numbers, each once, so that processes which lock the same files cannot deadlock.
 */
enum status lock_set_open(struct lock_set *locks,
                          const struct lock_attributes *attributes,
                          const char *const *paths, int count);

/*
 * The file of a descriptor that the caller has open and keeps: it is named "descriptor
 * N". No lock_set_close(). STATUS_FAILED, reported, if it is not open.
 */
enum status lock_set_of_fd(struct lock_set *locks,
                           const struct lock_attributes *attributes, int fd);

/* Open the files again, now for writing too. Each has the same number as before. */
enum status lock_set_reopen(struct lock_set *locks);

/* Close the descriptors, which releases every lock that no process has inherited. */
void lock_set_close(struct lock_set *locks);

/*
 * Lock all of them, or none: 0, or -1 with errno EAGAIN, ETIMEDOUT, EINTR (a termination
 * signal), EDEADLK, ENOLCK …, to be reported by lock_set_error(), which reports nothing
 * but sets `reopen` if another try can succeed. A descriptor that had a lock before the
 * call keeps it, except of LOCK_FLOCK: to convert it, flock(2) releases it first.
 */
int lock_set_acquire(struct lock_set *locks, const struct deadline *deadline);
enum status lock_set_error(struct lock_set *locks);

/*
 * In a child, before exec(2): let the command inherit the descriptors. False after a
 * failure, which is reported.
 */
bool lock_set_inherit(const struct lock_set *locks);

/*
 * Lock them, run the command, unlock them: the command's status, or that of a failure
 * before it was started (base/status.h, status_before_command). Without `close` the
 * command has the descriptors, and processes that it leaves running hold the locks.
 * Process locks are not inherited.
 */
enum status lock_set_run(struct lock_set *locks, const struct lock_run *how,
                         const struct deadline *deadline, char **argv);

/*
 * Lock an open descriptor: 0, or -1 with errno as above. lock_unlock() unlocks it: 0, or
 * -1 with errno. lock_release() does so too and leaves errno as it was.
 */
int lock_acquire(int fd, const struct lock_attributes *attributes,
                 const struct deadline *deadline);
int lock_unlock(int fd, const struct lock_attributes *attributes);
void lock_release(int fd, const struct lock_attributes *attributes);

#endif
