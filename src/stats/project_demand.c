// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_demand.h"

#include <math.h>
#include <string.h>

// ---- ages within groups ----

// Sprague 1880: fifths of a group by five groups; of the first, of the second and of any
// other that has two groups on both sides. The last two are the first two mirrored.
static const double sprague[3][5][5] = {{{.3616, -.2768, .1488, -.0336, 0},
                                         {.2640, -.0960, .0400, -.0080, 0},
                                         {.1840, .0400, -.0320, .0080, 0},
                                         {.1200, .1360, -.0720, .0160, 0},
                                         {.0704, .1968, -.0848, .0176, 0}},
                                        {{.0336, .2272, -.0752, .0144, 0},
                                         {.0080, .2320, -.0480, .0080, 0},
                                         {-.0080, .2160, -.0080, 0, 0},
                                         {-.0160, .1840, .0400, -.0080, 0},
                                         {-.0176, .1408, .0912, -.0144, 0}},
                                        {{-.0128, .0848, .1504, -.0240, .0016},
                                         {-.0016, .0144, .2224, -.0416, .0064},
                                         {.0064, -.0336, .2544, -.0336, .0064},
                                         {.0064, -.0416, .2224, .0144, -.0016},
                                         {.0016, -.0240, .1504, .0848, -.0128}}};

// One completed age of a closed group of five.
static void add_fifth(size_t closed, size_t group, size_t fifth, double each,
                      double *weights)
{
    if (closed < 5) {
        weights[group] += each / 5;
        return;
    }
    bool mirrored = group + 2 >= closed;
    size_t panel = mirrored ? closed - 1 - group : group < 2 ? group : 2;
    size_t first = mirrored ? closed - 1 : group < 2 ? 0 : group - 2;
    if (mirrored && panel > 1) // two groups on both sides after all
        mirrored = false, panel = 2, first = group - 2;
    for (size_t i = 0; i < 5; i++) {
        double w = sprague[panel][mirrored ? 4 - fifth : fifth][i];
        weights[mirrored ? first - i : first + i] += each * w;
    }
}

void project_age_weights(int32_t width, size_t ages, int32_t from, int32_t to,
                         double each, double *weights)
{
    size_t closed = ages - 1;
    int32_t end = (int32_t)closed * width; // where the open group begins
    int32_t last = to < 0 || to >= end ? end - 1 : to;
    for (int32_t age = from < 0 ? 0 : from; age <= last;) {
        size_t group = (size_t)(age / width);
        if (age % width == 0 && last - age >= width - 1) {
            weights[group] += each; // a whole group is itself
            age += width;
        } else {
            add_fifth(closed, group, (size_t)(age % width), each, weights);
            age++;
        }
    }
    if (to < 0)
        weights[closed] += each;
}

// ---- demand ----

#define NEED(en, zh, who, from, to, each)                                                \
    {                                                                                    \
        STR(en), STR(zh), who, from, to, each                                            \
    }
#define DOSES(en, zh, age, each) NEED(en, zh, PROJECT_OF_PEOPLE, age, age, each)
#define BORN(en, zh, each) NEED(en, zh, PROJECT_OF_BIRTHS, 0, 0, each)

static const struct project_need standard[] = {
    BORN("births a year", "年出生人数", 1),
    NEED("children 0-6", "0—6岁儿童", PROJECT_OF_PEOPLE, 0, 6, 1),
    DOSES("school entrants (age 6)", "小学入学（6岁）", 6, 1),
    DOSES("middle school entrants (age 12)", "初中入学（12岁）", 12, 1),
    NEED("people 15-59", "15—59岁人口", PROJECT_OF_PEOPLE, 15, 59, 1),
    NEED("women 15-49", "15—49岁妇女", PROJECT_OF_WOMEN, 15, 49, 1),
    NEED("people 60+", "60岁及以上", PROJECT_OF_PEOPLE, 60, -1, 1),
    NEED("people 65+", "65岁及以上", PROJECT_OF_PEOPLE, 65, -1, 1),
    NEED("people 80+", "80岁及以上", PROJECT_OF_PEOPLE, 80, -1, 1),
    BORN("midwives (1 for 175 births)", "助产人员（每175例分娩1名）", 1. / 175),
    BORN("doses: hepatitis B", "乙肝疫苗（剂）", 3),
    BORN("doses: BCG", "卡介苗（剂）", 1),
    BORN("doses: polio", "脊灰疫苗（剂）", 3),
    DOSES("doses: polio", "脊灰疫苗（剂）", 4, 1),
    BORN("doses: DTaP and DT", "百白破、白破疫苗（剂）", 3),
    DOSES("doses: DTaP and DT", "百白破、白破疫苗（剂）", 1, 1),
    DOSES("doses: DTaP and DT", "百白破、白破疫苗（剂）", 6, 1),
    BORN("doses: MMR", "麻腮风疫苗（剂）", 1),
    DOSES("doses: MMR", "麻腮风疫苗（剂）", 1, 1),
    BORN("doses: Japanese encephalitis", "乙脑减毒活疫苗（剂）", 1),
    DOSES("doses: Japanese encephalitis", "乙脑减毒活疫苗（剂）", 2, 1),
    BORN("doses: meningococcal", "流脑疫苗（剂）", 2),
    DOSES("doses: meningococcal", "流脑疫苗（剂）", 3, 1),
    DOSES("doses: meningococcal", "流脑疫苗（剂）", 6, 1),
    DOSES("doses: hepatitis A", "甲肝减毒活疫苗（剂）", 1, 1),
};

