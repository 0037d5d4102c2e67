// SPDX-License-Identifier: AGPL-3.0-or-later
// The page about a linkage is read back: as markup (expat), its data as JSON (jansson).
#include "report_test.h"

#include <expat.h>
#include <jansson.h>

#include "link_account.h"
#include "report/link_page_private.h"

enum { MOST_IDS = 400, ROOM = 1 << 26 };

static struct buf page_of(const struct account *a, bool zh)
{
    struct buf out = BUF_INIT(ROOM);
    struct error e = {0};
    assert_ok(link_page(a, zh, &out, &e));
    return out;
}

// What a script element holds, which is no markup; *rest is what follows it.
static struct str script_after(struct str page, const char *open, struct str *rest)
{
    const char *begin = memmem(page.p, page.n, open, strlen(open));
    assert_non_null(begin);
    begin += strlen(open);
    size_t left = page.n - (size_t)(begin - page.p);
    const char *end = memmem(begin, left, "</script>", 9);
    assert_non_null(end);
    *rest = (struct str){end, left - (size_t)(end - begin)};
    return (struct str){begin, (size_t)(end - begin)};
}

#define DATA_OPEN "<script type=\"application/json\" id=\"data\">"

struct outline {
    struct buf text;
    char ids[MOST_IDS][40], links[MOST_IDS][40];
    unsigned n_ids, n_links, elements, pictures, titles, regions, marks, foreign;
};

static const char *attribute(const char **all, const char *name)
{
    for (; *all; all += 2)
        if (!strcmp(all[0], name))
            return all[1];
    return "";
}

static void on_start(void *data, const char *name, const char **attributes)
{
    struct outline *o = data;
    const char *id = attribute(attributes, "id"), *to = attribute(attributes, "href");
    o->elements++;
    if (*id && o->n_ids < MOST_IDS)
        snprintf(o->ids[o->n_ids++], sizeof o->ids[0], "%s", id);
    if (*to == '#' && o->n_links < MOST_IDS)
        snprintf(o->links[o->n_links++], sizeof o->links[0], "%s", to + 1);
    o->pictures += !strcmp(name, "svg") &&
                   !strcmp(attribute(attributes, "role"), "img") &&
                   *attribute(attributes, "aria-label");
    o->titles += !strcmp(name, "title");
    o->regions += !strcmp(attribute(attributes, "role"), "region");
    if (!strcmp(attribute(attributes, "role"), "region"))
        assert_true(*attribute(attributes, "aria-label"));
    o->marks += !strcmp(name, "mark");
    o->foreign += *attribute(attributes, "src") || (*to && *to != '#') ||
                  !strcmp(name, "link") || !strcmp(name, "vaccines") ||
                  !strcmp(name, "area") || !strcmp(name, "paper");
    for (; *attributes; attributes += 2)
        if (strstr(attributes[1], "nan") || strstr(attributes[1], "inf"))
            fail_msg("<%s %s=\"%s\">", name, attributes[0], attributes[1]);
}

static void on_text(void *data, const char *text, int n)
{
    buf_add(&((struct outline *)data)->text, (struct str){text, (size_t)n});
}

static void parse(XML_Parser parser, struct str s, bool last)
{
    if (XML_Parse(parser, s.p, (int)s.n, last) == XML_STATUS_ERROR)
        fail_msg("line %lu: %s", XML_GetCurrentLineNumber(parser),
                 XML_ErrorString(XML_GetErrorCode(parser)));
}

// The page without the insides of its scripts must be well-formed.
static struct outline *outline_of(struct str page)
{
    struct outline *o = calloc(1, sizeof *o);
    XML_Parser parser = XML_ParserCreate("UTF-8");
    assert_true(o && parser);
    o->text = BUF_INIT(ROOM);
    XML_SetUserData(parser, o);
    XML_SetElementHandler(parser, on_start, NULL);
    XML_SetCharacterDataHandler(parser, on_text);
    struct str after_data, after_code;
    struct str data = script_after(page, DATA_OPEN, &after_data);
    struct str code = script_after(after_data, "\n<script>", &after_code);
    parse(parser, (struct str){page.p, (size_t)(data.p - page.p)}, false);
    parse(parser, (struct str){after_data.p, (size_t)(code.p - after_data.p)}, false);
    parse(parser, after_code, true);
    XML_ParserFree(parser);
    return o;
}

