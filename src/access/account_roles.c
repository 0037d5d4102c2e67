// SPDX-License-Identifier: AGPL-3.0-or-later
// Roles as data, and what they give.
#include <jansson.h>
#include <string.h>

#include "access/access_private.h"
#include "base/date.h"
#include "base/json.h"
#include "pack/engines.h"

// --- the JSON of a role

static bool purpose_of(const char *name, enum purpose *out)
{
    for (int p = 0; name && p < PURPOSE_COUNT; p++)
        if (strcmp(name, purpose_name((enum purpose)p)) == 0) {
            *out = (enum purpose)p;
            return true;
        }
    return false;
}

static enum err read_rows(struct arena *a, json_t *rows, struct account_role *out,
                          struct error *e)
{
    size_t n = json_array_size(rows);
    if (n > ACCOUNT_MAX_ROWS)
        n = ACCOUNT_MAX_ROWS;
    struct account_rows *list = ARENA_ARRAY(a, struct account_rows, n + 1);
    if (!list)
        return error_memory(e);
    out->rows = list;
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_array_get(rows, i), *names = json_object_get(one, "registers");
        struct account_rows *r = &list[out->n_rows];
        struct str *registers = ARENA_ARRAY(a, struct str, json_array_size(names) + 1);
        if (!registers)
            return error_memory(e);
        if (!purpose_of(json_string_value(json_object_get(one, "purpose")), &r->purpose))
            continue; // a purpose of a newer Heng
        r->read = json_is_true(json_object_get(one, "read"));
        r->write = json_is_true(json_object_get(one, "write"));
        r->registers = registers;
        for (size_t k = 0; k < json_array_size(names); k++) {
            json_t *name = json_array_get(names, k);
            struct str text = {json_string_value(name), json_string_length(name)};
            registers[r->n_registers] = str_copy(a, text);
            if (!registers[r->n_registers++].p)
                return error_memory(e);
        }
        out->n_rows++;
    }
    return ERR_OK;
}

static enum err read_body(struct arena *a, struct str body, struct account_role *out,
                          struct error *e)
{
    json_t *root = json_loadb(body.p, body.n, 0, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return error_set(e, ERR_CORRUPT, "account.role", NULL,
                         "the role " STR_FMT " is not readable", STR_ARG(out->name));
    }
    json_t *functions = json_object_get(root, "functions"), *one;
    size_t i;
    json_array_foreach(functions, i, one)
    {
        for (int f = 0; f < ACCESS_FUNCTIONS; f++)
            if (json_is_string(one) &&
                strcmp(json_string_value(one),
                       access_function_name((enum access_function)f)) == 0)
                out->functions |= 1u << f;
    }
    enum err code = read_rows(a, json_object_get(root, "rows"), out, e);
    json_decref(root);
    return code;
}

static void write_body(struct buf *out, const struct account_role *r)
{
    struct json_writer j = json_on(out);
    json_put_object(&j);
    json_put_key(&j, STR("functions"));
    json_put_array(&j);
    for (int f = 0; f < ACCESS_FUNCTIONS; f++)
        if (r->functions & (1u << f))
            json_put_string(&j, str_of(access_function_name((enum access_function)f)));
    json_put_array_end(&j);
    json_put_key(&j, STR("rows"));
    json_put_array(&j);
    for (size_t i = 0; i < r->n_rows; i++) {
        json_put_object(&j);
        json_put_key(&j, STR("purpose"));
        json_put_string(&j, str_of(purpose_name(r->rows[i].purpose)));
        json_put_key(&j, STR("registers"));
        json_put_array(&j);
        for (size_t k = 0; k < r->rows[i].n_registers; k++)
            json_put_string(&j, r->rows[i].registers[k]);
        json_put_array_end(&j);
        json_put_key(&j, STR("read"));
        json_put_bool(&j, r->rows[i].read);
        json_put_key(&j, STR("write"));
        json_put_bool(&j, r->rows[i].write);
        json_put_object_end(&j);
    }
    json_put_array_end(&j);
    json_put_object_end(&j);
}

