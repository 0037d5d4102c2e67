// SPDX-License-Identifier: AGPL-3.0-or-later
// Who am I: log-in and out, one's password and second factor, one-time links.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/login.h"
#include "base/date.h"
#include "register/rights.h"
#include "serve/numbers.h"
#include "serve/people.h"
#include "serve/qr.h"
#include "serve/routes.h"
#include "serve/server_private.h"

enum { MAX_PASSWORD = LOGIN_MOST_BYTES, MAX_NAME = 400, MAX_CODE = 20 };

// --- GET /api/session, and what a log-in answers

// The county by the name of the areas' one top, or of the first below it that has more
// than one part (a file may also hold the province it lies in); else by the pack's label.
static void write_county(struct json_writer *j, const struct request *q)
{
    const struct pack *p = q->county->pack;
    const struct places *places = q->county->places;
    struct label name = p->label;
    if (places->n_areas && places->areas[0].last == (int32_t)places->n_areas - 1) {
        size_t i = 0;
        while (i + 2 < places->n_areas && places->areas[i + 1].last > (int32_t)i + 1 &&
               places->areas[i + 1].last == places->areas[i].last)
            i++;
        name = (struct label){area_name(&places->areas[i], false),
                              area_name(&places->areas[i], true)};
    }
    json_put_key(j, STR("county"));
    json_put_object(j);
    put_label(j, "name", name);
    put_text(j, "pack", p->name);
    put_text(j, "version", p->version);
    put_day(j, "today", date_today());
    json_put_key(j, STR("demo"));
    json_put_bool(j, getenv("HENG_TODAY") != NULL); // a day that is not today's
    json_put_object_end(j);
}

// What "" means as an area.
static void write_areas(struct json_writer *j, const struct request *q,
                        const struct access *who)
{
    const struct places *p = q->county->places;
    int32_t roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    size_t n = rights_home(p, who, roots, &everywhere);
    json_put_key(j, STR("areas"));
    json_put_array(j);
    for (size_t i = 0; !everywhere && i < n; i++)
        json_put_string(j, p->areas[roots[i]].code);
    for (size_t i = 0; everywhere && i < p->n_areas; i++)
        if (p->areas[i].parent < 0)
            json_put_string(j, p->areas[i].code);
    json_put_array_end(j);
}

static enum err write_user(struct json_writer *j, const struct request *q, struct conn *c,
                           int64_t user, struct error *e)
{
    struct account_person p;
    struct account_role *roles;
    size_t n;
    int32_t today = date_today();
    enum err code = account_get(c, q->arena, user, &p, e);
    if (!code)
        code = account_roles(c, q->arena, &roles, &n, e);
    if (code)
        return code;
    json_put_key(j, STR("user"));
    json_put_object(j);
    put_id_or_null(j, "id", user);
    put_text(j, "name", p.name);
    put_text(j, "full_name", p.full_name);
    put_text(j, "language", p.language);
    json_put_key(j, STR("totp"));
    json_put_bool(j, p.totp);
    json_put_key(j, STR("roles"));
    json_put_array(j);
    for (size_t i = 0; i < p.n_holds; i++) {
        if (p.holds[i].until != DATE_NONE && p.holds[i].until < today)
            continue;
        for (size_t k = 0; k < n; k++)
            if (str_equal(roles[k].name, p.holds[i].role)) {
                json_put_object(j);
                put_text(j, "en", roles[k].label.en);
                put_text(j, "zh", roles[k].label.zh);
                json_put_object_end(j);
            }
    }
    json_put_array_end(j);
    put_text(j, "area", p.n_holds ? people_area_code(q, p.holds[0].area) : STR(""));
    json_put_object_end(j);
    return ERR_OK;
}

static unsigned functions_of(const struct access *who)
{
    unsigned functions = 0;
    for (size_t i = 0; i < who->n_grants; i++)
        functions |= who->grants[i].functions;
    return functions;
}

static enum err write_session(struct request *q, const struct access *who,
                              struct str csrf, struct error *e)
{
    struct conn *c;
    bool first = false;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    code = account_first_run(c, &first, e);
    json_put_object(j);
    json_put_key(j, STR("signed_in"));
    json_put_bool(j, who->user != 0);
    json_put_key(j, STR("first_run"));
    json_put_bool(j, first);
    write_county(j, q);
    if (!code && who->user) {
        code = write_user(j, q, c, who->user, e);
        if (csrf.n)
            put_text(j, "csrf", csrf);
        people_functions(j, functions_of(who));
        write_areas(j, q, who);
    }
    json_put_object_end(j);
    store_read_end(c);
    return code;
}

enum err serve_session_get(struct request *q, struct error *e)
{
    return write_session(q, &q->who, q->csrf, e);
}

