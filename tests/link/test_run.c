// SPDX-License-Identifier: AGPL-3.0-or-later
#include "run_files.h"

#include <inttypes.h>
#include <time.h>

#include "link/score.h"
#include "link/settings.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static unsigned number_of_id(const struct account *a, uint32_t record)
{
    int64_t v = 0;
    struct str id = id_of(a, record);
    assert_true(id.n > 1 && str_to_int((struct str){id.p + 1, id.n - 1}, &v));
    return (unsigned)v;
}

// The run fails so, and says how to go on.
static void assert_refused(const struct link_options *o, enum err expected,
                           const char *text)
{
    struct error e = {0};
    struct link_run *r;
    enum err code = link_run_open(&r, o, &e);
    link_run_close(r);
    if (code != expected || !strstr(e.text, text) || !e.cure[0])
        fail_msg("%s (expected %s): %s: %s (%s)", error_name(code), error_name(expected),
                 e.where, e.text, e.cure);
}

// What a run found, in terms that do not depend on the order of records.
struct found {
    uint32_t n;
    struct found_link {
        unsigned a, b; // numbers of ids, a < b
        float weight;
    } * links;
    uint64_t n_links;
    unsigned *cluster; // by number of the id: the lowest number in its cluster
};

static int by_ids(const void *left, const void *right)
{
    const struct found_link *x = left, *y = right;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static void found_of(const struct link_run *r, struct found *f)
{
    const struct account *a = link_run_account(r);
    *f = (struct found){.n = a->n};
    f->links = mem_alloc(a->n_edges, sizeof *f->links);
    f->cluster = mem_alloc(a->n, sizeof *f->cluster);
    unsigned *lowest = mem_alloc(a->n, sizeof *lowest);
    assert_true(f->links && f->cluster && lowest);
    for (uint64_t i = 0; i < a->n_edges; i++) {
        unsigned x = number_of_id(a, a->edges[i].left);
        unsigned y = number_of_id(a, a->edges[i].right);
        f->links[f->n_links++] =
            (struct found_link){x < y ? x : y, x < y ? y : x, a->edges[i].weight};
    }
    qsort(f->links, f->n_links, sizeof *f->links, by_ids);
    for (uint32_t i = 0; i < a->n; i++)
        lowest[i] = UINT32_MAX;
    for (uint32_t i = 0; i < a->n; i++) {
        unsigned x = number_of_id(a, i);
        if (x < lowest[a->cluster[i]])
            lowest[a->cluster[i]] = x;
    }
    for (uint32_t i = 0; i < a->n; i++)
        f->cluster[number_of_id(a, i)] = lowest[a->cluster[i]];
    mem_free(lowest);
}

static void found_free(struct found *f)
{
    mem_free(f->links);
    mem_free(f->cluster);
}

static void assert_same(const struct found *a, const struct found *b, const char *what,
                        uint64_t seed)
{
    if (a->n != b->n || a->n_links != b->n_links)
        fail_msg("seed %" PRIu64 ", %s: %" PRIu64 " pairs and %" PRIu64, seed, what,
                 a->n_links, b->n_links);
    for (uint64_t i = 0; i < a->n_links; i++) {
        const struct found_link *x = &a->links[i], *y = &b->links[i];
        if (x->a != y->a || x->b != y->b || x->weight != y->weight)
            fail_msg("seed %" PRIu64 ", %s: r%u r%u %.9g and r%u r%u %.9g", seed, what,
                     x->a, x->b, (double)x->weight, y->a, y->b, (double)y->weight);
    }
    for (uint32_t i = 0; i < a->n; i++)
        if (a->cluster[i] != b->cluster[i])
            fail_msg("seed %" PRIu64 ", %s: r%u is with r%u and with r%u", seed, what, i,
                     a->cluster[i], b->cluster[i]);
}

static double f1_of_crowd(const struct link_run *r, const struct crowd *c, bool across)
{
    const struct account *a = link_run_account(r);
    uint32_t truth[MOST_PEOPLE];
    for (uint32_t i = 0; i < a->n; i++)
        truth[i] = c->people[number_of_id(a, i)].who;
    return f1_of(r, truth, across);
}

// --- the same answer

static void same_answer(void **state)
{
    (void)state;
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct folder f;
    char path[PATH_SIZE], mixed[PATH_SIZE];
    folder_open(&f);
    folder_path(&f, "people.csv", path);
    folder_path(&f, "mixed.csv", mixed);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct rng r = rng_stream(99, seed);
        draw_crowd(c, &r, 300, 120);
        size_t order[MOST_PEOPLE];
        for (unsigned i = 0; i < c->n; i++)
            order[i] = i;
        write_crowd(c, path, 0, c->n, NULL);
        struct found first = {0};
        for (unsigned threads = 1; threads <= 3; threads++) {
            const char *paths[] = {path};
            struct link_options o = options_of(paths, 1);
            o.threads = threads;
            struct link_run *run = run_of(&o);
            struct found found;
            found_of(run, &found);
            if (threads == 1) {
                double f1 = f1_of_crowd(run, c, false);
                if (f1 < 0.97)
                    fail_msg("seed %" PRIu64 ": F1 %.4f", seed, f1);
                first = found;
            } else {
                assert_same(&first, &found, "threads", seed);
                found_free(&found);
            }
            link_run_close(run);
        }
        rng_shuffle(&r, order, c->n);
        write_crowd(c, mixed, 0, c->n, order);
        const char *paths[] = {mixed};
        struct link_options o = options_of(paths, 1);
        struct link_run *run = run_of(&o);
        struct found found;
        found_of(run, &found);
        assert_same(&first, &found, "shuffled rows", seed);
        found_free(&found);
        link_run_close(run);
        found_free(&first);
    }
    folder_close(&f);
    mem_free(c);
}

