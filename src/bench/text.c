/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/frontend.h"
#include "base/quantity.h"
#include "bench/text.h"
#include "io/output.h"

/* A full block in a UTF-8 locale. */
static const char *bar_character(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *value = frontend_get_variable(variables[i]);
		if (value != NULL && *value != '\0')
			return strstr(value, "UTF-8") != NULL ||
			               strstr(value, "utf8") != NULL
			           ? "\xe2\x96\x88"
			           : "#";
	}
	return "#";
}

static enum status print_bar(const struct bench_measurement *measurement, int64_t value,
                             int64_t most, const char *text)
{
	enum { LONGEST = 40 };
	char bar[LONGEST * 3 + 1] = "";
	char *end = bar;
	int64_t length = most > 0 ? (value * LONGEST + most - 1) / most : 0;
	for (const char *one = bar_character(); length > 0; length--)
		end = stpcpy(end, one);
	char size[QUANTITY_TEXT];
	quantity_bytes(size, (int64_t)measurement->size, false);
	return output_printf("%-9s %6s %s %s\n", measurement->mechanism->name, size, bar,
	                     text);
}

static int64_t median_one_way(const struct bench_measurement *measurement)
{
	return measurement->figures.one_way[0];
}

static int64_t message_rate(const struct bench_measurement *measurement)
{
	return bench_messages_per_second(&measurement->figures);
}

static enum status print_bars(const struct bench_measurement *measurements, int count,
                              const char *title,
                              int64_t (*value_of)(const struct bench_measurement *),
                              void (*show)(char text[QUANTITY_TEXT], int64_t value))
{
	int64_t most = 0;
	enum status status = output_printf("\n%s\n", title);
	for (int i = 0; i < count; i++)
		if (value_of(&measurements[i]) > most)
			most = value_of(&measurements[i]);
	for (int i = 0; status == STATUS_OK && i < count; i++) {
		char text[QUANTITY_TEXT];
		int64_t value = value_of(&measurements[i]);
		show(text, value);
		status = print_bar(&measurements[i], value, most, text);
	}
	return status;
}

enum status bench_text_print(const struct bench_measurement *measurements, int count)
{
	enum status status =
	    print_bars(measurements, count, "one way, median: shorter is better",
	               median_one_way, quantity_time);
	if (status == STATUS_OK)
		status = print_bars(measurements, count,
		                    "messages per second: longer is better", message_rate,
		                    quantity_count);
	return status;
}
