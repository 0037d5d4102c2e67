// SPDX-License-Identifier: AGPL-3.0-or-later
// Double entry for goods and money (pack/engines.h). An entry is a heading and lines;
// each line moves a quantity of one item (and lot) from one account to another, so what
// leaves one place always arrives at another and the sum over all accounts is zero for
// ever. Quantities are whole numbers of thousandths of the item's unit, money of 0.01.
//
// Nothing is changed or removed: a mistake is put right by an entry that reverses it. A
// balance may not fall under zero, on any day from the entry's day on, unless the pack
// says so of the account. What a movement with `confirm` sends lies on the way to its
// place until someone there has said what came; a difference stays on the way, and in
// ledger_reconcile, until the entries are reversed and posted as it truly was.
//
// Entries are the tables heng_ledger_entries and heng_ledger_lines: a chain of their own,
// with a hash over the one before and all lines, proved by `heng verify`. Balances are
// running totals by day (ledger_private.h says how): a line costs O(log days), whatever
// its day, and ledger_verify proves them from the entries.
//
// Who holds the ledger's purpose in the area of a place reads what is of that place;
// writing follows the place that gives (the one that takes, where an account gives, and
// for a confirmation). Accounts are of the whole county: who holds it everywhere.
#ifndef REGISTER_LEDGER_H
#define REGISTER_LEDGER_H

#include "pack/engines.h"
#include "register/county.h"
#include "register/rights.h"

enum {
    LEDGER_LINES_MAX = 1000,
    LEDGER_MANY = 10000, // entries of one file
    LEDGER_UNIT = 1000,
    LEDGER_CENT = 100,
    LEDGER_TEXT_MAX = 200,
    LEDGER_HASH = 32
};
#define LEDGER_QUANTITY_MAX INT64_C(1000000000000) // of a line; its price likewise

struct ledger_lot {
    struct str number; // empty: none
    int32_t expires;   // DATE_NONE: not said; then what was said of the lot before
};

struct ledger_line {
    struct str item; // code of the register of items; empty for money
    struct ledger_lot lot;
    int64_t quantity; // > 0; of a count: what was counted (0 is a count too)
    int64_t price;    // money of the line, in cents; 0: not said
};

struct ledger_entry {
    const struct ledger *ledger;
    const struct ledger_movement *movement;
    int32_t day;      // not after today
    int64_t from, to; // facilities (ids) at the movement's places; 0 elsewhere
    const struct ledger_line *lines;
    size_t n_lines;
    struct str document, note; // number of the paper; may be empty
    struct str key;            // of the sender: sent twice is posted once
    double temperature;        // on arrival; NaN: not measured
};

struct ledger_posted {
    int64_t id;
    bool repeated;
    struct label warning; // expired lot, out of the cold chain; empty: none
    struct error error;   // ledger_post_many: why this one is not posted
};

// One write job. ERR_INPUT: what is wrong with which line; ERR_CONFLICT: a balance
// would be negative (which item, lot, place, day and how much there is), or another entry
// was sent with the same key; ERR_FORBIDDEN;
// ERR_NOT_FOUND; ERR_LIMIT. Texts of *out are in the arena. O(lines log days).
enum err ledger_post(struct county *c, const struct access *who,
                     const struct ledger_entry *entry, struct arena *a,
                     struct ledger_posted *out, struct error *e) WARN_UNUSED;
// All of them in one write job, or none (n at most LEDGER_MANY): *e is then the first
// error, and out[i].error has that of every entry which could not be posted behind the
// ones before it.
enum err ledger_post_many(struct county *c, const struct access *who,
                          const struct ledger_entry *entries, size_t n, struct arena *a,
                          struct ledger_posted *out, struct error *e) WARN_UNUSED;
// The opposite of an entry, on its own day or a later one. Once only, and not of a
// reversal; a confirmed entry after its confirmation. ERR_CONFLICT.
enum err ledger_reverse(struct county *c, const struct access *who, int64_t entry,
                        int32_t day, struct str reason, struct arena *a,
                        struct ledger_posted *out, struct error *e) WARN_UNUSED;
// What arrived of an entry that asks for it (movement.confirm): quantities by line, 0 for
// what did not. Once, until the confirmation is reversed.
enum err ledger_confirm(struct county *c, const struct access *who, int64_t entry,
                        int32_t day, const int64_t *arrived, size_t n, struct arena *a,
                        struct ledger_posted *out, struct error *e) WARN_UNUSED;

// --- reading

