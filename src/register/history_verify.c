// SPDX-License-Identifier: AGPL-3.0-or-later
// The proof: walks the log once, hashes every entry again, and holds each row against
// what the log says of it.
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "register/attachment.h"
#include "register/datum.h"
#include "register/history.h"
#include "register/history_private.h"
#include "register/ledger.h"

enum { MAX_COLUMNS = 2048 };

struct later { // one correction, strike or restore
    int64_t row, seq, at, who;
    int reg;
};

struct past { // what a column was called, or of which type, at some time
    int slot;
    struct str name; // empty: a type
    bool truth;      // else a number
    int64_t until;   // rows and changes up to this moment had it so
};

struct proved { // one register as the tables say it is
    struct str name;
    struct str columns[MAX_COLUMNS]; // with a slot, in their order
    int slots[MAX_COLUMNS];
    struct past *past;
    size_t n_past;
    bool widened; // some column once had another type
    int n_columns;
    struct stmt *row;
    int64_t inserts;
};

struct verify {
    struct arena *a;
    struct conn *conn;
    struct proved **regs;
    size_t n_regs;
    struct later *later;
    size_t n_later;
    struct arena row_arena; // values of the row in hand
    struct buf scratch, image;
    struct history_report *out;
};

// Only the first is kept: a broken file may have millions.
#define PROBLEM(v, ...)                                                                  \
    do {                                                                                 \
        if ((v)->out->problems++ == 0)                                                   \
            (v)->out->first_problem = str_format((v)->a, __VA_ARGS__);                   \
    } while (0)

static int find_reg(const struct verify *v, struct str name)
{
    for (size_t i = 0; i < v->n_regs; i++)
        if (str_equal(v->regs[i]->name, name))
            return (int)i;
    return -1;
}

static enum err open_register(struct verify *v, struct str name, struct proved **out,
                              struct error *e)
{
    struct proved *r = ARENA_NEW(v->a, struct proved);
    if (!r)
        return error_memory(e);
    r->name = name;
    struct stmt *s;
    enum err code =
        conn_stmt(v->conn, "verify.columns",
                  "SELECT column_name, slot FROM heng_columns WHERE register = ?"
                  " AND column_name NOT IN ('id', 'version', 'saved_by', 'saved_at')"
                  " ORDER BY slot",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, name);
    struct buf sql = BUF_INIT(1 << 20);
    buf_add_c(&sql, "SELECT version, saved_by, saved_at");
    for (bool row;
         !(code = stmt_step(s, &row, e)) && row && r->n_columns < MAX_COLUMNS;) {
        r->columns[r->n_columns] = str_copy(v->a, stmt_text(s, 0));
        r->slots[r->n_columns] = (int)stmt_int(s, 1);
        buf_printf(&sql, ", \"" STR_FMT "\"", STR_ARG(r->columns[r->n_columns]));
        if (!r->columns[r->n_columns].p)
            code = error_memory(e);
        r->n_columns++;
        if (code)
            break;
    }
    stmt_finish(s);
    buf_printf(&sql, " FROM \"r_" STR_FMT "\" WHERE id = ?", STR_ARG(name));
    if (!code)
        code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(v->conn, buf_str(&sql), &r->row, e);
    buf_free(&sql);
    *out = r;
    return code;
}

// Earlier names and types of a register's columns; few, and none in most files.
static enum err read_past(struct verify *v, struct proved *r, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(v->conn, "verify.past",
                  "SELECT slot, name, '', 0 FROM heng_column_names WHERE register = ?1"
                  " UNION ALL SELECT slot, '', type, until FROM heng_column_types"
                  " WHERE register = ?1",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, r->name);
    size_t capacity = 0;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        if (r->n_past == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            struct past *more = ARENA_ARRAY(v->a, struct past, capacity);
            if (!more) {
                code = error_memory(e);
                break;
            }
            for (size_t i = 0; i < r->n_past; i++)
                more[i] = r->past[i];
            r->past = more;
        }
        struct past *p = &r->past[r->n_past++];
        *p = (struct past){.slot = (int)stmt_int(s, 0),
                           .name = str_copy(v->a, stmt_text(s, 1)),
                           .truth = str_equal_c(stmt_text(s, 2), "bool"),
                           .until = stmt_int(s, 3)};
        if (!p->name.p) {
            code = error_memory(e);
            break;
        }
        r->widened |= !p->name.n;
    }
    stmt_finish(s);
    return code;
}

