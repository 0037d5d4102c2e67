// SPDX-License-Identifier: AGPL-3.0-or-later
// A doc for a terminal: aligned by display width, charts as their tables.
#include "base/text.h"
#include "report/doc_text.h"

enum { LEAST_COLUMNS = 40, MOST_COLUMNS = 1000, GAP = 2, TEXT_FLOOR = 12 };

struct printer {
    const struct doc *d;
    struct arena *a;
    struct buf *out;
    size_t columns;
};

// A start of s that fits, broken at a space or beside a wide character where that can be.
static struct str take_line(struct str *s, size_t columns)
{
    struct str line = text_cut(*s, columns);
    if (line.n == 0 && s->n) // one character is wider than the terminal
        line = text_cut(*s, 2);
    if (line.n == 0)
        line = *s;
    if (line.n < s->n) {
        size_t at = line.n;
        while (at > 0 && s->p[at] != ' ' && (unsigned char)s->p[at] < 0x80 &&
               (unsigned char)s->p[at - 1] < 0x80)
            at--;
        if (at > 0)
            line.n = at;
    }
    size_t skip = line.n;
    while (skip < s->n && s->p[skip] == ' ')
        skip++;
    *s = (struct str){s->p + skip, s->n - skip};
    return line;
}

static void wrapped(struct printer *p, struct str text, size_t indent)
{
    struct str rest = text, line;
    while (doc_next_line(&rest, &line))
        do {
            for (size_t i = 0; i < indent; i++)
                buf_add_char(p->out, ' ');
            buf_add(p->out, take_line(&line, p->columns - indent));
            buf_add_char(p->out, '\n');
        } while (line.n);
}

static void trim_line(struct printer *p)
{
    while (p->out->n && p->out->p[p->out->n - 1] == ' ')
        p->out->n--;
    buf_add_char(p->out, '\n');
}

static void signs(struct printer *p, const char *sign, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_add_c(p->out, sign);
}

static void rule(struct printer *p, const char *sign, size_t n)
{
    signs(p, sign, n);
    buf_add_char(p->out, '\n');
}

struct print_column {
    struct str title;
    size_t width, bounds; // bounds: of the widest interval
    bool right, marks;
};

// Text of a cell with its bounds and mark, so that points stand below points.
static struct str whole_text(struct printer *p, const struct doc_table *t, size_t row,
                             size_t c, const struct print_column *column)
{
    const struct cell *cell = &t->cells[row * t->n_columns + c];
    bool zh = p->d->zh;
    struct str text = doc_cell_text(p->a, zh, &t->columns[c], cell);
    struct str bounds = doc_cell_bounds(p->a, zh, &t->columns[c], cell);
    struct str mark = doc_tone_mark(cell->tone);
    int level = c == 0 && t->row_level && t->row_level[row] > 0 ? t->row_level[row] : 0;
    bool figure = doc_cell_is_figure(cell);
    size_t fill = figure && column->bounds ? column->bounds - text_width(bounds) : 0;
    bool mark_room = mark.n || (figure && column->marks);
    if (!column->bounds && !mark_room && !level)
        return text;
    return str_format(p->a, "%*s" STR_FMT "%s%*s" STR_FMT "%s" STR_FMT "%s",
                      2 * (level > 8 ? 8 : level), "", STR_ARG(text),
                      figure && column->bounds ? " " : "", (int)fill, "", STR_ARG(bounds),
                      mark_room ? " " : "", STR_ARG(mark),
                      mark_room && !mark.n ? " " : "");
}

static struct str whole_title(struct printer *p, const struct table_column *column)
{
    return str_format(p->a, STR_FMT "%s" STR_FMT "%s", STR_ARG(column->title),
                      column->unit.n ? " (" : "", STR_ARG(column->unit),
                      column->unit.n ? ")" : "");
}

static size_t longest_word(struct str s)
{
    size_t longest = 0;
    while (s.n) {
        struct str word = s, rest = {s.p + s.n, 0};
        str_split(s, ' ', &word, &rest);
        // wide characters may be parted anywhere
        size_t width = word.n && (unsigned char)word.p[0] < 0x80 ? text_width(word) : 2;
        longest = width > longest ? width : longest;
        s = rest;
    }
    return longest;
}

