// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/projection_doc.h"

#include <assert.h>
#include <math.h>

enum { Q = PROJECT_QUANTILES, MOST_BASIS = 20 };

#define PEOPLE                                                                           \
    {                                                                                    \
        STR("people"), STR("人")                                                         \
    }
#define A_YEAR                                                                           \
    {                                                                                    \
        STR("a year"), STR("人/年")                                                      \
    }

static const struct projection_figure figures[PROJECT_FIGURES] = {
    [PROJECT_ALL] = {"all", {STR("Population"), STR("总人口")}, PEOPLE, 0},
    [PROJECT_WOMEN] = {"women", {STR("Women and girls"), STR("女性人口")}, PEOPLE, 0},
    [PROJECT_MEN] = {"men", {STR("Men and boys"), STR("男性人口")}, PEOPLE, 0},
    [PROJECT_YOUNG] = {"young", {STR("People of 0-14"), STR("0—14岁人口")}, PEOPLE, 0},
    [PROJECT_WORKING] = {"working",
                         {STR("People of 15-64"), STR("15—64岁人口")},
                         PEOPLE,
                         0},
    [PROJECT_OLD] = {"old",
                     {STR("People of 65 and over"), STR("65岁及以上人口")},
                     PEOPLE,
                     0},
    [PROJECT_OLDEST] = {"oldest",
                        {STR("People of 80 and over"), STR("80岁及以上人口")},
                        PEOPLE,
                        0},
    [PROJECT_DEPENDENT] = {"dependent",
                           {STR("Dependency ratio"), STR("总抚养比")},
                           {STR("of 0-14 and 65+ to 100 of 15-64"),
                            STR("0—14岁与65岁及以上/每100名15—64岁")},
                           1},
    [PROJECT_OLD_SHARE] = {"old_share",
                           {STR("Share of 65 and over"), STR("65岁及以上比重")},
                           {STR("%"), STR("%")},
                           1},
    [PROJECT_BORN] = {"born", {STR("Births"), STR("出生人数")}, A_YEAR, 0},
    [PROJECT_DIED] = {"died", {STR("Deaths"), STR("死亡人数")}, A_YEAR, 0},
    [PROJECT_BOYS_BORN] = {"boys_born",
                           {STR("Sex ratio at birth"), STR("出生性别比")},
                           {STR("boys to 100 girls"), STR("女=100")},
                           1},
    [PROJECT_MISSING] = {"missing",
                         {STR("Girls missing among births"), STR("出生中缺少的女孩")},
                         {STR("girls, of the step"), STR("人，该步合计")},
                         0},
    [PROJECT_SUITORS] = {"suitors",
                         {STR("Men of 25-34 to women of 23-32"),
                          STR("25—34岁男性与23—32岁女性之比")},
                         {STR("men to 100 women"), STR("女=100")},
                         1},
};

const struct projection_figure *projection_doc_figure(enum project_figure i)
{
    return &figures[i];
}

struct teller {
    const struct measure *m;
    struct arena *a;
    struct doc *d;
    const struct project_page *page;
    bool zh, no_memory;
};

static struct str word(const struct teller *t, const char *en, const char *zh)
{
    return str_of(t->zh ? zh : en);
}

// ---- what it stands on ----

struct rows {
    struct cell cells[MOST_BASIS * 2];
    size_t n;
};

static void add_row(struct teller *t, struct rows *rows, const char *en, const char *zh,
                    struct cell value)
{
    assert(rows->n < MOST_BASIS);
    struct cell *c = rows->cells + 2 * rows->n++;
    c[0] = (struct cell){.kind = CELL_TEXT, .text = word(t, en, zh)};
    c[1] = value;
}

static struct cell text(struct teller *t, struct str s)
{
    t->no_memory |= !s.p;
    return (struct cell){.kind = CELL_TEXT, .text = s};
}

static struct cell number(double value, int decimals)
{
    if (isnan(value))
        return (struct cell){.kind = CELL_MISSING};
    return (struct cell){.kind = CELL_NUMBER, .value = value, .more_decimals = decimals};
}

static struct cell interval(double value, double low, double high, int decimals)
{
    return (struct cell){.kind = CELL_INTERVAL,
                         .value = value,
                         .low = low,
                         .high = high,
                         .more_decimals = decimals};
}

