// SPDX-License-Identifier: AGPL-3.0-or-later
// Between the files of the command srb: what is read of the file, for --smooth.
#ifndef CLI_RUN_SRB_SMOOTH_H
#define CLI_RUN_SRB_SMOOTH_H

#include "cli/command.h"
#include "report/srb_doc.h"

struct srb_smooth_task {
    const struct srb_input *in;
    const struct srb_page *page; // with the study of the same input, and the map
    const struct frame *frame;
    size_t area_column; // of the innermost level, where there is one
};

// Smooths and writes. ERR_USAGE names the option.
enum err run_srb_smooth(struct cli *c, const struct srb_smooth_task *task,
                        struct error *e) WARN_UNUSED;

#endif
