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
                same_number(a->alike_prior, b->alike_prior) &&
                a->sources_without_duplicates == b->sources_without_duplicates;
    for (unsigned i = 0; same && a->alike_prior > 0 && i < a->n_comparisons; i++)
        for (unsigned k = 0; same && k < a->comparisons[i].n_levels; k++)
            same = same_number(a->comparisons[i].levels[k].alike,
                               b->comparisons[i].levels[k].alike);
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

// ---- every field ----------------------------------------------------------------------

// Every key that there is, each with something else than its default.
static const char full[] =
    "{\"link_type\": \"link_and_dedupe\","
    "\"probability_two_random_records_match\": 0.02, \"em_convergence\": 1e-5,"
    "\"max_iterations\": 40.0, \"unique_id_column_name\": \"id\","
    "\"source_dataset_column_name\": \"file\","
    "\"retain_matching_columns\": false,"
    "\"retain_intermediate_calculation_columns\": true,"
    "\"additional_columns_to_retain\": [\"a \\\"b\\\"\", \"\\u8861\"],"
    "\"bayes_factor_column_prefix\": \"b_\", \"linker_uid\": \"abc\","
    "\"term_frequency_adjustment_column_prefix\": \"tf_\","
    "\"comparison_vector_value_column_prefix\": \"gamma_\","
    "\"sql_dialect\": {\"name\": \"duckdb\", \"heng\": {"
    "\"kinds\": [{\"column\": \"name\", \"kind\": \"name\"},"
    "{\"column\": \"born\", \"kind\": \"date\"}],"
    "\"dependence\": [{\"a\": \"town\", \"b\": \"name\","
    "\"log2\": [0, 0.5, -1, 0.25, 0, 0, -3.5, 1]}],"
    "\"calibration_slope\": 0.9, \"calibration_shift\": -0.125,"
    "\"threshold\": 0.93, \"sources_without_duplicates\": true}},"
    "\"blocking_rules_to_generate_predictions\": ["
    "\"l.name = r.name\","
    "{\"blocking_rule\": \"l.town = r.town AND heng_near(l.born, r.born, 3)\","
    "\"sql_dialect\": \"duckdb\", \"salting_partitions\": 4, \"arrays_to_explode\": []}],"
    "\"comparisons\": ["
    "{\"output_column_name\": \"name\", \"comparison_description\": \"Names\","
    "\"comparison_levels\": ["
    "{\"sql_condition\": \"name_l IS NULL OR name_r IS NULL\", \"is_null_level\": true,"
    "\"label_for_charts\": \"Null\"},"
    "{\"sql_condition\": \"\\\"name_l\\\" = \\\"name_r\\\"\", \"m_probability\": 0.875,"
    "\"u_probability\": 0.001, \"fix_m_probability\": true, \"fix_u_probability\": true,"
    "\"tf_adjustment_column\": \"name\", \"tf_adjustment_weight\": 0.5,"
    "\"tf_minimum_u_value\": 0.0001},"
    "{\"sql_condition\": \"heng_osa(name_l, name_r) <= 1\", \"m_probability\": 0.1,"
    "\"u_probability\": \"level not observed in training dataset\","
    "\"tf_adjustment_column\": \"name\", \"disable_tf_exact_match_detection\": true},"
    "{\"sql_condition\": \" else \", \"m_probability\": 0, \"u_probability\": null}]},"
    "{\"comparison_levels\": ["
    "{\"sql_condition\": \"town_l = town_r\", \"tf_adjustment_weight\": 0},"
    "{\"sql_condition\": \"ELSE\"}],\"output_column_name\": \"town\"}]}";

