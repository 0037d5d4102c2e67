// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of src/access share.
#ifndef ACCESS_PRIVATE_H
#define ACCESS_PRIVATE_H

#include <pthread.h>

#include "access/audit.h"
#include "access/login.h"
#include "access/seal.h"

// --- account.c

// "Li Ming", full width or any case, to what is compared. ERR_INPUT: no name.
enum err account_fold(struct arena *a, struct str name, struct str *out,
                      struct error *e) WARN_UNUSED;
// Every process reads people anew. Inside a job that has changed some.
enum err account_changed(struct conn *c, struct error *e) WARN_UNUSED;
enum err account_generation(struct conn *c, int64_t *out, struct error *e) WARN_UNUSED;
// The file's own secret, 32 bytes.
enum err account_secret(struct conn *c, unsigned char out[32],
                        struct error *e) WARN_UNUSED;
// Inside a job: the rows of a new person.
enum err account_insert(struct conn *c, struct arena *a, struct str name,
                        struct str full_name, struct str language, int64_t now,
                        int64_t *user, struct error *e) WARN_UNUSED;
// Inside a job: sessions (but one; 0: all), and tokens where said.
enum err account_sign_out(struct conn *c, int64_t user, int64_t but_session, bool tokens,
                          struct error *e) WARN_UNUSED;
// Runs a statement of a job whose parameters are all whole numbers.
enum err account_run(struct conn *c, const char *name, const char *sql,
                     const int64_t *values, int n, struct error *e) WARN_UNUSED;

// Whether the file has roles for facilities.
enum err account_has_facilities(struct conn *c, bool *out, struct error *e) WARN_UNUSED;

// --- account_change.c

// Inside a job: replaces the roles of a person, with all rules.
enum err account_set_holds(struct conn *c, struct arena *a,
                           const struct account_editor *by, int64_t user,
                           const struct account_holds *holds, size_t n,
                           struct error *e) WARN_UNUSED;
// ERR_INPUT where rows of care and of supervision come together.
enum err account_glass(const struct account_role *roles, size_t n, const char *of,
                       struct error *e) WARN_UNUSED;

// --- account_roles.c

enum err account_built_in_roles(struct conn *c, struct error *e) WARN_UNUSED;
// What a person may do by these roles, for the editor's rules: the roles in the order of
// holds. ERR_INPUT for a role that is not there.
enum err account_read_roles(struct conn *c, struct arena *a,
                            const struct account_holds *holds, size_t n,
                            struct account_role **out, struct error *e) WARN_UNUSED;
enum err account_save_role(struct conn *c, const struct account_role *r,
                           struct error *e) WARN_UNUSED;
enum err account_read_holds(struct conn *c, struct arena *a, int64_t user,
                            const struct account_holds **out, size_t *n,
                            struct error *e) WARN_UNUSED;

// --- login.c

struct caller { // one that the table knows
    struct chain_hash hash;
    struct login_who who; // csrf made from the secret at each call
    int64_t seen_at, kept_seen_at, made_at;
    int32_t until;       // of a token
    size_t size;         // of `room`
    void *room;          // the grants and texts that who points to
    struct caller *next; // of the bucket
};

enum {
    LOGIN_BUCKETS = 4096,
    LOGIN_MAX_CALLERS = 4096,
    LOGIN_RECENT_READS = 4096,
    LOGIN_MAX_NOTES = 2048, // reads that wait for being written
    LOGIN_REGISTER_SIZE = 80
};

struct scribe;  // login_scribe.c
struct pending; // login_pending.c

enum { LOGIN_PHONES = 1024 };

struct phone_failures { // of a name; another name of the same place takes it over
    uint64_t name;
    int64_t n, until, at;
};

