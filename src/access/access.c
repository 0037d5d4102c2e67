// SPDX-License-Identifier: AGPL-3.0-or-later
#include "access/account.h"

#include <assert.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"

// How the history names who works at the shell, and for whom.
static const char shell[] = "local administrator ", behalf[] = " (entered by ";

static const char *const schema[] = {
    "CREATE TABLE heng_users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " made_at INTEGER NOT NULL) STRICT",
};

enum err access_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "access", schema, sizeof schema / sizeof *schema, e);
}

static enum err find_user(struct conn *c, struct str name, int64_t *id, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "access.find_user",
                              "SELECT id FROM heng_users WHERE name = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, name);
    bool row;
    code = stmt_step(s, &row, e);
    *id = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

static enum err make_user(struct conn *c, void *argument, struct error *e)
{
    struct access *a = argument;
    enum err code = access_migrate(c, e);
    if (!code)
        code = find_user(c, a->name, &a->user, e);
    if (code || a->user)
        return code;
    struct stmt *s;
    code = conn_stmt(c, "access.make_user",
                     "INSERT INTO heng_users (id, name, made_at)"
                     " SELECT coalesce(max(id), 0) + 1, ?, ? FROM heng_users",
                     &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, a->name);
    stmt_bind_int(s, 2, date_now_ms());
    code = stmt_done(s, e);
    return code ? code : find_user(c, a->name, &a->user, e);
}

// What the person at the shell may do. Care rows may be entered and not seen.
static const struct access_grant of_administrator = {
    .reads_rows = ((1u << PURPOSE_COUNT) - 1) & ~(1u << PURPOSE_CARE),
    .writes_rows = (1u << PURPOSE_COUNT) - 1,
    .functions = (1u << ACCESS_FUNCTIONS) - 1,
};
// The same of one who may not write the file.
static const struct access_grant of_reader = {
    .reads_rows = ((1u << PURPOSE_COUNT) - 1) & ~(1u << PURPOSE_CARE),
    .functions = 1u << ACCESS_FIGURES | 1u << ACCESS_AUDIT,
};

enum err access_local_administrator(struct store *s, int suppress_below, struct arena *a,
                                    struct access *out, struct error *e)
{
    char space[1024];
    struct passwd entry, *found = NULL;
    const char *login = "unknown";
    if (getpwuid_r(getuid(), &entry, space, sizeof space, &found) == 0 && found)
        login = found->pw_name;
    *out = (struct access){
        .name = str_format(a, "%s%s", shell, login),
        .grants = &of_administrator,
        .n_grants = 1,
        .every_role = true,
        .suppress_below = suppress_below > 5 ? suppress_below : 5, // the Charter's floor
    };
    if (!out->name.p)
        return error_memory(e);
    struct conn *c;
    enum err code = store_read_begin(s, &c, e);
    if (code)
        return code;
    // a file just made has no table of users yet; then the write job below makes it
    struct error none;
    if (find_user(c, out->name, &out->user, &none))
        out->user = 0;
    store_read_end(c);
    if (out->user)
        return ERR_OK;
    code = store_write(s, make_user, out, e);
    if (code != ERR_FORBIDDEN)
        return code;
    out->grants = &of_reader; // a file that may only be read is read by a nobody
    return ERR_OK;
}

// The account of this name, if there is one that may still be used: its own spelling of
// the name, and its roles of today.
static enum err find_behalf(struct access *a, struct conn *c, struct str *who,
                            struct arena *arena, struct error *e)
{
    struct account_person person;
    struct error none;
    bool ready;
    int64_t user = 0;
    enum err code = account_ready(c, &ready, e);
    if (code || !ready)
        return code;
    code = account_find(c, arena, *who, &user, &none);
    if (code)
        return code == ERR_NOT_FOUND || code == ERR_INPUT ? ERR_OK : (*e = none, code);
    code = account_get(c, arena, user, &person, e);
    if (code || person.state == ACCOUNT_OFF)
        return code;
    struct access_role *roles =
        ARENA_ARRAY(arena, struct access_role, person.n_holds + 1);
    if (!roles)
        return error_memory(e);
    for (size_t i = 0; i < person.n_holds; i++)
        if (person.holds[i].until == DATE_NONE || person.holds[i].until >= date_today())
            roles[a->n_behalf_roles++] = (struct access_role){
                person.holds[i].role, person.holds[i].area, person.holds[i].facility};
    a->behalf = user;
    a->behalf_roles = roles;
    *who = person.name;
    return ERR_OK;
}

enum err access_on_behalf(struct access *a, struct store *s, struct str who,
                          struct arena *arena, struct error *e)
{
    who = str_trim(who);
    if (a->grants != &of_administrator)
        return error_set(e, ERR_FORBIDDEN, "access.behalf", NULL,
                         "only who may write at the shell enters for another");
    if (!who.n || who.n > 100)
        return error_set(e, ERR_INPUT, "access.behalf", NULL,
                         "whose decision it is has %zu bytes; 1 to 100 are possible",
                         who.n);
    struct access other = *a;
    struct conn *c;
    other.behalf = 0;
    other.n_behalf_roles = 0;
    enum err code = store_read_begin(s, &c, e);
    if (code)
        return code;
    code = find_behalf(&other, c, &who, arena, e);
    store_read_end(c);
    if (code)
        return code;
    other.name = str_format(arena, STR_FMT "%s" STR_FMT ")", STR_ARG(who), behalf,
                            STR_ARG(a->name));
    if (!other.name.p)
        return error_memory(e);
    code = store_write(s, make_user, &other, e);
    if (!code)
        *a = other;
    return code;
}

struct str access_decided_by(struct str name)
{
    size_t n = 0;
    while (n < name.n &&
           !str_starts((struct str){name.p + n, name.n - n}, str_of(behalf)))
        n++;
    return (struct str){name.p, n};
}

struct str access_name(struct arena *a, struct str name, bool zh)
{
    const struct str who = access_decided_by(name);
    struct str hand = {name.p + who.n, name.n - who.n};
    struct str said = who;
    if (!zh)
        return name;
    if (str_starts(who, str_of(shell)))
        said = str_format(a, "本机管理员" STR_FMT, (int)(who.n - strlen(shell)),
                          who.p + strlen(shell));
    if (hand.n > strlen(behalf)) {
        hand = (struct str){hand.p + strlen(behalf), hand.n - strlen(behalf) - 1};
        hand = access_name(a, hand, true);
        said =
            str_format(a, STR_FMT "（由" STR_FMT "录入）", STR_ARG(said), STR_ARG(hand));
    }
    return said.p ? said : name;
}

// --- what a grant gives

const char *access_function_name(enum access_function f)
{
    static const char *const names[ACCESS_FUNCTIONS] = {
        "figures", "import", "explain", "people", "pack", "file", "audit"};
    assert(f < ACCESS_FUNCTIONS);
    return names[f];
}

static bool gives_rows(const struct access_grant *g, const struct reg *r,
                       enum access_want want)
{
    unsigned purposes = want == ACCESS_WRITE ? g->writes_rows : g->reads_rows;
    if (!(purposes & (1u << r->purpose)))
        return false;
    for (size_t i = 0; i < g->n_registers; i++)
        if (g->registers[i] == r)
            return true;
    if (g->facility) // a ledger has no fields
        return !r->fields && g->ledgers & (1u << r->purpose);
    return g->n_registers == 0;
}

static bool any_rows(const struct access *a, const struct reg *r, enum access_want want,
                     bool of_facility)
{
    for (size_t i = 0; i < a->n_grants; i++)
        if ((of_facility || !a->grants[i].facility) && gives_rows(&a->grants[i], r, want))
            return true;
    return false;
}

static enum err may_not_read(const struct access *a, const struct reg *r, struct error *e)
{
    error_set(e, ERR_FORBIDDEN, "access.read", r->name.p,
              "rows of " STR_FMT " are for the purpose '%s', which " STR_FMT
              " does not hold",
              STR_ARG(r->name), purpose_name(r->purpose), STR_ARG(a->name));
    return error_cure(
        e, "ask for counts (heng measure); a row of care is seen only by those who "
           "give that care");
}

static enum err may_not_write(const struct access *a, const struct reg *r,
                              struct error *e)
{
    return error_set(e, ERR_FORBIDDEN, "access.write", r->name.p,
                     STR_FMT " may not enter rows for the purpose '%s'", STR_ARG(a->name),
                     purpose_name(r->purpose));
}

enum err access_read_rows(const struct access *a, const struct reg *r, struct error *e)
{
    return any_rows(a, r, ACCESS_READ, false) ? ERR_OK : may_not_read(a, r, e);
}

enum err access_write_rows(const struct access *a, const struct reg *r, struct error *e)
{
    return any_rows(a, r, ACCESS_WRITE, false) ? ERR_OK : may_not_write(a, r, e);
}

enum err access_read_some(const struct access *a, const struct reg *r, struct error *e)
{
    return any_rows(a, r, ACCESS_READ, true) ? ERR_OK : may_not_read(a, r, e);
}

enum err access_write_some(const struct access *a, const struct reg *r, struct error *e)
{
    return any_rows(a, r, ACCESS_WRITE, true) ? ERR_OK : may_not_write(a, r, e);
}

static bool has_function(const struct access *a, enum access_function f, bool of_facility)
{
    for (size_t i = 0; i < a->n_grants; i++)
        if ((of_facility || !a->grants[i].facility) && a->grants[i].functions & (1u << f))
            return true;
    return false;
}

static enum err has_not(const struct access *a, enum access_function f, struct error *e)
{
    error_set(e, ERR_FORBIDDEN, "access.function", NULL,
              "no role of " STR_FMT " has the function '%s'", STR_ARG(a->name),
              access_function_name(f));
    return error_cure(e, "ask an administrator for a role that has it");
}

enum err access_may(const struct access *a, enum access_function f, struct error *e)
{
    return has_function(a, f, false) ? ERR_OK : has_not(a, f, e);
}

enum err access_may_some(const struct access *a, enum access_function f, struct error *e)
{
    return has_function(a, f, true) ? ERR_OK : has_not(a, f, e);
}

enum err access_import(const struct access *a, const struct reg *r, struct error *e)
{
    int64_t facilities[ACCESS_MAX_GRANTS];
    if (access_import_facilities(a, r, facilities))
        return ERR_OK;
    if (!any_rows(a, r, ACCESS_WRITE, false))
        return may_not_write(a, r, e);
    return access_may(a, ACCESS_IMPORT, e);
}

enum err access_administer(const struct access *a, struct error *e)
{
    const unsigned both = 1u << ACCESS_PACK | 1u << ACCESS_FILE;
    for (size_t i = 0; i < a->n_grants; i++)
        if ((a->grants[i].functions & both) == both && !a->grants[i].area &&
            !a->grants[i].facility)
            return ERR_OK;
    return error_set(e, ERR_FORBIDDEN, "access.administer", NULL,
                     STR_FMT " is no administrator", STR_ARG(a->name));
}

// --- where

struct roots {
    int64_t *list;
    size_t n;
    bool everywhere;
};

static void add_root(struct roots *r, int64_t area)
{
    if (!area) {
        r->everywhere = true;
        r->n = 0;
        return;
    }
    for (size_t i = 0; i < r->n; i++)
        if (r->list[i] == area)
            return;
    if (!r->everywhere && r->n < ACCESS_MAX_GRANTS)
        r->list[r->n++] = area;
}

size_t access_areas(const struct access *a, const struct reg *r, enum access_want want,
                    int64_t roots[ACCESS_MAX_GRANTS], bool *everywhere)
{
    struct roots to = {.list = roots};
    for (size_t i = 0; i < a->n_grants; i++)
        if (!a->grants[i].facility && gives_rows(&a->grants[i], r, want))
            add_root(&to, a->grants[i].area);
    *everywhere = to.everywhere;
    return to.n;
}

static size_t facilities_of(const struct access *a, const struct reg *r,
                            enum access_want want, unsigned functions,
                            int64_t facilities[ACCESS_MAX_GRANTS])
{
    struct roots to = {.list = facilities};
    for (size_t i = 0; i < a->n_grants; i++)
        if (a->grants[i].facility && gives_rows(&a->grants[i], r, want) &&
            (a->grants[i].functions & functions) == functions)
            add_root(&to, a->grants[i].facility);
    return to.n;
}

size_t access_facilities(const struct access *a, const struct reg *r,
                         enum access_want want, int64_t facilities[ACCESS_MAX_GRANTS])
{
    return facilities_of(a, r, want, 0, facilities);
}

size_t access_import_facilities(const struct access *a, const struct reg *r,
                                int64_t facilities[ACCESS_MAX_GRANTS])
{
    return facilities_of(a, r, ACCESS_WRITE, 1u << ACCESS_IMPORT, facilities);
}

size_t access_function_areas(const struct access *a, enum access_function f,
                             int64_t roots[ACCESS_MAX_GRANTS], bool *everywhere)
{
    struct roots to = {.list = roots};
    for (size_t i = 0; i < a->n_grants; i++)
        if (!a->grants[i].facility && a->grants[i].functions & (1u << f))
            add_root(&to, a->grants[i].area);
    *everywhere = to.everywhere;
    return to.n;
}

size_t access_role_areas(const struct access *a, const struct str *roles, size_t n,
                         int64_t roots[ACCESS_MAX_GRANTS], bool *everywhere)
{
    struct roots to = {.list = roots, .everywhere = a->every_role};
    for (size_t i = 0; i < a->n_roles; i++)
        for (size_t k = 0; k < n; k++)
            if (!a->roles[i].facility && str_equal(a->roles[i].name, roles[k]))
                add_root(&to, a->roles[i].area);
    *everywhere = to.everywhere;
    return to.everywhere ? 0 : to.n;
}

bool access_role_of_facility(const struct access *a, const struct str *roles, size_t n,
                             int64_t facility)
{
    for (size_t i = 0; i < a->n_roles; i++)
        for (size_t k = 0; k < n; k++)
            if (facility && a->roles[i].facility == facility &&
                str_equal(a->roles[i].name, roles[k]))
                return true;
    return false;
}

// --- small counts

static bool cares_for(const struct access *a, int64_t area)
{
    for (size_t i = 0; i < a->n_grants; i++) {
        const struct access_grant *g = &a->grants[i];
        if ((g->reads_rows & (1u << PURPOSE_CARE)) && !g->n_registers && !g->facility &&
            (!g->area || g->area == area))
            return true;
    }
    return false;
}

// Where figures are seen of an area that is not in the caller's care, none is unmasked:
// otherwise what is hidden there could be had by taking the one from the other.
static bool sees_small_counts(const struct access *a)
{
    bool any = false;
    for (size_t i = 0; i < a->n_grants; i++) {
        const struct access_grant *g = &a->grants[i];
        if ((g->reads_rows & (1u << PURPOSE_CARE)) && !g->facility)
            any = true;
        if ((g->functions & (1u << ACCESS_FIGURES)) && !cares_for(a, g->area))
            return false;
    }
    return any;
}

bool access_shows_count(const struct access *a, enum purpose p, double count)
{
    return p != PURPOSE_CARE || count == 0 || count >= a->suppress_below ||
           sees_small_counts(a);
}

uint64_t access_scope(const struct access *a)
{
    uint64_t h = str_hash(STR("access"), (uint64_t)a->suppress_below);
    for (size_t i = 0; i < a->n_grants; i++) {
        const struct access_grant *g = &a->grants[i];
        const uint64_t parts[] = {g->reads_rows,     g->writes_rows,        g->functions,
                                  (uint64_t)g->area, (uint64_t)g->facility, g->ledgers,
                                  g->n_registers};
        h = str_hash((struct str){(const char *)parts, sizeof parts}, h);
        for (size_t k = 0; k < g->n_registers; k++)
            h = str_hash(g->registers[k]->name, h);
    }
    for (size_t i = 0; i < a->n_roles; i++) // in the order of their area and name
        h = str_hash(a->roles[i].name, h ^ (uint64_t)a->roles[i].area ^
                                           (uint64_t)a->roles[i].facility << 1);
    return a->every_role ? ~h : h;
}

static enum err copy_roles(const struct access_role *from, size_t n, struct arena *arena,
                           const struct access_role **out, struct error *e)
{
    struct access_role *list = ARENA_ARRAY(arena, struct access_role, n + 1);
    *out = list;
    for (size_t i = 0; list && i < n; i++) {
        list[i] = from[i];
        list[i].name = str_copy(arena, from[i].name);
        if (!list[i].name.p)
            return error_memory(e);
    }
    return list ? ERR_OK : error_memory(e);
}

enum err access_copy(const struct access *a, struct arena *arena, struct access *out,
                     struct error *e)
{
    struct access_grant *grants =
        ARENA_ARRAY(arena, struct access_grant, a->n_grants + 1);
    *out = *a;
    out->grants = grants;
    out->name = str_copy(arena, a->name);
    if (!grants || !out->name.p)
        return error_memory(e);
    for (size_t i = 0; i < a->n_grants; i++) {
        const struct access_grant *g = &a->grants[i];
        const struct reg **registers =
            ARENA_ARRAY(arena, const struct reg *, g->n_registers + 1);
        if (!registers)
            return error_memory(e);
        for (size_t k = 0; k < g->n_registers; k++)
            registers[k] = g->registers[k];
        grants[i] = *g;
        grants[i].registers = registers;
    }
    enum err code = copy_roles(a->roles, a->n_roles, arena, &out->roles, e);
    return code ? code
                : copy_roles(a->behalf_roles, a->n_behalf_roles, arena,
                             &out->behalf_roles, e);
}
