// SPDX-License-Identifier: AGPL-3.0-or-later
// Taking an import back, entry by entry of the history, last one first.
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "register/attachment.h"
#include "register/datum.h"
#include "register/history.h"
#include "register/imports_private.h"
#include "register/rights.h"

// --- what stands in the way

struct asking {
    struct county *county;
    struct conn *conn;
    const struct access *who;
    const struct imports_entry *entry;
    struct arena *arena;
    enum imports_undo *out;
    struct label *why;
};

static enum err say(struct asking *q, enum imports_undo is, struct str en, struct str zh,
                    struct error *e)
{
    *q->out = is;
    *q->why = (struct label){en, zh};
    return en.p && zh.p ? ERR_OK : error_memory(e);
}

// Entries of imports that were taken back themselves left the rows as they were.
#define NOT_UNDONE                                                                       \
    " AND NOT EXISTS (SELECT 1 FROM heng_imports i WHERE i.undone_at IS NOT NULL"        \
    " AND (x.seq BETWEEN i.first AND i.last OR x.seq BETWEEN i.undo_first AND"           \
    " i.undo_last))"

static enum err ask_changed(struct asking *q, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(q->conn, "undo.changed",
                              "SELECT x.row, x.change FROM heng_log l CROSS JOIN heng_log"
                              " x WHERE l.seq BETWEEN ?1 AND ?2 AND x.register ="
                              " l.register AND x.row = l.row AND x.change <> 'insert'"
                              " AND x.seq > ?2" NOT_UNDONE " LIMIT 1",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, q->entry->first);
    stmt_bind_int(s, 2, q->entry->last);
    code = stmt_step(s, &row, e);
    long long id = !code && row ? (long long)stmt_int(s, 0) : 0;
    stmt_finish(s);
    if (code || !id)
        return code;
    return say(
        q, UNDO_CHANGED,
        str_format(q->arena,
                   "rows were changed since, row %lld for one; take those changes"
                   " back first, or strike rows one by one",
                   id),
        str_format(q->arena,
                   "导入之后有行被更改（例如第 %lld 行）；请先撤回这些更改，或逐行作废",
                   id),
        e);
}

#define INSERTED                                                                         \
    "(SELECT l.row FROM heng_log l WHERE l.seq BETWEEN ?1 AND ?2 AND l.change ="         \
    " 'insert')"

