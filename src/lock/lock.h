/*
 * Locks on files: one interface, three families of system calls behind it.
 *
 * - LOCK_OFD: open-file-description locks, fcntl(2) F_OFD_SETLK. They belong to the open
 *   file: all who inherit the descriptor have it, and it is gone with the last of them.
 * - LOCK_POSIX: process locks, fcntl(2) F_SETLK. They belong to the process that took
 *   them, and are gone when it ends, or closes any descriptor of the file.
 * - LOCK_FLOCK: flock(2). As the first, but whole files only, and the kernel keeps them
 *   apart from the two others, which see each other.
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
	bool shared;           /* readers; else exclusive, a writer */
	int64_t start, length; /* bytes; length 0: to the end, however far that comes to
	                          be. flock(2) takes 0 and 0 alone */
};

enum { LOCK_SET_MAX = 17 }; /* one and sixteen more */

struct lock_file {
	const char *path; /* the caller's; must outlive the lock */
	int fd;
	dev_t device;
	ino_t inode;
};

/* Some files that are locked together, with one shape. */
struct lock_set {
	struct lock_attributes attributes;
	int count;
	int failed; /* which of them the last failure was about */
	struct lock_file locks[LOCK_SET_MAX];
};

/*
 * Open the files, at most LOCK_SET_MAX. A file that is not there is made, with the mode
 * 0666 less the umask; none is ever removed. A directory can be locked by flock. The
 * descriptors are close-on-exec and, where there are that many, 10 and above: a script
 * that writes down numbers uses lower ones. The files are put into the order of their
 * device and inode numbers, each once, so that two who take the same do not wait for each
 * other.
 */
enum status lock_set_open(struct lock_set *locks,
                          const struct lock_attributes *attributes,
                          const char *const *paths, int count);

/*
 * Lock them all, or none: 0, or -1 with errno EAGAIN, ETIMEDOUT, EINTR (asked to end),
 * EDEADLK, ENOLCK …, to be reported by lock_set_error().
 */
int lock_set_acquire(struct lock_set *locks, const struct deadline *deadline);
enum status lock_set_error(const struct lock_set *locks);

/* In a child, before exec: let the command have them. Reports. */
bool lock_set_inherit(const struct lock_set *locks);

/*
 * Lock them, run the command, unlock them: its status, or that of a failure before
 * (base/status.h, status_before_command). With `inherit` the command has the descriptors,
 * and what it leaves running has the locks. Process locks are not inherited.
 */
enum status lock_set_run(struct lock_set *locks, bool inherit,
                         const struct deadline *deadline, char **argv);

/*
 * One lock, on a descriptor that is open: 0, or -1 with errno as above; and free it.
 */
int lock_acquire(int fd, const struct lock_attributes *attributes,
                 const struct deadline *deadline);
void lock_release(int fd, const struct lock_attributes *attributes);

/* What nobody else has inherited is unlocked by this. */
void lock_set_close(struct lock_set *locks);

#endif
