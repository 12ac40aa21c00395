#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "crew.h"
#include "front.h"
#include "jobs.h"
#include "output.h"
#include "report.h"
#include "sig.h"

/* A message, on its way or put aside. */
struct message {
	char *bytes;
	size_t length;
	int64_t priority;
	int64_t tries; /* that have been made */
};

/* A place for a worker. */
struct worker {
	struct message message; /* its bytes lie in room */
	char *room;             /* for the longest one */
	uint64_t turn;          /* of its output */
};

/* What is to be put on a queue at a moment, or later where there is no room. */
struct parcel {
	struct parcel *next, *before; /* due later, sooner: insque(3) */
	const struct queue *to;
	struct deadline due;
	struct message message;
};

/* A message that was put back: how often it had been tried. */
struct tried {
	uint64_t hash;
	int64_t tries;
};

/* The output of a command, kept until its turn comes. */
struct kept {
	int fd;
	bool complete;
};

enum { OUTPUTS_AHEAD = 256 }; /* commands whose outputs wait for an earlier one's */

enum { MINE = 4 };
enum variable { MQ_NAME, MQ_PRIORITY, MQ_SIZE, MQ_TRY };

struct pool {
	const struct jobs *jobs;
	struct queue *queue;
	struct name dead_name;
	struct queue dead;
	struct crew crew;
	pid_t *pids;
	struct worker *workers;
	struct child_path path;
	char **environment; /* what is exported, and room for ours at its end */
	char variables[MINE][64 + NAME_BYTES_MAX];
	struct parcel parcels; /* the head of the list, not one of them */
	struct tried *tried;
	size_t tried_count, tried_room;
	struct kept kept[OUTPUTS_AHEAD]; /* by turn */
	uint64_t next_turn, next_shown;
	struct deadline patience;
	int64_t taken, ran, failed, came_back, died;
	enum status status;         /* of the first that went wrong */
	enum status to_be_repeated; /* of the last whose job came back */
	bool stopping;
};

static const struct patience not_at_all = {.kind = NOT_AT_ALL};

static void note_status(struct pool *pool, enum status status)
{
	pool->status = first_failure(pool->status, status);
}

/* Take no more. */
static void stop(struct pool *pool, enum status status)
{
	note_status(pool, status);
	pool->stopping = true;
}

/* ------------------------------------------------- how often it was tried */

/* FNV-1a, 64 bit. */
static uint64_t hash_of(const struct message *message)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < message->length; i++)
		hash =
		    (hash ^ (unsigned char)message->bytes[i]) * UINT64_C(1099511628211);
	return (hash ^ (uint64_t)message->priority) * UINT64_C(1099511628211);
}

/*
 * A queue keeps nothing about a message but its priority, so we remember what we put
 * back. Messages that are equal are each other's equals here too: which of them bears the
 * tries of which makes no difference. What another process takes is forgotten when there
 * is more to remember than the queue could hold.
 */
static void remember(struct pool *pool, const struct message *message)
{
	size_t most = (size_t)pool->queue->depth + 1;
	if (pool->tried_count == pool->tried_room && pool->tried_room < most) {
		size_t room = pool->tried_room * 2 + 16;
		struct tried *larger = realloc(pool->tried, room * sizeof *larger);
		if (larger == NULL)
			return; /* then it counts as a new one */
		pool->tried = larger;
		pool->tried_room = room;
	}
	if (pool->tried_count == pool->tried_room) {
		pool->tried_count--;
		memmove(pool->tried, pool->tried + 1,
		        pool->tried_count * sizeof *pool->tried);
	}
	pool->tried[pool->tried_count++] =
	    (struct tried){.hash = hash_of(message), .tries = message->tries};
}

static int64_t recall(struct pool *pool, const struct message *message)
{
	uint64_t hash = pool->tried_count > 0 ? hash_of(message) : 0;
	for (size_t i = 0; i < pool->tried_count; i++)
		if (pool->tried[i].hash == hash) {
			int64_t tries = pool->tried[i].tries;
			pool->tried[i] = pool->tried[--pool->tried_count];
			return tries;
		}
	return 0;
}

/* ------------------------------------------------------------ back on a queue */

