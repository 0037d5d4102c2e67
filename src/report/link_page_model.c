// SPDX-License-Identifier: AGPL-3.0-or-later
// What is told of the model: columns, weights, m and u, values, rules, dependences.
#include <math.h>

#include "report/link_page_private.h"

enum { MAX_COLUMNS = 200, MAX_FREQUENT = 8, MAX_RARE = 4, MAX_DEPENDENCES = 24 };

static const enum page_text kinds[LINK_KINDS] = {
    [LINK_RAW] = TEXT_KIND_RAW,        [LINK_TEXT] = TEXT_KIND_TEXT,
    [LINK_NAME] = TEXT_KIND_NAME,      [LINK_PLACE] = TEXT_KIND_PLACE,
    [LINK_DATE] = TEXT_KIND_DATE,      [LINK_SEX] = TEXT_KIND_SEX,
    [LINK_CODE] = TEXT_KIND_CODE,      [LINK_PHONE] = TEXT_KIND_PHONE,
    [LINK_EMAIL] = TEXT_KIND_EMAIL,    [LINK_IDENTITY] = TEXT_KIND_IDENTITY,
    [LINK_NUMBER] = TEXT_KIND_NUMBER,  [LINK_ID] = TEXT_KIND_ID,
    [LINK_IGNORED] = TEXT_KIND_IGNORED};

static void examples(struct page *p, const struct account_column *column)
{
    page_raw(p, "<td>");
    for (int i = 0, shown = 0; i < 3; i++)
        if (column->examples[i].n) {
            page_raw(p, shown++ ? " \xC2\xB7 " : "");
            page_put(p, page_clean(p, column->examples[i]));
        }
    page_raw(p, "</td>");
}

