// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/project_study.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "study/project_within.h"

static enum err allocate(const struct project_input *in, struct project_output *out,
                         struct arena *a, struct error *e)
{
    size_t ages = in->shape.ages, steps = in->shape.steps;
    bool ok = (out->births_by_age = ARENA_ARRAY(a, double, steps *ages)) != NULL;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        ok &= (out->population[sex] = ARENA_ARRAY(a, double, (steps + 1) * ages)) != NULL;
        ok &= (out->births[sex] = ARENA_ARRAY(a, double, steps)) != NULL;
        ok &= (out->deaths[sex] = ARENA_ARRAY(a, double, steps *(ages + 1))) != NULL;
    }
    return ok ? ERR_OK : error_memory(e);
}

static void name_area(const struct project_area *area, struct error *e)
{
    char where[sizeof e->where];
    if (!area->code.n && !area->name.n)
        return;
    memcpy(where, e->where, sizeof where);
    snprintf(e->where, sizeof e->where, "area " STR_FMT "%s%.180s",
             STR_ARG(area->code.n ? area->code : area->name), where[0] ? ": " : "",
             where);
}

enum err project_study_run(const struct project_files *files, bool whole,
                           struct project_projection **out, struct arena *a,
                           struct error *e)
{
    enum err err = ERR_OK;
    *out = ARENA_ARRAY(a, struct project_projection, files->n_areas + 1);
    if (!*out)
        return error_memory(e);
    for (size_t i = 0; !err && i < files->n_areas; i++) {
        struct project_projection *p = &(*out)[i];
        p->area = &files->areas[i];
        err = allocate(&p->area->in, &p->out, a, e);
        if (!err)
            err = project_check(&p->area->in, e);
        if (!err && !p->area->within)
            project_run(&p->area->in, &p->out);
        if (err == ERR_INPUT)
            name_area(p->area, e);
    }
    if (!err && files->nested)
        err = project_within_run(files, *out, a, e);
    for (size_t i = 0; !err && i < files->n_areas; i++) {
        err = project_check_result(&files->areas[i].in, &(*out)[i].out, e);
        if (err == ERR_INPUT)
            name_area(&files->areas[i], e);
    }
    return err || !whole ? err : project_within_round(files, *out, a, e);
}

enum err project_study_keep(struct project_files *files, struct project_projection *list,
                            const struct project_choice *choice, struct arena *a,
                            struct error *e)
{
    if (!files->nested || !choice->n_areas)
        return ERR_OK;
    // a new list: areas point to their wholes in the old one
    struct project_area *kept = ARENA_ARRAY(a, struct project_area, files->n_areas);
    size_t n = 0;
    if (!kept)
        return error_memory(e);
    for (size_t i = 0; i < files->n_areas; i++)
        for (size_t k = 0; k < choice->n_areas; k++)
            if (str_equal(choice->areas[k], files->areas[i].code)) {
                kept[n] = files->areas[i];
                list[n] = list[i];
                list[n].area = &kept[n];
                n++;
                break;
            }
    files->all = files->areas;
    files->n_all = files->n_areas;
    files->areas = kept;
    files->n_areas = n;
    return ERR_OK;
}

static double sum(const double *v, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += v[i];
    return all;
}

double project_median_age(const struct project_shape *s, const double *const people[2])
{
    double all = sum(people[0], s->ages) + sum(people[1], s->ages), below = 0;
    for (size_t a = 0; a < s->ages; a++) {
        double here = people[0][a] + people[1][a];
        if (below + here >= all / 2 && here > 0)
            return s->width * ((double)a + (all / 2 - below) / here);
        below += here;
    }
    return NAN;
}

// People from one age up to another (not included), of a moment.
static double between(const struct project_projection *p, size_t moment, int32_t from,
                      int32_t to)
{
    const struct project_shape *s = &p->area->in.shape;
    double all = 0;
    for (size_t a = 0; a < s->ages; a++) {
        int32_t age = (int32_t)a * s->width;
        for (int sex = 0; age >= from && age < to && sex < PROJECT_SEXES; sex++)
            all += p->out.population[sex][moment * s->ages + a];
    }
    return all;
}

