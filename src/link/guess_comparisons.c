// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/chinese.h"
#include "base/utf8.h"
#include "link/guess.h"

#include <math.h>
#include <string.h>

struct shape { // of the cleaned texts of a column, over records
    double mean_length, mean_tokens, chinese, digits;
    double skew; // how much more often two records agree than with even frequencies
};

static struct shape shape_of(const struct link_column *c, uint32_t n)
{
    struct shape s = {0};
    double known = (double)n - c->count[0], squares = 0;
    for (uint32_t i = 1; i <= c->n_values; i++) {
        struct str text = link_text(c, i);
        double count = c->count[i];
        unsigned characters = 0, tokens = text.n > 0, digits = 0;
        for (size_t at = 0; at < text.n; characters++) {
            int32_t p = utf8_next(text, &at);
            tokens += p == ' ';
            digits += p >= '0' && p <= '9';
        }
        s.mean_length += count * characters;
        s.mean_tokens += count * tokens;
        s.digits += count * (digits == characters);
        s.chinese += count * chinese_is(text);
        squares += count * count;
    }
    if (known > 0) {
        s.mean_length /= known;
        s.mean_tokens /= known;
        s.digits /= known;
        s.chinese /= known;
        s.skew = squares / known / known * c->n_values;
    }
    return s;
}

struct ladder { // a comparison being written
    struct link_model *m;
    struct link_comparison *c;
    struct str column; // quoted as SQL: given"name stands as given""name
    bool failed;
};

// Replaces % by the quoted column's name, so that "%_l" becomes "surname_l".
static struct str fill(struct ladder *l, const char *form)
{
    struct buf b = BUF_INIT(1 << 16);
    for (const char *p = form; *p; p++)
        if (*p == '%')
            buf_add(&b, l->column);
        else
            buf_add_char(&b, *p);
    struct str s = b.failed ? (struct str){0} : str_copy(&l->m->arena, buf_str(&b));
    l->failed |= s.p == NULL;
    buf_free(&b);
    return s;
}

static struct link_level *add_level(struct ladder *l, const char *condition,
                                    const char *label)
{
    if (l->c->n_levels == LINK_MAX_LEVELS) {
        l->failed = true;
        return &l->c->levels[0];
    }
    struct link_level *level = &l->c->levels[l->c->n_levels++];
    *level = (struct link_level){.condition = fill(l, condition),
                                 .label = str_of(label),
                                 .m = NAN,
                                 .u = NAN,
                                 .tf_weight = 1};
    return level;
}

static void add_exact(struct ladder *l, bool frequencies, double floor)
{
    add_level(l, "\"%_l\" IS NULL OR \"%_r\" IS NULL", "null")->is_null = true;
    struct link_level *exact = add_level(l, "\"%_l\" = \"%_r\"", "exact match");
    if (frequencies) {
        exact->tf_column = fill(l, "%");
        exact->tf_minimum_u = floor;
    }
}

static void add_levels(struct ladder *l, const char *const *conditions, size_t n)
{
    for (size_t i = 0; i < n; i += 2)
        add_level(l, conditions[i], conditions[i + 1]);
}

#define ADD(l, ...)                                                                      \
    do {                                                                                 \
        static const char *const levels_[] = {__VA_ARGS__};                              \
        add_levels(l, levels_, sizeof levels_ / sizeof *levels_);                        \
    } while (0)

static void date_levels(struct ladder *l)
{
    ADD(l, "damerau_levenshtein(\"%_l\", \"%_r\") <= 1", "one character other",
        "heng_dates_swapped(\"%_l\", \"%_r\")", "day and month swapped",
        "damerau_levenshtein(\"%_l\", \"%_r\") <= 2", "two characters other",
        "substr(\"%_l\", 1, 4) = substr(\"%_r\", 1, 4)", "same year",
        "heng_days(\"%_l\", \"%_r\") <= 3653", "within ten years");
}

