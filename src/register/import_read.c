// SPDX-License-Identifier: AGPL-3.0-or-later
// The reading half of an import: the file, cells to values, batches.
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "register/import_private.h"
#include "register/row.h"
#include "register/workflow.h"

// --- rows

static enum err read_cell(struct import_reader *r, struct datum *values, size_t column,
                          struct str cell, struct error *e)
{
    const struct mapped_column *map = &r->m->out->mapping.columns[column];
    const struct field *f = map->field;
    struct error wrong; // large, and only an error fills it
    enum err code = row_read_cell(r->readers[column], r->m->reg, f, cell,
                                  r->m->county->places, &r->batch->arena, values, &wrong);
    if (code == ERR_MEMORY || code == ERR_INTERNAL) {
        *e = wrong;
        return code;
    }
    if (code) {
        struct import_row_problem *p = import_problem_add(r, f);
        if (p) {
            p->error = wrong;
            p->cell = cell;
        }
    }
    return ERR_OK;
}

static void check_scope(struct import_reader *r, const struct datum *values)
{
    const struct importer *m = r->m;
    int64_t own[ACCESS_MAX_GRANTS];
    if (!m->limited || row_may_import(m->county, m->who, m->reg, values))
        return;
    bool of_facility = access_import_facilities(m->who, m->reg, own) > 0;
    struct import_row_problem *p =
        import_problem_add(r, of_facility ? m->reg->facility : m->reg->area);
    if (!p)
        return;
    if (of_facility) {
        error_set(&p->error, ERR_FORBIDDEN, "access.facility", NULL,
                  "you bring in rows of your own facility only, and of its checklists the"
                  " self-checks");
        error_cure(&p->error, "write the code of your own facility; rows of another are"
                              " for that one to bring");
    } else {
        error_set(&p->error, ERR_FORBIDDEN, "access.area", NULL,
                  "the area is outside the area of " STR_FMT, STR_ARG(m->who->name));
    }
}

static enum err flush_batch(struct import_reader *r, struct error *e);

static enum err keep_cells(struct import_reader *r, size_t i, const struct str *cells,
                           size_t n, struct error *e)
{
    struct arena *a = &r->batch->arena;
    r->cells[i] = ARENA_ARRAY(a, struct str, n + 1);
    size_t bytes = 0;
    for (size_t k = 0; k < n; k++)
        bytes += cells[k].n;
    char *p = ARENA_ARRAY(a, char, bytes + 1);
    if (!r->cells[i] || !p)
        return error_memory(e);
    for (size_t k = 0; k < n; k++) {
        if (cells[k].n)
            memcpy(p, cells[k].p, cells[k].n);
        r->cells[i][k] = (struct str){p, cells[k].n};
        p += cells[k].n;
    }
    r->n_cells[i] = n;
    return ERR_OK;
}

// A row under the table: a total, a signature, a note. Told in one problem, instead of
// every cell that it lacks.
static void sum_up(struct import_reader *r, const struct str *cells, size_t n)
{
    static const char *const words[] = {
        "合计",     "总计",     "小计",     "共计",     "总合计",   "填表人",
        "制表人",   "审核人",   "填报人",   "负责人",   "填表单位", "填报单位",
        "制表单位", "填表日期", "填报日期", "制表日期", "制表时间", "注：",
        "注:",      "备注：",   "备注:",    "说明：",   "说明:",    "Total",
        "TOTAL",    "total"};
    bool lacks = false;
    for (size_t i = 0; i < r->n_problems; i++)
        lacks |= strcmp(r->problems[i].error.key, "value.required") == 0;
    size_t first = 0;
    while (first < n && !str_trim(cells[first]).n)
        first++;
    if (!lacks || first == n)
        return;
    struct str cell = str_trim(cells[first]);
    char text[32]; // without spaces: 合  计
    size_t length = 0;
    for (size_t i = 0; i < cell.n && length < sizeof text; i++) {
        if (i + 3 <= cell.n && memcmp(cell.p + i, "\xE3\x80\x80", 3) == 0)
            i += 2;
        else if (cell.p[i] != ' ')
            text[length++] = cell.p[i];
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_starts((struct str){text, length}, str_of(words[i])))
            continue;
        r->n_problems = 0;
        struct import_row_problem *p = import_problem_add(r, NULL);
        struct error *e = &p->error;
        p->cell = cell;
        error_set(e, ERR_INPUT, "import.summary", NULL,
                  "'" STR_FMT
                  "' begins a total or a note under the table, not a row of it",
                  STR_ARG(text_cut(cell, 40)));
        error_cure(e, "nothing is missing; leave it out of the corrected file");
        return;
    }
}

