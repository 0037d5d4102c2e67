// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages (web/dist) as the program carries them: a constant table, made at build time
// by embed.py. Nothing is owned, any thread may read. Without built pages the table is
// empty and the program serves the API alone.
#ifndef SERVE_ASSETS_H
#define SERVE_ASSETS_H

#include "base/str.h"

struct asset {
    struct str path;         // "/app.3F2A.js"; of the page itself "/"
    struct str content_type; // "text/javascript; charset=utf-8"
    struct str body;
    struct str gzip; // the same compressed; .n 0: it does not get smaller
    struct str etag; // with its quotation marks
    bool immutable;  // a changed file would have another name: may be kept for ever
};

extern const struct asset asset_list[]; // sorted by path
extern const size_t asset_count;

// NULL: there is no such file. An address of a page ("/overview") is no file either: what
// is not found and does not begin with /api/ is answered with "/". O(log n).
const struct asset *asset_find(struct str path);

#endif
