// SPDX-License-Identifier: AGPL-3.0-or-later
// The reading half of an import: cells to values, rules, rejects.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "register/import_private.h"
#include "register/rule_text.h"

enum { MAX_ROW_PROBLEMS = 40, MAX_PROBLEM_KINDS = 200, SEEN_START = 1 << 12 };

struct row_problem {
    const struct field *field; // NULL: of the whole row
    struct error error;
    bool warning;
};

// Hashes of keys seen in this file, to find a key that stands twice with different
// contents.
struct seen {
    uint64_t *hashes; // 0: free
    size_t n, capacity;
};

struct import_reader {
    struct importer *m;
    const struct reader **readers; // by column of the file
    struct str *headings;
    size_t n_headings;
    int own_area_column; // of the area field itself, -1
    bool has_levels;     // and columns of its levels beside it
    size_t *order; // columns in the order of reading: date, then area, then the others
    size_t n_order;
    struct expr_scratch *scratch;

    struct import_batch *batch; // being filled
    char **raw; // BATCH_ROWS copies of the cells, for rejects (in the batch's arena)
    struct str **cells; // the same, apart
    size_t *n_cells;
    struct row_problem problems[MAX_ROW_PROBLEMS];
    size_t n_problems;

    struct seen seen, keys;
    struct seen area_codes; // of a list of areas by level

    FILE *rejects;
    struct str rejects_path, rejects_temporary;
    bool rejects_kept;
    struct buf line;
};

// --- problems
// -----------------------------------------------------------------------------------

static void note_problem(struct import_reader *r, uint64_t row,
                         const struct row_problem *p)
{
    struct import_result *out = r->m->out;
    struct arena *a = r->m->arena;
    struct str field = p->field ? p->field->name : STR("row");
    struct str key = str_format(a, "%s " STR_FMT, p->error.key, STR_ARG(field));
    for (size_t i = 0; i < out->n_problems; i++) {
        if (str_equal(out->problems[i].key, key) &&
            out->problems[i].error == !p->warning) {
            out->problems[i].count++;
            return;
        }
    }
    if (out->n_problems == MAX_PROBLEM_KINDS)
        return;
    struct str where = p->field ? p->field->label.en : STR("the row");
    struct import_problem *kind = &out->problems[out->n_problems++];
    *kind = (struct import_problem){.key = key, .count = 1, .error = !p->warning};
    kind->example =
        str_format(a, "row %llu, " STR_FMT " (" STR_FMT "): %s%s%s",
                   (unsigned long long)row, STR_ARG(field), STR_ARG(where), p->error.text,
                   p->error.cure[0] ? "; " : "", p->error.cure);
}

static struct row_problem *add_problem(struct import_reader *r, const struct field *field)
{
    if (r->n_problems == MAX_ROW_PROBLEMS)
        return NULL;
    struct row_problem *p = &r->problems[r->n_problems++];
    *p = (struct row_problem){.field = field};
    return p;
}

// --- the rejects file
// ---------------------------------------------------------------------------

static enum err open_rejects(struct import_reader *r, struct error *e)
{
    r->rejects = fopen(r->rejects_temporary.p, "wb");
    if (!r->rejects)
        return error_errno(e, errno, r->rejects_temporary.p, "write the rejects file");
    struct str *cells = ARENA_ARRAY(r->m->arena, struct str, r->n_headings + 2);
    if (!cells)
        return error_memory(e);
    size_t n = 0;
    for (size_t i = 0; i < r->n_headings; i++)
        if (r->m->out->mapping.columns[i].by != MAPPED_OWN)
            cells[n++] = r->headings[i];
    cells[n++] = STR("heng_row");
    cells[n++] = STR("heng_error");
    buf_clear(&r->line);
    buf_add_c(&r->line, "\xEF\xBB\xBF"); // so that a spreadsheet reads it as UTF-8
    csv_write_row(&r->line, cells, n, false);
    return ERR_OK;
}

