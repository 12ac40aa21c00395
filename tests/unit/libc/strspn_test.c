#include <string.h>

#include "../check.h"

/* Not constants for the compiler, which knows what strspn(3) does. */
static const char *volatile text = "  a,b", *volatile nothing = "";

TEST(bytes_of_a_set_are_counted_and_those_before_the_first_of_it)
{
	CHECK_EQUAL(strspn(text, " "), 2);
	CHECK_EQUAL(strspn(text, "ab, "), 5);
	CHECK_EQUAL(strspn(text, "x"), 0);
	CHECK_EQUAL(strspn(text, nothing), 0);
	CHECK_EQUAL(strspn(nothing, " "), 0);
	CHECK_EQUAL(strcspn(text, ",;"), 3);
	CHECK_EQUAL(strcspn(text, ";"), 5);
	CHECK_EQUAL(strcspn(text, nothing), 5);
	CHECK_EQUAL(strcspn(nothing, " "), 0);
	CHECK_EQUAL(strcspn(text, "\x80 "), 0);
}
