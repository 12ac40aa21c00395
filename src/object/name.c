/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/value.h"
#include "io/error.h"
#include "object/name.h"

struct name_rule {
	const char *object;
	const char
	    *directory; /* where the system shows such an object, with its prefix */
	size_t longest;
	unsigned families; /* bit N: enum name_family N */
};

#define HAS_FAMILY(family) (1U << (family))

static const struct name_rule name_rules[] = {
    [NAME_QUEUE] = {"message queue", "/dev/mqueue/", 255,
                    HAS_FAMILY(NAME_FAMILY_POSIX) | HAS_FAMILY(NAME_FAMILY_SYSTEM_V)},
    [NAME_MEMORY] = {"shared memory object", "/dev/shm/", 255,
                     HAS_FAMILY(NAME_FAMILY_POSIX) | HAS_FAMILY(NAME_FAMILY_SYSTEM_V) |
                         HAS_FAMILY(NAME_FAMILY_DESCRIPTOR)},
    [NAME_SEMAPHORE] = {"semaphore", "/dev/shm/sem.", 251,
                        HAS_FAMILY(NAME_FAMILY_POSIX) | HAS_FAMILY(NAME_FAMILY_SYSTEM_V) |
                            HAS_FAMILY(NAME_FAMILY_IN_MEMORY)},
    [NAME_EVENTFD] = {"served eventfd", "/", NAME_EVENTFD_BYTES_MAX,
                      HAS_FAMILY(NAME_FAMILY_POSIX)},
    [NAME_LOCK] = {"lock", "/dev/shm/", 255, HAS_FAMILY(NAME_FAMILY_IN_MEMORY)},
    [NAME_CELL] = {"cell", "/dev/shm/", 255, HAS_FAMILY(NAME_FAMILY_IN_MEMORY)},
};

/* The part after the prefix, or NULL. */
static const char *skip_prefix(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);
	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/* -------------------------------------------------------------------- POSIX */

/* The part after the directory or the leading slash. */
static const char *bare_name(const struct name_rule *rule, const char *text)
{
	const char *bare = skip_prefix(text, rule->directory);
	return bare != NULL ? bare : text + (*text == '/');
}

/* The name is the first `length` bytes of `bare`; `text` is as given, for messages. */
static enum status parse_posix_name(char *name, const struct name_rule *rule,
                                    const char *text, const char *bare, size_t length)
{
	if (length == 0)
		return error_usage("'%s': the name of a %s must not be empty", text,
		                   rule->object);
	if (bare[0] == '.' && (length == 1 || (length == 2 && bare[1] == '.')))
		return error_usage("'%s': the name of a %s must not be '.' or '..'", text,
		                   rule->object);
	if (memchr(bare, '/', length) != NULL)
		return error_usage("'%s': the name of a %s must not contain '/' "
		                   "after the first character",
		                   text, rule->object);
	if (length > rule->longest)
		return error_usage("'%s': the name of a %s must not be longer than %zu "
		                   "bytes, this one has %zu",
		                   text, rule->object, rule->longest, length);
	name[0] = '/';
	memcpy(name + 1, bare, length);
	name[1 + length] = '\0';
	return STATUS_OK;
}

const char *name_bare(const struct name *name)
{
	return strchr(name->text, '/') + 1;
}

/* -------------------------------------------------------------- descriptors */

/* "7" after "fd:", of `length` bytes; shown: "fd:7". */
static enum status parse_descriptor(struct name *name, const char *text,
                                    const char *number, size_t length, char *shown)
{
	char digits[16];
	int fd = -1;
	const char *why = "not a number";
	if (length < sizeof digits) {
		memcpy(digits, number, length);
		digits[length] = '\0';
		why = value_descriptor(digits, &fd);
	}
	if (why != NULL)
		return error_usage("'%s': the text after fd: is %s", text, why);
	name->number = fd;
	sprintf(shown, "fd:%d", fd);
	return STATUS_OK;
}

/* ---------------------------------------------------------------- in memory */

/* The beginning of "+OFFSET": the last plus if only digits follow; otherwise the end. */
static const char *find_offset(const char *text)
{
	const char *plus = strrchr(text, '+');
	if (plus == NULL || plus[1] == '\0' ||
	    plus[1 + strspn(plus + 1, "0123456789")] != '\0')
		return text + strlen(text);
	return plus;
}

