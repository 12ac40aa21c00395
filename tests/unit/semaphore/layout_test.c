/* SPDX-License-Identifier: MIT */
/*
 * The layout of the C library that this is built with, against the library's own
 * functions; then what both layouts promise, without a library.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>

#include "../check.h"
#include "semaphore/layout.h"

#ifdef __GLIBC__
#define OWN semaphore_layout_glibc
#else
#define OWN semaphore_layout_musl
#endif

static const struct semaphore_layout *const layouts[] = {&semaphore_layout_glibc,
                                                         &semaphore_layout_musl};

/* Memory as a new object has it. */
union words {
	char bytes[SEMAPHORE_BYTES];
	uint32_t word[SEMAPHORE_BYTES / 4];
	uint64_t aligned;
	sem_t own;
};

_Static_assert(sizeof(sem_t) == SEMAPHORE_BYTES, "as each library has it");

/* --------------------------------------------------------- the library's own */

TEST(a_semaphore_that_we_make_is_that_of_sem_init)
{
	static const uint32_t values[] = {0, 1, 7, 32768, SEMAPHORE_LAYOUT_VALUE_MAX};
	for (size_t i = 0; i < COUNT(values); i++) {
		union words ours, theirs = {0};
		check_about("value %u", values[i]);
		memset(&ours, 0xaa, sizeof ours);
		OWN.init(&ours, values[i]);
		CHECK_EQUAL(sem_init(&theirs.own, 1, values[i]), 0);
		CHECK_BYTES(&ours, sizeof ours, &theirs, sizeof theirs);
		CHECK(OWN.is_initialized(&theirs));
		CHECK(!OWN.is_being_initialized(&theirs));
		memset(&ours, 0, sizeof ours);
		CHECK(OWN.init_in_place(&ours, values[i]));
		CHECK_BYTES(&ours, sizeof ours, &theirs, sizeof theirs);
	}
}

#ifdef __GLIBC__
TEST(a_semaphore_of_one_process_is_none_that_processes_share)
{
	union words words = {0};
	CHECK_EQUAL(sem_init(&words.own, 0, 1), 0);
	CHECK(!OWN.is_initialized(&words));
}
#endif

static uint32_t value_of(const struct semaphore_layout *layout, union words *words)
{
	return layout->value(*layout->futex(words));
}

/* The same steps by the library alone and, each by one of the two, on another one. */
TEST(the_library_and_we_do_the_same_to_the_same_semaphore)
{
	union words mixed, pure;
	uint32_t seen;
	struct semaphore_change after;
	int value;
	OWN.init(&mixed, 2);
	OWN.init(&pure, 2);
	for (unsigned step = 0; step < 64; step++) {
		bool post = step % 3 != 0, by_us = step % 2 == 0;
		check_about("step %u", step);
		if (post)
			CHECK_EQUAL(sem_post(&pure.own), 0);
		else
			CHECK_EQUAL(sem_trywait(&pure.own), 0);
		if (post && by_us)
			CHECK(OWN.add(&mixed, 1, &after));
		else if (post)
			CHECK_EQUAL(sem_post(&mixed.own), 0);
		else if (by_us)
			CHECK(OWN.try_wait(&mixed, 1, &seen));
		else
			CHECK_EQUAL(sem_wait(&mixed.own), 0);
		CHECK_EQUAL(sem_getvalue(&mixed.own, &value), 0);
		CHECK_EQUAL(value_of(&OWN, &mixed), value);
		CHECK_BYTES(&mixed, sizeof mixed, &pure, sizeof pure);
	}
}

TEST(the_largest_value_is_that_of_the_library)
{
	union words words;
	struct semaphore_change after;
	OWN.init(&words, SEMAPHORE_LAYOUT_VALUE_MAX);
	CHECK_EQUAL(sem_post(&words.own), -1);
	CHECK_EQUAL(errno, EOVERFLOW);
	CHECK(!OWN.add(&words, 1, &after));
	OWN.init(&words, SEMAPHORE_LAYOUT_VALUE_MAX - 1);
	CHECK(OWN.add(&words, 1, &after));
	CHECK(!OWN.add(&words, 1, &after));
	CHECK_EQUAL(value_of(&OWN, &words), SEMAPHORE_LAYOUT_VALUE_MAX);
}

/* -------------------------------------------------------------- both layouts */

TEST(a_wait_subtracts_all_of_its_count_or_nothing)
{
	for (size_t i = 0; i < COUNT(layouts); i++) {
		const struct semaphore_layout *layout = layouts[i];
		union words words;
		uint32_t seen = 99;
		struct semaphore_change after = {.sleepers = true};
		layout->init(&words, 5);
		CHECK(!layout->try_wait(&words, 6, &seen));
		CHECK_EQUAL(layout->value(seen), 5);
		CHECK_EQUAL(value_of(layout, &words), 5);
		CHECK(layout->try_wait(&words, 5, &seen));
		CHECK(!layout->try_wait(&words, 1, &seen));
		CHECK_EQUAL(layout->value(seen), 0);
		CHECK(layout->add(&words, 3, &after));
		CHECK(!after.sleepers);
		CHECK_EQUAL(after.value, 3);
		CHECK_EQUAL(value_of(layout, &words), 3);
		CHECK(!layout->add(&words, SEMAPHORE_LAYOUT_VALUE_MAX, &after));
		CHECK_EQUAL(value_of(layout, &words), 3);
	}
}

