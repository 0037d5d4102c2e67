// SPDX-License-Identifier: AGPL-3.0-or-later
// The monthly reports: a file a register and year, a row a township (or facility) and
// month. Which columns a report has, and of what each is a part, stands in one table; a
// rate has its township's own level, so that ranks mean something, and grows a little
// with the years.
#include "demo/county.h"
#include "demo/sheet.h"
#include "demo/truth.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

// Of what a column is a part. Numbers from 0 up are earlier columns of the same report.
enum base {
    RESIDENTS = -1,
    RESIDENTS_65 = -2,
    CHILDREN_0_6 = -3,
    CHILDREN_0_2 = -4,
    BIRTHS = -5,
    HOSPITAL_BIRTHS = -6,
    HYPERTENSION = -7,
    DIABETES = -8,
    MENTAL = -9,
    TB = -10,
    COUNT = -11,       // about low to high, whatever the size of the township
    PREGNANCIES = -12, // of the year
    COUPLES = -13,
    INFECTIONS = -14, // notifiable, of a month
};

enum { MOST_COLUMNS = 26, DUE_DAY = 5 };

struct column {
    const char *heading;
    int16_t of;
    uint16_t low, high; // thousandths of the base (of COUNT: themselves)
    bool year_to_date;  // grows from January to December
};

struct report {
    const char *name;
    struct column columns[MOST_COLUMNS];
};

