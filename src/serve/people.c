// SPDX-License-Identifier: AGPL-3.0-or-later
// People, roles, and the audit log.
#include "serve/people.h"

#include <stdio.h>
#include <string.h>

#include "access/audit.h"
#include "access/login.h"
#include "base/date.h"
#include "register/rights.h"
#include "serve/files.h"
#include "serve/numbers.h"
#include "serve/routes.h"

enum { MAX_NAME = 400, MAX_LABEL = 200, DAY_MS = 86400000, PAGE = 100, MOST = 500 };

// --- what is shared

static bool may(const void *argument, enum access_function f, int64_t area)
{
    const struct request *q = argument;
    const struct places *p = q->county->places;
    return rights_function(p, &q->who, f, area ? places_area_index(p, area) : -1);
}

static bool lies_in(const void *argument, int64_t facility, int64_t area)
{
    const struct request *q = argument;
    const struct places *p = q->county->places;
    int32_t at = places_facility_index(p, facility);
    int32_t root = area ? places_area_index(p, area) : -1;
    return at >= 0 && (!area || (root >= 0 && p->facilities[at].area >= 0 &&
                                 places_within(p, p->facilities[at].area, root)));
}

struct account_editor people_editor(const struct request *q, int64_t now)
{
    return (struct account_editor){
        .user = q->who.user, .may = may, .lies_in = lies_in, .argument = q, .now = now};
}

static struct str facility_code(const struct request *q, int64_t facility)
{
    const struct places *p = q->county->places;
    int32_t index = facility ? places_facility_index(p, facility) : -1;
    if (!facility || index >= 0)
        return facility ? p->facilities[index].code : STR("");
    struct str text = str_format(q->arena, "#%lld", (long long)facility);
    return text.p ? text : STR("#");
}

struct str people_area_code(const struct request *q, int64_t area)
{
    const struct places *p = q->county->places;
    if (!area)
        return STR("");
    int32_t index = places_area_index(p, area);
    if (index >= 0)
        return p->areas[index].code;
    struct str text = str_format(q->arena, "#%lld", (long long)area);
    return text.p ? text : STR("#");
}

struct str people_link(const struct request *q, const char *secret)
{
    return str_format(q->arena, "/link/%s", secret);
}

void people_functions(struct json_writer *j, unsigned functions)
{
    json_put_key(j, STR("functions"));
    json_put_array(j);
    for (int f = 0; f < ACCESS_FUNCTIONS; f++)
        if (functions >> f & 1)
            json_put_string(j, str_of(access_function_name((enum access_function)f)));
    json_put_array_end(j);
}

static enum err no_person(struct error *e)
{
    // one whom the caller may not look after gets the same
    error_set(e, ERR_NOT_FOUND, "account.unknown", NULL, "there is no such person");
    return error_cure(e, "look at the list of people");
}

// --- the list

static void write_person(struct json_writer *j, const struct request *q,
                         const struct account_person *p, int64_t now)
{
    const char *state = p->state == ACCOUNT_OFF        ? "off"
                        : p->state == ACCOUNT_INVITED  ? "invited"
                        : p->locked_until > now + 1000 ? "locked"
                                                       : "active";
    json_put_object(j);
    put_id_or_null(j, "id", p->user);
    put_text(j, "name", p->name);
    put_text(j, "full_name", p->full_name);
    json_put_key(j, STR("roles"));
    json_put_array(j);
    for (size_t i = 0; i < p->n_holds; i++) {
        json_put_object(j);
        put_text(j, "role", p->holds[i].role);
        put_text(j, "area", people_area_code(q, p->holds[i].area));
        put_text(j, "facility", facility_code(q, p->holds[i].facility));
        put_day(j, "until", p->holds[i].until);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_text(j, "state", str_of(state));
    json_put_key(j, STR("totp"));
    json_put_bool(j, p->totp);
    put_moment(j, "seen_at", p->seen_at);
    json_put_object_end(j);
}

enum err serve_people_list(struct request *q, struct error *e)
{
    struct account_person *list;
    struct conn *c;
    size_t n;
    int64_t now = date_now_ms();
    const struct account_editor by = people_editor(q, now);
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = account_list(c, q->arena, &list, &n, e);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("people"));
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++) {
        struct error none;
        enum err theirs = account_may_edit(c, &by, list[i].user, &none);
        if (!theirs)
            write_person(j, q, &list[i], now);
        else if (theirs != ERR_FORBIDDEN)
            code = theirs, *e = none;
    }
    json_put_array_end(j);
    json_put_object_end(j);
    store_read_end(c);
    return code;
}

