// SPDX-License-Identifier: AGPL-3.0-or-later
// Lists, searches and entries of one register of a county's file, timed one by one.
//   bench_rows COUNTY.db REGISTER [AREA_CODE [WORDS...]]
// Each line: what, how often, milliseconds at the median and at 99 per cent, rows of the
// page. Time of this thread's processor, which others on the machine do not change; the
// index is made on the store's own thread: time of the whole process.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/init.h"
#include "register/row.h"
#include "register/row_list.h"
#include "register/search.h"
#include "study/alike.h"

enum { TIMES = 200 };

static struct county *county;
static const struct reg *reg;
static struct access who;
static struct access_grant grant;
static struct error error;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int failed(const char *what)
{
    fprintf(stderr, "%s: %s: %s (%s)\n", what, error.where, error.text, error.cure);
    return 1;
}

// pages: how many pages on from the first are asked for.
static int time_list(const char *what, struct row_query q, int pages, int times)
{
    static double took[TIMES * 50];
    int n = 0;
    size_t rows = 0;
    long long shown = -1;
    for (int i = 0; i < times; i++) {
        struct arena a;
        struct row_list list;
        arena_init(&a, 0);
        q.after = STR("");
        for (int p = 0; p < pages; p++) {
            double begin = now_ms();
            if (row_list(county, &who, reg, &q, &a, &list, &error))
                return failed(what);
            took[n++] = now_ms() - begin;
            rows = list.n;
            shown = q.count ? (long long)list.shown : -1;
            if (!list.next.p)
                break;
            q.after = list.next;
        }
        arena_free(&a);
    }
    qsort(took, (size_t)n, sizeof *took, by_size);
    printf("%-44s %5d  p50 %8.2f  p99 %8.2f  rows %zu", what, n, took[n / 2],
           took[n * 99 / 100], rows);
    if (shown >= 0)
        printf("  shown %lld", shown);
    printf("\n");
    return 0;
}

static double process_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int time_index(void)
{
    double begin = process_ms(), longest = 0, done = 0;
    int steps = 0;
    for (; done < 1; steps++) {
        double step = process_ms();
        if (search_follow(county, 2000, &done, &error))
            return failed("search_follow");
        if (process_ms() - step > longest)
            longest = process_ms() - step;
    }
    printf("index: %d steps, %.1f s, longest step %.0f ms\n", steps,
           (process_ms() - begin) / 1e3, longest);
    return 0;
}

// The newest rows typed again, a weight or the like apart.
static int time_alike(void)
{
    static double took[TIMES];
    struct arena a;
    struct row_list list;
    struct row_query q = {.limit = TIMES};
    int found = 0, n = 0;
    arena_init(&a, 0);
    if (row_list(county, &who, reg, &q, &a, &list, &error))
        return failed("row_list");
    for (size_t i = 0; i < list.n; i++) {
        struct row_change *v = ARENA_ARRAY(&a, struct row_change, list.n_columns);
        struct row_new row = {.values = v};
        struct alike out;
        for (size_t k = 0; v && k < list.n_columns; k++)
            if (list.columns[k]->type != TYPE_INT)
                v[row.n++] = (struct row_change){list.columns[k]->name,
                                                 list.rows[i].values[k].text};
        double begin = now_ms();
        if (!v || alike_find(county, &who, reg, &row, 0, &a, &out, &error))
            return failed("alike_find");
        took[n++] = now_ms() - begin;
        found += out.n > 0;
    }
    qsort(took, (size_t)n, sizeof *took, by_size);
    printf("%-44s %5d  p50 %8.2f  p99 %8.2f  found %d\n", "rows alike", n, took[n / 2],
           took[n * 99 / 100], found);
    arena_free(&a);
    return 0;
}

// Saves by several at once, each waited for until it is on disk: rows like the newest
// one, without the fields of the key but the last, which is made up.
enum { SAVERS = 8, SAVES = 250 };

struct saver {
    struct row_change *values;
    size_t n, own; // own: the value that is made up
    int number, saved;
    int64_t tag;
};

static void *save(void *argument)
{
    struct saver *s = argument;
    for (int i = 0; i < SAVES; i++) {
        struct arena a;
        struct row_saved saved;
        struct error e;
        char key[24];
        struct row_change values[64];
        memcpy(values, s->values, s->n * sizeof *values);
        snprintf(key, sizeof key, "S%lld%d%03d", (long long)s->tag, s->number, i);
        values[s->own].text = str_of(key);
        arena_init(&a, 0);
        s->saved +=
            !row_create(county, &who, reg, &(struct row_new){.values = values, .n = s->n},
                        &a, &saved, &e);
        arena_free(&a);
    }
    return NULL;
}