static enum status parse_memory_name(struct name *name, enum name_kind kind,
                                     const char *text, const char *rest)
{
	enum { ALIGNMENT = 8 }; /* of sem_t, pthread_mutex_t and uint64_t */
	const struct name_rule *rule = &name_rules[NAME_MEMORY];
	const char *end = find_offset(rest);
	struct value_error reason;
	if (*end == '+') {
		const char *why =
		    value_number(end + 1, 0, INT64_MAX, &name->offset, &reason);
		if (why != NULL)
			return error_usage("'%s': the offset is %s", text, why);
		if (name->offset % ALIGNMENT != 0)
			return error_usage("'%s': the offset of a %s must be a multiple "
			                   "of %d bytes",
			                   text, name_rules[kind].object, ALIGNMENT);
	}
	const char *bare = bare_name(rule, rest);
	char *shown = stpcpy(name->text, "shm:");
	const char *number = skip_prefix(rest, "fd:");
	enum status status =
	    number != NULL
	        ? parse_descriptor(name, text, number, (size_t)(end - number), shown)
	        : parse_posix_name(shown, rule, text, bare, (size_t)(end - bare));
	/* after a name that ends like an offset, one must be shown */
	if (status == STATUS_OK && (name->offset > 0 || *find_offset(shown) != '\0'))
		sprintf(shown + strlen(shown), "+%lld", (long long)name->offset);
	return status;
}

void name_of_memory(struct name *memory, const struct name *inside)
{
	const char *shown = skip_prefix(inside->text, "shm:");
	*memory = (struct name){.family = *shown == '/' ? NAME_FAMILY_POSIX
	                                                : NAME_FAMILY_DESCRIPTOR,
	                        .number = inside->number};
	memcpy(memory->text, shown, (size_t)(find_offset(shown) - shown));
}

/* ----------------------------------------------------------------- System V */

/* Decimal, 0x and hexadecimal, 0 and octal: the whole text. */
static bool parse_c_number(const char *text, uint64_t max, uint64_t *number)
{
	const char *end;
	if (*text < '0' || *text > '9')
		return false;
	unsigned base = *text != '0' ? 10 : (text[1] | ('a' - 'A')) == 'x' ? 16 : 8;
	*number = value_strtoull(text, &end, base);
	return *end == '\0' && *number <= max;
}

static enum status set_name_key(struct name *name, const char *text, uint64_t key)
{
	if (key == 0)
		return error_usage("'%s': key 0 is IPC_PRIVATE; use private:", text);
	name->address = NAME_BY_KEY;
	name->number = (int32_t)(uint32_t)key;
	sprintf(name->text, "key:0x%08x", (unsigned)key);
	return STATUS_OK;
}

static enum status parse_name_key(struct name *name, const char *text, const char *rest)
{
	uint64_t key;
	/* a key_t is signed, and other programs print a large one as a negative number */
	bool negative = *rest == '-';
	if (negative && parse_c_number(rest + 1, (uint64_t)INT32_MAX + 1, &key))
		key = (uint32_t)-key;
	else if (negative || !parse_c_number(rest, UINT32_MAX, &key))
		return error_usage("'%s': a key is a number from 1 to 4294967295 "
		                   "(0xffffffff)",
		                   text);
	return set_name_key(name, text, key);
}

static enum status parse_name_id(struct name *name, const char *text, const char *rest)
{
	uint64_t id;
	if (!parse_c_number(rest, INT32_MAX, &id))
		return error_usage("'%s': an id is a number from 0 to 2147483647", text);
	name->address = NAME_BY_ID;
	name->number = (int32_t)id;
	sprintf(name->text, "id:%d", (int)id);
	return STATUS_OK;
}

/* A number from 1 to 255, or one character; 0 if it is neither. */
static unsigned ftok_project(const char *text)
{
	uint64_t number;
	if (parse_c_number(text, 255, &number) && number > 0)
		return (unsigned)number;
	bool digit = *text >= '0' && *text <= '9';
	return *text != '\0' && text[1] == '\0' && !digit ? (unsigned char)*text : 0;
}

/* The key of ftok(3): PROJ, the device number and the inode number. */
static enum status parse_ftok_name(struct name *name, const char *text, const char *rest)
{
	char path[4096];
	struct stat st;
	const char *colon = strrchr(rest, ':');
	unsigned proj = colon != NULL ? ftok_project(colon + 1) : 0;
	if (proj == 0 || colon == rest)
		return error_usage("'%s': must be ftok:PATH:PROJ, PROJ being a number "
		                   "from 1 to 255 or one character",
		                   text);
	size_t length = (size_t)(colon - rest);
	if (length >= sizeof path)
		return error_usage("'%s': the path is longer than %zu bytes", text,
		                   sizeof path - 1);
	memcpy(path, rest, length);
	path[length] = '\0';
	if (stat(path, &st) < 0)
		return error_errno("%s", path);
	return set_name_key(name, text,
	                    (uint64_t)proj << 24 | (st.st_dev & 0xff) << 16 |
	                        (st.st_ino & 0xffff));
}