// --- changing a person

static enum err read_area(const struct request *q, struct str code, int64_t *out,
                          struct error *e)
{
    const struct places *p = q->county->places;
    *out = 0;
    if (!code.n)
        return ERR_OK;
    // one that is no more, sent back as it was
    if (code.p[0] == '#' && str_to_int((struct str){code.p + 1, code.n - 1}, out) &&
        *out > 0)
        return ERR_OK;
    int32_t index = places_area_by_code(p, code);
    if (index >= 0) {
        *out = p->areas[index].id;
        return ERR_OK;
    }
    error_set(e, ERR_INPUT, "account.area", "area", "there is no area '" STR_FMT "'",
              STR_ARG(code));
    return error_cure(e, "name an area by its code; empty is everywhere");
}

#define WHICH_FACILITY "send the code of the facility, or \"\" for all of the area"

static enum err read_facility(const struct request *q, struct str code, int64_t *out,
                              struct error *e)
{
    const struct places *p = q->county->places;
    *out = 0;
    if (!code.n)
        return ERR_OK;
    // one that is no more, sent back as it was
    if (code.p[0] == '#' && str_to_int((struct str){code.p + 1, code.n - 1}, out) &&
        *out > 0)
        return ERR_OK;
    for (size_t i = 0; i < p->n_facilities; i++)
        if (str_equal(p->facilities[i].code, code)) {
            *out = p->facilities[i].id;
            return ERR_OK;
        }
    error_set(e, ERR_INPUT, "account.facility", "facility",
              "there is no facility '" STR_FMT "'", STR_ARG(code));
    return error_cure(e, "name a facility by its code; empty is all of the area");
}

static enum err read_hold(struct request *q, const json_t *one, struct account_holds *out,
                          struct buf *note, struct error *e)
{
    struct str area = {0}, until = {0}, facility = {0};
    if (!json_is_object(one))
        return error_set(e, ERR_INPUT, "request.member", "roles",
                         "a role is an object {role, area, facility, until}");
    enum err code = json_text(one, "role", true, MAX_NAME, &out->role, e);
    if (!code)
        code = json_text(one, "area", true, 64, &area, e);
    if (!code && json_is_null(json_object_get(one, "facility"))) {
        error_set(e, ERR_INPUT, "account.facility", "facility", "'facility' is null");
        code = error_cure(e, WHICH_FACILITY);
    }
    if (!code)
        code = json_text(one, "facility", false, 64, &facility, e);
    if (!code)
        code = json_text(one, "until", false, 32, &until, e);
    if (!code)
        code = read_area(q, area, &out->area, e);
    if (!code)
        code = read_facility(q, facility, &out->facility, e);
    out->until = DATE_NONE;
    if (!code && until.n)
        code = date_parse(until, &out->until, e);
    if (code && !e->where[0])
        snprintf(e->where, sizeof e->where, "until");
    if (code)
        return code;
    buf_printf(note, "%s" STR_FMT " %s" STR_FMT "%s" STR_FMT "%s" STR_FMT,
               note->n ? ", " : "", STR_ARG(out->role), area.n ? "in " : "everywhere",
               STR_ARG(area), out->facility ? " of facility " : "",
               STR_ARG(out->facility ? facility : STR("")), until.n ? " until " : "",
               STR_ARG(until.n ? until : STR("")));
    return ERR_OK;
}

