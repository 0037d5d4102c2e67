// SPDX-License-Identifier: AGPL-3.0-or-later
// The saving half of an import: one write job that takes batches from the reader.
#include "register/import.h"

#include <stdlib.h>
#include <string.h>

#include "register/import_private.h"
#include "register/imports.h"
#include "register/rights.h"
#include "register/row.h"
#include "register/workflow.h"

// How often each content came before and came in this file; for registers, or rows,
// without a key.
struct occurrence {
    uint64_t fingerprint; // 0: free
    uint32_t before, here;
};

struct saver {
    struct importer *m;
    struct conn *conn;
    struct history history;
    struct stmt *insert, *find;
    bool was_empty; // nothing to find: no look-ups
    int64_t first;  // entry of the history that this import writes
    struct occurrence *occurrences;
    size_t n_occurrences, capacity;
    char (*spaces)[DATUM_TEXT_SIZE]; // by field, for texts bound to a statement
    bool *mapped;       // fields that the file has; a correction touches only these
    struct arena old;   // the row that a key found
    struct arena arena; // own, since the reader's thread uses the importer's
};

// --- occurrences

enum { OCCURRENCES_START = 1 << 14 };

static struct occurrence *probe(struct occurrence *table, size_t capacity,
                                uint64_t fingerprint)
{
    size_t k = (fingerprint * UINT64_C(0x9E3779B97F4A7C15)) >> 20 & (capacity - 1);
    while (table[k].fingerprint && table[k].fingerprint != fingerprint)
        k = (k + 1) & (capacity - 1);
    return &table[k];
}

static struct occurrence *find_occurrence(struct saver *s, uint64_t fingerprint,
                                          bool *fresh)
{
    fingerprint |= fingerprint == 0;
    if (s->n_occurrences * 4 >= s->capacity * 3) {
        size_t capacity = s->capacity ? s->capacity * 2 : OCCURRENCES_START;
        struct occurrence *table = mem_alloc(capacity, sizeof *table);
        if (!table)
            return NULL;
        for (size_t i = 0; i < s->capacity; i++)
            if (s->occurrences[i].fingerprint)
                *probe(table, capacity, s->occurrences[i].fingerprint) =
                    s->occurrences[i];
        mem_free(s->occurrences);
        s->occurrences = table;
        s->capacity = capacity;
    }
    struct occurrence *o = probe(s->occurrences, s->capacity, fingerprint);
    *fresh = !o->fingerprint;
    if (*fresh) {
        o->fingerprint = fingerprint;
        s->n_occurrences++;
    }
    return o;
}

// --- finding what came before

static enum err count_before(struct saver *s, uint64_t fingerprint, uint32_t *n,
                             struct error *e)
{
    *n = 0;
    if (s->was_empty)
        return ERR_OK;
    stmt_bind_int(s->find, 1, (int64_t)fingerprint);
    stmt_bind_int(s->find, 2, (int64_t)fingerprint);
    enum err code;
    for (bool row; !(code = stmt_step(s->find, &row, e)) && row;)
        ++*n;
    stmt_reset(s->find);
    return code;
}

// The row with this key, copied into s->old: many fingerprints may share the upper half
// by chance.
static enum err find_key(struct saver *s, uint64_t fingerprint,
                         const struct datum *values, struct datum **out, struct error *e)
{
    *out = NULL;
    if (s->was_empty)
        return ERR_OK;
    const struct reg *r = s->m->reg;
    uint64_t from = fingerprint & 0xFFFFFFFF00000000ULL;
    stmt_bind_int(s->find, 1, (int64_t)from);
    stmt_bind_int(s->find, 2, (int64_t)(from | 0xFFFFFFFFULL));
    enum err code;
    for (bool row; !(code = stmt_step(s->find, &row, e)) && row;) {
        if (!stmt_int(s->find, FIELD_FINGERPRINT) ||
            !import_same_key(s->m->county, r, s->find, values))
            continue;
        arena_reset(&s->old);
        struct datum *old = ARENA_ARRAY(&s->old, struct datum, r->n_fields);
        if (!old) {
            code = error_memory(e);
            break;
        }
        for (size_t k = 0; !code && k < r->n_fields; k++) {
            old[k] = datum_read(s->find, (int)k, &r->fields[k], s->m->county->places);
            if (old[k].s.p && !(old[k].s = str_copy(&s->old, old[k].s)).p)
                code = error_memory(e);
        }
        *out = old;
        break;
    }
    stmt_reset(s->find);
    return code;
}

