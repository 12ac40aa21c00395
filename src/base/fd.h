/* SPDX-License-Identifier: MIT */
/*
 * File descriptors: closing without changing errno, and moving to a higher number.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

/*
 * The redirections of dash, and of most scripts, use the descriptors 0 to 9 only. The
 * descriptors that a builtin leaves open in the shell begin here, as for {VAR}> of bash.
 */
enum { FD_LOWEST_FOR_SHELL = 10 };

/* close(2), with errno left unchanged; a negative fd is ignored. */
void fd_close_keep_errno(int fd);

/*
 * Move a descriptor that is less than `lowest` to the lowest free number from there:
 * returns the new number, close-on-exec, and closes fd. -1 with errno of fcntl(2)
 * F_DUPFD_CLOEXEC (EINVAL: lowest exceeds RLIMIT_NOFILE), and fd stays open.
 */
int fd_move_above(int fd, int lowest);

#endif
