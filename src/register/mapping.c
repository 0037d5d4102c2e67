// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/mapping.h"

#include <string.h>

#include "base/text.h"

const char *mapped_by_name(enum mapped_by by)
{
    static const char *const names[] = {
        [MAPPED_NOT] = "left out",          [MAPPED_LEFT_OUT] = "left out by the pack",
        [MAPPED_GIVEN] = "given",           [MAPPED_KEPT] = "as last time",
        [MAPPED_NAME] = "by name",          [MAPPED_LABEL] = "by label",
        [MAPPED_ALSO] = "by other heading", [MAPPED_LEVEL] = "by level",
        [MAPPED_OWN] = "not read",          [MAPPED_UNKNOWN] = "unknown",
    };
    return names[by];
}

// Beyond the common normal form: no space next to a character that is not ASCII (性 别,
// or a line break in a narrow column), and no star of a required column.
static struct str normal(struct arena *a, struct str s)
{
    struct str out;
    if (text_normalise(a, s, &out, NULL))
        return (struct str){"", 0};
    while (out.n && out.p[0] == '*')
        out = str_trim((struct str){out.p + 1, out.n - 1});
    while (out.n && out.p[out.n - 1] == '*')
        out = str_trim((struct str){out.p, out.n - 1});
    char *p = ARENA_ARRAY(a, char, out.n + 1);
    size_t n = 0;
    for (size_t i = 0; p && i < out.n; i++) {
        bool wide =
            (i && (out.p[i - 1] & 0x80)) || (i + 1 < out.n && (out.p[i + 1] & 0x80));
        if (out.p[i] != ' ' || !wide)
            p[n++] = out.p[i];
    }
    return p ? (struct str){p, n} : (struct str){"", 0};
}

static bool same(struct arena *a, struct str normal_heading, struct str name)
{
    return name.n && str_equal(normal_heading, normal(a, name));
}

static bool any(struct arena *a, struct str heading, const struct str *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (same(a, heading, list[i]))
            return true;
    return false;
}

static bool importable(const struct field *f)
{
    return !f->system;
}

// "出生体重（克）" is the field's label with its unit.
static struct str without_unit(struct arena *a, const struct field *f, struct str heading)
{
    size_t open = heading.n;
    if (!heading.n || heading.p[heading.n - 1] != ')')
        return heading;
    while (open && heading.p[open - 1] != '(')
        open--;
    if (!open)
        return heading;
    struct str unit = {heading.p + open, heading.n - open - 1};
    return same(a, unit, f->unit.en) || same(a, unit, f->unit.zh)
               ? str_trim((struct str){heading.p, open - 1})
               : heading;
}

static const struct field *match_field(struct arena *a, const struct reg *r,
                                       struct str heading, enum mapped_by *by)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        if (!importable(f))
            continue;
        *by = MAPPED_NAME;
        if (same(a, heading, f->name))
            return f;
        *by = MAPPED_LABEL;
        struct str bare = without_unit(a, f, heading);
        if (same(a, bare, f->label.en) || same(a, bare, f->label.zh))
            return f;
        *by = MAPPED_ALSO;
        if (any(a, heading, f->also, f->n_also))
            return f;
    }
    return NULL;
}

static int match_level(struct arena *a, const struct pack *p, struct str heading)
{
    for (size_t i = 0; i < p->n_levels; i++)
        if (same(a, heading, p->levels[i].name) ||
            same(a, heading, p->levels[i].label.en) ||
            same(a, heading, p->levels[i].label.zh) ||
            any(a, heading, p->levels[i].also, p->levels[i].n_also))
            return (int)i;
    return -1;
}

static const struct field *mapped_twice(const struct mapping *m, const struct field *f)
{
    for (size_t i = 0; f && i < m->n; i++)
        if (m->columns[i].field == f && m->columns[i].by != MAPPED_LEVEL)
            return f;
    return NULL;
}

