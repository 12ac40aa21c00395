/* SPDX-License-Identifier: MIT */
/*
 * act [WORD...]: what a wrapper runs in the scenarios
 *
 *   fds         print the descriptors that are open
 *   env NAME    print a variable of the environment
 *   exit N      end with this status
 *   die N       end by this signal
 *   cat         copy the input to the output
 *   line        the same, and a newline
 *   worker      as mqrecv --stay has it: append each message to the file done, answer 0
 *   pause N     wait for N seconds, to be ended by a signal
 *   TEXT        print it
 * One after the other.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void print_descriptors(void)
{
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	printf("\n");
}

static void copy(void)
{
	char part[4096];
	ssize_t length;
	while ((length = read(STDIN_FILENO, part, sizeof part)) > 0)
		fwrite(part, 1, (size_t)length, stdout);
}

static void copy_line(void)
{
	copy();
	putchar('\n');
}

/* It reads no byte of a message that it does not answer. */
static void be_a_worker(void)
{
	char text[64], byte;
	size_t length = 0;
	int done = open("done", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		if (byte == ':')
			length = 0;
		else if (length < sizeof text - 1)
			text[length++] = byte;
		if (byte != ',')
			continue;
		text[length - 1] = '\n';
		if (write(done, text, length) < 0 || write(STDOUT_FILENO, "0\n", 2) < 0)
			break;
		length = 0;
	}
}

static void die(int signal_number)
{
	const struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	fflush(stdout);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void pause_for(unsigned int seconds)
{
	fflush(stdout);
	sleep(seconds);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : "";
		if (strcmp(word, "fds") == 0)
			print_descriptors();
		else if (strcmp(word, "cat") == 0)
			copy();
		else if (strcmp(word, "line") == 0)
			copy_line();
		else if (strcmp(word, "env") == 0)
			printf("%s\n", getenv(argv[++i]) != NULL ? getenv(next) : "-");
		else if (strcmp(word, "exit") == 0)
			return (int)strtol(next, NULL, 10);
		else if (strcmp(word, "die") == 0)
			die((int)strtol(argv[++i], NULL, 10));
		else if (strcmp(word, "worker") == 0)
			be_a_worker();
		else if (strcmp(word, "pause") == 0)
			pause_for((unsigned int)strtoul(argv[++i], NULL, 10));
		else
			printf("%s\n", word);
	}
	return 0;
}
