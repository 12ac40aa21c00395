/*
 * The two processes do nothing but send, receive and look at the clock. A third one,
 * which started them, waits: it ends them when a signal asks it to, and gives back what
 * the kernel keeps. What they find lies in memory that the three share.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "bench/histogram.h"
#include "bench/measure.h"
#include "io/error.h"
#include "process/helper.h"

const double bench_quantiles[BENCH_QUANTILES] = {0.5, 0.99, 0.999};

/* What the processes share. */
struct bench_run {
	int64_t sent_at;  /* the message under way: when it left */
	int last;         /* it is the last one of this turn */
	int64_t total;    /* how many will have been sent when all have been */
	int error[2];     /* of each side */
	int64_t messages; /* sent in one direction, and how long that took */
	int64_t nanoseconds;
	struct histogram one_way, round_trip;
};

struct bench_peer {
	struct transport *transport;
	const struct bench_workload *workload;
	struct bench_run *run;
	char *message;
};

/* ------------------------------------------------------------ the processes */

/* There and back: `count` times, or for a time where that is not 0. */
static int measure_ping(const struct bench_peer *peer, int64_t count, int64_t nanoseconds,
                        bool counts)
{
	struct bench_run *run = peer->run;
	int64_t end = nanoseconds > 0 ? deadline_clock() + nanoseconds : INT64_MAX;
	bool last = false;
	__atomic_store_n(&run->last, 0, __ATOMIC_SEQ_CST);
	for (int64_t i = 1; !last; i++) {
		int64_t began = deadline_clock();
		last = nanoseconds > 0 ? began >= end : i >= count;
		__atomic_store_n(&run->last, last, __ATOMIC_SEQ_CST);
		__atomic_store_n(&run->sent_at, began, __ATOMIC_SEQ_CST);
		if (transport_send(peer->transport, peer->message) < 0 ||
		    transport_receive(peer->transport, peer->message) < 0)
			return -1;
		if (counts)
			histogram_add(&run->round_trip, deadline_clock() - began);
	}
	return 0;
}

/* The other side of it. */
static int measure_pong(const struct bench_peer *peer, bool counts)
{
	struct bench_run *run = peer->run;
	for (bool last = false; !last;) {
		if (transport_receive(peer->transport, peer->message) < 0)
			return -1;
		int64_t sent_at = __atomic_load_n(&run->sent_at, __ATOMIC_SEQ_CST);
		if (counts)
			histogram_add(&run->one_way, deadline_clock() - sent_at);
		last = __atomic_load_n(&run->last, __ATOMIC_SEQ_CST);
		if (transport_send(peer->transport, peer->message) < 0)
			return -1;
	}
	return 0;
}

/* As many as go through, until the other side says that it has them all. */
static int measure_flood(const struct bench_peer *peer)
{
	enum { BETWEEN_LOOKS = 64 };
	struct bench_run *run = peer->run;
	const struct bench_workload *workload = peer->workload;
	int64_t began = deadline_clock();
	int64_t sent = 0;
	for (bool last = false; !last;) {
		if (workload->nanoseconds == 0)
			last = sent + 1 >= workload->count;
		else if (sent % BETWEEN_LOOKS == 0)
			last = deadline_clock() - began >= workload->nanoseconds;
		sent++;
		if (last)
			__atomic_store_n(&run->total, sent, __ATOMIC_SEQ_CST);
		if (transport_send(peer->transport, peer->message) < 0)
			return -1;
	}
	if (transport_receive(peer->transport, peer->message) < 0)
		return -1;
	run->nanoseconds = deadline_clock() - began;
	run->messages = sent;
	return 0;
}

static int measure_drain(const struct bench_peer *peer)
{
	int64_t received = 0;
	do {
		if (transport_receive(peer->transport, peer->message) < 0)
			return -1;
		received++;
	} while (received != __atomic_load_n(&peer->run->total, __ATOMIC_SEQ_CST));
	return transport_send(peer->transport, peer->message);
}

/* sched_setaffinity(2) */
static int pin_to_processor(int processor)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	return sched_setaffinity(0, sizeof set, &set);
}

static int measure_as_peer(const struct bench_peer *peer, enum transport_end end)
{
	const struct bench_workload *workload = peer->workload;
	if (workload->pinned && pin_to_processor(workload->processors[end]) < 0)
		return -1;
	if (transport_join(peer->transport, end) < 0)
		return -1;
	if (end == TRANSPORT_END_B)
		return measure_pong(peer, false) < 0 || measure_pong(peer, true) < 0 ||
		               measure_drain(peer) < 0
		           ? -1
		           : 0;
	if (measure_ping(peer, workload->warm_up, 0, false) < 0 ||
	    measure_ping(peer, workload->count, workload->nanoseconds, true) < 0)
		return -1;
	return measure_flood(peer);
}

/* Its starter ends it, also by its own end. A signal that asks to end is for that one,
 * even where a terminal sends it to all. */
static _Noreturn void run_peer_process(const struct bench_peer *peer,
                                       enum transport_end end, pid_t parent,
                                       uint64_t mask)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		ksig_action(ends[i], &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ksig_procmask(SIG_SETMASK, mask);
	if (getppid() == parent && measure_as_peer(peer, end) < 0)
		peer->run->error[end] = errno;
	_exit(peer->run->error[end] != 0);
}

/* -------------------------------------------------------------- the starter */

static pid_t fork_peer(const struct bench_peer *peer, enum transport_end end)
{
	pid_t parent = getpid();
	uint64_t mask;
	pid_t pid = helper_fork(&mask);
	if (pid == 0)
		run_peer_process(peer, end, parent, mask);
	return pid;
}

/* One of the two ended: 0 where all went well, else -1 with errno. */
static int reap_peer(pid_t *pid, const struct bench_run *run, enum transport_end end)
{
	int wait_status;
	helper_wait(*pid, &wait_status);
	*pid = -1;
	if (wait_status == 0)
		return 0;
	/* by a signal: whoever sent it knows why */
	errno = run->error[end] != 0 ? run->error[end] : EPIPE;
	return -1;
}

/* Until both have ended. -1 with errno at the first that did not end well. */
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
	int error = errno;
	for (int end = 0; end < 2; end++)
		if (ends[end].fd >= 0)
			close(ends[end].fd);
	errno = error;
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
		figures->one_way[i] =
		    histogram_quantile(&run->one_way, bench_quantiles[i]);
		figures->round_trip[i] =
		    histogram_quantile(&run->round_trip, bench_quantiles[i]);
	}
	figures->round_trips = (int64_t)run->round_trip.count;
	figures->messages = run->messages;
	figures->nanoseconds = run->nanoseconds;
}

/* -1 with errno. */
static int measure_run(struct bench_run *run, const struct transport_mechanism *mechanism,
                       size_t size, const struct bench_workload *workload)
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
		transport_close(&transport);
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
	/* a page that is touched for the first time would be measured too */
	struct bench_run *run = mmap(NULL, sizeof *run, PROT_READ | PROT_WRITE,
	                             MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (run == MAP_FAILED)
		return error_errno("%s: shared memory", mechanism->name);
	termsig_begin(&termsig);
	enum status status = STATUS_OK;
	if (measure_run(run, mechanism, size, workload) == 0)
		compute_figures(run, figures);
	else if (errno == EPIPE)
		status =
		    error_as(STATUS_FAILED, "%s: one of the two processes was killed",
		             mechanism->name);
	else
		status = error_errno("%s: messages of %zu bytes", mechanism->name, size);
	munmap(run, sizeof *run);
	return termsig_end(&termsig, status);
}
