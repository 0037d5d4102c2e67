// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/county.h"

#include <stdio.h>
#include <string.h>

enum {
    VILLAGES = 252,
    CLINICS = 9,
    FIRST_TOWNSHIP = 3,
};

struct syllable {
    const char *zh, *en;
};

static const struct syllable township_names[] = {
    {"柳河", "Liuhe"},     {"石桥", "Shiqiao"},  {"白水", "Baishui"},
    {"青山", "Qingshan"},  {"龙泉", "Longquan"}, {"双塘", "Shuangtang"},
    {"高坪", "Gaoping"},   {"清溪", "Qingxi"},   {"三岔", "Sancha"},
    {"黄土", "Huangtu"},   {"梅岭", "Meiling"},  {"大坝", "Daba"},
    {"沙湾", "Shawan"},    {"竹园", "Zhuyuan"},  {"平安", "Ping'an"},
    {"凤凰", "Fenghuang"}, {"云台", "Yuntai"},   {"马鞍", "Ma'an"},
    {"新丰", "Xinfeng"},   {"太和", "Taihe"},
};

static const struct syllable first[] = {
    {"石", "Shi"},   {"柳", "Liu"},   {"杨", "Yang"}, {"大", "Da"},   {"小", "Xiao"},
    {"上", "Shang"}, {"下", "Xia"},   {"东", "Dong"}, {"西", "Xi"},   {"南", "Nan"},
    {"北", "Bei"},   {"中", "Zhong"}, {"老", "Lao"},  {"白", "Bai"},  {"黑", "Hei"},
    {"青", "Qing"},  {"红", "Hong"},  {"金", "Jin"},  {"龙", "Long"}, {"凤", "Feng"},
    {"梅", "Mei"},   {"竹", "Zhu"},   {"松", "Song"}, {"桃", "Tao"},  {"枣", "Zao"},
    {"李", "Li"},    {"张", "Zhang"}, {"王", "Wang"}, {"赵", "Zhao"}, {"陈", "Chen"},
};

static const struct syllable second[] = {
    {"桥", "qiao"}, {"河", "he"},   {"湾", "wan"},  {"坪", "ping"}, {"沟", "gou"},
    {"岭", "ling"}, {"坝", "ba"},   {"塘", "tang"}, {"井", "jing"}, {"庄", "zhuang"},
    {"寨", "zhai"}, {"坡", "po"},   {"洼", "wa"},   {"滩", "tan"},  {"窑", "yao"},
    {"屯", "tun"},  {"店", "dian"}, {"集", "ji"},   {"楼", "lou"},
};

enum {
    N_TOWNSHIP_NAMES = sizeof township_names / sizeof *township_names,
    N_FIRST = sizeof first / sizeof *first,
    N_SECOND = sizeof second / sizeof *second,
    N_NAMES = N_FIRST * N_SECOND, // 570, prime to the step below
    NAME_STEP = 211,
};

// People of the townships, in thousandths of 320 thousand. The two with a raised ratio
// are large enough (about 2,400 births in five years) for the signal to be there.
static const uint16_t township_weights[TOWNSHIPS] = {58, 42, 38, 24, 22, 20, 17, 15,
                                                     14, 13, 12, 11, 10, 9,  8,  7};

struct area *county_township(const struct county *c, int township)
{
    return &c->areas[FIRST_TOWNSHIP + township];
}

struct area *county_village(const struct county *c, int village)
{
    return &c->areas[c->first_village + (size_t)village];
}

int village_on(const struct county *c, int village, int32_t day)
{
    const struct area *v = county_village(c, village);
    return v->successor >= 0 && v->valid_to != DATE_NONE && day > v->valid_to
               ? v->successor
               : village;
}

static struct area *add_area(struct county *c, const char *level, const char *code,
                             const char *parent, const char *name, const char *name_en)
{
    struct area *a = &c->areas[c->n_areas++];
    *a = (struct area){.level = level, .valid_to = DATE_NONE, .successor = -1};
    (void)date_from_ymd(2000, 1, 1, &a->valid_from);
    snprintf(a->code, sizeof a->code, "%s", code);
    snprintf(a->parent, sizeof a->parent, "%s", parent);
    snprintf(a->name, sizeof a->name, "%s", name);
    snprintf(a->name_en, sizeof a->name_en, "%s", name_en);
    return a;
}

