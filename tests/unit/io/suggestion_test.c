/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../check.h"
#include "io/suggestion.h"

static int distance(const char *a, const char *b)
{
	int forward = suggestion_distance(a, strlen(a), b, strlen(b), 9);
	CHECK_EQUAL(suggestion_distance(b, strlen(b), a, strlen(a), 9), forward);
	return forward;
}

TEST(the_distance_is_the_number_of_single_changes)
{
	CHECK_EQUAL(distance("", ""), 0);
	CHECK_EQUAL(distance("", "abc"), 3);
	CHECK_EQUAL(distance("mqsend", "mqsend"), 0);
	CHECK_EQUAL(distance("mqsnd", "mqsend"), 1);
	CHECK_EQUAL(distance("mqsendd", "mqsend"), 1);
	CHECK_EQUAL(distance("mqsemd", "mqsend"), 1);
	CHECK_EQUAL(distance("mqsned", "mqsend"), 1);
	CHECK_EQUAL(distance("qmsned", "mqsend"), 2);
	CHECK_EQUAL(distance("kitten", "sitting"), 3);
	/* optimal string alignment: no part is changed twice */
	CHECK_EQUAL(distance("ca", "abc"), 3);
	CHECK_EQUAL(distance("KILL", "kill"), 0);
}

TEST(the_distance_is_at_most_one_more_than_asked_for)
{
	CHECK_EQUAL(suggestion_distance("abc", 3, "xyz", 3, 1), 2);
	CHECK_EQUAL(suggestion_distance("abc", 3, "abd", 3, 0), 1);
}

TEST(a_word_that_is_too_long_is_near_nothing)
{
	char word[SUGGESTION_BYTES_MAX + 2];
	memset(word, 'x', sizeof word);
	CHECK_EQUAL(suggestion_distance(word, SUGGESTION_BYTES_MAX, word,
	                                SUGGESTION_BYTES_MAX, 5),
	            0);
	CHECK_EQUAL(suggestion_distance(word, SUGGESTION_BYTES_MAX + 1, word, 1, 5), 6);
	CHECK_EQUAL(suggestion_distance(word, 1, word, SUGGESTION_BYTES_MAX + 1, 5), 6);
}

static const char *suggested(const char *typed, const char *words)
{
	static struct suggestion suggestion;
	suggestion_begin(&suggestion, typed, strlen(typed));
	suggestion_consider_words(&suggestion, words);
	return suggestion_text(&suggestion, "");
}

TEST(the_nearest_word_is_suggested)
{
	static const char applets[] = "mqsend mqrecv mqstat shmread shmstat semop";
	CHECK_EQUAL(suggested("mqsnd", applets), " (did you mean mqsend?)");
	CHECK_EQUAL(suggested("mqsatt", applets), " (did you mean mqstat?)");
	CHECK_EQUAL(suggested("SEMOP", applets), " (did you mean semop?)");
	CHECK_EQUAL(suggested("nonesuch", applets), "");
	CHECK_EQUAL(suggested("", applets), "");
	CHECK_EQUAL(suggested("m", applets), "");
}

TEST(a_short_word_allows_fewer_changes)
{
	CHECK_EQUAL(suggested("ofdx", "ofd"), " (did you mean ofd?)");
	CHECK_EQUAL(suggested("ofxx", "ofd"), "");
	CHECK_EQUAL(suggested("priorxxy", "priority"), " (did you mean priority?)");
	CHECK_EQUAL(suggested("priorxxx", "priority"), "");
	CHECK_EQUAL(suggested("replace-sxxxe", "replace-stale"),
	            " (did you mean replace-stale?)");
}

TEST(a_beginning_is_as_near_as_one_change)
{
	CHECK_EQUAL(suggested("exc", "exclusive"), " (did you mean exclusive?)");
	CHECK_EQUAL(suggested("ex", "exclusive"), "");
	CHECK_EQUAL(suggested("val", "value vat"), " (did you mean value or vat?)");
}

TEST(words_that_are_equally_near_are_suggested_up_to_three)
{
	CHECK_EQUAL(suggested("mqs", "mqsend mqstat"),
	            " (did you mean mqsend or mqstat?)");
	CHECK_EQUAL(suggested("shm", "shmread shmstat shmwrite shmunlink"),
	            " (did you mean shmread, shmstat or shmwrite?)");
	/* a nearer one later replaces them */
	CHECK_EQUAL(suggested("abcde", "abcxx abcyy abcdx"), " (did you mean abcdx?)");
}

TEST(each_word_has_the_prefix)
{
	struct suggestion suggestion;
	suggestion_begin(&suggestion, "jso=x", 3);
	suggestion_consider(&suggestion, "json=", 4);
	CHECK_EQUAL(suggestion_text(&suggestion, "--"), " (did you mean --json?)");
}
