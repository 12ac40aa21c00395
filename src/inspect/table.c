/* SPDX-License-Identifier: MIT */
#include "inspect/table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "io/output.h"
#include "io/record.h"
#include "io/report.h"

/* Each of TABLE_COLUMN_WORDS in its order; 0 ends a list of them. */
enum table_column {
	COLUMN_END,
	COLUMN_KIND,
	COLUMN_NAME,
	COLUMN_MODE,
	COLUMN_OWNER,
	COLUMN_FILL,
	COLUMN_HOLDERS,
	COLUMN_WAITERS,
	COLUMN_AGE,
	COLUMN_LIMIT,
	COLUMN_UNIT,
	COLUMN_TEXT,
	COLUMN_ID,
	COLUMN_MORE,
	COLUMN_PID,
	COLUMN_USER,
	COLUMN_COMMAND,
	COLUMN_FD,
	COLUMN_ACCESS,
	COLUMNS
};

static const struct record_column all_columns[COLUMNS] = {
    [COLUMN_KIND] = {"kind", -7},      [COLUMN_NAME] = {"name", -14},
    [COLUMN_MODE] = {"mode", 4},       [COLUMN_OWNER] = {"owner", -8},
    [COLUMN_FILL] = {"fill", -13},     [COLUMN_HOLDERS] = {"holders", 7},
    [COLUMN_WAITERS] = {"waiters", 7}, [COLUMN_AGE] = {"age", 4},
    [COLUMN_LIMIT] = {"limit", 8},     [COLUMN_UNIT] = {"unit", -11},
    [COLUMN_TEXT] = {"text", -11},     [COLUMN_ID] = {"id", 10},
    [COLUMN_MORE] = {"more", 5},       [COLUMN_PID] = {"pid", 7},
    [COLUMN_USER] = {"user", -8},      [COLUMN_COMMAND] = {"command", -15},
    [COLUMN_FD] = {"fd", 4},           [COLUMN_ACCESS] = {"access", -6},
};

/* One table, and its lines. */
struct table {
	struct census *census;
	const struct table_options *options;
	struct record_column columns[TABLE_COLUMNS_MAX + 1];
	unsigned char which[TABLE_COLUMNS_MAX + 1];
	int64_t now;
	bool has_user; /* the name of the last user, which is often the next too */
	uid_t uid;
	char user[RECORD_USER_BYTES];
};

/* One of them: of the two, if any, the one that is not NULL. */
struct table_line {
	const struct object *object;
	const struct census_holder *holder;
	const struct census_waiter *waiter;
};

/* ----------------------------------------------------------------------- texts */

static const char *access_text(const struct table_line *line)
{
	static const char texts[][4] = {"-", "r", "w", "rw"};
	const struct census_holder *holder = line->holder;
	if (line->waiter != NULL)
		return "waits";
	return holder != NULL ? texts[holder->reads + 2 * holder->writes] : NULL;
}

static const char *user_text(struct table *table, uid_t uid)
{
	if (!table->has_user || table->uid != uid)
		record_user_text(table->user, uid);
	table->has_user = true;
	table->uid = uid;
	return table->user;
}

/* ---------------------------------------------------------------------- fields */

static void add_holder_field(struct record *record, struct table *table,
                             const struct table_line *line, enum table_column column)
{
	const struct census_holder *holder = line->holder;
	pid_t pid = 0;
	if (holder != NULL)
		pid = holder->pid;
	else if (line->waiter != NULL)
		pid = line->waiter->pid;
	const struct census_process *process =
	    pid != 0 ? census_process(table->census, pid) : NULL;
	switch (column) {
	case COLUMN_PID: record_pid(record, pid); break;
	case COLUMN_USER:
		record_text(record,
		            process != NULL ? user_text(table, process->uid) : NULL);
		break;
	case COLUMN_COMMAND:
		record_text(record, pid != 0 ? census_command(table->census, pid) : NULL);
		break;
	case COLUMN_FD:
		if (holder != NULL && holder->mapped && !table->options->json)
			record_text(record, "map");
		else
			record_count(record, holder != NULL ? holder->fd : -1);
		break;
	default: record_text(record, access_text(line)); break;
	}
}

static void add_figure(struct record *record, const struct object *object,
                       uint64_t figure, bool known)
{
	if (known && object->unit != OBJECT_UNIT_NONE)
		record_unsigned(record, figure);
	else
		record_none(record);
}

static void add_field(struct record *record, struct table *table,
                      const struct table_line *line, enum table_column column)
{
	const struct object *object = line->object;
	bool json = table->options->json;
	char text[TABLE_FILL_BYTES];
	switch (column) {
	case COLUMN_KIND:
		record_text(record, object_kind_word(object->identity.kind));
		break;
	case COLUMN_NAME: record_text(record, object->name); break;
	case COLUMN_MODE:
		if (object->has_mode)
			record_mode(record, object->mode);
		else
			record_none(record);
		break;
	case COLUMN_OWNER:
		record_text(record,
		            object->has_owner ? user_text(table, object->uid) : NULL);
		break;
	case COLUMN_FILL:
		if (json)
			add_figure(record, object, object->fill, true);
		else
			record_text(record,
			            *table_fill_text(text, object) != '\0' ? text : NULL);
		break;
	case COLUMN_HOLDERS:
		if (json)
			record_number(record, object->holders);
		else
			record_text(record,
			            table_holders_text(text, table->census, object));
		break;
	case COLUMN_WAITERS: record_number(record, object->waiters); break;
	case COLUMN_AGE:
		if (json)
			record_count(record,
			             object->changed == 0
			                 ? -1
			                 : (int64_t)(table->now - object->changed));
		else
			record_text(record, table_age_text(text, object, table->now));
		break;
	case COLUMN_LIMIT:
		add_figure(record, object, object->limit, object->limit > 0);
		break;
	case COLUMN_UNIT:
		record_text(record, object->unit != OBJECT_UNIT_NONE
		                        ? table_unit_word(object->unit)
		                        : NULL);
		break;
	case COLUMN_TEXT: record_text(record, object->text); break;
	case COLUMN_ID: record_unsigned(record, object->identity.inode); break;
	case COLUMN_MORE:
		record_boolean(
		    record,
		    strchr(table_holders_text(text, table->census, object), '+') != NULL);
		break;
	default: add_holder_field(record, table, line, column); break;
	}
}