// A value as its column holds it today, in the canonical text that it had when it was
// saved: a column that became text may write 3.0 where the history hashed the number 3.
static struct str as_saved(const struct proved *r, int column, struct str text,
                           int64_t at, char space[DATUM_TEXT_SIZE])
{
    static const struct field whole = {.type = TYPE_INT},
                              decimal = {.type = TYPE_DECIMAL};
    for (size_t i = 0; text.p && r->widened && i < r->n_past; i++) {
        const struct past *p = &r->past[i];
        struct datum v = {0};
        if (p->name.n || p->slot != r->slots[column] || at > p->until)
            continue;
        if (p->truth && str_equal_c(text, "true"))
            return STR("1");
        if (p->truth && str_equal_c(text, "false"))
            return STR("0");
        if (str_to_int(text, &v.i))
            return datum_text(&whole, &v, NULL, space);
        if (str_to_double(text, &v.d))
            return datum_text(&decimal, &v, NULL, space);
    }
    return text;
}

static enum err open_registers(struct verify *v, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(v->conn, "verify.registers",
                  "SELECT DISTINCT register FROM heng_columns ORDER BY register", &s, e);
    if (code)
        return code;
    struct str names[1024];
    size_t n = 0;
    for (bool row; !(code = stmt_step(s, &row, e)) && row && n < 1024; n++) {
        names[n] = str_copy(v->a, stmt_text(s, 0));
        if (!names[n].p) {
            code = error_memory(e);
            break;
        }
    }
    stmt_finish(s);
    v->regs = ARENA_ARRAY(v->a, struct proved *, n + 1);
    if (!v->regs)
        return error_memory(e);
    for (size_t i = 0; !code && i < n; i++) {
        code = open_register(v, names[i], &v->regs[i], e);
        if (v->regs[i])
            v->n_regs++;
        if (!code)
            code = read_past(v, v->regs[i], e);
    }
    return code;
}