enum err import_take_cells(struct import_reader *r, uint64_t number,
                           const struct str *cells, size_t n, struct error *e)
{
    const struct importer *m = r->m;
    const struct mapping *map = &m->out->mapping;
    size_t i = r->batch->n;
    struct datum *values = import_row_values(r, i);
    for (size_t k = 0; k < m->reg->n_fields; k++)
        values[k] = DATUM_NULL;
    if (m->source >= 0)
        values[FIELD_SOURCE] = (struct datum){.i = m->source};
    values[FIELD_STATE] = (struct datum){.i = 0};
    bool area_read = false;
    r->n_problems = 0;
    for (size_t k = 0; k < r->n_order; k++) {
        size_t column = r->order[k];
        struct str cell = column < n ? cells[column] : STR("");
        bool level = map->columns[column].by == MAPPED_LEVEL;
        if (level && (area_read || r->own_area_column >= 0))
            continue;
        area_read |= level;
        if (level)
            cell = import_level_cell(r, cells, n, STR(""));
        else if ((int)column == r->own_area_column && r->has_levels)
            cell = import_named_area(r, cells, n, str_trim(cell), values);
        if (level && !cell.p)
            return error_memory(e);
        enum err code = read_cell(r, values, column, cell, e);
        if (code)
            return code;
    }
    check_scope(r, values);
    enum err looked = import_check_refers(r, values, e);
    if (looked)
        return looked;
    workflow_begin(m->reg, values, r->today);
    if (r->n_problems) {
        sum_up(r, cells, n);
        return import_reject(r, number, cells, n, e);
    }
    r->batch->row_numbers[i] = number;
    enum err code = keep_cells(r, i, cells, n, e);
    r->batch->n++;
    if (!code && r->batch->n == BATCH_ROWS)
        code = flush_batch(r, e);
    return code;
}

// --- batches

static bool begin_batch(struct import_reader *r)
{
    struct queue *q = &r->m->queue;
    pthread_mutex_lock(&q->lock);
    while (q->filled - q->taken == BATCHES && !q->stopped)
        pthread_cond_wait(&q->changed, &q->lock);
    bool go_on = !q->stopped;
    pthread_mutex_unlock(&q->lock);
    r->batch = &q->batches[q->filled % BATCHES];
    arena_reset(&r->batch->arena);
    r->batch->n = 0;
    return go_on;
}

static enum err flush_batch(struct import_reader *r, struct error *e)
{
    enum err code = r->batch->n ? import_apply_rules(r, e) : ERR_OK;
    if (!code && r->batch->n)
        code = import_apply_keys(r, e);
    if (code)
        return code;
    struct queue *q = &r->m->queue;
    pthread_mutex_lock(&q->lock);
    q->filled++;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    if (begin_batch(r))
        return ERR_OK;
    return error_set(e, ERR_CONFLICT, "import.stopped", NULL, "the import was stopped");
}

// --- the file

static bool equals_header(const struct import_reader *r, const struct table_row *row)
{
    if (row->n != r->n_headings)
        return false;
    for (size_t i = 0; i < row->n; i++)
        if (!str_equal(str_trim(row->cells[i]), str_trim(r->headings[i])))
            return false;
    return true;
}

static bool cells_beyond(const struct import_reader *r, const struct table_row *row)
{
    for (size_t i = r->n_headings; i < row->n; i++)
        if (str_trim(row->cells[i]).n)
            return true;
    return false;
}

