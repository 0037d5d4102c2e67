// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/import_look.h"

#include <string.h>

#include "base/text.h"

enum { LOOK_ROWS = 10, SAMPLE_ROWS = 200 };

struct kept_row {
    struct str *cells;
    size_t n, filled;
    uint64_t line;
};

struct looking {
    struct county *county;
    struct conn *conn;
    const struct reg *reg;
    const struct import_look_options *options;
    struct arena *arena;
    struct table *table;
    struct kept_row rows[LOOK_ROWS]; // the first ones that are not blank
    size_t n;
    struct import_look *out;
};

static enum err keep_row(struct looking *k, const struct table_row *row, struct error *e)
{
    struct kept_row *r = &k->rows[k->n];
    size_t n = row->n;
    while (n && !str_trim(row->cells[n - 1]).n)
        n--; // spreadsheets leave empty columns behind
    *r = (struct kept_row){
        .cells = ARENA_ARRAY(k->arena, struct str, n + 1), .n = n, .line = row->line};
    if (!r->cells)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        r->cells[i] = str_copy(k->arena, str_trim(row->cells[i]));
        if (!r->cells[i].p)
            return error_memory(e);
        r->filled += r->cells[i].n > 0;
    }
    k->n++;
    return ERR_OK;
}

static enum err read_rows(struct looking *k, struct error *e)
{
    while (k->n < LOOK_ROWS) {
        struct table_row row;
        enum err code = table_read(k->table, &row, e);
        if (code)
            return code;
        if (row.end)
            break;
        if (row.blank || row.line + LOOK_ROWS < k->options->header_line)
            continue;
        if (row.line < k->options->header_line)
            k->n = 0; // of the rows above, the last: it may be half of the headings
        if (row.problem.code && !k->n) {
            *e = row.problem;
            return e->code;
        }
        if (row.problem.code || !row.cells)
            continue;
        if ((code = keep_row(k, &row, e)) != ERR_OK)
            return code;
    }
    if (k->n && k->rows[k->n - 1].line >= k->options->header_line)
        return ERR_OK;
    error_set(e, ERR_INPUT, "import.empty", k->options->path, "the file has no rows");
    return error_cure(e, "one of the first rows must hold the headings");
}

static enum err propose(struct looking *k, const struct kept_row *r, bool strict,
                        struct error *e)
{
    struct import_look *out = k->out;
    const struct import_look_options *o = k->options;
    return mapping_propose(k->arena, k->county, k->conn, k->reg, o->source, r->cells,
                           r->n, strict ? o->given : NULL, strict ? o->n_given : 0,
                           &out->mapping, &out->missing, &out->n_missing, e);
}

// Row i and the one below it become one, in the place of the lower, where they are
// headings on two rows.
static bool join_rows(struct looking *k, size_t i)
{
    if (i + 1 >= k->n)
        return false;
    struct kept_row *upper = &k->rows[i], *lower = &k->rows[i + 1];
    struct str *cells;
    size_t n;
    if (!mapping_two_rows(k->arena, k->county, k->reg, upper->cells, upper->n,
                          lower->cells, lower->n, &cells, &n))
        return false;
    lower->cells = cells;
    lower->n = lower->filled = n;
    return true;
}

// The first row under a title at most that has all that is needed; else the one that
// knows most fields, and among such the fullest.
static enum err find_header(struct looking *k, size_t *at, struct error *e)
{
    size_t recognised = 0, filled = 0, widest_above = 0;
    *at = 0;
    if (k->options->header_line) {
        *at = join_rows(k, 0) || k->rows[0].line < k->options->header_line;
        return ERR_OK;
    }
    for (size_t i = 0; i < k->n; i++) {
        i += join_rows(k, i);
        const struct kept_row *r = &k->rows[i];
        enum err code = propose(k, r, false, e);
        if (code)
            return code;
        const struct mapping *m = &k->out->mapping;
        bool title = widest_above <= 1 || widest_above * 2 <= r->filled;
        if (m->recognised && !k->out->n_missing && title) {
            *at = i;
            return ERR_OK;
        }
        if (m->recognised > recognised || (!recognised && title && r->filled > filled)) {
            *at = i;
            recognised = m->recognised;
            filled = r->filled;
        }
        widest_above = r->filled > widest_above ? r->filled : widest_above;
    }
    return ERR_OK;
}

