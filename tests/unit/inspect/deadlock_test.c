/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "../check.h"
#include "inspect/deadlock.h"

/*
 * Processes 1 to PROCESSES_MAX - 1 of one thread each, which have and wait for objects; a
 * queue for each number, and process 0 is none.
 */
enum { PROCESSES_MAX = 8 };

struct scene {
	struct census census;
	struct enders enders;
	struct census_process listed[PROCESSES_MAX];
	struct enders_process processes[PROCESSES_MAX];
	struct object objects[PROCESSES_MAX];
};

static void begin_scene(struct scene *scene)
{
	*scene = (struct scene){0};
	for (int i = 0; i < PROCESSES_MAX; i++) {
		scene->listed[i].pid = i;
		scene->processes[i] = (struct enders_process){
		    .state = 'S', .threads = 1, .signals_parent = true};
		scene->objects[i].identity =
		    (struct object_identity){.kind = OBJECT_MQ, .inode = (uint64_t)i};
	}
	scene->census.processes = scene->listed;
	scene->census.process_count = PROCESSES_MAX;
	scene->census.objects.objects = scene->objects;
	scene->census.objects.count = PROCESSES_MAX;
	scene->enders =
	    (struct enders){.census = &scene->census, .processes = scene->processes};
}

/* In the order of objects and processes, as those of a census. */
static void add_reader(struct scene *scene, int object, pid_t pid)
{
	census_add_holder(&scene->census,
	                  &(struct census_holder){
	                      .object = object, .pid = pid, .fd = 3, .reads = true});
}

static void add_waiter(struct scene *scene, int object, pid_t pid, enum blocked_on on)
{
	census_add_waiter(&scene->census, &(struct census_waiter){.object = object,
	                                                          .pid = pid,
	                                                          .thread = pid,
	                                                          .fd = -1,
	                                                          .on = on,
	                                                          .amount = -1});
}

static void end_scene(struct scene *scene)
{
	free(scene->census.holders);
	free(scene->census.waiters);
}

TEST(two_processes_that_wait_for_each_other_are_in_a_circle)
{
	struct scene scene;
	begin_scene(&scene);
	add_reader(&scene, 1, 2);
	add_reader(&scene, 2, 1);
	add_waiter(&scene, 1, 1, BLOCKED_ROOM);
	add_waiter(&scene, 2, 2, BLOCKED_ROOM);
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(deadlock_is_blocked(&scene.enders, 1));
	CHECK(deadlock_is_blocked(&scene.enders, 2));
	CHECK(!deadlock_is_blocked(&scene.enders, 3));
	struct deadlock_circle circle = deadlock_find_circle(&scene.enders, 2);
	CHECK_EQUAL(circle.count, 2);
	CHECK_EQUAL(circle.pids[0], 2);
	CHECK_EQUAL(circle.pids[1], 1);
	end_scene(&scene);
}

TEST(a_process_that_waits_for_a_circle_is_blocked_but_not_in_it)
{
	struct scene scene;
	begin_scene(&scene);
	add_reader(&scene, 1, 2);
	add_reader(&scene, 2, 1);
	add_reader(&scene, 3, 1);
	add_waiter(&scene, 1, 1, BLOCKED_ROOM);
	add_waiter(&scene, 2, 2, BLOCKED_ROOM);
	add_waiter(&scene, 3, 3, BLOCKED_ROOM);
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(deadlock_is_blocked(&scene.enders, 3));
	struct deadlock_circle circle = deadlock_find_circle(&scene.enders, 3);
	CHECK_EQUAL(circle.count, 2);
	CHECK_EQUAL(circle.pids[0], 1);
	end_scene(&scene);
}

TEST(one_reader_that_goes_on_is_enough)
{
	struct scene scene;
	begin_scene(&scene);
	add_reader(&scene, 1, 2);
	add_reader(&scene, 1, 4);
	add_reader(&scene, 2, 1);
	add_waiter(&scene, 1, 1, BLOCKED_ROOM);
	add_waiter(&scene, 2, 2, BLOCKED_ROOM);
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(!deadlock_is_blocked(&scene.enders, 1));
	CHECK(!deadlock_is_blocked(&scene.enders, 2));
	CHECK_EQUAL(deadlock_find_circle(&scene.enders, 1).count, 0);
	end_scene(&scene);
}