static int by_row(const void *a, const void *b)
{
    const struct later *x = a, *y = b;
    if (x->reg != y->reg)
        return x->reg - y->reg;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

// Corrections are few beside rows that came in once, so where they stand is kept in
// memory: 40 bytes each.
static enum err read_later(struct verify *v, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(v->conn, "verify.count_later",
                  "SELECT count(*) FROM heng_log WHERE change <> 'insert'", &s, e);
    bool row;
    if (!code)
        code = stmt_step(s, &row, e);
    if (code)
        return code;
    size_t n = row ? (size_t)stmt_int(s, 0) : 0;
    stmt_finish(s);
    v->later = ARENA_ARRAY(v->a, struct later, n + 1);
    if (!v->later)
        return error_memory(e);
    code = conn_stmt(v->conn, "verify.later",
                     "SELECT register, row, seq, at, who FROM heng_log"
                     " WHERE change <> 'insert' ORDER BY seq",
                     &s, e);
    if (code)
        return code;
    while (!(code = stmt_step(s, &row, e)) && row && v->n_later < n) {
        struct later *l = &v->later[v->n_later++];
        l->reg = find_reg(v, stmt_text(s, 0));
        l->row = stmt_int(s, 1);
        l->seq = stmt_int(s, 2);
        l->at = stmt_int(s, 3);
        l->who = stmt_int(s, 4);
    }
    stmt_finish(s);
    qsort(v->later, v->n_later, sizeof *v->later, by_row);
    return code;
}

// The column that an entry calls `name` and that holds `text`: by its name of today, or
// by one that it had when the entry was written. -1: there is none.
static int find_column(const struct proved *r, const char *name, struct str text,
                       const struct str *cells, int64_t at)
{
    char space[DATUM_TEXT_SIZE];
    for (int i = 0; i < r->n_columns; i++) {
        bool called = str_equal_c(r->columns[i], name);
        for (size_t k = 0; !called && k < r->n_past; k++)
            called = r->past[k].slot == r->slots[i] && str_equal_c(r->past[k].name, name);
        if (!called)
            continue;
        struct str is = as_saved(r, i, cells[i], at, space);
        if (!is.p == !text.p && str_equal(is, text))
            return i;
    }
    return -1;
}

static json_t *read_json(struct str text)
{
    return text.p ? json_loadb(text.p, text.n, 0, NULL) : NULL;
}

// The cells with `after` taken back to `before`; *good false when they do not hold it.
static enum err put_before(struct verify *v, const struct proved *r, int64_t at,
                           json_t *before, json_t *after, struct str *cells, bool *good,
                           struct error *e)
{
    const char *name;
    json_t *value;
    *good = json_is_object(after) && json_is_object(before);
    json_object_foreach(after, name, value)
    {
        struct str is = {json_string_value(value), json_string_length(value)};
        int k = find_column(r, name, is, cells, at);
        json_t *old = json_object_get(before, name);
        if (k < 0 || !old) {
            *good = false;
            continue;
        }
        cells[k] = (struct str){NULL, 0};
        if (json_is_null(old))
            continue;
        cells[k] = str_copy(
            &v->row_arena, (struct str){json_string_value(old), json_string_length(old)});
        if (!cells[k].p)
            return error_memory(e);
    }
    return ERR_OK;
}

// Takes one correction back: what the row holds must be its `after`; then it holds its
// `before`.
static enum err take_back(struct verify *v, const struct proved *r, const struct later *l,
                          struct str *cells, struct error *e)
{
    struct stmt *s;
    bool row, good = false;
    enum err code = conn_stmt(v->conn, "verify.texts",
                              "SELECT before, after FROM heng_log WHERE seq = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, l->seq);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        json_t *before = read_json(stmt_text(s, 0)), *after = read_json(stmt_text(s, 1));
        code = put_before(v, r, l->at, before, after, cells, &good, e);
        json_decref(after);
        json_decref(before);
    }
    stmt_finish(s);
    if (!code && !good)
        PROBLEM(v,
                STR_FMT ": row %lld does not hold what entry %lld of the history left in"
                        " it",
                STR_ARG(r->name), (long long)l->row, (long long)l->seq);
    return code;
}

static void later_of(const struct verify *v, int reg, int64_t row, size_t *from,
                     size_t *to)
{
    size_t low = 0, high = v->n_later;
    struct later key = {.reg = reg, .row = row, .seq = 0};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_row(&v->later[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *from = *to = low;
    while (*to < v->n_later && v->later[*to].reg == reg && v->later[*to].row == row)
        ++*to;
}

// The image of a row as it came in, into v->image; also holds the row as it is now
// against its last entry.
static enum err image_of(struct verify *v, int reg, int64_t id, int64_t at, int64_t who,
                         struct error *e)
{
    struct proved *r = v->regs[reg];
    struct str cells[MAX_COLUMNS];
    char space[DATUM_TEXT_SIZE], other[DATUM_TEXT_SIZE];
    buf_clear(&v->image);
    stmt_reset(r->row);
    stmt_bind_int(r->row, 1, id);
    bool row;
    enum err code = stmt_step(r->row, &row, e);
    if (code)
        return code;
    if (!row) {
        PROBLEM(v, STR_FMT ": row %lld is gone, and the history says it came in",
                STR_ARG(r->name), (long long)id);
        return ERR_OK;
    }
    size_t from, to;
    later_of(v, reg, id, &from, &to);
    const struct later *last = to > from ? &v->later[to - 1] : NULL;
    if (stmt_int(r->row, 0) != (int64_t)(to - from) + 1 ||
        stmt_int(r->row, 1) != (last ? last->who : who) ||
        stmt_int(r->row, 2) != (last ? last->at : at))
        PROBLEM(v,
                STR_FMT ": row %lld says another version, person or time than its"
                        " last entry in the history",
                STR_ARG(r->name), (long long)id);
    if (!last) { // the common case: straight into the image
        for (int i = 0; i < r->n_columns; i++) {
            struct str text = datum_stored_text(r->row, 3 + i, space);
            if (text.p)
                history_image_add(&v->image, r->slots[i],
                                  as_saved(r, i, text, at, other));
        }
        return buf_check(&v->image, e);
    }
    arena_reset(&v->row_arena);
    for (int i = 0; i < r->n_columns; i++) {
        cells[i] = datum_stored_text(r->row, 3 + i, space);
        if (cells[i].p && !(cells[i] = str_copy(&v->row_arena, cells[i])).p)
            return error_memory(e);
    }
    for (size_t k = to; k-- > from;)
        if ((code = take_back(v, r, &v->later[k], cells, e)) != ERR_OK)
            return code;
    for (int i = 0; i < r->n_columns; i++)
        if (cells[i].p)
            history_image_add(&v->image, r->slots[i],
                              as_saved(r, i, cells[i], at, space));
    return buf_check(&v->image, e);
}

static enum err walk_log(struct verify *v, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(v->conn, "verify.log",
                  "SELECT seq, at, who, register, row, change, before, after, reason,"
                  " hash FROM heng_log ORDER BY seq",
                  &s, e);
    if (code)
        return code;
    unsigned char hash[HISTORY_HASH] = {0};
    int64_t expected = 1;
    for (bool row; !(code = stmt_step(s, &row, e)) && row; expected++) {
        struct hashed x = {.seq = stmt_int(s, 0),
                           .at = stmt_int(s, 1),
                           .who = stmt_int(s, 2),
                           .reg = stmt_text(s, 3),
                           .row = stmt_int(s, 4),
                           .change = stmt_text(s, 5),
                           .before = stmt_text(s, 6),
                           .after = stmt_text(s, 7),
                           .reason = stmt_text(s, 8)};
        struct str is = stmt_blob(s, 9);
        if (x.seq != expected) {
            PROBLEM(v, "the history has no entry %lld; entries were removed",
                    (long long)expected);
            expected = x.seq;
        }
        int reg = find_reg(v, x.reg);
        if (reg < 0) {
            PROBLEM(v, "entry %lld is of a register that is not there", (long long)x.seq);
        } else if (str_equal_c(x.change, "insert")) {
            v->regs[reg]->inserts++;
            code = image_of(v, reg, x.row, x.at, x.who, e);
            if (code)
                break;
            x.image = buf_str(&v->image);
        }
        history_hash(&v->scratch, hash, &x);
        if (is.n != HISTORY_HASH || memcmp(is.p, hash, HISTORY_HASH) != 0) {
            PROBLEM(v,
                    "entry %lld (" STR_FMT " of row %lld in " STR_FMT
                    ") was altered, or the row was changed without the history",
                    (long long)x.seq, STR_ARG(x.change), (long long)x.row,
                    STR_ARG(x.reg));
            if (is.n == HISTORY_HASH)
                memcpy(hash, is.p,
                       HISTORY_HASH); // go on from here, to count all problems
        }
        v->out->entries++;
    }
    stmt_finish(s);
    sodium_bin2hex(v->out->head, sizeof v->out->head, hash, HISTORY_HASH);
    return code;
}

static enum err count_rows(struct verify *v, struct proved *r, struct error *e)
{
    struct str sql =
        str_format(v->a, "SELECT count(*) FROM \"r_" STR_FMT "\"", STR_ARG(r->name));
    struct stmt *s = NULL;
    enum err code = sql.p ? conn_prepare(v->conn, sql, &s, e) : error_memory(e);
    bool row;
    if (!code)
        code = stmt_step(s, &row, e);
    if (!code) {
        int64_t n = stmt_int(s, 0);
        v->out->rows += n;
        if (n > r->inserts)
            PROBLEM(v, STR_FMT " has %lld rows of which the history knows nothing",
                    STR_ARG(r->name), (long long)(n - r->inserts));
    }
    stmt_finish(s);
    return code;
}

static void tell(void *argument, const char *text)
{
    struct verify *v = argument;
    PROBLEM(v, "%s", text);
}

enum err history_verify(struct county *c, struct arena *a, struct history_report *out,
                        struct error *e)
{
    *out = (struct history_report){0};
    struct verify v = {.a = a,
                       .out = out,
                       .scratch = BUF_INIT((size_t)64 << 20),
                       .image = BUF_INIT((size_t)32 << 20)};
    arena_init(&v.row_arena, 0);
    enum err code = store_read_begin(c->store, &v.conn, e);
    if (!code)
        code = open_registers(&v, e);
    if (!code)
        code = read_later(&v, e);
    if (!code)
        code = walk_log(&v, e);
    for (size_t i = 0; !code && i < v.n_regs; i++)
        code = count_rows(&v, v.regs[i], e);
    if (!code)
        code = attachment_verify(v.conn, &out->attachments, out->attachments_head, tell,
                                 &v, e);
    if (!code)
        code = ledger_verify(v.conn, &out->ledger_entries, out->ledger_head, tell, &v, e);
    for (size_t i = 0; i < v.n_regs; i++)
        stmt_finish(v.regs[i]->row);
    arena_free(&v.row_arena);
    buf_free(&v.scratch);
    buf_free(&v.image);
    store_read_end(v.conn);
    if (code || !out->problems)
        return code;
    error_set(e, ERR_CORRUPT, "history.verify", store_path(c->store),
              STR_FMT " (%lld problem%s)", STR_ARG(out->first_problem),
              (long long)out->problems, out->problems == 1 ? "" : "s");
    return error_cure(
        e, "restore a backup made before the change, and find out who can write to "
           "the file");
}
