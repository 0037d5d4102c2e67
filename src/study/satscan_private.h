// SPDX-License-Identifier: AGPL-3.0-or-later
// Between the parts of satscan.h: the parameters as a list, and a data file as columns.
#ifndef STUDY_SATSCAN_PRIVATE_H
#define STUDY_SATSCAN_PRIVATE_H

#include "base/date.h"
#include "base/frame.h"
#include "study/satscan.h"

enum satscan_model { // ModelType
    SATSCAN_POISSON,
    SATSCAN_BERNOULLI,
    SATSCAN_PERMUTATION,
    SATSCAN_ORDINAL
};
enum satscan_analysis { // AnalysisType
    SATSCAN_SPATIAL = 1,
    SATSCAN_TEMPORAL,
    SATSCAN_SPACE_TIME,
    SATSCAN_PROSPECTIVE
};
enum satscan_precision { // PrecisionCaseTimes, TimeAggregationUnits
    SATSCAN_NONE,
    SATSCAN_YEAR,
    SATSCAN_MONTH,
    SATSCAN_DAY,
    SATSCAN_GENERIC
};

struct satscan_line {
    struct str name, value;
    size_t line;
};

struct satscan_prm {
    const char *path;
    struct arena *arena;
    struct satscan_line *lines;
    size_t n;
    const struct satscan_memory *files; // NULL: files are on the disk
    size_t n_files;
};

// What is known while a .prm and its files are read.
struct satscan_reading {
    struct satscan *out;
    struct scan_study *s;
    struct satscan_prm prm;
    enum satscan_model model;
    enum satscan_analysis analysis;
    enum satscan_precision precision;
    bool generic;
    bool great_circle;
    int64_t *bounds; // n_times + 1: where each slice begins; the last is behind the end
    uint64_t late, unplaced; // rows that a relaxed check leaves out
    struct names strata;
};

// The options of the study, its period and outputs, from the parameters.
enum err satscan_settings(struct satscan_reading *r, struct error *e) WARN_UNUSED;
// The step of time that a day (or number) is in; n_times when it is in none.
uint32_t satscan_slice(const struct satscan_reading *r, int64_t day);

// Text of a .prm to its list, whose `files` are kept. ERR_INPUT names the line that is no
// [section], no comment and no name=value, a name given twice, a parameter that asks for
// what is not done, and values that are not of their kind; notes are added to the study.
enum err satscan_prm_read(struct satscan_prm *out, const char *path, struct str text,
                          struct scan_study *s, struct error *e) WARN_UNUSED;
// Value of a parameter, or what SaTScan takes when it is not there.
struct str satscan_text(const struct satscan_prm *p, const char *name);
int64_t satscan_number(const struct satscan_prm *p, const char *name);
double satscan_decimal(const struct satscan_prm *p, const char *name);
bool satscan_yes(const struct satscan_prm *p, const char *name);
// Where a parameter stands: "file.prm:57 AnalysisType".
void satscan_where(const struct satscan_prm *p, const char *name, char *out, size_t size);
// ERR_INPUT about a parameter.
enum err satscan_error(const struct satscan_prm *p, const char *name, const char *cure,
                       struct error *e, const char *format, ...) PRINTF_LIKE(5, 6);
// The file of this parameter, beside the .prm when its path is relative; NULL when it is
// not given. ERR_MEMORY.
enum err satscan_file_path(const struct satscan_prm *p, const char *name,
                           const char **path, struct error *e) WARN_UNUSED;

// A date of a .prm or of a data file: YYYY, YYYY/M, YYYY/M/D, M/D/YYYY (- as well), or a
// whole number when generic.
struct satscan_time {
    int64_t day;                // days since 1970, or the number
    enum satscan_precision got; // how exact it is
};
bool satscan_time_read(struct str text, bool generic, struct satscan_time *out);

// A data file as a frame whose columns have the names given (then "covariate 1", ...).
// Cells are separated by spaces or tabs; "..." holds spaces; or as PARAMETER-SourceType
// and its likes say. Rows with fewer than `least` cells, or with other numbers of cells
// than the first row, are errors.
enum err satscan_table(struct frame *out, const struct satscan_prm *p,
                       const char *parameter, const char *const *names, size_t n_names,
                       size_t least, struct error *e) WARN_UNUSED;
// A whole file as text in the arena, UTF-8 (a byte order mark dropped, GB18030 read).
enum err satscan_slurp(const char *path, struct arena *a, struct str *text,
                       struct error *e) WARN_UNUSED;

#endif