static enum status lost(struct pool *pool, const struct message *message,
                        const char *reason)
{
	return fail_as(STATUS_FAILED,
	               "%s: the message of %zu bytes, priority %lld, is lost: %s",
	               pool->queue->name->text, message->length,
	               (long long)message->priority, reason);
}

/* 0, or -1 with errno. */
static int put(struct pool *pool, const struct queue *to, const struct message *message,
               const struct deadline *deadline)
{
	if (queue_send(to, message->bytes, message->length, message->priority, deadline) <
	    0)
		return -1;
	if (to == pool->queue && message->tries > 0)
		remember(pool, message);
	return 0;
}

/* Its bytes are a copy. False: no memory. */
static bool put_aside(struct pool *pool, const struct queue *to, struct deadline due,
                      const struct message *message)
{
	struct parcel *parcel = malloc(sizeof *parcel + message->length);
	struct parcel *earlier = &pool->parcels;
	if (parcel == NULL)
		return false;
	*parcel = (struct parcel){.to = to, .due = due, .message = *message};
	parcel->message.bytes = (char *)(parcel + 1);
	memcpy(parcel->message.bytes, message->bytes, message->length);
	int64_t left = deadline_left(&due);
	while (earlier->next != NULL && deadline_left(&earlier->next->due) <= left)
		earlier = earlier->next;
	insque(parcel, earlier);
	return true;
}

/* The one behind it has been dealt with. */
static void drop_next(struct parcel *parcel)
{
	struct parcel *gone = parcel->next;
	parcel->next = gone->next;
	if (gone->next != NULL)
		gone->next->before = parcel;
	free(gone);
}

/* Put it on a queue: now, or after a while, or when there is room. */
static void send_to(struct pool *pool, const struct queue *to, int64_t delay,
                    const struct message *message)
{
	struct deadline now = deadline_after(not_at_all);
	if (delay == 0 && put(pool, to, message, &now) == 0)
		return;
	if (delay == 0 && errno != EAGAIN) {
		note_status(pool, lost(pool, message, error_text(errno)));
		return;
	}
	struct patience wait = {.kind = AT_MOST, .nanoseconds = delay};
	if (!put_aside(pool, to, deadline_after(wait), message))
		note_status(pool, lost(pool, message, error_text(ENOMEM)));
}

/* The parcels that are due; those for which there is no room are due a little later. */
static void send_due(struct pool *pool)
{
	enum { MOMENT = 20000000 };
	static const struct patience moment = {.kind = AT_MOST, .nanoseconds = MOMENT};
	struct deadline now = deadline_after(not_at_all);
	struct parcel *before = &pool->parcels;
	while (before->next != NULL) {
		struct parcel *parcel = before->next;
		if (!pool->stopping && deadline_left(&parcel->due) > 0)
			return;
		if (put(pool, parcel->to, &parcel->message, &now) < 0) {
			if (errno == EAGAIN) {
				parcel->due = deadline_after(moment);
				before = parcel;
				continue;
			}
			note_status(pool,
			            lost(pool, &parcel->message, error_text(errno)));
		}
		drop_next(before);
	}
}

/* At the end: what there is no room for within a second is lost. */
static void send_all(struct pool *pool)
{
	static const struct patience second = {.kind = AT_MOST,
	                                       .nanoseconds = 1000000000};
	struct deadline deadline = deadline_after(second);
	while (pool->parcels.next != NULL) {
		struct parcel *parcel = pool->parcels.next;
		if (put(pool, parcel->to, &parcel->message, &deadline) < 0)
			note_status(pool, lost(pool, &parcel->message,
			                       errno == ETIMEDOUT ? "the queue is full"
			                                          : error_text(errno)));
		drop_next(&pool->parcels);
	}
}

/* ----------------------------------------------------------- outputs in order */

/* Copy what a command has written. */
static enum status show_output(int fd)
{
	char block[16384];
	enum status status = STATUS_DONE;
	ssize_t length;
	for (off_t at = 0; status == STATUS_DONE; at += length) {
		length = pread(fd, block, sizeof block, at);
		if (length < 0)
			return fail("the output of a command");
		if (length == 0)
			break;
		status = output_write(block, (size_t)length);
	}
	return status;
}