enum err account_save_role(struct conn *c, const struct account_role *r, struct error *e)
{
    struct buf body = BUF_INIT(1 << 18);
    struct stmt *s;
    write_body(&body, r);
    enum err code = buf_check(&body, e);
    if (!code)
        code = conn_stmt(c, "account.save_role",
                         "INSERT INTO heng_roles (name, label_en, label_zh, body,"
                         " built_in) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
                         " SET label_en = excluded.label_en, label_zh ="
                         " excluded.label_zh, body = excluded.body",
                         &s, e);
    if (!code) {
        stmt_bind_text(s, 1, r->name);
        stmt_bind_text(s, 2, r->label.en);
        stmt_bind_text(s, 3, r->label.zh);
        stmt_bind_text(s, 4, buf_str(&body));
        stmt_bind_int(s, 5, r->built_in);
        code = stmt_done(s, e);
    }
    buf_free(&body);
    return code;
}

// --- those that every file begins with

#define FN(f) (1u << ACCESS_##f)
#define ROWS(p, r, w)                                                                    \
    {                                                                                    \
        .purpose = PURPOSE_##p, .read = (r), .write = (w)                                \
    }
#define LABEL(english, chinese)                                                          \
    {                                                                                    \
        STR(english), STR(chinese)                                                       \
    }

static const struct account_rows administrator_rows[] = {
    ROWS(VITAL, true, true), ROWS(SUPERVISION, true, true), ROWS(BENEFIT, true, true),
    ROWS(STATISTICS, true, true)};
static const struct account_rows care_rows[] = {ROWS(CARE, true, true),
                                                ROWS(VITAL, true, true)};
static const struct account_rows clerk_rows[] = {ROWS(VITAL, true, true)};
static const struct account_rows statistician_rows[] = {ROWS(VITAL, true, false),
                                                        ROWS(STATISTICS, true, true)};
static const struct account_rows inspector_rows[] = {ROWS(SUPERVISION, true, true)};
static const struct account_rows office_rows[] = {ROWS(SUPERVISION, true, true)};
static const struct account_rows benefit_rows[] = {ROWS(BENEFIT, true, true)};
static const struct account_rows auditor_rows[] = {ROWS(BENEFIT, true, false)};

#define HOLDS(list) .rows = (list), .n_rows = sizeof(list) / sizeof *(list)

static const struct account_role built_in[] = {
    {.name = STR("administrator"),
     .label = LABEL("Administrator", "系统管理员"),
     .functions = (1u << ACCESS_FUNCTIONS) - 1,
     HOLDS(administrator_rows)},
    {.name = STR("care_worker"),
     .label = LABEL("Village doctor, township worker", "村医、乡镇工作人员"),
     .functions = FN(IMPORT) | FN(FIGURES),
     HOLDS(care_rows)},
    {.name = STR("clerk"),
     .label = LABEL("Clerk", "录入员"),
     .functions = FN(IMPORT) | FN(EXPLAIN) | FN(FIGURES),
     HOLDS(clerk_rows)},
    {.name = STR("statistician"),
     .label = LABEL("Statistician", "统计人员"),
     .functions = FN(FIGURES) | FN(IMPORT) | FN(EXPLAIN),
     HOLDS(statistician_rows)},
    {.name = STR("inspector"),
     .label = LABEL("Inspector", "监督检查人员"),
     .functions = FN(FIGURES),
     HOLDS(inspector_rows)},
    {.name = STR("leader"), .label = LABEL("Leader", "领导"), .functions = FN(FIGURES)},
    {.name = STR("benefits_clerk"),
     .label = LABEL("Benefits clerk", "奖励扶助经办人"),
     .functions = FN(FIGURES),
     HOLDS(benefit_rows)},
    {.name = STR("auditor"),
     .label = LABEL("Auditor", "审计人员"),
     .functions = FN(AUDIT) | FN(FIGURES),
     HOLDS(auditor_rows)},
    // what these may do is said by packs (moves, channels), or by who adds registers
    {.name = STR("facility"),
     .label = LABEL("Facility (self-check)", "医疗机构（自查）")},
    {.name = STR("tip_reader"), .label = LABEL("Reader of tips", "举报受理人")},
    {.name = STR("protection_officer"),
     .label = LABEL("Protection officer", "保护工作负责人")},
    {.name = STR("office"),
     .label = LABEL("Campaign office", "专项行动办公室"),
     .functions = FN(FIGURES),
     HOLDS(office_rows)},
};

