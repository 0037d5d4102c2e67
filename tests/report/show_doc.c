// SPDX-License-Identifier: AGPL-3.0-or-later
// A half-year report with every kind of block, to be looked at: show_doc DIRECTORY
// [bench]. Figures are made up. Prints how long each format took; bench: of a report of
// 30 tables and 12 charts.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/doc.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct maker {
    struct doc *d;
    struct arena *a;
    bool zh, ok;
};

static struct str pick(const struct maker *m, const char *en, const char *zh)
{
    return str_of(m->zh ? zh : en);
}

static struct cell text_cell(struct str s)
{
    return (struct cell){.kind = CELL_TEXT, .text = s};
}

static struct cell number_cell(double value)
{
    return (struct cell){.kind = CELL_NUMBER, .value = value};
}

static const char *const towns[][2] = {
    {"Chengguan", "城关镇"},   {"Dongguan", "东关镇"},  {"Xincheng", "新城镇"},
    {"Shuiquan", "水泉乡"},    {"Baiyun", "白云乡"},    {"Heishan", "黑山镇"},
    {"Liujiawan", "刘家湾镇"}, {"Majiahe", "马家河乡"}, {"Nanping", "南坪乡"},
    {"Beiyuan", "北塬镇"},     {"Qingshui", "清水镇"},  {"Longtan", "龙潭乡"},
    {"Shilipu", "十里铺镇"},   {"Yangchang", "羊场乡"}, {"Gaojiagou", "高家沟乡"},
    {"Tianchi", "天池回族乡"},
};
static const double boys[] = {612, 344, 298, 61, 87,  203, 188, 55,
                              92,  231, 176, 38, 149, 29,  44,  3};
static const double girls[] = {571, 331, 281, 58, 71,  192, 151, 49,
                               84,  220, 169, 41, 138, 21,  45,  4};

static void ratio_of(double m, double f, double *r, double *low, double *high)
{
    double n = m + f, p = m / n, z = 1.96, d = 1 + z * z / n;
    double c = (p + z * z / (2 * n)) / d;
    double h = z / d * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    *r = 100 * m / f;
    *low = 100 * (c - h) / (1 - c + h);
    *high = 100 * (c + h) / (1 - c - h);
}

