// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/frame.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 256 };

static const double most_count = 1e15;

// ---- reading ----

static struct str kept(struct frame *f, struct str cell, bool *no_memory)
{
    struct str text = str_trim(cell);
    if (!text.n)
        return STR("");
    struct str copy = str_copy(f->arena, text);
    *no_memory |= !copy.p;
    return copy;
}

static enum err check_names(const struct frame *f, struct error *e)
{
    for (size_t i = 0; i < f->n_columns; i++)
        for (size_t k = 0; k < i && f->names[i].n; k++)
            if (str_equal(f->names[i], f->names[k])) {
                (void)error_set(e, ERR_INPUT, "frame.name_twice", f->path,
                                "columns %zu and %zu are both headed \"" STR_FMT "\"",
                                k + 1, i + 1, STR_ARG(f->names[i]));
                return error_cure(e, "Give each column a heading of its own.");
            }
    return ERR_OK;
}

static enum err take_names(struct frame *f, const struct table_row *row, struct error *e)
{
    bool no_memory = false;
    f->n_columns = row->n;
    f->names = ARENA_ARRAY(f->arena, struct str, row->n);
    if (!f->names)
        return error_memory(e);
    for (size_t i = 0; i < row->n; i++)
        f->names[i] = kept(f, row->cells[i], &no_memory);
    while (f->n_columns && !f->names[f->n_columns - 1].n)
        f->n_columns--;
    return no_memory ? error_memory(e) : check_names(f, e);
}

struct growing { // rows while their number is not known
    struct str *cells;
    uint64_t *lines;
    size_t room;
};

static bool grow(struct growing *g, const struct frame *f)
{
    if (f->n_rows < g->room)
        return true;
    size_t room = g->room ? 2 * g->room : FIRST_ROWS, cells;
    if (!size_mul(room, f->n_columns ? f->n_columns : 1, &cells))
        return false;
    void *more = mem_resize(g->cells, cells, sizeof *g->cells);
    if (!more)
        return false;
    g->cells = more;
    more = mem_resize(g->lines, room, sizeof *g->lines);
    if (!more)
        return false;
    g->lines = more;
    g->room = room;
    return true;
}

static enum err ragged(const struct frame *f, const struct table_row *row,
                       struct error *e)
{
    char where[200];
    snprintf(where, sizeof where, "%s:%llu", f->path, (unsigned long long)row->line);
    (void)error_set(e, ERR_INPUT, "frame.ragged", where,
                    "the row has %zu cells, the heading has %zu", row->n, f->n_columns);
    return error_cure(e, row->cut ? "The file seems to be cut off here; fetch it again."
                                  : "Put cells with a separator in them in quotes, and "
                                    "leave no cell out.");
}

static enum err take_row(struct frame *f, struct growing *g, const struct table_row *row,
                         bool csv, struct error *e)
{
    bool no_memory = false;
    if (row->n < f->n_columns && csv)
        return ragged(f, row, e);
    for (size_t i = f->n_columns; i < row->n; i++)
        if (str_trim(row->cells[i]).n)
            return ragged(f, row, e);
    if (!grow(g, f))
        return error_memory(e);
    for (size_t i = 0; i < f->n_columns; i++)
        g->cells[f->n_rows * f->n_columns + i] =
            i < row->n ? kept(f, row->cells[i], &no_memory) : STR("");
    g->lines[f->n_rows++] = row->line;
    return no_memory ? error_memory(e) : ERR_OK;
}

static enum err read_rows(struct frame *f, struct table *t, struct growing *g,
                          struct error *e)
{
    bool csv = table_about(t)->format == TABLE_CSV, named = false;
    for (;;) {
        struct table_row row;
        enum err code = table_read(t, &row, e);
        if (code)
            return code;
        if (row.end)
            break;
        if (row.problem.code) {
            if (e)
                *e = row.problem;
            return row.problem.code;
        }
        if (row.blank)
            continue;
        code = named ? take_row(f, g, &row, csv, e) : take_names(f, &row, e);
        named = true;
        if (code)
            return code;
    }
    if (f->n_rows)
        return ERR_OK;
    (void)error_set(e, ERR_INPUT, "frame.empty", f->path,
                    named ? "the file has a heading and no rows" : "the file is empty");
    return error_cure(
        e, "The first row names the columns; every row below it is read as data.");
}

enum err frame_read(struct frame *out, const char *path, struct arena *a, struct error *e)
{
    *out = (struct frame){.path = path, .arena = a};
    struct growing g = {0};
    struct table *t = NULL;
    enum err code = table_open(&t, path, NULL, e);
    if (!code)
        code = read_rows(out, t, &g, e);
    table_close(t);
    if (!code) {
        size_t n = out->n_rows * out->n_columns;
        out->cells = ARENA_ARRAY(a, struct str, n);
        out->lines = ARENA_ARRAY(a, uint64_t, out->n_rows);
        if (!out->cells || !out->lines)
            code = error_memory(e);
        else {
            memcpy(out->cells, g.cells, n * sizeof *g.cells);
            memcpy(out->lines, g.lines, out->n_rows * sizeof *g.lines);
        }
    }
    mem_free(g.cells);
    mem_free(g.lines);
    return code;
}