static const struct report reports[] = {
    {"records_report",
     {{"常住居民数", RESIDENTS, 1000, 1000},
      {"建档人数", 0, 780, 940},
      {"电子健康档案数", 1, 850, 980},
      {"动态档案数", 1, 380, 660},
      {"抽查档案数", COUNT, 30, 30},
      {"抽查有动态记录份数", 4, 400, 800}}},
    {"education_report",
     {{"发放印刷资料份数", RESIDENTS, 40, 110},
      {"播放音像资料次数", COUNT, 4, 20},
      {"宣传栏更新次数", COUNT, 2, 12},
      {"公众健康咨询活动次数", COUNT, 1, 4},
      {"参加咨询活动人数", 3, 40000, 65000},
      {"健康知识讲座次数", COUNT, 1, 6},
      {"参加讲座人数", 5, 25000, 60000}}},
    {"immunisation_report",
     {{"卡介苗应种", BIRTHS, 1000, 1000},         {"卡介苗实种", 0, 940, 1000},
      {"乙肝疫苗应种", BIRTHS, 2900, 3000},       {"乙肝疫苗实种", 2, 930, 995},
      {"脊灰疫苗应种", BIRTHS, 3700, 3900},       {"脊灰疫苗实种", 4, 920, 990},
      {"百白破疫苗应种", BIRTHS, 3700, 3900},     {"百白破疫苗实种", 6, 920, 990},
      {"含麻疹成分疫苗应种", BIRTHS, 1900, 2000}, {"含麻疹成分疫苗实种", 8, 900, 985},
      {"乙脑疫苗应种", BIRTHS, 1900, 2000},       {"乙脑疫苗实种", 10, 890, 980},
      {"流脑疫苗应种", BIRTHS, 3600, 3900},       {"流脑疫苗实种", 12, 880, 980},
      {"甲肝疫苗应种", BIRTHS, 950, 1000},        {"甲肝疫苗实种", 14, 880, 980},
      {"应建证数", CHILDREN_0_6, 1000, 1000},     {"建证数", 16, 960, 1000},
      {"应记录温度次数", COUNT, 60, 60},          {"温度合格次数", 18, 880, 1000},
      {"异常反应报告例数", COUNT, 0, 2}}},
    {"children_report",
     {{"辖区活产数", BIRTHS, 1000, 1000},
      {"新生儿访视人数", 0, 840, 985},
      {"0-6岁儿童数", CHILDREN_0_6, 1000, 1000},
      {"健康管理儿童数", 2, 800, 950, true},
      {"系统管理儿童数", 3, 820, 940}}},
    {"mothers_report",
     {{"活产数", BIRTHS, 1000, 1000},
      {"住院分娩活产数", 0, 965, 1000},
      {"孕12周前建册人数", 0, 640, 800},
      {"早孕建册人数", 0, 800, 930},
      {"产检5次及以上人数", 0, 780, 930},
      {"产后访视人数", 0, 820, 960},
      {"产后42天检查人数", 0, 740, 920}}},
    {"elderly_report",
     {{"老年人口数", RESIDENTS_65, 1000, 1000},
      {"健康管理老年人数", 0, 620, 790, true},
      {"体检表完整人数", 1, 880, 990}}},
    {"hypertension_report",
     {{"在管高血压患者数", HYPERTENSION, 820, 960},
      {"规范管理人数", 0, 600, 800},
      {"血压达标人数", 0, 450, 660},
      {"新增患者数", 0, 1, 9}}},
    {"diabetes_report",
     {{"糖尿病管理人数", DIABETES, 840, 960},
      {"规范管理人数", 0, 590, 790},
      {"血糖达标人数", 0, 400, 620},
      {"新增患者数", 0, 1, 10}}},
    {"mental_report",
     {{"在册患者数", MENTAL, 1000, 1000},
      {"管理人数", 0, 900, 990},
      {"按照规范要求管理的患者数", 1, 780, 930},
      {"病情稳定人数", 1, 760, 930}}},
    {"infectious_report",
     {{"登记病例数", INFECTIONS, 600, 1500},
      {"报告病例数", 0, 950, 1000},
      {"及时报告数", 1, 940, 1000},
      {"应报告突发事件数", COUNT, 0, 1},
      {"及时报告突发事件数", 3, 1000, 1000}}},
    {"tb_report",
     {{"通知管理患者数", TB, 1000, 1000, true},
      {"管理患者数", 0, 900, 1000},
      {"完成治疗患者数", 1, 500, 800},
      {"规则服药人数", 2, 880, 1000}}},
    {"inspection_report",
     {{"食品安全巡查次数", COUNT, 1, 5},
      {"饮用水巡查次数", COUNT, 1, 4},
      {"学校卫生巡查次数", COUNT, 1, 4},
      {"非法行医巡查次数", COUNT, 1, 5},
      {"公共场所巡查次数", COUNT, 1, 6},
      {"发现线索数", COUNT, 0, 4},
      {"报告线索数", 5, 850, 1000}}},
    {"tcm_report",
     {{"老年人中医药健康管理人数", RESIDENTS_65, 400, 600, true},
      {"0-36个月儿童数", CHILDREN_0_2, 1000, 1000},
      {"儿童中医药健康管理人数", 1, 430, 680, true}}},
    {"prepregnancy_report",
     {{"计划怀孕夫妇对数", COUPLES, 1000, 1000},
      {"已检夫妇对数", 0, 780, 960},
      {"完成19项检查对数", 1, 900, 1000},
      {"高风险夫妇对数", 1, 90, 210},
      {"高风险咨询指导对数", 3, 920, 1000},
      {"目标妇女数", COUPLES, 1100, 1250},
      {"叶酸发放人数", 5, 800, 960}}},
    {"contract_report",
     {{"常住人口数", RESIDENTS, 1000, 1000},
      {"常住人口签约数", 0, 240, 420},
      {"建档立卡贫困人口数", RESIDENTS, 55, 95},
      {"建档立卡贫困人口签约数", 2, 700, 960},
      {"持证残疾人数", RESIDENTS, 18, 26},
      {"持证残疾人签约数", 4, 500, 800},
      {"孕产妇人群数", PREGNANCIES, 1000, 1000},
      {"孕产妇人群签约数", 6, 550, 820},
      {"0-6岁儿童数", CHILDREN_0_6, 1000, 1000},
      {"0-6岁儿童签约数", 8, 500, 760},
      {"老年人数", RESIDENTS_65, 1000, 1000},
      {"老年人签约数", 10, 520, 780},
      {"高血压数", HYPERTENSION, 1000, 1000},
      {"高血压签约数", 12, 560, 820},
      {"糖尿病患者数", DIABETES, 1000, 1000},
      {"糖尿病患者签约数", 14, 560, 820},
      {"精神障碍患者数", MENTAL, 1000, 1000},
      {"精神障碍患者签约数", 16, 700, 920},
      {"结核病患者数", TB, 600, 600},
      {"结核病患者签约数", 18, 700, 980}}},
};