// The cookie of a new session, and the answer of one who is signed in by it.
static enum err begin_session(struct request *q, const struct login_done *done,
                              struct error *e)
{
    const struct login_at at = {
        .pack = q->county->pack, .today = date_today(), .now = date_now_ms()};
    struct login_who who;
    enum err code = login_resolve(q->login, str_of(done->secret), &at, q->arena, &who, e);
    struct str cookie =
        str_format(q->arena, "heng_session=%s; Path=/; HttpOnly; Secure; SameSite=Strict",
                   done->secret);
    if (!code && !cookie.p)
        code = error_memory(e);
    if (!code)
        code = write_session(q, &who.access, str_of(who.csrf), e);
    if (!code)
        answer_header(q, "Set-Cookie", cookie);
    return code;
}

static void end_cookie(struct request *q)
{
    answer_header(q, "Set-Cookie",
                  STR("heng_session=; Path=/; HttpOnly; Secure; SameSite=Strict;"
                      " Max-Age=0"));
}

// --- refusals of a password

static enum err wait(struct request *q, int seconds, struct error *e)
{
    struct error cause;
    struct json_writer *j;
    char text[16];
    snprintf(text, sizeof text, "%d", seconds);
    error_set(&cause, ERR_BUSY, "login.wait", NULL,
              "too many log-ins of this name have failed");
    error_cure(&cause, "wait %d s", seconds);
    answer_status(q, 429);
    answer_header(q, "Retry-After", str_of(text));
    return answer_conflict(q, &cause, &j, e);
}

static enum err refuse(struct request *q, bool needs_code, bool with_code,
                       struct error *e)
{
    struct error cause;
    struct json_writer *j;
    if (needs_code)
        error_set(&cause, ERR_FORBIDDEN, "login.code", "code",
                  with_code ? "this code is wrong, too old or used"
                            : "this account asks for a code too");
    else
        error_set(&cause, ERR_FORBIDDEN, "login.wrong", NULL,
                  "the name or the password is wrong");
    error_cure(&cause, needs_code ? "type the newest six digits of your phone"
                                  : "try again; an administrator can send a new link");
    answer_status(q, 401);
    enum err code = answer_conflict(q, &cause, &j, e);
    if (!code && needs_code)
        put_text(j, "needs", STR("code"));
    return code;
}

// --- log-in and out

static struct str word_of(struct str said, const char *const words[][2], size_t n)
{
    for (size_t i = 0; said.n && i < n; i++)
        if (memmem(said.p, said.n, words[i][0], strlen(words[i][0])))
            return str_of(words[i][1]);
    return STR("");
}

// The browser and the system in plain words; of the rest of what a browser says of itself
// nothing is kept.
static struct str device(const struct request *q)
{
    // the first that is found: many call themselves by the names of others as well
    static const char *const browsers[][2] = {
        {"MicroMessenger", "WeChat"},
        {"QQBrowser", "QQ Browser"},
        {"UCBrowser", "UC Browser"},
        {"HuaweiBrowser", "Huawei Browser"},
        {"MiuiBrowser", "Mi Browser"},
        {"SamsungBrowser", "Samsung Internet"},
        {"Edg", "Edge"},
        {"OPR/", "Opera"},
        {"Firefox/", "Firefox"},
        {"FxiOS/", "Firefox"},
        {"Chrome/", "Chrome"},
        {"CriOS/", "Chrome"},
        {"Safari/", "Safari"},
    };
    static const char *const systems[][2] = {
        {"HarmonyOS", "HarmonyOS"}, {"OpenHarmony", "HarmonyOS"},
        {"Android", "Android"},     {"iPhone", "iPhone"},
        {"iPad", "iPad"},           {"Windows", "Windows"},
        {"Mac OS X", "Mac"},        {"CrOS", "ChromeOS"},
        {"Linux", "Linux"},
    };
    struct str said = request_header(q, "User-Agent"),
               browser = word_of(said, browsers, sizeof browsers / sizeof *browsers),
               system = word_of(said, systems, sizeof systems / sizeof *systems);
    if (!browser.n || !system.n)
        return browser.n ? browser : system;
    struct str both =
        str_format(q->arena, STR_FMT " · " STR_FMT, STR_ARG(browser), STR_ARG(system));
    return both.p ? both : system;
}

enum err serve_session_begin(struct request *q, struct error *e)
{
    struct str name, password, code_given;
    struct login_done done;
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "name", true, MAX_NAME, &name, e);
    if (!code)
        code = json_text(body, "password", true, MAX_PASSWORD, &password, e);
    if (!code)
        code = json_text(body, "code", false, MAX_CODE, &code_given, e);
    if (!code)
        code = login_try(q->login, name, password, code_given, device(q), date_now_ms(),
                         &done, e);
    if (code)
        return code;
    if (done.answer == LOGIN_WAIT)
        return wait(q, done.retry_after, e);
    if (done.answer != LOGIN_IN)
        return refuse(q, done.answer == LOGIN_NEEDS_CODE, code_given.n > 0, e);
    code = begin_session(q, &done, e);
    sodium_memzero(&done, sizeof done);
    return code;
}

enum err serve_session_end(struct request *q, struct error *e)
{
    bool found;
    enum err code =
        login_end(q->login, q->who.user, q->session, date_now_ms(), &found, e);
    if (code)
        return code;
    end_cookie(q);
    answer_status(q, 204);
    return ERR_OK;
}

