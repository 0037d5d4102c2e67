// SPDX-License-Identifier: AGPL-3.0-or-later
#include "world.h"

#include <math.h>
#include <string.h>

static struct str text_of(const json_t *o, const char *key)
{
    return str_of(json_string_value(json_object_get(o, key)));
}

static bool storage_named(struct str name, enum column_storage *out)
{
    static const struct {
        const char *name;
        enum column_storage storage;
    } known[] = {{"u8", COLUMN_U8},
                 {"u16", COLUMN_U16},
                 {"i32", COLUMN_I32},
                 {"i64", COLUMN_I64},
                 {"f64", COLUMN_F64}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_equal_c(name, known[i].name)) {
            *out = known[i].storage;
            return true;
        }
    return false;
}

static enum column_storage storage_for(enum type t)
{
    switch (t) {
    case TYPE_BOOL:
    case TYPE_CODE:
        return COLUMN_U8;
    case TYPE_DECIMAL:
        return COLUMN_F64;
    case TYPE_TEXT:
    case TYPE_NAME:
    case TYPE_PERIOD:
        return COLUMN_STR;
    default:
        return COLUMN_I32;
    }
}

static void read_codes(struct world *w, struct field *f, const json_t *codes)
{
    struct code *list = ARENA_ARRAY(&w->arena, struct code, json_array_size(codes));
    for (size_t i = 0; i < json_array_size(codes); i++) {
        const json_t *c = json_array_get(codes, i);
        list[i].value = text_of(c, "value");
        list[i].label = (struct label){text_of(c, "en"), text_of(c, "zh")};
    }
    f->codes = list;
    f->n_codes = json_array_size(codes);
}

static const struct code states[] = {{.value = {"current", 7}}, {.value = {"struck", 6}}};
static const struct code sources[] = {{.value = {"hospital", 8}},
                                      {.value = {"household", 9}}};

static void system_fields(struct field *f, bool visits)
{
    static const struct {
        const char *column;
        enum type type;
    } system[SYSTEM_FIELDS] = {
        {"id", TYPE_INT},         {"area", TYPE_AREA},    {"facility", TYPE_FACILITY},
        {"date", TYPE_DATE},      {"source", TYPE_CODE},  {"state", TYPE_CODE},
        {"version", TYPE_INT},    {"saved_by", TYPE_INT}, {"saved_at", TYPE_INT},
        {"fingerprint", TYPE_INT}};
    for (size_t i = 0; i < SYSTEM_FIELDS; i++)
        f[i] = (struct field){.name = str_of(system[i].column),
                              .column = str_of(system[i].column),
                              .type = system[i].type,
                              .system = true};
    f[FIELD_SOURCE].codes = sources;
    f[FIELD_STATE].codes = states;
    f[FIELD_SOURCE].n_codes = f[FIELD_STATE].n_codes = 2;
    if (visits) { // named by the pack, as `area: residence` does
        f[FIELD_AREA].name = STR("residence");
        f[FIELD_FACILITY].name = STR("clinic");
        f[FIELD_DATE].name = STR("born_on");
    }
}

static size_t size_of(enum column_storage s)
{
    static const size_t sizes[] = {[COLUMN_ABSENT] = 0,
                                   [COLUMN_U8] = 1,
                                   [COLUMN_U16] = 2,
                                   [COLUMN_I32] = 4,
                                   [COLUMN_I64] = 8,
                                   [COLUMN_F64] = 8,
                                   [COLUMN_STR] = sizeof(struct str)};
    return sizes[s];
}

static void read_register(struct world *w, int index, const char *name)
{
    struct reg *r = &w->registers[index];
    const json_t *json = json_object_get(json_object_get(w->json, "registers"), name);
    const json_t *fields = json_object_get(json, "fields"),
                 *rows = json_object_get(json, "rows");
    r->name = str_of(name);
    r->table = str_format(&w->arena, "r_%s", name);
    r->kind = (enum reg_kind)index;
    r->n_fields = SYSTEM_FIELDS + json_array_size(fields);
    struct field *f = ARENA_ARRAY(&w->arena, struct field, r->n_fields);
    system_fields(f, index == 0);
    w->columns[index] = ARENA_ARRAY(&w->arena, struct column, r->n_fields);
    for (size_t i = 0; i < r->n_fields; i++) {
        const json_t *said =
            i < SYSTEM_FIELDS ? NULL : json_array_get(fields, i - SYSTEM_FIELDS);
        f[i].index = i;
        if (said) {
            f[i].name = f[i].column = text_of(said, "name");
            f[i].identifies = json_is_true(json_object_get(said, "identifies"));
            struct str type = text_of(said, "type");
            for (int t = TYPE_BOOL; t <= TYPE_FACILITY; t++)
                if (str_equal_c(type, type_name((enum type)t)))
                    f[i].type = (enum type)t;
            if (f[i].type == TYPE_PERIOD)
                f[i].period_kind = PERIOD_MONTH;
            read_codes(w, &f[i], json_object_get(said, "codes"));
        }
        enum column_storage storage = storage_for(f[i].type);
        if (said)
            (void)storage_named(text_of(said, "storage"), &storage);
        void *data =
            arena_alloc(&w->arena, w->capacity + json_array_size(rows), size_of(storage));
        w->columns[index][i] = (struct column){storage, data};
    }
    r->fields = f;
    r->area = &f[FIELD_AREA];
    r->facility = &f[FIELD_FACILITY];
    r->date = &f[FIELD_DATE];
    w->n_rows[index] = json_array_size(rows);
}

