// SPDX-License-Identifier: AGPL-3.0-or-later
// A table file whole in memory, by columns, for engines that take arrays: a column as
// numbers, as counts, as groups.
//
// A file that an engine counts from must be whole: the first row that cannot be read, or
// a cell that is not what its column must be, is an error that names file, line, column,
// what was found and the cure; how many more there are is said too. Nothing is skipped
// in silence. One thread; all memory in the caller's arena.
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/table.h"

struct frame {
    const char *path; // as given; "-" is standard input
    struct arena *arena;
    struct str *names; // of the columns, without the space around them
    size_t n_columns, n_rows;
    struct str *cells; // row by row; without the space around them
    uint64_t *lines;   // of each row in the file
};

// Reads all of a CSV or XLSX file, its first row being the names. Blank rows are left
// out. ERR_INPUT (no header, two columns of one name, a ragged or unreadable row, no
// rows), ERR_LIMIT (more than the arena's limit), and those of table_open.
enum err frame_read(struct frame *out, const char *path, struct arena *a,
                    struct error *e) WARN_UNUSED;

// Number of the column of this name (letters' case aside when no other fits).
// ERR_NOT_FOUND lists the names there are and the nearest one.
enum err frame_column(const struct frame *f, const char *name, size_t *column,
                      struct error *e) WARN_UNUSED;
struct str frame_cell(const struct frame *f, size_t row, size_t column);

// Whole numbers from 0 to 1e15, "1,234" and "3.0" among them. An empty cell is an error,
// or counts as 0 when empty_is_zero.
enum err frame_counts(const struct frame *f, size_t column, bool empty_is_zero,
                      int64_t **out, struct error *e) WARN_UNUSED;
// Finite numbers; an empty cell (or NA, NaN, .) is NaN where that is allowed.
enum err frame_numbers(const struct frame *f, size_t column, bool may_be_empty,
                       double **out, struct error *e) WARN_UNUSED;

struct frame_groups {
    uint32_t n;        // groups
    struct str *names; // in the order of their first rows
    uint32_t *of_row;  // n_rows
};
// Equal texts as groups; an empty cell is a group of the name "". Several columns: a
// group for each combination, its name joined by " / ". O(rows).
enum err frame_groups(const struct frame *f, const size_t *columns, size_t n_columns,
                      struct frame_groups *out, struct error *e) WARN_UNUSED;
// The groups again in order of name: as numbers where all names are numbers, else by
// bytes.
enum err frame_groups_sort(const struct frame *f, struct frame_groups *groups,
                           struct error *e) WARN_UNUSED;
// Number of the group of this name; groups->n when there is none. O(n).
uint32_t frame_group(const struct frame_groups *groups, struct str name);

// An error about one cell: where is "file:line column".
enum err frame_error(const struct frame *f, size_t row, size_t column, const char *cure,
                     struct error *e, const char *format, ...) PRINTF_LIKE(6, 7);

#endif
