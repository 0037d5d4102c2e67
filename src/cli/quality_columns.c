// SPDX-License-Identifier: AGPL-3.0-or-later
#include "cli/quality_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/period.h"
#include "base/text.h"
#include "cli/session.h"

enum kind {
    COLUMN_AGE,
    COLUMN_SEX,
    COLUMN_COUNT,
    COLUMN_BOYS,
    COLUMN_GIRLS,
    COLUMN_WEIGHT,
    COLUMN_BORN,
    COLUMN_REGISTERED,
    COLUMN_FACILITY,
    COLUMN_PERIOD,
    COLUMN_KINDS
};

static const struct column_kind {
    const char *option;
    const char *use, *use_zh;
    const char *names; // of columns, as offices write them; between bars
} kinds[COLUMN_KINDS] = {
    {"age", "age", "年龄",
     "|age|ages|mother_age|age_of_mother|mothers_age|年龄|周岁|母亲年龄|产妇年龄|"
     "母亲年龄|"},
    {"sex", "sex", "性别", "|sex|gender|child_sex|baby_sex|性别|婴儿性别|新生儿性别|"},
    {"count", "number of people of the row", "该行人数",
     "|count|n|pop|population|people|persons|number|births|total|人数|人口|人口数|数量|"
     "出生数|"},
    {"boys", "boys of the row", "该行男性数",
     "|boys|boy|males|male|men|m|male_births|男|男孩|男婴|男性|"},
    {"girls", "girls of the row", "该行女性数",
     "|girls|girl|females|female|women|f|female_births|女|女孩|女婴|女性|"},
    {"weight", "birth weight", "出生体重",
     "|weight|birth_weight|birthweight|weight_g|weight_grams|bwt|出生体重|体重|"},
    {"born", "date of birth", "出生日期",
     "|born|born_on|birth_date|date_of_birth|dob|date_born|birthday|出生日期|出生年月日|"
     "出生时间|"},
    {"registered", "date of registration", "登记日期",
     "|registered|registered_on|registration_date|date_registered|reg_date|reported_on|"
     "登记日期|落户日期|上报日期|户口登记日期|签发日期|"},
    {"facility", "facility", "机构",
     "|facility|hospital|clinic|facility_name|facility_code|机构|医院|接生机构|"
     "分娩机构|"},
    {"period", "period", "期间",
     "|period|month|quarter|year_month|月份|期间|季度|报告期|"},
};

// ---- finding columns ----

static bool named_so(const struct column_kind *kind, struct str name)
{
    char wanted[80];
    size_t n = 0;
    wanted[n++] = '|';
    for (size_t i = 0; i < name.n && n + 2 < sizeof wanted; i++) {
        char ch = name.p[i];
        // a unit in brackets is no part of the name; the wide bracket is EF BC 88
        if (i &&
            (ch == '(' || (name.n - i > 2 && memcmp(name.p + i, "\xef\xbc\x88", 3) == 0)))
            break;
        wanted[n++] = ch >= 'A' && ch <= 'Z'                ? (char)(ch + 32)
                      : ch == ' ' || ch == '-' || ch == '.' ? '_'
                                                            : ch;
    }
    wanted[n++] = '|';
    wanted[n] = 0;
    return strstr(kind->names, wanted) != NULL;
}

static const char *const boys_words[] = {"boy", "b",  "male", "m",    "man",
                                         "1",   "男", "男孩", "男婴", "男性"};
static const char *const girls_words[] = {"girl", "g",  "female", "f",    "woman",
                                          "2",    "女", "女孩",   "女婴", "女性"};

// 0 boy, 1 girl, 2 neither (GB/T 2261.1: 1 and 2).
static uint8_t sex_of(struct str cell)
{
    for (size_t i = 0; i < sizeof boys_words / sizeof *boys_words; i++) {
        if (str_equal_fold(cell, str_of(boys_words[i])))
            return 0;
        if (str_equal_fold(cell, str_of(girls_words[i])))
            return 1;
    }
    return 2;
}

