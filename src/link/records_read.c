// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/records_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const size_t max_batch = (size_t)1 << 31; // bytes; offsets are 32 bits wide

// ---- cells ----

// Whether the reader gave the cell as it stands in the file; it takes quotes off only
// where they touch the separators.
static bool is_raw(const struct table_row *row, struct str cell)
{
    return row->raw.n && cell.p >= row->raw.p && cell.p <= row->raw.p + row->raw.n &&
           (cell.p == row->raw.p || cell.p[-1] != '"');
}

static bool is_quoted(struct str text)
{
    return text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"';
}

// Appends what stands between two quotes, doubled quotes made single.
static void add_unquoted(struct buf *out, struct str text)
{
    text = (struct str){text.p + 1, text.n - 2};
    for (struct str head; str_split(text, '"', &head, &text);) {
        buf_add(out, head);
        buf_add_char(out, '"');
        if (text.n && text.p[0] == '"')
            text = (struct str){text.p + 1, text.n - 1};
    }
    buf_add(out, text);
}

// Appends a cell: trimmed, and without quotes that stand behind spaces (`a, "b"`).
static struct read_cell add_cell(struct buf *bytes, const struct table_row *row,
                                 struct str cell)
{
    size_t at = bytes->n;
    struct str text = str_trim(cell);
    if (is_quoted(text) && is_raw(row, cell))
        add_unquoted(bytes, text);
    else if (text.n && buf_reserve(bytes, text.n)) {
        memcpy(bytes->p + at, text.p, text.n);
        bytes->n += text.n;
    }
    struct str added = {bytes->p + at, bytes->n - at};
    struct str trimmed = added.n ? str_trim(added) : added;
    if (trimmed.n < added.n) // white space between the quotes
        at += (size_t)(trimmed.p - added.p);
    return (struct read_cell){(uint32_t)at, (uint32_t)trimmed.n};
}

// The end of a cell that begins at `from` with a quote: the separator behind its closing
// quote, or the row's end. False when there is none, or more text behind the quote.
static bool quoted_end(struct str raw, size_t from, char separator, size_t *end)
{
    for (size_t i = from + 1; i < raw.n; i++) {
        if (raw.p[i] != '"')
            continue;
        if (i + 1 < raw.n && raw.p[i + 1] == '"') {
            i++;
            continue;
        }
        for (i++; i < raw.n && raw.p[i] == ' ';)
            i++;
        *end = i;
        return i == raw.n || raw.p[i] == separator;
    }
    return false;
}

// A separator between quotes that stand behind a space parts the cell for the reader. The
// row is parted again, such quotes respected; what gives as many cells as the heading has
// is right. Cells keep their quotes, but lose those that touch the separators.
static bool join(struct read_file *f, struct table_row *row)
{
    char separator = table_about(f->table)->separator;
    struct str raw = row->raw;
    size_t n = 0;
    for (size_t at = 0;; at++) {
        size_t begin = at, end = 0;
        while (at < raw.n && raw.p[at] == ' ')
            at++;
        if (at == raw.n || raw.p[at] != '"' || !quoted_end(raw, at, separator, &end)) {
            const char *next =
                at < raw.n ? memchr(raw.p + at, separator, raw.n - at) : NULL;
            end = next ? (size_t)(next - raw.p) : raw.n;
        }
        if (n == f->width)
            return false;
        f->joined[n++] = (struct str){raw.p + begin, end - begin};
        if (end == raw.n)
            break;
        at = end;
    }
    if (n != f->width)
        return false;
    row->cells = f->joined;
    row->n = n;
    return true;
}

static bool has_more(const struct table_row *row, size_t width)
{
    for (size_t i = width; i < row->n; i++)
        if (str_trim(row->cells[i]).n)
            return true;
    return false;
}

// Appends a row to the batch. Spreadsheets leave empty cells at the end away.
static void take_row(struct read_file *f, struct read_batch *b, struct table_row *row)
{
    if (row->n != f->width && row->raw.n && memchr(row->raw.p, '"', row->raw.n))
        (void)join(f, row);
    bool csv = table_about(f->table)->format == TABLE_CSV;
    if ((row->n < f->width && csv) || has_more(row, f->width))
        f->n_ragged++;
    for (unsigned i = 0; i < f->width; i++) {
        struct read_cell *to = &b->cells[(size_t)i * b->max_rows + b->n_rows];
        *to =
            i < row->n ? add_cell(&b->bytes, row, row->cells[i]) : (struct read_cell){0};
    }
    b->row[b->n_rows++] = (uint32_t)(row->number - f->heading_row);
}