static int time_saves(void)
{
    struct arena a;
    struct row_list list;
    struct row_query q = {.limit = 1};
    struct saver savers[SAVERS];
    pthread_t threads[SAVERS];
    struct timespec from, to;
    int saved = 0;
    if (!reg->n_key || reg->n_fields > 64 || reg->n_sources)
        return 0;
    arena_init(&a, 0);
    if (row_list(county, &who, reg, &q, &a, &list, &error) || !list.n)
        return failed("row_list");
    struct row_change *v = ARENA_ARRAY(&a, struct row_change, list.n_columns);
    size_t own = 0;
    for (size_t k = 0; v && k < list.n_columns; k++) {
        v[k] = (struct row_change){list.columns[k]->name, list.rows[0].values[k].text};
        if (list.columns[k] == reg->key[reg->n_key - 1])
            own = k;
    }
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; v && i < SAVERS; i++) {
        savers[i] = (struct saver){
            v, list.n_columns, own, i, 0, list.rows[0].saved_at % 10000000};
        if (pthread_create(&threads[i], NULL, save, &savers[i]))
            return 1;
    }
    for (int i = 0; v && i < SAVERS; i++) {
        pthread_join(threads[i], NULL);
        saved += savers[i].saved;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds =
        (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    printf("saves by %d at once: %d of %d, %.0f a second (wall time)\n", SAVERS, saved,
           SAVERS * SAVES, saved / seconds);
    arena_free(&a);
    return 0;
}

int main(int n, char **arguments)
{
    struct arena a;
    arena_init(&a, 0);
    if (n < 3 || base_init(&error) ||
        county_open(&county, arguments[1], STORE_WRITE, &error) ||
        access_local_administrator(county->store, 5, &a, &who, &error) ||
        county_register(county, str_of(arguments[2]), &reg, &error))
        return failed("open");
    grant = who.grants[0];
    who.grants = &grant;
    who.n_grants = 1;
    struct row_query q = {.limit = 50};
    char down[80];
    snprintf(down, sizeof down, "-%s", reg->date ? reg->date->name.p : "id");
    int bad = time_list("by id, first page", q, 1, TIMES);
    bad |= time_list("by id, 20 pages", q, 20, TIMES / 20);
    q.count = true;
    bad |= time_list("by id, with counts", q, 1, 20);
    q.count = false;
    q.sort = str_of(down);
    bad |= time_list("by date down, first page", q, 1, TIMES);
    bad |= time_list("by date down, 20 pages", q, 20, TIMES / 20);
    q.sort.p++;
    q.sort.n--;
    bad |= time_list("by date up, first page", q, 1, TIMES);
    if (n > 3) {
        struct row_filter f = {reg->area ? reg->area->name : STR("area"),
                               str_of(arguments[3])};
        q.filters = &f;
        q.n_filters = 1;
        q.sort = str_of(down);
        bad |= time_list("area, by date", q, 1, TIMES);
        struct row_filter both[] = {
            f, {reg->date ? reg->date->name : STR("id"), STR("2008-03-01..2008-03-31")}};
        q.filters = both;
        q.n_filters = 2;
        q.sort = STR("");
        bad |= time_list("area and month, by id", q, 1, TIMES);
        q.filters = both + 1;
        q.n_filters = 1;
        bad |= time_list("month, by id", q, 1, TIMES);
        q.count = true;
        bad |= time_list("month, with counts", q, 1, 20);
        q.count = false;
        q.filters = &f;
        bad |= time_list("area, by id", q, 1, TIMES);
        q.count = true;
        bad |= time_list("area, with counts", q, 1, 20);
        q = (struct row_query){.limit = 50};
        int32_t i = places_area_by_code(county->places, str_of(arguments[3]));
        grant.area = i >= 0 ? county->places->areas[i].id : 0;
        bad |= time_list("caller of the area, by id", q, 1, TIMES);
        q.sort = str_of(down);
        bad |= time_list("caller of the area, by date", q, 1, TIMES);
        grant.area = 0;
    }
    bad |= time_index();
    bad |= time_alike();
    bad |= time_saves();
    for (int i = 4; i < n; i++) {
        char what[80];
        q = (struct row_query){.limit = 50, .search = str_of(arguments[i])};
        snprintf(what, sizeof what, "search '%s'", arguments[i]);
        bad |= time_list(what, q, 1, TIMES / 4);
        q.count = true;
        snprintf(what, sizeof what, "search '%s', with counts", arguments[i]);
        bad |= time_list(what, q, 1, 5);
    }
    arena_free(&a);
    county_close(county);
    return bad;
}
