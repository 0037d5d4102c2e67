// SPDX-License-Identifier: AGPL-3.0-or-later
// Typed values: read, checked, and all that is wrong with them said in both languages.
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "register/checklist.h"
#include "register/import_private.h"
#include "register/refers.h"
#include "register/rights.h"
#include "register/row_private.h"
#include "register/rule_check.h"
#include "register/rule_text.h"
#include "register/value_words.h"
#include "register/workflow.h"

enum { MOST_PROBLEMS = 200 };

// --- problems

static struct row_problem *add_problem(struct row_typing *t, const struct field *f,
                                       struct str name, enum severity severity)
{
    struct row_problems *out = t->out;
    if (out->n == MOST_PROBLEMS)
        return NULL;
    if (out->n == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 8;
        struct row_problem *list = ARENA_ARRAY(t->arena, struct row_problem, capacity);
        if (!list)
            return NULL;
        if (out->n)
            memcpy(list, out->list, out->n * sizeof *list);
        out->list = list;
        t->capacity = capacity;
    }
    struct row_problem *p = &out->list[out->n++];
    *p = (struct row_problem){.field = f, .name = name, .severity = severity};
    out->refused |= severity == SEVERITY_ERROR;
    if (f && severity == SEVERITY_ERROR)
        t->wrong[f->index] = true;
    return p;
}

static void put_where(struct row_problem *p)
{
    snprintf(p->error.where, sizeof p->error.where, STR_FMT, STR_ARG(p->name));
}

// An error that is said by hand in both languages.
void row_typing_error(struct row_typing *t, const struct field *f, struct str name,
                      enum err code, const char *key, struct label text,
                      struct label cure)
{
    struct row_problem *p = add_problem(t, f, name, SEVERITY_ERROR);
    if (!p)
        return;
    p->text = text;
    p->cure = cure;
    (void)error_set(&p->error, code, key, NULL, STR_FMT, STR_ARG(text.en));
    error_set_zh(&p->error, STR_FMT, STR_ARG(text.zh));
    if (cure.en.n)
        (void)error_cure(&p->error, STR_FMT, STR_ARG(cure.en));
    if (cure.zh.n)
        error_cure_zh(&p->error, STR_FMT, STR_ARG(cure.zh));
    put_where(p);
}

#define LABEL(english, chinese) ((struct label){STR(english), STR(chinese)})

enum err row_problems_first(const struct row_problems *p, struct error *e)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->list[i].severity != SEVERITY_ERROR)
            continue;
        if (e)
            *e = p->list[i].error;
        return p->list[i].error.code;
    }
    return ERR_OK;
}

// --- reading

enum err row_typing_begin(struct row_typing *t, const struct datum *old, struct error *e)
{
    size_t n = t->reg->n_fields;
    t->values = ARENA_ARRAY(t->arena, struct datum, n);
    t->wrong = ARENA_ARRAY(t->arena, bool, n);
    t->typed = ARENA_ARRAY(t->arena, bool, n);
    *t->out = (struct row_problems){0};
    if (!t->values || !t->wrong || !t->typed)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        t->values[i] = old ? old[i] : DATUM_NULL;
    if (!old)
        t->values[FIELD_STATE] = (struct datum){.i = 0};
    return ERR_OK;
}

enum err row_read_cell(const struct reader *reader, const struct reg *r,
                       const struct field *f, struct str cell, const struct places *p,
                       struct arena *a, struct datum *values, struct error *e)
{
    int32_t on = values[FIELD_DATE].null ? DATE_NONE : (int32_t)values[FIELD_DATE].i;
    int32_t near = values[FIELD_AREA].null ? -1 : (int32_t)values[FIELD_AREA].i;
    enum err code = reader_read(reader, cell, p, on, near, a, &values[f->index], e);
    if (!code && f == r->date && f->type == TYPE_PERIOD && !values[f->index].null)
        values[FIELD_DATE] = (struct datum){.i = values[f->index].i};
    return code;
}