// First those that were read to find the heading.
static enum err next_row(struct read_file *f, struct table_row *row, struct error *e)
{
    if (f->at == f->n_seen)
        return table_read(f->table, row, e);
    *row = f->seen[f->at++];
    return ERR_OK;
}

void read_next(struct read_file *f, struct read_batch *b)
{
    b->n_rows = 0;
    b->code = ERR_OK;
    buf_clear(&b->bytes);
    while (!b->end && b->n_rows < b->max_rows && b->bytes.n < READ_BYTES) {
        struct table_row row;
        b->code = next_row(f, &row, &b->problem);
        if (b->code)
            return;
        if (row.end) {
            b->end = true;
        } else if (row.problem.code) {
            if (f->n_bad++ == 0)
                f->first_bad = row.problem;
        } else if (row.number - f->heading_row > UINT32_MAX - 1) {
            b->code = error_set(&b->problem, ERR_LIMIT, "records.rows", f->path,
                                "there are more than %" PRIu32 " rows", UINT32_MAX - 1);
            return;
        } else if (!row.blank) {
            take_row(f, b, &row);
        }
    }
    f->n_rows += b->n_rows;
    b->share = b->end ? 1 : table_progress(f->table);
    b->code = buf_check(&b->bytes, &b->problem);
}

// ---- batches ----

enum err read_batch_open(struct read_batch *b, unsigned width, struct error *e)
{
    uint32_t rows = READ_MAX_CELLS / (width ? width : 1);
    *b = (struct read_batch){.max_rows = rows < READ_MAX_ROWS ? rows : READ_MAX_ROWS};
    b->cells = mem_alloc((size_t)b->max_rows * width, sizeof *b->cells);
    b->row = mem_alloc(b->max_rows, sizeof *b->row);
    b->bytes = BUF_INIT(max_batch);
    return b->cells && b->row ? ERR_OK : error_memory(e);
}

void read_batch_close(struct read_batch *b)
{
    mem_free(b->cells);
    mem_free(b->row);
    buf_free(&b->bytes);
}

// ---- the heading ----

static enum err check_twice(const struct read_file *f, struct error *e)
{
    for (unsigned i = 0; i < f->width; i++)
        for (unsigned k = 0; k < i; k++)
            if (str_equal_fold(f->headings[i], f->headings[k])) {
                (void)error_set(e, ERR_INPUT, "records.heading_twice", f->path,
                                "columns %u and %u are both headed \"" STR_FMT "\"",
                                k + 1, i + 1, STR_ARG(f->headings[i]));
                return error_cure(e, "Give each column a heading of its own.");
            }
    return ERR_OK;
}

static enum err take_headings(struct read_file *f, const struct table_row *row,
                              struct error *e)
{
    if (row->n > LINK_MAX_COLUMNS) {
        (void)error_set(e, ERR_LIMIT, "records.columns", f->path,
                        "the heading has %zu columns, at most %d are taken", row->n,
                        LINK_MAX_COLUMNS);
        return error_cure(e, "Leave out columns that say nothing of the person.");
    }
    f->width = (unsigned)row->n;
    f->heading_row = row->number;
    f->headings = ARENA_ARRAY(&f->arena, struct str, row->n);
    f->joined = ARENA_ARRAY(&f->arena, struct str, row->n);
    if (!f->headings || !f->joined)
        return error_memory(e);
    struct buf text = BUF_INIT(max_batch);
    enum err code = ERR_OK;
    for (unsigned i = 0; i < f->width && !code; i++) {
        struct read_cell c = add_cell(&text, row, row->cells[i]);
        code = buf_check(&text, e);
        if (code)
            break;
        f->headings[i] = c.n ? str_copy(&f->arena, (struct str){text.p + c.at, c.n})
                             : str_format(&f->arena, "column %u", i + 1);
        code = f->headings[i].p ? ERR_OK : error_memory(e);
    }
    buf_free(&text);
    return code ? code : check_twice(f, e);
}

