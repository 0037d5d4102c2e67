// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is calling: passwords, second factors, sessions, personal tokens, one-time links.
//
// Secrets are 256 random bits, given out once; the file keeps their BLAKE2b hash and
// finds them by it, so neither the file nor the time of an answer tells one. Passwords
// are argon2id (64 MiB, 3 passes); a name that nobody has costs the same time and gets
// the same answer. After each failed log-in of a name the next has to wait, twice as long
// each time (1 s to 15 min); an attempt is counted before its password is looked at, so
// that many at once are no way around. TOTP is RFC 6238 (SHA-1, 6 digits, 30 s, one step
// either way); a code is good once.
//
// A log-in does not wait for the writer of the file, who may be busy with an import: what
// it changes (session, failures, code used up, lines of the audit log) holds at once,
// from memory, and is written in order as soon as the writer is free. A server that is
// killed in between forgets such a session: its person logs in again.
//
// A struct login is the process's table of callers it has met (at most 4,096, some
// hundred bytes each): login_peek answers from it without SQL and without waiting. It is
// thrown away when people, roles or sessions change in any process. One struct login per
// open file, any thread. `now` is UTC milliseconds and passed in everywhere, for tests.
//
// Sources: RFC 9106 (argon2), RFC 6238 and RFC 4226 (TOTP), RFC 7693 (BLAKE2b), NIST SP
// 800-63B (what is asked of a password).
#ifndef ACCESS_LOGIN_H
#define ACCESS_LOGIN_H

#include "access/account.h"

struct login;

enum {
    LOGIN_SECRET_SIZE = 44,    // 32 bytes as base64url, and a zero
    LOGIN_TOKEN_SIZE = 5 + 44, // "heng_" before it
    LOGIN_IDLE_MS = 8 * 3600 * 1000,
    LOGIN_LIFE_MS = 7 * 24 * 3600 * 1000,
    LOGIN_TOUCH_MS = 5 * 60 * 1000, // how old the kept seen_at may be
    LOGIN_MAX_SESSIONS = 50,        // of a person; the one unused longest is ended
    LOGIN_MAX_TOKENS = 50,
    LOGIN_FEWEST_CHARACTERS = 10, // of a password
    LOGIN_MOST_BYTES = 256
};

// Makes the tables where the file has none yet. The store must outlive it.
enum err login_open(struct login **out, struct store *s, struct error *e) WARN_UNUSED;
void login_close(struct login *l); // writes what login_touch would; NULL is fine

// --- callers

struct login_who {
    int64_t user;                 // 0: nobody (no such token, or it has ended)
    int64_t session;              // row of heng_sessions; 0: none
    int64_t token;                // row of heng_tokens; 0: none
    bool device;                  // the token is a phone's: for forms, and nothing else
    bool read_only;               // the token may only look
    struct access access;         // of nobody: n_grants 0
    struct str name, language;    // language: "zh", "en", ""
    char csrf[LOGIN_SECRET_SIZE]; // of a session: made from its token, kept nowhere
};

struct login_at {
    const struct pack *pack;
    int32_t today;
    int64_t now;
    // A number that has changed when any process has committed to the file
    // (store_data_version); 0: look it up (then login_peek knows nothing).
    int64_t version;
};

// True, and *out filled, when the table knows this caller as of at->version. token: what
// came in the cookie or behind "Bearer". Never waits for the file. Everything of *out is
// copied into the arena; false too when memory is out.
bool login_peek(struct login *l, struct str token, const struct login_at *at,
                struct arena *a, struct login_who *out);
// The same, reading the file where the table does not know. Nobody is ERR_OK with user 0.
enum err login_resolve(struct login *l, struct str token, const struct login_at *at,
                       struct arena *a, struct login_who *out,
                       struct error *e) WARN_UNUSED;
// What the client sent as X-Heng-CSRF against the session's, in constant time.
bool login_csrf_is(const struct login_who *who, struct str sent);
// Empties the table: the pack or people have changed.
void login_forget(struct login *l);
// Has seen_at written of callers whose kept one is older than LOGIN_TOUCH_MS; call it
// about once a minute. Does not wait.
void login_touch(struct login *l);
// Waits until what log-ins, login_touch and login_note_read have left is written.
void login_settle(struct login *l);

// --- logging in; all of these take about 0.2 s of one core and 64 MiB, but login_end

enum login_answer {
    LOGIN_IN,         // done
    LOGIN_WRONG,      // name or password (it is not said which)
    LOGIN_NEEDS_CODE, // the password is right, and the account has a second factor: no
                      // code came, or it was wrong or used before
    LOGIN_WAIT        // too many failures: nothing was looked at; see retry_after
};

