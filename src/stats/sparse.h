// SPDX-License-Identifier: AGPL-3.0-or-later
// Sparse symmetric matrices that are factorised many times: one analysis, many numeric
// factorisations, log-determinants, solves and the entries of the inverse that the
// pattern holds.
//
// The matrix may be bordered by constraints:
//     K = [ Q  C' ]     Q positive definite on C x = 0 (a small addition to its diagonal
//         [ C  0  ]     makes it so everywhere), C of full row rank.
// K is factorised as L D L' with negative pivots for the constraints, which stand in the
// elimination order just before the last variable they bind. Then the leading block of
// K^-1 is the covariance of x given C x = 0, log|det K| is the log-determinant of Q on
// the constrained space plus log|CC'|, and a solve gives the constrained mean. No dense
// correction is ever made, so constraints may be many.
//
// struct sparse is read-only after sparse_analyse and free to share; a sparse_factor
// belongs to one thread at a time. CHOLMOD finds the order and the supernodes (its own
// heap calls are made only in sparse_analyse); all numeric work is here, so that the
// result does not depend on which BLAS is installed or on threads.
//
// Sources
//   supernodal left-looking factorisation: Ng and Peyton, SIAM J. Sci. Comput. 14, 1993.
//   quasi-definite matrices: Vanderbei, SIAM J. Optim. 5, 1995.
//   selected inverse: Takahashi, Fagan and Chin 1973; Rue and Martino, J. Stat. Plan.
//   Inf.
//     137, 2007, eq. 8; by supernodes: Lin et al., ACM TOMS 37(4), 2011.
//   order: Chen, Davis, Hager and Rajamanickam, CHOLMOD, ACM TOMS 35(3), 2008.
#ifndef STATS_SPARSE_H
#define STATS_SPARSE_H

#include "base/error.h"
#include "base/memory.h"

// Lower triangle by columns. Column j holds rows row[start[j]] .. row[start[j + 1] - 1],
// rising, the first is j itself (the diagonal is always there, of constraints as well).
struct sparse_pattern {
    uint32_t n;
    uint32_t *start; // n + 1
    uint32_t *row;   // start[n]
};

struct sparse;
struct sparse_factor;

enum { SPARSE_MAX_ENTRIES = 400000000 }; // of L: 3.2 GB

// The last n_constraints rows are constraints; one that binds no variable is refused
// (ERR_INPUT). ERR_LIMIT when L would hold more than SPARSE_MAX_ENTRIES.
enum err sparse_analyse(struct sparse **out, const struct sparse_pattern *pattern,
                        uint32_t n_constraints, struct error *e) WARN_UNUSED;
void sparse_close(struct sparse *s);                   // NULL is accepted
size_t sparse_entries(const struct sparse *s);         // of L, with zeros of supernodes
double sparse_multiplications(const struct sparse *s); // of one factorisation

// Keeps s; close it before s. Memory: 16 bytes an entry of L.
enum err sparse_factor_open(struct sparse_factor **out, const struct sparse *s,
                            struct error *e) WARN_UNUSED;
void sparse_factor_close(struct sparse_factor *f); // NULL is accepted

// values: one for each entry of the pattern, in its order. False when the matrix is not
// what was promised (a pivot of the wrong sign, or not finite); then f holds nothing.
bool sparse_factorise(struct sparse_factor *f, const double *values) WARN_UNUSED;
double sparse_log_determinant(const struct sparse_factor *f); // log|det K|
void sparse_solve(struct sparse_factor *f, double *b);        // b becomes K^-1 b
// inverse[k]: the entry of K^-1 at the place of entry k of the pattern. About twice the
// work of a factorisation.
void sparse_select(struct sparse_factor *f, double *inverse);

#endif
