// SPDX-License-Identifier: AGPL-3.0-or-later
// Inside of the PDF writer: the running text of pages. Everything is placed twice by the
// same code, first without a canvas to count the pages, then drawn.
#ifndef REPORT_PDF_FLOW_H
#define REPORT_PDF_FLOW_H

#include "report/doc_text.h"
#include "report/draw.h"

// A4 in points.
#define PAGE_WIDTH 595.28
#define PAGE_HEIGHT 841.89
#define PAGE_LEFT 51.0
#define PAGE_RIGHT (PAGE_WIDTH - 51.0)
#define PAGE_TOP 62.0
#define PAGE_BOTTOM (PAGE_HEIGHT - 62.0)
#define TEXT_WIDTH (PAGE_RIGHT - PAGE_LEFT)

struct flow {
    const struct doc *d;
    struct arena *a; // scratch of this writing
    struct typeset *t;
    struct canvas *c; // NULL while pages are counted
    const struct str *targets;
    size_t n_targets;
    int *target_pages; // by target: where it stands, 0 until it was placed
    int page, pages;
    double y;
};

static inline double flow_room(const struct flow *f)
{
    return PAGE_BOTTOM - f->y;
}

// Nothing stands on the page yet.
static inline bool flow_at_top(const struct flow *f)
{
    return f->y <= PAGE_TOP + 0.01;
}

void flow_next_page(struct flow *f);
// Name of the place that anchor leads to, false when the doc has none ("a-12").
bool flow_target(const struct flow *f, struct str anchor, char name[32]);
// The place that anchor leads to is on this page.
void flow_note_page(struct flow *f, struct str anchor);
// The page of it, 0 where it has none; while pages are counted those behind are not
// known.
int flow_page_of(const struct flow *f, struct str anchor);
void flow_link(struct flow *f, struct str anchor, double x, double y, double width,
               double height);
// One line of small print with a bold word before it, below tables and charts.
double flow_notes_height(struct flow *f, struct str signs, struct str note,
                         struct str source, double width);
void flow_notes(struct flow *f, struct str signs, struct str note, struct str source,
                double width);
// "Table 3  Title": height, and drawing at f->y (which moves on).
double flow_caption_height(struct flow *f, struct str label, struct str title);
void flow_caption(struct flow *f, struct str label, struct str title);

// "Table 3 (continued)" at the head of a page.
void flow_continued(struct flow *f, struct str label);

// A table measured once.
struct table_layout;
// NULL when memory is out.
struct table_layout *table_measure(struct flow *f, const struct block *block);
double table_whole_height(const struct table_layout *t);
// Title, head and the first rows: what must not stand apart from the heading above.
double table_least_height(const struct table_layout *t);
void table_place(struct flow *f, const struct table_layout *t);

#endif
