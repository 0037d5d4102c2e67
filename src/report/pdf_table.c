// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables on pages: widths by content, heads that are repeated, rows that may be cut.
#include <math.h>
#include <string.h>

#include "report/pdf_flow.h"

#define BASE_SIZE 8.5 // widths are measured at this size and scaled
#define CELL_PAD 4.5  // at each side of a cell
#define ROW_PAD 3.4   // above and below together
#define INDENT 9.0
// Added to measured widths: letters of another size are not quite in proportion.
#define SLACK 0.4
#define HEAD_SIZE(size) ((size)*0.94)

static const double sizes[] = {8.5, 8, 7.5, 7, 6.5};
enum { SMALL_AT = 3 };
#define SMALL_SIZE sizes[SMALL_AT]
enum { KEEP_ROWS = 3, SMALL_TABLE_ROWS = 12 };
#define SMALL_TABLE_HEIGHT 180.0 // a quarter of a page

// At BASE_SIZE, without padding.
struct column_need {
    bool figures;
    double value, bounds, mark; // widest of each part of a figure
    double natural, least;
};

struct stripe { // columns that stand side by side; 0 is always the first
    size_t n;
    size_t *column;
    double *x, *width; // from the left edge of the text, padding included
    double total, group_height, head_height;
    uint16_t *lines; // of each row
};

struct table_layout {
    const struct doc_table *table;
    struct str label, signs;
    struct font body, strong, head, unit;
    const struct column_need *need;
    double scale;
    struct stripe *stripes;
    size_t n_stripes;
    double caption, notes;
};

static const struct cell *cell_at(const struct doc_table *t, size_t row, size_t column)
{
    return &t->cells[row * t->n_columns + column];
}

static int level_of(const struct doc_table *t, size_t row)
{
    return t->row_level ? t->row_level[row] : 0;
}

static double indent_of(const struct doc_table *t, size_t row, size_t column)
{
    int level = column == 0 ? level_of(t, row) : 0;
    return level > 0 ? INDENT * (level > 8 ? 8 : level) : 0;
}

static void widen(double *width, double to)
{
    if (to > *width)
        *width = to;
}

// A page's number is set when all pages are known: its column is as wide as any has.
static struct str words_of(const struct flow *f, const struct table_column *column,
                           const struct cell *cell)
{
    if (cell->kind != CELL_PAGE)
        return doc_cell_text(f->a, f->d->zh, column, cell);
    if (!f->c)
        return STR("0000");
    int page = flow_page_of(f, cell->anchor);
    return page ? str_format(f->a, "%d", page) : STR("\xE2\x80\x93");
}

static struct column_need measure_column(struct flow *f, const struct doc_table *t,
                                         size_t c)
{
    const struct table_column *column = &t->columns[c];
    struct font normal = {BASE_SIZE, false}, bold = {BASE_SIZE, true};
    struct column_need need = {.figures = column->align == ALIGN_RIGHT};
    double text = 0, least = 0;
    for (size_t r = 0; r < t->n_rows; r++) {
        const struct cell *cell = cell_at(t, r, c);
        struct font font = level_of(t, r) < 0 ? bold : normal;
        struct str s = words_of(f, column, cell);
        if (cell->tone == TONE_GOOD || cell->tone == TONE_BAD)
            need.mark = 10;
        if (doc_cell_is_figure(cell)) {
            need.figures = true;
            struct str bounds = doc_cell_bounds(f->a, f->d->zh, column, cell);
            widen(&need.value, typeset_width(f->t, font, s));
            widen(&need.bounds, typeset_width(f->t, font, bounds));
        } else {
            double indent = indent_of(t, r, c);
            widen(&text, typeset_width(f->t, font, s) + indent);
            widen(&least, typeset_least_width(f->t, font, s) + indent);
        }
    }
    double figures = need.value + (need.bounds > 0 ? need.bounds + 4 : 0);
    struct font head = {HEAD_SIZE(BASE_SIZE), true};
    double title = typeset_width(f->t, head, column->title);
    double title_least = typeset_least_width(f->t, head, column->title);
    if (typeset_lines(f->t, head, column->title, fmax(title / 3, title_least) + 1) > 3)
        title_least = fmax(title_least, title / 2.4);
    else
        title_least = fmax(title_least, title / 3);
    widen(&title_least,
          typeset_width(f->t, (struct font){HEAD_SIZE(BASE_SIZE), false}, column->unit));
    need.natural =
        fmax(fmax(figures, text) + need.mark, fmin(title, fmax(title / 2 + 8, 52)));
    widen(&need.natural, title_least);
    // text may be broken, but not into a column of single characters
    double text_floor = fmin(text, fmax(least, c == 0 ? 90 : 60));
    need.least = fmax(fmax(figures, fmin(text_floor, 160)) + need.mark, title_least);
    widen(&need.natural, need.least);
    need.natural += SLACK;
    need.least += SLACK;
    return need;
}

