/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "bench/peer.h"

/* Round trips: `count` of them, or for `nanoseconds` if that is not 0. */
static int peer_ping(const struct bench_peer *peer, int64_t count, int64_t nanoseconds,
                     bool record)
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
		if (record)
			histogram_add(&run->round_trip, deadline_clock() - began);
	}
	return 0;
}

/* The other end of it. */
static int peer_pong(const struct bench_peer *peer, bool record)
{
	struct bench_run *run = peer->run;
	for (bool last = false; !last;) {
		if (transport_receive(peer->transport, peer->message) < 0)
			return -1;
		int64_t sent_at = __atomic_load_n(&run->sent_at, __ATOMIC_SEQ_CST);
		if (record)
			histogram_add(&run->one_way, deadline_clock() - sent_at);
		last = __atomic_load_n(&run->last, __ATOMIC_SEQ_CST);
		if (transport_send(peer->transport, peer->message) < 0)
			return -1;
	}
	return 0;
}

/* As many messages as pass, until the other end has acknowledged the last one. */
static int peer_flood(const struct bench_peer *peer)
{
	enum { CLOCK_INTERVAL = 64 }; /* messages */
	struct bench_run *run = peer->run;
	const struct bench_workload *workload = peer->workload;
	int64_t began = deadline_clock();
	int64_t sent = 0;
	for (bool last = false; !last;) {
		if (workload->nanoseconds == 0)
			last = sent + 1 >= workload->count;
		else if (sent % CLOCK_INTERVAL == 0)
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

static int peer_drain(const struct bench_peer *peer)
{
	int64_t received = 0;
	do {
		if (transport_receive(peer->transport, peer->message) < 0)
			return -1;
		received++;
	} while (received != __atomic_load_n(&peer->run->total, __ATOMIC_SEQ_CST));
	return transport_send(peer->transport, peer->message);
}

static int pin_to_cpu(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof set, &set);
}

static int peer_measure(const struct bench_peer *peer, enum transport_end end)
{
	const struct bench_workload *workload = peer->workload;
	if (workload->pinned && pin_to_cpu(workload->cpus[end]) < 0)
		return -1;
	if (transport_join(peer->transport, end) < 0)
		return -1;
	if (end == TRANSPORT_END_B)
		return peer_pong(peer, false) < 0 || peer_pong(peer, true) < 0 ||
		               peer_drain(peer) < 0
		           ? -1
		           : 0;
	if (peer_ping(peer, workload->warm_up, 0, false) < 0 ||
	    peer_ping(peer, workload->count, workload->nanoseconds, true) < 0)
		return -1;
	return peer_flood(peer);
}

void bench_peer_run(const struct bench_peer *peer, enum transport_end end, pid_t parent,
                    uint64_t mask)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	for (int i = 0; i < TERMSIG_COUNT; i++)
		ksig_action(termsig_numbers[i], &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ksig_procmask(SIG_SETMASK, mask);
	if (getppid() == parent && peer_measure(peer, end) < 0)
		peer->run->error[end] = errno;
	_exit(peer->run->error[end] != 0);
}