// Places in the table above (planted_in asserts them).
enum { REPORTS = sizeof reports / sizeof *reports, INFECTIOUS = 9, CONTRACT = 14 };

static enum sheet_dialect programme_dialect(int report)
{
    static const enum sheet_dialect dialects[] = {SHEET_UTF8, SHEET_GB18030,
                                                  SHEET_UTF8_BOM, SHEET_XLSX};
    return dialects[report % 4];
}

bool report_file(const struct county *c, size_t n, int year, const char **register_name,
                 char file[64])
{
    if (n >= REPORTS + 2)
        return false;
    *register_name = n == 0   ? "births_report"
                     : n == 1 ? "deliveries_report"
                              : reports[n - 2].name;
    bool workbook = n > 1 && programme_dialect((int)n - 2) == SHEET_XLSX;
    snprintf(file, 64, "reports/%s-%d.%s", *register_name, c->options.first_year + year,
             workbook ? "xlsx" : "csv");
    return true;
}
// Months before the end: June and March of the last year.
enum { OVER_MONTH = 7, OUTBREAK_MONTH = 10, OUTBREAK = 6 };
enum planted { PLANTED_NOTHING, PLANTED_OVER, PLANTED_OUTBREAK };
enum { PLANTED_GROUP = 1275, PLANTED_CONTRACTED = 1435, PLANTED_COLUMN = 12 };

// Births of a township or facility in a month.
struct tally {
    uint32_t births, boys, order[3], in_hospital;
    uint32_t deliveries, low_weight, stillbirths, certificates;
};

struct writer {
    struct county *c;
    struct tally *townships, *facilities; // [month][TOWNSHIPS or n_facilities]
    int months;
    int tardy; // the township that is often late
};

static int month_of(const struct county *c, int32_t day)
{
    int year, month, date;
    date_to_ymd(day, &year, &month, &date);
    return (year - c->options.first_year) * 12 + month - 1;
}

static void add_to(struct tally *t, const struct birth *b)
{
    t->births++;
    t->boys += !b->girl;
    t->order[b->order < 3 ? b->order - 1 : 2]++;
    t->deliveries += !b->second_twin;
    t->low_weight += b->weight < 2500;
    t->certificates += b->row[HOSPITAL] != 0;
    t->in_hospital += b->row[HOSPITAL] != 0;
}

static enum err count_births(struct writer *w, struct error *e)
{
    struct county *c = w->c;
    w->townships = mem_alloc((size_t)w->months * TOWNSHIPS, sizeof *w->townships);
    w->facilities = mem_alloc((size_t)w->months * c->n_facilities, sizeof *w->facilities);
    if (!w->townships || !w->facilities)
        return error_memory(e);
    for (size_t i = 0; i < c->n_births; i++) {
        const struct birth *b = &c->births[i];
        size_t month = (size_t)month_of(c, b->day);
        size_t township = (size_t)county_village(c, b->village)->township;
        if (b->facility >= 0)
            add_to(&w->facilities[month * c->n_facilities + (size_t)b->facility], b);
        // The township knows what its hospitals report and some of the births at home.
        uint64_t x = draw_next(draw(c->options.seed, TOPIC_REPORT, i), 7);
        if (b->row[HOSPITAL] || (b->facility == HOME && draw_chance(x, 400000)))
            add_to(&w->townships[month * TOWNSHIPS + township], b);
    }
    for (size_t i = 0; i < c->n_stillbirths; i++) {
        const struct stillbirth *b = &c->stillbirths[i];
        size_t month = (size_t)month_of(c, b->day);
        struct tally *t = &w->facilities[month * c->n_facilities + (size_t)b->facility];
        t->stillbirths++;
        t->deliveries++;
    }
    return ERR_OK;
}

