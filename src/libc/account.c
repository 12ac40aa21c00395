/* SPDX-License-Identifier: MIT */
/*
 * getpwnam(3), getpwuid(3), getgrnam(3), getgrgid(3) for the static program: names and
 * numbers, from /etc/passwd and /etc/group. The other members are not filled in.
 */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "libc/lines.h"

enum { NAME = 64 };

static bool parse_number(const char *text, uint32_t *number)
{
	uint64_t value = 0;
	const char *digit = text;
	for (; *digit >= '0' && *digit <= '9' && value <= UINT32_MAX; digit++)
		value = 10 * value + (uint64_t)(*digit - '0');
	*number = (uint32_t)value;
	return digit > text && *digit == ':' && value <= UINT32_MAX;
}

/* "NAME:PASSWORD:NUMBER:": the line with this name, or if that is NULL with the number.
 */
static bool find_account(const char *path, const char *wanted, uint32_t *number,
                         char name[NAME])
{
	struct lines lines = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
	bool found = false;
	char *line;
	while (!found && (line = lines_next(&lines)) != NULL) {
		char *password = strchr(line, ':');
		char *digits = password != NULL ? strchr(password + 1, ':') : NULL;
		uint32_t value;
		if (digits == NULL || !parse_number(digits + 1, &value) ||
		    password - line >= NAME)
			continue;
		*password = '\0';
		found = wanted != NULL ? strcmp(line, wanted) == 0 : value == *number;
		if (found) {
			strcpy(name, line);
			*number = value;
		}
	}
	close(lines.fd);
	return found;
}

static struct passwd *find_user(const char *name, uid_t uid)
{
	static char kept[NAME];
	static struct passwd user = {.pw_name = kept, .pw_gid = (gid_t)-1};
	user.pw_uid = uid;
	return find_account("/etc/passwd", name, &user.pw_uid, kept) ? &user : NULL;
}

static struct group *find_group(const char *name, gid_t gid)
{
	static char kept[NAME];
	static struct group group = {.gr_name = kept};
	group.gr_gid = gid;
	return find_account("/etc/group", name, &group.gr_gid, kept) ? &group : NULL;
}

struct passwd *getpwnam(const char *name)
{
	return find_user(name, 0);
}

struct passwd *getpwuid(uid_t uid)
{
	return find_user(NULL, uid);
}

struct group *getgrnam(const char *name)
{
	return find_group(name, 0);
}

struct group *getgrgid(gid_t gid)
{
	return find_group(NULL, gid);
}
