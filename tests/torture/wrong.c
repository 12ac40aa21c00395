/* SPDX-License-Identifier: MIT */
/*
 * wrong FAULT: what make torture has to find, one fault at a time
 *
 * It makes a FIFO named p if dup(2) succeeds. If dup(2) fails, it does not do what an
 * applet is to do: FAULT says what. The scenarios are in tests/torture/faults.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAILED = 1, NOT_ON_THE_PAGE = 9 };

static int report(const char *object)
{
	fprintf(stderr, "wrong: %s: %s\n", object, strerror(errno));
	return FAILED;
}

static int hang(void)
{
	while (pause() < 0)
		continue;
	return 0;
}

static int crash(void)
{
	const struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	abort();
}

static int leave_process(void)
{
	return fork() == 0 ? hang() : report("p");
}

static int end_with_another_status(void)
{
	report("p");
	return NOT_ON_THE_PAGE;
}

static int say_nothing(void)
{
	return FAILED;
}

static int say_it_twice(void)
{
	report("p");
	return report("p");
}

static int say_it_otherwise(void)
{
	fprintf(stderr, "it did not work\n");
	return FAILED;
}

static int succeed(void)
{
	return 0;
}

static int make_another_object(void)
{
	mkfifo("q", 0600);
	return report("p");
}

static int damage_file(void)
{
	int fd = open("f", O_WRONLY | O_TRUNC);
	if (fd >= 0)
		close(fd);
	return report("f");
}

static int lose_message(void)
{
	char message[64];
	mqd_t queue = mq_open("/q", O_RDONLY);
	if (queue != (mqd_t)-1)
		mq_receive(queue, message, sizeof message, NULL);
	return report("/q");
}

static int fail_rightly(void)
{
	return report("p");
}

static const struct {
	const char *name;
	int (*fail)(void);
} faults[] = {{"none", fail_rightly},
              {"hang", hang},
              {"crash", crash},
              {"process", leave_process},
              {"status", end_with_another_status},
              {"message-missing", say_nothing},
              {"message-twice", say_it_twice},
              {"message-form", say_it_otherwise},
              {"silent", succeed},
              {"state", damage_file},
              {"lost", lose_message},
              {"leak", make_another_object}};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof faults / sizeof *faults; i++) {
		if (strcmp(faults[i].name, argv[1]) != 0)
			continue;
		if (dup(STDIN_FILENO) < 0)
			return faults[i].fail();
		return mkfifo("p", 0600) == 0 ? 0 : report("p");
	}
	/* each time another output */
	printf("%d\n", (int)getpid());
	return 0;
}
