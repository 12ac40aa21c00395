/* SPDX-License-Identifier: MIT */
/*
 * killer KIND KILLS SECONDS SEED: start commands of ipctool, kill them at random moments
 * by SIGKILL, and compare what is left with what the pages promise. It ends after so many
 * kills or seconds (0: no limit). scripts/killtest runs it.
 *
 *   senders    mqsend -l, each with 50 messages: what arrives of each is a beginning
 *              of it, once and in order
 *   receivers  mqrecv -F: of what a killed receiver has received, at most the messages
 *              that it has not yet written are lost
 *   semaphore  semop run on a named semaphore; the applet, its keeper or its command
 *              is killed: one command at a time, and at the end the value is 1
 *   undo       the same with a System V set
 *   ofd flock posix mutex rwlock    lockrun --api, in the same way
 *
 * killer hold FILE: the command that holds: in FILE it notes that it is there, and
 * whether another one came meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Messages of a sender; seconds after which a command hangs, on the busiest machine. */
enum { PER_SENDER = 50, HANG = 60 };

struct shared {
	_Atomic int holder;      /* PID of the command that holds */
	_Atomic long entries;    /* commands that held */
	_Atomic long violations; /* of these, to which another one came */
};

static struct shared *shared;
static char *kind;
static long kills, kills_most, messages, lost, wrong;
static double end_time;
static uint64_t random_state;

static uint64_t random_below(uint64_t most)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % most;
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A random moment, at most so much later. */
static double moment_within(uint64_t microseconds)
{
	uint64_t delay = random_below(microseconds);
	return now() + (double)delay / 1e6;
}

static void pause_microseconds(uint64_t microseconds)
{
	struct timespec time = {0, (long)microseconds * 1000};
	nanosleep(&time, NULL);
}

static _Noreturn void die(const char *what)
{
	printf("FAIL %s: %s: %s\n", kind, what, strerror(errno));
	exit(1);
}

static _Noreturn void hangs(const char *what)
{
	printf("FAIL %s: %s hangs\n", kind, what);
	exit(1);
}

static bool is_over(void)
{
	return (kills_most > 0 && kills >= kills_most) ||
	       (end_time > 0 && now() > end_time);
}

/* Standard input and output; -1: /dev/null */
static pid_t start(char **argv, int in, int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, 0);
	else
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, 1);
	else
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	errno = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (errno != 0)
		die(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Wait for all children, also those that were inherited: false if one hangs. */
static bool reap_all(void)
{
	double until = now() + HANG;
	pid_t pid;
	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0)
		if (pid == 0) {
			if (now() > until)
				return false;
			pause_microseconds(100);
		}
	return true;
}

/* A child of the process, at random; the process itself if it has none. */
static pid_t any_child(pid_t pid)
{
	char path[64], text[256], *at = text, *end;
	pid_t found[16];
	unsigned count = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return pid;
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	for (long child; count < 16 && (child = strtol(at, &end, 10)) > 0; at = end)
		found[count++] = (pid_t)child;
	return count == 0 ? pid : found[random_below(count)];
}

/* A process that has ended, and that nobody has waited for, is not killed any more. */
static bool has_ended(pid_t pid)
{
	char path[64], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	if (length <= 0)
		return true;
	text[length] = '\0';
	const char *name_end = strrchr(text, ')');
	return name_end == NULL || name_end[2] == 'Z' || name_end[2] == 'X';
}

static void kill_process(pid_t pid)
{
	if (!has_ended(pid) && kill(pid, SIGKILL) == 0)
		kills++;
}

/* ------------------------------------------------------------------ holders */

static int hold(const char *path)
{
	int fd = open(path, O_RDWR), self = (int)getpid();
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		return 125;
	atomic_store(&shared->holder, self);
	atomic_fetch_add(&shared->entries, 1);
	pause_microseconds((uint64_t)self % 300);
	if (!atomic_compare_exchange_strong(&shared->holder, &self, 0))
		atomic_fetch_add(&shared->violations, 1);
	return 0;
}

