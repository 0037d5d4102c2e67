// SPDX-License-Identifier: AGPL-3.0-or-later
// The index and its way along the log.
//
// Of each register it is known up to which entry its index is true (heng_search). A step
// takes the entries of a stretch of the log, in order of rows: a row that came in there
// gets the words that it had at the end of the stretch; one that was corrected loses the
// words that it had at its beginning first. What a row held at some entry is what it
// holds now, with the corrections since then taken back.
#include "register/search.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "register/datum.h"
#include "register/search_private.h"

// --- what is searched

bool search_has(const struct field *f)
{
    return !f->system &&
           (f->identifies || f->type == TYPE_NAME || f->type == TYPE_TEXT) &&
           f->type != TYPE_AREA && f->type != TYPE_FACILITY && f->type != TYPE_CODE &&
           f->type != TYPE_BOOL;
}

static bool has_any(const struct reg *r)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (search_has(&r->fields[i]))
            return true;
    return false;
}

// Names of people, and what places are called.
static bool is_read_aloud(const struct reg *r, const struct field *f)
{
    return f->type == TYPE_NAME || (r->kind != REG_ROWS && str_equal_c(f->name, "name"));
}

static int64_t shape_of(const struct reg *r)
{
    uint64_t h = SEARCH_WORDS;
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        if (search_has(f))
            h = str_hash(f->column, h * 2 + is_read_aloud(r, f));
    }
    return (int64_t)h;
}

// --- where the indexes are

struct index {
    const struct reg *reg;
    int64_t seq; // the index is true up to this entry; 0: not asked, when all are whole
    bool fresh;  // it is there, of this shape
    struct stmt *add, *take_out, *row;
};

struct follower {
    struct county *county;
    size_t most;
    bool only_little; // more than `most` is left to others, and so is what must be made
    double indexed;

    struct conn *conn;
    struct arena arena; // of one row
    struct index *indexes;
    size_t n;
    bool whole;             // all indexes are there, of these shapes, and no others
    int64_t head, from, to; // from: all are true up to there
    struct buf words;
};

// heng_search has a row of each register, and one without a name for all of them: its
// shape is that of them all, and its number holds for each that is not said to be
// further. So a step along the log changes one row, and one row says that nothing is
// missing.
struct standing {
    int64_t head, seq; // of the log; of all indexes
    int64_t shapes;    // 0: there is no such row
};

static int64_t shapes_of(const struct pack *p)
{
    uint64_t h = 0;
    for (size_t i = 0; i < p->n_registers; i++)
        if (has_any(&p->registers[i]))
            h = str_hash(p->registers[i].name, h) ^ (uint64_t)shape_of(&p->registers[i]);
    return (int64_t)(h | 1);
}

