// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link_account.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 48113,
    SPLIT = 24613, // records of the first file
    FIELDS = 6,
    PAIRS = 40,
    PATTERNS = 200,
    LOOKS = 13,
    POINTS = 81,
    TEXTS = 4000,
    COUNT_BINS = ACCOUNT_BINS
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// A small generator of its own, so that the page is the same everywhere.
static uint32_t next_of(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

struct level_plan {
    const char *label, *chinese;
    double m, u;
    bool tf;
};

static const struct {
    const char *name, *description;
    unsigned n;
    struct level_plan levels[5];
} plans[FIELDS] = {
    {"first_name",
     "Jaro-Winkler at 0.92 and 0.8 with term frequencies",
     5,
     {{"first_name is NULL", "名字缺失", 0, 0, false},
      {"Exact match on first_name", "名字完全一致", 0.82, 0.011, true},
      {"Jaro-Winkler >= 0.92", "非常相近（Jaro-Winkler ≥ 0.92）", 0.09, 0.002, false},
      {"Jaro-Winkler >= 0.8", "相近（Jaro-Winkler ≥ 0.8）", 0.04, 0.013, false},
      {"All other comparisons", "其他", 0.05, 0.974, false}}},
    {"surname",
     "Jaro-Winkler at 0.92 with term frequencies",
     4,
     {{"surname is NULL", "姓氏缺失", 0, 0, false},
      {"Exact match on surname", "姓氏完全一致", 0.89, 0.0042, true},
      {"Jaro-Winkler >= 0.92", "非常相近（Jaro-Winkler ≥ 0.92）", 0.07, 0.0011, false},
      {"All other comparisons", "其他", 0.04, 0.9947, false}}},
    {"date_of_birth",
     "Exact, one edit or day and month swapped, same year",
     5,
     {{"date_of_birth is NULL", "出生日期缺失", 0, 0, false},
      {"Exact match on date_of_birth", "出生日期完全一致", 0.91, 0.00004, false},
      {"One edit, or day and month swapped", "差一个字符，或日月颠倒", 0.06, 0.0009,
       false},
      {"Same year", "同年", 0.012, 0.014, false},
      {"All other comparisons", "其他", 0.018, 0.98506, false}}},
    {"sex",
     "Exact",
     3,
     {{"sex is NULL", "性别缺失", 0, 0, false},
      {"Exact match on sex", "性别一致", 0.985, 0.5, false},
      {"All other comparisons", "不同", 0.015, 0.5, false}}},
    {"postcode",
     "Exact, same <i>area</i>",
     4,
     {{"postcode is NULL", "邮政编码缺失", 0, 0, false},
      {"Exact match on postcode", "邮政编码一致", 0.71, 0.0018, true},
      {"Same area (first four)", "同一地区（前四位）", 0.14, 0.012, false},
      {"All other comparisons", "其他", 0.15, 0.9862, false}}},
    {"phone",
     "Exact, one edit",
     4,
     {{"phone is NULL", "电话缺失", 0, 0, false},
      {"Exact match on phone", "电话一致", 0.56, 0.00002, false},
      {"Levenshtein distance <= 1", "差一个字符", 0.05, 0.0001, false},
      {"All other comparisons", "其他", 0.39, 0.99988, false}}},
};
static const unsigned bits[FIELDS] = {3, 2, 3, 2, 2, 2};

static const char *const firsts[] = {
    "maria",     "john", "wei", "katherine", "ahmed", "sofia", "louis", "nora", "emil",
    "charlotte", "秀英", "伟",  "建国",      "娜娜",  "小敏",  "志强",  "芳",   "国伟"};
static const char *const surnames[] = {
    "schmidt", "o'brien",     "okafor",   "andersson", "nguyen",
    "garcia",  "li</script>", "mcdonald", "rossi",     "<b>\"quoted\"</b>",
    "张",      "王",          "欧阳",     "李",        "司马",
    "曾",      "单",          "赵"};
static const char *const alike[][2] = {
    {"伟", "玮"},     {"娜娜", "娜那"}, {"小敏", "晓敏"}, {"志强", "智强"},
    {"秀英", "秀瑛"}, {"芳", "方"},     {"建国", "建囯"}, {"国伟", "伟国"}};

// A column under construction: its texts one behind the other.
struct maker {
    struct link_account *l;
    uint64_t state;
    size_t room[FIELDS];
};

// Number of a text in a column; it is added when new. 0 when there is no room.
static uint32_t number_of(struct maker *k, unsigned field, struct str text)
{
    enum { BYTES = 40 };
    struct link_column *c = &k->l->records.columns[field + 1];
    if (!text.n)
        return LINK_NULL;
    for (uint32_t v = 1; v <= c->n_values; v++)
        if (str_equal(link_text(c, v), text))
            return v;
    uint64_t end = c->texts.offset[c->n_values + 1];
    if (c->n_values + 1 >= TEXTS || end + text.n > (uint64_t)TEXTS * BYTES)
        return LINK_NULL;
    memcpy(c->texts.bytes + end, text.p, text.n);
    c->texts.n = ++c->n_values + 1;
    c->texts.offset[c->n_values + 1] = end + text.n;
    return c->n_values;
}

static struct str date_of(struct maker *k)
{
    unsigned year = 1935 + next_of(&k->state) % 80, month = 1 + next_of(&k->state) % 12;
    return str_format(&k->l->arena, "%04u-%02u-%02u", year, month,
                      1 + next_of(&k->state) % 28);
}

static struct str value_of(struct maker *k, unsigned field)
{
    uint32_t r = next_of(&k->state);
    switch (field) {
    case 0:
        return str_of(firsts[r % COUNT(firsts)]);
    case 1:
        return str_of(surnames[r % COUNT(surnames)]);
    case 2:
        return date_of(k);
    case 3:
        return r & 1 ? STR("f") : STR("m");
    case 4:
        return str_format(&k->l->arena, "0%u", 46100 + r % 97);
    default:
        return str_format(&k->l->arena, "13%09u", r % 1000000000u);
    }
}

// Another text that is as near to the first as the level says: 2 very near, 3 near.
static struct str near_to(struct maker *k, unsigned field, struct str s)
{
    for (size_t i = 0; field == 0 && i < COUNT(alike); i++)
        if (str_equal_c(s, alike[i][0]))
            return str_of(alike[i][1]);
    struct str copy = str_copy(&k->l->arena, s);
    char *p = (char *)(uintptr_t)copy.p;
    if (!p || copy.n < 3 || (unsigned char)p[0] >= 0x80)
        return STR("某");
    char *last = p + copy.n - 1;
    if (field == 2 && next_of(&k->state) % 2) { // day and month change places
        char day[2] = {p[8], p[9]};
        memcpy(p + 8, p + 5, 2);
        memcpy(p + 5, day, 2);
        return copy;
    }
    *last = *last == '7' ? '2' : field < 2 ? 'e' : '7';
    return copy;
}

static struct str at_level(struct maker *k, unsigned field, unsigned level, struct str s)
{
    unsigned last = plans[field].n - 1;
    if (level == 0)
        return STR("");
    if (level == 1)
        return s;
    if (level == last || field == 3) {
        struct str other = s;
        for (int i = 0; i < 9 && str_equal(other, s); i++)
            other = value_of(k, field);
        return other;
    }
    if (field == 2 && level == 3)
        return str_format(&k->l->arena, "%.4s-11-%02u", s.p, 1 + next_of(&k->state) % 28);
    if (field == 0 && level == 3 && (unsigned char)s.p[0] < 0x80)
        return (struct str){s.p, s.n > 4 ? s.n - 2 : s.n};
    return near_to(k, field, s);
}

static void levels_of(uint64_t pattern, unsigned *levels)
{
    for (unsigned c = 0; c < FIELDS; pattern >>= bits[c++])
        levels[c] = (unsigned)(pattern & ((1u << bits[c]) - 1));
}

static double part_of(unsigned c, unsigned level)
{
    const struct level_plan *plan = &plans[c].levels[level];
    return level ? log2(plan->m / plan->u) : 0;
}

static double probability_of(double weight)
{
    return 1 / (1 + exp2(-weight));
}

static bool make_model(struct link_account *l, bool zh)
{
    static const char *const rules[] = {
        "l.\"surname\" = r.\"surname\" AND l.\"date_of_birth\" = r.\"date_of_birth\"",
        "l.\"phone\" = r.\"phone\"",
        ("l.\"surname\" = r.\"surname\" AND substr(l.\"first_name\", 1, 3) = "
         "substr(r.\"first_name\", 1, 3)"),
        "l.\"sex\" = r.\"sex\" AND l.\"postcode\" = r.\"postcode\" AND '<' <> '&'"};
    struct error e;
    if (link_model_open(&l->model, &e))
        return false;
    struct link_model *m = l->model;
    struct arena *a = &m->arena;
    m->type = LINK_LINK_AND_DEDUPE;
    m->prior = 8.5e-6;
    m->threshold = 0.95;
    m->comparisons = ARENA_ARRAY(a, struct link_comparison, FIELDS);
    m->rules = ARENA_ARRAY(a, struct link_rule, COUNT(rules));
    m->dependence = ARENA_NEW(a, struct link_dependence);
    if (!m->comparisons || !m->rules || !m->dependence)
        return false;
    m->n_comparisons = FIELDS;
    m->n_rules = COUNT(rules);
    for (size_t i = 0; i < COUNT(rules); i++)
        m->rules[i].condition = str_of(rules[i]);
    for (unsigned c = 0; c < FIELDS; c++) {
        struct link_level *levels = ARENA_ARRAY(a, struct link_level, plans[c].n);
        if (!levels)
            return false;
        for (unsigned i = 0; i < plans[c].n; i++) {
            const struct level_plan *plan = &plans[c].levels[i];
            levels[i] = (struct link_level){
                .condition = STR("ELSE"),
                .label = str_of(zh ? plan->chinese : plan->label),
                .m = i ? plan->m : NAN,
                .u = i ? plan->u : NAN,
                .is_null = i == 0,
                .tf_column = plan->tf ? str_of(plans[c].name) : STR("")};
        }
        m->comparisons[c] =
            (struct link_comparison){.name = str_of(plans[c].name),
                                     .description = str_of(plans[c].description),
                                     .levels = levels,
                                     .n_levels = plans[c].n};
    }
    m->dependence->a = 0; // a first name tells the sex
    m->dependence->b = 3;
    m->dependence->log2 = ARENA_ARRAY(a, double, 5 * 3);
    m->n_dependence = 1;
    if (m->dependence->log2)
        m->dependence->log2[1 * 3 + 1] = -0.84;
    return m->dependence->log2 != NULL;
}

static bool make_view(struct link_account *l)
{
    struct view_comparison *c = ARENA_ARRAY(&l->arena, struct view_comparison, FIELDS);
    if (!c)
        return false;
    for (unsigned i = 0, shift = 0; i < FIELDS; shift += bits[i++])
        c[i] = (struct view_comparison){
            .n_levels = plans[i].n, .shift = shift, .bits = bits[i]};
    l->view = (struct link_view){.records = &l->records,
                                 .type = LINK_LINK_AND_DEDUPE,
                                 .n = N,
                                 .comparisons = c,
                                 .n_comparisons = FIELDS};
    return true;
}

static bool make_records(struct link_account *l, struct maker *k)
{
    enum { BYTES = 40, ID = 12 };
    struct link_records *r = &l->records;
    struct arena *a = &l->arena;
    r->n = N;
    r->sources = ARENA_ARRAY(a, struct link_source, 2);
    r->columns = ARENA_ARRAY(a, struct link_column, FIELDS + 2);
    r->row = ARENA_ARRAY(a, uint32_t, N);
    r->id = ARENA_ARRAY(a, uint32_t, N);
    r->ids.bytes = ARENA_ARRAY(a, char, (size_t)N *ID);
    r->ids.offset = ARENA_ARRAY(a, uint64_t, N + 1);
    if (!r->sources || !r->columns || !r->row || !r->id || !r->ids.bytes ||
        !r->ids.offset)
        return false;
    r->n_sources = 2;
    r->n_columns = FIELDS + 2;
    r->sources[0] = (struct link_source){.name = STR("births 2014"), .end = SPLIT};
    r->sources[1] = (struct link_source){
        .name = STR("clinic & <vaccines>"), .begin = SPLIT, .end = N};
    r->columns[0] = (struct link_column){.name = STR("record_id"), .kind = LINK_ID};
    r->columns[FIELDS + 1] =
        (struct link_column){.name = STR("remark"), .kind = LINK_IGNORED};
    for (unsigned f = 0; f < FIELDS; f++) {
        static const enum link_kind kinds[FIELDS] = {LINK_NAME, LINK_NAME, LINK_DATE,
                                                     LINK_SEX,  LINK_CODE, LINK_PHONE};
        struct link_column *c = &r->columns[f + 1];
        *c = (struct link_column){.name = str_of(plans[f].name), .kind = kinds[f]};
        c->value = ARENA_ARRAY(a, uint32_t, N);
        c->texts.bytes = ARENA_ARRAY(a, char, TEXTS *BYTES);
        c->texts.offset = ARENA_ARRAY(a, uint64_t, TEXTS + 2);
        if (!c->value || !c->texts.bytes || !c->texts.offset)
            return false;
        for (int i = 0; i < 120; i++)
            number_of(k, f, value_of(k, f));
        for (uint32_t i = 0; i < N; i++)
            c->value[i] = next_of(&k->state) % (c->n_values + 1);
    }
    for (uint32_t i = 0; i < N; i++) {
        char text[ID + 1];
        r->row[i] = 1 + (i < SPLIT ? i : i - SPLIT);
        r->id[i] = i;
        int n = snprintf(text, sizeof text, "%c-%05u", i < SPLIT ? 'B' : 'C', r->row[i]);
        memcpy(r->ids.bytes + r->ids.offset[i], text, (size_t)n);
        r->ids.offset[i + 1] = r->ids.offset[i] + (size_t)n;
    }
    r->ids.n = N;
    return true;
}

static int by_count(const void *a, const void *b)
{
    const struct account_pattern *x = a, *y = b;
    return x->pairs < y->pairs ? 1 : x->pairs > y->pairs ? -1 : 0;
}

static int by_weight(const void *a, const void *b)
{
    const struct account_pattern *x = a, *y = b;
    return x->weight < y->weight ? 1 : x->weight > y->weight ? -1 : 0;
}

// How many pairs fall into each pattern, by the model itself.
static bool make_patterns(struct link_account *l)
{
    struct account *a = &l->account;
    struct account_pattern *all = ARENA_ARRAY(&l->arena, struct account_pattern, 4800);
    if (!all)
        return false;
    double prior = l->model->prior;
    size_t n = 0;
    for (uint64_t pattern = 0; pattern < 1 << 14; pattern++) {
        unsigned levels[FIELDS];
        double m = 1, u = 1, weight = log2(prior / (1 - prior));
        bool real = true;
        levels_of(pattern, levels);
        for (unsigned c = 0; c < FIELDS && real; c++) {
            real = levels[c] < plans[c].n;
            if (!real)
                break;
            m *= levels[c] ? 0.97 * plans[c].levels[levels[c]].m : 0.03;
            u *= levels[c] ? 0.97 * plans[c].levels[levels[c]].u : 0.03;
            weight += part_of(c, levels[c]);
        }
        bool blocked = (levels[1] == 1 && (levels[2] == 1 || levels[0] == 1)) ||
                       levels[5] == 1 || (levels[3] == 1 && levels[4] == 1);
        if (!real || !blocked)
            continue;
        if (levels[0] == 1 && levels[3] == 1)
            weight -= 0.84;
        double pairs = a->all_pairs * (prior * m + (1 - prior) * u);
        all[n++] = (struct account_pattern){pattern, (uint64_t)pairs, weight,
                                            probability_of(weight)};
    }
    qsort(all, n, sizeof *all, by_count);
    a->n_patterns = n < PATTERNS ? n : PATTERNS;
    qsort(all, a->n_patterns, sizeof *all, by_weight);
    a->patterns = all;
    return true;
}

static bool make_thresholds(struct link_account *l)
{
    struct account *a = &l->account;
    a->thresholds = ARENA_ARRAY(&l->arena, struct account_threshold, POINTS);
    a->unlinkable_weight = ARENA_ARRAY(&l->arena, double, POINTS);
    a->unlinkable_share = ARENA_ARRAY(&l->arena, double, POINTS);
    if (!a->thresholds || !a->unlinkable_weight || !a->unlinkable_share)
        return false;
    a->bin_from = -30;
    a->bin_width = 1;
    for (uint64_t i = 0; i < a->n_patterns; i++) {
        const struct account_pattern *p = &a->patterns[i];
        a->compared_pairs += p->pairs;
        a->expected_matches += (double)p->pairs * p->probability;
        for (int k = -2; k <= 2; k++) { // what the frequency of values adds
            int bin = (int)floor((p->weight + 0.8 * k - a->bin_from) / a->bin_width);
            bin = bin < 0 ? 0 : bin >= COUNT_BINS ? COUNT_BINS - 1 : bin;
            a->bins[bin] += p->pairs / 9 * (uint64_t)(3 - abs(k));
        }
    }
    a->blocking_recall = 0.973;
    a->expected_matches /= a->blocking_recall;
    for (unsigned i = 0; i < POINTS; i++) {
        struct account_threshold *t = &a->thresholds[i];
        double right = 0;
        t->threshold = -15 + 0.5 * i;
        for (uint64_t k = 0; k < a->n_patterns; k++)
            for (int step = -5; step <= 5; step++) {
                double weight = a->patterns[k].weight + 0.5 * step;
                double pairs = (double)a->patterns[k].pairs / 11;
                t->links += weight >= t->threshold ? pairs : 0;
                right += weight >= t->threshold ? pairs * probability_of(weight) : 0;
            }
        t->precision = t->links > 0 ? right / t->links : 1;
        t->recall = fmin(right / a->expected_matches, a->blocking_recall);
        a->unlinkable_weight[i] = t->threshold;
        a->unlinkable_share[i] = 0.62 / (1 + exp(-(t->threshold - 19) / 3.1));
    }
    a->n_thresholds = a->n_unlinkable = POINTS;
    return true;
}

static bool make_pairs(struct link_account *l, struct maker *k)
{
    struct account *a = &l->account;
    a->pairs = ARENA_ARRAY(&l->arena, struct account_pair, PAIRS);
    if (!a->pairs)
        return false;
    a->n_pairs = PAIRS;
    for (unsigned i = 0; i < PAIRS; i++) {
        struct account_pair *pair = &a->pairs[i];
        unsigned levels[FIELDS];
        pair->left = 10 + 3 * i;
        pair->right = SPLIT + 7 + 5 * i;
        pair->pattern = a->patterns[(uint64_t)i * a->n_patterns / PAIRS].pattern;
        pair->parts = ARENA_ARRAY(&l->arena, double, FIELDS + 2);
        pair->tf_parts = ARENA_ARRAY(&l->arena, double, FIELDS);
        if (!pair->parts || !pair->tf_parts)
            return false;
        levels_of(pair->pattern, levels);
        pair->parts[0] = log2(l->model->prior / (1 - l->model->prior));
        pair->weight = pair->parts[0];
        for (unsigned c = 0; c < FIELDS; c++) {
            struct link_column *column = &l->records.columns[c + 1];
            struct str value = value_of(k, c);
            if (c == 1 && i < 20) // each name, and its markup, is seen
                value = str_of(surnames[i % COUNT(surnames)]);
            column->value[pair->left] = number_of(k, c, value);
            column->value[pair->right] =
                number_of(k, c, at_level(k, c, levels[c], value));
            pair->parts[c + 1] = part_of(c, levels[c]);
            if (plans[c].levels[levels[c]].tf)
                pair->tf_parts[c] = (double)(next_of(&k->state) % 500) / 100 - 2.6;
            pair->weight += pair->parts[c + 1] + pair->tf_parts[c];
        }
        if (levels[0] == 1 && levels[3] == 1)
            pair->parts[FIELDS + 1] = -0.84;
        pair->weight += pair->parts[FIELDS + 1];
        pair->probability = probability_of(pair->weight);
    }
    return true;
}

// A person's records in a cluster: each like the first, with an error here and there.
static void make_member(struct link_account *l, struct maker *k, uint32_t first,
                        uint32_t record)
{
    for (unsigned c = 0; c < FIELDS; c++) {
        struct link_column *column = &l->records.columns[c + 1];
        if (record == first) {
            column->value[record] = number_of(k, c, value_of(k, c));
            continue;
        }
        unsigned r = next_of(&k->state) % 10;
        unsigned level = r < 6 ? 1 : r < 8 ? 2 : r < 9 ? 0 : plans[c].n - 1;
        struct str text = link_text(column, column->value[first]);
        column->value[record] = text.n ? number_of(k, c, at_level(k, c, level, text)) : 0;
    }
}

static bool make_clusters(struct link_account *l, struct maker *k)
{
    static const uint32_t size[LOOKS] = {3, 5, 4, 8, 6, 3, 12, 4, 30, 3, 5, 2, 7};
    struct account *a = &l->account;
    uint32_t *cluster = ARENA_ARRAY(&l->arena, uint32_t, N);
    struct link_edge *edges = ARENA_ARRAY(&l->arena, struct link_edge, 1000);
    a->looks = ARENA_ARRAY(&l->arena, struct cluster_quality, LOOKS);
    if (!cluster || !edges || !a->looks)
        return false;
    for (uint32_t i = 0; i < N; i++)
        cluster[i] = i;
    uint32_t next = 2000;
    for (unsigned i = 0; i < LOOKS; i++, next += 40) {
        struct cluster_quality *q = &a->looks[i];
        *q = (struct cluster_quality){.cluster = next,
                                      .size = size[i],
                                      .weakest = 4.6 + 0.9 * i,
                                      .bridges = i % 3 ? 0 : 1,
                                      .same_source = i % 4 == 1 ? i : 0};
        for (uint32_t m = 0; m < size[i]; m++) {
            cluster[next + m] = next;
            make_member(l, k, next, next + m);
            for (uint32_t to = 0; to < m; to++) {
                bool tied = to + 1 == m || next_of(&k->state) % 100 < 45;
                // the last hangs on one link where there is a bridge
                if (q->bridges && m + 1 == size[i] && to + 1 < m)
                    tied = false;
                double weight = q->weakest + 1 + next_of(&k->state) % 160 / 10.0;
                if (m + 1 == size[i] && to + 1 == m)
                    weight = q->weakest;
                if (!tied)
                    weight = -3 - next_of(&k->state) % 60 / 10.0;
                if (!tied && to % 2)
                    continue;
                edges[a->n_edges++] =
                    (struct link_edge){next + to, next + m, (float)weight};
                q->edges += tied;
            }
        }
        q->density = 2.0 * (double)q->edges / (size[i] * (size[i] - 1.0));
    }
    a->n_looks = LOOKS;
    a->cluster = cluster;
    a->edges = edges;
    static const uint64_t sizes[16] = {33120, 6244, 612, 121, 38, 17, 9, 6,
                                       3,     2,    1,   1,   0,  0,  0, 2};
    memcpy(a->cluster_sizes, sizes, sizeof sizes);
    for (unsigned i = 1; i < 16; i++) {
        a->clusters += sizes[i];
        a->in_clusters += sizes[i] * (i + 1);
    }
    a->links = 9127;
    a->n_split = 14;
    return true;
}

static bool make_terms(struct link_account *l)
{
    static const struct account_term terms[] = {
        {1, {"欧阳", 6}, 11, 13.1},      {1, {"<b>\"quoted\"</b>", 15}, 14, 12.7},
        {1, {"okafor", 6}, 17, 12.4},    {1, {"司马", 6}, 31, 11.6},
        {1, {"andersson", 9}, 208, 8.8}, {1, {"李", 3}, 2904, 5.1},
        {1, {"王", 3}, 3611, 4.8},       {1, {"张", 3}, 3702, 4.7},
        {0, {"katherine", 9}, 9, 12.9},  {0, {"娜娜", 6}, 44, 10.6},
        {0, {"maria", 5}, 1877, 5.2},    {0, {"伟", 3}, 2411, 4.8},
        {4, {"046192", 6}, 3, 14.2},     {4, {"046100", 6}, 5120, -0.4}};
    l->account.terms = ARENA_ARRAY(&l->arena, struct account_term, COUNT(terms));
    if (!l->account.terms)
        return false;
    memcpy(l->account.terms, terms, sizeof terms);
    l->account.n_terms = COUNT(terms);
    return true;
}

static bool make_told(struct link_account *l)
{
    static const struct block_told told[] = {
        {.pairs = 7012, .new_pairs = 7012, .blocks = 21044, .largest_block = 9},
        {.pairs = 8120,
         .new_pairs = 4018,
         .blocks = 18810,
         .largest_block = 22,
         .null_records = 9233},
        {.pairs = 2411890,
         .new_pairs = 2400127,
         .blocks = 5210,
         .largest_block = 1944,
         .skipped_blocks = 3,
         .skipped_records = 7012,
         .skipped_pairs = 8.9e6,
         .skipped_key = {"张 \xC2\xB7 wei", 10}},
        {.pairs = 981, .new_pairs = 0, .blocks = 190, .largest_block = 611}};
    static const double changes[3][9] = {
        {0.31, 0.11, 0.042, 0.011, 0.0031, 0.0008, 0.0002, 0.00006, 0},
        {0.22, 0.081, 0.052, 0.031, 0.021, 0.015, 0.011, 0.0092, 0.0081},
        {0.12, 0.02, 0.004, 0.0007, 0.00009, 0, 0, 0, 0}};
    struct account *a = &l->account;
    a->rules = ARENA_ARRAY(&l->arena, struct block_told, COUNT(told));
    a->sessions = ARENA_ARRAY(&l->arena, struct account_session, 3);
    a->dependences = ARENA_ARRAY(&l->arena, struct account_dependence, 2);
    a->warnings = ARENA_ARRAY(&l->arena, struct str, 2);
    if (!a->rules || !a->sessions || !a->dependences || !a->warnings)
        return false;
    memcpy(a->rules, told, sizeof told);
    a->sessions[0] =
        (struct account_session){l->model->rules[0].condition, changes[0], 8, true};
    a->sessions[1] =
        (struct account_session){l->model->rules[1].condition, changes[1], 9, false};
    a->sessions[2] = (struct account_session){STR("all pairs"), changes[2], 5, true};
    a->n_sessions = 3;
    a->dependences[0] = (struct account_dependence){0, 3, 0.0871, 0.0104, 0.0055, true};
    a->dependences[1] =
        (struct account_dependence){1, 4, 0.0012, 0.000009, 0.0000076, false};
    a->n_dependences = 2;
    a->warnings[0] = STR("Column phone is empty in 19 % of the records, more often in "
                         "<clinic & vaccines> than elsewhere.");
    a->warnings[1] = STR("One training run did not converge within 25 rounds.");
    a->n_warnings = 2;
    a->random_pairs = 1000000;
    return true;
}

static bool make_columns(struct link_account *l)
{
    static const struct account_column columns[] = {
        {STR("record_id"), LINK_ID, "every value is different", 0, N, {STR("B-00001")}},
        {STR("first_name"),
         LINK_NAME,
         "letters; few digits; 38 % of the frequent values are "
         "known names",
         702,
         4120,
         {STR("maria"), STR("伟"), STR("katherine")}},
        {STR("surname"),
         LINK_NAME,
         "letters; frequent values are known surnames",
         96,
         7210,
         {STR("张"), STR("o'brien"), STR("li</script>")}},
        {STR("date_of_birth"),
         LINK_DATE,
         "8 digits that are dates in 99.8 % of the rows",
         411,
         21877,
         {STR("1980-02-29"), STR("1951-11-03"), STR("2013-06-17")}},
        {STR("sex"), LINK_SEX, "two values: m, f", 12, 2, {STR("m"), STR("f"), STR("")}},
        {STR("postcode"), LINK_CODE, "6 digits, many alike", 2210, 97, {STR("046100")}},
        {STR("phone"),
         LINK_PHONE,
         "11 digits that begin with 1",
         9233,
         31002,
         {STR("13900012345")}},
        {STR("remark"),
         LINK_IGNORED,
         "constant in 97 % of the rows",
         46810,
         88,
         {STR("see <i>paper</i>")}}};
    l->account.columns = ARENA_ARRAY(&l->arena, struct account_column, COUNT(columns));
    if (!l->account.columns)
        return false;
    memcpy(l->account.columns, columns, sizeof columns);
    l->account.n_columns = COUNT(columns);
    return true;
}

struct link_account *link_account_open(bool zh)
{
    struct link_account *l = mem_alloc(1, sizeof *l);
    if (!l)
        return NULL;
    arena_init(&l->arena, 0);
    struct maker k = {.l = l, .state = 20140715};
    struct account *a = &l->account;
    a->n = N;
    a->all_pairs = (double)N * (N - 1) / 2;
    a->seconds_load = 0.21;
    a->seconds_train = 0.64;
    a->seconds_score = 0.48;
    a->seconds_cluster = 0.03;
    a->threads = 2;
    a->memory = 61204480;
    bool ok = make_model(l, zh) && make_view(l) && make_records(l, &k) &&
              make_patterns(l) && make_thresholds(l) && make_pairs(l, &k) &&
              make_clusters(l, &k) && make_terms(l) && make_told(l) && make_columns(l);
    a->records = &l->records;
    a->model = l->model;
    a->view = &l->view;
    if (ok)
        return l;
    link_account_close(l);
    return NULL;
}

void link_account_close(struct link_account *l)
{
    if (!l)
        return;
    link_model_close(l->model);
    arena_free(&l->arena);
    mem_free(l);
}