static enum err take_row(struct import_reader *r, const struct table_row *row,
                         struct error *e)
{
    struct importer *m = r->m;
    if (row->blank || (!row->problem.code && equals_header(r, row)))
        return ERR_OK; // a heading again: files that were put together
    struct error wrong = row->problem;
    if (!wrong.code && row->cut)
        error_set(&wrong, ERR_INPUT, "import.cut", NULL,
                  "the file ends in the middle of this row: it seems cut off");
    else if (!wrong.code && cells_beyond(r, row))
        error_set(
            &wrong, ERR_INPUT, "import.cells", NULL,
            "the row has %zu cells and there are %zu headings; a separator inside a text "
            "needs quotes",
            row->n, r->n_headings);
    if (wrong.code) {
        m->out->rows++;
        r->n_problems = 0;
        import_problem_add(r, NULL)->error = wrong;
        return row->cells && row->n ? import_reject(r, row->number, row->cells, row->n, e)
                                    : import_reject(r, row->number, &row->raw, 1, e);
    }
    if (m->out->mapping.areas_by_level)
        return row->n > (size_t)m->out->mapping.code_column
                   ? import_take_area_list(r, row, e)
                   : ERR_OK;
    m->out->rows++;
    return import_take_cells(r, row->number, row->cells,
                             row->n < r->n_headings ? row->n : r->n_headings, e);
}

static enum err next_row(struct import_reader *r, struct table_row *row, struct error *e)
{
    if (!r->has_ahead)
        return table_read(r->m->table, row, e);
    *row = r->ahead;
    r->has_ahead = false;
    return ERR_OK;
}

static enum err read_all(struct import_reader *r, struct error *e)
{
    struct importer *m = r->m;
    const struct import_options *options = m->options;
    if (!begin_batch(r))
        return ERR_OK;
    for (;;) {
        struct table_row row;
        enum err code = next_row(r, &row, e);
        if (code)
            return code;
        if (row.end)
            break;
        if (m->out->about.format == TABLE_XLSX)
            row.number = row.line; // empty rows are left out of the file; people see them
        code = take_row(r, &row, e);
        if (code)
            return code;
        if (options->progress && m->out->rows % 4096 == 0)
            options->progress(options->progress_argument, table_progress(m->table),
                              m->out->rows);
    }
    if (options->progress)
        options->progress(options->progress_argument, 1, m->out->rows);
    return flush_batch(r, e);
}

