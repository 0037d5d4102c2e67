// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/checklist_doc.h"

#include <math.h>

#include "report/doc_text.h"
#include "report/result_table.h"

// --- tables of figures

enum { COUNTS = 8 }; // columns of put_counts

#define COUNT_COLUMNS(compared, same, share, over, under, other, interval)               \
    {.name = "compared", .label = compared, .kind = RESULT_COUNT},                       \
        {.name = "same", .label = same, .kind = RESULT_COUNT},                           \
        {.name = "same_percent", .label = share, .kind = RESULT_NUMBER, .decimals = 0},  \
        {.name = "same_percent_low",                                                     \
         .label = interval,                                                              \
         .kind = RESULT_NUMBER,                                                          \
         .decimals = 0},                                                                 \
        {.name = "same_percent_high",                                                    \
         .label = interval,                                                              \
         .kind = RESULT_NUMBER,                                                          \
         .decimals = 0},                                                                 \
        {.name = "over", .label = over, .kind = RESULT_COUNT},                           \
        {.name = "under", .label = under, .kind = RESULT_COUNT},                         \
    {                                                                                    \
        .name = "other", .label = other, .kind = RESULT_COUNT                            \
    }
#define COUNTS_EN                                                                        \
    COUNT_COLUMNS("compared", "same", "same, %", "facility says well, inspectors not",   \
                  "inspectors say well, facility not", "other", "95 %")
#define COUNTS_ZH                                                                        \
    COUNT_COLUMNS("可比", "一致", "一致率%", "自查合格而检查不合格",                     \
                  "检查合格而自查不合格", "其他不一致", "95%区间")

static const struct result_column item_columns[2][COUNTS + 6] = {
    {{.name = "section", .label = "section"},
     {.name = "item"},
     {.name = "label", .label = "item"},
     COUNTS_EN,
     {.name = "kappa", .label = "kappa", .kind = RESULT_NUMBER, .decimals = 2},
     {.name = "kappa_low", .label = "95 %", .kind = RESULT_NUMBER, .decimals = 2},
     {.name = "kappa_high", .label = "95 %", .kind = RESULT_NUMBER, .decimals = 2}},
    {{.name = "section", .label = "部分"},
     {.name = "item"},
     {.name = "label", .label = "项目"},
     COUNTS_ZH,
     {.name = "kappa", .label = "Kappa", .kind = RESULT_NUMBER, .decimals = 2},
     {.name = "kappa_low", .label = "95%区间", .kind = RESULT_NUMBER, .decimals = 2},
     {.name = "kappa_high", .label = "95%区间", .kind = RESULT_NUMBER, .decimals = 2}}};

static const struct result_column facility_columns[2][COUNTS + 6] = {
    {{.name = "facility"},
     {.name = "name", .label = "facility"},
     {.name = "self_on", .label = "self-check"},
     {.name = "self_score", .label = "score", .kind = RESULT_NUMBER, .decimals = 1},
     {.name = "inspected_on", .label = "inspection"},
     {.name = "inspection_score", .label = "score", .kind = RESULT_NUMBER, .decimals = 1},
     COUNTS_EN},
    {{.name = "facility"},
     {.name = "name", .label = "机构"},
     {.name = "self_on", .label = "自查日期"},
     {.name = "self_score", .label = "得分", .kind = RESULT_NUMBER, .decimals = 1},
     {.name = "inspected_on", .label = "检查日期"},
     {.name = "inspection_score", .label = "得分", .kind = RESULT_NUMBER, .decimals = 1},
     COUNTS_ZH}};

static void put_counts(struct result_cell *c, const struct compare_counts *n)
{
    c[0].value = (double)n->n;
    c[1].value = (double)n->same;
    c[2].value = n->n ? 100 * (double)n->same / (double)n->n : NAN;
    c[3].value = 100 * n->share.low;
    c[4].value = 100 * n->share.high;
    c[5].value = (double)n->over;
    c[6].value = (double)n->under;
    c[7].value = (double)n->other;
}

static struct result items_result(struct arena *a, const struct checklist_page *page)
{
    const struct checklist_comparison *x = page->comparison;
    struct result r = result_new(a, "items", page->zh ? STR("逐项比较") : STR("By item"),
                                 item_columns[page->zh], COUNTS + 6);
    for (size_t i = 0; i < x->n_items; i++) {
        const struct compare_item *item = &x->items[i];
        struct result_cell *c = result_row(&r);
        c[0].text = label_in(item->section->label, page->zh);
        c[1].text = item->item->field->name;
        c[2].text = label_in(item->item->field->label, page->zh);
        put_counts(c + 3, &item->counts);
        c[3 + COUNTS].value = item->agreement.kappa;
        c[4 + COUNTS].value = item->agreement.kappa_low;
        c[5 + COUNTS].value = item->agreement.kappa_high;
    }
    return r;
}

