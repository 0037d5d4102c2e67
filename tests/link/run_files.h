// SPDX-License-Identifier: AGPL-3.0-or-later
// For tests of whole linkages: files in a folder of their own, and people to link.
#ifndef TESTS_LINK_RUN_FILES_H
#define TESTS_LINK_RUN_FILES_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/rng.h"
#include "link/run.h"

enum { PATH_SIZE = 512 };

struct folder { // of a test; the files in it are removed with it
    char path[64];
    char names[64][32];
    unsigned n;
};

static inline void folder_open(struct folder *f)
{
    *f = (struct folder){.n = 0};
    snprintf(f->path, sizeof f->path, "/tmp/heng-run-XXXXXX");
    assert_non_null(mkdtemp(f->path));
}

// The path of a file in the folder, in one of the caller's buffers.
static inline const char *folder_path(struct folder *f, const char *name,
                                      char out[PATH_SIZE])
{
    unsigned i = 0;
    while (i < f->n && strcmp(f->names[i], name) != 0)
        i++;
    if (i == f->n) {
        assert_true(f->n < 64);
        snprintf(f->names[f->n++], sizeof f->names[0], "%s", name);
    }
    snprintf(out, PATH_SIZE, "%s/%s", f->path, name);
    return out;
}

static inline void write_file(const char *path, struct str text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
    assert_int_equal(fclose(f), 0);
}

// The text of a file, without carriage returns; NULL when it is not there.
static inline char *read_whole(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    size_t room = 1 << 24;
    char *text = malloc(room);
    assert_non_null(text);
    size_t n = fread(text, 1, room - 1, f);
    fclose(f);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (text[i] != '\r')
            text[kept++] = text[i];
    text[kept] = 0;
    return text;
}

static inline void folder_close(struct folder *f)
{
    for (unsigned i = 0; i < f->n; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", f->path, f->names[i]);
        unlink(path);
    }
    if (rmdir(f->path))
        fail_msg("%s: something is left in it that the test did not write", f->path);
}

// A file of third-party data; false when it is not there.
static inline bool shared_file(const char *name, char out[PATH_SIZE])
{
    const char *source = getenv("HENG_SOURCE");
    snprintf(out, PATH_SIZE, "%s/../shared/data/linkage/%s", source ? source : ".", name);
    return access(out, R_OK) == 0;
}

static inline struct link_options options_of(const char *const *paths, unsigned n)
{
    return (struct link_options){.paths = paths,
                                 .n_paths = n,
                                 .prior_recall = NAN,
                                 .threshold = NAN,
                                 .threads = 2,
                                 .seed = 1};
}

// --- runs

static inline struct str id_of(const struct account *a, uint32_t record)
{
    return link_record_id(a->records, record);
}

static inline struct link_run *run_of(const struct link_options *o)
{
    struct error e = {0};
    struct link_run *r;
    assert_ok(link_run_open(&r, o, &e));
    return r;
}

static inline bool has_warning(const struct account *a, const char *text)
{
    for (unsigned i = 0; i < a->n_warnings; i++)
        if (memmem(a->warnings[i].p, a->warnings[i].n, text, strlen(text)))
            return true;
    return false;
}

static inline double f1_of(const struct link_run *r, const uint32_t *truth, bool across)
{
    const struct account *a = link_run_account(r);
    struct cluster_verdict v;
    struct error e = {0};
    assert_ok(link_evaluate_clusters(a->n, a->cluster, truth,
                                     across ? a->view->source : NULL, &v, &e));
    return v.pairs.f1;
}

// --- people

enum { MOST_PEOPLE = 2000 };

struct person {
    char given[24], family[24], born[16], code[8], phone[16], sex;
    unsigned who;
};

static const char *const given_names[] = {
    "anna",   "peter",  "maria", "john",   "elena", "thomas", "sofia",  "daniel",
    "laura",  "martin", "julia", "robert", "clara", "simon",  "alice",  "oscar",
    "hannah", "victor", "irene", "felix",  "nina",  "walter", "esther", "george"};
static const char *const family_parts[2][12] = {
    {"ander", "berg", "carl", "dahl", "eck", "fisch", "gold", "hart", "klein", "lind",
     "mor", "stein"},
    {"son", "mann", "feld", "bach", "er", "wood", "field", "ford", "ton", "ham", "ley",
     "worth"}};

static inline struct person draw_person(struct rng *r, unsigned who)
{
    struct person p = {.who = who, .sex = rng_chance(r, 0.5) ? 'm' : 'f'};
    snprintf(p.given, sizeof p.given, "%s", given_names[rng_below(r, 24)]);
    snprintf(p.family, sizeof p.family, "%s%s", family_parts[0][rng_below(r, 12)],
             family_parts[1][rng_below(r, 12)]);
    snprintf(p.born, sizeof p.born, "%04u-%02u-%02u", 1930 + (unsigned)rng_below(r, 80),
             1 + (unsigned)rng_below(r, 12), 1 + (unsigned)rng_below(r, 28));
    snprintf(p.code, sizeof p.code, "%05u", 10000 + 13 * (unsigned)rng_below(r, 300));
    snprintf(p.phone, sizeof p.phone, "0%09u",
             200000000u + (unsigned)rng_below(r, 700000000u));
    return p;
}

static inline void mistype(struct rng *r, char *text, const char *from)
{
    size_t n = strlen(text), letters = strlen(from);
    if (n)
        text[rng_below(r, n)] = from[rng_below(r, letters)];
}

// The same person written down another time.
static inline struct person copy_person(struct rng *r, const struct person *p)
{
    struct person q = *p;
    if (rng_chance(r, 0.15))
        mistype(r, q.given, "aeinrst");
    if (rng_chance(r, 0.15))
        mistype(r, q.family, "aeinrst");
    if (rng_chance(r, 0.1))
        mistype(r, q.born + 8, "012");
    if (rng_chance(r, 0.1))
        q.code[0] = 0;
    if (rng_chance(r, 0.2))
        mistype(r, q.phone, "0123456789");
    return q;
}

struct crowd {
    struct person people[MOST_PEOPLE];
    unsigned n;
};

// n different people, and a second record of the first n_twice of them.
static inline void draw_crowd(struct crowd *c, struct rng *r, unsigned n,
                              unsigned n_twice)
{
    assert_true(n + n_twice <= MOST_PEOPLE);
    for (unsigned i = 0; i < n; i++)
        c->people[i] = draw_person(r, i);
    for (unsigned i = 0; i < n_twice; i++)
        c->people[n + i] = copy_person(r, &c->people[i]);
    c->n = n + n_twice;
}

// People from..to-1 in the order given (NULL: as they are) as a CSV file. The id of a
// record is its number in the crowd, whatever its place in the file.
static inline void write_crowd(const struct crowd *c, const char *path, unsigned from,
                               unsigned to, const size_t *order)
{
    struct buf b = BUF_INIT(1 << 24);
    buf_add_c(&b, "rec_id,given_name,family_name,date_of_birth,sex,postcode,phone\n");
    for (unsigned i = from; i < to; i++) {
        size_t k = order ? order[i - from] : i;
        const struct person *p = &c->people[k];
        buf_printf(&b, "r%zu,%s,%s,%s,%c,%s,%s\n", k, p->given, p->family, p->born,
                   p->sex, p->code, p->phone);
    }
    write_file(path, buf_str(&b));
    buf_free(&b);
}

#endif