static enum status print_line(struct table *table, const struct table_line *line)
{
	struct record record;
	record_begin(&record, table->columns, table->options->json);
	for (int i = 0; table->which[i] != COLUMN_END; i++)
		add_field(&record, table, line, table->which[i]);
	return record_end(&record);
}

/* ---------------------------------------------------------------------- the table */

/* The width of the longest name or fill; 40 at most. */
static int column_width(const struct table *table, enum table_column column,
                        const int *objects, size_t count)
{
	enum { WIDTH_MAX = 40 };
	char text[TABLE_FILL_BYTES];
	size_t width = (size_t)-all_columns[column].width;
	for (size_t i = 0; i < count; i++) {
		const struct object *object = &table->census->objects.objects[objects[i]];
		size_t length = strlen(
		    column == COLUMN_NAME ? object->name : table_fill_text(text, object));
		if (length > width)
			width = length;
	}
	return (int)(width < WIDTH_MAX ? width : WIDTH_MAX);
}

static enum status choose_columns(struct table *table, const int *objects, size_t count)
{
	const struct table_options *options = table->options;
	const char *list = options->columns;
	if (list == NULL && options->who)
		list = "kind,name,pid,user,command,fd,access";
	else if (list == NULL)
		list = options->json ? "kind,name,mode,owner,fill,limit,unit,text,"
		                       "holders,more,waiters,age,id"
		                     : "kind,name,mode,owner,fill,holders,waiters,age";
	enum status status = table_parse_columns(list, table->which);
	if (status != STATUS_OK)
		return status;
	for (int i = 0; table->which[i] != COLUMN_END; i++) {
		table->columns[i] = all_columns[table->which[i]];
		if (table->which[i] == COLUMN_NAME || table->which[i] == COLUMN_FILL)
			table->columns[i].width =
			    -column_width(table, table->which[i], objects, count);
	}
	return STATUS_OK;
}

/* A line for each holder and waiter, or one for none. */
static enum status print_who(struct table *table, int index)
{
	const struct census *census = table->census;
	struct table_line line = {.object = &census->objects.objects[index]};
	enum status status = STATUS_OK;
	bool any = false;
	for (size_t i = census_first_holder(census, index);
	     i < census->holder_count && census->holders[i].object == index &&
	     status == STATUS_OK;
	     i++) {
		line.holder = &census->holders[i];
		status = print_line(table, &line);
		any = true;
	}
	line.holder = NULL;
	for (size_t i = census_first_waiter(census, index);
	     i < census->waiter_count && census->waiters[i].object == index &&
	     status == STATUS_OK;
	     i++) {
		line.waiter = &census->waiters[i];
		status = print_line(table, &line);
		any = true;
	}
	return any ? status : print_line(table, &line);
}

/*
 * For xargs(1), which takes a blank, a quote or a backslash for its own: another user's
 * name with one of them would become the names of other objects.
 */
static bool is_one_word(const char *name)
{
	return name[strcspn(name, " \t\n\v\f\r'\"\\")] == '\0';
}

static enum status print_names(const struct table *table, const int *objects,
                               size_t count)
{
	enum status status = STATUS_OK;
	size_t left_out = 0;
	const char *last = "";
	for (size_t i = 0; i < count && status == STATUS_OK; i++) {
		const struct object *object = &table->census->objects.objects[objects[i]];
		size_t length = strlen(object->name);
		/* a file may have several locks */
		if (object->nameless || strcmp(object->name, last) == 0)
			continue;
		last = object->name;
		if (table->options->null) {
			status = output_write(object->name, length + 1);
		} else if (is_one_word(object->name)) {
			status = output_printf("%s\n", object->name);
		} else {
			left_out++;
		}
	}
	if (left_out > 0)
		report_info("%zu names with blanks, quotes or backslashes are left out: "
		            "-0 prints them",
		            left_out);
	return status;
}

enum status table_print(struct census *census, const int *objects, size_t count,
                        const struct table_options *options)
{
	struct table table = {.census = census, .options = options, .now = time(NULL)};
	enum status status = choose_columns(&table, objects, count);
	bool headed = false;
	if (status == STATUS_OK && (options->quiet || options->null))
		return print_names(&table, objects, count);
	for (size_t i = 0; i < count && status == STATUS_OK; i++) {
		struct table_line line = {.object = &census->objects.objects[objects[i]]};
		status = record_heading(table.columns, options->json, &headed);
		if (status != STATUS_OK)
			break;
		if (options->who)
			status = print_who(&table, objects[i]);
		else
			status = print_line(&table, &line);
	}
	return status;
}