static enum err read_standing(struct conn *conn, struct standing *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    *out = (struct standing){0};
    enum err code = conn_stmt(conn, "search.standing",
                              "SELECT (SELECT max(seq) FROM heng_log), seq, shape"
                              " FROM heng_search WHERE register = ''",
                              &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    if (!code && row)
        *out = (struct standing){stmt_int(s, 0), stmt_int(s, 1), stmt_int(s, 2)};
    stmt_finish(s);
    return code;
}

static enum err read_head(struct conn *conn, int64_t *out, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code = conn_stmt(conn, "search.head",
                              "SELECT coalesce(max(seq), 0) FROM heng_log", &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    *out = !code && row ? stmt_int(s, 0) : 0;
    if (!code)
        stmt_finish(s);
    return code;
}

static enum err has_table(struct conn *conn, bool *out, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(conn, "search.table",
                  "SELECT 1 FROM sqlite_schema WHERE name = 'heng_search'", &s, e);
    *out = false;
    if (!code)
        code = stmt_step(s, out, e);
    if (!code)
        stmt_finish(s);
    return code;
}

static enum err list_indexes(struct follower *x, struct arena *a, struct error *e)
{
    const struct pack *p = x->county->pack;
    x->indexes = ARENA_ARRAY(a, struct index, p->n_registers + 1);
    if (!x->indexes)
        return error_memory(e);
    for (size_t i = 0; i < p->n_registers; i++)
        if (has_any(&p->registers[i]))
            x->indexes[x->n++] = (struct index){.reg = &p->registers[i]};
    return ERR_OK;
}

static struct index *index_of(struct follower *x, struct str name)
{
    for (size_t i = 0; i < x->n; i++)
        if (str_equal(x->indexes[i].reg->name, name))
            return &x->indexes[i];
    return NULL;
}

// One by one. In a file that is only read the table may not be there.
static enum err read_each(struct follower *x, struct error *e)
{
    struct stmt *s = NULL;
    bool there;
    int64_t of_all = 0;
    enum err code = has_table(x->conn, &there, e);
    if (!code && there) {
        atomic_store(&x->county->search_shapes, shapes_of(x->county->pack));
        code = conn_stmt(x->conn, "search.indexes",
                         "SELECT register, seq, shape FROM heng_search", &s, e);
    }
    for (bool row; s && !code && !(code = stmt_step(s, &row, e)) && row;) {
        struct str name = stmt_text(s, 0);
        struct index *index = index_of(x, name);
        if (!name.n)
            of_all = stmt_int(s, 1);
        if (!index || stmt_int(s, 2) != shape_of(index->reg))
            continue;
        index->fresh = true;
        index->seq = stmt_int(s, 1);
    }
    if (s)
        stmt_finish(s);
    x->from = x->head;
    for (size_t i = 0; i < x->n; i++) {
        struct index *index = &x->indexes[i];
        if (index->fresh && index->seq < of_all)
            index->seq = of_all;
        if (index->seq < x->from)
            x->from = index->seq;
    }
    return code;
}

// Up to where one index is true, of those that are true up to x->from at least.
static enum err read_own(struct follower *x, struct index *index, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(x->conn, "search.own",
                              "SELECT seq FROM heng_search WHERE register = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, index->reg->name);
    code = stmt_step(s, &row, e);
    index->seq = !code && row && stmt_int(s, 0) > x->from ? stmt_int(s, 0) : x->from;
    stmt_finish(s);
    return code;
}

static enum err read_indexes(struct follower *x, struct arena *a, struct error *e)
{
    struct standing now = {0};
    int64_t shapes = atomic_load(&x->county->search_shapes);
    enum err code = shapes ? read_standing(x->conn, &now, e) : ERR_OK;
    x->whole = shapes && now.shapes == shapes;
    x->head = now.head;
    x->from = now.seq;
    if (!code && !(x->whole && x->from >= x->head))
        code = list_indexes(x, a, e);
    if (code || x->whole)
        return code;
    code = read_head(x->conn, &x->head, e);
    return code ? code : read_each(x, e);
}

static double share(const struct follower *x)
{
    return x->from >= x->head ? 1 : (double)x->from / (double)x->head;
}

// --- one index

static enum err run_sql(struct follower *x, const char *format, const struct reg *r,
                        struct error *e)
{
    struct buf b = BUF_INIT(1 << 12);
    for (const char *p = format; *p; p++) {
        if (*p == '@')
            buf_add(&b, r->name);
        else
            buf_add_char(&b, *p);
    }
    const char *sql = buf_c(&b);
    enum err code = sql ? conn_run(x->conn, sql, e) : error_memory(e);
    buf_free(&b);
    return code;
}

static enum err keep_each(struct follower *x, struct error *e)
{
    struct stmt *s;
    enum err code = conn_run(x->conn, "DELETE FROM heng_search", e);
    if (!code)
        code = conn_stmt(
            x->conn, "search.keep",
            "INSERT INTO heng_search (register, seq, shape) VALUES (?, ?, ?)", &s, e);
    for (size_t i = 0; !code && i <= x->n; i++) {
        const struct index *index = i < x->n ? &x->indexes[i] : NULL;
        stmt_bind_text(s, 1, index ? index->reg->name : STR(""));
        stmt_bind_int(s, 2, index && index->seq > x->to ? index->seq : x->to);
        stmt_bind_int(s, 3, index ? shape_of(index->reg) : shapes_of(x->county->pack));
        code = stmt_done(s, e);
    }
    return code;
}

static enum err keep_state(struct follower *x, struct error *e)
{
    struct stmt *s;
    if (!x->whole)
        return keep_each(x, e);
    enum err code =
        conn_stmt(x->conn, "search.move",
                  "UPDATE heng_search SET seq = ? WHERE register = ''", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->to);
    return stmt_done(s, e);
}

static enum err make_index(struct follower *x, struct index *index, struct error *e)
{
    if (x->whole || index->fresh)
        return ERR_OK;
    enum err code = run_sql(x, "DROP TABLE IF EXISTS \"heng_search_@\"", index->reg, e);
    // the words come ready, with spaces between them: only those separate
    if (!code)
        code = run_sql(x,
                       "CREATE VIRTUAL TABLE \"heng_search_@\" USING fts5(words,"
                       " content='', detail=none, columnsize=0, tokenize='ascii')",
                       index->reg, e);
    index->fresh = true;
    return code;
}

static enum err prepare_one(struct follower *x, struct index *index, struct error *e)
{
    const struct reg *r = index->reg;
    struct buf b = BUF_INIT(1 << 20);
    buf_printf(&b, "INSERT INTO \"heng_search_" STR_FMT "\" (rowid, words) VALUES (?, ?)",
               STR_ARG(r->name));
    enum err code = buf_check(&b, e);
    if (!code)
        code = conn_prepare(x->conn, buf_str(&b), &index->add, e);
    buf_clear(&b);
    buf_printf(&b,
               "INSERT INTO \"heng_search_" STR_FMT "\" (\"heng_search_" STR_FMT
               "\", rowid, words) VALUES ('delete', ?, ?)",
               STR_ARG(r->name), STR_ARG(r->name));
    if (!code && !(code = buf_check(&b, e)))
        code = conn_prepare(x->conn, buf_str(&b), &index->take_out, e);
    buf_clear(&b);
    buf_add_c(&b, "SELECT id");
    for (size_t i = 0; i < r->n_fields; i++)
        if (search_has(&r->fields[i]))
            buf_printf(&b, ", \"" STR_FMT "\"", STR_ARG(r->fields[i].column));
    buf_printf(&b, " FROM \"" STR_FMT "\" WHERE id = ?", STR_ARG(r->table));
    if (!code && !(code = buf_check(&b, e)))
        code = conn_prepare(x->conn, buf_str(&b), &index->row, e);
    buf_free(&b);
    return code;
}

// --- the words of a row as it was

struct row_texts { // by searched field, in the order of fields
    struct str texts[64];
    const struct field *fields[64];
    size_t n;
    bool there;
};

static enum err read_now(struct follower *x, struct index *index, int64_t id,
                         struct row_texts *out, struct error *e)
{
    const struct reg *r = index->reg;
    char space[DATUM_TEXT_SIZE];
    *out = (struct row_texts){.n = 0};
    stmt_bind_int(index->row, 1, id);
    enum err code = stmt_step(index->row, &out->there, e);
    for (size_t i = 0; !code && out->there && i < r->n_fields && out->n < 64; i++) {
        if (!search_has(&r->fields[i]))
            continue;
        struct str text = datum_stored_text(index->row, (int)out->n + 1, space);
        struct str copy = text.p ? str_copy(&x->arena, text) : text;
        if (text.p && !copy.p)
            code = error_memory(e);
        out->fields[out->n] = &r->fields[i];
        out->texts[out->n++] = copy;
    }
    stmt_reset(index->row);
    return code;
}

static enum err take_back(struct follower *x, struct str before, struct row_texts *row,
                          struct error *e)
{
    json_error_t wrong;
    json_t *values = json_loadb(before.p, before.n, JSON_ALLOW_NUL, &wrong);
    if (!json_is_object(values)) {
        json_decref(values);
        return error_set(e, ERR_CORRUPT, "search.before", NULL,
                         "an entry of the history cannot be read: %s", wrong.text);
    }
    enum err code = ERR_OK;
    for (size_t i = 0; i < row->n; i++) {
        json_t *value =
            json_object_getn(values, row->fields[i]->column.p, row->fields[i]->column.n);
        if (!value)
            continue;
        row->texts[i] = (struct str){NULL, 0};
        if (!json_is_string(value))
            continue;
        row->texts[i] = str_copy(
            &x->arena, (struct str){json_string_value(value), json_string_length(value)});
        if (!row->texts[i].p)
            code = error_memory(e);
    }
    json_decref(values);
    return code;
}

// What the row held after entry `seq`.
static enum err read_at(struct follower *x, struct index *index, int64_t id, int64_t seq,
                        struct row_texts *out, struct error *e)
{
    struct stmt *s;
    enum err code = read_now(x, index, id, out, e);
    if (!code)
        code = conn_stmt(x->conn, "search.later",
                         "SELECT before FROM heng_log WHERE register = ? AND row = ? AND"
                         " change <> 'insert' AND seq > ? ORDER BY seq DESC",
                         &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, index->reg->name);
    stmt_bind_int(s, 2, id);
    stmt_bind_int(s, 3, seq);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;)
        if ((code = take_back(x, stmt_text(s, 0), out, e)) != ERR_OK)
            break;
    stmt_finish(s);
    return code;
}

static enum err make_words(struct follower *x, const struct index *index,
                           const struct row_texts *row, struct buf *out, struct error *e)
{
    enum err code = ERR_OK;
    buf_clear(out);
    for (size_t i = 0; !code && i < row->n; i++)
        if (row->texts[i].n)
            code = search_words(x->county->readings, row->texts[i],
                                is_read_aloud(index->reg, row->fields[i]), &x->arena, out,
                                e);
    return code ? code : buf_check(out, e);
}

static enum err put_words(struct stmt *s, int64_t id, struct str words, struct error *e)
{
    if (!words.n)
        return ERR_OK;
    stmt_bind_int(s, 1, id);
    stmt_bind_text(s, 2, words);
    return stmt_done(s, e);
}

// One row in a stretch of the log: came_in says that its insert is in it.
static enum err index_row(struct follower *x, struct index *index, int64_t id,
                          bool came_in, struct error *e)
{
    struct row_texts was, is;
    struct buf old = BUF_INIT(1 << 20);
    arena_reset(&x->arena);
    enum err code = read_at(x, index, id, x->to, &is, e);
    if (!code)
        code = make_words(x, index, &is, &x->words, e);
    if (!code && !came_in) {
        code = read_at(x, index, id, index->seq, &was, e);
        if (!code)
            code = make_words(x, index, &was, &old, e);
    }
    bool same = !came_in && str_equal(buf_str(&old), buf_str(&x->words));
    if (!code && !came_in && !same)
        code = put_words(index->take_out, id, buf_str(&old), e);
    if (!code && !same && is.there)
        code = put_words(index->add, id, buf_str(&x->words), e);
    buf_free(&old);
    return code;
}

// --- a stretch

struct named { // a row that the stretch names
    size_t index;
    int64_t id;
    bool came_in;
};

static int by_row(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return y->came_in - x->came_in;
}

static enum err read_stretch(struct follower *x, struct named *out, size_t *n,
                             struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(x->conn, "search.stretch",
                              "SELECT seq, register, row, change = 'insert' FROM heng_log"
                              " WHERE seq > ? AND change IN ('insert', 'correct', 'move')"
                              " AND seq <= ? ORDER BY seq",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->from);
    stmt_bind_int(s, 2, x->to);
    *n = 0;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        struct index *index = index_of(x, stmt_text(s, 1));
        if (index && x->whole && !index->seq && (code = read_own(x, index, e)) != ERR_OK)
            break;
        if (index && stmt_int(s, 0) > index->seq)
            out[(*n)++] = (struct named){(size_t)(index - x->indexes), stmt_int(s, 2),
                                         stmt_int(s, 3) != 0};
    }
    stmt_finish(s);
    return code;
}

static enum err index_stretch(struct follower *x, const struct named *rows, size_t n,
                              struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < n; i++) {
        struct index *index = &x->indexes[rows[i].index];
        if (i && rows[i].index == rows[i - 1].index && rows[i].id == rows[i - 1].id)
            continue;
        if (!index->add)
            code = prepare_one(x, index, e);
        if (!code)
            code = index_row(x, index, rows[i].id, rows[i].came_in, e);
    }
    return code;
}

