// SPDX-License-Identifier: AGPL-3.0-or-later
// Invented people's names: a surname by its frequency, one or two given characters, and
// the ways in which clerks write the same name differently.
#include "demo/county.h"

#include <stdio.h>
#include <string.h>

struct surname {
    const char *text;
    uint16_t weight;
};

static const struct surname surnames[] = {
    {"王", 72}, {"李", 72}, {"张", 68}, {"刘", 54}, {"陈", 45}, {"杨", 31}, {"黄", 22},
    {"赵", 21}, {"吴", 20}, {"周", 19}, {"徐", 14}, {"孙", 13}, {"马", 13}, {"朱", 12},
    {"胡", 12}, {"郭", 11}, {"何", 11}, {"高", 10}, {"林", 10}, {"罗", 9},  {"郑", 9},
    {"梁", 8},  {"谢", 8},  {"宋", 7},  {"唐", 7},  {"许", 6},  {"韩", 6},  {"冯", 6},
    {"邓", 6},  {"曹", 6},  {"彭", 5},  {"曾", 5},  {"肖", 5},  {"田", 5},  {"董", 5},
    {"袁", 5},  {"潘", 4},  {"于", 4},  {"蒋", 4},  {"蔡", 4},  {"余", 4},  {"杜", 4},
    {"叶", 4},  {"程", 4},  {"苏", 4},  {"魏", 4},  {"吕", 4},  {"丁", 4},  {"任", 3},
    {"沈", 3},  {"姚", 3},  {"卢", 3},  {"姜", 3},  {"崔", 3},  {"钟", 3},  {"谭", 3},
    {"陆", 3},  {"汪", 3},  {"范", 3},  {"金", 3},  {"石", 3},  {"廖", 3},  {"贾", 3},
    {"夏", 3},  {"韦", 2},  {"付", 2},  {"方", 2},  {"白", 2},  {"邹", 2},  {"孟", 2},
    {"熊", 2},  {"秦", 2},  {"邱", 2},  {"江", 2},  {"尹", 2},  {"薛", 2},  {"闫", 2},
    {"段", 2},  {"雷", 2},  {"侯", 2},  {"龙", 2},  {"史", 2},  {"陶", 2},  {"黎", 2},
    {"贺", 2},  {"顾", 2},  {"毛", 2},  {"郝", 2},  {"龚", 2},  {"邵", 2},  {"欧阳", 1},
};

// One character of UTF-8 is three bytes in all of these.
static const char women[] =
    "芳丽娟敏静秀英霞燕玲桂萍红梅琴兰凤洁莉艳琼华慧巧美娜淑惠珠翠雅芝玉红娥芬彩春菊勤珍贞"
    "莲真环雪荣爱妹香月莺媛瑞凡佳嘉叶璧璐娅琦晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁"
    "蓓仪荷丹蓉眉君蕊薇菁梦岚苑婕馨";
static const char men[] =
    "伟刚勇毅俊峰强军平保东文辉力明永健世广志义兴良海山仁波宁贵福生龙元全国胜学祥才发武新"
    "利"
    "清飞彬富顺信子杰涛昌成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍"
    "功松善厚庆磊民友裕河哲江超浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽"
    "晨";
static const char children_girls[] =
    "欣怡梓涵雨桐诗琪思语嫣可馨子萱一诺依娜佳宁若曦紫玥心妍芷晴静雯瑶雪婷悦彤晓萌艺菲";
static const char children_boys[] =
    "浩宇子轩梓睿俊杰宇航博文天佑一鸣泽洋家豪明哲嘉懿昊然思源志远瑞霖皓晨铭旭梦龙鑫鹏辰";

// Characters of the same sound that clerks mix up, and simplified with traditional forms.
static const char *const homophones[][2] = {
    {"伟", "玮"}, {"丽", "莉"}, {"芳", "方"}, {"娟", "涓"}, {"静", "靖"}, {"英", "瑛"},
    {"霞", "遐"}, {"燕", "艳"}, {"玲", "铃"}, {"萍", "苹"}, {"红", "虹"}, {"梅", "玫"},
    {"兰", "蓝"}, {"凤", "奉"}, {"洁", "杰"}, {"华", "桦"}, {"慧", "惠"}, {"淑", "叔"},
    {"珍", "真"}, {"莲", "连"}, {"香", "湘"}, {"颖", "影"}, {"婷", "亭"}, {"蓉", "荣"},
    {"辉", "晖"}, {"军", "君"}, {"峰", "锋"}, {"刚", "钢"}, {"勇", "永"}, {"俊", "峻"},
    {"明", "铭"}, {"志", "智"}, {"波", "博"}, {"涛", "滔"}, {"彬", "斌"}, {"怡", "宜"},
    {"涵", "晗"}, {"轩", "萱"}, {"宇", "雨"}, {"浩", "皓"}, {"欣", "鑫"}, {"琪", "琦"},
    {"晨", "辰"}, {"睿", "瑞"}, {"妍", "研"}, {"彤", "桐"}, {"梓", "子"},
};
static const char *const traditional[][2] = {
    {"张", "張"}, {"刘", "劉"}, {"陈", "陳"}, {"杨", "楊"}, {"黄", "黃"}, {"赵", "趙"},
    {"吴", "吳"}, {"孙", "孫"}, {"马", "馬"}, {"罗", "羅"}, {"郑", "鄭"}, {"谢", "謝"},
    {"许", "許"}, {"韩", "韓"}, {"冯", "馮"}, {"邓", "鄧"}, {"肖", "蕭"}, {"蒋", "蔣"},
    {"叶", "葉"}, {"苏", "蘇"}, {"吕", "呂"}, {"卢", "盧"}, {"钟", "鍾"}, {"谭", "譚"},
    {"陆", "陸"}, {"贾", "賈"}, {"丽", "麗"}, {"华", "華"}, {"兰", "蘭"}, {"凤", "鳳"},
    {"国", "國"}, {"军", "軍"}, {"龙", "龍"}, {"伟", "偉"}, {"东", "東"}, {"红", "紅"},
};

