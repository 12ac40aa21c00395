/* SPDX-License-Identifier: MIT */
/*
 * The subcommands of semop, from the text of their operands on: parse them, open the
 * semaphore, act, close it. Each reports its failure. argv holds the operands up to NULL;
 * one that may be left out is then NULL.
 */
#ifndef SEMAPHORE_COMMAND_H
#define SEMAPHORE_COMMAND_H

#include <stdbool.h>

#include "process/supervision.h"
#include "semaphore/semaphore.h"

/* SEM [VALUE]; VALUE is attributes->value by default, a count of 0 is 1. */
enum status semaphore_command_create(char **argv, struct semaphore_attributes attributes);

/* SEM [COUNT]; undo: with SEM_UNDO. */
enum status semaphore_command_wait(char **argv, struct timeout timeout, bool undo);
/* print: the new value, see semaphore_post(). */
enum status semaphore_command_post(char **argv, bool undo, bool print);

/*
 * SEM: print its value, or a JSON object of its facts; of a System V set without [INDEX]
 * a line for each of its semaphores.
 */
enum status semaphore_command_value(char **argv, bool json);

/* SEM VALUE. */
enum status semaphore_command_set(char **argv);

/* SEMSET OP[,OP...]. System V only. */
enum status semaphore_command_op(char **argv, struct timeout timeout);

/* SEM [--] COMMAND [ARG...]: the status as of semaphore_run(). */
enum status semaphore_command_run(char **argv, struct timeout timeout,
                                  const struct supervision_options *options);

/* SEM...; force: one that does not exist is no failure. */
enum status semaphore_command_unlink(char **argv, bool force);

#endif
