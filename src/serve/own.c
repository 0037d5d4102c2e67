// SPDX-License-Identifier: AGPL-3.0-or-later
// One's own things: open sessions, personal access tokens, and what one keeps.
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "access/kept.h"
#include "access/login.h"
#include "base/date.h"
#include "serve/numbers.h"
#include "serve/qr.h"
#include "serve/routes.h"

enum { MOST_DAYS = 3660 };

// --- sessions

enum err serve_sessions_list(struct request *q, struct error *e)
{
    struct login_session *list;
    size_t n;
    enum err code =
        login_sessions(q->login, q->who.user, date_now_ms(), q->arena, &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("sessions"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        bool mine = list[i].id == q->session;
        json_put_object(j);
        put_id_or_null(j, "id", list[i].id);
        put_yes(j, "mine", mine);
        put_text(j, "device", str_of(list[i].device));
        put_moment(j, "made_at", list[i].made_at);
        // what is kept lags behind by some minutes; one's own is in use right now
        put_moment(j, "seen_at", mine ? date_now_ms() : list[i].seen_at);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

enum err serve_sessions_end(struct request *q, struct error *e)
{
    int64_t id;
    bool found = false;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = login_end(q->login, q->who.user, id, date_now_ms(), &found, e);
    if (!code && !found)
        code = error_set(e, ERR_NOT_FOUND, "request.id", "id",
                         "there is nothing with the number '%lld'", (long long)id);
    if (!code)
        answer_status(q, 204);
    return code;
}

// --- tokens

struct settings { // of a phone, made with its token
    struct str text, svg;
};

static void write_token(struct json_writer *j, const struct login_token *t,
                        const char *secret, const struct settings *settings)
{
    json_put_object(j);
    put_id_or_null(j, "id", t->id);
    put_text(j, "name", t->name);
    put_moment(j, "made_at", t->made_at);
    put_day(j, "until", t->until);
    put_moment(j, "used_at", t->used_at);
    put_yes(j, "read_only", t->read_only);
    put_yes(j, "device", t->device);
    if (secret)
        put_text(j, "token", str_of(secret));
    if (settings) {
        put_text(j, "settings", settings->text);
        put_text(j, "qr_svg", settings->svg);
    }
    json_put_object_end(j);
}

// What ODK Collect reads from a QR code: its settings as JSON, packed by zlib, in base64
// (docs.getodk.org/collect-import-export).
static enum err pack_settings(struct request *q, struct str json, struct str *out,
                              struct error *e)
{
    uLongf n = compressBound(json.n);
    unsigned char *packed = ARENA_ARRAY(q->arena, unsigned char, n);
    size_t most = 4 * (n / 3 + 2) + 1;
    char *text = ARENA_ARRAY(q->arena, char, most);
    if (!packed || !text)
        return error_memory(e);
    if (compress2(packed, &n, (const unsigned char *)json.p, json.n, 9) != Z_OK)
        return error_memory(e);
    sodium_bin2base64(text, most, packed, n, sodium_base64_VARIANT_ORIGINAL);
    *out = str_of(text);
    return ERR_OK;
}

static enum err make_settings(struct request *q, struct str address, const char *secret,
                              struct settings *out, struct error *e)
{
    struct buf text = BUF_INIT(8 << 10);
    struct json_writer j = json_on(&text);
    struct str packed;
    json_put_object(&j);
    json_put_key(&j, STR("general"));
    json_put_object(&j);
    put_text(&j, "server_url",
             str_format(q->arena, STR_FMT "/openrosa", STR_ARG(address)));
    put_text(&j, "username", q->who.name);
    put_text(&j, "password", str_of(secret));
    put_text(&j, "form_update_mode", STR("match_exactly"));
    put_text(&j, "autosend", STR("wifi_and_cellular"));
    put_text(&j, "app_language", q->zh ? STR("zh") : STR("en"));
    json_put_object_end(&j);
    json_put_key(&j, STR("admin"));
    json_put_object(&j);
    json_put_object_end(&j);
    json_put_key(&j, STR("project"));
    json_put_object(&j);
    put_text(&j, "name", label_in(q->county->pack->label, q->zh));
    json_put_object_end(&j);
    json_put_object_end(&j);
    out->text = str_copy(q->arena, buf_str(&text));
    enum err code = buf_check(&text, e);
    if (!code)
        code = out->text.p ? pack_settings(q, out->text, &packed, e) : error_memory(e);
    if (!code)
        code = qr_svg(q->arena, packed, &out->svg, e);
    buf_free(&text);
    return code;
}

// Where the page was loaded from, "https://heng.example": the phone is to go there too.
static enum err check_address(struct str address, struct error *e)
{
    struct str rest = str_starts(address, STR("https://"))  ? STR("https://")
                      : str_starts(address, STR("http://")) ? STR("http://")
                                                            : STR("");
    bool good = rest.n && address.n > rest.n;
    for (size_t i = rest.n; i < address.n; i++)
        good &= address.p[i] > ' ' && address.p[i] < 127 &&
                !strchr("/?#\"'<>\\@", address.p[i]);
    if (good)
        return ERR_OK;
    error_set(e, ERR_INPUT, "login.address", "address",
              "'" STR_FMT "' is no address of a server", STR_ARG(address));
    return error_cure(e, "send it as https://heng.example");
}

enum err serve_tokens_list(struct request *q, struct error *e)
{
    struct login_token *list;
    size_t n;
    enum err code = login_tokens(q->login, q->who.user, q->arena, &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("tokens"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        write_token(j, &list[i], NULL, NULL);
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

enum err serve_tokens_make(struct request *q, struct error *e)
{
    struct login_token t = {.until = DATE_NONE, .made_at = date_now_ms()};
    char secret[LOGIN_TOKEN_SIZE];
    struct settings settings;
    struct str address;
    int64_t days = 0;
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "name", true, 100, &t.name, e);
    if (!code)
        code = json_whole(body, "days", false, &days, e);
    if (!code)
        code = json_yes(body, "read_only", false, &t.read_only, e);
    if (!code)
        code = json_yes(body, "device", false, &t.device, e);
    if (!code)
        code = json_text(body, "address", t.device, 200, &address, e);
    if (!code && t.device)
        code = check_address(address, e);
    // 0 is not taken for leaving it out, which is a token for good
    const json_t *said = code ? NULL : json_object_get(body, "days");
    bool ends = said && !json_is_null(said);
    if (!code && (days < ends || days > MOST_DAYS)) {
        error_set(e, ERR_INPUT, "login.token_days", "days", "%lld is not 1 to %d days",
                  (long long)days, MOST_DAYS);
        code = error_cure(e, "leave it out for a token without an end");
    }
    if (!code && days)
        t.until = date_today() + (int32_t)days;
    if (!code && !t.device)
        code = login_token_make(q->login, q->who.user, t.name, t.until, t.read_only,
                                t.made_at, secret, &t.id, e);
    else if (!code)
        code = login_device_make(q->login, q->who.user, t.name, t.until,
                                 server_takes_digest(q->server), t.made_at, secret, &t.id,
                                 e);
    if (!code && t.device)
        code = make_settings(q, address, secret, &settings, e);
    if (code)
        return code;
    answer_status(q, 201);
    write_token(answer_json(q), &t, secret, t.device ? &settings : NULL);
    return ERR_OK;
}

enum err serve_tokens_end(struct request *q, struct error *e)
{
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = login_token_end(q->login, q->who.user, id, date_now_ms(), e);
    if (!code)
        answer_status(q, 204);
    return code;
}

// --- what one keeps

// It was checked when it was kept, so it may stand in the answer as it is.
static void write_kept(struct request *q, const struct kept *k)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "kind", k->kind);
    put_text(j, "name", k->name);
    put_yes(j, "shared", k->shared);
    put_yes(j, "mine", k->mine);
    put_text(j, "who", k->who);
    put_moment(j, "at", k->at);
    json_put_key(j, STR("value"));
    json_put_raw(j, k->value);
    json_put_object_end(j);
}

enum err serve_kept_list(struct request *q, struct error *e)
{
    struct kept *list;
    struct conn *c;
    size_t n;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = kept_list(c, q->who.user, request_path(q, "kind"), q->arena, &list, &n, e);
    store_read_end(c);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("kept"));
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++) {
        write_kept(q, &list[i]);
        code = answer_flush(q, e);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

enum err serve_kept_put(struct request *q, struct error *e)
{
    struct kept k = {.kind = request_path(q, "kind"),
                     .name = request_path(q, "name"),
                     .who = q->who.name,
                     .mine = true,
                     .at = date_now_ms()};
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_yes(body, "shared", false, &k.shared, e);
    if (code)
        return code;
    const json_t *value = json_object_get(body, "value");
    if (!value) {
        error_set(e, ERR_INPUT, "request.missing", "value", "'value' is missing");
        return error_cure(e, "add it to the object that is sent");
    }
    size_t n = json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    char *text = ARENA_ARRAY(q->arena, char, n + 1);
    if (!text)
        return error_memory(e);
    json_dumpb(value, text, n, JSON_COMPACT | JSON_ENCODE_ANY);
    k.value = (struct str){text, n};
    code = kept_put(q->county->store, q->who.user, &k, e);
    if (!code)
        write_kept(q, &k);
    return code;
}

enum err serve_kept_drop(struct request *q, struct error *e)
{
    enum err code = kept_drop(q->county->store, q->who.user, request_path(q, "kind"),
                              request_path(q, "name"), e);
    if (!code)
        answer_status(q, 204);
    return code;
}