// --- two files

static void two_files(void **state)
{
    (void)state;
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct folder f;
    char left[PATH_SIZE], right[PATH_SIZE], out[PATH_SIZE];
    folder_open(&f);
    struct rng r = rng_seed(4);
    draw_crowd(c, &r, 250, 150);
    write_crowd(c, folder_path(&f, "left.csv", left), 0, 250, NULL);
    write_crowd(c, folder_path(&f, "right.csv", right), 250, 400, NULL);
    const char *paths[] = {left, right};
    struct link_options o = options_of(paths, 2);
    struct link_run *run = run_of(&o);
    const struct account *a = link_run_account(run);
    double f1 = f1_of_crowd(run, c, true);
    if (f1 < 0.97)
        fail_msg("F1 %.4f", f1);
    assert_int_equal(a->model->type, LINK_LINK_ONLY);
    assert_true(a->all_pairs == 250 * 150);
    for (uint64_t i = 0; i < a->n_edges; i++)
        assert_true(a->view->source[a->edges[i].left] !=
                    a->view->source[a->edges[i].right]);
    struct error e = {0};
    assert_ok(link_run_write_clusters(run, folder_path(&f, "c.csv", out), &e));
    char *text = read_whole(out);
    assert_non_null(text);
    if (strncmp(text, "id,source,cluster\nr0,left,left:r0\n", 34) != 0)
        fail_msg("%.200s", text);
    assert_non_null(strstr(text, "\nr250,right,left:r0\n")); // named after the first file
    free(text);
    link_run_close(run);

    o.one_to_one = true;
    o.threshold = 0.01;
    run = run_of(&o);
    a = link_run_account(run);
    uint32_t size[MOST_PEOPLE] = {0};
    for (uint32_t i = 0; i < a->n; i++)
        size[a->cluster[i]]++;
    for (uint32_t i = 0; i < a->n; i++)
        assert_true(size[i] <= 2);
    assert_true(f1_of_crowd(run, c, true) > 0.97);
    link_run_close(run);
    folder_close(&f);
    mem_free(c);
}