// "heading=field" at its last '=', for a heading may have one and a field has none.
static bool split_given(const char *given, struct str *head, struct str *name)
{
    struct str s = str_of(given);
    size_t at = s.n;
    while (at && s.p[at - 1] != '=')
        at--;
    if (!at)
        return false;
    *head = (struct str){s.p, at - 1};
    *name = (struct str){s.p + at, s.n - at};
    return true;
}

// What the user said for this heading, if anything: 1 a field, 0 nothing said, -1 leave
// it out.
static enum err given_field(struct arena *a, const struct reg *r, struct str heading,
                            const char *const *given, size_t n_given,
                            struct mapped_column *out, bool *said, struct error *e)
{
    *said = false;
    for (size_t i = 0; i < n_given; i++) {
        struct str head, name;
        if (!split_given(given[i], &head, &name)) {
            error_set(e, ERR_USAGE, "map.form", "--map",
                      "'%s' is not of the form heading=field", given[i]);
            return error_cure(
                e, "write --map 'heading=field', or 'heading=' to leave it out");
        }
        if (!same(a, normal(a, heading), head))
            continue;
        *said = true;
        out->by = name.n ? MAPPED_GIVEN : MAPPED_NOT;
        out->field = name.n ? reg_field(r, name) : NULL;
        if (name.n && (!out->field || !importable(out->field)))
            return error_set(e, ERR_USAGE, "map.field", "--map",
                             STR_FMT " has no field '" STR_FMT "'", STR_ARG(r->name),
                             STR_ARG(name));
    }
    return ERR_OK;
}

static enum err kept_field(struct conn *conn, const struct reg *r, struct str source,
                           struct mapped_column *out, bool *kept, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(conn, "mapping.find",
                  "SELECT field FROM heng_maps WHERE register = ? AND source = ?"
                  " AND heading = ?",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, r->name);
    stmt_bind_text(s, 2, source.p ? source : STR(""));
    stmt_bind_text(s, 3, out->heading);
    bool row;
    code = stmt_step(s, &row, e);
    *kept = false;
    if (!code && row) {
        struct str name = stmt_text(s, 0);
        out->field = name.n ? reg_field(r, name) : NULL;
        *kept = !name.n || out->field;
        out->by = out->field ? MAPPED_KEPT : MAPPED_NOT;
    }
    stmt_finish(s);
    return code;
}

// A --map of a heading that the file does not have is a slip of the pen, not a wish.
static enum err check_given(struct arena *a, const struct str *headings, size_t n,
                            const char *const *given, size_t n_given, struct error *e)
{
    for (size_t i = 0; i < n_given; i++) {
        struct str head, name;
        if (!split_given(given[i], &head, &name) || str_equal_c(head, "*") ||
            !str_trim(head).n || any(a, normal(a, head), headings, n))
            continue;
        struct buf list = BUF_INIT(400);
        for (size_t k = 0; k < n && list.n < 300; k++)
            buf_printf(&list, "%s'" STR_FMT "'", k ? ", " : "",
                       STR_ARG(text_cut(headings[k], 40)));
        error_set(e, ERR_USAGE, "map.heading", "--map",
                  "the file has no column '" STR_FMT "'", STR_ARG(text_cut(head, 60)));
        error_cure(e, "its columns are: " STR_FMT, STR_ARG(buf_str(&list)));
        buf_free(&list);
        return ERR_USAGE;
    }
    return ERR_OK;
}

static bool leaves_unknown_out(const char *const *given, size_t n_given)
{
    for (size_t i = 0; i < n_given; i++)
        if (strcmp(given[i], "*=") == 0)
            return true;
    return false;
}

