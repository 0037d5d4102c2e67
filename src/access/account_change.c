// SPDX-License-Identifier: AGPL-3.0-or-later
// Changing people and roles, and the rules of who may give what to whom.
#include <string.h>

#include "access/access_private.h"
#include "base/date.h"
#include "base/utf8.h"

enum { MAX_ROLES_OF_A_FILE = 200, MAX_TEXT = 200 };

// --- rules

enum err account_glass(const struct account_role *roles, size_t n, const char *of,
                       struct error *e)
{
    bool care = false, supervision = false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < roles[i].n_rows; k++) {
            care |= roles[i].rows[k].purpose == PURPOSE_CARE;
            supervision |= roles[i].rows[k].purpose == PURPOSE_SUPERVISION;
        }
    if (!care || !supervision)
        return ERR_OK;
    error_set(e, ERR_INPUT, "account.glass", "rows",
              "%s would see rows of care and rows of supervision together; the Charter "
              "keeps them apart: who supervises gets counts of care, never rows",
              of);
    return error_cure(e, "give the two to two people");
}

static bool may(const struct account_editor *by, enum access_function f, int64_t area)
{
    return by->at_shell || by->may(by->argument, f, area);
}

static enum err not_yours(const char *what, struct error *e)
{
    error_set(e, ERR_FORBIDDEN, "account.not_yours", NULL, "%s", what);
    return error_cure(e, "ask an administrator of the whole county");
}

// One can give, and change the holders of, only what one has oneself where they have it.
static enum err covers(const struct account_editor *by, const struct account_role *r,
                       int64_t area, struct error *e)
{
    if (!may(by, ACCESS_PEOPLE, area))
        return not_yours("people of this area are not yours to look after", e);
    for (int f = 0; f < ACCESS_FUNCTIONS; f++)
        if ((r->functions & (1u << f)) && !may(by, (enum access_function)f, area))
            return not_yours("a role with a function that you do not hold there is not "
                             "yours to give",
                             e);
    return ERR_OK;
}

static enum err may_edit_in(struct conn *c, struct arena *a,
                            const struct account_editor *by, int64_t user,
                            const struct account_holds **holds, size_t *n,
                            struct error *e)
{
    struct account_role *roles;
    enum err code = account_read_holds(c, a, user, holds, n, e);
    if (code || by->at_shell)
        return code;
    if (!*n && !may(by, ACCESS_PEOPLE, 0))
        return not_yours("this person is not yours to look after", e);
    code = account_read_roles(c, a, *holds, *n, &roles, e);
    for (size_t i = 0; !code && i < *n; i++)
        code = covers(by, &roles[i], (*holds)[i].area, e);
    return code;
}

enum err account_may_edit(struct conn *c, const struct account_editor *by, int64_t user,
                          struct error *e)
{
    struct arena a;
    const struct account_holds *holds;
    size_t n;
    arena_init(&a, 0);
    enum err code = may_edit_in(c, &a, by, user, &holds, &n, e);
    arena_free(&a);
    return code;
}

static bool same_hold(const struct account_holds *x, const struct account_holds *y)
{
    return str_equal(x->role, y->role) && x->area == y->area && x->until == y->until &&
           x->facility == y->facility;
}

static bool has_hold(const struct account_holds *list, size_t n,
                     const struct account_holds *one)
{
    for (size_t i = 0; i < n; i++)
        if (same_hold(&list[i], one))
            return true;
    return false;
}

static bool same_holds(const struct account_holds *x, size_t n_x,
                       const struct account_holds *y, size_t n_y)
{
    bool same = n_x == n_y;
    for (size_t i = 0; same && i < n_x; i++)
        same = has_hold(y, n_y, &x[i]);
    return same;
}

// --- roles of a person

static enum err check_holds(const struct account_holds *holds, size_t n, struct error *e)
{
    if (n > ACCOUNT_MAX_ROLES)
        return error_set(e, ERR_LIMIT, "account.roles", "roles",
                         "%zu roles; a person holds at most %d", n, ACCOUNT_MAX_ROLES);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (str_equal(holds[i].role, holds[k].role) &&
                holds[i].area == holds[k].area &&
                holds[i].facility == holds[k].facility) {
                error_set(e, ERR_INPUT, "account.role_twice", "roles",
                          "the role " STR_FMT " is there twice for one %s",
                          STR_ARG(holds[i].role),
                          holds[i].facility ? "facility" : "area");
                return error_cure(e, "keep the one with the later day");
            }
    return ERR_OK;
}