static void same_file_twice(void **state)
{
    (void)state;
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct folder f;
    char path[PATH_SIZE];
    folder_open(&f);
    struct rng r = rng_seed(6);
    draw_crowd(c, &r, 150, 0);
    write_crowd(c, folder_path(&f, "people.csv", path), 0, 150, NULL);
    const char *paths[] = {path, path};
    struct link_options o = options_of(paths, 2);
    struct link_run *run = run_of(&o);
    const struct account *a = link_run_account(run);
    assert_int_equal(a->n, 300);
    assert_int_equal(a->links, 150);
    assert_int_equal(a->clusters, 150);
    for (uint32_t i = 0; i < 150; i++) // a record and itself
        for (uint32_t k = 150; k < 300; k++)
            assert_int_equal(a->cluster[i] == a->cluster[k],
                             number_of_id(a, i) == number_of_id(a, k));
    assert_false(str_equal(a->records->sources[0].name, a->records->sources[1].name));
    link_run_close(run);
    folder_close(&f);
    mem_free(c);
}

// --- stopped by the user

struct stopper {
    enum link_stage stage;
    unsigned calls, stop_at; // in that stage; UINT_MAX: never
    unsigned seen[4];
};

static bool stop_there(void *argument, enum link_stage stage, double share)
{
    struct stopper *s = argument;
    assert_true(share >= 0 && share <= 1.0000001);
    s->seen[stage]++;
    return !(stage == s->stage && s->calls++ >= s->stop_at);
}

static void stopped(void **state)
{
    (void)state;
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct folder f;
    char path[PATH_SIZE], pairs[PATH_SIZE], clusters[PATH_SIZE];
    folder_open(&f);
    folder_path(&f, "pairs.csv", pairs);
    folder_path(&f, "clusters.csv", clusters);
    struct rng r = rng_seed(8);
    draw_crowd(c, &r, 500, 200);
    write_crowd(c, folder_path(&f, "people.csv", path), 0, c->n, NULL);
    const char *paths[] = {path};
    static const unsigned moments[] = {0, 1, 2, 5, 20, UINT32_MAX};
    for (int stage = LINK_LOADING; stage <= LINK_SCORING; stage++)
        for (size_t k = 0; k < sizeof moments / sizeof *moments; k++) {
            struct stopper s = {.stage = (enum link_stage)stage, .stop_at = moments[k]};
            struct link_options o = options_of(paths, 1);
            struct error e = {0};
            o.progress = stop_there;
            o.argument = &s;
            struct link_run *run;
            enum err code = link_run_open(&run, &o, &e);
            if (code)
                fail_msg("stage %d, call %u: %s: %s", stage, moments[k], e.where, e.text);
            const struct account *a = link_run_account(run);
            assert_int_equal(a->stopped, s.calls > moments[k]);
            assert_int_equal(a->n, c->n); // the file is small: it was read whole
            assert_true(a->n_columns == 7 && a->model && a->view && a->cluster);
            assert_ok(link_run_write_pairs(run, pairs, true, &e));
            assert_ok(link_run_write_clusters(run, clusters, &e));
            char *text = read_whole(clusters);
            assert_non_null(text);
            unsigned lines = 0;
            for (char *p = text; *p; p++)
                lines += *p == '\n';
            assert_int_equal(lines, c->n + 1);
            free(text);
            link_run_close(run);
        }
    folder_close(&f);
    mem_free(c);
}

// --- memory

