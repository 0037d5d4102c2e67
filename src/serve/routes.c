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

    {METHOD_GET, "/api/imports", NEED_FUNCTION, ACCESS_IMPORT, LANE_READ,
     .answer = "{ imports: Import[]; next: string | null }",
     .query = {{"after", "next of the page before", false}},
     .help = "Files that were imported or wait to be, newest first", .run = imports_all},
    {METHOD_POST, "/api/imports", NEED_FUNCTION, ACCESS_IMPORT, LANE_SLOW,
     .max_body = (size_t)512 << 20, .any_body = true, .answer = "Import",
     .query = {{"register", "which register its rows are for", true},
               {"source", "who sent it, one of the register's sources", false}},
     .help = "Upload a CSV or XLSX file and look at it; X-File-Name is what it is called",
     .run = imports_upload},
    {METHOD_GET, "/api/imports/{id}", NEED_FUNCTION, ACCESS_IMPORT, LANE_SLOW,
     .answer = "Import",
     .help = "One import: columns and proposed fields, result, whether it can be undone",
     .run = imports_one},
    {METHOD_PUT, "/api/imports/{id}/mapping", NEED_FUNCTION, ACCESS_IMPORT, LANE_SLOW,
     .max_body = 1 << 20, .answer = "Import", .takes = "ImportMapping",
     .help = "Say which column is which field", .run = imports_map},
    {METHOD_POST, "/api/imports/{id}/check", NEED_FUNCTION, ACCESS_IMPORT, LANE_SLOW,
     .max_body = 1024, .answer = "Import",
     .help = "Try it: what would come in and what is wrong; saves nothing; a job",
     .run = imports_check},
    {METHOD_POST, "/api/imports/{id}/save", NEED_FUNCTION, ACCESS_IMPORT, LANE_SLOW,
     .max_body = 1024, .answer = "Import",
     .help = "Save all good rows, all or none of them; a job", .run = imports_save},
    {METHOD_POST, "/api/imports/{id}/undo", NEED_FUNCTION, ACCESS_IMPORT, LANE_SLOW,
     .max_body = 8192, .answer = "Import", .takes = "{ reason: string }",
     .help = "Take a saved import back as a whole; a job", .run = imports_undo_it},
    {METHOD_DELETE, "/api/imports/{id}", NEED_FUNCTION, ACCESS_IMPORT, LANE_WRITE,
     .help = "Remove an upload that was not saved", .run = imports_remove},
    {METHOD_GET, "/api/imports/{id}/rejects", NEED_FUNCTION, ACCESS_IMPORT, LANE_SLOW,
     .help = "The rejected rows with what is wrong, as CSV", .run = imports_rejects},

    // --- numbers

    {METHOD_GET, "/api/figures", NEED_FUNCTION, ACCESS_FIGURES, LANE_READ, .cached = true,
     .answer = "Figures",
     .query = {{"indicators", "names, with commas between them", true},
               {"area", "code; left out: the caller's own", false},
               {"period", "201406, 2014Q2, 2014S1, 2014, 2014Oct", true},
               {"by",
                "a level, a field, facility, month, quarter, half, year; up to four, "
                "with commas between them",
                false},
               {"before", "1: also of the same months a year earlier", false}},
     .help = "Indicators by area, period and what they may be broken down by",
     .run = figures_get},
    {METHOD_GET, "/api/overview", NEED_FUNCTION, ACCESS_FIGURES, LANE_READ,
     .cached = true, .answer = "Overview",
     .query = {{"area", "code; left out: the caller's own", false},
               {"period", "a month or longer", true}},
     .help =
         "The page Overview: cards, births, areas below, trends, coverage, timeliness, "
         "signals",
     .run = overview_get},

    // --- checks and reports

    // --- packs, backups

};

const size_t n_routes = sizeof routes / sizeof *routes;