static void outline_free(struct outline *o)
{
    buf_free(&o->text);
    free(o);
}

static bool has_id(const struct outline *o, const char *id)
{
    for (unsigned i = 0; i < o->n_ids; i++)
        if (!strcmp(o->ids[i], id))
            return true;
    return false;
}

static struct link_account *open_account(bool zh)
{
    struct link_account *l = link_account_open(zh);
    assert_non_null(l);
    return l;
}

struct shown { // a page, and what stands on it
    struct buf out;
    struct str page, text;
    struct outline *outline;
};

static struct shown show(const struct account *a, bool zh)
{
    struct shown s = {.out = page_of(a, zh)};
    s.page = buf_str(&s.out);
    s.outline = outline_of(s.page);
    s.text = buf_str(&s.outline->text);
    return s;
}

static void shown_free(struct shown *s)
{
    outline_free(s->outline);
    buf_free(&s->out);
}

// The data of the page; json_decref it.
static json_t *data_of(struct str page)
{
    struct str rest, data = script_after(page, DATA_OPEN, &rest);
    json_error_t error;
    json_t *root = json_loadb(data.p, data.n, 0, &error);
    if (!root)
        fail_msg("%s at %d", error.text, error.position);
    return root;
}

static void a_page_stands_alone(void **state)
{
    (void)state;
    for (int zh = 0; zh < 2; zh++) {
        struct link_account *l = open_account(zh);
        struct shown s = show(&l->account, zh);
        assert_true(s.page.n < 1 << 20);
        assert_int_equal(s.outline->foreign, 0);
        assert_false(contains(s.page, "url("));
        assert_false(contains(s.page, "@import"));
        // the only addresses are names of XML
        assert_int_equal(occurrences(s.page, "http://") + occurrences(s.page, "https://"),
                         1 + occurrences(s.page, "http://www.w3.org/2000/svg"));
        assert_true(contains(s.page, link_page_js_hash));
        assert_true(s.outline->pictures >= 10 + 13);
        assert_true(s.outline->titles == s.outline->pictures + 1);
        assert_true(s.outline->regions > 10);
        for (unsigned i = 0; i < s.outline->n_ids; i++)
            for (unsigned k = 0; k < i; k++)
                assert_string_not_equal(s.outline->ids[i], s.outline->ids[k]);
        assert_true(s.outline->n_links >= 13);
        for (unsigned i = 0; i < s.outline->n_links; i++)
            assert_true(has_id(s.outline, s.outline->links[i]));
        shown_free(&s);
        link_account_close(l);
    }
}

// What the script asks for by its id is on the page.
static void the_script_finds_its_places(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    struct shown s = show(&l->account, false);
    unsigned n = 0;
    for (const char *p = link_page_js; (p = strstr(p, "byId('")); n++) {
        char id[40];
        p += 6;
        snprintf(id, sizeof id, "%.*s", (int)strcspn(p, "'"), p);
        if (!has_id(s.outline, id))
            fail_msg("the script asks for %s", id);
    }
    assert_true(n >= 8);
    assert_true(has_id(s.outline, "data") && has_id(s.outline, "looks") &&
                has_id(s.outline, "threshold-figure"));
    shown_free(&s);
    link_account_close(l);
}

static void names_never_become_markup(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    struct shown s = show(&l->account, false);
    assert_true(contains(s.text, "<b>\"quoted\"</b>"));
    assert_true(contains(s.text, "li</script>"));
    assert_true(contains(s.text, "clinic & <vaccines>"));
    assert_true(contains(s.text, "Exact, same <i>area</i>"));
    assert_true(contains(s.text, "more often in <clinic & vaccines>"));
    assert_int_equal(occurrences(s.page, "</script"), 2);
    assert_int_equal(occurrences(s.page, "<vaccines"), 0);
    shown_free(&s);
    link_account_close(l);
}

