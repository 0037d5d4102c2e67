// SPDX-License-Identifier: AGPL-3.0-or-later
// Who asks: by the cookie of a session or by a personal access token.
#include "access/login.h"
#include "serve/server_private.h"

// The value of one cookie among "a=b; c=d".
static struct str cookie(struct str all, const char *name)
{
    struct str head, rest = all, key, value;
    for (bool more = all.n > 0; more;) {
        more = str_split(rest, ';', &head, &rest);
        struct str one = str_trim(more ? head : rest);
        if (str_split(one, '=', &key, &value) && str_equal_c(key, name))
            return value;
    }
    return (struct str){NULL, 0};
}

static struct str secret_of(const struct exchange *x, bool *bearer)
{
    struct str given = str_of(exchange_header(x, "Authorization")), kind, rest;
    *bearer = str_split(given, ' ', &kind, &rest) && str_equal_fold(kind, STR("Bearer"));
    if (*bearer)
        return str_trim(rest);
    return cookie(str_of(exchange_header(x, "Cookie")), "heng_session");
}

static enum err find(struct exchange *x, struct str secret, struct login_who *who,
                     struct error *e)
{
    struct server *s = x->server;
    struct login_at at = {.today = date_today(), .now = date_now_ms()};
    int64_t state;
    enum err code = server_state(s, &state, e);
    if (code)
        return code;
    at.version = state_version(s);
    gate_enter_briefly(&s->gate);
    at.pack = s->county->pack;
    if (!login_peek(s->login, secret, &at, &x->arena, who))
        code = login_resolve(s->login, secret, &at, &x->arena, who, e);
    x->pack = atomic_load(&s->pack_done);
    gate_leave(&s->gate, false);
    return code;
}

void identity_language(struct exchange *x, struct str of_account)
{
    struct str lang = request_query(&x->q, "lang");
    if (!lang.n)
        lang = request_header(&x->q, "X-Heng-Language");
    if (!lang.n)
        lang = of_account;
    if (lang.n)
        x->q.zh = str_equal(lang, STR("zh"));
    else
        x->q.zh = path_language(str_of(exchange_header(x, "Accept-Language"))) == 1;
}

static enum err find_phone(struct exchange *x, struct error *e)
{
    struct server *s = x->server;
    struct login_at at = {.today = date_today(), .now = date_now_ms()};
    struct login_phone sent = {0};
    struct login_who who = {0};
    int64_t state;
    enum err code = ERR_OK;
    if (phone_read(x, &sent)) {
        code = server_state(s, &state, e);
        if (code)
            return code;
        at.version = state_version(s);
        gate_enter_briefly(&s->gate);
        at.pack = s->county->pack;
        code = login_phone(s->login, &sent, &at, &x->arena, &who, &x->phone_waits, e);
        x->pack = atomic_load(&s->pack_done);
        gate_leave(&s->gate, false);
    }
    x->signed_in = !code && who.user && !x->phone_stale;
    if (x->signed_in)
        x->q.who = who.access;
    identity_language(x, x->signed_in ? who.language : STR(""));
    return code;
}

enum err identity_find(struct exchange *x, struct error *e)
{
    if (x->q.route->need == NEED_DEVICE)
        return find_phone(x, e);
    bool bearer;
    struct str secret = secret_of(x, &bearer);
    struct login_who who = {0};
    x->q.login = x->server->login;
    if (x->q.route->page) { // whoever it is
        identity_language(x, STR(""));
        return ERR_OK;
    }
    if (secret.n) {
        enum err code = find(x, secret, &who, e);
        if (code)
            return code;
    }
    // a token in a cookie or a session behind Bearer is neither, nor is a phone's token
    if (who.user && bearer == (who.token != 0) && !who.device) {
        x->signed_in = true;
        x->q.who = who.access;
        x->q.session = who.session;
        x->reads_only = who.read_only;
        if (who.session)
            x->q.csrf = str_copy(&x->arena, str_of(who.csrf));
        if (who.session && !x->q.csrf.p)
            return error_memory(e);
    }
    identity_language(x, x->signed_in ? who.language : STR(""));
    return ERR_OK;
}