static void memory_limit(void **state)
{
    (void)state;
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct folder f;
    char path[PATH_SIZE];
    folder_open(&f);
    struct rng r = rng_seed(9);
    draw_crowd(c, &r, 300, 100);
    write_crowd(c, folder_path(&f, "people.csv", path), 0, c->n, NULL);
    const char *paths[] = {path};
    struct link_options o = options_of(paths, 1);
    o.memory = 1000;
    assert_refused(&o, ERR_LIMIT, "do not fit");
    struct found whole, tight;
    o.memory = 0;
    struct link_run *run = run_of(&o);
    found_of(run, &whole);
    link_run_close(run);
    o.memory = 2 << 20; // holds the records; pairs are compared again instead of kept
    run = run_of(&o);
    found_of(run, &tight);
    assert_same(&whole, &tight, "with little memory", 9);
    found_free(&whole);
    found_free(&tight);
    link_run_close(run);
    folder_close(&f);
    mem_free(c);
}

static void out_of_memory(void **state)
{
    (void)state;
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct folder f;
    char left[PATH_SIZE], right[PATH_SIZE], pairs[PATH_SIZE], clusters[PATH_SIZE];
    folder_open(&f);
    folder_path(&f, "pairs.csv", pairs);
    folder_path(&f, "clusters.csv", clusters);
    struct rng r = rng_seed(10);
    draw_crowd(c, &r, 40, 20);
    write_crowd(c, folder_path(&f, "left.csv", left), 0, 40, NULL);
    write_crowd(c, folder_path(&f, "right.csv", right), 40, 60, NULL);
    const char *paths[] = {left, right};
    unsigned failed = 0, done_without = 0;
    for (unsigned n_paths = 1; n_paths <= 2; n_paths++) {
        int64_t calls = INT64_MAX;
        for (int64_t n = 0; n < calls; n += n < 100 ? 7 : 37) {
            struct link_options o = options_of(paths, n_paths);
            struct error e = {0};
            struct link_run *run;
            o.threads = 1; // the count is of this thread
            mem_fail_after(n);
            enum err code = link_run_open(&run, &o, &e);
            if (!code)
                code = link_run_write_pairs(run, pairs, true, &e);
            if (!code)
                code = link_run_write_clusters(run, clusters, &e);
            int64_t made = mem_fail_after(-1);
            link_run_close(run);
            calls = code || made > n ? INT64_MAX : made;
            // What is kept to save time, and only for that, may fail unseen.
            if (code && code != ERR_MEMORY)
                fail_msg("allocation %" PRId64 ": %s: %s: %s", n, error_name(code),
                         e.where, e.text);
            done_without += !code && made > n;
            failed += code == ERR_MEMORY;
        }
    }
    print_message("%u failures, %u done without\n", failed, done_without);
    assert_true(failed > 30);
    folder_close(&f);
    mem_free(c);
}

// --- bad and odd files

struct oddity {
    struct folder f;
    char path[PATH_SIZE];
    const char *paths[2];
};

static void odd_open(struct oddity *t, struct str text)
{
    folder_open(&t->f);
    write_file(folder_path(&t->f, "odd.csv", t->path), text);
    t->paths[0] = t->path;
}

static void refused_file(struct str text, enum err code, const char *why)
{
    struct oddity t;
    odd_open(&t, text);
    struct link_options o = options_of(t.paths, 1);
    assert_refused(&o, code, why);
    folder_close(&t.f);
}

static void nothing_to_link(void **state)
{
    (void)state;
    refused_file(STR(""), ERR_INPUT, "");
    refused_file(STR("name,born\n"), ERR_INPUT, "");
    refused_file(STR("name,born\nanna,1980-01-01\n"), ERR_INPUT, "");
    refused_file(STR("id\n1\n2\n3\n"), ERR_INPUT, "no column is left to compare");
    refused_file(STR("id,name\n1,\n2,\n3,\n"), ERR_INPUT, "no column is left");
    refused_file(STR("id,name\n1,x\n2,x\n3,x\n"), ERR_INPUT, "no column is left");
}

static void two_records(void **state)
{
    (void)state;
    struct oddity t;
    odd_open(&t, STR("name,born\nanna berg,1980-01-01\nanna bergh,1980-01-01\n"));
    struct link_options o = options_of(t.paths, 1);
    struct link_run *r = run_of(&o);
    const struct account *a = link_run_account(r);
    assert_int_equal(a->n, 2);
    assert_int_equal(a->compared_pairs, 1);
    link_run_close(r);
    folder_close(&t.f);
}

