// SPDX-License-Identifier: AGPL-3.0-or-later
// A scan from a plain table (CSV, XLSX): one row for an area, or several where there are
// times, categories or covariates; rows that agree in all of these are added up.
//
// Times are dates, months (2014-06), quarters, half-years, years or whole numbers; steps
// without a row are steps without cases. Everything must fit: an area without
// coordinates, two places for one area, a neighbour nobody has heard of, a negative count
// are errors with file and line. All memory is the study's arena; one thread.
#ifndef STUDY_SCAN_CSV_H
#define STUDY_SCAN_CSV_H

#include "study/scan_study.h"

struct scan_columns { // names of columns; NULL: none
    const char *path;
    const char *name; // of the areas, for people
    const char *area, *cases, *controls, *population, *expected;
    const char *x, *y; // or longitude and latitude, with SCAN_GREAT_CIRCLE
    const char *time, *category;
    const char *time_unit; // day week month quarter half year number; NULL: as it is
                           // written
    const char *const *covariates;
    unsigned n_covariates;
    const char *map, *map_id; // GeoJSON of the areas; the property that names them
    const char *places;       // a file with the areas' coordinates
    const char *neighbours;   // a file of pairs of areas, in its first two columns
};

// out->options say the model, the span, the metric; the rest of them are not looked at.
enum err scan_csv(struct scan_study *out, const struct scan_columns *columns,
                  struct arena *a, struct error *e) WARN_UNUSED;

#endif
