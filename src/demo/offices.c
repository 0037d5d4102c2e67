// SPDX-License-Identifier: AGPL-3.0-or-later
// The two lists that everything else refers to: areas and facilities.
#include "demo/county.h"
#include "demo/sheet.h"

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

static enum err write_facilities(struct county *c, struct error *e)
{
    static const char *const headings[] = {"机构代码", "机构名称", "英文名称", "机构类别",
                                           "所在区划", "启用日期", "停用日期", NULL};
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "facilities.csv", SHEET_GB18030, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < c->n_facilities; i++) {
        const struct facility *f = &c->facilities[i];
        const struct area *a = &c->areas[f->area];
        sheet_text(s, f->code);
        sheet_text(s, f->name);
        sheet_text(s, f->name_en);
        sheet_text(s, f->kind);
        sheet_text(s, a->code);
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