static enum err read_typed(struct row_typing *t, const struct field *f, struct str text,
                           struct error *e)
{
    struct reader *reader;
    struct error wrong = {0};
    enum err code = reader_open(t->arena, f, &reader, e);
    if (code)
        return code;
    t->typed[f->index] = true;
    const struct places *p = t->county->places;
    code = row_read_cell(reader, t->reg, f, text, p, t->arena, t->values, &wrong);
    if (!code && f == t->reg->date && f->type == TYPE_PERIOD && t->values[f->index].null)
        t->values[FIELD_DATE] = DATUM_NULL;
    if (code == ERR_MEMORY || code == ERR_INTERNAL) {
        if (e)
            *e = wrong;
        return code;
    }
    struct row_problem *problem =
        code ? add_problem(t, f, f->name, SEVERITY_ERROR) : NULL;
    if (problem) {
        problem->error = wrong;
        put_where(problem);
        value_words(&wrong, t->arena, &problem->text, &problem->cure);
    }
    return ERR_OK;
}

static void no_field(struct row_typing *t, struct str name)
{
    const struct reg *r = t->reg;
    struct buf list = BUF_INIT(400);
    for (size_t i = 0; i < r->n_fields && list.n < 300; i++)
        if (!r->fields[i].system)
            buf_printf(&list, "%s" STR_FMT, list.n ? ", " : "",
                       STR_ARG(r->fields[i].name));
    struct str names = buf_str(&list), own = str_copy(t->arena, name);
    struct label text = {
        str_format(t->arena, "there is no field '" STR_FMT "' to %s", STR_ARG(name),
                   t->id ? "correct" : "fill in"),
        str_format(t->arena, "没有可填写的字段“" STR_FMT "”", STR_ARG(name))};
    struct label cure = {str_format(t->arena, "the fields are: " STR_FMT, STR_ARG(names)),
                         str_format(t->arena, "可用字段：" STR_FMT, STR_ARG(names))};
    row_typing_error(t, NULL, own.p ? own : STR(""), ERR_INPUT, "row.field", text, cure);
    buf_free(&list);
}

static const struct row_change *typed_for(const struct row_change *values, size_t n,
                                          const struct field *f)
{
    for (size_t i = n; i-- > 0;)
        if (str_equal(values[i].field, f->name))
            return &values[i];
    return NULL;
}

enum err row_typing_read(struct row_typing *t, const struct row_change *values, size_t n,
                         bool all, struct error *e)
{
    const struct reg *r = t->reg;
    for (size_t i = 0; i < n; i++) {
        const struct field *f = reg_field(r, values[i].field);
        if (!f || f->system)
            no_field(t, values[i].field);
    }
    // the date first, for it says which areas there were; then the area, for it says
    // which facility is meant
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < r->n_fields; i++) {
            const struct field *f = &r->fields[i];
            int turn = f == r->date ? 0 : f == r->area ? 1 : 2;
            const struct row_change *v = typed_for(values, n, f);
            if (f->system || turn != pass || (!v && !all))
                continue;
            enum err code = read_typed(t, f, v && v->text.p ? v->text : STR(""), e);
            if (code)
                return code;
        }
    }
    return ERR_OK;
}

enum err row_typing_source(struct row_typing *t, struct str source, struct error *e)
{
    const struct reg *r = t->reg;
    const struct field *f = &r->fields[FIELD_SOURCE];
    for (size_t i = 0; source.n && i < r->n_sources; i++) {
        if (!str_equal(r->sources[i].value, source))
            continue;
        t->values[FIELD_SOURCE] = (struct datum){.i = (int64_t)i};
        return ERR_OK;
    }
    if (!source.n && !r->n_sources)
        return ERR_OK;
    struct buf en = BUF_INIT(600), zh = BUF_INIT(600);
    for (size_t i = 0; i < r->n_sources && en.n < 500 && zh.n < 500; i++) {
        buf_printf(&en, "%s" STR_FMT, i ? ", " : "", STR_ARG(r->sources[i].value));
        buf_printf(&zh, "%s" STR_FMT, i ? "、" : "", STR_ARG(r->sources[i].label.zh));
    }
    struct label text = {
        !r->n_sources
            ? str_format(t->arena, STR_FMT " has no sources, and '" STR_FMT "' was given",
                         STR_ARG(r->name), STR_ARG(text_cut(source, 40)))
        : source.n ? str_format(t->arena, "'" STR_FMT "' is no source of " STR_FMT,
                                STR_ARG(text_cut(source, 40)), STR_ARG(r->name))
                   : STR("say which source this row is from"),
        source.n ? str_format(t->arena, "“" STR_FMT "”不是本登记的数据来源",
                              STR_ARG(text_cut(source, 40)))
                 : STR("请选择数据来源")};
    struct label cure = {
        r->n_sources ? str_format(t->arena, "one of: " STR_FMT, STR_ARG(buf_str(&en)))
                     : STR("leave the source out"),
        r->n_sources ? str_format(t->arena, "可选：" STR_FMT, STR_ARG(buf_str(&zh)))
                     : STR("请不要填写数据来源")};
    buf_free(&en);
    buf_free(&zh);
    if (!text.en.p || !text.zh.p || !cure.en.p || !cure.zh.p)
        return error_memory(e);
    row_typing_error(t, f, f->name, ERR_INPUT, "row.source", text, cure);
    return ERR_OK;
}