static void broken_text_is_made_whole(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    l->records.sources[0].name = STR("a\xFF\x01"
                                     "b\xE5\xBC");
    l->account.warnings[0] = STR("\xC0\xAF ]]> \x1B[0m");
    l->model->comparisons[1].name = STR("\xED\xA0\x80{1}{2|x}");
    struct shown s = show(&l->account, false);
    assert_true(contains(s.text, "a\xEF\xBF\xBD\xEF\xBF\xBD"
                                 "b\xEF\xBF\xBD"));
    assert_true(contains(s.text, "{1}{2|x}"));
    json_t *root = data_of(s.page);
    json_decref(root);
    shown_free(&s);
    link_account_close(l);
}

static void bars_stand_on_an_axis_with_a_zero(void **state)
{
    (void)state;
    unsigned seed = 20140716;
    print_message("# seed %u\n", seed);
    for (int round = 0; round < 500; round++) {
        seed = seed * 1103515245u + 12345u;
        double low = -(double)(seed >> 16 & 1023) / 30;
        seed = seed * 1103515245u + 12345u;
        double high = (double)(seed >> 16 & 1023) / (round % 7 + 1);
        struct page_bars b = page_bars_over(low, high);
        assert_true(b.low <= fmax(low, -60) && b.high >= fmin(high, 60));
        assert_true(b.step > 0 && b.low <= 0 && b.high >= 0);
        double zero = page_bars_at(&b, 0);
        assert_true(zero >= 0 && zero <= 100);
        assert_true(page_bars_at(&b, -1e9) == 0 && page_bars_at(&b, 1e9) == 100);
        struct page p = {0};
        struct buf out = BUF_INIT(10000);
        arena_init(&p.arena, 0);
        p.out = &out;
        page_bars_axis(&p, &b, false, "");
        assert_true(contains(buf_str(&out), ">0</b>") || contains(buf_str(&out), ">0.0"));
        assert_true(occurrences(buf_str(&out), "<b") <= 8);
        buf_free(&out);
        arena_free(&p.arena);
    }
}

static void what_is_said_is_what_was_found(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    struct shown s = show(&l->account, false);
    assert_true(contains(s.text, "The 48,113 records of births 2014 (24,613), clinic & "
                                 "<vaccines> (23,500) were searched"));
    assert_true(contains(s.text, "Of 1,157,406,328 possible pairs"));
    assert_true(contains(s.text,
                         "9,127 pairs reach the threshold, a probability of 0.9500 "
                         "(match weight 4.25)"));
    assert_true(
        contains(s.text, "14 clusters were cut because only a weak link held them"));
    assert_true(contains(s.text, "This page shows personal data"));
    assert_true(
        contains(s.text, " pairs lie in doubt, with a probability from 0.1 to 0.9"));
    assert_true(contains(s.text, "8,900,000 pairs; the largest: \xE5\xBC\xA0"));
    shown_free(&s);
    l->account.n_split = 1;
    l->account.stopped = true;
    s = show(&l->account, false);
    assert_true(contains(s.page, "1 cluster was cut because only a weak link held "
                                 "it together"));
    assert_true(contains(s.page, "The run was stopped before its end"));
    shown_free(&s);
    link_account_close(l);
}

static double number_in(const json_t *array, size_t i)
{
    const json_t *v = json_array_get(array, i);
    assert_true(json_is_number(v));
    return json_number_value(v);
}

static void joined(const json_t *pieces, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < json_array_size(pieces); i++)
        buf_add_c(out, json_string_value(json_array_get(pieces, i)));
}

// The parts of each pair add up to its weight; its pieces to its values.
static void the_data_is_that_of_the_account(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    const struct account *a = &l->account;
    struct buf out = page_of(a, false), text = BUF_INIT(1 << 16);
    json_t *root = data_of(buf_str(&out));
    json_t *pairs = json_object_get(root, "pairs");
    assert_int_equal(json_array_size(pairs), a->n_pairs);
    assert_int_equal(json_array_size(json_object_get(root, "patterns")), a->n_patterns);
    assert_int_equal(json_array_size(json_object_get(root, "thresholds")),
                     a->n_thresholds);
    double before = INFINITY;
    bool quoted = false;
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        json_t *pair = json_array_get(pairs, i), *parts = json_object_get(pair, "parts");
        json_t *tf = json_object_get(pair, "tf"),
               *values = json_object_get(pair, "values");
        double sum = 0, weight = json_number_value(json_object_get(pair, "weight"));
        for (size_t k = 0; k < json_array_size(parts); k++)
            sum += number_in(parts, k);
        for (size_t k = 0; k < json_array_size(tf); k++)
            sum += number_in(tf, k);
        assert_true(fabs(sum - weight) < 0.08);
        assert_true(weight <= before);
        before = weight;
        assert_int_equal(json_array_size(values), 6);
        joined(json_array_get(json_array_get(values, 1), 0), &text);
        quoted |= str_equal(buf_str(&text), STR("<b>\"quoted\"</b>"));
    }
    assert_true(quoted);
    json_decref(root);
    buf_free(&text);
    buf_free(&out);
    link_account_close(l);
}