static enum err has_role(struct conn *c, struct str name, bool *out, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "account.has_role",
                              "SELECT 1 FROM heng_roles WHERE name = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, name);
    code = stmt_step(s, out, e);
    stmt_finish(s);
    return code;
}

enum err account_built_in_roles(struct conn *c, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < sizeof built_in / sizeof *built_in; i++) {
        struct account_role r = built_in[i];
        bool there;
        r.built_in = true;
        code = has_role(c, r.name, &there, e);
        if (!code && !there) // what was made of one that is there is not undone
            code = account_save_role(c, &r, e);
    }
    return code;
}

// --- reading

static enum err read_role(struct stmt *s, struct arena *a, struct account_role *out,
                          struct error *e)
{
    *out = (struct account_role){
        .name = str_copy(a, stmt_text(s, 0)),
        .label = {str_copy(a, stmt_text(s, 1)), str_copy(a, stmt_text(s, 2))},
        .built_in = stmt_int(s, 4),
        .people = (size_t)stmt_int(s, 5),
    };
    if (!out->name.p || !out->label.en.p || !out->label.zh.p)
        return error_memory(e);
    return read_body(a, stmt_text(s, 3), out, e);
}

#define ROLE_SQL(holders)                                                                \
    "SELECT r.name, r.label_en, r.label_zh, r.body, r.built_in,"                         \
    " (SELECT count(DISTINCT h.user) FROM " holders " h WHERE h.role = r.name)"          \
    " FROM heng_roles r"
#define OF_AREAS ROLE_SQL("heng_account_roles")
#define OF_ALL                                                                           \
    ROLE_SQL("(SELECT user, role FROM heng_account_roles UNION SELECT user, role FROM"   \
             " heng_facility_roles)")