void project_summarise(const struct project_projection *p, size_t moment,
                       struct project_summary *out)
{
    const struct project_input *in = &p->area->in;
    const struct project_shape *s = &in->shape;
    size_t ages = s->ages;
    const double *const people[2] = {p->out.population[0] + moment * ages,
                                     p->out.population[1] + moment * ages};
    *out = (struct project_summary){
        .year = s->year + (int32_t)moment * s->width,
        .female = sum(people[0], ages),
        .male = sum(people[1], ages),
        .births = NAN,
        .deaths = NAN,
        .migrants = NAN,
        .children = NAN,
        .e0 = {NAN, NAN},
        .boys = NAN,
        .median_age = project_median_age(s, people),
    };
    out->all = out->female + out->male;
    double working = between(p, moment, 15, 65);
    out->young = 100 * between(p, moment, 0, 15) / working;
    out->old = 100 * between(p, moment, 65, INT32_MAX) / working;
    if (moment == s->steps)
        return;
    out->births = p->out.births[0][moment] + p->out.births[1][moment];
    out->deaths = sum(p->out.deaths[0] + moment * (ages + 1), ages + 1) +
                  sum(p->out.deaths[1] + moment * (ages + 1), ages + 1);
    out->migrants = 0;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        if (in->migration[sex])
            out->migrants += sum(in->migration[sex] + moment * ages, ages);
        if (p->area->e0[sex])
            out->e0[sex] = p->area->e0[sex][moment];
    }
    if (p->balanced)
        out->migrants = sum(people[0] + ages, ages) + sum(people[1] + ages, ages) -
                        out->all - out->births + out->deaths;
    out->boys = in->boys[moment];
    out->children = p->area->children
                        ? p->area->children[moment]
                        : project_children(s, in->fertility + moment * ages);
}

bool project_compare(const struct project_projection *p, size_t moment,
                     struct project_difference *out)
{
    const struct project_area *area = p->area;
    const struct project_shape *s = &area->in.shape;
    size_t ages = s->ages;
    bool any = false, all_ages = true;
    double published = 0;
    *out = (struct project_difference){.year = s->year + (int32_t)moment * s->width,
                                       .by_total = NAN};
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; a < ages; a++) {
            double v = p->out.population[sex][moment * ages + a];
            double w =
                area->published[sex] ? area->published[sex][moment * ages + a] : NAN;
            out->all += v;
            if (isnan(w)) {
                all_ages = false;
                continue;
            }
            any = true;
            published += w;
            // rounding alone makes a per mille in smaller groups
            double difference = w >= 20 ? 100 * (v / w - 1) : 0;
            if (fabs(difference) <= fabs(out->worst))
                continue;
            out->worst = difference;
            out->sex = (enum project_sex)sex;
            out->age = a;
        }
    double total = area->published_total ? area->published_total[moment] : NAN;
    out->published = any && all_ages ? published : total;
    if (!isnan(out->published))
        out->by_total = 100 * (out->all / out->published - 1);
    if (!any)
        out->worst = NAN;
    return any || !isnan(total);
}

// --- tables

static struct str name_group(const struct project_shape *s, size_t age, struct arena *a)
{
    int first = (int)age * s->width;
    if (age + 1 == s->ages)
        return str_format(a, "%d+", first);
    if (s->width == 1)
        return str_format(a, "%d", first);
    return str_format(a, "%d-%d", first, first + s->width - 1);
}