static void every_field(void **state)
{
    (void)state;
    struct link_model *m = read(full);
    assert_int_equal(m->type, LINK_LINK_AND_DEDUPE);
    assert_true(same_number(m->prior, 0.02) && same_number(m->em_convergence, 1e-5));
    assert_int_equal(m->max_iterations, 40);
    assert_true(str_equal_c(m->id_column, "id") && str_equal_c(m->source_column, "file"));
    assert_int_equal(json_object_size(m->rest), 7);
    assert_int_equal(m->n_rules, 2);
    assert_true(str_equal_c(m->rules[0].condition, "l.name = r.name"));
    assert_int_equal(m->n_comparisons, 2);
    const struct link_level *l = m->comparisons[0].levels;
    assert_int_equal(m->comparisons[0].n_levels, 4);
    assert_true(str_equal_c(m->comparisons[0].description, "Names"));
    assert_true(l[0].is_null && !l[1].is_null && isnan(l[0].m));
    assert_true(l[1].fix_m && l[1].fix_u && !l[2].fix_m);
    assert_true(same_number(l[1].m, 0.875) && same_number(l[1].u, 0.001));
    assert_true(same_number(l[1].tf_weight, 0.5) && same_number(l[2].tf_weight, 1));
    assert_true(same_number(l[1].tf_minimum_u, 0.0001));
    assert_true(isnan(l[2].u) && l[2].tf_as_exact && !l[1].tf_as_exact);
    assert_true(same_number(l[3].m, 0) && isnan(l[3].u));
    assert_true(str_equal_c(l[3].condition, "else"));
    assert_true(same_number(m->comparisons[1].levels[0].tf_weight, 0));
    assert_int_equal(m->n_kinds, 2);
    assert_true(str_equal_c(m->kinds[1].name, "born") && m->kinds[1].kind == LINK_DATE);
    assert_int_equal(m->n_dependence, 1);
    assert_int_equal(m->dependence[0].a, 1);
    assert_int_equal(m->dependence[0].b, 0);
    assert_true(same_number(m->dependence[0].log2[6], -3.5));
    assert_true(same_number(m->threshold, 0.93) && m->sources_without_duplicates);
    struct buf text = BUF_INIT(1 << 20), foreign = BUF_INIT(1 << 12);
    struct error e = {0};
    there_and_back(m, &text);
    assert_ok(link_settings_write(m, &text, &foreign, &e));
    assert_true(str_equal_c(buf_str(&foreign), "heng_osa, heng_near"));
    buf_free(&text);
    buf_free(&foreign);
    link_model_close(m);
}

