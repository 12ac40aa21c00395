/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "stream/coprocess.h"

/* The worker's two ends. */
struct worker {
	int in, out;
};

static void begin(struct coprocess *coprocess, struct worker *worker)
{
	int ends[2];
	signal(SIGPIPE, SIG_IGN);
	CHECK_EQUAL(coprocess_begin(coprocess, ends), 0);
	*worker = (struct worker){ends[0], ends[1]};
}

static void end(struct coprocess *coprocess, struct worker *worker)
{
	coprocess_end(coprocess);
	close(worker->in);
	close(worker->out);
}

static void give(struct coprocess *coprocess, const char *text)
{
	struct coprocess_message message = {.bytes = text, .length = strlen(text)};
	CHECK_EQUAL(coprocess_give(coprocess, &message), 0);
}

static void give_large(struct coprocess *coprocess, size_t length)
{
	char *bytes = calloc(1, length);
	struct coprocess_message message = {.bytes = bytes, .length = length};
	CHECK_EQUAL(coprocess_give(coprocess, &message), 0);
	free(bytes);
}

static void answer(struct coprocess *coprocess, struct worker *worker, const char *text)
{
	CHECK_EQUAL(write(worker->out, text, strlen(text)), strlen(text));
	CHECK_EQUAL(coprocess_read(coprocess), strlen(text));
}

static void check_read(struct worker *worker, const char *expected, size_t length)
{
	char text[256];
	ssize_t got = read(worker->in, text, sizeof text);
	CHECK_BYTES(text, (size_t)got, expected, length);
}

#define CHECK_READ(worker, expected) check_read(worker, expected, sizeof(expected) - 1)

TEST(messages_are_netstrings_written_together)
{
	struct coprocess coprocess;
	struct worker worker;
	int64_t priority = 32767;
	begin(&coprocess, &worker);
	give(&coprocess, "one");
	CHECK_EQUAL(coprocess_give(&coprocess, &(struct coprocess_message){0}), 0);
	CHECK_EQUAL(coprocess_give(&coprocess,
	                           &(struct coprocess_message){.bytes = "\0\n",
	                                                       .length = 2,
	                                                       .priority = &priority}),
	            0);
	CHECK_EQUAL(
	    coprocess_give(&coprocess, &(struct coprocess_message){.bytes = "x",
	                                                           .length = 1,
	                                                           .priority = &priority,
	                                                           .id = "/q:1f.7"}),
	    0);
	CHECK_EQUAL(
	    coprocess_give(&coprocess, &(struct coprocess_message){.id = "/q:1f.8"}), 0);
	CHECK_EQUAL(coprocess.unanswered, 5);
	CHECK_EQUAL(coprocess.unwritten, 5);
	CHECK_EQUAL(coprocess_flush(&coprocess), 0);
	CHECK_EQUAL(coprocess.unwritten, 0);
	CHECK_READ(&worker, "3:one,0:,8:32767\t\0\n,15:/q:1f.7\t32767\tx,8:/q:1f.8\t,");
	end(&coprocess, &worker);
}

TEST(only_the_ends_of_this_process_do_not_block)
{
	struct coprocess coprocess;
	struct worker worker;
	begin(&coprocess, &worker);
	CHECK((fcntl(coprocess.to, F_GETFL) & O_NONBLOCK) != 0);
	CHECK((fcntl(coprocess.from, F_GETFL) & O_NONBLOCK) != 0);
	CHECK_EQUAL(fcntl(worker.in, F_GETFL) & O_NONBLOCK, 0);
	CHECK_EQUAL(fcntl(worker.out, F_GETFL) & O_NONBLOCK, 0);
	CHECK_EQUAL(fcntl(worker.in, F_GETFD), FD_CLOEXEC);
	CHECK_EQUAL(fcntl(coprocess.to, F_GETFD), FD_CLOEXEC);
	end(&coprocess, &worker);
}

TEST(answers_come_in_the_order_of_the_messages)
{
	struct coprocess coprocess;
	struct worker worker;
	int status = -1;
	begin(&coprocess, &worker);
	for (int i = 0; i < 5; i++)
		give(&coprocess, "m");
	coprocess_flush(&coprocess);
	CHECK_EQUAL(coprocess_read(&coprocess), -1);
	CHECK_EQUAL(errno, EAGAIN);
	answer(&coprocess, &worker, "0\n65\ndead\n25");
	static const int expected[] = {0, 65, 65};
	for (size_t i = 0; i < COUNT(expected); i++) {
		CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_ANSWER);
		CHECK_EQUAL(status, expected[i]);
	}
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_NO_ANSWER);
	CHECK_EQUAL(coprocess.unanswered, 2);
	answer(&coprocess, &worker, "5\n");
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_ANSWER);
	CHECK_EQUAL(status, 255);
	/* "2" may be the beginning of "255" */
	answer(&coprocess, &worker, "2");
	close(worker.out);
	CHECK_EQUAL(coprocess_read(&coprocess), 0);
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_NO_ANSWER);
	CHECK_EQUAL(coprocess.unanswered, 1);
	coprocess_end(&coprocess);
	close(worker.in);
}

