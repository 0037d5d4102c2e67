// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/age_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HIGHEST = 150, MOST_BLOCKS = 1 << 22 };

// Ages ---------------------------------------------------------------------------------

static bool take(struct str *s, const char *word)
{
    size_t n = strlen(word);
    if (s->n < n || strncasecmp(s->p, word, n) != 0)
        return false;
    *s = str_trim((struct str){s->p + n, s->n - n});
    return true;
}

static bool take_any(struct str *s, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (take(s, words[i]))
            return true;
    return false;
}

static bool take_number(struct str *s, int32_t *out)
{
    int32_t value = 0;
    size_t n = 0;
    while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9' && n < 4) {
        value = value * 10 + (s->p[n] - '0');
        n++;
    }
    if (!n || value > HIGHEST)
        return false;
    *out = value;
    *s = str_trim((struct str){s->p + n, s->n - n});
    return true;
}

static const char *const under_words[] = {"<",    "under", "less than", "below",
                                          "不满", "未满",  "小于",      NULL};
static const char *const to_words[] = {"-",
                                       "\xE2\x80\x93",
                                       "\xE2\x80\x94",
                                       "~",
                                       "\xEF\xBD\x9E",
                                       "\xE2\x80\x90",
                                       "to",
                                       "至",
                                       "到",
                                       "_",
                                       NULL};
static const char *const open_words[] = {
    "+",       "\xEF\xBC\x8B", "and over",       "and older",       "and above",
    "or more", "or older",     "& over",         "及以上",          "以上",
    "plus",    "and more",     "years and over", "years and older", "and up",
    NULL};
static const char *const unit_words[] = {"years old", "years", "year", "yrs",
                                         "岁",        "周岁",  NULL};

bool age_label_read(struct str text, struct age_label *out)
{
    static const char *const ages[] = {"ages", "age", "年龄", NULL};
    struct str s = str_trim(text);
    int32_t from, last;
    (void)take_any(&s, ages);
    if (take_any(&s, under_words)) {
        if (!take_number(&s, &last) || last < 1)
            return false;
        (void)take_any(&s, unit_words);
        *out = (struct age_label){0, last};
        return !s.n;
    }
    if (!take_number(&s, &from))
        return false;
    if (!take_any(&s, open_words))
        (void)take_any(&s, unit_words);
    else {
        *out = (struct age_label){from, AGE_WIDTH_OPEN};
        return !s.n;
    }
    if (!s.n) {
        *out = (struct age_label){from, AGE_WIDTH_UNSAID};
        return true;
    }
    if (take_any(&s, open_words)) {
        *out = (struct age_label){from, AGE_WIDTH_OPEN};
        return !s.n;
    }
    if (s.n > 1 && take(&s, ".0")) { // a spreadsheet's number
        *out = (struct age_label){from, AGE_WIDTH_UNSAID};
        return !s.n;
    }
    if (!take_any(&s, to_words) || !take_number(&s, &last) || last < from)
        return false;
    (void)take_any(&s, unit_words);
    *out = (struct age_label){from, last - from + 1};
    return !s.n;
}

bool age_sex_read(struct str text, enum lifetable_sex *out)
{
    static const struct {
        const char *words;
        enum lifetable_sex sex;
    } sexes[] = {
        {"|f|female|females|women|woman|girl|girls|w|2|女|女性|女孩|", LIFETABLE_FEMALE},
        {"|m|male|males|men|man|boy|boys|1|男|男性|男孩|", LIFETABLE_MALE},
        {"|b|both|both sexes|total|t|all|persons|3|0|合计|男女合计|总计|全部|",
         LIFETABLE_BOTH},
    };
    struct str s = str_trim(text);
    char wanted[40];
    if (!s.n || s.n + 3 > sizeof wanted)
        return false;
    wanted[0] = wanted[s.n + 1] = '|';
    wanted[s.n + 2] = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!s.p[i] || s.p[i] == '|')
            return false;
        wanted[i + 1] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    }
    for (size_t i = 0; i < 3; i++)
        if (strstr(sexes[i].words, wanted)) {
            *out = sexes[i].sex;
            return true;
        }
    return false;
}