static uint32_t both_sexes(const struct county *c, int year, int township, int from,
                           int to)
{
    return residents_of(c, year, township, 0, from, to) +
           residents_of(c, year, township, 1, from, to);
}

// Between low and high by this township's level, a step further each year; the month adds
// a little. In thousandths.
static uint32_t rate_of(const struct writer *w, const struct column *column, int report,
                        int at, int township, int month)
{
    uint64_t seed = w->c->options.seed;
    uint64_t level = draw(seed, TOPIC_REPORT,
                          (uint64_t)((report * 64 + at) * 64 + township) + 1000000000u);
    uint64_t noise = draw(seed, TOPIC_REPORT,
                          (uint64_t)(((report * 64 + at) * 64 + township) * 256 + month) +
                              2000000000u);
    uint32_t width = (uint32_t)(column->high - column->low);
    uint32_t place = draw_below(level, 700) +
                     200u * (uint32_t)month / (uint32_t)w->months +
                     draw_below(noise, 100);
    return column->low + (width * place + 500) / 1000;
}

static uint32_t base_of(const struct writer *w, int base, int township, int month)
{
    const struct county *c = w->c;
    int year = month / 12; // the people counted at the end of the year before
    switch ((enum base)base) {
    case RESIDENTS:
        return both_sexes(c, year, township, 0, AGES - 1);
    case RESIDENTS_65:
        return both_sexes(c, year, township, 65, AGES - 1);
    case CHILDREN_0_6:
        return both_sexes(c, year, township, 0, 6);
    case CHILDREN_0_2:
        return both_sexes(c, year, township, 0, 2);
    case BIRTHS:
        return w->townships[month * TOWNSHIPS + township].births;
    case HOSPITAL_BIRTHS:
        return w->townships[month * TOWNSHIPS + township].in_hospital;
    case HYPERTENSION: // known cases: 14 % of those of 35 and over
        return both_sexes(c, year, township, 35, AGES - 1) * 140 / 1000;
    case DIABETES:
        return both_sexes(c, year, township, 35, AGES - 1) * 42 / 1000;
    case MENTAL:
        return both_sexes(c, year, township, 15, AGES - 1) * 46 / 10000;
    case TB:
        return both_sexes(c, year, township, 0, AGES - 1) * 62 / 100000;
    case PREGNANCIES:
        return both_sexes(c, year, township, 0, AGES - 1) * 12 / 1000;
    case COUPLES: // a month's share of those who plan a child
        return both_sexes(c, year, township, 0, AGES - 1) * 9 / 12000;
    case INFECTIONS:
        return both_sexes(c, year, township, 0, AGES - 1) * 32 / 100000;
    case COUNT:
        return 1000;
    }
    return 0;
}

// About Poisson: trials of 1/8 each, and one for the rest. The mean is in thousandths.
static uint32_t chance_count(uint64_t x, uint64_t mean)
{
    enum { TRIAL = 125 };
    unsigned n = (unsigned)(mean / TRIAL);
    uint32_t count = draw_chance(draw_next(x, n), (uint32_t)(mean % TRIAL) * 1000);
    for (unsigned i = 0; i < n; i++)
        count += draw_chance(draw_next(x, i), TRIAL * 1000);
    return count;
}

// How many of so many, each with the same chance (in thousandths).
static uint32_t chance_part(uint64_t x, uint32_t of, uint32_t rate)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < of; i++)
        count += draw_chance(draw_next(x, i), rate * 1000);
    return count;
}

// What happened in a month, not who is on a list: its numbers vary by chance.
static bool is_event(const struct column *columns, int i)
{
    if (columns[i].year_to_date)
        return false;
    if (columns[i].of >= 0)
        return is_event(columns, columns[i].of);
    return columns[i].of == BIRTHS || columns[i].of == HOSPITAL_BIRTHS ||
           columns[i].of == COUNT || columns[i].of == COUPLES ||
           columns[i].of == INFECTIONS;
}