static bool is_empty(struct str cell)
{
    static const char *const words[] = {"",  "na",      "nan",  "null", ".",
                                        "-", "unknown", "不详", "未知", "无"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal_fold(cell, str_of(words[i])))
            return true;
    return false;
}

// Do the column's first cells hold what a column of this kind holds?
static bool holds(const struct frame *f, size_t column, enum kind kind)
{
    size_t looked = 0, right = 0;
    for (size_t i = 0; i < f->n_rows && looked < 200; i++) {
        struct str cell = frame_cell(f, i, column);
        double x;
        int32_t day;
        struct period period;
        struct error e;
        bool number = str_to_double(cell, &x);
        if (is_empty(cell))
            continue;
        looked++;
        switch (kind) {
        case COLUMN_SEX:
            right += sex_of(cell) < 2;
            break;
        case COLUMN_BORN:
        case COLUMN_REGISTERED:
            right += date_parse(cell, &day, &e) == ERR_OK;
            break;
        case COLUMN_PERIOD:
            right += period_parse(cell, &period, &e) == ERR_OK || number;
            break;
        case COLUMN_WEIGHT:
            right += number && ((x >= 300 && x <= 8000) || (x >= 0.3 && x <= 8));
            break;
        case COLUMN_COUNT:
        case COLUMN_BOYS:
        case COLUMN_GIRLS:
            right += number;
            break;
        case COLUMN_AGE:
            right += cell.p[0] >= '0' && cell.p[0] <= '9';
            break;
        default:
            right++;
        }
    }
    return looked && right * 10 >= looked * 9;
}

struct chosen {
    bool is;
    bool guessed;
    size_t column;
};

// A column of words for the sexes, whatever its name. Codes 1 and 2 could be anything.
static bool sex_words(const struct frame *f, size_t column)
{
    double x;
    return holds(f, column, COLUMN_SEX) && !str_to_double(frame_cell(f, 0, column), &x);
}

static void guess(const struct frame *f, enum kind kind, struct chosen *out)
{
    for (size_t i = 0; i < f->n_columns && !out->is; i++)
        if (named_so(&kinds[kind], f->names[i]) && holds(f, i, kind))
            *out = (struct chosen){true, true, i};
    for (size_t i = 0; i < f->n_columns && !out->is && kind == COLUMN_SEX; i++)
        if (sex_words(f, i))
            *out = (struct chosen){true, true, i};
}

static enum err choose(struct cli *c, const struct frame *f,
                       struct chosen chosen[COLUMN_KINDS], struct error *e)
{
    bool any =
        cli_option(c, "number") || cli_option(c, "duplicates") || cli_option(c, "source");
    for (int k = 0; k < COLUMN_KINDS; k++) {
        const char *name = cli_option(c, kinds[k].option);
        if (!name)
            continue;
        any = chosen[k].is = true;
        enum err code = frame_column(f, name, &chosen[k].column, e);
        if (code)
            return code;
    }
    for (int k = 0; k < COLUMN_KINDS && !any; k++)
        guess(f, (enum kind)k, &chosen[k]);
    // most parts need the sexes
    if (any && !chosen[COLUMN_SEX].is && !chosen[COLUMN_BOYS].is)
        guess(f, COLUMN_SEX, &chosen[COLUMN_SEX]);
    if (chosen[COLUMN_BOYS].is != chosen[COLUMN_GIRLS].is) {
        int has = chosen[COLUMN_BOYS].is ? COLUMN_BOYS : COLUMN_GIRLS;
        if (chosen[has].guessed) {
            chosen[has].is = false;
            return ERR_OK;
        }
        error_set(e, ERR_USAGE, "quality.sexes", NULL, "--%s needs --%s beside it",
                  kinds[has].option, has == COLUMN_BOYS ? "girls" : "boys");
        return error_cure(e, "name both columns, or --count with --sex");
    }
    return ERR_OK;
}

