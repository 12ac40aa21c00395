/* SPDX-License-Identifier: MIT */
/*
 * registers - the registers of a traced process at a system call
 *
 * The only file that knows the processor: x86_64 and aarch64, see ptrace(2).
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* At the entry of a call: the kernel is not to make it; what it returns is set at its
 * exit. */
bool registers_skip_call(pid_t pid);

/* At the entry: another value for an argument, from 0. At the exit the old one has to be
 * put back: the C library may rely on the register. */
bool registers_set_argument(pid_t pid, int index, uint64_t value);

/* At the exit: what the call returns, -errno for a failure. */
bool registers_set_result(pid_t pid, int64_t result);

#endif