// What is not known, or is Splink's default, is not written.
static void what_is_left_out(void **state)
{
    (void)state;
    struct link_model *m = read("{\"link_type\": \"dedupe_only\", \"linker_uid\": null,"
                                "\"comparisons\": [{\"comparison_levels\": ["
                                "{\"sql_condition\": \"a_l = a_r\"},"
                                "{\"sql_condition\": \"ELSE\"}]}]}");
    assert_null(m->rest);
    assert_true(str_equal_c(m->comparisons[0].name, "a"));
    assert_true(isnan(m->comparisons[0].levels[0].m) && isnan(m->threshold));
    struct buf text = BUF_INIT(1 << 20);
    there_and_back(m, &text);
    static const char *const absent[] = {
        "m_probability", "u_probability", "fix_", "is_null", "tf_",       "label",
        "heng",          "linker_uid",    "null", "NaN",     "threshold", "description"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        if (strstr(buf_c(&text), absent[i]))
            fail_msg("%s stands in\n%s", absent[i], buf_c(&text));
    assert_non_null(strstr(buf_c(&text), "\"sql_dialect\": \"duckdb\""));
    assert_non_null(
        strstr(buf_c(&text), "\"blocking_rules_to_generate_predictions\": []"));
    buf_free(&text);
    link_model_close(m);
}

static void names_of_comparisons(void **state)
{
    (void)state;
    struct link_model *m =
        read("{\"link_type\": \"link_only\", \"comparisons\": [{\"comparison_levels\": ["
             "{\"sql_condition\": \"a_l = a_r AND B_l = b_r -- both\"},"
             "{\"sql_condition\": \"c_l = c_r OR a_l = b_r\"},"
             "{\"sql_condition\": \"ELSE\"}]}]}");
    assert_true(str_equal_c(m->comparisons[0].name, "custom_a_B_c"));
    link_model_close(m);
}

// What was written for Spark is kept in DuckDB's form.
static void of_spark(void **state)
{
    (void)state;
    struct link_model *m =
        read("{\"link_type\": \"link_only\", \"sql_dialect\": \"spark\","
             "\"blocking_rules_to_generate_predictions\": [\"l.`x`[0] = r.`x`[0]\","
             "{\"blocking_rule\": \"l.a[1] = r.a[1]\", \"sql_dialect\": \"duckdb\"}],"
             "\"comparisons\": [{\"comparison_levels\": ["
             "{\"sql_condition\": \"jaro_winkler(`a_l`, `a_r`) >= 0.9\"},"
             "{\"sql_condition\": \"`a_l` = 'it\\\\'s'\"},"
             "{\"sql_condition\": \"ELSE\"}]}]}");
    assert_true(str_equal_c(m->rules[0].condition, "l.\"x\"[1] = r.\"x\"[1]"));
    assert_true(str_equal_c(m->rules[1].condition, "l.a[1] = r.a[1]"));
    assert_true(str_equal_c(m->comparisons[0].levels[0].condition,
                            "jaro_winkler_similarity(\"a_l\", \"a_r\") >= 0.9"));
    assert_true(str_equal_c(m->comparisons[0].levels[1].condition, "\"a_l\" = 'it''s'"));
    link_model_close(m);
}

// ---- bad files ------------------------------------------------------------------------

#define ONE(levels)                                                                      \
    "{\"link_type\": \"link_only\", \"comparisons\": [{\"output_column_name\": \"a\", "  \
    "\"comparison_levels\": [" levels "]}]}"
#define OTHERWISE "{\"sql_condition\": \"ELSE\"}"
#define OWN(text)                                                                        \
    "{\"link_type\": \"link_only\", \"heng\": {" text "}, \"comparisons\": ["            \
    "{\"output_column_name\": \"a\", \"comparison_levels\": [" OTHERWISE "]}]}"
#define TOP(text) "{\"link_type\": \"link_only\", " text "}"

// Text, what must stand in where, and in the text.
static const struct {
    const char *json, *where, *text;
} bad[] = {
    {"", "m.json: line 1", "JSON"},
    {"{\"link_type\": \"link_only\",\n \"prior\": NaN}", "line 2, column", "JSON"},
    {"{\"link_type\": \"link_only\", \"link_type\": \"link_only\"}", "line 1",
     "duplicate"},
    {"[]", "m.json", "a list is found where the object"},
    {"\"x\"", "m.json", "JSON"},
    {"{}", "m.json", "no link_type"},
    {"{\"link_type\": 3}", "link_type", "not known"},
    {"{\"link_type\": \"dedupe\"}", "link_type", "not known"},
    {TOP("\"proportion\": 1"), "m.json: proportion", "'proportion' is no key"},
    {TOP("\"probability_two_random_records_match\": 1.5"),
     "m.json: probability_two_random_records_match",
     "1.5 is outside the range from 0 to"},
    {TOP("\"probability_two_random_records_match\": \"0.1\""),
     "probability_two_random_records_match", "a text is found where a number"},
    {TOP("\"probability_two_random_records_match\": 0"),
     "probability_two_random_records_match", "strictly between"},
    {TOP("\"max_iterations\": -1"), "max_iterations", "outside the range"},
    {TOP("\"max_iterations\": 1.5"), "max_iterations", "whole number"},
    {TOP("\"em_convergence\": true"), "em_convergence", "true is found"},
    {TOP("\"unique_id_column_name\": \"\""), "unique_id_column_name", "empty"},
    {TOP("\"retain_matching_columns\": \"yes\""), "retain_matching_columns", "a text"},
    {TOP("\"additional_columns_to_retain\": [1]"), "additional_columns_to_retain",
     "a list is found where a list of texts"},
    {TOP("\"sql_dialect\": \"oracle\""), "sql_dialect", "not known"},
    {TOP("\"sql_dialect\": {\"nam\": \"duckdb\"}"), "sql_dialect.nam", "no key"},
    {TOP("\"comparisons\": {}"), "m.json: comparisons", "an object is found"},
    {TOP("\"comparisons\": [3]"), "m.json: comparisons[0]", "a number is found"},
    {TOP("\"comparisons\": [{\"output_column_name\": \"a\"}]"),
     "comparisons[0].comparison_levels", "nothing is found where a list of levels"},
    {TOP("\"comparisons\": [{\"levels\": []}]"), "comparisons[0].levels", "no key"},
    {TOP("\"comparisons\": [{\"comparison_levels\": [" OTHERWISE "]}]"), "comparisons[0]",
     "no name and no column"},
    {ONE(""), "comparisons[0].comparison_levels", "0 levels"},
    {ONE("{\"sql_condition\": \"a_l = a_r\"}"),
     "m.json: comparisons[0].comparison_levels[0]", "not ELSE"},
    {ONE(OTHERWISE ", {\"sql_condition\": \"a_l = a_r\"}"),
     "m.json: comparisons[0].comparison_levels[0]", "behind the level ELSE"},
    {ONE(OTHERWISE "," OTHERWISE), "comparison_levels[0]", "behind the level ELSE"},
    {ONE("{\"sql_condition\": \"a_l is null\", \"is_null_level\": true},"
         "{\"sql_condition\": \"a_r is null\", \"is_null_level\": true}," OTHERWISE),
     "comparison_levels[1]", "second null level"},
    {ONE("{}," OTHERWISE), "comparison_levels[0].sql_condition", "nothing is found"},
    {ONE("{\"sql_condition\": \"a_l ~ a_r\"}," OTHERWISE),
     "comparisons[0].comparison_levels[0].sql_condition, character 5", "~"},
    {ONE("{\"sql_condition\": \"hamming(a_l, a_r) < 2\"}," OTHERWISE),
     "comparison_levels[0].sql_condition, character 1", "'hamming' is no function"},
    {ONE("{\"sql_condition\": \"\\\"_l\\\" = \\\"_r\\\"\"}," OTHERWISE),
     "sql_condition, character 1", "has no name"},
    {ONE("{\"sql_condition\": \"ELSE\", \"m_probability\": 1.25}"),
     "comparison_levels[0].m_probability", "1.25 is outside"},
    {ONE("{\"sql_condition\": \"ELSE\", \"u_probability\": -0.25}"),
     "comparison_levels[0].u_probability", "-0.25 is outside"},
    {ONE("{\"sql_condition\": \"ELSE\", \"u_probability\": \"low\"}"), "u_probability",
     "a text"},
    {ONE("{\"sql_condition\": \"ELSE\", \"tf_adjustment_weight\": 2}"),
     "tf_adjustment_weight", "outside"},
    {ONE("{\"sql_condition\": \"ELSE\", \"is_null_level\": 1}"), "is_null_level",
     "a number is found where true or false"},
    {ONE("{\"sql_condition\": \"ELSE\", \"tf_adjustment_column\": \"\"}"),
     "tf_adjustment_column", "empty"},
    {ONE("{\"sql_condition\": \"ELSE\", \"m_prob\": 1}"), "comparison_levels[0].m_prob",
     "'m_prob' is no key"},
    {TOP("\"blocking_rules_to_generate_predictions\": [\"l.a = \"]"),
     "m.json: blocking_rules_to_generate_predictions[0], character 7", "the end"},
    {TOP("\"blocking_rules_to_generate_predictions\": [\"ELSE\"]"),
     "blocking_rules_to_generate_predictions[0]", "no blocking rule"},
    {TOP("\"blocking_rules_to_generate_predictions\": [{\"blocking_rule\": 1}]"),
     "predictions[0].blocking_rule", "a number"},
    {TOP("\"blocking_rules_to_generate_predictions\": [{\"blocking_rule\": "
         "\"l.a = r.a\", \"arrays_to_explode\": [\"a\"]}]"),
     "predictions[0].arrays_to_explode", "elements of a list"},
    {OWN("\"kind\": []"), "m.json: heng.kind", "no key"},
    {OWN("\"kinds\": [{\"column\": \"a\", \"kind\": \"colour\"}]"), "heng.kinds[0]",
     "kind of column"},
    {OWN("\"kinds\": [3]"), "heng.kinds[0]", "a number is found"},
    {OWN("\"alike\": {\"prior\": 0.1, \"levels\": [1, 1]}"), "heng.alike", "one number"},
    {OWN("\"alike\": {\"levels\": [1]}"), "heng.alike", "prior"},
    {OWN("\"dependence\": [{\"a\": \"a\", \"b\": \"c\", \"log2\": [1]}]"),
     "heng.dependence[0].b", "not the name of a comparison"},
    {OWN("\"dependence\": [{\"a\": \"a\", \"b\": \"a\", \"log2\": [1]}]"),
     "heng.dependence[0]", "itself"},
    {OWN("\"threshold\": 1.5"), "heng.threshold", "outside"},
};

static void bad_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct link_model *m = NULL;
        struct error e = {0};
        if (link_settings_read(&m, str_of(bad[i].json), "m.json", &e) != ERR_INPUT)
            fail_msg("read without an error: %s", bad[i].json);
        assert_null(m);
        if (!strstr(e.where, bad[i].where) || !strstr(e.text, bad[i].text) || !e.cure[0])
            fail_msg("%s\n  %s: %s (%s)\n  expected: %s: %s", bad[i].json, e.where,
                     e.text, e.cure, bad[i].where, bad[i].text);
    }
}