enum err serve_session_settings(struct request *q, struct error *e)
{
    struct str language, full_name;
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "language", false, 2, &language, e);
    if (!code)
        code = json_text(body, "full_name", false, MAX_NAME, &full_name, e);
    if (!code)
        code = account_settings(q->county->store, q->who.user, full_name, language, e);
    if (code)
        return code;
    login_forget(q->login);
    return write_session(q, &q->who, q->csrf, e);
}

enum err serve_session_password(struct request *q, struct error *e)
{
    struct str old, fresh;
    json_t *body;
    int retry_after = 0;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "old", true, MAX_PASSWORD, &old, e);
    if (!code)
        code = json_text(body, "new", true, MAX_PASSWORD, &fresh, e);
    if (!code)
        code = login_password(q->login, q->who.user, q->session, old, fresh,
                              date_now_ms(), &retry_after, e);
    if (code)
        return people_wait_or(q, code, retry_after, e);
    answer_status(q, 204);
    return ERR_OK;
}

// --- the second factor

// The address that authenticator apps read: otpauth://totp/Heng:name?secret=...
static struct str totp_uri(struct arena *a, struct str name, const char *secret)
{
    struct buf uri = BUF_INIT(2000);
    buf_add_c(&uri, "otpauth://totp/Heng:");
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (plain)
            buf_add_char(&uri, c);
        else
            buf_printf(&uri, "%%%02X", (unsigned char)c);
    }
    buf_printf(&uri, "?secret=%s&issuer=Heng", secret);
    struct str out = uri.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&uri));
    buf_free(&uri);
    return out;
}

static enum err read_password(struct request *q, struct str *password, struct error *e)
{
    json_t *body;
    enum err code = request_json(q, &body, e);
    return code ? code : json_text(body, "password", true, MAX_PASSWORD, password, e);
}

enum err serve_totp_start(struct request *q, struct error *e)
{
    struct str password, svg;
    char secret[LOGIN_TOTP_TEXT];
    int retry_after = 0;
    enum err code = read_password(q, &password, e);
    if (!code)
        code = login_totp_start(q->login, q->who.user, password, date_now_ms(), secret,
                                &retry_after, e);
    if (code)
        return people_wait_or(q, code, retry_after, e);
    struct str uri = totp_uri(q->arena, q->who.name, secret);
    code = uri.p ? qr_svg(q->arena, uri, &svg, e) : error_memory(e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "secret", str_of(secret));
    put_text(j, "uri", uri);
    put_text(j, "qr_svg", svg);
    json_put_object_end(j);
    sodium_memzero(secret, sizeof secret);
    return ERR_OK;
}

enum err serve_totp_confirm(struct request *q, struct error *e)
{
    struct str given;
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "code", true, MAX_CODE, &given, e);
    if (!code)
        code = login_totp_confirm(q->login, q->who.user, given, date_now_ms(), e);
    if (!code)
        answer_status(q, 204);
    return code;
}

enum err serve_totp_remove(struct request *q, struct error *e)
{
    struct str password;
    int retry_after = 0;
    enum err code = read_password(q, &password, e);
    if (!code)
        code = login_totp_remove(q->login, q->who.user, password, date_now_ms(),
                                 &retry_after, e);
    if (code)
        return people_wait_or(q, code, retry_after, e);
    answer_status(q, 204);
    return ERR_OK;
}

// --- one-time links

enum err serve_link_get(struct request *q, struct error *e)
{
    static const char *const kinds[] = {"first", "invitation", "reset"};
    struct login_link link;
    enum err code = login_link_get(q->login, request_path(q, "token"), date_now_ms(),
                                   q->arena, &link, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "kind", str_of(kinds[link.kind]));
    put_text(j, "name", link.name);
    put_text(j, "full_name", link.full_name);
    json_put_object_end(j);
    return ERR_OK;
}

enum err serve_link_use(struct request *q, struct error *e)
{
    struct str name, full_name, password;
    struct login_done done;
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "name", false, MAX_NAME, &name, e);
    if (!code)
        code = json_text(body, "full_name", false, MAX_NAME, &full_name, e);
    if (!code)
        code = json_text(body, "password", true, MAX_PASSWORD, &password, e);
    if (!code)
        code = login_link_use(q->login, request_path(q, "token"), name, full_name,
                              password, device(q), date_now_ms(), &done, e);
    if (!code)
        code = begin_session(q, &done, e);
    sodium_memzero(&done, sizeof done);
    return code;
}

enum err server_first_link(struct server *s, struct arena *a, struct str *out,
                           struct error *e)
{
    char secret[LOGIN_SECRET_SIZE];
    bool needed;
    *out = STR("");
    enum err code = login_first_link(s->login, date_now_ms(), secret, &needed, e);
    if (code || !needed)
        return code;
    *out = str_format(a, "%s/link/%s", server_address(s), secret);
    sodium_memzero(secret, sizeof secret);
    return out->p ? ERR_OK : error_memory(e);
}
