// SPDX-License-Identifier: AGPL-3.0-or-later
// Clusters that were written before: rows that cannot be used, the order of rows, names.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/rng.h"
#include "link/known.h"

enum { SOURCES = 3 };

struct world {
    char folder[32], file[SOURCES][64], clusters[64];
    struct link_records *records;
};

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

// Files a, b, c of these rows under "id,name".
static void open_world(struct world *w, unsigned n, const char *const *rows)
{
    struct error e = {0};
    const char *paths[SOURCES], *id = "id";
    *w = (struct world){0};
    snprintf(w->folder, sizeof w->folder, "known-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->clusters, sizeof w->clusters, "%s/clusters.csv", w->folder);
    for (unsigned i = 0; i < n; i++) {
        char text[4096];
        snprintf(text, sizeof text, "id,name\n%s", rows[i]);
        snprintf(w->file[i], sizeof w->file[i], "%s/%c.csv", w->folder, 'a' + (int)i);
        write_text(w->file[i], text);
        paths[i] = w->file[i];
    }
    struct link_load load = {.paths = paths, .n_paths = n, .id = &id, .n_id = 1};
    assert_ok(link_records_load(&w->records, &load, NULL, &e));
}

static void close_world(struct world *w)
{
    link_records_close(w->records);
    for (unsigned i = 0; i < SOURCES; i++)
        if (w->file[i][0])
            unlink(w->file[i]);
    unlink(w->clusters);
    rmdir(w->folder);
}

static uint32_t record_of(const struct world *w, unsigned source, const char *id)
{
    const struct link_source *s = &w->records->sources[source];
    for (uint32_t i = s->begin; i < s->end; i++)
        if (str_equal_c(link_record_id(w->records, i), id))
            return i;
    fail_msg("there is no record %s", id);
    return 0;
}

static struct link_known *read_known(const struct world *w, unsigned old,
                                     const char *text)
{
    struct link_known *k;
    struct error e = {0};
    write_text(w->clusters, text);
    assert_ok(link_known_read(&k, w->clusters, w->records,
                              w->records->sources[old - 1].end, &e));
    return k;
}

static void expect_error(const struct world *w, unsigned old, const char *text,
                         const char *where, const char *said)
{
    struct link_known *k;
    struct error e = {0};
    write_text(w->clusters, text);
    assert_int_equal(link_known_read(&k, w->clusters, w->records,
                                     w->records->sources[old - 1].end, &e),
                     ERR_INPUT);
    assert_null(k);
    if (!strstr(e.where, where) || !strstr(e.text, said) || !e.cure[0])
        fail_msg("%s: %s (%s); expected %s: %s", e.where, e.text, e.cure, where, said);
}

static bool together(const struct world *w, const struct link_known *k, const char *a,
                     const char *b)
{
    return k->cluster[record_of(w, 0, a)] == k->cluster[record_of(w, 0, b)];
}

static void one_file(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, 2,
               (const char *[]){"1,ann\n2,bob\n\n3,cid\n=4,dan\n-5,eve\n", "9,x\n"});
    static const char *const same[] = {
        "id,cluster\n1,A\n2,A\n3,3\n'=4,A\n-5,3\n",
        "cluster,id,name\nA,'=4,x\n3,-5,\n3,3,\n\nA,2,x\nA,1,x\nA,1,x\n", // any order
        ("\xef\xbb\xbfunique_id;source_dataset;cluster_id\r\n1;a;A\r\n2;a;A\r\n"
         "3;;3\r\n=4;a;A\r\n-5;a;3\r\n"),
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct link_known *k = read_known(&w, 1, same[i]);
        assert_int_equal(k->n_old, 5);
        assert_int_equal(k->n_alone, 0);
        assert_int_equal(k->n_names, 2);
        assert_true(together(&w, k, "1", "2") && together(&w, k, "1", "=4"));
        assert_true(together(&w, k, "3", "-5") && !together(&w, k, "1", "3"));
        for (uint32_t r = 0; r < k->n_old; r++)
            assert_true(k->cluster[r] <= r && k->cluster[k->cluster[r]] == k->cluster[r]);
        link_known_close(k);
    }
    struct link_known *k = read_known(&w, 1, "id,cluster\n2,A\n");
    assert_int_equal(k->n_alone, 4);
    link_known_close(k);
    k = read_known(&w, 1, "id,cluster\n");
    assert_int_equal(k->n_alone, 5);
    link_known_close(k);
    close_world(&w);
}

