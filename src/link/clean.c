// SPDX-License-Identifier: AGPL-3.0-or-later
// The cleaner: what surrounds a text is taken off, what is not ASCII is brought to one
// form (here, with ICU), and then the steps of clean_private.h do the rest byte by byte.
//
// Text of ASCII and Han characters alone, the bulk of all files, goes without ICU: Han
// characters have no other NFKC form, and their simplified form is looked up once each.
#include "link/clean_private.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "base/utf8.h"

enum {
    FIRST_HAN = 0x3400, // extension A and the main block
    LAST_HAN = 0x9FFF,
    MOST_GROWTH = 18, // UTF-16 units that one unit can become under NFKC
    MOST_TRIES = 8
};

struct link_cleaner {
    const UNormalizer2 *casefold, *nfd, *nfc; // ICU's own, never closed
    UTransliterator *simplify;                // opened when the first Han character comes
    UChar *unit[2];                           // scratch for ICU
    int32_t room;                             // of each
    uint16_t simple[LAST_HAN - FIRST_HAN + 1]; // simplified form; 0: not looked up yet
    char plain[CLEAN_MAX + CLEAN_SLACK];       // text without ICU's letters and marks
    char out[CLEAN_MAX + 2 * CLEAN_SLACK];
};

enum err link_cleaner_open(struct link_cleaner **out, struct error *e)
{
    *out = mem_alloc(1, sizeof **out);
    return *out ? ERR_OK : error_memory(e);
}

void link_cleaner_close(struct link_cleaner *c)
{
    if (!c)
        return;
    if (c->simplify)
        utrans_close(c->simplify);
    mem_free(c->unit[0]);
    mem_free(c->unit[1]);
    mem_free(c);
}

static enum err icu_error(UErrorCode status, struct error *e)
{
    if (status == U_MEMORY_ALLOCATION_ERROR)
        return error_memory(e);
    return error_set(e, ERR_INTERNAL, "link.icu", NULL, "a text cannot be cleaned: %s",
                     u_errorName(status));
}

static bool is_ascii(struct str s)
{
    uint64_t high = 0, word;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        memcpy(&word, s.p + i, 8);
        high |= word;
    }
    for (; i < s.n; i++)
        high |= (unsigned char)s.p[i] & 0x80u;
    return (high & 0x8080808080808080u) == 0;
}

// At most CLEAN_MAX bytes, cut between two characters.
static struct str cut(struct str s)
{
    if (s.n <= CLEAN_MAX)
        return s;
    size_t n = CLEAN_MAX;
    for (int i = 0; i < 3 && ((unsigned char)s.p[n] & 0xC0) == 0x80; i++)
        n--;
    return (struct str){s.p, n};
}

// White space and pairs of quotes around the text; ="0012" as spreadsheets write it.
static struct str strip(struct str s)
{
    for (;;) {
        s = str_trim(s);
        if (s.n >= 3 && s.p[0] == '=' && s.p[1] == '"' && s.p[s.n - 1] == '"')
            s = (struct str){s.p + 1, s.n - 1};
        char quote = s.n >= 2 ? s.p[0] : '\0';
        if ((quote != '"' && quote != '\'' && quote != '`') || s.p[s.n - 1] != quote)
            return s;
        s = (struct str){s.p + 1, s.n - 2};
    }
}

// Han characters

// Other shapes of the same character, from old print and from Hong Kong, that ICU keeps
// apart. Not here: what the table of standard characters of 2013 lists as one of its own
// (喆, 堃, 甯), and Japanese forms.
static const UChar variants[][2] = {
    {u'呉', u'吴'}, {u'戸', u'户'}, {u'靑', u'青'}, {u'髙', u'高'}, {u'衞', u'卫'},
    {u'峯', u'峰'}, {u'嫺', u'娴'}, {u'滙', u'汇'}, {u'頴', u'颖'}, {u'颕', u'颖'},
    {u'囯', u'国'}, {u'囶', u'国'}, {u'徳', u'德'}, {u'恵', u'惠'}, {u'兪', u'俞'},
    {u'淸', u'清'}, {u'昻', u'昂'}, {u'緖', u'绪'}, {u'郞', u'郎'}, {u'毎', u'每'},
    {u'塡', u'填'}, {u'鄕', u'乡'}, {u'敎', u'教'}, {u'朶', u'朵'}, {u'槪', u'概'},
    {u'尙', u'尚'}, {u'姸', u'妍'}, {u'寳', u'宝'}, {u'珎', u'珍'}, {u'秌', u'秋'},
    {u'锺', u'钟'},
};

