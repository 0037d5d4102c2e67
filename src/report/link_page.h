// SPDX-License-Identifier: AGPL-3.0-or-later
// The page about a linkage: one HTML file that needs nothing else (no network, no fonts,
// scripts and styles inside), in zh or en, readable narrow and wide and on paper.
//
// Top: what was done and how sure it is, in sentences. Then the charts Splink's users
// know: match weights, m and u, waterfall of a pair (chosen in the comparison viewer),
// term frequencies, thresholds, unlinkable records, clusters to look into; blocking
// rules, training, dependences; each chart with its table.
#ifndef REPORT_LINK_PAGE_H
#define REPORT_LINK_PAGE_H

#include "link/account.h"

// ERR_LIMIT when the page would pass 64 MiB.
enum err link_page(const struct account *account, bool zh, struct buf *out,
                   struct error *e) WARN_UNUSED;

#endif
