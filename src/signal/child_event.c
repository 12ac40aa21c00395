#include <stdio.h>
#include <sys/wait.h>

#include "signal/child_event.h"
#include "signal/signame.h"

struct child_event child_event_of_end(pid_t pid, int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return (struct child_event){.kind = CHILD_EVENT_KILLED,
		                            .pid = pid,
		                            .number = WTERMSIG(wait_status),
		                            .core = WCOREDUMP(wait_status)};
	return (struct child_event){
	    .kind = CHILD_EVENT_EXITED, .pid = pid, .number = WEXITSTATUS(wait_status)};
}

static int format_event_json(char line[CHILD_EVENT_LINE_BYTES],
                             const struct child_event *event)
{
	static const char *const names[] = {[CHILD_EVENT_STARTED] = "started",
	                                    [CHILD_EVENT_STOPPED] = "stopped",
	                                    [CHILD_EVENT_CONTINUED] = "continued",
	                                    [CHILD_EVENT_EXITED] = "exited",
	                                    [CHILD_EVENT_KILLED] = "killed"};
	struct signame name;
	char more[64] = "";
	if (event->kind == CHILD_EVENT_EXITED)
		snprintf(more, sizeof more, ",\"status\":%d", event->number);
	else if (event->kind == CHILD_EVENT_STOPPED || event->kind == CHILD_EVENT_KILLED)
		snprintf(more, sizeof more, ",\"signal\":%d,\"name\":\"%s\"%s",
		         event->number, signame_format(event->number, &name),
		         event->kind == CHILD_EVENT_STOPPED ? ""
		         : event->core                      ? ",\"core\":true"
		                                            : ",\"core\":false");
	return snprintf(line, CHILD_EVENT_LINE_BYTES, "{\"event\":\"%s\",\"pid\":%d%s}\n",
	                names[event->kind], event->pid, more);
}

static int format_event_text(char line[CHILD_EVENT_LINE_BYTES],
                             const struct child_event *event)
{
	char text[32];
	size_t size = CHILD_EVENT_LINE_BYTES;
	switch (event->kind) {
	case CHILD_EVENT_STARTED:
		return snprintf(line, size, "Forking a child: %d\n", event->pid);
	case CHILD_EVENT_STOPPED:
		return snprintf(line, size, "Stopped: %s\n",
		                signame_description(event->number, text));
	case CHILD_EVENT_CONTINUED: return snprintf(line, size, "Continued\n");
	case CHILD_EVENT_EXITED:
		return snprintf(line, size, "Exit status: %d\n", event->number);
	case CHILD_EVENT_KILLED:
		return snprintf(line, size, "Terminated: %s%s\n",
		                signame_description(event->number, text),
		                event->core ? " (core dumped)" : "");
	}
	return 0;
}

int child_event_format(char line[CHILD_EVENT_LINE_BYTES], const struct child_event *event,
                       bool json)
{
	return json ? format_event_json(line, event) : format_event_text(line, event);
}