static void note_use(struct quality *q, const struct frame *f, size_t column,
                     const char *use, const char *use_zh, bool guessed)
{
    if (q->n_used == QUALITY_MOST_USED)
        return;
    struct quality_used *u = &q->used[q->n_used++];
    *u = (struct quality_used){f->names[column], use, use_zh, guessed, 0};
    for (size_t i = 0; i < f->n_rows; i++)
        u->empty += is_empty(frame_cell(f, i, column));
}

// ---- reading columns ----

// A cell that is not what its column holds. A few of them are a finding of the page; many
// mean that the column is another one than was thought: the error of the first is told.
struct unreadable {
    struct quality *q;
    size_t n, first;
    struct error error;
};

static bool first_unreadable(struct unreadable *u, size_t row)
{
    if (!u->n)
        u->first = row;
    return u->n++ == 0;
}

static enum err check_unreadable(const struct frame *f, size_t column,
                                 const struct unreadable *u, struct error *e)
{
    size_t filled = 0;
    for (size_t i = 0; i < f->n_rows; i++)
        filled += !is_empty(frame_cell(f, i, column));
    if (!u->n)
        return ERR_OK;
    if (5 * u->n > filled) {
        *e = u->error;
        return u->error.code;
    }
    for (size_t i = 0; i < u->q->n_used; i++)
        if (str_equal(u->q->used[i].column, f->names[column])) {
            u->q->used[i].unreadable = u->n;
            u->q->used[i].example =
                str_format(f->arena, "\"" STR_FMT "\" (" STR_FMT ":%llu)",
                           STR_ARG(frame_cell(f, u->first, column)), STR_ARG(u->q->file),
                           (unsigned long long)f->lines[u->first]);
            if (!u->q->used[i].example.p)
                return error_memory(e);
        }
    return ERR_OK;
}

// Numbers, with words for "unknown" as none. Without a page every cell must be one.
static enum err read_numbers(const struct frame *f, size_t column, double least,
                             struct quality *q, const double **out, struct error *e)
{
    struct unreadable u = {.q = q};
    double *numbers = ARENA_ARRAY(f->arena, double, f->n_rows);
    if (!numbers)
        return error_memory(e);
    *out = numbers;
    for (size_t i = 0; i < f->n_rows; i++) {
        struct str cell = frame_cell(f, i, column);
        char text[64];
        size_t n = 0;
        for (size_t k = 0; k < cell.n && n < sizeof text; k++)
            if (cell.p[k] != ',')
                text[n++] = cell.p[k];
        numbers[i] = NAN;
        if (is_empty(cell))
            continue;
        if (n == sizeof text || !str_to_double((struct str){text, n}, &numbers[i])) {
            if (!first_unreadable(&u, i))
                continue;
            enum err code =
                frame_error(f, i, column, "Correct the cell, or name another column.",
                            &u.error, "\"" STR_FMT "\" is not a number", STR_ARG(cell));
            if (q)
                continue;
            *e = u.error;
            return code;
        }
        if (numbers[i] < least)
            return frame_error(f, i, column, "Counts are 0 or more; correct the cell.", e,
                               "\"" STR_FMT "\" is below zero", STR_ARG(cell));
    }
    return q ? check_unreadable(f, column, &u, e) : ERR_OK;
}

static enum err read_dates(const struct frame *f, size_t column, struct quality *q,
                           const int32_t **out, struct error *e)
{
    struct unreadable u = {.q = q};
    int32_t today = date_today(), *dates = ARENA_ARRAY(f->arena, int32_t, f->n_rows);
    if (!dates)
        return error_memory(e);
    *out = dates;
    for (size_t i = 0; i < f->n_rows; i++) {
        struct error why = {0};
        struct str cell = frame_cell(f, i, column);
        dates[i] = DATE_NONE;
        if (is_empty(cell) || (!date_parse(cell, &dates[i], &why) && dates[i] <= today))
            continue;
        dates[i] = DATE_NONE;
        if (first_unreadable(&u, i))
            (void)frame_error(
                f, i, column, why.cure[0] ? why.cure : "Write it as 2014-06-05.",
                &u.error, "%s", why.text[0] ? why.text : "the date is after today");
    }
    return check_unreadable(f, column, &u, e);
}

