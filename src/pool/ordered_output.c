/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>
#include <unistd.h>

#include "io/error.h"
#include "io/output.h"
#include "pool/ordered_output.h"

bool ordered_output_is_full(const struct ordered_output *outputs)
{
	return outputs->next_turn - outputs->next_written == ORDERED_OUTPUT_PENDING_MAX;
}

int ordered_output_open(struct ordered_output *outputs, uint64_t *turn)
{
	int fd = memfd_create("output", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	*turn = outputs->next_turn++;
	outputs->pending[*turn % ORDERED_OUTPUT_PENDING_MAX] =
	    (struct ordered_output_entry){.fd = fd};
	return fd;
}

void ordered_output_cancel(struct ordered_output *outputs)
{
	outputs->next_turn--;
	close(outputs->pending[outputs->next_turn % ORDERED_OUTPUT_PENDING_MAX].fd);
}

static enum status ordered_output_write(int fd)
{
	char block[16384];
	enum status status = STATUS_OK;
	ssize_t length;
	for (off_t at = 0; status == STATUS_OK; at += length) {
		length = pread(fd, block, sizeof block, at);
		if (length < 0)
			return error_errno("output of a command");
		if (length == 0)
			break;
		status = output_write(block, (size_t)length);
	}
	return status;
}

enum status ordered_output_complete(struct ordered_output *outputs, uint64_t turn)
{
	enum status status = STATUS_OK;
	outputs->pending[turn % ORDERED_OUTPUT_PENDING_MAX].complete = true;
	for (; outputs->next_written < outputs->next_turn; outputs->next_written++) {
		struct ordered_output_entry *pending =
		    &outputs->pending[outputs->next_written % ORDERED_OUTPUT_PENDING_MAX];
		if (!pending->complete)
			break;
		status = status_first_failure(status, ordered_output_write(pending->fd));
		close(pending->fd);
	}
	return status;
}
