/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "base/call.h"
#include "base/termsig.h"
#include "stream/answers.h"

static struct call call;

/* In a call as applets have it, standard output being fd, and standard error captured. */
static enum status begin_to(struct answers *answers, int fd)
{
	if (call_current != &call)
		call_begin(&call, "probe");
	CHECK_EQUAL(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	close(fd);
	check_capture(STDERR_FILENO);
	return answers_begin(answers, "/jobs");
}

/* To a pipe: the end that is read. */
static int begin_to_pipe(struct answers *answers)
{
	int ends[2];
	CHECK_EQUAL(pipe(ends), 0);
	CHECK_EQUAL(begin_to(answers, ends[1]), STATUS_OK);
	return ends[0];
}

/* To a FIFO, which no kernel writes with RWF_NOWAIT. */
static int begin_to_fifo(struct answers *answers)
{
	char folder[] = "/tmp/ipctool-unit-XXXXXX", path[64];
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/fifo", folder);
	CHECK_EQUAL(mkfifo(path, 0600), 0);
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	CHECK_EQUAL(begin_to(answers, open(path, O_WRONLY)), STATUS_OK);
	unlink(path);
	rmdir(folder);
	return reader;
}

/* To a regular file that has room for so many bytes. */
static int begin_to_file(struct answers *answers, size_t room)
{
	struct rlimit limit;
	int file = memfd_create("answers", MFD_CLOEXEC);
	CHECK_EQUAL(begin_to(answers, dup(file)), STATUS_OK);
	CHECK_EQUAL(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = room;
	CHECK_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	return file;
}

/* Without the limit of begin_to_file(): what standard error gets. */
static const char *end_of_file(struct answers *answers, enum status expected)
{
	struct rlimit limit;
	CHECK_EQUAL(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	CHECK_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	CHECK_EQUAL(answers_end(answers), expected);
	return check_captured(STDERR_FILENO);
}

/* What has been written to a pipe and not been read yet. */
static const char *read_all(int fd)
{
	static char text[65536];
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t length = 0;
	ssize_t got = 1;
	while (got > 0 && poll(&ready, 1, 0) == 1 &&
	       (got = read(fd, text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	return text;
}

static void add(struct answers *answers, int count, enum status answer)
{
	for (int i = 0; i < count; i++)
		answers_add(answers, answer);
}

TEST(an_answer_is_held_until_it_is_asked_for)
{
	struct answers answers;
	int reader = begin_to_pipe(&answers);
	CHECK_EQUAL(answers_write(&answers), STATUS_OK);
	CHECK_EQUAL(answers_add(&answers, STATUS_OK), STATUS_OK);
	CHECK_EQUAL(answers_add(&answers, STATUS_OK), STATUS_OK);
	CHECK_EQUAL(read_all(reader), "");
	CHECK_EQUAL(answers_write(&answers), STATUS_OK);
	CHECK_EQUAL(read_all(reader), "0\n0\n");
	CHECK_EQUAL(answers_write(&answers), STATUS_OK);
	CHECK_EQUAL(answers_add(&answers, STATUS_TIMED_OUT), STATUS_OK);
	CHECK_EQUAL(read_all(reader), "");
	CHECK_EQUAL(answers_end(&answers), STATUS_OK);
	CHECK_EQUAL(read_all(reader), "124\n");
	CHECK_EQUAL(check_captured(STDERR_FILENO), "");
}

TEST(the_end_without_an_answer_writes_nothing)
{
	struct answers answers;
	int reader = begin_to_pipe(&answers);
	CHECK_EQUAL(answers_end(&answers), STATUS_OK);
	CHECK_EQUAL(read_all(reader), "");
	CHECK_EQUAL(check_captured(STDERR_FILENO), "");
}

TEST(an_answer_is_its_number_and_nothing_else)
{
	static const struct {
		int status;
		const char *line;
	} rows[] = {{0, "0\n"},     {1, "1\n"},     {9, "9\n"},     {10, "10\n"},
	            {99, "99\n"},   {100, "100\n"}, {124, "124\n"}, {141, "141\n"},
	            {143, "143\n"}, {255, "255\n"}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answers answers;
		int reader = begin_to_pipe(&answers);
		check_about("%d", rows[i].status);
		answers_add(&answers, (enum status)rows[i].status);
		CHECK_EQUAL(answers_end(&answers), STATUS_OK);
		CHECK_EQUAL(read_all(reader), rows[i].line);
		check_captured(STDERR_FILENO);
		close(reader);
	}
}

/* As many as there is room for, of each length, and once more: all of them, in order. */
TEST(answers_for_which_there_is_no_room_are_written_before_it_is_exceeded)
{
	static const int numbers[] = {0, 124, 10, 0, 0, 3, 141};
	for (size_t first = 0; first < COUNT(numbers); first++) {
		struct answers answers;
		char expected[4 * 2000 + 1] = "", *end = expected;
		int reader = begin_to_pipe(&answers);
		check_about("from %zu", first);
		for (size_t i = 0; i < 2000; i++) {
			int number = i < 600 ? numbers[first]
			                     : numbers[(first + i) % COUNT(numbers)];
			end += sprintf(end, "%d\n", number);
			CHECK_EQUAL(answers_add(&answers, (enum status)number),
			            STATUS_OK);
			CHECK(answers.length <= sizeof answers.text);
			CHECK(sizeof answers.text - answers.length >= 4);
		}
		CHECK_EQUAL(answers_end(&answers), STATUS_OK);
		CHECK_EQUAL(read_all(reader), expected);
		check_captured(STDERR_FILENO);
		close(reader);
	}
}

/* Read `count` lines "0", `step` bytes at a time: 0 if there is nothing else. */
static int read_slowly(int fd, int count, size_t step)
{
	char part[64];
	long length = 0;
	ssize_t got;
	while ((got = read(fd, part, step)) > 0)
		for (ssize_t i = 0; i < got; i++, length++)
			if (part[i] != "0\n"[length % 2])
				return 1;
	return got < 0 || length != 2L * count;
}

/* A pipe of a page, which is full most of the time; all but once it is non-blocking. */
TEST(a_reader_that_is_slow_gets_every_answer)
{
	enum { COUNT_OF_ANSWERS = 20000 };
	static const size_t steps[] = {1, 7, 64};
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct answers answers;
		int status, reader = begin_to_pipe(&answers);
		check_about("%zu bytes at a time", steps[i]);
		CHECK(fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4096) > 0);
		if (i > 0)
			fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
		pid_t pid = fork();
		if (pid == 0) {
			close(STDOUT_FILENO);
			_exit(read_slowly(reader, COUNT_OF_ANSWERS, steps[i]));
		}
		close(reader);
		for (int n = 0; n < COUNT_OF_ANSWERS; n++)
			CHECK_EQUAL(answers_add(&answers, STATUS_OK), STATUS_OK);
		CHECK_EQUAL(answers_end(&answers), STATUS_OK);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		CHECK_EQUAL(waitpid(pid, &status, 0), pid);
		CHECK_EQUAL(status, 0);
		CHECK_EQUAL(check_captured(STDERR_FILENO), "");
	}
}

TEST(an_output_that_cannot_be_written_is_refused_before_a_message_is_sent)
{
	struct answers answers;
	int ends[2];
	CHECK_EQUAL(begin_to(&answers, open("/dev/null", O_RDONLY)), STATUS_FAILED);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "probe: standard output: Bad file descriptor\n");
	CHECK_EQUAL(pipe(ends), 0);
	close(ends[0]);
	CHECK_EQUAL(begin_to(&answers, ends[1]), STATUS_SIGPIPE);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "");
}

TEST(a_failure_is_kept_and_each_message_without_an_answer_is_counted)
{
	struct answers answers;
	int ends[2];
	CHECK_EQUAL(begin_to(&answers, open("/dev/full", O_WRONLY)), STATUS_OK);
	CHECK_EQUAL(answers_add(&answers, STATUS_OK), STATUS_OK);
	CHECK_EQUAL(answers_write(&answers), STATUS_FAILED);
	CHECK_EQUAL(answers_write(&answers), STATUS_FAILED);
	/* with room again: nothing is written behind a gap */
	CHECK_EQUAL(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	CHECK_EQUAL(answers_add(&answers, STATUS_OK), STATUS_FAILED);
	CHECK_EQUAL(answers_add(&answers, STATUS_OK), STATUS_FAILED);
	/* the one that failed was not sent */
	CHECK_EQUAL(answers_add(&answers, STATUS_TIMED_OUT), STATUS_FAILED);
	CHECK_EQUAL(answers_write(&answers), STATUS_FAILED);
	CHECK_EQUAL(answers_end(&answers), STATUS_FAILED);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "probe: /jobs: 3 messages were sent, but not acknowledged: standard "
	            "output: No space left on device\n");
	CHECK_EQUAL(read_all(ends[0]), "");
}

/* So many "0" and a last answer into a file that has room for `room` bytes. */
TEST(of_lines_that_were_written_in_part_the_whole_ones_are_answers)
{
	static const struct {
		size_t room;
		int sent;
		enum status last;
		const char *message;
	} rows[] = {
	    {0, 1, STATUS_OK, "1 message was sent, but not acknowledged: "},
	    {1, 1, STATUS_OK, "1 message was sent, but not acknowledged: "},
	    {2, 3, STATUS_OK, "2 messages were sent, but not acknowledged: "},
	    {3, 3, STATUS_OK, "2 messages were sent, but not acknowledged: "},
	    {5, 3, STATUS_OK, "1 message was sent, but not acknowledged: "},
	    {3, 2, STATUS_TIMED_OUT, "1 message was sent, but not acknowledged: "},
	    /* only the line of the one that was not sent is missing */
	    {4, 2, STATUS_TIMED_OUT, ""},
	    {6, 2, STATUS_TIMED_OUT, ""},
	    {0, 0, STATUS_TIMED_OUT, ""},
	};
	/* the second time after a signal: what goes without waiting is written all the
	 * same, and the reason is the file */
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		size_t row = i % COUNT(rows);
		char message[200], destination[] = "/jobs: ";
		struct answers answers;
		struct termsig termsig;
		check_about("%zu bytes, %d sent, then %d%s", rows[row].room,
		            rows[row].sent, (int)rows[row].last,
		            i == row ? "" : ", after a signal");
		int file = begin_to_file(&answers, rows[row].room);
		if (i == COUNT(rows)) {
			termsig_begin(&termsig);
			raise(SIGTERM);
		}
		add(&answers, rows[row].sent, STATUS_OK);
		if (rows[row].last != STATUS_OK)
			add(&answers, 1, rows[row].last);
		CHECK_EQUAL(answers_write(&answers), STATUS_FAILED);
		CHECK_EQUAL(lseek(file, 0, SEEK_END), rows[row].room);
		snprintf(message, sizeof message,
		         "probe: %s%sstandard output: File too large\n",
		         *rows[row].message != '\0' ? destination : "",
		         rows[row].message);
		CHECK_EQUAL(end_of_file(&answers, STATUS_FAILED), message);
		close(file);
	}
}

TEST(a_reader_that_has_left_is_told_only_if_a_message_has_no_answer)
{
	struct answers answers;
	close(begin_to_pipe(&answers));
	CHECK_EQUAL(answers_add(&answers, STATUS_OK), STATUS_OK);
	CHECK_EQUAL(answers_write(&answers), STATUS_SIGPIPE);
	CHECK_EQUAL(answers_end(&answers), STATUS_SIGPIPE);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "probe: /jobs: 1 message was sent, but not acknowledged: standard "
	            "output: Broken pipe\n");
	int reader = begin_to_pipe(&answers);
	add(&answers, 2, STATUS_OK);
	CHECK_EQUAL(answers_write(&answers), STATUS_OK);
	close(reader);
	add(&answers, 1, STATUS_TIMED_OUT);
	CHECK_EQUAL(answers_end(&answers), STATUS_SIGPIPE);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "");
}