// --- checks

// The kind of what a checklist is answered for says who may enter it.
static bool judges_kind(const struct row_typing *t)
{
    const struct field *kind = reg_field(t->reg, STR("kind"));
    return kind && t->typed[kind->index] && pack_checklist_of(t->county->pack, t->reg);
}

static void check_area(struct row_typing *t)
{
    const struct reg *r = t->reg;
    const struct datum *v = t->values;
    const struct places *p = t->county->places;
    const struct field *f = r->area       ? r->area
                            : r->facility ? r->facility
                                          : &r->fields[FIELD_AREA];
    int32_t area = v[FIELD_AREA].null ? -1 : (int32_t)v[FIELD_AREA].i;
    int32_t facility = v[FIELD_FACILITY].null ? -1 : (int32_t)v[FIELD_FACILITY].i;
    int32_t own[ACCESS_MAX_GRANTS];
    if (t->id && !t->typed[FIELD_AREA] && !t->typed[FIELD_FACILITY] && !judges_kind(t))
        return; // it stays where it is
    if (t->wrong[f->index] || row_may(t->county, t->who, r, ACCESS_WRITE, t->id, v))
        return;
    if (rights_facilities(p, t->who, r, ACCESS_WRITE, own)) {
        row_typing_error(
            t, r->facility, r->facility->name, ERR_FORBIDDEN, "access.facility",
            LABEL("you enter rows of your own facility only, and of its checklists the "
                  "self-checks",
                  "您只能录入本机构的记录；检查表只能录入自查"),
            LABEL("choose your own facility", "请选择本机构"));
        return;
    }
    struct label text = {
        area < 0 && facility < 0
            ? STR("a row without a place can be entered by those who answer for all "
                  "areas")
            : str_format(t->arena, "the %sarea is outside the area of " STR_FMT,
                         t->id ? "new " : "", STR_ARG(t->who->name)),
        area < 0 && facility < 0 ? STR("未填地点的记录只能由负责全部地区的人员录入")
                                 : STR("该地区不在您负责的范围内")};
    row_typing_error(
        t, f, f->name, ERR_FORBIDDEN, "access.area", text,
        t->id ? LABEL("ask someone who answers for both areas",
                      "请由同时负责两地的人员办理")
              : LABEL("choose a place of your own area", "请选择您负责范围内的地点"));
}

// An area hangs under an area of a higher level that is not itself: else it and all its
// rows would leave the tree in silence.
static void check_parent(struct row_typing *t)
{
    const struct places *p = t->county->places;
    const struct reg *r = t->reg;
    const struct field *f = reg_field(r, STR("parent")), *l = reg_field(r, STR("level"));
    if (r->kind != REG_AREAS || !f || !t->typed[f->index] || t->values[f->index].null ||
        !t->values[f->index].s.n)
        return;
    struct str code = t->values[f->index].s;
    int32_t own = t->id ? places_area_index(p, t->id) : -1;
    int32_t parent = places_area_by_code(p, code);
    if (parent < 0) {
        row_typing_error(
            t, f, f->name, ERR_INPUT, "area.parent",
            (struct label){
                str_format(t->arena, "there is no area with the code '" STR_FMT "'",
                           STR_ARG(code)),
                str_format(t->arena, "没有代码为“" STR_FMT "”的地区", STR_ARG(code))},
            LABEL("write the code of the area above; import it first",
                  "请填写上级地区的代码；上级须先登记"));
        return;
    }
    // the level that the row says, for a code of the register's own list; else the tree's
    int level = own >= 0 ? p->areas[own].level : -1;
    if (level < 0 && l && l->type == TYPE_CODE && !t->values[l->index].null)
        level = pack_level(p->pack, l->codes[t->values[l->index].i].value);
    if (level < 0 ||
        (p->areas[parent].level < level && (own < 0 || !places_within(p, parent, own))))
        return;
    struct str name = own >= 0 ? p->areas[own].name : STR("");
    row_typing_error(
        t, f, f->name, ERR_INPUT, "area.parent",
        (struct label){
            str_format(t->arena,
                       "'" STR_FMT "' (" STR_FMT ") is not of a level above '" STR_FMT
                       "'",
                       STR_ARG(p->areas[parent].name), STR_ARG(code), STR_ARG(name)),
            str_format(t->arena, "“" STR_FMT "”（" STR_FMT "）的级别不高于本地区",
                       STR_ARG(p->areas[parent].name), STR_ARG(code))},
        LABEL("write the code of an area of a higher level", "请填写更高一级地区的代码"));
}