// Without a script the first pair is there: its evidence and its marks.
static void the_first_pair_needs_no_script(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    struct shown s = show(&l->account, false);
    const struct account_pair *best = &l->account.pairs[0];
    for (unsigned i = 1; i < l->account.n_pairs; i++)
        if (l->account.pairs[i].weight > best->weight)
            best = &l->account.pairs[i];
    const char *begin = strstr(buf_c(&s.out), "id=\"waterfall\"");
    assert_non_null(begin);
    const char *end = strstr(begin, "</table>");
    struct str table = {begin, (size_t)(end - begin)};
    size_t rows = 1 + 6 + 1; // prior, comparisons, sum
    for (unsigned c = 0; c < 6; c++)
        rows += best->tf_parts[c] != 0;
    rows += best->parts[7] != 0;
    assert_int_equal(occurrences(table, "<tr"), rows + 1);
    char weight[40];
    snprintf(weight, sizeof weight, "match weight +%.2f", best->weight);
    assert_true(contains(s.text, weight));
    assert_true(s.outline->marks > 0);
    shown_free(&s);
    link_account_close(l);
}

static void bridges_are_found(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    struct account *a = &l->account;
    uint32_t *cluster = ARENA_ARRAY(&l->arena, uint32_t, a->n);
    assert_non_null(cluster);
    for (uint32_t i = 0; i < a->n; i++)
        cluster[i] = i >= 100 && i < 106 ? 100 : i;
    // two triangles on one link; a pair below the threshold is no way round
    const struct link_edge edges[] = {{100, 101, 9},   {100, 102, 8}, {101, 102, 12},
                                      {103, 104, 9},   {103, 105, 8}, {104, 105, 12},
                                      {102, 103, 5.5}, {100, 105, 1}, {100, 2000, 30}};
    a->looks[0] = (struct cluster_quality){.cluster = 100, .size = 6, .bridges = 1};
    a->n_looks = 1;
    a->cluster = cluster;
    a->edges = edges;
    a->n_edges = COUNT(edges);
    struct buf out = page_of(a, false);
    const char *panel = strstr(buf_c(&out), "id=\"cluster-0\"");
    assert_non_null(panel);
    struct str text = {panel, (size_t)(strstr(panel, "</section>") - panel)};
    assert_int_equal(occurrences(text, "<td>bridge, weakest link</td>"), 1);
    assert_int_equal(occurrences(text, ">bridge"), 1);
    assert_int_equal(occurrences(text, "compared, below the threshold"), 1);
    assert_true(contains(text, "6 records and 7 links"));
    buf_free(&out);
    link_account_close(l);
}

// Length of the longest common subsequence, by the definition.
static size_t longest(struct str a, struct str b)
{
    static size_t t[64][64];
    for (size_t i = a.n + 1; i-- > 0;)
        for (size_t j = b.n + 1; j-- > 0;)
            t[i][j] = i == a.n || j == b.n        ? 0
                      : a.p[i] == b.p[j]          ? 1 + t[i + 1][j + 1]
                      : t[i + 1][j] > t[i][j + 1] ? t[i + 1][j]
                                                  : t[i][j + 1];
    return t[0][0];
}

static size_t together(const struct str *pieces, unsigned n, unsigned first,
                       struct buf *out)
{
    size_t length = 0;
    buf_clear(out);
    for (unsigned i = first; i < n; i += first ? 2 : 1)
        buf_add(out, pieces[i]);
    for (unsigned i = 0; i < n; i += 2)
        length += pieces[i].n;
    return length;
}