// ---- columns ----

// Letters of a that b has too, in order: a rough likeness that is enough to guess which
// name was meant.
static size_t likeness(struct str a, struct str b)
{
    size_t alike = 0, at = 0;
    for (size_t i = 0; i < a.n; i++)
        for (size_t k = at; k < b.n; k++)
            if ((a.p[i] | 32) == (b.p[k] | 32)) {
                alike++;
                at = k + 1;
                break;
            }
    return 4 * alike / (a.n + b.n + 1); // 2 when they are the same
}

static enum err no_column(const struct frame *f, struct str name, struct error *e)
{
    struct buf list = BUF_INIT(300);
    size_t best = 0, likest = 0;
    for (size_t i = 0; i < f->n_columns; i++) {
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(f->names[i]));
        size_t like = likeness(name, f->names[i]);
        if (like > likest) {
            likest = like;
            best = i;
        }
    }
    struct str names = buf_str(&list);
    (void)error_set(e, ERR_NOT_FOUND, "frame.column", f->path,
                    "there is no column \"" STR_FMT "\"; the columns are " STR_FMT "%s",
                    STR_ARG(name), STR_ARG(names), list.failed ? " ..." : "");
    if (likest)
        (void)error_cure(e, "Did you mean \"" STR_FMT "\"?", STR_ARG(f->names[best]));
    else
        (void)error_cure(e, "Name one of the columns, letter by letter.");
    buf_free(&list);
    return ERR_NOT_FOUND;
}

enum err frame_column(const struct frame *f, const char *name, size_t *column,
                      struct error *e)
{
    struct str wanted = str_trim(str_of(name));
    for (size_t i = 0; i < f->n_columns; i++)
        if (str_equal(f->names[i], wanted)) {
            *column = i;
            return ERR_OK;
        }
    for (size_t i = 0; i < f->n_columns; i++)
        if (str_equal_fold(f->names[i], wanted)) {
            *column = i;
            return ERR_OK;
        }
    return no_column(f, wanted, e);
}

struct str frame_cell(const struct frame *f, size_t row, size_t column)
{
    return f->cells[row * f->n_columns + column];
}

enum err frame_error(const struct frame *f, size_t row, size_t column, const char *cure,
                     struct error *e, const char *format, ...)
{
    char where[256];
    snprintf(where, sizeof where, "%s:%llu " STR_FMT, f->path,
             (unsigned long long)f->lines[row], STR_ARG(f->names[column]));
    va_list arguments;
    va_start(arguments, format);
    (void)error_set_list(e, ERR_INPUT, "frame.cell", where, format, arguments);
    va_end(arguments);
    return cure ? error_cure(e, "%s", cure) : ERR_INPUT;
}

// "1,234,567.5" as a number: commas only where thousands have them.
static bool to_number(struct str s, double *out)
{
    char plain[64];
    size_t n = 0, run = 0;
    bool comma = false, point = false;
    for (size_t i = 0; i < s.n && n < sizeof plain; i++) {
        if (s.p[i] == ',') {
            if (point || !run || run > 3 || (comma && run != 3))
                return false;
            comma = true;
            run = 0;
            continue;
        }
        if (comma && !point && (s.p[i] < '0' || s.p[i] > '9') && run != 3)
            return false;
        point |= s.p[i] == '.';
        run += s.p[i] >= '0' && s.p[i] <= '9';
        plain[n++] = s.p[i];
    }
    if (n == sizeof plain || (comma && !point && run != 3))
        return false;
    return str_to_double((struct str){plain, n}, out);
}

static bool is_missing(struct str s)
{
    return !s.n || str_equal_c(s, ".") || str_equal_fold(s, STR("na")) ||
           str_equal_fold(s, STR("nan")) || str_equal_fold(s, STR("null"));
}

// How many cells of the column from this row on are not numbers.
static size_t count_bad(const struct frame *f, size_t row, size_t column, bool counts)
{
    size_t bad = 0;
    for (double x; row < f->n_rows; row++) {
        struct str cell = frame_cell(f, row, column);
        bad +=
            !to_number(cell, &x) ? !is_missing(cell) : counts && (x < 0 || x != floor(x));
    }
    return bad;
}