static bool add_moment(struct result *r, const struct project_area *area, int32_t year,
                       const double *const people[2], bool counted,
                       const struct str *ages)
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; a < area->in.shape.ages; a++) {
            struct result_cell *c = result_row(r);
            c[0].value = year;
            c[1].text = str_of(project_sex_name((enum project_sex)sex));
            c[2].text = ages[a];
            c[3].value = people[sex][a];
            c[4].text = area->code;
            c[5].text = area->name;
            c[6].text = !counted              ? STR("projected")
                        : area->reconstructed ? STR("reconstructed")
                                              : STR("published");
        }
    return result_ok(r);
}

static bool add_population(struct result *r, const struct project_projection *p,
                           struct arena *arena)
{
    const struct project_shape *s = &p->area->in.shape;
    struct str *ages = ARENA_ARRAY(arena, struct str, s->ages);
    for (size_t a = 0; ages && a < s->ages; a++)
        ages[a] = name_group(s, a, arena);
    bool ok = ages != NULL;
    for (size_t t = 0; ok && t < p->area->n_past; t++) {
        const double *const people[2] = {p->area->past[0] + t * s->ages,
                                         p->area->past[1] + t * s->ages};
        ok = add_moment(r, p->area, s->year - (int32_t)(p->area->n_past - t) * s->width,
                        people, true, ages);
    }
    for (size_t t = 0; ok && t <= s->steps; t++) {
        const double *const people[2] = {p->out.population[0] + t * s->ages,
                                         p->out.population[1] + t * s->ages};
        ok =
            add_moment(r, p->area, s->year + (int32_t)t * s->width, people, t == 0, ages);
    }
    return ok;
}

static void add_summary(struct result *r, const struct project_projection *p,
                        struct arena *arena)
{
    const struct project_shape *s = &p->area->in.shape;
    for (size_t t = 0; t <= s->steps; t++) {
        struct project_summary v;
        struct result_cell *c = result_row(r);
        project_summarise(p, t, &v);
        const double figures[] = {v.all,    v.female,       v.male,       v.births,
                                  v.deaths, v.migrants,     v.children,   v.boys,
                                  v.e0[0],  v.e0[1],        v.median_age, v.young,
                                  v.old,    v.young + v.old};
        c[0].text = p->area->name.n ? p->area->name : p->area->code;
        c[1].value = v.year;
        c[2].text = t == s->steps || s->width == 1
                        ? str_format(arena, "%d", v.year)
                        : str_format(arena, "%d-%d", v.year, v.year + s->width);
        c[3].text = str_format(arena, "%d", v.year);
        for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
            c[i + 4].value = figures[i];
    }
}

static void add_check(struct result *r, const struct project_projection *p,
                      struct arena *arena)
{
    const struct project_shape *s = &p->area->in.shape;
    for (size_t t = 1; t <= s->steps; t++) {
        struct project_difference v;
        if (!project_compare(p, t, &v))
            continue;
        struct result_cell *c = result_row(r);
        c[0].text = p->area->name.n ? p->area->name : p->area->code;
        c[1].value = v.year;
        c[2].text = str_format(arena, "%d", v.year);
        c[3].value = v.all;
        c[4].value = v.published;
        c[5].value = v.by_total;
        c[6].value = v.worst;
        if (!isnan(v.worst)) {
            c[7].text = str_of(project_sex_name(v.sex));
            c[8].text = name_group(s, v.age, arena);
        }
        c[9].text = t <= p->area->n_inferred ? STR("inferred") : STR("projected");
    }
}

static void add_within(struct result *r, const struct project_projection *p)
{
    if (!p->parts)
        return;
    struct result_cell *c = result_row(r);
    c[0].text = p->area->name.n ? p->area->name : p->area->code;
    c[1].value = (double)p->parts;
    c[2].value = p->about.worst_factor;
    c[3].value = (double)p->about.seeded;
}

