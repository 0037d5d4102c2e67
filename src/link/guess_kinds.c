// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/text.h"
#include "base/utf8.h"
#include "link/clean_private.h"
#include "link/guess.h"
#include "link/identity.h"

#include <limits.h>
#include <string.h>

struct word { // a word of a heading and what it says
    enum link_kind kind;
    const char *words; // between spaces
};

// Looked up in this order; the first that stands in the heading counts. A word is matched
// whole against the parts of an English heading (birth_date: birth, date), and as a part
// of a Chinese one.
static const struct word heading_words[] = {
    {LINK_IDENTITY,
     "ssn soc sec social nhs nino aadhaar aadhar passport national nationalid citizen "
     "medicare medicaid identity idcard idno idnumber curp cpf licence license 身份证 "
     "证件 "
     "公民身份"},
    {LINK_DATE, "dob birth born birthday birthdate dateofbirth date 出生 生日 日期"},
    {LINK_SEX, "sex gender 性别"},
    {LINK_EMAIL, "email mail 邮箱 邮件"},
    {LINK_PHONE, "phone tel telephone mobile cell fax contact 电话 手机 联系方式"},
    {LINK_NUMBER, "weight height age price amount salary income 体重 身高 年龄"},
    {LINK_CODE, "postcode postal zip zipcode pcode pc code postcodes number no num house "
                "streetnumber "
                "day month year dd mm yyyy by bm bd 邮编 门牌 年 月 日"},
    {LINK_PLACE,
     "address addr street road suburb city town village district county province state "
     "region country locality place residence birthplace 地址 住址 省 市 县 区 乡 镇 村 "
     "街道 籍贯 "
     "出生地"},
    {LINK_NAME, "name names surname surnames given first last forename forenames middle "
                "family fname "
                "lname sname gname mname firstname lastname maiden mother father spouse "
                "initials 姓名 "
                "名字 姓 名"},
};

// Headings that name the row or the answer, not the person.
static const char id_words[] = "id ids recid rec_id record_id recordid rid uid guid uuid "
                               "unique_id uniqueid row rowid "
                               "row_id row_number index key pk serial seq cluster "
                               "cluster_id clusterid entity entity_id "
                               "ent_id group_id match_id true_id truth label person_id "
                               "personid source_id 编号 序号 行号";
static const char source_words[] =
    "source source_dataset dataset file filename file_name 来源 数据来源";

static bool has_word(const char *words, struct str word)
{
    struct str rest = str_of(words), head;
    while (str_split(rest, ' ', &head, &rest))
        if (str_equal(head, word))
            return true;
    return str_equal(rest, word);
}

// A word of `words` that is not ASCII stands somewhere in the text.
static bool has_part(const char *words, struct str text)
{
    struct str rest = str_of(words), head;
    for (bool more = true; more;) {
        more = str_split(rest, ' ', &head, &rest);
        if (!more)
            head = rest;
        if (head.n && (unsigned char)head.p[0] >= 0x80 &&
            memmem(text.p, text.n, head.p, head.n))
            return true;
    }
    return false;
}

// Lower case, every run of other characters than letters and digits one '_', and a '_'
// where a capital follows a small letter (dateOfBirth).
static struct str heading_form(struct arena *a, struct str name)
{
    struct buf b = BUF_INIT(4096);
    for (size_t i = 0; i < name.n && i < 1000; i++) {
        char c = name.p[i];
        bool upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
        bool small = c >= 'a' && c <= 'z', wide = (unsigned char)c >= 0x80;
        if (upper && i && name.p[i - 1] >= 'a' && name.p[i - 1] <= 'z')
            buf_add_char(&b, '_');
        if (upper)
            buf_add_char(&b, (char)(c - 'A' + 'a'));
        else if (small || digit || wide)
            buf_add_char(&b, c);
        else if (b.n && b.p[b.n - 1] != '_')
            buf_add_char(&b, '_');
    }
    struct str s = b.failed ? (struct str){0} : str_copy(a, buf_str(&b));
    buf_free(&b);
    return s;
}

