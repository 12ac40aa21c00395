/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCENARIOS = 1000, APPLETS = 64, ACCEPTED = 100 };

struct reader {
	const char *path;
	int line;
	bool reason; /* the line before is a comment */
	struct table *table;
	struct applet *applet;
	struct scenario *scenario;
	struct acceptances all;
};

static bool wrong(const struct reader *reader, const char *why)
{
	fprintf(stderr, "torture: %s:%d: %s\n", reader->path, reader->line, why);
	return false;
}

/* The table stays until the end: nothing of it is ever freed. */
static void *allocate(size_t count, size_t size)
{
	static _Alignas(16) char arena[4 << 20];
	static size_t used;
	size_t all = (count * size + 15) / 16 * 16;
	if (all > sizeof arena - used)
		abort();
	used += all;
	return arena + used - all;
}

static char *copy(const char *text)
{
	size_t length = strlen(text) + 1;
	return memcpy(allocate(length, 1), text, length);
}

/* A further line of a shell's command. */
static bool append(char **to, const char *text)
{
	const char *old = *to != NULL ? *to : "";
	size_t length = strlen(old), more = strlen(text);
	char *both = allocate(length + more + 2, 1);
	memcpy(both, old, length);
	if (length > 0)
		both[length++] = '\n';
	memcpy(both + length, text, more);
	*to = both;
	return true;
}

static bool read_applet(struct reader *reader, char *rest)
{
	char *next = NULL;
	reader->applet = allocate(1, sizeof *reader->applet);
	reader->scenario = NULL;
	reader->applet->name = copy(strtok_r(rest, " ", &next));
	reader->applet->accepted.wider = &reader->all;
	for (char *word = strtok_r(NULL, " ", &next); word != NULL;
	     word = strtok_r(NULL, " ", &next))
		reader->applet->statuses[(unsigned char)strtol(word, NULL, 10)] = true;
	return true;
}

static bool read_scenario(struct reader *reader, const char *rest)
{
	struct table *table = reader->table;
	if (reader->applet == NULL)
		return wrong(reader, "a scenario of no applet");
	if (table->count == SCENARIOS)
		return wrong(reader, "too many scenarios");
	if (table->list == NULL)
		table->list = allocate(SCENARIOS, sizeof *table->list);
	struct scenario *new = &table->list[table->count++];
	snprintf(new->name, sizeof new->name, "%s.%s", reader->applet->name, rest);
	for (size_t i = 0; i + 1 < table->count; i++)
		if (strcmp(table->list[i].name, new->name) == 0)
			return wrong(reader, "a second scenario of that name");
	new->applet = reader->applet;
	new->accepted.wider = &reader->applet->accepted;
	new->lines = 1;
	reader->scenario = new;
	return true;
}