static bool known(const struct import_look *out, size_t column, struct str text)
{
    for (size_t i = 0; i < out->n_samples[column]; i++)
        if (str_equal(out->samples[column][i], text))
            return true;
    return false;
}

static enum err take_samples(struct looking *k, const struct str *cells, size_t n,
                             size_t *wanted, struct error *e)
{
    struct import_look *out = k->out;
    for (size_t i = 0; i < n && i < out->mapping.n; i++) {
        struct str text = text_cut(str_trim(cells[i]), IMPORT_SAMPLE_BYTES);
        if (!text.n || out->n_samples[i] == IMPORT_SAMPLES || known(out, i, text))
            continue;
        text = str_copy(k->arena, text);
        if (!text.p)
            return error_memory(e);
        out->samples[i][out->n_samples[i]++] = text;
        --*wanted;
    }
    return ERR_OK;
}

static enum err read_samples(struct looking *k, size_t header, struct error *e)
{
    struct import_look *out = k->out;
    size_t columns = out->mapping.n, wanted = columns * IMPORT_SAMPLES;
    out->samples = arena_alloc(k->arena, columns + 1, sizeof *out->samples);
    out->n_samples = ARENA_ARRAY(k->arena, size_t, columns + 1);
    if (!out->samples || !out->n_samples)
        return error_memory(e);
    enum err code = ERR_OK;
    for (size_t i = header + 1; !code && i < k->n; i++)
        code = take_samples(k, k->rows[i].cells, k->rows[i].n, &wanted, e);
    for (size_t i = 0; !code && wanted && i < SAMPLE_ROWS; i++) {
        struct table_row row;
        code = table_read(k->table, &row, e);
        if (code || row.end)
            break;
        if (!row.problem.code && row.cells)
            code = take_samples(k, row.cells, row.n, &wanted, e);
    }
    return code;
}

static enum err list_sheets(struct looking *k, struct error *e)
{
    struct import_look *out = k->out;
    struct str read, rest = table_sheets(k->table, &read), one;
    size_t n = 0;
    for (size_t i = 0; i < rest.n; i++)
        n += rest.p[i] == '\n';
    out->sheets = ARENA_ARRAY(k->arena, struct str, n + 1);
    out->sheet = str_copy(k->arena, read);
    if (!out->sheets || !out->sheet.p)
        return error_memory(e);
    while (rest.n && out->n_sheets < n) {
        rest = (struct str){rest.p + 1, rest.n - 1}; // each behind a line feed
        one = rest;
        size_t end = 0;
        while (end < rest.n && rest.p[end] != '\n')
            end++;
        one.n = end;
        rest = (struct str){rest.p + end, rest.n - end};
        if (!(out->sheets[out->n_sheets++] = str_copy(k->arena, one)).p)
            return error_memory(e);
    }
    return ERR_OK;
}

enum err import_look(struct county *c, const struct reg *r,
                     const struct import_look_options *options, struct arena *a,
                     struct import_look *out, struct error *e)
{
    struct error own;
    struct looking k = {
        .county = c, .reg = r, .options = options, .arena = a, .out = out};
    size_t header = 0;
    *out = (struct import_look){0};
    e = e ? e : &own;
    struct table_options table = {.sheet = options->sheet, .no_hash = true};
    enum err code = table_open(&k.table, options->path, &table, e);
    if (code)
        return code;
    out->about = *table_about(k.table);
    code = list_sheets(&k, e);
    if (!code)
        code = store_read_begin(c->store, &k.conn, e);
    if (!code)
        code = read_rows(&k, e);
    if (!code)
        code = find_header(&k, &header, e);
    if (!code)
        code = propose(&k, &k.rows[header], true, e);
    if (!code) {
        out->header_line = k.rows[header].line;
        code = read_samples(&k, header, e);
    }
    store_read_end(k.conn);
    table_close(k.table);
    return code;
}
