// SPDX-License-Identifier: AGPL-3.0-or-later
// Inside of draw: shaped text, kept for use again. Shaping is what a report costs, and a
// table's text is needed at least twice (to measure, to draw).
#ifndef REPORT_TYPESET_H
#define REPORT_TYPESET_H

#include <pango/pangocairo.h>

#include "report/draw.h"

// Shaped text, broken to width (points; negative: one line). Owned by the typeset and
// good until the next call; NULL when memory is out (kept for typeset_check).
PangoLayout *typeset_layout(struct typeset *t, struct font font, struct str s,
                            double width);
enum err typeset_check(const struct typeset *t, struct error *e) WARN_UNUSED;

#endif