/* Those whose turn it is. */
static void show_outputs(struct pool *pool)
{
	while (pool->next_shown < pool->next_turn) {
		struct kept *kept = &pool->kept[pool->next_shown % OUTPUTS_AHEAD];
		if (!kept->complete)
			return;
		enum status status = show_output(kept->fd);
		if (status != STATUS_DONE)
			stop(pool, status);
		close(kept->fd);
		pool->next_shown++;
	}
}

/* -1 with errno. */
static int keep_output(struct pool *pool, struct worker *worker)
{
	int fd = memfd_create("output", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	worker->turn = pool->next_turn++;
	pool->kept[worker->turn % OUTPUTS_AHEAD] = (struct kept){.fd = fd};
	return fd;
}

/* ---------------------------------------------------------------- starting */

/* The arguments with the message in the place of each {}; one block of memory. NULL with
 * errno EINVAL where it is not text. */
static char **fill_in(char **command, const struct message *message)
{
	size_t count = 0, length = 0;
	for (; command[count] != NULL; count++) {
		length += strlen(command[count]) + 1;
		for (const char *at = command[count]; (at = strstr(at, "{}")) != NULL;
		     at += 2)
			length += message->length;
	}
	char **argv = malloc((count + 1) * sizeof *argv + length);
	if (argv == NULL)
		return NULL;
	char *to = (char *)(argv + count + 1);
	for (size_t i = 0; i < count; i++) {
		const char *rest = command[i], *found;
		argv[i] = to;
		while ((found = strstr(rest, "{}")) != NULL) {
			to = (char *)mempcpy(to, rest, (size_t)(found - rest));
			to = (char *)mempcpy(to, message->bytes, message->length);
			rest = found + 2;
		}
		to = stpcpy(to, rest) + 1;
	}
	argv[count] = NULL;
	return argv;
}

static bool has_place_for_message(char **command)
{
	for (; *command != NULL; command++)
		if (strstr(*command, "{}") != NULL)
			return true;
	return false;
}

/* A file without a name: a pipe would hold no more than 64 KiB, and we would have to wait
 * until it is read. -1 with errno. */
static int as_input(const struct message *message)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	size_t done = 0;
	while (done < message->length) {
		ssize_t part = pwrite(fd, message->bytes + done, message->length - done,
		                      (off_t)done);
		if (part < 0 && errno != EINTR) {
			int error = errno;
			close(fd);
			errno = error;
			return -1;
		}
		done += part > 0 ? (size_t)part : 0;
	}
	return fd;
}

static void set_number(struct pool *pool, enum variable variable, const char *name,
                       int64_t number)
{
	snprintf(pool->variables[variable], sizeof pool->variables[variable], "%s=%lld",
	         name, (long long)number);
}

/* -1 with errno. */
static pid_t start_command(struct pool *pool, struct worker *worker, char **argv)
{
	const struct message *message = &worker->message;
	struct crew_spawn spawn = {.path = pool->path.text,
	                           .argv = argv,
	                           .environment = pool->environment,
	                           .in = as_input(message),
	                           .out = -1};
	if (spawn.in < 0)
		return -1;
	set_number(pool, MQ_PRIORITY, "MQ_PRIORITY", message->priority);
	set_number(pool, MQ_SIZE, "MQ_SIZE", (int64_t)message->length);
	set_number(pool, MQ_TRY, "MQ_TRY", message->tries);
	if (pool->jobs->keep_order)
		spawn.out = keep_output(pool, worker);
	pid_t pid = -1;
	if (!pool->jobs->keep_order || spawn.out >= 0)
		pid = crew_spawn(&pool->crew, &spawn);
	int error = errno;
	if (pid < 0 && spawn.out >= 0) {
		pool->next_turn--;
		close(spawn.out);
	}
	close(spawn.in);
	errno = error;
	return pid;
}

