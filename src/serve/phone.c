// SPDX-License-Identifier: AGPL-3.0-or-later
// How phones log in (OpenRosa): basic where the way is safe, digest where the site has
// it. Which tokens there are is access/login.h's; here is what HTTP says around them.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "access/login.h"
#include "serve/server_private.h"

enum {
    NONCE_TEXT = 64, // 8 bytes of time, 8 of chance, 16 of proof, as hex
    NONCE_PLACES = 4096,
    NONCE_LIVES_MS = 30 * 60 * 1000,
    NONCE_FIRST_MS = 2 * 60 * 1000, // within which it must be used for the first time
    NONCE_AHEAD = 64                // counts may come this far out of order
};

struct nonce_used {
    uint64_t nonce;
    uint32_t most; // the highest count that came
    uint64_t seen; // bits: the counts just below it
};

struct phone_nonces {
    pthread_mutex_t lock;
    unsigned char key[crypto_generichash_KEYBYTES];
    struct nonce_used places[NONCE_PLACES];
};

enum err phone_open(struct server *s, struct error *e)
{
    if (!s->options.digest)
        return ERR_OK;
    s->nonces = mem_alloc(1, sizeof *s->nonces);
    if (!s->nonces)
        return error_memory(e);
    pthread_mutex_init(&s->nonces->lock, NULL);
    randombytes_buf(s->nonces->key, sizeof s->nonces->key);
    return ERR_OK;
}

void phone_close(struct server *s)
{
    if (s->nonces)
        pthread_mutex_destroy(&s->nonces->lock);
    mem_free(s->nonces);
    s->nonces = NULL;
}

// --- nonces

static void prove(const struct phone_nonces *n, const unsigned char bytes[16],
                  unsigned char proof[16])
{
    crypto_generichash(proof, 16, bytes, 16, n->key, sizeof n->key);
}

static void nonce_new(const struct phone_nonces *n, char out[NONCE_TEXT + 1])
{
    unsigned char bytes[32];
    int64_t now = date_now_ms();
    memcpy(bytes, &now, 8);
    randombytes_buf(bytes + 8, 8);
    prove(n, bytes, bytes + 16);
    sodium_bin2hex(out, NONCE_TEXT + 1, bytes, sizeof bytes);
}

// Whether this server made it; *age in milliseconds.
static bool nonce_is_ours(const struct phone_nonces *n, struct str text, uint64_t *id,
                          int64_t *age)
{
    unsigned char bytes[32], proof[16];
    size_t got;
    int64_t made;
    if (text.n != NONCE_TEXT ||
        sodium_hex2bin(bytes, sizeof bytes, text.p, text.n, NULL, &got, NULL) ||
        got != sizeof bytes)
        return false;
    prove(n, bytes, proof);
    memcpy(&made, bytes, 8);
    memcpy(id, bytes + 8, 8);
    *age = date_now_ms() - made;
    return sodium_memcmp(proof, bytes + 16, 16) == 0;
}

// Each count of a nonce is good once (RFC 7616, 3.4).
static bool nonce_use(struct phone_nonces *n, uint64_t id, uint32_t count, int64_t age)
{
    bool fresh = false;
    pthread_mutex_lock(&n->lock);
    struct nonce_used *u = &n->places[id % NONCE_PLACES];
    if (u->nonce != id) {
        fresh = age < NONCE_FIRST_MS && count >= 1 && count < NONCE_AHEAD;
        if (fresh)
            *u = (struct nonce_used){id, count, 0};
    } else if (count > u->most && count - u->most < NONCE_AHEAD) {
        uint32_t step = count - u->most;
        u->seen = (u->seen << step) | 1ull << (step - 1);
        u->most = count;
        fresh = true;
    } else if (count < u->most && u->most - count <= 64) {
        uint64_t bit = 1ull << (u->most - count - 1);
        fresh = !(u->seen & bit);
        u->seen |= bit;
    }
    pthread_mutex_unlock(&n->lock);
    return fresh;
}

// --- the way

static bool is_loopback(const struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!info || !info->client_addr)
        return false;
    if (info->client_addr->sa_family == AF_INET) {
        const struct sockaddr_in *in =
            (const struct sockaddr_in *)(const void *)info->client_addr;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    if (info->client_addr->sa_family != AF_INET6)
        return false;
    const struct sockaddr_in6 *in6 =
        (const struct sockaddr_in6 *)(const void *)info->client_addr;
    const unsigned char *b = in6->sin6_addr.s6_addr;
    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) && b[12] == 127);
}

// A password may be sent as it is: over TLS, or not over a wire at all.
static bool is_safe(const struct exchange *x)
{
    return server_is_secure(x->server) || is_loopback(x);
}

// --- Authorization

static bool read_basic(struct exchange *x, struct str text, struct login_phone *out)
{
    char *p = arena_alloc(&x->arena, text.n + 1, 1);
    size_t n;
    struct str all;
    if (!p || !is_safe(x) || text.n > 1000 ||
        sodium_base642bin((unsigned char *)p, text.n, text.p, text.n, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL))
        return false;
    all = (struct str){p, n};
    return str_split(all, ':', &out->name, &out->secret);
}