// A rule that reads a field which could not be read would say something untrue.
static bool reads_any(const struct reg *r, const struct rule *rule, const bool *fields,
                      bool *used)
{
    memset(used, 0, r->n_fields * sizeof *used);
    expr_fields(rule->when, used);
    for (size_t i = 0; i < r->n_fields; i++)
        if (used[i] && fields[i])
            return true;
    return false;
}

static enum err check_rules(struct row_typing *t, const bool *unread, struct error *e)
{
    const struct reg *r = t->reg;
    struct rule_findings found;
    struct expr_scratch *scratch = expr_scratch_open();
    bool *used = ARENA_ARRAY(t->arena, bool, r->n_fields);
    enum err code = scratch && used ? rule_check(t->arena, t->county, r, t->values, 1,
                                                 scratch, &found, e)
                                    : error_memory(e);
    expr_scratch_close(scratch);
    // one who may not see the row knows only what was just typed
    bool sees = !t->id || access_read_some(t->who, r, NULL) == ERR_OK;
    for (size_t i = 0; !code && i < found.n[0]; i++) {
        const struct rule *rule = found.broken[0][i].rule;
        const struct field *f = found.broken[0][i].field;
        struct row_problem *p =
            reads_any(r, rule, unread, used)
                ? NULL
                : add_problem(t, f, f ? f->name : rule->name, rule->severity);
        if (!p)
            continue;
        rule_text(r, rule, f, sees ? t->values : NULL, t->county->places, &p->error);
        put_where(p);
        p->text = rule->label;
        p->cure = rule->cure;
        if (!p->cure.en.n && rule->severity == SEVERITY_ERROR)
            p->cure =
                LABEL("look it up in the source and correct it", "请核对原始记录后更正");
    }
    return code;
}

static bool comes_with(const struct row_new *row, const struct field *f)
{
    for (size_t i = 0; i < row->n_photos; i++)
        if (str_equal(row->photos[i], f->name))
            return true;
    return false;
}

// there: by item; NULL: what comes with the row.
static void check_photos(struct row_typing *t, const struct checklist *x,
                         const struct checklist_mark *marks, const bool *there)
{
    size_t n = checklist_n_items(x);
    for (size_t i = 0; i < n; i++) {
        const struct field *f = checklist_item(x, i, NULL)->field;
        if (!marks[i].photo || t->wrong[f->index] ||
            (there ? there[i] : comes_with(t->photos, f)))
            continue;
        struct row_problem *p =
            add_problem(t, f, f->name, there ? SEVERITY_WARNING : SEVERITY_ERROR);
        if (!p)
            continue;
        p->text = checklist_photo_words();
        p->cure = checklist_photo_cure(there != NULL);
        (void)error_set(&p->error, ERR_INPUT, "checklist.photo", NULL,
                        "'" STR_FMT "': " STR_FMT, STR_ARG(f->name), STR_ARG(p->text.en));
        error_set_zh(&p->error, "“" STR_FMT "”：" STR_FMT, STR_ARG(f->label.zh),
                     STR_ARG(p->text.zh));
        (void)error_cure(&p->error, STR_FMT, STR_ARG(p->cure.en));
        error_cure_zh(&p->error, STR_FMT, STR_ARG(p->cure.zh));
        put_where(p);
    }
}

static enum err mark_row(struct row_typing *t, const struct checklist *x,
                         struct checklist_mark **marks, struct error *e)
{
    struct expr_scratch *scratch = expr_scratch_open();
    enum err code =
        scratch ? checklist_mark(t->arena, t->county, x, t->values, 1, scratch, marks, e)
                : error_memory(e);
    expr_scratch_close(scratch);
    return code;
}

