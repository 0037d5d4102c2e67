// SPDX-License-Identifier: AGPL-3.0-or-later
// The page about a linkage: one HTML file that needs nothing else (no network, no fonts,
// scripts and styles inside), in zh or en, readable narrow and wide and on paper.
//
// Top: what was done and how sure it is, in sentences. Then the charts Splink's users
// know: match weights, m and u, waterfall of a pair (chosen in the comparison viewer),
// term frequencies, thresholds, unlinkable records, clusters to look into; blocking
// rules, training, dependences; each chart with its table. Without a script all is there
// but the choices. A policy in the page forbids it to load or send anything.
//
// The page shows personal data and says so. It stays below 2 MB whatever the linkage was:
// of pairs, patterns, clusters and values it takes what tells most. The account is only
// read; nothing is kept of it. One thread (fonts are measured). One pass over the records
// and two over the edges.
#ifndef REPORT_LINK_PAGE_H
#define REPORT_LINK_PAGE_H

#include "link/account.h"

// Appends the page to *out, or nothing when it fails: ERR_LIMIT when it does not fit into
// *out or would pass 64 MiB, ERR_MEMORY.
enum err link_page(const struct account *account, bool zh, struct buf *out,
                   struct error *e) WARN_UNUSED;

// What the link room says in English of kinds, reasons and levels, as a reader of Chinese
// is told; any other text as it is.
struct str link_page_known(struct str english, bool zh);

#endif
