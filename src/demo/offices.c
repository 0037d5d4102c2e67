// SPDX-License-Identifier: AGPL-3.0-or-later
// The two lists that everything else refers to: areas and facilities.
#include "demo/county.h"
#include "demo/sheet.h"
#include "demo/supervision.h"
#include "demo/truth.h"

#include <stdio.h>

enum { EXPIRED = 3 };

static enum err write_areas(struct county *c, struct error *e)
{
    static const char *const headings[] = {"行政区划代码", "名称",         "英文名称",
                                           "级别",         "上级代码",     "启用日期",
                                           "停用日期",     "并入区划代码", NULL};
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "areas.csv", SHEET_UTF8_BOM, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < c->n_areas; i++) {
        const struct area *a = &c->areas[i];
        sheet_text(s, a->code);
        sheet_text(s, a->name);
        sheet_text(s, a->name_en);
        sheet_text(s, a->level);
        sheet_text(s, a->parent);
        sheet_date(s, a->valid_from, FORM_ISO);
        sheet_date(s, a->valid_to, FORM_ISO);
        sheet_text(s, a->successor < 0 ? "" : county_village(c, a->successor)->code);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

// Licences run for fifteen years from the third; those of three clinics ran out.
struct licence_days office_licence(const struct county *c, size_t facility,
                                   unsigned *n_lapsed)
{
    struct licence_days days;
    uint64_t x = draw(c->options.seed, TOPIC_PLACE, 5000 + facility);
    (void)date_from_ymd(c->options.first_year + 2, 1 + (int)draw_below(x, 12),
                        1 + (int)draw_below(draw_next(x, 0), 28), &days.from);
    days.to = date_add_months(days.from, 15 * 12) - 1;
    days.lapsed = c->facilities[facility].clinic && *n_lapsed < EXPIRED;
    if (days.lapsed) {
        days.from = date_add_months(days.from, -4 * 12);
        days.to = date_add_months(days.from, 5 * 12) - 1;
        ++*n_lapsed;
    }
    return days;
}

static void write_licence(struct county *c, struct sheet *s, size_t i, unsigned *expired)
{
    const struct licence_days days = office_licence(c, i, expired);
    char text[32];
    snprintf(text, sizeof text, "PDY%06zu", 97000 + i);
    sheet_text(s, text);
    sheet_date(s, days.from, FORM_CHINESE);
    sheet_date(s, days.to, FORM_CHINESE);
    if (days.lapsed) {
        date_in_form(days.to, FORM_CHINESE, text);
        truth_bad(c, "facilities.csv", sheet_row(s), "licence_until", text, "keep",
                  "the licence has run out");
    }
}

static enum err write_facilities(struct county *c, struct error *e)
{
    static const char *const headings[] = {"机构代码",       "机构名称", "英文名称",
                                           "机构类别",       "所在区划", "执业许可证号",
                                           "许可证发证日期", "有效期至", "助产技术许可",
                                           "启用日期",       "停用日期", NULL};
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "facilities.csv", SHEET_GB18030, headings, e);
    if (result)
        return result;
    unsigned expired = 0;
    for (size_t i = 0; i < c->n_facilities; i++) {
        const struct facility *f = &c->facilities[i];
        const struct area *a = &c->areas[f->area];
        sheet_text(s, f->code);
        sheet_text(s, f->name);
        sheet_text(s, f->name_en);
        sheet_text(s, f->kind);
        sheet_text(s, a->code);
        write_licence(c, s, i, &expired);
        sheet_text(s, f->delivers ? "是" : "否");
        sheet_date(s, a->valid_from, FORM_CHINESE);
        sheet_date(s, a->valid_to, FORM_CHINESE); // a village's room closes with it
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

enum err offices_places(struct county *c, struct error *e)
{
    enum err result = write_areas(c, e);
    return result ? result : write_facilities(c, e);
}