// A row that outlives the next read. Cells that are parts of its raw text stay so.
static enum err copy_row(struct arena *a, const struct table_row *from,
                         struct table_row *to, struct error *e)
{
    *to = *from;
    to->raw = str_copy(a, from->raw);
    to->cells = ARENA_ARRAY(a, struct str, from->n);
    bool copied = to->raw.p && to->cells;
    for (size_t i = 0; i < from->n && copied; i++) {
        struct str cell = from->cells ? from->cells[i] : (struct str){0};
        bool inside = from->raw.n && cell.p >= from->raw.p &&
                      cell.p + cell.n <= from->raw.p + from->raw.n;
        to->cells[i] = inside ? (struct str){to->raw.p + (cell.p - from->raw.p), cell.n}
                              : str_copy(a, cell);
        copied = to->cells[i].p != NULL;
    }
    return copied ? ERR_OK : error_memory(e);
}

static size_t cells_of(const struct table_row *row, struct str *first)
{
    size_t n = 0;
    for (size_t i = row->n; i-- > 0 && row->cells;)
        if (str_trim(row->cells[i]).n) {
            *first = str_trim(row->cells[i]);
            n++;
        }
    return n;
}

// Reads the first rows into f->seen, up to the end or as many as can tell a title.
static enum err look_ahead(struct read_file *f, struct error *e)
{
    enum { MOST_SEEN = 8 };
    f->seen = ARENA_ARRAY(&f->arena, struct table_row, MOST_SEEN);
    if (!f->seen)
        return error_memory(e);
    while (f->n_seen < MOST_SEEN) {
        struct table_row row;
        enum err code = table_read(f->table, &row, e);
        if (code)
            return code;
        if (!row.end && row.blank)
            continue;
        if ((code = copy_row(&f->arena, &row, &f->seen[f->n_seen], e)) != ERR_OK)
            return code;
        f->n_seen++;
        if (row.end || row.problem.code)
            break;
    }
    return ERR_OK;
}

// Puts f->at to the heading. A title above it has one cell, or a few ("Table 1, unit:").
static void pass_titles(struct read_file *f)
{
    size_t most = 0;
    struct str first = {0};
    for (unsigned i = 0; i < f->n_seen; i++) {
        size_t n = cells_of(&f->seen[i], &first);
        most = n > most ? n : most;
    }
    for (; f->at + 1 < f->n_seen; f->at++) {
        const struct table_row *row = &f->seen[f->at];
        size_t n = cells_of(row, &first);
        if (row->end || row->problem.code || n == 0 ||
            (n == 1 ? most < 2 : 2 * n >= most))
            break;
        if (f->n_titles++ == 0)
            f->title = first;
    }
}

// A date or a long number is no name of a column.
static bool is_like_value(struct str text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char b = (unsigned char)text.p[i];
        if (b >= '0' && b <= '9')
            digits++;
        else if (b < 128 && !memchr("-/.: Xx", b, 7))
            return false;
    }
    return digits >= 5 && digits * 3 >= text.n;
}

enum err read_open(struct read_file *f, const char *path, struct error *e)
{
    f->path = path;
    arena_init(&f->arena, 0);
    enum err code = table_open(&f->table, path, NULL, e);
    if (!code)
        code = look_ahead(f, e);
    if (code)
        return code;
    pass_titles(f);
    const struct table_row *row = &f->seen[f->at++];
    if (row->end) {
        (void)error_set(e, ERR_INPUT, "records.heading", path,
                        "the file has no heading: all its rows are blank");
        return error_cure(e, "The first row must name the columns.");
    }
    if (row->problem.code) {
        if (e)
            *e = row->problem;
        return row->problem.code;
    }
    code = take_headings(f, row, e);
    for (unsigned i = 0; i < f->width && !code && !f->odd_heading.n; i++)
        if (is_like_value(f->headings[i]))
            f->odd_heading = f->headings[i];
    return code;
}

void read_close(struct read_file *f)
{
    table_close(f->table);
    arena_free(&f->arena);
    *f = (struct read_file){0};
}