static void chinese_levels(struct ladder *l)
{
    static const char same_surname[] =
        "levenshtein(\"%_l\", \"%_r\") <= 1 AND heng_surname(\"%_l\") = "
        "heng_surname(\"%_r\")";
    ADD(l, "heng_pinyin_tones(\"%_l\") = heng_pinyin_tones(\"%_r\")", "same sound",
        "heng_pinyin(\"%_l\") = heng_pinyin(\"%_r\")", "same sound but for tones",
        "heng_sorted(\"%_l\") = heng_sorted(\"%_r\")", "given name in another order",
        "heng_shape(\"%_l\", \"%_r\") >= 0.8", "characters that look alike",
        "heng_sound(\"%_l\") = heng_sound(\"%_r\")", "nearly the same sound",
        same_surname, "one character other, same surname",
        "levenshtein(\"%_l\", \"%_r\") <= 1", "one character other",
        "heng_surname(\"%_l\") = heng_surname(\"%_r\")", "same surname");
}

static void word_levels(struct ladder *l)
{
    ADD(l, "jaro_winkler_similarity(\"%_l\", \"%_r\") >= 0.9", "Jaro-Winkler >= 0.9",
        "jaro_winkler_similarity(\"%_l\", \"%_r\") >= 0.8", "Jaro-Winkler >= 0.8",
        "jaro_winkler_similarity(\"%_l\", \"%_r\") >= 0.7", "Jaro-Winkler >= 0.7");
}

static void words_levels(struct ladder *l)
{
    ADD(l, "heng_sort_tokens(\"%_l\") = heng_sort_tokens(\"%_r\")",
        "same words in another order",
        "jaro_winkler_similarity(\"%_l\", \"%_r\") >= 0.92", "Jaro-Winkler >= 0.92",
        "heng_tokens(\"%_l\", \"%_r\", 0.88) >= 0.7", "70 % of the words",
        "heng_tokens(\"%_l\", \"%_r\", 0.88) >= 0.5", "half of the words",
        "jaro_winkler_similarity(\"%_l\", \"%_r\") >= 0.8", "Jaro-Winkler >= 0.8",
        "heng_tokens(\"%_l\", \"%_r\", 0.88) >= 0.25", "a quarter of the words");
}

static void long_code_levels(struct ladder *l)
{
    ADD(l, "damerau_levenshtein(\"%_l\", \"%_r\") <= 1", "one character other",
        "damerau_levenshtein(\"%_l\", \"%_r\") <= 2", "two characters other");
}

static void short_code_levels(struct ladder *l)
{
    ADD(l, "damerau_levenshtein(\"%_l\", \"%_r\") <= 1", "one character other");
}

// Addresses are often made from the name, so that two people of one name have addresses
// that look alike: only what is nearly the same counts.
static void email_levels(struct ladder *l)
{
    ADD(l, "split_part(\"%_l\", '@', 1) = split_part(\"%_r\", '@', 1)",
        "same name before the @", "damerau_levenshtein(\"%_l\", \"%_r\") <= 1",
        "one character other", "damerau_levenshtein(\"%_l\", \"%_r\") <= 2",
        "two characters other");
}

static void phone_levels(struct ladder *l)
{
    ADD(l, "right(\"%_l\", 7) = right(\"%_r\", 7)", "same last seven digits",
        "damerau_levenshtein(\"%_l\", \"%_r\") <= 1", "one digit other",
        "damerau_levenshtein(\"%_l\", \"%_r\") <= 2", "two digits other");
}

static void number_levels(struct ladder *l)
{
    ADD(l,
        "abs(CAST(\"%_l\" AS DOUBLE) - CAST(\"%_r\" AS DOUBLE)) <= 0.01 * "
        "abs(CAST(\"%_l\" AS DOUBLE))",
        "within 1 %",
        "abs(CAST(\"%_l\" AS DOUBLE) - CAST(\"%_r\" AS DOUBLE)) <= 0.1 * "
        "abs(CAST(\"%_l\" AS DOUBLE))",
        "within 10 %");
}

enum { FEW_VALUES = 12, WORDS_AT = 16 /* tenths of a token */ };

