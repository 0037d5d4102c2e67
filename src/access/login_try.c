// SPDX-License-Identifier: AGPL-3.0-or-later
// Passwords, waiting after failures, sessions.
#include <sodium.h>
#include <string.h>

#include "access/access_private.h"
#include "base/utf8.h"

enum {
    MOST_WAIT_MS = 15 * 60 * 1000,
    LONG_WAIT_MS = 60 * 1000,     // worth a word in the audit log
    STRANGER_EVERY_MS = 60 * 1000 // how often one is noted in the audit log
};

// The hash of no password, with the same cost as a real one.
static const char no_password[] = "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                                  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

// --- passwords

enum err login_password_check(struct str password, struct str name, struct error *e)
{
    size_t characters = 0, different = 0;
    int32_t seen[5];
    for (size_t at = 0; at < password.n; characters++) {
        int32_t c = utf8_next(password, &at);
        size_t k = 0;
        while (k < different && seen[k] != c)
            k++;
        if (k == different && different < 5)
            seen[different++] = c;
    }
    const char *why = NULL;
    if (characters < LOGIN_FEWEST_CHARACTERS)
        why = "is shorter than 10 characters";
    else if (password.n > LOGIN_MOST_BYTES)
        why = "is longer than 256 bytes";
    else if (different < 5)
        why = "has fewer than 5 different characters";
    else if (name.n >= 5 && str_equal_fold(password, name))
        why = "is the name itself";
    if (!why)
        return ERR_OK;
    error_set(e, ERR_INPUT, "login.weak", "password", "this password %s", why);
    return error_cure(e, "take four or more words that do not belong together");
}

enum err login_password_hash(struct str password, char out[LOGIN_HASH_SIZE],
                             struct error *e)
{
    _Static_assert(LOGIN_HASH_SIZE >= crypto_pwhash_STRBYTES, "room for the hash");
    if (crypto_pwhash_str_alg(out, password.p, password.n, LOGIN_PASSES, LOGIN_MEMORY,
                              crypto_pwhash_ALG_ARGON2ID13))
        return error_memory(e);
    return ERR_OK;
}

enum err login_password_save(struct conn *c, int64_t user, const char *hash,
                             struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "login.save_password",
                              "UPDATE heng_accounts SET password = ?, state = 'active'"
                              " WHERE user = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, str_of(hash));
    stmt_bind_int(s, 2, user);
    return stmt_done(s, e);
}

// --- an attempt is counted before its password is looked at

struct attempt {
    struct login *l;
    struct str folded, code, device;
    int64_t now;
    // of take
    int64_t user; // 0: nobody has this name
    int64_t failures_before;
    int64_t wait_until; // 0: go on
    char hash[LOGIN_HASH_SIZE];
    struct chain_hash proof; // of the hash
    unsigned char name[32];  // in heng_failures
    // of the end
    bool right, log_in, stranger;
    int64_t count; // login_pending_count
    struct login_done *out;
    struct arena arena;
};

int64_t login_wait_after(int64_t failures)
{
    int64_t ms = failures > 10 ? MOST_WAIT_MS : (int64_t)1000 << (failures - 1);
    return ms < MOST_WAIT_MS ? ms : MOST_WAIT_MS;
}

static enum err read_account(struct conn *c, struct attempt *t, struct error *e)
{
    struct stmt *s;
    bool row = false;
    memcpy(t->hash, no_password, sizeof no_password);
    enum err code = conn_stmt(c, "login.account",
                              "SELECT user, password FROM heng_accounts"
                              " WHERE folded = ? AND state <> 'off'",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, t->folded);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        struct str hash = stmt_text(s, 1);
        t->user = stmt_int(s, 0);
        if (hash.n && hash.n < sizeof t->hash) {
            memcpy(t->hash, hash.p, hash.n);
            t->hash[hash.n] = '\0';
        }
    }
    stmt_finish(s);
    return code;
}

static enum err set_failures(const struct attempt *t, int64_t n, int64_t until,
                             struct error *e)
{
    return login_failures_set(
        t->l, t->name, &(struct login_failures){n, until, t->now, t->user != 0}, e);
}