static void differences_are_marked(void **state)
{
    (void)state;
    struct page_pieces p;
    page_compare(STR("张玮"), STR("张伟"), &p);
    assert_int_equal(p.n_left, 2);
    assert_true(str_equal_c(p.left[0], "张") && str_equal_c(p.left[1], "玮"));
    assert_true(str_equal_c(p.right[1], "伟"));
    page_compare(STR(""), STR("x"), &p);
    assert_true(p.n_left == 1 && !p.left[0].n); // an empty text is one empty piece
    assert_true(p.n_right == 2 && !p.right[0].n && str_equal_c(p.right[1], "x"));
    unsigned seed = 20140715;
    print_message("# seed %u\n", seed);
    struct buf a = BUF_INIT(1000), b = BUF_INIT(1000);
    for (int round = 0; round < 2000; round++) {
        char left[24], right[24];
        size_t n[2];
        for (int side = 0; side < 2; side++) {
            char *text = side ? right : left;
            seed = seed * 1103515245u + 12345u;
            n[side] = seed >> 16 & 15;
            for (size_t i = 0; i < n[side]; i++) {
                seed = seed * 1103515245u + 12345u;
                text[i] = (char)('a' + (seed >> 16) % 3);
            }
        }
        struct str x = {left, n[0]}, y = {right, n[1]};
        page_compare(x, y, &p);
        size_t same = together(p.left, p.n_left, 0, &a);
        assert_true(str_equal(buf_str(&a), x));
        assert_int_equal(together(p.right, p.n_right, 0, &b), same);
        assert_true(str_equal(buf_str(&b), y));
        size_t most = longest(x, y), longer = x.n > y.n ? x.n : y.n;
        assert_int_equal(same, 2 * most >= longer ? most : 0);
        buf_clear(&a);
        buf_clear(&b);
        for (unsigned i = 0; i < p.n_left; i += 2)
            buf_add(&a, p.left[i]);
        for (unsigned i = 0; i < p.n_right; i += 2)
            buf_add(&b, p.right[i]);
        assert_true(str_equal(buf_str(&a), buf_str(&b)));
    }
    buf_free(&a);
    buf_free(&b);
}

static void numbers_say_what_they_can(void **state)
{
    (void)state;
    struct page p = {0};
    arena_init(&p.arena, 0);
    assert_true(str_equal_c(page_share(&p, 0.5), "50.0 %"));
    assert_true(str_equal_c(page_share(&p, 0.9992), "99.92 %"));
    assert_true(str_equal_c(page_share(&p, 0.999999), ">99.99 %"));
    assert_true(str_equal_c(page_share(&p, 0.000012), "0.0012 %"));
    assert_true(str_equal_c(page_share(&p, 1), "100 %"));
    assert_true(str_equal_c(page_share(&p, NAN), "\xE2\x80\x93"));
    assert_true(str_equal_c(page_probability(&p, 1), ">0.9999"));
    assert_true(str_equal_c(page_probability(&p, 0), "<0.0001"));
    assert_true(str_equal_c(page_weight(&p, 2), "+2.00"));
    assert_true(str_equal_c(page_weight(&p, -2), "\xE2\x88\x92"
                                                 "2.00"));
    assert_true(str_equal_c(page_weight(&p, INFINITY), "+\xE2\x88\x9E"));
    assert_true(str_equal_c(page_small(&p, 0.0001), "0.0001"));
    assert_true(str_equal_c(page_small(&p, 0.00006), "0.00006"));
    assert_true(str_equal_c(page_small(&p, 0.0081), "0.0081"));
    // what the link room says is said in the page's language; what others say stays
    assert_true(str_equal_c(page_known(&p, STR("exact match")), "exact match"));
    p.zh = true;
    assert_true(str_equal_c(page_known(&p, STR("exact match")), "完全一致"));
    assert_true(str_equal_c(page_known(&p, STR("Exact match on x")), "Exact match on x"));
    // the longest start that is shown, and a sign that there is more
    char long_text[3 * 4000 + 1];
    for (size_t i = 0; i < 4000; i++)
        memcpy(long_text + 3 * i, "\xE5\xBC\xA0", 3);
    struct str cut = page_clean(&p, (struct str){long_text, 12000});
    assert_int_equal(cut.n, 3 * PAGE_MAX_CHARACTERS + 3);
    arena_free(&p.arena);
}

