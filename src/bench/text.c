#include <stdio.h>
#include <string.h>

#include "base/frontend.h"
#include "base/value.h"
#include "bench/text.h"
#include "io/output.h"

/* A full block where the terminal speaks UTF-8. */
static const char *block(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *value = front_variable(variables[i]);
		if (value != NULL && *value != '\0')
			return strstr(value, "UTF-8") != NULL ||
			               strstr(value, "utf8") != NULL
			           ? "\xe2\x96\x88"
			           : "#";
	}
	return "#";
}

static enum status print_bar(const struct measurement *measurement, int64_t value,
                             int64_t most, const char *text)
{
	enum { LONGEST = 40 };
	char bar[LONGEST * 3 + 1] = "";
	char *end = bar;
	int64_t length = most > 0 ? (value * LONGEST + most - 1) / most : 0;
	for (const char *one = block(); length > 0; length--)
		end = stpcpy(end, one);
	return output_print("%-10s %7zu %s %s\n", measurement->mechanism->name,
	                    measurement->size, bar, text);
}

static int64_t one_way_of(const struct measurement *measurement)
{
	return measurement->figures.one_way[0];
}

static int64_t rate_of(const struct measurement *measurement)
{
	return figures_per_second(&measurement->figures);
}

static enum status print_all(const struct measurement *measurements, int count,
                             const char *title,
                             int64_t (*value_of)(const struct measurement *),
                             const char *unit)
{
	int64_t most = 0;
	enum status status = output_print("\n%s\n", title);
	for (int i = 0; i < count; i++)
		if (value_of(&measurements[i]) > most)
			most = value_of(&measurements[i]);
	for (int i = 0; status == STATUS_DONE && i < count; i++) {
		char text[32];
		int64_t value = value_of(&measurements[i]);
		snprintf(text, sizeof text, "%lld%s", (long long)value, unit);
		status = print_bar(&measurements[i], value, most, text);
	}
	return status;
}

enum status bars_print(const struct measurement *measurements, int count)
{
	enum status status = print_all(
	    measurements, count, "one way, median: shorter is better", one_way_of, " ns");
	if (status == STATUS_DONE)
		status = print_all(measurements, count,
		                   "messages a second: longer is better", rate_of, "");
	return status;
}
