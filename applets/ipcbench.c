/*
 * ipcbench - measure how fast processes can talk to each other
 *
 * For each mechanism and each size two processes pass messages to each other. What is
 * measured is the mechanism with the system calls that a C program would make, not this
 * tool's other commands.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "bench/svg.h"
#include "bench/text.h"
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"

struct ipcbench {
	const char *mechanisms, *sizes, *processors, *plot;
	int64_t count, warm_up;
	struct patience duration;
	bool json, list;
};

enum { GROUP_HOW_MANY = 2 };

static const struct ipcbench defaults = {
    .mechanisms = "all", .sizes = "64", .count = 10000, .warm_up = 1000};

static const struct option_row options[] = {
    TEXT('M', "mechanism", ipcbench, mechanisms, 0, "LIST",
         "measure these, separated by commas (default all)"),
    TEXT('s', "size", ipcbench, sizes, 0, "LIST",
         "messages of these sizes, separated by commas (default 64)"),
    NUMBER('c', "count", ipcbench, count, GROUP_HOW_MANY, "N", 1, 1000000000,
           "pass N messages (default 10000)"),
    DURATION('d', "duration", ipcbench, duration, GROUP_HOW_MANY, "DURATION",
             "pass messages for DURATION instead"),
    NUMBER('w', "warm-up", ipcbench, warm_up, 0, "N", 1, 1000000000,
           "pass N messages before (default 1000)"),
    TEXT(0, "cpus", ipcbench, processors, 0, "A,B",
         "run the one process on processor A and the other on B"),
    TEXT(0, "plot", ipcbench, plot, 0, "FILE", "draw the figures, as SVG"),
    FLAG('l', "list", ipcbench, list, 0, "print the names of the mechanisms"),
    JSON(ipcbench, json, 0),
    END_OF_OPTIONS,
};

static const struct column columns[] = {
    {"mechanism", -10},
    {"size", 7},
    {"p50_ns", 8},
    {"p99_ns", 8},
    {"p999_ns", 8},
    {"rtt50_ns", 8},
    {"rtt99_ns", 8},
    {"rtt999_ns", 9},
    {"per_second", 10},
    {"bytes_per_second", 16},
    {0},
};

enum { SIZES_MAX = 32, MECHANISMS_MAX = 32 };

static const int64_t largest_size = 1 << 30;

/* What is to be done, in words that were checked. */
struct plan {
	const struct mechanism *mechanisms[MECHANISMS_MAX];
	size_t sizes[SIZES_MAX];
	int mechanism_count, size_count;
	struct workload workload;
};

/* What has been done. */
struct results {
	struct measurement *measurements;
	int count;
	bool headed;
};

/* -------------------------------------------------------------------- plan */

static enum status add_mechanism(struct plan *plan, const char *name, size_t length)
{
	const struct mechanism *mechanism = mechanism_by_name(name, length);
	if (mechanism == NULL)
		return usage_error("'%.*s' is no mechanism; 'ipcbench --list' names them",
		                   (int)length, name);
	if (plan->mechanism_count == MECHANISMS_MAX)
		return usage_error("more than %d mechanisms", MECHANISMS_MAX);
	plan->mechanisms[plan->mechanism_count++] = mechanism;
	return STATUS_DONE;
}

static enum status add_all(struct plan *plan)
{
	while (mechanisms[plan->mechanism_count] != NULL) {
		plan->mechanisms[plan->mechanism_count] =
		    mechanisms[plan->mechanism_count];
		plan->mechanism_count++;
	}
	return STATUS_DONE;
}

static enum status add_size(struct plan *plan, const char *text, size_t length)
{
	char word[32];
	struct reason reason;
	int64_t size = 0;
	const char *why = "too long";
	if (length < sizeof word) {
		memcpy(word, text, length);
		word[length] = '\0';
		why = value_size(word, 1, largest_size, &size, &reason);
	}
	if (why != NULL)
		return usage_error("SIZE '%.*s' is %s", (int)length, text, why);
	if (plan->size_count == SIZES_MAX)
		return usage_error("more than %d sizes", SIZES_MAX);
	plan->sizes[plan->size_count++] = (size_t)size;
	return STATUS_DONE;
}

/* Each word between the commas. */
static enum status read_list(struct plan *plan, const char *list,
                             enum status (*add)(struct plan *, const char *, size_t))
{
	for (;;) {
		size_t length = strcspn(list, ",");
		enum status status = add(plan, list, length);
		if (status != STATUS_DONE || list[length] == '\0')
			return status;
		list += length + 1;
	}
}

/* "0,1" */
static enum status read_processors(struct workload *workload, const char *text)
{
	enum { MOST = 1023 }; /* sched_setaffinity(3): what a cpu_set_t holds */
	const char *rest = text;
	for (int side = 0; side < 2; side++) {
		size_t length = strcspn(rest, ",");
		char word[8] = "";
		struct reason reason;
		int64_t number;
		if (length < sizeof word)
			memcpy(word, rest, length);
		/* a comma after the first, and nothing after the second */
		if (rest[length] != (side == 0 ? ',' : '\0') ||
		    value_number(word, 0, MOST, &number, &reason) != NULL)
			return usage_error("'%s' is not A,B: two processors' numbers",
			                   text);
		workload->processors[side] = (int)number;
		rest += length + 1;
	}
	cpu_set_t allowed;
	if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
		return fail("processors");
	for (int side = 0; side < 2; side++)
		if (!CPU_ISSET((size_t)workload->processors[side], &allowed))
			return fail_as(
			    STATUS_FAILED,
			    "processor %d is none that this process may run on",
			    workload->processors[side]);
	workload->pinned = true;
	return STATUS_DONE;
}