// All that the roles give must have room among a person's rights.
static enum err check_grants(const struct account_holds *holds,
                             const struct account_role *roles, size_t n, struct error *e)
{
    size_t grants = 0;
    for (size_t i = 0; i < n; i++) {
        grants++; // its functions, and rows of all registers of a purpose
        if (holds[i].facility) {
            grants += 2; // what is read, what is written
            continue;
        }
        for (size_t k = 0; k < roles[i].n_rows; k++)
            grants += roles[i].rows[k].n_registers > 0;
    }
    if (grants <= ACCESS_MAX_GRANTS)
        return ERR_OK;
    error_set(e, ERR_LIMIT, "account.grants", "roles",
              "these roles make %zu rights; a person holds at most %d", grants,
              ACCESS_MAX_GRANTS);
    return error_cure(e, "give fewer roles, or roles with fewer lists of registers");
}

// Who looks after the people of an area gives the rows of its facilities, of no other.
static enum err check_facility(const struct account_editor *by,
                               const struct account_holds *h, struct error *e)
{
    if (!h->facility || (by->lies_in && by->lies_in(by->argument, h->facility, h->area)))
        return ERR_OK;
    error_set(e, ERR_INPUT, "account.facility", "facility",
              "the facility does not lie in the area that the role is for");
    return error_cure(e, "give the role for an area around the facility");
}

static enum err insert_facility_hold(struct conn *c, int64_t user,
                                     const struct account_holds *h, struct error *e)
{
    struct stmt *s;
    char until[DATE_TEXT_SIZE];
    enum err code =
        conn_stmt(c, "account.facility_hold",
                  "INSERT INTO heng_facility_roles (user, role, area, until, facility)"
                  " VALUES (?, ?, ?, ?, ?)",
                  &s, e);
    if (code)
        return code;
    date_format(h->until, until);
    stmt_bind_int(s, 1, user);
    stmt_bind_text(s, 2, h->role);
    stmt_bind_int(s, 3, h->area);
    stmt_bind_text(s, 4, until[0] ? str_of(until) : (struct str){NULL, 0});
    stmt_bind_int(s, 5, h->facility);
    return stmt_done(s, e);
}

static enum err insert_hold(struct conn *c, int64_t user, const struct account_holds *h,
                            struct error *e)
{
    struct stmt *s;
    char until[DATE_TEXT_SIZE];
    enum err code = conn_stmt(c, "account.hold",
                              "INSERT INTO heng_account_roles (user, role, area, until)"
                              " VALUES (?, ?, ?, ?)",
                              &s, e);
    if (code)
        return code;
    date_format(h->until, until);
    stmt_bind_int(s, 1, user);
    stmt_bind_text(s, 2, h->role);
    stmt_bind_int(s, 3, h->area);
    stmt_bind_text(s, 4, until[0] ? str_of(until) : (struct str){NULL, 0});
    return stmt_done(s, e);
}

enum err account_set_holds(struct conn *c, struct arena *a,
                           const struct account_editor *by, int64_t user,
                           const struct account_holds *holds, size_t n, struct error *e)
{
    const struct account_holds *before;
    struct account_role *roles;
    size_t n_before;
    enum err code = account_migrate(c, e); // of a file of an older Heng
    if (!code)
        code = check_holds(holds, n, e);
    if (!code)
        code = account_read_holds(c, a, user, &before, &n_before, e);
    if (!code)
        code = account_read_roles(c, a, holds, n, &roles, e);
    if (!code && !n && !may(by, ACCESS_PEOPLE, 0))
        code = not_yours("a person without a role is not yours to look after", e);
    for (size_t i = 0; !code && i < n; i++)
        if (!has_hold(before, n_before, &holds[i])) {
            code = covers(by, &roles[i], holds[i].area, e);
            if (!code)
                code = check_facility(by, &holds[i], e);
        }
    if (!code)
        code = account_glass(roles, n, "this person", e);
    if (!code)
        code = check_grants(holds, roles, n, e);
    if (!code)
        code = account_run(c, "account.drop_holds",
                           "DELETE FROM heng_account_roles WHERE user = ?", &user, 1, e);
    if (!code)
        code = account_run(c, "account.drop_facility_holds",
                           "DELETE FROM heng_facility_roles WHERE user = ?", &user, 1, e);
    for (size_t i = 0; !code && i < n; i++)
        code = holds[i].facility ? insert_facility_hold(c, user, &holds[i], e)
                                 : insert_hold(c, user, &holds[i], e);
    return code;
}

