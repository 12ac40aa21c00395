/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"

/* With glibc the same tests hold the expected texts against another vsnprintf(3). */
static void check_text(const char *expected, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void check_text(const char *expected, const char *format, ...)
{
	char text[256];
	va_list arguments;
	check_about("%s as \"%s\"", format, expected);
	for (size_t room = 0; room <= strlen(expected) + 2; room++) {
		memset(text, '#', sizeof text);
		va_start(arguments, format);
		CHECK_EQUAL(vsnprintf(text, room, format, arguments), strlen(expected));
		va_end(arguments);
		size_t length = strlen(expected);
		size_t kept = room > length ? length : room > 0 ? room - 1 : 0;
		CHECK_EQUAL(memcmp(text, expected, kept), 0);
		CHECK_EQUAL(text[kept], room > 0 ? '\0' : '#');
		CHECK_EQUAL(text[room], '#');
	}
}

TEST(integers_of_each_length)
{
	check_text("0 -1 2147483647 -2147483648", "%d %d %i %d", 0, -1, INT_MAX, INT_MIN);
	check_text("4294967295 ffffffff FFFFFFFF 37777777777", "%u %x %X %o", UINT_MAX,
	           UINT_MAX, UINT_MAX, UINT_MAX);
	check_text("-9223372036854775808 18446744073709551615 ffffffffffffffff",
	           "%lld %llu %llx", LLONG_MIN, ULLONG_MAX, ULLONG_MAX);
	check_text("-9223372036854775808 18446744073709551615", "%jd %ju", INTMAX_MIN,
	           UINTMAX_MAX);
	check_text("-1 18446744073709551615 -5", "%ld %zu %td", -1L, SIZE_MAX,
	           (ptrdiff_t)-5);
	check_text("-1 255 -1 65535", "%hhd %hhu %hd %hu", -1, 255, -1, 65535);
}

TEST(integers_in_a_width_and_with_a_precision)
{
	check_text("[   42][42   ][00042][-0042]", "[%5d][%-5d][%05d][%05d]", 42, 42, 42,
	           -42);
	check_text("[   42][42   ][   42]", "[%*d][%*d][%5.2d]", 5, 42, -5, 42, 42);
	check_text("[  042][042  ][-042][42][]", "[%5.3d][%-5.3d][%.3d][%.*d][%.0d]", 42,
	           42, -42, -1, 42, 0);
	check_text("[0x00000000][0x8000beef][0007][7]", "[0x%08x][0x%08x][%04o][%01o]",
	           0U, 0x8000beefU, 7U, 7U);
	check_text("123456 12345678901", "%3d %9lld", 123456, 12345678901LL);
}

TEST(strings_and_characters)
{
	check_text("a [  bc][bc  ][] %", "%c [%4s][%-4s][%s] %%", 'a', "bc", "bc", "");
	check_text("[ab][  ab][a][abc][]", "[%.2s][%4.2s][%.*s][%.*s][%.0s]", "abc",
	           "abc", 1, "abc", -1, "abc", "abc");
	check_text("[   x][x   ]", "[%4c][%-*c]", 'x', 4, 'x');
	char unterminated[] = {'a', 'b', 'c'};
	check_text("abc", "%.3s", unterminated);
	check_text("0x1234", "%p", (void *)0x1234);
}

TEST(numbers_with_a_point_are_rounded_to_the_nearest_and_a_half_to_the_even_one)
{
	check_text("0.0 1.5 -1.5 0.1 1234567.9", "%.1f %.1f %.1f %.1f %.1f", 0.0, 1.5,
	           -1.5, 0.05, 1234567.89);
	check_text("0.2 0.8 0.3 1.0 10.0 9.9", "%.1f %.1f %.1f %.1f %.1f %.1f", 0.25,
	           0.75, 0.35, 0.96, 9.96, 9.94);
	check_text("0 2 2 4 1", "%.0f %.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5, 0.6);
	check_text("3.141593 0.000001 -0.000001 1.000000", "%f %.6f %.6f %f",
	           3.14159265358979, 0.000001, -0.000001, 0.9999999);
	check_text("[  1.50][1.50  ][001.50][-01.50]", "[%6.2f][%-6.2f][%06.2f][%06.2f]",
	           1.5, 1.5, 1.5, -1.5);
	check_text("900719925474099.1 -0.0 inf", "%.1f %.1f %.0f", 900719925474099.125,
	           -0.0, __builtin_inf());
}

TEST(what_does_not_fit_is_counted)
{
	char text[16];
	size_t volatile room = 4; /* the compiler would warn of a constant */
	CHECK_EQUAL(snprintf(NULL, 0, "%s %d", "twelve", 12345), 12);
	CHECK_EQUAL(snprintf(text, room, "%06d", 12), 6);
	CHECK_EQUAL((const char *)text, "000");
	CHECK_EQUAL(sprintf(text, "%d", 123), 3);
	CHECK_EQUAL((const char *)text, "123");
}
