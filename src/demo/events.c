// SPDX-License-Identifier: AGPL-3.0-or-later
// Deaths, the surveillance of deaths under five, stillbirths, maternal deaths, and the
// residents by age at the end of each year.
#include "demo/county.h"
#include "demo/sheet.h"
#include "demo/truth.h"

#include <stdio.h>
#include <stdlib.h>

enum { UNDER_FIVE = 5, CHILD_CAUSES = 6 };

struct death {
    int32_t day;
    uint32_t person;
    uint32_t birth; // index + 1, or 0
};

static int by_day(const void *left, const void *right)
{
    const struct death *a = left, *b = right;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->person < b->person ? -1 : a->person > b->person;
}

static uint64_t event_draw(const struct county *c, uint32_t person, unsigned n)
{
    return draw_next(draw(c->options.seed, TOPIC_EVENT, person), n);
}

// All deaths in the order of days, with the birth of those born in these years.
static enum err list_deaths(struct county *c, struct death **out, size_t *n,
                            struct error *e)
{
    size_t count = 0;
    for (size_t i = 0; i < c->n_people; i++)
        count += c->people[i].died != DATE_NONE;
    struct death *deaths = mem_alloc(count, sizeof *deaths);
    uint32_t *birth_of = mem_alloc(c->n_people, sizeof *birth_of);
    if (!deaths || !birth_of) {
        mem_free(deaths);
        mem_free(birth_of);
        return error_memory(e);
    }
    for (uint32_t i = 0; i < c->n_births; i++)
        birth_of[c->births[i].child] = i + 1;
    count = 0;
    for (uint32_t i = 0; i < c->n_people; i++)
        if (c->people[i].died != DATE_NONE)
            deaths[count++] = (struct death){c->people[i].died, i, birth_of[i]};
    mem_free(birth_of);
    if (count)
        qsort(deaths, count, sizeof *deaths, by_day);
    *out = deaths;
    *n = count;
    return ERR_OK;
}

static void name_of(const struct county *c, const struct death *d, char name[NAME_SIZE])
{
    const struct person *p = &c->people[d->person];
    if (d->birth)
        name_child(c, d->person, c->births[d->birth - 1].mother, p->female, name);
    else
        name_person(c, d->person, p->female, (uint64_t)d->person * 4u, name);
}

static const char *cause_of(int age, uint64_t x)
{
    static const char *const old[] = {"心脑血管疾病", "恶性肿瘤", "呼吸系统疾病",
                                      "损伤和中毒",   "糖尿病",   "传染病",
                                      "其他",         "不详"};
    static const uint16_t old_weights[] = {46, 20, 15, 5, 3, 2, 7, 2};
    static const char *const young[] = {"意外伤害", "恶性肿瘤", "心脏病", "传染病",
                                        "其他"};
    static const uint16_t young_weights[] = {48, 18, 14, 6, 14};
    if (age < 1)
        return draw_chance(x, 700000) ? "围生期疾病和先天异常" : "其他疾病";
    if (age < 45)
        return young[draw_weighted(x, young_weights, 5)];
    return old[draw_weighted(x, old_weights, 8)];
}

// What the writer of deaths.csv gets wrong; true when the row is spoilt.
static void spoil_death(struct county *c, struct sheet *s, const struct death *d,
                        unsigned kind, char born[32], char died[32], int32_t *written)
{
    int year, month, day;
    date_to_ymd(d->day, &year, &month, &day);
    if (kind % 2 == 0) {
        date_in_form(d->day + 400, FORM_DOT, born);
        truth_bad(c, "deaths.csv", sheet_row(s), "died_on", died, "reject",
                  "the death is before the birth");
    } else {
        snprintf(died, 32, "%d.2.30", year);
        truth_bad(c, "deaths.csv", sheet_row(s), "died_on", died, "reject",
                  "no such day");
    }
    *written = d->day + 500;
}

