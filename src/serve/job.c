// SPDX-License-Identifier: AGPL-3.0-or-later
// Jobs that outlive their request.
#include "serve/server_private.h"

enum err serve_job_start(struct request *q, const char *kind, serve_job_run *run,
                         const void *argument, size_t size, int64_t *id, struct error *e)
{
    (void)q, (void)kind, (void)run, (void)argument, (void)size;
    *id = 0;
    error_set(e, ERR_BUSY, "serve.jobs", NULL, "too many jobs wait");
    return error_cure(e, "try again when one of them is done");
}
