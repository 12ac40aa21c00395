/* SPDX-License-Identifier: MIT */
/*
 * torture - make every system call of every applet fail, and look at what comes of it
 *
 * torture --program FILE [--table FILE] [--errors FILE] [--part I/N] [--slice I/N]
 * [--scenario NAME [--inject INJECTION]]
 *         [--seconds N] [--hang SECONDS] [--list] [--verbose]
 *
 * To be run below scripts/isolate: it removes every object that it sees. scripts/torture
 * does that; see tests/README.md.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "process.h"
#include "visit.h"

struct command_line {
	const char *table, *errors, *only;
	struct share part;
	struct torture torture;
	char folder[64];
};

/* scripts/isolate has given us a /dev/shm of our own? Everything in it is going to be
 * removed. */
static bool is_isolated(void)
{
	char line[1024];
	bool ours = false;
	FILE *file = fopen("/proc/self/mounts", "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (strstr(line, " /dev/shm ") != NULL)
			ours = strncmp(line, "ipctool ", 8) == 0;
	if (file != NULL)
		fclose(file);
	return ours && getenv("IPCTOOL_MQUEUE") != NULL;
}

static bool parse_share(struct share *share, const char *text)
{
	char *end;
	share->index = strtoul(text, &end, 10);
	if (*end != '/')
		return false;
	share->of = strtoul(end + 1, &end, 10);
	return *end == '\0' && share->index < share->of;
}

static bool parse(struct command_line *line, char **argv)
{
	const struct {
		const char *name, **text;
	} texts[] = {{"--table", &line->table},
	             {"--errors", &line->errors},
	             {"--scenario", &line->only},
	             {"--inject", &line->torture.inject}};
	for (argv++; *argv != NULL; argv++) {
		bool known = true;
		if (strcmp(*argv, "--list") == 0)
			line->torture.list = true;
		else if (strcmp(*argv, "--verbose") == 0)
			line->torture.verbose = true;
		else if (argv[1] == NULL)
			return false;
		else if (strcmp(*argv, "--part") == 0)
			known = parse_share(&line->part, *++argv);
		else if (strcmp(*argv, "--slice") == 0)
			known = parse_share(&line->torture.slice, *++argv);
		else if (strcmp(*argv, "--seconds") == 0)
			line->torture.end = process_now() + strtod(*++argv, NULL);
		else if (strcmp(*argv, "--hang") == 0)
			line->torture.hang = strtod(*++argv, NULL);
		else if (strcmp(*argv, "--program") == 0)
			known = realpath(*++argv, line->torture.workshop.program) != NULL;
		else {
			known = false;
			for (size_t i = 0; i < sizeof texts / sizeof *texts && !known;
			     i++)
				if (strcmp(*argv, texts[i].name) == 0) {
					*texts[i].text = *++argv;
					known = true;
				}
		}
		if (!known)
			return false;
	}
	return line->torture.workshop.program[0] != '\0';
}

static bool prepare(struct command_line *line, struct table *table)
{
	if (!is_isolated()) {
		fprintf(stderr, "torture: run it below scripts/isolate: it removes all "
		                "objects that it sees\n");
		return false;
	}
	if (!calls_read_errors(line->errors) || !scenario_read(table, line->table))
		return false;
	/* what the caller has open is nothing to the applets */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	snprintf(line->folder, sizeof line->folder, "/tmp/torture.XXXXXX");
	line->torture.workshop.out = memfd_create("out", MFD_CLOEXEC);
	line->torture.workshop.err = memfd_create("err", MFD_CLOEXEC);
	if (!process_adopt() || line->torture.workshop.out < 0 ||
	    line->torture.workshop.err < 0 || mkdtemp(line->folder) == NULL ||
	    chdir(line->folder) < 0) {
		fprintf(stderr, "torture: %s\n", strerror(errno));
		return false;
	}
	umask(022);
	return true;
}

/* From one that depends on the slice, so that each is among those for which there is
 * time. */
static void visit_all(struct command_line *line, const struct table *table)
{
	struct torture *torture = &line->torture;
	size_t first = table->count * torture->slice.index / torture->slice.of;
	for (size_t i = 0; i < table->count && !visit_is_over(torture); i++) {
		size_t index = (first + i) % table->count;
		const struct scenario *scenario = &table->list[index];
		bool wanted = line->only != NULL
		                  ? fnmatch(line->only, scenario->name, 0) == 0
		                  : index % line->part.of == line->part.index;
		if (wanted && !(scenario->only_root && geteuid() != 0))
			visit_scenario(torture, scenario, index * 7);
	}
}

int main(int argc, char **argv)
{
	struct command_line line = {.table = "tests/torture/scenarios",
	                            .errors = "tests/torture/errors",
	                            .part = {0, 1},
	                            .torture = {.slice = {0, 1}, .hang = 5}};
	const struct torture *torture = &line.torture;
	struct table table = {0};
	unsigned long findings = 0;
	(void)argc;
	if (!parse(&line, argv)) {
		fprintf(stderr, "usage: torture --program FILE [--table FILE] [--errors "
		                "FILE] [--part I/N] "
		                "[--slice I/N] [--scenario NAME [--inject INJECTION]] "
		                "[--seconds N] [--hang SECONDS] [--list] [--verbose]\n");
		return 2;
	}
	if (!prepare(&line, &table))
		return 125;
	unsigned long slices = 0;
	do {
		visit_all(&line, &table);
		line.torture.slice.index =
		    (line.torture.slice.index + 1) % line.torture.slice.of;
	} while (torture->end > 0 && !visit_is_over(torture) &&
	         ++slices < torture->slice.of);
	if (chdir("/") == 0)
		rmdir(line.folder);
	printf("torture: %lu scenarios %lu fired", torture->scenarios, torture->fired);
	for (int i = FINDING_UNFIRED; i < FINDINGS; i++) {
		printf(" %lu %s", torture->found[i], finding_names[i]);
		findings += torture->found[i];
	}
	printf(" %lu broken %lu once %lu failed\n", torture->broken, torture->unsteady,
	       torture->failed);
	return findings + torture->broken > 0;
}
