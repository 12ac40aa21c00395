/* SPDX-License-Identifier: MIT */
/*
 * A worker for mqrecv --exec --stay: reads netstrings and answers each.
 *
 *     worker [exact | greedy | after N]
 *
 * exact (the default) reads not a byte more than the message, greedy as much as is there;
 * after N answers when N messages were read, and exits with 9 if one more is there then.
 * Each message is appended to the file "seen", with the worker's PID before it, each byte
 * that cannot be printed as \xHH. The message says what is done with it:
 *
 *     answer TEXT…   TEXT and a newline are written; without it the answer is 0
 *     exit N         exits, without an answer
 *     kill           is killed by SIGKILL, without an answer
 *     hang           waits for ever; SIGTERM ends it
 *     deaf           the same, and SIGTERM does not
 *     flood          answers without end
 *     close-output   closes its output, and waits for ever
 *     close-input    closes its input, answers, and waits for ever
 *     leave          answers, and exits with 0
 *     wait           answers when the file "go" is there
 */
#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LONGEST = 1 << 20 };

static char buffer[LONGEST + 32], message[LONGEST + 1];
static size_t have, used;
static bool greedy;

/* The next byte of the input; false at its end. */
static bool next_byte(char *byte)
{
	if (used == have) {
		ssize_t length = read(0, buffer, greedy ? sizeof buffer : 1);
		if (length <= 0)
			return false;
		have = (size_t)length;
		used = 0;
	}
	*byte = buffer[used++];
	return true;
}

static bool read_message(size_t *length)
{
	char byte = 0;
	*length = 0;
	while (next_byte(&byte) && isdigit((unsigned char)byte))
		*length = 10 * *length + (size_t)(byte - '0');
	if (byte != ':' || *length > LONGEST)
		return false;
	for (size_t i = 0; i < *length; i++)
		if (!next_byte(&message[i]))
			return false;
	message[*length] = '\0';
	return next_byte(&byte) && byte == ',';
}

static void note(size_t length)
{
	FILE *file = fopen("seen", "ae");
	if (file == NULL)
		exit(8);
	fprintf(file, "%d ", (int)getpid());
	if (length > 1000)
		fprintf(file, "%zu bytes", length);
	for (size_t i = 0; i < length && length <= 1000; i++)
		fprintf(file, isprint((unsigned char)message[i]) ? "%c" : "\\x%02x",
		        (unsigned char)message[i]);
	fputc('\n', file);
	fclose(file);
}

static void answer(const char *text)
{
	dprintf(1, "%s\n", text);
}

static bool is(const char *word)
{
	return strncmp(message, word, strlen(word)) == 0;
}

static _Noreturn void wait_forever(void)
{
	for (;;)
		pause();
}

static void obey(void)
{
	if (is("answer "))
		answer(message + strlen("answer "));
	else if (is("exit "))
		exit((int)strtol(message + strlen("exit "), NULL, 10));
	else if (is("kill"))
		raise(SIGKILL);
	else if (is("deaf"))
		signal(SIGTERM, SIG_IGN);
	else if (is("flood"))
		for (;;)
			if (write(1, "0\n0\n", 4) < 0)
				exit(7);
	if (is("close-output"))
		close(1);
	if (is("close-input"))
		close(0);
	while (is("wait") && access("go", F_OK) < 0)
		poll(NULL, 0, 10);
	if (is("hang") || is("deaf") || is("close-output"))
		wait_forever();
	if (!is("answer "))
		answer("0");
	if (is("close-input"))
		wait_forever();
	if (is("leave"))
		exit(0);
}

int main(int argc, char **argv)
{
	size_t length;
	int after = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0, held = 0, more = 0;
	greedy = argc == 2 && strcmp(argv[1], "greedy") == 0;
	while (read_message(&length)) {
		note(length);
		if (after == 0)
			obey();
		else if (++held == after) {
			if (ioctl(0, FIONREAD, &more) < 0 || more > 0)
				return 9;
			for (; held > 0; held--)
				answer("0");
		}
	}
	return 0;
}
