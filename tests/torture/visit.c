/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"

static bool same_evidence(const struct evidence *a, const struct evidence *b)
{
	return a->status == b->status &&
	       strcmp(text_of(&a->out), text_of(&b->out)) == 0 &&
	       strcmp(text_of(&a->objects), text_of(&b->objects)) == 0;
}

static bool made(const struct trace *trace, const struct moment *wanted)
{
	for (size_t i = 0; i < trace->count; i++)
		if (trace->moments[i].process == wanted->process &&
		    trace->moments[i].nth == wanted->nth &&
		    trace->moments[i].call.number == wanted->call.number)
			return true;
	return false;
}

/* Does it end each time in the same way? What is made each time stays in the first trace.
 */
static bool establish(struct torture *torture, const struct scenario *scenario,
                      struct trace *trace, struct evidence *after)
{
	const struct run_way way = {.limit = torture->hang};
	if (!run_once(&torture->workshop, scenario, &way, trace, after)) {
		printf("  %s: cannot be set up\n", scenario->name);
		return false;
	}
	for (int again = 0; again < 2; again++) {
		struct trace other = {0};
		struct evidence seen;
		bool good = run_once(&torture->workshop, scenario, &way, &other, &seen);
		bool steady = good && same_evidence(after, &seen);
		size_t kept = 0;
		for (size_t i = 0; i < trace->count; i++)
			if (made(&other, &trace->moments[i]))
				trace->moments[kept++] = trace->moments[i];
		trace->count = kept;
		if (!steady) {
			printf("  %s: does not end in the same way each time\n",
			       scenario->name);
			run_show(after);
			run_show(&seen);
		}
		evidence_free(&seen);
		trace_free(&other);
		if (!steady)
			return false;
	}
	if (trace->hung || trace->left > 0 || after->status != scenario->status) {
		printf("  %s: ends with %d instead of %d%s%s\n", scenario->name,
		       after->status, scenario->status, trace->hung ? ", hangs" : "",
		       trace->left > 0 ? ", leaves a process" : "");
		run_show(after);
		return false;
	}
	return true;
}

/* What is known before anything is injected. */
struct basis {
	struct text before, others;
	struct evidence after;
	struct trace trace;
};

static void basis_free(struct basis *basis)
{
	text_free(&basis->before);
	text_free(&basis->others);
	evidence_free(&basis->after);
	trace_free(&basis->trace);
}

/* What a busy machine makes of it once does not count. */
static bool basis_find(struct basis *basis, struct torture *torture,
                       const struct scenario *scenario)
{
	enum { TRIES = 3 };
	for (int i = 0; i < TRIES; i++) {
		if (run_setup_only(scenario, &basis->before, false) &&
		    run_setup_only(scenario, &basis->others, true) &&
		    establish(torture, scenario, &basis->trace, &basis->after))
			return true;
		basis_free(basis);
	}
	return false;
}

static enum finding try_once(struct torture *torture, struct trial *trial,
                             struct run_way way, const char **why, bool print)
{
	struct trace trace = {0};
	struct evidence seen;
	way.injection = trial->injection;
	if (!run_once(&torture->workshop, trial->scenario, &way, &trace, &seen)) {
		printf("  %s: cannot be set up\n", trial->scenario->name);
		torture->broken++;
		return FINDING_NONE;
	}
	trial->trace = &trace;
	trial->seen = &seen;
	enum finding finding = judge(trial, why);
	if (print) {
		run_show(&seen);
		printf("    (%.3f s)\n", trace.seconds);
	}
	evidence_free(&seen);
	trace_free(&trace);
	trial->trace = NULL;
	trial->seen = NULL;
	return finding;
}

/*
 * Not every run makes the call where things happen at the same time, and how often
 * depends on how long the calls before it take: the last tries are as slow as the run
 * that counted.
 */
