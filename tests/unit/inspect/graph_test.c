/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "inspect/graph.h"

/* A census of processes 1 to 9, and objects whose inode number is their index + 1. */
static void begin(struct census *census)
{
	*census = (struct census){0};
	for (pid_t pid = 1; pid <= 9; pid++)
		census_add_process(census, &(struct census_process){.pid = pid});
}

static int add_object(struct census *census, enum object_kind kind, const char *name)
{
	struct object_identity identity = {.kind = kind,
	                                   .inode = census->objects.count + 1};
	int index = object_list_add(&census->objects, &identity, NULL);
	census->objects.objects[index].name = name;
	return index;
}

static void add_holder(struct census *census, int object, pid_t pid, const char *access)
{
	census_add_holder(census,
	                  &(struct census_holder){.object = object,
	                                          .pid = pid,
	                                          .fd = 3,
	                                          .reads = strchr(access, 'r') != NULL,
	                                          .writes = strchr(access, 'w') != NULL});
}

/* "PID-OBJECT ..." of the edges: reads <, writes >, waits !. */
static const char *edges_of(struct census *census, bool keep_noise)
{
	static char text[512];
	static const bool all[16] = {true, true, true, true, true, true, true, true,
	                             true, true, true, true, true, true, true, true};
	struct graph graph;
	char *end = text;
	*end = '\0';
	CHECK_EQUAL(graph_make(&graph, census, all, keep_noise), STATUS_OK);
	for (size_t i = 0; i < graph.edge_count; i++)
		end += sprintf(end, "%s%d%s-%s%d%s", i > 0 ? " " : "",
		               (int)census->processes[graph.edges[i].ends[0]].pid,
		               graph.edges[i].reads ? "<" : "",
		               graph.edges[i].writes ? ">" : "", graph.edges[i].ends[1],
		               graph.edges[i].waits ? "!" : "");
	graph_free(&graph);
	census_free(census);
	return text;
}

TEST(descriptors_of_one_process_are_one_edge)
{
	struct census census;
	begin(&census);
	int queue = add_object(&census, OBJECT_MQ, "/q");
	add_holder(&census, queue, 1, "w");
	add_holder(&census, queue, 2, "r");
	add_holder(&census, queue, 1, "r");
	CHECK_EQUAL(edges_of(&census, false), "1<->0 2<-0");
}

TEST(the_object_of_one_process_is_noise_unless_it_waits)
{
	struct census census;
	begin(&census);
	add_holder(&census, add_object(&census, OBJECT_MQ, "/q"), 1, "w");
	CHECK_EQUAL(edges_of(&census, false), "");
	begin(&census);
	add_holder(&census, add_object(&census, OBJECT_MQ, "/q"), 1, "w");
	CHECK_EQUAL(edges_of(&census, true), "1->0");
	begin(&census);
	int queue = add_object(&census, OBJECT_MQ, "/q");
	census_add_waiter(&census, &(struct census_waiter){
	                               .object = queue, .pid = 1, .on = BLOCKED_MESSAGE});
	CHECK_EQUAL(edges_of(&census, false), "1<-0!");
}

TEST(a_pipe_that_many_have_inherited_is_noise)
{
	for (pid_t writers = GRAPH_INHERITED; writers <= GRAPH_INHERITED + 1; writers++) {
		struct census census;
		begin(&census);
		int pipe = add_object(&census, OBJECT_PIPE, "pipe:[1]");
		for (pid_t pid = 1; pid <= writers; pid++)
			add_holder(&census, pipe, pid, "w");
		add_holder(&census, pipe, 9, "r");
		CHECK_EQUAL(edges_of(&census, false),
		            writers == GRAPH_INHERITED ? "1->0 2->0 3->0 4->0 9<-0" : "");
	}
}

TEST(a_pipe_without_another_end_is_noise)
{
	struct census census;
	begin(&census);
	int pipe = add_object(&census, OBJECT_PIPE, "pipe:[1]");
	add_holder(&census, pipe, 1, "w");
	add_holder(&census, pipe, 2, "w");
	CHECK_EQUAL(edges_of(&census, false), "");
}

TEST(the_ends_of_a_connection_and_the_listener_are_one_object)
{
	struct census census;
	begin(&census);
	int client = add_object(&census, OBJECT_SOCKET, "socket:[1]");
	int server = add_object(&census, OBJECT_SOCKET, "socket:[2]");
	int listener = add_object(&census, OBJECT_SOCKET, "/s");
	struct object *objects = census.objects.objects;
	objects[client].peer = 2;
	objects[server].peer = 1;
	objects[client].nameless = objects[server].nameless = true;
	objects[server].text = "/s";
	add_holder(&census, client, 1, "rw");
	add_holder(&census, server, 2, "rw");
	add_holder(&census, listener, 3, "rw");
	CHECK_EQUAL(edges_of(&census, false), "1<->1 2<->1 3<->1");
}

TEST(a_socket_whose_other_end_is_not_known_is_noise)
{
	struct census census;
	begin(&census);
	int socket = add_object(&census, OBJECT_SOCKET, "socket:[1]");
	census.objects.objects[socket].nameless = true;
	add_holder(&census, socket, 1, "rw");
	add_holder(&census, socket, 2, "rw");
	CHECK_EQUAL(edges_of(&census, false), "");
}

TEST(neighbours_stand_in_the_same_order_on_both_sides)
{
	struct census census;
	struct graph graph;
	static const bool all[4] = {true, true, true, true};
	begin(&census);
	int objects[3];
	for (int i = 0; i < 3; i++)
		objects[i] = add_object(&census, OBJECT_MQ, "/q");
	/* object 2 with processes 1 and 2, object 1 with 3 and 4, object 0 with 5 and 6
	 */
	for (pid_t pid = 1; pid <= 6; pid++)
		add_holder(&census, objects[2 - (pid - 1) / 2], pid, "rw");
	CHECK_EQUAL(graph_make(&graph, &census, all, false), STATUS_OK);
	CHECK_EQUAL(graph.counts[GRAPH_PROCESSES], 6);
	CHECK_EQUAL(graph.counts[GRAPH_OBJECTS], 3);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(graph.sorted[GRAPH_OBJECTS][i].index, 2 - i);
	for (int i = 0; i < 6; i++)
		CHECK_EQUAL(graph.sorted[GRAPH_PROCESSES][i].index, i);
	graph_free(&graph);
	census_free(&census);
}

TEST(a_label_is_escaped_for_its_language)
{
	static const struct graph_replacement xml[] = {
	    {'&', "&amp;"}, {'<', "&lt;"}, {0}};
	char label[GRAPH_LABEL_BYTES], longest[401];
	graph_label(label, "a<b&c\33", xml);
	CHECK_EQUAL((const char *)label, "a&lt;b&amp;c\\x1b");
	memset(longest, '&', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	graph_label(label, longest, xml);
	CHECK_EQUAL(strlen(label), GRAPH_LABEL_COLUMNS * strlen("&amp;") + 3);
}