static struct cell cell_of(const struct field *f, const json_t *v)
{
    struct cell c = {.null = !v || json_is_null(v)};
    struct error e;
    int32_t day;
    struct str text = str_of(json_string_value(v));
    if (c.null)
        return c;
    switch (f->type) {
    case TYPE_BOOL:
        c.i = json_is_true(v);
        break;
    case TYPE_DECIMAL:
        c.f = json_number_value(v);
        break;
    case TYPE_CODE:
        c.i = field_code(f, text);
        break;
    case TYPE_DATE:
        c.null = date_parse(text, &day, &e) != ERR_OK;
        c.i = day;
        break;
    case TYPE_TEXT:
    case TYPE_NAME:
    case TYPE_PERIOD:
        c.s = text;
        break;
    default:
        c.i = json_integer_value(v);
    }
    return c;
}

void world_set(struct world *w, int reg, const struct field *f, size_t row, struct cell v)
{
    const struct column *c = &w->columns[reg][f->index];
    void *data = (void *)(uintptr_t)c->data;
    switch (c->storage) {
    case COLUMN_U8:
        ((uint8_t *)data)[row] = v.null ? UINT8_MAX : (uint8_t)v.i;
        break;
    case COLUMN_U16:
        ((uint16_t *)data)[row] = v.null ? UINT16_MAX : (uint16_t)v.i;
        break;
    case COLUMN_I32:
        ((int32_t *)data)[row] = v.null ? INT32_MIN : (int32_t)v.i;
        break;
    case COLUMN_I64:
        ((int64_t *)data)[row] = v.null ? INT64_MIN : v.i;
        break;
    case COLUMN_F64:
        ((double *)data)[row] = v.null ? (double)NAN : v.f;
        break;
    default:
        ((struct str *)data)[row] = v.null ? (struct str){NULL, 0} : v.s;
    }
}

struct cell world_cell(const struct world *w, int reg, const struct field *f, size_t row)
{
    const struct column *c = &w->columns[reg][f->index];
    struct cell v = {0};
    switch (c->storage) {
    case COLUMN_U8:
        v.i = ((const uint8_t *)c->data)[row];
        v.null = v.i == UINT8_MAX;
        break;
    case COLUMN_U16:
        v.i = ((const uint16_t *)c->data)[row];
        v.null = v.i == UINT16_MAX;
        break;
    case COLUMN_I32:
        v.i = ((const int32_t *)c->data)[row];
        v.null = v.i == INT32_MIN;
        break;
    case COLUMN_I64:
        v.i = ((const int64_t *)c->data)[row];
        v.null = v.i == INT64_MIN;
        break;
    case COLUMN_F64:
        v.f = ((const double *)c->data)[row];
        v.null = isnan(v.f);
        break;
    default:
        v.s = ((const struct str *)c->data)[row];
        v.null = !v.s.p;
    }
    return v;
}

static void bind(sqlite3_stmt *s, int n, const struct field *f, struct cell v)
{
    char day[DATE_TEXT_SIZE];
    struct str text = v.s;
    if (v.null) {
        sqlite3_bind_null(s, n);
        return;
    }
    switch (f->type) {
    case TYPE_DECIMAL:
        sqlite3_bind_double(s, n, v.f);
        return;
    case TYPE_DATE:
        date_format((int32_t)v.i, day);
        text = str_of(day);
        break;
    case TYPE_CODE:
        text = f->codes[v.i].value;
        break;
    case TYPE_TEXT:
    case TYPE_NAME:
    case TYPE_PERIOD:
        break;
    case TYPE_AREA:
    case TYPE_FACILITY:
        v.i += WORLD_ID;
        sqlite3_bind_int64(s, n, v.i);
        return;
    default:
        sqlite3_bind_int64(s, n, v.i);
        return;
    }
    sqlite3_bind_text(s, n, text.p, (int)text.n, SQLITE_TRANSIENT);
}

