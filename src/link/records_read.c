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

// A cell of a row whose raw text stands at `raw_at` of the bytes already (XLSX: there is
// none): trimmed, and without quotes that stand behind spaces (`a, "b"`).
static struct read_cell take_cell(struct buf *bytes, size_t raw_at,
                                  const struct table_row *row, struct str cell)
{
    struct str text = str_trim(cell);
    if (text.n == 0)
        return (struct read_cell){0};
    bool quoted = is_quoted(text) && is_raw(row, cell);
    bool inside = text.p >= row->raw.p && text.p + text.n <= row->raw.p + row->raw.n;
    if (inside && !quoted)
        return (struct read_cell){(uint32_t)(raw_at + (size_t)(text.p - row->raw.p)),
                                  (uint32_t)text.n};
    size_t at = bytes->n;
    if (quoted)
        add_unquoted(bytes, text);
    else
        buf_add(bytes, text);
    struct str added = {bytes->p + at, bytes->n - at};
    struct str trimmed = added.n ? str_trim(added) : added;
    if (trimmed.n < added.n) // white space between the quotes
        at += (size_t)(trimmed.p - added.p);
    return (struct read_cell){(uint32_t)at, (uint32_t)trimmed.n};
}

// Most cells: nothing at their ends that could be taken off.
static inline bool is_plain(struct str cell)
{
    unsigned char first = (unsigned char)cell.p[0],
                  last = (unsigned char)cell.p[cell.n - 1];
    return first > ' ' && first < 0x80 && first != '"' && last > ' ' && last < 0x80;
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
static bool join(const struct read_file *f, struct str *joined, struct table_row *row)
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
        joined[n++] = (struct str){raw.p + begin, end - begin};
        if (end == raw.n)
            break;
        at = end;
    }
    if (n != f->width)
        return false;
    row->cells = joined;
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
static void take_row(const struct read_file *f, struct read_batch *b,
                     struct table_row *row)
{
    struct str raw = row->raw;
    if (row->n != f->width && raw.n && memchr(raw.p, '"', raw.n))
        (void)join(f, b->joined, row);
    bool csv = table_about(f->table)->format == TABLE_CSV;
    if ((row->n < f->width && csv) || has_more(row, f->width))
        b->n_ragged++;
    size_t raw_at = b->bytes.n;
    buf_add(&b->bytes, raw);
    struct read_cell *to = &b->cells[b->n_rows];
    for (unsigned i = 0; i < f->width; i++, to += b->max_rows) {
        struct str cell = i < row->n ? row->cells[i] : (struct str){"", 0};
        size_t at = (size_t)(cell.p - raw.p); // large where it is not inside
        if (f->skipped[i])
            continue;
        if (cell.n && at < raw.n && is_plain(cell))
            *to = (struct read_cell){(uint32_t)(raw_at + at), (uint32_t)cell.n};
        else
            *to = take_cell(&b->bytes, raw_at, row, cell);
    }
    b->row[b->n_rows++] = (uint32_t)(row->number - f->heading_row);
}

// First those that were read to find the heading.
static enum err next_row(struct read_file *f, struct read_batch *b, struct table_row *row,
                         struct error *e)
{
    if (b->is_part || f->at == f->n_seen)
        return table_read(b->is_part ? b->part : f->table, row, e);
    *row = f->seen[f->at++];
    return ERR_OK;
}

static enum err go(struct read_batch *b, struct error *e)
{
    b->found = true;
    if (!b->is_part)
        return ERR_OK;
    enum err code = b->guess
                        ? table_part_go_near(b->part, b->begin, b->until, &b->found, e)
                        : table_part_go(b->part, b->begin, b->until, e);
    if (!code)
        b->begin = table_spot(b->part);
    return code;
}

void read_fill(struct read_file *f, struct read_batch *b)
{
    b->n_rows = 0;
    b->n_bad = b->n_ragged = 0;
    b->end = false;
    buf_clear(&b->bytes);
    b->code = go(b, &b->problem);
    bool end = !b->found;
    while (!b->code && !end && b->n_rows < b->max_rows && b->bytes.n < READ_BYTES) {
        struct table_row row;
        b->code = next_row(f, b, &row, &b->problem);
        if (b->code)
            return;
        end = row.end;
        if (row.end) {
            b->end = !b->until || table_spot(b->part).byte < b->until;
        } else if (row.problem.code) {
            if (b->n_bad++ == 0)
                b->first_bad = row.problem;
        } else if (row.number - f->heading_row > UINT32_MAX - 1) {
            b->code = error_set(&b->problem, ERR_LIMIT, "records.rows", f->path,
                                "there are more than %" PRIu32 " rows", UINT32_MAX - 1);
        } else if (!row.blank) {
            take_row(f, b, &row);
        }
    }
    if (!b->code)
        b->code = buf_check(&b->bytes, &b->problem);
    if (b->is_part)
        b->reached = table_spot(b->part);
}

// ---- batches ----

enum err read_batch_open(struct read_batch *b, unsigned width, struct error *e)
{
    uint32_t rows = READ_MAX_CELLS / (width ? width : 1);
    *b = (struct read_batch){.max_rows = rows < READ_MAX_ROWS ? rows : READ_MAX_ROWS};
    b->cells = mem_alloc((size_t)b->max_rows * width, sizeof *b->cells);
    b->row = mem_alloc(b->max_rows, sizeof *b->row);
    b->joined = mem_alloc(width, sizeof *b->joined);
    b->bytes = BUF_INIT(max_batch);
    return b->cells && b->row && b->joined ? ERR_OK : error_memory(e);
}

void read_batch_close(struct read_batch *b)
{
    mem_free(b->cells);
    mem_free(b->row);
    mem_free(b->joined);
    buf_free(&b->bytes);
    table_close(b->part);
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
    f->skipped = ARENA_ARRAY(&f->arena, bool, row->n);
    if (!f->headings || !f->skipped)
        return error_memory(e);
    struct buf text = BUF_INIT(max_batch);
    enum err code = ERR_OK;
    for (unsigned i = 0; i < f->width && !code; i++) {
        buf_clear(&text);
        buf_add(&text, row->raw);
        struct read_cell c = take_cell(&text, 0, row, row->cells[i]);
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
    struct table_options options = {.no_hash = true};
    enum err code = table_open(&f->table, path, &options, e);
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
