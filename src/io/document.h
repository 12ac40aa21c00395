/* SPDX-License-Identifier: MIT */
/*
 * A text that is written to an open file in pieces: a picture, a graph.
 */
#ifndef IO_DOCUMENT_H
#define IO_DOCUMENT_H

#include "base/status.h"

struct document {
	int fd;
	const char *path;   /* for messages */
	enum status status; /* of the first write that failed, which is reported */
};

/* Create or truncate a file as the shell does: STATUS_FAILED, reported. */
enum status document_open(struct document *document, const char *path);
void document_close(struct document *document);

/* Formatted text, cut off after 1 KiB. After a failure nothing more is written. */
void document_printf(struct document *document, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