// --- saving

static enum err insert(struct saver *s, struct datum *values, struct str image,
                       struct error *e)
{
    struct importer *m = s->m;
    const struct reg *r = m->reg;
    if (m->options->dry_run) { // no later row asks for it
        m->out->inserted++;
        return ERR_OK;
    }
    enum err code = row_insert(s->insert, s->spaces, m->county, r, &s->history, values,
                               m->who->user, image, e);
    m->out->inserted += code == ERR_OK;
    return code;
}

static const char *file_name(const struct import_options *options)
{
    const char *slash = strrchr(options->path, '/');
    return options->name ? options->name : slash ? slash + 1 : options->path;
}

static enum err correct(struct saver *s, const struct datum *old, struct datum *values,
                        struct error *e)
{
    struct importer *m = s->m;
    bool changed;
    // the reader has refused what was another's or struck when it began
    if (old[FIELD_STATE].i ||
        (m->limited && !row_may_import(m->county, m->who, m->reg, old))) {
        error_set(e, ERR_CONFLICT, "import.meanwhile", NULL,
                  "someone else saved a row with the key of one in this file meanwhile");
        return error_cure(e, "check the file again");
    }
    workflow_keep(m->reg, old, values, s->mapped);
    s->mapped[FIELD_FINGERPRINT] = true;
    s->mapped[FIELD_DATE] = true;
    struct str reason = str_format(&s->old, "import of %s", file_name(m->options));
    enum err code = row_save_changes(s->conn, m->county, m->reg, &s->history,
                                     old[FIELD_ID].i, old, values, s->mapped,
                                     HISTORY_CORRECT, m->who->user, reason, &changed, e);
    if (!code && changed)
        m->out->corrected++;
    else if (!code)
        m->out->unchanged++;
    return code;
}

static enum err save_row(struct saver *s, const struct import_batch *b, size_t i,
                         struct error *e)
{
    struct datum *values = b->values + i * s->m->reg->n_fields;
    uint64_t fingerprint = (uint64_t)values[FIELD_FINGERPRINT].i;
    if (b->keyed[i]) {
        struct datum *old;
        enum err code = find_key(s, fingerprint, values, &old, e);
        if (code)
            return code;
        if (!old)
            return insert(s, values, b->images[i], e);
        if ((uint64_t)old[FIELD_FINGERPRINT].i != fingerprint)
            return correct(s, old, values, e);
        s->m->out->unchanged++; // the same content was sent before
        return ERR_OK;
    }
    bool fresh;
    struct occurrence *o = find_occurrence(s, fingerprint, &fresh);
    if (!o)
        return error_memory(e);
    if (fresh) {
        enum err code = count_before(s, fingerprint, &o->before, e);
        if (code)
            return code;
    }
    if (++o->here > o->before)
        return insert(s, values, b->images[i], e);
    s->m->out->unchanged++;
    return ERR_OK;
}

static enum err save_batch(struct saver *s, struct import_batch *b, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < b->n; i++)
        code = save_row(s, b, i, e);
    return code;
}

// --- the job

static struct import_batch *next_batch(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->filled == q->taken && !q->finished)
        pthread_cond_wait(&q->changed, &q->lock);
    struct import_batch *b =
        q->filled > q->taken ? &q->batches[q->taken % BATCHES] : NULL;
    pthread_mutex_unlock(&q->lock);
    return b;
}