static enum err unknown_columns(const struct reg *r, const struct mapping *m,
                                const bool *unknown, struct error *e)
{
    struct buf list = BUF_INIT(600), fields = BUF_INIT(300);
    struct str first = {NULL, 0};
    for (size_t i = 0; i < m->n; i++) {
        if (!unknown[i])
            continue;
        if (!first.p)
            first = m->columns[i].heading;
        if (list.n < 400)
            buf_printf(&list, "%s'" STR_FMT "' (column %zu)", list.n ? ", " : "",
                       (int)(m->columns[i].heading.n > 60 ? 60 : m->columns[i].heading.n),
                       m->columns[i].heading.p, i + 1);
    }
    for (size_t i = 0; i < r->n_fields && fields.n < 150; i++)
        if (importable(&r->fields[i]) && !mapped_twice(m, &r->fields[i]))
            buf_printf(&fields, "%s" STR_FMT, fields.n ? ", " : "",
                       STR_ARG(r->fields[i].name));
    error_set(e, ERR_INPUT, "map.unknown", NULL, STR_FMT " has no field for " STR_FMT,
              STR_ARG(r->name), STR_ARG(buf_str(&list)));
    error_cure(e,
               "say which field it is: --map '" STR_FMT "=FIELD' (still free: " STR_FMT
               "), or --map '" STR_FMT
               "=' to leave it out; --map '*=' leaves all of them out",
               (int)(first.n > 60 ? 60 : first.n), first.p, STR_ARG(buf_str(&fields)),
               (int)(first.n > 60 ? 60 : first.n), first.p);
    buf_free(&list);
    buf_free(&fields);
    return ERR_INPUT;
}

static enum err missing_fields(const struct reg *r, const struct mapping *m,
                               struct error *e)
{
    struct buf list = BUF_INIT(600), had = BUF_INIT(300);
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        bool here = !f->required || f->system;
        for (size_t k = 0; !here && k < m->n; k++)
            here = m->columns[k].field == f;
        if (!here && list.n < 500)
            buf_printf(&list, "%s" STR_FMT " (" STR_FMT ")", list.n ? ", " : "",
                       STR_ARG(f->name), STR_ARG(f->label.zh));
    }
    enum err code = ERR_OK;
    if (list.n) {
        for (size_t k = 0; k < m->n && had.n < 200; k++)
            buf_printf(&had, "%s'" STR_FMT "'", k ? ", " : "",
                       (int)(m->columns[k].heading.n > 60 ? 60 : m->columns[k].heading.n),
                       m->columns[k].heading.p);
        code = error_set(e, ERR_INPUT, "map.missing", NULL,
                         "no column for the required field " STR_FMT
                         "; the row has " STR_FMT,
                         STR_ARG(buf_str(&list)), STR_ARG(buf_str(&had)));
        error_cure(e, "one of the first rows must hold the headings; a heading of "
                      "another name is given "
                      "with --map 'heading=field'");
    }
    buf_free(&list);
    buf_free(&had);
    return code;
}

// A list of areas as many offices keep it: the lowest code, and the names of all levels
// side by side. A column is of a level by its heading, or because its field says so
// (`level:` of a text field of the areas register).
static void recognise_area_list(const struct county *c, const struct reg *r,
                                struct mapping *m)
{
    int levels = 0, name = -1, lowest = (int)c->pack->n_levels - 1;
    m->code_column = -1;
    if (r != c->pack->areas)
        return;
    for (size_t i = 0; i < m->n; i++) {
        struct mapped_column *k = &m->columns[i];
        if (k->field && k->field->type == TYPE_TEXT && k->field->level.n) {
            k->by = MAPPED_LEVEL;
            k->level = pack_level(c->pack, k->field->level);
        }
        levels += k->by == MAPPED_LEVEL;
        if (k->field && str_equal(k->field->name, STR("code")))
            m->code_column = (int)i;
        if (k->field && str_equal(k->field->name, STR("name")))
            name = (int)i;
    }
    m->areas_by_level = levels > 0 && m->code_column >= 0;
    if (m->areas_by_level &&
        name >= 0) { // the row's own name is that of the lowest level
        m->columns[name].by = MAPPED_LEVEL;
        m->columns[name].level = lowest;
    }
}

