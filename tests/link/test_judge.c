// SPDX-License-Identifier: AGPL-3.0-or-later
// Files as heng link writes them, judged against a naive count; and memory that runs out.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/rng.h"
#include "link/judge.h"

enum { FILES = 6, MOST = 30 };
static const char *const names[FILES] = {"people.csv", "more.csv",  "clusters.csv",
                                         "pairs.csv",  "truth.csv", "labels.csv"};

struct folder {
    char path[64], file[FILES][96];
};

static void open_folder(struct folder *f)
{
    snprintf(f->path, sizeof f->path, "judge-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    for (unsigned i = 0; i < FILES; i++)
        snprintf(f->file[i], sizeof f->file[i], "%s/%s", f->path, names[i]);
}

static void close_folder(const struct folder *f)
{
    for (unsigned i = 0; i < FILES; i++)
        unlink(f->file[i]);
    rmdir(f->path);
}

struct world {
    uint32_t n, n_pairs, n_labels;
    uint32_t person[MOST], cluster[MOST];
    uint8_t source[MOST];
    bool in_clusters[MOST];
    double score[MOST][MOST]; // < 0: no such pair
    int label[MOST][MOST];    // -1: none
};

static void draw(struct rng *r, struct world *w)
{
    w->n = 2 + (uint32_t)rng_below(r, MOST - 1);
    for (uint32_t i = 0; i < w->n; i++) {
        w->person[i] = (uint32_t)rng_below(r, w->n);
        w->cluster[i] = (uint32_t)rng_below(r, w->n);
        w->source[i] = i % 2;
        w->in_clusters[i] = i == 0 || rng_chance(r, 0.8);
        for (uint32_t k = 0; k < MOST; k++) {
            w->score[i][k] = k < i && rng_chance(r, 0.4) ? rng_uniform(r) : -1;
            w->label[i][k] = k < i && rng_chance(r, 0.4) ? rng_chance(r, 0.5) : -1;
        }
    }
    w->score[1][0] = 0.25;
    w->label[1][0] = 1;
}

// Ids are the same in both sources: a record's id is its number, halved.
static void write_world(const struct world *w, const struct folder *f)
{
    static const char *const source[] = {"people", "more"};
    FILE *file[FILES];
    for (unsigned i = 0; i < FILES; i++)
        assert_non_null(file[i] = fopen(f->file[i], "w"));
    fprintf(file[0], "id,name,person\n");
    fprintf(file[1], "name,id,person\n");
    fprintf(file[2], "id,source,cluster\n");
    fprintf(file[3], "id_a,source_a,id_b,source_b,probability,match_weight\n");
    fprintf(file[4], "id,source,person\n");
    fprintf(file[5], "unique_id_l,source_dataset_l,unique_id_r,source_dataset_r,"
                     "clerical_match_score\n");
    for (uint32_t i = w->n; i-- > 0;) {
        const char *s = source[w->source[i]];
        uint32_t id = i / 2;
        fprintf(file[w->source[i]], w->source[i] ? "x,%u,p%u\n" : "%u,x,p%u\n", id,
                w->person[i]);
        if (w->in_clusters[i])
            fprintf(file[2], "%u,%s,c%u\n", id, s, w->cluster[i]);
        fprintf(file[4], "%u,%s,%u\n", id, s, w->person[i]);
        for (uint32_t k = 0; k < i; k++) {
            const char *t = source[w->source[k]];
            if (w->score[i][k] >= 0)
                fprintf(file[3], "%u,%s,%u,%s,%.17g,0\n", id, s, k / 2, t,
                        w->score[i][k]);
            if (w->label[i][k] >= 0)
                fprintf(file[5], "%u,%s,%u,%s,%d.0\n", k / 2, t, id, s, w->label[i][k]);
        }
    }
    for (unsigned i = 0; i < FILES; i++)
        assert_int_equal(fclose(file[i]), 0);
}

enum truth { BY_RECORDS, BY_FILE, BY_LABELS, TRUTHS };

static enum err judge(const struct folder *f, bool pairs, enum truth truth, bool within,
                      struct judgement *out, struct error *e)
{
    const char *const records[] = {f->file[0], f->file[1]}, *const id = "id";
    struct judge_options o = {.path = f->file[pairs ? 3 : 2],
                              .truth = truth == BY_RECORDS ? "person"
                                       : truth == BY_FILE  ? f->file[4]
                                                           : f->file[5],
                              .records = records,
                              .n_records = truth == BY_RECORDS ? 2 : 0,
                              .id = &id,
                              .n_id = 1,
                              .within_sources = within};
    return link_judge(out, &o, e);
}

static void check(const struct world *w, const struct folder *f, bool pairs,
                  enum truth truth, bool within, uint64_t seed)
{
    struct error e = {0};
    struct judgement j;
    uint64_t true_pairs = 0, found = 0, right = 0;
    for (uint32_t a = 0; a < w->n; a++)
        for (uint32_t b = 0; b < a; b++) {
            bool same =
                truth == BY_LABELS ? w->label[a][b] == 1 : w->person[a] == w->person[b];
            if (truth == BY_LABELS ? w->label[a][b] < 0
                                   : !within && w->source[a] == w->source[b])
                continue;
            bool is_found = pairs ? w->score[a][b] >= 0.5
                                  : w->in_clusters[a] && w->in_clusters[b] &&
                                        w->cluster[a] == w->cluster[b];
            true_pairs += same;
            found += is_found;
            right += same && is_found;
        }
    assert_ok(judge(f, pairs, truth, within, &j, &e));
    const struct link_verdict *v = pairs ? &j.at[6].pairs : &j.clusters.pairs;
    assert_true(!pairs || (j.at[6].threshold >= 0.5 && j.at[6].threshold <= 0.5));
    if (v->true_pairs != true_pairs || v->found_pairs != found || v->right_pairs != right)
        fail_msg("seed %" PRIu64 ", pairs %d, truth %d, within %d: %" PRIu64 " %" PRIu64
                 " %" PRIu64 ", expected %" PRIu64 " %" PRIu64 " %" PRIu64,
                 seed, pairs, (int)truth, within, v->true_pairs, v->found_pairs,
                 v->right_pairs, true_pairs, found, right);
    assert_true(j.across_sources == (truth != BY_LABELS && !within));
}

static void files_against_a_naive_count(void **state)
{
    (void)state;
    struct folder f;
    static struct world w;
    open_folder(&f);
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct rng r = rng_stream(1, seed);
        draw(&r, &w);
        write_world(&w, &f);
        for (unsigned pairs = 0; pairs < 2; pairs++)
            for (enum truth truth = 0; truth < TRUTHS; truth++)
                for (unsigned within = 0; within < 2; within++)
                    check(&w, &f, pairs, truth, within, seed);
    }
    close_folder(&f);
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct folder f;
    struct error e = {0};
    struct judgement j;
    static struct world w;
    struct rng r = rng_seed(2);
    open_folder(&f);
    draw(&r, &w);
    write_world(&w, &f);
    for (unsigned pairs = 0; pairs < 2; pairs++)
        for (enum truth truth = 0; truth < TRUTHS; truth++) {
            uint64_t failed = 0;
            for (int64_t n = 0;; n++) {
                (void)mem_fail_after(n);
                enum err code = judge(&f, pairs, truth, false, &j, &e);
                (void)mem_fail_after(-1);
                if (!code)
                    break;
                failed++;
                // a file that finds no memory may say so as a limit of its own
                assert_true(code == ERR_MEMORY || code == ERR_LIMIT);
                assert_true(n < 5000);
            }
            assert_true(failed > 20);
        }
    close_folder(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_against_a_naive_count),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
