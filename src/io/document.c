/* SPDX-License-Identifier: MIT */
#include "io/document.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "io/error.h"
#include "io/output.h"

enum status document_open(struct document *document, const char *path)
{
	*document = (struct document){.path = path};
	document->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (document->fd < 0)
		document->status = error_errno_as(STATUS_FAILED, "%s", path);
	return document->status;
}

void document_close(struct document *document)
{
	if (document->fd >= 0)
		close(document->fd);
}

void document_printf(struct document *document, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof text)
		length = (int)sizeof text - 1;
	if (document->status == STATUS_OK && length > 0)
		document->status =
		    output_write_to(document->fd, document->path, text, (size_t)length);
}
