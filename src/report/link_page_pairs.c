// SPDX-License-Identifier: AGPL-3.0-or-later
// The comparison viewer: example pairs side by side, how the weight of a pair comes
// about, and the list of patterns; and the data by which the script shows other pairs.
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "report/link_page_private.h"

struct str page_field(struct page *p, unsigned field, uint32_t record)
{
    const struct link_column *c = p->fields[field];
    uint32_t value = c->value[record];
    return value == LINK_NULL ? STR("") : page_clean(p, link_text(c, value));
}

void page_pattern_levels(const struct page *p, uint64_t pattern, unsigned *levels)
{
    for (unsigned c = 0; c < p->model->n_comparisons; c++) {
        const struct link_view *view = p->a->view;
        unsigned level = view ? link_pattern_level(&view->comparisons[c], pattern) : 0;
        unsigned n = p->model->comparisons[c].n_levels;
        levels[c] = level < n ? level : n - 1;
    }
}

static struct str id_of(struct page *p, uint32_t record)
{
    return page_clean(p, link_record_id(p->a->records, record));
}

static struct str place_of(struct page *p, uint32_t record)
{
    return page_words(p, TEXT_ROW_OF, page_source_name(p, record),
                      page_count(p, p->a->records->row[record]));
}

static unsigned code_points(struct str s, size_t *at, unsigned most)
{
    unsigned n = 0;
    for (size_t i = 0; i < s.n && n < most; n++) {
        at[n] = i;
        utf8_next(s, &i);
        at[n + 1] = i;
    }
    return n;
}

static bool same_at(struct str a, const size_t *i, struct str b, const size_t *j)
{
    size_t n = i[1] - i[0];
    return n == j[1] - j[0] && memcmp(a.p + i[0], b.p + j[0], n) == 0;
}

// Pieces of one side: runs of the same and of the different by turns, the same first.
static unsigned pieces(struct str s, const size_t *at, const bool *same, unsigned n,
                       struct str *out)
{
    unsigned count = 0;
    bool now = true;
    for (unsigned i = 0, begin = 0; i <= n; i++)
        if (i == n || same[i] != now) {
            out[count++] = (struct str){s.p + at[begin], at[i] - at[begin]};
            begin = i;
            now = !now;
        }
    return count;
}

// By the longest common subsequence.
void page_compare(struct str left, struct str right, struct page_pieces *out)
{
    enum { MOST = PAGE_MAX_CHARACTERS + 1 };
    size_t at_left[MOST + 1] = {0}, at_right[MOST + 1] = {0};
    static const bool none[MOST];
    bool same_left[MOST] = {false}, same_right[MOST] = {false};
    uint8_t longest[MOST + 1][MOST + 1];
    unsigned n = code_points(left, at_left, MOST);
    unsigned m = code_points(right, at_right, MOST);
    for (unsigned i = n + 1; i-- > 0;)
        for (unsigned j = m + 1; j-- > 0;) {
            if (i == n || j == m)
                longest[i][j] = 0;
            else if (same_at(left, at_left + i, right, at_right + j))
                longest[i][j] = (uint8_t)(longest[i + 1][j + 1] + 1);
            else
                longest[i][j] = longest[i + 1][j] >= longest[i][j + 1]
                                    ? longest[i + 1][j]
                                    : longest[i][j + 1];
        }
    for (unsigned i = 0, j = 0; i < n && j < m;) {
        if (same_at(left, at_left + i, right, at_right + j))
            same_left[i++] = same_right[j++] = true;
        else if (longest[i + 1][j] >= longest[i][j + 1])
            i++;
        else
            j++;
    }
    // a few letters in common by chance say nothing
    bool alike = 2u * longest[0][0] >= (n > m ? n : m);
    out->n_left = pieces(left, at_left, alike ? same_left : none, n, out->left);
    out->n_right = pieces(right, at_right, alike ? same_right : none, m, out->right);
}

