// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/routes.h"

// What names the rows of a list and of an export alike.
#define ROW_FILTERS                                                                      \
    {"f.*",                                                                              \
     "f.NAME=FILTER, for any field: value | a,b,c | from..to | ~contains | null | "      \
     "notnull; an area means its subtree",                                               \
     false},                                                                             \
        {"q", "words that the row has: names, pinyin or its initials, numbers", false},  \
        {"state", "current (left out), struck, all", false},                             \
    {                                                                                    \
        "sort", "name of a field, - before it: downwards; left out: -id", false          \
    }

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
    {
        .method = METHOD_GET,
        .path = "/api/openapi.json",
        .need = NEED_NOTHING,
        .lane = LANE_READ,
        .cached = true,
        .help = "the description of all this, OpenAPI 3.1",
        .run = serve_openapi,
    },
    {
        .method = METHOD_GET,
        .path = "/api/events",
        .need = NEED_SESSION,
        .lane = LANE_READ,
        .help =
            "a stream (text/event-stream) of what changes: fresh {state} when there is "
            "something new to ask for, job (Job) for the caller's own jobs",
        .run = serve_events,
    },
    {
        .method = METHOD_GET,
        .path = "/api/jobs/{id}",
        .need = NEED_SESSION,
        .lane = LANE_READ,
        .answer = "Job",
        .help = "how far a job of the caller's is; its result is kept for an hour",
        .run = serve_job_get,
    },

    // --- who am I: sessions, links, tokens, one's own things

    // --- people, roles, audit

    // --- what there is: model, places, search

    // --- rows

    {METHOD_GET, "/api/registers/{register}/rows", NEED_READ_ROWS, .lane = LANE_READ,
     .answer = "Rows",
     .query = {ROW_FILTERS,
               {"limit", "rows of a page, 1 to 1000; left out: 50", false},
               {"after", "`next` of the page before", false},
               {"count", "1: also how many there are", false},
               {"columns", "names of fields, with commas between them", false}},
     .help = "Rows as a table: filtered, sorted, a page at a time", .run = rows_list},
    {METHOD_POST, "/api/registers/{register}/rows", NEED_WRITE_ROWS, .lane = LANE_WRITE,
     .max_body = 256 << 10, .answer = "Saved", .takes = "NewRow",
     .help = "Enters a row; with a key of the sender's, sending twice makes one row",
     .run = rows_create},
    {METHOD_POST, "/api/registers/{register}/rows/batch", NEED_WRITE_ROWS,
     .lane = LANE_WRITE, .max_body = 8 << 20, .answer = "BatchResult", .takes = "Batch",
     .help = "Enters up to 1,000 rows; each is saved or not by itself",
     .run = rows_batch},
    {METHOD_POST, "/api/registers/{register}/rows/check", NEED_WRITE_ROWS,
     .lane = LANE_READ, .max_body = 256 << 10, .answer = "Checked", .takes = "CheckRow",
     .help = "What saving would say, and rows that may be of the same person",
     .run = rows_check},
    {METHOD_GET, "/api/registers/{register}/rows/{id}", NEED_READ_ROWS, .lane = LANE_READ,
     .answer = "RowFull", .help = "One row", .run = rows_one},
    {METHOD_PATCH, "/api/registers/{register}/rows/{id}", NEED_WRITE_ROWS,
     .lane = LANE_WRITE, .max_body = 256 << 10, .answer = "Saved", .takes = "Change",
     .help = "Corrects fields of a row; 409 with the row when someone else was faster",
     .run = rows_correct},
    {METHOD_GET, "/api/registers/{register}/rows/{id}/history", NEED_READ_ROWS,
     .lane = LANE_READ, .answer = "Event",
     .help = "How a row came in and what was done to it since, oldest first",
     .run = rows_history},
    {METHOD_POST, "/api/registers/{register}/rows/{id}/strike", NEED_WRITE_ROWS,
     .lane = LANE_WRITE, .max_body = 16 << 10, .answer = "Saved", .takes = "Why",
     .help = "Strikes a row: it stays, and counts no more", .run = rows_strike},
    {METHOD_POST, "/api/registers/{register}/rows/{id}/restore", NEED_WRITE_ROWS,
     .lane = LANE_WRITE, .max_body = 16 << 10, .answer = "Saved", .takes = "Why",
     .help = "Takes a strike back", .run = rows_restore},

    // --- files: imports, attachments

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