static void values_of(const struct writer *w, int report, int township, int month,
                      uint32_t values[MOST_COLUMNS])
{
    const struct column *columns = reports[report].columns;
    for (int i = 0; i < MOST_COLUMNS && columns[i].heading; i++) {
        const struct column *column = &columns[i];
        uint64_t x = draw(w->c->options.seed, TOPIC_REPORT,
                          (uint64_t)(((report * 64 + i) * 64 + township) * 256 + month) +
                              3000000000u);
        if (column->of == COUNT) {
            values[i] =
                column->low + draw_below(x, (uint32_t)(column->high - column->low) + 1);
            continue;
        }
        uint32_t base = column->of >= 0 ? values[column->of]
                                        : base_of(w, column->of, township, month);
        uint32_t rate = rate_of(w, column, report, i, township, month);
        if (column->of == INFECTIONS || column->of == COUPLES) {
            values[i] = chance_count(x, (uint64_t)base * rate);
        } else if (is_event(columns, i) && rate <= 1000) {
            values[i] = chance_part(x, base, rate);
        } else {
            uint64_t part = (uint64_t)base * rate *
                            (column->year_to_date ? (unsigned)month % 12 + 1 : 12);
            values[i] = (uint32_t)((part + 6000) / 12000);
        }
    }
}

// 201406
static int month_id(const struct county *c, int month)
{
    return (c->options.first_year + month / 12) * 100 + month % 12 + 1;
}

static int32_t month_end(const struct county *c, int month)
{
    int32_t next;
    (void)date_from_ymd(c->options.first_year + (month + 1) / 12, (month + 1) % 12 + 1, 1,
                        &next);
    return next - 1;
}

// When a report comes: DATE_NONE is never.
static int32_t received(const struct writer *w, const char *name, uint64_t key,
                        bool tardy, int month, const char *unit)
{
    struct county *c = w->c;
    uint64_t x = draw(c->options.seed, TOPIC_LATE, key);
    char period[16];
    int32_t first = month_end(c, month) + 1;
    snprintf(period, sizeof period, "%d", month_id(c, month));
    int32_t until = c->options.until, due = first + DUE_DAY - 1;
    if (first > until)
        return DATE_NONE; // its month has not ended
    if (draw_chance(x, 8000)) {
        if (due <= until)
            truth_report(c, name, period, unit, "missing", DATE_NONE);
        return DATE_NONE;
    }
    int32_t day = first + (int32_t)draw_below(draw_next(x, 0), DUE_DAY);
    if (draw_chance(draw_next(x, 1), tardy ? 350000 : 40000)) {
        day = first + DUE_DAY + (int32_t)draw_below(draw_next(x, 2), 20);
        if (day <= until)
            truth_report(c, name, period, unit, "late", day);
    }
    if (day <= until)
        return day;
    if (due <= until)
        truth_report(c, name, period, unit, "missing", DATE_NONE);
    return DATE_NONE; // on its way
}

static void plant_contract(struct county *c, const char *file, uint32_t row,
                           uint32_t values[MOST_COLUMNS])
{
    values[PLANTED_COLUMN] = PLANTED_GROUP;
    values[PLANTED_COLUMN + 1] = PLANTED_CONTRACTED;
    truth_bad(c, file, row, "hypertension_contracted", "1435", "keep",
              "contracted is over the group of 1275");
}

static void plant_outbreak(struct county *c, const char *file, uint32_t row,
                           uint32_t values[MOST_COLUMNS])
{
    char found[16];
    for (int i = 0; i < 3; i++) // diagnosed, reported, on time
        values[i] = values[i] * OUTBREAK + 12;
    snprintf(found, sizeof found, "%u", values[0]);
    truth_bad(c, file, row, "diagnosed", found, "keep", "an outbreak");
}

