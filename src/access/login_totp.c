// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factor.
#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#include "access/access_private.h"

enum { DIGITS = 6, STEP_MS = 30000 };

int64_t login_totp_step(const unsigned char *secret, size_t size, struct str code,
                        int64_t now)
{
    int64_t found = 0, step = now / STEP_MS;
    char typed[DIGITS + 1] = {0}, right[DIGITS + 1];
    size_t n = 0;
    // people copy codes with a space in the middle
    for (size_t i = 0; i < code.n; i++)
        if (code.p[i] != ' ') {
            if (n == DIGITS)
                return 0;
            typed[n++] = code.p[i];
        }
    if (n != DIGITS)
        return 0;
    for (int64_t at = step + 1; at >= step - 1 && at > 0; at--) {
        if (oath_hotp_generate((const char *)secret, size, (uint64_t)at, DIGITS, false,
                               OATH_HOTP_DYNAMIC_TRUNCATION, right) != OATH_OK)
            return 0;
        // every step is looked at, so that the time does not say which it was
        if (sodium_memcmp(right, typed, DIGITS) == 0)
            found = at;
    }
    return found;
}

// RFC 4648, without padding: 20 bytes are 32 letters.
static void to_base32(const unsigned char bytes[LOGIN_TOTP_BYTES],
                      char out[LOGIN_TOTP_TEXT])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned held = 0, bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < LOGIN_TOTP_BYTES; i++) {
        held = (held << 8 | bytes[i]) & 0xFFFF;
        for (bits += 8; bits >= 5; bits -= 5)
            out[n++] = letters[held >> (bits - 5) & 31];
    }
    out[n] = '\0';
}

struct factor {
    int64_t user, now;
    struct str code, text;
    const unsigned char *secret;
};

static enum err note(struct conn *c, const struct factor *f, struct error *e)
{
    struct arena a;
    struct str name;
    arena_init(&a, 0);
    enum err code = login_name_of(c, f->user, &a, &name, e);
    if (!code)
        code = audit_append(c,
                            &(struct audit_entry){.kind = AUDIT_TOTP,
                                                  .who = f->user,
                                                  .subject = name,
                                                  .text = f->text,
                                                  .at = f->now},
                            e);
    arena_free(&a);
    return code ? code : account_changed(c, e);
}

static enum err start_job(struct conn *c, void *argument, struct error *e)
{
    const struct factor *f = argument;
    struct stmt *s;
    enum err code = conn_stmt(c, "login.totp_start",
                              "UPDATE heng_accounts SET totp_next = ?"
                              " WHERE user = ? AND totp IS NULL",
                              &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, f->secret, LOGIN_TOTP_BYTES);
    stmt_bind_int(s, 2, f->user);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) == 0) {
        error_set(e, ERR_CONFLICT, "login.totp_there", NULL,
                  "this account has a second factor");
        return error_cure(e, "remove it first");
    }
    return code;
}

enum err login_totp_start(struct login *l, int64_t user, struct str password, int64_t now,
                          char secret[LOGIN_TOTP_TEXT], int *retry_after, struct error *e)
{
    unsigned char bytes[LOGIN_TOTP_BYTES];
    struct factor f = {.user = user, .now = now, .secret = bytes};
    enum err code = login_prove(l, user, password, now, retry_after, e);
    if (code)
        return code;
    randombytes_buf(bytes, sizeof bytes);
    code = store_write(l->store, start_job, &f, e);
    if (!code)
        to_base32(bytes, secret);
    sodium_memzero(bytes, sizeof bytes);
    return code;
}

static enum err confirm_job(struct conn *c, void *argument, struct error *e)
{
    struct factor *f = argument;
    struct stmt *s;
    bool row = false;
    int64_t step = 0;
    enum err code = conn_stmt(c, "login.totp_next",
                              "SELECT totp_next FROM heng_accounts WHERE user = ?"
                              " AND totp_next IS NOT NULL",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, f->user);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        struct str secret = stmt_blob(s, 0);
        step =
            login_totp_step((const unsigned char *)secret.p, secret.n, f->code, f->now);
    }
    stmt_finish(s);
    if (!code && !row)
        return error_set(e, ERR_NOT_FOUND, "login.totp_none", NULL,
                         "no second factor was begun");
    if (!code && !step) {
        error_set(e, ERR_INPUT, "login.code", "code",
                  "this is not the code of this moment");
        return error_cure(e, "type the newest six digits; check the clock of the phone");
    }
    const int64_t values[] = {step, f->user};
    if (!code)
        code = account_run(c, "login.totp_confirm",
                           "UPDATE heng_accounts SET totp = totp_next, totp_next = NULL,"
                           " totp_step = ?1 WHERE user = ?2",
                           values, 2, e);
    return code ? code : note(c, f, e);
}

enum err login_totp_confirm(struct login *l, int64_t user, struct str code_given,
                            int64_t now, struct error *e)
{
    struct factor f = {.user = user, .now = now, .code = code_given, .text = STR("on")};
    return store_write(l->store, confirm_job, &f, e);
}

static enum err remove_job(struct conn *c, void *argument, struct error *e)
{
    const struct factor *f = argument;
    enum err code = account_run(c, "login.totp_remove",
                                "UPDATE heng_accounts SET totp = NULL, totp_next = NULL"
                                " WHERE user = ?",
                                &f->user, 1, e);
    return code ? code : note(c, f, e);
}

enum err login_totp_remove(struct login *l, int64_t user, struct str password,
                           int64_t now, int *retry_after, struct error *e)
{
    struct factor f = {.user = user, .now = now, .text = STR("off")};
    enum err code = login_prove(l, user, password, now, retry_after, e);
    return code ? code : store_write(l->store, remove_job, &f, e);
}