/* KIND INJECTION [/EVIDENCE/]... */
static bool read_acceptance(struct reader *reader, char *rest)
{
	struct acceptances *to = reader->scenario != NULL ? &reader->scenario->accepted
	                         : reader->applet != NULL ? &reader->applet->accepted
	                                                  : &reader->all;
	char *kind = strsep(&rest, " "), *injection = strsep(&rest, " ");
	if (!reader->reason)
		return wrong(reader,
		             "a comment before it has to say why this is accepted");
	if (injection == NULL)
		return wrong(reader, "accept KIND INJECTION [/EVIDENCE/]...");
	if (to->list == NULL)
		to->list = allocate(ACCEPTED, sizeof *to->list);
	if (to->count == ACCEPTED)
		return wrong(reader, "too much is accepted");
	struct acceptance *new = &to->list[to->count++];
	new->kind = copy(kind);
	new->injection = copy(injection);
	for (char *end; rest != NULL && *rest != '\0'; rest = end) {
		/* up to the slash before a blank or the end */
		for (end = rest + 1; *end != '\0' && !(end[0] == '/' &&
		                                       (end[1] == ' ' || end[1] == '\0'));
		     end++)
			continue;
		if (rest[0] != '/' || *end != '/' || new->count == ACCEPTANCE_EVIDENCE)
			return wrong(reader, "/EVIDENCE/...");
		*end++ = '\0';
		if (regcomp(&new->evidence[new->count++], rest + 1,
		            REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
			return wrong(reader, "not a regular expression");
		end += strspn(end, " ");
	}
	return true;
}

static bool read_notes(struct reader *reader, const char *rest)
{
	struct applet *applet = reader->applet;
	if (applet == NULL || reader->scenario != NULL)
		return wrong(reader, "belongs to an applet");
	applet->has_notes = true;
	return regcomp(&applet->notes, rest, REG_EXTENDED | REG_NOSUB) == 0 ||
	       wrong(reader, "not a regular expression");
}

static bool read_then(struct reader *reader, const char *rest)
{
	for (int i = 0; i < TRACE_THEN; i++)
		if (reader->scenario->then[i] == NULL) {
			reader->scenario->then[i] = copy(rest);
			return true;
		}
	return wrong(reader, "too many of `then`");
}

static bool read_flag(struct reader *reader, const char *word, const char *rest)
{
	struct scenario *scenario = reader->scenario;
	if (strcmp(word, "status") == 0)
		scenario->status = (int)strtol(rest, NULL, 10);
	else if (strcmp(word, "lines") == 0)
		scenario->lines = (int)strtol(rest, NULL, 10);
	else if (strcmp(word, "traces") == 0)
		scenario->let_go = (int)strtol(rest, NULL, 10);
	else if (strcmp(word, "pipe") == 0)
		scenario->into_pipe = true;
	else if (strcmp(word, "masked") == 0)
		scenario->masked = true;
	else if (strcmp(word, "veiled") == 0)
		scenario->veiled = true;
	else if (strcmp(word, "root") == 0)
		scenario->only_root = true;
	else
		return wrong(reader, "an unknown word");
	return true;
}

static bool read_line(struct reader *reader, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	line += strspn(line, " \t");
	if (line[0] == '#' || line[0] == '\0') {
		reader->reason = line[0] == '#';
		return true;
	}
	char *rest = line, *word = strsep(&rest, " ");
	rest = rest == NULL ? line + strlen(line) : rest + strspn(rest, " ");
	bool good;
	if (strcmp(word, "applet") == 0)
		good = read_applet(reader, rest);
	else if (strcmp(word, "scenario") == 0)
		good = read_scenario(reader, rest);
	else if (strcmp(word, "accept") == 0)
		return read_acceptance(reader,
		                       rest); /* one reason may stand before several */
	else if (strcmp(word, "notes") == 0)
		good = read_notes(reader, rest);
	else if (reader->scenario == NULL)
		good = wrong(reader, "belongs to a scenario");
	else if (strcmp(word, "setup") == 0)
		good = append(&reader->scenario->setup, rest);
	else if (strcmp(word, "run") == 0)
		good = append(&reader->scenario->run, rest);
	else if (strcmp(word, "then") == 0)
		good = read_then(reader, rest);
	else
		good = read_flag(reader, word, rest);
	reader->reason = false;
	return good;
}

bool scenario_read(struct table *table, const char *path)
{
	/* the applets point to what belongs to all */
	static struct reader whole;
	struct reader *reader = &whole;
	char line[4096];
	bool good = true;
	reader->path = path;
	reader->table = table;
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		fprintf(stderr, "torture: %s: %s\n", path, strerror(errno));
		return false;
	}
	while (good && fgets(line, sizeof line, file) != NULL) {
		reader->line++;
		good = read_line(reader, line);
	}
	fclose(file);
	for (size_t i = 0; good && i < table->count; i++)
		if (table->list[i].run == NULL) {
			fprintf(stderr, "torture: %s: runs nothing\n",
			        table->list[i].name);
			good = false;
		}
	return good;
}