static enum err reject(struct import_reader *r, uint64_t row, const struct str *cells,
                       size_t n_cells, struct error *e)
{
    struct importer *m = r->m;
    enum err code = ERR_OK;
    m->out->rejected++;
    for (size_t i = 0; i < r->n_problems; i++)
        note_problem(r, row, &r->problems[i]);
    if (m->options->dry_run)
        return ERR_OK;
    if (!r->rejects)
        code = open_rejects(r, e);
    else
        buf_clear(&r->line);
    if (code)
        return code;
    struct buf text = BUF_INIT(1 << 16);
    for (size_t i = 0; i < r->n_problems; i++) {
        const struct row_problem *p = &r->problems[i];
        if (p->warning)
            continue;
        buf_printf(&text, "%s%s" STR_FMT "%s%s%s%s%s", text.n ? " | " : "", "",
                   STR_ARG(p->field ? p->field->name : STR("")), p->field ? ": " : "",
                   p->error.text, p->error.cure[0] ? " (" : "", p->error.cure,
                   p->error.cure[0] ? ")" : "");
    }
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)row);
    size_t most = (n_cells > r->n_headings ? n_cells : r->n_headings) + 2, n = 0;
    struct str *out = mem_alloc(most, sizeof *out);
    if (!out) {
        buf_free(&text);
        return error_memory(e);
    }
    const struct mapping *map = &m->out->mapping;
    for (size_t i = 0; i < r->n_headings; i++)
        if (map->columns[i].by != MAPPED_OWN)
            out[n++] = i < n_cells ? cells[i] : STR("");
    out[n++] = str_of(number);
    out[n++] = buf_str(&text);
    for (size_t i = r->n_headings; i < n_cells; i++)
        out[n++] = cells[i]; // what stood beyond the headings is kept too
    csv_write_row(&r->line, out, n, false);
    mem_free(out);
    buf_free(&text);
    code = buf_check(&r->line, e);
    if (!code && fwrite(r->line.p, 1, r->line.n, r->rejects) != r->line.n)
        code = error_errno(e, errno, r->rejects_temporary.p, "write the rejects file");
    return code;
}

enum err import_reader_keep_rejects(struct importer *m, struct error *e)
{
    struct import_reader *r = m->reader;
    if (!r->rejects)
        return ERR_OK;
    bool failed = fflush(r->rejects) != 0 || fsync(fileno(r->rejects)) != 0;
    int reason = errno;
    failed |= fclose(r->rejects) != 0;
    r->rejects = NULL;
    if (!failed && rename(r->rejects_temporary.p, r->rejects_path.p) != 0) {
        failed = true;
        reason = errno;
    }
    if (failed)
        return error_errno(e, reason, r->rejects_path.p, "write the rejects file");
    r->rejects_kept = true;
    m->out->rejects_path = r->rejects_path;
    return ERR_OK;
}

// --- keys within the file
// -----------------------------------------------------------------------

static bool seen_grow(struct seen *s)
{
    size_t capacity = s->capacity ? s->capacity * 2 : SEEN_START;
    uint64_t *hashes = mem_alloc(capacity, sizeof *hashes);
    if (!hashes)
        return false;
    for (size_t i = 0; i < s->capacity; i++) {
        if (!s->hashes[i])
            continue;
        size_t k = s->hashes[i] & (capacity - 1);
        while (hashes[k])
            k = (k + 1) & (capacity - 1);
        hashes[k] = s->hashes[i];
    }
    mem_free(s->hashes);
    s->hashes = hashes;
    s->capacity = capacity;
    return true;
}

// 1: it was there; 0: it is new; -1: no memory.
static int seen_add(struct seen *s, uint64_t hash)
{
    hash |= hash == 0;
    if (s->n * 2 >= s->capacity && !seen_grow(s))
        return -1;
    size_t k = hash & (s->capacity - 1);
    while (s->hashes[k]) {
        if (s->hashes[k] == hash)
            return 1;
        k = (k + 1) & (s->capacity - 1);
    }
    s->hashes[k] = hash;
    s->n++;
    return 0;
}

static uint64_t hash_value(const struct county *c, const struct field *f,
                           const struct datum *v, int slot, uint64_t hash)
{
    char space[DATUM_TEXT_SIZE];
    struct str text = datum_text(f, v, c->places, space);
    return text.p ? str_hash(text,
                             hash ^ (uint64_t)(slot + 1) * UINT64_C(0x9E3779B97F4A7C15))
                  : hash;
}