struct login_done {
    enum login_answer answer;
    int retry_after;                // seconds; LOGIN_WAIT
    int64_t user, session;          // LOGIN_IN
    char secret[LOGIN_SECRET_SIZE]; // LOGIN_IN: of the new session, for the cookie
};

// device: what its person will know the session by in the list of them, in plain words
// ("Firefox · Linux"; none where it is longer than LOGIN_DEVICE_SIZE); it is kept nowhere
// else and goes with it. ERR_BUSY: 2,000 log-ins wait for being written already.
enum { LOGIN_DEVICE_SIZE = 48 };
enum err login_try(struct login *l, struct str name, struct str password, struct str code,
                   struct str device, int64_t now, struct login_done *out,
                   struct error *e) WARN_UNUSED;
// A session of this person ends; *found: there was one.
enum err login_end(struct login *l, int64_t user, int64_t session, int64_t now,
                   bool *found, struct error *e) WARN_UNUSED;

// One's own password (of login_password and login_totp_*): a wrong one counts as a failed
// log-in and is ERR_FORBIDDEN "login.password"; one who has to wait gets ERR_BUSY
// "login.wait", and *retry_after.
// All other sessions of the person end. ERR_INPUT: the new one is too weak, and why.
enum err login_password(struct login *l, int64_t user, int64_t session, struct str old,
                        struct str fresh, int64_t now, int *retry_after,
                        struct error *e) WARN_UNUSED;

// --- the second factor

enum { LOGIN_TOTP_BYTES = 20, LOGIN_TOTP_TEXT = 33 }; // base32 and a zero

// A new secret; it counts only from login_totp_confirm on. ERR_CONFLICT: there is one.
enum err login_totp_start(struct login *l, int64_t user, struct str password, int64_t now,
                          char secret[LOGIN_TOTP_TEXT], int *retry_after,
                          struct error *e) WARN_UNUSED;
// ERR_INPUT: the code is not that of the secret; ERR_NOT_FOUND: none was started.
enum err login_totp_confirm(struct login *l, int64_t user, struct str code, int64_t now,
                            struct error *e) WARN_UNUSED;
enum err login_totp_remove(struct login *l, int64_t user, struct str password,
                           int64_t now, int *retry_after, struct error *e) WARN_UNUSED;
// The step at which this code is right, within one of now's; 0: none. Constant time.
int64_t login_totp_step(const unsigned char *secret, size_t size, struct str code,
                        int64_t now);

// --- sessions and tokens of a person

struct login_session {
    int64_t id, made_at, seen_at;
    char device[LOGIN_DEVICE_SIZE];
};
enum err login_sessions(struct login *l, int64_t user, int64_t now, struct arena *a,
                        struct login_session **out, size_t *n,
                        struct error *e) WARN_UNUSED;

struct login_token {
    int64_t id, made_at, used_at; // used_at 0: never
    struct str name;
    int32_t until; // the last day; DATE_NONE: for good
    bool read_only, device;
};
enum err login_tokens(struct login *l, int64_t user, struct arena *a,
                      struct login_token **out, size_t *n, struct error *e) WARN_UNUSED;
// A token may do what its person may, read_only only look: no rows written, no function
// but figures and audit. until: DATE_NONE or a day from today on. ERR_LIMIT: too many.
enum err login_token_make(struct login *l, int64_t user, struct str name, int32_t until,
                          bool read_only, int64_t now, char secret[LOGIN_TOKEN_SIZE],
                          int64_t *id, struct error *e) WARN_UNUSED;
// A token of a phone (ODK Collect and the like): the password of basic or digest log-in,
// together with the person's name, for forms and nothing else. digest: MD5(name:heng:
// token) is kept as well, which is as good as the token itself to whoever reads the file.
enum err login_device_make(struct login *l, int64_t user, struct str name, int32_t until,
                           bool digest, int64_t now, char secret[LOGIN_TOKEN_SIZE],
                           int64_t *id, struct error *e) WARN_UNUSED;
enum err login_token_end(struct login *l, int64_t user, int64_t id, int64_t now,
                         struct error *e) WARN_UNUSED;

// --- phones

#define LOGIN_REALM "heng"

struct login_phone {   // what a phone sent
    struct str name;   // of the person
    struct str secret; // basic: the token; .p NULL: digest
    struct str nonce, nc, cnonce, qop, method, uri, response; // digest (RFC 7616, 2069)
};

// Who the phone's person is; user 0: nobody, or the name or token is wrong. After each
// failure of a name who fails again is told to wait as at a log-in (*retry_after > 0).
// A right token never waits: it has 256 bits, so that nobody guesses one, and a phone
// with a token that was revoked must not lock its person's other phones out. The waits
// are this process's and in memory. That a nonce is this server's, and fresh, is the
// caller's to know.
enum err login_phone(struct login *l, const struct login_phone *sent,
                     const struct login_at *at, struct arena *a, struct login_who *out,
                     int *retry_after, struct error *e) WARN_UNUSED;