// A file's row with the key of one of these may not correct it.
static enum err read_struck(struct import_reader *r, struct error *e)
{
    struct str sql = str_format(
        r->m->arena, "SELECT fingerprint FROM \"" STR_FMT "\" WHERE state <> 'current'",
        STR_ARG(r->m->reg->table));
    struct stmt *s = NULL;
    enum err code = sql.p ? conn_prepare(r->snapshot, sql, &s, e) : error_memory(e);
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;) {
        uint64_t print = (uint64_t)stmt_int(s, 0);
        if (print && import_seen_add(&r->struck, print & 0xFFFFFFFF00000000ULL, 0) ==
                         SEEN_NO_MEMORY)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

static enum err begin_snapshot(struct import_reader *r, struct error *e)
{
    const struct reg *reg = r->m->reg;
    bool keyed = reg->n_key > 0, needed = keyed;
    struct row_sql sql;
    for (size_t i = SYSTEM_FIELDS; i < reg->n_fields; i++)
        needed |= reg->fields[i].refers != NULL;
    enum err code =
        needed ? store_read_begin(r->m->county->store, &r->snapshot, e) : ERR_OK;
    if (!code && keyed)
        code = read_struck(r, e);
    if (code || !keyed || (!r->m->limited && !r->struck.n))
        return code;
    r->found = ARENA_ARRAY(r->m->arena, struct datum, reg->n_fields);
    code = r->found ? row_sql(r->m->arena, reg, &sql, e) : error_memory(e);
    return code ? code : conn_prepare(r->snapshot, sql.fingerprint, &r->find, e);
}

void *import_reader_thread(void *argument)
{
    struct importer *m = argument;
    struct error e = {0};
    enum err code = begin_snapshot(m->reader, &e);
    if (!code)
        code = read_all(m->reader, &e);
    stmt_finish(m->reader->find);
    store_read_end(m->reader->snapshot);
    struct queue *q = &m->queue;
    pthread_mutex_lock(&q->lock);
    q->finished = true;
    if (code && !q->stopped)
        q->error = e;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

enum { HEADER_ROWS = 10 }; // among these the headings are looked for

static size_t filled_cells(const struct table_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n; i++)
        n += str_trim(row->cells[i]).n > 0;
    return n;
}

// Takes a row for the headings, as far as it will go.
static enum err try_header(struct import_reader *r, struct conn *conn,
                           const struct table_row *row, struct error *e)
{
    struct importer *m = r->m;
    size_t n = row->n;
    while (n && !str_trim(row->cells[n - 1]).n)
        n--; // spreadsheets leave empty columns behind
    m->out->mapping = (struct mapping){0};
    r->headings = ARENA_ARRAY(m->arena, struct str, n + 1);
    if (!r->headings)
        return error_memory(e);
    r->n_headings = n;
    for (size_t i = 0; i < n; i++) {
        r->headings[i] = str_copy(m->arena, str_trim(row->cells[i]));
        if (!r->headings[i].p)
            return error_memory(e);
    }
    enum err code =
        mapping_make(m->arena, m->county, conn, m->reg, m->options->source, r->headings,
                     n, m->options->given, m->options->n_given, &m->out->mapping, e);
    if (code && !e->where[0])
        snprintf(e->where, sizeof e->where, "%s:%llu", m->options->path,
                 (unsigned long long)row->line);
    return code;
}

// Where the headings go on in the next row, *row becomes both. Its cells stay in any
// case.
static enum err join_next(struct import_reader *r, struct table_row *row, bool *joined,
                          struct error *e)
{
    struct importer *m = r->m;
    struct str *cells = ARENA_ARRAY(m->arena, struct str, row->n + 1);
    if (!cells)
        return error_memory(e);
    for (size_t i = 0; i < row->n; i++) {
        cells[i] = str_copy(m->arena, row->cells[i]);
        if (!cells[i].p)
            return error_memory(e);
    }
    row->cells = cells;
    enum err code = table_read(m->table, &r->ahead, e);
    if (code)
        return code;
    const struct table_row *next = &r->ahead;
    r->has_ahead = true;
    *joined = !next->end && !next->blank && !next->problem.code &&
              mapping_two_rows(m->arena, m->county, m->reg, row->cells, row->n,
                               next->cells, next->n, &cells, &row->n);
    if (*joined) {
        row->cells = cells;
        row->line = next->line;
        row->number = next->number;
        r->has_ahead = false;
    }
    return ERR_OK;
}

// The first row with all required fields is the header when what stands above it is a
// title: rows of one cell, or not half as full. Otherwise the error of the row that comes
// nearest to a header is told.
static enum err find_header(struct import_reader *r, struct conn *conn, struct error *e)
{
    struct importer *m = r->m;
    struct error nearest = {0}, wrong;
    size_t recognised = 0, widest_above = 0, tried = 0, above = 0;
    while (tried < HEADER_ROWS) {
        struct table_row row;
        bool joined = false;
        enum err code = next_row(r, &row, e);
        if (code)
            return code;
        if (row.end)
            break;
        if (row.blank)
            continue;
        if (!row.problem.code && row.line + HEADER_ROWS >= m->options->header_line &&
            (code = join_next(r, &row, &joined, e)) != ERR_OK)
            return code;
        if (row.line < m->options->header_line) {
            above++;
            continue;
        }
        if (row.problem.code && !tried) {
            *e = row.problem;
            return e->code;
        }
        if (row.problem.code)
            break;
        tried++;
        wrong = (struct error){0};
        code = try_header(r, conn, &row, &wrong);
        const struct mapping *map = &m->out->mapping;
        size_t filled = filled_cells(&row);
        bool whole = map->recognised && map->complete,
             title = widest_above <= 1 || widest_above * 2 <= filled;
        bool found =
            tried == 1 ? !code || whole || m->options->header_line > 0 : whole && title;
        if (code && (found || (code != ERR_INPUT && code != ERR_USAGE))) {
            *e = wrong;
            return code;
        }
        if (found) {
            m->out->header_line = row.line;
            m->out->rows_above = above + tried - 1;
            if (above || tried > 1 || joined)
                table_set_width(m->table, row.n);
            return ERR_OK;
        }
        if (tried == 1 ||
            (map->recognised > recognised && map->recognised * 2 >= filled)) {
            if (code)
                nearest = wrong;
            recognised = map->recognised;
        }
        widest_above = filled > widest_above ? filled : widest_above;
    }
    if (tried) {
        *e = nearest;
        return e->code;
    }
    error_set(e, ERR_INPUT, "import.empty", m->options->path, "the file has no rows");
    return error_cure(e, "one of the first rows must hold the headings");
}

static enum err read_header(struct import_reader *r, struct error *e)
{
    struct error own = {0};
    struct conn *conn;
    enum err code = store_read_begin(r->m->county->store, &conn, e);
    if (code)
        return code;
    code = find_header(r, conn, e ? e : &own);
    store_read_end(conn);
    return code;
}

static enum err prepare_columns(struct import_reader *r, struct error *e)
{
    struct importer *m = r->m;
    struct mapping *map = &m->out->mapping;
    size_t first = 0, last = map->n;
    if (map->areas_by_level) {
        enum err code = import_add_area_columns(r, e);
        if (code)
            return code;
        first = map->n;
        last = map->n + 4;
    }
    r->readers = ARENA_ARRAY(m->arena, const struct reader *, last + 1);
    r->order = ARENA_ARRAY(m->arena, size_t, last + 1);
    if (!r->readers || !r->order)
        return error_memory(e);
    r->own_area_column = -1;
    for (size_t i = 0; i < map->n && !map->areas_by_level; i++) {
        r->has_levels |= map->columns[i].by == MAPPED_LEVEL;
        if (map->columns[i].field == m->reg->area && map->columns[i].by != MAPPED_LEVEL &&
            m->reg->area)
            r->own_area_column = (int)i;
    }
    // the date first, for it says which areas there were; then the area, for it says
    // which facility is meant
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = first; i < last; i++) {
            const struct field *f = map->columns[i].field;
            if (!f)
                continue;
            int turn = f == m->reg->date ? 0 : f == m->reg->area ? 1 : 2;
            if (turn != pass)
                continue;
            struct reader *reader;
            enum err code = reader_open(m->arena, f, &reader, e);
            if (code)
                return code;
            r->readers[i] = reader;
            r->order[r->n_order++] = i;
        }
    }
    return ERR_OK;
}

