// SPDX-License-Identifier: AGPL-3.0-or-later
// A workflow as a picture: stages in layers from the first to the ends, an arrow for each
// way between two with the names of its moves, deadlines in the stages, a double frame
// around a final one, a broken arrow for what happens when a deadline has passed.
//
// Layers are those of the longest way from the first stage (moves that lead back left
// out); arrows to the next layer are straight, others run beside the stages: forward on
// the right, back on the left. The same workflow gives the same picture. O(moves^2).
// Source: Sugiyama, Tagawa and Toda (1981), with layers this few needing no more.
#ifndef REPORT_WORKFLOW_CHART_H
#define REPORT_WORKFLOW_CHART_H

#include "pack/engines.h"
#include "report/draw.h"

// Appends a whole SVG (it stands alone as a file and follows light and dark) to *out.
// Scratch in the arena.
enum err workflow_chart(const struct workflow *w, bool zh, struct typeset *t,
                        struct arena *a, struct buf *out, struct error *e) WARN_UNUSED;

// The words under a stage: "within 30 days of Found on", "发现日期起30天内"; empty where
// there is no deadline. In the arena; .p NULL: no memory.
struct str workflow_chart_deadline(const struct stage *s, bool zh, struct arena *a);

#endif