static void tell_counts(struct teller *t, const struct projection_basis *b,
                        struct rows *rows)
{
    add_row(t, rows, "Counted on", "统计时点",
            text(t, date_text(t->a, b->counted_on, t->zh)));
    add_row(t, rows, "Women and girls counted", "女性人口（统计）",
            number(b->people[PROJECT_FEMALE], 0));
    add_row(t, rows, "Men and boys counted", "男性人口（统计）",
            number(b->people[PROJECT_MALE], 0));
    add_row(t, rows, "Births and deaths of the years", "出生、死亡所取年份",
            text(t, str_format(t->a, "%d–%d", (int)b->first, (int)b->last)));
    add_row(t, rows, "Girls born", "出生女孩", number(b->births[PROJECT_FEMALE], 0));
    add_row(t, rows, "Boys born", "出生男孩", number(b->births[PROJECT_MALE], 0));
    add_row(t, rows, "Women and girls who died", "女性死亡",
            number(b->deaths[PROJECT_FEMALE], 0));
    add_row(t, rows, "Men and boys who died", "男性死亡",
            number(b->deaths[PROJECT_MALE], 0));
    add_row(t, rows, "Births in the register to 100 children counted",
            "登记出生数与统计儿童数之比（%）", number(100 * b->births_found, 0));
    add_row(t, rows, "Births and deaths without sex or age, counted as the others",
            "缺性别或年龄的出生、死亡（按其余的分布计入）", number(b->left_out, 0));
}

static void tell_basis(struct teller *t, const struct projection_basis *b)
{
    struct rows rows = {.n = 0};
    tell_counts(t, b, &rows);
    add_row(t, &rows, "Children a woman", "总和生育率",
            interval(b->children, b->children_low, b->children_high, 2));
    add_row(t, &rows, "Life expectancy of women", "女性预期寿命（岁）",
            interval(b->e0[PROJECT_FEMALE], b->e0_low[PROJECT_FEMALE],
                     b->e0_high[PROJECT_FEMALE], 1));
    add_row(t, &rows, "Life expectancy of men", "男性预期寿命（岁）",
            interval(b->e0[PROJECT_MALE], b->e0_low[PROJECT_MALE],
                     b->e0_high[PROJECT_MALE], 1));
    add_row(t, &rows, "Life expectancy of women that the projection begins with",
            "推算起点的女性预期寿命（岁）", number(b->e0_begin[PROJECT_FEMALE], 1));
    add_row(t, &rows, "Life expectancy of men that the projection begins with",
            "推算起点的男性预期寿命（岁）", number(b->e0_begin[PROJECT_MALE], 1));
    add_row(t, &rows, "Boys to 100 girls at birth", "出生性别比（女=100）",
            interval(100 * b->boys, 100 * b->boys_low, 100 * b->boys_high, 1));
    add_row(t, &rows, "Boys to 100 girls that the projection begins with",
            "推算起点的出生性别比（女=100）", number(100 * b->boys_begin, 1));
    if (b->earlier_on)
        add_row(t, &rows, "Left over between the last two counts, a year",
                "前后两次统计之差扣除出生、死亡后的余数（年）", number(b->left_over, 0));
    const struct table_column columns[2] = {
        {.title = word(t, "What", "项目")},
        {.title = word(t, "Value", "数值"), .align = ALIGN_RIGHT}};
    const struct doc_table table = {
        .title = word(t, "What it stands on", "数据基础"),
        .columns = columns,
        .n_columns = 2,
        .cells = rows.cells,
        .n_rows = rows.n,
        .note =
            word(t,
                 "In brackets: 95% intervals. What is left over is who came and went, "
                 "and births and deaths that are not in the registers; it is not "
                 "carried on.",
                 "括号内为95%区间。余数包含迁移以及漏登的出生和死亡，不向后推算。")};
    t->no_memory |= t->no_memory ||
                    !doc_heading(t->d, 1, word(t, "What it stands on", "数据基础")) ||
                    !doc_table(t->d, &table);
}

// ---- every figure ----

enum { COLUMNS = 2 + Q };

static void add_line(struct teller *t, struct cell *c, int year, struct cell name,
                     const double *q, int decimals)
{
    c[0] = text(t, str_format(t->a, "%d", year));
    c[1] = name;
    for (size_t k = 0; k < Q; k++)
        c[2 + k] = number(q[k], decimals);
}

static void add_table(struct teller *t, struct str title, struct cell *cells, size_t n)
{
    const struct table_column columns[COLUMNS] = {
        {.title = word(t, "Year", "年份")},
        {.title = word(t, "What", "项目")},
        {.title = word(t, "95% from", "95%下限"), .align = ALIGN_RIGHT},
        {.title = word(t, "80% from", "80%下限"), .align = ALIGN_RIGHT},
        {.title = word(t, "Median", "中位数"), .align = ALIGN_RIGHT},
        {.title = word(t, "80% to", "80%上限"), .align = ALIGN_RIGHT},
        {.title = word(t, "95% to", "95%上限"), .align = ALIGN_RIGHT}};
    const struct doc_table table = {.title = title,
                                    .columns = columns,
                                    .n_columns = COLUMNS,
                                    .cells = cells,
                                    .n_rows = n,
                                    .small = true};
    t->no_memory |= t->no_memory || !doc_table(t->d, &table);
}