// --- people

enum err account_sign_out(struct conn *c, int64_t user, int64_t but_session, bool tokens,
                          struct error *e)
{
    const int64_t values[] = {user, but_session};
    enum err code = account_run(c, "account.end_sessions",
                                "DELETE FROM heng_sessions WHERE user = ?1 AND id <> ?2",
                                values, 2, e);
    if (!code && tokens)
        code = account_run(c, "account.end_tokens",
                           "DELETE FROM heng_tokens WHERE user = ?", &user, 1, e);
    if (!code && tokens)
        code = account_run(c, "account.end_calendar",
                           "DELETE FROM heng_calendars WHERE user = ?", &user, 1, e);
    return code;
}

static enum err check_language(struct str language, struct error *e)
{
    if (!language.n || str_equal_c(language, "zh") || str_equal_c(language, "en"))
        return ERR_OK;
    return error_set(e, ERR_INPUT, "account.language", "language",
                     "'" STR_FMT "' is not zh, en or empty", STR_ARG(language));
}

static enum err check_full_name(struct str name, struct error *e)
{
    size_t characters = 0;
    for (size_t at = 0; at < name.n; characters++)
        if (utf8_next(name, &at) < 0x20)
            return error_set(e, ERR_INPUT, "account.full_name", "full_name",
                             "a name has no control characters");
    if (characters <= MAX_TEXT)
        return ERR_OK;
    return error_set(e, ERR_INPUT, "account.full_name", "full_name",
                     "a name has at most %d characters", MAX_TEXT);
}

// Whether a name is free for this person; 0: for a new one.
static enum err check_free(struct conn *c, struct str name, struct str folded,
                           int64_t user, struct error *e)
{
    struct stmt *s;
    bool taken = str_starts(folded, STR("local administrator"));
    enum err code =
        conn_stmt(c, "account.taken",
                  "SELECT user FROM heng_accounts WHERE folded = ?1 AND user <> ?3"
                  " UNION ALL SELECT id FROM heng_users WHERE name = ?2 AND id <> ?3",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, folded);
    stmt_bind_text(s, 2, name);
    stmt_bind_int(s, 3, user);
    if (!taken)
        code = stmt_step(s, &taken, e);
    stmt_finish(s);
    if (code || !taken)
        return code;
    error_set(e, ERR_CONFLICT, "account.taken", "name", "the name '" STR_FMT "' is taken",
              STR_ARG(name));
    return error_cure(e, "choose another; capitals and width do not tell names apart");
}

static enum err insert_user(struct conn *c, struct str name, int64_t now, int64_t *user,
                            struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "account.user",
                              "INSERT INTO heng_users (id, name, made_at)"
                              " SELECT coalesce(max(id), 0) + 1, ?, ? FROM heng_users"
                              " WHERE true RETURNING id",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, name);
    stmt_bind_int(s, 2, now);
    code = stmt_step(s, &row, e);
    *user = !code && row ? stmt_int(s, 0) : 0;
    while (!code && row)
        code = stmt_step(s, &row, e);
    stmt_finish(s);
    return code;
}

enum err account_insert(struct conn *c, struct arena *a, struct str name,
                        struct str full_name, struct str language, int64_t now,
                        int64_t *user, struct error *e)
{
    struct str folded;
    struct stmt *s;
    name = str_trim(name);
    enum err code = account_fold(a, name, &folded, e);
    if (!code)
        code = check_full_name(full_name, e);
    if (!code)
        code = check_language(language, e);
    if (!code)
        code = check_free(c, name, folded, 0, e);
    if (!code)
        code = insert_user(c, name, now, user, e);
    if (!code)
        code = conn_stmt(c, "account.insert",
                         "INSERT INTO heng_accounts (user, folded, full_name, language,"
                         " state, made_at) VALUES (?, ?, ?, ?, 'invited', ?)",
                         &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, *user);
    stmt_bind_text(s, 2, folded);
    stmt_bind_text(s, 3, full_name.p ? str_trim(full_name) : STR(""));
    stmt_bind_text(s, 4, language.p ? language : STR(""));
    stmt_bind_int(s, 5, now);
    return stmt_done(s, e);
}

struct edit {
    const struct account_editor *by;
    const struct account_change *change;
    int64_t user;
    struct arena arena;
};