static void levels_of_kind(struct ladder *l, const struct link_column *c,
                           const struct shape *s)
{
    switch (c->kind) {
    case LINK_DATE:
        date_levels(l);
        return;
    case LINK_SEX:
        return;
    case LINK_PHONE:
        phone_levels(l);
        return;
    case LINK_EMAIL:
        email_levels(l);
        return;
    case LINK_IDENTITY:
        long_code_levels(l);
        return;
    case LINK_NUMBER:
        number_levels(l);
        return;
    case LINK_CODE:
        if (s->mean_length >= 3.5)
            long_code_levels(l);
        else if (c->n_values > FEW_VALUES)
            short_code_levels(l);
        return;
    default:
        break;
    }
    if (s->chinese >= 0.3)
        chinese_levels(l);
    else if (s->mean_tokens * 10 >= WORDS_AT)
        words_levels(l);
    else if (s->mean_length < 4 || c->n_values <= FEW_VALUES)
        short_code_levels(l);
    else
        word_levels(l);
}

static enum err add_comparison(struct link_model *m, const struct link_records *r,
                               const struct link_column *column, struct error *e)
{
    struct link_comparison *c = &m->comparisons[m->n_comparisons];
    *c = (struct link_comparison){
        .levels = ARENA_ARRAY(&m->arena, struct link_level, LINK_MAX_LEVELS)};
    struct buf quoted = BUF_INIT(1 << 16);
    for (size_t i = 0; i < column->name.n; i++) {
        if (column->name.p[i] == '"')
            buf_add_char(&quoted, '"');
        buf_add_char(&quoted, column->name.p[i]);
    }
    struct ladder l = {.m = m, .c = c, .column = buf_str(&quoted)};
    c->name = str_copy(&m->arena, column->name);
    c->description = str_format(&m->arena, "%s", link_kind_name(column->kind));
    l.failed = !c->levels || !c->name.p || !c->description.p || quoted.failed;
    struct shape shape = shape_of(column, r->n);
    bool frequencies = column->n_values > FEW_VALUES && shape.skew > 2 &&
                       (column->kind == LINK_NAME || column->kind == LINK_PLACE ||
                        column->kind == LINK_TEXT);
    if (!l.failed) {
        add_exact(&l, frequencies, fmin(4.0 / r->n, 0.01));
        levels_of_kind(&l, column, &shape);
        add_level(&l, "ELSE", "all other");
    }
    buf_free(&quoted);
    if (l.failed)
        return error_memory(e);
    m->n_comparisons++;
    return ERR_OK;
}

// --- names in each other's place

static bool is_one_name(const struct link_records *r, const struct link_column *c)
{
    struct shape s = shape_of(c, r->n);
    return c->kind == LINK_NAME && s.mean_tokens * 10 < WORDS_AT && s.chinese < 0.3 &&
           s.mean_length >= 3;
}

// Share of the records whose text in a is a text of b as well.
static enum err find_overlap(const struct link_column *a, const struct link_column *b,
                             double *share, struct error *e)
{
    size_t slots = 16;
    while (slots < (size_t)b->n_values * 2)
        slots *= 2;
    uint32_t *table = mem_alloc(slots, sizeof *table);
    if (!table)
        return error_memory(e);
    for (uint32_t i = 1; i <= b->n_values; i++) {
        size_t at = str_hash(link_text(b, i), 0) & (slots - 1);
        while (table[at])
            at = (at + 1) & (slots - 1);
        table[at] = i;
    }
    double both = 0, all = 0;
    for (uint32_t i = 1; i <= a->n_values; i++) {
        struct str text = link_text(a, i);
        size_t at = str_hash(text, 0) & (slots - 1);
        while (table[at] && !str_equal(link_text(b, table[at]), text))
            at = (at + 1) & (slots - 1);
        both += table[at] ? a->count[i] : 0;
        all += a->count[i];
    }
    mem_free(table);
    *share = all > 0 ? both / all : 0;
    return ERR_OK;
}