struct ledger_balance {
    int64_t facility; // 0: an account
    int account;      // index; -1: a facility; both: on the way to the facility
    struct str item;
    struct ledger_lot lot;
    int64_t quantity, value; // value: at the average price of what came in of the item
                             // and lot, in cents; 0: no price is known
    int32_t last;            // day of the last entry
};
// On the evening of a day, of the facilities in the caller's areas (facility 0: all of
// them, and the accounts), lots of quantity 0 left out; by facility and item, the lots
// that expire first first. O(balances log days).
enum err ledger_balances(struct county *c, const struct access *who,
                         const struct ledger *ledger, int64_t facility, int32_t day,
                         struct arena *a, struct ledger_balance **out, size_t *n,
                         struct error *e) WARN_UNUSED;
// What a place may give of an item on a day so that no later day falls under zero: lots
// that have not expired, those that expire first first, until `quantity` is reached (0:
// all). quantity of each line: how much to take. May reach less.
enum err ledger_suggest(struct county *c, const struct access *who,
                        const struct ledger *ledger, int64_t facility, struct str item,
                        int32_t day, int64_t quantity, struct arena *a,
                        struct ledger_line **out, size_t *n, struct error *e) WARN_UNUSED;

enum ledger_kind { LEDGER_ENTRY, LEDGER_REVERSAL, LEDGER_CONFIRMATION };

struct ledger_kept_line {
    struct str item;
    struct ledger_lot lot;
    int64_t quantity; // what moved; of a count what was missing, under zero: too much
    int64_t counted;  // of a count, else -1
    int64_t price;
};

struct ledger_kept { // an entry as it stands
    int64_t id, at;
    enum ledger_kind kind;
    int64_t of;          // the entry that it reverses or confirms; 0
    struct str movement; // name; the pack may have dropped it since
    int32_t day;
    int64_t from, to; // facilities; 0: none
    struct str from_account, to_account;
    struct str document, note, who;
    struct label warning;
    double temperature;
    int64_t reversed_by, confirmed_by; // ids; 0
    struct ledger_kept_line *lines;
    size_t n_lines;
};
struct ledger_wanted {
    int64_t facility;   // 0: all
    struct str item;    // empty: all
    int32_t from, to;   // days; DATE_NONE: open
    int64_t before, id; // ids under this one; only this one; 0: not asked
    size_t limit;       // at most 1000; 0: 100
};
// Newest first, those that touch a place in the caller's areas. O(rows looked through).
enum err ledger_entries(struct county *c, const struct access *who,
                        const struct ledger *ledger, const struct ledger_wanted *wanted,
                        struct arena *a, struct ledger_kept **out, size_t *n,
                        struct error *e) WARN_UNUSED;

struct ledger_difference { // between what one side says it sent and the other got
    int64_t entry;
    int32_t day;
    int64_t from, to;
    struct str item, lot;
    int64_t sent, arrived; // arrived -1: nobody has said
    bool counted; // a count: sent is what the book said, arrived what was counted, to 0
};
// Seller against buyer: entries of movements that ask to be confirmed, with a difference
// or not confirmed within `wait` days. Book against shelf: counts that found more or
// less. By day.
enum err ledger_reconcile(struct county *c, const struct access *who,
                          const struct ledger *ledger, int32_t from, int32_t to, int wait,
                          struct arena *a, struct ledger_difference **out, size_t *n,
                          struct error *e) WARN_UNUSED;

struct ledger_thing { // an item, for people
    struct str code;
    struct label
        label;         // its fields name and name_en, where there are such; else the code
    struct label unit; // of money: the ledger's
    double low, high;  // degrees Celsius; NaN: no limit
};
// All current items by code; of money the one that has no code. For those who may read
// the ledger, wherever the items are placed.
enum err ledger_things(struct county *c, const struct access *who,
                       const struct ledger *ledger, struct arena *a,
                       struct ledger_thing **out, size_t *n, struct error *e) WARN_UNUSED;
// A quantity as a decimal number ("12.5"), and back. False when it is none, has more
// decimals than fit, or is too large.
struct str ledger_quantity(const struct ledger *ledger, int64_t quantity,
                           struct arena *a);
bool ledger_quantity_from(const struct ledger *ledger, struct str text, int64_t *out);

// --- proof

enum err ledger_migrate(struct conn *c, struct error *e) WARN_UNUSED;
// Walks the chain, hashes every entry with its lines again, and adds up all balances and
// day totals from the lines. Each problem is given to `tell`. *n: entries; head: the hash
// of the last one. O(lines log lines).
enum err ledger_verify(struct conn *c, int64_t *n, char head[2 * LEDGER_HASH + 1],
                       void (*tell)(void *argument, const char *text), void *argument,
                       struct error *e) WARN_UNUSED;
// The entry with this hash; 0: none (as history_find).
enum err ledger_find(struct conn *c, const unsigned char hash[LEDGER_HASH], int64_t *id,
                     struct error *e) WARN_UNUSED;

#endif
