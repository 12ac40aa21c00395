/* SPDX-License-Identifier: MIT */
#include "inspect/graph.h"

#include <stdlib.h>
#include <string.h>

#include "io/error.h"
#include "io/escape.h"

enum { ORDER_PASSES = 4, PLACE_UNIT = 1024 };

/* ------------------------------------------------- one object in place of another */

struct socket_name {
	const char *name;
	int index;
};

static int compare_sockets(const void *a, const void *b)
{
	const struct socket_name *first = a, *second = b;
	int order = strcmp(first->name, second->name);
	return order != 0 ? order : first->index - second->index;
}

/* The address of a socket, or of the listener that accepted the connection; or NULL. */
static const char *address_of(const struct object *object)
{
	if (object->identity.kind != OBJECT_SOCKET)
		return NULL;
	return object->nameless ? object->text : object->name;
}

/* Of two connected sockets the one with the address, otherwise the first; or itself. */
static int find_end(const struct object_list *list, int index)
{
	struct object_identity identity = list->objects[index].identity;
	identity.inode = list->objects[index].peer;
	if (identity.kind != OBJECT_SOCKET || identity.inode == 0 ||
	    address_of(&list->objects[index]) != NULL)
		return index;
	int peer = object_list_find(list, &identity);
	if (peer == OBJECT_NONE)
		return index;
	return address_of(&list->objects[peer]) != NULL || peer < index ? peer : index;
}

/*
 * For each object the one that stands for it: for a connection one of its ends, and of
 * all sockets with one address the first: a listener, and what it has accepted.
 */
static int *find_representatives(const struct object_list *list)
{
	size_t named = 0;
	int *stands_for = calloc(list->count + 1, sizeof *stands_for);
	struct socket_name *names = calloc(list->count + 1, sizeof *names);
	if (stands_for == NULL || names == NULL) {
		free(stands_for);
		free(names);
		return NULL;
	}
	for (int i = 0; i < (int)list->count; i++) {
		stands_for[i] = i;
		const char *address = address_of(&list->objects[i]);
		if (address != NULL)
			names[named++] = (struct socket_name){address, i};
	}
	qsort(names, named, sizeof *names, compare_sockets);
	for (size_t i = 1; i < named; i++)
		if (strcmp(names[i].name, names[i - 1].name) == 0)
			stands_for[names[i].index] = stands_for[names[i - 1].index];
	for (int i = 0; i < (int)list->count; i++)
		if (address_of(&list->objects[i]) == NULL)
			stands_for[i] = stands_for[find_end(list, i)];
	free(names);
	return stands_for;
}

/* ------------------------------------------------------------------------- edges */

static void add_edge(struct graph *graph, int object, pid_t pid, struct graph_edge edge)
{
	const struct census_process *process = census_process(graph->census, pid);
	if (process == NULL || object == OBJECT_NONE)
		return;
	edge.ends[GRAPH_PROCESSES] = (int)(process - graph->census->processes);
	edge.ends[GRAPH_OBJECTS] = object;
	graph->edges[graph->edge_count++] = edge;
}

static int compare_edges(const void *a, const void *b)
{
	const struct graph_edge *first = a, *second = b;
	int order = first->ends[GRAPH_OBJECTS] - second->ends[GRAPH_OBJECTS];
	return order != 0 ? order
	                  : first->ends[GRAPH_PROCESSES] - second->ends[GRAPH_PROCESSES];
}

/* One edge for all that a process has of an object, in the order of the objects. */
static void merge_edges(struct graph *graph)
{
	size_t kept = 0;
	if (graph->edge_count > 1)
		qsort(graph->edges, graph->edge_count, sizeof *graph->edges,
		      compare_edges);
	for (size_t i = 0; i < graph->edge_count; i++) {
		struct graph_edge *edge = &graph->edges[i];
		if (kept == 0 || compare_edges(edge, &graph->edges[kept - 1]) != 0) {
			graph->edges[kept++] = *edge;
			continue;
		}
		struct graph_edge *same = &graph->edges[kept - 1];
		same->reads = same->reads || edge->reads;
		same->writes = same->writes || edge->writes;
		same->waits = same->waits || edge->waits;
		same->holds = same->holds || edge->holds;
	}
	graph->edge_count = kept;
}

static enum status find_edges(struct graph *graph)
{
	/* a FIFO is not open yet while the other end is waited for */
	const unsigned reading = 1U << BLOCKED_MESSAGE | 1U << BLOCKED_DATA |
	                         1U << BLOCKED_WRITER | 1U << BLOCKED_CONNECTION;
	const unsigned writing = 1U << BLOCKED_ROOM | 1U << BLOCKED_READER;
	const struct census *census = graph->census;
	int *stands_for = find_representatives(&census->objects);
	graph->edges =
	    calloc(census->holder_count + census->waiter_count + 1, sizeof *graph->edges);
	if (stands_for == NULL || graph->edges == NULL) {
		free(stands_for);
		return error_as(STATUS_FAILED, "cannot allocate memory");
	}
	for (size_t i = 0; i < census->holder_count; i++) {
		const struct census_holder *holder = &census->holders[i];
		add_edge(graph, stands_for[holder->object], holder->pid,
		         (struct graph_edge){.reads = holder->reads,
		                             .writes = holder->writes,
		                             .holds = holder->holds});
	}
	for (size_t i = 0; i < census->waiter_count; i++) {
		const struct census_waiter *waiter = &census->waiters[i];
		if (waiter->object != OBJECT_NONE)
			add_edge(graph, stands_for[waiter->object], waiter->pid,
			         (struct graph_edge){
			             .waits = true,
			             .reads = (reading & 1U << waiter->on) != 0,
			             .writes = (writing & 1U << waiter->on) != 0});
	}
	free(stands_for);
	merge_edges(graph);
	return STATUS_OK;
}

