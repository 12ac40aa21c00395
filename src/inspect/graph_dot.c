/* SPDX-License-Identifier: MIT */
#include "inspect/graph.h"
#include "inspect/table.h"

static const struct graph_replacement replacements[] = {
    {'"', "\\\""},
    {'\\', "\\\\"},
    {0},
};

void graph_dot_write(const struct graph *graph, struct document *document)
{
	/* by reads and writes */
	static const char *const directions[] = {"none", "back", "forward", "both"};
	struct census *census = graph->census;
	char label[GRAPH_LABEL_BYTES], text[TABLE_FILL_BYTES], fill[GRAPH_LABEL_BYTES];
	document_printf(document, "digraph ipc {\n\trankdir=LR;\n\tnode [shape=box];\n");
	for (int i = 0; i < graph->counts[GRAPH_PROCESSES]; i++) {
		pid_t pid =
		    census->processes[graph->sorted[GRAPH_PROCESSES][i].index].pid;
		graph_label(label, census_command(census, pid), replacements);
		document_printf(document, "\tp%d [label=\"%d %s\", style=rounded];\n",
		                (int)pid, (int)pid, label);
	}
	for (int i = 0; i < graph->counts[GRAPH_OBJECTS]; i++) {
		int index = graph->sorted[GRAPH_OBJECTS][i].index;
		const struct object *object = &census->objects.objects[index];
		graph_label(label, graph_object_name(object), replacements);
		graph_label(fill, table_fill_text(text, object), replacements);
		document_printf(document, "\to%d [label=\"%s %s\\n%s\"];\n", index,
		                object_kind_word(object->identity.kind), label, fill);
	}
	for (size_t i = 0; i < graph->edge_count; i++) {
		const struct graph_edge *edge = &graph->edges[i];
		document_printf(document, "\tp%d -> o%d [dir=%s%s];\n",
		                (int)census->processes[edge->ends[GRAPH_PROCESSES]].pid,
		                edge->ends[GRAPH_OBJECTS],
		                directions[edge->reads + 2 * edge->writes],
		                edge->waits   ? ", color=red, label=waits"
		                : edge->holds ? ", label=holds"
		                              : "");
	}
	document_printf(document, "}\n");
}