static void births_table(struct maker *m)
{
    size_t rows = COUNT(towns) + 1, columns = 8;
    struct cell *cells = ARENA_ARRAY(m->a, struct cell, rows * columns);
    int *levels = ARENA_ARRAY(m->a, int, rows);
    struct table_column heads[] = {
        {.title = pick(m, "Township", "乡镇")},
        {.title = pick(m, "Boys", "男"),
         .group = pick(m, "Live births", "活产数"),
         .align = ALIGN_RIGHT},
        {.title = pick(m, "Girls", "女"),
         .group = pick(m, "Live births", "活产数"),
         .align = ALIGN_RIGHT},
        {.title = pick(m, "Change on the year before", "较上年同期"),
         .group = pick(m, "Live births", "活产数"),
         .unit = STR("%"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title =
             pick(m, "Sex ratio at birth (95 % interval)", "出生人口性别比（95% 区间）"),
         .unit = pick(m, "boys per 100 girls", "女=100"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = pick(m, "complete", "完整率"),
         .group = pick(m, "Registration", "登记"),
         .unit = STR("%"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = pick(m, "on time", "及时率"),
         .group = pick(m, "Registration", "登记"),
         .unit = STR("%"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = pick(m, "Last report", "最近报表"), .align = ALIGN_RIGHT},
    };
    double all_boys = 0, all_girls = 0;
    if (!cells || !levels) {
        m->ok = false;
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        struct cell *row = cells + r * columns;
        bool total = r + 1 == rows;
        double b = total ? all_boys : boys[r], g = total ? all_girls : girls[r];
        all_boys += b;
        all_girls += g;
        row[0] = text_cell(total ? pick(m, "Wuxiang county", "武乡县合计")
                                 : pick(m, towns[r][0], towns[r][1]));
        levels[r] = total ? -1 : 0;
        row[1] = b < 5 ? (struct cell){.kind = CELL_SUPPRESSED} : number_cell(b);
        row[2] = g < 5 ? (struct cell){.kind = CELL_SUPPRESSED} : number_cell(g);
        row[3] = r == 11 ? (struct cell){.kind = CELL_MISSING}
                         : number_cell(fmod((double)r * 7.3, 19) - 9);
        row[4].kind = CELL_INTERVAL;
        row[4].anchor = STR("indicator:srb");
        ratio_of(b, g, &row[4].value, &row[4].low, &row[4].high);
        if (b < 5)
            row[4] = (struct cell){.kind = CELL_NOT_DEFINED};
        row[5] = number_cell(99.6 - fmod((double)r * 3.7, 11));
        row[6] = number_cell(97.2 - fmod((double)r * 5.9, 23));
        row[6].tone = row[6].value < 80   ? TONE_BAD
                      : row[6].value > 95 ? TONE_GOOD
                                          : TONE_NONE;
        row[7] =
            (struct cell){.kind = CELL_DATE, .value = 16250 + fmod((double)r * 5, 9)};
    }
    struct doc_table t = {
        .title = pick(m, "Live births, sex ratio at birth and registration by township",
                      "各乡镇活产数、出生人口性别比与出生登记情况"),
        .columns = heads,
        .n_columns = columns,
        .cells = cells,
        .n_rows = rows,
        .row_level = levels,
        .note =
            pick(m,
                 "Intervals are Wilson intervals of the share of boys. A ratio of "
                 "fewer than 3,800 births cannot tell 115 from 105 and is not ranked.",
                 "区间为男婴比例的 Wilson 区间。出生数不足 3,800 "
                 "时无法区分 115 与 105，不作排名。"),
        .source = pick(m, "Hospital deliveries, immunisation and household registration.",
                       "医院分娩、预防接种与户籍登记资料。"),
    };
    m->ok &= doc_table(m->d, &t);
}

static void interval_chart(struct maker *m, enum chart_form form)
{
    size_t n = COUNT(towns) - 1;
    double *value = ARENA_ARRAY(m->a, double, n), *low = ARENA_ARRAY(m->a, double, n),
           *high = ARENA_ARRAY(m->a, double, n), *size = ARENA_ARRAY(m->a, double, n);
    struct str *names = ARENA_ARRAY(m->a, struct str, n);
    if (!value || !low || !high || !size || !names) {
        m->ok = false;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        ratio_of(boys[i], girls[i], &value[i], &low[i], &high[i]);
        size[i] = boys[i] + girls[i];
        names[i] = pick(m, towns[i][0], towns[i][1]);
    }
    if (form == CHART_FORM_FUNNEL)
        value[6] = 152;
    struct series s = {.label = pick(m, "Sex ratio at birth", "出生人口性别比"),
                       .value = value,
                       .low = low,
                       .high = high,
                       .size = form == CHART_FORM_FUNNEL ? size : NULL};
    struct doc_chart c = {
        .form = form,
        .title = form == CHART_FORM_FUNNEL
                     ? pick(m, "Sex ratio at birth against the number of births",
                            "出生人口性别比与出生数")
                     : pick(m, "Sex ratio at birth by township, with 95 % intervals",
                            "各乡镇出生人口性别比及 95% 区间"),
        .value_label = pick(m, "Boys per 100 girls", "出生人口性别比（女=100）"),
        .size_label = pick(m, "Live births", "活产数（人）"),
        .categories = names,
        .n_categories = n,
        .series = &s,
        .n_series = 1,
        .has_reference = true,
        .reference = 106.3,
        .reference_low = 105.5,
        .reference_high = 107.2,
        .reference_label = pick(m, "East Asia 106.3", "东亚参考值 106.3"),
        .decimals = 1,
        .ratio = true,
        .note =
            pick(m, "Band: 95 % interval of the reference.", "阴影为参考值的 95% 区间。"),
    };
    m->ok &= doc_chart(m->d, &c);
}

static void line_chart(struct maker *m)
{
    enum { N = 18 };
    struct str names[N];
    double a[N], b[N], c[N], low[N], high[N];
    for (int i = 0; i < N; i++) {
        names[i] = str_format(m->a, "%d-%02d", 2013 + i / 12, i % 12 + 1);
        a[i] = 96 + 2.2 * sin(i * 0.9) - (i > 13 ? 5 : 0);
        b[i] = i == 7 ? NAN : 88 + 3 * cos(i * 0.7) + i * 0.3;
        c[i] = 83 + i * 0.35 + 2 * sin(i * 1.7);
        low[i] = a[i] - 1.8;
        high[i] = a[i] + 1.4;
    }
    struct series s[] = {
        {.label = pick(m, "Hospital", "医院"), .value = a, .low = low, .high = high},
        {.label = pick(m, "Immunisation", "预防接种"), .value = b},
        {.label = pick(m, "Household register", "户籍登记"), .value = c},
    };
    struct doc_chart chart = {
        .form = CHART_FORM_LINE,
        .title = pick(m, "Births reported within 30 days, by source and month",
                      "各来源 30 日内报告出生的比例，按月"),
        .value_label = pick(m, "Per cent of births", "占出生数的百分比"),
        .categories = names,
        .n_categories = N,
        .series = s,
        .n_series = 3,
        .decimals = 1,
        .has_reference = true,
        .reference = 95,
        .reference_low = NAN,
        .reference_high = NAN,
        .reference_label = pick(m, "Target 95", "目标 95"),
        .source = pick(m, "Births register.", "出生登记册。"),
    };
    m->ok &= doc_chart(m->d, &chart);
}

static void bar_chart(struct maker *m)
{
    struct str names[] = {pick(m, "First", "一孩"), pick(m, "Second", "二孩"),
                          pick(m, "Third and later", "三孩及以上")};
    double b[] = {1320, 1104, 186}, g[] = {1268, 1041, 117};
    struct series s[] = {{.label = pick(m, "Boys", "男"), .value = b},
                         {.label = pick(m, "Girls", "女"), .value = g}};
    struct doc_chart c = {
        .form = CHART_FORM_BAR,
        .title = pick(m, "Live births by birth order and sex", "按孩次和性别分的活产数"),
        .value_label = pick(m, "Live births", "活产数（人）"),
        .categories = names,
        .n_categories = 3,
        .series = s,
        .n_series = 2};
    m->ok &= doc_chart(m->d, &c);
}

static void pyramid_chart(struct maker *m)
{
    enum { N = 18 };
    struct str names[N];
    double b[N], g[N];
    for (int i = 0; i < N; i++) {
        names[i] = i == N - 1 ? STR("85+")
                              : str_format(m->a, "%d\xE2\x80\x93%d", i * 5, i * 5 + 4);
        b[i] = 13000 * exp(-pow((i - 8.0) / 7.5, 2)) + 1900 * (i < 3);
        g[i] = 12500 * exp(-pow((i - 8.4) / 7.8, 2)) + 1700 * (i < 3);
    }
    struct series s[] = {{.label = pick(m, "Male", "男"), .value = b},
                         {.label = pick(m, "Female", "女"), .value = g}};
    struct doc_chart c = {
        .form = CHART_FORM_PYRAMID,
        .title = pick(m, "Residents by age and sex", "常住人口年龄与性别结构"),
        .value_label = pick(m, "Residents", "常住人口（人）"),
        .categories = names,
        .n_categories = N,
        .series = s,
        .n_series = 2};
    m->ok &= doc_chart(m->d, &c);
}

static void programmes_table(struct maker *m)
{
    static const char *const rows[][2] = {
        {"Residents' health records", "居民健康档案"},
        {"Records in electronic form", "电子建档"},
        {"Records in use during the year", "动态使用"},
        {"Mothers", "孕产妇健康管理"},
        {"First seen before 13 weeks", "早孕建册"},
        {"Visited within 28 days of discharge", "产后访视"},
        {"Children 0\xE2\x80\x93"
         "6",
         "0\xE2\x80\x93"
         "6 岁儿童健康管理"},
        {"Newborns visited at home", "新生儿访视"},
        {"All visits due at their age", "系统管理"},
        {"Hypertension, managed to standard", "高血压患者规范管理"},
        {"Type 2 diabetes, managed to standard", "2 型糖尿病患者规范管理"},
    };
    static const int level[] = {0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0};
    size_t n = COUNT(rows), columns = 6;
    struct cell *cells = ARENA_ARRAY(m->a, struct cell, n * columns);
    if (!cells) {
        m->ok = false;
        return;
    }
    struct table_column heads[] = {
        {.title = pick(m, "Programme and indicator", "项目与指标")},
        {.title = pick(m, "Numerator", "分子"), .align = ALIGN_RIGHT},
        {.title = pick(m, "Denominator", "分母"), .align = ALIGN_RIGHT},
        {.title = pick(m, "Rate", "比率"),
         .unit = STR("%"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = pick(m, "Change", "变化"),
         .unit = pick(m, "points", "百分点"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = pick(m, "What the checks say", "核查结果")},
    };
    for (size_t r = 0; r < n; r++) {
        struct cell *row = cells + r * columns;
        double d = 1275 + (double)r * 8137, p = 0.97 - (double)(r % 5) * 0.063;
        row[0] = text_cell(pick(m, rows[r][0], rows[r][1]));
        row[1] = number_cell(r == 9 ? 1435 : floor(d * p));
        row[2] = number_cell(r == 9 ? 1275 : d);
        row[3] = r == 9 ? (struct cell){.kind = CELL_NOT_DEFINED} : number_cell(100 * p);
        row[4] = number_cell(((double)r - 5) * 0.7);
        row[5] = (struct cell){.kind = CELL_EMPTY};
        if (r == 9)
            row[5] =
                text_cell(pick(m,
                               "The numerator is not inside its denominator: 1,435 "
                               "managed of 1,275 people known.",
                               "分子不在分母之内：已知 1,275 人，上报管理 1,435 人。"));
        if (r == 9)
            row[5].tone = TONE_BAD;
    }
    struct doc_table t = {
        .title = pick(m, "Basic public health service", "基本公共卫生服务项目"),
        .columns = heads,
        .n_columns = columns,
        .cells = cells,
        .n_rows = n,
        .row_level = level,
        .source =
            pick(m, "Monthly reports of 16 health centres.", "16 所乡镇卫生院月报。")};
    m->ok &= doc_table(m->d, &t);
}

static void definitions(struct maker *m)
{
    struct table_column heads[] = {{.title = pick(m, "Indicator", "指标")},
                                   {.title = pick(m, "Definition", "定义")},
                                   {.title = pick(m, "Edition", "版本")}};
    struct cell cells[] = {
        {.kind = CELL_TEXT,
         .text = pick(m, "Sex ratio at birth", "出生人口性别比"),
         .anchor = STR("#indicator:srb")},
        text_cell(
            pick(m,
                 "100 \xC3\x97 boys born alive / girls born alive, by residence of "
                 "the mother and date of birth. Shown with its 95 % interval; below "
                 "3,800 births unranked.",
                 "每 100 名活产女婴对应的活产男婴数，按母亲居住地和出生日期统计，附 95% "
                 "区间；出生数不足 3,800 时不排名。")),
        text_cell(pick(m, "first", "第一版")),
        text_cell(pick(m, "Complete", "登记完整率")),
        text_cell(pick(m, "Births in the register / births estimated from all sources.",
                       "登记册中的出生数 / 各来源合并估计的出生数。")),
        text_cell(pick(m, "third", "第三版")),
    };
    struct doc_table t = {.title = pick(m, "Definitions", "指标定义"),
                          .columns = heads,
                          .n_columns = 3,
                          .cells = cells,
                          .n_rows = 2};
    m->ok &= doc_table(m->d, &t);
}

static void body(struct maker *m)
{
    struct doc *d = m->d;
    m->ok &= doc_heading(d, 1, pick(m, "What changed", "主要变化"));
    m->ok &= doc_paragraph(
        d,
        pick(m,
             "5,037 births were registered in the first half of 2014, 2.1 % more than a "
             "year before. The sex ratio at birth was 107.6 (101.9\xE2\x80\x93"
             "113.6) boys "
             "per 100 girls, which is not distinguishable from the regional reference.\n"
             "- Liujiawan stands outside the 99.8 % limits; a review of its two "
             "facilities "
             "and of their records is proposed.\n"
             "- Reporting within 30 days fell to 91 % in the hospitals since March.\n"
             "- 43 births known to immunisation clinics are not in the register.",
             "2014 年上半年全县登记出生 5,037 人，较上年同期增长 2.1%。出生人口性别比为 "
             "107.6（101.9\xE2\x80\x93"
             "113.6），与地区参考值无法区分。\n"
             "- 刘家湾镇超出 99.8% 控制限，建议对其两所医疗机构及其记录进行核查。\n"
             "- 自三月起，医院 30 日内报告率降至 91%。\n"
             "- 预防接种门诊掌握的 43 例出生尚未登记。"));
    m->ok &= doc_heading(d, 1, pick(m, "Births", "出生"));
    m->ok &= doc_heading(d, 2, pick(m, "By township", "分乡镇情况"));
    births_table(m);
    interval_chart(m, CHART_FORM_INTERVAL);
    m->ok &= doc_heading(d, 2, pick(m, "Which townships differ", "哪些乡镇有差异"));
    m->ok &= doc_paragraph(
        d,
        pick(m,
             "Points inside the limits differ from the reference by no more than chance "
             "would make them. With fifteen townships one in twenty falls outside the "
             "95 % limits even when nothing is different.",
             "控制限以内的点与参考值之差不超过偶然波动。即使毫无差异，平均每二十个点也会"
             "有一个落在 "
             "95% 控制限之外。"));
    interval_chart(m, CHART_FORM_FUNNEL);
    bar_chart(m);
    m->ok &= doc_heading(d, 1, pick(m, "Reporting", "报告质量"));
    line_chart(m);
    m->ok &= doc_heading(d, 1, pick(m, "Population and services", "人口与服务"));
    pyramid_chart(m);
    programmes_table(m);
}

static void long_body(struct maker *m)
{
    static const enum chart_form forms[] = {CHART_FORM_INTERVAL, CHART_FORM_FUNNEL};
    for (int i = 0; i < 15; i++) {
        m->ok &= doc_heading(m->d, 1, str_format(m->a, "Part %d", i));
        births_table(m);
        programmes_table(m);
        if (i % 5 < 2)
            interval_chart(m, forms[i % 2]);
        else if (i % 5 == 2)
            line_chart(m);
        else if (i % 5 == 3 && i < 12)
            bar_chart(m);
        else if (i == 4)
            pyramid_chart(m);
    }
}

static struct doc *make(struct arena *a, bool zh, bool bench)
{
    struct maker m = {doc_new(a, zh), a, zh, true};
    if (!m.d)
        return NULL;
    m.d->title = pick(&m, "Half-year report on births and basic public health service",
                      "出生与基本公共卫生服务半年报告");
    m.d->subtitle = pick(&m, "Wuxiang county \xC2\xB7 first half of 2014",
                         "武乡县 \xC2\xB7 2014 年上半年");
    m.d->made = pick(
        &m,
        "Made 15 July 2014 from 48,113 rows; pack cn-county 1 (1a2b3c); data "
        "up to 10 July 2014",
        "2014年7月15日编制，依据 48,113 行数据；业务包 cn-county 1（1a2b3c）；数据截至 "
        "2014年7月10日");
    m.d->footer = pick(&m, "Wuxiang county health authority", "武乡县卫生健康局");
    m.d->author = m.d->footer;
    date_from_ymd(2014, 7, 15, &m.d->made_on);
    if (bench)
        long_body(&m);
    else
        body(&m);
    m.ok &= doc_heading(
        m.d, 1, pick(&m, "Annex: definitions and data quality", "附录：定义与数据质量"));
    definitions(&m);
    return m.ok ? m.d : NULL;
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static const char *const endings[] = {"pdf", "html", "xlsx"};
    bool bench = argc > 2 && !strcmp(argv[2], "bench");
    if (argc < 2) {
        fprintf(stderr, "usage: show_doc DIRECTORY [bench]\n");
        return 64;
    }
    for (int zh = 0; zh < 2; zh++) {
        struct arena a;
        arena_init(&a, 0);
        struct doc *d = make(&a, zh, bench);
        for (int i = 0; d && i < 3; i++) {
            char path[4096];
            struct error e = {0};
            snprintf(path, sizeof path, "%s/report-%s.%s", argv[1], zh ? "zh" : "en",
                     endings[i]);
            double start = seconds(CLOCK_MONOTONIC);
            double work = seconds(CLOCK_PROCESS_CPUTIME_ID);
            if (doc_write(d, path, &e))
                fprintf(stderr, "%s: %s\n", path, e.text);
            printf("%s %.3f s, %.3f s of a processor\n", path,
                   seconds(CLOCK_MONOTONIC) - start,
                   seconds(CLOCK_PROCESS_CPUTIME_ID) - work);
        }
        struct buf text = BUF_INIT(1 << 24);
        struct error e = {0};
        if (d && !bench) {
            if (doc_print(d, 100, &text, &e))
                fprintf(stderr, "%s\n", e.text);
            if (text.n)
                fwrite(text.p, 1, text.n, stdout);
        }
        buf_free(&text);
        arena_free(&a);
    }
    return 0;
}