const struct project_need *project_needs_standard(size_t *n)
{
    *n = sizeof standard / sizeof standard[0];
    return standard;
}

static size_t first_of_name(const struct project_need *needs, size_t i)
{
    size_t k = 0;
    while (k < i && !str_equal(needs[k].name, needs[i].name))
        k++;
    return k;
}

static void add_need(const struct project_shape *shape, const struct project_need *need,
                     double *const weights[PROJECT_SEXES], struct project_measure *m)
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        if (need->who == PROJECT_OF_BIRTHS)
            m->births[sex] += need->each / shape->width;
        else if (need->who == PROJECT_OF_PEOPLE ||
                 (need->who == PROJECT_OF_WOMEN) == (sex == PROJECT_FEMALE))
            project_age_weights(shape->width, shape->ages, need->from, need->to,
                                need->each, weights[sex]);
        m->people[sex] = weights[sex];
    }
}

struct project_measure *project_needs_measures(struct arena *a,
                                               const struct project_shape *shape,
                                               const struct project_need *needs, size_t n,
                                               size_t **names, size_t *measures)
{
    struct project_measure *out = ARENA_ARRAY(a, struct project_measure, n + 1);
    double *weights = ARENA_ARRAY(a, double, (n + 1) * 2 * shape->ages);
    size_t *place = ARENA_ARRAY(a, size_t, n + 1); // of the measure, by row
    *names = ARENA_ARRAY(a, size_t, n + 1);
    *measures = 0;
    if (!out || !weights || !place || !*names)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t first = first_of_name(needs, i);
        if (first == i) {
            place[i] = *measures;
            (*names)[(*measures)++] = i;
        }
        size_t m = place[first];
        double *const w[PROJECT_SEXES] = {weights + 2 * m * shape->ages,
                                          weights + (2 * m + 1) * shape->ages};
        add_need(shape, &needs[i], w, &out[m]);
    }
    return out;
}

// ---- scenarios ----

static double changed(double before, const struct project_change *c)
{
    return c->kind == PROJECT_VALUE  ? c->value
           : c->kind == PROJECT_PLUS ? before + c->value
                                     : before * c->value;
}

enum err project_changes_apply(const struct project_change *changes, size_t n,
                               struct str scenario, const struct project_shape *shape,
                               double *const target[PROJECT_SERIES], struct error *e)
{
    for (size_t i = 0; i < n; i++) {
        const struct project_change *c = &changes[i];
        if (scenario.n && !str_equal(c->scenario, scenario))
            continue;
        double *series = target[c->series];
        if (!series) {
            error_set(e, ERR_INPUT, "scenario.series", NULL,
                      "the scenario \"" STR_FMT
                      "\" changes a series that this projection "
                      "has not",
                      STR_ARG(c->scenario));
            return error_cure(e, "Take the row out, or give the series.");
        }
        for (size_t t = 0; t < shape->steps; t++) {
            double middle = shape->year + ((double)t + .5) * shape->width;
            double part = middle < c->from ? 0 : 1;
            if (c->how == PROJECT_LINEAR)
                part = c->to > c->from
                           ? fmin(fmax((middle - c->from) / (c->to - c->from), 0), 1)
                           : part;
            series[t] += part * (changed(series[t], c) - series[t]);
        }
    }
    return ERR_OK;
}

// ---- the ratio at birth ----

double project_missing_girls(double boys, double girls, double reference)
{
    return boys / reference - girls;
}

static double people_of(const double *people, int32_t width, size_t ages, int32_t from,
                        int32_t to)
{
    double weights[PROJECT_BATCH_MAX_AGES] = {0}, sum = 0;
    project_age_weights(width, ages, from, to, 1, weights);
    for (size_t i = 0; i < ages; i++)
        sum += weights[i] * people[i];
    return sum;
}

double project_marriage_ratio(const double *const people[PROJECT_SEXES], int32_t width,
                              size_t ages, int32_t from, int32_t to, int32_t gap)
{
    double women = people_of(people[PROJECT_FEMALE], width, ages, from - gap, to - gap);
    return 100 * people_of(people[PROJECT_MALE], width, ages, from, to) / women;
}

// Density of a first marriage at an age: gamma from 15 on.
static double marries(double age, double mean, double sd)
{
    double x = age - 15, m = mean - 15, shape = m * m / (sd * sd), scale = sd * sd / m;
    if (!(x > 0))
        return 0;
    return exp((shape - 1) * log(x / scale) - x / scale - lgamma(shape)) / scale;
}

double project_marriage_weighted(const double *const people[PROJECT_SEXES], int32_t width,
                                 size_t ages, double mean_women, double mean_men,
                                 double sd)
{
    double sum[PROJECT_SEXES] = {0}, mean[PROJECT_SEXES] = {mean_women, mean_men};
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double weights = 0;
        for (int32_t age = 15; age < 60; age++) {
            double w = marries(age + .5, mean[sex], sd);
            weights += w;
            sum[sex] += w * people_of(people[sex], width, ages, age, age);
        }
        sum[sex] /= weights;
    }
    return 100 * sum[PROJECT_MALE] / sum[PROJECT_FEMALE];
}