// What a row that is there still owes.
static enum err check_owed(struct row_typing *t, struct conn *conn, struct error *e)
{
    const struct checklist *x = pack_checklist_of(t->county->pack, t->reg);
    struct checklist_mark *marks;
    if (!x || !t->id || !checklist_has_photos(x))
        return ERR_OK;
    bool *there = ARENA_ARRAY(t->arena, bool, checklist_n_items(x) + 1);
    enum err code = there ? mark_row(t, x, &marks, e) : error_memory(e);
    if (!code)
        code = checklist_photos_there(conn, x, t->id, there, e);
    if (!code)
        check_photos(t, x, marks, there);
    return code;
}

// The answers of a checklist: what is missing, and the score.
static enum err check_answers(struct row_typing *t, struct error *e)
{
    const struct reg *r = t->reg;
    const struct checklist *x = pack_checklist_of(t->county->pack, r);
    if (!x || (t->id && !checklist_judges(x, t->values, t->typed)))
        return ERR_OK;
    struct checklist_findings found = {0};
    struct expr_scratch *scratch = expr_scratch_open();
    enum err code = scratch ? checklist_check(t->arena, t->county, r, t->values, 1,
                                              scratch, &found, e)
                            : error_memory(e);
    expr_scratch_close(scratch);
    for (size_t i = 0; !code && i < found.n[0]; i++) {
        const struct checklist_problem *said = &found.list[0][i];
        const struct field *f = said->item->field;
        struct row_problem *p =
            t->wrong[f->index]
                ? NULL
                : add_problem(t, f, f->name,
                              said->warning ? SEVERITY_WARNING : SEVERITY_ERROR);
        if (!p)
            continue;
        checklist_error(said, &p->error);
        put_where(p);
        p->text = checklist_words(said);
        p->cure = checklist_cure(said);
    }
    struct checklist_mark *marks;
    if (!code && t->photos && !(code = mark_row(t, x, &marks, e)))
        check_photos(t, x, marks, NULL);
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields; i++)
        t->typed[i] |= r->fields[i].system; // what was worked out is saved with the rest
    return code;
}

enum err row_typing_check(struct row_typing *t, struct error *e)
{
    bool *unread = ARENA_ARRAY(t->arena, bool, t->reg->n_fields);
    if (!unread)
        return error_memory(e);
    memcpy(unread, t->wrong, t->reg->n_fields * sizeof *unread);
    if (!t->id)
        workflow_begin(t->reg, t->values, date_today());
    workflow_set_due(t->reg, t->values);
    enum err code = check_rules(t, unread, e);
    if (code)
        return code;
    code = check_answers(t, e);
    if (code)
        return code;
    check_area(t);
    check_parent(t);
    return ERR_OK;
}

// --- keys

static bool key_changed(const struct row_typing *t, const struct datum *old)
{
    const struct reg *r = t->reg;
    for (size_t i = 0; i < r->n_key; i++) {
        size_t k = r->key[i]->index;
        if (!row_same(t->county, r->key[i], &old[k], &t->values[k]))
            return true;
    }
    return false;
}

static bool holds_key(const struct row_typing *t, struct stmt *s)
{
    return import_same_key(t->county, t->reg, s, t->values) &&
           stmt_int(s, FIELD_ID) != t->id;
}

// One who answers for a facility is not told of the rows of others.
static bool is_told(const struct row_typing *t, struct stmt *s)
{
    const struct places *p = t->county->places;
    int32_t own[ACCESS_MAX_GRANTS];
    struct datum area = datum_read(s, FIELD_AREA, &t->reg->fields[FIELD_AREA], p);
    struct datum facility =
        datum_read(s, FIELD_FACILITY, &t->reg->fields[FIELD_FACILITY], p);
    return !rights_facilities(p, t->who, t->reg, ACCESS_WRITE, own) ||
           rights_of_row(p, t->who, t->reg, ACCESS_READ, stmt_int(s, FIELD_ID),
                         area.null ? -1 : (int32_t)area.i,
                         facility.null ? -1 : (int32_t)facility.i);
}