static enum err take_of(struct conn *c, struct attempt *t, struct error *e)
{
    struct login_failures f;
    enum err code = login_pending_room(t->l, e);
    if (!code)
        code = read_account(c, t, e);
    if (!code)
        code = login_failures_get(t->l, c, t->name, t->now, &f, e);
    if (code)
        return code;
    t->proof = login_proof(str_of(t->hash));
    t->failures_before = f.n;
    t->wait_until = f.until > t->now ? f.until : 0;
    return t->wait_until
               ? ERR_OK
               : set_failures(t, f.n + 1, t->now + login_wait_after(f.n + 1), e);
}

// Runs a step of the attempt on what file and memory hold at one moment.
static enum err run_step(struct attempt *t,
                         enum err (*step)(struct conn *, struct attempt *,
                                          struct error *),
                         struct error *e)
{
    struct conn *c;
    login_pending_lock(t->l);
    enum err code = store_read_begin(t->l->store, &c, e);
    if (!code) {
        code = step(c, t, e);
        store_read_end(c);
    }
    t->count = login_pending_count(t->l);
    login_pending_unlock(t->l);
    return code;
}

static int seconds_until(int64_t until, int64_t now)
{
    return (int)((until - now + 999) / 1000);
}

// Takes the attempt and looks at the password: t->right, or t->wait_until.
static enum err attempt(struct attempt *t, struct str password, struct error *e)
{
    enum err code = run_step(t, take_of, e);
    if (code || t->wait_until)
        return code;
    t->right =
        crypto_pwhash_str_verify(t->hash, password.p ? password.p : "", password.n) == 0;
    sodium_memzero(t->hash, sizeof t->hash);
    return ERR_OK;
}

// --- how it ended

static enum err note(const struct attempt *t, enum audit_kind kind, struct error *e)
{
    return login_deed_add(
        t->l, &(struct login_deed){.kind = kind, .user = t->user, .at = t->now}, e);
}

static enum err note_failure(const struct attempt *t, struct error *e)
{
    if (!t->user && !t->stranger)
        return ERR_OK;
    enum err code = note(t, AUDIT_LOG_IN_FAILED, e);
    if (!code && t->user && login_wait_after(t->failures_before + 1) >= LONG_WAIT_MS)
        code = note(t, AUDIT_LOCKED, e);
    return code;
}

// step: of the code, when it is right and was not used before.
static enum err check_code(struct conn *c, const struct attempt *t, bool *needed,
                           int64_t *step, struct error *e)
{
    struct stmt *s;
    bool row = false;
    *needed = false;
    *step = 0;
    enum err code =
        conn_stmt(c, "login.totp",
                  "SELECT totp, totp_step FROM heng_accounts WHERE user = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, t->user);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        struct str secret = stmt_blob(s, 0);
        int64_t used = stmt_int(s, 1), waits = login_pending_totp(t->l, t->user);
        *needed = secret.n > 0;
        if (*needed)
            *step = login_totp_step((const unsigned char *)secret.p, secret.n, t->code,
                                    t->now);
        if (*step <= used || *step <= waits)
            *step = 0;
    }
    stmt_finish(s);
    return code;
}

void login_session_new(int64_t user, struct login_done *out, struct chain_hash *hash)
{
    login_secret_new(out->secret);
    if (!login_secret_hash(str_of(out->secret), hash))
        *hash = (struct chain_hash){0}; // not reached: it has its form
    out->user = user;
    out->session = login_random_id();
    out->answer = LOGIN_IN;
}