static enum err follow(struct follower *x, struct arena *a, struct error *e)
{
    size_t n = 0;
    x->to = x->head - x->from > (int64_t)x->most ? x->from + (int64_t)x->most : x->head;
    struct named *rows = ARENA_ARRAY(a, struct named, (size_t)(x->to - x->from) + 1);
    enum err code = rows ? read_stretch(x, rows, &n, e) : error_memory(e);
    if (code)
        return code;
    qsort(rows, n, sizeof *rows, by_row);
    code = index_stretch(x, rows, n, e);
    if (!code)
        code = keep_state(x, e);
    x->from = x->to;
    return code;
}

static bool leaves_it(const struct follower *x)
{
    return (x->whole && x->from >= x->head) ||
           (x->only_little && (!x->whole || x->head - x->from > (int64_t)x->most));
}

static enum err make_and_follow(struct follower *x, struct arena *a, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < x->n; i++)
        code = make_index(x, &x->indexes[i], e);
    if (!code)
        code = follow(x, a, e);
    for (size_t i = 0; i < x->n; i++) {
        stmt_finish(x->indexes[i].add);
        stmt_finish(x->indexes[i].take_out);
        stmt_finish(x->indexes[i].row);
    }
    return code;
}

static enum err follow_job(struct conn *conn, void *argument, struct error *e)
{
    struct follower *x = argument;
    struct arena a;
    x->conn = conn;
    x->n = 0;
    arena_init(&a, 0);
    arena_init(&x->arena, 0);
    x->words = BUF_INIT(1 << 20);
    enum err code = read_indexes(x, &a, e);
    if (!code && !x->county->readings)
        code = chinese_open(&x->county->readings, e);
    if (!code && !leaves_it(x))
        code = make_and_follow(x, &a, e);
    x->indexed = code ? 0 : share(x);
    buf_free(&x->words);
    arena_free(&x->arena);
    arena_free(&a);
    return code;
}

