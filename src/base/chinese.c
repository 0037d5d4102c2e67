// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/chinese.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "base/utf8.h"

enum {
    FIRST_HAN = 0x3400, // extension A and the main block
    LAST_HAN = 0x9FFF,
    HAN = LAST_HAN - FIRST_HAN + 1,
    ZERO = 0x3007, // 〇
    FIRST_MORE = 0x20000,
    LAST_MORE = 0x3FFFF,
    READING = 8,       // "zhuang1" and a zero
    LONGEST_NAME = 4,  // characters of one without a compound surname
    MOST_SORTED = 64,  // what is longer is no given name
    NO_READING = '\x1' // ICU knows none
};

struct chinese {
    UTransliterator *icu;       // opened when the first Han character comes
    char reading[HAN][READING]; // with tone; "": not looked up yet
};

// Compound surnames in use today or in the registers' lists, with their readings: those
// of the Hundred Family Surnames, and of the Xiandai Hanyu Cidian (7th edition). Left out
// are those that are more often a common surname and a given name's first character
// (贺兰, 高堂, 叶赫).
static const struct {
    const char *name, *reading;
} compounds[] = {
    {"万俟", "mo4 qi2"},      {"上官", "shang4 guan1"}, {"东方", "dong1 fang1"},
    {"东里", "dong1 li3"},    {"东郭", "dong1 guo1"},   {"东野", "dong1 ye3"},
    {"亓官", "qi2 guan1"},    {"仲孙", "zhong4 sun1"},  {"仲长", "zhong4 chang2"},
    {"令狐", "ling2 hu2"},    {"仉督", "zhang3 du1"},   {"公上", "gong1 shang4"},
    {"公乘", "gong1 sheng4"}, {"公仪", "gong1 yi2"},    {"公伯", "gong1 bo2"},
    {"公冶", "gong1 ye3"},    {"公孙", "gong1 sun1"},   {"公户", "gong1 hu4"},
    {"公玉", "gong1 yu4"},    {"公皙", "gong1 xi1"},    {"公祖", "gong1 zu3"},
    {"公羊", "gong1 yang2"},  {"公良", "gong1 liang2"}, {"公西", "gong1 xi1"},
    {"公输", "gong1 shu1"},   {"北宫", "bei3 gong1"},   {"单于", "chan2 yu2"},
    {"南宫", "nan2 gong1"},   {"南荣", "nan2 rong2"},   {"南郭", "nan2 guo1"},
    {"南门", "nan2 men2"},    {"即墨", "ji2 mo4"},      {"司寇", "si1 kou4"},
    {"司徒", "si1 tu2"},      {"司空", "si1 kong1"},    {"司马", "si1 ma3"},
    {"呼延", "hu1 yan2"},     {"哥舒", "ge1 shu1"},     {"壤驷", "rang3 si4"},
    {"夏侯", "xia4 hou2"},    {"太叔", "tai4 shu1"},    {"夹谷", "jia2 gu3"},
    {"子书", "zi3 shu1"},     {"子桑", "zi3 sang1"},    {"子车", "zi3 ju1"},
    {"宇文", "yu3 wen2"},     {"完颜", "wan2 yan2"},    {"宗政", "zong1 zheng4"},
    {"宰父", "zai3 fu3"},     {"尉迟", "yu4 chi2"},     {"尔朱", "er3 zhu1"},
    {"屈突", "qu1 tu1"},      {"左丘", "zuo3 qiu1"},    {"巫马", "wu1 ma3"},
    {"归海", "gui1 hai3"},    {"微生", "wei1 sheng1"},  {"慕容", "mu4 rong2"},
    {"拓跋", "tuo4 ba2"},     {"斛律", "hu2 lv4"},      {"梁丘", "liang2 qiu1"},
    {"欧阳", "ou1 yang2"},    {"段干", "duan4 gan1"},   {"淳于", "chun2 yu2"},
    {"漆雕", "qi1 diao1"},    {"澹台", "tan2 tai2"},    {"濮阳", "pu2 yang2"},
    {"独孤", "du2 gu1"},      {"申屠", "shen1 tu2"},    {"百里", "bai3 li3"},
    {"皇甫", "huang2 fu3"},   {"相里", "xiang4 li3"},   {"端木", "duan1 mu4"},
    {"第五", "di4 wu3"},      {"纳兰", "na4 lan2"},     {"羊舌", "yang2 she2"},
    {"耶律", "ye1 lv4"},      {"西门", "xi1 men2"},     {"诸葛", "zhu1 ge3"},
    {"谷梁", "gu3 liang2"},   {"豆卢", "dou4 lu2"},     {"贯丘", "guan4 qiu1"},
    {"赫连", "he4 lian2"},    {"轩辕", "xuan1 yuan2"},  {"达奚", "da2 xi1"},
    {"钟离", "zhong1 li2"},   {"长孙", "zhang3 sun1"},  {"闻人", "wen2 ren2"},
    {"闾丘", "lv2 qiu1"},     {"颛孙", "zhuan1 sun1"},  {"鲜于", "xian1 yu2"},
    {"乐正", "yue4 zheng4"},  {"褚师", "chu3 shi1"},    {"欧侯", "ou1 hou2"},
};

