/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../check.h"
#include "base/i386_call.h"

#ifdef __x86_64__

/* Words below 4 GiB, as the memory of a 32-bit program. */
static uint32_t *low_words(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	CHECK(memory != MAP_FAILED);
	return memory;
}

TEST(a_call_of_i386_that_waits_is_one_of_x86_64)
{
	static const struct {
		short i386;
		int number;
	} calls[] = {
	    {0, SYS_restart_syscall},
	    {3, SYS_read},
	    {5, SYS_open},
	    {7, SYS_wait4},
	    {29, SYS_pause},
	    {240, SYS_futex},
	    {422, SYS_futex},
	    {441, 441},
	    {449, 449},
	    {20, -1},
	    {34, -1},
	    {-1, -1},
	};
	for (size_t i = 0; i < COUNT(calls); i++) {
		uint64_t arguments[6] = {1, 2, 3, 4, 5, 6};
		check_about("%d", calls[i].i386);
		CHECK_EQUAL(i386_call_of_waiting(getpid(), calls[i].i386, arguments),
		            calls[i].number);
		CHECK_EQUAL(arguments[0], 1);
		CHECK_EQUAL(arguments[5], 6);
	}
}

TEST(socketcall_has_its_arguments_in_memory)
{
	uint32_t *words = low_words();
	int64_t number = 102;
	uint64_t arguments[6] = {17, (uint64_t)(uintptr_t)words, 9, 9, 9, 9};
	words[0] = 3;
	words[1] = 0x80000000;
	words[2] = MSG_PEEK;
	words[3] = 77;
	CHECK(i386_call_unfold(getpid(), &number, arguments));
	CHECK_EQUAL(number, SYS_recvmsg);
	CHECK_EQUAL(arguments[0], 3);
	CHECK_EQUAL(arguments[1], 0x80000000);
	CHECK_EQUAL(arguments[2], MSG_PEEK);
	CHECK_EQUAL(arguments[3], 0);
	munmap(words, 4096);
}

TEST(msgrcv_has_its_type_in_memory_or_as_an_argument)
{
	uint32_t *words = low_words();
	uint64_t address = (uint64_t)(uintptr_t)words;
	int64_t number = 117;
	uint64_t in_memory[6] = {12, 7, 64, 01000, address, 9};
	uint64_t as_argument[6] = {12 | 1 << 16, 7, 64, 0, 0x1234, 0xfffffffe};
	words[0] = 0x1234;
	words[1] = 0xfffffffd;
	CHECK(i386_call_unfold(getpid(), &number, in_memory));
	CHECK_EQUAL(number, SYS_msgrcv);
	CHECK_EQUAL(in_memory[0], 7);
	CHECK_EQUAL(in_memory[1], 0x1234);
	CHECK_EQUAL(in_memory[2], 64);
	CHECK_EQUAL((int64_t)in_memory[3], -3);
	CHECK_EQUAL(in_memory[4], 01000);
	number = 117;
	CHECK(i386_call_unfold(getpid(), &number, as_argument));
	CHECK_EQUAL(number, SYS_msgrcv);
	CHECK_EQUAL(as_argument[1], 0x1234);
	CHECK_EQUAL((int64_t)as_argument[3], -2);
	munmap(words, 4096);
}

TEST(a_call_that_stands_for_none_or_whose_memory_is_missing_is_none)
{
	uint64_t arguments[][6] = {{0, 0, 0, 0, 0, 0},
	                           {21, 0, 0, 0, 0, 0},
	                           {UINT64_MAX, 0, 0, 0, 0, 0},
	                           {3, 8, 0, 0, 8, 0}};
	for (size_t i = 0; i < COUNT(arguments); i++) {
		int64_t number = 102;
		check_about("%zu", i);
		CHECK(i386_call_unfold(getpid(), &number, arguments[i]));
		CHECK_EQUAL(number, -1);
	}
	uint64_t control[6] = {3, 1, 2, 16, 8, 0};
	int64_t number = 117;
	CHECK(i386_call_unfold(getpid(), &number, control));
	CHECK_EQUAL(number, -1);
	number = 240;
	CHECK(!i386_call_unfold(getpid(), &number, control));
	CHECK_EQUAL(number, 240);
}

TEST(a_call_of_i386_is_known_by_its_instruction)
{
	static const unsigned char code[] = {0xcd, 0x80, 0x0f, 0x05};
	uint64_t address = (uint64_t)(uintptr_t)code;
	CHECK(i386_call_is_made(getpid(), address + 2));
	CHECK(!i386_call_is_made(getpid(), address + 4));
	CHECK(!i386_call_is_made(getpid(), 0));
}

#endif
