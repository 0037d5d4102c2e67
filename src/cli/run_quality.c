// SPDX-License-Identifier: AGPL-3.0-or-later
// quality: what a file's digits, dates and counts say about how it was made.
#include "cli/quality_columns.h"
#include "cli/session.h"

enum err run_quality(struct cli *c, struct error *e)
{
    struct frame f;
    struct quality q;
    struct quality_page page = {0};
    enum err code = session_outputs(c, e);
    if (!code)
        code = frame_read(&f, cli_argument(c, "FILE"), &c->arena, e);
    if (!code)
        code = quality_columns(c, &f, &q, e);
    if (!code)
        code = quality_doc(&q, &c->arena, c->zh, &page, e);
    if (!code)
        code = session_results(c, page.doc, page.results, page.n_results, e);
    return code;
}