static enum err bad_number(const struct frame *f, size_t row, size_t column, bool counts,
                           struct error *e)
{
    struct str cell = frame_cell(f, row, column);
    size_t more = count_bad(f, row + 1, column, counts);
    char others[64] = "";
    double x;
    if (more)
        snprintf(others, sizeof others, " (and %zu more rows)", more);
    if (is_missing(cell))
        return frame_error(f, row, column, "Fill the cell in, or leave the row out.", e,
                           "the cell is empty%s", others);
    if (counts && to_number(cell, &x) && x < 0)
        return frame_error(f, row, column, "Counts are 0 or more; correct the cell.", e,
                           "\"" STR_FMT "\" is below zero%s", STR_ARG(cell), others);
    return frame_error(f, row, column, "Correct the cell, or name another column.", e,
                       "\"" STR_FMT "\" is not %s%s", STR_ARG(cell),
                       counts ? "a whole number up to 1e15" : "a number", others);
}

enum err frame_counts(const struct frame *f, size_t column, bool empty_is_zero,
                      int64_t **out, struct error *e)
{
    int64_t *counts = *out = ARENA_ARRAY(f->arena, int64_t, f->n_rows);
    if (!counts)
        return error_memory(e);
    for (size_t i = 0; i < f->n_rows; i++) {
        struct str cell = frame_cell(f, i, column);
        double x = 0;
        bool empty = is_missing(cell);
        if (empty && empty_is_zero)
            continue;
        if (empty || !to_number(cell, &x) || x < 0 || x != floor(x) || x > most_count)
            return bad_number(f, i, column, true, e);
        counts[i] = (int64_t)x;
    }
    return ERR_OK;
}

enum err frame_numbers(const struct frame *f, size_t column, bool may_be_empty,
                       double **out, struct error *e)
{
    double *numbers = *out = ARENA_ARRAY(f->arena, double, f->n_rows);
    if (!numbers)
        return error_memory(e);
    for (size_t i = 0; i < f->n_rows; i++) {
        struct str cell = frame_cell(f, i, column);
        numbers[i] = NAN;
        if (is_missing(cell) && may_be_empty)
            continue;
        if (!to_number(cell, &numbers[i]))
            return bad_number(f, i, column, false, e);
    }
    return ERR_OK;
}

// ---- groups ----

static struct str group_name(const struct frame *f, size_t row, const size_t *columns,
                             size_t n, struct buf *scratch)
{
    if (n == 1)
        return frame_cell(f, row, columns[0]);
    buf_clear(scratch);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_add_c(scratch, " / ");
        buf_add(scratch, frame_cell(f, row, columns[i]));
    }
    return buf_str(scratch);
}

enum err frame_groups(const struct frame *f, const size_t *columns, size_t n_columns,
                      struct frame_groups *out, struct error *e)
{
    *out = (struct frame_groups){.of_row = ARENA_ARRAY(f->arena, uint32_t, f->n_rows),
                                 .names = ARENA_ARRAY(f->arena, struct str, f->n_rows)};
    size_t slots = 16;
    while (slots < 2 * f->n_rows)
        slots *= 2;
    uint32_t *table = mem_alloc(slots, sizeof *table); // number of a group + 1
    struct buf scratch = BUF_INIT(1 << 24);
    bool no_memory = !table || !out->of_row || !out->names;
    for (size_t i = 0; i < f->n_rows && !no_memory; i++) {
        struct str name = group_name(f, i, columns, n_columns, &scratch);
        size_t at = (size_t)str_hash(name, 0) & (slots - 1);
        while (table[at] && !str_equal(out->names[table[at] - 1], name))
            at = (at + 1) & (slots - 1);
        if (!table[at]) {
            struct str own = n_columns == 1 ? name : str_copy(f->arena, name);
            no_memory = scratch.failed || (name.n && !own.p);
            out->names[out->n++] = own;
            table[at] = out->n;
        }
        out->of_row[i] = table[at] - 1;
    }
    mem_free(table);
    buf_free(&scratch);
    return no_memory ? error_memory(e) : ERR_OK;
}

struct named {
    struct str name;
    double number;
    uint32_t was;
};

static int by_number(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return str_compare(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
    return str_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

enum err frame_groups_sort(const struct frame *f, struct frame_groups *groups,
                           struct error *e)
{
    struct named *list = mem_alloc(groups->n, sizeof *list);
    uint32_t *now = mem_alloc(groups->n, sizeof *now);
    bool numbers = true;
    if (!list || !now) {
        mem_free(list);
        mem_free(now);
        return error_memory(e);
    }
    for (uint32_t i = 0; i < groups->n; i++) {
        list[i] = (struct named){groups->names[i], 0, i};
        numbers &= str_to_double(groups->names[i], &list[i].number);
    }
    qsort(list, groups->n, sizeof *list, numbers ? by_number : by_name);
    for (uint32_t i = 0; i < groups->n; i++) {
        groups->names[i] = list[i].name;
        now[list[i].was] = i;
    }
    for (size_t i = 0; i < f->n_rows; i++)
        groups->of_row[i] = now[groups->of_row[i]];
    mem_free(list);
    mem_free(now);
    return ERR_OK;
}

uint32_t frame_group(const struct frame_groups *groups, struct str name)
{
    uint32_t i = 0;
    while (i < groups->n && !str_equal(groups->names[i], name))
        i++;
    return i;
}
