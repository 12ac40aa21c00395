/* SPDX-License-Identifier: MIT */
/*
 * Processes on the left, objects on the right. An edge is horizontal at both ends, so an
 * arrowhead needs no rotation.
 */
#include "inspect/graph.h"
#include "inspect/table.h"

/* In the picture's units, about a pixel each. */
enum {
	MARGIN = 24,
	HEAD = 64,
	ROW = 46,
	BOX_HEIGHT = 34,
	PROCESS_WIDTH = 190,
	GAP = 240,
	OBJECT_LEFT = MARGIN + PROCESS_WIDTH + GAP,
	OBJECT_WIDTH = 340,
	WIDTH = OBJECT_LEFT + OBJECT_WIDTH + MARGIN,
};

static const struct graph_replacement replacements[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {0},
};

/* The side with fewer nodes is spread over the same height. */
static int middle_of(const struct graph *graph, enum graph_side side, int row)
{
	int most = graph->counts[!side] > graph->counts[side] ? graph->counts[!side]
	                                                      : graph->counts[side];
	return HEAD + most * ROW * (2 * row + 1) / (2 * graph->counts[side]);
}

static void write_box(struct document *document, int left, int middle, int width,
                      const char *style)
{
	document_printf(document,
	                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" %s/>\n", left,
	                middle - BOX_HEIGHT / 2, width, BOX_HEIGHT, style);
}

static void write_process(const struct graph *graph, struct document *document,
                          const struct graph_node *node)
{
	char label[GRAPH_LABEL_BYTES];
	pid_t pid = graph->census->processes[node->index].pid;
	int middle = middle_of(graph, GRAPH_PROCESSES, node->row);
	graph_label(label, census_command(graph->census, pid), replacements);
	write_box(document, MARGIN, middle, PROCESS_WIDTH,
	          "rx=\"12\" fill=\"#e8f0f7\" stroke=\"#1f77b4\"");
	document_printf(document,
	                "<text x=\"%d\" y=\"%d\"><tspan fill=\"#666\">%d</tspan> "
	                "%s</text>\n",
	                MARGIN + 10, middle + 4, (int)pid, label);
}

static void write_object(const struct graph *graph, struct document *document,
                         const struct graph_node *node)
{
	const struct object *object = &graph->census->objects.objects[node->index];
	char label[GRAPH_LABEL_BYTES], text[TABLE_FILL_BYTES], fill[GRAPH_LABEL_BYTES];
	int middle = middle_of(graph, GRAPH_OBJECTS, node->row);
	graph_label(label, graph_object_name(object), replacements);
	graph_label(fill, table_fill_text(text, object), replacements);
	write_box(document, OBJECT_LEFT, middle, OBJECT_WIDTH,
	          object->waiters > 0 ? "fill=\"#fbecea\" stroke=\"#c0392b\""
	                              : "fill=\"#f5f7f9\" stroke=\"#7a8794\"");
	document_printf(document,
	                "<text x=\"%d\" y=\"%d\"><tspan fill=\"#666\">%s</tspan> %s"
	                "</text><text x=\"%d\" y=\"%d\" font-size=\"10\" "
	                "fill=\"#666\">%s</text>\n",
	                OBJECT_LEFT + 10, middle - 2,
	                object_kind_word(object->identity.kind), label, OBJECT_LEFT + 10,
	                middle + 11, fill);
}

static void write_edge(const struct graph *graph, struct document *document,
                       const struct graph_edge *edge)
{
	const char *colour = edge->waits ? "#c0392b" : "#7a8794";
	int left = MARGIN + PROCESS_WIDTH, bend = GAP / 2;
	int ends[2];
	for (int side = 0; side < 2; side++)
		ends[side] = middle_of(graph, (enum graph_side)side,
		                       graph->nodes[side][edge->ends[side]].row);
	document_printf(document,
	                "<path d=\"M%d %dC%d %d %d %d %d %d\" fill=\"none\" "
	                "stroke=\"%s\" stroke-width=\"%d\"/>\n",
	                left, ends[0], left + bend, ends[0], OBJECT_LEFT - bend, ends[1],
	                OBJECT_LEFT, ends[1], colour, 1 + edge->waits);
	if (edge->reads)
		document_printf(document, "<path d=\"M%d %dl9 -4v8z\" fill=\"%s\"/>\n",
		                left, ends[0], colour);
	if (edge->writes)
		document_printf(document, "<path d=\"M%d %dl-9 -4v8z\" fill=\"%s\"/>\n",
		                OBJECT_LEFT, ends[1], colour);
}

void graph_svg_write(const struct graph *graph, struct document *document)
{
	int rows =
	    graph->counts[0] > graph->counts[1] ? graph->counts[0] : graph->counts[1];
	int height = HEAD + rows * ROW + MARGIN;
	document_printf(document,
	                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	                "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
	                "font-size=\"13\" fill=\"#1b2733\" role=\"img\">\n"
	                "<title>Processes and the objects that they share</title>\n"
	                "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
	                WIDTH, height, WIDTH, height);
	document_printf(document,
	                "<text x=\"%d\" y=\"34\" font-size=\"20\" "
	                "font-weight=\"bold\">Processes and objects</text>\n"
	                "<text x=\"%d\" y=\"34\" fill=\"#666\" font-size=\"11\">An arrow "
	                "points where the data goes. <tspan fill=\"#c0392b\">Red: the "
	                "process waits.</tspan></text>\n",
	                MARGIN, OBJECT_LEFT);
	for (size_t i = 0; i < graph->edge_count; i++)
		write_edge(graph, document, &graph->edges[i]);
	for (int i = 0; i < graph->counts[GRAPH_PROCESSES]; i++)
		write_process(graph, document, &graph->sorted[GRAPH_PROCESSES][i]);
	for (int i = 0; i < graph->counts[GRAPH_OBJECTS]; i++)
		write_object(graph, document, &graph->sorted[GRAPH_OBJECTS][i]);
	document_printf(document, "</svg>\n");
}