struct correction {
    UChar character;
    char reading[READING];
};

// Readings of surnames that differ from those of the character elsewhere: Xiandai Hanyu
// Cidian (7th edition), entries marked as a surname.
static const struct correction surnames[] = {
    {u'单', "shan4"},  {u'仇', "qiu2"},  {u'曾', "zeng1"},  {u'解', "xie4"},
    {u'区', "ou1"},    {u'任', "ren2"},  {u'查', "zha1"},   {u'朴', "piao2"},
    {u'盖', "ge3"},    {u'缪', "miao4"}, {u'乐', "yue4"},   {u'员', "yun4"},
    {u'覃', "qin2"},   {u'翟', "zhai2"}, {u'召', "shao4"},  {u'秘', "bi4"},
    {u'折', "she2"},   {u'繁', "po2"},   {u'种', "chong2"}, {u'洗', "xian3"},
    {u'燕', "yan1"},   {u'华', "hua4"},  {u'句', "gou1"},   {u'那', "na1"},
    {u'葛', "ge3"},    {u'卜', "bu3"},   {u'藏', "zang1"},  {u'隗', "wei3"},
    {u'祭', "zhai4"},  {u'尉', "wei4"},  {u'重', "chong2"}, {u'过', "guo1"},
    {u'薄', "bo2"},    {u'阚', "kan4"},  {u'都', "du1"},    {u'能', "nai4"},
    {u'乜', "nie4"},   {u'佴', "nai4"},  {u'郇', "xun2"},   {u'令', "ling2"},
    {u'占', "zhan1"},  {u'莘', "shen1"}, {u'撒', "sa3"},    {u'干', "gan1"},
    {u'晟', "cheng2"}, {u'粘', "nian2"}, {u'牟', "mu4"},    {u'舍', "she4"},
    {u'纪', "ji3"},    {u'於', "yu1"},   {u'角', "jue2"},   {u'六', "lu4"},
    {u'哈', "ha3"},
};

