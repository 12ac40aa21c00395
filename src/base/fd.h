/*
 * File descriptors: closing one without touching errno, and moving one out of the way.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

/*
 * A shell can write down only the descriptors 0 to 9 (dash), and scripts use those: what
 * a shell holds for us begins here, as bash's own {VAR}> does.
 */
enum { FD_LOWEST_FOR_SHELL = 10 };

/* close(2), with errno left as it is; a negative fd is none. */
void fd_close_keep_errno(int fd);

/*
 * Move a descriptor to the lowest free number from `lowest`, unless it is there already:
 * the new number, close-on-exec, and fd is closed. -1 with errno of fcntl(2)
 * F_DUPFD_CLOEXEC (EINVAL: lowest is past RLIMIT_NOFILE); fd is still open then.
 */
int fd_move_above(int fd, int lowest);

#endif