/* ------------------------------------------------------------------------- noise */

/* Are these, all edges of one object, worth being shown? */
static bool is_talk(const struct object *object, const struct graph_edge *edges,
                    size_t count)
{
	size_t only_read = 0, only_write = 0, waiting = 0;
	for (size_t i = 0; i < count; i++) {
		only_read += edges[i].reads && !edges[i].writes;
		only_write += edges[i].writes && !edges[i].reads;
		waiting += edges[i].waits;
	}
	switch (object->identity.kind) {
	case OBJECT_PIPE:
		return count > 1 && only_read < count && only_write < count &&
		       only_read <= GRAPH_INHERITED && only_write <= GRAPH_INHERITED;
	case OBJECT_SOCKET:
		return count > 1 && (address_of(object) != NULL || object->peer != 0);
	default: return count > 1 || (waiting > 0 && !object->nameless);
	}
}

static void leave_out_noise(struct graph *graph, const bool *wanted, bool keep_noise)
{
	size_t kept = 0, count;
	for (size_t i = 0; i < graph->edge_count; i += count) {
		struct graph_edge *edges = &graph->edges[i];
		int object = edges->ends[GRAPH_OBJECTS];
		for (count = 1; i + count < graph->edge_count &&
		                edges[count].ends[GRAPH_OBJECTS] == object;)
			count++;
		if (!wanted[object] ||
		    (!keep_noise &&
		     !is_talk(&graph->census->objects.objects[object], edges, count)))
			continue;
		memmove(&graph->edges[kept], edges, count * sizeof *edges);
		kept += count;
	}
	graph->edge_count = kept;
}

/* ------------------------------------------------------------------------- order */

static int compare_places(const void *a, const void *b)
{
	const struct graph_node *first = a, *second = b;
	if (first->place != second->place)
		return first->place < second->place ? -1 : 1;
	return first->index - second->index;
}

/* Move each node to the mean of its neighbours, which have their rows. */
static void order_side(struct graph *graph, enum graph_side side)
{
	struct graph_node *nodes = graph->nodes[side];
	struct graph_node *sorted = graph->sorted[side];
	int count = graph->counts[side];
	for (int i = 0; i < count; i++)
		nodes[sorted[i].index].place = 0;
	for (size_t i = 0; i < graph->edge_count; i++) {
		const int *ends = graph->edges[i].ends;
		nodes[ends[side]].place +=
		    (int64_t)graph->nodes[!side][ends[!side]].row * PLACE_UNIT;
	}
	for (int i = 0; i < count; i++) {
		sorted[i] = nodes[sorted[i].index];
		if (sorted[i].degree > 1)
			sorted[i].place /= sorted[i].degree;
	}
	qsort(sorted, (size_t)count, sizeof *sorted, compare_places);
	for (int i = 0; i < count; i++)
		sorted[i].row = nodes[sorted[i].index].row = i;
}

static bool make_side(struct graph *graph, enum graph_side side, size_t most)
{
	struct graph_node *nodes = calloc(most + 1, sizeof *nodes);
	struct graph_node *sorted = calloc(most + 1, sizeof *sorted);
	graph->nodes[side] = nodes;
	graph->sorted[side] = sorted;
	if (nodes == NULL || sorted == NULL)
		return false;
	for (size_t i = 0; i < graph->edge_count; i++)
		nodes[graph->edges[i].ends[side]].degree++;
	for (size_t i = 0; i < most; i++) {
		nodes[i].index = (int)i;
		if (nodes[i].degree == 0)
			continue;
		nodes[i].row = graph->counts[side]++;
		sorted[nodes[i].row] = nodes[i];
	}
	return true;
}

enum status graph_make(struct graph *graph, struct census *census, const bool *wanted,
                       bool keep_noise)
{
	*graph = (struct graph){.census = census};
	enum status status = find_edges(graph);
	if (status != STATUS_OK)
		return status;
	leave_out_noise(graph, wanted, keep_noise);
	if (!make_side(graph, GRAPH_PROCESSES, census->process_count) ||
	    !make_side(graph, GRAPH_OBJECTS, census->objects.count))
		return error_as(STATUS_FAILED, "cannot allocate memory");
	for (int i = 0; i < ORDER_PASSES; i++) {
		order_side(graph, GRAPH_OBJECTS);
		order_side(graph, GRAPH_PROCESSES);
	}
	return STATUS_OK;
}

void graph_free(struct graph *graph)
{
	free(graph->edges);
	for (int side = 0; side < 2; side++) {
		free(graph->nodes[side]);
		free(graph->sorted[side]);
	}
}

/* ------------------------------------------------------------------------- labels */

const char *graph_object_name(const struct object *object)
{
	const char *address = address_of(object);
	return address != NULL ? address : object->name;
}

void graph_label(char label[GRAPH_LABEL_BYTES], const char *text,
                 const struct graph_replacement *replacements)
{
	char *end = label;
	char character[ESCAPE_CHARACTER_MAX];
	for (size_t columns = 0; *text != '\0' && columns < GRAPH_LABEL_COLUMNS;) {
		size_t length = escape_character(character, &text);
		columns += (unsigned char)character[0] < 0x80 ? length : 1;
		for (size_t i = 0; i < length; i++) {
			const struct graph_replacement *other = replacements;
			while (other->character != '\0' &&
			       other->character != character[i])
				other++;
			if (other->character == '\0')
				*end++ = character[i];
			else
				end = stpcpy(end, other->text);
		}
	}
	strcpy(end, *text != '\0' ? "..." : "");
}