static void give_up(struct pool *pool, const struct message *message, const char *reason,
                    enum status status)
{
	const char *name = pool->queue->name->text;
	pool->died++;
	note_status(pool, status);
	fail_as(status, "%s: the message of %zu bytes, priority %lld, %s %s", name,
	        message->length, (long long)message->priority,
	        pool->jobs->dead != NULL ? "is put on the queue of the dead:"
	                                 : "is given up:",
	        reason);
	if (pool->jobs->dead != NULL)
		send_to(pool, &pool->dead, 0, message);
}

/* It could not be started: the message goes back, and no more are taken. */
static void cannot_start(struct pool *pool, struct message *message)
{
	int error = errno;
	const char *command = pool->jobs->command[0];
	enum status status = error == ENOENT ? STATUS_NO_COMMAND
	                     : error == EACCES || error == ENOEXEC || error == E2BIG
	                         ? STATUS_CANNOT_EXEC
	                         : STATUS_RUN_FAILED;
	stop(pool, fail_as(status, "%s: %s", command, error_text(error)));
	message->tries--;
	send_to(pool, pool->queue, 0, message);
}

/* A message has been taken. */
static void start_job(struct pool *pool, struct worker *worker)
{
	struct message *message = &worker->message;
	char **argv = pool->jobs->command;
	bool fills_in = has_place_for_message(argv);
	message->tries = recall(pool, message) + 1;
	if (fills_in && memchr(message->bytes, '\0', message->length) != NULL) {
		pool->failed++;
		give_up(pool, message, "it has a NUL byte, which {} cannot",
		        (enum status)JOBS_USELESS);
		return;
	}
	if (fills_in)
		argv = fill_in(argv, message);
	/* the first free place is that of the worker: see free_worker() */
	if (argv == NULL || start_command(pool, worker, argv) < 0)
		cannot_start(pool, message);
	if (fills_in)
		free((void *)argv);
}

static struct worker *free_worker(struct pool *pool)
{
	struct worker *worker = pool->workers;
	for (const pid_t *pid = pool->pids; *pid != 0; pid++)
		worker++;
	return worker;
}

static bool may_take(const struct pool *pool)
{
	const struct jobs *jobs = pool->jobs;
	if (pool->stopping || pool->crew.running == pool->crew.most)
		return false;
	if (jobs->keep_order && pool->next_turn - pool->next_shown == OUTPUTS_AHEAD)
		return false;
	return jobs->count == 0 || pool->taken < jobs->count;
}

/* False: there is none now. */
static bool take_one(struct pool *pool)
{
	struct worker *worker = free_worker(pool);
	struct message *message = &worker->message;
	struct deadline now = deadline_after(not_at_all);
	ssize_t length =
	    queue_receive(pool->queue, message->bytes, &message->priority, &now, -1);
	if (length < 0) {
		if (errno != EAGAIN)
			stop(pool, status_before_command(
			               queue_failed(pool->queue, QUEUE_RECEIVING, "")));
		return false;
	}
	message->length = (size_t)length;
	if (pool->jobs->verbose)
		say("Read %zu bytes; priority = %lld", message->length,
		    (long long)message->priority);
	pool->taken++;
	start_job(pool, worker);
	if (pool->jobs->count == 0)
		pool->patience = deadline_after(pool->jobs->patience);
	return true;
}

/* ------------------------------------------------------------------- ending */

/* D, 2 D, 4 D …, as far as that can be told. */
static int64_t delay_before(const struct jobs *jobs, int64_t next_try)
{
	int64_t delay = jobs->delay;
	for (int64_t i = 2; i < next_try && delay <= INT64_MAX / 2; i++)
		delay *= 2;
	return delay;
}

static const char *how_it_ended(int wait_status, char text[64])
{
	if (WIFSIGNALED(wait_status))
		snprintf(text, 64, "a signal ended its command: %s",
		         strsignal(WTERMSIG(wait_status)));
	else
		snprintf(text, 64, "its command ended with status %d",
		         WEXITSTATUS(wait_status));
	return text;
}