struct login {
    struct store *store;
    pthread_mutex_t lock; // guards all below
    struct caller *buckets[LOGIN_BUCKETS];
    size_t n_callers;
    int64_t version, generation; // of the table
    const struct pack *pack;
    int32_t today;
    int64_t stranger_at; // when a failure of a name that nobody has was last noted
    unsigned char secret[32];
    struct scribe *scribe;
    struct pending *pending; // has a lock of its own, which is taken before this one
    struct phone_failures phones[LOGIN_PHONES]; // login_phone.c; under the lock
    struct seal_ring *ring;
};

// 32 random bytes as base64url.
void login_secret_new(char out[LOGIN_SECRET_SIZE]);
// False: no secret by its form.
bool login_secret_hash(struct str secret, struct chain_hash *out);
int64_t login_random_id(void);
// login_peek and login_resolve of a token that is known by its hash only.
bool login_peek_token(struct login *l, const struct chain_hash *h,
                      const struct login_at *at, struct arena *a, struct login_who *out);
enum err login_resolve_token(struct login *l, const struct chain_hash *h,
                             const struct login_at *at, struct arena *a,
                             struct login_who *out, struct error *e) WARN_UNUSED;

// --- login_scribe.c

enum err login_scribe_open(struct login *l, struct error *e) WARN_UNUSED;
// Writes all that waits. No scribe is fine.
void login_scribe_close(struct login *l);
// What login_pending.c holds is to be written, up to this login_pending_count. Does not
// wait.
void login_scribe_wake(struct login *l, int64_t deeds);

// --- login_pending.c: what log-ins have done and the file does not hold yet
//
// It holds at once, from memory, and the scribe writes it when the writer is free: a
// log-in does not wait behind an import. All but open and close go between lock and
// unlock, unless they say that they lock; a snapshot that is to fit what waits is begun
// after the lock. Never taken while waiting for the writer, so jobs may take it too.

enum { LOGIN_MAX_DEEDS = 2048, LOGIN_SPARE_DEEDS = 64, LOGIN_MAX_FAILING = 4096 };

struct login_failures { // of a name
    int64_t n, until, at;
    bool known; // somebody has the name
};

struct login_deed { // a line of the audit log, and the session that began with it
    enum audit_kind kind;
    int64_t user; // whose account; 0: a name that nobody has
    int64_t at;
    bool by_user; // who did it gave the right password
    bool with_code;
    int64_t session;                  // 0: none began
    int64_t totp_step;                // of the code that was used up; 0: none
    struct chain_hash hash, password; // of the session's secret; login_proof
    char device[LOGIN_DEVICE_SIZE];
    bool ended; // before it was written
};

enum err login_pending_open(struct login *l, struct error *e) WARN_UNUSED;
void login_pending_close(struct login *l); // never opened is fine
void login_pending_lock(struct login *l);
void login_pending_unlock(struct login *l);
// ERR_BUSY: too much waits; no attempt may begin.
enum err login_pending_room(const struct login *l, struct error *e) WARN_UNUSED;
// Of memory, else of the file. n 0: none, or long ago.
enum err login_failures_get(const struct login *l, struct conn *c,
                            const unsigned char name[32], int64_t now,
                            struct login_failures *out, struct error *e) WARN_UNUSED;
// n 0: they are forgotten. ERR_BUSY.
enum err login_failures_set(struct login *l, const unsigned char name[32],
                            const struct login_failures *f, struct error *e) WARN_UNUSED;
// ERR_BUSY.
enum err login_deed_add(struct login *l, const struct login_deed *d,
                        struct error *e) WARN_UNUSED;
int64_t login_pending_count(const struct login *l);              // deeds ever added
int64_t login_pending_totp(const struct login *l, int64_t user); // newest step; 0: none
// Whether the password is still the one that was given: a hash of its hash.
struct chain_hash login_proof(struct str password_hash);

// Locks. A session that is not in the file: found by the hash of its secret.
bool login_pending_session(struct login *l, const struct chain_hash *hash,
                           struct login_deed *out);
// Locks. Adds a person's to a list of LOGIN_MAX_SESSIONS that the file gave.
void login_pending_list(struct login *l, int64_t user, struct login_session *list,
                        size_t *n);
