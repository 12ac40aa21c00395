/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "base/call.h"
#include "base/ksig.h"
#include "base/sigbus.h"

/* Two pages of a file that was truncated to `size` after it was mapped. */
static volatile char *cut_memory(size_t pages, off_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create("cut", 0);
	CHECK_EQUAL(ftruncate(fd, (off_t)(pages * page)), 0);
	char *memory =
	    mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(memory != MAP_FAILED);
	memset(memory, 'x', pages * page);
	CHECK_EQUAL(ftruncate(fd, size), 0);
	close(fd);
	return memory;
}

static volatile sig_atomic_t handled;

static void count_signal(int number)
{
	(void)number;
	handled++;
}

static void (*disposition(void))(int)
{
	struct sigaction action;
	ksig_action(SIGBUS, NULL, &action);
	return action.sa_handler;
}

TEST(memory_that_was_not_cut_leaves_result_and_errno)
{
	volatile char *memory = cut_memory(1, sysconf(_SC_PAGESIZE));
	struct sigbus sigbus;
	sigbus_begin(&sigbus, (const char *)memory, 1);
	CHECK_EQUAL(*memory, 'x');
	CHECK(!sigbus_is_cut());
	errno = EAGAIN;
	CHECK_EQUAL(sigbus_end(&sigbus, -1), -1);
	CHECK_EQUAL(errno, EAGAIN);
	sigbus_begin(&sigbus, (const char *)memory, 1);
	CHECK_EQUAL(sigbus_end(&sigbus, 7), 7);
}

TEST(memory_that_was_cut_is_zeros_and_an_error)
{
	long page = sysconf(_SC_PAGESIZE);
	volatile char *memory = cut_memory(2, page);
	struct sigbus sigbus;
	for (int i = 0; i < 2; i++) {
		sigbus_begin(&sigbus, (const char *)memory, (size_t)page * 2);
		CHECK_EQUAL(memory[page - 1], 'x');
		CHECK(!sigbus_is_cut());
		CHECK_EQUAL(memory[page], 0);
		memory[page * 2 - 1] = 1;
		CHECK(sigbus_is_cut());
		errno = EAGAIN;
		CHECK_EQUAL(sigbus_end(&sigbus, 0), -1);
		CHECK_EQUAL(errno, EFAULT);
		CHECK(!sigbus_is_cut());
		memory = cut_memory(2, page);
	}
}

TEST(the_disposition_and_the_mask_are_the_callers_again)
{
	volatile char *memory = cut_memory(1, 0);
	for (int blocked = 0; blocked < 2; blocked++) {
		struct sigbus sigbus;
		uint64_t set = blocked ? ksig_bit(SIGBUS) : 0;
		check_about("blocked %d", blocked);
		signal(SIGBUS, count_signal);
		ksig_procmask(SIG_SETMASK, set);
		sigbus_begin(&sigbus, (const char *)memory, 1);
		*memory = 1;
		CHECK_EQUAL(sigbus_end(&sigbus, 0), -1);
		CHECK(disposition() == count_signal);
		CHECK_EQUAL(ksig_procmask(SIG_SETMASK, 0), set);
		CHECK_EQUAL(handled, 0);
		munmap((char *)memory, 1);
		memory = cut_memory(1, 0);
	}
}

TEST(calls_nest_and_each_knows_its_own_memory)
{
	volatile char *outer_memory = cut_memory(1, 0), *inner_memory = cut_memory(1, 0);
	struct sigbus outer, inner;
	struct call call;
	signal(SIGBUS, count_signal);
	sigbus_begin(&outer, (const char *)outer_memory, 1);
	sigbus_begin(&inner, (const char *)inner_memory, 1);
	CHECK_EQUAL(*outer_memory, 0);
	CHECK(sigbus_is_cut());
	CHECK_EQUAL(sigbus_end(&inner, 3), 3);
	CHECK(sigbus_is_cut());
	/* a builtin in a trap */
	call_begin(&call, "trap");
	CHECK(!sigbus_is_cut());
	call_end(&call);
	sigbus_begin(&inner, (const char *)inner_memory, 1);
	CHECK_EQUAL(*inner_memory, 0);
	/* the caller's handler, through both */
	kill(getpid(), SIGBUS);
	CHECK_EQUAL(handled, 1);
	CHECK_EQUAL(sigbus_end(&inner, 3), -1);
	CHECK_EQUAL(sigbus_end(&outer, 3), -1);
	CHECK(disposition() == count_signal);
}

/* How a child ends that gets a SIGBUS of another cause in between. */
static int ended_by(void (*before)(int), bool fault)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		volatile char *memory = cut_memory(1, 0), *other = cut_memory(1, 0);
		struct sigbus sigbus;
		signal(SIGBUS, before);
		sigbus_begin(&sigbus, (const char *)memory, 1);
		if (fault)
			*other = 1;
		else
			kill(getpid(), SIGBUS);
		_exit(sigbus_end(&sigbus, 5));
	}
	CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(another_sigbus_does_what_it_would_have_done)
{
	CHECK_EQUAL(ended_by(SIG_DFL, false), 128 + SIGBUS);
	CHECK_EQUAL(ended_by(SIG_DFL, true), 128 + SIGBUS);
	CHECK_EQUAL(ended_by(SIG_IGN, false), 5);
	CHECK_EQUAL(ended_by(SIG_IGN, true), 128 + SIGBUS);
	CHECK_EQUAL(ended_by(count_signal, false), 5);
}
