/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>

#include "inspect/graph.h"
#include "io/error.h"

enum status graph_print(struct census *census, const int *objects, size_t count,
                        bool keep_noise, const char *svg)
{
	struct document document = {.fd = STDOUT_FILENO, .path = "standard output"};
	struct graph graph;
	bool *wanted = calloc(census->objects.count + 1, sizeof *wanted);
	if (wanted == NULL)
		return error_as(STATUS_FAILED, "cannot allocate memory");
	for (size_t i = 0; i < count; i++)
		wanted[objects[i]] = true;
	enum status status = graph_make(&graph, census, wanted, keep_noise);
	if (status == STATUS_OK && svg != NULL)
		status = document_open(&document, svg);
	if (status == STATUS_OK) {
		(svg != NULL ? graph_svg_write : graph_dot_write)(&graph, &document);
		status = document.status;
	}
	if (svg != NULL)
		document_close(&document);
	graph_free(&graph);
	free(wanted);
	return status;
}