enum err mapping_make(struct arena *a, const struct county *c, struct conn *conn,
                      const struct reg *r, struct str source, const struct str *headings,
                      size_t n, const char *const *given, size_t n_given,
                      struct mapping *out, struct error *e)
{
    *out = (struct mapping){.columns = ARENA_ARRAY(a, struct mapped_column, n + 1)};
    bool *unknown = ARENA_ARRAY(a, bool, n + 1);
    if (!out->columns || !unknown)
        return error_memory(e);
    bool any_unknown = false;
    enum err wrong = check_given(a, headings, n, given, n_given, e);
    if (wrong)
        return wrong;
    for (size_t i = 0; i < n; i++) {
        struct mapped_column *m = &out->columns[i];
        *m = (struct mapped_column){.heading = str_copy(a, str_trim(headings[i])),
                                    .level = -1};
        if (!m->heading.p)
            return error_memory(e);
        bool done = false;
        enum err code = given_field(a, r, m->heading, given, n_given, m, &done, e);
        if (!code && !done)
            code = kept_field(conn, r, source, m, &done, e);
        if (code)
            return code;
        struct str key = normal(a, m->heading);
        if (!done && (!m->heading.n || str_starts(key, STR("heng_")))) {
            m->by = m->heading.n ? MAPPED_OWN : MAPPED_NOT;
            done = true;
        }
        if (!done && any(a, key, r->leave_out, r->n_leave_out)) {
            m->by = MAPPED_LEFT_OUT;
            done = true;
        }
        if (!done)
            m->field = match_field(a, r, key, &m->by);
        out->n = i; // look for the same field among the columns before this one
        if (mapped_twice(out, m->field)) {
            bool alike = false;
            for (size_t k = 0; k < i; k++)
                alike |= str_equal(out->columns[k].heading, m->heading);
            error_set(e, ERR_INPUT, "map.twice", NULL,
                      "two columns are '" STR_FMT "': '" STR_FMT
                      "' (column %zu) is the second",
                      STR_ARG(m->field->name), STR_ARG(m->heading), i + 1);
            return error_cure(
                e, alike ? "give one of the two another heading in the file"
                         : "leave one out with --map 'heading=', or give its field");
        }
        if (!done && !m->field && (m->level = match_level(a, c->pack, key)) >= 0) {
            m->by = MAPPED_LEVEL;
            m->field = r->area;
        }
        out->recognised += m->field != NULL;
        bool stands = done || m->field || (m->by == MAPPED_LEVEL && r->kind == REG_AREAS);
        if (!stands)
            m->by = MAPPED_NOT;
        unknown[i] = !stands && !leaves_unknown_out(given, n_given);
        any_unknown |= unknown[i];
    }
    out->n = n;

    recognise_area_list(c, r, out);
    out->complete = out->areas_by_level || !missing_fields(r, out, NULL);
    if (any_unknown)
        return unknown_columns(r, out, unknown, e);
    return out->areas_by_level ? ERR_OK : missing_fields(r, out, e);
}

// --- headings on two rows

static struct str cell_of(const struct str *cells, size_t n, size_t i)
{
    return i < n ? str_trim(cells[i]) : STR("");
}

static bool is_known(struct arena *a, const struct county *c, const struct reg *r,
                     struct str heading)
{
    enum mapped_by by;
    struct str key = normal(a, heading);
    return key.n && (match_field(a, r, key, &by) || match_level(a, c->pack, key) >= 0);
}