enum {
    CHARACTER = 3,
    N_SURNAMES = sizeof surnames / sizeof *surnames,
    N_HOMOPHONES = sizeof homophones / sizeof *homophones,
    N_TRADITIONAL = sizeof traditional / sizeof *traditional,
};

static const char *surname_of(const struct county *c, uint64_t family)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < N_SURNAMES; i++)
        sum += surnames[i].weight;
    uint32_t at = draw_below(draw(c->options.seed, TOPIC_NAME, family), sum);
    for (size_t i = 0; i < N_SURNAMES; i++) {
        if (at < surnames[i].weight)
            return surnames[i].text;
        at -= surnames[i].weight;
    }
    return surnames[0].text;
}

static const char *pick(const char *characters, size_t bytes, uint64_t x)
{
    return characters + CHARACTER * draw_below(x, (uint32_t)(bytes / CHARACTER));
}

static void compose(char out[NAME_SIZE], const char *surname, const char *characters,
                    size_t bytes, uint64_t x, uint32_t two_share)
{
    const char *a = pick(characters, bytes, x),
               *b = pick(characters, bytes, draw_next(x, 0));
    if (draw_chance(draw_next(x, 1), two_share))
        snprintf(out, NAME_SIZE, "%s%.3s%.3s", surname, a, b);
    else
        snprintf(out, NAME_SIZE, "%s%.3s", surname, a);
}

void name_person(const struct county *c, uint32_t person, bool female, uint64_t family,
                 char out[NAME_SIZE])
{
    uint64_t x = draw(c->options.seed, TOPIC_NAME, (uint64_t)person * 4u + 1u);
    compose(out, surname_of(c, family), female ? women : men,
            female ? sizeof women - 1 : sizeof men - 1, x, 620000);
}

// Keys: four a person, so that a woman's own family, her given name and the family of her
// children's father never share a draw.
void name_mother(const struct county *c, uint32_t mother, char out[NAME_SIZE])
{
    name_person(c, mother, true, (uint64_t)mother * 4u, out);
}

void name_child(const struct county *c, uint32_t child, uint32_t mother, bool female,
                char out[NAME_SIZE])
{
    uint64_t x = draw(c->options.seed, TOPIC_NAME, (uint64_t)child * 4u + 1u);
    compose(out, surname_of(c, (uint64_t)mother * 4u + 2u),
            female ? children_girls : children_boys,
            female ? sizeof children_girls - 1 : sizeof children_boys - 1, x, 850000);
}

const char *variant_name(enum variant v)
{
    static const char *const names[VARIANTS] = {[VARIANT_NONE] = "",
                                                [VARIANT_HOMOPHONE] = "homophone",
                                                [VARIANT_TRADITIONAL] = "traditional",
                                                [VARIANT_SPACE] = "space",
                                                [VARIANT_ORDER] = "order",
                                                [VARIANT_PLACEHOLDER] = "placeholder",
                                                [VARIANT_DATE] = "date"};
    return names[v];
}

// Replaces the last character that the table knows, not before byte `from`.
static bool replace(char name[NAME_SIZE], size_t from, const char *const table[][2],
                    size_t n)
{
    for (size_t at = strlen(name); at >= from + CHARACTER; at -= CHARACTER)
        for (size_t i = 0; i < n; i++)
            for (int side = 0; side < 2; side++)
                if (memcmp(name + at - CHARACTER, table[i][side], CHARACTER) == 0) {
                    memcpy(name + at - CHARACTER, table[i][1 - side], CHARACTER);
                    return true;
                }
    return false;
}

enum variant name_vary(char name[NAME_SIZE], enum variant wish, uint64_t x)
{
    size_t n = strlen(name);
    char was[NAME_SIZE];
    memcpy(was, name, NAME_SIZE);
    if (n < 2 * CHARACTER || n % CHARACTER || n > 5 * CHARACTER)
        return VARIANT_NONE;
    switch (wish) {
    case VARIANT_HOMOPHONE:
        return replace(name, CHARACTER, homophones, N_HOMOPHONES) ? wish : VARIANT_NONE;
    case VARIANT_TRADITIONAL:
        return replace(name, 0, traditional, N_TRADITIONAL) ? wish : VARIANT_NONE;
    case VARIANT_SPACE: // after the surname; some with the wide space
        snprintf(name, NAME_SIZE, "%.3s%s%.12s", was, x & 1 ? " " : "　",
                 was + CHARACTER);
        return wish;
    case VARIANT_ORDER:
        snprintf(name, NAME_SIZE, "%.12s %.3s", was + CHARACTER, was);
        return wish;
    default:
        return VARIANT_NONE;
    }
}

void name_placeholder(const char *mother, bool female, bool short_form,
                      char out[NAME_SIZE])
{
    char known[NAME_SIZE];
    if (short_form)
        snprintf(known, sizeof known, "%.3s某", mother);
    else
        snprintf(known, sizeof known, "%.*s", NAME_SIZE - 8, mother);
    snprintf(out, NAME_SIZE, "%.*s之%s", NAME_SIZE - 8, known, female ? "女" : "子");
}