// 5,000 rows that say the same: 12 million pairs, of which none says anything.
static void all_the_same(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20);
    buf_add_c(&b, "id,name,born\n");
    for (int i = 0; i < 5000; i++)
        buf_printf(&b, "%d,anna berg,1980-01-01\n", i);
    double began = now();
    refused_file(buf_str(&b), ERR_INPUT, "the same in every row");
    // A single record that differs makes them columns to compare.
    buf_add_c(&b, "5000,peter dahl,1971-03-04\n");
    struct oddity t;
    odd_open(&t, buf_str(&b));
    struct link_options o = options_of(t.paths, 1);
    struct error e = {0};
    struct link_run *r;
    enum err code = link_run_open(&r, &o, &e);
    if (code)
        assert_true(code == ERR_INPUT && e.cure[0]);
    else
        assert_true(link_run_account(r)->n_warnings > 0);
    link_run_close(r);
    folder_close(&t.f);
    buf_free(&b);
    if (now() - began > 20)
        fail_msg("took %.1f s", now() - began);
}

// Half of 200 people twice, with a column put in by `cell`.
static void crowd_with(struct buf *b, uint64_t seed, const char *heading,
                       void (*cell)(struct buf *b, unsigned row))
{
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct rng r = rng_seed(seed);
    draw_crowd(c, &r, 150, 80);
    buf_printf(b, "rec_id,given_name,family_name,date_of_birth,%s,postcode\n", heading);
    for (unsigned i = 0; i < c->n; i++) {
        const struct person *p = &c->people[i];
        buf_printf(b, "r%u,%s,%s,%s,", i, p->given, p->family, p->born);
        cell(b, i);
        buf_printf(b, ",%s\n", p->code);
    }
    mem_free(c);
}

static void cell_constant(struct buf *b, unsigned row)
{
    (void)row;
    buf_add_c(b, "here");
}

static void cell_empty(struct buf *b, unsigned row)
{
    buf_add_c(b, row % 3 ? "" : "NULL");
}

static void cell_long(struct buf *b, unsigned row)
{
    if (row % 40 == 0)
        for (unsigned i = 0; i < 10000; i++)
            buf_printf(b, "w%08u ", row * 7919 + i);
    else
        buf_printf(b, "note %u", row);
}

static void cell_mixed(struct buf *b, unsigned row)
{
    static const char *const texts[] = {
        "M\xfcller \xe9t\xe9", "Müller été", "张伟",
        "\xd5\xc5\xce\xb0",    "\xff\xfe",   "\xf0\x9f\x98\x80"};
    buf_add_c(b, texts[row % 6]);
}

// Such a file is linked as well as without the column. Returns the run.
static struct link_run *linked_anyway(struct oddity *t, uint64_t seed,
                                      const char *heading,
                                      void (*cell)(struct buf *b, unsigned row))
{
    struct buf b = BUF_INIT(1 << 24);
    crowd_with(&b, seed, heading, cell);
    assert_false(b.failed);
    odd_open(t, buf_str(&b));
    buf_free(&b);
    struct link_options o = options_of(t->paths, 1);
    struct link_run *r = run_of(&o);
    const struct account *a = link_run_account(r);
    uint64_t bad = a->records->sources[0].n_bad; // bytes of no encoding: told, left out
    assert_true(a->n + bad == 230);
    assert_true(!bad || has_warning(a, "rows could not be read"));
    uint64_t right = 0;
    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t k = i + 1; k < a->n; k++)
            if (a->cluster[i] == a->cluster[k])
                right += (number_of_id(a, i) + 150 == number_of_id(a, k)) ||
                         (number_of_id(a, k) + 150 == number_of_id(a, i));
    if (!bad && (right < 70 || a->links > 90))
        fail_msg("%s: %" PRIu64 " of 80 pairs are found, %" PRIu64 " links", heading,
                 right, a->links);
    return r;
}

