/*
 * sockconnect - connect standard input and output to a local socket
 *
 * Both directions at once, until both have ended. See connect(2), unix(7).
 */
#include "applet.h"
#include "io/report.h"
#include "socket/relay.h"
#include "socket/socket.h"

struct sockconnect {
	struct patience patience;
	enum socket_type type;
	bool wait, peercred;
};

enum { GROUP_TYPE = 2 };

static const struct option_row options[] = {
    PATIENCE(sockconnect, patience),
    FLAG('w', "wait", sockconnect, wait, 0, "wait until somebody listens"),
    SOCKET_TYPES(sockconnect, type, GROUP_TYPE, "", ", no other"),
    FLAG(0, "peercred", sockconnect, peercred, 0,
         "say on standard error who listens: pid, uid, gid"),
    END_OF_OPTIONS,
};

static enum status relay_to(const struct sockconnect *given,
                            const struct endpoint *endpoint)
{
	struct relay relay = {
	    .fd = endpoint->fd, .type = endpoint->type, .name = endpoint->address->text};
	if (given->peercred) {
		enum status status = socket_say_peer(relay.fd, relay.type, relay.name);
		if (status != STATUS_DONE)
			return status;
	}
	return relay_run(&relay);
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct sockconnect *given = opts;
	struct address address;
	struct endpoint endpoint;
	struct deadline deadline = deadline_after(given->patience);
	(void)argc;
	enum status status = address_parse(&address, argv[0]);
	if (status == STATUS_DONE)
		status = socket_connect(&endpoint, &address, given->type, given->wait,
		                        &deadline);
	if (status != STATUS_DONE)
		return status;
	status = relay_to(given, &endpoint);
	socket_close(&endpoint);
	return status;
}

APPLET(sockconnect, .summary = "connect standard input and output to a local socket",
       .self = {.operands = "ADDRESS",
                .least_operands = 1,
                .most_operands = 1,
                .options = options,
                OPTIONS_OF(sockconnect),
                .run = run});
