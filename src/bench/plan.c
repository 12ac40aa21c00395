/* SPDX-License-Identifier: MIT */
#include <sched.h>
#include <string.h>

#include "base/value.h"
#include "bench/plan.h"
#include "io/error.h"

static const int64_t largest_size = 1 << 30;

static enum status add_mechanism(struct bench_plan *plan, const char *name, size_t length)
{
	const struct transport_mechanism *mechanism =
	    transport_mechanism_by_name(name, length);
	if (mechanism == NULL)
		return error_usage("unknown mechanism '%.*s': see 'ipcbench --list'",
		                   (int)length, name);
	if (plan->mechanism_count == BENCH_MECHANISMS_MAX)
		return error_usage("more than %d mechanisms", BENCH_MECHANISMS_MAX);
	plan->mechanisms[plan->mechanism_count++] = mechanism;
	return STATUS_OK;
}

static enum status add_size(struct bench_plan *plan, const char *text, size_t length)
{
	char word[32];
	struct value_error reason;
	int64_t size = 0;
	const char *why = "too long";
	if (length < sizeof word) {
		memcpy(word, text, length);
		word[length] = '\0';
		why = value_size(word, 1, largest_size, &size, &reason);
	}
	if (why != NULL)
		return error_usage("SIZE '%.*s' is %s", (int)length, text, why);
	if (plan->size_count == BENCH_SIZES_MAX)
		return error_usage("more than %d sizes", BENCH_SIZES_MAX);
	plan->sizes[plan->size_count++] = (size_t)size;
	return STATUS_OK;
}

/* Add each of the words that are separated by commas. */
static enum status add_list(struct bench_plan *plan, const char *list,
                            enum status (*add)(struct bench_plan *, const char *, size_t))
{
	for (;;) {
		size_t length = strcspn(list, ",");
		enum status status = add(plan, list, length);
		if (status != STATUS_OK || list[length] == '\0')
			return status;
		list += length + 1;
	}
}

enum status bench_plan_mechanisms(struct bench_plan *plan, const char *list)
{
	if (strcmp(list, "all") != 0)
		return add_list(plan, list, add_mechanism);
	while (transport_mechanisms[plan->mechanism_count] != NULL) {
		plan->mechanisms[plan->mechanism_count] =
		    transport_mechanisms[plan->mechanism_count];
		plan->mechanism_count++;
	}
	return STATUS_OK;
}

enum status bench_plan_sizes(struct bench_plan *plan, const char *list)
{
	return add_list(plan, list, add_size);
}

static enum status check_affinity(const int cpus[2])
{
	cpu_set_t allowed;
	if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
		return error_errno("sched_getaffinity");
	for (int end = 0; end < 2; end++)
		if (!CPU_ISSET((size_t)cpus[end], &allowed))
			return error_as(STATUS_FAILED,
			                "CPU %d is not in this process's affinity mask",
			                cpus[end]);
	return STATUS_OK;
}

enum status bench_plan_cpus(struct bench_plan *plan, const char *text)
{
	/* CPU_SETSIZE of musl is bytes */
	const int64_t cpu_max = 8 * (int64_t)sizeof(cpu_set_t) - 1;
	const char *rest = text;
	for (int end = 0; end < 2; end++) {
		size_t length = strcspn(rest, ",");
		char word[8] = "";
		struct value_error reason;
		int64_t number;
		if (length < sizeof word)
			memcpy(word, rest, length);
		/* a comma after the first, and nothing after the second */
		if (rest[length] != (end == 0 ? ',' : '\0') ||
		    value_number(word, 0, cpu_max, &number, &reason) != NULL)
			return error_usage("'%s' is not A,B: the numbers of two CPUs",
			                   text);
		plan->workload.cpus[end] = (int)number;
		rest += length + 1;
	}
	plan->workload.pinned = true;
	return check_affinity(plan->workload.cpus);
}
