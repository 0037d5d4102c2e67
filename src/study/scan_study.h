// SPDX-License-Identifier: AGPL-3.0-or-later
// One scan for clusters, whole: what was read (from SaTScan's files or from a CSV), what
// is asked, and what was found, with the names that people know the areas and times by.
// It is made by satscan_read (satscan.h) or scan_csv (scan_csv.h), run by
// scan_study_run, and then only read: by the document, by SaTScan's result files, by
// GeoJSON.
//
// Everything lives in one arena. One thread builds and runs; then free to share.
#ifndef STUDY_SCAN_STUDY_H
#define STUDY_SCAN_STUDY_H

#include "stats/scan.h"
#include "study/names.h"

struct scan_slice { // a step of time, as people write it
    struct str first, last;
};

struct scan_note { // what the reader of the results must know
    struct str en, zh;
};

enum { SCAN_MOST_NOTES = 40 };

struct scan_study {
    struct arena *arena;
    struct str source; // the files' names
    struct str title;  // of the user; may be empty
    struct names areas;
    const struct str *labels; // [area]: names for people; NULL: the areas' own
    const double *x, *y;      // [area]; NULL without coordinates
    const struct geo *map;    // shapes, or NULL (scan_map.h)
    const uint32_t *map_area, *map_shape; // area of each shape, shape of each area;
                                          // UINT32_MAX: none
    uint32_t n_times;
    const struct scan_slice *slices; // [time]; NULL where the data have no times
    struct str step;                 // "day", "7 days", "year", "time"; empty: no times
    double step_days;                // 0: not days
    struct str first, last;          // the study period; empty: no times
    double days;                     // of the study period; 0: not known
    uint32_t n_categories;
    const struct str *categories; // ordinal
    struct str cases_word;        // of the column: "boys"
    struct str controls_word;     // "girls"
    bool cases_are_boys;          // with controls that are girls: a sex ratio is shown
    bool has_population;          // Poisson: persons, not only expected numbers
    const double *population;     // [area]: persons (averaged over time), cases +
                                  // controls, or NULL
    double cases_per_population_year; // Poisson with persons and days: of all areas; 0
    struct scan_data data;
    struct scan_options options;
    struct scan_result result;  // after scan_study_run
    double seconds;             // that the run took
    double all_at_risk;         // sum of data.expected
    const int64_t *cases_until; // [time + 1]: cases before this time
    const bool *gini;           // [cluster]: one of the Gini-optimal set; NULL: not asked
    bool mark_gini;             // asks for it
    bool gumbel_always;         // p is Gumbel's
    bool gumbel_when_small;     // p: Gumbel's where fewer than ten replications are as
                                // high (SaTScan's default); scan_study_p
    uint32_t n_notes;
    struct scan_note notes[SCAN_MOST_NOTES];
};

// The formats have the same arguments in the same order. Notes past SCAN_MOST_NOTES are
// counted in the last.
void scan_study_note(struct scan_study *s, const char *en, const char *zh, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

// Cells of areas x times x others; ERR_LIMIT where that is more than memory is meant for.
enum err scan_study_cells(const struct scan_study *s, uint32_t others, size_t *cells,
                          struct error *e) WARN_UNUSED;

// Expected numbers from persons: sets data.expected (standardised over the strata) from
// [area][time][stratum]. Areas are checked: cases where there are no persons are an error
// that names the area.
enum err scan_study_expect(struct scan_study *s, const int64_t *cases,
                           const double *population, uint32_t n_strata,
                           struct error *e) WARN_UNUSED;

// Runs it. Clusters after the first that every replication reaches (p = 1) are left out.
// Gini marks cost another scan, with 999 replications at most.
enum err scan_study_run(struct scan_study *s, struct pool *pool, scan_progress *progress,
                        void *argument, struct error *e) WARN_UNUSED;

// The area's name for people.
struct str scan_study_label(const struct scan_study *s, uint32_t area);

// What an area had within the times of a cluster (or all: NULL).
struct scan_share {
    int64_t cases, total; // total: cases + controls, else cases
    double expected;      // cases, if they were everywhere as frequent
};
struct scan_share scan_study_area(const struct scan_study *s, uint32_t area,
                                  const struct scan_cluster *c);
// (cases / expected) : (other cases / other expected); NaN where it has no value.
double scan_study_relative_risk(const struct scan_study *s, double cases,
                                double expected);
// The p-value to report, and whether it is Gumbel's. NaN without replications.
double scan_study_p(const struct scan_study *s, const struct scan_cluster *c,
                    bool *gumbel);
// 95 % limits for cases / expected, as if the window had been chosen beforehand: of a
// share where cases are part of a total, else Poisson (exact, Garwood 1936).
struct scan_limits {
    double low, high;
};
struct scan_limits scan_study_limits(const struct scan_study *s,
                                     const struct scan_cluster *c);
// Whether two clusters are the same areas at the same times. O(areas).
bool scan_study_same(const struct scan_cluster *a, const struct scan_cluster *b);

#endif
