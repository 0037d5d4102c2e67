// SPDX-License-Identifier: AGPL-3.0-or-later
// settings.h and link_model_copy: models that Splink 3, 4 and 5 saved; a model of every
// field there and back; models at random; bad files and what is said of them; memory that
// runs out.
#include "../tap.h"

#include "base/rng.h"
#include "link/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- equality -------------------------------------------------------------------------

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || (!(a < b) && !(a > b) && !isnan(a) && !isnan(b));
}

static bool same_level(const struct link_level *a, const struct link_level *b)
{
    return str_equal(a->condition, b->condition) && str_equal(a->label, b->label) &&
           same_number(a->m, b->m) && same_number(a->u, b->u) &&
           a->is_null == b->is_null && a->fix_m == b->fix_m && a->fix_u == b->fix_u &&
           str_equal(a->tf_column, b->tf_column) &&
           same_number(a->tf_weight, b->tf_weight) &&
           same_number(a->tf_minimum_u, b->tf_minimum_u) &&
           a->tf_as_exact == b->tf_as_exact;
}

static bool same_comparison(const struct link_comparison *a,
                            const struct link_comparison *b)
{
    bool same = str_equal(a->name, b->name) &&
                str_equal(a->description, b->description) && a->n_levels == b->n_levels;
    for (unsigned i = 0; same && i < a->n_levels; i++)
        same = same_level(&a->levels[i], &b->levels[i]);
    return same;
}

static bool same_own(const struct link_model *a, const struct link_model *b)
{
    bool same = a->n_kinds == b->n_kinds && a->n_dependence == b->n_dependence &&
                same_number(a->calibration_slope, b->calibration_slope) &&
                same_number(a->calibration_shift, b->calibration_shift) &&
                same_number(a->threshold, b->threshold) &&
                a->sources_without_duplicates == b->sources_without_duplicates;
    for (unsigned i = 0; same && i < a->n_kinds; i++)
        same = str_equal(a->kinds[i].name, b->kinds[i].name) &&
               a->kinds[i].kind == b->kinds[i].kind;
    for (unsigned i = 0; same && i < a->n_dependence; i++) {
        const struct link_dependence *x = &a->dependence[i], *y = &b->dependence[i];
        same = x->a == y->a && x->b == y->b;
        unsigned n = a->comparisons[x->a].n_levels * a->comparisons[x->b].n_levels;
        for (unsigned k = 0; same && k < n; k++)
            same = same_number(x->log2[k], y->log2[k]);
    }
    return same;
}

static bool same_model(const struct link_model *a, const struct link_model *b)
{
    bool same = a->type == b->type && same_number(a->prior, b->prior) &&
                same_number(a->em_convergence, b->em_convergence) &&
                a->max_iterations == b->max_iterations &&
                str_equal(a->id_column, b->id_column) &&
                str_equal(a->source_column, b->source_column) &&
                a->n_comparisons == b->n_comparisons && a->n_rules == b->n_rules &&
                !a->rest == !b->rest && (!a->rest || json_equal(a->rest, b->rest));
    for (unsigned i = 0; same && i < a->n_comparisons; i++)
        same = same_comparison(&a->comparisons[i], &b->comparisons[i]);
    for (unsigned i = 0; same && i < a->n_rules; i++)
        same = str_equal(a->rules[i].condition, b->rules[i].condition);
    return same && same_own(a, b);
}

// ---- helpers --------------------------------------------------------------------------

static struct link_model *read(const char *json)
{
    struct link_model *m = NULL;
    struct error e = {0};
    assert_ok(link_settings_read(&m, str_of(json), "m.json", &e));
    assert_non_null(m);
    return m;
}

// Written, read again, compared; the text stays in *text.
static void there_and_back(const struct link_model *m, struct buf *text)
{
    struct error e = {0};
    buf_clear(text);
    assert_ok(link_settings_write(m, text, NULL, &e));
    struct link_model *again = NULL;
    assert_ok(link_settings_read(&again, buf_str(text), "written", &e));
    if (!same_model(m, again))
        fail_msg("another model after writing:\n%s", buf_c(text));
    link_model_close(again);
}

// ---- what Splink saved ----------------------------------------------------------------

static struct link_model *load(const char *file)
{
    const char *source = getenv("HENG_SOURCE");
    char path[1024];
    struct link_model *m = NULL;
    struct error e = {0};
    snprintf(path, sizeof path, "%s/tests/link/splink/%s", source ? source : ".", file);
    assert_ok(link_settings_load(&m, path, &e));
    return m;
}

static void saved_by_splink(void **state)
{
    (void)state;
    static const char *const files[] = {"v3.json", "v4.json", "v5.json"};
    struct buf text = BUF_INIT(1 << 20);
    for (int i = 0; i < 3; i++) {
        struct link_model *m = load(files[i]);
        assert_int_equal(m->type, LINK_DEDUPE_ONLY);
        assert_int_equal(m->n_comparisons, 5);
        assert_true(fabs(m->prior - 0.0008208208208208208) < 1e-18);
        assert_int_equal(m->n_rules, i ? 3 : 2);
        struct link_comparison *name = &m->comparisons[0];
        assert_true(str_equal_c(name->name, "first_name"));
        assert_true(name->levels[0].is_null && isnan(name->levels[0].m));
        assert_true(name->levels[1].m > 0.4 && name->levels[1].m < 0.6);
        assert_true(name->levels[1].u > 0.004 && name->levels[1].u < 0.008);
        assert_true(str_equal_c(name->levels[name->n_levels - 1].condition, "ELSE"));
        assert_int_equal(m->max_iterations, 25);
        assert_true(str_equal_c(m->id_column, "unique_id"));
        assert_true(json_is_true(json_object_get(m->rest, "retain_matching_columns")));
        assert_null(json_object_get(m->rest, "bayes_factor_column_prefix"));
        assert_null(json_object_get(m->rest, "match_weight_column_prefix"));
        struct link_comparison *city = &m->comparisons[3];
        assert_true(str_equal_c(city->levels[1].tf_column, "city"));
        assert_true(same_number(city->levels[1].tf_weight, 1));
        there_and_back(m, &text);
        link_model_close(m);
    }
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_by_splink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