/* Remove "[2]" from the end of the address and set the index. */
static enum status parse_semaphore_index(struct name *name, const char *text,
                                         char *address)
{
	char *bracket = strrchr(address, '[');
	size_t length = strlen(address);
	uint64_t index;
	if (bracket == NULL || address[length - 1] != ']')
		return STATUS_OK;
	address[length - 1] = '\0';
	if (!parse_c_number(bracket + 1, INT32_MAX, &index))
		return error_usage("'%s': the index of a semaphore is a number from 0",
		                   text);
	*bracket = '\0';
	name->has_index = true;
	name->index = (int32_t)index;
	return STATUS_OK;
}

static enum status parse_system_v_address(struct name *name, const char *text,
                                          const char *address)
{
	const char *rest;
	if ((rest = skip_prefix(address, "key:")) != NULL)
		return parse_name_key(name, text, rest);
	if ((rest = skip_prefix(address, "id:")) != NULL)
		return parse_name_id(name, text, rest);
	if ((rest = skip_prefix(address, "ftok:")) != NULL)
		return parse_ftok_name(name, text, rest);
	if (strcmp(address, "private:") != 0)
		return error_usage("'%s': private: must not be followed by anything",
		                   text);
	name->address = NAME_PRIVATE;
	strcpy(name->text, address);
	return STATUS_OK;
}

static enum status parse_system_v_name(struct name *name, enum name_kind kind,
                                       const char *text)
{
	char address[4096 + sizeof "ftok::255[2147483647]"];
	if (strlen(text) >= sizeof address)
		return error_usage("'%s': too long", text);
	strcpy(address, text);
	enum status status = STATUS_OK;
	if (kind == NAME_SEMAPHORE)
		status = parse_semaphore_index(name, text, address);
	if (status == STATUS_OK)
		status = parse_system_v_address(name, text, address);
	if (status == STATUS_OK && name->has_index)
		sprintf(name->text + strlen(name->text), "[%d]", (int)name->index);
	return status;
}

/* --------------------------------------------------------------------- all */

static enum name_family name_family_of(enum name_kind kind, const char *text)
{
	static const char *const system_v[] = {"key:", "id:", "ftok:", "private:"};
	for (size_t i = 0; i < sizeof system_v / sizeof *system_v; i++)
		if (skip_prefix(text, system_v[i]) != NULL)
			return NAME_FAMILY_SYSTEM_V;
	if ((name_rules[kind].families & HAS_FAMILY(NAME_FAMILY_IN_MEMORY)) &&
	    skip_prefix(text, "shm:") != NULL)
		return NAME_FAMILY_IN_MEMORY;
	if ((name_rules[kind].families & HAS_FAMILY(NAME_FAMILY_DESCRIPTOR)) &&
	    skip_prefix(text, "fd:") != NULL)
		return NAME_FAMILY_DESCRIPTOR;
	return NAME_FAMILY_POSIX;
}

bool name_any_is_system_v(enum name_kind kind, int count, char **texts)
{
	for (int i = 0; i < count; i++)
		if (name_family_of(kind, texts[i]) == NAME_FAMILY_SYSTEM_V)
			return true;
	return false;
}

enum status name_parse(struct name *name, enum name_kind kind, const char *text)
{
	const struct name_rule *rule = &name_rules[kind];
	*name = (struct name){.family = name_family_of(kind, text)};
	if (rule->families == HAS_FAMILY(NAME_FAMILY_IN_MEMORY) &&
	    name->family != NAME_FAMILY_IN_MEMORY)
		return error_usage("'%s': the name of a %s in memory is shm:NAME or "
		                   "shm:NAME+OFFSET",
		                   text, rule->object);
	if (!(rule->families & HAS_FAMILY(name->family)))
		return error_usage("'%s': %s are not supported", text,
		                   name->family == NAME_FAMILY_SYSTEM_V
		                       ? "System V addresses"
		                       : "semaphores in shared memory");
	if (name->family == NAME_FAMILY_SYSTEM_V)
		return parse_system_v_name(name, kind, text);
	if (name->family == NAME_FAMILY_IN_MEMORY)
		return parse_memory_name(name, kind, text, text + strlen("shm:"));
	if (name->family == NAME_FAMILY_DESCRIPTOR) {
		const char *number = text + strlen("fd:");
		return parse_descriptor(name, text, number, strlen(number), name->text);
	}
	const char *rest = kind == NAME_SEMAPHORE ? skip_prefix(text, "musl:") : NULL;
	name->musl = rest != NULL;
	const char *bare = name->musl ? bare_name(&name_rules[NAME_MEMORY], rest)
	                              : bare_name(rule, text);
	char *shown = name->musl ? stpcpy(name->text, "musl:") : name->text;
	return parse_posix_name(shown, rule, text, bare, strlen(bare));
}
