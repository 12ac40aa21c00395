/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census.h"
#include "process.h"

/* On a busy machine it may take too long once. */
static bool set_up(const struct scenario *scenario)
{
	enum { TRIES = 3 };
	for (int i = 0; i < TRIES; i++) {
		if (scenario->setup == NULL || process_shell(scenario->setup, 10) == 0)
			return true;
		process_end_all(false);
		census_remove(".");
	}
	return false;
}

bool run_once(const struct workshop *workshop, const struct scenario *scenario,
              const struct run_way *way, struct trace *trace, struct evidence *seen)
{
	int ends[2] = {-1, -1};
	struct trace_plan plan = {.program = workshop->program,
	                          .run = scenario->run,
	                          .out = workshop->out,
	                          .err = workshop->err,
	                          .injection = way->injection,
	                          /* the filter would reach it too */
	                          .filtered = way->filtered && scenario->let_go == 0,
	                          .let_go = scenario->let_go,
	                          .limit = way->limit};
	memset(seen, 0, sizeof *seen);
	memcpy(plan.then, scenario->then, sizeof plan.then);
	if (ftruncate(workshop->out, 0) < 0 || ftruncate(workshop->err, 0) < 0 ||
	    lseek(workshop->out, 0, SEEK_SET) < 0 ||
	    lseek(workshop->err, 0, SEEK_SET) < 0 ||
	    (scenario->into_pipe && pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0))
		return false;
	if (scenario->into_pipe && fcntl(ends[1], F_SETFL, 0) == 0)
		plan.out = ends[1];
	bool good = set_up(scenario) && trace_run(trace, &plan);
	process_end_all(good && !trace->hung);
	if (good) {
		seen->signal = WIFSIGNALED(trace->status) ? WTERMSIG(trace->status) : 0;
		seen->status =
		    seen->signal ? 128 + seen->signal : WEXITSTATUS(trace->status);
		text_add_file(&seen->out, scenario->into_pipe ? ends[0] : workshop->out,
		              1 << 20);
		text_add_file(&seen->err, workshop->err, 1 << 20);
		census_take(&seen->objects, ".", !scenario->veiled);
		if (scenario->masked) {
			text_mask_digits(&seen->out);
			text_mask_digits(&seen->objects);
		}
	}
	census_remove(".");
	if (scenario->into_pipe) {
		close(ends[0]);
		close(ends[1]);
	}
	return good;
}

/* What there is before the run; with others, what its other processes do has been done,
 * too. */
bool run_setup_only(const struct scenario *scenario, struct text *objects, bool others)
{
	bool good = set_up(scenario);
	if (others)
		for (int i = 0; i < TRACE_THEN && scenario->then[i] != NULL; i++)
			/* some cannot do it alone */
			(void)process_shell(scenario->then[i], 0.3);
	process_end_all(true);
	census_take(objects, ".", !scenario->veiled);
	if (scenario->masked)
		text_mask_digits(objects);
	census_remove(".");
	return good;
}

void run_show_text(const char *title, const struct text *text)
{
	if (text->length == 0)
		return;
	printf("    %s:\n", title);
	for (const char *line = text_of(text), *end; *line != '\0';
	     line = *end != '\0' ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		printf("      %.*s\n", (int)(end - line), line);
	}
}

void run_show(const struct evidence *seen)
{
	printf("    status: %d%s\n", seen->status,
	       seen->signal ? " (by that signal)" : "");
	run_show_text("messages", &seen->err);
	run_show_text("output", &seen->out);
	run_show_text("objects", &seen->objects);
}
