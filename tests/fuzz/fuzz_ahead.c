// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of the files that say what may lie ahead (heng project): trajectories that
// are given (study/project_given.h), scenarios and needs (stats/project_demand.h). Any
// bytes are refused with a place and a reason, or give an area rates in their ranges.
// corpus.h says how it is run; its corpus is corpus/ahead.
#include <math.h>

#include "memory_file.h"
#include "stats/project_demand.h"
#include "study/project_given.h"

enum { AGES = 17, STEPS = 2, MOST_ROWS = 20000 };

static void refused(enum err code, const struct error *e)
{
    must(code == ERR_INPUT || code == ERR_LIMIT || code == ERR_NOT_FOUND,
         "content alone makes no other error");
    must(e->code == code && e->key && e->text[0], "a refusal says why");
}

static void in_range(const double *v, size_t n, double low, double high)
{
    for (size_t i = 0; v && i < n; i++)
        must(v[i] >= low && v[i] <= high, "a rate in its range");
}

static void give(const struct project_given *g, struct str code, struct str name,
                 struct arena *a)
{
    double migrants[STEPS * AGES] = {10, [STEPS * AGES - 1] = -30};
    struct project_area area = {.code = code, .name = name};
    const double *given[PROJECT_SERIES];
    struct error e = {0};
    area.in.shape = (struct project_shape){2020, 5, AGES, STEPS};
    area.in.migration[0] = migrants;
    enum err err = project_given_of(g, &area, given, a, &e);
    if (err) {
        refused(err, &e);
        return;
    }
    const size_t n = STEPS * g->trajectories;
    bool any = false;
    for (int s = 0; s < PROJECT_SERIES; s++) {
        must((given[s] != NULL) == g->has[s], "the series of the file");
        any |= given[s] != NULL;
    }
    must(any, "some series");
    in_range(given[PROJECT_TFR], n, 0, 15);
    in_range(given[PROJECT_E0], n, 15, 115);
    in_range(given[PROJECT_GAP], n, -100, 100);
    in_range(given[PROJECT_BOYS], n, .5, 2);
    in_range(given[PROJECT_NET], n, -1e12 - 10, 1e12 + 30);
}

static void read_given(const char *path, struct arena *a)
{
    struct project_given g;
    struct error e = {0};
    enum err code = project_given_read(&g, path, a, &e);
    if (code) {
        refused(code, &e);
        return;
    }
    must(g.trajectories > 0 && g.trajectories <= g.f.n_rows, "trajectories");
    if (g.f.n_rows > MOST_ROWS)
        return;
    give(&g, STR("a"), STR("A"), a);
    give(&g, STR(""), STR(""), a);
}

static void read_changes(const char *path, struct arena *a)
{
    struct project_change *list;
    struct error e = {0};
    size_t n;
    enum err code = project_changes_read(a, path, &list, &n, &e);
    if (code) {
        refused(code, &e);
        return;
    }
    must(n > 0, "changes");
    for (size_t i = 0; i < n; i++) {
        double series[PROJECT_SERIES][STEPS], *target[PROJECT_SERIES];
        static const double usual[PROJECT_SERIES] = {1.5, 75, 4, 1.06, 0};
        for (int s = 0; s < PROJECT_SERIES; s++) {
            target[s] = series[s];
            series[s][0] = series[s][1] = usual[s];
        }
        code = project_changes_apply(list, n, list[i].scenario,
                                     &(struct project_shape){2020, 5, AGES, STEPS},
                                     target, &e);
        if (code)
            refused(code, &e);
        for (int s = 0; !code && s < PROJECT_SERIES; s++)
            must(isfinite(series[s][0]) && isfinite(series[s][1]), "still a number");
        if (i == 20) // all of them are applied each time
            break;
    }
}

static void read_needs(const char *path, struct arena *a)
{
    struct project_need *list;
    struct error e = {0};
    size_t n, measures, *names;
    enum err code = project_needs_read(a, path, &list, &n, &e);
    if (code) {
        refused(code, &e);
        return;
    }
    must(n > 0, "needs");
    for (size_t i = 0; i < n; i++)
        must(list[i].name.n && list[i].from >= 0 && isfinite(list[i].each),
             "who needs how much");
    must(project_needs_measures(a, &(struct project_shape){2020, 5, AGES, STEPS}, list, n,
                                &names, &measures) != NULL &&
             measures > 0 && measures <= n,
         "measures of them");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct memory_file file;
    struct arena a;
    arena_init(&a, 512 << 20);
    memory_file_open(&file, (struct str){(const char *)bytes, n});
    read_given(file.path, &a);
    read_changes(file.path, &a);
    read_needs(file.path, &a);
    memory_file_close(&file);
    arena_free(&a);
    return 0;
}

const struct corpus corpus = {.changes = {",\n09-\"e.+\xE5", 10}, .positions = 200};