static void refused(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, 3, (const char *[]){"1,ann\n2,bob\n", "2,cid\n3,dan\n", "7,eve\n"});
    expect_error(&w, 2, "person,cluster\n1,A\n", "clusters.csv",
                 "no column of ids; \"id\" is expected, there are: person, cluster");
    expect_error(&w, 2, "id,group\n1,A\n", "clusters.csv", "no column of clusters");
    expect_error(&w, 2, "id,cluster\n1,A\n8,A\n", "clusters.csv:3 id",
                 "the record \"8\" is not in the files known");
    expect_error(&w, 2, "id,cluster\n7,A\n", "clusters.csv:2 id", "\"7\" is not in");
    expect_error(&w, 2, "id,cluster\n2,A\n", "clusters.csv:2 id",
                 "in several of the files known");
    expect_error(&w, 2, "id,source,cluster\n1,a,A\n1,b,A\n", "clusters.csv:3 id",
                 "\"1\" is not in the files known");
    expect_error(&w, 2, "id,source,cluster\n1,x,A\n", "clusters.csv:2 source",
                 "\"x\", which is not among the files known: a, b");
    expect_error(&w, 2, "id,source,cluster\n7,c,A\n", "clusters.csv:2 source",
                 "\"c\" are given as new, but have clusters already");
    expect_error(&w, 2, "id,source,cluster\n2,a,A\n2,b,B\n2,a,B\n",
                 "clusters.csv:4 cluster",
                 "\"2\" is in cluster \"B\", but an earlier row has it in \"A\"");
    expect_error(&w, 2, "id,source,cluster\n,a,A\n", "clusters.csv:2 id", "is empty");
    expect_error(&w, 2, "id,cluster\n1,\n", "clusters.csv:2 cluster", "is empty");
    expect_error(&w, 2, "id,cluster\n1\n", "clusters.csv:2 cluster", "is empty");
    expect_error(&w, 2, "id,cluster\n1,\"A\n", "clusters.csv:2", "");
    struct link_known *k;
    struct error e = {0};
    assert_int_equal(link_known_read(&k, "none.csv", w.records, 4, &e), ERR_NOT_FOUND);
    assert_null(k);
    close_world(&w);
}

static void has_name(const struct world *w, const struct link_known *k, unsigned source,
                     const char *id, const uint32_t *cluster, const char *expected)
{
    struct str name = link_known_name(k, cluster[record_of(w, source, id)]);
    if (!str_equal_c(name, expected))
        fail_msg("%s is in \"" STR_FMT "\", expected \"%s\"", id, STR_ARG(name),
                 expected);
}

// A and B have two records, C three; an edge from a new record joins two of them.
static void names(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    open_world(&w, 3,
               (const char *[]){"1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n8,h\n",
                                "3,x\n11,y\nB,z\n12,v\n", "11,p\n8,q\nb:3,r\n"});
    const char *const text = "id,cluster\n1,B\n2,B\n3,A\n4,A\n5,C\n6,C\n7,C\n";
    struct link_known *k = read_known(&w, 1, text);
    uint32_t n = w.records->n, *cluster = mem_alloc(n, sizeof *cluster);
    assert_int_equal(k->n_alone, 1);
    struct link_edge edges[] = {{record_of(&w, 0, "2"), record_of(&w, 1, "12"), 5},
                                {record_of(&w, 0, "3"), record_of(&w, 1, "12"), 5}};
    struct cluster_change *merged;
    uint64_t n_merged;
    memcpy(cluster, k->cluster, k->n_old * sizeof *cluster);
    assert_ok(
        link_cluster_add(k->n_old, n, edges, 2, 0, cluster, &merged, &n_merged, &e));
    assert_int_equal(n_merged, 1);
    assert_ok(link_known_update(k, cluster, merged, n_merged, &e));
    has_name(&w, k, 0, "1", cluster, "A"); // of one size: the smaller name
    has_name(&w, k, 1, "12", cluster, "A");
    has_name(&w, k, 0, "7", cluster, "C");
    has_name(&w, k, 0, "8", cluster, "8");
    has_name(&w, k, 1, "3", cluster, "b:3"); // the id of a record known
    has_name(&w, k, 1, "11", cluster, "11"); // the first of two
    has_name(&w, k, 2, "11", cluster, "c:11");
    has_name(&w, k, 1, "B", cluster, "b:B"); // the name of a cluster known
    has_name(&w, k, 2, "8", cluster, "c:8");
    has_name(&w, k, 2, "b:3", cluster, "c:b:3");
    assert_int_equal(k->n_merges, 1);
    assert_true(str_equal_c(k->merges[0].gone, "B"));
    assert_true(str_equal_c(k->merges[0].kept, "A"));
    mem_free(merged);
    link_known_close(k);
    // all three: the name of the largest
    k = read_known(&w, 1, text);
    struct link_edge more[] = {edges[0],
                               edges[1],
                               {record_of(&w, 0, "6"), record_of(&w, 1, "12"), 5},
                               {record_of(&w, 0, "8"), record_of(&w, 1, "12"), 5}};
    memcpy(cluster, k->cluster, k->n_old * sizeof *cluster);
    assert_ok(link_cluster_add(k->n_old, n, more, 4, 0, cluster, &merged, &n_merged, &e));
    assert_ok(link_known_update(k, cluster, merged, n_merged, &e));
    has_name(&w, k, 0, "1", cluster, "C");
    assert_int_equal(k->n_merges, 3);
    unsigned gone[3] = {0};
    for (unsigned i = 0; i < 3; i++) {
        gone[0] += str_equal_c(k->merges[i].gone, "A");
        gone[1] += str_equal_c(k->merges[i].gone, "B");
        gone[2] += str_equal_c(k->merges[i].gone, "8");
        assert_true(str_equal_c(k->merges[i].kept, "C"));
    }
    assert_true(gone[0] == 1 && gone[1] == 1 && gone[2] == 1);
    mem_free(merged);
    mem_free(cluster);
    link_known_close(k);
    close_world(&w);
}