// As many as the model can hold, and one more.
static void too_many(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        int most = kind == 0   ? LINK_MAX_LEVELS
                   : kind == 1 ? LINK_MAX_COMPARISONS
                               : LINK_MAX_RULES;
        for (int more = 0; more < 2; more++) {
            struct buf b = BUF_INIT(1 << 20);
            buf_add_c(&b, kind == 2 ? "{\"link_type\": \"link_only\", "
                                      "\"blocking_rules_to_generate_predictions\": ["
                                    : "{\"link_type\": \"link_only\", "
                                      "\"comparisons\": [");
            if (kind == 0)
                buf_add_c(&b, "{\"comparison_levels\": [");
            for (int i = 1; i < most + more; i++) {
                if (kind == 0)
                    buf_printf(&b, "{\"sql_condition\": \"a_l = a_r + %d\"},", i);
                else if (kind == 1)
                    buf_printf(&b,
                               "{\"output_column_name\": \"c%d\", "
                               "\"comparison_levels\": [" OTHERWISE "]},",
                               i);
                else
                    buf_printf(&b, "\"l.a = r.a%d\",", i);
            }
            buf_add_c(&b, kind == 0   ? OTHERWISE "]}]}"
                          : kind == 1 ? "{\"output_column_name\": \"last\", "
                                        "\"comparison_levels\": [" OTHERWISE "]}]}"
                                      : "\"l.b = r.b\"]}");
            struct link_model *m = NULL;
            struct error e = {0};
            enum err code = link_settings_read(&m, buf_str(&b), "m.json", &e);
            assert_int_equal(code, more ? ERR_INPUT : ERR_OK);
            if (more)
                assert_non_null(strstr(e.text, "are possible"));
            link_model_close(m);
            buf_free(&b);
        }
    }
}

