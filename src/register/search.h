// SPDX-License-Identifier: AGPL-3.0-or-later
// Full-text search over the names, texts and identifying numbers of rows. A row is found
// by any of its characters and pairs of them (王, 王明), by the pinyin of a name whole,
// from its beginning or by its initials (wangming, wangm, wm), by each word and number
// from its beginning. All words of a question must be there, in any order.
//
// One FTS5 index a register ("heng_search_<register>"), without a copy of the words. It
// follows heng_log by number, as the cube does, each step in one transaction with the
// number it has come to: after a crash it goes on from there. When a row changes, its
// words of before are made again from the history, to be taken out. A pack that changes
// what is searched makes the register's index anew. State and area are not in it: who
// asks for rows (row_list.h) adds the caller's areas and the state of rows.
//
// A row that was saved is found by the next search, whoever asks. While searches are
// asked, the transaction of a save takes its words along, so that none has to wait for a
// job behind the saves that queue: beside 64 who save, a list by a name took 5 to 8 ms
// in the middle and not 23 to 38. The price is a small piece of the index with each
// commit: some 5 us a row where 64 save together and 50 where one saves alone, and half
// of that again for bringing pieces together; so nobody pays it where nobody searches,
// and then steps in the background do it for less. What another process has written, or
// came in by the thousand, the search itself looks for: one row of heng_search and the
// log's last number say that nothing is missing.
//
// Threads: the index is written on the store's writer thread alone.
#ifndef REGISTER_SEARCH_H
#define REGISTER_SEARCH_H

#include "register/county.h"

// Reads on in the log by at most `most` entries, in one write job of some 50 us for each.
// *indexed: share of the log that is in the index then; 1: all.
enum err search_follow(struct county *c, size_t most, double *indexed,
                       struct error *e) WARN_UNUSED;
// Inside a job that writes to the log: has the index follow at the end of the jobs that
// share its transaction, as long as searches are asked: in SEARCH_WANTED transactions
// after the last. Not before this process has followed, for the readings of names take
// 0.2 s to load; and more than SEARCH_LITTLE entries are left as they are.
enum { SEARCH_WANTED = 100 };
void search_follow_at_end(struct county *c, struct conn *conn);
// Before a search: follows when little is missing (SEARCH_LITTLE entries, less than
// 100 ms), else leaves it to whoever calls search_follow in the background. Nothing in a
// file that was opened for reading.
enum { SEARCH_LITTLE = 1000 };
enum err search_refresh(struct county *c, double *indexed, struct error *e) WARN_UNUSED;

// What the index of a register is to be asked for (a MATCH of "heng_search_<register>"),
// .p NULL: nothing can match, or the register has no index.
enum err search_match(const struct reg *r, struct conn *conn, struct str words,
                      struct arena *a, struct str *match, struct error *e) WARN_UNUSED;

// Ids of rows that have the words, newest first, at most `most` of them. Asks no rights
// and no state: for registers of places, whose names are nobody's secret.
enum err search_ids(struct county *c, const struct reg *r, struct str words,
                    struct arena *a, int64_t *ids, size_t most, size_t *n,
                    struct error *e) WARN_UNUSED;

// Is this field searched?
bool search_has(const struct field *f);

#endif