// The words of a heading one by one, digits at their ends taken off (address_1, name2).
static bool next_word(struct str *rest, struct str *word)
{
    while (rest->n) {
        if (!str_split(*rest, '_', word, rest)) {
            *word = *rest;
            *rest = (struct str){0};
        }
        while (word->n && word->p[word->n - 1] >= '0' && word->p[word->n - 1] <= '9')
            word->n--;
        if (word->n)
            return true;
    }
    return false;
}

static bool is_id_heading(struct str form)
{
    if (has_word(id_words, form) || has_part(id_words, form))
        return true;
    struct str rest = form, word, last = {0};
    while (next_word(&rest, &word))
        last = word;
    return str_equal_c(last, "id") || str_equal_c(last, "uuid");
}

static enum link_kind kind_of_heading(struct str form)
{
    for (size_t i = 0; i < sizeof heading_words / sizeof *heading_words; i++) {
        struct str rest = form, word;
        while (next_word(&rest, &word))
            if (has_word(heading_words[i].words, word))
                return heading_words[i].kind;
        // pername1, dobday: the word is the end or the beginning of another
        if (has_part(heading_words[i].words, form))
            return heading_words[i].kind;
    }
    if (form.n >= 4 && memmem(form.p, form.n, "name", 4))
        return LINK_NAME;
    return LINK_KINDS;
}

struct content { // shares of the different texts of a column
    double texts, dates, emails, phones, identities, decimals, digits_only, letters_only;
    double with_digit, mean_length, mean_tokens;
};

// 2014年3月5日, 5 Mar 2014: a whole day, with a year, in words.
static bool is_date_in_words(struct str s)
{
    enum { SHORTEST = 8, LONGEST = 64, WHOLE_DAY = 10 };
    char day[LONGEST + CLEAN_SLACK];
    return s.n >= SHORTEST && s.n <= LONGEST && clean_date(s, day) == WHOLE_DAY;
}

static bool is_date(struct str s)
{
    struct str t = s;
    unsigned digits = 0, marks = 0;
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];
        if (c >= '0' && c <= '9')
            digits++;
        else if (c == '-' || c == '/' || c == '.')
            marks++;
        else if (c == ' ' || c == 'T')
            break;
        else
            return is_date_in_words(s);
    }
    if (marks == 2 && digits >= 5 && digits <= 8)
        return true;
    if (marks || digits != 8 || t.n != 8)
        return is_date_in_words(s);
    int64_t v;
    if (!str_to_int(t, &v))
        return false;
    int64_t year = v / 10000, month = v / 100 % 100, day = v % 100;
    return year >= 1850 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 &&
           day <= 31;
}

static bool is_phone(struct str s, unsigned digits, unsigned letters)
{
    char c = s.p[0];
    return !letters && digits >= 7 && digits <= 15 &&
           (c == '+' || c == '(' || c == '0' || c == '1' || digits >= 9);
}

static void look_at(struct content *c, struct str s)
{
    unsigned digits = 0, letters = 0, points = 0, tokens = 0, characters = 0;
    bool at_sign = false, in_token = false;
    for (size_t i = 0; i < s.n;) {
        int32_t p = utf8_next(s, &i);
        characters++;
        bool space = p == ' ' || p == 0x3000;
        tokens += !space && !in_token;
        in_token = !space;
        digits += p >= '0' && p <= '9';
        points += p == '.';
        letters += (p >= 'A' && p <= 'Z') || (p >= 'a' && p <= 'z') || p >= 0xc0;
        at_sign |= p == '@';
    }
    struct identity id;
    double number;
    c->texts++;
    c->dates += is_date(s);
    c->emails += at_sign;
    c->phones += is_phone(s, digits, letters);
    c->identities += identity_read(s, &id) && id.valid;
    c->decimals += points == 1 && str_to_double(s, &number);
    c->digits_only += digits == characters;
    c->letters_only += !digits;
    c->with_digit += digits > 0;
    c->mean_length += characters;
    c->mean_tokens += tokens;
}

