// SPDX-License-Identifier: AGPL-3.0-or-later
// Double entry for goods and money (pack/engines.h). An entry is a heading and lines;
// each line moves a quantity of one item (and lot) from one account to another, so what
// leaves one place always arrives at another and the sum over all accounts is zero for
// ever. Quantities are whole numbers of thousandths of the item's unit, money of 0.01.
//
// Nothing is changed or removed: a mistake is put right by an entry that reverses it. A
// balance may not fall under zero, on any day from the entry's day on, unless the pack
// says so of the account. Entries are in the tables heng_ledger_* and in the history's
// chain (a hash over each, proved by `heng verify`).
#ifndef REGISTER_LEDGER_H
#define REGISTER_LEDGER_H

#include "pack/engines.h"
#include "register/county.h"
#include "register/rights.h"

enum { LEDGER_LINES_MAX = 1000, LEDGER_UNIT = 1000, LEDGER_CENT = 100 };

struct ledger_lot {
    struct str number; // empty: none
    int32_t expires;   // DATE_NONE: not said
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
    int32_t day;
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
};

// Inside one write job. ERR_INPUT: what is wrong with which line; ERR_CONFLICT: a balance
// would be negative (which item, lot, place, day and how much there is); ERR_FORBIDDEN.
enum err ledger_post(struct county *c, const struct access *who,
                     const struct ledger_entry *entry, struct arena *a,
                     struct ledger_posted *out, struct error *e) WARN_UNUSED;
// The opposite of an entry, on its own day or a later one. Once only. ERR_CONFLICT.
enum err ledger_reverse(struct county *c, const struct access *who, int64_t entry,
                        int32_t day, struct str reason, struct arena *a,
                        struct ledger_posted *out, struct error *e) WARN_UNUSED;
// What arrived of an entry that asks for it (movement.confirm): quantities by line.
enum err ledger_confirm(struct county *c, const struct access *who, int64_t entry,
                        int32_t day, const int64_t *arrived, size_t n, struct arena *a,
                        struct ledger_posted *out, struct error *e) WARN_UNUSED;

struct ledger_balance {
    int64_t facility; // 0: an account
    int account;      // index; -1: a facility
    struct str item;
    struct ledger_lot lot;
    int64_t quantity, value; // value: what is known of its money, in cents
    int32_t last;            // day of the last entry
};
// On the evening of a day, of the facilities in the caller's areas (facility 0: all of
// them), lots of quantity 0 left out.
enum err ledger_balances(struct county *c, const struct access *who,
                         const struct ledger *ledger, int64_t facility, int32_t day,
                         struct arena *a, struct ledger_balance **out, size_t *n,
                         struct error *e) WARN_UNUSED;

struct ledger_difference { // between what one side says it sent and the other got
    int64_t entry;
    int32_t day;
    int64_t from, to;
    struct str item, lot;
    int64_t sent, arrived; // arrived -1: nobody has said
};
// Seller against buyer: entries of movements that ask to be confirmed, with a difference
// or not confirmed within `wait` days.
enum err ledger_reconcile(struct county *c, const struct access *who,
                          const struct ledger *ledger, int32_t from, int32_t to, int wait,
                          struct arena *a, struct ledger_difference **out, size_t *n,
                          struct error *e) WARN_UNUSED;

enum err ledger_migrate(struct conn *c, struct error *e) WARN_UNUSED;

#endif