static const struct result_column population_en[] = {
    {"year", "year", RESULT_NUMBER, 0, NULL},
    {"sex", "sex", RESULT_TEXT, 0, NULL},
    {"age", "age", RESULT_TEXT, 0, NULL},
    {"population", "population", RESULT_NUMBER, 3, NULL},
    {"area_code", "code", RESULT_TEXT, 0, NULL},
    {"area", "area", RESULT_TEXT, 0, NULL},
    {"source", "source", RESULT_TEXT, 0, NULL},
};
static const struct result_column population_zh[] = {
    {"year", "年份", RESULT_NUMBER, 0, NULL},
    {"sex", "性别", RESULT_TEXT, 0, NULL},
    {"age", "年龄", RESULT_TEXT, 0, NULL},
    {"population", "人口", RESULT_NUMBER, 3, NULL},
    {"area_code", "代码", RESULT_TEXT, 0, NULL},
    {"area", "地区", RESULT_TEXT, 0, NULL},
    {"source", "来源", RESULT_TEXT, 0, NULL},
};
static const struct result_column summary_en[] = {
    {"area", "area", RESULT_TEXT, 0, NULL},
    {"year", NULL, RESULT_NUMBER, 0, NULL},
    {"period", NULL, RESULT_TEXT, 0, NULL},
    {"at", "year", RESULT_TEXT, 0, NULL}, // a text: no sign between thousands
    {"population", "all", RESULT_NUMBER, 1, "population"},
    {"female", "women", RESULT_NUMBER, 1, "population"},
    {"male", "men", RESULT_NUMBER, 1, "population"},
    {"births", "births", RESULT_NUMBER, 1, "to the next"},
    {"deaths", "deaths", RESULT_NUMBER, 1, "to the next"},
    {"net_migrants", "migrants", RESULT_NUMBER, 1, "to the next"},
    {"total_fertility", "TFR", RESULT_NUMBER, 2, NULL},
    {"sex_ratio_at_birth", NULL, RESULT_NUMBER, 3, NULL},
    {"life_expectancy_female", "e0 women", RESULT_NUMBER, 1, NULL},
    {"life_expectancy_male", "e0 men", RESULT_NUMBER, 1, NULL},
    {"median_age", "median age", RESULT_NUMBER, 1, NULL},
    {"dependency_young", "0-14", RESULT_NUMBER, 1, "a hundred of 15-64"},
    {"dependency_old", "65+", RESULT_NUMBER, 1, "a hundred of 15-64"},
    {"dependency", NULL, RESULT_NUMBER, 1, NULL},
};
static const struct result_column summary_zh[] = {
    {"area", "地区", RESULT_TEXT, 0, NULL},
    {"year", NULL, RESULT_NUMBER, 0, NULL},
    {"period", NULL, RESULT_TEXT, 0, NULL},
    {"at", "年份", RESULT_TEXT, 0, NULL},
    {"population", "合计", RESULT_NUMBER, 1, "人口"},
    {"female", "女", RESULT_NUMBER, 1, "人口"},
    {"male", "男", RESULT_NUMBER, 1, "人口"},
    {"births", "出生", RESULT_NUMBER, 1, "至下一时点"},
    {"deaths", "死亡", RESULT_NUMBER, 1, "至下一时点"},
    {"net_migrants", "净迁移", RESULT_NUMBER, 1, "至下一时点"},
    {"total_fertility", "总和生育率", RESULT_NUMBER, 2, NULL},
    {"sex_ratio_at_birth", NULL, RESULT_NUMBER, 3, NULL},
    {"life_expectancy_female", "女性预期寿命", RESULT_NUMBER, 1, NULL},
    {"life_expectancy_male", "男性预期寿命", RESULT_NUMBER, 1, NULL},
    {"median_age", "年龄中位数", RESULT_NUMBER, 1, NULL},
    {"dependency_young", "0-14岁", RESULT_NUMBER, 1, "每百名15-64岁"},
    {"dependency_old", "65岁及以上", RESULT_NUMBER, 1, "每百名15-64岁"},
    {"dependency", NULL, RESULT_NUMBER, 1, NULL},
};
static const struct result_column within_en[] = {
    {"area", "area", RESULT_TEXT, 0, NULL},
    {"parts", "parts", RESULT_NUMBER, 0, NULL},
    {"greatest_factor", "greatest factor", RESULT_NUMBER, 4, NULL},
    {"groups_nobody_had", "groups no part had", RESULT_NUMBER, 0, NULL},
};
static const struct result_column within_zh[] = {
    {"area", "地区", RESULT_TEXT, 0, NULL},
    {"parts", "下级数", RESULT_NUMBER, 0, NULL},
    {"greatest_factor", "最大调整倍数", RESULT_NUMBER, 4, NULL},
    {"groups_nobody_had", "下级均无人的组", RESULT_NUMBER, 0, NULL},
};
static const struct result_column check_en[] = {
    {"area", "area", RESULT_TEXT, 0, NULL},
    {"year", NULL, RESULT_NUMBER, 0, NULL},
    {"at", "year", RESULT_TEXT, 0, NULL},
    {"population", "here", RESULT_NUMBER, 3, NULL},
    {"published", "published", RESULT_NUMBER, 3, NULL},
    {"difference_percent", "difference %", RESULT_NUMBER, 4, NULL},
    {"worst_percent", "worst group %", RESULT_NUMBER, 4, NULL},
    {"worst_sex", "sex", RESULT_TEXT, 0, NULL},
    {"worst_age", "age", RESULT_TEXT, 0, NULL},
    {"step", "step", RESULT_TEXT, 0, NULL},
};
static const struct result_column check_zh[] = {
    {"area", "地区", RESULT_TEXT, 0, NULL},
    {"year", NULL, RESULT_NUMBER, 0, NULL},
    {"at", "年份", RESULT_TEXT, 0, NULL},
    {"population", "本次", RESULT_NUMBER, 3, NULL},
    {"published", "公布", RESULT_NUMBER, 3, NULL},
    {"difference_percent", "相差 %", RESULT_NUMBER, 4, NULL},
    {"worst_percent", "最大一组相差 %", RESULT_NUMBER, 4, NULL},
    {"worst_sex", "性别", RESULT_TEXT, 0, NULL},
    {"worst_age", "年龄", RESULT_TEXT, 0, NULL},
    {"step", "步骤", RESULT_TEXT, 0, NULL},
};

