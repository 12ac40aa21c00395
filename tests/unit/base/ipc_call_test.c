/* SPDX-License-Identifier: MIT */
#include "../check.h"
#include "base/ipc_call.h"

static void check_call(const uint64_t given[6], int64_t number, const uint64_t wanted[5],
                       uint64_t wanted_memory)
{
	uint64_t arguments[6], memory = 99;
	memcpy(arguments, given, sizeof arguments);
	check_about("call %d", (int)given[0]);
	CHECK_EQUAL(ipc_call_of(arguments, &memory), number);
	for (int i = 0; i < 5; i++)
		CHECK_EQUAL(arguments[i], wanted[i]);
	CHECK_EQUAL(memory, wanted_memory);
}

/* The call, an id or a key, two numbers and a pointer. */
TEST(each_call_of_system_v_has_its_own_arguments)
{
	static const struct {
		uint64_t subcall;
		int64_t number;
		uint64_t wanted[5], memory;
	} rows[] = {
	    {1, SYS_semtimedop, {7, 0x1000, 2, 3}, 0},
	    {2, SYS_semget, {7, 2, 3}, 0},
	    {3, SYS_semctl, {7, 2, 3}, 0x1000},
	    {4, SYS_semtimedop, {7, 0x1000, 2, 3}, 0},
	    {11, SYS_msgsnd, {7, 0x1000, 2, 3}, 0},
	    {12, SYS_msgrcv, {7, 0, 2, 0, 3}, 0x1000},
	    {13, SYS_msgget, {7, 2}, 0},
	    {14, SYS_msgctl, {7, 2, 0x1000}, 0},
	    {21, SYS_shmat, {7, 0x1000, 2}, 0},
	    {22, SYS_shmdt, {0x1000}, 0},
	    {23, SYS_shmget, {7, 2, 3}, 0},
	    {24, SYS_shmctl, {7, 2, 0x1000}, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_call((uint64_t[]){rows[i].subcall, 7, 2, 3, 0x1000, 5},
		           rows[i].number, rows[i].wanted, rows[i].memory);
}

TEST(the_mark_of_a_command_for_64_bits_is_left_out)
{
	enum { RMID = 0, STAT = 2, GETVAL = 12 };
	check_call((uint64_t[]){3, 7, 0, 0x100 | GETVAL, 0x1000, 0}, SYS_semctl,
	           (uint64_t[]){7, 0, GETVAL, 0, 0}, 0x1000);
	check_call((uint64_t[]){14, 7, 0x100 | RMID, 0, 0, 0}, SYS_msgctl,
	           (uint64_t[]){7, RMID, 0, 0, 0}, 0);
	check_call((uint64_t[]){24, 7, 0x100 | STAT, 0, 0x1000, 0}, SYS_shmctl,
	           (uint64_t[]){7, STAT, 0x1000, 0, 0}, 0);
}

TEST(another_number_is_no_call_of_system_v)
{
	static const uint64_t others[] = {0, 5, 10, 20, 25, UINT64_MAX, 1 << 16 | 12};
	for (size_t i = 0; i < COUNT(others); i++) {
		uint64_t memory, arguments[6] = {others[i], 7, 2, 3, 0x1000, 5};
		check_about("call %llu", (unsigned long long)others[i]);
		CHECK_EQUAL(ipc_call_of(arguments, &memory), -1);
		CHECK_EQUAL(arguments[0], others[i]);
		CHECK_EQUAL(arguments[4], 0x1000);
	}
}

TEST(two_words_of_memory_complete_the_arguments)
{
	uint64_t arguments[6] = {7, 2, 3, 4, 5, 6};
	const uint64_t words[] = {0x2000, (uint64_t)-9};
	ipc_call_complete(SYS_semctl, arguments, words);
	CHECK_EQUAL(arguments[1], 2);
	CHECK_EQUAL(arguments[3], 0x2000);
	ipc_call_complete(SYS_msgrcv, arguments, words);
	CHECK_EQUAL(arguments[1], 0x2000);
	CHECK_EQUAL((int64_t)arguments[3], -9);
	ipc_call_complete(SYS_msgsnd, arguments, (const uint64_t[]){1, 1});
	CHECK_EQUAL(arguments[1], 0x2000);
}
