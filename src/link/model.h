// SPDX-License-Identifier: AGPL-3.0-or-later
// A linkage model: what is compared, in which levels, how often each level is met among
// pairs of one person (m) and among pairs of two (u), and which pairs are looked at.
//
// Fellegi and Sunter, A theory for record linkage, JASA 64(328), 1969. Plain data in an
// arena of its own; a model read from Splink's settings and one made by Heng are the same
// thing. Conditions are kept as text (condition.h compiles them).
#ifndef LINK_MODEL_H
#define LINK_MODEL_H

#include "link/kind.h"

#include <jansson.h>

enum {
    LINK_MAX_COMPARISONS = 24,
    LINK_MAX_LEVELS = 15, // of a comparison, null and else counted
    LINK_MAX_RULES = 32,
    LINK_PATTERN_BITS = 62
};

enum link_type { LINK_DEDUPE_ONLY, LINK_LINK_ONLY, LINK_LINK_AND_DEDUPE };

struct link_level {
    struct str condition; // SQL; "ELSE" for the last
    struct str label;
    double m, u;  // NaN: not known
    double alike; // among look-alikes, see alike_prior
    bool is_null, fix_m, fix_u;
    struct str tf_column; // empty: no term-frequency adjustment
    double tf_weight;     // 0 to 1
    double tf_minimum_u;  // floor of a term's frequency; 0: none
    bool tf_as_exact; // disable_tf_exact_match_detection: the level's own u is the base
};

struct link_comparison {
    struct str name; // output_column_name
    struct str description;
    struct link_level *levels; // in the order in which they are tried
    unsigned n_levels;
};

struct link_rule {
    struct str condition; // l."surname" = r."surname" AND ...
};

struct link_column_kind {
    struct str name;
    enum link_kind kind;
};

// Two comparisons that agree together more (or less) often than their product says.
// log2[level of a * n_levels(b) + level of b] is added to the match weight.
struct link_dependence {
    unsigned a, b;
    double *log2;
};

struct link_model {
    struct arena arena;
    enum link_type type;
    double prior; // probability_two_random_records_match
    double em_convergence;
    unsigned max_iterations;
    struct str id_column, source_column;
    struct link_comparison *comparisons;
    unsigned n_comparisons;
    struct link_rule *rules; // blocking_rules_to_generate_predictions
    unsigned n_rules;
    // What Splink does not have (part "heng" of the JSON, see settings.h):
    struct link_column_kind *kinds; // how columns are cleaned; none: LINK_RAW
    unsigned n_kinds;
    struct link_dependence *dependence;
    unsigned n_dependence;
    // Share of pairs of two people who have much in common (a household, a family): a
    // third class (Larsen and Rubin, JASA 96(453), 2001) beside matches and strangers. 0:
    // none.
    double alike_prior;
    double calibration_slope, calibration_shift; // of log odds; 1 and 0
    double threshold;                            // probability for a link; NaN: not known
    bool sources_without_duplicates;             // each source holds a person once
    json_t *rest; // keys of Splink that mean nothing here, written back as they came
};

// An empty model: Splink's defaults (prior 0.0001, convergence 0.0001, 25 iterations).
enum err link_model_open(struct link_model **out, struct error *e) WARN_UNUSED;
void link_model_close(struct link_model *m);
// A copy that shares nothing with the model.
enum err link_model_copy(struct link_model **out, const struct link_model *m,
                         struct error *e) WARN_UNUSED;

#endif
