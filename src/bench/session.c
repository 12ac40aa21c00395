/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/quantity.h"
#include "bench/session.h"
#include "bench/svg.h"
#include "bench/text.h"
#include "io/document.h"
#include "io/error.h"
#include "io/limit.h"
#include "io/record.h"
#include "io/report.h"

/* The members of JSON: plain numbers. */
static const struct record_column members[] = {
    {"mechanism", 0},
    {"size", 0},
    {"p50_ns", 0},
    {"p99_ns", 0},
    {"p999_ns", 0},
    {"rtt50_ns", 0},
    {"rtt99_ns", 0},
    {"rtt999_ns", 0},
    {"per_second", 0},
    {"bytes_per_second", 0},
    {0},
};

/* The columns of the table, whose numbers have units. */
static const struct record_column columns[] = {
    {"mechanism", -9}, {"size", 6},    {"p50", 6},   {"p99", 6},
    {"p99.9", 6},      {"rtt50", 6},   {"rtt99", 6}, {"rtt99.9", 7},
    {"msg/s", 6},      {"bytes/s", 9}, {0},
};

struct bench_session {
	struct bench_measurement *measurements;
	int count;
	bool headed; /* record_heading() */
};

static enum status print_json(const struct bench_measurement *measurement)
{
	const struct bench_figures *figures = &measurement->figures;
	struct record record;
	record_begin(&record, members, true);
	record_text(&record, measurement->mechanism->name);
	record_number(&record, (int64_t)measurement->size);
	for (int i = 0; i < BENCH_QUANTILES; i++)
		record_number(&record, figures->one_way[i]);
	for (int i = 0; i < BENCH_QUANTILES; i++)
		record_number(&record, figures->round_trip[i]);
	record_number(&record, bench_messages_per_second(figures));
	record_number(&record, bench_bytes_per_second(figures, measurement->size));
	return record_end(&record);
}

static void record_time(struct record *record, int64_t nanoseconds)
{
	char text[QUANTITY_TEXT];
	quantity_time(text, nanoseconds);
	record_text(record, text);
}

static enum status print_row(const struct bench_measurement *measurement)
{
	const struct bench_figures *figures = &measurement->figures;
	char text[QUANTITY_TEXT];
	struct record record;
	record_begin(&record, columns, false);
	record_text(&record, measurement->mechanism->name);
	quantity_bytes(text, (int64_t)measurement->size, false);
	record_text(&record, text);
	for (int i = 0; i < BENCH_QUANTILES; i++)
		record_time(&record, figures->one_way[i]);
	for (int i = 0; i < BENCH_QUANTILES; i++)
		record_time(&record, figures->round_trip[i]);
	quantity_count(text, bench_messages_per_second(figures));
	record_text(&record, text);
	quantity_byte_rate(text, bench_bytes_per_second(figures, measurement->size));
	record_text(&record, text);
	return record_end(&record);
}

/* Does the mechanism support messages of this size? If not, that is reported. */
static bool check_size(const struct transport_mechanism *mechanism, size_t size)
{
	const char *limit;
	struct limit_advice advice;
	int64_t largest = mechanism->largest != NULL ? mechanism->largest(&limit) : 0;
	if (largest <= 0 || (int64_t)size <= largest)
		return true;
	report_info("ipcbench: %s: skipped: %zu bytes exceed %s (%lld)%s",
	            mechanism->name, size, limit, (long long)largest,
	            limit_sysctl(&advice, limit, "%zu", size));
	return false;
}

static enum status measure_one(struct bench_session *session,
                               const struct bench_plan *plan,
                               const struct transport_mechanism *mechanism, size_t size,
                               bool json)
{
	struct bench_measurement *measurement = &session->measurements[session->count];
	*measurement = (struct bench_measurement){.mechanism = mechanism, .size = size};
	enum status status =
	    bench_measure(mechanism, size, &plan->workload, &measurement->figures);
	if (status != STATUS_OK)
		return status;
	session->count++;
	status = record_heading(columns, json, &session->headed);
	if (status != STATUS_OK)
		return status;
	return json ? print_json(measurement) : print_row(measurement);
}

/* A mechanism whose messages have one size is measured once. */
static enum status measure_all(struct bench_session *session,
                               const struct bench_plan *plan, bool json)
{
	enum status status = STATUS_OK;
	for (int m = 0; m < plan->mechanism_count; m++) {
		const struct transport_mechanism *mechanism = plan->mechanisms[m];
		const char *limit;
		size_t only = mechanism->fixed ? (size_t)mechanism->largest(&limit) : 0;
		int sizes = only > 0 ? 1 : plan->size_count;
		for (int s = 0; s < sizes && status < STATUS_SIGNAL; s++) {
			size_t size = only > 0 ? only : plan->sizes[s];
			if (check_size(mechanism, size))
				status = status_first_failure(
				    status,
				    measure_one(session, plan, mechanism, size, json));
		}
	}
	return status;
}

static enum status show_results(const struct bench_session *session, bool json,
                                struct document *plot)
{
	enum status status = STATUS_OK;
	if (!json && session->count > 1)
		status = bench_text_print(session->measurements, session->count);
	if (plot->fd >= 0 && session->count > 0)
		bench_svg_write(plot, session->measurements, session->count);
	return status_first_failure(status, plot->status);
}

static enum status measure_and_show(const struct bench_plan *plan, bool json,
                                    struct document *plot)
{
	struct bench_session session = {0};
	size_t most = (size_t)plan->mechanism_count * (size_t)plan->size_count;
	session.measurements = calloc(most, sizeof *session.measurements);
	if (session.measurements == NULL)
		return error_as(STATUS_FAILED,
		                "cannot allocate memory for %zu measurements", most);
	enum status status = measure_all(&session, plan, json);
	if (status == STATUS_OK && session.count == 0)
		status = error_as(STATUS_FAILED, "nothing was measured");
	if (status < STATUS_SIGNAL)
		status = status_first_failure(status, show_results(&session, json, plot));
	free(session.measurements);
	return status;
}

enum status bench_session(const struct bench_plan *plan, bool json, const char *plot_path)
{
	struct document plot = {.fd = -1};
	enum status status = STATUS_OK;
	if (plot_path != NULL)
		status = document_open(&plot, plot_path);
	if (status == STATUS_OK)
		status = measure_and_show(plan, json, &plot);
	document_close(&plot);
	return status;
}