// The first row that a question about the import's rows finds; 0: none.
static enum err first_row(struct asking *q, struct str sql, int64_t *id, struct error *e)
{
    struct stmt *s = NULL;
    bool row = false;
    enum err code = sql.p ? conn_prepare(q->conn, sql, &s, e) : error_memory(e);
    if (code)
        return code;
    stmt_bind_int(s, 1, q->entry->first);
    stmt_bind_int(s, 2, q->entry->last);
    code = stmt_step(s, &row, e);
    *id = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

static enum err pointed(struct asking *q, const struct reg *r, int64_t id,
                        struct error *e)
{
    bool areas = q->entry->reg->kind == REG_AREAS;
    return say(q, UNDO_POINTED,
               str_format(q->arena,
                          "rows of other registers point to its %s: row %lld of “" STR_FMT
                          "” for one; take these back or strike them first",
                          areas ? "areas" : "facilities", (long long)id,
                          STR_ARG(r->label.en)),
               str_format(q->arena,
                          "其他登记册的行指向其中的%s（例如“" STR_FMT
                          "”第 %lld 行）；请先撤销或作废这些行",
                          areas ? "地区" : "机构", STR_ARG(r->label.zh), (long long)id),
               e);
}

static enum err ask_pointed_by(struct asking *q, const struct reg *r, struct error *e)
{
    const struct reg *own = q->entry->reg;
    enum type wanted = own->kind == REG_AREAS ? TYPE_AREA : TYPE_FACILITY;
    enum err code = ERR_OK;
    for (size_t i = 0; !code && *q->out == UNDO_MAY && i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        bool by_code = own->kind == REG_AREAS && r == own &&
                       str_equal_c(f->name, "parent") && f->type == TYPE_TEXT;
        int64_t id;
        if (f->type != wanted && !by_code)
            continue;
        struct str among = STR(INSERTED);
        if (by_code) // an area names the one above by its code
            among = str_format(q->arena,
                               "(SELECT a.\"code\" FROM \"" STR_FMT
                               "\" a WHERE a.id IN " INSERTED ")",
                               STR_ARG(own->table));
        code = first_row(q,
                         str_format(q->arena,
                                    "SELECT t.id FROM \"" STR_FMT
                                    "\" t WHERE t.state = 'current' AND t.\"" STR_FMT
                                    "\" IN " STR_FMT "%s LIMIT 1",
                                    STR_ARG(r->table), STR_ARG(f->column), STR_ARG(among),
                                    r == own ? " AND t.id NOT IN " INSERTED : ""),
                         &id, e);
        if (!code && id)
            code = pointed(q, r, id, e);
    }
    return code;
}

// Someone whose role is for an area would be locked out with it.
static enum err ask_roles(struct asking *q, struct error *e)
{
    bool there;
    int64_t user = 0;
    enum reg_kind kind = q->entry->reg->kind;
    const char *table = kind == REG_AREAS ? "heng_account_roles" : "heng_facility_roles";
    enum err code = history_has_table(q->conn, table, &there, e);
    if (code || !there)
        return code;
    code = first_row(q,
                     kind == REG_AREAS
                         ? STR("SELECT t.user FROM heng_account_roles t WHERE t.area"
                               " IN " INSERTED " LIMIT 1")
                         : STR("SELECT t.user FROM heng_facility_roles t WHERE"
                               " t.facility IN " INSERTED " LIMIT 1"),
                     &user, e);
    if (code || !user)
        return code;
    return say(q, UNDO_POINTED,
               kind == REG_AREAS
                   ? STR("people's roles are for its areas; give them other areas first")
                   : STR("people's roles are for its facilities; give them others first"),
               kind == REG_AREAS ? STR("有人员的角色限于其中的地区；请先为其更换地区")
                                 : STR("有人员的角色限于其中的机构；请先为其更换机构"),
               e);
}

static enum err ask_pointed(struct asking *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    enum err code = ERR_OK;
    if (q->entry->reg->kind == REG_ROWS)
        return ERR_OK;
    for (size_t i = 0; !code && *q->out == UNDO_MAY && i < p->n_registers; i++)
        code = ask_pointed_by(q, &p->registers[i], e);
    return code || *q->out != UNDO_MAY ? code : ask_roles(q, e);
}

static enum err ask_attached(struct asking *q, struct error *e)
{
    bool there;
    int64_t id = 0;
    enum err code = history_has_table(q->conn, "heng_attachments", &there, e);
    if (code || !there)
        return code;
    code = first_row(q,
                     str_format(q->arena,
                                "SELECT t.row FROM heng_attachments t WHERE"
                                " t.struck_at IS NULL AND t.register = '" STR_FMT
                                "' AND t.row IN " INSERTED " LIMIT 1",
                                STR_ARG(q->entry->reg->name)),
                     &id, e);
    if (code || !id)
        return code;
    return say(q, UNDO_ATTACHED,
               str_format(q->arena,
                          "files are attached to its rows, to row %lld for one; strike"
                          " these files first",
                          (long long)id),
               str_format(q->arena,
                          "其中的行带有附件（例如第 %lld 行）；请先作废这些附件",
                          (long long)id),
               e);
}

// Whether every row is one that the caller may bring in.
static enum err ask_areas(struct asking *q, struct error *e)
{
    const struct reg *r = q->entry->reg;
    const struct places *p = q->county->places;
    int64_t outside = 0;
    if (rights_import_all(q->who, r))
        return ERR_OK;
    struct str sql = str_format(q->arena,
                                "SELECT DISTINCT t.area, t.facility FROM \"" STR_FMT
                                "\" t WHERE t.id IN (SELECT l.row FROM heng_log l WHERE"
                                " l.seq BETWEEN ?1 AND ?2)",
                                STR_ARG(r->table));
    struct stmt *s = NULL;
    enum err code = sql.p ? conn_prepare(q->conn, sql, &s, e) : error_memory(e);
    if (code)
        return code;
    stmt_bind_int(s, 1, q->entry->first);
    stmt_bind_int(s, 2, q->entry->last);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        int32_t area = stmt_int(s, 0) ? places_area_index(p, stmt_int(s, 0)) : -1;
        int32_t facility = stmt_int(s, 1) ? places_facility_index(p, stmt_int(s, 1)) : -1;
        outside += !rights_import(p, q->who, r, area, facility);
    }
    stmt_finish(s);
    if (code || !outside)
        return code;
    return say(q, UNDO_FORBIDDEN,
               STR("some of its rows lie outside your areas and facilities; ask someone"
                   " who answers for all of them"),
               STR("其中有些行不在您负责的地区或机构内；请由负责全部地区的人员撤销"), e);
}

