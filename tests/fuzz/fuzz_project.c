// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of the long tables of heng project (study/project_files.h): any bytes are
// refused with a place and a reason, or are areas that can be projected, whose parts add
// up to their wholes and whose whole numbers are whole. A line "%%%" begins another file.
// corpus.h says how it is run; its corpus is corpus/project.
#include <math.h>

#include "memory_file.h"
#include "study/project_study.h"

enum { MOST_FILES = 4, MOST_CELLS = 1 << 16 };

static void refused(enum err code, const struct error *e)
{
    must(code == ERR_INPUT || code == ERR_LIMIT || code == ERR_NOT_FOUND,
         "content alone makes no other error");
    must(e->code == code && e->key && e->text[0], "a refusal says why");
}

static double all_of(const struct project_projection *p, size_t moment)
{
    const size_t ages = p->area->in.shape.ages;
    double all = 0;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; a < ages; a++)
            all += p->out.population[sex][moment * ages + a];
    return all;
}

static void check_one(const struct project_files *files,
                      const struct project_projection *list, size_t i, bool whole)
{
    const struct project_projection *p = &list[i];
    const struct project_shape *s = &p->area->in.shape;
    must((s->width == 1 || s->width == 5) && s->ages > 1 && s->steps > 0, "a shape");
    for (size_t t = 0; t <= s->steps; t++) {
        double all = all_of(p, t), parts = 0;
        bool any = false;
        for (size_t k = 0; k < files->n_areas; k++)
            if (list[k].area->within == p->area) {
                parts += all_of(&list[k], t);
                any = true;
            }
        must(!any || fabs(parts - all) <= (whole ? 0 : 1e-6 * all + 1e-6),
             "parts add up to their whole");
    }
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t k = 0; k < (s->steps + 1) * s->ages; k++) {
            double v = p->out.population[sex][k];
            must(isfinite(v) && (!whole || v == floor(v)), "people are people");
        }
}

static void run(struct project_files *files, bool whole, struct arena *a)
{
    struct project_projection *list;
    struct result results[PROJECT_STUDY_RESULTS];
    struct error e = {0};
    size_t cells = 0;
    for (size_t i = 0; i < files->n_areas; i++)
        cells += files->areas[i].in.shape.steps * files->areas[i].in.shape.ages;
    if (cells > MOST_CELLS) // large ones are left to other tests
        return;
    enum err code = project_study_run(files, whole, &list, a, &e);
    if (code) {
        refused(code, &e);
        return;
    }
    for (size_t i = 0; i < files->n_areas; i++)
        check_one(files, list, i, whole);
    size_t n = project_study_results(files, list, true, false, a, results);
    for (size_t i = 0; i < n; i++)
        must(result_ok(&results[i]), "tables are made");
}

static void read_with(const char *const *paths, size_t n,
                      const struct project_choice *choice)
{
    struct project_files files;
    struct error e = {0};
    struct arena a;
    arena_init(&a, 512 << 20);
    enum err code = project_files_long(&files, paths, n, choice, &a, &e);
    if (code)
        refused(code, &e);
    else {
        must(files.n_areas > 0, "there are areas");
        run(&files, false, &a);
        run(&files, true, &a);
    }
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct project_choice any = {.timing = -1, .mothers = -1};
    struct project_choice held = {.timing = PROJECT_AT_END,
                                  .mothers = PROJECT_EXPOSED_WOMEN,
                                  .to = 2040,
                                  .width = 5,
                                  .hold = true,
                                  .boys = 1.06};
    struct memory_file files[MOST_FILES];
    const char *paths[MOST_FILES];
    struct str rest = {(const char *)bytes, n}, line, part = {rest.p, 0};
    size_t n_files = 0;
    for (bool more = true; more && n_files < MOST_FILES;) {
        const char *at = rest.p;
        more = str_split(rest, '\n', &line, &rest);
        bool last = !more || n_files + 1 == MOST_FILES;
        if (!last && !str_starts(line, STR("%%%")))
            continue;
        part.n = (size_t)((last ? (const char *)bytes + n : at) - part.p);
        memory_file_open(&files[n_files], part);
        paths[n_files] = files[n_files].path;
        n_files++;
        part.p = rest.p;
    }
    read_with(paths, n_files, &any);
    read_with(paths, n_files, &held);
    for (size_t i = 0; i < n_files; i++)
        memory_file_close(&files[i]);
    return 0;
}

const struct corpus corpus = {.changes = {",\n09-\"x.+\xE5", 10}, .positions = 120};
