// SPDX-License-Identifier: AGPL-3.0-or-later
// The people who may sign in, and the roles that say what each may do where.
//
// A person is a row of heng_users (so that the history can name who saved what for ever)
// and one of heng_accounts. A role is data: functions, and purposes of registers whose
// rows may be read or written. A person holds roles, each for the subtree of an area (or
// everywhere) or for one facility, and until a day (or for good). account_access makes a
// struct access of all that; it is the only way from a role to a right.
//
// The Charter's one-way glass holds for a role and for a person: rows of care and rows of
// supervision never come together, and nobody gives a right to themselves.
//
// Functions that take a struct conn read in its snapshot, or (where said) are called
// inside a store_write job. Those that take a struct store write, in one job together
// with their event of the audit log (audit.h), and return when it is durable. After one
// that changes people or roles call login_forget, so that sessions of this process follow
// at once; other processes notice by themselves. Texts are in the given arena. Any
// thread.
#ifndef ACCESS_ACCOUNT_H
#define ACCESS_ACCOUNT_H

#include "access/access.h"

enum {
    ACCOUNT_MAX_NAME = 64,  // characters
    ACCOUNT_MAX_ROLES = 16, // of a person
    ACCOUNT_MAX_ROWS = 8,   // entries of a role's rows
    ACCOUNT_MAX_REGISTERS = 64
};

// Heng's tables of accounts, the built-in roles among them; inside a store_write job.
enum err account_migrate(struct conn *c, struct error *e) WARN_UNUSED;
// Whether the file has them: one made by an older Heng gets them from account_migrate.
enum err account_ready(struct conn *c, bool *out, struct error *e) WARN_UNUSED;

// --- roles

struct account_rows {
    enum purpose purpose;
    const struct str *registers; // by name; n 0: all of the purpose
    size_t n_registers;
    bool read, write;
};

struct account_role {
    struct str name; // letters a-z, digits, _
    struct label label;
    bool built_in;
    unsigned functions; // bits (1 << enum access_function)
    const struct account_rows *rows;
    size_t n_rows;
    size_t people; // that hold it, on list and get
};

enum err account_roles(struct conn *c, struct arena *a, struct account_role **out,
                       size_t *n, struct error *e) WARN_UNUSED;

// --- people

enum account_state { ACCOUNT_INVITED, ACCOUNT_ACTIVE, ACCOUNT_OFF };

struct account_holds {
    struct str role;
    int64_t area;  // id; 0: everywhere
    int32_t until; // the last day; DATE_NONE: for good
    // 0, or the id of a facility in the area: then the role gives only that facility's
    // rows (of registers that have a facility) and stocks, its own row of the facilities,
    // and of the functions only the figures, of the area
    int64_t facility;
};

struct account_person {
    int64_t user;
    struct str name, full_name, language; // language: "zh", "en" or "" (as the browser)
    enum account_state state;
    bool totp, has_password;
    int64_t made_at, seen_at; // milliseconds; seen_at 0: never
    int64_t locked_until;     // by failed log-ins; 0: not
    const struct account_holds *holds;
    size_t n_holds;
};

// By name. O(people).
enum err account_list(struct conn *c, struct arena *a, struct account_person **out,
                      size_t *n, struct error *e) WARN_UNUSED;
enum err account_get(struct conn *c, struct arena *a, int64_t user,
                     struct account_person *out, struct error *e) WARN_UNUSED;
// By name, in any case and width of letters. ERR_NOT_FOUND.
enum err account_find(struct conn *c, struct arena *a, struct str name, int64_t *user,
                      struct error *e) WARN_UNUSED;
// Whether nobody can or could sign in yet: there is no account but such as were invited,
// have not been used and are no administrator's (heng moves needs names before the first
// day).
enum err account_first_run(struct conn *c, bool *out, struct error *e) WARN_UNUSED;

// What the person may do on this day: the grants of the roles that have not ended. The
// built-in role facility, held for a facility, gives what no role says: that facility's
// rows in registers of statistics, its self-checks and its stocks, to read and write; and
// to read, the rows that a workflow lets it move (not where the person gives care: the
// one-way glass).
// Registers that the pack no longer has are left out; a role that named only those gives
// nothing. One who is not active holds nothing. At most ACCESS_MAX_GRANTS; what is over
// is not given. Pointers into the pack: good while the pack is.
enum err account_access(struct conn *c, int64_t user, const struct pack *p, int32_t today,
                        struct arena *a, struct access *out, struct error *e) WARN_UNUSED;

// --- changing them

// On whose behalf. may: whether that one holds f for the whole subtree of an area (0:
// everywhere); asked inside the write job, so it may not call store_write.
struct account_editor {
    int64_t user;
    bool at_shell; // the person at the shell of the machine: everything, also for oneself
    bool (*may)(const void *argument, enum access_function f, int64_t area);
    // Whether a facility lies in an area (0: everywhere); NULL: roles for facilities are
    // refused.
    bool (*lies_in)(const void *argument, int64_t facility, int64_t area);
    const void *argument;
    int64_t now; // milliseconds
};

struct account_change { // of a person; .p NULL: as it is
    struct str name, full_name, language;
    bool set_holds; // replace all roles by these
    const struct account_holds *holds;
    size_t n_holds;
    enum { ACCOUNT_AS_IS, ACCOUNT_TURN_OFF, ACCOUNT_TURN_ON } turn;
    struct str note; // for the audit log: the roles in words
};

// A new person, invited; the link is made with login_link. ERR_INPUT: the name, the
// language, an unknown role; ERR_CONFLICT: the name is taken; ERR_FORBIDDEN: a role or an
// area that is not the editor's to give; the one-way glass.
enum err account_add(struct store *s, const struct account_editor *by,
                     const struct account_change *change, int64_t *user,
                     struct error *e) WARN_UNUSED;
// The editor must hold the function people, and every function that the person holds, in
// every area that the person holds roles for, before and after (one who can reset a
// password could else become more than they are). Turning off ends all sessions and
// tokens. Nobody changes their own roles or turns themselves off.
enum err account_change(struct store *s, const struct account_editor *by, int64_t user,
                        const struct account_change *change, struct error *e) WARN_UNUSED;
// One's own full name and language.
enum err account_settings(struct store *s, int64_t user, struct str full_name,
                          struct str language, struct error *e) WARN_UNUSED;
// May the editor see and change this person? Inside any transaction.
enum err account_may_edit(struct conn *c, const struct account_editor *by, int64_t user,
                          struct error *e) WARN_UNUSED;

// Makes or replaces a role. ERR_FORBIDDEN: the editor holds it, or gives a function that
// is not theirs everywhere; care with supervision; the administrator's own role.
enum err account_put_role(struct store *s, const struct account_editor *by,
                          const struct account_role *role, struct error *e) WARN_UNUSED;
// ERR_CONFLICT while anyone holds it.
enum err account_drop_role(struct store *s, const struct account_editor *by,
                           struct str name, struct error *e) WARN_UNUSED;

#endif