// A program that knows nothing of facilities gives nobody of one facility a role, the
// same or another, of the whole area by leaving it out.
static enum err check_facility(const struct account_person *now, const json_t *one,
                               struct error *e)
{
    if (json_object_get(one, "facility"))
        return ERR_OK;
    for (size_t i = 0; now && i < now->n_holds; i++)
        if (now->holds[i].facility) {
            error_set(e, ERR_INPUT, "account.facility", "facility",
                      "the role '" STR_FMT "' is held for one facility, and 'facility' "
                      "is left out",
                      STR_ARG(now->holds[i].role));
            return error_cure(e, WHICH_FACILITY);
        }
    return ERR_OK;
}

// PersonEdit. The roles come whole, or not at all (not for somebody new). now: NULL for
// somebody new.
static enum err read_edit(struct request *q, const struct account_person *now,
                          struct account_change *out, struct error *e)
{
    const bool is_new = !now;
    json_t *body;
    bool off = false;
    struct buf note = BUF_INIT(AUDIT_MAX_TEXT);
    *out = (struct account_change){.language = {NULL, 0}};
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "name", is_new, MAX_NAME, &out->name, e);
    if (!code)
        code = json_text(body, "full_name", false, MAX_NAME, &out->full_name, e);
    if (!code)
        code = json_yes(body, "off", false, &off, e);
    if (code)
        return code;
    if (json_object_get(body, "off"))
        out->turn = off ? ACCOUNT_TURN_OFF : ACCOUNT_TURN_ON;
    const json_t *roles = json_object_get(body, "roles");
    if (!json_is_array(roles) && (is_new || roles)) {
        error_set(e, ERR_INPUT, "request.member", "roles", "'roles' is not a list");
        return error_cure(e, "send [{role, area, facility, until}, ...]");
    }
    out->set_holds = roles != NULL;
    out->n_holds = json_array_size(roles);
    if (out->n_holds > ACCOUNT_MAX_ROLES)
        return error_set(e, ERR_LIMIT, "account.roles", "roles",
                         "%zu roles; a person holds at most %d", out->n_holds,
                         ACCOUNT_MAX_ROLES);
    struct account_holds *holds =
        ARENA_ARRAY(q->arena, struct account_holds, out->n_holds + 1);
    if (!holds)
        return error_memory(e);
    for (size_t i = 0; !code && i < out->n_holds; i++) {
        const json_t *one = json_array_get(roles, i);
        code = read_hold(q, one, &holds[i], &note, e);
        if (!code)
            code = check_facility(now, one, e);
    }
    out->holds = holds;
    if (!code && !note.no_memory) { // a note that grew too long is cut there
        out->note = str_copy(q->arena, buf_str(&note));
        code = out->note.p ? ERR_OK : error_memory(e);
    }
    buf_free(&note);
    return code;
}

static enum err write_one(struct request *q, int64_t user, const char *key,
                          struct error *e)
{
    struct account_person p;
    struct conn *c;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = account_get(c, q->arena, user, &p, e);
    store_read_end(c);
    if (code)
        return code;
    if (key)
        json_put_key(answer_json(q), str_of(key));
    write_person(answer_json(q), q, &p, date_now_ms());
    return ERR_OK;
}

static enum err make_link(struct request *q, const struct account_editor *by,
                          int64_t user, struct str *link, int64_t *until, struct error *e)
{
    char secret[LOGIN_SECRET_SIZE];
    enum err code = login_link_make(q->login, by, user, secret, until, e);
    if (code)
        return code;
    *link = people_link(q, secret);
    return link->p ? ERR_OK : error_memory(e);
}

enum err serve_people_add(struct request *q, struct error *e)
{
    struct account_change change;
    int64_t user, until;
    struct str link;
    const struct account_editor by = people_editor(q, date_now_ms());
    enum err code = read_edit(q, NULL, &change, e);
    if (!code)
        code = account_add(q->county->store, &by, &change, &user, e);
    if (!code)
        code = make_link(q, &by, user, &link, &until, e);
    if (code)
        return code;
    answer_status(q, 201);
    json_put_object(answer_json(q));
    code = write_one(q, user, "person", e);
    put_text(answer_json(q), "link", link);
    put_moment(answer_json(q), "until", until);
    json_put_object_end(answer_json(q));
    return code;
}