static void put_visit(struct arena *a, struct result_cell *c,
                      const struct checklist_visit *v)
{
    c[1].value = NAN;
    if (!v)
        return;
    char day[DATE_TEXT_SIZE];
    date_format(v->on, day);
    c[0].text = str_copy(a, str_of(day));
    c[1].value = checklist_visit_score(v);
}

static struct result facilities_result(struct arena *a, const struct checklist_page *page)
{
    const struct checklist_comparison *x = page->comparison;
    struct result r =
        result_new(a, "facilities", page->zh ? STR("逐机构比较") : STR("By facility"),
                   facility_columns[page->zh], COUNTS + 6);
    for (size_t i = 0; i < x->n_facilities; i++) {
        const struct compare_facility *f = &x->facilities[i];
        const struct facility *place = &page->places->facilities[f->facility];
        struct result_cell *c = result_row(&r);
        c[0].text = place->code;
        c[1].text = facility_name(place, page->zh);
        put_visit(a, c + 2, f->self);
        put_visit(a, c + 4, f->inspection);
        put_counts(c + 6, &f->counts);
    }
    return r;
}

void checklist_doc_results(struct arena *a, const struct checklist_page *page,
                           struct result out[CHECKLIST_DOC_RESULTS])
{
    out[0] = items_result(a, page);
    out[1] = facilities_result(a, page);
}

// --- the document

static bool summary(struct doc *d, const struct checklist_page *page)
{
    const struct checklist_comparison *x = page->comparison;
    const struct compare_counts *all = &x->all;
    struct buf text = BUF_INIT(4096);
    buf_printf(&text,
               page->zh ? "期内%zu家机构既有自查又有检查，%zu家只有自查，%zu家只有检查。"
                        : "In the period %zu facilities have a self-check and an "
                          "inspection, %zu only a self-check, %zu only an inspection.",
               x->both, x->only_self, x->only_inspection);
    if (all->n) {
        double share = 100 * (double)all->same / (double)all->n;
        buf_printf(&text,
                   page->zh
                       ? "共比较%lld项次，其中%lld项次一致（%.0f%%，95%%区间%.0f"
                         "至%.0f%%）；%lld项次机构自称合格而检查不合格，%lld"
                         "项次相反。"
                       : " Of %lld answers compared %lld are the same (%.0f %%, 95 %% "
                         "interval %.0f to %.0f %%); for %lld the facility said it is "
                         "well and the inspectors did not, for %lld the other way round.",
                   (long long)all->n, (long long)all->same, share, 100 * all->share.low,
                   100 * all->share.high, (long long)all->over, (long long)all->under);
    }
    if (!isnan(x->mean_self))
        buf_printf(&text,
                   page->zh ? "平均得分：自查%.1f，检查%.1f。"
                            : " Mean score: %.1f by themselves, %.1f by the inspectors.",
                   x->mean_self, x->mean_inspection);
    if (x->other_edition)
        buf_printf(&text,
                   page->zh ? "其中%zu家两次所用检查表版本不同，只比较两版共有的项目。"
                            : " %zu of them answered two editions; the items that both "
                              "have are compared.",
                   x->other_edition);
    bool good = !text.failed && doc_paragraph(d, buf_str(&text));
    buf_free(&text);
    return good;
}

struct doc *checklist_doc_make(struct arena *a, const struct checklist_page *page)
{
    struct doc *d = doc_new(a, page->zh);
    struct result r[CHECKLIST_DOC_RESULTS];
    if (!d)
        return NULL;
    checklist_doc_results(a, page, r);
    struct str name = label_in(page->comparison->checklist->label, page->zh);
    d->title = str_format(a,
                          page->zh ? STR_FMT "：自查与检查比较"
                                   : STR_FMT ": self-check against inspection",
                          STR_ARG(name));
    d->subtitle =
        str_format(a, STR_FMT " · " STR_FMT, STR_ARG(page->area), STR_ARG(page->period));
    bool good = d->title.p && d->subtitle.p && result_ok(&r[0]) && result_ok(&r[1]) &&
                summary(d, page);
    good = good && result_table_doc(
                       d, &r[0], 0,
                       page->zh ? STR("“一致率”的区间为 Wilson 95% 区间。Kappa "
                                      "扣除偶然一致；两方只给出同一种回答时无法计算。")
                                : STR("The interval of a share is Wilson's. Kappa takes "
                                      "off what chance would give; where both sides give "
                                      "one and the same answer it cannot be said."));
    good = good &&
           result_table_doc(d, &r[1], 0,
                            page->zh ? STR("按地点顺序排列，不作排名。每家机构项目不多，"
                                           "请同时看区间。")
                                     : STR("In the order of places, not ranked. A "
                                           "facility has few items: read the interval "
                                           "with the share."));
    return good ? d : NULL;
}
