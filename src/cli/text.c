/* SPDX-License-Identifier: MIT */
#include "cli/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "io/output.h"

void cli_text_put(struct cli_text *text, const char *format, ...)
{
	bool full = text->length >= text->size;
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(full ? NULL : text->at + text->length,
	                       full ? 0 : text->size - text->length, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->length += (size_t)length;
}

enum status cli_text_write(const struct cli_text *text)
{
	return output_write(text->at,
	                    text->length < text->size ? text->length : text->size);
}
