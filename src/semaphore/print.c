#include "semaphore/print.h"
#include "io/output.h"
#include "io/record.h"

static const struct record_column columns[] = {
    {"semaphore", -20},
    {"value", 10},
    {"waiters", 7},
    {0},
};

static const struct record_column system_v_columns[] = {
    {"semaphore", -20},       {"value", 10},   {"waiters", 7},
    {"waiters_for_zero", 16}, {"last_pid", 8}, {0},
};

static enum status semaphore_print_facts(const struct semaphore *semaphore)
{
	bool system_v = semaphore->name->family == NAME_FAMILY_SYSTEM_V;
	struct semaphore_facts facts;
	struct record record;
	if (semaphore_facts(semaphore, &facts) < 0)
		return semaphore_error(semaphore, 1);
	record_begin(&record, system_v ? system_v_columns : columns, true);
	record_text(&record, semaphore->name->text);
	record_number(&record, facts.value);
	record_number(&record, facts.waiters);
	if (system_v) {
		record_number(&record, facts.waiters_for_zero);
		record_number(&record, facts.last_pid);
	}
	return record_end(&record);
}

enum status semaphore_print(const struct semaphore *semaphore, bool json)
{
	if (json)
		return semaphore_print_facts(semaphore);
	int64_t value = semaphore_value(semaphore);
	return value < 0 ? semaphore_error(semaphore, 1) : output_number((uint64_t)value);
}