// Every column has a heading, and one at least has it in the lower row alone: it stands
// under a heading that is merged over several columns. A single cell above is a title.
static bool shaped_as_two_rows(const struct str *upper, size_t n_upper,
                               const struct str *lower, size_t n_lower)
{
    size_t n = n_upper > n_lower ? n_upper : n_lower, above = 0, under = 0;
    for (size_t i = 0; i < n; i++) {
        bool up = cell_of(upper, n_upper, i).n > 0,
             low = cell_of(lower, n_lower, i).n > 0;
        if (!up && !low)
            return false;
        above += up;
        under += !up;
    }
    return above > 1 && under && cell_of(upper, n_upper, 0).n;
}

static bool is_repeated(const struct str *lower, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++)
        if (i != at && str_equal(str_trim(lower[i]), str_trim(lower[at])))
            return true;
    return false;
}

bool mapping_two_rows(struct arena *a, const struct county *c, const struct reg *r,
                      const struct str *upper, size_t n_upper, const struct str *lower,
                      size_t n_lower, struct str **out, size_t *n_out)
{
    while (n_lower && !str_trim(lower[n_lower - 1]).n)
        n_lower--; // spreadsheets leave empty columns behind
    while (n_upper && !str_trim(upper[n_upper - 1]).n)
        n_upper--;
    if (!shaped_as_two_rows(upper, n_upper, lower, n_lower))
        return false;
    size_t n = n_upper > n_lower ? n_upper : n_lower, known = 0, known_above = 0;
    struct str *heads = ARENA_ARRAY(a, struct str, n + 1), group = STR("");
    bool told = false; // by the upper row, of some column
    for (size_t i = 0; heads && i < n; i++) {
        struct str up = cell_of(upper, n_upper, i), low = cell_of(lower, n_lower, i);
        group = up.n ? up : group;
        heads[i] = low.n ? low : up;
        if (low.n) {
            bool latin = (unsigned char)group.p[group.n - 1] < 0x80;
            struct str both = str_format(a, STR_FMT "%s" STR_FMT, STR_ARG(group),
                                         latin ? " " : "", STR_ARG(low));
            if (both.p && (is_known(a, c, r, both) || is_repeated(lower, n_lower, i)))
                heads[i] = both;
        }
        told |= !str_equal(heads[i], low);
        heads[i] = str_copy(a, heads[i]);
        if (!heads[i].p)
            return false;
        known += is_known(a, c, r, heads[i]);
        known_above += is_known(a, c, r, up);
    }
    // Under headings that are known, what is no heading is data.
    if (!heads || !told || !known || known < known_above)
        return false;
    *out = heads;
    *n_out = n;
    return true;
}

// --- a proposal

static enum err twice(const struct mapped_column *m, size_t i, struct error *e)
{
    error_set(e, ERR_INPUT, "map.twice", NULL,
              "two columns are '" STR_FMT "': '" STR_FMT "' (column %zu) is the second",
              STR_ARG(m->field->name), STR_ARG(m->heading), i + 1);
    return error_cure(e, "leave one of the two out, or give it another field");
}

static bool has_field(const struct mapping *m, const struct field *f)
{
    for (size_t i = 0; f && i < m->n; i++)
        if (m->columns[i].field == f && m->columns[i].by != MAPPED_LEVEL)
            return true;
    return false;
}

// What was said comes before what is guessed, wherever it stands.
static enum err propose_said(struct arena *a, struct conn *conn, const struct reg *r,
                             struct str source, const char *const *given, size_t n_given,
                             struct mapping *out, bool *done, struct error *e)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < out->n; i++) {
            struct mapped_column m = out->columns[i];
            bool said = false;
            if (done[i])
                continue;
            enum err code =
                pass ? kept_field(conn, r, source, &m, &said, e)
                     : given_field(a, r, m.heading, given, n_given, &m, &said, e);
            if (!code && said && !pass && has_field(out, m.field))
                code = twice(&m, i, e);
            if (code)
                return code;
            if (!said || (pass && has_field(out, m.field)))
                continue;
            out->columns[i] = m;
            done[i] = true;
        }
    }
    return ERR_OK;
}

