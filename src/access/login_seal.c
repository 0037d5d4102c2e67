// SPDX-License-Identifier: AGPL-3.0-or-later
// A reader's key for letters, between log-in and the end of the session.
#include "access/access_private.h"

void login_seal_begin(struct login *l, const struct login_done *done, struct str password,
                      int64_t now)
{
    unsigned char *secret;
    struct error quiet;
    if (!seal_unlock(l->store, done->user, password, &secret, &quiet))
        seal_ring_put(l->ring, done->session, done->user, secret, now);
}

enum err login_seal_state(struct login *l, int64_t user, int64_t session, int64_t now,
                          enum login_seal_state *out, struct error *e)
{
    struct conn *c;
    bool there = false;
    *out = LOGIN_SEAL_NONE;
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = seal_has_keys(c, user, &there, e);
    store_read_end(c);
    if (code || !there)
        return code;
    unsigned char *secret = seal_ring_get(l->ring, session, now, LOGIN_SEAL_IDLE_MS);
    *out = secret ? LOGIN_SEAL_OPEN : LOGIN_SEAL_LOCKED;
    seal_forget(secret);
    return ERR_OK;
}

enum err login_seal_key(struct login *l, int64_t session, int64_t now,
                        unsigned char **secret, struct error *e)
{
    *secret = seal_ring_get(l->ring, session, now, LOGIN_SEAL_IDLE_MS);
    if (*secret)
        return ERR_OK;
    error_set(e, ERR_FORBIDDEN, "seal.locked", NULL, "your key for letters is locked");
    return error_cure(e, "type your password on the page of letters");
}

static enum err open_for(struct login *l, int64_t user, int64_t session,
                         struct str password, int64_t now, struct error *e)
{
    unsigned char *secret;
    enum err code = seal_unlock(l->store, user, password, &secret, e);
    if (!code)
        seal_ring_put(l->ring, session, user, secret, now);
    return code;
}

enum err login_seal_make(struct login *l, int64_t user, int64_t session,
                         struct str password, int64_t now, char *recovery,
                         int *retry_after, struct error *e)
{
    enum err code = login_prove(l, user, password, now, retry_after, e);
    if (!code)
        code = seal_make_keys(l->store, user, password, recovery, e);
    return code ? code : open_for(l, user, session, password, now, e);
}

enum err login_seal_unlock(struct login *l, int64_t user, int64_t session,
                           struct str password, int64_t now, int *retry_after,
                           struct error *e)
{
    enum err code = login_prove(l, user, password, now, retry_after, e);
    return code ? code : open_for(l, user, session, password, now, e);
}

enum err login_seal_recover(struct login *l, int64_t user, int64_t session,
                            struct str recovery, struct str password, int64_t now,
                            int *retry_after, struct error *e)
{
    enum err code = login_prove(l, user, password, now, retry_after, e);
    if (!code)
        code = seal_recover(l->store, user, recovery, password, e);
    return code ? code : open_for(l, user, session, password, now, e);
}
