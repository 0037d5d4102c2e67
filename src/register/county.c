// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/county.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chinese.h"
#include "pack/pack.h"
#include "register/history.h"

// --- slots

struct slot_of {
    int slot;
    size_t index;
};

static int by_slot(const void *a, const void *b)
{
    return ((const struct slot_of *)a)->slot - ((const struct slot_of *)b)->slot;
}

static enum err load_slots(struct county *c, struct conn *conn, const struct reg *r,
                           struct reg_slots *out, struct error *e)
{
    int *slot = ARENA_ARRAY(&c->arena, int, r->n_fields);
    size_t *order = ARENA_ARRAY(&c->arena, size_t, r->n_fields);
    struct slot_of *list = ARENA_ARRAY(&c->arena, struct slot_of, r->n_fields);
    if (!slot || !order || !list)
        return error_memory(e);
    for (size_t i = 0; i < r->n_fields; i++)
        slot[i] = -1;
    struct stmt *s;
    enum err code =
        conn_stmt(conn, "county.slots",
                  "SELECT column_name, slot FROM heng_columns WHERE register = ?"
                  " AND column_name NOT IN ('id', 'version', 'saved_by', 'saved_at')",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, r->name);
    size_t n = 0;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        for (size_t i = 0; i < r->n_fields; i++) {
            if (!str_equal(r->fields[i].column, stmt_text(s, 0)))
                continue;
            slot[i] = (int)stmt_int(s, 1);
            list[n++] = (struct slot_of){slot[i], i};
            break;
        }
    }
    stmt_finish(s);
    qsort(list, n, sizeof *list, by_slot);
    for (size_t i = 0; i < n; i++)
        order[i] = list[i].index;
    *out = (struct reg_slots){.slot = slot, .order = order, .n = n};
    return code;
}

const struct reg_slots *county_slots(const struct county *c, const struct reg *r)
{
    return &c->slots[r - c->pack->registers];
}

// --- opening

// Ids must grow even if the clock was set back since the last one.
static enum err last_id(struct county *c, struct conn *conn, int64_t *out,
                        struct error *e)
{
    *out = 0;
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < c->pack->n_registers; i++) {
        struct str sql = str_format(&c->arena, "SELECT max(id) FROM \"" STR_FMT "\"",
                                    STR_ARG(c->pack->registers[i].table));
        struct stmt *s = NULL;
        bool row;
        code = sql.p ? conn_prepare(conn, sql, &s, e) : error_memory(e);
        if (!code && (code = stmt_step(s, &row, e)) == ERR_OK && stmt_int(s, 0) > *out)
            *out = stmt_int(s, 0);
        stmt_finish(s);
    }
    return code;
}

static enum err load(struct county *c, struct conn *conn, struct error *e)
{
    struct pack_file *files;
    size_t n;
    enum err code = pack_files_from_store(&c->arena, conn, &files, &n, e);
    if (!code)
        code = pack_compile(&c->arena, files, n, &c->pack, NULL, e);
    if (code)
        return code;
    c->slots = ARENA_ARRAY(&c->arena, struct reg_slots, c->pack->n_registers + 1);
    if (!c->slots)
        return error_memory(e);
    for (size_t i = 0; !code && i < c->pack->n_registers; i++)
        code = load_slots(c, conn, &c->pack->registers[i], &c->slots[i], e);
    int64_t last = 0;
    if (!code)
        code = last_id(c, conn, &last, e);
    c->ids = id_source_from(0, last);
    if (!code)
        code = places_load(&c->places_arena, c->pack, conn, &c->places, e);
    return code;
}

// A file of an older Heng gets the tables and indexes that have come since.
static enum err update_job(struct conn *conn, void *argument, struct error *e)
{
    const struct county *c = argument;
    enum err code = access_migrate(conn, e);
    if (!code)
        code = history_migrate(conn, e);
    return code ? code : pack_index(conn, c->pack, e);
}