enum err account_roles(struct conn *c, struct arena *a, struct account_role **out,
                       size_t *n, struct error *e)
{
    struct stmt *s;
    bool row = false;
    size_t room = 0;
    *n = 0;
    enum err code =
        conn_stmt(c, "account.count_roles", "SELECT count(*) FROM heng_roles", &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    if (code)
        return code;
    room = row ? (size_t)stmt_int(s, 0) : 0;
    stmt_finish(s);
    *out = ARENA_ARRAY(a, struct account_role, room + 1);
    if (!*out)
        return error_memory(e);
    bool all = false;
    code = account_has_facilities(c, &all, e);
    if (!code)
        code = conn_stmt(c, all ? "account.roles" : "account.roles_of_areas",
                         all ? OF_ALL " ORDER BY r.built_in DESC, r.name"
                             : OF_AREAS " ORDER BY r.built_in DESC, r.name",
                         &s, e);
    if (code)
        return code;
    while (!(code = stmt_step(s, &row, e)) && row && *n < room)
        if ((code = read_role(s, a, &(*out)[(*n)++], e)) != ERR_OK)
            break;
    stmt_finish(s);
    return code;
}

static enum err one_role(struct conn *c, struct arena *a, struct str name,
                         struct account_role *out, bool *found, struct error *e)
{
    struct stmt *s;
    *found = false;
    bool all = false;
    enum err code = account_has_facilities(c, &all, e);
    if (!code)
        code = conn_stmt(c, all ? "account.role" : "account.role_of_areas",
                         all ? OF_ALL " WHERE r.name = ?" : OF_AREAS " WHERE r.name = ?",
                         &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, name);
    code = stmt_step(s, found, e);
    if (!code && *found)
        code = read_role(s, a, out, e);
    stmt_finish(s);
    return code;
}

// Columns: role, area, until, facility.
static enum err take_holds(struct stmt *s, struct arena *a, struct account_holds *list,
                           size_t *n, struct error *e)
{
    enum err code = ERR_OK;
    for (bool row; !(code = stmt_step(s, &row, e)) && row && *n < ACCOUNT_MAX_ROLES;) {
        struct account_holds *h = &list[(*n)++];
        struct str until = stmt_text(s, 2);
        h->role = str_copy(a, stmt_text(s, 0));
        h->area = stmt_int(s, 1);
        h->until = DATE_NONE;
        h->facility = stmt_int(s, 3);
        if (!h->role.p)
            code = error_memory(e);
        else if (until.p)
            code = date_parse(until, &h->until, e);
        if (code)
            break;
    }
    return code;
}

static enum err read_facility_holds(struct conn *c, struct arena *a, int64_t user,
                                    struct account_holds *list, size_t *n,
                                    struct error *e)
{
    struct stmt *s;
    bool there;
    enum err code = account_has_facilities(c, &there, e);
    if (!code && there)
        code = conn_stmt(c, "account.facility_holds",
                         "SELECT role, area, until, facility FROM heng_facility_roles"
                         " WHERE user = ? ORDER BY role, area, facility",
                         &s, e);
    if (code || !there)
        return code;
    stmt_bind_int(s, 1, user);
    code = take_holds(s, a, list, n, e);
    stmt_finish(s);
    return code;
}

enum err account_read_holds(struct conn *c, struct arena *a, int64_t user,
                            const struct account_holds **out, size_t *n, struct error *e)
{
    struct account_holds *list = ARENA_ARRAY(a, struct account_holds, ACCOUNT_MAX_ROLES);
    struct stmt *s;
    *n = 0;
    *out = list;
    if (!list)
        return error_memory(e);
    enum err code = conn_stmt(c, "account.holds",
                              "SELECT role, area, until, 0 FROM heng_account_roles"
                              " WHERE user = ? ORDER BY role, area",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, user);
    code = take_holds(s, a, list, n, e);
    stmt_finish(s);
    return code ? code : read_facility_holds(c, a, user, list, n, e);
}

enum err account_read_roles(struct conn *c, struct arena *a,
                            const struct account_holds *holds, size_t n,
                            struct account_role **out, struct error *e)
{
    struct account_role *list = ARENA_ARRAY(a, struct account_role, n + 1);
    enum err code = list ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < n; i++) {
        bool found;
        code = one_role(c, a, holds[i].role, &list[i], &found, e);
        if (!code && !found) {
            code = error_set(e, ERR_INPUT, "account.no_role", "roles",
                             "there is no role '" STR_FMT "'", STR_ARG(holds[i].role));
            error_cure(e, "choose one of the list of roles");
        }
    }
    *out = list;
    return code;
}

// --- from roles to rights