// The last field of the key: a source comes before the number that it has given.
static void key_taken(struct row_typing *t, int64_t id, bool struck, bool seen)
{
    const struct reg *r = t->reg;
    const struct field *f = r->key[r->n_key - 1];
    if (!seen) {
        row_typing_error(t, f, f->name, ERR_CONFLICT, "row.key",
                         LABEL("this key is taken already", "相同的关键字段已被使用"),
                         LABEL("look it up in the source; ask who answers for the area",
                               "请核对原始记录，或询问负责该地区的人员"));
        return;
    }
    struct label text = {str_format(t->arena, "row %lld already has this key%s",
                                    (long long)id, struck ? "; it is struck" : ""),
                         str_format(t->arena, "记录 %lld 已使用相同的关键字段%s",
                                    (long long)id, struck ? "（该记录已作废）" : "")};
    row_typing_error(t, f, f->name, ERR_CONFLICT, "row.key", text,
                     LABEL("look at that row; if both are one, strike the wrong one",
                           "请查看该记录；如为同一件事，请作废有误的一条"));
}

enum err row_typing_key(struct row_typing *t, struct conn *conn, const struct datum *old,
                        int64_t *fingerprint, struct error *e)
{
    const struct reg *r = t->reg;
    struct row_sql sql;
    struct stmt *s = NULL;
    bool keyed, was_keyed;
    uint64_t hash, print = import_fingerprint(t->county, r, t->values, &keyed, &hash);
    uint64_t from = print & 0xFFFFFFFF00000000ULL;
    *fingerprint = (int64_t)print;
    enum err code = refers_check(t, conn, old, e);
    if (code)
        return code;
    if (old && !old[FIELD_FINGERPRINT].i) {
        *fingerprint = 0; // its import was undone; no file finds it until it is restored
        return ERR_OK;
    }
    if (old) {
        // What was sent (the lower half) stays, so that the same file does not undo the
        // correction.
        uint64_t was = (uint64_t)old[FIELD_FINGERPRINT].i;
        (void)import_fingerprint(t->county, r, old, &was_keyed, &hash);
        bool moves = key_changed(t, old);
        if (!moves)
            *fingerprint = (int64_t)was;
        else if (keyed && was_keyed)
            *fingerprint = (int64_t)(from | (was & 0xFFFFFFFFULL));
        if (!moves)
            return ERR_OK;
    }
    if (!keyed)
        return ERR_OK;
    code = row_sql(t->arena, r, &sql, e);
    if (!code)
        code = conn_prepare(conn, sql.fingerprint, &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, (int64_t)from);
    stmt_bind_int(s, 2, (int64_t)(from | 0xFFFFFFFFULL));
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        if (!holds_key(t, s))
            continue;
        key_taken(t, stmt_int(s, FIELD_ID),
                  !str_equal_c(stmt_text(s, FIELD_STATE), "current"), is_told(t, s));
        break;
    }
    stmt_finish(s);
    return code;
}

enum err row_is_struck(int64_t id, struct error *e)
{
    error_set(e, ERR_CONFLICT, "row.struck", NULL,
              "row %lld is struck and cannot be corrected", (long long)id);
    return error_cure(e, "restore it first (heng unstrike), if it is right after all");
}

// --- asked for itself

static enum err check_all(struct row_typing *t, const struct row_new *row,
                          struct datum *old, struct conn *conn, struct error *e)
{
    int64_t fingerprint;
    enum err code = row_typing_begin(t, old, e);
    if (!code && !old)
        code = row_typing_source(t, row->source, e);
    if (!code)
        code = row_typing_read(t, row->values, row->n, !old, e);
    if (!code)
        code = row_typing_check(t, e);
    if (!code)
        code = check_owed(t, conn, e);
    return code ? code : row_typing_key(t, conn, old, &fingerprint, e);
}

enum err row_check(struct county *c, const struct access *who, const struct reg *r,
                   const struct row_new *row, int64_t id, struct arena *a,
                   struct row_problems *out, struct error *e)
{
    struct row_typing t = {.county = c,
                           .who = who,
                           .reg = r,
                           .arena = a,
                           .id = id,
                           .out = out,
                           .photos = !id && row->tells_photos ? row : NULL};
    struct datum *old = NULL;
    struct conn *conn = NULL;
    *out = (struct row_problems){0};
    enum err code = row->n || !id ? access_write_some(who, r, e) : ERR_OK;
    if (!code && id)
        code = row_get(c, who, r, id, a, &old, e);
    if (!code && old && row->n && old[FIELD_STATE].i)
        code = row_is_struck(id, e);
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = check_all(&t, row, old, conn, e);
    store_read_end(conn);
    return code;
}