size_t age_column_named(const struct frame *f, const char *names)
{
    for (size_t column = 0; column < f->n_columns; column++) {
        struct str name = f->names[column];
        char wanted[80];
        size_t n = 1;
        wanted[0] = '|';
        for (size_t i = 0; i < name.n && n + 2 < sizeof wanted; i++) {
            char ch = name.p[i];
            if (i && (ch == '(' ||
                      (name.n - i > 2 && memcmp(name.p + i, "\xEF\xBC\x88", 3) == 0)))
                break; // a unit, in narrow or wide brackets
            wanted[n++] = ch >= 'A' && ch <= 'Z'                ? (char)(ch + 32)
                          : ch == ' ' || ch == '-' || ch == '.' ? '_'
                                                                : ch;
        }
        while (n > 1 && wanted[n - 1] == '_')
            n--;
        wanted[n] = '|';
        wanted[n + 1] = 0;
        if (n > 1 && strstr(names, wanted))
            return column;
    }
    return SIZE_MAX;
}

// Blocks -------------------------------------------------------------------------------

struct reading {
    const struct frame *f;
    const struct age_columns *columns;
    const struct age_options *options;
    struct age_rows *out;
    struct age_label *label; // of each row
    enum lifetable_sex *sex; // of each row
    size_t *count;           // rows of each block
    struct error *e;
};

static const char *sex_name(enum lifetable_sex sex)
{
    return sex == LIFETABLE_FEMALE ? "female" : sex == LIFETABLE_MALE ? "male" : "both";
}

static enum err read_labels(struct reading *r)
{
    const struct frame *f = r->f;
    for (size_t i = 0; i < f->n_rows; i++) {
        struct str text = frame_cell(f, i, r->columns->age);
        if (!age_label_read(text, &r->label[i]))
            return frame_error(f, i, r->columns->age,
                               "Write ages as 0, 1-4, 5-9 ... 85+; the open group with a "
                               "plus sign.",
                               r->e, "'%.*s' is no group of ages that is known here",
                               text.n > 60 ? 60 : (int)text.n, text.p);
        r->out->said += r->label[i].width != AGE_WIDTH_UNSAID;
        r->sex[i] = r->columns->only;
        if (r->columns->sex == SIZE_MAX)
            continue;
        text = frame_cell(f, i, r->columns->sex);
        if (!age_sex_read(text, &r->sex[i]))
            return frame_error(f, i, r->columns->sex,
                               "Write female, male or both; f, m; 女, 男, 合计.", r->e,
                               "'%.*s' is no sex that is known here",
                               text.n > 60 ? 60 : (int)text.n, text.p);
    }
    return ERR_OK;
}

static enum err group(struct reading *r, const size_t *columns, size_t n,
                      struct frame_groups *out)
{
    if (n)
        return frame_groups(r->f, columns, n, out, r->e);
    out->n = 1;
    out->names = ARENA_NEW(r->f->arena, struct str);
    out->of_row = ARENA_ARRAY(r->f->arena, uint32_t, r->f->n_rows + 1);
    if (!out->names || !out->of_row)
        return error_memory(r->e);
    out->names[0] = STR("");
    return ERR_OK;
}

struct keyed {
    int32_t from;
    size_t row;
};