static bool is_right(const struct doc_table *t, size_t c)
{
    if (t->columns[c].align == ALIGN_RIGHT)
        return true;
    for (size_t r = 0; r < t->n_rows; r++)
        if (doc_cell_is_figure(&t->cells[r * t->n_columns + c]))
            return true;
    return false;
}

// Figures are never cut; where the table is too wide, text gives way.
static void narrow(struct printer *p, struct print_column *columns, size_t n)
{
    size_t total = 0;
    for (size_t c = 0; c < n; c++)
        total += columns[c].width + (c ? GAP : 0);
    while (total > p->columns) {
        struct print_column *widest = NULL;
        for (size_t c = 0; c < n; c++)
            if (!columns[c].right && columns[c].width > TEXT_FLOOR &&
                (!widest || columns[c].width > widest->width))
                widest = &columns[c];
        if (!widest)
            return;
        widest->width--;
        total--;
    }
}

// Headings over neighbouring columns, with a line under each.
static void print_groups(struct printer *p, const struct doc_table *t,
                         const struct print_column *columns)
{
    bool any = false;
    for (size_t c = 0; c < t->n_columns; c++)
        any |= t->columns[c].group.n > 0;
    for (int line = 0; any && line < 2; line++) {
        for (size_t c = 0; c < t->n_columns;) {
            struct str group = t->columns[c].group;
            size_t width = columns[c].width, end = c + 1;
            for (;
                 end < t->n_columns && group.n && str_equal(t->columns[end].group, group);
                 end++)
                width += GAP + columns[end].width;
            signs(p, " ", c ? GAP : 0);
            size_t own = text_width(group), before = own < width ? (width - own) / 2 : 0;
            if (line == 1) {
                signs(p, group.n ? "\xE2\x94\x80" : " ", width);
            } else {
                signs(p, " ", before);
                text_pad(p->out, group, width - before, false);
            }
            c = end;
        }
        trim_line(p);
    }
}

// Headings over several lines, the last at the bottom.
static void print_head(struct printer *p, const struct print_column *columns, size_t n)
{
    size_t most = 1;
    for (size_t c = 0; c < n; c++) {
        struct str rest = columns[c].title;
        size_t lines = 0;
        while (rest.n) {
            take_line(&rest, columns[c].width);
            lines++;
        }
        most = lines > most ? lines : most;
    }
    for (size_t k = 0; k < most; k++) {
        for (size_t c = 0; c < n; c++) {
            struct str rest = columns[c].title, line = STR("");
            size_t lines = 0;
            while (rest.n) {
                take_line(&rest, columns[c].width);
                lines++;
            }
            rest = columns[c].title;
            for (size_t i = 0; k + lines >= most && i + most <= k + lines; i++)
                line = take_line(&rest, columns[c].width);
            if (c)
                buf_add_c(p->out, "  ");
            text_pad(p->out, line, columns[c].width, columns[c].right);
        }
        trim_line(p);
    }
}

static void print_row(struct printer *p, const struct doc_table *t,
                      const struct print_column *columns, size_t row)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        struct str text = whole_text(p, t, row, c, &columns[c]);
        for (size_t i = 0; i < text.n; i++)
            if (text.p[i] == '\n') { // only the first line of several
                text.n = i;
                break;
            }
        if (c)
            buf_add_c(p->out, "  ");
        text_pad(p->out, text, columns[c].width, columns[c].right);
    }
    trim_line(p);
}

static void measure_parts(struct printer *p, const struct doc_table *t, size_t c,
                          struct print_column *column)
{
    for (size_t r = 0; r < t->n_rows; r++) {
        const struct cell *cell = &t->cells[r * t->n_columns + c];
        size_t width = text_width(doc_cell_bounds(p->a, p->d->zh, &t->columns[c], cell));
        column->bounds = width > column->bounds ? width : column->bounds;
        column->marks |= cell->tone == TONE_GOOD || cell->tone == TONE_BAD;
    }
}