uint64_t import_fingerprint(const struct county *c, const struct reg *r,
                            const struct datum *values, bool *keyed, uint64_t *key_hash)
{
    const int *slot = county_slots(c, r)->slot;
    uint64_t content = 1, key = 2;
    for (size_t i = 0; i < r->n_fields; i++)
        if (!r->fields[i].system || i == FIELD_SOURCE)
            content = hash_value(c, &r->fields[i], &values[i], slot[i], content);
    *keyed = r->n_key > 0;
    for (size_t i = 0; i < r->n_key; i++) {
        size_t k = r->key[i]->index;
        if (values[k].null)
            *keyed = false;
        key = hash_value(c, r->key[i], &values[k], slot[k], key);
    }
    *key_hash = key;
    return *keyed ? (key & 0xFFFFFFFF00000000ULL) | (content & 0xFFFFFFFFULL) : content;
}

// --- rows
// ---------------------------------------------------------------------------------------

static struct datum *row_values(const struct import_reader *r, size_t i)
{
    return r->batch->values + i * r->m->reg->n_fields;
}

// The cell of a field that several columns make up (township and village); `own` is the
// cell of the area's own column, where there is one, and stands last.
static struct str level_cell(struct import_reader *r, const struct str *cells, size_t n,
                             struct str own)
{
    const struct mapping *map = &r->m->out->mapping;
    struct buf b = BUF_INIT(4096);
    for (int level = 0; level < (int)r->m->county->pack->n_levels; level++) {
        for (size_t i = 0; i < map->n && i < n; i++) {
            if (map->columns[i].by != MAPPED_LEVEL || map->columns[i].level != level)
                continue;
            struct str cell = str_trim(cells[i]);
            if (cell.n && b.n)
                buf_add_char(&b, '/');
            buf_add(&b, cell);
        }
    }
    if (b.n && own.n)
        buf_add_char(&b, '/');
    buf_add(&b, own);
    struct str out = str_copy(&r->batch->arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static enum err read_cell(struct import_reader *r, struct datum *values, size_t column,
                          struct str cell, struct error *e)
{
    const struct mapped_column *map = &r->m->out->mapping.columns[column];
    const struct field *f = map->field;
    int32_t on = values[FIELD_DATE].null ? DATE_NONE : (int32_t)values[FIELD_DATE].i;
    int32_t near = values[FIELD_AREA].null ? -1 : (int32_t)values[FIELD_AREA].i;
    struct error wrong = {0};
    enum err code = reader_read(r->readers[column], cell, r->m->county->places, on, near,
                                &r->batch->arena, &values[f->index], &wrong);
    if (code == ERR_MEMORY || code == ERR_INTERNAL) {
        *e = wrong;
        return code;
    }
    if (code) {
        struct row_problem *p = add_problem(r, f);
        if (p)
            p->error = wrong;
    }
    // the first day of a period dates the row
    if (!code && f == r->m->reg->date && f->type == TYPE_PERIOD && !values[f->index].null)
        values[FIELD_DATE] = (struct datum){.i = values[f->index].i};
    return ERR_OK;
}

static void check_scope(struct import_reader *r, const struct datum *values)
{
    const struct importer *m = r->m;
    if (!m->who->area || values[FIELD_AREA].null)
        return;
    int32_t root = places_area_index(m->county->places, m->who->area);
    if (places_within(m->county->places, (int32_t)values[FIELD_AREA].i, root))
        return;
    struct row_problem *p = add_problem(r, m->reg->area);
    if (p)
        error_set(&p->error, ERR_FORBIDDEN, "access.area", NULL,
                  "the area is outside the area of " STR_FMT, STR_ARG(m->who->name));
}

// Beside columns of the levels above, the area's own column may hold a name that only
// they make clear; a code or a name that is clear by itself stands alone.
static struct str named_area(struct import_reader *r, const struct str *cells, size_t n,
                             struct str own, const struct datum *values)
{
    const struct places *p = r->m->county->places;
    const struct field *f = r->m->reg->area;
    int level = f->level.n ? pack_level(p->pack, f->level) : -1;
    int32_t on = values[FIELD_DATE].null ? DATE_NONE : (int32_t)values[FIELD_DATE].i,
            index;
    if (!own.n)
        return own;
    struct str whole = level_cell(r, cells, n, own);
    return places_find_area(p, whole, level, on, &index, NULL) == ERR_OK ? whole : own;
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

static enum err take_cells(struct import_reader *r, uint64_t number,
                           const struct str *cells, size_t n, struct error *e)
{
    const struct importer *m = r->m;
    const struct mapping *map = &m->out->mapping;
    size_t i = r->batch->n;
    struct datum *values = row_values(r, i);
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
            cell = level_cell(r, cells, n, STR(""));
        else if ((int)column == r->own_area_column && r->has_levels)
            cell = named_area(r, cells, n, str_trim(cell), values);
        enum err code = read_cell(r, values, column, cell, e);
        if (code)
            return code;
    }
    check_scope(r, values);
    if (r->n_problems)
        return reject(r, number, cells, n, e);
    r->batch->row_numbers[i] = number;
    enum err code = keep_cells(r, i, cells, n, e);
    r->batch->n++;
    if (!code && r->batch->n == BATCH_ROWS)
        code = flush_batch(r, e);
    return code;
}

// --- rules, over the whole batch
// ----------------------------------------------------------------

// Turns rows of values into columns for the expression engine; only the fields that a
// rule reads.
static enum err make_columns(struct import_reader *r, const bool *used,
                             struct column *columns, struct error *e)
{
    const struct reg *reg = r->m->reg;
    size_t n = r->batch->n;
    for (size_t k = 0; k < reg->n_fields; k++) {
        if (!used[k])
            continue;
        const struct field *f = &reg->fields[k];
        bool text =
            f->type == TYPE_TEXT || f->type == TYPE_NAME || f->type == TYPE_PERIOD;
        bool decimal = f->type == TYPE_DECIMAL;
        size_t size = text ? sizeof(struct str) : 8;
        char *data = arena_alloc(&r->batch->arena, n, size);
        if (!data)
            return error_memory(e);
        for (size_t i = 0; i < n; i++) {
            const struct datum *v = &row_values(r, i)[k];
            if (text)
                ((struct str *)(void *)data)[i] = v->null ? (struct str){NULL, 0} : v->s;
            else if (decimal)
                ((double *)(void *)data)[i] = v->null ? __builtin_nan("") : v->d;
            else
                ((int64_t *)(void *)data)[i] = v->null ? INT64_MIN : v->i;
        }
        columns[k] = (struct column){text      ? COLUMN_STR
                                     : decimal ? COLUMN_F64
                                               : COLUMN_I64,
                                     data};
    }
    return ERR_OK;
}

static void used_by(const struct rule *rules, size_t n, bool *used)
{
    for (size_t i = 0; i < n; i++)
        expr_fields(rules[i].when, used);
}

struct rule_run {
    struct import_reader *r;
    const struct batch *columns;
    uint8_t *keep;                                  // scratch
    const struct rule *(*broken)[MAX_ROW_PROBLEMS]; // by row
    const struct field *(*of)[MAX_ROW_PROBLEMS];
    uint8_t *n_broken;
};

static void run_rules(struct rule_run *x, const struct rule *rules, size_t n,
                      const struct field *field)
{
    for (size_t k = 0; k < n; k++) {
        expr_select(rules[k].when, x->columns, 0, x->columns->n_rows, x->keep,
                    x->r->scratch);
        for (size_t i = 0; i < x->columns->n_rows; i++) {
            if (!x->keep[i] || x->n_broken[i] == MAX_ROW_PROBLEMS)
                continue;
            x->broken[i][x->n_broken[i]] = &rules[k];
            x->of[i][x->n_broken[i]++] = field;
        }
    }
}

static void problem_of_rule(struct import_reader *r, const struct rule *rule,
                            const struct field *field, const struct datum *values)
{
    struct row_problem *p = add_problem(r, field);
    if (!p)
        return;
    p->warning = rule->severity != SEVERITY_ERROR;
    rule_text(r->m->reg, rule, field, values, r->m->county->places, &p->error);
}

// Rows that break a rule leave the batch for the rejects.
static enum err apply_rules(struct import_reader *r, struct error *e)
{
    const struct reg *reg = r->m->reg;
    struct arena *a = &r->batch->arena;
    size_t n = r->batch->n;
    bool *used = ARENA_ARRAY(a, bool, reg->n_fields);
    struct column *columns = ARENA_ARRAY(a, struct column, reg->n_fields);
    struct rule_run x = {.r = r,
                         .keep = ARENA_ARRAY(a, uint8_t, n),
                         .broken = arena_alloc(a, n, sizeof *x.broken),
                         .of = arena_alloc(a, n, sizeof *x.of),
                         .n_broken = ARENA_ARRAY(a, uint8_t, n)};
    if (!used || !columns || !x.keep || !x.broken || !x.of || !x.n_broken)
        return error_memory(e);
    for (size_t k = 0; k < reg->n_fields; k++)
        used_by(reg->fields[k].rules, reg->fields[k].n_rules, used);
    used_by(reg->checks, reg->n_checks, used);
    enum err code = make_columns(r, used, columns, e);
    if (code)
        return code;
    struct batch batch = {.columns = columns,
                          .n_rows = n,
                          .today = date_today(),
                          .areas = r->m->county->places->area_columns,
                          .facilities = r->m->county->places->facility_columns};
    x.columns = &batch;
    for (size_t k = 0; k < reg->n_fields; k++)
        run_rules(&x, reg->fields[k].rules, reg->fields[k].n_rules, &reg->fields[k]);
    run_rules(&x, reg->checks, reg->n_checks, NULL);

    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool refused = false;
        r->n_problems = 0;
        for (size_t k = 0; k < x.n_broken[i]; k++) {
            problem_of_rule(r, x.broken[i][k], x.of[i][k], row_values(r, i));
            refused |= x.broken[i][k]->severity == SEVERITY_ERROR;
        }
        if (refused) {
            code = reject(r, r->batch->row_numbers[i], r->cells[i], r->n_cells[i], e);
            if (code)
                return code;
            continue;
        }
        r->batch->warned[i] = r->n_problems > 0;
        for (size_t k = 0; k < r->n_problems; k++)
            note_problem(r, r->batch->row_numbers[i], &r->problems[k]);
        if (kept != i) {
            memcpy(row_values(r, kept), row_values(r, i),
                   reg->n_fields * sizeof(struct datum));
            r->batch->row_numbers[kept] = r->batch->row_numbers[i];
            r->batch->warned[kept] = r->batch->warned[i];
            r->cells[kept] = r->cells[i];
            r->n_cells[kept] = r->n_cells[i];
        }
        kept++;
    }
    r->batch->n = kept;
    return ERR_OK;
}

// Fingerprints, and keys that stand in the file twice: the same content is a repeat and
// falls away; another content is a contradiction that only the sender can solve.
static enum err apply_keys(struct import_reader *r, struct error *e)
{
    size_t kept = 0, n = r->batch->n, width = r->m->reg->n_fields;
    for (size_t i = 0; i < n; i++) {
        bool keyed;
        uint64_t key_hash;
        uint64_t print = import_fingerprint(r->m->county, r->m->reg, row_values(r, i),
                                            &keyed, &key_hash);
        if (keyed) {
            // two entries a row: the whole key, and key with content (of which half the
            // bits are kept)
            int whole = seen_add(&r->seen, print);
            int key = whole < 0 ? -1 : seen_add(&r->keys, key_hash);
            if (key < 0)
                return error_memory(e);
            if (whole == 1) {
                r->m->repeated++;
                continue;
            }
            if (key == 1) {
                r->n_problems = 0;
                struct row_problem *p = add_problem(r, r->m->reg->key[0]);
                error_set(&p->error, ERR_INPUT, "import.key_twice", NULL,
                          "a row above has the same key with another content");
                error_cure(&p->error, "keep the one that is right");
                enum err code =
                    reject(r, r->batch->row_numbers[i], r->cells[i], r->n_cells[i], e);
                if (code)
                    return code;
                continue;
            }
        }
        if (kept != i) {
            memcpy(row_values(r, kept), row_values(r, i), width * sizeof(struct datum));
            r->batch->row_numbers[kept] = r->batch->row_numbers[i];
        }
        r->m->out->warned += r->batch->warned[i];
        r->batch->fingerprints[kept] = print;
        r->batch->keyed[kept] = keyed;
        kept++;
    }
    r->batch->n = kept;
    return ERR_OK;
}

// --- batches
// ------------------------------------------------------------------------------------

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
    enum err code = r->batch->n ? apply_rules(r, e) : ERR_OK;
    if (!code && r->batch->n)
        code = apply_keys(r, e);
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
// -----------------------------------------------------------------------------------

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

// One row of a list of areas with a column a level: a row for every area on the way down
// that is new.
static enum err take_area_list(struct import_reader *r, const struct table_row *row,
                               struct error *e)
{
    const struct importer *m = r->m;
    const struct pack *pack = m->county->pack;
    const struct mapping *map = &m->out->mapping;
    struct str code = str_trim(row->cells[map->code_column]), parent = STR("");
    size_t digits = 0, begin = r->n_headings;
    for (size_t level = 0; level < pack->n_levels; level++) {
        digits += (size_t)pack->levels[level].code_length;
        struct str name = {NULL, 0};
        for (size_t i = 0; i < map->n && i < row->n; i++)
            if (map->columns[i].by == MAPPED_LEVEL && map->columns[i].level == (int)level)
                name = str_trim(row->cells[i]);
        if (!name.n || digits > code.n || !digits)
            continue;
        struct str own = {code.p, digits};
        int known = seen_add(&r->area_codes, str_hash(own, level));
        if (known < 0)
            return error_memory(e);
        if (!known) {
            m->out->rows++;
            struct str *cells = ARENA_ARRAY(&r->batch->arena, struct str, begin + 4);
            if (!cells)
                return error_memory(e);
            cells[begin] = own;
            cells[begin + 1] = name;
            cells[begin + 2] = pack->levels[level].name;
            cells[begin + 3] = parent;
            enum err failed = take_cells(r, row->number, cells, begin + 4, e);
            if (failed)
                return failed;
        }
        parent = own;
    }
    return ERR_OK;
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
        add_problem(r, NULL)->error = wrong;
        return row->cells && row->n ? reject(r, row->number, row->cells, row->n, e)
                                    : reject(r, row->number, &row->raw, 1, e);
    }
    if (m->out->mapping.areas_by_level)
        return row->n > (size_t)m->out->mapping.code_column ? take_area_list(r, row, e)
                                                            : ERR_OK;
    m->out->rows++;
    return take_cells(r, row->number, row->cells,
                      row->n < r->n_headings ? row->n : r->n_headings, e);
}