static enum err simplify_once(struct link_cleaner *c, UChar from, UChar *to,
                              struct error *e)
{
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
        if (variants[i][0] == from) {
            *to = variants[i][1];
            return ERR_OK;
        }
    UErrorCode status = U_ZERO_ERROR;
    if (!c->simplify) {
        static const UChar id[] = u"Traditional-Simplified";
        UParseError at;
        c->simplify = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, &at, &status);
        if (U_FAILURE(status))
            return icu_error(status, e);
    }
    UChar text[8] = {from};
    int32_t n = 1, end = 1;
    utrans_transUChars(c->simplify, text, &n, 8, 0, &end, &status);
    if (U_FAILURE(status))
        return icu_error(status, e);
    *to = n == 1 && text[0] >= FIRST_HAN && text[0] <= LAST_HAN ? text[0] : from;
    return ERR_OK;
}

// The simplified form that stays as it is when it is simplified again. ICU changes three
// characters to and fro; of those the lower one is taken.
static enum err simplify(struct link_cleaner *c, int32_t han, UChar *out, struct error *e)
{
    uint16_t *known = &c->simple[han - FIRST_HAN];
    enum err code = ERR_OK;
    if (!*known) {
        UChar now = (UChar)han, last = now;
        for (int i = 0; i < 3 && !code; i++) {
            last = now;
            code = simplify_once(c, last, &now, e);
        }
        if (!code)
            *known = now < last ? now : last;
    }
    *out = *known;
    return code;
}

static bool is_han(int32_t c)
{
    return c >= FIRST_HAN && c <= LAST_HAN;
}