static int run_to_end(char **argv)
{
	int status;
	pid_t pid = start(argv, -1, -1);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* `holder`: a command that runs the one after it; `give`: gives back what was lost */
static void kill_holders(char **holder, char **give)
{
	/* how long two of them take on this machine */
	double usual = 0.004;
	while (!is_over()) {
		pid_t pids[2];
		double begin = now();
		for (int i = 0; i < 2; i++)
			pids[i] = start(holder, -1, -1);
		pause_microseconds(random_below((uint64_t)(usual * 1e6)));
		pid_t victim = pids[random_below(2)];
		kill_process(random_below(2) == 0 ? victim : any_child(victim));
		if (reap_all()) {
			double took = now() - begin;
			usual += ((took < 0.1 ? took : 0.1) - usual) / 8;
			continue;
		}
		/* it waits for what nobody has */
		lost++;
		if (give == NULL || run_to_end(give) != 0 || !reap_all()) {
			wrong++;
			return;
		}
	}
}

static void kill_lock_holders(char *api, char *name)
{
	char *holder[] = {"lockrun", "--api", api,      name,
	                  "killer",  "hold",  "shared", NULL};
	char *free_lock[] = {"lockrun", "-n", "--api", api, name, "true", NULL};
	kill_holders(holder, NULL);
	wrong += run_to_end(free_lock) != 0;
}

static void kill_semaphore_holders(char *name)
{
	char *create[] = {"semop", "create", name, "1", NULL};
	char *holder[] = {"semop", "run", name, "killer", "hold", "shared", NULL};
	char *give[] = {"semop", "post", name, NULL};
	char *take[] = {"semop", "wait", "-n", name, NULL};
	char *removal[] = {"semop", "unlink", name, NULL};
	if (run_to_end(create) != 0)
		die("semop create");
	kill_holders(holder, give);
	/* the value is 1: neither 0 nor 2 */
	wrong += run_to_end(take) != 0;
	wrong += run_to_end(take) == 0;
	wrong += run_to_end(removal) != 0;
}

/* ----------------------------------------------------------------- messages */

static mqd_t make_queue(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = 64};
	mq_unlink("/ipct.kill");
	mqd_t queue = mq_open("/ipct.kill", O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600,
	                      &attributes);
	if (queue == (mqd_t)-1)
		die("mq_open");
	return queue;
}

/* Message N of a sender; the end shows whether it is whole. */
static int message_text(char text[64], long sender, int n)
{
	return snprintf(text, 64, "%ld %d %.*s.", sender, n, n % 30,
	                "abcdefghijklmnopqrstuvwxyzabcde");
}

static void kill_senders(void)
{
	mqd_t queue = make_queue();
	char *argv[] = {"mqsend", "-l", "/ipct.kill", NULL}, text[128], wanted[64];
	for (long sender = 1; !is_over(); sender++) {
		int in = memfd_create("messages", MFD_CLOEXEC), next = 0;
		for (int n = 0; n < PER_SENDER; n++)
			dprintf(in, "%.*s\n", message_text(wanted, sender, n), wanted);
		lseek(in, 0, SEEK_SET);
		pid_t pid = start(argv, in, -1);
		close(in);
		double when = moment_within(3000), hang = now() + HANG;
		for (bool ended = false, killed = false;;) {
			ssize_t length = mq_receive(queue, text, sizeof text, NULL);
			if (length >= 0) {
				int size = message_text(wanted, sender, next++);
				wrong += size != length ||
				         memcmp(text, wanted, (size_t)size) != 0;
				messages++;
				continue;
			}
			/* nothing came after it had ended */
			if (ended)
				break;
			if (!killed && now() > when) {
				kill_process(pid);
				killed = true;
			}
			ended = waitpid(pid, NULL, WNOHANG) == pid;
			if (now() > hang)
				hangs("mqsend");
		}
		wrong += next > PER_SENDER;
	}
	mq_close(queue);
	mq_unlink("/ipct.kill");
}