static bool has_word(struct str s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.n; i++)
        if (memcmp(s.p + i, word, n) == 0)
            return true;
    return false;
}

struct age_cell {
    double first, last; // NaN; last infinite: open
};

static bool take_number(struct str *s, double *out)
{
    size_t n = 0;
    while (n < s->n && ((s->p[n] >= '0' && s->p[n] <= '9') || s->p[n] == '.'))
        n++;
    if (!n || !str_to_double((struct str){s->p, n}, out))
        return false;
    *s = (struct str){s->p + n, s->n - n};
    return true;
}

// "34", "34.5", "0-4", "0 to 4", "85+", "85 and over", "85岁及以上", "<1", "-3".
static bool parse_age(struct str s, struct age_cell *out)
{
    static const char *const open[] = {"+", "over", "older", "more", "以上", "≥", ">="};
    bool is_open = false, below = s.n && s.p[0] == '<', minus = s.n && s.p[0] == '-';
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        is_open |= has_word(s, open[i]);
    while (s.n && !(s.p[0] >= '0' && s.p[0] <= '9'))
        s = (struct str){s.p + 1, s.n - 1};
    if (!take_number(&s, &out->first))
        return false;
    out->first = minus ? -out->first : floor(out->first);
    out->last = is_open ? INFINITY : out->first;
    if (below) { // "<1"
        out->last = out->first - 1;
        out->first = 0;
        return out->last == 0;
    }
    while (s.n && !(s.p[0] >= '0' && s.p[0] <= '9'))
        s = (struct str){s.p + 1, s.n - 1};
    if (s.n && !is_open && (!take_number(&s, &out->last) || out->last < out->first))
        return false;
    return true;
}

// Ages 0, 5, 10, ... in a table are groups of five, the last one open.
static void find_fives(const struct frame *f, struct quality *q)
{
    double oldest = -1;
    size_t n = 0;
    for (size_t i = 0; i < f->n_rows; i++) {
        if (isnan(q->age[i]))
            continue;
        if (fmod(q->age[i], 5) != 0)
            return;
        oldest = fmax(oldest, q->age[i]);
        n++;
    }
    if (n < 8)
        return;
    q->five = true;
    q->open_age = fmin(q->open_age, oldest);
}

static enum err read_ages(const struct frame *f, size_t column, struct quality *q,
                          struct error *e)
{
    double *ages = ARENA_ARRAY(f->arena, double, f->n_rows);
    if (!ages)
        return error_memory(e);
    struct unreadable u = {.q = q};
    q->age = ages;
    for (size_t i = 0; i < f->n_rows; i++) {
        struct str cell = frame_cell(f, i, column);
        struct age_cell age;
        ages[i] = NAN;
        if (is_empty(cell))
            continue;
        if (!parse_age(cell, &age)) {
            if (first_unreadable(&u, i))
                (void)frame_error(
                    f, i, column,
                    "Write completed years (34), a group (30-34) or an open "
                    "one (85+); leave the cell empty where it is unknown.",
                    &u.error, "\"" STR_FMT "\" is not an age", STR_ARG(cell));
            continue;
        }
        ages[i] = age.first;
        if (isinf(age.last))
            q->open_age = fmin(q->open_age, age.first);
        else if (floor(age.last / 5) != floor(age.first / 5) && age.first >= 0)
            return frame_error(
                f, i, column, "Give single years, or groups such as 30-34.", e,
                "the group \"" STR_FMT "\" is not inside one group of five years",
                STR_ARG(cell));
        else
            q->five |= age.last > age.first;
    }
    if (q->table && !q->five)
        find_fives(f, q);
    return check_unreadable(f, column, &u, e);
}