static void job_failed(struct pool *pool, const struct message *message, int wait_status)
{
	char text[64];
	enum status status = child_status(wait_status);
	pool->failed++;
	if (WIFSIGNALED(wait_status) && crew_asked(&pool->crew) != 0) {
		/* the signal was meant for us as well: nobody has tried it */
		struct message untried = *message;
		untried.tries--;
		pool->came_back++;
		send_to(pool, pool->queue, 0, &untried);
	} else if ((int)status != JOBS_USELESS && message->tries <= pool->jobs->retries) {
		pool->came_back++;
		pool->to_be_repeated = status;
		send_to(pool, pool->queue, delay_before(pool->jobs, message->tries + 1),
		        message);
	} else {
		give_up(pool, message, how_it_ended(wait_status, text), status);
	}
}

static void job_ended(struct pool *pool, const struct crew_ended *ended)
{
	struct worker *worker = &pool->workers[ended->place];
	pool->ran++;
	if (ended->wait_status != 0)
		job_failed(pool, &worker->message, ended->wait_status);
	if (pool->jobs->keep_order) {
		pool->kept[worker->turn % OUTPUTS_AHEAD].complete = true;
		show_outputs(pool);
	}
}

/* ----------------------------------------------------------------- the loop */

/* Has all been done that was to be done, now that no message is there? */
static bool is_done(const struct pool *pool, bool empty)
{
	const struct jobs *jobs = pool->jobs;
	if (pool->crew.running > 0)
		return false;
	if (pool->stopping)
		return true;
	if (pool->parcels.next != NULL)
		return false;
	if (jobs->count > 0 && pool->taken >= jobs->count)
		return true;
	return empty && jobs->until_empty;
}

static struct deadline sooner(struct deadline one, struct deadline other)
{
	if (one.patience.kind == FOR_EVER)
		return other;
	if (other.patience.kind == FOR_EVER)
		return one;
	return deadline_left(&one) < deadline_left(&other) ? one : other;
}

/* Until a message comes, a command ends, a parcel is due or our patience does. */
static void wait_for_news(struct pool *pool)
{
	static const struct deadline for_ever = {.patience = {.kind = FOR_EVER}};
	bool takes = may_take(pool);
	struct pollfd fds[2] = {{.fd = pool->crew.fd, .events = POLLIN},
	                        {.fd = takes ? pool->queue->fd : -1, .events = POLLIN}};
	bool patient = takes && pool->crew.running == 0 && pool->parcels.next == NULL;
	struct deadline until = patient ? pool->patience : for_ever;
	if (pool->parcels.next != NULL)
		until = sooner(until, pool->parcels.next->due);
	if (deadline_poll(&until, fds, 2) >= 0)
		return;
	if (errno == EAGAIN || errno == ETIMEDOUT) {
		if (patient)
			stop(pool, status_before_command(
			               queue_failed(pool->queue, QUEUE_RECEIVING, "")));
	} else {
		stop(pool, fail_as(STATUS_RUN_FAILED, "poll: %s", error_text(errno)));
	}
}

static void work(struct pool *pool)
{
	struct crew_ended ended;
	pool->patience = deadline_after(pool->jobs->patience);
	for (;;) {
		bool empty = false;
		while (crew_look(&pool->crew, &ended))
			job_ended(pool, &ended);
		if (crew_asked(&pool->crew) != 0)
			pool->stopping = true;
		send_due(pool);
		if (may_take(pool)) {
			empty = !take_one(pool);
			if (!empty)
				continue;
		}
		if (is_done(pool, empty))
			return;
		wait_for_news(pool);
	}
}

static void say_summary(const struct pool *pool)
{
	say("%s: %lld ran, %lld failed, %lld came back, %lld died",
	    pool->queue->name->text, (long long)pool->ran, (long long)pool->failed,
	    (long long)pool->came_back, (long long)pool->died);
}

/* TERM is how such a pool is ended; by the others it ends as any program does. */
static int ends_by(const struct pool *pool)
{
	int signal = crew_asked(&pool->crew);
	return signal == SIGTERM ? 0 : signal;
}

static enum status none_there(const struct pool *pool)
{
	errno = EAGAIN;
	return status_before_command(queue_failed(pool->queue, QUEUE_RECEIVING, ""));
}