TEST(what_is_no_answer_ends_the_conversation)
{
	static const char *const wrong[] = {"\n",    "256\n", "0000\n", "-1\n", "+1\n",
	                                    " 0\n",  "0 \n",  "0\r\n",  "1a\n", "Dead\n",
	                                    "deadx", "hello", "0x1\n",  "99999"};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct coprocess coprocess;
		struct worker worker;
		int status;
		check_about("%s", wrong[i]);
		begin(&coprocess, &worker);
		give(&coprocess, "m");
		give(&coprocess, "n");
		coprocess_flush(&coprocess);
		answer(&coprocess, &worker, wrong[i]);
		CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_BROKEN);
		CHECK_EQUAL(coprocess.broken, "answered a line that is not a status");
		answer(&coprocess, &worker, "\n0\n");
		CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_BROKEN);
		CHECK_EQUAL(coprocess.unanswered, 2);
		end(&coprocess, &worker);
	}
}

TEST(an_answer_to_a_message_that_is_not_written_is_not_valid)
{
	struct coprocess coprocess;
	struct worker worker;
	int status;
	begin(&coprocess, &worker);
	give(&coprocess, "small");
	give_large(&coprocess, 1 << 20);
	coprocess_flush(&coprocess);
	CHECK_EQUAL(coprocess.unwritten, 1);
	answer(&coprocess, &worker, "0\n0\n");
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_ANSWER);
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_BROKEN);
	CHECK_EQUAL(coprocess.broken, "answered a message that it was not given");
	end(&coprocess, &worker);
}

/*
 * The worker reads in pieces of many sizes while messages are added: what it reads is the
 * same as if there were no pipe between them.
 */
TEST(messages_are_complete_and_in_order_however_the_pipe_is_read)
{
	enum { MESSAGES = 3000, BYTES = 4 << 20 };
	struct coprocess coprocess;
	struct worker worker;
	char *expected = malloc(BYTES), *got = malloc(BYTES);
	size_t expected_length = 0, got_length = 0, given = 0;
	begin(&coprocess, &worker);
	fcntl(worker.in, F_SETFL, O_NONBLOCK);
	while (given < MESSAGES || coprocess.unwritten > 0) {
		while (given < MESSAGES && coprocess_has_room(&coprocess)) {
			size_t length = given % 97 == 0 ? 20000 : given % 61;
			char *bytes = malloc(length + 1);
			memset(bytes, '0' + (int)(given % 10), length);
			struct coprocess_message message = {.bytes = bytes,
			                                    .length = length};
			CHECK_EQUAL(coprocess_give(&coprocess, &message), 0);
			expected_length +=
			    (size_t)sprintf(expected + expected_length, "%zu:%.*s,",
			                    length, (int)length, bytes);
			free(bytes);
			given++;
		}
		CHECK(coprocess.end - coprocess.begin < COPROCESS_BATCH + 20010);
		CHECK_EQUAL(coprocess_flush(&coprocess), 0);
		ssize_t part = read(worker.in, got + got_length, 1 + given * 37 % 30000);
		got_length += part > 0 ? (size_t)part : 0;
		/* the messages that are written, by what the worker has and the pipe
		 * holds */
		CHECK_EQUAL(coprocess.unanswered, given);
	}
	ssize_t part;
	while ((part = read(worker.in, got + got_length, BYTES - got_length)) > 0)
		got_length += (size_t)part;
	CHECK_EQUAL(got_length, expected_length);
	CHECK_EQUAL(memcmp(got, expected, expected_length), 0);
	CHECK_EQUAL(coprocess.begin, coprocess.end);
	free(expected);
	free(got);
	end(&coprocess, &worker);
}