static enum err read_people(struct cli *c, const struct frame *f,
                            const struct chosen chosen[COLUMN_KINDS], struct quality *q,
                            struct error *e)
{
    double *people = ARENA_ARRAY(&c->arena, double, f->n_rows);
    double *men = ARENA_ARRAY(&c->arena, double, f->n_rows);
    double *women = ARENA_ARRAY(&c->arena, double, f->n_rows);
    uint8_t *sex = ARENA_ARRAY(&c->arena, uint8_t, f->n_rows);
    const double *boys = NULL, *girls = NULL, *count = NULL;
    enum err code = ERR_OK;
    if (!people || !men || !women || !sex)
        return error_memory(e);
    if (chosen[COLUMN_BOYS].is) {
        code = read_numbers(f, chosen[COLUMN_BOYS].column, 0, NULL, &boys, e);
        if (!code)
            code = read_numbers(f, chosen[COLUMN_GIRLS].column, 0, NULL, &girls, e);
    } else if (chosen[COLUMN_COUNT].is)
        code = read_numbers(f, chosen[COLUMN_COUNT].column, 0, NULL, &count, e);
    if (code)
        return code;
    q->table = boys || count;
    q->has_sex = boys || chosen[COLUMN_SEX].is;
    for (size_t i = 0; i < f->n_rows; i++) {
        sex[i] = chosen[COLUMN_SEX].is && !boys
                     ? sex_of(frame_cell(f, i, chosen[COLUMN_SEX].column))
                     : 2;
        double n = count ? (isnan(count[i]) ? 0 : count[i]) : 1;
        men[i] = boys ? (isnan(boys[i]) ? 0 : boys[i]) : sex[i] == 0 ? n : 0;
        women[i] = girls ? (isnan(girls[i]) ? 0 : girls[i]) : sex[i] == 1 ? n : 0;
        people[i] = boys ? men[i] + women[i] : n;
    }
    q->people = people;
    q->men = men;
    q->women = women;
    q->sex = chosen[COLUMN_SEX].is && !q->table ? sex : NULL;
    return ERR_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum err read_weights(const struct frame *f, size_t column, struct quality *q,
                             struct error *e)
{
    const double *read;
    enum err code = read_numbers(f, column, -INFINITY, q, &read, e);
    double *sorted = ARENA_ARRAY(f->arena, double, f->n_rows);
    double *grams = ARENA_ARRAY(f->arena, double, f->n_rows);
    if (code)
        return code;
    if (!sorted || !grams)
        return error_memory(e);
    size_t n = 0;
    for (size_t i = 0; i < f->n_rows; i++)
        if (!isnan(read[i]))
            sorted[n++] = read[i];
    qsort(sorted, n, sizeof *sorted, ascending);
    bool kilograms = n && sorted[n / 2] < 20;
    for (size_t i = 0; i < f->n_rows; i++)
        grams[i] = kilograms ? round(1000 * read[i]) : read[i];
    q->grams = grams;
    return ERR_OK;
}

// Months from the first birth to the last, for files of births without a period.
static enum err months_of_births(const struct frame *f, struct quality *q,
                                 struct error *e)
{
    enum { MOST_MONTHS = 1200 };
    struct frame_groups *months = ARENA_NEW(f->arena, struct frame_groups);
    int32_t first = INT32_MAX, last = INT32_MIN;
    int year, month, day, first_year, first_month;
    if (!months || !(months->of_row = ARENA_ARRAY(f->arena, uint32_t, f->n_rows)))
        return error_memory(e);
    for (size_t i = 0; i < f->n_rows; i++)
        if (q->born[i] != DATE_NONE) {
            first = q->born[i] < first ? q->born[i] : first;
            last = q->born[i] > last ? q->born[i] : last;
        }
    if (first > last)
        return ERR_OK;
    date_to_ymd(first, &first_year, &first_month, &day);
    date_to_ymd(last, &year, &month, &day);
    int n = (year - first_year) * 12 + month - first_month + 1;
    if (n > MOST_MONTHS) {
        char text[DATE_TEXT_SIZE];
        date_format(first, text);
        error_set(e, ERR_LIMIT, "quality.span", f->path,
                  "the births span %d years, from %s on", n / 12, text);
        return error_cure(e, "look for dates of the wrong century");
    }
    months->n = (uint32_t)n;
    for (size_t i = 0; i < f->n_rows; i++) {
        months->of_row[i] = months->n;
        if (q->born[i] == DATE_NONE)
            continue;
        date_to_ymd(q->born[i], &year, &month, &day);
        months->of_row[i] = (uint32_t)((year - first_year) * 12 + month - first_month);
    }
    q->period = months;
    return ERR_OK;
}

static enum err read_groups(const struct frame *f, const struct chosen *chosen,
                            bool sorted, const struct frame_groups **out, struct error *e)
{
    struct frame_groups *groups = ARENA_NEW(f->arena, struct frame_groups);
    if (!groups)
        return error_memory(e);
    *out = groups;
    enum err code = frame_groups(f, &chosen->column, 1, groups, e);
    return code || !sorted ? code : frame_groups_sort(f, groups, e);
}

// Rows whose value stood in an earlier row.
static enum err find_duplicates(const struct frame *f, size_t column, uint8_t *in,
                                struct error *e)
{
    struct frame_groups groups;
    enum err code = frame_groups(f, &column, 1, &groups, e);
    if (code)
        return code;
    bool *seen = ARENA_ARRAY(f->arena, bool, groups.n);
    if (!seen)
        return error_memory(e);
    for (size_t i = 0; i < f->n_rows; i++) {
        in[i] = is_empty(frame_cell(f, i, column)) ? 2 : seen[groups.of_row[i]];
        seen[groups.of_row[i]] = true;
    }
    return ERR_OK;
}

static bool says_no(struct str cell)
{
    static const char *const words[] = {"0", "no", "n", "false", "否", "未报", "没有"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal_fold(cell, str_of(words[i])))
            return true;
    return is_empty(cell);
}

static enum err read_parts(struct cli *c, const struct frame *f, struct quality *q,
                           struct error *e)
{
    const char *const *sources, *const *duplicates;
    size_t n_sources, n_duplicates;
    enum err code = cli_options(c, "source", &sources, &n_sources, e);
    if (!code)
        code = cli_options(c, "duplicates", &duplicates, &n_duplicates, e);
    if (code)
        return code;
    struct quality_part *parts =
        ARENA_ARRAY(&c->arena, struct quality_part, n_sources + n_duplicates);
    if (!parts)
        return error_memory(e);
    for (size_t i = 0; i < n_sources + n_duplicates; i++) {
        size_t column;
        bool twice = i < n_duplicates;
        uint8_t *in = ARENA_ARRAY(&c->arena, uint8_t, f->n_rows);
        if (!in)
            return error_memory(e);
        code = frame_column(f, twice ? duplicates[i] : sources[i - n_duplicates], &column,
                            e);
        if (!code && twice)
            code = find_duplicates(f, column, in, e);
        if (code)
            return code;
        for (size_t row = 0; row < f->n_rows && !twice; row++)
            in[row] = says_no(frame_cell(f, row, column));
        parts[q->n_parts++] = (struct quality_part){f->names[column], in, twice};
        note_use(q, f, column,
                 twice ? "what names each birth once"
                       : "filled where this source reported",
                 twice ? "每例出生的唯一标识" : "该来源已报告时非空", false);
    }
    q->parts = parts;
    if (!q->n_parts || q->sex)
        return ERR_OK;
    error_set(
        e, ERR_USAGE, "quality.parts", NULL,
        "--duplicates and --source compare boys with girls, and there is no column of "
        "the sex");
    return error_cure(e, "name it with --sex");
}

static enum err read_more_numbers(struct cli *c, const struct frame *f, struct quality *q,
                                  struct error *e)
{
    const char *const *names;
    size_t n;
    enum err code = cli_options(c, "number", &names, &n, e);
    if (code)
        return code;
    struct quality_number *numbers = ARENA_ARRAY(&c->arena, struct quality_number, n);
    if (!numbers)
        return error_memory(e);
    for (size_t i = 0; i < n && !code; i++) {
        size_t column;
        code = frame_column(f, names[i], &column, e);
        if (code)
            break;
        numbers[i].name = f->names[column];
        note_use(q, f, column, "number", "数值", false);
        code = read_numbers(f, column, -INFINITY, q, &numbers[i].values, e);
    }
    q->numbers = numbers;
    q->n_numbers = n;
    return code;
}

static enum err nothing_to_look_at(const struct frame *f, struct error *e)
{
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < f->n_columns; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(f->names[i]));
    struct str names = buf_str(&list);
    error_set(e, ERR_USAGE, "quality.columns", f->path,
              "no column was recognised; they are " STR_FMT, STR_ARG(names));
    buf_free(&list);
    return error_cure(e, "name some: --age, --weight, --born, --registered, --facility, "
                         "--number; 'heng help quality' tells them all");
}

