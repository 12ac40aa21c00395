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
#include "base/sigset.h"
#include "base/termsig.h"
#include "bench/histogram.h"
#include "bench/measure.h"
#include "io/report.h"
#include "process/helper.h"

const double quantiles[QUANTILES] = {0.5, 0.99, 0.999};

/* What the processes share. */
struct bout {
	int64_t sent_at;  /* the message under way: when it left */
	int last;         /* it is the last one of this turn */
	int64_t total;    /* how many will have been sent when all have been */
	int error[2];     /* of each side */
	int64_t messages; /* sent in one direction, and how long that took */
	int64_t nanoseconds;
	struct histogram one_way, round_trip;
};

struct player {
	struct channel *channel;
	const struct workload *workload;
	struct bout *bout;
	char *message;
};

/* ------------------------------------------------------------ the processes */

/* There and back: `count` times, or for a time where that is not 0. */
static int serve(const struct player *player, int64_t count, int64_t nanoseconds,
                 bool counts)
{
	struct bout *bout = player->bout;
	int64_t end = nanoseconds > 0 ? deadline_clock() + nanoseconds : INT64_MAX;
	bool last = false;
	__atomic_store_n(&bout->last, 0, __ATOMIC_SEQ_CST);
	for (int64_t i = 1; !last; i++) {
		int64_t began = deadline_clock();
		last = nanoseconds > 0 ? began >= end : i >= count;
		__atomic_store_n(&bout->last, last, __ATOMIC_SEQ_CST);
		__atomic_store_n(&bout->sent_at, began, __ATOMIC_SEQ_CST);
		if (channel_send(player->channel, player->message) < 0 ||
		    channel_receive(player->channel, player->message) < 0)
			return -1;
		if (counts)
			histogram_add(&bout->round_trip, deadline_clock() - began);
	}
	return 0;
}

/* The other side of it. */
static int answer(const struct player *player, bool counts)
{
	struct bout *bout = player->bout;
	for (bool last = false; !last;) {
		if (channel_receive(player->channel, player->message) < 0)
			return -1;
		int64_t sent_at = __atomic_load_n(&bout->sent_at, __ATOMIC_SEQ_CST);
		if (counts)
			histogram_add(&bout->one_way, deadline_clock() - sent_at);
		last = __atomic_load_n(&bout->last, __ATOMIC_SEQ_CST);
		if (channel_send(player->channel, player->message) < 0)
			return -1;
	}
	return 0;
}

/* As many as go through, until the other side says that it has them all. */
static int pour(const struct player *player)
{
	enum { BETWEEN_LOOKS = 64 };
	struct bout *bout = player->bout;
	const struct workload *workload = player->workload;
	int64_t began = deadline_clock();
	int64_t sent = 0;
	for (bool last = false; !last;) {
		if (workload->nanoseconds == 0)
			last = sent + 1 >= workload->count;
		else if (sent % BETWEEN_LOOKS == 0)
			last = deadline_clock() - began >= workload->nanoseconds;
		sent++;
		if (last)
			__atomic_store_n(&bout->total, sent, __ATOMIC_SEQ_CST);
		if (channel_send(player->channel, player->message) < 0)
			return -1;
	}
	if (channel_receive(player->channel, player->message) < 0)
		return -1;
	bout->nanoseconds = deadline_clock() - began;
	bout->messages = sent;
	return 0;
}

static int drain(const struct player *player)
{
	int64_t received = 0;
	do {
		if (channel_receive(player->channel, player->message) < 0)
			return -1;
		received++;
	} while (received != __atomic_load_n(&player->bout->total, __ATOMIC_SEQ_CST));
	return channel_send(player->channel, player->message);
}

/* sched_setaffinity(2) */
static int pin_to(int processor)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	return sched_setaffinity(0, sizeof set, &set);
}

static int play(const struct player *player, enum side side)
{
	const struct workload *workload = player->workload;
	if (workload->pinned && pin_to(workload->processors[side]) < 0)
		return -1;
	if (channel_join(player->channel, side) < 0)
		return -1;
	if (side == SIDE_B)
		return answer(player, false) < 0 || answer(player, true) < 0 ||
		               drain(player) < 0
		           ? -1
		           : 0;
	if (serve(player, workload->warm_up, 0, false) < 0 ||
	    serve(player, workload->count, workload->nanoseconds, true) < 0)
		return -1;
	return pour(player);
}

/* Its starter ends it, also by its own end. A signal that asks to end is for that one,
 * even where a terminal sends it to all. */
static _Noreturn void be_player(const struct player *player, enum side side, pid_t parent,
                                uint64_t mask)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		sig_action(ends[i], &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sig_mask(SIG_SETMASK, mask);
	if (getppid() == parent && play(player, side) < 0)
		player->bout->error[side] = errno;
	_exit(player->bout->error[side] != 0);
}

/* -------------------------------------------------------------- the starter */