// Which values a text asks for, as bits.
static unsigned values_of(const char *text)
{
    unsigned bits = 0;
    for (; *text; text++)
        if (*text == '{') {
            assert_true(text[1] >= '1' && text[1] <= '9' && strchr(text, '}'));
            bits |= 1u << (text[1] - '0');
        }
    return bits;
}

static void texts_are_in_both_languages(void **state)
{
    (void)state;
    static const struct {
        const char *name, *english, *chinese;
    } texts[] = {
#define TEXT(name, english, chinese) {#name, english, chinese},
#include "report/link_page_text.def"
#undef TEXT
    };
    assert_int_equal(COUNT(texts), TEXT_COUNT);
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_true(*texts[i].english && *texts[i].chinese);
        if (values_of(texts[i].english) != values_of(texts[i].chinese))
            fail_msg("%s asks for different values in its languages", texts[i].name);
    }
}

// A linkage far larger than this one gives a page of the same size.
static void a_large_linkage_gives_a_small_page(void **state)
{
    (void)state;
    enum { MORE = 3000, LONG = 100000 };
    struct link_account *l = open_account(true);
    struct account *a = &l->account;
    struct account_pattern *patterns =
        ARENA_ARRAY(&l->arena, struct account_pattern, MORE);
    struct account_pair *pairs = ARENA_ARRAY(&l->arena, struct account_pair, MORE);
    struct cluster_quality *looks = ARENA_ARRAY(&l->arena, struct cluster_quality, MORE);
    struct account_threshold *points =
        ARENA_ARRAY(&l->arena, struct account_threshold, MORE);
    char *text = ARENA_ARRAY(&l->arena, char, LONG);
    assert_true(patterns && pairs && looks && points && text);
    memset(text, '<', LONG);
    for (unsigned i = 0; i < MORE; i++) {
        patterns[i] = a->patterns[i % a->n_patterns];
        pairs[i] = a->pairs[i % a->n_pairs];
        looks[i] = a->looks[i % a->n_looks];
        points[i] = a->thresholds[i % a->n_thresholds];
        points[i].threshold = i * 0.01 - 10;
        looks[i].cluster = i;
    }
    a->patterns = patterns;
    a->pairs = pairs;
    a->looks = looks;
    a->thresholds = points;
    a->n_patterns = a->n_pairs = a->n_looks = a->n_thresholds = MORE;
    // one value of 100 kB, in the records of every pair
    struct link_column *c = &l->records.columns[1];
    struct link_texts texts = {.bytes = text, .n = 2};
    uint64_t offset[3] = {0, 0, LONG};
    texts.offset = offset;
    c->texts = texts;
    for (uint32_t i = 0; i < a->n; i++)
        c->value[i] = 1;
    struct shown s = show(a, true);
    print_message("# %zu bytes\n", s.page.n);
    assert_true(s.page.n < 2u << 20);
    shown_free(&s);
    link_account_close(l);
}

// True pairs are few: patterns are chosen from every bit of match weight.
static void patterns_are_shown_from_the_whole_range(void **state)
{
    (void)state;
    enum { MORE = 2000 };
    struct link_account *l = open_account(false);
    struct account *a = &l->account;
    struct account_pattern *patterns =
        ARENA_ARRAY(&l->arena, struct account_pattern, MORE);
    assert_non_null(patterns);
    for (unsigned i = 0; i < MORE; i++) // ten of weight, then the many that are not
        patterns[i] =
            (struct account_pattern){a->patterns[i % 50].pattern, i < 10 ? 1 : 1000 + i,
                                     i < 10 ? 30.5 - i : -20 - i * 1e-4, 0.5};
    a->patterns = patterns;
    a->n_patterns = MORE;
    a->compared_pairs = 0;
    for (unsigned i = 0; i < MORE; i++)
        a->compared_pairs += patterns[i].pairs;
    struct buf out = page_of(a, false);
    json_t *root = data_of(buf_str(&out));
    json_t *shown = json_object_get(root, "patterns");
    assert_int_equal(json_array_size(shown), PAGE_MAX_PATTERNS);
    double before = INFINITY;
    for (size_t i = 0; i < json_array_size(shown); i++) {
        double w = json_number_value(json_object_get(json_array_get(shown, i), "weight"));
        assert_true(w <= before);
        before = w;
        if (i < 10)
            assert_true(fabs(w - patterns[i].weight) < 1e-3);
    }
    assert_true(contains(buf_str(&out), " pairs of rarer patterns are left out."));
    json_decref(root);
    buf_free(&out);
    link_account_close(l);
}

