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
 *
 *   terminal    be a terminal of 24 rows, whose name is in the file tty: what comes from
 *               the FIFO keys is typed. In the file modes is `restored`, or `changed` if
 *               it was not as before when no process had it open any more
 *
 * One after the other.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
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

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (write(fd, text, strlen(text)) > 0)
		close(fd);
}

/* By their values: the structure has padding, and speeds of its own. */
static int same_modes(const struct termios *one, const struct termios *other)
{
	return one->c_iflag == other->c_iflag && one->c_oflag == other->c_oflag &&
	       one->c_lflag == other->c_lflag && one->c_cflag == other->c_cflag;
}

static void be_a_terminal(void)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	struct termios before, after;
	char part[4096];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || unlockpt(master) < 0 || mkfifo("keys", 0600) < 0 ||
	    ioctl(master, TIOCSWINSZ, &size) < 0 || tcgetattr(master, &before) < 0)
		return;
	int keys = open("keys", O_RDWR | O_CLOEXEC);
	struct pollfd fds[] = {{.fd = master, .events = POLLIN},
	                       {.fd = keys, .events = POLLIN}};
	write_file("modes", "restored");
	write_file("tty", ptsname(master));
	while (poll(fds, 2, -1) > 0) {
		ssize_t length;
		if ((fds[0].revents & POLLIN) != 0) {
			if (read(master, part, sizeof part) < 0)
				break;
		} else if ((fds[0].revents & POLLHUP) != 0) {
			break;
		}
		if ((fds[1].revents & POLLIN) != 0 &&
		    (length = read(keys, part, sizeof part)) > 0 &&
		    write(master, part, (size_t)length) < 0)
			break;
	}
	if (tcgetattr(master, &after) < 0 || !same_modes(&before, &after))
		write_file("modes", "changed");
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
		else if (strcmp(word, "terminal") == 0)
			be_a_terminal();
		else
			printf("%s\n", word);
	}
	return 0;
}
