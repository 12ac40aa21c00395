/* SPDX-License-Identifier: MIT */
/*
 * The keeper's own process, for keeper.c alone. See process/keeper.h.
 *
 * It talks to its starter over a pair of seqpacket sockets:
 *
 *     starter                 keeper
 *                             int: errno of acquire(), 0 if acquired
 *     a pidfd (SCM_RIGHTS)
 *                             int: 0, it has the pidfd
 *     (or an int: the number of a pidfd in the table of descriptors that both use)
 *     end of file: the command's wait status is in the note, for before_exit()
 */
#ifndef PROCESS_KEEPER_PROCESS_H
#define PROCESS_KEEPER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "process/keeper.h"

struct keeper_process {
	const struct keeper_job *job;
	struct keeper_note *note;
	int socket; /* the keeper's end */
	int end; /* poll(2) reports it when the starter has ended: the socket or a pidfd
	          */
	pid_t starter;
};

/* The body of the process of helper_fork(); all signals are blocked. */
_Noreturn void keeper_process_main(const struct keeper_process *keeper,
                                   const struct deadline *deadline);

/*
 * Release the object unless that has been done or begun. For the keeper, and for the
 * starter after the keeper was killed. errno of a failure is left in note->error. False
 * if the other process had begun: whether it released the object is not known.
 */
bool keeper_process_release(const struct keeper_job *job, struct keeper_note *note);

/*
 * An int over the pair; receive: 0, or -1 with errno, EPIPE if the other end closed, or
 * its process has ended: `end` is a pidfd of it, or -1.
 */
bool keeper_process_send(int socket, int value);
int keeper_process_receive(int socket, int end, int *value);

#endif