static void nothing_found_is_told(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    struct account *a = &l->account;
    a->n_pairs = a->n_looks = a->n_thresholds = a->n_terms = a->n_unlinkable = 0;
    a->n_dependences = a->n_sessions = a->n_warnings = 0;
    a->n_patterns = a->n_edges = a->links = a->clusters = a->in_clusters = 0;
    a->rules = NULL;
    a->blocking_recall = a->expected_matches = NAN;
    memset(a->bins, 0, sizeof a->bins);
    memset(a->cluster_sizes, 0, sizeof a->cluster_sizes);
    l->model->threshold = NAN;
    l->model->comparisons[0].levels[1].u = 0; // an infinite weight
    l->model->comparisons[0].levels[2].m = 0;
    l->model->comparisons[1].levels[1].m = NAN; // not known
    for (int zh = 0; zh < 2; zh++) {
        struct shown s = show(a, zh);
        if (!zh)
            assert_true(contains(s.text, "There are no example pairs."));
        shown_free(&s);
    }
    // stopped before there was anything to show of pairs
    a->n_looks = 3;
    a->cluster = NULL;
    a->view = NULL;
    struct shown s = show(a, false);
    shown_free(&s);
    a->n_looks = 0;
    a->view = &l->view;
    // one of everything, and a threshold of certainty
    a->n_pairs = a->n_thresholds = a->n_unlinkable = 1;
    a->n_patterns = a->n_sessions = 1;
    a->sessions[0].n = 1;
    a->bins[3] = 1;
    a->cluster_sizes[1] = 1;
    l->model->threshold = 1;
    s = show(a, false);
    shown_free(&s);
    link_account_close(l);
}

static void a_page_that_is_too_large_is_told(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    struct buf out = BUF_INIT(60000);
    struct error e = {0};
    assert_int_equal(link_page(&l->account, false, &out, &e), ERR_LIMIT);
    assert_true(out.max == 60000 && out.n == 0);
    assert_true(*e.text);
    buf_free(&out);
    link_account_close(l);
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    struct link_account *l = open_account(false);
    bool done = false;
    unsigned failed = 0;
    for (int64_t n = 0; !done; n += 1 + n / 6, failed++) {
        struct buf out = BUF_INIT(ROOM);
        struct error e = {0};
        mem_fail_after(n);
        enum err code = link_page(&l->account, n % 2, &out, &e);
        mem_fail_after(-1);
        done = code == ERR_OK;
        if (!done)
            assert_int_equal(code, ERR_MEMORY);
        buf_free(&out);
        assert_true(n < 1 << 24);
    }
    assert_true(failed > 10);
    link_account_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_stands_alone),
        cmocka_unit_test(the_script_finds_its_places),
        cmocka_unit_test(names_never_become_markup),
        cmocka_unit_test(broken_text_is_made_whole),
        cmocka_unit_test(bars_stand_on_an_axis_with_a_zero),
        cmocka_unit_test(what_is_said_is_what_was_found),
        cmocka_unit_test(the_data_is_that_of_the_account),
        cmocka_unit_test(the_first_pair_needs_no_script),
        cmocka_unit_test(bridges_are_found),
        cmocka_unit_test(differences_are_marked),
        cmocka_unit_test(numbers_say_what_they_can),
        cmocka_unit_test(texts_are_in_both_languages),
        cmocka_unit_test(a_large_linkage_gives_a_small_page),
        cmocka_unit_test(patterns_are_shown_from_the_whole_range),
        cmocka_unit_test(nothing_found_is_told),
        cmocka_unit_test(a_page_that_is_too_large_is_told),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
