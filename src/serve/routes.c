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