static size_t group_end(const struct doc_table *t, const struct stripe *s, size_t i)
{
    struct str group = t->columns[s->column[i]].group;
    size_t end = i + 1;
    while (end < s->n && group.n && s->column[end] == s->column[end - 1] + 1 &&
           str_equal(t->columns[s->column[end]].group, group))
        end++;
    return end;
}

// What is left over the least widths, shared by the columns' weights; none gets more than
// it needs.
static void share_by_weight(const struct table_layout *l, struct stripe *s, double spare)
{
    for (bool again = true; again && spare > 0.5;) {
        double weight = 0, given = 0;
        again = false;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < s->n; i++) {
                const struct column_need *need = &l->need[s->column[i]];
                double own = l->table->columns[s->column[i]].width;
                double room = need->natural * l->scale + 2 * CELL_PAD - s->width[i];
                if (own <= 0 || room < 0.1)
                    continue;
                if (pass == 0) {
                    weight += own;
                    continue;
                }
                double more = fmin(room, spare * own / weight);
                s->width[i] += more;
                given += more;
                again = true;
            }
        spare -= given;
    }
}

// Sets widths of a stripe's columns (padding included) to fill at most TEXT_WIDTH.
static void set_widths(struct flow *f, const struct table_layout *l, struct stripe *s)
{
    const struct doc_table *t = l->table;
    double natural = 0, least = 0, weight = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct column_need *need = &l->need[s->column[i]];
        natural += need->natural * l->scale + 2 * CELL_PAD;
        least += need->least * l->scale + 2 * CELL_PAD;
        weight += t->columns[s->column[i]].width > 0 ? t->columns[s->column[i]].width : 0;
    }
    bool shrink = natural > TEXT_WIDTH;
    double target = TEXT_WIDTH;
    if (!shrink && s->n <= 3 && natural < TEXT_WIDTH * 0.6)
        target = fmax(natural, TEXT_WIDTH * 0.62);
    double spare = shrink ? fmax(0, TEXT_WIDTH - least) : target - natural;
    double wish = natural - least;
    // the names of the rows are what is read first: they get what they wish for first
    double first_wish =
        fmin((l->need[0].natural - l->need[0].least) * l->scale, spare * 0.75);
    s->total = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct column_need *need = &l->need[s->column[i]];
        double width = (shrink ? need->least : need->natural) * l->scale + 2 * CELL_PAD;
        double own = t->columns[s->column[i]].width;
        if (weight > 0 && shrink)
            ; // shared below
        else if (weight > 0)
            width += spare * (own > 0 ? own : 0) / weight;
        else if (shrink && i == 0)
            width += first_wish;
        else if (shrink && wish > first_wish)
            width += fmin(1, (spare - first_wish) / (wish - first_wish)) *
                     (need->natural - need->least) * l->scale;
        else if (!shrink) // the first column takes a double share
            width += spare * (i == 0 ? 2.0 : 1.0) / ((double)s->n + 1);
        s->width[i] = width;
    }
    if (weight > 0 && shrink)
        share_by_weight(l, s, spare);
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] = s->total;
        s->total += s->width[i];
    }
    // a group's heading that is wider than its columns
    for (size_t i = 0; i < s->n;) {
        size_t end = group_end(t, s, i);
        struct str group = t->columns[s->column[i]].group;
        double inside = s->x[end - 1] + s->width[end - 1] - s->x[i] - 2 * CELL_PAD;
        size_t lines = group.n ? typeset_lines(f->t, l->head, group, inside) : 0;
        widen(&s->group_height, (double)lines * typeset_leading(l->head) + 4);
        i = end;
    }
    bool any = false;
    for (size_t i = 0; i < s->n; i++)
        any |= t->columns[s->column[i]].group.n > 0;
    if (!any)
        s->group_height = 0;
}

