/* SPDX-License-Identifier: MIT */
/*
 * mapcat - write files to standard output through a memory map
 */
#include "applet.h"
#include "base/frontend.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/file_map.h"

enum { NOT_GIVEN = -1, GROUP_KIND = 2 };

struct mapcat {
	bool is_private, shared;
	int64_t write_at;
	int64_t offset, length;
};

static const struct mapcat defaults = {.write_at = NOT_GIVEN, .length = INT64_MAX};

static const struct option_row options[] = {
    SIZE('o', "offset", mapcat, offset, 0, "OFFSET", 0, "begin at this byte"),
    SIZE('l', "length", mapcat, length, 0, "LENGTH", 0,
         "at most LENGTH bytes instead of all"),
    FLAG(0, "private", mapcat, is_private, GROUP_KIND,
         "a private map: --write does not change the file"),
    FLAG(0, "shared", mapcat, shared, GROUP_KIND,
         "a shared map: --write changes the file"),
    SIZE(0, "write", mapcat, write_at, 0, "OFFSET", 0,
         "first write TEXT, the first operand, at this byte of the map",
         REQUIRES("private|shared")),
    END_OF_OPTIONS,
};

/* text: NULL without --write. *ended as of file_map_print(). */
static enum status mapcat_one(const struct mapcat *given, struct output *output,
                              const char *text, const char *path, bool *ended)
{
	struct file_map map;
	enum file_map_access access = text == NULL    ? FILE_MAP_READ
	                              : given->shared ? FILE_MAP_WRITE_SHARED
	                                              : FILE_MAP_WRITE_PRIVATE;
	enum status status = file_map_open(&map, path, access);
	if (status != STATUS_OK)
		return status;
	if (text != NULL)
		status = file_map_store(&map, given->write_at, text);
	if (status == STATUS_OK)
		status = file_map_print(&map,
		                        (struct file_map_range){.offset = given->offset,
		                                                .length = given->length},
		                        output, ended);
	file_map_close(&map);
	return status;
}

static enum status mapcat_all(const struct mapcat *given, char **operands)
{
	bool ended = false;
	struct output output;
	const char *text = given->write_at != NOT_GIVEN ? *operands++ : NULL;
	enum status status = output_begin(&output);
	if (status != STATUS_OK)
		return status;
	for (; *operands != NULL && !ended; operands++)
		status = status_first_failure(
		    status, mapcat_one(given, &output, text, *operands, &ended));
	return status;
}

static enum status mapcat_run(const void *opts, int argc, char **argv)
{
	const struct mapcat *given = opts;
	bool writes = given->write_at != NOT_GIVEN;
	if (writes && argc != 2)
		return error_usage("--write requires two operands: TEXT and FILE");
	/* it holds nothing: a signal may end a program at any time, but not a shell */
	struct termsig termsig;
	bool in_shell = frontend_is_builtin();
	if (in_shell)
		termsig_begin(&termsig);
	enum status status = mapcat_all(given, argv);
	return in_shell ? termsig_end(&termsig, status) : status;
}

#define SELF                                                                             \
	{                                                                                \
		.operands = "[TEXT] FILE...",                                            \
		.operand_kinds = {OPERAND_FILE | OPERAND_REPEATED}, .min_operands = 1,   \
		.max_operands = OPERANDS_UNLIMITED, .options = options,                  \
		.defaults = &defaults, OPTIONS_OF(mapcat), .run = mapcat_run             \
	}

APPLET(mapcat, .summary = "write files to standard output through a memory map",
       .group = APPLETS_SHARED_MEMORY, .example = "mapcat --private --write 7 there file",
       .self = SELF);

/* The first name, which is that of a program of sleuthkit too. */
APPLET(mmcat, .summary = "another name of mapcat", .group = APPLETS_SHARED_MEMORY,
       .example = "mmcat --private --write 7 there file", .self = SELF);
