// SPDX-License-Identifier: AGPL-3.0-or-later
// Between the files of `srb --ccm`: what a run reads and holds.
#ifndef CLI_SRB_CCM_H
#define CLI_SRB_CCM_H

#include "base/frame.h"
#include "cli/session.h"
#include "report/ccm_doc.h"

struct ccm_run {
    struct cli *c;
    struct error *e;
    struct arena arena; // of data, draws and page
    struct frame f;
    struct frame_groups areas, types;
    uint64_t *lines; // of the file, by observation
    struct ccm_study_input in;
    struct ccm_page page;
};

// Columns of the file, and the file of areas.
enum err ccm_run_read(struct ccm_run *r) WARN_UNUSED;
// An error about an observation or area as one about its line or name.
enum err ccm_run_place(struct ccm_run *r, enum err code);

#endif
