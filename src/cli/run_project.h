// SPDX-License-Identifier: AGPL-3.0-or-later
// The part of `heng project` that draws trajectories (run_project_ahead.c).
#ifndef CLI_RUN_PROJECT_H
#define CLI_RUN_PROJECT_H

#include "base/result.h"
#include "cli/command.h"
#include "report/doc.h"
#include "study/project_files.h"

// One of the options that ask for trajectories, needs or a scenario was given.
bool project_ahead_wanted(const struct cli *c);

// Appends the years ahead of each area to d (the first ones; all are in the results) and
// fills *results, in the arena of c.
enum err project_ahead(struct cli *c, const struct project_files *files, struct doc *d,
                       struct result **results, size_t *n, struct error *e) WARN_UNUSED;

#endif