static enum link_kind kind_in(const struct link_run *r, const char *column)
{
    const struct account *a = link_run_account(r);
    for (unsigned i = 0; i < a->n_columns; i++)
        if (str_equal_c(a->columns[i].name, column))
            return a->columns[i].kind;
    fail_msg("no column %s", column);
    return LINK_KINDS;
}

static void odd_columns(void **state)
{
    (void)state;
    struct oddity t;
    struct link_run *r = linked_anyway(&t, 1, "town", cell_constant);
    assert_int_equal(kind_in(r, "town"), LINK_IGNORED);
    link_run_close(r);
    folder_close(&t.f);
    r = linked_anyway(&t, 2, "town", cell_empty);
    link_run_close(r);
    folder_close(&t.f);
    r = linked_anyway(&t, 3, "notes", cell_long);
    link_run_close(r);
    folder_close(&t.f);
    r = linked_anyway(&t, 4, "middle_name", cell_mixed);
    link_run_close(r);
    folder_close(&t.f);
}

// Rows too short and too long; ids that are missing or come twice.
static void odd_rows(void **state)
{
    (void)state;
    struct oddity t;
    struct error e = {0};
    char out[PATH_SIZE];
    odd_open(&t, STR("id,name,born,town\n"
                     "1,anna berg,1980-01-01,lund\n"
                     "2,peter dahl,1971-03-04\n"
                     "2,peter dahl,1971-03-04,malmo,what,is this\n"
                     ",clara lind,1990-12-24,lund\n"
                     "5,anna berg,1980-01-01,lund\n"
                     "6,oscar moor,1955-05-05,visby\n"
                     "7,nina stein,1966-06-06,kiruna\n"));
    const char *id[] = {"id"};
    struct link_options o = options_of(t.paths, 1);
    o.id = id;
    o.n_id = 1;
    struct link_run *r = run_of(&o);
    const struct account *a = link_run_account(r);
    assert_int_equal(a->n, 7);
    assert_true(has_warning(a, "fewer or more cells"));
    assert_true(has_warning(a, "1 rows have no id"));
    assert_true(has_warning(a, "1 rows have an id that came before"));
    assert_ok(link_run_write_clusters(r, folder_path(&t.f, "c.csv", out), &e));
    char *text = read_whole(out);
    assert_non_null(text);
    assert_non_null(strstr(text, "\n2#2,"));
    assert_non_null(strstr(text, "\nrow:4,"));
    free(text);
    link_run_close(r);
    const char *missing[] = {"nummer"};
    o.id = missing;
    assert_refused(&o, ERR_INPUT, "nummer");
    o.n_id = 0;
    o.ignore = missing;
    o.n_ignore = 1;
    assert_refused(&o, ERR_INPUT, "nummer");
    o.n_ignore = 0;
    o.keep = missing;
    o.n_keep = 1;
    assert_refused(&o, ERR_INPUT, "nummer");
    folder_close(&t.f);
}

static void no_common_column(void **state)
{
    (void)state;
    struct folder f;
    char left[PATH_SIZE], right[PATH_SIZE];
    folder_open(&f);
    write_file(folder_path(&f, "left.csv", left),
               STR("name,born\nanna,1980-01-01\npeter,1971-03-04\n"));
    write_file(folder_path(&f, "right.csv", right),
               STR("nom,date\nanna,1980-01-01\npeter,1971-03-04\n"));
    const char *paths[] = {left, right};
    struct link_options o = options_of(paths, 2);
    assert_refused(&o, ERR_INPUT, "no column is in more than one file");
    const char *nowhere[] = {left, "/nowhere/else.csv"};
    o.paths = nowhere;
    struct error e = {0};
    struct link_run *r;
    assert_int_equal(link_run_open(&r, &o, &e), ERR_NOT_FOUND);
    link_run_close(r);
    folder_close(&f);
}