static enum err follow_at_end(struct conn *conn, void *argument, struct error *e)
{
    struct county *c = argument;
    struct follower x = {.county = c, .most = SEARCH_LITTLE, .only_little = true};
    atomic_fetch_sub(&c->search_wanted, 1);
    return follow_job(conn, &x, e);
}

void search_follow_at_end(struct county *c, struct conn *conn)
{
    if (c->readings && atomic_load(&c->search_wanted) > 0)
        store_at_end(conn, follow_at_end, c);
}

enum err search_follow(struct county *c, size_t most, double *indexed, struct error *e)
{
    struct follower x = {.county = c, .most = most ? most : 1};
    enum err code = store_write(c->store, follow_job, &x, e);
    *indexed = code ? 0 : x.indexed;
    return code;
}

// missing: entries of the log, or 1 when it is only that an index must be made.
static enum err look_at(struct follower *x, int64_t *missing, struct error *e)
{
    struct arena a;
    arena_init(&a, 0);
    enum err code = read_indexes(x, &a, e);
    if (!code) {
        *missing = x->head - x->from;
        if (!*missing && !x->whole)
            *missing = 1;
        x->indexed = share(x);
    }
    arena_free(&a);
    return code;
}

static enum err look(struct county *c, int64_t *missing, double *indexed, struct error *e)
{
    struct follower x = {.county = c, .indexed = 1};
    int64_t version;
    *missing = 0;
    *indexed = 0;
    enum err code = store_read_begin(c->store, &x.conn, e);
    if (!code)
        code = store_data_version(x.conn, &version, e);
    if (!code && version != atomic_load(&c->searched)) {
        code = look_at(&x, missing, e);
        if (!code && !*missing)
            atomic_store(&c->searched, version);
    }
    store_read_end(x.conn);
    if (!code)
        *indexed = x.indexed;
    return code;
}