static enum err ask_plain(struct asking *q, struct error *e)
{
    const struct imports_entry *x = q->entry;
    if (!x->saved)
        return say(q, UNDO_NOT_SAVED, STR("it was not saved"), STR("尚未保存"), e);
    if (x->undone_at)
        return say(q, UNDO_DONE, STR("it was undone already"), STR("已经撤销"), e);
    if (x->first && x->last < x->first)
        return say(q, UNDO_EMPTY, STR("it changed nothing"), STR("未更改任何数据"), e);
    if (!x->first || !x->reg)
        return say(
            q, UNDO_OLD,
            STR("which rows it wrote is not known: it was made by an older Heng, or"
                " the pack has lost its register"),
            STR("无法得知它写入了哪些行：由旧版本导入，或业务包已无该登记册"), e);
    if (access_import(q->who, x->reg, NULL))
        return say(q, UNDO_FORBIDDEN, STR("you may not enter rows of this register"),
                   STR("您无权录入该登记册"), e);
    return ERR_OK;
}

static enum err ask(struct asking *q, struct error *e)
{
    *q->out = UNDO_MAY;
    *q->why = (struct label){STR(""), STR("")};
    static enum err (*const questions[])(struct asking *, struct error *) = {
        ask_plain, ask_areas, ask_changed, ask_attached, ask_pointed};
    enum err code = ERR_OK;
    for (size_t i = 0; !code && *q->out == UNDO_MAY && i < 5; i++)
        code = questions[i](q, e);
    return code;
}

enum err imports_may_undo(struct county *c, const struct access *who,
                          const struct imports_entry *entry, struct arena *a,
                          enum imports_undo *out, struct label *why, struct error *e)
{
    struct asking q = {
        .county = c, .who = who, .entry = entry, .arena = a, .out = out, .why = why};
    enum err code = store_read_begin(c->store, &q.conn, e);
    if (code)
        return code;
    code = ask(&q, e);
    store_read_end(q.conn);
    return code;
}

// --- taking back

struct undoing {
    struct county *county;
    const struct access *who;
    int64_t id;
    struct str reason;
    struct imports_undone *out;
    struct arena arena; // of the job
    struct arena row;   // of the entry in hand
    struct conn *conn;
    struct imports_entry entry;
    struct history history;
    int64_t first, at;
    struct str why; // of every entry
    struct stmt *look, *strike;
};

static enum err changed_meanwhile(const struct undoing *u, int64_t row, struct error *e)
{
    return error_set(e, ERR_CORRUPT, "import.undo", NULL,
                     "row %lld of " STR_FMT " is not as the history says", (long long)row,
                     STR_ARG(u->entry.register_name));
}

static enum err append(struct undoing *u, enum history_change change, int64_t row,
                       struct str before, struct str after, struct error *e)
{
    return history_append(&u->history,
                          &(struct history_entry){.change = change,
                                                  .reg = u->entry.reg,
                                                  .row = row,
                                                  .at = u->at,
                                                  .who = u->who->user,
                                                  .before = before,
                                                  .after = after,
                                                  .reason = u->why},
                          e);
}

// A row that the import inserted. Without its fingerprint (0) no later file finds it.
static enum err strike(struct undoing *u, int64_t row, struct error *e)
{
    bool there = false;
    char before[128];
    stmt_bind_int(u->look, 1, row);
    enum err code = stmt_step(u->look, &there, e);
    bool current = !code && there && str_equal_c(stmt_text(u->look, 0), "current");
    int64_t print = current ? stmt_int(u->look, 1) : 0;
    snprintf(before, sizeof before, "{\"state\":\"current\",\"fingerprint\":\"%lld\"}",
             (long long)print);
    stmt_reset(u->look);
    if (code || !current)
        return code ? code : changed_meanwhile(u, row, e);
    stmt_bind_int(u->strike, 1, u->who->user);
    stmt_bind_int(u->strike, 2, u->at);
    stmt_bind_int(u->strike, 3, row);
    code = stmt_done(u->strike, e);
    if (code)
        return code;
    u->out->struck++;
    return append(u, HISTORY_STRIKE, row, str_of(before),
                  STR("{\"state\":\"struck\",\"fingerprint\":\"0\"}"), e);
}

