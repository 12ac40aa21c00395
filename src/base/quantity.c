/* SPDX-License-Identifier: MIT */
#include "base/quantity.h"

#include <stdio.h>

void quantity_bytes(char text[QUANTITY_TEXT], int64_t bytes, bool fixed)
{
	static const char units[] = "KMGTPE";
	if (bytes < 1024) {
		snprintf(text, QUANTITY_TEXT, "%d B", (int)bytes);
		return;
	}
	int64_t whole = bytes, rest = 0;
	bool exact = true;
	int unit = -1;
	for (; whole >= 1024; whole /= 1024, unit++) {
		exact = exact && rest == 0;
		rest = whole % 1024;
	}
	exact = exact && rest == 0 && !fixed;
	int number = (int)whole, fraction = (int)rest;
	if (whole >= 100 || exact)
		snprintf(text, QUANTITY_TEXT, "%d %ciB", number, units[unit]);
	else if (whole >= 10)
		snprintf(text, QUANTITY_TEXT, "%d.%d %ciB", number, fraction * 10 / 1024,
		         units[unit]);
	else
		snprintf(text, QUANTITY_TEXT, "%d.%02d %ciB", number,
		         fraction * 100 / 1024, units[unit]);
}

/*
 * `number` in units of `unit`: with one digit after the point if it is less than `below`,
 * else a whole number; rounded. Returns the length.
 */
static int quantity_divide(char text[QUANTITY_TEXT], int64_t number, int64_t unit,
                           int below)
{
	uint64_t rest = (uint64_t)(number % unit), half = (uint64_t)unit / 2;
	int64_t tenths = 10 * below;
	if (number / unit < below)
		tenths =
		    number / unit * 10 + (int64_t)((rest * 10 + half) / (uint64_t)unit);
	if (tenths < 10 * below)
		return snprintf(text, QUANTITY_TEXT, "%d.%d", (int)(tenths / 10),
		                (int)(tenths % 10));
	int64_t whole = number / unit + (number % unit >= (unit + 1) / 2);
	return snprintf(text, QUANTITY_TEXT, "%lld", (long long)whole);
}

void quantity_time(char text[QUANTITY_TEXT], int64_t nanoseconds)
{
	static const struct {
		int64_t length, least; /* in nanoseconds; this unit begins at least */
		const char *name;
	} units[] = {
	    {3600000000000, 7200000000000, "h"},
	    {60000000000, 600000000000, "min"},
	    {1000000000, 999500000, "s"},
	    {1000000, 999500, "ms"},
	    {1000, 1000, "us"},
	};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (nanoseconds >= units[i].least) {
			int length =
			    quantity_divide(text, nanoseconds, units[i].length, 10);
			snprintf(text + length, (size_t)(QUANTITY_TEXT - length), " %s",
			         units[i].name);
			return;
		}
	snprintf(text, QUANTITY_TEXT, "%d ns", (int)nanoseconds);
}

/* In powers of 1000; returns the length. */
static int quantity_decimal(char text[QUANTITY_TEXT], int64_t number, const char *suffix)
{
	static const char units[] = "kMGTPE";
	int64_t unit = 1000;
	size_t i = 0;
	if (number < 1000)
		return snprintf(text, QUANTITY_TEXT, "%d%s%s", (int)number,
		                *suffix != '\0' ? " " : "", suffix);
	/* 999500 is shown as 1.0 M, not as 1000 k */
	for (; i + 1 < sizeof units - 1 && number / unit >= 999 &&
	       number >= unit * 1000 - unit / 2;
	     i++)
		unit *= 1000;
	int length = quantity_divide(text, number, unit, 100);
	return length + snprintf(text + length, (size_t)(QUANTITY_TEXT - length), " %c%s",
	                         units[i], suffix);
}

void quantity_count(char text[QUANTITY_TEXT], int64_t count)
{
	quantity_decimal(text, count, "");
}

void quantity_byte_rate(char text[QUANTITY_TEXT], int64_t bytes_per_second)
{
	quantity_decimal(text, bytes_per_second, "B/s");
}
