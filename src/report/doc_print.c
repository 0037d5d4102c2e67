// SPDX-License-Identifier: AGPL-3.0-or-later
// A doc for a terminal: aligned by display width, charts as their tables.
#include "base/text.h"
#include "report/doc_text.h"

enum { LEAST_COLUMNS = 40, MOST_COLUMNS = 1000, GAP = 2, TEXT_FLOOR = 8, WORD_MOST = 16 };

struct printer {
    const struct doc *d;
    struct arena *a;
    struct buf *out;
    size_t columns;
};

static bool starts_any(struct str s, const char *const *signs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_starts(s, str_of(signs[i])))
            return true;
    return false;
}

// Between blanks, and beside Chinese characters, though no line begins with a stop or
// ends with an opening bracket.
static bool may_break(struct str s, size_t at)
{
    static const char *const closing[] = {"，", "。", "、", "；", "：", "）",
                                          "”",  "》", "！", "？", "】", "’"};
    static const char *const opening[] = {"（", "“", "《", "【", "‘"};
    enum { CHINESE = 0xE3 }; // from here on UTF-8 leads to East Asian scripts
    if (at >= s.n || s.p[at] == ' ')
        return true;
    if (at == 0 || ((unsigned char)s.p[at] & 0xC0) == 0x80)
        return false;
    size_t before = at - 1;
    while (before > 0 && ((unsigned char)s.p[before] & 0xC0) == 0x80)
        before--;
    if ((unsigned char)s.p[at] < CHINESE && (unsigned char)s.p[before] < CHINESE)
        return s.p[before] == ' ';
    return !starts_any((struct str){s.p + at, s.n - at}, closing,
                       sizeof closing / sizeof *closing) &&
           !starts_any((struct str){s.p + before, s.n - before}, opening,
                       sizeof opening / sizeof *opening);
}

// A start of s that fits, broken where that may be.
static struct str take_line(struct str *s, size_t columns)
{
    struct str line = text_cut(*s, columns);
    if (line.n == 0 && s->n) // one character is wider than the terminal
        line = text_cut(*s, 2);
    if (line.n == 0)
        line = *s;
    size_t at = line.n;
    while (at > 0 && !may_break(*s, at))
        at--;
    if (at > 0)
        line.n = at;
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
    size_t width, least, bounds; // least: of a word; bounds: of the widest interval
    double weight;
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
    bool figure = doc_cell_is_figure(cell);
    size_t fill = figure && column->bounds ? column->bounds - text_width(bounds) : 0;
    bool mark_room = mark.n || (figure && column->marks);
    if (!column->bounds && !mark_room)
        return text;
    return str_format(p->a, STR_FMT "%s%*s" STR_FMT "%s" STR_FMT "%s", STR_ARG(text),
                      figure && column->bounds ? " " : "", (int)fill, "", STR_ARG(bounds),
                      mark_room ? " " : "", STR_ARG(mark),
                      mark_room && !mark.n ? " " : "");
}

static size_t indent_of(const struct doc_table *t, size_t row)
{
    int level = t->row_level && t->row_level[row] > 0 ? t->row_level[row] : 0;
    return 2 * (size_t)(level > 8 ? 8 : level);
}

static struct str whole_title(struct printer *p, const struct table_column *column)
{
    return str_format(p->a, STR_FMT "%s" STR_FMT "%s", STR_ARG(column->title),
                      column->unit.n ? " (" : "", STR_ARG(column->unit),
                      column->unit.n ? ")" : "");
}