TEST(waiters_are_counted_beside_the_value)
{
	for (size_t i = 0; i < COUNT(layouts); i++) {
		const struct semaphore_layout *layout = layouts[i];
		union words words;
		uint32_t seen;
		struct semaphore_change after = {0};
		layout->init(&words, 5);
		layout->add_waiter(&words);
		layout->add_waiter(&words);
		CHECK_EQUAL(layout->waiters(&words), 2);
		CHECK_EQUAL(value_of(layout, &words), 5);
		CHECK(layout->add(&words, 1, &after));
		CHECK(after.sleepers);
		CHECK(layout->try_wait(&words, 6, &seen));
		CHECK(layout->is_initialized(&words));
		layout->remove_waiter(&words);
		CHECK_EQUAL(layout->waiters(&words), 1);
		CHECK(!layout->destroy(&words));
		layout->remove_waiter(&words);
		CHECK_EQUAL(layout->waiters(&words), 0);
	}
}

TEST(a_semaphore_that_is_destroyed_is_zeros_again)
{
	static const union words zeros;
	for (size_t i = 0; i < COUNT(layouts); i++) {
		union words words;
		layouts[i]->init(&words, 5);
		CHECK(layouts[i]->destroy(&words));
		CHECK_BYTES(&words, sizeof words, &zeros, sizeof zeros);
	}
}

TEST(zeros_are_initialized_once)
{
	for (size_t i = 0; i < COUNT(layouts); i++) {
		union words words = {0};
		CHECK(layouts[i]->init_in_place(&words, 3));
		CHECK(!layouts[i]->init_in_place(&words, 4));
		CHECK_EQUAL(value_of(layouts[i], &words), 3);
		CHECK(layouts[i]->is_initialized(&words));
	}
}

TEST(the_mark_of_an_initialization_that_is_under_way_is_no_semaphore)
{
	union words words = {0};
	words.word[2] = 1;
	CHECK(semaphore_layout_glibc.is_being_initialized(&words));
	CHECK(!semaphore_layout_glibc.is_initialized(&words));
	CHECK(!semaphore_layout_glibc.init_in_place(&words, 1));
}

TEST(bytes_that_are_no_semaphore_are_recognized)
{
	union words words;
	memset(&words, 'x', sizeof words);
	for (size_t i = 0; i < COUNT(layouts); i++)
		CHECK(!layouts[i]->is_initialized(&words));
	memset(&words, 0, sizeof words);
	CHECK(!semaphore_layout_glibc.is_initialized(&words));
	/* to musl zeros are a semaphore of 0 */
	CHECK(semaphore_layout_musl.is_initialized(&words));
	semaphore_layout_glibc.init(&words, 1);
	CHECK(!semaphore_layout_musl.is_initialized(&words));
	semaphore_layout_glibc.init(&words, UINT32_C(0x80000000));
	CHECK(!semaphore_layout_glibc.is_initialized(&words));
	semaphore_layout_musl.init(&words, 1);
	words.word[1] = 5000000; /* more waiters than processes */
	CHECK(!semaphore_layout_musl.is_initialized(&words));
}

TEST(setting_a_value_keeps_the_waiters)
{
	for (size_t i = 0; i < COUNT(layouts); i++) {
		const struct semaphore_layout *layout = layouts[i];
		union words words;
		struct semaphore_change after = {.sleepers = true};
		layout->init(&words, 5);
		layout->set(&words, 3, &after);
		CHECK(!after.sleepers);
		CHECK_EQUAL(after.value, 3);
		layout->add_waiter(&words);
		layout->set(&words, SEMAPHORE_LAYOUT_VALUE_MAX, &after);
		CHECK(after.sleepers);
		CHECK_EQUAL(value_of(layout, &words), SEMAPHORE_LAYOUT_VALUE_MAX);
		CHECK_EQUAL(layout->waiters(&words), 1);
		CHECK(layout->is_initialized(&words));
		layout->set(&words, 0, &after);
		CHECK_EQUAL(value_of(layout, &words), 0);
		CHECK_EQUAL(layout->waiters(&words), 1);
	}
}

/* Up to musl 1.2.3 the value is -1, from 1.2.4 on bit 31 is set, while one may sleep. */
TEST(the_marks_of_both_versions_of_musl_are_read_and_the_newer_is_kept)
{
	const struct semaphore_layout *musl = &semaphore_layout_musl;
	union words words = {0};
	uint32_t seen;
	struct semaphore_change after = {0};
	words.word[0] = 0xffffffff;
	CHECK_EQUAL(value_of(musl, &words), 0);
	CHECK(!musl->try_wait(&words, 1, &seen));
	CHECK(musl->is_woken_by_all(seen));
	CHECK(musl->add(&words, 2, &after));
	CHECK(after.sleepers);
	CHECK_EQUAL(words.word[0], 2);
	words.word[0] = 0x80000003;
	CHECK_EQUAL(value_of(musl, &words), 3);
	CHECK(musl->try_wait(&words, 1, &seen));
	CHECK_EQUAL(words.word[0], 0x80000002);
	CHECK(musl->add(&words, 4, &after));
	CHECK_EQUAL(words.word[0], 0x80000006);
	musl->set(&words, 1, &after);
	CHECK_EQUAL(words.word[0], 0x80000001);
	words.word[0] = 0xffffffff;
	musl->set(&words, 1, &after);
	CHECK(after.sleepers);
	CHECK_EQUAL(words.word[0], 1);
	CHECK(!musl->is_woken_by_all(3));
	CHECK(semaphore_layout_glibc.is_woken_by_all(3));
}
