// SPDX-License-Identifier: AGPL-3.0-or-later
// Third-party data with truth, and Splink's own figures.
#include "run_files.h"

#include <inttypes.h>

#include "link/score.h"
#include "link/settings.h"

// Said and true agree, over all pairs with any chance: ranges of a tenth.
static double calibration_of(const struct link_run *r, const uint32_t *truth)
{
    const struct account *a = link_run_account(r);
    struct scored_pair *pairs = mem_alloc(a->n_edges, sizeof *pairs);
    struct calibration_bin bins[10];
    struct error e = {0};
    double error;
    uint64_t n = 0;
    assert_non_null(pairs);
    for (uint64_t i = 0; i < a->n_edges; i++) {
        double p = score_probability((double)a->edges[i].weight);
        if (p >= 0.01)
            pairs[n++] = (struct scored_pair){a->edges[i].left, a->edges[i].right, p};
    }
    assert_ok(link_calibration(truth, pairs, n, bins, 10, &error, &e));
    mem_free(pairs);
    return error;
}

static uint32_t number_in(struct str s)
{
    uint32_t v = 0;
    for (size_t i = 0; i < s.n && s.p[i] != '-'; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            v = v * 10 + (uint32_t)(s.p[i] - '0');
    return v;
}

static void febrl(const char *name, double least)
{
    char path[PATH_SIZE];
    if (!shared_file(name, path))
        skip();
    const char *paths[] = {path};
    struct link_options o = options_of(paths, 1);
    struct link_run *r = run_of(&o);
    const struct account *a = link_run_account(r);
    uint32_t *truth = mem_alloc(a->n, sizeof *truth);
    assert_non_null(truth);
    for (uint32_t i = 0; i < a->n; i++) { // rec-223-org, rec-223-dup-0
        struct str id = id_of(a, i);
        assert_true(str_starts(id, STR("rec-")));
        truth[i] = number_in((struct str){id.p + 4, id.n - 4});
    }
    double f1 = f1_of(r, truth, false), off = calibration_of(r, truth);
    print_message("%s: F1 %.4f, calibration off by %.4f\n", name, f1, off);
    assert_true(f1 >= least);
    assert_true(off <= 0.05);
    mem_free(truth);
    link_run_close(r);
}

static void febrl1(void **state)
{
    (void)state;
    febrl("febrl1.csv", 0.974); // the best known peer
}

static void febrl3(void **state)
{
    (void)state;
    febrl("febrl3.csv", 0.996);
}

// Entities by text of a column that was kept.
static uint32_t *truth_of(const struct account *a, const char *column)
{
    const struct link_column *c = link_records_column(a->records, str_of(column));
    assert_non_null(c);
    uint32_t *truth = mem_alloc(a->n, sizeof *truth);
    assert_true(truth && c->value);
    for (uint32_t i = 0; i < a->n; i++)
        truth[i] = c->value[i];
    return truth;
}

static void fake_1000(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    if (!shared_file("fake_1000.csv", path))
        skip();
    const char *paths[] = {path}, *keep[] = {"cluster"};
    struct link_options o = options_of(paths, 1);
    o.keep = keep;
    o.n_keep = 1;
    struct link_run *r = run_of(&o);
    uint32_t *truth = truth_of(link_run_account(r), "cluster");
    double f1 = f1_of(r, truth, false), off = calibration_of(r, truth);
    print_message("fake_1000: F1 %.4f, calibration off by %.4f\n", f1, off);
    assert_true(f1 >= 0.97);
    assert_true(off <= 0.05);
    mem_free(truth);
    link_run_close(r);
}

// Many pairs of one town and one kind of food: EM would leave the matches.
static void restaurant(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    if (!shared_file("restaurant.csv", path))
        skip();
    const char *paths[] = {path}, *keep[] = {"unique_id"};
    struct link_options o = options_of(paths, 1);
    o.keep = keep;
    o.n_keep = 1;
    struct link_run *r = run_of(&o);
    const struct account *a = link_run_account(r);
    uint32_t *truth = truth_of(a, "unique_id");
    double f1 = f1_of(r, truth, false);
    print_message("restaurant: F1 %.4f\n", f1);
    assert_true(f1 >= 0.9);
    assert_true(a->sessions[0].drifted);
    assert_true(has_warning(a, "training was stopped"));
    assert_true(fabs(a->expected_matches - 112) < 25);
    mem_free(truth);
    link_run_close(r);
}

static void essnet(void **state)
{
    (void)state;
    char cis[PATH_SIZE], prd[PATH_SIZE];
    if (!shared_file("essnet_cis.csv", cis) || !shared_file("essnet_prd.csv", prd))
        skip();
    const char *paths[] = {cis, prd};
    struct link_options o = options_of(paths, 2);
    o.no_examples = true;
    struct link_run *r = run_of(&o);
    const struct account *a = link_run_account(r);
    // person_id was found to be the ids: the same text is the same person.
    uint32_t *truth = mem_alloc(a->n, sizeof *truth);
    assert_non_null(truth);
    uint64_t *hashes = mem_alloc(a->n, sizeof *hashes);
    assert_non_null(hashes);
    enum { SLOTS = 1 << 17 };
    uint32_t *slot = mem_alloc(SLOTS, sizeof *slot);
    assert_non_null(slot);
    for (uint32_t i = 0; i < a->n; i++) {
        hashes[i] = str_hash(id_of(a, i), 7);
        size_t at = hashes[i] % SLOTS;
        while (slot[at] && hashes[slot[at] - 1] != hashes[i])
            at = (at + 1) % SLOTS;
        if (!slot[at])
            slot[at] = i + 1;
        truth[i] = slot[at] - 1;
    }
    double f1 = f1_of(r, truth, true), off = calibration_of(r, truth);
    print_message("ESSnet: F1 %.4f, calibration off by %.4f\n", f1, off);
    assert_true(f1 >= 0.9897); // reclin2
    assert_true(off <= 0.02);
    mem_free(slot);
    mem_free(hashes);
    mem_free(truth);
    link_run_close(r);
}

// With blocking rules, caps and random pairs in play.
static void same_answer_with_blocks(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    if (!shared_file("febrl3.csv", path))
        skip();
    const char *paths[] = {path}, *none[] = {"soc_sec_id", "date_of_birth"};
    double weights[3] = {0};
    uint64_t links[3] = {0}, clusters[3] = {0}, pairs[3] = {0};
    for (unsigned i = 0; i < 3; i++) {
        struct link_options o = options_of(paths, 1);
        o.ignore = none;
        o.n_ignore = 2;
        o.threads = i ? 3 : 1;
        o.seed = i == 2 ? 2 : 1;
        o.no_examples = true;
        struct link_run *r = run_of(&o);
        const struct account *a = link_run_account(r);
        for (uint64_t k = 0; k < a->n_edges; k++)
            weights[i] += (double)a->edges[k].weight; // in one order
        links[i] = a->links;
        clusters[i] = a->clusters;
        pairs[i] = a->compared_pairs;
        link_run_close(r);
    }
    assert_true(weights[0] == weights[1] && links[0] == links[1]);
    assert_true(clusters[0] == clusters[1] && pairs[0] == pairs[1]);
    // another seed, other random pairs
    assert_true(weights[0] != weights[2]);
    double change = fabs((double)links[0] - (double)links[2]) / (double)links[0];
    if (change > 0.005)
        fail_msg("%" PRIu64 " links, with another seed %" PRIu64, links[0], links[2]);
}

static const char splink_settings[] =
    "{\"link_type\": \"dedupe_only\","
    "\"blocking_rules_to_generate_predictions\": [\"l.first_name = r.first_name\","
    " \"l.surname = r.surname\"],"
    "\"comparisons\": ["
    "{\"output_column_name\": \"first_name\", \"comparison_levels\": ["
    "{\"sql_condition\": \"first_name_l IS NULL OR first_name_r IS NULL\","
    " \"is_null_level\": true},"
    "{\"sql_condition\": \"first_name_l = first_name_r\"},"
    "{\"sql_condition\": \"jaro_winkler_similarity(first_name_l, first_name_r) >= 0.9\"},"
    "{\"sql_condition\": \"jaro_winkler_similarity(first_name_l, first_name_r) >= 0.7\"},"
    "{\"sql_condition\": \"ELSE\"}]},"
    "{\"output_column_name\": \"surname\", \"comparison_levels\": ["
    "{\"sql_condition\": \"surname_l IS NULL OR surname_r IS NULL\","
    " \"is_null_level\": true},"
    "{\"sql_condition\": \"surname_l = surname_r\"},"
    "{\"sql_condition\": \"jaro_winkler_similarity(surname_l, surname_r) >= 0.9\"},"
    "{\"sql_condition\": \"jaro_winkler_similarity(surname_l, surname_r) >= 0.7\"},"
    "{\"sql_condition\": \"ELSE\"}]},"
    "{\"output_column_name\": \"dob\", \"comparison_levels\": ["
    "{\"sql_condition\": \"dob_l IS NULL OR dob_r IS NULL\", \"is_null_level\": true},"
    "{\"sql_condition\": \"dob_l = dob_r\"},"
    "{\"sql_condition\": \"levenshtein(dob_l, dob_r) <= 1\"},"
    "{\"sql_condition\": \"levenshtein(dob_l, dob_r) <= 2\"},"
    "{\"sql_condition\": \"ELSE\"}]},"
    "{\"output_column_name\": \"city\", \"comparison_levels\": ["
    "{\"sql_condition\": \"city_l IS NULL OR city_r IS NULL\", \"is_null_level\": true},"
    "{\"sql_condition\": \"city_l = city_r\", \"tf_adjustment_column\": \"city\"},"
    "{\"sql_condition\": \"ELSE\"}]},"
    "{\"output_column_name\": \"email\", \"comparison_levels\": ["
    "{\"sql_condition\": \"email_l IS NULL OR email_r IS NULL\","
    " \"is_null_level\": true},"
    "{\"sql_condition\": \"email_l = email_r\"},"
    "{\"sql_condition\": \"levenshtein(email_l, email_r) <= 2\"},"
    "{\"sql_condition\": \"ELSE\"}]}]}";

// Splink 5.0.0 on DuckDB, these settings and fake_1000.csv: prior from the rules
// l.first_name = r.first_name AND l.dob = r.dob, and l.email = r.email, with a recall of
// .7; u from all pairs (max_pairs=1e7, min_count_per_level=None); sessions on
// (first_name, surname), (dob) and (email) with estimate_without_term_frequencies=True;
// median over the sessions.
static void sessions_as_splink(void **state)
{
    (void)state;
    static const struct {
        unsigned comparison, level;
        double m, u;
    } expected[] = {
        {0, 1, 0.5031691634140626, 0.0057935713975033705},
        {0, 2, 0.2173367108068719, 0.003386832528670639},
        {0, 3, 0.09778359873768525, 0.019439490815246544},
        {0, 4, 0.18171052704138024, 0.9713801052585794},
        {1, 1, 0.4601713181179682, 0.004889975550122249},
        {1, 2, 0.25751890636598007, 0.0034032796868982687},
        {1, 3, 0.09184741181526201, 0.015296846592690113},
        {1, 4, 0.19046236370078978, 0.9764098981702893},
        {2, 1, 0.40964059934647684, 0.0017477477477477479},
        {2, 2, 0.11725886921708789, 0.0016016016016016017},
        {2, 3, 0.19887501444986405, 0.015517517517517518},
        {2, 4, 0.27422551698657116, 0.9811331331331331},
        {3, 1, 0.5691380055199545, 0.0551475711801453},
        {3, 2, 0.4308619944800455, 0.9448524288198547},
        {4, 1, 0.560008567316443, 0.0021938713143283602},
        {4, 2, 0.30081816731664773, 0.0013542812658830492},
        {4, 3, 0.13917326536690916, 0.9964518474197885},
    };
    char path[PATH_SIZE];
    struct error e = {0};
    if (!shared_file("fake_1000.csv", path))
        skip();
    struct link_model *model;
    assert_ok(link_settings_read(&model, str_of(splink_settings), "settings", &e));
    const char *paths[] = {path};
    const char *train_by[] = {"l.first_name = r.first_name AND l.surname = r.surname",
                              "l.dob = r.dob", "l.email = r.email"};
    const char *prior_by[] = {"l.first_name = r.first_name AND l.dob = r.dob",
                              "l.email = r.email"};
    struct link_options o = options_of(paths, 1);
    o.model = model;
    o.train_by = train_by;
    o.n_train_by = 3;
    o.prior_by = prior_by;
    o.n_prior_by = 2;
    o.prior_recall = 0.7;
    struct link_run *r = run_of(&o);
    const struct link_model *m = link_run_account(r)->model;
    assert_int_equal(link_run_account(r)->n_sessions, 3);
    assert_true(fabs(m->prior - 0.0024453024453024454) < 1e-12);
    double worst = 0;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct link_level *l =
            &m->comparisons[expected[i].comparison].levels[expected[i].level];
        worst = fmax(worst, fabs(l->m - expected[i].m));
        if (fabs(l->m - expected[i].m) > 0.005 || fabs(l->u - expected[i].u) > 1e-6)
            fail_msg("comparison %u level %u: m %.6f u %.6f, Splink %.6f %.6f",
                     expected[i].comparison, expected[i].level, l->m, l->u, expected[i].m,
                     expected[i].u);
    }
    print_message("m differs from Splink's by at most %.5f\n", worst);
    link_run_close(r);
    link_model_close(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_as_splink),
        cmocka_unit_test(febrl1),
        cmocka_unit_test(febrl3),
        cmocka_unit_test(fake_1000),
        cmocka_unit_test(restaurant),
        cmocka_unit_test(essnet),
        cmocka_unit_test(same_answer_with_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