static int by_age(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

// "county A, 2014, female"
static struct str block_name(const struct reading *r, const struct age_block *b)
{
    return str_format(r->f->arena, STR_FMT "%s" STR_FMT "%s%s", STR_ARG(b->area),
                      b->area.n ? ", " : "", STR_ARG(b->year), b->year.n ? ", " : "",
                      sex_name(b->sex));
}

static enum err at_age(struct reading *r, const struct age_block *b, size_t i,
                       const char *cure, const char *what, int32_t number)
{
    struct str name = block_name(r, b);
    return frame_error(r->f, b->row[i], r->columns->age, cure, r->e,
                       "%s %d (" STR_FMT ")", what, (int)number, STR_ARG(name));
}

static const char *const missing_cure =
    "Add the rows of the ages between, or write groups with both ends (60-69).";

// Groups that say only where they begin get wider with age: one that is wider than the
// next has lost a row.
static enum err check_bare(struct reading *r, const struct age_block *b)
{
    for (size_t i = 0; i + 2 < b->n; i++)
        if (r->label[b->row[i]].width == AGE_WIDTH_UNSAID &&
            b->age[i + 1] - b->age[i] > b->age[i + 2] - b->age[i + 1])
            return at_age(
                r, b, i + 1, missing_cure,
                "ages are missing before this group: the one before it would be "
                "wider than this one, and begins at age",
                b->age[i]);
    return ERR_OK;
}

// Nor may one of them hold an age at which a group begins in most of the other blocks.
static enum err check_alike(struct reading *r)
{
    const struct age_rows *o = r->out;
    size_t begins[HIGHEST + 1] = {0};
    for (size_t i = 0; i < o->n; i++)
        for (size_t k = 0; k < o->list[i].n; k++)
            if (o->list[i].age[k] <= HIGHEST)
                begins[o->list[i].age[k]]++;
    for (size_t i = 0; i < o->n; i++) {
        const struct age_block *b = &o->list[i];
        for (size_t k = 0; k + 1 < b->n; k++)
            for (int32_t age = b->age[k] + 1; age < b->age[k + 1] && age <= HIGHEST;
                 age++)
                if (r->label[b->row[k]].width == AGE_WIDTH_UNSAID &&
                    2 * begins[age] > o->n)
                    return at_age(
                        r, b, k + 1, missing_cure,
                        "ages are missing before this group: others of the file "
                        "have one that begins at age",
                        age);
    }
    return ERR_OK;
}

// Every group begins where the one before it ends.
static enum err check_block(struct reading *r, struct age_block *b)
{
    const struct age_label *label = r->label;
    for (size_t i = 0; i + 1 < b->n; i++) {
        int32_t width = label[b->row[i]].width, next = b->age[i + 1];
        if (next == b->age[i])
            return at_age(r, b, i + 1,
                          "Give each group once; put rows of one group together, or name "
                          "the column that tells them apart (--area, --year, --sex).",
                          "there is a second row of age", next);
        if (width == AGE_WIDTH_OPEN)
            return at_age(r, b, i + 1, "Leave out what is inside the open group.",
                          "an older group follows the open one, at age", next);
        if (width == AGE_WIDTH_UNSAID || b->age[i] + width == next)
            continue;
        if (b->age[i] + width > next)
            return at_age(
                r, b, i + 1, "Leave out totals and groups inside others.",
                "this group begins inside the one before, which ends before age",
                b->age[i] + width);
        return at_age(r, b, i + 1, "Add the rows of the ages between.",
                      "ages are missing: this group should begin at age",
                      b->age[i] + width);
    }
    enum err code = check_bare(r, b);
    if (code)
        return code;
    int32_t width = label[b->row[b->n - 1]].width;
    b->end = width > 0 ? b->age[b->n - 1] + width : 0;
    if (b->end && !r->options->closed)
        return at_age(r, b, b->n - 1,
                      "Add the open group (85+), or write the last one as open.",
                      "there is no open group; the last one ends before age", b->end);
    return ERR_OK;
}

static size_t block_of(const struct reading *r, size_t row)
{
    const struct age_rows *o = r->out;
    return ((size_t)o->areas.of_row[row] * o->years.n + o->years.of_row[row]) * 3 +
           (size_t)r->sex[row];
}

static enum err fill_blocks(struct reading *r, size_t cells)
{
    struct arena *a = r->f->arena;
    struct age_rows *o = r->out;
    size_t *block = ARENA_ARRAY(a, size_t, cells);
    struct keyed *keys = ARENA_ARRAY(a, struct keyed, r->f->n_rows + 1);
    if (!block || !keys)
        return error_memory(r->e);
    for (size_t cell = 0; cell < cells; cell++)
        if (r->count[cell])
            block[cell] = o->n++;
    o->list = ARENA_ARRAY(a, struct age_block, o->n + 1);
    if (!o->list)
        return error_memory(r->e);
    for (size_t cell = 0; cell < cells; cell++) {
        if (!r->count[cell])
            continue;
        struct age_block *b = &o->list[block[cell]];
        b->area = o->areas.names[cell / 3 / o->years.n];
        b->year = o->years.names[cell / 3 % o->years.n];
        b->sex = (enum lifetable_sex)(cell % 3);
        b->age = ARENA_ARRAY(a, int32_t, r->count[cell]);
        b->row = ARENA_ARRAY(a, size_t, r->count[cell]);
        if (!b->age || !b->row)
            return error_memory(r->e);
    }
    for (size_t row = 0; row < r->f->n_rows; row++) {
        struct age_block *b = &o->list[block[block_of(r, row)]];
        b->row[b->n++] = row;
    }
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < o->n; i++) {
        struct age_block *b = &o->list[i];
        for (size_t k = 0; k < b->n; k++)
            keys[k] = (struct keyed){r->label[b->row[k]].from, b->row[k]};
        qsort(keys, b->n, sizeof *keys, by_age);
        for (size_t k = 0; k < b->n; k++) {
            b->age[k] = keys[k].from;
            b->row[k] = keys[k].row;
        }
        code = check_block(r, b);
    }
    return code ? code : check_alike(r);
}

