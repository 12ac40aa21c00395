/* SPDX-License-Identifier: MIT */
/*
 * object/name.h: names of objects against their definition, written once more with the
 * functions of the C library, ftok(3) among them; and the name that is shown in messages
 * names the same object.
 *
 * Runs: 500000 of at most 320 bytes
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>

#include "fuzz.h"
#include "object/name.h"
#include "object/shm_path.h"

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A whole number as C writes it, from min to max. */
static bool read_c_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	char *end;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
	       *number >= min && *number <= max;
}

/* The name after the folder or the slash, if it is one of at most `longest` bytes. */
static bool read_posix(struct name *name, const char *folder, size_t longest,
                       const char *text)
{
	if (has_prefix(text, folder))
		text += strlen(folder);
	else if (*text == '/')
		text++;
	size_t length = strlen(text);
	if (length == 0 || length > longest || strcmp(text, ".") == 0 ||
	    strcmp(text, "..") == 0 || strchr(text, '/') != NULL)
		return false;
	snprintf(name->text, sizeof name->text, "/%s", text);
	return true;
}

/* Where the digits of "+8" at the end of a text begin; NULL. */
static char *find_number_after_plus(char *text)
{
	char *at = text + strlen(text);
	while (at > text && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at > text && at[-1] == '+' && *at != '\0' ? at : NULL;
}

/* "fd:7": at most 15 digits. */
static bool read_descriptor(struct name *name, const char *text)
{
	size_t length = strspn(text, "0123456789");
	if (length == 0 || length > 15 || text[length] != '\0' ||
	    strtoull(text, NULL, 10) > INT_MAX)
		return false;
	name->number = (int32_t)strtoull(text, NULL, 10);
	snprintf(name->text, sizeof name->text, "fd:%d", (int)name->number);
	return true;
}

static bool read_in_memory(struct name *name, const char *text)
{
	char *copy = fuzz_copy(text + strlen("shm:"));
	char *digits = find_number_after_plus(copy);
	struct name object = {.number = 0};
	bool valid = true;
	name->family = NAME_FAMILY_IN_MEMORY;
	if (digits != NULL) {
		errno = 0;
		unsigned long long offset = strtoull(digits, NULL, 10);
		valid = errno == 0 && offset <= INT64_MAX && offset % 8 == 0;
		name->offset = valid ? (int64_t)offset : 0;
		digits[-1] = '\0';
	}
	valid = valid &&
	        (has_prefix(copy, "fd:") ? read_descriptor(&object, copy + strlen("fd:"))
	                                 : read_posix(&object, "/dev/shm/", 255, copy));
	name->number = object.number;
	if (valid && (name->offset > 0 || find_number_after_plus(object.text) != NULL))
		snprintf(name->text, sizeof name->text, "shm:%.256s+%lld", object.text,
		         (long long)name->offset);
	else if (valid)
		snprintf(name->text, sizeof name->text, "shm:%.256s", object.text);
	return valid;
}

static bool read_key(struct name *name, uint64_t key)
{
	name->address = NAME_BY_KEY;
	name->number = (int32_t)(uint32_t)key;
	snprintf(name->text, sizeof name->text, "key:0x%08x", (unsigned)key);
	return true;
}

static bool read_ftok(struct name *name, char *text)
{
	char *colon = strrchr(text, ':');
	uint64_t project;
	if (colon == NULL || colon == text)
		return false;
	if (!read_c_number(colon + 1, 1, 255, &project)) {
		if (strlen(colon + 1) != 1 || (colon[1] >= '0' && colon[1] <= '9'))
			return false;
		project = (unsigned char)colon[1];
	}
	*colon = '\0';
	key_t key = ftok(text, (int)project);
	return key != -1 && read_key(name, (uint32_t)key);
}

static bool read_system_v(struct name *name, enum name_kind kind, char *text)
{
	uint64_t number = 0;
	bool valid = false;
	size_t length = strlen(text);
	char *bracket = strrchr(text, '[');
	name->family = NAME_FAMILY_SYSTEM_V;
	if (kind == NAME_SEMAPHORE && bracket != NULL && text[length - 1] == ']') {
		text[length - 1] = *bracket = '\0';
		if (!read_c_number(bracket + 1, 0, INT32_MAX, &number))
			return false;
		name->has_index = true;
		name->index = (int32_t)number;
	}
	if (has_prefix(text, "key:")) {
		/* a key_t is signed */
		bool negative = text[4] == '-';
		valid =
		    read_c_number(text + 4 + negative, 1,
		                  negative ? UINT32_C(1) << 31 : UINT32_MAX, &number) &&
		    read_key(name, negative ? -number : number);
	} else if (has_prefix(text, "id:")) {
		valid = read_c_number(text + 3, 0, INT32_MAX, &number);
		name->address = NAME_BY_ID;
		name->number = (int32_t)number;
		snprintf(name->text, sizeof name->text, "id:%d", (int)number);
	} else if (has_prefix(text, "ftok:")) {
		valid = read_ftok(name, text + 5);
	} else {
		valid = strcmp(text, "private:") == 0;
		name->address = NAME_PRIVATE;
		strcpy(name->text, "private:");
	}
	if (name->has_index)
		sprintf(name->text + strlen(name->text), "[%d]", (int)name->index);
	return valid;
}

/* A semaphore of musl has the file of a shared memory object. */
static bool read_musl(struct name *name, const char *text)
{
	struct name object;
	bool valid = read_posix(&object, "/dev/shm/", 251, text);
	name->musl = true;
	if (valid)
		snprintf(name->text, sizeof name->text, "musl:%.252s", object.text);
	return valid;
}

static bool read_name(struct name *name, enum name_kind kind, const char *text)
{
	static const char *const folders[] = {"/dev/mqueue/", "/dev/shm/",
	                                      "/dev/shm/sem.", "/"};
	static const size_t longest[] = {255, 255, 251, 84};
	bool inside = kind == NAME_LOCK || kind == NAME_CELL;
	*name = (struct name){.family = NAME_FAMILY_POSIX};
	if (has_prefix(text, "key:") || has_prefix(text, "id:") ||
	    has_prefix(text, "ftok:") || has_prefix(text, "private:"))
		return kind != NAME_EVENTFD && !inside &&
		       read_system_v(name, kind, fuzz_copy(text));
	if ((inside || kind == NAME_SEMAPHORE) && has_prefix(text, "shm:"))
		return read_in_memory(name, text);
	if (kind == NAME_SEMAPHORE && has_prefix(text, "musl:"))
		return read_musl(name, text + strlen("musl:"));
	if (kind == NAME_MEMORY && has_prefix(text, "fd:")) {
		name->family = NAME_FAMILY_DESCRIPTOR;
		return read_descriptor(name, text + strlen("fd:"));
	}
	return !inside && read_posix(name, folders[kind], longest[kind], text);
}

static void check_same(const char *text, const struct name *a, const struct name *b)
{
	FUZZ_CHECK(strcmp(a->text, b->text) == 0, "'%s': %s, not %s", text, a->text,
	           b->text);
	FUZZ_CHECK(a->family == b->family && a->address == b->address &&
	               a->number == b->number && a->has_index == b->has_index &&
	               a->index == b->index && a->offset == b->offset &&
	               a->musl == b->musl,
	           "'%s': %s", text, a->text);
}

/* The object that a name in memory shows, and the file of an object. */
static void check_memory(const struct name *inside)
{
	struct name memory, again;
	struct shm_path path;
	name_of_memory(&memory, inside);
	FUZZ_CHECK(name_parse(&again, NAME_MEMORY, memory.text) == STATUS_OK, "%s",
	           memory.text);
	check_same(inside->text, &again, &memory);
	if (memory.family == NAME_FAMILY_DESCRIPTOR)
		return;
	FUZZ_CHECK(name_parse(&again, NAME_MEMORY, shm_path_of(&path, &memory)) ==
	               STATUS_OK,
	           "%s", path.text);
	check_same(path.text, &again, &memory);
}

void fuzz_target(struct fuzz_input *input)
{
	enum name_kind kind = fuzz_below(input, NAME_CELL + 1);
	char *text = fuzz_rest(input);
	struct name name, expected, again;
	size_t reported;
	bool valid = name_parse(&name, kind, text) == STATUS_OK;
	fuzz_written(2, &reported);
	FUZZ_CHECK(valid == (reported == 0), "'%s': is a failure reported?", text);
	FUZZ_CHECK(valid == read_name(&expected, kind, text), "'%s' is %svalid", text,
	           valid ? "" : "not ");
	if (!valid)
		return;
	check_same(text, &name, &expected);
	FUZZ_CHECK(name_any_is_system_v(kind, 1, &text) ==
	               (name.family == NAME_FAMILY_SYSTEM_V),
	           "'%s'", text);
	FUZZ_CHECK(name_parse(&again, kind, name.text) == STATUS_OK, "'%s': %s", text,
	           name.text);
	check_same(text, &again, &name);
	if (name.family == NAME_FAMILY_POSIX)
		FUZZ_CHECK(strcmp(name_bare(&name), strrchr(name.text, '/') + 1) == 0,
		           "%s", name.text);
	if (name.family == NAME_FAMILY_IN_MEMORY)
		check_memory(&name);
}