static enum err note(struct conn *c, const struct account_editor *by,
                     enum audit_kind kind, struct str subject, struct str text,
                     struct error *e)
{
    return audit_append(c,
                        &(struct audit_entry){.kind = kind,
                                              .who = by->user,
                                              .subject = subject,
                                              .text = text,
                                              .at = by->now},
                        e);
}

static enum err add_job(struct conn *c, void *argument, struct error *e)
{
    struct edit *x = argument;
    const struct account_change *change = x->change;
    enum err code = account_insert(c, &x->arena, change->name, change->full_name,
                                   change->language, x->by->now, &x->user, e);
    if (!code)
        code = account_set_holds(c, &x->arena, x->by, x->user, change->holds,
                                 change->n_holds, e);
    if (!code)
        code = account_changed(c, e);
    struct str text = str_format(&x->arena, "made; " STR_FMT, STR_ARG(change->note));
    if (!code && !text.p)
        code = error_memory(e);
    return code ? code : note(c, x->by, AUDIT_PERSON, str_trim(change->name), text, e);
}

enum err account_add(struct store *s, const struct account_editor *by,
                     const struct account_change *change, int64_t *user, struct error *e)
{
    struct edit x = {.by = by, .change = change};
    arena_init(&x.arena, 0);
    enum err code = store_write(s, add_job, &x, e);
    arena_free(&x.arena);
    *user = code ? 0 : x.user;
    return code;
}

