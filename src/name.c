#include <string.h>

#include "name.h"
#include "report.h"

struct rule {
	const char *object;
	const char *folder; /* where the system shows such an object */
	size_t longest;
};

static const struct rule rules[] = {
    [NAME_QUEUE] = {"message queue", "/dev/mqueue/", 255},
    [NAME_MEMORY] = {"shared memory object", "/dev/shm/", 255},
    [NAME_SEMAPHORE] = {"semaphore", "/dev/shm/sem.", 251},
};

static const char *const system_v_prefixes[] = {"key:", "id:", "ftok:", "private:"};

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_system_v(const char *text)
{
	for (size_t i = 0; i < sizeof system_v_prefixes / sizeof *system_v_prefixes; i++)
		if (starts_with(text, system_v_prefixes[i]))
			return true;
	return false;
}

/* The part behind the folder or the leading slash. */
static const char *bare_name(const struct rule *rule, const char *text)
{
	if (starts_with(text, rule->folder))
		return text + strlen(rule->folder);
	return text + (*text == '/');
}

enum status name_parse(struct name *name, enum name_kind kind, const char *text)
{
	const struct rule *rule = &rules[kind];
	if (is_system_v(text))
		return usage_error("%s: System V addresses are not supported", text);
	if (kind == NAME_SEMAPHORE && starts_with(text, "shm:"))
		return usage_error("%s: semaphores in shared memory are not supported",
		                   text);
	const char *bare = bare_name(rule, text);
	size_t length = strlen(bare);
	if (length == 0)
		return usage_error("'%s': the name of a %s must not be empty", text,
		                   rule->object);
	if (strcmp(bare, ".") == 0 || strcmp(bare, "..") == 0)
		return usage_error("'%s': the name of a %s must not be '.' or '..'", text,
		                   rule->object);
	if (strchr(bare, '/') != NULL)
		return usage_error("'%s': the name of a %s must not contain '/' "
		                   "after the first character",
		                   text, rule->object);
	if (length > rule->longest)
		return usage_error("'%s': the name of a %s must not be longer than %zu "
		                   "bytes, this one has %zu",
		                   text, rule->object, rule->longest, length);
	name->family = FAMILY_POSIX;
	name->text[0] = '/';
	memcpy(name->text + 1, bare, length + 1);
	return STATUS_DONE;
}