static enum err read_all(struct import_reader *r, struct error *e)
{
    struct importer *m = r->m;
    const struct import_options *options = m->options;
    if (!begin_batch(r))
        return ERR_OK;
    for (;;) {
        struct table_row row;
        enum err code = table_read(m->table, &row, e);
        if (code)
            return code;
        if (row.end)
            break;
        code = take_row(r, &row, e);
        if (code)
            return code;
        if (options->progress && m->out->rows % 4096 == 0)
            options->progress(options->progress_argument, table_progress(m->table),
                              m->out->rows);
    }
    return flush_batch(r, e);
}

void *import_reader_thread(void *argument)
{
    struct importer *m = argument;
    struct error e = {0};
    enum err code = read_all(m->reader, &e);
    struct queue *q = &m->queue;
    pthread_mutex_lock(&q->lock);
    q->finished = true;
    if (code && !q->stopped)
        q->error = e;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

static enum err read_header(struct import_reader *r, struct error *e)
{
    struct importer *m = r->m;
    struct table_row row;
    do {
        enum err code = table_read(m->table, &row, e);
        if (code)
            return code;
        if (row.problem.code) {
            *e = row.problem;
            return e->code;
        }
    } while (row.blank && !row.end);
    if (row.end) {
        error_set(e, ERR_INPUT, "import.empty", m->options->path, "the file has no rows");
        return error_cure(e, "the first row must hold the headings");
    }
    while (row.n && !str_trim(row.cells[row.n - 1]).n)
        row.n--; // spreadsheets leave empty columns behind
    r->headings = ARENA_ARRAY(m->arena, struct str, row.n + 1);
    if (!r->headings)
        return error_memory(e);
    r->n_headings = row.n;
    for (size_t i = 0; i < row.n; i++)
        r->headings[i] = str_copy(m->arena, str_trim(row.cells[i]));
    struct conn *conn;
    enum err code = store_read_begin(m->county->store, &conn, e);
    if (code)
        return code;
    code =
        mapping_make(m->arena, m->county, conn, m->reg, m->options->source, r->headings,
                     row.n, m->options->given, m->options->n_given, &m->out->mapping, e);
    store_read_end(conn);
    if (code && e && !e->where[0])
        snprintf(e->where, sizeof e->where, "%s:1", m->options->path);
    return code;
}

// Columns beyond the file's own, for the areas that take_area_list makes up.
static enum err add_area_columns(struct import_reader *r, struct error *e)
{
    static const char *const names[] = {"code", "name", "level", "parent"};
    struct importer *m = r->m;
    struct mapping *map = &m->out->mapping;
    struct mapped_column *columns =
        ARENA_ARRAY(m->arena, struct mapped_column, map->n + 4);
    if (!columns)
        return error_memory(e);
    for (size_t i = 0; i < map->n; i++)
        columns[i] = map->columns[i];
    for (size_t i = 0; i < 4; i++)
        columns[map->n + i] =
            (struct mapped_column){.heading = str_of(names[i]),
                                   .field = reg_field(m->reg, str_of(names[i])),
                                   .by = MAPPED_NAME};
    map->columns = columns;
    return ERR_OK;
}

static enum err prepare_columns(struct import_reader *r, struct error *e)
{
    struct importer *m = r->m;
    struct mapping *map = &m->out->mapping;
    size_t first = 0, last = map->n;
    if (map->areas_by_level) {
        enum err code = add_area_columns(r, e);
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

static enum err prepare_rejects(struct import_reader *r, struct error *e)
{
    const struct import_options *options = r->m->options;
    struct arena *a = r->m->arena;
    const char *slash = strrchr(options->path, '/');
    const char *name = slash ? slash + 1 : options->path;
    if (strcmp(name, "-") == 0)
        name = "stdin";
    r->rejects_path = options->rejects ? str_copy(a, str_of(options->rejects))
                                       : str_format(a, "%s.rejects.csv", name);
    r->rejects_temporary = str_format(a, "%s.%ld.tmp", r->rejects_path.p, (long)getpid());
    return r->rejects_path.p && r->rejects_temporary.p ? ERR_OK : error_memory(e);
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
        b->fingerprints = ARENA_ARRAY(a, uint64_t, BATCH_ROWS);
        b->keyed = ARENA_ARRAY(a, bool, BATCH_ROWS);
        b->warned = ARENA_ARRAY(a, bool, BATCH_ROWS);
        if (!b->warned || !b->values || !b->row_numbers || !b->fingerprints || !b->keyed)
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
    r->line = BUF_INIT((size_t)64 << 20);
    struct table_options options = {.sheet = m->options->sheet};
    enum err code = table_open(&m->table, m->options->path, &options, e);
    if (!code) {
        m->out->about = *table_about(m->table);
        code = read_header(r, e);
    }
    if (!code)
        code = prepare_columns(r, e);
    if (!code)
        code = prepare_rejects(r, e);
    if (!code)
        code = prepare_batches(r, e);
    return code;
}

void import_reader_close(struct importer *m)
{
    struct import_reader *r = m->reader;
    if (!r)
        return;
    if (r->rejects)
        fclose(r->rejects);
    if (r->rejects_temporary.p && !r->rejects_kept)
        unlink(r->rejects_temporary.p);
    expr_scratch_close(r->scratch);
    mem_free(r->seen.hashes);
    mem_free(r->keys.hashes);
    mem_free(r->area_codes.hashes);
    buf_free(&r->line);
    for (size_t i = 0; i < BATCHES; i++)
        arena_free(&m->queue.batches[i].arena);
    table_close(m->table);
}