static enum err update_texts(struct conn *c, struct arena *a, int64_t user,
                             const struct account_change *change, struct error *e)
{
    struct stmt *s;
    enum err code = check_full_name(change->full_name, e);
    if (!code)
        code = check_language(change->language, e);
    if (!code)
        code = conn_stmt(c, "account.texts",
                         "UPDATE heng_accounts SET full_name = coalesce(?1, full_name),"
                         " language = coalesce(?2, language) WHERE user = ?3",
                         &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1,
                   change->full_name.p ? str_trim(change->full_name) : change->full_name);
    stmt_bind_text(s, 2, change->language);
    stmt_bind_int(s, 3, user);
    code = stmt_done(s, e);
    struct str folded, name = str_trim(change->name);
    if (code || !change->name.p)
        return code;
    code = account_fold(a, name, &folded, e);
    if (!code)
        code = check_free(c, name, folded, user, e);
    if (!code)
        code = conn_stmt(c, "account.rename_user",
                         "UPDATE heng_users SET name = ? WHERE id = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, name);
    stmt_bind_int(s, 2, user);
    code = stmt_done(s, e);
    if (!code)
        code = conn_stmt(c, "account.rename",
                         "UPDATE heng_accounts SET folded = ? WHERE user = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, folded);
    stmt_bind_int(s, 2, user);
    return stmt_done(s, e);
}

static enum err turn(struct conn *c, int64_t user, bool off, struct error *e)
{
    enum err code =
        off ? account_run(c, "account.off",
                          "UPDATE heng_accounts SET state = 'off' WHERE user = ?", &user,
                          1, e)
            : account_run(c, "account.on",
                          "UPDATE heng_accounts SET state = CASE WHEN password IS NULL"
                          " THEN 'invited' ELSE 'active' END"
                          " WHERE user = ? AND state = 'off'",
                          &user, 1, e);
    if (!code && off)
        code = account_sign_out(c, user, 0, true, e);
    if (!code && off)
        code = account_run(c, "account.void_links",
                           "DELETE FROM heng_links WHERE user = ? AND used_at IS NULL",
                           &user, 1, e);
    return code;
}

static enum err change_job(struct conn *c, void *argument, struct error *e)
{
    struct edit *x = argument;
    const struct account_change *change = x->change;
    const struct account_holds *before;
    struct account_person person;
    size_t n;
    enum err code = account_get(c, &x->arena, x->user, &person, e);
    if (!code)
        code = may_edit_in(c, &x->arena, x->by, x->user, &before, &n, e);
    if (code)
        return code;
    bool new_roles =
        change->set_holds && !same_holds(before, n, change->holds, change->n_holds);
    if (x->user == x->by->user && !x->by->at_shell &&
        (new_roles || change->turn == ACCOUNT_TURN_OFF))
        return not_yours("nobody changes their own roles or turns themselves off", e);
    bool turns = change->turn != ACCOUNT_AS_IS &&
                 (change->turn == ACCOUNT_TURN_OFF) != (person.state == ACCOUNT_OFF);
    code = update_texts(c, &x->arena, x->user, change, e);
    if (!code && new_roles)
        code = account_set_holds(c, &x->arena, x->by, x->user, change->holds,
                                 change->n_holds, e);
    if (!code && turns)
        code = turn(c, x->user, change->turn == ACCOUNT_TURN_OFF, e);
    if (!code)
        code = account_changed(c, e);
    struct str text =
        str_format(&x->arena, "changed%s%s" STR_FMT,
                   !turns                             ? ""
                   : change->turn == ACCOUNT_TURN_OFF ? ", off"
                                                      : ", on",
                   new_roles ? "; " : "", STR_ARG(new_roles ? change->note : STR("")));
    if (!code && !text.p)
        code = error_memory(e);
    return code ? code : note(c, x->by, AUDIT_PERSON, person.name, text, e);
}

enum err account_change(struct store *s, const struct account_editor *by, int64_t user,
                        const struct account_change *change, struct error *e)
{
    struct edit x = {.by = by, .change = change, .user = user};
    arena_init(&x.arena, 0);
    enum err code = store_write(s, change_job, &x, e);
    arena_free(&x.arena);
    return code;
}

static enum err settings_job(struct conn *c, void *argument, struct error *e)
{
    struct edit *x = argument;
    enum err code = update_texts(c, &x->arena, x->user, x->change, e);
    return code ? code : account_changed(c, e);
}

enum err account_settings(struct store *s, int64_t user, struct str full_name,
                          struct str language, struct error *e)
{
    const struct account_change change = {.full_name = full_name, .language = language};
    struct edit x = {.change = &change, .user = user};
    arena_init(&x.arena, 0);
    enum err code = store_write(s, settings_job, &x, e);
    arena_free(&x.arena);
    return code;
}

// --- roles

struct role_edit {
    const struct account_editor *by;
    const struct account_role *role;
    struct str name;
    struct arena arena;
};

static enum err check_role(const struct account_role *r, struct error *e)
{
    bool good = r->name.n > 0 && r->name.n <= 40;
    for (size_t i = 0; good && i < r->name.n; i++) {
        char ch = r->name.p[i];
        good = (ch >= 'a' && ch <= 'z') || (i && ((ch >= '0' && ch <= '9') || ch == '_'));
    }
    if (!good) {
        error_set(e, ERR_INPUT, "account.role_name", "name",
                  "'" STR_FMT "' cannot name a role", STR_ARG(r->name));
        return error_cure(e, "use 1 to 40 letters a-z, digits and _, a letter first");
    }
    if (!r->label.en.n || !r->label.zh.n || r->label.en.n > MAX_TEXT ||
        r->label.zh.n > MAX_TEXT)
        return error_set(e, ERR_INPUT, "account.role_label", "label",
                         "a role has a label in English and one in Chinese, of at most "
                         "%d bytes",
                         MAX_TEXT);
    if (r->n_rows > ACCOUNT_MAX_ROWS)
        return error_set(e, ERR_LIMIT, "account.role_rows", "rows",
                         "%zu entries; a role has at most %d", r->n_rows,
                         ACCOUNT_MAX_ROWS);
    for (size_t i = 0; i < r->n_rows; i++)
        if (r->rows[i].n_registers > ACCOUNT_MAX_REGISTERS ||
            !(r->rows[i].read || r->rows[i].write)) {
            error_set(e, ERR_INPUT, "account.role_rows", "rows",
                      "rows of %s: neither read nor write, or more than %d registers",
                      purpose_name(r->rows[i].purpose), ACCOUNT_MAX_REGISTERS);
            return error_cure(e, "leave the entry out, or say what may be done");
        }
    return account_glass(r, 1, "this role", e);
}

#define HOLDERS                                                                          \
    "SELECT user, role FROM heng_account_roles UNION ALL SELECT user, role FROM"         \
    " heng_facility_roles"

// The rules of the editor over the role as it is now.
static enum err may_change_role(struct conn *c, const struct role_edit *x, bool *found,
                                struct error *e)
{
    struct stmt *s;
    bool held = false, own = false;
    *found = false;
    enum err code = conn_stmt(c, "account.role_held",
                              "SELECT (SELECT count(*) FROM (" HOLDERS ") h"
                              " WHERE h.role = r.name), EXISTS (SELECT 1 FROM"
                              " (" HOLDERS ") h WHERE h.role = r.name AND h.user ="
                              " ?2) FROM heng_roles r WHERE r.name = ?1",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->name);
    stmt_bind_int(s, 2, x->by->user);
    code = stmt_step(s, found, e);
    if (!code && *found) {
        held = stmt_int(s, 0) > 0;
        own = stmt_int(s, 1);
    }
    stmt_finish(s);
    if (!code && str_equal_c(x->name, "administrator"))
        return not_yours("the role administrator stays as it is", e);
    if (!code && own && !x->by->at_shell)
        return not_yours("nobody changes a role that they hold", e);
    if (!code && !x->role && held) {
        error_set(e, ERR_CONFLICT, "account.role_held", NULL,
                  "people hold the role " STR_FMT, STR_ARG(x->name));
        return error_cure(e, "take it from them first");
    }
    if (!code && !may(x->by, ACCESS_PEOPLE, 0))
        return not_yours("roles are not yours to change", e);
    return code;
}

// No holder may come to see both sides of the glass.
static enum err check_holders(struct conn *c, struct role_edit *x, struct error *e)
{
    struct stmt *s;
    int64_t user = 0;
    for (bool row = true;;) {
        enum err code = conn_stmt(c, "account.next_holder",
                                  "SELECT min(user) FROM (" HOLDERS ")"
                                  " WHERE role = ? AND user > ?",
                                  &s, e);
        if (code)
            return code;
        stmt_bind_text(s, 1, x->name);
        stmt_bind_int(s, 2, user);
        code = stmt_step(s, &row, e);
        user = !code && row ? stmt_int(s, 0) : 0;
        stmt_finish(s);
        if (code || !user)
            return code;
        const struct account_holds *holds;
        struct account_role *roles;
        size_t n;
        arena_reset(&x->arena);
        code = account_read_holds(c, &x->arena, user, &holds, &n, e);
        if (!code)
            code = account_read_roles(c, &x->arena, holds, n, &roles, e);
        if (!code)
            code = account_glass(roles, n, "one who holds this role", e);
        if (code)
            return code;
    }
}

static enum err put_role_job(struct conn *c, void *argument, struct error *e)
{
    struct role_edit *x = argument;
    struct stmt *s;
    bool found, row;
    enum err code = check_role(x->role, e);
    if (!code)
        code = account_migrate(c, e);
    if (!code)
        code = may_change_role(c, x, &found, e);
    if (!code)
        code = covers(x->by, x->role, 0, e);
    if (!code && !found) {
        code = conn_stmt(c, "account.room_for_roles", "SELECT count(*) FROM heng_roles",
                         &s, e);
        if (!code)
            code = stmt_step(s, &row, e);
        if (code)
            return code;
        bool full = stmt_int(s, 0) >= MAX_ROLES_OF_A_FILE;
        stmt_finish(s);
        if (full)
            return error_set(e, ERR_LIMIT, "account.roles_full", NULL,
                             "there are %d roles already", MAX_ROLES_OF_A_FILE);
    }
    if (!code)
        code = account_save_role(c, x->role, e);
    if (!code)
        code = check_holders(c, x, e);
    if (!code)
        code = account_changed(c, e);
    return code ? code
                : note(c, x->by, AUDIT_ROLE, x->name,
                       found ? STR("changed") : STR("made"), e);
}

enum err account_put_role(struct store *s, const struct account_editor *by,
                          const struct account_role *role, struct error *e)
{
    struct role_edit x = {.by = by, .role = role, .name = role->name};
    arena_init(&x.arena, 0);
    enum err code = store_write(s, put_role_job, &x, e);
    arena_free(&x.arena);
    return code;
}

static enum err drop_role_job(struct conn *c, void *argument, struct error *e)
{
    struct role_edit *x = argument;
    struct stmt *s;
    bool found;
    enum err code = account_migrate(c, e);
    if (!code)
        code = may_change_role(c, x, &found, e);
    if (!code && !found)
        return error_set(e, ERR_NOT_FOUND, "account.no_role", NULL,
                         "there is no role '" STR_FMT "'", STR_ARG(x->name));
    if (!code)
        code = conn_stmt(c, "account.drop_role", "DELETE FROM heng_roles WHERE name = ?",
                         &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->name);
    code = stmt_done(s, e);
    return code ? code : note(c, x->by, AUDIT_ROLE, x->name, STR("removed"), e);
}

enum err account_drop_role(struct store *s, const struct account_editor *by,
                           struct str name, struct error *e)
{
    struct role_edit x = {.by = by, .name = name};
    arena_init(&x.arena, 0);
    enum err code = store_write(s, drop_role_job, &x, e);
    arena_free(&x.arena);
    return code;
}