static enum err read_columns(struct cli *c, const struct frame *f,
                             const struct chosen chosen[COLUMN_KINDS], struct quality *q,
                             struct error *e)
{
    enum err code = read_people(c, f, chosen, q, e);
    if (!code && chosen[COLUMN_AGE].is)
        code = read_ages(f, chosen[COLUMN_AGE].column, q, e);
    if (!code && chosen[COLUMN_WEIGHT].is)
        code = read_weights(f, chosen[COLUMN_WEIGHT].column, q, e);
    if (!code && chosen[COLUMN_BORN].is)
        code = read_dates(f, chosen[COLUMN_BORN].column, q, &q->born, e);
    if (!code && chosen[COLUMN_REGISTERED].is)
        code = read_dates(f, chosen[COLUMN_REGISTERED].column, q, &q->registered, e);
    if (!code && chosen[COLUMN_FACILITY].is)
        code = read_groups(f, &chosen[COLUMN_FACILITY], false, &q->facility, e);
    if (!code && chosen[COLUMN_PERIOD].is)
        code = read_groups(f, &chosen[COLUMN_PERIOD], true, &q->period, e);
    else if (!code && q->born && q->facility)
        code = months_of_births(f, q, e);
    if (!code)
        code = read_parts(c, f, q, e);
    return code ? code : read_more_numbers(c, f, q, e);
}