// --- models

static void add_text_levels(struct buf *b, const char *column)
{
    buf_printf(b,
               "{\"output_column_name\": \"%s\", \"comparison_levels\": ["
               "{\"sql_condition\": \"%s_l IS NULL OR %s_r IS NULL\","
               " \"is_null_level\": true},"
               "{\"sql_condition\": \"%s_l = %s_r\"},"
               "{\"sql_condition\": \"levenshtein(%s_l, %s_r) <= 1\"},"
               "{\"sql_condition\": \"ELSE\"}]}",
               column, column, column, column, column, column, column);
}

static void trains_what_is_not_known(void **state)
{
    (void)state;
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct folder f;
    struct error e = {0};
    char path[PATH_SIZE];
    folder_open(&f);
    struct rng r = rng_seed(12);
    draw_crowd(c, &r, 300, 150);
    write_crowd(c, folder_path(&f, "people.csv", path), 0, c->n, NULL);
    struct buf b = BUF_INIT(1 << 16);
    buf_add_c(&b, "{\"link_type\": \"dedupe_only\", "
                  "\"blocking_rules_to_generate_predictions\": ["
                  "\"l.date_of_birth = r.date_of_birth\", "
                  "\"l.family_name = r.family_name\", \"l.phone = r.phone\"], "
                  "\"comparisons\": [");
    static const char *const columns[] = {"given_name", "family_name", "date_of_birth",
                                          "phone"};
    for (unsigned i = 0; i < 4; i++) {
        buf_add_c(&b, i ? "," : "");
        add_text_levels(&b, columns[i]);
    }
    buf_add_c(&b, "]}");
    struct link_model *model;
    assert_ok(link_settings_read(&model, buf_str(&b), "settings", &e));
    const char *paths[] = {path};
    struct link_options o = options_of(paths, 1);
    o.model = model;
    struct link_run *run = run_of(&o);
    const struct account *a = link_run_account(run);
    assert_true(a->model_was_given);
    for (unsigned k = 0; k < a->model->n_comparisons; k++)
        for (unsigned q = 0; q < a->model->comparisons[k].n_levels; q++)
            if (!a->model->comparisons[k].levels[q].is_null)
                assert_true(a->model->comparisons[k].levels[q].m > 0 &&
                            a->model->comparisons[k].levels[q].u > 0);
    assert_true(isnan(model->comparisons[0].levels[1].m)); // the given one is untouched
    assert_true(f1_of_crowd(run, c, false) > 0.93);
    link_run_close(run);
    link_model_close(model);

    // The same with a column that the file does not have.
    buf_clear(&b);
    buf_add_c(&b, "{\"link_type\": \"dedupe_only\", "
                  "\"blocking_rules_to_generate_predictions\": [\"l.phone = r.phone\"], "
                  "\"comparisons\": [");
    add_text_levels(&b, "mobile");
    buf_add_c(&b, "]}");
    assert_ok(link_settings_read(&model, buf_str(&b), "settings", &e));
    o.model = model;
    assert_refused(&o, ERR_INPUT, "mobile");
    link_model_close(model);
    buf_free(&b);
    folder_close(&f);
    mem_free(c);
}

// --- outputs

static unsigned split_row(char *line, char **cells, unsigned most)
{
    unsigned n = 0;
    while (line && n < most)
        cells[n++] = strsep(&line, ",");
    return n;
}

static double number_of(const char *cell)
{
    double v;
    assert_true(str_to_double(str_of(cell), &v));
    return v;
}