// The person in {id}, when the caller may look after them.
static enum err find_person(struct request *q, const struct account_editor *by,
                            int64_t *user, struct account_person *now, struct error *e)
{
    struct conn *c;
    if (request_id(q, "id", user, e))
        return no_person(e);
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = account_get(c, q->arena, *user, now, e);
    if (!code)
        code = account_may_edit(c, by, *user, e);
    store_read_end(c);
    return code == ERR_FORBIDDEN || code == ERR_NOT_FOUND ? no_person(e) : code;
}

enum err serve_people_change(struct request *q, struct error *e)
{
    struct account_change change;
    struct account_person now;
    int64_t user;
    const struct account_editor by = people_editor(q, date_now_ms());
    enum err code = find_person(q, &by, &user, &now, e);
    if (!code)
        code = read_edit(q, &now, &change, e);
    if (!code)
        code = account_change(q->county->store, &by, user, &change, e);
    if (code)
        return code;
    login_forget(q->login);
    return write_one(q, user, NULL, e);
}

enum err serve_people_link(struct request *q, struct error *e)
{
    int64_t user, until;
    struct account_person now;
    struct str link;
    const struct account_editor by = people_editor(q, date_now_ms());
    enum err code = find_person(q, &by, &user, &now, e);
    if (!code)
        code = make_link(q, &by, user, &link, &until, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "link", link);
    put_moment(j, "until", until);
    json_put_object_end(j);
    return ERR_OK;
}

enum err people_wait_or(struct request *q, enum err code, int retry_after,
                        struct error *e)
{
    struct json_writer *j;
    char text[16];
    if (code != ERR_BUSY || !retry_after)
        return code;
    struct error cause = *e;
    snprintf(text, sizeof text, "%d", retry_after);
    answer_status(q, 429);
    answer_header(q, "Retry-After", str_of(text));
    return answer_conflict(q, &cause, &j, e);
}

// --- roles