static struct cell *lines_of(struct teller *t, size_t n)
{
    struct cell *cells = ARENA_ARRAY(t->a, struct cell, n * COLUMNS + 1);
    t->no_memory |= !cells;
    return cells;
}

static int year_of(const struct project_forecast *f, size_t moment)
{
    return (int)f->shape.year + (int)moment * (int)f->shape.width;
}

static void tell_figures(struct teller *t, const struct project_forecast *f,
                         struct str title)
{
    struct cell *cells = lines_of(t, f->moments * PROJECT_FIGURES);
    for (size_t i = 0; cells && i < f->moments * PROJECT_FIGURES; i++) {
        const struct projection_figure *about = &figures[i % PROJECT_FIGURES];
        size_t moment = i / PROJECT_FIGURES;
        add_line(t, cells + i * COLUMNS, year_of(f, moment),
                 text(t, label_in(about->label, t->zh)),
                 f->figure[i % PROJECT_FIGURES] + moment * Q, about->decimals);
    }
    add_table(t, title, cells, f->moments * PROJECT_FIGURES);
}

static struct str age_name(struct teller *t, bool men, size_t group)
{
    const struct project_shape *s = &t->page->ahead->shape;
    int from = (int)group * (int)s->width;
    const char *who = men ? (t->zh ? "男 " : "men ") : (t->zh ? "女 " : "women ");
    if (group + 1 == s->ages)
        return str_format(t->a, "%s%d+", who, from);
    if (s->width == 1)
        return str_format(t->a, "%s%d", who, from);
    return str_format(t->a, "%s%d–%d", who, from, from + (int)s->width - 1);
}

static void tell_people(struct teller *t)
{
    const struct project_forecast *f = t->page->ahead;
    size_t ages = f->shape.ages, n = f->moments * 2 * ages;
    struct cell *cells = lines_of(t, n);
    for (size_t i = 0; cells && i < n; i++) {
        size_t moment = i / (2 * ages), sex = i / ages % 2, age = i % ages;
        add_line(t, cells + i * COLUMNS, year_of(f, moment),
                 text(t, age_name(t, sex == PROJECT_MALE, age)),
                 f->people[sex] + (moment * ages + age) * Q, 0);
    }
    add_table(t, word(t, "People by sex and age", "分性别年龄人口"), cells, n);
}

static void tell_needs(struct teller *t)
{
    const struct project_forecast *f = t->page->ahead;
    size_t needs = f->n_needs - 2 * t->page->n_groups, n = needs * f->moments;
    struct cell *cells = lines_of(t, n);
    for (size_t i = 0; cells && i < n; i++) {
        const struct project_need *need = &f->needs[f->need[i % needs]];
        size_t moment = i / needs;
        add_line(t, cells + i * COLUMNS, year_of(f, moment),
                 text(t, t->zh ? need->name_zh : need->name),
                 f->needed[i % needs] + moment * Q, 1);
    }
    add_table(t, word(t, "Needs of each year", "各年需求"), cells, n);
}

static void tell_all(struct teller *t)
{
    tell_figures(t, t->page->ahead, word(t, "Figures of each year", "各年指标"));
    if (t->page->without)
        tell_figures(t, t->page->without,
                     word(t, "Without the scenario", "各年指标（原方案）"));
    tell_needs(t);
    tell_people(t);
}

enum err projection_doc_make(const struct measure *m, struct arena *a,
                             const struct projection_plan *plan,
                             const struct projection_basis *basis,
                             const struct project_page *page, bool whole,
                             struct doc **out, struct error *e)
{
    struct teller t = {
        .m = m, .a = a, .d = doc_new(a, page->zh), .page = page, .zh = page->zh};
    const struct project_forecast *f = page->ahead;
    if (!t.d)
        return error_memory(e);
    struct str day = date_text(a, m->today, t.zh);
    t.d->title = label_in(plan->label, t.zh);
    t.d->subtitle = str_format(a, STR_FMT " · %d–%d", STR_ARG(page->area), year_of(f, 0),
                               year_of(f, f->moments - 1));
    t.d->made =
        str_format(a, t.zh ? STR_FMT "由" STR_FMT "导出" : "Made " STR_FMT " by " STR_FMT,
                   STR_ARG(day), STR_ARG(access_name(a, m->who->name, t.zh)));
    t.d->made_on = m->today;
    t.d->footer = t.d->title;
    t.no_memory = !day.p || !t.d->subtitle.p || !t.d->made.p;
    t.no_memory |= t.no_memory || !project_doc_add(t.d, page);
    tell_basis(&t, basis);
    if (whole && !t.no_memory)
        tell_all(&t);
    *out = t.d;
    return t.no_memory ? error_memory(e) : ERR_OK;
}