static enum status run_pool(struct pool *pool)
{
	enum status status =
	    crew_begin(&pool->crew, pool->pids, (int)pool->jobs->workers);
	if (status != STATUS_DONE)
		return status;
	pool->crew.kept =
	    sig_bit(SIGHUP) | sig_bit(SIGINT) | sig_bit(SIGQUIT) | sig_bit(SIGTERM);
	work(pool);
	send_all(pool);
	int signal = ends_by(pool);
	if (pool->taken > 0)
		say_summary(pool);
	else if (pool->jobs->until_empty && !pool->stopping)
		note_status(pool, none_there(pool));
	/* what came back and was not taken again has failed, as far as we know */
	if (pool->tried_count > 0)
		note_status(pool, pool->to_be_repeated);
	crew_end(&pool->crew, signal);
	return signal != 0 ? (enum status)(STATUS_SIGNAL + signal) : pool->status;
}

/* ------------------------------------------------------------------- before */

/* What is exported, without variables of our names, and with ours. */
static bool make_environment(struct pool *pool)
{
	static const char *const names[MINE] = {
	    [MQ_NAME] = "MQ_NAME=",
	    [MQ_PRIORITY] = "MQ_PRIORITY=",
	    [MQ_SIZE] = "MQ_SIZE=",
	    [MQ_TRY] = "MQ_TRY=",
	};
	char **exported = front_environment();
	size_t count = 0, kept = 0;
	while (exported != NULL && exported[count] != NULL)
		count++;
	pool->environment = calloc(count + MINE + 1, sizeof *pool->environment);
	if (pool->environment == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		bool ours = false;
		for (int j = 0; j < MINE; j++)
			ours |= strncmp(exported[i], names[j], strlen(names[j])) == 0;
		if (!ours)
			pool->environment[kept++] = exported[i];
	}
	for (int i = 0; i < MINE; i++)
		pool->environment[kept++] = pool->variables[i];
	snprintf(pool->variables[MQ_NAME], sizeof pool->variables[MQ_NAME], "MQ_NAME=%s",
	         pool->queue->name->text);
	return true;
}

static bool make_workers(struct pool *pool)
{
	size_t count = (size_t)pool->jobs->workers;
	/* one more of each, in which nothing runs: the end */
	pool->pids = calloc(count + 1, sizeof *pool->pids);
	pool->workers = calloc(count + 1, sizeof *pool->workers);
	if (pool->pids == NULL || pool->workers == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct worker *worker = &pool->workers[i];
		worker->room = malloc(QUEUE_HEADROOM + (size_t)pool->queue->size);
		if (worker->room == NULL)
			return false;
		worker->message.bytes = worker->room + QUEUE_HEADROOM;
	}
	return true;
}

static void free_all(struct pool *pool)
{
	for (int64_t i = 0; pool->workers != NULL && i < pool->jobs->workers; i++)
		free(pool->workers[i].room);
	free(pool->workers);
	free(pool->pids);
	free((void *)pool->environment);
	free(pool->tried);
}

static enum status open_dead(struct pool *pool)
{
	enum status status = name_parse(&pool->dead_name, NAME_QUEUE, pool->jobs->dead);
	if (status == STATUS_DONE)
		status = queue_open(&pool->dead, &pool->dead_name, QUEUE_SEND);
	return status;
}

enum status jobs_run(struct queue *queue, const struct jobs *jobs)
{
	struct pool *pool = calloc(1, sizeof *pool);
	enum status status = STATUS_DONE;
	if (pool == NULL)
		return fail_as(STATUS_RUN_FAILED, "%s", error_text(ENOMEM));
	pool->jobs = jobs;
	pool->queue = queue;
	pool->dead.fd = -1;
	if (!make_workers(pool) || !make_environment(pool))
		status =
		    fail("%s: %lld workers", queue->name->text, (long long)jobs->workers);
	else if (jobs->dead != NULL)
		status = open_dead(pool);
	status = status_before_command(status);
	if (status == STATUS_DONE && child_find(&pool->path, jobs->command[0]) < 0)
		status = fail_as(errno == ENOENT ? STATUS_NO_COMMAND : STATUS_CANNOT_EXEC,
		                 "%s: %s", jobs->command[0], error_text(errno));
	if (status == STATUS_DONE)
		status = run_pool(pool);
	if (pool->dead.fd >= 0)
		queue_close(&pool->dead);
	free_all(pool);
	free(pool);
	return status;
}