enum { MOST_NAMESAKES = 8 };

static enum err no_column(const struct undoing *u, const char *name, struct error *e)
{
    error_set(e, ERR_CONFLICT, "import.undo", NULL,
              "'%s' of " STR_FMT " is not what it was when the import corrected it", name,
              STR_ARG(u->entry.reg->name));
    return error_cure(e, "correct the rows one by one");
}

// Does the row hold in this column what the import left there?
static enum err holds(struct undoing *u, int64_t row, struct str column, struct str text,
                      bool *out, struct error *e)
{
    struct str sql =
        str_format(&u->row, "SELECT \"" STR_FMT "\" FROM \"" STR_FMT "\" WHERE id = ?",
                   STR_ARG(column), STR_ARG(u->entry.reg->table));
    struct stmt *s = NULL;
    char space[DATUM_TEXT_SIZE];
    bool there = false;
    double x, y;
    enum err code = sql.p ? conn_prepare(u->conn, sql, &s, e) : error_memory(e);
    if (code)
        return code;
    stmt_bind_int(s, 1, row);
    code = stmt_step(s, &there, e);
    struct str is = there ? datum_stored_text(s, 0, space) : (struct str){NULL, 0};
    // a number in a column that became text may have another form
    *out = (!is.p == !text.p && str_equal(is, text)) ||
           (is.p && text.p && str_to_double(is, &x) && str_to_double(text, &y) && x == y);
    stmt_finish(s);
    return code;
}

static enum err namesakes(struct undoing *u, const char *name,
                          struct str list[MOST_NAMESAKES], size_t *n, struct error *e)
{
    struct stmt *s;
    *n = 0;
    enum err code =
        conn_stmt(u->conn, "undo.column",
                  "SELECT c.column_name FROM heng_columns c WHERE c.register ="
                  " ?1 AND (c.column_name = ?2 OR EXISTS (SELECT 1 FROM"
                  " heng_column_names n WHERE n.register = c.register AND"
                  " n.slot = c.slot AND n.name = ?2))",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, u->entry.reg->name);
    stmt_bind_text(s, 2, str_of(name));
    for (bool is; *n < MOST_NAMESAKES && !(code = stmt_step(s, &is, e)) && is; ++*n)
        if (!(list[*n] = str_copy(&u->row, stmt_text(s, 0))).p) {
            code = error_memory(e);
            break;
        }
    stmt_finish(s);
    return code;
}

// The column that an entry of the history calls so, as it is called today. Where a new
// field has taken the name of a renamed one, it is the one that holds what was left in
// it.
static enum err column_today(struct undoing *u, int64_t row, const char *name,
                             struct str after, struct str *out, struct error *e)
{
    struct str list[MOST_NAMESAKES];
    size_t n, fits = 0;
    enum err code = namesakes(u, name, list, &n, e);
    for (size_t i = 0; !code && i < n; i++) {
        bool is = n == 1;
        if (!is)
            code = holds(u, row, list[i], after, &is, e);
        fits += is;
        if (is)
            *out = list[i];
    }
    return code || fits == 1 ? code : no_column(u, name, e);
}

// What the columns hold, as the history writes it.
static enum err held(struct undoing *u, struct str select, int64_t row,
                     const struct str *columns, size_t n, struct buf *out,
                     struct error *e)
{
    struct stmt *s;
    bool there = false;
    char space[DATUM_TEXT_SIZE];
    enum err code = conn_prepare(u->conn, select, &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, row);
    code = stmt_step(s, &there, e);
    if (!code && !there)
        code = changed_meanwhile(u, row, e);
    struct json_writer j = json_on(out);
    json_put_object(&j);
    for (size_t i = 0; !code && i < n; i++) {
        struct str text = datum_stored_text(s, (int)i, space);
        json_put_key(&j, columns[i]);
        if (text.p)
            json_put_string(&j, text);
        else
            json_put_null(&j);
    }
    json_put_object_end(&j);
    stmt_finish(s);
    return code ? code : buf_check(out, e);
}