static void files(void **state)
{
    (void)state;
    struct link_model *m = NULL;
    struct error e = {0};
    assert_int_equal(link_settings_load(&m, "no/such/model.json", &e), ERR_NOT_FOUND);
    assert_null(m);
    assert_int_equal(link_settings_load(&m, ".", &e), ERR_IO);
    assert_null(m);
    // a byte order mark, and a name that is too long for a place
    struct str marked = STR("\xEF\xBB\xBF{\"link_type\": \"link_only\"}");
    assert_ok(link_settings_read(&m, marked, NULL, &e));
    link_model_close(m);
    char name[2000];
    memset(name, 'x', sizeof name);
    snprintf(name + sizeof name - 8, 8, "/m.json");
    struct str wrong = STR("{\"link_type\": \"link_only\", \"comparisons\": 4}");
    assert_int_equal(link_settings_read(&m, wrong, name, &e), ERR_INPUT);
    assert_non_null(strstr(e.where, "/m.json: comparisons"));
}

// ---- copies and models at random ------------------------------------------------------

// A copy is the same, and lives on when the model is gone.
static void copies(void **state)
{
    (void)state;
    struct error e = {0};
    struct link_model *m = read(full), *copy, *again = read(full);
    assert_ok(link_model_copy(&copy, m, &e));
    assert_true(same_model(m, copy));
    json_object_set_new(m->rest, "linker_uid", json_string("changed"));
    m->dependence[0].log2[0] = 7;
    m->comparisons[0].levels[1].m = 0.25;
    assert_false(same_model(m, copy));
    link_model_close(m);
    assert_true(same_model(copy, again));
    link_model_close(copy);
    link_model_close(again);
    assert_ok(link_model_open(&m, &e)); // and of an empty one
    assert_ok(link_model_copy(&copy, m, &e));
    assert_true(same_model(m, copy));
    struct buf text = BUF_INIT(1 << 12);
    there_and_back(copy, &text);
    buf_free(&text);
    link_model_close(m);
    link_model_close(copy);
}