// Parts add up to the weight; a threshold is kept to; kept columns come along.
static void explained(void **state)
{
    (void)state;
    struct crowd *c = mem_alloc(1, sizeof *c);
    assert_non_null(c);
    struct folder f;
    struct error e = {0};
    char path[PATH_SIZE], out[PATH_SIZE];
    folder_open(&f);
    struct rng r = rng_seed(14);
    draw_crowd(c, &r, 300, 150);
    write_crowd(c, folder_path(&f, "people.csv", path), 0, c->n, NULL);
    const char *paths[] = {path}, *keep[] = {"sex"};
    struct link_options o = options_of(paths, 1);
    o.keep = keep;
    o.n_keep = 1;
    o.threshold = 0.99;
    struct link_run *run = run_of(&o);
    const struct account *a = link_run_account(run);
    for (unsigned i = 0; i < a->model->n_comparisons; i++)
        assert_false(str_equal_c(a->model->comparisons[i].name, "sex"));
    assert_true(fabs(a->model->threshold - 0.99) < 1e-9);
    assert_ok(link_run_write_pairs(run, folder_path(&f, "p.csv", out), true, &e));
    char *text = read_whole(out), *rest = text;
    assert_non_null(text);
    char *line = strsep(&rest, "\n");
    assert_int_equal(strncmp(line, "id_a,id_b,probability,match_weight,sex_a,sex_b,", 47),
                     0);
    unsigned rows = 0, n = a->model->n_comparisons;
    double before = INFINITY;
    while ((line = strsep(&rest, "\n")) && *line) {
        char *cells[80];
        unsigned n_cells = split_row(line, cells, 80);
        assert_int_equal(n_cells, 6 + 2 * n + 2);
        double probability = number_of(cells[2]), weight = number_of(cells[3]), sum = 0;
        assert_true(probability >= 0.99 - 1e-6 && weight <= before);
        assert_true(fabs(probability - score_probability(weight)) < 1e-5);
        before = weight;
        for (unsigned i = 0; i < n; i++)
            sum += number_of(cells[6 + 2 * i + 1]);
        sum += number_of(cells[6 + 2 * n]) + number_of(cells[6 + 2 * n + 1]);
        // each is rounded to a thousandth
        if (fabs(sum - weight) > 0.0005 * (n + 2) + 0.0001)
            fail_msg("%s %s: parts are %.4f, the weight %.4f", cells[0], cells[1], sum,
                     weight);
        assert_true(strcmp(cells[4], "m") == 0 || strcmp(cells[4], "f") == 0);
        rows++;
    }
    assert_int_equal(rows, a->links);
    assert_true(rows > 100 && rows <= 152);
    free(text);

    // What cannot be written leaves nothing, and what was there stays.
    write_file(out, STR("as it was"));
    assert_int_equal(link_run_write_pairs(run, "/nowhere/p.csv", false, &e),
                     ERR_NOT_FOUND);
    mem_fail_after(3);
    assert_int_equal(link_run_write_pairs(run, out, false, &e), ERR_MEMORY);
    mem_fail_after(-1);
    text = read_whole(out);
    assert_string_equal(text, "as it was");
    free(text);
    mem_fail_after(3);
    assert_int_equal(link_run_write_clusters(run, out, &e), ERR_MEMORY);
    mem_fail_after(-1);
    text = read_whole(out);
    assert_string_equal(text, "as it was");
    free(text);
    assert_int_equal(link_run_write_clusters(run, f.path, &e), ERR_INPUT); // a folder
    if (access("/dev/full", W_OK) == 0)
        assert_int_equal(link_run_write_pairs(run, "/dev/full", true, &e), ERR_FULL);
    link_run_close(run);
    folder_close(&f);
    mem_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_answer),
        cmocka_unit_test(two_files),
        cmocka_unit_test(same_file_twice),
        cmocka_unit_test(stopped),
        cmocka_unit_test(memory_limit),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(nothing_to_link),
        cmocka_unit_test(two_records),
        cmocka_unit_test(all_the_same),
        cmocka_unit_test(odd_columns),
        cmocka_unit_test(odd_rows),
        cmocka_unit_test(no_common_column),
        cmocka_unit_test(trains_what_is_not_known),
        cmocka_unit_test(explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
