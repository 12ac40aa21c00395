/* SPDX-License-Identifier: MIT */
/* strstr(3) for the static program: of short texts. */
#include <string.h>

char *strstr(const char *text, const char *part)
{
	size_t length = strlen(part);
	while (strncmp(text, part, length) != 0)
		if (*text++ == '\0')
			return NULL;
	return strchr(text, *part); /* which is there: text, not const */
}
