// SPDX-License-Identifier: AGPL-3.0-or-later
// Whole linkages of several files by a given model, where each file holds a person once.
#include "link/settings.h"
#include "run_files.h"

// Each column that two records share holds them together, code most and mail least; a
// column that one of them lacks says nothing.
#define COMPARISON(column, u)                                                            \
    "{\"output_column_name\": \"" column "\", \"comparison_levels\": ["                  \
    "{\"sql_condition\": \"" column "_l IS NULL OR " column "_r IS NULL\","              \
    " \"is_null_level\": true},"                                                         \
    "{\"sql_condition\": \"" column "_l = " column "_r\", \"m_probability\": 0.9,"       \
    " \"u_probability\": " u "},"                                                        \
    "{\"sql_condition\": \"ELSE\", \"m_probability\": 0.1,"                              \
    " \"u_probability\": 0.99}]}"
static const char settings[] =
    "{\"link_type\": \"link_only\", \"probability_two_random_records_match\": 0.01,"
    "\"blocking_rules_to_generate_predictions\": [\"l.town = r.town\"],"
    "\"comparisons\": [" COMPARISON("code", "0.0001") ", " COMPARISON(
        "phone", "0.001") ", " COMPARISON("mail", "0.005") "]}";

enum { FILES = 3 };

struct sources {
    struct folder folder;
    char names[FILES][PATH_SIZE];
    const char *paths[FILES];
    struct link_model *model;
    struct link_options options;
};

static void sources_open(struct sources *s, const char *const texts[FILES])
{
    static const char *const names[FILES] = {"a.csv", "b.csv", "c.csv"};
    struct error e = {0};
    folder_open(&s->folder);
    for (int i = 0; i < FILES; i++) {
        s->paths[i] = folder_path(&s->folder, names[i], s->names[i]);
        write_file(s->paths[i], str_of(texts[i]));
    }
    static const char *const id[] = {"id"};
    assert_ok(link_settings_read(&s->model, str_of(settings), "settings", &e));
    s->options = options_of(s->paths, FILES);
    s->options.model = s->model;
    s->options.id = id;
    s->options.n_id = 1;
}

static void sources_close(struct sources *s)
{
    link_model_close(s->model);
    folder_close(&s->folder);
}

// "a1 b1|b2" : ids of each cluster of two and more, smaller first, | between clusters.
static void clusters_of(const struct link_run *r, struct buf *out)
{
    const struct account *a = link_run_account(r);
    static const char *const ids[] = {"a1", "a2", "b1", "b2", "c1", "c2"};
    buf_clear(out);
    uint32_t record[6], n = 0;
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        for (uint32_t i = 0; i < a->n; i++)
            if (str_equal_c(link_record_id(a->records, i), ids[k]))
                record[n++] = i;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size = 0, before = 0;
        for (uint32_t k = 0; k < n; k++) {
            bool same = a->cluster[record[k]] == a->cluster[record[i]];
            size += same;
            before += same && k < i;
        }
        if (size < 2 || before)
            continue;
        buf_add_c(out, out->n ? "|" : "");
        for (uint32_t k = i, first = 1; k < n; k++)
            if (a->cluster[record[k]] == a->cluster[record[i]]) {
                struct str id = link_record_id(a->records, record[k]);
                buf_printf(out, "%s" STR_FMT, first ? "" : " ", STR_ARG(id));
                first = 0;
            }
    }
}

static void expect(struct sources *s, const char *expected, uint64_t links)
{
    struct error e = {0};
    struct link_run *r;
    struct buf found = BUF_INIT(1000);
    assert_ok(link_run_open(&r, &s->options, &e));
    clusters_of(r, &found);
    if (!str_equal_c(buf_str(&found), expected))
        fail_msg("found \"" STR_FMT "\", expected \"%s\"", STR_ARG(buf_str(&found)),
                 expected);
    assert_int_equal(link_run_account(r)->links, links);
    buf_free(&found);
    link_run_close(r);
}

// a1 and b1 share a code, b1 and c1 a phone, c1 and a2 a mail.
static void a_chain_through_several_files(void **state)
{
    (void)state;
    static const char *const texts[FILES] = {
        "id,town,code,phone,mail\na1,x,7,,\na2,x,,,m\n",
        "id,town,code,phone,mail\nb1,x,7,5,\n", "id,town,code,phone,mail\nc1,x,,5,m\n"};
    struct sources s;
    sources_open(&s, texts);
    s.options.threshold = 0.5;
    expect(&s, "a1 a2 b1 c1", 3); // all links
    // one to one: of two records, not of what hangs together by them
    s.options.one_to_one = true;
    expect(&s, "a1 a2 b1 c1", 3);
    s.options.one_to_one = false;
    // single best links: a cluster never comes to hold two records of a file
    s.options.sources_without_duplicates = true;
    expect(&s, "a1 b1 c1", 2);
    s.options.sources_without_duplicates = false;
    s.model->sources_without_duplicates = true; // a model may say so too
    expect(&s, "a1 b1 c1", 2);
    sources_close(&s);
}

// Where nothing says which of two records is right, one of them is taken.
static void two_that_are_alike(void **state)
{
    (void)state;
    static const char *const texts[FILES] = {
        "id,town,code,phone,mail\na1,x,7,,\n",
        "id,town,code,phone,mail\nb1,x,7,,\nb2,x,7,,n\n",
        "id,town,code,phone,mail\nc1,x,8,,\n"};
    struct sources s;
    sources_open(&s, texts);
    s.options.threshold = 0.5;
    expect(&s, "a1 b1 b2", 2);
    for (int one = 0; one < 2; one++) {
        s.options.sources_without_duplicates = !one;
        s.options.one_to_one = one;
        struct error e = {0};
        struct link_run *r;
        assert_ok(link_run_open(&r, &s.options, &e));
        const struct account *a = link_run_account(r);
        assert_int_equal(a->links, 1);
        assert_int_equal(a->clusters, 1);
        assert_int_equal(a->in_clusters, 2);
        link_run_close(r);
    }
    sources_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_through_several_files),
        cmocka_unit_test(two_that_are_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
