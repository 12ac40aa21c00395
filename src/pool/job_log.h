/* SPDX-License-Identifier: MIT */
/*
 * The job log: a JSON object on a line for each command that has ended, and for each
 * message that no command can be run for.
 *
 *     {"start":1764211591.123456,"seconds":0.004213,"try":1,"status":7,"signal":null,
 *      "size":9,"priority":0,"text":"img/7.png","result":"put back","reason":null}
 *
 * Each line is appended by one write(2), so that several processes can use one file.
 */
#ifndef POOL_JOB_LOG_H
#define POOL_JOB_LOG_H

#include "base/status.h"
#include "pool/job.h"

struct job_log {
	const char *path; /* NULL: none */
	int fd;
};

/*
 * Open the file, which is created with mode 0600 if it does not exist. A failure is
 * reported. Begin with fd -1; job_log_end() is called in any case.
 */
enum status job_log_begin(struct job_log *log, const char *path);
void job_log_end(struct job_log *log);

/* The end of a job: the fate of its message, and why. */
struct job_outcome {
	enum job_result result;
	int wait_status; /* as of waitpid(2); of a command that was not run: its status */
	const char
	    *reason; /* why the job failed, if its status does not say it; or NULL */
};

/* Append a line. A failure is reported: the message is named. */
enum status job_log_append(const struct job_log *log, const char *queue,
                           const struct job *job, const struct job_outcome *outcome);

#endif
