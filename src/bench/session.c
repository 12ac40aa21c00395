#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/session.h"
#include "bench/svg.h"
#include "bench/text.h"
#include "io/error.h"
#include "io/record.h"
#include "io/report.h"

static const struct record_column columns[] = {
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

struct bench_session {
	struct bench_measurement *measurements;
	int count;
	bool headed; /* record_heading() */
};

static enum status print_row(const struct bench_measurement *measurement, bool json)
{
	const struct bench_figures *figures = &measurement->figures;
	struct record record;
	record_begin(&record, columns, json);
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

/* Does the mechanism support messages of this size? If not, that is reported. */
static bool check_size(const struct transport_mechanism *mechanism, size_t size)
{
	const char *limit;
	int64_t largest = mechanism->largest != NULL ? mechanism->largest(&limit) : 0;
	if (largest <= 0 || (int64_t)size <= largest)
		return true;
	report_info("ipcbench: %s: skipped: %zu bytes exceed %s (%lld)", mechanism->name,
	            size, limit, (long long)largest);
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
	return status == STATUS_OK ? print_row(measurement, json) : status;
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

static enum status show_results(const struct bench_session *session, bool json, int plot,
                                const char *path)
{
	enum status status = STATUS_OK;
	if (!json && session->count > 1)
		status = bench_text_print(session->measurements, session->count);
	if (plot >= 0 && session->count > 0)
		status = status_first_failure(
		    status,
		    bench_svg_write(plot, path, session->measurements, session->count));
	return status;
}

static enum status measure_and_show(const struct bench_plan *plan, bool json, int plot,
                                    const char *path)
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
		status = status_first_failure(status,
		                              show_results(&session, json, plot, path));
	free(session.measurements);
	return status;
}

enum status bench_session(const struct bench_plan *plan, bool json, const char *plot)
{
	int fd = -1;
	if (plot != NULL) {
		fd = open(plot, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (fd < 0)
			return error_errno_as(STATUS_FAILED, "%s", plot);
	}
	enum status status = measure_and_show(plan, json, fd, plot);
	if (fd >= 0)
		close(fd);
	return status;
}