enum err quality_columns(struct cli *c, const struct frame *f, struct quality *q,
                         struct error *e)
{
    struct chosen chosen[COLUMN_KINDS] = {{0}};
    const char *as_of = cli_option(c, "as-of");
    const char *slash = strrchr(f->path, '/');
    *q = (struct quality){.file = str_of(slash ? slash + 1 : f->path),
                          .n = f->n_rows,
                          .open_age = INFINITY,
                          .as_of = DATE_NONE};
    enum err code = choose(c, f, chosen, e);
    if (!code && as_of)
        code = date_parse(str_of(as_of), &q->as_of, e);
    if (code)
        return code;
    for (int k = 0; k < COLUMN_KINDS; k++)
        if (chosen[k].is)
            note_use(q, f, chosen[k].column, kinds[k].use, kinds[k].use_zh,
                     chosen[k].guessed);
    code = read_columns(c, f, chosen, q, e);
    if (code)
        return code;
    if (!q->age && !q->grams && !q->born && !q->n_parts && !q->n_numbers &&
        !(q->facility && q->period))
        return nothing_to_look_at(f, e);
    q->values = q->grams ? q->grams : q->n_numbers ? q->numbers[0].values : NULL;
    q->step = q->grams ? 100 : 0;
    return ERR_OK;
}