static enum finding try_until_fired(struct torture *torture, struct trial *trial,
                                    const char **why)
{
	enum { TRIES = 12, FAST = 4 };
	enum finding finding = FINDING_UNFIRED;
	for (int i = 0; finding == FINDING_UNFIRED && i < TRIES; i++) {
		const struct run_way way = {.limit = torture->hang, .filtered = i < FAST};
		finding = try_once(torture, trial, way, why, false);
	}
	return finding;
}

/* In three more runs a fault comes at least twice, and what a busy machine does seldom
 * does. */
static bool comes_again(struct torture *torture, struct trial *trial, enum finding first)
{
	/* on a busy machine a hang is given more time before it counts */
	const struct run_way way = {.limit = 4 * torture->hang, .filtered = true};
	const char *why;
	int seen = 0;
	for (int i = 0; i < 3 && seen < 2 && i - seen < 2; i++)
		seen += try_once(torture, trial, way, &why, false) == first;
	return seen == 2;
}

/* Do three more runs without an injection make the call? Then it has to be possible to
 * interfere with it. */
static bool is_made_each_time(struct torture *torture, const struct trial *trial)
{
	const struct run_way way = {.limit = torture->hang};
	const struct injection *injection = trial->injection;
	const struct moment wanted = {.process = injection->process,
	                              .nth = injection->nth,
	                              .call = {.number = injection->call}};
	bool each = true;
	for (int i = 0; i < 3 && each; i++) {
		struct trace trace = {0};
		struct evidence seen;
		if (run_once(&torture->workshop, trial->scenario, &way, &trace, &seen)) {
			each = made(&trace, &wanted);
			evidence_free(&seen);
		}
		trace_free(&trace);
	}
	return each;
}

/* Is it more than what a busy machine does? */
static bool is_confirmed(struct torture *torture, struct trial *trial,
                         enum finding finding)
{
	if (finding == FINDING_UNFIRED)
		return torture->inject != NULL || is_made_each_time(torture, trial);
	return comes_again(torture, trial, finding);
}

static void report_finding(struct torture *torture, struct trial *trial,
                           enum finding finding, const char *why)
{
	const struct run_way way = {.limit = torture->hang, .filtered = true};
	char text[INJECTION_TEXT];
	injection_print(trial->injection, text);
	printf("%s: %s: %s\n  scripts/torture --scenario %s --inject %s\n",
	       finding_names[finding], trial->scenario->name, why, trial->scenario->name,
	       text);
	try_once(torture, trial, way, &why, true);
}

static void try_injection(struct torture *torture, struct trial *trial)
{
	char text[INJECTION_TEXT];
	const char *why = "";
	enum finding finding = try_until_fired(torture, trial, &why);
	if (finding != FINDING_UNFIRED)
		torture->fired++;
	if (finding != FINDING_NONE && !is_confirmed(torture, trial, finding)) {
		torture->unsteady++;
		injection_print(trial->injection, text);
		printf("  %s %s: once, then not again: %s: %s\n", trial->scenario->name,
		       text, finding_names[finding], why);
		finding = FINDING_NONE;
	}
	torture->found[finding]++;
	if (finding != FINDING_NONE)
		report_finding(torture, trial, finding, why);
	fflush(stdout);
}

struct visit {
	struct torture *torture;
	struct trial trial;
	unsigned long ordinal;
};

/* One more injection: is it in the slice that is wanted? */
static void consider(struct visit *visit, const struct moment *moment,
                     enum injection_kind kind, int value, bool from_then_on)
{
	struct torture *torture = visit->torture;
	struct injection injection = {.process = moment->process,
	                              .call = moment->call.number,
	                              .nth = moment->nth,
	                              .kind = kind,
	                              .value = value,
	                              .from_then_on = from_then_on};
	char text[INJECTION_TEXT];
	if (visit->ordinal++ % torture->slice.of != torture->slice.index ||
	    visit_is_over(torture))
		return;
	if (torture->list) {
		injection_print(&injection, text);
		printf("%s %s\n", visit->trial.scenario->name, text);
		return;
	}
	visit->trial.injection = &injection;
	visit->trial.hits_messages =
	    strncmp(call_name(moment->call.number), "write", 5) == 0 &&
	    moment->call.argument[0] == STDERR_FILENO;
	try_injection(torture, &visit->trial);
}

