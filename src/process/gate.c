/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/error.h"
#include "process/gate.h"

enum { READ_END, WRITE_END };

enum status gate_create(struct gate *gate)
{
	if (pipe2(gate->ends, O_CLOEXEC) < 0)
		return error_errno_as(STATUS_RUN_ERROR, "cannot create a pipe");
	return STATUS_OK;
}

bool gate_wait(const struct gate *gate)
{
	char byte;
	/* or it would never see the end of file */
	close(gate->ends[WRITE_END]);
	ssize_t length = read(gate->ends[READ_END], &byte, 1);
	if (length < 0)
		error_errno_as(STATUS_RUN_ERROR, "cannot wait for the start");
	close(gate->ends[READ_END]);
	return length == 1;
}

enum status gate_open(struct gate *gate, int count)
{
	/* so that write(2) fails if no child is left to read */
	close(gate->ends[READ_END]);
	gate->ends[READ_END] = -1;
	for (int i = 0; i < count; i++)
		if (write(gate->ends[WRITE_END], "", 1) < 0)
			return errno == EPIPE
			           ? STATUS_OK
			           : error_errno_as(STATUS_RUN_ERROR,
			                            "cannot start the command");
	return STATUS_OK;
}

void gate_close(struct gate *gate)
{
	fd_close_keep_errno(gate->ends[READ_END]);
	fd_close_keep_errno(gate->ends[WRITE_END]);
}