/*
 * A pipe or FIFO that holds so many bytes, and nobody reads: after a signal nothing waits
 * for it. A kernel that knows RWF_NOWAIT of pipes fills the page: what was read and what
 * is counted are together what was sent.
 */
static void check_signal(bool is_fifo, int held)
{
	enum { PAGE = 4096, SENT = 100 };
	static char block[PAGE];
	char message[200] = "";
	struct answers answers;
	check_about("a %s with %d bytes", is_fifo ? "FIFO" : "pipe", held);
	int reader = is_fifo ? begin_to_fifo(&answers) : begin_to_pipe(&answers);
	CHECK_EQUAL(fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PAGE), PAGE);
	memset(block, 'x', sizeof block);
	CHECK_EQUAL(write(STDOUT_FILENO, block, (size_t)held), held);
	add(&answers, SENT, STATUS_OK);
	enum status status = answers_write(&answers);
	CHECK_EQUAL(answers_write(&answers), status);
	const char *text = read_all(reader) + held;
	int lines = (int)strlen(text) / 2, missing = SENT - lines;
	for (int n = 0; n < lines; n++)
		CHECK(text[2 * n] == '0' && text[2 * n + 1] == '\n');
	CHECK(held > 0 ? missing == SENT || !is_fifo : missing == 0);
	CHECK_EQUAL(status, missing == 0 ? 0 : STATUS_SIGNAL + SIGTERM);
	if (missing > 0)
		snprintf(message, sizeof message,
		         "probe: /jobs: %d message%s sent, but not acknowledged: "
		         "standard output: interrupted\n",
		         missing, missing == 1 ? " was" : "s were");
	CHECK_EQUAL(answers_end(&answers), status);
	CHECK_EQUAL(check_captured(STDERR_FILENO), message);
	close(reader);
}

TEST(after_a_signal_nothing_waits_and_what_has_no_answer_is_counted)
{
	static const int held[] = {0, 1, 3896, 3897, 3945, 3996, 4095, 4096};
	struct termsig termsig;
	termsig_begin(&termsig);
	raise(SIGTERM);
	for (size_t i = 0; i < 2 * COUNT(held); i++)
		check_signal(i % 2 == 1, held[i / 2]);
}
