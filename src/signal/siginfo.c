/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>

#include "io/record.h"
#include "process/environment.h"
#include "signal/siginfo.h"
#include "signal/signame.h"

struct code_row {
	int code;
	const char *name;
};

bool siginfo_is_child_change(const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGCHLD && info->ssi_code > 0 &&
	       info->ssi_code != SI_KERNEL;
}

static const char *siginfo_code_name(const struct signalfd_siginfo *info, char number[16])
{
	static const struct code_row any[] = {
	    {SI_USER, "SI_USER"},       {SI_KERNEL, "SI_KERNEL"}, {SI_QUEUE, "SI_QUEUE"},
	    {SI_TIMER, "SI_TIMER"},     {SI_MESGQ, "SI_MESGQ"},   {SI_TKILL, "SI_TKILL"},
	    {SI_ASYNCIO, "SI_ASYNCIO"}, {SI_SIGIO, "SI_SIGIO"},   {0, NULL}};
	static const struct code_row child[] = {{CLD_EXITED, "CLD_EXITED"},
	                                        {CLD_KILLED, "CLD_KILLED"},
	                                        {CLD_DUMPED, "CLD_DUMPED"},
	                                        {CLD_TRAPPED, "CLD_TRAPPED"},
	                                        {CLD_STOPPED, "CLD_STOPPED"},
	                                        {CLD_CONTINUED, "CLD_CONTINUED"},
	                                        {0, NULL}};
	for (const struct code_row *row = siginfo_is_child_change(info) ? child : any;
	     row->name != NULL; row++)
		if (row->code == info->ssi_code)
			return row->name;
	snprintf(number, 16, "%d", info->ssi_code);
	return number;
}

/* Each with the members of its kind. */
static const struct record_column signal_columns[] = {
    {"signal", 0}, {"name", 0}, {"code", 0}, {"pid", 0}, {"uid", 0}, {0}};
static const struct record_column queued_columns[] = {
    {"signal", 0}, {"name", 0}, {"code", 0}, {"pid", 0}, {"uid", 0}, {"value", 0}, {0}};
static const struct record_column child_columns[] = {
    {"signal", 0}, {"name", 0}, {"code", 0}, {"pid", 0}, {"uid", 0}, {"status", 0}, {0}};

static int format_signal_json(char line[SIGINFO_LINE_BYTES],
                              const struct signalfd_siginfo *info)
{
	struct record record;
	struct signame name;
	char number[16];
	bool queued = info->ssi_code == SI_QUEUE;
	bool child = info->ssi_signo == SIGCHLD && info->ssi_code > 0;
	record_begin(&record,
	             queued  ? queued_columns
	             : child ? child_columns
	                     : signal_columns,
	             true);
	record_unsigned(&record, info->ssi_signo);
	record_text(&record, signame_format((int)info->ssi_signo, &name));
	record_text(&record, siginfo_code_name(info, number));
	record_unsigned(&record, info->ssi_pid);
	record_unsigned(&record, info->ssi_uid);
	if (queued)
		record_number(&record, info->ssi_int);
	else if (child)
		record_number(&record, info->ssi_status);
	return (int)record_store(&record, line);
}

static int format_signal_text(char line[SIGINFO_LINE_BYTES],
                              const struct signalfd_siginfo *info)
{
	struct signame name;
	char value[32] = "";
	if (info->ssi_code == SI_QUEUE)
		snprintf(value, sizeof value, " value %d", info->ssi_int);
	return snprintf(line, SIGINFO_LINE_BYTES,
	                "Got signal %u (%s) from pid %u uid %u%s\n", info->ssi_signo,
	                signame_format((int)info->ssi_signo, &name), info->ssi_pid,
	                info->ssi_uid, value);
}

int siginfo_format(char line[SIGINFO_LINE_BYTES], const struct signalfd_siginfo *info,
                   bool json)
{
	return json ? format_signal_json(line, info) : format_signal_text(line, info);
}

int siginfo_export(const struct signalfd_siginfo *info)
{
	struct signame name;
	char number[16];
	if (environment_set("SIGNAL", signame_format((int)info->ssi_signo, &name)) < 0 ||
	    environment_set_number("SI_PID", info->ssi_pid) < 0 ||
	    environment_set_number("SI_UID", info->ssi_uid) < 0 ||
	    environment_set("SI_CODE", siginfo_code_name(info, number)) < 0)
		return -1;
	return info->ssi_code == SI_QUEUE
	           ? environment_set_number("SI_VALUE", info->ssi_int)
	           : environment_set("SI_VALUE", "");
}
