/* SPDX-License-Identifier: MIT */
/*
 * The process that starts the two peers: it waits for them, kills them when a termination
 * signal comes, and removes what the kernel would keep. Their figures are in memory
 * that the three share.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/termsig.h"
#include "bench/peer.h"
#include "io/error.h"
#include "io/limit.h"
#include "process/helper.h"

static const double quantiles[BENCH_QUANTILES] = {0.5, 0.99, 0.999};

static pid_t fork_peer(const struct bench_peer *peer, enum transport_end end)
{
	pid_t parent = getpid();
	uint64_t mask;
	pid_t pid = helper_fork(&mask);
	if (pid == 0)
		bench_peer_run(peer, end, parent, mask);
	return pid;
}

/* Reap one that has ended: 0 if it succeeded, else -1 with errno. */
static int reap_peer(pid_t *pid, const struct bench_run *run, enum transport_end end)
{
	int wait_status;
	helper_wait(*pid, &wait_status);
	*pid = -1;
	if (wait_status == 0)
		return 0;
	/* without an error of its own a signal killed it */
	errno = run->error[end] != 0 ? run->error[end] : EPIPE;
	return -1;
}

/* Wait until both have ended. -1 with errno at the first that failed. */
static int wait_for_peers(pid_t pids[2], const struct bench_run *run)
{
	struct pollfd ends[2];
	int result = 0;
	for (int end = 0; end < 2; end++) {
		ends[end] = (struct pollfd){.events = POLLIN};
		ends[end].fd = (int)syscall(SYS_pidfd_open, pids[end], 0U);
		if (ends[end].fd < 0)
			result = -1;
	}
	while (result == 0 &&
	       (ends[TRANSPORT_END_A].fd >= 0 || ends[TRANSPORT_END_B].fd >= 0)) {
		if (deadline_poll(&DEADLINE_NEVER, ends, 2) < 0)
			result = -1;
		for (int end = 0; result == 0 && end < 2; end++) {
			if (ends[end].revents == 0)
				continue;
			close(ends[end].fd);
			ends[end].fd = -1;
			result = reap_peer(&pids[end], run, (enum transport_end)end);
		}
	}
	for (int end = 0; end < 2; end++)
		fd_close_keep_errno(ends[end].fd);
	return result;
}

static int run_peers(const struct bench_peer *peer)
{
	pid_t pids[2] = {-1, -1};
	int result = 0;
	for (int end = 0; result == 0 && end < 2; end++) {
		pids[end] = fork_peer(peer, (enum transport_end)end);
		if (pids[end] < 0)
			result = -1;
	}
	if (result == 0)
		result = wait_for_peers(pids, peer->run);
	int error = errno, wait_status;
	for (int end = 0; end < 2; end++)
		if (pids[end] > 0) {
			kill(pids[end], SIGKILL);
			helper_wait(pids[end], &wait_status);
		}
	errno = error;
	return result;
}

/* ------------------------------------------------------------------ measure */

int64_t bench_messages_per_second(const struct bench_figures *figures)
{
	double seconds = (double)figures->nanoseconds / 1e9;
	return seconds > 0 ? (int64_t)((double)figures->messages / seconds) : 0;
}

int64_t bench_bytes_per_second(const struct bench_figures *figures, size_t size)
{
	double seconds = (double)figures->nanoseconds / 1e9;
	return seconds > 0 ? (int64_t)((double)figures->messages * (double)size / seconds)
	                   : 0;
}

static void compute_figures(const struct bench_run *run, struct bench_figures *figures)
{
	for (int i = 0; i < BENCH_QUANTILES; i++) {
		figures->one_way[i] = histogram_quantile(&run->one_way, quantiles[i]);
		figures->round_trip[i] =
		    histogram_quantile(&run->round_trip, quantiles[i]);
	}
	figures->round_trips = (int64_t)run->round_trip.count;
	figures->messages = run->messages;
	figures->nanoseconds = run->nanoseconds;
}

/* An object that remains is reported. */
static enum status close_transport(struct transport *transport)
{
	return transport_close(transport) == 0
	           ? STATUS_OK
	           : error_errno_as(STATUS_FAILED, "%s: a queue remains",
	                            transport->mechanism->name);
}

/* -1 with errno. *closed: the status of removing what the kernel keeps. */
static int measure_run(struct bench_run *run, const struct transport_mechanism *mechanism,
                       size_t size, const struct bench_workload *workload,
                       enum status *closed)
{
	struct transport transport;
	struct bench_peer peer = {
	    .transport = &transport, .workload = workload, .run = run, .message = NULL};
	peer.message = calloc(1, size);
	if (peer.message == NULL)
		return -1;
	int result = transport_open(&transport, mechanism, size);
	if (result == 0) {
		result = run_peers(&peer);
		int error = errno;
		*closed = close_transport(&transport);
		errno = error;
	}
	int error = errno;
	free(peer.message);
	errno = error;
	return result;
}

enum status bench_measure(const struct transport_mechanism *mechanism, size_t size,
                          const struct bench_workload *workload,
                          struct bench_figures *figures)
{
	struct termsig termsig;
	struct limit_advice advice;
	/* populated: a page fault would be measured too */
	struct bench_run *run = mmap(NULL, sizeof *run, PROT_READ | PROT_WRITE,
	                             MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (run == MAP_FAILED)
		return error_errno("%s: shared memory", mechanism->name);
	termsig_begin(&termsig);
	enum status status = STATUS_OK, closed = STATUS_OK;
	if (measure_run(run, mechanism, size, workload, &closed) == 0)
		compute_figures(run, figures);
	else if (errno == EPIPE)
		status =
		    error_as(STATUS_FAILED, "%s: one of the two processes was killed",
		             mechanism->name);
	else if (errno == ENOBUFS && mechanism->pending_signals)
		status = error_as(STATUS_FAILED,
		                  "%s: messages of %zu bytes: RLIMIT_SIGPENDING is "
		                  "reached%s",
		                  mechanism->name, size,
		                  limit_ulimit(&advice, RLIMIT_SIGPENDING, 1));
	else if (errno == EINTR)
		status = error_errno("%s: messages of %zu bytes", mechanism->name, size);
	else
		status = error_errno_as(STATUS_FAILED, "%s: messages of %zu bytes",
		                        mechanism->name, size);
	munmap(run, sizeof *run);
	return termsig_end(&termsig, status_first_failure(status, closed));
}
