#include <sys/mman.h>
#include <unistd.h>

#include "io/output.h"
#include "io/report.h"
#include "pool/ordered_output.h"

bool outputs_are_full(const struct outputs *outputs)
{
	return outputs->next_turn - outputs->next_shown == OUTPUTS_AHEAD;
}

int outputs_keep(struct outputs *outputs, uint64_t *turn)
{
	int fd = memfd_create("output", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	*turn = outputs->next_turn++;
	outputs->kept[*turn % OUTPUTS_AHEAD] = (struct kept){.fd = fd};
	return fd;
}

void outputs_forget(struct outputs *outputs)
{
	outputs->next_turn--;
	close(outputs->kept[outputs->next_turn % OUTPUTS_AHEAD].fd);
}

static enum status show(int fd)
{
	char block[16384];
	enum status status = STATUS_DONE;
	ssize_t length;
	for (off_t at = 0; status == STATUS_DONE; at += length) {
		length = pread(fd, block, sizeof block, at);
		if (length < 0)
			return fail("the output of a command");
		if (length == 0)
			break;
		status = output_write(block, (size_t)length);
	}
	return status;
}

enum status outputs_complete(struct outputs *outputs, uint64_t turn)
{
	enum status status = STATUS_DONE;
	outputs->kept[turn % OUTPUTS_AHEAD].complete = true;
	for (; outputs->next_shown < outputs->next_turn; outputs->next_shown++) {
		struct kept *kept = &outputs->kept[outputs->next_shown % OUTPUTS_AHEAD];
		if (!kept->complete)
			break;
		status = first_failure(status, show(kept->fd));
		close(kept->fd);
	}
	return status;
}
