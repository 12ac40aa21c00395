/* SPDX-License-Identifier: MIT */
/* unlink_queue NAME...: remove message queues; print the names of those that existed. */
#include <mqueue.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (mq_unlink(argv[i]) == 0)
			printf("queue %s\n", argv[i]);
	return 0;
}