// --- the calendar feed of a person: an address that a calendar programme keeps

struct login_calendar {
    int64_t made_at, used_at; // made_at 0: there is none; used_at: to the day, 0: never
};
enum err login_calendar_get(struct login *l, int64_t user, struct login_calendar *out,
                            struct error *e) WARN_UNUSED;
// A new one; the one before is void. The secret opens the feed and nothing else.
enum err login_calendar_make(struct login *l, int64_t user, int64_t now,
                             char secret[LOGIN_SECRET_SIZE], struct error *e) WARN_UNUSED;
enum err login_calendar_end(struct login *l, int64_t user, int64_t now,
                            struct error *e) WARN_UNUSED;
// Whose feed it is, and what they may see now; nobody is ERR_OK with user 0.
enum err login_calendar_who(struct login *l, struct str secret, const struct login_at *at,
                            struct arena *a, struct login_who *out,
                            struct error *e) WARN_UNUSED;

// --- one-time links

enum login_link_kind { LOGIN_LINK_FIRST, LOGIN_LINK_INVITATION, LOGIN_LINK_RESET };

struct login_link {
    enum login_link_kind kind;
    int64_t user; // 0: of the first
    struct str name, full_name;
    int64_t until;
};

// For a person: an invitation (7 days) while they are invited, else a reset (24 h). One
// that was made before and not used is void.
enum err login_link_make(struct login *l, const struct account_editor *by, int64_t user,
                         char secret[LOGIN_SECRET_SIZE], int64_t *until,
                         struct error *e) WARN_UNUSED;
// The administrator's, of a file without accounts (24 h). *needed false when there is
// one.
enum err login_first_link(struct login *l, int64_t now, char secret[LOGIN_SECRET_SIZE],
                          bool *needed, struct error *e) WARN_UNUSED;
// ERR_NOT_FOUND, in the same words: never was, used, too old.
enum err login_link_get(struct login *l, struct str secret, int64_t now, struct arena *a,
                        struct login_link *out, struct error *e) WARN_UNUSED;
// Sets the password, signs in, and voids the link. name: of the first administrator; a
// reset also takes the second factor and all sessions and tokens away. ERR_INPUT:
// password or name.
enum err login_link_use(struct login *l, struct str secret, struct str name,
                        struct str full_name, struct str password, struct str device,
                        int64_t now, struct login_done *out, struct error *e) WARN_UNUSED;

// --- the key of a reader's letters (seal.h), kept unlocked for a session in locked
// memory
//
// A log-in unlocks it; so does the password once more after LOGIN_SEAL_IDLE_MS without
// use or a new start of the server. It is forgotten when the session ends, and all of a
// person's when their password changes elsewhere or is reset.

enum { LOGIN_SEAL_IDLE_MS = 60 * 60 * 1000 };

enum login_seal_state {
    LOGIN_SEAL_NONE,   // no pair yet
    LOGIN_SEAL_LOCKED, // the password opens it
    LOGIN_SEAL_OPEN
};
enum err login_seal_state(struct login *l, int64_t user, int64_t session, int64_t now,
                          enum login_seal_state *out, struct error *e) WARN_UNUSED;
// A copy, to be given back with seal_forget. ERR_FORBIDDEN: it is locked.
enum err login_seal_key(struct login *l, int64_t session, int64_t now,
                        unsigned char **secret, struct error *e) WARN_UNUSED;
// The password as in login_password. make: ERR_CONFLICT when there is a pair; recover:
// the recovery key, and from now on this password. ERR_FORBIDDEN "seal.password": the
// password was reset, so that only the recovery key opens the letters.
enum err login_seal_make(struct login *l, int64_t user, int64_t session,
                         struct str password, int64_t now, char *recovery,
                         int *retry_after, struct error *e) WARN_UNUSED;
enum err login_seal_unlock(struct login *l, int64_t user, int64_t session,
                           struct str password, int64_t now, int *retry_after,
                           struct error *e) WARN_UNUSED;
enum err login_seal_recover(struct login *l, int64_t user, int64_t session,
                            struct str recovery, struct str password, int64_t now,
                            int *retry_after, struct error *e) WARN_UNUSED;

// --- rows that were looked at

// Notes in the audit log that this person's row was read: once for each caller, register,
// row and day. Does not wait for the file (a thread of the struct login writes it, some
// milliseconds later; or when an import that is under way has ended). ERR_BUSY when 2,048
// wait already: the row is then not to be shown.
enum err login_note_read(struct login *l, const struct access *who, const struct reg *r,
                         int64_t row, int64_t now, struct error *e) WARN_UNUSED;

#endif