static void propose_guess(struct arena *a, const struct county *c, const struct reg *r,
                          bool leave_out, struct mapping *out, size_t i)
{
    struct mapped_column *m = &out->columns[i];
    struct str key = normal(a, m->heading);
    enum mapped_by by = MAPPED_NOT;
    const struct field *f;
    if (!m->heading.n || str_starts(key, STR("heng_"))) {
        m->by = m->heading.n ? MAPPED_OWN : MAPPED_NOT;
    } else if (any(a, key, r->leave_out, r->n_leave_out)) {
        m->by = MAPPED_LEFT_OUT;
    } else if ((f = match_field(a, r, key, &by)) != NULL && !has_field(out, f)) {
        m->field = f;
        m->by = by;
    } else if (!f && (m->level = match_level(a, c->pack, key)) >= 0 &&
               (r->area || r->kind == REG_AREAS)) {
        m->by = MAPPED_LEVEL;
        m->field = r->area;
    } else {
        m->by = leave_out ? MAPPED_NOT : MAPPED_UNKNOWN;
    }
}

enum err mapping_propose(struct arena *a, const struct county *c, struct conn *conn,
                         const struct reg *r, struct str source,
                         const struct str *headings, size_t n, const char *const *given,
                         size_t n_given, struct mapping *out,
                         const struct field ***missing, size_t *n_missing,
                         struct error *e)
{
    *out =
        (struct mapping){.columns = ARENA_ARRAY(a, struct mapped_column, n + 1), .n = n};
    bool *done = ARENA_ARRAY(a, bool, n + 1);
    *missing = ARENA_ARRAY(a, const struct field *, r->n_fields + 1);
    *n_missing = 0;
    if (!out->columns || !done || !*missing)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        struct mapped_column *m = &out->columns[i];
        *m = (struct mapped_column){.heading = str_copy(a, str_trim(headings[i])),
                                    .by = MAPPED_UNKNOWN,
                                    .level = -1};
        if (!m->heading.p)
            return error_memory(e);
    }
    enum err code = check_given(a, headings, n, given, n_given, e);
    if (!code)
        code = propose_said(a, conn, r, source, given, n_given, out, done, e);
    if (code)
        return code;
    bool leave_out = leaves_unknown_out(given, n_given);
    out->complete = true;
    for (size_t i = 0; i < n; i++) {
        if (!done[i])
            propose_guess(a, c, r, leave_out, out, i);
        out->recognised += out->columns[i].field != NULL;
        out->complete &= out->columns[i].by != MAPPED_UNKNOWN;
    }
    recognise_area_list(c, r, out);
    for (size_t i = 0; i < r->n_fields && !out->areas_by_level; i++) {
        const struct field *f = &r->fields[i];
        bool here = !f->required || f->system;
        for (size_t k = 0; !here && k < n; k++)
            here = out->columns[k].field == f;
        if (!here)
            (*missing)[(*n_missing)++] = f;
    }
    out->complete &= !*n_missing;
    return ERR_OK;
}

enum err mapping_keep(struct conn *conn, const struct reg *r, struct str source,
                      const struct mapping *m, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(conn, "mapping.keep",
                              "INSERT INTO heng_maps (register, source, heading, field)"
                              " VALUES (?, ?, ?, ?)"
                              " ON CONFLICT (register, source, heading)"
                              " DO UPDATE SET field = excluded.field",
                              &s, e);
    for (size_t i = 0; !code && i < m->n; i++) {
        const struct mapped_column *k = &m->columns[i];
        if (k->by != MAPPED_GIVEN && k->by != MAPPED_NOT)
            continue; // what is guessed is guessed again
        stmt_bind_text(s, 1, r->name);
        stmt_bind_text(s, 2, source.p ? source : STR(""));
        stmt_bind_text(s, 3, k->heading);
        stmt_bind_text(s, 4, k->field ? k->field->name : STR(""));
        code = stmt_done(s, e);
    }
    return code;
}
