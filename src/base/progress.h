// SPDX-License-Identifier: AGPL-3.0-or-later
// A line that shows how far a long job is, on standard error and only when that is a
// terminal:
//   导入 births.csv  [#########-----------]  45%  450,000 of 1,000,000  0:12 left
//
// It is drawn at most ten times a second and is wiped at the end, so a job may call
// progress_at as often as it likes (a call that draws nothing costs a clock reading). One
// thread; plain data; the label's text must live until progress_end. Nothing here fails.
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include "base/str.h"

enum { PROGRESS_LINE_SIZE = 1024 };

struct progress {
    struct str label;
    uint64_t total; // 0: not known; then only the count is shown
    int64_t began_ms, drawn_ms;
    bool shown; // standard error is a terminal
};

void progress_begin(struct progress *p, struct str label, uint64_t total);
void progress_at(struct progress *p, uint64_t done);
void progress_end(struct progress *p);

// The line itself: `columns` wide at most, cut between characters, zero-terminated; what
// progress_at draws. Time left is shown after a second, from the speed so far.
void progress_line(const struct progress *p, uint64_t done, int64_t elapsed_ms,
                   unsigned columns, char out[PROGRESS_LINE_SIZE]);

#endif