enum { MOST_TEXTS = 20000 };

// Which texts are looked at depends on their hash, not on their place in the file.
static struct content look(const struct link_column *column)
{
    struct content c = {0};
    uint64_t share = UINT64_MAX;
    if (column->n_values > MOST_TEXTS)
        share = UINT64_MAX / column->n_values * MOST_TEXTS;
    for (uint32_t i = 1; i <= column->n_values; i++) {
        struct str s = link_text(column, i);
        if (str_hash(s, 1) <= share)
            look_at(&c, s);
    }
    double n = c.texts > 0 ? c.texts : 1;
    double *all[] = {&c.dates,       &c.emails,      &c.phones,       &c.identities,
                     &c.decimals,    &c.digits_only, &c.letters_only, &c.with_digit,
                     &c.mean_length, &c.mean_tokens};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i] /= n;
    return c;
}

static enum link_kind kind_of_content(const struct content *c, const char **why)
{
    *why = "the texts";
    if (c->identities >= 0.5)
        return *why = "citizen identification numbers (GB 11643)", LINK_IDENTITY;
    if (c->emails >= 0.5)
        return *why = "texts with @", LINK_EMAIL;
    if (c->dates >= 0.9)
        return *why = "texts that are dates", LINK_DATE;
    if (c->decimals >= 0.5)
        return *why = "decimal numbers", LINK_NUMBER;
    if (c->digits_only >= 0.9)
        return *why = "digits only", LINK_CODE;
    if (c->with_digit >= 0.9 && c->mean_tokens < 1.5 && c->mean_length <= 16)
        return *why = "short codes with digits", LINK_CODE;
    if (c->letters_only >= 0.9 && c->mean_tokens < 1.5)
        return *why = "single words", LINK_NAME;
    return *why = "words", LINK_TEXT;
}

// The heading says `said`, the texts look like `seen`; which of both.
static enum link_kind settle(enum link_kind said, enum link_kind seen,
                             const struct content *c, const struct link_column *column,
                             const char **why)
{
    if (seen == LINK_IDENTITY || seen == LINK_EMAIL || said == LINK_KINDS)
        return seen;
    bool agrees = true;
    switch (said) {
    case LINK_DATE:
        agrees = c->dates >= 0.5 || (seen != LINK_CODE && c->with_digit >= 0.5);
        break;
    case LINK_SEX:
        agrees = column->n_values <= 12;
        break;
    case LINK_EMAIL:
        agrees = c->emails >= 0.2;
        break;
    case LINK_PHONE:
        agrees = c->with_digit >= 0.5;
        break;
    case LINK_NUMBER:
        agrees = c->digits_only + c->decimals >= 0.8;
        break;
    case LINK_NAME:
        agrees = seen != LINK_CODE && seen != LINK_DATE && seen != LINK_NUMBER;
        break;
    case LINK_CODE:
        agrees = seen != LINK_DATE && c->mean_length <= 16 && c->with_digit >= 0.3;
        break;
    default:
        break;
    }
    if (agrees)
        *why = "its heading";
    return agrees ? said : seen;
}

static enum err find_names(const struct link_records *r, const char *const *names,
                           unsigned n, const char *option, bool *marked, struct error *e)
{
    for (unsigned i = 0; i < n; i++) {
        const struct link_column *c = link_records_column(r, str_of(names[i]));
        if (!c) {
            struct buf all = BUF_INIT(600);
            for (unsigned k = 0; k < r->n_columns; k++)
                buf_printf(&all, "%s" STR_FMT, k ? ", " : "",
                           STR_ARG(r->columns[k].name));
            error_set(e, ERR_INPUT, "link.no_column", option,
                      "there is no column %s; the files have: " STR_FMT, names[i],
                      STR_ARG(all));
            buf_free(&all);
            return error_cure(e, "Write the column as in the heading of the file.");
        }
        marked[c - r->columns] = true;
    }
    return ERR_OK;
}

