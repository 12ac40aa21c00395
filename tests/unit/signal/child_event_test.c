/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "signal/child_event.h"

TEST(an_event_is_a_line_for_people_or_an_object)
{
	static const struct {
		struct child_event event;
		const char *text, *json;
	} rows[] = {
	    {{CHILD_EVENT_STARTED, 4711, 0, false},
	     "Forking a child: 4711\n",
	     "{\"event\":\"started\",\"pid\":4711}\n"},
	    {{CHILD_EVENT_STOPPED, 4711, SIGTSTP, false},
	     "Stopped: Stopped\n",
	     "{\"event\":\"stopped\",\"pid\":4711,\"signal\":20,\"name\":\"TSTP\"}\n"},
	    {{CHILD_EVENT_CONTINUED, 4711, 0, false},
	     "Continued\n",
	     "{\"event\":\"continued\",\"pid\":4711}\n"},
	    {{CHILD_EVENT_EXITED, 4711, 255, false},
	     "Exit status: 255\n",
	     "{\"event\":\"exited\",\"pid\":4711,\"status\":255}\n"},
	    {{CHILD_EVENT_KILLED, 4711, SIGTERM, false},
	     "Terminated: Terminated\n",
	     "{\"event\":\"killed\",\"pid\":4711,\"signal\":15,\"name\":\"TERM\","
	     "\"core\":false}\n"},
	    {{CHILD_EVENT_KILLED, 2147483647, 49, true},
	     "Terminated: Real-time signal 15 (core dumped)\n",
	     "{\"event\":\"killed\",\"pid\":2147483647,\"signal\":49,\"name\":"
	     "\"RTMIN+15\",\"core\":true}\n"},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int json = 0; json < 2; json++) {
			char line[CHILD_EVENT_LINE_BYTES];
			const char *expected = json ? rows[i].json : rows[i].text;
			CHECK_EQUAL(child_event_format(line, &rows[i].event, json),
			            strlen(expected));
			CHECK_EQUAL(line, expected);
		}
}

/* What becomes of a child that ends by a signal, or with a status if that is 0. */
static struct child_event event_of(int signal, int exit_status)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		if (signal != 0)
			kill(getpid(), signal);
		_exit(exit_status);
	}
	CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	struct child_event event = child_event_of_end(pid, status);
	CHECK_EQUAL(event.pid, pid);
	return event;
}

TEST(the_end_of_a_child_is_its_exit_status_or_its_signal)
{
	struct child_event event = event_of(0, 7);
	CHECK_EQUAL(event.kind, CHILD_EVENT_EXITED);
	CHECK_EQUAL(event.number, 7);
	event = event_of(SIGKILL, 0);
	CHECK_EQUAL(event.kind, CHILD_EVENT_KILLED);
	CHECK_EQUAL(event.number, SIGKILL);
	CHECK(!event.core);
	/* whether a core is dumped depends on the system: the bit of wait(2) */
	event = child_event_of_end(1, SIGABRT | 0x80);
	CHECK_EQUAL(event.kind, CHILD_EVENT_KILLED);
	CHECK_EQUAL(event.number, SIGABRT);
	CHECK(event.core);
}