static bool same_registers(const struct access_grant *g, const struct reg **list,
                           size_t n)
{
    if (g->n_registers != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (g->registers[i] != list[i])
            return false;
    return true;
}

// Adds to the grant of this area and these registers, or makes it.
static void give(struct access_grant *grants, size_t *n, struct access_grant g)
{
    for (size_t i = 0; i < *n; i++)
        if (grants[i].area == g.area && !grants[i].facility &&
            same_registers(&grants[i], (const struct reg **)g.registers, g.n_registers)) {
            grants[i].reads_rows |= g.reads_rows;
            grants[i].writes_rows |= g.writes_rows;
            grants[i].functions |= g.functions;
            return;
        }
    if (*n < ACCESS_MAX_GRANTS)
        grants[(*n)++] = g;
}

static enum err give_rows(struct arena *a, const struct pack *p,
                          const struct account_rows *rows, int64_t area,
                          struct access_grant *grants, size_t *n, struct error *e)
{
    struct access_grant g = {.area = area};
    g.reads_rows = rows->read ? 1u << rows->purpose : 0;
    g.writes_rows = rows->write ? 1u << rows->purpose : 0;
    if (rows->n_registers) {
        const struct reg **list = ARENA_ARRAY(a, const struct reg *, rows->n_registers);
        if (!list)
            return error_memory(e);
        for (size_t i = 0; i < rows->n_registers; i++) {
            const struct reg *r = pack_register(p, rows->registers[i]);
            if (r && r->purpose == rows->purpose)
                list[g.n_registers++] = r;
        }
        if (!g.n_registers)
            return ERR_OK; // none would mean all
        g.registers = list;
    }
    if (g.reads_rows | g.writes_rows)
        give(grants, n, g);
    return ERR_OK;
}

// --- from roles for a facility to rights

struct own { // of one facility: registers that are read, and that are written
    const struct reg **registers[2];
    struct access_grant grants[2]; // by enum access_want
};

static void add_own(struct own *o, enum access_want want, const struct reg *r)
{
    struct access_grant *g = &o->grants[want];
    unsigned bit = 1u << r->purpose;
    for (size_t i = 0; i < g->n_registers; i++)
        if (g->registers[i] == r)
            return;
    o->registers[want][g->n_registers++] = r;
    if (want == ACCESS_READ)
        g->reads_rows |= bit;
    else
        g->writes_rows |= bit;
}

static void add_ledgers(struct own *o, enum access_want want, unsigned purposes)
{
    struct access_grant *g = &o->grants[want];
    g->ledgers |= purposes;
    if (want == ACCESS_READ)
        g->reads_rows |= purposes;
    else
        g->writes_rows |= purposes;
}

static bool is_named(const struct account_rows *rows, struct str name)
{
    for (size_t i = 0; i < rows->n_registers; i++)
        if (str_equal(rows->registers[i], name))
            return true;
    return rows->n_registers == 0;
}

static void add_own_rows(struct own *o, const struct pack *p,
                         const struct account_rows *rows)
{
    const bool wanted[] = {[ACCESS_READ] = rows->read, [ACCESS_WRITE] = rows->write};
    for (int want = ACCESS_READ; want <= ACCESS_WRITE; want++) {
        if (!wanted[want])
            continue;
        for (size_t i = 0; i < p->n_registers; i++) {
            const struct reg *r = &p->registers[i];
            if (r->kind == REG_ROWS && r->facility && r->purpose == rows->purpose &&
                is_named(rows, r->name))
                add_own(o, (enum access_want)want, r);
        }
        if (!rows->n_registers)
            add_ledgers(o, (enum access_want)want, 1u << rows->purpose);
    }
}

static bool moves(const struct workflow *w, struct str role)
{
    for (size_t i = 0; w && i < w->n_moves; i++)
        for (size_t k = 0; k < w->moves[i].n_by; k++)
            if (str_equal(w->moves[i].by[k], role))
                return true;
    return false;
}

// What the built-in role facility is for: reports, self-checks, stocks, and what a
// workflow gives it to do. Nothing of care, and nothing of supervision to who gives care.
static void add_self(struct own *o, const struct pack *p, struct str role, bool care)
{
    const unsigned closed = 1u << PURPOSE_CARE | (care ? 1u << PURPOSE_SUPERVISION : 0);
    for (size_t i = 0; i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        if (r->kind != REG_ROWS || !r->facility || closed & 1u << r->purpose)
            continue;
        bool own = r->purpose == PURPOSE_STATISTICS || pack_checklist_of(p, r);
        if (own || moves(r->workflow, role))
            add_own(o, ACCESS_READ, r);
        if (own)
            add_own(o, ACCESS_WRITE, r);
    }
    add_ledgers(o, ACCESS_READ, ((1u << PURPOSE_COUNT) - 1) & ~closed);
    add_ledgers(o, ACCESS_WRITE, ((1u << PURPOSE_COUNT) - 1) & ~closed);
}

static enum err give_facility(struct arena *a, const struct pack *p,
                              const struct account_role *role,
                              const struct account_holds *h, bool care,
                              struct access_grant *grants, size_t *n, struct error *e)
{
    struct own o = {0};
    for (int want = ACCESS_READ; want <= ACCESS_WRITE; want++) {
        o.registers[want] = ARENA_ARRAY(a, const struct reg *, p->n_registers + 1);
        if (!o.registers[want])
            return error_memory(e);
        o.grants[want] = (struct access_grant){
            .area = h->area, .facility = h->facility, .registers = o.registers[want]};
    }
    for (size_t i = 0; i < role->n_rows; i++)
        add_own_rows(&o, p, &role->rows[i]);
    if (role->built_in && str_equal_c(role->name, "facility"))
        add_self(&o, p, role->name, care);
    if (p->facilities)
        add_own(&o, ACCESS_READ, p->facilities);
    if (o.grants[ACCESS_WRITE].n_registers)
        o.grants[ACCESS_WRITE].functions = role->functions & FN(IMPORT);
    for (int want = ACCESS_READ; want <= ACCESS_WRITE; want++)
        if ((o.grants[want].n_registers || o.grants[want].ledgers) &&
            *n < ACCESS_MAX_GRANTS)
            grants[(*n)++] = o.grants[want];
    return ERR_OK;
}

// Whether one of the roles that have not ended gives rows of care.
static enum err gives_care(struct conn *c, struct arena *a,
                           const struct account_holds *holds, size_t n, int32_t today,
                           bool *out, struct error *e)
{
    enum err code = ERR_OK;
    *out = false;
    for (size_t i = 0; !code && i < n; i++) {
        struct account_role r;
        bool found;
        if (holds[i].until != DATE_NONE && holds[i].until < today)
            continue;
        code = one_role(c, a, holds[i].role, &r, &found, e);
        for (size_t k = 0; !code && found && k < r.n_rows; k++)
            *out |= r.rows[k].purpose == PURPOSE_CARE;
    }
    return code;
}

static enum err user_name(struct conn *c, int64_t user, struct arena *a, struct str *out,
                          bool *active, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "account.name",
                              "SELECT u.name, p.state = 'active' FROM heng_accounts p"
                              " JOIN heng_users u ON u.id = p.user WHERE p.user = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, user);
    code = stmt_step(s, &row, e);
    *active = !code && row && stmt_int(s, 1);
    *out = str_copy(a, !code && row ? stmt_text(s, 0) : STR(""));
    stmt_finish(s);
    return code ? code : out->p ? ERR_OK : error_memory(e);
}

enum err account_access(struct conn *c, int64_t user, const struct pack *p, int32_t today,
                        struct arena *a, struct access *out, struct error *e)
{
    const struct account_holds *holds;
    size_t n_holds, n = 0;
    bool active = false, found, care = false;
    *out = (struct access){
        .user = user, .suppress_below = p->suppress_below > 5 ? p->suppress_below : 5};
    struct access_grant *grants = ARENA_ARRAY(a, struct access_grant, ACCESS_MAX_GRANTS);
    struct access_role *roles =
        ARENA_ARRAY(a, struct access_role, (size_t)ACCOUNT_MAX_ROLES);
    enum err code =
        grants && roles ? user_name(c, user, a, &out->name, &active, e) : error_memory(e);
    if (!code)
        code = account_read_holds(c, a, user, &holds, &n_holds, e);
    if (!code)
        code = gives_care(c, a, holds, n_holds, today, &care, e);
    for (size_t i = 0; !code && active && i < n_holds; i++) {
        struct account_role r;
        if (holds[i].until != DATE_NONE && holds[i].until < today)
            continue;
        code = one_role(c, a, holds[i].role, &r, &found, e);
        if (code || !found)
            continue;
        if (out->n_roles < ACCOUNT_MAX_ROLES)
            roles[out->n_roles++] =
                (struct access_role){holds[i].role, holds[i].area, holds[i].facility};
        // what else a role for a facility gives is of a whole area; imports: below
        unsigned functions = r.functions & (holds[i].facility ? FN(FIGURES) : ~0u);
        if (functions)
            give(grants, &n,
                 (struct access_grant){.functions = functions, .area = holds[i].area});
        if (holds[i].facility) {
            code = give_facility(a, p, &r, &holds[i], care, grants, &n, e);
            continue;
        }
        for (size_t k = 0; !code && k < r.n_rows; k++)
            code = give_rows(a, p, &r.rows[k], holds[i].area, grants, &n, e);
    }
    out->roles = roles;
    out->grants = grants;
    out->n_grants = n;
    return code;
}
