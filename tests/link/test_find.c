// SPDX-License-Identifier: AGPL-3.0-or-later
// New records against known ones: the answer is that of linking all of them at once with
// the same model, on random data; names of clusters against a naive rule.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/rng.h"
#include "link/run.h"
#include "link/settings.h"

enum { FILES = 4, MOST_ROWS = 90, MOST_RECORDS = FILES * MOST_ROWS };

struct folder {
    char path[32], file[FILES][64], known[2][64];
};

static void open_folder(struct folder *f)
{
    snprintf(f->path, sizeof f->path, "find-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    for (int i = 0; i < FILES; i++)
        snprintf(f->file[i], sizeof f->file[i], "%s/f%d.csv", f->path, i);
    for (int i = 0; i < 2; i++)
        snprintf(f->known[i], sizeof f->known[i], "%s/known%d.csv", f->path, i);
}

static void close_folder(const struct folder *f)
{
    for (int i = 0; i < FILES; i++)
        unlink(f->file[i]);
    for (int i = 0; i < 2; i++)
        unlink(f->known[i]);
    rmdir(f->path);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

// Few people with slips, so that records are alike often. Ids of the files overlap.
static void write_file(struct rng *r, const char *path, unsigned first_id, unsigned n)
{
    static const char *const first[] = {"anna", "ana", "hanna", "bert", "berta", "carl"};
    static const char *const last[] = {"smith", "smyth", "miller", "mueller", "wang"};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,first,last,dob,town\n", f);
    for (unsigned i = 0; i < n; i++) {
        fprintf(f, "%u,", first_id + i);
        fprintf(f, "%s,", rng_chance(r, 0.1) ? "" : first[rng_below(r, 6)]);
        fprintf(f, "%s,", rng_chance(r, 0.1) ? "" : last[rng_below(r, 5)]);
        fprintf(f, "19%02u-%02u-11,", 50 + (unsigned)rng_below(r, 12),
                1 + (unsigned)rng_below(r, 3));
        fprintf(f, "t%u\n", (unsigned)rng_below(r, 9));
    }
    assert_int_equal(fclose(f), 0);
}

static const char *const rules[] = {
    "l.dob = r.dob",
    "l.last = r.last AND l.town = r.town",
    "damerau_levenshtein(l.last, r.last) <= 1 AND l.town = r.town",
    "damerau_levenshtein(l.dob, r.dob) <= 1",
    "l.first = r.first AND substr(l.dob, 1, 4) = substr(r.dob, 1, 4)",
    "l.town = r.town AND levenshtein(l.first, r.first) <= 2",
};

static struct link_model *make_model(struct rng *r, const char *type, const char *own)
{
    char json[4096], chosen[1024] = "";
    size_t at = 0;
    unsigned from = (unsigned)rng_below(r, 6), n = 1 + (unsigned)rng_below(r, 3);
    for (unsigned i = 0; i < n; i++)
        at += (size_t)snprintf(chosen + at, sizeof chosen - at, "%s\"%s\"", i ? "," : "",
                               rules[(from + i) % 6]);
    at = (size_t)snprintf(json, sizeof json,
                          "{\"link_type\":\"%s\",%s"
                          "\"probability_two_random_records_match\":0.02,"
                          "\"blocking_rules_to_generate_predictions\":[%s],"
                          "\"comparisons\":[",
                          type, own, chosen);
    static const char *const columns[] = {"first", "last", "dob", "town"};
    for (int c = 0; c < 4; c++) {
        const char *x = columns[c];
        at += (size_t)snprintf(
            json + at, sizeof json - at,
            "%s{\"output_column_name\":\"%s\",\"comparison_levels\":["
            "{\"sql_condition\":\"l.%s IS NULL OR r.%s IS NULL\",\"is_null_level\":true,"
            "\"label_for_charts\":\"null\"},"
            "{\"sql_condition\":\"l.%s = r.%s\",\"label_for_charts\":\"same\","
            "\"m_probability\":%.3f,\"u_probability\":%.4f},"
            "{\"sql_condition\":\"levenshtein(l.%s, r.%s) <= 1\",\"label_for_charts\":"
            "\"near\",\"m_probability\":0.1,\"u_probability\":%.4f},"
            "{\"sql_condition\":\"ELSE\",\"label_for_charts\":\"else\","
            "\"m_probability\":%.3f,\"u_probability\":0.8}]}",
            c ? "," : "", x, x, x, x, x, 0.6 + 0.3 * rng_uniform(r),
            0.02 + 0.1 * rng_uniform(r), x, x, 0.05 + 0.05 * rng_uniform(r),
            0.01 + 0.1 * rng_uniform(r));
    }
    snprintf(json + at, sizeof json - at, "]}");
    struct link_model *m;
    struct error e = {0};
    assert_ok(link_settings_read(&m, str_of(json), NULL, &e));
    return m;
}

struct setting {
    const char *paths[FILES];
    unsigned n;
    uint32_t first_new;
    const char *known;
    const struct link_model *model;
    double threshold;
    unsigned threads;
};

static struct link_run *run(const struct setting *s)
{
    const char *id = "id";
    struct link_options o = {.paths = s->paths,
                             .n_paths = s->n,
                             .id = &id,
                             .n_id = 1,
                             .model = s->model,
                             .threshold = s->threshold,
                             .prior_recall = NAN,
                             .first_new = s->first_new,
                             .known = s->known,
                             .threads = s->threads,
                             .seed = 1,
                             .no_examples = true};
    struct link_run *r;
    struct error e = {0};
    assert_ok(link_run_open(&r, &o, &e));
    return r;
}

// ---- what a file of clusters says

struct row {
    char id[32], source[32], cluster[64];
};

static unsigned read_clusters(const char *path, struct row *rows)
{
    char line[256];
    unsigned n = 0;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    bool sources = strncmp(line, "id,source,cluster", 17) == 0;
    while (fgets(line, sizeof line, f)) {
        struct str rest = str_trim(str_of(line)), id, source = STR("");
        assert_true(n < MOST_RECORDS && str_split(rest, ',', &id, &rest));
        if (sources)
            assert_true(str_split(rest, ',', &source, &rest));
        snprintf(rows[n].id, sizeof rows[n].id, STR_FMT, STR_ARG(id));
        snprintf(rows[n].source, sizeof rows[n].source, STR_FMT, STR_ARG(source));
        snprintf(rows[n].cluster, sizeof rows[n].cluster, STR_FMT, STR_ARG(rest));
        n++;
    }
    fclose(f);
    return n;
}

// The name that the cluster of row i must have: of the names before, that of most of its
// records. NULL: it is a new one.
static const char *naive_name(const struct row *before, unsigned n_before,
                              const struct row *after, unsigned i)
{
    const char *best = NULL;
    unsigned best_size = 0;
    for (unsigned a = 0; a < n_before; a++) {
        if (strcmp(after[a].cluster, after[i].cluster) != 0)
            continue;
        unsigned size = 0;
        for (unsigned b = 0; b < n_before; b++)
            size += strcmp(before[b].cluster, before[a].cluster) == 0;
        if (size > best_size ||
            (size == best_size && strcmp(before[a].cluster, best) < 0)) {
            best = before[a].cluster;
            best_size = size;
        }
    }
    return best;
}

// Both files have the records in the order of their files, the new ones last.
static void check_names(const struct folder *f, uint64_t seed,
                        const struct account_found *found)
{
    static struct row before[MOST_RECORDS], after[MOST_RECORDS];
    unsigned n_before = read_clusters(f->known[0], before);
    unsigned n = read_clusters(f->known[1], after), joined = 0, gone = 0;
    for (unsigned i = 0; i < n; i++) {
        const char *name = naive_name(before, n_before, after, i);
        if (name) {
            if (strcmp(name, after[i].cluster) != 0)
                fail_msg("seed %" PRIu64 ": %s:%s is in %s, expected %s", seed,
                         after[i].source, after[i].id, after[i].cluster, name);
            joined += i >= n_before;
            continue;
        }
        assert_true(i >= n_before);
        bool own = false; // named by a record in it
        for (unsigned k = n_before; k < n; k++) {
            char with_source[80];
            snprintf(with_source, sizeof with_source, "%s:%s", after[k].source,
                     after[k].id);
            own |= strcmp(after[k].cluster, after[i].cluster) == 0 &&
                   (strcmp(after[i].cluster, after[k].id) == 0 ||
                    strcmp(after[i].cluster, with_source) == 0);
        }
        for (unsigned k = 0; k < n_before; k++) {
            assert_string_not_equal(before[k].cluster, after[i].cluster);
            assert_string_not_equal(before[k].id, after[i].cluster);
        }
        assert_true(own);
    }
    for (unsigned i = 0; i < n_before; i++) { // names that are no more
        bool first = true, stays = false;
        for (unsigned k = 0; k < i; k++)
            first &= strcmp(before[k].cluster, before[i].cluster) != 0;
        for (unsigned k = 0; k < n_before; k++)
            stays |= strcmp(after[k].cluster, before[i].cluster) == 0;
        gone += first && !stays;
    }
    assert_int_equal(found->records, n - n_before);
    assert_int_equal(found->joined, joined);
    assert_int_equal(found->merged, gone);
}

static uint64_t n_merged, n_joined, n_people; // over all seeds: each must be met

static void find_in_steps(uint64_t seed)
{
    struct rng r = rng_seed(seed);
    struct folder f;
    struct error e = {0};
    open_folder(&f);
    struct setting s = {.model = make_model(&r, "link_and_dedupe", ""),
                        .threshold = 0.3 + 0.6 * rng_uniform(&r),
                        .threads = 1 + (unsigned)rng_below(&r, 2)};
    unsigned n_files = 2 + (unsigned)rng_below(&r, FILES - 1);
    for (unsigned i = 0; i < n_files; i++) {
        s.paths[i] = f.file[i];
        write_file(&r, f.file[i], (unsigned)rng_below(&r, 40),
                   i ? 1 + (unsigned)rng_below(&r, 30)
                     : 20 + (unsigned)rng_below(&r, MOST_ROWS - 20));
    }
    s.n = 1 + (unsigned)rng_below(&r, n_files - 1); // known from the beginning
    struct link_run *before = run(&s);
    assert_ok(link_run_write_clusters(before, f.known[0], &e));
    link_run_close(before);
    while (s.n < n_files) {
        s.first_new = s.n;
        s.n += 1 + (unsigned)rng_below(&r, n_files - s.n);
        s.known = f.known[0];
        struct link_run *step = run(&s);
        assert_ok(link_run_write_clusters(step, f.known[1], &e));
        struct setting all = s;
        all.first_new = 0;
        all.known = NULL;
        struct link_run *whole = run(&all);
        const struct account *a = link_run_account(step), *b = link_run_account(whole);
        assert_int_equal(a->n, b->n);
        for (uint32_t i = 0; i < a->n; i++)
            if (a->cluster[i] != b->cluster[i])
                fail_msg("seed %" PRIu64 ": record %u is in %u, of all at once in %u",
                         seed, i, a->cluster[i], b->cluster[i]);
        assert_true(a->compared_pairs <= b->compared_pairs);
        check_names(&f, seed, &a->found);
        n_merged += a->found.merged;
        n_joined += a->found.joined;
        n_people += a->found.people;
        link_run_close(step);
        link_run_close(whole);
        assert_int_equal(rename(f.known[1], f.known[0]), 0);
    }
    link_model_close((struct link_model *)s.model);
    close_folder(&f);
}

static void equals_all_at_once(void **state)
{
    (void)state;
    n_merged = n_joined = n_people = 0;
    for (uint64_t seed = 1; seed <= 60; seed++)
        find_in_steps(seed);
    assert_true(n_merged > 20 && n_joined > 200 && n_people > 100);
}

// Sources that hold each person once: as one file linked with another.
static void each_person_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct rng r = rng_seed(seed);
        struct folder f;
        open_folder(&f);
        struct link_model *m =
            make_model(&r, "link_only",
                       "\"sql_dialect\":{\"name\":\"duckdb\",\"heng\":{"
                       "\"sources_without_duplicates\":true}},");
        assert_true(m->sources_without_duplicates);
        struct setting s = {.paths = {f.file[0], f.file[1]},
                            .n = 2,
                            .model = m,
                            .threshold = 0.5,
                            .threads = 1};
        write_file(&r, f.file[0], 1, 60);
        write_file(&r, f.file[1], 41, 40);
        struct link_run *whole = run(&s);
        s.first_new = 1;
        struct link_run *step = run(&s);
        const struct account *a = link_run_account(step), *b = link_run_account(whole);
        assert_int_equal(a->links, b->links);
        assert_memory_equal(a->cluster, b->cluster, a->n * sizeof *a->cluster);
        for (uint32_t i = 60; i < a->n; i++)
            for (uint32_t k = 60; k < i; k++)
                assert_true(a->cluster[i] != a->cluster[k]);
        link_run_close(step);
        link_run_close(whole);
        link_model_close(m);
        close_folder(&f);
    }
}