static double inner_width(const struct stripe *s, size_t i)
{
    return s->width[i] - 2 * CELL_PAD;
}

static bool is_figure_column(const struct table_layout *l, size_t column)
{
    return l->need[column].figures;
}

static size_t cell_lines(struct flow *f, const struct table_layout *l,
                         const struct stripe *s, size_t row, size_t i)
{
    const struct doc_table *t = l->table;
    size_t c = s->column[i];
    const struct cell *cell = cell_at(t, row, c);
    if (doc_cell_is_figure(cell) || cell->kind == CELL_EMPTY || !cell->text.n)
        return 1;
    double width = inner_width(s, i) - indent_of(t, row, c) - l->need[c].mark * l->scale;
    struct font font = level_of(t, row) < 0 ? l->strong : l->body;
    if (!memchr(cell->text.p, '\n', cell->text.n) &&
        typeset_width(f->t, font, cell->text) <= width)
        return 1;
    return typeset_lines(f->t, font, cell->text, fmax(width, 12));
}

static bool measure_stripe(struct flow *f, struct table_layout *l, struct stripe *s)
{
    const struct doc_table *t = l->table;
    s->x = ARENA_ARRAY(f->a, double, s->n);
    s->width = ARENA_ARRAY(f->a, double, s->n);
    s->lines = ARENA_ARRAY(f->a, uint16_t, t->n_rows);
    if (!s->x || !s->width || !s->lines)
        return false;
    set_widths(f, l, s);
    double head = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct table_column *column = &t->columns[s->column[i]];
        size_t lines = column->title.n ? typeset_lines(f->t, l->head, column->title,
                                                       inner_width(s, i) + 0.5)
                                       : 0;
        lines += column->unit.n
                     ? typeset_lines(f->t, l->unit, column->unit, inner_width(s, i) + 0.5)
                     : 0;
        widen(&head, (double)lines * typeset_leading(l->head));
    }
    s->head_height = head + 6;
    for (size_t r = 0; r < t->n_rows; r++) {
        size_t most = 1;
        for (size_t i = 0; i < s->n; i++) {
            size_t lines = cell_lines(f, l, s, r, i);
            if (lines > most)
                most = lines;
        }
        s->lines[r] = (uint16_t)(most > UINT16_MAX ? UINT16_MAX : most);
    }
    return true;
}

// Puts columns into as few stripes as their least widths allow.
static bool cut_into_stripes(struct flow *f, struct table_layout *l)
{
    size_t n = l->table->n_columns;
    l->stripes = ARENA_ARRAY(f->a, struct stripe, n ? n : 1);
    if (!l->stripes)
        return false;
    for (size_t c = 0; c < n;) {
        struct stripe *s = &l->stripes[l->n_stripes++];
        s->column = ARENA_ARRAY(f->a, size_t, n);
        if (!s->column)
            return false;
        double total = 0;
        if (c > 0) {
            s->column[s->n++] = 0;
            total = l->need[0].least * l->scale + 2 * CELL_PAD;
        }
        do {
            s->column[s->n++] = c;
            total += l->need[c].least * l->scale + 2 * CELL_PAD;
            c++;
        } while (c < n &&
                 total + l->need[c].least * l->scale + 2 * CELL_PAD <= TEXT_WIDTH);
    }
    for (size_t i = 0; i < l->n_stripes; i++)
        if (!measure_stripe(f, l, &l->stripes[i]))
            return false;
    return true;
}

