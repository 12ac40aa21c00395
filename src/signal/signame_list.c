/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>

#include "base/ksig.h"
#include "base/value.h"
#include "io/output.h"
#include "io/record.h"
#include "signal/signame.h"
#include "signal/signame_list.h"

/* Signals with a name: the C library uses 32 and 33. */
static int next_named_signal(int number)
{
	return number + 1 == KSIG_RTMIN - 2 ? KSIG_RTMIN : number + 1;
}

enum status signame_list_names(void)
{
	struct signame name;
	enum status status = STATUS_OK;
	for (int n = 1; n <= KSIG_COUNT && status == STATUS_OK; n = next_named_signal(n))
		status = output_printf("%s\n", signame_format(n, &name));
	return status;
}

enum status signame_list_table(void)
{
	static const struct record_column columns[] = {
	    {"number", 6}, {"name", -8}, {"description", -1}, {0}};
	struct signame name;
	char description[32];
	bool headed = false;
	enum status status = record_heading(columns, false, &headed);
	for (int n = 1; n <= KSIG_COUNT && status == STATUS_OK;
	     n = next_named_signal(n)) {
		struct record record;
		record_begin(&record, columns, false);
		record_number(&record, n);
		record_text(&record, signame_format(n, &name));
		record_text(&record, signame_description(n, description));
		status = record_end(&record);
	}
	return status;
}

enum status signame_list_translation(const char *text)
{
	struct signame name;
	uint64_t number;
	int signal;
	bool is_number = value_unsigned(text, &number) == NULL;
	if (is_number && number > STATUS_SIGNAL && number <= STATUS_SIGNAL + KSIG_COUNT)
		return output_printf("%s\n",
		                     signame_format((int)number - STATUS_SIGNAL, &name));
	enum status status = signame_parse(text, &signal);
	if (status != STATUS_OK)
		return status;
	return is_number ? output_printf("%s\n", signame_format(signal, &name))
	                 : output_printf("%d\n", signal);
}