/* within_row: the call before and the one after are the same, all 64 signals are set:
 * nothing new for a signal. */
static void consider_moment(struct visit *visit, const struct moment *moment,
                            bool within_row)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGUSR1};
	int number = moment->call.number;
	const int *errors = call_errors(number);
	bool leaves = number == SYS_exit_group || number == SYS_exit ||
	              (number == SYS_kill && moment->call.argument[1] == SIGKILL);
	for (; errors != NULL && *errors != 0; errors++) {
		if (!call_can_fail_with(&moment->call, *errors))
			continue;
		consider(visit, moment, INJECTION_ERROR, *errors, false);
		if (call_can_keep_failing_with(number, *errors))
			consider(visit, moment, INJECTION_ERROR, *errors, true);
	}
	if (call_length_argument(&moment->call) >= 0)
		consider(visit, moment, INJECTION_SHORT, 0, false);
	if (within_row)
		return;
	for (size_t i = 0; moment->process == 0 && i < sizeof signals / sizeof *signals;
	     i++)
		consider(visit, moment, INJECTION_SIGNAL, signals[i], false);
	if (!leaves)
		consider(visit, moment, INJECTION_STOP, 0, false);
	consider(visit, moment, INJECTION_KILL_BEFORE, 0, false);
	if (!leaves && number != SYS_execve && moment->returned)
		consider(visit, moment, INJECTION_KILL_AFTER, 0, false);
}

static bool is_within_row(const struct trace *trace, size_t i)
{
	const struct moment *here = &trace->moments[i];
	return i > 0 && i + 1 < trace->count && here->call.number == SYS_rt_sigaction &&
	       here[-1].call.number == here->call.number &&
	       here[1].call.number == here->call.number &&
	       here[-1].process == here->process && here[1].process == here->process;
}

bool visit_is_over(const struct torture *torture)
{
	return torture->end > 0 && process_now() > torture->end;
}

static unsigned long count_findings(const struct torture *torture)
{
	unsigned long count = torture->broken;
	for (int i = FINDING_UNFIRED; i < FINDINGS; i++)
		count += torture->found[i];
	return count;
}

void visit_scenario(struct torture *torture, const struct scenario *scenario,
                    unsigned long shift)
{
	struct basis basis = {0};
	struct injection one;
	struct visit visit = {.torture = torture,
	                      .ordinal = shift,
	                      .trial = {.scenario = scenario,
	                                .before = &basis.before,
	                                .others = &basis.others,
	                                .after = &basis.after}};
	double begin = process_now();
	unsigned long fired = torture->fired, findings = count_findings(torture);
	torture->scenarios++;
	if (!basis_find(&basis, torture, scenario)) {
		printf("broken: %s\n", scenario->name);
		torture->broken++;
	} else if (torture->inject != NULL && injection_parse(&one, torture->inject)) {
		visit.trial.injection = &one;
		run_show_text("objects before", &basis.before);
		printf("    without an injection:\n");
		run_show(&basis.after);
		try_injection(torture, &visit.trial);
	} else {
		for (size_t i = 0; i < basis.trace.count; i++)
			consider_moment(&visit, &basis.trace.moments[i],
			                is_within_row(&basis.trace, i));
	}
	torture->failed += count_findings(torture) > findings;
	if (torture->verbose)
		printf("  %s: %zu calls, %lu injections, %.1f s\n", scenario->name,
		       basis.trace.count, torture->fired - fired, process_now() - begin);
	basis_free(&basis);
}