struct table_layout *table_measure(struct flow *f, const struct block *block)
{
    const struct doc_table *t = &block->table;
    struct table_layout *l = ARENA_NEW(f->a, struct table_layout);
    struct column_need *need = ARENA_ARRAY(f->a, struct column_need, t->n_columns);
    if (!l || !need)
        return NULL;
    l->table = t;
    l->need = need;
    l->label = doc_block_label(f->a, f->d->zh, block);
    l->signs = doc_signs(f->a, f->d->zh, t);
    double least = 0, natural = 0, pads = 2 * CELL_PAD * (double)t->n_columns;
    for (size_t c = 0; c < t->n_columns; c++) {
        need[c] = measure_column(f, t, c);
        least += need[c].least;
        natural += need[c].natural;
    }
    // the largest size at which it fits; a little smaller if then nothing is broken
    size_t n_sizes = sizeof sizes / sizeof *sizes, chosen = n_sizes - 1;
    for (size_t i = n_sizes; i-- > 0;)
        if (least * sizes[i] / BASE_SIZE + pads <= TEXT_WIDTH)
            chosen = i;
    for (size_t i = 2; i-- > 0;)
        if (natural * sizes[i] / BASE_SIZE + pads <= TEXT_WIDTH)
            chosen = i;
    if (t->small && sizes[chosen] > SMALL_SIZE)
        chosen = SMALL_AT;
    double size = sizes[chosen];
    l->scale = size / BASE_SIZE;
    l->body = (struct font){size, false};
    l->strong = (struct font){size, true};
    l->head = (struct font){HEAD_SIZE(size), true};
    l->unit = (struct font){HEAD_SIZE(size), false};
    l->caption = flow_caption_height(f, l->label, t->title);
    l->notes = flow_notes_height(f, l->signs, t->note, t->source, TEXT_WIDTH);
    return cut_into_stripes(f, l) ? l : NULL;
}

static double row_height(const struct table_layout *l, size_t lines)
{
    return (double)lines * typeset_leading(l->body) + ROW_PAD;
}

static double stripe_head(const struct stripe *s)
{
    return s->group_height + s->head_height;
}

double table_whole_height(const struct table_layout *l)
{
    double height = l->caption + l->notes;
    for (size_t i = 0; i < l->n_stripes; i++) {
        height += stripe_head(&l->stripes[i]) + (i ? 12 : 0);
        for (size_t r = 0; r < l->table->n_rows; r++)
            height += row_height(l, l->stripes[i].lines[r]);
    }
    return height + 4;
}

double table_least_height(const struct table_layout *l)
{
    double whole = table_whole_height(l);
    size_t n = l->table->n_rows;
    if (n <= SMALL_TABLE_ROWS && whole <= SMALL_TABLE_HEIGHT)
        return whole;
    double height = l->caption;
    if (l->n_stripes) {
        height += stripe_head(l->stripes);
        for (size_t r = 0; r < n && r < KEEP_ROWS; r++)
            height += row_height(l, l->stripes[0].lines[r]);
    }
    return fmin(height + 4, PAGE_BOTTOM - PAGE_TOP);
}

// The least width at which a heading takes no more lines than at `width`: its lines are
// then of even length.
static double balanced(struct flow *f, struct font font, struct str s, double width)
{
    size_t lines = s.n ? typeset_lines(f->t, font, s, width) : 1;
    double even = fmax(typeset_width(f->t, font, s) / (double)lines,
                       typeset_least_width(f->t, font, s));
    for (int i = 0; lines > 1 && i < 6; i++, even *= 1.12)
        if (even < width && typeset_lines(f->t, font, s, even) == lines)
            return even;
    return width;
}

static void place_head(struct flow *f, const struct table_layout *l,
                       const struct stripe *s)
{
    double top = f->y, leading = typeset_leading(l->head);
    f->y += stripe_head(s);
    if (!f->c)
        return;
    const struct doc_table *t = l->table;
    draw_line(f->c, PAGE_LEFT, top, PAGE_LEFT + s->total, top, 0.9, INK_TEXT, DASH_NONE);
    for (size_t i = 0; i < s->n;) {
        size_t end = group_end(t, s, i);
        struct str group = t->columns[s->column[i]].group;
        double x = PAGE_LEFT + s->x[i] + CELL_PAD;
        double width = s->x[end - 1] + s->width[end - 1] - s->x[i] - 2 * CELL_PAD;
        if (group.n) {
            struct draw_wrap wrap = {
                x,       top + 2,  width, end - i > 1 ? ANCHOR_MIDDLE : ANCHOR_END,
                l->head, INK_TEXT, 0,     50};
            draw_wrapped(f->c, &wrap, group);
            draw_line(f->c, x, top + s->group_height, x + width, top + s->group_height,
                      0.5, INK_RULE, DASH_NONE);
        }
        i = end;
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct table_column *column = &t->columns[s->column[i]];
        double width = inner_width(s, i) + 0.5;
        double title = column->title.n
                           ? (double)typeset_lines(f->t, l->head, column->title, width)
                           : 0;
        double unit = column->unit.n
                          ? (double)typeset_lines(f->t, l->unit, column->unit, width)
                          : 0;
        struct draw_wrap wrap = {
            .x = PAGE_LEFT + s->x[i] + CELL_PAD -
                 (is_figure_column(l, s->column[i]) ? 0.5 : 0),
            .y = f->y - 3 - (title + unit) * leading,
            .width = width,
            .anchor = is_figure_column(l, s->column[i]) ? ANCHOR_END : ANCHOR_START,
            .font = l->head,
            .ink = INK_TEXT,
            .count = 50};
        // above the figures themselves, not above their marks
        if (wrap.anchor == ANCHOR_END && l->need[s->column[i]].mark > 0)
            wrap.x -= fmin(l->need[s->column[i]].mark * l->scale,
                           fmax(0, width - typeset_width(f->t, l->head, column->title)));
        struct draw_wrap even = wrap;
        even.width = balanced(f, l->head, column->title, width);
        even.x += wrap.anchor == ANCHOR_END ? width - even.width : 0;
        draw_wrapped(f->c, &even, column->title);
        wrap.y += title * leading;
        wrap.font = l->unit;
        wrap.ink = INK_MUTED;
        draw_wrapped(f->c, &wrap, column->unit);
    }
    draw_line(f->c, PAGE_LEFT, f->y, PAGE_LEFT + s->total, f->y, 0.6, INK_TEXT,
              DASH_NONE);
}