static pid_t start(const struct player *player, enum side side)
{
	pid_t parent = getpid();
	uint64_t mask;
	pid_t pid = unheard_fork(&mask);
	if (pid == 0)
		be_player(player, side, parent, mask);
	return pid;
}

/* One of the two ended: 0 where all went well, else -1 with errno. */
static int ended(pid_t *pid, const struct bout *bout, enum side side)
{
	int wait_status;
	unheard_reap(*pid, &wait_status);
	*pid = -1;
	if (wait_status == 0)
		return 0;
	/* by a signal: whoever sent it knows why */
	errno = bout->error[side] != 0 ? bout->error[side] : EPIPE;
	return -1;
}

/* Until both have ended. -1 with errno at the first that did not end well. */
static int wait_for(pid_t pids[2], const struct bout *bout)
{
	static const struct deadline for_ever;
	struct pollfd ends[2];
	int result = 0;
	for (int side = 0; side < 2; side++) {
		ends[side] = (struct pollfd){.events = POLLIN};
		ends[side].fd = (int)syscall(SYS_pidfd_open, pids[side], 0U);
		if (ends[side].fd < 0)
			result = -1;
	}
	while (result == 0 && (ends[SIDE_A].fd >= 0 || ends[SIDE_B].fd >= 0)) {
		if (deadline_poll(&for_ever, ends, 2) < 0)
			result = -1;
		for (int side = 0; result == 0 && side < 2; side++) {
			if (ends[side].revents == 0)
				continue;
			close(ends[side].fd);
			ends[side].fd = -1;
			result = ended(&pids[side], bout, (enum side)side);
		}
	}
	int error = errno;
	for (int side = 0; side < 2; side++)
		if (ends[side].fd >= 0)
			close(ends[side].fd);
	errno = error;
	return result;
}

static int run_both(const struct player *player)
{
	pid_t pids[2] = {-1, -1};
	int result = 0;
	for (int side = 0; result == 0 && side < 2; side++) {
		pids[side] = start(player, (enum side)side);
		if (pids[side] < 0)
			result = -1;
	}
	if (result == 0)
		result = wait_for(pids, player->bout);
	int error = errno, wait_status;
	for (int side = 0; side < 2; side++)
		if (pids[side] > 0) {
			kill(pids[side], SIGKILL);
			unheard_reap(pids[side], &wait_status);
		}
	errno = error;
	return result;
}

/* ------------------------------------------------------------------ measure */

int64_t figures_per_second(const struct figures *figures)
{
	double seconds = (double)figures->nanoseconds / 1e9;
	return seconds > 0 ? (int64_t)((double)figures->messages / seconds) : 0;
}

int64_t figures_bytes_per_second(const struct figures *figures, size_t size)
{
	double seconds = (double)figures->nanoseconds / 1e9;
	return seconds > 0 ? (int64_t)((double)figures->messages * (double)size / seconds)
	                   : 0;
}

static void read_figures(const struct bout *bout, struct figures *figures)
{
	for (int i = 0; i < QUANTILES; i++) {
		figures->one_way[i] = histogram_quantile(&bout->one_way, quantiles[i]);
		figures->round_trip[i] =
		    histogram_quantile(&bout->round_trip, quantiles[i]);
	}
	figures->round_trips = (int64_t)bout->round_trip.count;
	figures->messages = bout->messages;
	figures->nanoseconds = bout->nanoseconds;
}

/* -1 with errno. */
static int measure_in(struct bout *bout, const struct mechanism *mechanism, size_t size,
                      const struct workload *workload)
{
	struct channel channel;
	struct player player = {
	    .channel = &channel, .workload = workload, .bout = bout, .message = NULL};
	player.message = calloc(1, size);
	if (player.message == NULL)
		return -1;
	int result = channel_open(&channel, mechanism, size);
	if (result == 0) {
		result = run_both(&player);
		int error = errno;
		channel_close(&channel);
		errno = error;
	}
	int error = errno;
	free(player.message);
	errno = error;
	return result;
}

enum status measure(const struct mechanism *mechanism, size_t size,
                    const struct workload *workload, struct figures *figures)
{
	struct interrupt interrupt;
	/* a page that is touched for the first time would be measured too */
	struct bout *bout = mmap(NULL, sizeof *bout, PROT_READ | PROT_WRITE,
	                         MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (bout == MAP_FAILED)
		return fail("%s: shared memory", mechanism->name);
	interrupt_begin(&interrupt);
	enum status status = STATUS_DONE;
	if (measure_in(bout, mechanism, size, workload) == 0)
		read_figures(bout, figures);
	else if (errno == EPIPE)
		status = fail_as(STATUS_FAILED, "%s: one of the two processes was killed",
		                 mechanism->name);
	else
		status = fail("%s: messages of %zu bytes", mechanism->name, size);
	munmap(bout, sizeof *bout);
	return interrupt_end(&interrupt, status);
}