// Not empty anywhere, and never twice in one source as far as counts can tell.
static bool different_everywhere(const struct link_records *r,
                                 const struct link_column *c)
{
    if (c->count[0] || c->n_values == 0)
        return false;
    for (uint32_t i = 1; i <= c->n_values; i++)
        if (c->count[i] > r->n_sources)
            return false;
    for (unsigned s = 0; s < r->n_sources; s++)
        if (r->sources[s].end - r->sources[s].begin > c->n_values)
            return false;
    return true;
}

static enum link_kind kind_of(const struct link_records *r, const struct link_column *c,
                              struct str form, const char **why)
{
    if (c->n_values == 0)
        return *why = "empty in every row", LINK_IGNORED;
    if (c->n_values == 1 && c->count[0] < r->n / 2)
        return *why = "the same in every row", LINK_IGNORED;
    if (has_word(source_words, form) || has_part(source_words, form))
        return *why = "its heading says that it names the source", LINK_IGNORED;
    struct content content = look(c);
    enum link_kind said = kind_of_heading(form);
    enum link_kind seen = kind_of_content(&content, why);
    if (seen == LINK_IDENTITY || (said == LINK_IDENTITY && !has_word(id_words, form)))
        return settle(said, seen, &content, c, why);
    if (is_id_heading(form))
        return *why = "its heading says that it names records, not people", LINK_ID;
    return settle(said, seen, &content, c, why);
}

enum err guess_kind(const struct link_records *r, const struct link_column *column,
                    enum link_kind *kind, struct error *e)
{
    struct arena a;
    arena_init(&a, 0);
    const char *why;
    struct str form = heading_form(&a, column->name);
    enum err code = form.p ? ERR_OK : error_memory(e);
    if (!code)
        *kind = kind_of(r, column, form, &why);
    arena_free(&a);
    return code;
}

enum err guess_kinds(const struct link_records *r, const struct guess_names *names,
                     enum link_kind *kinds, const char **why, unsigned *id_column,
                     struct error *e)
{
    bool *ignore = mem_alloc(r->n_columns, sizeof *ignore);
    bool *keep = mem_alloc(r->n_columns, sizeof *keep);
    struct arena a;
    arena_init(&a, 0);
    enum err code = ignore && keep ? ERR_OK : error_memory(e);
    *id_column = UINT_MAX;
    if (!code)
        code = find_names(r, names->ignore, names->n_ignore, "--ignore", ignore, e);
    if (!code)
        code = find_names(r, names->keep, names->n_keep, "--keep", keep, e);
    unsigned compared = 0;
    for (unsigned i = 0; i < r->n_columns && !code; i++) {
        struct str form = heading_form(&a, r->columns[i].name);
        if (!form.p) {
            code = error_memory(e);
            break;
        }
        if (ignore[i] || keep[i]) {
            kinds[i] = LINK_IGNORED;
            why[i] = "as told";
            continue;
        }
        // With a model only the ids are looked for.
        if (names->nothing_is_fine && !is_id_heading(form)) {
            kinds[i] = LINK_IGNORED;
            why[i] = "not in the model";
            continue;
        }
        kinds[i] = kind_of(r, &r->columns[i], form, &why[i]);
        if (kinds[i] == LINK_ID && *id_column == UINT_MAX &&
            different_everywhere(r, &r->columns[i]))
            *id_column = i;
        compared += kinds[i] != LINK_ID && kinds[i] != LINK_IGNORED;
    }
    if (!code && !compared && !names->nothing_is_fine) {
        error_set(
            e, ERR_INPUT, "link.nothing", NULL,
            "no column is left to compare: all are ids, empty, or the same in every "
            "row");
        code =
            error_cure(e, "Give a file with names, dates or other facts about people.");
    }
    arena_free(&a);
    mem_free(ignore);
    mem_free(keep);
    return code;
}
