// SPDX-License-Identifier: AGPL-3.0-or-later
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "store/store_internal.h"

enum { FIRST_BUCKETS = 64 };

static enum err stmt_fault(struct stmt *s, int rc, struct error *e, const char *what)
{
    char where[256];
    snprintf(where, sizeof where, "%s: %s", s->conn->store->path,
             s->name ? s->name : "(composed statement)");
    return store_fault(e, rc, s->conn->db, where, what);
}

static struct stmt *find(const struct conn *c, const char *name, uint64_t hash)
{
    if (!c->bucket_count)
        return NULL;
    for (struct stmt *s = c->buckets[hash & (c->bucket_count - 1)]; s; s = s->next)
        if (s->hash == hash && strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

// Twice as many buckets. Without memory the old ones go on serving, a little slower.
static bool grow(struct conn *c)
{
    size_t count = c->bucket_count ? c->bucket_count * 2 : FIRST_BUCKETS;
    struct stmt **buckets = mem_alloc(count, sizeof *buckets);
    if (!buckets)
        return c->bucket_count > 0;
    for (size_t i = 0; i < c->bucket_count; i++)
        for (struct stmt *s = c->buckets[i], *next; s; s = next) {
            next = s->next;
            s->next = buckets[s->hash & (count - 1)];
            buckets[s->hash & (count - 1)] = s;
        }
    mem_free(c->buckets);
    c->buckets = buckets;
    c->bucket_count = count;
    return true;
}

static void stmt_free(struct stmt *s)
{
    sqlite3_finalize(s->handle);
    mem_free(s->name);
    mem_free(s);
}

static enum err stmt_new(struct conn *c, const char *name, struct str sql,
                         struct stmt **out, struct error *e)
{
    struct stmt *s = mem_alloc(1, sizeof *s);
    if (!s)
        return error_memory(e);
    s->conn = c;
    if (name) {
        size_t n = strlen(name) + 1;
        s->name = mem_alloc(n, 1);
        if (!s->name) {
            mem_free(s);
            return error_memory(e);
        }
        memcpy(s->name, name, n);
    }
    if (sql.n > INT32_MAX) {
        stmt_free(s);
        return error_set(e, ERR_LIMIT, "store.sql", c->store->path,
                         "a statement of %zu bytes is too long", sql.n);
    }
    const char *tail = NULL;
    int rc = sqlite3_prepare_v3(
        c->db, sql.p, (int)sql.n,
        name || sql.n <= STORE_SPARE_SQL ? SQLITE_PREPARE_PERSISTENT : 0, &s->handle,
        &tail);
    if (rc != SQLITE_OK) {
        enum err code = stmt_fault(s, rc, e, "prepare the statement");
        stmt_free(s);
        return code;
    }
    // An empty text gives no statement; a second statement would be dropped in silence.
    struct str rest = str_trim((struct str){tail, (size_t)(sql.p + sql.n - tail)});
    if (!s->handle || (rest.n && !str_equal_c(rest, ";"))) {
        stmt_free(s);
        return error_set(e, ERR_INTERNAL, "store.one_statement", c->store->path,
                         "expected exactly one SQL statement in \"%.200s\"",
                         name ? name : "(composed statement)");
    }
    s->reads = sqlite3_stmt_readonly(s->handle);
    *out = s;
    return ERR_OK;
}

static void make_ready(struct stmt *s)
{
    stmt_reset(s);
    sqlite3_clear_bindings(s->handle);
    s->bind_fault = SQLITE_OK;
    s->changes = 0;
}

enum err conn_stmt(struct conn *c, const char *name, const char *sql, struct stmt **out,
                   struct error *e)
{
    *out = NULL;
    uint64_t hash = str_hash(str_of(name), 0);
    struct stmt *s = find(c, name, hash);
    if (s) {
        assert(strcmp(sqlite3_sql(s->handle), sql) == 0);
        make_ready(s);
        *out = s;
        return ERR_OK;
    }
    if (c->named >= c->bucket_count && !grow(c))
        return error_memory(e);
    enum err code = stmt_new(c, name, str_of(sql), &s, e);
    if (code)
        return code;
    s->hash = hash;
    s->next = c->buckets[hash & (c->bucket_count - 1)];
    c->buckets[hash & (c->bucket_count - 1)] = s;
    c->named++;
    *out = s;
    return ERR_OK;
}

// The same questions are composed again and again, and to prepare one takes longer than
// many a one takes to answer.
static struct stmt *take_spare(struct conn *c, struct str sql, uint64_t hash)
{
    for (struct stmt **at = &c->spare; *at; at = &(*at)->next) {
        struct stmt *s = *at;
        if (s->hash != hash || !str_equal_c(sql, sqlite3_sql(s->handle)))
            continue;
        *at = s->next;
        s->next = NULL;
        c->spares--;
        return s;
    }
    return NULL;
}

static void give_spare(struct conn *c, struct stmt *s)
{
    make_ready(s);
    s->next = c->spare;
    c->spare = s;
    if (++c->spares <= STORE_SPARE_STATEMENTS)
        return;
    struct stmt **at = &c->spare;
    while ((*at)->next)
        at = &(*at)->next;
    stmt_free(*at);
    *at = NULL;
    c->spares--;
}

enum err conn_prepare(struct conn *c, struct str sql, struct stmt **out, struct error *e)
{
    uint64_t hash = str_hash(sql, 0);
    enum err code = ERR_OK;
    *out = take_spare(c, sql, hash);
    if (!*out)
        code = stmt_new(c, NULL, sql, out, e);
    if (code)
        return code;
    (*out)->hash = hash;
    c->unnamed++;
    return ERR_OK;
}

void stmt_finish(struct stmt *s)
{
    if (!s)
        return;
    if (s->name) {
        stmt_reset(s);
        return;
    }
    assert(s->conn->unnamed > 0);
    s->conn->unnamed--;
    if (strlen(sqlite3_sql(s->handle)) > STORE_SPARE_SQL)
        stmt_free(s);
    else
        give_spare(s->conn, s);
}

void conn_statements_free(struct conn *c)
{
    for (size_t i = 0; i < c->bucket_count; i++)
        for (struct stmt *s = c->buckets[i], *next; s; s = next) {
            next = s->next;
            stmt_free(s);
        }
    for (struct stmt *s = c->spare, *next; s; s = next) {
        next = s->next;
        stmt_free(s);
    }
    mem_free(c->buckets);
    c->buckets = NULL;
    c->spare = NULL;
    c->bucket_count = c->named = c->spares = 0;
}

void conn_settle(struct conn *c)
{
    assert(c->unnamed == 0);
    for (size_t i = 0; i < c->bucket_count; i++)
        for (struct stmt *s = c->buckets[i]; s; s = s->next)
            stmt_reset(s);
}

enum err conn_run(struct conn *c, const char *sql, struct error *e)
{
    while (*sql) {
        sqlite3_stmt *handle = NULL;
        const char *tail = NULL;
        int rc = sqlite3_prepare_v3(c->db, sql, -1, 0, &handle, &tail);
        if (rc != SQLITE_OK)
            return store_fault_conn(e, rc, c, "prepare the statement");
        sql = tail;
        if (!handle) // white space or a comment
            continue;
        rc = sqlite3_step(handle);
        enum err code = ERR_OK;
        if (rc == SQLITE_ROW)
            code = error_set(e, ERR_INTERNAL, "store.rows", c->store->path,
                             "a statement that gives rows cannot be run without reading "
                             "them: %.200s",
                             sqlite3_sql(handle));
        else if (rc != SQLITE_DONE)
            code = store_fault_conn(e, rc, c, "run the statement");
        sqlite3_finalize(handle);
        if (code)
            return code;
    }
    return ERR_OK;
}

// --- parameters

static inline void bound(struct stmt *s, int n, int rc)
{
    if (rc != SQLITE_OK && s->bind_fault == SQLITE_OK) {
        s->bind_fault = rc;
        s->bind_at = n;
    }
}

void stmt_bind_int(struct stmt *s, int n, int64_t value)
{
    bound(s, n, sqlite3_bind_int64(s->handle, n, value));
}

void stmt_bind_double(struct stmt *s, int n, double value)
{
    bound(s, n, sqlite3_bind_double(s->handle, n, value));
}

void stmt_bind_text(struct stmt *s, int n, struct str value)
{
    bound(s, n,
          value.p ? sqlite3_bind_text64(s->handle, n, value.p, value.n, SQLITE_STATIC,
                                        SQLITE_UTF8)
                  : sqlite3_bind_null(s->handle, n));
}

void stmt_bind_blob(struct stmt *s, int n, const void *p, size_t size)
{
    bound(s, n,
          p ? sqlite3_bind_blob64(s->handle, n, p, size, SQLITE_STATIC)
            : sqlite3_bind_null(s->handle, n));
}

void stmt_bind_null(struct stmt *s, int n)
{
    bound(s, n, sqlite3_bind_null(s->handle, n));
}

static enum err bind_failed(struct stmt *s, struct error *e)
{
    int rc = s->bind_fault;
    s->bind_fault = SQLITE_OK;
    if (rc == SQLITE_NOMEM || rc == SQLITE_TOOBIG)
        return stmt_fault(s, rc, e, "bind a value");
    return error_set(e, ERR_INTERNAL, "store.bind", s->conn->store->path,
                     "%s: cannot bind parameter %d of %d: %s",
                     s->name ? s->name : "(composed statement)", s->bind_at,
                     sqlite3_bind_parameter_count(s->handle), sqlite3_errstr(rc));
}

// --- running

enum err stmt_step(struct stmt *s, bool *row, struct error *e)
{
    *row = false;
    if (__builtin_expect(s->bind_fault != SQLITE_OK, 0)) {
        stmt_reset(s);
        return bind_failed(s, e);
    }
    if (__builtin_expect(
            atomic_load_explicit(&s->conn->store->cancelled, memory_order_relaxed), 0)) {
        stmt_reset(s);
        return store_cancelled(s->conn->store, e);
    }
    int rc = sqlite3_step(s->handle);
    if (rc == SQLITE_ROW) {
        s->running = *row = true;
        return ERR_OK;
    }
    enum err code = ERR_OK;
    if (rc == SQLITE_DONE)
        s->changes = s->reads ? 0 : sqlite3_changes64(s->conn->db);
    else if (rc != SQLITE_INTERRUPT || !(code = store_cancelled(s->conn->store, e)))
        code = stmt_fault(s, rc, e, s->reads ? "read" : "write");
    // Reset at once: no lock outlives the last row, and the next bind is allowed.
    sqlite3_reset(s->handle);
    s->running = false;
    return code;
}

enum err stmt_done(struct stmt *s, struct error *e)
{
    bool row;
    enum err code = stmt_step(s, &row, e);
    if (!code && row) {
        stmt_reset(s);
        code = error_set(e, ERR_INTERNAL, "store.rows", s->conn->store->path,
                         "%s gave a row where none was expected",
                         s->name ? s->name : "(composed statement)");
    }
    return code;
}

void stmt_reset(struct stmt *s)
{
    if (!s->running)
        return;
    sqlite3_reset(s->handle);
    s->running = false;
}

int64_t stmt_changes(struct stmt *s)
{
    return s->changes;
}

// --- columns

int stmt_columns(struct stmt *s)
{
    return sqlite3_column_count(s->handle);
}

const char *stmt_column_name(struct stmt *s, int n)
{
    const char *name = sqlite3_column_name(s->handle, n);
    return name ? name : "";
}

enum stmt_kind stmt_kind(struct stmt *s, int n)
{
    switch (sqlite3_column_type(s->handle, n)) {
    case SQLITE_INTEGER:
        return STMT_INT;
    case SQLITE_FLOAT:
        return STMT_DOUBLE;
    case SQLITE_TEXT:
        return STMT_TEXT;
    case SQLITE_BLOB:
        return STMT_BLOB;
    default:
        return STMT_NULL;
    }
}

int64_t stmt_int(struct stmt *s, int n)
{
    return sqlite3_column_int64(s->handle, n);
}

double stmt_double(struct stmt *s, int n)
{
    return sqlite3_column_double(s->handle, n);
}

struct str stmt_text(struct stmt *s, int n)
{
    const char *p = (const char *)sqlite3_column_text(s->handle, n);
    return (struct str){p, p ? (size_t)sqlite3_column_bytes(s->handle, n) : 0};
}

// A connection belongs to one thread and has no lock (SQLITE_OPEN_NOMUTEX), so its values
// may be looked at as they lie in the row.
struct sql_value stmt_value(struct stmt *s, int n)
{
    sqlite3_value *v = sqlite3_column_value(s->handle, n);
    const char *p;
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        return (struct sql_value){.kind = STMT_INT, .i = sqlite3_value_int64(v)};
    case SQLITE_FLOAT:
        return (struct sql_value){.kind = STMT_DOUBLE, .d = sqlite3_value_double(v)};
    case SQLITE_TEXT:
        p = (const char *)sqlite3_value_text(v);
        return (struct sql_value){.kind = STMT_TEXT,
                                  .s = {p, p ? (size_t)sqlite3_value_bytes(v) : 0}};
    case SQLITE_BLOB:
        return (struct sql_value){.kind = STMT_BLOB, .s = stmt_blob(s, n)};
    default:
        return (struct sql_value){.kind = STMT_NULL};
    }
}

struct str stmt_blob(struct stmt *s, int n)
{
    if (sqlite3_column_type(s->handle, n) == SQLITE_NULL)
        return (struct str){NULL, 0};
    const char *p = sqlite3_column_blob(s->handle, n);
    return (struct str){p ? p : "", p ? (size_t)sqlite3_column_bytes(s->handle, n) : 0};
}
