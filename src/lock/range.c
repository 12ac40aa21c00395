/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/value.h"
#include "io/error.h"
#include "lock/range.h"

/* text: START or LENGTH, the first `length` bytes of it. */
static enum status lock_range_parse_bytes(const char *range, const char *text,
                                          size_t length, int64_t *bytes)
{
	char copy[64];
	struct value_error reason;
	const char *wrong = "not a size";
	if (length < sizeof copy) {
		memcpy(copy, text, length);
		copy[length] = '\0';
		wrong = value_size(copy, 0, INT64_MAX, bytes, &reason);
	}
	return wrong == NULL ? STATUS_OK
	                     : error_usage("option '-r': '%s': '%.*s' is %s", range,
	                                   (int)length, text, wrong);
}

enum status lock_range_parse(const char *text, struct lock_attributes *attributes)
{
	const char *colon = strchr(text, ':');
	if (colon == NULL)
		return error_usage("option '-r': '%s' is not START:LENGTH", text);
	enum status status = lock_range_parse_bytes(text, text, (size_t)(colon - text),
	                                            &attributes->start);
	if (status == STATUS_OK)
		status = lock_range_parse_bytes(text, colon + 1, strlen(colon + 1),
		                                &attributes->length);
	if (status == STATUS_OK && attributes->length > 0 &&
	    attributes->start > INT64_MAX - (attributes->length - 1))
		status = error_usage("option '-r': '%s' ends past byte %lld", text,
		                     (long long)INT64_MAX);
	return status;
}
