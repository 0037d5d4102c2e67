// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/routes.h"

const struct route routes[] = {
    // --- the server itself
    {
        .method = METHOD_GET,
        .path = "/api/health",
        .need = NEED_NOTHING,
        .lane = LANE_READ,
        .answer = "Health",
        .help = "whether the server is well; more with the function file",
        .run = serve_health,
    },

    // --- who am I: sessions, links, tokens, one's own things

    // --- people, roles, audit

    // --- what there is: model, places, search

    // --- rows

    // --- files: imports, attachments

    // --- numbers

    // --- checks and reports

    // --- packs, backups

};

const size_t n_routes = sizeof routes / sizeof *routes;
