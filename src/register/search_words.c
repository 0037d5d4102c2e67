// SPDX-License-Identifier: AGPL-3.0-or-later
#include <string.h>
#include <unicode/uchar.h>

#include "base/text.h"
#include "base/utf8.h"
#include "register/search_private.h"

enum {
    MOST_CHARACTERS = 400, // of one text; what is behind them is not searched
    MOST_WORDS = 8,        // of a question
    LONGEST_WORD = 60,     // bytes
    LONGEST_NAME = 8       // characters of a name that is read as pinyin
};

static bool is_han(int32_t c)
{
    return c >= 0 && u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC);
}

// A run of one kind in a normalised text: Han characters, or letters and digits.
struct run {
    struct str text;
    size_t characters;
    bool han;
};

static bool next_run(struct str s, size_t *at, struct run *out)
{
    *out = (struct run){.text = {NULL, 0}};
    while (*at < s.n) {
        size_t begin = *at;
        int32_t c = utf8_next(s, at);
        bool han = is_han(c), letter = !han && c >= 0 && u_isalnum(c);
        if (out->characters && (han != out->han || (!han && !letter))) {
            *at = begin;
            return true;
        }
        if (!han && !letter)
            continue;
        if (!out->characters)
            *out = (struct run){.text = {s.p + begin, 0}, .han = han};
        out->characters++;
        out->text.n = (size_t)(s.p + *at - out->text.p);
    }
    return out->characters > 0;
}

static void add_word(struct buf *out, struct str word)
{
    buf_add(out, word);
    buf_add_char(out, ' ');
}

static struct str cut_word(struct str word)
{
    if (word.n <= LONGEST_WORD)
        return word;
    size_t n = LONGEST_WORD;
    while (n && ((unsigned char)word.p[n] & 0xC0) == 0x80)
        n--;
    return (struct str){word.p, n};
}

// --- of a row

// 王小明: 王 小 明 王小 小明
static void add_characters(const struct run *run, struct buf *out)
{
    size_t at = 0, before = 0;
    for (bool first = true; at < run->text.n; first = false) {
        size_t here = at;
        (void)utf8_next(run->text, &at);
        add_word(out, (struct str){run->text.p + here, at - here});
        if (!first)
            add_word(out, (struct str){run->text.p + before, at - before});
        before = here;
    }
}

// wang xiao ming: wangxiaoming xiaoming xiao ming wxm
static enum err add_pinyin(struct chinese *readings, const struct run *run,
                           struct buf *out, struct error *e)
{
    struct buf read = BUF_INIT(1024);
    char whole[256], initials[LONGEST_NAME + 1];
    size_t n = 0, letters = 0, given = 0, of_surname = 0;
    struct str surname, rest_of_name;
    if (run->characters > LONGEST_NAME)
        return ERR_OK;
    chinese_split(run->text, &surname, &rest_of_name);
    for (size_t at = 0; at < surname.n; of_surname++)
        (void)utf8_next(surname, &at);
    enum err code = chinese_pinyin(readings, run->text, false, &read, e);
    struct str rest = buf_str(&read), syllable;
    for (bool more = !code && rest.n; more;) {
        struct str last = rest;
        more = str_split(rest, ' ', &syllable, &rest);
        if (!more)
            syllable = last;
        if (!syllable.n || n + syllable.n > sizeof whole || letters == LONGEST_NAME)
            continue;
        if (letters == of_surname)
            given = n;
        if (letters)
            add_word(out, syllable);
        memcpy(whole + n, syllable.p, syllable.n);
        n += syllable.n;
        initials[letters++] = syllable.p[0];
    }
    if (n)
        add_word(out, (struct str){whole, n});
    if (given && letters > of_surname + 1)
        add_word(out, (struct str){whole + given, n - given});
    if (letters > 1)
        add_word(out, (struct str){initials, letters});
    buf_free(&read);
    return code;
}

static struct str begin_of(struct str text)
{
    size_t at = 0;
    for (size_t n = 0; at < text.n && n < MOST_CHARACTERS; n++)
        (void)utf8_next(text, &at);
    return (struct str){text.p, at};
}

enum err search_words(struct chinese *readings, struct str text, bool name,
                      struct arena *scratch, struct buf *out, struct error *e)
{
    struct str s;
    struct run run;
    size_t at = 0;
    enum err code = text_normalise(scratch, begin_of(text), &s, e);
    while (!code && next_run(s, &at, &run)) {
        if (run.han)
            add_characters(&run, out);
        else
            add_word(out, cut_word(run.text));
        if (run.han && name)
            code = add_pinyin(readings, &run, out, e);
    }
    return code;
}

// --- of a question

static void ask(struct buf *out, struct str word, bool from_its_beginning)
{
    buf_printf(out, "%s\"" STR_FMT "\"%s", out->n ? " AND " : "", STR_ARG(word),
               from_its_beginning ? "*" : "");
}

static size_t ask_characters(const struct run *run, struct buf *out, size_t n)
{
    size_t at = 0, before = 0;
    if (run->characters == 1) {
        ask(out, run->text, false);
        return n + 1;
    }
    for (bool first = true; at < run->text.n && n < MOST_WORDS; first = false) {
        size_t here = at;
        (void)utf8_next(run->text, &at);
        if (!first) {
            ask(out, (struct str){run->text.p + before, at - before}, false);
            n++;
        }
        before = here;
    }
    return n;
}

enum err search_question(struct str question, struct arena *scratch, struct buf *out,
                         struct error *e)
{
    struct str s;
    struct run run;
    size_t at = 0, n = 0;
    enum err code = text_normalise(scratch, begin_of(question), &s, e);
    while (!code && n < MOST_WORDS && next_run(s, &at, &run)) {
        if (run.han) {
            n = ask_characters(&run, out, n);
            continue;
        }
        // one letter begins too many words to be of use
        ask(out, cut_word(run.text), run.characters > 1);
        n++;
    }
    return code ? code : buf_check(out, e);
}