// name="quoted", name=token, ...
static bool next_parameter(struct str *rest, struct str *name, struct str *value)
{
    struct str s = *rest;
    while (s.n && (*s.p == ' ' || *s.p == ',' || *s.p == '\t'))
        s = (struct str){s.p + 1, s.n - 1};
    const char *equal = s.n ? memchr(s.p, '=', s.n) : NULL;
    if (!equal)
        return false;
    *name = str_trim((struct str){s.p, (size_t)(equal - s.p)});
    s = (struct str){equal + 1, s.n - (size_t)(equal - s.p) - 1};
    bool quoted = s.n && *s.p == '"';
    if (quoted)
        s = (struct str){s.p + 1, s.n - 1};
    const char *end = s.n ? memchr(s.p, quoted ? '"' : ',', s.n) : NULL;
    size_t n = end ? (size_t)(end - s.p) : s.n;
    *value = quoted ? (struct str){s.p, n} : str_trim((struct str){s.p, n});
    n += quoted && end;
    *rest = (struct str){s.p + n, s.n - n};
    return true;
}

struct digest {
    struct login_phone *phone;
    struct str realm, algorithm;
};

static void take_parameter(struct digest *d, struct str name, struct str value)
{
    const struct {
        const char *name;
        struct str *to;
    } known[] = {{"username", &d->phone->name},
                 {"realm", &d->realm},
                 {"nonce", &d->phone->nonce},
                 {"uri", &d->phone->uri},
                 {"response", &d->phone->response},
                 {"qop", &d->phone->qop},
                 {"nc", &d->phone->nc},
                 {"cnonce", &d->phone->cnonce},
                 {"algorithm", &d->algorithm}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_equal_fold(name, str_of(known[i].name)))
            *known[i].to = value;
}

static bool read_count(struct str text, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int digit = c >= '0' && c <= '9'                     ? c - '0'
                    : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                             : -1;
        if (digit < 0 || text.n > 8)
            return false;
        *out = *out << 4 | (uint32_t)digit;
    }
    return text.n > 0;
}

static bool read_digest(struct exchange *x, struct str rest, struct login_phone *out)
{
    struct digest d = {.phone = out};
    struct str name, value;
    uint32_t count = 1;
    uint64_t id;
    int64_t age;
    for (int i = 0; i < 20 && next_parameter(&rest, &name, &value); i++)
        take_parameter(&d, name, value);
    bool plain = !out->qop.n;
    if (!x->server->nonces || !out->name.n || !str_equal_c(d.realm, LOGIN_REALM) ||
        (d.algorithm.n && !str_equal_fold(d.algorithm, STR("MD5"))) ||
        (!plain && (!str_equal_c(out->qop, "auth") || !out->cnonce.n ||
                    !read_count(out->nc, &count))) ||
        !str_equal(out->uri, str_of(x->uri)) ||
        !nonce_is_ours(x->server->nonces, out->nonce, &id, &age))
        return false;
    out->method = str_of(x->method);
    // looked up all the same: "stale" is said to who knows the secret, and to nobody else
    x->phone_stale =
        age < 0 || age > NONCE_LIVES_MS || !nonce_use(x->server->nonces, id, count, age);
    return true;
}

bool phone_read(struct exchange *x, struct login_phone *out)
{
    struct str given = str_of(exchange_header(x, "Authorization")), kind, rest;
    if (!str_split(given, ' ', &kind, &rest))
        return false;
    if (str_equal_fold(kind, STR("Basic")))
        return read_basic(x, str_trim(rest), out);
    return str_equal_fold(kind, STR("Digest")) && read_digest(x, rest, out);
}

// --- the refusal

static void challenge(struct exchange *x)
{
    char nonce[NONCE_TEXT + 1];
    if (x->server->nonces) {
        nonce_new(x->server->nonces, nonce);
        answer_header(&x->q, "WWW-Authenticate",
                      str_format(&x->arena,
                                 "Digest realm=\"" LOGIN_REALM "\", domain=\"/openrosa\","
                                 " nonce=\"%s\", algorithm=MD5, qop=\"auth\"%s",
                                 nonce, x->phone_stale ? ", stale=true" : ""));
    }
    if (is_safe(x))
        answer_header(&x->q, "WWW-Authenticate",
                      STR("Basic realm=\"" LOGIN_REALM "\", charset=\"UTF-8\""));
}

void phone_refuse(struct exchange *x)
{
    struct error e;
    bool zh = x->q.zh;
    if (x->phone_waits) {
        error_set(&e, ERR_BUSY, "phone.wait", NULL,
                  zh ? "失败次数过多，请等待 %d 秒" : "too many failures; wait %d s",
                  x->phone_waits);
        exchange_fail(x, 429, &e);
        const char *seconds =
            str_c(&x->arena, str_format(&x->arena, "%d", x->phone_waits));
        if (seconds) // in the place of the one that a refusal has
            x->answer.headers->value = seconds;
        return;
    }
    if (!is_safe(x) && !x->server->nonces) {
        error_set(&e, ERR_FORBIDDEN, "phone.plain", NULL, "%s",
                  zh ? "此连接未加密，不能登录；请使用 https 地址"
                     : "nothing is encrypted on the way here, so nobody can log in; use "
                       "an address with https");
        exchange_fail(x, 403, &e);
        return;
    }
    error_set(
        &e, ERR_FORBIDDEN, "phone.sign_in", NULL, "%s",
        zh ? "用户名或设备令牌不对；请在系统“我的账户”中生成手机令牌（不是登录密码）"
           : "the name or the device token is not right; make a token for a phone "
             "under My account (the ordinary password is not taken here)");
    exchange_fail(x, 401, &e);
    challenge(x);
}