enum err login_session_insert(struct conn *c, int64_t user, int64_t session,
                              const struct chain_hash *hash, const char *device,
                              int64_t now, struct error *e)
{
    struct stmt *s;
    const int64_t old[] = {now - LOGIN_IDLE_MS, now - LOGIN_LIFE_MS};
    const int64_t most[] = {user, LOGIN_MAX_SESSIONS - 1}, seen[] = {now, user};
    enum err code = account_run(c, "login.over",
                                "DELETE FROM heng_sessions WHERE seen_at < ?1"
                                " OR made_at < ?2",
                                old, 2, e);
    if (!code)
        code = account_run(c, "login.too_many",
                           "DELETE FROM heng_sessions WHERE user = ?1 AND id NOT IN"
                           " (SELECT id FROM heng_sessions WHERE user = ?1"
                           " ORDER BY seen_at DESC LIMIT ?2)",
                           most, 2, e);
    if (!code)
        code = account_run(c, "login.seen",
                           "UPDATE heng_accounts SET seen_at = ?1 WHERE user = ?2", seen,
                           2, e);
    if (!code)
        code = conn_stmt(c, "login.new_session",
                         "INSERT INTO heng_sessions (id, user, hash, made_at, seen_at,"
                         " device) VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
                         &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, session);
    stmt_bind_int(s, 2, user);
    stmt_bind_blob(s, 3, hash->bytes, sizeof hash->bytes);
    stmt_bind_int(s, 4, now);
    stmt_bind_text(s, 5, str_of(device));
    return stmt_done(s, e);
}

void login_device_copy(char out[LOGIN_DEVICE_SIZE], struct str device)
{
    size_t n = device.n < LOGIN_DEVICE_SIZE ? device.n : 0;
    if (n)
        memcpy(out, device.p, n);
    out[n] = 0;
}

static enum err end_of(struct conn *c, struct attempt *t, struct error *e)
{
    bool needed = false;
    int64_t step = 0;
    if (!t->right)
        return note_failure(t, e);
    enum err code = t->log_in ? check_code(c, t, &needed, &step, e) : ERR_OK;
    if (!code && needed && !step) {
        t->out->answer = LOGIN_NEEDS_CODE;
        // no code was tried: this was no failure, and no success either
        return t->code.n ? note_failure(t, e) : set_failures(t, t->failures_before, 0, e);
    }
    if (!code)
        code = set_failures(t, 0, 0, e);
    if (code || !t->log_in)
        return code;
    struct login_deed in = {.kind = AUDIT_LOG_IN,
                            .user = t->user,
                            .at = t->now,
                            .by_user = true,
                            .with_code = needed,
                            .totp_step = step,
                            .password = t->proof};
    login_session_new(t->user, t->out, &in.hash);
    login_device_copy(in.device, t->device);
    in.session = t->out->session;
    return login_deed_add(t->l, &in, e);
}

static enum err end(struct attempt *t, struct error *e)
{
    enum err code = run_step(t, end_of, e);
    login_scribe_wake(t->l, t->count);
    return code;
}

// Whether this failure of a name that nobody has is worth a line.
static bool worth_noting(struct login *l, int64_t now)
{
    pthread_mutex_lock(&l->lock);
    bool worth = now - l->stranger_at >= STRANGER_EVERY_MS || now < l->stranger_at;
    if (worth)
        l->stranger_at = now;
    pthread_mutex_unlock(&l->lock);
    return worth;
}

static enum err check_size(struct str password, struct error *e)
{
    if (password.n <= LOGIN_MOST_BYTES)
        return ERR_OK;
    return error_set(e, ERR_INPUT, "login.long", "password",
                     "a password has at most %d bytes", LOGIN_MOST_BYTES);
}

enum err login_try(struct login *l, struct str name, struct str password,
                   struct str code_given, struct str device, int64_t now,
                   struct login_done *out, struct error *e)
{
    struct attempt t = {.l = l,
                        .code = code_given,
                        .device = device,
                        .now = now,
                        .log_in = true,
                        .out = out};
    *out = (struct login_done){.answer = LOGIN_WRONG};
    arena_init(&t.arena, 0);
    enum err code = check_size(password, e);
    if (!code)
        code = account_fold(&t.arena, name, &t.folded, e);
    if (!code) {
        login_name_hash(l->secret, t.folded, t.name);
        code = attempt(&t, password, e);
    }
    if (!code && t.wait_until) {
        out->answer = LOGIN_WAIT;
        out->retry_after = seconds_until(t.wait_until, now);
    } else if (!code) {
        t.stranger = !t.user && worth_noting(l, now);
        code = end(&t, e);
    }
    arena_free(&t.arena);
    if (code)
        sodium_memzero(out, sizeof *out);
    else if (out->answer == LOGIN_IN)
        login_seal_begin(l, out, password, now);
    return code;
}