// What is planted in this report; such a report is there and in time.
static enum planted planted_in(const struct writer *w, int report, int township,
                               int month)
{
    const struct county *c = w->c;
    if (month_end(c, month) + 3 > c->options.until)
        return PLANTED_NOTHING;
    assert(strcmp(reports[CONTRACT].name, "contract_report") == 0);
    assert(strcmp(reports[INFECTIOUS].name, "infectious_report") == 0);
    if (report == CONTRACT && township == c->contract_error &&
        month == w->months - OVER_MONTH)
        return PLANTED_OVER;
    if (report == INFECTIOUS && township == c->girls_hidden &&
        month == w->months - OUTBREAK_MONTH)
        return PLANTED_OUTBREAK;
    return PLANTED_NOTHING;
}

static enum err programme_year(struct writer *w, int report, int year, struct error *e)
{
    struct county *c = w->c;
    const struct report *r = &reports[report];
    const char *headings[MOST_COLUMNS + 4] = {"月份", "乡镇"};
    size_t n = 2;
    for (int i = 0; i < MOST_COLUMNS && r->columns[i].heading; i++)
        headings[n++] = r->columns[i].heading;
    headings[n] = "上报日期";
    struct sheet *s;
    char file[64];
    const char *name;
    (void)report_file(c, (size_t)report + 2, year, &name, file);
    enum err result =
        sheet_open(&s, c->options.folder, file, programme_dialect(report), headings, e);
    if (result)
        return result;
    for (int month = year * 12; month < year * 12 + 12; month++)
        for (int t = 0; t < TOWNSHIPS; t++) {
            const struct area *a = county_township(c, t);
            uint64_t key = (uint64_t)((report * 256 + month) * 64 + t);
            enum planted planted = planted_in(w, report, t, month);
            int32_t day = planted ? month_end(c, month) + 2
                                  : received(w, name, key, t == w->tardy, month, a->code);
            if (day == DATE_NONE)
                continue;
            uint32_t values[MOST_COLUMNS] = {0};
            values_of(w, report, t, month, values);
            if (planted == PLANTED_OVER)
                plant_contract(c, file, sheet_row(s), values);
            else if (planted == PLANTED_OUTBREAK)
                plant_outbreak(c, file, sheet_row(s), values);
            sheet_int(s, month_id(c, month));
            sheet_text(s, report % 5 == 2 ? a->code : a->name);
            for (size_t i = 2; i < n; i++)
                sheet_int(s, values[i - 2]);
            sheet_date(s, day, report % 2 ? FORM_SLASH : FORM_ISO);
            sheet_end_row(s);
        }
    return sheet_close(s, e);
}

static enum err births_year(struct writer *w, int year, struct error *e)
{
    static const char *const headings[] = {"月份",       "乡镇",     "出生人数", "男婴数",
                                           "女婴数",     "一孩",     "二孩",     "多孩",
                                           "住院分娩数", "上报日期", NULL};
    struct county *c = w->c;
    struct sheet *s;
    char file[64];
    const char *name;
    (void)report_file(c, 0, year, &name, file);
    enum err result = sheet_open(&s, c->options.folder, file, SHEET_GB18030, headings, e);
    if (result)
        return result;
    for (int month = year * 12; month < year * 12 + 12; month++)
        for (int t = 0; t < TOWNSHIPS; t++) {
            const struct tally *n = &w->townships[month * TOWNSHIPS + t];
            const struct area *a = county_township(c, t);
            uint64_t key = (uint64_t)((200 * 256 + month) * 64 + t);
            int32_t day = received(w, name, key, t == w->tardy, month, a->code);
            if (day == DATE_NONE)
                continue;
            uint32_t boys = n->boys, girls = n->births - n->boys;
            if (draw_chance(draw_next(draw(c->options.seed, TOPIC_LATE, key), 9), 4000)) {
                char found[24];
                girls++;
                snprintf(found, sizeof found, "%u+%u", boys, girls);
                truth_bad(c, file, sheet_row(s), "girls", found, "keep",
                          "boys and girls do not add up to the total");
            }
            sheet_int(s, month_id(c, month));
            sheet_text(s, a->name);
            sheet_int(s, n->births);
            sheet_int(s, boys);
            sheet_int(s, girls);
            for (int i = 0; i < 3; i++)
                sheet_int(s, n->order[i]);
            sheet_int(s, n->in_hospital);
            sheet_date(s, day, FORM_CHINESE);
            sheet_end_row(s);
        }
    return sheet_close(s, e);
}

