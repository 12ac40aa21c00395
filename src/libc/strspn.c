/* strspn(3), strcspn(3) for the static program: of few bytes. */
#include <string.h>

size_t strspn(const char *text, const char *bytes)
{
	const char *end = text;
	while (*end != '\0' && strchr(bytes, *end) != NULL)
		end++;
	return (size_t)(end - text);
}

size_t strcspn(const char *text, const char *bytes)
{
	const char *end = text;
	while (strchr(bytes, *end) == NULL)
		end++;
	return (size_t)(end - text);
}