/* Numbers, one a line, from the receivers' pipe: each higher than the last one. */
static void read_numbers(int from, long *last)
{
	static char line[64];
	static size_t length;
	char bytes[4096];
	ssize_t count = read(from, bytes, sizeof bytes);
	for (ssize_t i = 0; i < count; i++)
		if (bytes[i] != '\n') {
			if (length < sizeof line - 1)
				line[length++] = bytes[i];
		} else {
			line[length] = '\0';
			length = 0;
			char *end;
			long number = strtol(line, &end, 10);
			wrong += number <= *last || strcmp(end, " end") != 0;
			lost += number - *last - 1;
			*last = number;
			messages++;
		}
}

static void kill_receivers(void)
{
	mqd_t queue = make_queue();
	char *argv[] = {"mqrecv", "-F", "/ipct.kill", NULL}, text[64];
	long next = 1, last = 0;
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0)
		die("pipe");
	fcntl(pipes[1], F_SETFL, 0);
	for (bool last_one = false;; last_one = is_over()) {
		pid_t pid = start(argv, -1, pipes[1]);
		double when = moment_within(3000), hang = now() + HANG;
		while (last_one ? last < next - 1 && now() < hang : now() < when) {
			int length = snprintf(text, sizeof text, "%ld end", next);
			if (!last_one && mq_send(queue, text, (size_t)length, 0) == 0)
				next++;
			read_numbers(pipes[0], &last);
			/* all that was lost is known when the next one has come */
			struct mq_attr attributes;
			if (last_one && mq_getattr(queue, &attributes) == 0 &&
			    attributes.mq_curmsgs == 0 && now() > hang - HANG + 1)
				break;
		}
		if (!last_one)
			kill_process(pid);
		else
			kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (last_one)
			break;
	}
	lost += next - 1 - last;
	/* ipctool(7): 4096 bytes of messages that it has received and not written, here
	 * of 6 bytes and more */
	wrong += lost > kills * (4096 / 6);
	mq_close(queue);
	mq_unlink("/ipct.kill");
}

static void kill_kind(void)
{
	if (strcmp(kind, "senders") == 0)
		kill_senders();
	else if (strcmp(kind, "receivers") == 0)
		kill_receivers();
	else if (strcmp(kind, "semaphore") == 0)
		kill_semaphore_holders("/ipct.kill");
	else if (strcmp(kind, "undo") == 0)
		kill_semaphore_holders("key:0x49fe0001");
	else if (strcmp(kind, "mutex") == 0 || strcmp(kind, "rwlock") == 0)
		kill_lock_holders(kind, "shm:/ipct.kill");
	else
		kill_lock_holders(kind, "lock");
	shm_unlink("/ipct.kill");
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2]);
	if (argc != 5)
		return 2;
	kind = argv[1];
	kills_most = strtol(argv[2], NULL, 10);
	double seconds = strtod(argv[3], NULL);
	end_time = seconds > 0 ? now() + seconds : 0;
	random_state = strtoull(argv[4], NULL, 10) * 2654435761U + 1;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	int fd = open("shared", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)sizeof *shared) < 0)
		die("shared");
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	kill_kind();
	wrong += atomic_load(&shared->violations);
	/* a keeper that is killed in the very instructions of acquiring or releasing
	 * takes the permit along */
	if (strcmp(kind, "receivers") != 0)
		wrong += lost > 1 + kills / 1000;
	printf("%s %s: %ld kills, %ld messages, %ld commands held, %ld lost, %ld wrong\n",
	       wrong == 0 ? "ok" : "FAIL", kind, kills, messages,
	       atomic_load(&shared->entries), lost, wrong);
	return wrong != 0;
}