// Of the pieces that no line breaks.
static size_t longest_word(struct str s)
{
    size_t longest = 0, begin = 0;
    for (size_t at = 1; at <= s.n; at++) {
        if (!may_break(s, at))
            continue;
        size_t width = text_width(str_trim((struct str){s.p + begin, at - begin}));
        longest = width > longest ? width : longest;
        begin = at;
    }
    return longest < WORD_MOST ? longest : WORD_MOST;
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

static size_t total_width(const struct print_column *columns, size_t n)
{
    size_t total = 0;
    for (size_t c = 0; c < n; c++)
        total += columns[c].width + (c ? GAP : 0);
    return total;
}

// Figures never wrap; where the table is too wide, columns of text share what is left by
// their weights, none with more than it needs or less than a word.
static void narrow(struct printer *p, struct print_column *columns, size_t n)
{
    size_t total = total_width(columns, n);
    if (total <= p->columns)
        return;
    size_t text = 0, share = 0;
    for (size_t c = 0; c < n; c++)
        text += columns[c].right ? 0 : columns[c].width;
    size_t room = total - text < p->columns ? p->columns - (total - text) : 0;
    bool *fixed = ARENA_ARRAY(p->a, bool, n);
    for (bool again = fixed != NULL; again;) {
        double weights = 0;
        size_t left = room;
        for (size_t c = 0; c < n; c++)
            if (columns[c].right)
                continue;
            else if (fixed[c])
                left -= columns[c].least < left ? columns[c].least : left;
            else
                weights += columns[c].weight;
        again = false;
        // those whose share is under a word first, then those with more than they need
        for (int pass = 0; pass < 2 && !again; pass++)
            for (size_t c = 0; c < n; c++) {
                if (columns[c].right || fixed[c])
                    continue;
                share = (size_t)((double)left * columns[c].weight / weights);
                if (pass == 0 ? share <= columns[c].least : share >= columns[c].width) {
                    if (pass)
                        columns[c].least = columns[c].width;
                    fixed[c] = again = true;
                }
            }
        for (size_t c = 0; c < n && !again; c++)
            if (!columns[c].right)
                columns[c].width =
                    fixed[c] ? columns[c].least
                             : (size_t)((double)left * columns[c].weight / weights);
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

static size_t count_lines(struct str text, size_t width)
{
    size_t lines = 0;
    struct str line;
    while (doc_next_line(&text, &line))
        do {
            take_line(&line, width);
            lines++;
        } while (line.n);
    return lines;
}

// Line k of a text that is wrapped, empty past its end.
static struct str line_of(struct str text, size_t width, size_t k)
{
    struct str line;
    while (doc_next_line(&text, &line))
        do {
            struct str part = take_line(&line, width);
            if (k-- == 0)
                return part;
        } while (line.n);
    return STR("");
}

// Headings over several lines, the last at the bottom.
static void print_head(struct printer *p, const struct print_column *columns, size_t n)
{
    size_t most = 1;
    for (size_t c = 0; c < n; c++) {
        size_t lines = count_lines(columns[c].title, columns[c].width);
        most = lines > most ? lines : most;
    }
    for (size_t k = 0; k < most; k++) {
        for (size_t c = 0; c < n; c++) {
            size_t lines = count_lines(columns[c].title, columns[c].width);
            struct str line = STR("");
            if (k + lines >= most)
                line = line_of(columns[c].title, columns[c].width, k + lines - most);
            signs(p, " ", c ? GAP : 0);
            text_pad(p->out, line, columns[c].width, columns[c].right);
        }
        trim_line(p);
    }
}

// What a column leaves for the text of a row: the first column may be indented.
static size_t text_room(const struct print_column *columns, size_t c, size_t indent)
{
    return c || columns[c].width <= indent ? columns[c].width : columns[c].width - indent;
}

static size_t row_lines(const struct print_column *columns, const struct str *texts,
                        size_t n, size_t indent)
{
    size_t most = 1;
    for (size_t c = 0; c < n; c++) {
        if (columns[c].right)
            continue;
        size_t lines = count_lines(texts[c], text_room(columns, c, indent));
        most = lines > most ? lines : most;
    }
    return most;
}

static void print_row(struct printer *p, const struct print_column *columns,
                      const struct str *texts, size_t n, size_t indent)
{
    size_t most = row_lines(columns, texts, n, indent);
    for (size_t k = 0; k < most; k++) {
        for (size_t c = 0; c < n; c++) {
            size_t room = text_room(columns, c, indent);
            struct str line =
                columns[c].right ? (k ? STR("") : texts[c]) : line_of(texts[c], room, k);
            signs(p, " ", (c ? GAP : 0) + columns[c].width - room);
            if (columns[c].right && text_width(line) > room)
                buf_add(p->out, line);
            else
                text_pad(p->out, line, room, columns[c].right);
        }
        trim_line(p);
    }
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

// The texts of one column and the widths it asks for.
static void measure_column(struct printer *p, const struct doc_table *t, size_t c,
                           struct print_column *column, struct str *texts)
{
    column->title = whole_title(p, &t->columns[c]);
    column->right = is_right(t, c);
    measure_parts(p, t, c, column);
    double content = 1;
    for (size_t r = 0; r < t->n_rows; r++) {
        struct str text = whole_text(p, t, r, c, column);
        texts[r * t->n_columns + c] = text;
        size_t word = longest_word(text);
        column->least = word > column->least ? word : column->least;
        size_t width = text_width(text) + (c ? 0 : indent_of(t, r));
        content += (double)width / (double)t->n_rows;
        column->width = width > column->width ? width : column->width;
    }
    column->weight = t->columns[c].width > 0 ? t->columns[c].width : content;
    // a heading takes up to three lines before it makes its column wider
    size_t title = text_width(column->title);
    size_t least = title > 10 ? (title / 3 > 10 ? title / 3 : 10) : title;
    size_t word = longest_word(column->title);
    least = word > least ? word : least;
    column->width = column->width < least ? least : column->width;
    column->least = column->least < word ? word : column->least;
    column->least = column->least < TEXT_FLOOR ? TEXT_FLOOR : column->least;
    column->least = column->least > column->width ? column->width : column->least;
}

static enum err print_table(struct printer *p, struct str label,
                            const struct doc_table *t, struct error *e)
{
    size_t n = t->n_columns;
    struct print_column *columns = ARENA_ARRAY(p->a, struct print_column, n);
    struct str *texts = ARENA_ARRAY(p->a, struct str, n * t->n_rows + 1);
    if (!columns || !texts)
        return error_memory(e);
    for (size_t c = 0; c < n; c++)
        measure_column(p, t, c, &columns[c], texts);
    narrow(p, columns, n);
    size_t total = total_width(columns, n), wrapping = 0;
    for (size_t r = 0; r < t->n_rows; r++)
        wrapping += row_lines(columns, &texts[r * n], n, indent_of(t, r)) > 1;
    struct str title = t->title.n ? str_format(p->a, STR_FMT "  " STR_FMT, STR_ARG(label),
                                               STR_ARG(t->title))
                                  : label;
    wrapped(p, title, 0);
    print_groups(p, t, columns);
    print_head(p, columns, n);
    rule(p, "\xE2\x94\x80", total);
    for (size_t r = 0; r < t->n_rows; r++) {
        if (r && t->row_level && t->row_level[r] < 0)
            rule(p, "\xE2\x94\x80", total);
        else if (r && 2 * wrapping > t->n_rows) // rows of several lines stand apart
            buf_add_char(p->out, '\n');
        print_row(p, columns, &texts[r * n], n, indent_of(t, r));
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
        if (b->chart.bare)
            break;
        if (!doc_chart_table(p->a, zh, &b->chart, &data))
            return error_memory(e);
        return print_table(p, doc_block_label(p->a, zh, b), &data, e);
    case BLOCK_PICTURE:
        wrapped(p, b->picture.title, 0);
        wrapped(p, b->picture.note, 0);
        break;
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
