/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <unistd.h>

#include "../check.h"
#include "semaphore/ops.h"

TEST(operations_are_read_in_their_order)
{
	static const struct sembuf expected[] = {{0, -1, SEM_UNDO},
	                                         {1, 2, IPC_NOWAIT},
	                                         {2, 0, 0},
	                                         {65535, 32767, 0},
	                                         {0, -32767, 0},
	                                         {7, 0, SEM_UNDO | IPC_NOWAIT},
	                                         {7, 1, SEM_UNDO | IPC_NOWAIT},
	                                         {8, 12, 0}};
	static const char text[] =
	    "0-1u,1+2n,2=0,65535+32767,0-32767,7=0un,7+1nu,008+0012";
	struct sembuf *operations;
	size_t count;
	CHECK_EQUAL(semaphore_ops_parse(text, &operations, &count), STATUS_OK);
	CHECK_EQUAL(count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		check_about("operation %zu", i);
		CHECK_EQUAL(operations[i].sem_num, expected[i].sem_num);
		CHECK_EQUAL(operations[i].sem_op, expected[i].sem_op);
		CHECK_EQUAL(operations[i].sem_flg, expected[i].sem_flg);
	}
	free(operations);
}

TEST(a_text_that_is_not_an_operation_is_refused_with_its_place)
{
	static const char number[] =
	    "must begin with the index of a semaphore (0 to 65535)";
	static const char sign[] = "the index must be followed by -N, +N or =0";
	static const char zero[] = "= must be followed by 0";
	static const char change[] =
	    "- and + must be followed by a number from 1 to 32767";
	static const char flags[] =
	    "may only be followed by u (undo) and n (no wait), each once";
	static const struct {
		const char *text, *where, *why;
	} rows[] = {
	    {"", "", number},           {"x", "x", number},
	    {"-1", "-1", number},       {"65536-1", "65536-1", number},
	    {" 0-1", " 0-1", number},   {"4294967296-1", "4294967296-1", number},
	    {"0-1,", "", number},       {"0-1,,1-1", "", number},
	    {"0", "0", sign},           {"0*1", "0*1", sign},
	    {"0 -1", "0 -1", sign},     {"0u", "0u", sign},
	    {"0,1-1", "0", sign},       {"0=1", "0=1", zero},
	    {"0=", "0=", zero},         {"0=-0", "0=-0", zero},
	    {"0-", "0-", change},       {"0-0", "0-0", change},
	    {"0+0", "0+0", change},     {"0+32768", "0+32768", change},
	    {"0--1", "0--1", change},   {"0-4294967297", "0-4294967297", change},
	    {"0-1x", "0-1x", flags},    {"0-1uu", "0-1uu", flags},
	    {"0-1nn", "0-1nn", flags},  {"0-1unu", "0-1unu", flags},
	    {"0-1 ", "0-1 ", flags},    {"0-1;1-1", "0-1;1-1", flags},
	    {"0-1,1+2,2x", "2x", sign}, {"0=0.", "0=0.", flags},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sembuf *operations;
		size_t count;
		char expected[256];
		check_about("'%s'", rows[i].text);
		check_capture(STDERR_FILENO);
		CHECK_EQUAL(semaphore_ops_parse(rows[i].text, &operations, &count),
		            STATUS_USAGE);
		snprintf(
		    expected, sizeof expected,
		    "ipctool: '%s': %s\nTry 'ipctool --help' for more information.\n",
		    rows[i].where, rows[i].why);
		CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
	}
}
