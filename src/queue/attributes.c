/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "io/error.h"
#include "io/owner.h"
#include "queue/family.h"

/* The attributes that differ: "depth 10 instead of 20, mode 0600 instead of 0640". */
struct queue_differences {
	char text[160];
	size_t length;
};

static void compare_attribute(struct queue_differences *differences, const char *what,
                              bool octal, int64_t is, int64_t wanted)
{
	if (is == wanted)
		return;
	size_t room = sizeof differences->text - differences->length;
	int length = snprintf(
	    differences->text + differences->length, room,
	    octal ? "%s%s %04llo instead of %04llo" : "%s%s %lld instead of %lld",
	    differences->length > 0 ? ", " : "", what, (long long)is, (long long)wanted);
	differences->length += (size_t)length;
}

enum status queue_check_existing(const struct name *name, const struct queue_facts *facts,
                                 const struct queue_attributes *attributes, mode_t mode)
{
	struct queue_differences differences = {0};
	const struct owner_ids ids = {.owner = facts->uid,
	                              .creator = facts->creator,
	                              .owner_group = facts->gid,
	                              .creator_group = facts->creator_group};
	enum status status = owner_check_ids(name->text, &ids, mode);
	if (status != STATUS_OK)
		return status;
	if (attributes->depth != 0)
		compare_attribute(&differences, "depth", false, facts->depth,
		                  attributes->depth);
	if (attributes->size != 0)
		compare_attribute(&differences, "size", false, facts->size,
		                  attributes->size);
	if (attributes->bytes != 0)
		compare_attribute(&differences, "bytes", false, facts->capacity,
		                  attributes->bytes);
	compare_attribute(&differences, "mode", true, facts->mode, mode);
	if (differences.length > 0)
		return error_as(STATUS_EXISTS, "%s: exists, but with %s", name->text,
		                differences.text);
	return STATUS_OK;
}