static struct str random_text(struct link_model *m, struct rng *r, bool may_be_empty)
{
    static const char *const parts[] = {
        "a", "B",    "\"", "\\", "/",  "\n",           "\t",
        "'", "\x01", "<",  "&",  "{}", "\xE8\xA1\xA1", " "};
    struct buf b = BUF_INIT(256);
    if (!may_be_empty)
        buf_add_c(&b, "x");
    for (unsigned n = (unsigned)rng_below(r, 6); n; n--)
        buf_add_c(&b, parts[rng_below(r, sizeof parts / sizeof *parts)]);
    struct str s = str_copy(&m->arena, buf_str(&b));
    buf_free(&b);
    assert_non_null(s.p);
    return s;
}

static double random_probability(struct rng *r)
{
    switch (rng_below(r, 5)) {
    case 0:
        return NAN;
    case 1:
        return 0;
    case 2:
        return 1;
    case 3:
        return rng_uniform(r) * 1e-9;
    default:
        return rng_uniform(r);
    }
}

static void random_level(struct link_model *m, struct rng *r, struct link_level *l)
{
    static const char *const conditions[] = {
        "\"a_l\" = \"a_r\"", "levenshtein(b_l, b_r) <= 2", "a_l = 'it''s \\ \"so\"'",
        "heng_shape(c_l, c_r) >= 0.5"};
    l->condition = str_of(conditions[rng_below(r, 4)]);
    l->label = random_text(m, r, true);
    l->m = random_probability(r);
    l->u = random_probability(r);
    l->fix_m = rng_below(r, 2);
    l->fix_u = rng_below(r, 2);
    l->tf_column = rng_below(r, 2) ? random_text(m, r, false) : STR("");
    l->tf_weight = rng_below(r, 2) ? 1 : rng_uniform(r);
    l->tf_minimum_u = rng_below(r, 2) ? 0 : rng_uniform(r);
    l->tf_as_exact = rng_below(r, 2);
}

static void random_comparisons(struct link_model *m, struct rng *r)
{
    m->n_comparisons = (unsigned)rng_below(r, 6);
    m->comparisons = ARENA_ARRAY(&m->arena, struct link_comparison, m->n_comparisons);
    assert_non_null(m->comparisons);
    for (unsigned i = 0; i < m->n_comparisons; i++) {
        struct link_comparison *c = &m->comparisons[i];
        struct str tail = random_text(m, r, true);
        c->name = str_format(&m->arena, "%u" STR_FMT, i, STR_ARG(tail));
        c->description = random_text(m, r, true);
        c->n_levels = 1 + (unsigned)rng_below(r, 5);
        c->levels = ARENA_ARRAY(&m->arena, struct link_level, c->n_levels);
        assert_true(c->name.p && c->levels);
        for (unsigned k = 0; k < c->n_levels; k++)
            random_level(m, r, &c->levels[k]);
        c->levels[c->n_levels - 1].condition = STR("ELSE");
        if (rng_below(r, 2))
            c->levels[0].is_null = true;
    }
}

static void random_own(struct link_model *m, struct rng *r)
{
    m->n_kinds = (unsigned)rng_below(r, 4);
    m->kinds = ARENA_ARRAY(&m->arena, struct link_column_kind, m->n_kinds);
    assert_non_null(m->kinds);
    for (unsigned i = 0; i < m->n_kinds; i++) {
        m->kinds[i].name = random_text(m, r, false);
        m->kinds[i].kind = (enum link_kind)rng_below(r, LINK_KINDS);
    }
    m->n_dependence = m->n_comparisons > 1 ? (unsigned)rng_below(r, 3) : 0;
    m->dependence = ARENA_ARRAY(&m->arena, struct link_dependence, m->n_dependence);
    assert_non_null(m->dependence);
    for (unsigned i = 0; i < m->n_dependence; i++) {
        struct link_dependence *d = &m->dependence[i];
        d->a = (unsigned)rng_below(r, m->n_comparisons);
        d->b = (d->a + 1) % m->n_comparisons;
        size_t n = (size_t)m->comparisons[d->a].n_levels * m->comparisons[d->b].n_levels;
        d->log2 = ARENA_ARRAY(&m->arena, double, n);
        assert_non_null(d->log2);
        for (size_t k = 0; k < n; k++)
            d->log2[k] = rng_normal(r) * 5;
    }
    m->alike_prior = rng_below(r, 2) ? 0 : rng_uniform(r);
    for (unsigned i = 0; i < m->n_comparisons; i++)
        for (unsigned k = 0; k < m->comparisons[i].n_levels; k++)
            m->comparisons[i].levels[k].alike = rng_uniform(r);
    m->calibration_slope = rng_below(r, 2) ? 1 : rng_uniform(r);
    m->calibration_shift = rng_below(r, 2) ? 0 : rng_normal(r);
    m->threshold = rng_below(r, 2) ? NAN : rng_uniform(r);
    m->sources_without_duplicates = rng_below(r, 2);
}