static enum err prepare_batches(struct import_reader *r, struct error *e)
{
    struct importer *m = r->m;
    struct arena *a = m->arena;
    for (size_t i = 0; i < BATCHES; i++) {
        struct import_batch *b = &m->queue.batches[i];
        arena_init(&b->arena, 0);
        b->values = ARENA_ARRAY(a, struct datum, BATCH_ROWS * m->reg->n_fields);
        b->row_numbers = ARENA_ARRAY(a, uint64_t, BATCH_ROWS);
        b->images = ARENA_ARRAY(a, struct str, BATCH_ROWS);
        b->keyed = ARENA_ARRAY(a, bool, BATCH_ROWS);
        b->warned = ARENA_ARRAY(a, bool, BATCH_ROWS);
        if (!b->warned || !b->values || !b->images || !b->row_numbers || !b->keyed)
            return error_memory(e);
    }
    r->cells = ARENA_ARRAY(a, struct str *, BATCH_ROWS);
    r->n_cells = ARENA_ARRAY(a, size_t, BATCH_ROWS);
    m->out->problems = ARENA_ARRAY(a, struct import_problem, MAX_PROBLEM_KINDS);
    r->scratch = expr_scratch_open();
    if (!r->cells || !r->n_cells || !m->out->problems || !r->scratch)
        return error_memory(e);
    return ERR_OK;
}

enum err import_reader_open(struct importer *m, struct error *e)
{
    struct import_reader *r = ARENA_NEW(m->arena, struct import_reader);
    if (!r)
        return error_memory(e);
    m->reader = r;
    r->m = m;
    r->today = date_today();
    r->line = BUF_INIT((size_t)64 << 20);
    r->image = BUF_INIT(32 << 20);
    arena_init(&r->words, 1 << 20);
    struct table_options options = {.sheet = m->options->sheet};
    enum err code = table_open(&m->table, m->options->path, &options, e);
    if (!code) {
        m->out->about = *table_about(m->table);
        code = read_header(r, e);
    }
    if (!code)
        code = prepare_columns(r, e);
    if (!code)
        code = import_rejects_prepare(r, e);
    if (!code)
        code = prepare_batches(r, e);
    return code;
}

void import_reader_close(struct importer *m)
{
    struct import_reader *r = m->reader;
    if (!r)
        return;
    import_rejects_close(r);
    expr_scratch_close(r->scratch);
    mem_free(r->keys.entries);
    mem_free(r->struck.entries);
    mem_free(r->area_codes.entries);
    buf_free(&r->line);
    buf_free(&r->image);
    arena_free(&r->words);
    for (size_t i = 0; i < BATCHES; i++)
        arena_free(&m->queue.batches[i].arena);
    table_close(m->table);
}