void page_columns(struct page *p)
{
    static const struct page_head heads[] = {
        {TEXT_COLUMN, false, NULL},   {TEXT_KIND, false, NULL},
        {TEXT_WHY, false, "w"},       {TEXT_FILLED, true, NULL},
        {TEXT_DIFFERENT, true, NULL}, {TEXT_EXAMPLES, false, "w"}};
    const struct account *a = p->a;
    page_section(p, "columns", TEXT_S_COLUMNS);
    page_paragraph(p, page_words(p, TEXT_COLUMNS_TEXT));
    page_table(p, page_words(p, TEXT_S_COLUMNS), "", "", heads, 6);
    for (unsigned i = 0; i < a->n_columns && i < MAX_COLUMNS; i++) {
        const struct account_column *column = &a->columns[i];
        double filled = a->n ? 1 - (double)column->nulls / a->n : NAN;
        bool unused = column->kind == LINK_ID || column->kind == LINK_IGNORED;
        page_raw(p, "<tr>");
        page_cell(p, "<th scope=\"row\">", page_clean(p, column->name));
        page_cell(p, unused ? "<td class=\"mute\">" : "<td>",
                  page_words(p, kinds[column->kind]));
        page_cell(p, "<td>", page_known(p, str_of(column->why)));
        // what is not compared has let go of its values
        if (unused && !column->values) {
            page_raw(p, "<td></td><td></td>");
        } else {
            page_cell(p, filled < 0.5 ? "<td class=\"n bad\">" : "<td class=\"n\">",
                      page_share(p, filled));
            page_cell(p, "<td class=\"n\">", page_count(p, (double)column->values));
        }
        examples(p, column);
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
}

static void comparison_row(struct page *p, const struct link_comparison *c, unsigned span)
{
    buf_printf(p->out, "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%u\">",
               span);
    page_put(p, page_clean(p, c->name));
    if (c->description.n && !str_equal(c->description, c->name)) {
        page_raw(p, "<small>");
        page_put(p, page_known(p, c->description));
        page_raw(p, "</small>");
    }
    page_raw(p, "</th></tr>\n");
}

static void level_name(struct page *p, const struct link_level *level)
{
    struct str label = level->label.n ? level->label : level->condition;
    page_raw(p,
             level->is_null ? "<th scope=\"row\" class=\"mute\">" : "<th scope=\"row\">");
    page_put(p, page_known(p, label));
    if (level->tf_column.n) {
        page_raw(p, "<small>");
        page_say(p, TEXT_TF_SIGN);
        page_raw(p, "</small>");
    }
    page_raw(p, "</th>");
}

static void bar_head(struct page *p, enum page_text text, const struct page_bars *b,
                     bool share)
{
    page_raw(p, "<th scope=\"col\" class=\"bar\"><span class=\"over\">");
    page_say(p, text);
    page_raw(p, "</span>");
    page_bars_axis(p, b, share, "");
    page_raw(p, "</th>");
}

static void open_table(struct page *p, enum page_text label, const char *css_class,
                       const struct page_bars *b)
{
    page_raw(p, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    page_say(p, label);
    buf_printf(p->out, "\"><table class=\"%s\"", css_class);
    page_bars_style(p, b);
    page_raw(p, "><thead><tr>");
}

static struct page_bars weight_bars(const struct page *p)
{
    double low = log2(p->model->prior / (1 - p->model->prior)), high = 0;
    for (unsigned c = 0; c < p->model->n_comparisons; c++)
        for (unsigned i = 0; i < p->model->comparisons[c].n_levels; i++) {
            double w = page_level_weight(&p->model->comparisons[c].levels[i]);
            low = isfinite(w) ? fmin(low, w) : low;
            high = isfinite(w) ? fmax(high, w) : high;
        }
    return page_bars_over(low, high);
}

static void weight_row(struct page *p, const struct page_bars *b, double weight,
                       const char *css_class)
{
    page_bar(p, b, 0, weight, css_class, NAN);
    page_cell(p, "<td class=\"n\">", page_weight(p, weight));
    page_raw(p, "</tr>\n");
}

void page_weights(struct page *p)
{
    struct page_bars b = weight_bars(p);
    page_section(p, "weights", TEXT_S_WEIGHTS);
    page_paragraph(p, page_words(p, TEXT_WEIGHTS_TEXT));
    open_table(p, TEXT_S_WEIGHTS, "", &b);
    page_table_head(p, &(struct page_head){TEXT_LEVEL, false, NULL});
    bar_head(p, TEXT_WEIGHT, &b, false);
    page_raw(p, "<th scope=\"col\" class=\"n\">log2</th></tr></thead>\n<tbody><tr>");
    page_cell(p, "<th scope=\"row\">", page_words(p, TEXT_PRIOR_LEVEL));
    weight_row(p, &b, log2(p->model->prior / (1 - p->model->prior)), "plain");
    page_raw(p, "</tbody>\n");
    for (unsigned c = 0; c < p->model->n_comparisons; c++) {
        const struct link_comparison *comparison = &p->model->comparisons[c];
        page_raw(p, "<tbody>");
        comparison_row(p, comparison, 3);
        for (unsigned i = 0; i < comparison->n_levels; i++) {
            const struct link_level *level = &comparison->levels[i];
            double w = page_level_weight(level);
            page_raw(p, "<tr>");
            level_name(p, level);
            weight_row(p, &b, level->is_null ? NAN : w, w < 0 ? "down" : "up");
        }
        page_raw(p, "</tbody>\n");
    }
    page_raw(p, "</table></div>\n");
}

void page_m_and_u(struct page *p)
{
    struct page_bars b = {0, 1, 0.25, 0, 0};
    page_section(p, "m-u", TEXT_S_MU);
    page_paragraph(p, page_words(p, TEXT_MU_TEXT));
    open_table(p, TEXT_S_MU, "two", &b);
    page_table_head(p, &(struct page_head){TEXT_LEVEL, false, NULL});
    bar_head(p, TEXT_M_HEAD, &b, true);
    page_raw(p, "<th scope=\"col\" class=\"n\">m</th>");
    bar_head(p, TEXT_U_HEAD, &b, true);
    page_raw(p, "<th scope=\"col\" class=\"n\">u</th></tr></thead>\n");
    for (unsigned c = 0; c < p->model->n_comparisons; c++) {
        const struct link_comparison *comparison = &p->model->comparisons[c];
        page_raw(p, "<tbody>");
        comparison_row(p, comparison, 5);
        for (unsigned i = 0; i < comparison->n_levels; i++) {
            const struct link_level *level = &comparison->levels[i];
            if (level->is_null)
                continue;
            page_raw(p, "<tr>");
            level_name(p, level);
            page_bar(p, &b, 0, level->m, "s2", NAN);
            page_cell(p, "<td class=\"n\">", page_share(p, level->m));
            page_bar(p, &b, 0, level->u, "s1", NAN);
            page_cell(p, "<td class=\"n\">", page_share(p, level->u));
            page_raw(p, "</tr>\n");
        }
        page_raw(p, "</tbody>\n");
    }
    page_raw(p, "</table></div>\n");
}

// The weight of agreement where values' frequencies are not looked at.
static double base_weight(const struct link_comparison *c)
{
    for (unsigned i = 0; i < c->n_levels; i++)
        if (c->levels[i].tf_column.n)
            return page_level_weight(&c->levels[i]);
    return NAN;
}

// The ends of a comparison's n terms, which stand by frequency.
static bool is_shown(unsigned i, unsigned n)
{
    return i < MAX_FREQUENT || i + MAX_RARE >= n;
}

static void terms_of(struct page *p, unsigned comparison, const struct page_bars *b)
{
    const struct account *a = p->a;
    const struct link_comparison *c = &p->model->comparisons[comparison];
    unsigned n = 0, at = 0;
    for (unsigned i = 0; i < a->n_terms; i++)
        n += a->terms[i].comparison == comparison;
    if (!n)
        return;
    page_raw(p, "<tbody>");
    comparison_row(p, c, 4);
    for (unsigned i = 0; i < a->n_terms; i++) {
        const struct account_term *term = &a->terms[i];
        if (term->comparison != comparison || !is_shown(at++, n))
            continue;
        page_raw(p, "<tr>");
        page_cell(p, "<th scope=\"row\">", page_clean(p, term->text));
        page_cell(p, "<td class=\"n\">", page_count(p, term->count));
        page_bar(p, b, 0, term->weight, term->weight < 0 ? "down" : "up", base_weight(c));
        page_cell(p, "<td class=\"n\">", page_weight(p, term->weight));
        page_raw(p, "</tr>\n");
    }
    page_raw(p, "</tbody>\n");
}

void page_terms(struct page *p)
{
    const struct account *a = p->a;
    double low = 0, high = 0;
    page_section(p, "terms", TEXT_S_TERMS);
    if (!a->n_terms) {
        page_paragraph(p, page_words(p, TEXT_NO_TERMS));
        return;
    }
    for (unsigned i = 0; i < a->n_terms; i++) {
        low = isfinite(a->terms[i].weight) ? fmin(low, a->terms[i].weight) : low;
        high = isfinite(a->terms[i].weight) ? fmax(high, a->terms[i].weight) : high;
    }
    struct page_bars b = page_bars_over(low, high);
    page_paragraph(p, page_words(p, TEXT_TERMS_TEXT));
    open_table(p, TEXT_S_TERMS, "", &b);
    page_table_head(p, &(struct page_head){TEXT_VALUE, false, NULL});
    page_table_head(p, &(struct page_head){TEXT_RECORDS, true, NULL});
    bar_head(p, TEXT_WEIGHT, &b, false);
    page_raw(p, "<th scope=\"col\" class=\"n\">log2</th></tr></thead>\n");
    for (unsigned c = 0; c < p->model->n_comparisons; c++)
        terms_of(p, c, &b);
    page_raw(p, "</table></div>\n");
}

static void rule_row(struct page *p, unsigned i)
{
    const struct block_told *told = &p->a->rules[i];
    page_raw(p, "<tr>");
    page_cell(p, "<th scope=\"row\" class=\"code w\">",
              page_clean(p, p->model->rules[i].condition));
    page_cell(p, "<td class=\"n\">", page_count(p, (double)told->pairs));
    page_cell(p, "<td class=\"n\">", page_count(p, (double)told->new_pairs));
    page_cell(p, "<td class=\"n\">", page_count(p, (double)told->largest_block));
    page_cell(p, "<td class=\"n\">", page_count(p, (double)told->null_records));
    if (told->skipped_blocks)
        page_cell(p, "<td class=\"bad w\">",
                  page_words(p, TEXT_RULE_SKIPPED_BLOCKS,
                             page_count(p, (double)told->skipped_blocks),
                             page_count(p, told->skipped_pairs),
                             page_clean(p, told->skipped_key)));
    else
        page_cell(p, "<td class=\"mute\">", page_words(p, TEXT_RULE_NONE));
    page_raw(p, "</tr>\n");
}

static void rule_advice(struct page *p)
{
    page_raw(p, "<ul class=\"advice\">\n");
    for (unsigned i = 0; i < p->model->n_rules; i++) {
        const struct block_told *told = &p->a->rules[i];
        struct str name = page_clean(p, p->model->rules[i].condition);
        if (told->skipped_blocks) {
            page_raw(p, "<li>");
            page_say(p, TEXT_RULE_ADVICE, name,
                     page_count(p, (double)told->skipped_blocks));
            page_raw(p, "</li>\n");
        }
        if (!told->new_pairs && !told->skipped_blocks) {
            page_raw(p, "<li>");
            page_say(p, TEXT_RULE_IDLE, name);
            page_raw(p, "</li>\n");
        }
    }
    page_raw(p, "</ul>\n");
}

void page_blocking(struct page *p)
{
    static const struct page_head heads[] = {
        {TEXT_RULE, false, NULL},      {TEXT_RULE_PAIRS, true, NULL},
        {TEXT_RULE_NEW, true, NULL},   {TEXT_RULE_LARGEST, true, NULL},
        {TEXT_RULE_NULLS, true, NULL}, {TEXT_RULE_SKIPPED, false, NULL}};
    page_section(p, "blocking", TEXT_S_BLOCKING);
    page_paragraph(p, page_words(p, TEXT_BLOCKING_TEXT));
    if (!p->a->rules)
        return;
    page_table(p, page_words(p, TEXT_S_BLOCKING), "", "", heads, 6);
    bool advice = false;
    for (unsigned i = 0; i < p->model->n_rules; i++) {
        rule_row(p, i);
        advice |= p->a->rules[i].skipped_blocks || !p->a->rules[i].new_pairs;
    }
    page_table_end(p);
    if (advice)
        rule_advice(p);
}

void page_dependence(struct page *p)
{
    static const struct page_head heads[] = {
        {TEXT_COMPARISONS, false, "w"}, {TEXT_TOGETHER, true, NULL},
        {TEXT_BY_PRODUCT, true, NULL},  {TEXT_TIMES, true, NULL},
        {TEXT_INFORMATION, true, NULL}, {TEXT_REMARK, false, NULL}};
    const struct account *a = p->a;
    page_section(p, "dependence", TEXT_S_DEPENDENCE);
    page_paragraph(p, page_words(p, TEXT_DEPENDENCE_TEXT));
    if (!a->n_dependences) {
        page_paragraph(p, page_words(p, TEXT_DEPENDENCE_NONE));
        return;
    }
    page_table(p, page_words(p, TEXT_S_DEPENDENCE), "", "", heads, 6);
    for (unsigned i = 0; i < a->n_dependences && i < MAX_DEPENDENCES; i++) {
        const struct account_dependence *d = &a->dependences[i];
        page_raw(p, "<tr>");
        page_cell(p, "<th scope=\"row\">",
                  page_words(p, TEXT_AND, page_clean(p, p->model->comparisons[d->a].name),
                             page_clean(p, p->model->comparisons[d->b].name)));
        page_cell(p, "<td class=\"n\">", page_share(p, d->agree_together));
        page_cell(p, "<td class=\"n\">", page_share(p, d->agree_by_product));
        page_cell(p, "<td class=\"n\">",
                  page_number(p, d->agree_together / d->agree_by_product, 2));
        page_cell(p, "<td class=\"n\">", page_small(p, d->mutual_information));
        page_cell(p, d->corrected ? "<td class=\"good\">" : "<td class=\"mute\">",
                  page_words(p, d->corrected ? TEXT_CORRECTED : TEXT_NOT_CORRECTED));
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
}

void page_definitions(struct page *p)
{
    page_section(p, "definitions", TEXT_S_TERMS_USED);
    page_raw(p, "<dl class=\"terms\">\n");
    for (unsigned id = TEXT_D_PAIR; id <= TEXT_D_DEPENDENCE_IS; id += 2) {
        page_raw(p, "<div><dt>");
        page_say(p, (enum page_text)id);
        page_raw(p, "</dt><dd>");
        page_say(p, (enum page_text)(id + 1));
        page_raw(p, "</dd></div>\n");
    }
    page_raw(p, "</dl>\n");
}