static enum err set_columns(struct undoing *u, struct str update, int64_t row,
                            const struct str *texts, size_t n, struct error *e)
{
    struct stmt *s;
    enum err code = conn_prepare(u->conn, update, &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, u->who->user);
    stmt_bind_int(s, 2, u->at);
    stmt_bind_int(s, 3, row);
    for (size_t i = 0; i < n;
         i++) // a STRICT column turns a number's text into the number
        stmt_bind_text(s, (int)i + 4, texts[i]);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) != 1)
        code = changed_meanwhile(u, row, e);
    stmt_finish(s);
    return code;
}

static enum err put_back_columns(struct undoing *u, int64_t row,
                                 const struct str *columns, const struct str *texts,
                                 size_t n, struct error *e)
{
    struct buf select = BUF_INIT(1 << 20), update = BUF_INIT(1 << 20),
               before = BUF_INIT(16 << 20), after = BUF_INIT(16 << 20);
    buf_add_c(&select, "SELECT ");
    buf_printf(&update,
               "UPDATE \"" STR_FMT "\" SET version = version + 1, saved_by = ?1, saved_at"
               " = ?2",
               STR_ARG(u->entry.reg->table));
    for (size_t i = 0; i < n; i++) {
        buf_printf(&select, "%s\"" STR_FMT "\"", i ? ", " : "", STR_ARG(columns[i]));
        buf_printf(&update, ", \"" STR_FMT "\" = ?%zu", STR_ARG(columns[i]), i + 4);
    }
    buf_printf(&select, " FROM \"" STR_FMT "\" WHERE id = ?",
               STR_ARG(u->entry.reg->table));
    buf_add_c(&update, " WHERE id = ?3");
    enum err code = buf_check(&select, e);
    if (!code)
        code = buf_check(&update, e);
    if (!code)
        code = held(u, buf_str(&select), row, columns, n, &before, e);
    if (!code)
        code = set_columns(u, buf_str(&update), row, texts, n, e);
    if (!code)
        code = held(u, buf_str(&select), row, columns, n, &after, e);
    if (!code)
        code = append(u, HISTORY_CORRECT, row, buf_str(&before), buf_str(&after), e);
    buf_free(&select);
    buf_free(&update);
    buf_free(&before);
    buf_free(&after);
    return code;
}

// A row that the import corrected.
static enum err put_back(struct undoing *u, int64_t row, struct str before,
                         struct str after, struct error *e)
{
    json_t *was = before.p ? json_loadb(before.p, before.n, 0, NULL) : NULL, *value;
    json_t *left = after.p ? json_loadb(after.p, after.n, 0, NULL) : NULL;
    size_t n = json_object_size(was), i = 0;
    const char *name;
    struct str *columns = ARENA_ARRAY(&u->row, struct str, n + 1);
    struct str *texts = ARENA_ARRAY(&u->row, struct str, n + 1);
    enum err code = columns && texts ? ERR_OK : error_memory(e);
    if (!code && !n)
        code = changed_meanwhile(u, row, e);
    if (!code) {
        json_object_foreach(was, name, value)
        {
            texts[i] = (struct str){json_string_value(value), json_string_length(value)};
            const json_t *now = json_object_get(left, name);
            struct str text = {json_string_value(now), json_string_length(now)};
            code = column_today(u, row, name, text, &columns[i++], e);
            if (code)
                break;
        }
    }
    if (!code)
        code = put_back_columns(u, row, columns, texts, n, e);
    json_decref(was);
    json_decref(left);
    if (!code)
        u->out->put_back++;
    return code;
}

static enum err undo_entries(struct undoing *u, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(u->conn, "undo.entries",
                  "SELECT row, change, before, after FROM heng_log WHERE seq BETWEEN"
                  " ? AND ? ORDER BY seq DESC",
                  &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, u->entry.first);
    stmt_bind_int(s, 2, u->entry.last);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        arena_reset(&u->row);
        if (str_equal_c(stmt_text(s, 1), "insert"))
            code = strike(u, stmt_int(s, 0), e);
        else
            code = put_back(u, stmt_int(s, 0), stmt_text(s, 2), stmt_text(s, 3), e);
        if (code)
            break;
    }
    stmt_finish(s);
    return code;
}