static enum ink tone_ink(enum cell_tone tone)
{
    return tone == TONE_GOOD    ? INK_ACCENT
           : tone == TONE_BAD   ? INK_ALARM
           : tone == TONE_MUTED ? INK_MUTED
                                : INK_TEXT;
}

// The part of a cell that stands on its first line, when it is a figure.
static void draw_figure(struct flow *f, const struct table_layout *l, size_t column,
                        const struct cell *cell, struct font font, double right,
                        double baseline)
{
    const struct column_need *need = &l->need[column];
    const struct table_column *of = &l->table->columns[column];
    struct str value = words_of(f, of, cell);
    struct str bounds = doc_cell_bounds(f->a, f->d->zh, of, cell);
    enum ink ink = tone_ink(cell->tone);
    if (need->mark > 0) {
        draw_text(f->c, right, baseline, ANCHOR_END, l->strong, ink,
                  doc_tone_mark(cell->tone));
        right -= need->mark * l->scale;
    }
    if (need->bounds > 0) {
        draw_text(f->c, right, baseline, ANCHOR_END, (struct font){font.size, font.bold},
                  INK_MUTED, bounds);
        right -= (need->bounds + 4) * l->scale;
    }
    bool sign = cell->kind != CELL_NUMBER && cell->kind != CELL_INTERVAL &&
                cell->kind != CELL_DATE && cell->kind != CELL_PAGE;
    draw_text(f->c, right, baseline, ANCHOR_END, font,
              sign && ink == INK_TEXT ? INK_MUTED : ink, value);
}

static void draw_cell(struct flow *f, const struct table_layout *l,
                      const struct stripe *s, size_t row, size_t i, size_t first,
                      size_t count)
{
    const struct doc_table *t = l->table;
    size_t c = s->column[i];
    const struct cell *cell = cell_at(t, row, c);
    struct font font = level_of(t, row) < 0 ? l->strong : l->body;
    double x = PAGE_LEFT + s->x[i] + CELL_PAD, width = inner_width(s, i);
    double top = f->y + ROW_PAD / 2, leading = typeset_leading(font);
    double baseline = top + leading / 2 + font.size * 0.35;
    if (cell->anchor.n && first == 0)
        flow_link(f, cell->anchor, x, top, width, leading);
    if (doc_cell_is_figure(cell)) {
        if (first == 0)
            draw_figure(f, l, c, cell, font, x + width, baseline);
        return;
    }
    if (cell->kind == CELL_EMPTY)
        return;
    double indent = indent_of(t, row, c), mark = l->need[c].mark * l->scale;
    x += indent;
    if (mark > 0 && first == 0)
        draw_text(f->c, x, baseline, ANCHOR_START, l->strong, tone_ink(cell->tone),
                  doc_tone_mark(cell->tone));
    bool right = t->columns[c].align == ALIGN_RIGHT;
    double room = width - indent - mark;
    if (typeset_width(f->t, font, cell->text) <= room &&
        cell_lines(f, l, s, row, i) == 1) {
        if (first == 0)
            draw_text(f->c, right ? x + mark + room : x + mark, baseline,
                      right ? ANCHOR_END : ANCHOR_START, font, tone_ink(cell->tone),
                      cell->text);
        return;
    }
    struct draw_wrap wrap = {x + mark,       top,
                             fmax(room, 12), right ? ANCHOR_END : ANCHOR_START,
                             font,           tone_ink(cell->tone),
                             first,          count};
    draw_wrapped(f->c, &wrap, cell->text);
}