// What given names read otherwise than ICU (same source, "in names").
static const struct correction given_names[] = {
    {u'晟', "sheng4"}, {u'茜', "xi1"},    {u'长', "chang2"},
    {u'卜', "bu3"},    {u'干', "gan1"},   {u'曾', "zeng1"},
    {u'莘', "xin1"},   {u'靓', "liang4"}, {u'沈', "shen3"},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum err chinese_open(struct chinese **out, struct error *e)
{
    *out = mem_alloc(1, sizeof **out);
    return *out ? ERR_OK : error_memory(e);
}

void chinese_close(struct chinese *c)
{
    if (!c)
        return;
    if (c->icu)
        utrans_close(c->icu);
    mem_free(c);
}

static bool is_han(int32_t u)
{
    return (u >= FIRST_HAN && u <= LAST_HAN) || u == ZERO ||
           (u >= FIRST_MORE && u <= LAST_MORE);
}

bool chinese_is(struct str s)
{
    size_t han = 0, letters = 0;
    for (size_t at = 0; at < s.n;) {
        int32_t u = utf8_next(s, &at);
        bool is = is_han(u);
        han += is;
        letters += is || (u < 0x80 ? (u | 32) >= 'a' && (u | 32) <= 'z' : u_isalpha(u));
    }
    return 2 * han > letters;
}

// Surname and given name

static const char *compound_at(struct str name)
{
    if (name.n < 6)
        return NULL;
    for (size_t i = 0; i < COUNT(compounds); i++)
        if (memcmp(name.p, compounds[i].name, 6) == 0)
            return compounds[i].reading;
    return NULL;
}

void chinese_split(struct str name, struct str *surname, struct str *given)
{
    *surname = (struct str){name.p, 0};
    *given = name;
    size_t n = 0, first = 0, at = 0;
    for (; at < name.n && n <= LONGEST_NAME; n++) {
        int32_t u = utf8_next(name, &at);
        if (n == 0)
            first = at;
        if (n == 0 && !is_han(u))
            return;
    }
    if (n < 2 || !chinese_is(name))
        return;
    if (compound_at(name))
        first = 6;
    else if (n > LONGEST_NAME) // of a people whose names have no surname
        return;
    surname->n = first;
    *given = (struct str){name.p + first, name.n - first};
}

void chinese_sorted(struct str name, struct buf *out)
{
    struct str surname, given, letter[MOST_SORTED];
    chinese_split(name, &surname, &given);
    buf_add(out, surname);
    size_t n = 0, at = 0;
    if (chinese_is(name))
        for (; at < given.n && n < MOST_SORTED; n++) {
            size_t begin = at;
            (void)utf8_next(given, &at);
            letter[n] = (struct str){given.p + begin, at - begin};
        }
    if (at < given.n || n == 0) {
        buf_add(out, given);
        return;
    }
    // the bytes of UTF-8 stand in the order of the code points
    for (size_t i = 0; i < n; i++) {
        size_t j = i;
        struct str moved = letter[i];
        for (; j && str_compare(letter[j - 1], moved) > 0; j--)
            letter[j] = letter[j - 1];
        letter[j] = moved;
    }
    for (size_t i = 0; i < n; i++)
        buf_add(out, letter[i]);
}

// Readings

// ICU's "zhāng" as "zhang1"; false when it is no such syllable.
static bool read_tone(const UChar *p, int32_t n, char out[READING])
{
    static const UChar marked[] = u"āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ";
    static const char vowels[] = "aeiouv";
    char tone = '5';
    size_t made = 0;
    for (int32_t i = 0; i < n; i++) {
        if (made + 2 >= READING)
            return false;
        const UChar *found = p[i] > 0x7F ? u_strchr(marked, p[i]) : NULL;
        if (found) {
            tone = (char)('1' + (found - marked) % 4);
            out[made++] = vowels[(found - marked) / 4];
        } else if (p[i] == 0xFC) { // u with diaeresis
            out[made++] = 'v';
        } else if (p[i] >= 'a' && p[i] <= 'z') {
            out[made++] = (char)p[i];
        } else if (p[i] == 0x144 || p[i] == 0x148 || p[i] == 0x1F9) { // n with a tone
            tone = p[i] == 0x144 ? '2' : p[i] == 0x148 ? '3' : '4';
            out[made++] = 'n';
        } else {
            return false;
        }
    }
    out[made++] = tone;
    out[made] = '\0';
    return made > 1;
}

static enum err ask_icu(struct chinese *c, int32_t han, char out[READING],
                        struct error *e)
{
    static const UChar id[] = u"Han-Latin";
    enum { ROOM = 32 };
    UErrorCode status = U_ZERO_ERROR;
    if (!c->icu) {
        UParseError at;
        c->icu = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, &at, &status);
    }
    UChar text[ROOM];
    int32_t n = 0;
    U16_APPEND_UNSAFE(text, n, han);
    int32_t end = n;
    if (U_SUCCESS(status))
        utrans_transUChars(c->icu, text, &n, ROOM, 0, &end, &status);
    if (status == U_MEMORY_ALLOCATION_ERROR)
        return error_memory(e);
    if (U_FAILURE(status))
        return error_set(e, ERR_INTERNAL, "link.icu", NULL, "Chinese cannot be read: %s",
                         u_errorName(status));
    if (!read_tone(text, n, out))
        memcpy(out, (char[]){NO_READING, '\0'}, 2);
    return ERR_OK;
}

static const char *corrected(const struct correction *list, size_t n, int32_t han)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].character == han)
            return list[i].reading;
    return NULL;
}

// The reading of one Han character as part of a given name; valid until the next call.
static enum err read_han(struct chinese *c, int32_t han, char scratch[READING],
                         const char **reading, struct error *e)
{
    *reading = scratch;
    if (han < FIRST_HAN || han > LAST_HAN)
        return ask_icu(c, han, scratch, e);
    char *known = c->reading[han - FIRST_HAN];
    *reading = known;
    if (known[0])
        return ERR_OK;
    const char *better = corrected(given_names, COUNT(given_names), han);
    if (!better)
        return ask_icu(c, han, known, e);
    memcpy(known, better, READING);
    return ERR_OK;
}