// Which size each township gets: the county seat is first and largest, the others are
// shuffled. Returns by size: rank[i] is the township of the i-th largest.
static void rank_townships(const struct county *c, int rank[TOWNSHIPS])
{
    for (int i = 0; i < TOWNSHIPS; i++)
        rank[i] = i;
    for (int i = TOWNSHIPS - 1; i > 1; i--) {
        int j = 1 + (int)draw_below(draw(c->options.seed, TOPIC_PLACE, (uint64_t)i),
                                    (uint32_t)i);
        int swap = rank[i];
        rank[i] = rank[j];
        rank[j] = swap;
    }
}

static void make_townships(struct county *c)
{
    int rank[TOWNSHIPS];
    rank_townships(c, rank);
    uint32_t offset =
        draw_below(draw(c->options.seed, TOPIC_PLACE, 100), N_TOWNSHIP_NAMES);
    for (int i = 0; i < TOWNSHIPS; i++) {
        // 1xx are towns (镇), 2xx are townships (乡).
        char code[13], name[32], name_en[40];
        const struct syllable *s =
            &township_names[(offset + (uint32_t)i) % N_TOWNSHIP_NAMES];
        bool town = i < 10;
        snprintf(code, sizeof code, "970328%03d000", town ? 100 + i : 190 + i);
        snprintf(name, sizeof name, "%s%s", i ? s->zh : "城关", town ? "镇" : "乡");
        snprintf(name_en, sizeof name_en, "%s %s", i ? s->en : "Chengguan",
                 town ? "Town" : "Township");
        (void)add_area(c, "乡镇", code, "970328000000", name, name_en);
    }
    for (int i = 0; i < TOWNSHIPS; i++)
        county_township(c, rank[i])->weight = township_weights[i];
    c->raised[0] = rank[1];
    c->raised[1] = rank[2];
    c->falsifier_township = rank[3];
    c->girls_hidden = rank[4];
    c->contract_error = rank[6];
}

static void make_village(struct county *c, int township, int number, uint32_t name_index)
{
    const struct area *t = county_township(c, township);
    const struct syllable *a = &first[name_index % N_FIRST],
                          *b = &second[name_index / N_FIRST];
    bool community = township == 0 && number < 8;
    char code[13], name[32], name_en[40];
    snprintf(code, sizeof code, "%.9s%03u", t->code,
             (unsigned)((community ? 1 : 200) + number) % 1000u);
    snprintf(name, sizeof name, "%s%s%s", a->zh, b->zh, community ? "社区" : "村");
    snprintf(name_en, sizeof name_en, "%s%s %s", a->en, b->en,
             community ? "Community" : "Village");
    struct area *v = add_area(c, "村", code, t->code, name, name_en);
    v->township = township;
    uint64_t x = draw(c->options.seed, TOPIC_PLACE, 1000 + c->n_areas);
    v->weight = 60 + draw_below(x, 80);
}

static void make_villages(struct county *c)
{
    uint32_t offset = draw_below(draw(c->options.seed, TOPIC_PLACE, 200), N_NAMES);
    uint32_t used = 0, total = 0;
    for (int i = 0; i < TOWNSHIPS; i++)
        total += county_township(c, i)->weight;
    c->first_village = c->n_areas;
    for (int i = 0; i < TOWNSHIPS; i++) {
        struct area *t = county_township(c, i);
        // Larger townships have more villages, but not in proportion.
        uint32_t n = 6 + (VILLAGES - 6 * TOWNSHIPS) * t->weight / total;
        size_t begin = c->n_areas;
        uint32_t sum = 0;
        for (uint32_t k = 0; k < n; k++, used++) {
            make_village(c, i, (int)k, (offset + used * NAME_STEP) % N_NAMES);
            sum += c->areas[c->n_areas - 1].weight;
        }
        // A village's share of the county: its part of the township's, in millionths.
        for (size_t k = begin; k < c->n_areas; k++)
            c->areas[k].weight = (uint32_t)((uint64_t)c->areas[k].weight * 1000000u *
                                            t->weight / ((uint64_t)sum * total));
    }
    c->n_villages = c->n_areas - c->first_village;
}

static int last_village_of(const struct county *c, int township)
{
    int found = -1;
    for (size_t i = 0; i < c->n_villages; i++)
        if (county_village(c, (int)i)->township == township)
            found = (int)i;
    return found;
}