static enum err lacking(struct reading *r, size_t cell, const char *what,
                        struct str which)
{
    const struct age_rows *o = r->out;
    struct str area = o->areas.names[cell / 3 / o->years.n],
               year = o->years.names[cell / 3 % o->years.n];
    error_set(r->e, ERR_INPUT, "ages.lacking", r->f->path,
              "there are no rows of %s " STR_FMT " for %s" STR_FMT "%s" STR_FMT
              ", and other parts of the file have them",
              what, STR_ARG(which), area.n ? "area " : "this file", STR_ARG(area),
              year.n && strcmp(what, "year") != 0 ? ", year " : "",
              STR_ARG(strcmp(what, "year") != 0 ? year : STR("")));
    return error_cure(r->e, "Add the rows, or say --ragged: what is missing is then left "
                            "out.");
}

// A year or a sex that is somewhere must be everywhere.
static enum err check_ragged(struct reading *r, size_t cells)
{
    const struct age_rows *o = r->out;
    bool sexes[3] = {false};
    if (r->options->ragged)
        return ERR_OK;
    for (size_t cell = 0; cell < cells; cell++)
        sexes[cell % 3] |= r->count[cell] > 0;
    for (size_t cell = 0; cell < cells; cell += 3) {
        bool any = r->count[cell] || r->count[cell + 1] || r->count[cell + 2];
        if (!any)
            return lacking(r, cell, "year", o->years.names[cell / 3 % o->years.n]);
        for (size_t sex = 0; sex < 3; sex++)
            if (sexes[sex] && !r->count[cell + sex])
                return lacking(r, cell, "sex", str_of(sex_name((enum lifetable_sex)sex)));
    }
    return ERR_OK;
}

enum err age_rows_read(const struct frame *f, const struct age_columns *columns,
                       const struct age_options *options, struct age_rows *out,
                       struct error *e)
{
    *out = (struct age_rows){0};
    struct reading r = {.f = f,
                        .columns = columns,
                        .options = options,
                        .out = out,
                        .label = ARENA_ARRAY(f->arena, struct age_label, f->n_rows + 1),
                        .sex = ARENA_ARRAY(f->arena, enum lifetable_sex, f->n_rows + 1),
                        .e = e};
    if (!r.label || !r.sex)
        return error_memory(e);
    enum err code = read_labels(&r);
    if (!code)
        code = group(&r, columns->area, columns->n_areas, &out->areas);
    if (!code)
        code = group(&r, &columns->year, columns->year != SIZE_MAX, &out->years);
    if (!code && columns->year != SIZE_MAX)
        code = frame_groups_sort(f, &out->years, e);
    if (code)
        return code;
    size_t cells;
    if (!size_mul(out->areas.n, out->years.n, &cells) || !size_mul(cells, 3, &cells) ||
        cells > MOST_BLOCKS) {
        error_set(e, ERR_LIMIT, "ages.blocks", f->path,
                  "%u areas and %u years are more tables than can be made at once",
                  out->areas.n, out->years.n);
        return error_cure(e, "Take fewer areas or years at a time.");
    }
    r.count = ARENA_ARRAY(f->arena, size_t, cells);
    if (!r.count)
        return error_memory(e);
    for (size_t row = 0; row < f->n_rows; row++)
        r.count[block_of(&r, row)]++;
    code = check_ragged(&r, cells);
    return code ? code : fill_blocks(&r, cells);
}
