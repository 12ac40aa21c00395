/* SPDX-License-Identifier: MIT */
/*
 * The subcommands of efd, from the text of their operands on: parse them, reach the
 * eventfd, act, close it. Each reports its failure. argv holds the operands up to NULL;
 * one that may be left out is then NULL.
 */
#ifndef EVENTFD_COMMAND_H
#define EVENTFD_COMMAND_H

#include <stdbool.h>

#include "eventfd/eventfd.h"

/* N, as a number in C: up to eventfd_max. */
enum status eventfd_command_parse_amount(const char *text, uint64_t *n);

/* [--] COMMAND [ARG...]: run it with an eventfd open, the number in $EFD. */
enum status eventfd_command_run(char **argv, const struct eventfd_attributes *attributes);

/* VAR: create one in the shell that this is a builtin of, the number in VAR. */
enum status eventfd_command_open(char **argv,
                                 const struct eventfd_attributes *attributes);

/* NAME: until a termination signal comes. */
enum status eventfd_command_serve(char **argv,
                                  const struct eventfd_attributes *attributes);

/* N [FD]; [FD]; [FD] */
enum status eventfd_command_add(char **argv, struct timeout timeout);
enum status eventfd_command_read(char **argv, struct timeout timeout);
enum status eventfd_command_wait(char **argv, struct timeout timeout);

/* [FD]: print the counter, or a JSON object of the facts, without reading. */
enum status eventfd_command_peek(char **argv, bool json);

#endif