// Random clusters of two files, rows in random order, some missing: against a search.
static void any_order(void **state)
{
    (void)state;
    enum { N = 40 };
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct rng r = rng_seed(seed);
        char rows[2][2048] = {"", ""}, text[4096];
        unsigned of[2 * N], order[2 * N], n = 0;
        for (unsigned s = 0; s < 2; s++)
            for (unsigned i = 0, at = 0; i < N; i++) {
                at += (unsigned)snprintf(rows[s] + at, sizeof rows[s] - at, "%u,n%u\n%s",
                                         i, (unsigned)rng_below(&r, 5),
                                         rng_chance(&r, 0.05) ? "\n" : "");
                of[s * N + i] = rng_chance(&r, 0.9) ? 1 + (unsigned)rng_below(&r, 20) : 0;
                if (of[s * N + i])
                    order[n++] = s * N + i;
            }
        struct world w;
        open_world(&w, 2, (const char *[]){rows[0], rows[1]});
        double mixed = rng_uniform(&r);
        for (unsigned i = n; i-- > 1;)
            if (rng_chance(&r, mixed)) {
                unsigned other = (unsigned)rng_below(&r, i + 1), x = order[i];
                order[i] = order[other];
                order[other] = x;
            }
        size_t at = (size_t)snprintf(text, sizeof text, "id,source,cluster\n");
        for (unsigned i = 0; i < n; i++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%u,%c,c%u\n",
                                   order[i] % N, order[i] < N ? 'a' : 'b', of[order[i]]);
        struct link_known *k = read_known(&w, 2, text);
        assert_int_equal(k->n_alone, 2 * N - n);
        uint32_t place[2 * N];
        for (unsigned i = 0; i < 2 * N; i++) {
            char id[12];
            snprintf(id, sizeof id, "%u", i % N);
            place[i] = record_of(&w, i / N, id);
        }
        for (unsigned i = 0; i < 2 * N; i++)
            for (unsigned j = 0; j < i; j++)
                if ((of[i] && of[i] == of[j]) !=
                    (k->cluster[place[i]] == k->cluster[place[j]]))
                    fail_msg("seed %" PRIu64 ": records %u and %u", seed, i, j);
        link_known_close(k);
        close_world(&w);
    }
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    open_world(&w, 2, (const char *[]){"1,a\n2,b\n3,c\n", "1,x\n5,y\n"});
    write_text(w.clusters, "id,cluster\n3,A\n1,B\n");
    enum err code = ERR_MEMORY;
    int64_t n = 0;
    for (; code; n++) {
        struct link_known *k;
        struct cluster_change change = {2, 0};
        uint32_t cluster[] = {0, 1, 0, 3, 4};
        mem_fail_after(n);
        code = link_known_read(&k, w.clusters, w.records, 3, &e);
        if (!code)
            code = link_known_update(k, cluster, &change, 1, &e);
        mem_fail_after(-1);
        link_known_close(k);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
    }
    assert_true(n > 20);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_file),        cmocka_unit_test(refused),
        cmocka_unit_test(names),           cmocka_unit_test(any_order),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("clusters known", tests, NULL, NULL);
}