static void write_role(struct json_writer *j, const struct account_role *r)
{
    json_put_object(j);
    put_text(j, "name", r->name);
    put_label(j, "label", r->label);
    json_put_key(j, STR("built_in"));
    json_put_bool(j, r->built_in);
    people_functions(j, r->functions);
    json_put_key(j, STR("rows"));
    json_put_array(j);
    for (size_t i = 0; i < r->n_rows; i++) {
        const struct account_rows *rows = &r->rows[i];
        json_put_object(j);
        put_text(j, "purpose", str_of(purpose_name(rows->purpose)));
        json_put_key(j, STR("registers"));
        json_put_array(j);
        for (size_t k = 0; k < rows->n_registers; k++)
            json_put_string(j, rows->registers[k]);
        json_put_array_end(j);
        json_put_key(j, STR("read"));
        json_put_bool(j, rows->read);
        json_put_key(j, STR("write"));
        json_put_bool(j, rows->write);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_number(j, "people", (int64_t)r->people);
    json_put_object_end(j);
}

static enum err read_roles(struct request *q, struct account_role **list, size_t *n,
                           struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = account_roles(c, q->arena, list, n, e);
    store_read_end(c);
    return code;
}

enum err serve_roles_list(struct request *q, struct error *e)
{
    struct account_role *list;
    size_t n;
    enum err code = read_roles(q, &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("roles"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        write_role(j, &list[i]);
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

static enum err read_functions(const json_t *body, unsigned *out, struct error *e)
{
    const json_t *list = json_object_get(body, "functions"), *one;
    size_t i;
    if (!json_is_array(list))
        return error_set(e, ERR_INPUT, "request.member", "functions",
                         "'functions' is not a list");
    json_array_foreach((json_t *)list, i, one)
    {
        int f = 0;
        while (f < ACCESS_FUNCTIONS &&
               !(json_is_string(one) &&
                 strcmp(json_string_value(one),
                        access_function_name((enum access_function)f)) == 0))
            f++;
        if (f == ACCESS_FUNCTIONS)
            return error_set(e, ERR_INPUT, "account.function", "functions",
                             "number %zu of 'functions' is none that there is", i + 1);
        *out |= 1u << f;
    }
    return ERR_OK;
}

static enum err read_registers(struct request *q, const json_t *names,
                               struct account_rows *out, struct error *e)
{
    size_t n = json_array_size(names);
    // what is no list may not be taken for an empty one, which is all of them
    if (names && !json_is_array(names))
        return error_set(e, ERR_INPUT, "request.member", "registers",
                         "'registers' is not a list");
    struct str *list = ARENA_ARRAY(q->arena, struct str, n + 1);
    if (!list)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        const json_t *name = json_array_get(names, i);
        list[i] = (struct str){json_string_value(name), json_string_length(name)};
        const struct reg *r = pack_register(q->county->pack, list[i]);
        if (!r || r->purpose != out->purpose) {
            error_set(e, ERR_INPUT, "account.register", "registers",
                      "there is no register '" STR_FMT "' for the purpose %s",
                      STR_ARG(list[i]), purpose_name(out->purpose));
            return error_cure(e, "leave the list empty for all of the purpose");
        }
    }
    out->registers = list;
    out->n_registers = n;
    return ERR_OK;
}

static enum err read_rows(struct request *q, const json_t *body, struct account_role *out,
                          struct error *e)
{
    const json_t *rows = json_object_get(body, "rows");
    size_t n = json_array_size(rows);
    if (!json_is_array(rows) || n > ACCOUNT_MAX_ROWS)
        return error_set(e, ERR_INPUT, "request.member", "rows",
                         "'rows' is not a list of at most %d", ACCOUNT_MAX_ROWS);
    struct account_rows *list = ARENA_ARRAY(q->arena, struct account_rows, n + 1);
    if (!list)
        return error_memory(e);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < n; i++) {
        const json_t *one = json_array_get(rows, i);
        struct str purpose;
        int p = 0;
        code = json_text(one, "purpose", true, 40, &purpose, e);
        while (!code && p < PURPOSE_COUNT &&
               !str_equal_c(purpose, purpose_name((enum purpose)p)))
            p++;
        if (!code && p == PURPOSE_COUNT)
            code = error_set(e, ERR_INPUT, "account.purpose", "purpose",
                             "'" STR_FMT "' is no purpose", STR_ARG(purpose));
        if (code)
            break;
        list[i].purpose = (enum purpose)p;
        code = json_yes(one, "read", false, &list[i].read, e);
        if (!code)
            code = json_yes(one, "write", false, &list[i].write, e);
        if (!code)
            code = read_registers(q, json_object_get(one, "registers"), &list[i], e);
    }
    out->rows = list;
    out->n_rows = n;
    return code;
}

enum err serve_roles_put(struct request *q, struct error *e)
{
    struct account_role role = {.name = request_path(q, "name")}, *list;
    const struct account_editor by = people_editor(q, date_now_ms());
    struct str said = {NULL, 0};
    json_t *body;
    size_t n;
    enum err code = request_json(q, &body, e);
    const json_t *label = code ? NULL : json_object_get(body, "label");
    if (!code)
        code = json_text(body, "name", false, MAX_NAME, &said, e);
    if (!code && said.p && !str_equal(said, role.name)) {
        error_set(e, ERR_INPUT, "account.role_name", "name",
                  "the role '" STR_FMT "' is sent as '" STR_FMT "'", STR_ARG(said),
                  STR_ARG(role.name));
        code = error_cure(e, "a role keeps its name; make another one");
    }
    if (!code)
        code = json_text(label, "en", true, MAX_LABEL, &role.label.en, e);
    if (!code)
        code = json_text(label, "zh", true, MAX_LABEL, &role.label.zh, e);
    if (!code)
        code = read_functions(body, &role.functions, e);
    if (!code)
        code = read_rows(q, body, &role, e);
    if (!code)
        code = account_put_role(q->county->store, &by, &role, e);
    if (code)
        return code;
    login_forget(q->login);
    code = read_roles(q, &list, &n, e);
    for (size_t i = 0; !code && i < n; i++)
        if (str_equal(list[i].name, role.name))
            write_role(answer_json(q), &list[i]);
    return code;
}

enum err serve_roles_drop(struct request *q, struct error *e)
{
    const struct account_editor by = people_editor(q, date_now_ms());
    enum err code = account_drop_role(q->county->store, &by, request_path(q, "name"), e);
    if (!code)
        answer_status(q, 204);
    return code;
}

// --- the audit log

static enum err read_day(const struct request *q, const char *name, int64_t add,
                         int64_t *ms, struct error *e)
{
    struct str text = request_query(q, name);
    int32_t day;
    *ms = 0;
    if (!text.n)
        return ERR_OK;
    enum err code = date_parse(text, &day, e);
    if (!code)
        *ms = ((int64_t)day + add) * DAY_MS;
    else if (!e->where[0])
        snprintf(e->where, sizeof e->where, "%s", name);
    return code;
}

// The log names roles by their codes ("inspector in 360734, nurse everywhere"); a reader
// gets their names. all: wherever the code stands.
static struct str name_roles(const struct request *q, const struct account_role *roles,
                             size_t n, bool all, struct str text)
{
    struct buf b = BUF_INIT(AUDIT_MAX_TEXT * 8);
    for (size_t i = 0, end; i < text.n; i = end) {
        for (end = i; end < text.n && text.p[end] != ' ';)
            end++;
        struct str word = {text.p + i, end - i}, rest = {text.p + end, text.n - end};
        bool held = str_starts(rest, STR(" in ")) || str_starts(rest, STR(" everywhere"));
        for (size_t k = 0; (held || all) && k < n; k++)
            if (str_equal(roles[k].name, word)) {
                word = label_in(roles[k].label, q->zh);
                break;
            }
        buf_add(&b, word);
        if (end < text.n)
            buf_add_char(&b, text.p[end++]);
    }
    struct str out = str_copy(q->arena, buf_str(&b));
    buf_free(&b);
    return out.p ? out : text;
}

enum err serve_audit_list(struct request *q, struct error *e)
{
    struct audit_filter f = {.text = request_query(q, "q"),
                             .who = request_query(q, "who"),
                             .kind = request_query(q, "kind")};
    struct audit_event *list;
    struct account_role *roles;
    struct conn *c;
    int64_t limit = PAGE;
    size_t n, n_roles;
    bool more;
    // the log knows no areas, so it is for those who may look at all of it
    enum err code = files_everywhere(q, ACCESS_AUDIT, e);
    if (!code)
        code = read_day(q, "from", 0, &f.from, e);
    if (!code)
        code = read_day(q, "to", 1, &f.to, e);
    if (!code)
        code = request_int(q, "after", 0, 1, INT64_MAX, &f.after, e);
    if (!code)
        code = request_int(q, "limit", PAGE, 1, MOST, &limit, e);
    if (!code)
        code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    f.limit = (size_t)limit;
    code = audit_search(c, &f, q->arena, &list, &n, &more, e);
    if (!code)
        code = account_roles(c, q->arena, &roles, &n_roles, e);
    store_read_end(c);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("events"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_id_or_null(j, "seq", list[i].seq);
        put_moment(j, "at", list[i].at);
        put_text(j, "who", list[i].who);
        put_text(j, "kind", list[i].kind);
        bool role = str_equal_c(list[i].kind, audit_kind_name(AUDIT_ROLE));
        bool person = str_equal_c(list[i].kind, audit_kind_name(AUDIT_PERSON));
        put_text(j, "subject",
                 role ? name_roles(q, roles, n_roles, true, list[i].subject)
                      : list[i].subject);
        put_text(j, "text",
                 person ? name_roles(q, roles, n_roles, false, list[i].text)
                        : list[i].text);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_id_or_null(j, "next", more && n ? list[n - 1].seq : 0);
    json_put_object_end(j);
    return ERR_OK;
}