static size_t put_utf8(char *out, int32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

// ASCII, Han characters and the marks that stand between those. *done is false when the
// text holds something else. Never longer than the text.
static enum err plain_han(struct link_cleaner *c, struct str s, struct str *out,
                          bool *done, struct error *e)
{
    size_t n = 0;
    *done = false;
    for (size_t at = 0; at < s.n;) {
        int32_t u = utf8_next(s, &at);
        if (u < 0)
            return ERR_OK;
        if (is_han(u)) {
            UChar simple;
            enum err code = simplify(c, u, &simple, e);
            if (code)
                return code;
            u = simple;
        } else if (u >= 0xFF01 && u <= 0xFF5E) { // full-width ASCII
            u -= 0xFEE0;
        } else if ((u >= 0x3000 && u <= 0x3002) || u == 0xB7) { // space , . and a dot
            u = ' ';
        } else if (u >= 0x80 && u != 0x3007) {
            return ERR_OK;
        }
        n += put_utf8(c->plain + n, u);
    }
    *out = (struct str){c->plain, n};
    *done = true;
    return ERR_OK;
}

// Everything else, with ICU

static bool make_room(struct link_cleaner *c, size_t room)
{
    for (int i = 0; i < 2 && (size_t)c->room < room; i++) {
        UChar *more = mem_resize(c->unit[i], room, sizeof *more);
        if (!more)
            return false;
        c->unit[i] = more;
    }
    if ((size_t)c->room < room)
        c->room = (int32_t)room;
    return true;
}

// Apostrophes and hyphens of all sorts, which NFKC would keep apart or take apart.
static UChar one_mark(UChar u)
{
    switch (u) {
    case 0xB4:
    case 0x2BB:
    case 0x2BC:
    case 0x2018:
    case 0x2019:
    case 0x201B:
    case 0x2032:
    case 0xFF07:
    case 0xFF40:
        return '\'';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
    case 0xFE63:
    case 0xFF0D:
        return '-';
    default:
        return u;
    }
}

// From unit[0] to unit[1] and the two exchanged.
static void normalise(struct link_cleaner *c, const UNormalizer2 *form, int32_t *n,
                      UErrorCode *status)
{
    *n = unorm2_normalize(form, c->unit[0], *n, c->unit[1], c->room, status);
    UChar *made = c->unit[1];
    c->unit[1] = c->unit[0];
    c->unit[0] = made;
}

static int32_t next_unit(const UChar *p, int32_t *at, int32_t n)
{
    int32_t u = p[(*at)++];
    if (u >= 0xD800 && u <= 0xDBFF && *at < n)
        u = 0x10000 + ((u - 0xD800) << 10) + (p[(*at)++] - 0xDC00);
    return u;
}

// Letters that have no accent to take off but are written without theirs elsewhere.
static const char *unaccented(int32_t u)
{
    switch (u) {
    case 0xE6:
        return "ae";
    case 0xF0:
    case 0x111:
        return "d";
    case 0xF8:
        return "o";
    case 0xFE:
        return "th";
    case 0x127:
        return "h";
    case 0x131:
        return "i";
    case 0x142:
        return "l";
    case 0x153:
        return "oe";
    case 0x167:
        return "t";
    default:
        return NULL;
    }
}

// Unit[0] holds NFD: takes the accents of Latin and Greek letters away. Marks of other
// scripts are vowels or make another letter, and stay.
static int32_t drop_accents(struct link_cleaner *c, int32_t n)
{
    UChar *p = c->unit[0], *out = c->unit[1];
    int32_t made = 0;
    bool bare = false;
    for (int32_t i = 0; i < n;) {
        int32_t begin = i, u = next_unit(p, &i, n);
        if (u_charType(u) == U_NON_SPACING_MARK) {
            if (bare)
                continue;
        } else {
            UErrorCode status = U_ZERO_ERROR;
            UScriptCode script = uscript_getScript(u, &status);
            bare = script == USCRIPT_LATIN || script == USCRIPT_GREEK;
        }
        const char *plain = u > 0x7F ? unaccented(u) : NULL;
        for (; plain && *plain; plain++)
            out[made++] = (UChar)*plain;
        for (; !plain && begin < i; begin++)
            out[made++] = p[begin];
    }
    c->unit[0] = out;
    c->unit[1] = p;
    return made;
}

// A letter, digit or mark as the byte steps need it; ' ' for what separates words.
static enum err one_letter(struct link_cleaner *c, enum link_kind kind, int32_t *u,
                           bool *after_letter, struct error *e)
{
    if (*u < 0x80) {
        *after_letter = u_isalnum(*u);
        return ERR_OK;
    }
    int digit = u_charDigitValue(*u);
    if (is_han(*u)) {
        UChar simple;
        enum err code = simplify(c, *u, &simple, e);
        if (code)
            return code;
        *u = simple;
        *after_letter = true;
    } else if (digit >= 0 && u_charType(*u) == U_DECIMAL_DIGIT_NUMBER) {
        *u = '0' + digit;
        *after_letter = true;
    } else if (u_isalpha(*u) || *u == 0xFFFD || u_charType(*u) == U_LETTER_NUMBER) {
        if (kind == LINK_CODE || kind == LINK_IDENTITY)
            *u = u_toupper(*u);
        *after_letter = true;
    } else {
        int type = u_charType(*u);
        bool mark = type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK ||
                    type == U_ENCLOSING_MARK;
        if (!mark || !*after_letter) {
            *u = ' ';
            *after_letter = false;
        }
    }
    return ERR_OK;
}

static enum err plain_icu(struct link_cleaner *c, enum link_kind kind, struct str s,
                          struct str *out, struct error *e)
{
    UErrorCode status = U_ZERO_ERROR;
    if (!c->casefold) {
        c->nfd = unorm2_getNFDInstance(&status);
        c->nfc = unorm2_getNFCInstance(&status);
        c->casefold = unorm2_getNFKCCasefoldInstance(&status);
        if (U_FAILURE(status)) {
            c->casefold = NULL;
            return icu_error(status, e);
        }
    }
    if (!make_room(c, (s.n + 16) * MOST_GROWTH))
        return error_memory(e);
    int32_t n = 0;
    u_strFromUTF8WithSub(c->unit[0], c->room, &n, s.p, (int32_t)s.n, 0xFFFD, NULL,
                         &status);
    for (int32_t i = 0; i < n; i++)
        c->unit[0][i] = one_mark(c->unit[0][i]);
    normalise(c, c->casefold, &n, &status);
    if (kind != LINK_EMAIL && U_SUCCESS(status)) {
        normalise(c, c->nfd, &n, &status);
        n = U_SUCCESS(status) ? drop_accents(c, n) : 0;
        normalise(c, c->nfc, &n, &status);
    }
    if (U_FAILURE(status))
        return icu_error(status, e);
    bool after_letter = false;
    size_t made = 0;
    for (int32_t i = 0; i < n && made + 4 <= CLEAN_MAX;) {
        c->unit[0][i] = one_mark(c->unit[0][i]); // taking apart can make one, too
        int32_t u = next_unit(c->unit[0], &i, n);
        enum err code = one_letter(c, kind, &u, &after_letter, e);
        if (code)
            return code;
        made += put_utf8(c->plain + made, u);
    }
    *out = (struct str){c->plain, made};
    return ERR_OK;
}

// Bytes that are no UTF-8 become U+FFFD; nothing else changes.
static struct str raw_text(struct link_cleaner *c, struct str s)
{
    size_t n = 0;
    for (size_t at = 0; at < s.n;) {
        int32_t u = utf8_next(s, &at);
        if (n + 4 > CLEAN_MAX)
            break;
        n += put_utf8(c->out + n, u < 0 ? 0xFFFD : u);
    }
    return (struct str){c->out, n};
}

// Of a kind whose words are read: their meaning, or the words themselves.
static size_t clean_meaning(enum link_kind kind, struct str s, char *out)
{
    size_t n = kind == LINK_DATE     ? clean_date(s, out)
               : kind == LINK_NUMBER ? clean_number(s, out)
                                     : 0;
    if (n)
        return n;
    n = clean_words(kind, s, out);
    struct str words = {out, n};
    if (kind == LINK_SEX) {
        char sex = clean_sex(words);
        if (sex)
            out[0] = sex;
        return sex == '0' ? 0 : sex ? 1 : n;
    }
    // what the words alone mean: "05-" is 05, and that is 5
    char again[CLEAN_SLACK];
    struct str copy = {again, n < sizeof again / 2 ? n : 0};
    memcpy(again, out, copy.n);
    size_t meant = kind == LINK_DATE     ? clean_date(copy, out)
                   : kind == LINK_NUMBER ? clean_number(copy, out)
                                         : 0;
    return meant ? meant : n;
}

static struct str clean_plain(struct link_cleaner *c, enum link_kind kind, struct str s)
{
    enum { LONGEST_NULL = 24 };
    char words[LONGEST_NULL + CLEAN_SLACK];
    const struct str none = {c->out, 0};
    size_t n = s.n <= LONGEST_NULL ? clean_words(kind, s, words) : 0;
    if (s.n <= LONGEST_NULL && clean_is_null(kind, (struct str){words, n}))
        return none;
    n = 0;
    switch (kind) {
    case LINK_CODE:
        n = clean_code(s, c->out);
        break;
    case LINK_PHONE:
        n = clean_phone(s, c->out);
        break;
    case LINK_EMAIL:
        n = clean_email(s, c->out);
        break;
    case LINK_IDENTITY:
        n = clean_identity(s, c->out);
        break;
    case LINK_DATE:
    case LINK_SEX:
    case LINK_NUMBER:
        n = clean_meaning(kind, s, c->out);
        break;
    default:
        n = clean_words(kind, s, c->out);
        break;
    }
    struct str made = {c->out, n};
    if (kind == LINK_DATE && str_equal(made, STR("0000-00-00")))
        return none;
    if (n <= LONGEST_NULL && (kind == LINK_CODE || kind == LINK_IDENTITY) &&
        clean_is_null(kind, (struct str){words, clean_words(kind, made, words)}))
        return none;
    return made;
}

enum err link_clean(struct link_cleaner *c, enum link_kind kind, struct str raw,
                    struct str *out, struct error *e)
{
    *out = (struct str){c->out, 0};
    if (kind == LINK_RAW || kind == LINK_ID || kind == LINK_IGNORED) {
        raw = cut(raw);
        if (is_ascii(raw)) {
            memcpy(c->out, raw.n ? raw.p : "", raw.n);
            out->n = raw.n;
        } else {
            *out = raw_text(c, raw);
        }
        return ERR_OK;
    }
    struct str s = cut(strip(raw));
    // in names the missing values of R and pandas are told by their case from Na and Nan
    if (s.n == 0 ||
        (kind == LINK_NAME && (str_equal(s, STR("NA")) || str_equal(s, STR("NaN")))))
        return ERR_OK;
    if (!is_ascii(s)) {
        bool done;
        enum err code = plain_han(c, s, &s, &done, e);
        if (!code && !done)
            code = plain_icu(c, kind, s, &s, e);
        if (code)
            return code;
    }
    *out = clean_plain(c, kind, s);
    return ERR_OK;
}