static enum err print_table(struct printer *p, struct str label,
                            const struct doc_table *t, struct error *e)
{
    struct print_column *columns = ARENA_ARRAY(p->a, struct print_column, t->n_columns);
    if (!columns)
        return error_memory(e);
    for (size_t c = 0; c < t->n_columns; c++) {
        struct print_column *column = &columns[c];
        column->title = whole_title(p, &t->columns[c]);
        column->right = is_right(t, c);
        measure_parts(p, t, c, column);
        for (size_t r = 0; r < t->n_rows; r++) {
            size_t width = text_width(whole_text(p, t, r, c, column));
            column->width = width > column->width ? width : column->width;
        }
        // a heading takes up to three lines before it makes its column wider
        size_t title = text_width(column->title);
        size_t least = title > 10 ? (title / 3 > 10 ? title / 3 : 10) : title;
        size_t word = longest_word(column->title);
        least = word > least && word < 20 ? word : least;
        column->width = column->width < least ? least : column->width;
    }
    narrow(p, columns, t->n_columns);
    size_t total = 0;
    for (size_t c = 0; c < t->n_columns; c++)
        total += columns[c].width + (c ? GAP : 0);
    struct str title =
        str_format(p->a, STR_FMT "  " STR_FMT, STR_ARG(label), STR_ARG(t->title));
    wrapped(p, title, 0);
    print_groups(p, t, columns);
    print_head(p, columns, t->n_columns);
    rule(p, "\xE2\x94\x80", total);
    for (size_t r = 0; r < t->n_rows; r++) {
        if (r && t->row_level && t->row_level[r] < 0)
            rule(p, "\xE2\x94\x80", total);
        print_row(p, t, columns, r);
    }
    bool zh = p->d->zh;
    const struct str parts[3][2] = {{STR(""), doc_signs(p->a, zh, t)},
                                    {doc_word(zh, WORD_NOTE), t->note},
                                    {doc_word(zh, WORD_SOURCE), t->source}};
    for (size_t i = 0; i < 3; i++)
        if (parts[i][1].n)
            wrapped(p,
                    str_format(p->a, STR_FMT STR_FMT, STR_ARG(parts[i][0]),
                               STR_ARG(parts[i][1])),
                    0);
    buf_add_char(p->out, '\n');
    return ERR_OK;
}

static enum err print_block(struct printer *p, const struct block *b, struct error *e)
{
    bool zh = p->d->zh;
    struct doc_table data;
    switch (b->kind) {
    case BLOCK_HEADING:
        wrapped(p, b->text, 0);
        rule(p, b->level == 1 ? "\xE2\x95\x90" : "\xE2\x94\x80",
             text_width(b->text) < p->columns ? text_width(b->text) : p->columns);
        break;
    case BLOCK_PARAGRAPH:
        wrapped(p, b->text, 0);
        buf_add_char(p->out, '\n');
        break;
    case BLOCK_TABLE:
        return print_table(p, doc_block_label(p->a, zh, b), &b->table, e);
    case BLOCK_CHART:
        if (!doc_chart_table(p->a, zh, &b->chart, &data))
            return error_memory(e);
        return print_table(p, doc_block_label(p->a, zh, b), &data, e);
    case BLOCK_BREAK:
        break;
    }
    return ERR_OK;
}

enum err doc_print(const struct doc *given, int columns, struct buf *out, struct error *e)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    struct doc d;
    struct printer p = {.d = &d, .a = &scratch, .out = out};
    p.columns = columns < LEAST_COLUMNS  ? LEAST_COLUMNS
                : columns > MOST_COLUMNS ? MOST_COLUMNS
                                         : (size_t)columns;
    enum err code = doc_front(given, &scratch, &d, e);
    const struct str front[] = {d.title, d.subtitle, d.made};
    for (size_t i = 0; !code && i < 3; i++)
        if (front[i].n)
            wrapped(&p, front[i], 0);
    buf_add_char(out, '\n');
    for (const struct block *b = d.first; b && !code; b = b->next)
        code = print_block(&p, b, e);
    if (!code && d.footer.n)
        wrapped(&p, d.footer, 0);
    if (!code)
        code = buf_check(out, e);
    arena_free(&scratch);
    return code;
}
