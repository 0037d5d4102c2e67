// SPDX-License-Identifier: AGPL-3.0-or-later
// SaTScan's files as they are: the parameter file (.prm, versions 7 to 10), the case,
// control, population, coordinates, grid and circle-size files, and the result files.
//
// Every parameter of the .prm is either obeyed, or known to make no difference to what is
// done here, or named: as an error where the figures would be others, as a note where
// only an output is missing. File formats: SaTScan User Guide, "Input Data" and "Output";
// columns as of version 10.
//
// All memory is the study's arena. One thread.
#ifndef STUDY_SATSCAN_H
#define STUDY_SATSCAN_H

#include "study/scan_study.h"

struct satscan_outputs {
    const char *results;    // the path the .prm gives, beside it; in the arena
    bool col, gis, rr, llr; // which of the tables beside it
    bool sci;               // cluster cases by category (ordinal)
    bool headers;           // a first line with the columns' names
    bool gumbel;            // both p-values
    bool critical_values, rank;
    unsigned replication_digits; // decimals of a p-value
};

struct satscan {
    struct scan_study study;
    struct satscan_outputs outputs;
    unsigned threads; // 0: all
};

// Reads the .prm and all files that it names. ERR_INPUT, ERR_NOT_FOUND and ERR_LIMIT say
// file, line and parameter, what was found, and the cure.
enum err satscan_read(struct satscan *out, const char *path, struct arena *a,
                      struct error *e) WARN_UNUSED;

// The same with the files in memory, the .prm being the first of them (for tests).
struct satscan_memory {
    const char *name; // as the .prm names it
    struct str text;
};
enum err satscan_read_memory(struct satscan *out, const struct satscan_memory *files,
                             size_t n, struct arena *a, struct error *e) WARN_UNUSED;

// What a study that does not come from a .prm writes: all four tables, with headers.
struct satscan_outputs satscan_all_outputs(const struct scan_study *s, const char *path);

enum satscan_file {
    SATSCAN_RESULTS,
    SATSCAN_COL,
    SATSCAN_GIS,
    SATSCAN_RR,
    SATSCAN_LLR,
    SATSCAN_SCI,
    SATSCAN_FILES
};
// False when this one was not asked for.
bool satscan_wants(const struct satscan_outputs *o, enum satscan_file file);
// "dir/results.txt" -> "dir/results.col.txt". ERR_MEMORY.
enum err satscan_path(const struct satscan_outputs *o, enum satscan_file file,
                      struct arena *a, const char **path, struct error *e) WARN_UNUSED;
// The text of one of the files; ERR_MEMORY.
enum err satscan_write(const struct scan_study *s, const struct satscan_outputs *o,
                       enum satscan_file file, struct buf *out,
                       struct error *e) WARN_UNUSED;

#endif