static enum status make_plan(struct plan *plan, const struct ipcbench *given)
{
	*plan =
	    (struct plan){.workload = {.warm_up = given->warm_up, .count = given->count}};
	enum status status = strcmp(given->mechanisms, "all") == 0
	                         ? add_all(plan)
	                         : read_list(plan, given->mechanisms, add_mechanism);
	if (status == STATUS_DONE)
		status = read_list(plan, given->sizes, add_size);
	if (status == STATUS_DONE && given->processors != NULL)
		status = read_processors(&plan->workload, given->processors);
	plan->workload.nanoseconds = given->duration.nanoseconds;
	if (status == STATUS_DONE && given->duration.kind == AT_MOST &&
	    given->duration.nanoseconds == 0)
		status = usage_error("a DURATION of 0 measures nothing");
	return status;
}

/* ----------------------------------------------------------------- measure */

static enum status print_row(const struct measurement *measurement, bool json)
{
	const struct figures *figures = &measurement->figures;
	struct record record;
	record_begin(&record, columns, json);
	record_text(&record, measurement->mechanism->name);
	record_number(&record, (int64_t)measurement->size);
	for (int i = 0; i < QUANTILES; i++)
		record_number(&record, figures->one_way[i]);
	for (int i = 0; i < QUANTILES; i++)
		record_number(&record, figures->round_trip[i]);
	record_number(&record, figures_per_second(figures));
	record_number(&record, figures_bytes_per_second(figures, measurement->size));
	return record_end(&record);
}

/* Can the mechanism pass messages of this size? If not, say why: it is left out. */
static bool fits(const struct mechanism *mechanism, size_t size)
{
	const char *limit;
	int64_t largest = mechanism->largest != NULL ? mechanism->largest(&limit) : 0;
	if (largest <= 0 || (int64_t)size <= largest)
		return true;
	say("ipcbench: %s: left out: %zu bytes are more than %s (%lld)", mechanism->name,
	    size, limit, (long long)largest);
	return false;
}

static enum status measure_one(struct results *results, const struct plan *plan,
                               const struct mechanism *mechanism, size_t size, bool json)
{
	struct measurement *measurement = &results->measurements[results->count];
	*measurement = (struct measurement){.mechanism = mechanism, .size = size};
	enum status status =
	    measure(mechanism, size, &plan->workload, &measurement->figures);
	if (status != STATUS_DONE)
		return status;
	results->count++;
	status = record_heading(columns, json, &results->headed);
	return status == STATUS_DONE ? print_row(measurement, json) : status;
}

/* A mechanism whose messages have one size is measured once. */
static enum status measure_all(struct results *results, const struct plan *plan,
                               bool json)
{
	enum status status = STATUS_DONE;
	for (int m = 0; m < plan->mechanism_count; m++) {
		const struct mechanism *mechanism = plan->mechanisms[m];
		const char *limit;
		size_t only = mechanism->fixed ? (size_t)mechanism->largest(&limit) : 0;
		int sizes = only > 0 ? 1 : plan->size_count;
		for (int s = 0; s < sizes && status < STATUS_SIGNAL; s++) {
			size_t size = only > 0 ? only : plan->sizes[s];
			if (fits(mechanism, size))
				status = first_failure(
				    status,
				    measure_one(results, plan, mechanism, size, json));
		}
	}
	return status;
}

static enum status show(const struct results *results, const struct ipcbench *given,
                        int plot)
{
	enum status status = STATUS_DONE;
	if (!given->json && results->count > 1)
		status = bars_print(results->measurements, results->count);
	if (plot >= 0 && results->count > 0)
		status = first_failure(
		    status,
		    plot_write(plot, given->plot, results->measurements, results->count));
	return status;
}

static enum status run_plan(const struct plan *plan, const struct ipcbench *given,
                            int plot)
{
	struct results results = {0};
	size_t most = (size_t)plan->mechanism_count * (size_t)plan->size_count;
	/* one more, so that NULL means no memory */
	results.measurements = calloc(most + 1, sizeof *results.measurements);
	if (results.measurements == NULL)
		return fail("%zu measurements", most);
	enum status status = measure_all(&results, plan, given->json);
	if (status == STATUS_DONE && results.count == 0)
		status = fail_as(STATUS_FAILED, "nothing was left to measure");
	if (status < STATUS_SIGNAL)
		status = first_failure(status, show(&results, given, plot));
	free(results.measurements);
	return status;
}

static enum status list_mechanisms(void)
{
	enum status status = STATUS_DONE;
	for (int i = 0; status == STATUS_DONE && mechanisms[i] != NULL; i++)
		status = output_print("%-10s %s\n", mechanisms[i]->name,
		                      mechanisms[i]->summary);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct ipcbench *given = opts;
	struct plan plan;
	int plot = -1;
	(void)argc;
	(void)argv;
	if (given->list)
		return list_mechanisms();
	enum status status = make_plan(&plan, given);
	if (status != STATUS_DONE)
		return status;
	if (given->plot != NULL) {
		plot = open(given->plot, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (plot < 0)
			return fail_with(STATUS_FAILED, "%s", given->plot);
	}
	status = run_plan(&plan, given, plot);
	if (plot >= 0)
		close(plot);
	return status;
}

APPLET(ipcbench, .summary = "measure how fast processes can talk to each other",
       .self = {
           .options = options, .defaults = &defaults, OPTIONS_OF(ipcbench), .run = run});