static enum err record(struct undoing *u, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(u->conn, "undo.record",
                  "UPDATE heng_imports SET undone_at = ?, undone_by = ?, undone_reason ="
                  " ?, undo_first = ?, undo_last = ? WHERE id = ? AND undone_at IS NULL",
                  &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, u->at);
    stmt_bind_int(s, 2, u->who->user);
    stmt_bind_text(s, 3, u->reason);
    stmt_bind_int(s, 4, u->first);
    stmt_bind_int(s, 5, u->history.seq);
    stmt_bind_int(s, 6, u->id);
    return stmt_done(s, e);
}

enum err imports_refuse_undo(int64_t id, enum imports_undo is, const struct label *why,
                             struct error *e)
{
    enum err code = is == UNDO_FORBIDDEN ? ERR_FORBIDDEN : ERR_CONFLICT;
    (void)error_set(e, code, "import.undo", NULL,
                    "import %lld cannot be undone: " STR_FMT, (long long)id,
                    STR_ARG(why->en));
    error_set_zh(e, "第%lld号导入不能撤销：" STR_FMT, (long long)id, STR_ARG(why->zh));
    return code;
}

static enum err prepare(struct undoing *u, struct error *e)
{
    struct str table = u->entry.reg->table;
    struct str look = str_format(
        &u->arena, "SELECT state, fingerprint FROM \"" STR_FMT "\" WHERE id = ?",
        STR_ARG(table));
    struct str change = str_format(
        &u->arena,
        "UPDATE \"" STR_FMT "\" SET state = 'struck', fingerprint = 0, version ="
        " version + 1, saved_by = ?, saved_at = ? WHERE id = ?",
        STR_ARG(table));
    u->why = str_format(&u->arena, "undo of import %lld (" STR_FMT "): " STR_FMT,
                        (long long)u->id, STR_ARG(u->entry.file), STR_ARG(u->reason));
    if (!look.p || !change.p || !u->why.p)
        return error_memory(e);
    enum err code = conn_prepare(u->conn, look, &u->look, e);
    if (!code)
        code = conn_prepare(u->conn, change, &u->strike, e);
    if (!code)
        code = history_begin(u->conn, &u->history, e);
    u->first = u->history.seq + 1;
    u->at = date_now_ms();
    return code;
}

static enum err undo_job(struct conn *conn, void *argument, struct error *e)
{
    struct undoing *u = argument;
    enum imports_undo is;
    struct label why;
    struct asking q = {.county = u->county,
                       .conn = conn,
                       .who = u->who,
                       .entry = &u->entry,
                       .arena = &u->arena,
                       .out = &is,
                       .why = &why};
    u->conn = conn;
    enum err code = history_migrate(conn, e);
    if (!code)
        code = imports_read(conn, u->county, u->id, &u->arena, &u->entry, e);
    if (!code)
        code = imports_may_see(u->who, &u->entry, e);
    if (!code)
        code = ask(&q, e);
    u->out->before = !code && is == UNDO_DONE;
    if (code || u->out->before)
        return code;
    if (is != UNDO_MAY)
        return imports_refuse_undo(u->id, is, &why, e);
    code = prepare(u, e);
    if (!code)
        code = undo_entries(u, e);
    if (!code)
        code = record(u, e);
    stmt_finish(u->look);
    stmt_finish(u->strike);
    history_end(&u->history);
    return code;
}

enum err imports_undo(struct county *c, const struct access *who, int64_t id,
                      struct str reason, struct imports_undone *out, struct error *e)
{
    *out = (struct imports_undone){0};
    struct undoing u = {
        .county = c, .who = who, .id = id, .reason = str_trim(reason), .out = out};
    if (!u.reason.n) {
        error_set(e, ERR_INPUT, "import.reason", "reason",
                  "taking an import back needs a reason");
        return error_cure(e, "say why in a few words; it stays in the history");
    }
    if (u.reason.n > 500)
        u.reason.n = 500;
    arena_init(&u.arena, 64 << 20);
    arena_init(&u.row, 64 << 20);
    enum err code = store_write(c->store, undo_job, &u, e);
    arena_free(&u.arena);
    arena_free(&u.row);
    if (code)
        *out = (struct imports_undone){0};
    return code;
}