// In the middle of the third year the last two villages of a township join a third one.
// Elsewhere two villages of different townships bear the same name.
static void merge_and_share(struct county *c)
{
    int last = last_village_of(c, c->contract_error);
    c->merged_year = c->options.first_year + (c->options.years > 2 ? 2 : 0);
    for (int k = 0; k < 2; k++) {
        struct area *v = county_village(c, last - k);
        (void)date_from_ymd(c->merged_year, 6, 30, &v->valid_to);
        v->successor = last - 2;
    }
    int pair[2] = {last_village_of(c, c->raised[1]), last_village_of(c, c->girls_hidden)};
    for (int k = 0; k < 2; k++) {
        struct area *v = county_village(c, pair[k]);
        snprintf(v->name, sizeof v->name, "新建村");
        snprintf(v->name_en, sizeof v->name_en, "Xinjian Village");
        v->shared_name = true;
    }
}

static struct facility *add_facility(struct county *c, const char *kind, const char *name,
                                     const char *name_en, int area)
{
    struct facility *f = &c->facilities[c->n_facilities];
    *f = (struct facility){.kind = kind, .area = area};
    snprintf(f->code, sizeof f->code, "970328F%04zu", ++c->n_facilities);
    snprintf(f->name, sizeof f->name, "%s", name);
    snprintf(f->name_en, sizeof f->name_en, "%s", name_en);
    return f;
}

static void make_facilities(struct county *c)
{
    char name[96], name_en[128];
    add_facility(c, "医院", "青禾县人民医院", "Qinghe County People's Hospital",
                 FIRST_TOWNSHIP)
        ->delivers = true;
    add_facility(c, "妇幼保健院", "青禾县妇幼保健院",
                 "Qinghe County Maternal and Child Health Hospital", FIRST_TOWNSHIP)
        ->delivers = true;
    add_facility(c, "医院", "青禾县中医医院",
                 "Qinghe County Hospital of Traditional Medicine", FIRST_TOWNSHIP)
        ->delivers = true;
    for (int i = 0; i < TOWNSHIPS; i++) {
        const struct area *t = county_township(c, i);
        snprintf(name, sizeof name, "%s卫生院", t->name);
        snprintf(name_en, sizeof name_en, "%s Health Centre", t->name_en);
        struct facility *f = add_facility(c, "卫生院", name, name_en, FIRST_TOWNSHIP + i);
        f->delivers = true;
        if (i == c->falsifier_township)
            c->falsifier = (int)(f - c->facilities);
    }
    static const struct syllable clinics[CLINICS] = {
        {"仁和", "Renhe"},   {"康宁", "Kangning"}, {"惠民", "Huimin"},
        {"同心", "Tongxin"}, {"博爱", "Bo'ai"},    {"济生", "Jisheng"},
        {"安康", "Ankang"},  {"德济", "Deji"},     {"百草", "Baicao"},
    };
    for (int i = 0; i < CLINICS; i++) {
        snprintf(name, sizeof name, "%s诊所", clinics[i].zh);
        snprintf(name_en, sizeof name_en, "%s Clinic", clinics[i].en);
        add_facility(c, "诊所", name, name_en, FIRST_TOWNSHIP + i % 5)->clinic = true;
    }
    for (size_t i = 0; i < c->n_villages; i++) {
        const struct area *v = county_village(c, (int)i);
        const struct area *t = county_township(c, v->township);
        // Two rooms of villages with one name would be one name too: the township's goes
        // before it.
        snprintf(name, sizeof name, "%s%s卫生室", v->shared_name ? t->name : "", v->name);
        snprintf(name_en, sizeof name_en, "%s%s%s Health Room",
                 v->shared_name ? t->name_en : "", v->shared_name ? " " : "", v->name_en);
        (void)add_facility(c, "村卫生室", name, name_en, (int)(c->first_village + i));
    }
}

enum err places_make(struct county *c, struct error *e)
{
    // 6 villages a township at least, and rounding: never over VILLAGES + TOWNSHIPS.
    size_t most = FIRST_TOWNSHIP + TOWNSHIPS + VILLAGES + TOWNSHIPS;
    c->areas = mem_alloc(most, sizeof *c->areas);
    c->facilities = mem_alloc(most + 3 + CLINICS, sizeof *c->facilities);
    if (!c->areas || !c->facilities)
        return error_memory(e);
    (void)add_area(c, "省", "970000000000", "", "云川省", "Yunchuan Province");
    (void)add_area(c, "市", "970300000000", "970000000000", "安澜市", "Anlan Prefecture");
    (void)add_area(c, "县", "970328000000", "970300000000", "青禾县", "Qinghe County");
    make_townships(c);
    make_villages(c);
    merge_and_share(c);
    make_facilities(c);
    return ERR_OK;
}
