// SPDX-License-Identifier: AGPL-3.0-or-later
// Learning a model: u from random pairs, m by EM over agreement patterns.
//
// Patterns, not pairs: after one pass over the pairs EM runs on a table of (agreement
// pattern, rules that hold, number of pairs).
//
// The default is one joint EM over all candidate pairs. Blocking makes agreement look
// better than it is; so for the m of a comparison only those pairs count which some rule
// gave that does not look at that comparison's columns. Given that comparisons are
// independent among matches, being found by such a rule says nothing about this
// comparison: the estimate is free of the bias of blocking. u is learned from random
// pairs, each weighted by the probability that it is no match.
//
// A third class beside matches and strangers, look-alikes, takes up pairs of two people
// who have much in common (households, families). Its levels are learned as those of
// matches are, but for what is a person's own: at most 4 % of look-alikes agree on a date
// of birth or an identity number (or as many as chance has it), and at most 3 % of
// matches have a quite different date. Those shares are set, not learned. When matches
// stand out less and less while their number grows, m of the round in which they stood
// out most is taken.
//
// For a model that does not say what its columns hold (Splink's) the class has several
// starts: a household, and for each blocking rule pairs that share what the rule asks for
// and nothing else. Strangers of one name have alike e-mail addresses, say; in two
// classes these would be taken for matches, and seem to prove that matches often differ
// in the rest. Of the fits whose third class is one of other people (they agree by chance
// in what is a person's own and in one more column, or in a name and one more), that did
// not drift and that leave fewer matches, the likeliest is taken, if it is likelier than
// two classes. The likelihood is that of the pairs of each rule, in the comparisons that
// the rule does not look at, with shares of the classes for each rule, less BIC's price
// of the parameters.
//
// Splink's way: one session a training rule, with u fixed (random_levels) and without the
// comparisons on the rule's columns; the final m is the median over the sessions.
//
// Sources: Fellegi and Sunter 1969; Winkler, ASA Proc. Survey Research Methods, 1988
// (EM); Linacre et al., IJPDS 7(3), 2022 (Splink); Chao, Biometrics 43(4), 1987 (matches
// that no rule gave, from those that one rule and two rules gave); Chow and Liu, IEEE
// Trans. Inf. Theory 14(3), 1968 (dependence as a tree); Larsen and Rubin, JASA 96(453),
// 2001 (three classes); Schwarz, Annals of Statistics 6(2), 1978 (BIC).
//
// One thread; time is O(rows of the table x comparisons) a round of EM. What fails fails
// with ERR_MEMORY, and leaves the model in part changed.
#ifndef LINK_TRAIN_H
#define LINK_TRAIN_H

#include "link/account.h"
#include "link/candidates.h"

struct train_told { // in the arena that was given
    struct account_session session;
    double expected_matches; // among all pairs
    double blocking_recall;  // expected share of matches that are candidates
    struct account_dependence *dependences;
    unsigned n_dependences;
};

// Bit r of uses[c]: rule r looks at a column that comparison c looks at.
enum err train_uses(const struct link_model *m, uint32_t uses[LINK_MAX_COMPARISONS],
                    struct error *e) WARN_UNUSED;

// The only column that a comparison looks at; empty when there are several. In the arena.
enum err train_column(const struct link_comparison *c, struct arena *a, struct str *name,
                      struct error *e) WARN_UNUSED;

// Start values of m where it is NaN: .95 at the first level that is not null (Splink's),
// the rest spread.
void train_start(struct link_model *m);
// u of every level that is not fixed: as given, and straight from random pairs.
void train_set_u(struct link_model *m,
                 double u[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1]);
void train_u(struct link_model *m, const struct link_view *v,
             const struct pattern_table *random);

struct train_tables {
    const struct pattern_table *candidates; // with masks of rules
    const struct pattern_table *random;
    double all_pairs;
    // Of a model that does not say kinds: what the columns of its comparisons seem to
    // hold. NULL: not known, the model's own.
    const enum link_kind *kinds;
};
// Sets m, u, prior and dependence of the model. ERR_MEMORY.
enum err train_joint(struct link_model *m, const struct link_view *v,
                     const struct train_tables *tables, struct arena *a,
                     struct train_told *told, struct error *e) WARN_UNUSED;

// One session: patterns of the pairs of one rule; skip[c]: the comparison is on a column
// of the rule. m of the other comparisons goes to `found` (levels of all comparisons one
// behind the other, NaN where not learned).
enum err train_session(const struct link_model *m, const struct link_view *v,
                       const struct pattern_table *pairs, const bool *skip, double *found,
                       struct arena *a, struct account_session *told,
                       struct error *e) WARN_UNUSED;
// The median of the sessions' m into the model.
enum err train_median(struct link_model *m, const double *const *found, unsigned n,
                      struct error *e) WARN_UNUSED;

#endif