static struct link_model *random_model(struct rng *r)
{
    static const char *const rules[] = {
        "l.a = r.a", "l.\"b c\" = r.\"b c\" AND l.d = r.d", "heng_near(l.a, r.a, 3)"};
    struct link_model *m;
    struct error e = {0};
    assert_ok(link_model_open(&m, &e));
    m->type = (enum link_type)rng_below(r, 3);
    m->prior = rng_below(r, 2) ? 0.0001 : (rng_uniform(r) + 1e-9) / 2;
    m->em_convergence = rng_uniform(r);
    m->max_iterations = (unsigned)rng_below(r, 1000);
    m->id_column = random_text(m, r, false);
    m->source_column = random_text(m, r, false);
    random_comparisons(m, r);
    m->n_rules = (unsigned)rng_below(r, 4);
    m->rules = ARENA_ARRAY(&m->arena, struct link_rule, m->n_rules);
    assert_non_null(m->rules);
    for (unsigned i = 0; i < m->n_rules; i++)
        m->rules[i].condition = str_of(rules[rng_below(r, 3)]);
    if (rng_below(r, 2)) {
        struct str uid = random_text(m, r, true);
        m->rest = json_object();
        json_object_set_new(m->rest, "linker_uid", json_stringn(uid.p, uid.n));
        json_object_set_new(m->rest, "retain_matching_columns", json_false());
    }
    random_own(m, r);
    return m;
}

static void random_models(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    print_message("seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    struct buf text = BUF_INIT(1 << 20);
    for (int i = 0; i < 2000; i++) {
        struct link_model *m = random_model(&r), *copy;
        struct error e = {0};
        there_and_back(m, &text);
        assert_ok(link_model_copy(&copy, m, &e));
        assert_true(same_model(m, copy));
        link_model_close(copy);
        link_model_close(m);
    }
    buf_free(&text);
}

// ---- memory ---------------------------------------------------------------------------

static enum err read_copy_write(void)
{
    struct link_model *m = NULL, *copy = NULL;
    struct buf text = BUF_INIT(1 << 20), foreign = BUF_INIT(1 << 12);
    struct error e = {0};
    enum err code = link_settings_read(&m, str_of(full), "m.json", &e);
    if (!code)
        code = link_model_copy(&copy, m, &e);
    if (!code)
        code = link_settings_write(copy, &text, &foreign, &e);
    assert_int_equal(e.code, code);
    assert_true(code || foreign.n > 0);
    link_model_close(m);
    link_model_close(copy);
    buf_free(&text);
    buf_free(&foreign);
    return code;
}

// Each allocation fails once: an error and no leak, until there are none left to fail.
static void out_of_memory(void **state)
{
    (void)state;
    int64_t n = 0;
    enum err code = ERR_MEMORY;
    for (; code && n < 5000; n++) {
        mem_fail_after(n);
        code = read_copy_write();
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
    }
    assert_int_equal(code, ERR_OK);
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_by_splink),  cmocka_unit_test(every_field),
        cmocka_unit_test(what_is_left_out), cmocka_unit_test(names_of_comparisons),
        cmocka_unit_test(of_spark),         cmocka_unit_test(bad_files),
        cmocka_unit_test(too_many),         cmocka_unit_test(files),
        cmocka_unit_test(copies),           cmocka_unit_test(random_models),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
