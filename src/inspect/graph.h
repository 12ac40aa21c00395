/* SPDX-License-Identifier: MIT */
/*
 * Which process talks to which, and through which object: the edges of a census.
 *
 * Left out as noise: an object that only one process has, unless it waits for it; a pipe
 * that more than GRAPH_INHERITED processes have for the same direction, such as the one
 * that all of them inherited for their messages; a pipe of which only one direction is
 * in use; a socket whose other end is not known. The two ends of a connection, and the
 * listener whose name they have, are one object.
 */
#ifndef INSPECT_GRAPH_H
#define INSPECT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "inspect/census.h"
#include "io/document.h"
#include "io/escape.h"

enum { GRAPH_INHERITED = 4 };

enum graph_side { GRAPH_PROCESSES, GRAPH_OBJECTS };

struct graph_node {
	int index;     /* in the census: of the process, of the object */
	int degree;    /* its edges */
	int row;       /* from 0 on its side, so that few edges cross */
	int64_t place; /* the mean of the rows of its neighbours */
};

struct graph_edge {
	int ends[2]; /* indices in the census, by enum graph_side */
	bool reads, writes, waits, holds;
};

struct graph {
	struct census *census;
	struct graph_edge *edges;
	size_t edge_count;
	/* of each side: by their indices in the census; and those with edges, by rows */
	struct graph_node *nodes[2];
	struct graph_node *sorted[2];
	int counts[2]; /* of sorted */
};

/*
 * The edges of the objects for which `wanted` is true, with what is noise or without it.
 * The census has details and waits. To be freed by graph_free() in any case; a failure is
 * reported.
 */
enum status graph_make(struct graph *graph, struct census *census, const bool *wanted,
                       bool keep_noise);
void graph_free(struct graph *graph);

/* Make that of these objects and write it: as SVG to a file, or, NULL, for dot(1) to
 * standard output. */
enum status graph_print(struct census *census, const int *objects, size_t count,
                        bool keep_noise, const char *svg);

/* Write it in the language of dot(1), or as a picture: Scalable Vector Graphics 1.1. */
void graph_dot_write(const struct graph *graph, struct document *document);
void graph_svg_write(const struct graph *graph, struct document *document);

/* Its name, or the address of a connection. */
const char *graph_object_name(const struct object *object);

/*
 * A name for one of them: escaped as in messages, and then by the replacements, up to one
 * of character 0. A longer one is cut off after so many columns and ends in "...".
 */
enum {
	GRAPH_LABEL_COLUMNS = 40,
	GRAPH_LABEL_BYTES = 6 * (GRAPH_LABEL_COLUMNS + ESCAPE_CHARACTER_MAX) + 4
};
struct graph_replacement {
	char character;
	char text[7];
};
void graph_label(char label[GRAPH_LABEL_BYTES], const char *text,
                 const struct graph_replacement *replacements);

#endif
