/* SPDX-License-Identifier: MIT */
/* mq_stream QUEUE COUNT SIZE: one process sends COUNT messages by mq_send(3), another
 * receives them; prints nanoseconds. The bare loops that mqsend and mqrecv are held
 * against. */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	long count = strtol(argv[2], NULL, 10);
	size_t size = strtoul(argv[3], NULL, 10);
	static char message[65536], buffer[65536];
	struct timespec began, ended;
	memset(message, 'x', sizeof message);
	mqd_t queue = mq_open(argv[1], O_RDWR);
	if (queue == (mqd_t)-1)
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &began);
	pid_t sender = fork();
	for (long i = 0; i < count; i++)
		if (sender == 0 ? mq_send(queue, message, size, 0) < 0
		                : mq_receive(queue, buffer, sizeof buffer, NULL) < 0)
			return 1;
	if (sender == 0)
		_exit(0);
	wait(NULL);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("%ld\n", (ended.tv_sec - began.tv_sec) * 1000000000 + ended.tv_nsec -
	                    began.tv_nsec);
	return 0;
}
