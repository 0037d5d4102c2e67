// SPDX-License-Identifier: AGPL-3.0-or-later
// The parts of `heng project`: trajectories (run_project_ahead.c), and the rows of a
// county (run_project_county.c).
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

struct project_county { // what the projection stands on, in words
    struct str *text;   // paragraphs
    size_t n;
};

// The one FILE given is the file of a county.
bool project_of_county(const struct cli *c);
// The areas of --country (the caller's own otherwise) from its rows. from: what the other
// options say.
enum err project_county(struct cli *c, const struct project_choice *from,
                        struct project_files *out, struct project_county *told,
                        struct error *e) WARN_UNUSED;
// Without one: no option of it may be given. ERR_USAGE.
enum err project_no_county(const struct cli *c, struct error *e) WARN_UNUSED;

#endif