enum form { WITH_TONES, WITHOUT_TONES, INITIALS, SOUND };

static size_t replace_initial(char *s, size_t n, const char *from, const char *to)
{
    size_t old = strlen(from), new = strlen(to);
    if (n < old || memcmp(s, from, old) != 0)
        return n;
    memmove(s + new, s + old, n - old);
    memcpy(s, to, new);
    return n - old + new;
}

// What runs together, in a syllable without tone. Never longer.
static size_t merge_sounds(char *s, size_t n)
{
    if (n > 2 && s[1] == 'h' && strchr("zcs", s[0]))
        n = replace_initial(s + 1, n - 1, "h", "") + 1;
    if (n > 1 && strchr("aeiouv", s[1]))
        n = replace_initial(s, n, "n", "l");
    if (n > 2 && strchr("in", s[2])) // hui and hun are fei and fen; hu is fu
        n = replace_initial(s, n, "hu", "fe");
    else
        n = replace_initial(s, n, "hu", n > 2 ? "f" : "fu");
    if (n > 2 && s[n - 1] == 'g' && s[n - 2] == 'n' && strchr("aei", s[n - 3]))
        n--;
    for (size_t i = 0; i < n; i++)
        if (s[i] == 'v')
            s[i] = 'u';
    return n;
}

static void add_syllable(struct buf *out, const char *reading, enum form form)
{
    char s[READING];
    size_t n = strlen(reading);
    memcpy(s, reading, n);
    if (form != WITH_TONES)
        n--;
    if (form == INITIALS)
        n = 1;
    if (form == SOUND)
        n = merge_sounds(s, n);
    buf_add(out, (struct str){s, n});
}

// Syllables that a table of the source gives, with blanks between them.
static void add_known(struct buf *out, const char *syllables, enum form form)
{
    struct str rest = str_of(syllables), one;
    for (bool first = true; rest.n; first = false) {
        if (!str_split(rest, ' ', &one, &rest)) {
            one = rest;
            rest.n = 0;
        }
        char s[READING] = {0};
        memcpy(s, one.p, one.n);
        if (!first && form != INITIALS)
            buf_add_char(out, ' ');
        add_syllable(out, s, form);
    }
}

static enum err read_name(struct chinese *c, struct str name, enum form form,
                          struct buf *out, struct error *e)
{
    struct str surname, given;
    chinese_split(name, &surname, &given);
    size_t at = 0, single = 0;
    // a cell with one character is a surname more often than a given name that has two
    // readings
    if (name.n && surname.n == 0 && is_han(utf8_next(name, &single)) && single == name.n)
        surname.n = name.n;
    bool was_han = false, in_word = false;
    const char *compound = surname.n == 6 ? compound_at(name) : NULL;
    if (compound) {
        add_known(out, compound, form);
        at = surname.n;
        was_han = true;
    }
    while (at < name.n) {
        size_t begin = at;
        int32_t u = utf8_next(name, &at);
        struct str character = {name.p + begin, at - begin};
        char scratch[READING] = {0};
        const char *reading = NULL;
        if (is_han(u)) {
            if (begin < surname.n)
                reading = corrected(surnames, COUNT(surnames), u);
            enum err code = reading ? ERR_OK : read_han(c, u, scratch, &reading, e);
            if (code)
                return code;
            if (reading[0] == NO_READING)
                reading = NULL;
        }
        bool blank = u == ' ';
        if ((reading || (was_han && !blank)) && form != INITIALS && begin &&
            name.p[begin - 1] != ' ')
            buf_add_char(out, ' ');
        if (reading)
            add_syllable(out, reading, form);
        else if (form != INITIALS || (!blank && !in_word))
            buf_add(out, character);
        was_han = reading != NULL;
        in_word = !blank && !reading;
    }
    return buf_check(out, e);
}

enum err chinese_pinyin(struct chinese *c, struct str name, bool tones, struct buf *out,
                        struct error *e)
{
    return read_name(c, name, tones ? WITH_TONES : WITHOUT_TONES, out, e);
}

enum err chinese_initials(struct chinese *c, struct str name, struct buf *out,
                          struct error *e)
{
    return read_name(c, name, INITIALS, out, e);
}

enum err chinese_sound(struct chinese *c, struct str name, struct buf *out,
                       struct error *e)
{
    return read_name(c, name, SOUND, out, e);
}
