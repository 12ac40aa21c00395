/* SPDX-License-Identifier: MIT */
/*
 * The jobs of a pool by a command for each: mqrecv --exec without --stay.
 */
#ifndef POOL_COMMANDS_H
#define POOL_COMMANDS_H

#include "pool/runner.h"

extern const struct runner commands_runner;

#endif