// --- one's own password

enum err login_name_of(struct conn *c, int64_t user, struct arena *a, struct str *out,
                       struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code =
        conn_stmt(c, "login.name_of", "SELECT name FROM heng_users WHERE id = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, user);
    code = stmt_step(s, &row, e);
    *out = str_copy(a, !code && row ? stmt_text(s, 0) : STR(""));
    stmt_finish(s);
    return code ? code : out->p ? ERR_OK : error_memory(e);
}

static enum err own_name(struct login *l, int64_t user, struct arena *a, struct str *name,
                         struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = login_name_of(c, user, a, name, e);
    store_read_end(c);
    return code;
}

enum err login_prove(struct login *l, int64_t user, struct str password, int64_t now,
                     int *retry_after, struct error *e)
{
    struct login_done done = {0};
    struct attempt t = {.l = l, .now = now, .out = &done};
    struct str name;
    *retry_after = 0;
    arena_init(&t.arena, 0);
    enum err code = check_size(password, e);
    if (!code)
        code = own_name(l, user, &t.arena, &name, e);
    if (!code)
        code = account_fold(&t.arena, name, &t.folded, e);
    if (!code) {
        login_name_hash(l->secret, t.folded, t.name);
        code = attempt(&t, password, e);
    }
    if (!code && t.wait_until) {
        *retry_after = seconds_until(t.wait_until, now);
        code = error_set(e, ERR_BUSY, "login.wait", "password",
                         "too many wrong passwords; wait %d s", *retry_after);
    } else if (!code) {
        t.right &= t.user == user;
        code = end(&t, e);
        if (!code && !t.right)
            code = error_set(e, ERR_FORBIDDEN, "login.password", "password",
                             "this is not your password");
    }
    arena_free(&t.arena);
    return code;
}

struct fresh {
    struct login *l;
    int64_t user, session, now;
    char hash[LOGIN_HASH_SIZE];
    struct str name;
    struct seal_locked locked;
};

static enum err password_job(struct conn *c, void *argument, struct error *e)
{
    const struct fresh *f = argument;
    enum err code = login_password_save(c, f->user, f->hash, e);
    if (!code && f->locked.there)
        code = seal_relock_save(c, f->user, &f->locked, e);
    if (!code)
        code = account_sign_out(c, f->user, f->session, false, e);
    if (!code)
        login_pending_proof(f->l, f->session, str_of(f->hash));
    if (!code)
        code = account_changed(c, e);
    if (!code)
        code = audit_append(
            c,
            &(struct audit_entry){
                .kind = AUDIT_PASSWORD, .who = f->user, .subject = f->name, .at = f->now},
            e);
    return code;
}

enum err login_password(struct login *l, int64_t user, int64_t session, struct str old,
                        struct str fresh, int64_t now, int *retry_after, struct error *e)
{
    struct fresh f = {.l = l, .user = user, .session = session, .now = now};
    struct arena a;
    *retry_after = 0;
    arena_init(&a, 0);
    enum err code = own_name(l, user, &a, &f.name, e);
    if (!code)
        code = login_password_check(fresh, f.name, e);
    if (!code)
        code = login_prove(l, user, old, now, retry_after, e);
    if (!code)
        code = login_password_hash(fresh, f.hash, e);
    if (!code) {
        // a key that only the recovery key opens stays as it is
        code = seal_relock_make(l->store, user, old, fresh, &f.locked, e);
        if (code == ERR_FORBIDDEN)
            code = ERR_OK;
    }
    if (!code)
        code = store_write(l->store, password_job, &f, e);
    if (!code) {
        seal_ring_drop_user(l->ring, user, session);
        login_forget(l);
    }
    arena_free(&a);
    return code;
}