static enum err write_deaths(struct county *c, const struct death *deaths, size_t n,
                             struct error *e)
{
    static const char *const headings[] = {
        "死亡证编号", "死者姓名", "性别",     "出生日期", "死亡日期",
        "死因",       "死亡地点", "户籍地址", "填报日期", NULL};
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "deaths.csv", SHEET_UTF8_BOM, headings, e);
    if (result)
        return result;
    unsigned bad = 0;
    for (size_t i = 0; i < n; i++) {
        const struct death *d = &deaths[i];
        const struct person *p = &c->people[d->person];
        int age = date_age_years(p->born, d->day);
        // Deaths of the newborn are the ones most often left out.
        if (draw_chance(event_draw(c, d->person, 0), age < 1 ? 220000 : 30000)) {
            if (d->birth)
                truth_missed(c, d->birth, "deaths.csv", "death not reported");
            continue;
        }
        char name[NAME_SIZE], number[24], born[32], died[32];
        int32_t written = d->day + (int32_t)draw_below(event_draw(c, d->person, 1), 25);
        if (draw_chance(event_draw(c, d->person, 2), 60000))
            written += 40;
        if (written > c->options.until) {
            if (d->birth)
                truth_missed(c, d->birth, "deaths.csv", "not yet");
            continue;
        }
        name_of(c, d, name);
        date_in_form(p->born, FORM_DOT, born);
        date_in_form(d->day, FORM_DOT, died);
        if (age > 70 && draw_chance(event_draw(c, d->person, 3), 15000))
            born[0] = '\0';
        else if (draw_chance(event_draw(c, d->person, 4), 1000))
            spoil_death(c, s, d, bad++, born, died, &written);
        snprintf(number, sizeof number, "D97%08zu", i + 1);
        truth_row(c, "deaths.csv", sheet_row(s), d->person, d->birth, VARIANT_NONE);
        sheet_text(s, number);
        sheet_text(s, name);
        sheet_text(s, p->female ? "女" : "男");
        sheet_text(s, born);
        sheet_text(s, died);
        sheet_text(s, cause_of(age, event_draw(c, d->person, 5)));
        sheet_text(s, draw_chance(event_draw(c, d->person, 6), 240000) ? "医院" : "家中");
        const struct area *v = county_village(c, village_on(c, p->village, d->day));
        sheet_text(s, v->shared_name ? v->code : v->name);
        sheet_date(s, written, FORM_DOT);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

static enum err write_child_deaths(struct county *c, const struct death *deaths, size_t n,
                                   struct error *e)
{
    static const char *const headings[] = {
        "报告卡编号", "儿童姓名", "性别",   "出生日期", "死亡日期", "死因诊断",
        "死亡地点",   "报告单位", "现住址", "报告日期", NULL};
    static const char *const causes[CHILD_CAUSES] = {"早产", "窒息",     "先天畸形",
                                                     "肺炎", "意外伤害", "其他"};
    static const uint16_t newborn[CHILD_CAUSES] = {32, 22, 24, 12, 2, 8};
    static const uint16_t older[CHILD_CAUSES] = {2, 1, 18, 26, 38, 15};
    struct sheet *s;
    enum err result = sheet_open(&s, c->options.folder, "infant-child-deaths.csv",
                                 SHEET_GB18030, headings, e);
    if (result)
        return result;
    uint32_t card = 0;
    for (size_t i = 0; i < n; i++) {
        const struct death *d = &deaths[i];
        const struct person *p = &c->people[d->person];
        if (date_age_years(p->born, d->day) >= UNDER_FIVE)
            continue;
        if (draw_chance(event_draw(c, d->person, 7), 80000)) {
            if (d->birth)
                truth_missed(c, d->birth, "infant-child-deaths.csv",
                             "death not reported");
            continue;
        }
        char name[NAME_SIZE], number[24];
        bool early = d->day - p->born < 28;
        uint64_t x = event_draw(c, d->person, 8);
        int32_t written = d->day + 2 + (int32_t)draw_below(draw_next(x, 1), 32);
        if (written > c->options.until) {
            if (d->birth)
                truth_missed(c, d->birth, "infant-child-deaths.csv", "not yet");
            continue;
        }
        name_of(c, d, name);
        snprintf(number, sizeof number, "ET%06u", ++card);
        truth_row(c, "infant-child-deaths.csv", sheet_row(s), d->person, d->birth,
                  VARIANT_NONE);
        const struct area *v = county_village(c, village_on(c, p->village, d->day));
        sheet_text(s, number);
        sheet_text(s, name);
        sheet_text(s, p->female ? "女" : "男");
        sheet_date(s, p->born, FORM_CHINESE);
        sheet_date(s, d->day, FORM_CHINESE);
        sheet_text(s, causes[draw_weighted(x, early ? newborn : older, CHILD_CAUSES)]);
        sheet_text(s, draw_chance(draw_next(x, 0), early ? 800000 : 450000) ? "医院"
                                                                            : "家中");
        sheet_text(s, c->facilities[1].name);
        sheet_text(s, v->shared_name ? v->code : v->name);
        sheet_date(s, written, FORM_CHINESE);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

static int still_by_day(const void *left, const void *right)
{
    const struct stillbirth *a = left, *b = right;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->mother < b->mother ? -1 : a->mother > b->mother;
}

static enum err write_stillbirths(struct county *c, struct error *e)
{
    static const char *const headings[] = {"报告卡编号", "分娩日期",   "孕周",
                                           "类别",       "体重（克）", "接生机构",
                                           "居住乡镇",   "报告日期",   NULL};
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "stillbirths.xlsx", SHEET_XLSX, headings, e);
    if (result)
        return result;
    if (c->n_stillbirths)
        qsort(c->stillbirths, c->n_stillbirths, sizeof *c->stillbirths, still_by_day);
    for (size_t i = 0; i < c->n_stillbirths; i++) {
        const struct stillbirth *b = &c->stillbirths[i];
        uint64_t x = event_draw(c, b->mother, 9);
        int32_t written = b->day + 1 + (int32_t)draw_below(draw_next(x, 0), 20);
        if (written > c->options.until)
            continue;
        char number[24];
        snprintf(number, sizeof number, "WC%06zu", i + 1);
        sheet_text(s, number);
        sheet_date(s, b->day, FORM_ISO);
        sheet_int(s, b->weeks);
        sheet_text(s, draw_chance(x, 750000) ? "死胎" : "死产");
        sheet_int(s, b->weight);
        sheet_text(s, c->facilities[b->facility].name);
        sheet_text(s, county_township(c, county_village(c, b->village)->township)->name);
        sheet_date(s, written, FORM_ISO);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

static enum err write_maternal_deaths(struct county *c, struct error *e)
{
    static const char *const headings[] = {
        "报告卡编号", "死亡日期", "年龄",     "死亡原因", "死亡地点",
        "评审结果",   "报告单位", "居住乡镇", "报告日期", NULL};
    static const char *const causes[] = {"产后出血", "羊水栓塞", "妊娠期高血压疾病",
                                         "心脏病", "产褥感染"};
    struct sheet *s;
    enum err result = sheet_open(&s, c->options.folder, "maternal-deaths.csv",
                                 SHEET_GB18030, headings, e);
    if (result)
        return result;
    uint32_t card = 0;
    for (size_t i = 0; i < c->n_births; i++) {
        const struct birth *b = &c->births[i];
        const struct person *m = &c->people[b->mother];
        if (m->died == DATE_NONE || m->died - b->day < 0 || m->died - b->day >= 42 ||
            m->last_birth != b->day || b->second_twin)
            continue;
        char number[24];
        uint64_t x = event_draw(c, b->mother, 10);
        int32_t written = m->died + 1 + (int32_t)draw_below(draw_next(x, 2), 10);
        if (written > c->options.until)
            continue;
        snprintf(number, sizeof number, "YC%04u", ++card);
        sheet_text(s, number);
        sheet_date(s, m->died, FORM_CHINESE);
        sheet_int(s, date_age_years(m->born, m->died));
        sheet_text(s, causes[draw_below(x, 5)]);
        sheet_text(s, draw_chance(draw_next(x, 0), 750000) ? "医院" : "途中");
        sheet_text(s, draw_chance(draw_next(x, 1), 700000) ? "可避免" : "不可避免");
        sheet_text(s, c->facilities[1].name);
        sheet_text(s, county_township(c, county_village(c, b->village)->township)->name);
        sheet_date(s, written, FORM_CHINESE);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

enum err offices_events(struct county *c, struct error *e)
{
    struct death *deaths = NULL;
    size_t n = 0;
    enum err result = list_deaths(c, &deaths, &n, e);
    if (!result)
        result = write_deaths(c, deaths, n, e);
    if (!result)
        result = write_child_deaths(c, deaths, n, e);
    mem_free(deaths);
    if (!result)
        result = write_stillbirths(c, e);
    return result ? result : write_maternal_deaths(c, e);
}

enum err offices_residents(struct county *c, struct error *e)
{
    static const char *const headings[] = {"统计时点", "乡镇",   "性别",
                                           "周岁",     "人口数", NULL};
    struct sheet *s;
    enum err result = sheet_open(&s, c->options.folder, "residents-by-age.csv",
                                 SHEET_UTF8, headings, e);
    if (result)
        return result;
    for (int k = 0; k <= c->options.years; k++) {
        int32_t day;
        (void)date_from_ymd(c->options.first_year - 1 + k, 12, 31, &day);
        if (day > c->options.until)
            break;
        for (int t = 0; t < TOWNSHIPS; t++)
            for (int female = 0; female < 2; female++)
                for (int age = 0; age < AGES; age++) {
                    sheet_date(s, day, FORM_ISO);
                    sheet_text(s, county_township(c, t)->name);
                    sheet_text(s, female ? "女" : "男");
                    sheet_int(s, age);
                    sheet_int(s, residents_of(c, k, t, female, age, age));
                    sheet_end_row(s);
                }
    }
    return sheet_close(s, e);
}