TEST(each_message_that_is_written_completely_may_be_answered)
{
	struct coprocess coprocess;
	struct worker worker;
	int status;
	begin(&coprocess, &worker);
	CHECK_EQUAL(fcntl(coprocess.to, F_SETPIPE_SZ, 4096), 4096);
	for (int i = 0; i < 242; i++)
		give(&coprocess, "thirteen char"); /* 17 bytes: 240 in 4096, and a part */
	CHECK_EQUAL(coprocess_flush(&coprocess), 0);
	CHECK_EQUAL(coprocess.unwritten, 2);
	for (int i = 0; i < 240; i++)
		CHECK_EQUAL(write(worker.out, "0\n", 2), 2);
	CHECK_EQUAL(coprocess_read(&coprocess), 480);
	for (int i = 0; i < 240; i++)
		CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_ANSWER);
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_NO_ANSWER);
	char text[4096];
	CHECK_EQUAL(read(worker.in, text, sizeof text), 4096);
	CHECK_EQUAL(coprocess_flush(&coprocess), 0);
	answer(&coprocess, &worker, "1\n2\n");
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_ANSWER);
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_ANSWER);
	CHECK_EQUAL(status, 2);
	CHECK_EQUAL(coprocess.unanswered, 0);
	end(&coprocess, &worker);
}

TEST(a_worker_that_closes_its_input_gets_no_more_messages)
{
	struct coprocess coprocess;
	struct worker worker;
	int status;
	begin(&coprocess, &worker);
	give(&coprocess, "m");
	CHECK_EQUAL(coprocess_flush(&coprocess), 0);
	close(worker.in);
	CHECK(coprocess_has_room(&coprocess));
	give(&coprocess, "n");
	CHECK_EQUAL(coprocess_flush(&coprocess), -1);
	CHECK_EQUAL(errno, EPIPE);
	CHECK(!coprocess_has_room(&coprocess));
	answer(&coprocess, &worker, "7\n0\n");
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_ANSWER);
	CHECK_EQUAL(status, 7);
	CHECK_EQUAL(coprocess_next_answer(&coprocess, &status), COPROCESS_BROKEN);
	coprocess_end(&coprocess);
	close(worker.out);
}

TEST(it_is_waited_for_what_can_be_done)
{
	struct coprocess coprocess;
	struct worker worker;
	struct pollfd fds[2];
	begin(&coprocess, &worker);
	coprocess_poll_fds(&coprocess, fds);
	CHECK_EQUAL(fds[0].fd, coprocess.to);
	CHECK_EQUAL(fds[0].events, 0);
	CHECK_EQUAL(fds[1].fd, coprocess.from);
	CHECK_EQUAL(fds[1].events, POLLIN);
	give_large(&coprocess, 1 << 20);
	coprocess_flush(&coprocess);
	coprocess_poll_fds(&coprocess, fds);
	CHECK_EQUAL(fds[0].fd, coprocess.to);
	CHECK_EQUAL(fds[0].events, POLLOUT);
	close(worker.in);
	CHECK_EQUAL(poll(fds, 2, 0), 1);
	CHECK((fds[0].revents & POLLERR) != 0);
	coprocess_close_input(&coprocess);
	close(worker.out);
	CHECK_EQUAL(coprocess_read(&coprocess), 0);
	coprocess_poll_fds(&coprocess, fds);
	CHECK_EQUAL(fds[0].fd, -1);
	CHECK_EQUAL(fds[1].fd, -1);
	coprocess_end(&coprocess);
}

TEST(it_is_known_which_messages_the_worker_has_not_begun_to_read)
{
	struct coprocess coprocess;
	struct worker worker;
	char text[2];
	begin(&coprocess, &worker);
	CHECK_EQUAL(coprocess_bytes_read(&coprocess), 0);
	give(&coprocess, "m");
	CHECK_EQUAL(coprocess.given, 4);
	CHECK_EQUAL(coprocess_bytes_read(&coprocess), 0);
	coprocess_flush(&coprocess);
	CHECK_EQUAL(coprocess_bytes_read(&coprocess), 0);
	CHECK_EQUAL(read(worker.in, text, 1), 1);
	CHECK_EQUAL(coprocess_bytes_read(&coprocess), 1);
	give_large(&coprocess, 1 << 20);
	coprocess_flush(&coprocess);
	CHECK_EQUAL(coprocess_bytes_read(&coprocess), 1);
	CHECK_EQUAL(read(worker.in, text, 2), 2);
	close(worker.in);
	CHECK_EQUAL(coprocess_bytes_read(&coprocess), 3);
	CHECK_EQUAL(coprocess_flush(&coprocess), -1);
	CHECK_EQUAL(coprocess_bytes_read(&coprocess), 3);
	coprocess_end(&coprocess);
	CHECK_EQUAL(coprocess_bytes_read(&coprocess), 3);
	close(worker.out);
}