enum err county_open(struct county **out, const char *path, enum store_mode mode,
                     struct error *e)
{
    struct county *c = mem_alloc(1, sizeof *c);
    if (!c)
        return error_memory(e);
    arena_init(&c->arena, 0);
    arena_init(&c->places_arena, 0);
    struct conn *conn = NULL;
    enum err code = store_open(&c->store, path, mode, e);
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = load(c, conn, e);
    store_read_end(conn);
    if (!code && mode != STORE_READ)
        code = store_write(c->store, update_job, c, e);
    if (code) {
        county_close(c);
        return code;
    }
    *out = c;
    return ERR_OK;
}

void county_close(struct county *c)
{
    if (!c)
        return;
    store_close(c->store);
    chinese_close(c->readings);
    arena_free(&c->places_arena);
    arena_free(&c->arena);
    mem_free(c);
}

enum err county_reload_places(struct county *c, struct error *e)
{
    struct arena fresh;
    struct places *places;
    struct conn *conn;
    arena_init(&fresh, 0);
    enum err code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = places_load(&fresh, c->pack, conn, &places, e);
    store_read_end(conn);
    if (code) {
        arena_free(&fresh);
        return code;
    }
    arena_free(&c->places_arena);
    c->places_arena = fresh;
    c->places = places;
    return ERR_OK;
}

enum err county_reload_pack(struct county *c, struct error *e)
{
    struct county fresh = {.store = c->store};
    struct conn *conn;
    arena_init(&fresh.arena, 0);
    arena_init(&fresh.places_arena, 0);
    enum err code = store_read_begin(c->store, &conn, e);
    if (!code) {
        code = load(&fresh, conn, e);
        store_read_end(conn);
    }
    struct county old = fresh;
    if (!code) {
        old = *c;
        fresh.ids = c->ids; // the writer's, and past every id that was given out
        fresh.readings = c->readings;
        *c = fresh;
    }
    arena_free(&old.places_arena);
    arena_free(&old.arena);
    return code;
}

enum err county_register(const struct county *c, struct str name, const struct reg **out,
                         struct error *e)
{
    *out = pack_register(c->pack, name);
    if (*out)
        return ERR_OK;
    struct buf list = BUF_INIT(700);
    for (size_t i = 0; i < c->pack->n_registers && list.n < 600; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "",
                   STR_ARG(c->pack->registers[i].name));
    error_set(e, ERR_NOT_FOUND, "register.unknown", NULL,
              "there is no register '" STR_FMT "'", STR_ARG(name));
    error_cure(e, "the pack " STR_FMT " has: " STR_FMT, STR_ARG(c->pack->name),
               STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

// --- making

struct making {
    struct arena *arena;
    const struct pack *pack;
    const struct pack_file *files;
    size_t n_files;
};

static enum err make_job(struct conn *conn, void *argument, struct error *e)
{
    struct making *m = argument;
    enum err code = access_migrate(conn, e);
    if (!code)
        code = history_migrate(conn, e);
    struct plan plan;
    if (!code)
        code = pack_plan(m->arena, conn, m->pack, &plan, e);
    if (!code)
        code = pack_apply(conn, m->pack, m->files, m->n_files, &plan, e);
    return code;
}

static enum err make_in(const char *path, struct making *m, struct error *e)
{
    struct store *store;
    enum err code = store_open(&store, path, STORE_CREATE, e);
    if (code)
        return code;
    code = store_write(store, make_job, m, e);
    store_close(store);
    if (code) {
        unlink(path);
        static const char *const beside[] = {"-wal", "-shm"};
        for (size_t i = 0; i < 2; i++) {
            struct str name = str_format(m->arena, "%s%s", path, beside[i]);
            if (name.p)
                unlink(name.p);
        }
    }
    return code;
}

enum err county_create(const char *path, const char *pack_folder, struct error *e)
{
    struct arena a;
    arena_init(&a, 0);
    struct making m = {.arena = &a};
    struct pack_file *files;
    struct pack *pack;
    enum err code = pack_files_from_folder(&a, pack_folder, &files, &m.n_files, e);
    if (!code)
        code = pack_compile(&a, files, m.n_files, &pack, NULL, e);
    if (!code) {
        m.pack = pack;
        m.files = files;
        code = make_in(path, &m, e);
    }
    arena_free(&a);
    return code;
}