// Lines first..first+count-1 of a row.
static void place_row(struct flow *f, const struct table_layout *l,
                      const struct stripe *s, size_t row, size_t first, size_t count)
{
    double right = PAGE_LEFT + s->total;
    for (size_t i = 0; i < s->n && first == 0; i++) {
        struct str anchor = cell_at(l->table, row, s->column[i])->anchor;
        if (anchor.n > 1 && anchor.p[0] == '#')
            flow_note_page(f, (struct str){anchor.p + 1, anchor.n - 1});
    }
    if (f->c) {
        bool total = level_of(l->table, row) < 0;
        if (total && first == 0 && row > 0)
            draw_line(f->c, PAGE_LEFT, f->y, right, f->y, 0.6, INK_TEXT, DASH_NONE);
        for (size_t i = 0; i < s->n; i++)
            draw_cell(f, l, s, row, i, first, count);
    }
    f->y += row_height(l, count);
    if (f->c && row + 1 < l->table->n_rows)
        draw_line(f->c, PAGE_LEFT, f->y, right, f->y, 0.35,
                  level_of(l->table, row) < 0 ? INK_RULE : INK_FAINT, DASH_NONE);
}

static void end_of_part(struct flow *f, const struct stripe *s)
{
    if (f->c)
        draw_line(f->c, PAGE_LEFT, f->y, PAGE_LEFT + s->total, f->y, 0.9, INK_TEXT,
                  DASH_NONE);
}

static void continue_on_next_page(struct flow *f, const struct table_layout *l,
                                  const struct stripe *s)
{
    end_of_part(f, s);
    flow_next_page(f);
    flow_continued(f, l->label);
    place_head(f, l, s);
}

static double height_from(const struct table_layout *l, const struct stripe *s,
                          size_t row, size_t n)
{
    double height = 0;
    for (size_t r = row; r < row + n && r < l->table->n_rows; r++)
        height += row_height(l, s->lines[r]);
    return height;
}

static void place_rows(struct flow *f, const struct table_layout *l,
                       const struct stripe *s, double below)
{
    size_t n = l->table->n_rows;
    for (size_t r = 0; r < n; r++) {
        double height = height_from(l, s, r, 1);
        bool own_page = false;
        // what follows must not be a single last row, nor notes alone
        if (n - r == 2 && r > 1)
            own_page = height_from(l, s, r, 2) + below > flow_room(f) &&
                       height_from(l, s, r, 2) + below < 200;
        if (height > flow_room(f) || own_page)
            if (!(flow_room(f) > (PAGE_BOTTOM - PAGE_TOP) * 0.8))
                continue_on_next_page(f, l, s);
        size_t first = 0, left = s->lines[r];
        while (row_height(l, left) > flow_room(f)) {
            size_t fit = (size_t)fmax(
                1, floor((flow_room(f) - ROW_PAD) / typeset_leading(l->body)));
            if (fit >= left)
                break;
            place_row(f, l, s, r, first, fit);
            first += fit;
            left -= fit;
            continue_on_next_page(f, l, s);
        }
        place_row(f, l, s, r, first, left);
    }
}

void table_place(struct flow *f, const struct table_layout *l)
{
    double least = table_least_height(l);
    if (least > flow_room(f) && !flow_at_top(f))
        flow_next_page(f);
    flow_caption(f, l->label, l->table->title);
    for (size_t i = 0; i < l->n_stripes; i++) {
        const struct stripe *s = &l->stripes[i];
        if (i > 0) {
            f->y += 12;
            if (stripe_head(s) + height_from(l, s, 0, KEEP_ROWS) > flow_room(f))
                flow_next_page(f);
        }
        place_head(f, l, s);
        place_rows(f, l, s, i + 1 == l->n_stripes ? l->notes : 0);
        end_of_part(f, s);
    }
    flow_notes(f, l->signs, l->table->note, l->table->source, TEXT_WIDTH);
    f->y += 11;
}