TEST(a_process_goes_on_if_it_waits_for_a_time_too_or_has_another_thread)
{
	struct scene scene;
	begin_scene(&scene);
	add_waiter(&scene, OBJECT_NONE, 1, BLOCKED_TIME);
	add_reader(&scene, 1, 2);
	add_reader(&scene, 2, 1);
	add_waiter(&scene, 1, 1, BLOCKED_ROOM);
	add_waiter(&scene, 2, 2, BLOCKED_ROOM);
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(!deadlock_is_blocked(&scene.enders, 1));
	scene.census.waiters[0].on = BLOCKED_SIGNAL; /* which may never come */
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(deadlock_is_blocked(&scene.enders, 1));
	scene.processes[2].threads = 2;
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(!deadlock_is_blocked(&scene.enders, 1));
	end_scene(&scene);
}

TEST(a_queue_that_no_process_reads_is_no_deadlock)
{
	struct scene scene;
	begin_scene(&scene);
	add_waiter(&scene, 1, 1, BLOCKED_ROOM);
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(!deadlock_is_blocked(&scene.enders, 1));
	/* but a pipe that only its reader has open for writing never has data */
	scene.objects[1].identity.kind = OBJECT_PIPE;
	scene.census.waiters[0].on = BLOCKED_DATA;
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(deadlock_is_blocked(&scene.enders, 1));
	CHECK_EQUAL(deadlock_find_circle(&scene.enders, 1).count, 0);
	/* if all processes could be looked at */
	scene.census.hidden_processes = 1;
	CHECK_EQUAL(deadlock_find(&scene.enders), STATUS_OK);
	CHECK(!deadlock_is_blocked(&scene.enders, 1));
	end_scene(&scene);
}

TEST(a_parent_waits_for_the_children_that_it_gets_a_signal_of)
{
	struct scene scene;
	struct enders_found found = {0};
	begin_scene(&scene);
	scene.processes[2].parent = scene.processes[3].parent = 1;
	scene.processes[3].signals_parent = false;
	add_waiter(&scene, OBJECT_NONE, 1, BLOCKED_CHILD);
	enders_find(&scene.enders, &scene.census.waiters[0], &found);
	CHECK_EQUAL(found.count, 1);
	CHECK_EQUAL(found.pids[0], 2);
	CHECK(!found.others);
	/* a child by its number, and a number that is not one of a child */
	scene.census.waiters[0].amount = 2;
	enders_find(&scene.enders, &scene.census.waiters[0], &found);
	CHECK_EQUAL(found.count, 1);
	scene.census.waiters[0].amount = 5;
	enders_find(&scene.enders, &scene.census.waiters[0], &found);
	CHECK_EQUAL(found.count, 1);
	CHECK_EQUAL(found.pids[0], 2);
	/* a pidfd refers to any process */
	scene.census.waiters[0].fd = 7;
	enders_find(&scene.enders, &scene.census.waiters[0], &found);
	CHECK_EQUAL(found.pids[0], 5);
	free(found.pids);
	end_scene(&scene);
}

static void add_lock(struct scene *scene, int object, const char *text, uint64_t start,
                     uint64_t length)
{
	scene->objects[object] = (struct object){
	    .identity = {.kind = OBJECT_LOCK, .device = 1, .inode = 1, .part = object},
	    .fill = start,
	    .limit = length,
	    .holders = 1,
	    .text = text};
	add_reader(scene, object, object);
}

TEST(a_lock_is_waited_for_until_all_locks_in_its_way_are_released)
{
	struct scene scene;
	struct enders_found found = {0};
	begin_scene(&scene);
	add_lock(&scene, 1, "ofd read", 0, 10);
	add_lock(&scene, 2, "posix read", 5, 0);
	add_lock(&scene, 3, "posix write", 100, 10);
	add_lock(&scene, 4, "flock write", 0, 0);
	add_waiter(&scene, 1, 6, BLOCKED_LOCK);
	struct census_waiter *waiter = &scene.census.waiters[0];
	waiter->amount = 9;
	waiter->length = 91;
	enders_find(&scene.enders, waiter, &found);
	CHECK(found.all);
	CHECK_EQUAL(found.count, 2);
	waiter->length = 92;
	enders_find(&scene.enders, waiter, &found);
	CHECK_EQUAL(found.count, 3);
	waiter->amount = 10;
	enders_find(&scene.enders, waiter, &found);
	CHECK_EQUAL(found.count, 2);
	waiter->shared = true;
	enders_find(&scene.enders, waiter, &found);
	CHECK_EQUAL(found.count, 1);
	CHECK_EQUAL(found.pids[0], 3);
	waiter->shared = false;
	waiter->flock = true;
	waiter->amount = waiter->length = 0;
	enders_find(&scene.enders, waiter, &found);
	CHECK_EQUAL(found.count, 1);
	CHECK_EQUAL(found.pids[0], 4);
	free(found.pids);
	end_scene(&scene);
}