// Given name and surname written in each other's place: a level of the first of them.
static enum err add_swapped(struct link_model *m, const struct link_column *a,
                            const struct link_column *b, struct error *e)
{
    for (unsigned i = 0; i < m->n_comparisons; i++) {
        struct link_comparison *c = &m->comparisons[i];
        if (!str_equal(c->name, a->name) || c->n_levels == LINK_MAX_LEVELS)
            continue;
        struct str text = str_format(&m->arena,
                                     "\"" STR_FMT "_l\" = \"" STR_FMT
                                     "_r\" AND \"" STR_FMT "_l\" = \"" STR_FMT "_r\"",
                                     STR_ARG(a->name), STR_ARG(b->name), STR_ARG(b->name),
                                     STR_ARG(a->name));
        if (!text.p)
            return error_memory(e);
        memmove(&c->levels[3], &c->levels[2], (c->n_levels - 2) * sizeof *c->levels);
        c->levels[2] = (struct link_level){.condition = text,
                                           .label = STR("names in each other's place"),
                                           .m = NAN,
                                           .u = NAN,
                                           .tf_weight = 1};
        c->n_levels++;
    }
    return ERR_OK;
}

static enum err find_swapped(struct link_model *m, const struct link_records *r,
                             struct error *e)
{
    const struct link_column *a = NULL, *b = NULL;
    double most = 0.02;
    for (unsigned i = 0; i < r->n_columns; i++)
        for (unsigned k = i + 1; k < r->n_columns; k++) {
            if (!is_one_name(r, &r->columns[i]) || !is_one_name(r, &r->columns[k]))
                continue;
            double share = 0;
            enum err code = find_overlap(&r->columns[i], &r->columns[k], &share, e);
            if (code)
                return code;
            if (share > most) {
                most = share;
                a = &r->columns[i];
                b = &r->columns[k];
            }
        }
    return a ? add_swapped(m, a, b, e) : ERR_OK;
}

// In how many of the records that have both does `whole` hold `part` as words.
static double share_holding(const struct link_records *r, const struct link_column *whole,
                            const struct link_column *part)
{
    uint32_t step = r->n / 5000 + 1, both = 0, held = 0;
    for (uint32_t i = 0; i < r->n; i += step) {
        struct str w = link_text(whole, whole->value[i]);
        struct str p = link_text(part, part->value[i]);
        if (!w.n || !p.n)
            continue;
        both++;
        held += p.n < w.n && memmem(w.p, w.n, p.p, p.n) != NULL;
    }
    return both ? (double)held / both : 0;
}

// A column whose parts stand in two others says nothing new.
static bool is_put_together(const struct link_records *r, const struct link_column *c)
{
    unsigned parts = 0;
    if (c->kind != LINK_NAME && c->kind != LINK_TEXT && c->kind != LINK_PLACE)
        return false;
    for (unsigned i = 0; i < r->n_columns; i++) {
        const struct link_column *other = &r->columns[i];
        if (other != c && other->value && (other->kind == c->kind) &&
            share_holding(r, c, other) > 0.9)
            parts++;
    }
    return parts >= 2;
}

static bool is_compared(const struct link_records *r, const struct link_column *c)
{
    if (c->kind == LINK_ID || c->kind == LINK_IGNORED || !c->value || c->n_values == 0)
        return false;
    if (r->n_sources > 1 && __builtin_popcountll(c->sources) < 2)
        return false;
    return !is_put_together(r, c);
}

enum err guess_comparisons(struct link_model *m, const struct link_records *r,
                           struct error *e)
{
    m->comparisons = ARENA_ARRAY(&m->arena, struct link_comparison, LINK_MAX_COMPARISONS);
    m->kinds = ARENA_ARRAY(&m->arena, struct link_column_kind, r->n_columns);
    if (!m->comparisons || !m->kinds)
        return error_memory(e);
    for (unsigned i = 0; i < r->n_columns; i++) {
        const struct link_column *c = &r->columns[i];
        if (!is_compared(r, c) || m->n_comparisons == LINK_MAX_COMPARISONS - 4)
            continue;
        m->kinds[m->n_kinds].name = str_copy(&m->arena, c->name);
        m->kinds[m->n_kinds].kind = c->kind;
        if (!m->kinds[m->n_kinds++].name.p)
            return error_memory(e);
        enum err code = add_comparison(m, r, c, e);
        if (code)
            return code;
    }
    if (!m->n_comparisons) {
        error_set(e, ERR_INPUT, "link.nothing", NULL,
                  "no column is in more than one file and fit to be compared");
        return error_cure(e, "Give the columns the same heading in all files.");
    }
    return find_swapped(m, r, e);
}