#define COLUMNS(name) (zh ? name##_zh : name##_en), sizeof name##_en / sizeof *name##_en

size_t project_study_results(const struct project_files *files,
                             const struct project_projection *list, bool check, bool zh,
                             struct arena *a, struct result out[PROJECT_STUDY_RESULTS])
{
    out[0] = result_new(a, "population",
                        zh ? STR("分年、性别、年龄人口")
                           : STR("Population by year, sex and age"),
                        COLUMNS(population));
    struct str title = zh ? STR("逐年概况") : STR("Year by year");
    if (files->infancy_split)
        title = zh ? STR("逐年概况（0–4岁死亡率为一组，按对数二次模型拆分为0岁与1–4岁）")
                   : STR("Year by year (death rates of 0-4 came as one group; 0 and 1-4 "
                         "told apart by the log-quadratic model)");
    out[1] = result_new(a, "summary", title, COLUMNS(summary));
    size_t n = 2, within = 0, checked = 0;
    if (files->nested) {
        within = n++;
        out[within] =
            result_new(a, "within", zh ? STR("下级合计与上级一致") : STR("Parts add up"),
                       COLUMNS(within));
    }
    if (check) {
        checked = n++;
        out[checked] = result_new(
            a, "check", zh ? STR("与公布数字的差别") : STR("Against published figures"),
            COLUMNS(check));
    }
    for (size_t i = 0; i < files->n_areas; i++) {
        if (!add_population(&out[0], &list[i], a))
            break;
        add_summary(&out[1], &list[i], a);
        if (within)
            add_within(&out[within], &list[i]);
        if (checked)
            add_check(&out[checked], &list[i], a);
    }
    return n;
}