// Locks. Ends one: true when there was such a one. *written: it may be in the file by
// now, where it is to be ended too. *count: login_pending_count.
bool login_pending_end(struct login *l, int64_t user, int64_t session, int64_t now,
                       bool *written, int64_t *count);
// Locks; inside a job. The password changed in this session, which goes on.
void login_pending_proof(struct login *l, int64_t session, struct str password_hash);

// By the scribe's job; they lock. Begin, then write the first `count` deeds, those before
// a time, as often as needed, then the failures; at the end whether it was committed.
void login_pending_begin(struct login *l);
enum err login_pending_write(struct login *l, struct conn *c, int64_t count,
                             int64_t before, struct error *e) WARN_UNUSED;
enum err login_pending_write_failures(struct login *l, struct conn *c,
                                      struct error *e) WARN_UNUSED;
void login_pending_written(struct login *l, bool committed);
// Inside a job; locks: nobody has to wait for this person's failures any more.
enum err login_failures_forget(struct login *l, struct conn *c, int64_t user,
                               struct error *e) WARN_UNUSED;
void login_name_hash(const unsigned char secret[32], struct str folded,
                     unsigned char out[32]);

// --- login_seal.c

// After a log-in: the reader's key, if there is one and this password opens it, is ready
// for the session. What fails here fails when a letter is asked for.
void login_seal_begin(struct login *l, const struct login_done *done, struct str password,
                      int64_t now);

// --- seal_keys.c

enum { SEAL_SALT = 16, SEAL_LOCKED = 24 + SEAL_SECRET + 16 };
struct seal_locked { // a secret key under a password
    unsigned char salt[SEAL_SALT], box[SEAL_LOCKED];
    bool there; // the user has a pair
};
// The change of seal_relock in two steps: the slow one, and the one inside a job.
enum err seal_relock_make(struct store *s, int64_t user, struct str old_password,
                          struct str new_password, struct seal_locked *out,
                          struct error *e) WARN_UNUSED;
enum err seal_relock_save(struct conn *c, int64_t user, const struct seal_locked *locked,
                          struct error *e) WARN_UNUSED;

// --- login_try.c

// Milliseconds that the next try waits, and for how long failures count.
int64_t login_wait_after(int64_t failures);
enum { LOGIN_FORGIVEN_MS = 24 * 3600 * 1000 };

// A session for the cookie, and the hash of its secret.
void login_session_new(int64_t user, struct login_done *out, struct chain_hash *hash);
// Inside a job: into the file; the person's one too many ends.
enum err login_session_insert(struct conn *c, int64_t user, int64_t session,
                              const struct chain_hash *hash, const char *device,
                              int64_t now, struct error *e) WARN_UNUSED;
void login_device_copy(char out[LOGIN_DEVICE_SIZE], struct str device);
// ERR_INPUT: too weak, and why.
enum err login_password_check(struct str password, struct str name,
                              struct error *e) WARN_UNUSED;
enum { LOGIN_HASH_SIZE = 128 };
enum { LOGIN_PASSES = 3, LOGIN_MEMORY = 64 << 20 }; // of every argon2id
// argon2id; ERR_MEMORY.
enum err login_password_hash(struct str password, char out[LOGIN_HASH_SIZE],
                             struct error *e) WARN_UNUSED;
// Inside a job: the password, and the account is in use.
enum err login_password_save(struct conn *c, int64_t user, const char *hash,
                             struct error *e) WARN_UNUSED;
// One's own password once more; see login_password in login.h.
enum err login_prove(struct login *l, int64_t user, struct str password, int64_t now,
                     int *retry_after, struct error *e) WARN_UNUSED;
// Inside a job: the name of a user, for the audit log.
enum err login_name_of(struct conn *c, int64_t user, struct arena *a, struct str *out,
                       struct error *e) WARN_UNUSED;

#endif
