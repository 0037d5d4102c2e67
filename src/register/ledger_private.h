// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the ledger share.
//
// Totals. Every balance (ledger, place, account, item, lot) is a row of
// heng_ledger_balances, with the sum of all its lines, and the lowest evening that it
// ever had. Under it hangs a tree over days: heng_ledger_totals has, for every day with
// lines (level 0), every 32 days (level 1) and every 1024 (level 2), the sum of the
// lines and the lowest of the running sums at the evenings within. A node follows from
// its at most 32 children:
//   sum = sum of sums;   low = min over children k of (sums before k) + low(k)
// and the root (over at most 64 of level 2, 1970 to 2149) is the balance's own row. So a
// line of any day changes four nodes, and a balance never was or will be under zero if
// and only if the root's low is not. What stood on an evening, and what may be taken on
// a day without any later evening falling under zero, are walks down the same tree.
#ifndef REGISTER_LEDGER_PRIVATE_H
#define REGISTER_LEDGER_PRIVATE_H

#include "base/chain.h"
#include "register/ledger.h"

enum { LEDGER_LEVELS = 3, LEDGER_SHIFT = 5, LEDGER_DAYS = 1 << 16 };

struct ledger_end_of { // one side of an entry's lines
    int64_t place;     // 0: none
    struct str account;
    bool negative; // its balance may be under zero
};

struct ledger_item {
    struct str code, unit; // unit: as stored
    bool has_low, has_high;
    double low, high;
};

// The writer's end, inside one write job: many entries may be posted by one book.
struct ledger_book {
    struct county *county;
    struct conn *conn;
    const struct access *who;
    struct arena *arena; // texts of warnings, items
    struct ledger_item *items;
    size_t n_items, capacity;
    const struct ledger *items_of;
    int64_t last; // id of the last entry
    struct chain_hash hash;
};
enum err ledger_book_begin(struct ledger_book *b, struct county *c, struct conn *conn,
                           const struct access *who, struct arena *a,
                           struct error *e) WARN_UNUSED;
enum err ledger_book_post(struct ledger_book *b, const struct ledger_entry *entry,
                          struct ledger_posted *out, struct error *e) WARN_UNUSED;
enum err ledger_book_reverse(struct ledger_book *b, int64_t entry, int32_t day,
                             struct str reason, struct ledger_posted *out,
                             struct error *e) WARN_UNUSED;
enum err ledger_book_confirm(struct ledger_book *b, int64_t entry, int32_t day,
                             const int64_t *arrived, size_t n, struct ledger_posted *out,
                             struct error *e) WARN_UNUSED;

// --- an entry on its way into the tables

struct ledger_writing {
    int64_t id, at, who, of;
    enum ledger_kind kind;
    const struct ledger *ledger;
    struct str movement;
    int32_t day;
    struct ledger_end_of from, to;

    struct str document, note, key;
    struct label warning;
    double temperature;
    const struct ledger_kept_line *lines;
    size_t n_lines;
};
// Head and lines, the lines' totals, the hash. ERR_CONFLICT names the balance that would
// be under zero.
enum err ledger_write(struct ledger_book *b, struct ledger_writing *w,
                      struct error *e) WARN_UNUSED;
// Before: of the entry before; all zeros for the first. Lines are added one by one.
void ledger_hash_head(struct chain_state *s, const struct chain_hash *before,
                      const struct ledger_writing *w);
void ledger_hash_line(struct chain_state *s, const struct ledger_kept_line *line);

// --- totals

struct ledger_total {
    int64_t sum, low;
};
// Adds to a day of a balance; *root: of all days afterwards. ERR_LIMIT.
enum err ledger_totals_add(struct conn *c, int64_t balance, int32_t day, int64_t delta,
                           struct ledger_total *root, struct error *e) WARN_UNUSED;
// On the evening of a day; and the lowest evening from that day on.
enum err ledger_totals_on(struct conn *c, int64_t balance, int32_t day, int64_t *sum,
                          int64_t *low, struct error *e) WARN_UNUSED;
// The first evening under zero, and what it has; DATE_NONE: there is none.
enum err ledger_totals_under(struct conn *c, int64_t balance, int32_t *day, int64_t *sum,
                             struct error *e) WARN_UNUSED;

// One entry with its lines. ERR_NOT_FOUND.
enum err ledger_kept_one(struct conn *c, int64_t id, struct arena *a,
                         struct ledger_kept *out, struct str *ledger,
                         struct error *e) WARN_UNUSED;

// --- small things

// What everything that is posted must be: a day that was, an end that is the caller's.
enum err ledger_check_day(int32_t day, struct error *e) WARN_UNUSED;
enum err ledger_may_write(const struct ledger_book *b, const struct ledger *g,
                          int64_t place, struct error *e) WARN_UNUSED;

// The ledger as rights.h and access.h know registers.
struct reg ledger_reg(const struct ledger *ledger);
enum err ledger_no_entry(int64_t id, struct error *e) WARN_UNUSED; // ERR_NOT_FOUND
enum err ledger_item_find(struct ledger_book *b, const struct ledger *ledger,
                          struct str code, struct ledger_item *out,
                          struct error *e) WARN_UNUSED;
int ledger_account_index(const struct ledger *ledger, struct str name); // -1: none

#endif
