// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the sparse factorisation share.
#ifndef STATS_SPARSE_PRIVATE_H
#define STATS_SPARSE_PRIVATE_H

#include "stats/sparse.h"

// Columns are numbered in elimination order. Supernode s is columns first[s] ..
// first[s + 1] - 1; its rows (its own columns first, then those below) are rows[row_start
// [s]] .. ; its values a dense panel by columns, of as many rows, at value_start[s].
struct sparse {
    uint32_t n, n_supernodes;
    uint32_t *order;     // n: column to row of the pattern
    uint32_t *place;     // n: the other way
    uint8_t *negative;   // n, by column: a constraint
    uint32_t *first;     // n_supernodes + 1
    uint32_t *owner;     // n: column to supernode
    size_t *row_start;   // n_supernodes + 1
    uint32_t *rows;      //
    size_t *value_start; // n_supernodes + 1
    size_t n_entries;    // of the pattern
    size_t *entry_place; // n_entries: where in the panels
    uint32_t most_rows, most_columns;
    double multiplications;
};

struct sparse_factor {
    const struct sparse *s;
    double *l;          // panels: unit L, D on the diagonal
    double *z;          // panels of the inverse
    double *scratch;    // of n_scratch: updates, gathered blocks
    double *by_row;     // n: right-hand sides in elimination order
    uint32_t *next;     // n_supernodes: lists of waiting updates
    uint32_t *head;     // n_supernodes
    uint32_t *reached;  // n_supernodes: how far in its rows a supernode has been used
    uint32_t *relative; // n
    size_t n_scratch;
};

enum { SPARSE_STRIP = 32 }; // columns of a panel that are finished together

// c (m x k, by columns, leading dimension m) = a b' with a: m x w, b: k x w, both by
// columns. With `lower` blocks above the diagonal may be left as they are. scratch holds
// sparse_multiply_scratch(k, w).
void sparse_multiply(double *restrict c, const double *restrict a, size_t lda,
                     const double *restrict b, size_t ldb, size_t m, size_t k, size_t w,
                     bool lower, double *restrict scratch);
size_t sparse_multiply_scratch(size_t k, size_t w);
// L D L' of the columns of one panel, the rows below included. False at a pivot of the
// wrong sign.
bool sparse_factorise_panel(double *restrict panel, size_t height, size_t width,
                            const uint8_t *negative, double *restrict scratch);

#endif
