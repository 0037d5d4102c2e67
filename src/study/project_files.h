// SPDX-License-Identifier: AGPL-3.0-or-later
// What a projection takes (stats/project.h), read from files: a folder of the UN's World
// Population Prospects, or tables in long form. One struct project_area an area, ready to
// run. Everything lives in the caller's arena; one thread.
//
// Bad input is refused whole: file, row, what was found, what was expected, the cure.
#ifndef STUDY_PROJECT_FILES_H
#define STUDY_PROJECT_FILES_H

#include "base/frame.h"
#include "stats/project.h"
#include "stats/project_rates.h"

enum project_variant { PROJECT_MEDIUM, PROJECT_HIGH, PROJECT_LOW, PROJECT_VARIANTS };

struct project_choice {
    const struct str *areas; // codes or names; n_areas 0: all there are
    size_t n_areas;
    const char *base; // of a folder without population by age: one of another edition
    int32_t from, to; // years; 0: the latest counted population, as far as rates go
    int32_t width;    // of steps; 0: as the files say
    enum project_variant variant;
    int timing;  // enum project_timing, -1: found from the past, else spread
    int mothers; // enum project_mothers, -1: as the files' source
    bool hold;   // go on with the last rates where later ones are asked for
    double boys; // a girl, where no file has it; 0: none
    struct lifetable_rule rule;
    const struct project_shock *shocks;
    size_t n_shocks;
    double begins; // part of the year at which steps begin, 0 to 1 (for shocks)
};

// How net migrants by age came about.
enum project_migrants {
    PROJECT_MIGRANTS_NONE,    // nobody
    PROJECT_MIGRANTS_GIVEN,   // by age in the files
    PROJECT_MIGRANTS_PAST,    // a total by the ages of the past
    PROJECT_MIGRANTS_GENERAL, // a total by the general schedule
};

struct project_area {
    struct str code, name;
    const struct project_area *within; // whose part it is; NULL: of nobody
    struct project_input in;
    double *children;          // [step]: the total fertility rate
    double *e0[PROJECT_SEXES]; // [step]; NULL: survival was given
    // Published counts to compare with, NaN where there are none: by moment [step +
    // 1][age] and in all.
    double *published[PROJECT_SEXES], *published_total;
    // Published counts of moments before the start, [n_past][age], the latest last.
    size_t n_past;
    double *past[PROJECT_SEXES];
    bool reconstructed; // the start is another edition's, carried on with this one's
                        // births
    enum project_migrants migrants;
    size_t n_inferred; // first steps whose migrants are what published counts leave
};

struct project_files {
    struct project_area *areas;
    size_t n_areas;
    // Where only some were chosen of nested areas (project_study_keep): all of them, to
    // which `within` of the chosen points; NULL: areas.
    const struct project_area *all;
    size_t n_all;
    bool nested;    // some areas are within others: all are here, whatever was chosen
    bool thousands; // counts are thousands of persons
    bool wpp;
    bool infancy_split; // death rates of 0-4 came as one group: 0 and 1-4 told apart by
                        // the log-quadratic model (lifetable_model_infancy)
};

// A folder with files named as those of the UN's R packages (popF, popM, mxF, mxM, tfr,
// tfrprojMed, percentASFR, sexRatio, migration ...; .csv, .txt, .tsv or .xlsx), in wide
// form: country_code, name (or country), age, then years or periods.
enum err project_files_wpp(struct project_files *out, const char *folder,
                           const struct project_choice *choice, struct arena *a,
                           struct error *e) WARN_UNUSED;

// Tables in long form, any number: columns for area, year, sex, age and figures, known by
// their names in English or Chinese. A column `parent` (上级) names the area of the files
// that this one is a part of; then all areas are read, for parts must add up
// (project_within.h).
enum err project_files_long(struct project_files *out, const char *const *paths, size_t n,
                            const struct project_choice *choice, struct arena *a,
                            struct error *e) WARN_UNUSED;

#endif