enum err search_refresh(struct county *c, double *indexed, struct error *e)
{
    int64_t missing;
    atomic_store(&c->search_wanted, SEARCH_WANTED);
    enum err code = look(c, &missing, indexed, e);
    if (code || !missing || missing > SEARCH_LITTLE)
        return code;
    code = search_follow(c, SEARCH_LITTLE, indexed, e);
    if (code == ERR_FORBIDDEN) { // the file may only be read
        if (e)
            *e = (struct error){0};
        return look(c, &missing, indexed, e);
    }
    return code;
}

// --- asking

static enum err is_there(const struct reg *r, struct conn *conn, bool *out,
                         struct error *e)
{
    struct stmt *s;
    bool any;
    *out = false;
    enum err code = has_table(conn, &any, e);
    if (code || !any)
        return code;
    code = conn_stmt(conn, "search.of_register",
                     "SELECT 1 FROM heng_search WHERE register = ? AND shape = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, r->name);
    stmt_bind_int(s, 2, shape_of(r));
    code = stmt_step(s, out, e);
    stmt_finish(s);
    return code;
}

enum err search_match(const struct reg *r, struct conn *conn, struct str words,
                      struct arena *a, struct str *match, struct error *e)
{
    bool there = false;
    *match = (struct str){NULL, 0};
    enum err code = has_any(r) ? is_there(r, conn, &there, e) : ERR_OK;
    if (code || !there)
        return code;
    struct buf question = BUF_INIT(1 << 16);
    code = search_question(words, a, &question, e);
    if (!code && question.n) {
        *match = str_copy(a, buf_str(&question));
        if (!match->p)
            code = error_memory(e);
    }
    buf_free(&question);
    return code;
}

static enum err read_ids(const struct reg *r, struct conn *conn, struct str words,
                         struct arena *a, int64_t *ids, size_t most, size_t *n,
                         struct error *e)
{
    struct str match;
    struct stmt *s = NULL;
    enum err code = search_match(r, conn, words, a, &match, e);
    if (code || !match.p)
        return code;
    struct str sql = str_format(a,
                                "SELECT rowid FROM \"heng_search_" STR_FMT
                                "\" WHERE \"heng_search_" STR_FMT
                                "\" MATCH ? ORDER BY rowid DESC LIMIT ?",
                                STR_ARG(r->name), STR_ARG(r->name));
    code = sql.p ? conn_prepare(conn, sql, &s, e) : error_memory(e);
    if (code)
        return code;
    stmt_bind_text(s, 1, match);
    stmt_bind_int(s, 2, (int64_t)most);
    for (bool row; *n < most && !(code = stmt_step(s, &row, e)) && row;)
        ids[(*n)++] = stmt_int(s, 0);
    stmt_finish(s);
    return code;
}

enum err search_ids(struct county *c, const struct reg *r, struct str words,
                    struct arena *a, int64_t *ids, size_t most, size_t *n,
                    struct error *e)
{
    struct conn *conn = NULL;
    double indexed;
    *n = 0;
    enum err code = search_refresh(c, &indexed, e);
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = read_ids(r, conn, words, a, ids, most, n, e);
    store_read_end(conn);
    return code;
}