static void put_pieces(struct page *p, const struct str *piece, unsigned n, bool whole)
{
    page_raw(p, "<td>");
    if (n == 0 || (n == 1 && !piece[0].n))
        page_raw(p, "<span class=\"mute\">\xE2\x80\x93</span>");
    for (unsigned i = 0; i < n; i++) {
        if (!piece[i].n)
            continue;
        page_raw(p, i % 2 && !whole ? "<mark>" : "");
        page_put(p, piece[i]);
        page_raw(p, i % 2 && !whole ? "</mark>" : "");
    }
    page_raw(p, "</td>");
}

static void record_head(struct page *p, enum page_text side, uint32_t record)
{
    page_raw(p, "<th scope=\"col\">");
    page_say(p, side);
    page_raw(p, "<small>");
    page_put(p, id_of(p, record));
    page_raw(p, "<br/>");
    page_put(p, place_of(p, record));
    page_raw(p, "</small></th>");
}

static void two_records(struct page *p, const struct account_pair *pair)
{
    page_raw(p, "<figure><figcaption>");
    page_say(p, TEXT_RECORDS_CAPTION);
    page_raw(p, "</figcaption><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"");
    page_say(p, TEXT_RECORDS_CAPTION);
    page_raw(p, "\"><table class=\"records\" id=\"records\"><thead><tr>");
    page_table_head(p, &(struct page_head){TEXT_FIELD, false, NULL});
    record_head(p, TEXT_LEFT, pair->left);
    page_raw(p, "<td></td>");
    record_head(p, TEXT_RIGHT, pair->right);
    page_raw(p, "</tr></thead><tbody>\n");
    for (unsigned f = 0; f < p->n_fields; f++) {
        struct str left = page_field(p, f, pair->left);
        struct str right = page_field(p, f, pair->right);
        struct page_pieces both;
        page_compare(left, right, &both);
        bool known = left.n && right.n, equal = known && str_equal(left, right);
        page_raw(p, equal ? "<tr class=\"equal\">" : "<tr>");
        page_cell(p, "<th scope=\"row\">", page_clean(p, p->fields[f]->name));
        put_pieces(p, both.left, both.n_left, !known);
        buf_printf(p->out, "<td class=\"sign\">%s</td>",
                   !known  ? ""
                   : equal ? "="
                           : "\xE2\x89\xA0");
        put_pieces(p, both.right, both.n_right, !known);
        page_raw(p, "</tr>\n");
    }
    page_raw(p, "</tbody></table></div></figure>\n");
}

struct waterfall {
    struct page_bars bars;
    double sum;
};

static void part(struct page *p, struct waterfall *w, struct str name, struct str more,
                 double value, const char *css_class)
{
    double from = w->sum;
    w->sum += value;
    page_raw(p, "<tr><th scope=\"row\">");
    page_put(p, name);
    if (more.n) {
        page_raw(p, "<small>");
        page_put(p, more);
        page_raw(p, "</small>");
    }
    page_raw(p, "</th><td class=\"bar\"><span class=\"track\">");
    double a = page_bars_at(&w->bars, from), b = page_bars_at(&w->bars, w->sum);
    buf_printf(
        p->out,
        "<u style=\"left:%.2f%%\"></u><u class=\"after\" style=\"left:%.2f%%\"></u>"
        "<i class=\"%s\" style=\"left:%.2f%%;width:%.2f%%\"></i></span></td>",
        a, b, css_class, fmin(a, b), fabs(b - a));
    page_cell(p, "<td class=\"n\">", page_weight(p, value));
    page_cell(p, "<td class=\"n wideonly\">", page_number(p, w->sum, 2));
    page_raw(p, "</tr>\n");
}

static void range_of(const struct account_pair *pair, unsigned n, double *low,
                     double *high)
{
    double sum = 0;
    for (unsigned i = 0; i < n + 2; i++) {
        sum += pair->parts[i];
        *low = fmin(*low, sum);
        *high = fmax(*high, sum);
        if (i > 0 && i <= n) {
            sum += pair->tf_parts[i - 1];
            *low = fmin(*low, sum);
            *high = fmax(*high, sum);
        }
    }
}

static const char *up_or_down(double value)
{
    return value < 0 ? "down" : "up";
}

static void waterfall_rows(struct page *p, struct waterfall *w,
                           const struct account_pair *pair)
{
    unsigned n = p->model->n_comparisons, levels[LINK_MAX_COMPARISONS];
    page_pattern_levels(p, pair->pattern, levels);
    part(p, w, page_words(p, TEXT_PRIOR), STR(""), pair->parts[0], "plain");
    for (unsigned c = 0; c < n; c++) {
        const struct link_comparison *comparison = &p->model->comparisons[c];
        struct str name = page_clean(p, comparison->name);
        part(p, w, name, page_known(p, comparison->levels[levels[c]].label),
             pair->parts[c + 1], up_or_down(pair->parts[c + 1]));
        if (pair->tf_parts[c] != 0)
            part(p, w, name, page_words(p, TEXT_TF_PART), pair->tf_parts[c],
                 up_or_down(pair->tf_parts[c]));
    }
    if (pair->parts[n + 1] != 0)
        part(p, w, page_words(p, TEXT_DEPENDENCE_PART), STR(""), pair->parts[n + 1],
             up_or_down(pair->parts[n + 1]));
    if (fabs(pair->weight - w->sum) > 0.005)
        part(p, w, page_words(p, TEXT_CALIBRATION_PART), STR(""), pair->weight - w->sum,
             "plain");
}

static void waterfall(struct page *p, const struct account_pair *pair)
{
    double low = fmin(0, pair->weight), high = fmax(0, pair->weight);
    range_of(pair, p->model->n_comparisons, &low, &high);
    struct waterfall w = {.bars = page_bars_over(low, high)};
    page_raw(p, "<figure><figcaption>");
    page_say(p, TEXT_WATERFALL);
    page_raw(p, "</figcaption><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"");
    page_say(p, TEXT_WATERFALL);
    page_raw(p, "\"><table class=\"little\" id=\"waterfall\"");
    page_bars_style(p, &w.bars);
    page_raw(p, "><thead><tr>");
    page_table_head(p, &(struct page_head){TEXT_EVIDENCE, false, NULL});
    page_raw(p, "<th scope=\"col\" class=\"bar\" aria-label=\"");
    page_say(p, TEXT_WEIGHT);
    page_raw(p, "\">");
    page_bars_axis(p, &w.bars, false, "");
    page_raw(p, "</th>");
    page_table_head(p, &(struct page_head){TEXT_ADDS, true, NULL});
    page_table_head(p, &(struct page_head){TEXT_SUM, true, "wideonly"});
    page_raw(p, "</tr></thead><tbody>\n");
    waterfall_rows(p, &w, pair);
    page_raw(p, "<tr class=\"total\">");
    page_cell(p, "<th scope=\"row\">", page_words(p, TEXT_FINAL));
    page_bar(p, &w.bars, 0, pair->weight, "whole", NAN);
    page_cell(p, "<td class=\"n\">", page_weight(p, pair->weight));
    page_raw(p, "<td class=\"wideonly\"></td></tr></tbody></table></div></figure>\n");
}

static const struct account_pair *pair_at(const struct page *p, unsigned i)
{
    return &p->a->pairs[p->pairs[i]];
}

static void verdict(struct page *p, const struct account_pair *pair)
{
    page_raw(p, "<p class=\"verdict\" id=\"verdict\" aria-live=\"polite\"><b>");
    page_say(p, TEXT_PAIR_OF, STR("1"), page_count(p, p->n_pairs),
             page_weight(p, pair->weight), page_probability(p, pair->probability));
    page_raw(p, "</b> <span>");
    if (!isnan(p->cut))
        page_say(p, pair->weight >= p->cut ? TEXT_IS_LINK : TEXT_IS_NO_LINK);
    page_raw(p, "</span></p>\n");
}

static void slider(struct page *p)
{
    page_raw(p, "<div class=\"tools\"><button type=\"button\" id=\"pair-before\" "
                "aria-label=\"");
    page_say(p, TEXT_PREVIOUS);
    buf_printf(p->out,
               "\">\xE2\x80\xB9</button><input type=\"range\" id=\"pair-slider\" "
               "min=\"0\" max=\"%u\" value=\"0\" step=\"1\" aria-label=\"",
               p->n_pairs - 1);
    page_say(p, TEXT_PAIR_SLIDER);
    page_raw(p, "\"/><button type=\"button\" id=\"pair-after\" aria-label=\"");
    page_say(p, TEXT_NEXT);
    page_raw(p, "\">\xE2\x80\xBA</button></div>\n<div class=\"ends\" "
                "aria-hidden=\"true\"><span>");
    page_say(p, TEXT_LIKELIEST);
    page_raw(p, "</span><span>");
    page_say(p, TEXT_UNLIKELIEST);
    page_raw(p, "</span></div>\n");
}

// A tint in four steps: from 8 on it is darkest.
static const char *tint(double weight)
{
    static const char *const names[2][5] = {{"n", "n u1", "n u2", "n u3", "n u4"},
                                            {"n", "n d1", "n d2", "n d3", "n d4"}};
    double size = fabs(weight);
    int step = size < 0.5 ? 0 : size < 2 ? 1 : size < 4 ? 2 : size < 8 ? 3 : 4;
    return names[weight < 0][step];
}

static void pattern_row(struct page *p, unsigned i)
{
    const struct account_pattern *pattern = &p->a->patterns[p->patterns[i]];
    unsigned levels[LINK_MAX_COMPARISONS];
    page_pattern_levels(p, pattern->pattern, levels);
    page_raw(p, "<tr><th scope=\"row\" class=\"n\">");
    buf_printf(p->out,
               "<button type=\"button\" class=\"pick\" data-pattern=\"%u\" title=\"", i);
    page_say(p, TEXT_PICK_PATTERN, page_count(p, i + 1));
    page_raw(p, "\">");
    page_put(p, page_weight(p, pattern->weight));
    page_raw(p, "</button></th>");
    page_cell(p, "<td class=\"n\">", page_probability(p, pattern->probability));
    page_cell(p, "<td class=\"n\">", page_count(p, (double)pattern->pairs));
    for (unsigned c = 0; c < p->model->n_comparisons; c++) {
        const struct link_level *level = &p->model->comparisons[c].levels[levels[c]];
        double weight = page_level_weight(level);
        buf_printf(p->out, "<td class=\"%s\">", tint(weight));
        page_put(p, level->is_null ? STR("\xE2\x80\x93") : page_weight(p, weight));
        page_raw(p, "</td>");
    }
    page_raw(p, "</tr>\n");
}

static void pattern_list(struct page *p)
{
    static const struct page_head heads[] = {{TEXT_WEIGHT, true, NULL},
                                             {TEXT_PROBABILITY, true, NULL},
                                             {TEXT_PAIRS, true, NULL}};
    page_raw(p, "<h3>");
    page_say(p, TEXT_PATTERNS);
    page_raw(p, "</h3>\n");
    page_paragraph(p, page_words(p, TEXT_PATTERNS_TEXT));
    page_raw(p,
             "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"");
    page_say(p, TEXT_PATTERNS);
    page_raw(p, "\"><table class=\"t\" id=\"patterns\"><thead><tr>");
    for (unsigned i = 0; i < 3; i++)
        page_table_head(p, &heads[i]);
    for (unsigned c = 0; c < p->model->n_comparisons; c++) {
        page_raw(p, "<th scope=\"col\" class=\"n\">");
        page_put(p, page_clean(p, p->model->comparisons[c].name));
        page_raw(p, "</th>");
    }
    page_raw(p, "</tr></thead><tbody>\n");
    double shown = 0;
    for (unsigned i = 0; i < p->n_patterns; i++) {
        pattern_row(p, i);
        shown += (double)p->a->patterns[p->patterns[i]].pairs;
    }
    page_table_end(p);
    // the account itself may hold the most frequent ones only
    if (shown < (double)p->a->compared_pairs) {
        page_raw(p, "<p class=\"hint\">");
        page_say(p, TEXT_PATTERNS_REST,
                 page_count(p, (double)p->a->compared_pairs - shown));
        page_raw(p, "</p>\n");
    }
}

void page_pairs(struct page *p)
{
    page_section(p, "pairs", TEXT_S_PAIRS);
    if (p->n_pairs) {
        page_paragraph(p, page_words(p, TEXT_PAIRS_TEXT, page_count(p, p->n_pairs)));
        page_raw(p, "<noscript><p class=\"hint\">");
        page_say(p, TEXT_PAIRS_STATIC);
        page_raw(p, "</p></noscript>\n");
        slider(p);
        verdict(p, pair_at(p, 0));
        two_records(p, pair_at(p, 0));
        waterfall(p, pair_at(p, 0));
    } else {
        page_paragraph(p, page_words(p, TEXT_NO_PAIRS));
    }
    if (p->n_patterns)
        pattern_list(p);
}

// Finer than what is shown, so that sums agree with it.
static void put_weight(struct json_writer *j, double value)
{
    json_put_double(j, isfinite(value) ? round(value * 1e4) / 1e4 : value);
}

static void key(struct json_writer *j, const char *name)
{
    json_put_key(j, str_of(name));
}

static void data_words(struct page *p, struct json_writer *j)
{
    static const struct {
        const char *name;
        enum page_text text;
    } words[] = {{"link", TEXT_IS_LINK},
                 {"noLink", TEXT_IS_NO_LINK},
                 {"prior", TEXT_PRIOR},
                 {"tf", TEXT_TF_PART},
                 {"dependence", TEXT_DEPENDENCE_PART},
                 {"calibration", TEXT_CALIBRATION_PART},
                 {"final", TEXT_FINAL}};
    key(j, "words");
    json_put_object(j);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        key(j, words[i].name);
        json_put_string(j, page_words(p, words[i].text));
    }
    // values are put in by the script
    key(j, "pairOf");
    json_put_string(
        j, page_words(p, TEXT_PAIR_OF, STR("{1}"), STR("{2}"), STR("{3}"), STR("{4}")));
    key(j, "patternOf");
    json_put_string(j,
                    page_words(p, TEXT_PATTERN_OF, STR("{1}"), STR("{2}"), STR("{3}")));
    json_put_object_end(j);
}

static void data_comparisons(struct page *p, struct json_writer *j)
{
    key(j, "comparisons");
    json_put_array(j);
    for (unsigned c = 0; c < p->model->n_comparisons; c++) {
        const struct link_comparison *comparison = &p->model->comparisons[c];
        json_put_object(j);
        key(j, "name");
        json_put_string(j, page_clean(p, comparison->name));
        key(j, "levels");
        json_put_array(j);
        for (unsigned i = 0; i < comparison->n_levels; i++) {
            json_put_array(j);
            json_put_string(j, page_known(p, comparison->levels[i].label));
            put_weight(j, page_level_weight(&comparison->levels[i]));
            json_put_array_end(j);
        }
        json_put_array_end(j);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void data_pieces(struct json_writer *j, const struct str *piece, unsigned n)
{
    json_put_array(j);
    for (unsigned i = 0; i < n; i++)
        json_put_string(j, piece[i]);
    json_put_array_end(j);
}

static void data_levels(struct page *p, struct json_writer *j, uint64_t pattern)
{
    unsigned levels[LINK_MAX_COMPARISONS];
    page_pattern_levels(p, pattern, levels);
    key(j, "levels");
    json_put_array(j);
    for (unsigned c = 0; c < p->model->n_comparisons; c++)
        json_put_int(j, levels[c]);
    json_put_array_end(j);
}

static void data_pair(struct page *p, struct json_writer *j,
                      const struct account_pair *pair)
{
    unsigned n = p->model->n_comparisons;
    json_put_object(j);
    key(j, "weight");
    put_weight(j, pair->weight);
    key(j, "probability");
    json_put_string(j, page_probability(p, pair->probability));
    data_levels(p, j, pair->pattern);
    key(j, "parts");
    json_put_array(j);
    for (unsigned i = 0; i < n + 2; i++)
        put_weight(j, pair->parts[i]);
    json_put_array_end(j);
    key(j, "tf");
    json_put_array(j);
    for (unsigned i = 0; i < n; i++)
        put_weight(j, pair->tf_parts[i]);
    json_put_array_end(j);
    key(j, "records");
    json_put_array(j);
    json_put_string(j, id_of(p, pair->left));
    json_put_string(j, place_of(p, pair->left));
    json_put_string(j, id_of(p, pair->right));
    json_put_string(j, place_of(p, pair->right));
    json_put_array_end(j);
    key(j, "values");
    json_put_array(j);
    for (unsigned f = 0; f < p->n_fields; f++) {
        struct page_pieces both;
        page_compare(page_field(p, f, pair->left), page_field(p, f, pair->right), &both);
        json_put_array(j);
        data_pieces(j, both.left, both.n_left);
        data_pieces(j, both.right, both.n_right);
        json_put_array_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
}

static int example_of(const struct page *p, uint64_t pattern)
{
    for (unsigned i = 0; i < p->n_pairs; i++)
        if (pair_at(p, i)->pattern == pattern)
            return (int)i;
    return -1;
}

// What the corrections for dependence and for look-alikes add to a pattern: the rest of
// its weight.
static double dependence_of(const struct page *p, const struct account_pattern *pattern)
{
    const struct link_model *m = p->model;
    unsigned levels[LINK_MAX_COMPARISONS];
    if (!m->n_dependence && m->alike_prior <= 0)
        return 0;
    page_pattern_levels(p, pattern->pattern, levels);
    double rest = pattern->weight - score_weight(m->prior);
    for (unsigned c = 0; c < m->n_comparisons; c++) {
        const struct link_level *l = &m->comparisons[c].levels[levels[c]];
        if (!l->is_null && !isnan(l->m) && !isnan(l->u) && l->m > 0 && l->u > 0)
            rest -= log2(l->m / l->u);
    }
    return rest;
}

static void data_patterns(struct page *p, struct json_writer *j)
{
    key(j, "patterns");
    json_put_array(j);
    for (unsigned i = 0; i < p->n_patterns; i++) {
        const struct account_pattern *pattern = &p->a->patterns[p->patterns[i]];
        json_put_object(j);
        key(j, "weight");
        put_weight(j, pattern->weight);
        key(j, "probability");
        json_put_string(j, page_probability(p, pattern->probability));
        key(j, "pairs");
        json_put_string(j, page_count(p, (double)pattern->pairs));
        key(j, "dependence");
        put_weight(j, dependence_of(p, pattern));
        key(j, "example");
        json_put_int(j, example_of(p, pattern->pattern));
        data_levels(p, j, pattern->pattern);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void data_thresholds(struct page *p, struct json_writer *j)
{
    key(j, "thresholds");
    json_put_array(j);
    for (unsigned i = 0; i < p->a->n_thresholds; i += page_step(p->a->n_thresholds)) {
        const struct account_threshold *t = &p->a->thresholds[i];
        json_put_array(j);
        put_weight(j, t->threshold);
        json_put_string(j, page_number(p, t->threshold, 2));
        json_put_string(j, page_probability(p, score_probability(t->threshold)));
        json_put_string(j, page_count(p, round(t->links)));
        json_put_string(j, page_share(p, t->precision));
        json_put_string(j, page_share(p, t->recall));
        json_put_string(j, page_share(p, page_f1(t)));
        json_put_string(j, page_count(p, round(page_wrong(t))));
        json_put_string(j, page_count(p, round(page_missed(t))));
        json_put_array_end(j);
    }
    json_put_array_end(j);
}

void page_data(struct page *p)
{
    struct json_writer j = json_on(p->out);
    json_put_object(&j);
    data_words(p, &j);
    key(&j, "prior");
    put_weight(&j, log2(p->model->prior / (1 - p->model->prior)));
    key(&j, "cut");
    put_weight(&j, p->cut);
    data_comparisons(p, &j);
    key(&j, "pairs");
    json_put_array(&j);
    for (unsigned i = 0; i < p->n_pairs; i++)
        data_pair(p, &j, pair_at(p, i));
    json_put_array_end(&j);
    data_patterns(p, &j);
    data_thresholds(p, &j);
    json_put_object_end(&j);
}