static void refused(void **state)
{
    (void)state;
    struct rng r = rng_seed(1);
    struct folder f;
    struct error e = {0};
    struct link_run *out;
    open_folder(&f);
    write_file(&r, f.file[0], 1, 20);
    write_file(&r, f.file[1], 21, 3);
    struct link_model *m = make_model(&r, "dedupe_only", "");
    const char *paths[] = {f.file[0], f.file[1]}, *id = "id";
    struct link_options o = {.paths = paths,
                             .n_paths = 2,
                             .id = &id,
                             .n_id = 1,
                             .threshold = NAN,
                             .prior_recall = NAN,
                             .threads = 1};
    o.known = f.known[0];
    assert_int_equal(link_run_open(&out, &o, &e), ERR_USAGE); // what is new?
    link_run_close(out);
    o.first_new = 1;
    assert_int_equal(link_run_open(&out, &o, &e), ERR_USAGE); // no model
    link_run_close(out);
    o.model = m;
    o.first_new = 2;
    assert_int_equal(link_run_open(&out, &o, &e), ERR_USAGE); // nothing is new
    link_run_close(out);
    o.first_new = 1;
    assert_int_equal(link_run_open(&out, &o, &e), ERR_NOT_FOUND); // no such clusters
    link_run_close(out);
    o.known = NULL;
    double u = m->comparisons[2].levels[1].u;
    m->comparisons[2].levels[1].u = NAN;
    assert_int_equal(link_run_open(&out, &o, &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "no u for level 2 (same) of comparison \"dob\""));
    assert_non_null(strstr(e.cure, "--save-model"));
    link_run_close(out);
    m->comparisons[2].levels[1].u = u;
    write_text(f.known[0], "id,cluster\n1,x\n99,x\n");
    o.known = f.known[0];
    assert_int_equal(link_run_open(&out, &o, &e), ERR_INPUT);
    assert_non_null(strstr(e.where, "known0.csv:3 id"));
    link_run_close(out);
    write_text(f.known[0], "id,cluster\n1,x\n2,x\n");
    assert_ok(link_run_open(&out, &o, &e));
    const struct account *a = link_run_account(out);
    bool told = false;
    for (unsigned i = 0; i < a->n_warnings; i++)
        told |= strstr(a->warnings[i].p, "18 of the 20 records known") != NULL;
    assert_true(told);
    link_run_close(out);
    link_model_close(m);
    close_folder(&f);
}