static void give_back(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->taken++;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

static enum err record_import(struct saver *s, struct error *e)
{
    struct importer *m = s->m;
    const struct import_result *out = m->out;
    struct stmt *stmt;
    int64_t id = m->options->id;
    enum err code = id ? imports_saved(s->conn, id, e) : imports_next(s->conn, &id, e);
    if (!code)
        code =
            conn_stmt(s->conn, "import.record",
                      "INSERT INTO heng_imports (at, who, register, source, file, hash,"
                      " rows, inserted, corrected, unchanged, rejected, id, first, last)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      &stmt, e);
    if (code)
        return code;
    m->out->id = id;
    stmt_bind_int(stmt, 1, date_now_ms());
    stmt_bind_int(stmt, 2, m->who->user);
    stmt_bind_text(stmt, 3, m->reg->name);
    stmt_bind_text(stmt, 4,
                   m->options->source.n ? m->options->source : (struct str){NULL, 0});
    stmt_bind_text(stmt, 5,
                   str_of(m->options->name ? m->options->name : m->options->path));
    stmt_bind_blob(stmt, 6, out->about.hash, sizeof out->about.hash);
    const uint64_t counts[] = {out->rows, out->inserted, out->corrected, out->unchanged,
                               out->rejected};
    for (int i = 0; i < 5; i++)
        stmt_bind_int(stmt, 7 + i, (int64_t)counts[i]);
    stmt_bind_int(stmt, 12, id);
    stmt_bind_int(stmt, 13, s->first);
    stmt_bind_int(stmt, 14, s->history.seq);
    return stmt_done(stmt, e);
}

// Of imports that the caller may see (imports.h).
static enum err find_earlier(struct saver *s, struct error *e)
{
    struct stmt *stmt;
    enum err code =
        conn_stmt(s->conn, "import.earlier",
                  "SELECT at FROM heng_imports WHERE hash = ?1 AND register = ?2"
                  " AND undone_at IS NULL AND (?3 = 0 OR who = ?3) ORDER BY id DESC"
                  " LIMIT 1",
                  &stmt, e);
    if (code)
        return code;
    stmt_bind_blob(stmt, 1, s->m->out->about.hash, sizeof s->m->out->about.hash);
    stmt_bind_text(stmt, 2, s->m->reg->name);
    stmt_bind_int(stmt, 3, s->m->limited ? s->m->who->user : 0);
    bool row;
    code = stmt_step(stmt, &row, e);
    if (!code && row)
        s->m->out->before_at = stmt_int(stmt, 0);
    stmt_finish(stmt);
    return code;
}

static enum err check_empty(struct saver *s, struct error *e)
{
    struct str sql = str_format(&s->arena, "SELECT 1 FROM \"" STR_FMT "\" LIMIT 1",
                                STR_ARG(s->m->reg->table));
    struct stmt *stmt = NULL;
    bool row = true;
    enum err code = sql.p ? conn_prepare(s->conn, sql, &stmt, e) : error_memory(e);
    if (!code)
        code = stmt_step(stmt, &row, e);
    stmt_finish(stmt);
    s->was_empty = !row;
    return code;
}

static enum err prepare(struct saver *s, struct error *e)
{
    struct importer *m = s->m;
    const struct reg *r = m->reg;
    struct row_sql sql;
    enum err code = row_sql(&s->arena, r, &sql, e);
    if (!code)
        code = conn_prepare(s->conn, sql.insert, &s->insert, e);
    if (!code)
        code = conn_prepare(s->conn, sql.fingerprint, &s->find, e);
    if (!code)
        code = check_empty(s, e);
    if (!code)
        code = find_earlier(s, e);
    if (!code)
        code = row_insert_begin(m->county, r, s->conn, e);
    if (!code)
        code = history_begin(s->conn, &s->history, e);
    s->first = s->history.seq + 1;
    s->spaces = mem_alloc(r->n_fields, sizeof *s->spaces);
    s->mapped = mem_alloc(r->n_fields, sizeof *s->mapped);
    if (!code && (!s->spaces || !s->mapped))
        code = error_memory(e);
    if (code)
        return code;
    // a list of areas by level gives code, name, level and parent beyond the file's own
    // columns
    size_t n = m->out->mapping.n + (m->out->mapping.areas_by_level ? 4 : 0);
    for (size_t i = 0; i < n; i++)
        if (m->out->mapping.columns[i].field)
            s->mapped[m->out->mapping.columns[i].field->index] = true;
    return ERR_OK;
}

static void finish(struct saver *s)
{
    stmt_finish(s->insert);
    stmt_finish(s->find);
    history_end(&s->history);
    arena_free(&s->old);
    arena_free(&s->arena);
    mem_free(s->spaces);
    mem_free(s->mapped);
    mem_free(s->occurrences);
}

static enum err import_job(struct conn *conn, void *argument, struct error *e)
{
    struct importer *m = argument;
    struct saver s = {.m = m, .conn = conn};
    arena_init(&s.old, 64 << 20);
    arena_init(&s.arena, 64 << 20);
    enum err code = imports_migrate(conn, e);
    if (!code)
        code = prepare(&s, e);
    for (struct import_batch *b; !code && (b = next_batch(&m->queue));) {
        code = save_batch(&s, b, e);
        give_back(&m->queue);
    }
    if (!code && m->queue.error.code) {
        *e = m->queue.error;
        code = e->code;
    }
    struct import_result *out = m->out;
    if (!code) // all batches are taken, so the reader has finished
        out->unchanged += m->repeated;
    if (!code && !m->options->dry_run) {
        if (out->inserted || out->corrected || m->options->id) {
            code = mapping_keep(conn, m->reg, m->options->source, &out->mapping, e);
            if (!code)
                code = record_import(&s, e);
        }
    }
    if (!code)
        code = import_rejects_keep(m, e);
    finish(&s);
    if (!code && m->options->dry_run) { // corrections were tried out: undo them
        m->tried = true;
        code = error_set(e, ERR_CONFLICT, "import.dry_run", NULL, "only a try");
    }
    return code;
}

static enum err run(struct importer *m, struct error *e)
{
    struct queue *q = &m->queue;
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, import_reader_thread, m);
    if (failed)
        return error_errno(e, failed, NULL, "start a thread");
    enum err code = store_write(m->county->store, import_job, m, e);
    pthread_mutex_lock(&q->lock);
    q->stopped = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    pthread_join(thread, NULL);
    return code;
}

static enum err find_source(struct importer *m, struct error *e)
{
    struct str source = m->options->source;
    m->source = -1;
    for (size_t i = 0; i < m->reg->n_sources; i++)
        if (str_equal(m->reg->sources[i].value, source))
            m->source = (int)i;
    if (m->source >= 0 || (!source.n && !m->reg->n_sources))
        return ERR_OK;
    struct buf list = BUF_INIT(600);
    for (size_t i = 0; i < m->reg->n_sources && list.n < 500; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(m->reg->sources[i].value));
    if (!m->reg->n_sources)
        error_set(e, ERR_USAGE, "import.source", "--source",
                  STR_FMT " has no sources, and '" STR_FMT "' was given",
                  STR_ARG(m->reg->name), STR_ARG(source));
    else if (!source.n)
        error_set(e, ERR_USAGE, "import.source", "--source",
                  STR_FMT " comes from several sources; say which one this file is from",
                  STR_ARG(m->reg->name));
    else
        error_set(e, ERR_USAGE, "import.source", "--source",
                  "'" STR_FMT "' is no source of " STR_FMT, STR_ARG(source),
                  STR_ARG(m->reg->name));
    error_cure(e,
               m->reg->n_sources ? "--source, one of: " STR_FMT
                                 : "leave --source out" STR_FMT,
               STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_USAGE;
}

static int most_frequent(const void *a, const void *b)
{
    const struct import_problem *x = a, *y = b;
    if (x->error != y->error)
        return x->error ? -1 : 1;
    return (x->count < y->count) - (x->count > y->count);
}

enum err import_run(struct county *c, const struct access *who, const struct reg *r,
                    const struct import_options *options, struct arena *a,
                    struct import_result *out, struct error *e)
{
    *out = (struct import_result){0};
    enum err code = access_import(who, r, e);
    if (code)
        return code;
    struct importer *m = ARENA_NEW(a, struct importer);
    if (!m)
        return error_memory(e);
    *m = (struct importer){
        .county = c, .who = who, .reg = r, .options = options, .arena = a, .out = out};
    m->limited = !rights_import_all(who, r);
    pthread_mutex_init(&m->queue.lock, NULL);
    pthread_cond_init(&m->queue.changed, NULL);
    code = find_source(m, e);
    if (!code)
        code = import_reader_open(m, e);
    if (!code)
        code = run(m, e);
    if (m->tried && code == ERR_CONFLICT) {
        code = ERR_OK;
        if (e)
            *e = (struct error){0};
    }
    import_reader_close(m);
    pthread_cond_destroy(&m->queue.changed);
    pthread_mutex_destroy(&m->queue.lock);
    if (out->n_problems)
        qsort(out->problems, out->n_problems, sizeof *out->problems, most_frequent);
    return code;
}