static bool table_to_sql(struct world *w, int index)
{
    const struct reg *r = &w->registers[index];
    struct buf sql = BUF_INIT(100000);
    buf_printf(&sql, "DROP TABLE IF EXISTS " STR_FMT "; CREATE TABLE " STR_FMT " (",
               STR_ARG(r->table), STR_ARG(r->table));
    for (size_t i = 0; i < r->n_fields; i++) {
        enum type t = r->fields[i].type;
        bool text = t == TYPE_DATE || t == TYPE_CODE || storage_for(t) == COLUMN_STR;
        buf_printf(&sql, "%s\"" STR_FMT "\" %s", i ? ", " : "",
                   STR_ARG(r->fields[i].column),
                   i == FIELD_ID       ? "INTEGER PRIMARY KEY"
                   : t == TYPE_DECIMAL ? "REAL"
                   : text              ? "TEXT"
                                       : "INTEGER");
    }
    buf_add_c(&sql, ") STRICT;");
    bool ok =
        buf_c(&sql) && sqlite3_exec(w->db, buf_c(&sql), NULL, NULL, NULL) == SQLITE_OK;
    buf_clear(&sql);
    buf_printf(&sql, "INSERT INTO " STR_FMT " VALUES (?", STR_ARG(r->table));
    for (size_t i = 1; i < r->n_fields; i++)
        buf_add_c(&sql, ", ?");
    buf_add_c(&sql, ")");
    sqlite3_stmt *s = NULL;
    ok = ok && buf_c(&sql) &&
         sqlite3_prepare_v2(w->db, buf_c(&sql), -1, &s, NULL) == SQLITE_OK;
    for (size_t row = 0; ok && row < w->n_rows[index]; row++) {
        for (size_t i = 0; i < r->n_fields; i++)
            bind(s, (int)i + 1, &r->fields[i], world_cell(w, index, &r->fields[i], row));
        ok = sqlite3_step(s) == SQLITE_DONE;
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    buf_free(&sql);
    return ok;
}

bool world_to_sql(struct world *w)
{
    bool ok = sqlite3_exec(w->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK;
    for (int i = 0; i < WORLD_REGISTERS; i++)
        ok = ok && table_to_sql(w, i);
    return ok && sqlite3_exec(w->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

bool world_open(struct world *w, const char *path, size_t capacity)
{
    static const char *const names[WORLD_REGISTERS] = {"visits", "areas", "facilities"};
    *w = (struct world){.capacity = capacity};
    w->json = json_load_file(path, 0, NULL);
    if (!w->json || sqlite3_open(":memory:", &w->db) != SQLITE_OK)
        return false;
    arena_init(&w->arena, 0);
    struct error e;
    if (date_parse(text_of(w->json, "today"), &w->today, &e))
        return false;
    for (int i = 0; i < WORLD_REGISTERS; i++)
        read_register(w, i, names[i]);
    for (int i = 0; i < WORLD_REGISTERS; i++) {
        const json_t *rows = json_object_get(
            json_object_get(json_object_get(w->json, "registers"), names[i]), "rows");
        for (size_t row = 0; row < w->n_rows[i]; row++)
            for (size_t k = 0; k < w->registers[i].n_fields; k++) {
                const struct field *f = &w->registers[i].fields[k];
                char name[64] = {0};
                memcpy(name, f->name.p, f->name.n < 63 ? f->name.n : 63);
                struct cell v =
                    cell_of(f, json_object_get(json_array_get(rows, row), name));
                if (k == FIELD_ID)
                    v = (struct cell){.i = WORLD_ID + (int64_t)row};
                world_set(w, i, f, row, v);
            }
    }
    w->pack = (struct pack){.arena = &w->arena,
                            .registers = w->registers,
                            .n_registers = WORLD_REGISTERS,
                            .areas = &w->registers[1],
                            .facilities = &w->registers[2]};
    return world_to_sql(w);
}

void world_close(struct world *w)
{
    sqlite3_close(w->db);
    json_decref(w->json);
    arena_free(&w->arena);
}

struct batch world_batch(const struct world *w)
{
    return (struct batch){.columns = w->columns[0],
                          .n_rows = w->n_rows[0],
                          .today = w->today,
                          .areas = w->columns[1],
                          .facilities = w->columns[2]};
}