// The falsifier reports the same month every month: half as much again as the mean.
static struct tally falsified(const struct writer *w)
{
    const struct county *c = w->c;
    uint32_t sum = 0;
    int months = month_of(c, c->end) + 1; // as far as births are known
    for (int month = 0; month < months; month++)
        sum +=
            w->facilities[(size_t)month * c->n_facilities + (size_t)c->falsifier].births;
    uint32_t births = (sum * 3 / 2) / (uint32_t)months + 3;
    return (struct tally){.births = births,
                          .boys = births / 2,
                          .deliveries = births,
                          .certificates = births};
}

static void write_deliveries(struct sheet *s, const struct tally *n, bool caesareans)
{
    sheet_int(s, n->deliveries);
    sheet_int(s, n->births);
    sheet_int(s, n->boys);
    sheet_int(s, n->births - n->boys);
    sheet_int(s, caesareans ? n->deliveries * 31 / 100 : 0);
    sheet_int(s, n->low_weight);
    sheet_int(s, n->stillbirths);
    sheet_int(s, n->certificates);
}

static enum err deliveries_year(struct writer *w, int year, struct error *e)
{
    static const char *const headings[] = {
        "报告月份", "机构名称", "产妇数",         "活产数",     "男婴",
        "女婴",     "剖宫产数", "低出生体重儿数", "死胎死产数", "出生医学证明签发数",
        "报送日期", NULL};
    enum { REPORTING = 3 + TOWNSHIPS }; // hospitals and health centres come first
    struct county *c = w->c;
    struct sheet *s;
    char file[64];
    const char *name;
    (void)report_file(c, 1, year, &name, file);
    enum err result =
        sheet_open(&s, c->options.folder, file, SHEET_UTF8_BOM, headings, e);
    if (result)
        return result;
    struct tally false_month = falsified(w);
    for (int month = year * 12; month < year * 12 + 12; month++)
        for (int f = 0; f < REPORTING; f++) {
            const struct facility *facility = &c->facilities[f];
            uint64_t key = (uint64_t)((201 * 256 + month) * 64 + f);
            bool liar = f == c->falsifier;
            int32_t day = received(w, name, key, false, month, facility->code);
            if (day == DATE_NONE)
                continue;
            const struct tally *n =
                liar ? &false_month
                     : &w->facilities[(size_t)month * c->n_facilities + (size_t)f];
            char period[16];
            snprintf(period, sizeof period, "%d", month_id(c, month));
            if (liar || !n->deliveries)
                truth_report(c, name, period, facility->code, liar ? "inflated" : "zero",
                             day);
            sheet_int(s, month_id(c, month));
            sheet_text(s, facility->name);
            write_deliveries(s, n, f < 3);
            sheet_date(s, day, FORM_SLASH);
            sheet_end_row(s);
        }
    return sheet_close(s, e);
}

enum err offices_reports(struct county *c, struct error *e)
{
    struct writer w = {.c = c, .months = c->options.years * 12};
    w.tardy = (int)draw_below(draw(c->options.seed, TOPIC_LATE, 77), TOWNSHIPS);
    enum err result = count_births(&w, e);
    for (int year = 0; year < c->options.years && !result; year++) {
        result = births_year(&w, year, e);
        if (!result)
            result = deliveries_year(&w, year, e);
        for (int report = 0; report < REPORTS && !result; report++)
            result = programme_year(&w, report, year, e);
    }
    mem_free(w.townships);
    mem_free(w.facilities);
    return result;
}
