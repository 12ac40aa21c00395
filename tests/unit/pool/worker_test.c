/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <unistd.h>

#include "../check.h"
#include "base/deadline.h"
#include "pool/worker.h"

/* A worker that ends after this many answers. */
static void end_worker(struct worker *worker, int64_t answers)
{
	int ends[2];
	CHECK_EQUAL(coprocess_begin(&worker->coprocess, ends), 0);
	close(ends[0]);
	close(ends[1]);
	worker->state = WORKER_ANSWERING;
	worker->answers = answers;
	worker_ended(worker);
	CHECK_EQUAL(worker->state, WORKER_ABSENT);
}

TEST(a_worker_without_answers_is_started_again_later_each_time)
{
	static const int64_t milliseconds[] = {100,  200,  400,   800,   1600,
	                                       3200, 6400, 10000, 10000, 10000};
	struct worker worker = {0};
	for (size_t i = 0; i < COUNT(milliseconds); i++) {
		int64_t before = deadline_clock();
		end_worker(&worker, 0);
		int64_t after = deadline_clock();
		CHECK(worker.due - before >= milliseconds[i] * 1000000);
		CHECK(worker.due - after <= milliseconds[i] * 1000000);
		CHECK(!worker_has_room(&worker, worker.due - 1));
		CHECK(worker_has_room(&worker, worker.due));
		CHECK_EQUAL(worker_time_left(&worker, INT64_MAX, worker.due - 5), 5);
		CHECK_EQUAL(worker_time_left(&worker, INT64_MAX, worker.due), INT64_MAX);
	}
	end_worker(&worker, 1);
	CHECK(worker_has_room(&worker, 0));
	int64_t before = deadline_clock();
	end_worker(&worker, 0);
	CHECK(worker.due - before >= 100000000);
	CHECK(worker.due - deadline_clock() <= 100000000);
	worker_release(&worker);
}