// The n-th allocation of the run fails, for every n of a small one.
static void memory_runs_out(void **state)
{
    (void)state;
    struct rng r = rng_seed(7);
    struct folder f;
    open_folder(&f);
    write_file(&r, f.file[0], 1, 25);
    write_file(&r, f.file[1], 20, 9);
    struct link_model *m = make_model(&r, "dedupe_only", "");
    struct setting s = {
        .paths = {f.file[0]}, .n = 1, .model = m, .threshold = 0.4, .threads = 1};
    struct link_run *first = run(&s);
    struct error e = {0};
    assert_ok(link_run_write_clusters(first, f.known[0], &e));
    link_run_close(first);
    const char *paths[] = {f.file[0], f.file[1]}, *id = "id";
    struct link_options o = {.paths = paths,
                             .n_paths = 2,
                             .id = &id,
                             .n_id = 1,
                             .model = m,
                             .threshold = 0.4,
                             .prior_recall = NAN,
                             .first_new = 1,
                             .known = f.known[0],
                             .threads = 1};
    enum err code = ERR_MEMORY;
    int64_t n = 0;
    for (; code; n += n < 200 ? 1 : 7) {
        struct link_run *out;
        mem_fail_after(n);
        code = link_run_open(&out, &o, &e);
        mem_fail_after(-1);
        link_run_close(out);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
    }
    assert_true(n > 100);
    link_model_close(m);
    close_folder(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_all_at_once),
        cmocka_unit_test(each_person_once),
        cmocka_unit_test(refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("link find", tests, NULL, NULL);
}
