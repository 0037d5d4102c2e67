// SPDX-License-Identifier: AGPL-3.0-or-later
// Charts are read back from their SVG: lengths, ends and places against the axis that
// the picture itself shows.
#include "report_test.h"

#include <expat.h>

#include "report/chart.h"
#include "report/doc_text.h"

enum { MOST = 20000 };

struct mark { // a rectangle, a circle or the ends of a path
    char what[8], name[32];
    double x, y, w, h; // path: x, y to w, h
};

struct words {
    char text[200], name[32];
    char anchor; // s, m, e
    double x, y, size;
};

struct picture {
    double width, height;
    struct mark *marks;
    struct words *words;
    size_t n_marks, n_words;
    bool in_text, bad;
};

static double number_of(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (!strcmp(attributes[0], name))
            return strtod(attributes[1], NULL);
    return 0;
}

static const char *text_of(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (!strcmp(attributes[0], name))
            return attributes[1];
    return "";
}

static void on_start(void *data, const char *name, const char **attributes)
{
    struct picture *p = data;
    for (const char **a = attributes; *a; a += 2)
        p->bad |= strstr(a[1], "nan") || strstr(a[1], "inf");
    const char *class = text_of(attributes, "class");
    if (!strcmp(name, "svg")) {
        p->width = number_of(attributes, "width");
        p->height = number_of(attributes, "height");
    } else if (!strcmp(name, "text") && p->n_words < MOST) {
        struct words *w = &p->words[p->n_words++];
        const char *anchor = text_of(attributes, "text-anchor");
        snprintf(w->name, sizeof w->name, "%s", class);
        w->anchor = *anchor ? *anchor : 's';
        w->x = number_of(attributes, "x");
        w->y = number_of(attributes, "y");
        w->size = number_of(attributes, "font-size");
        p->in_text = true;
    } else if (p->n_marks < MOST) {
        struct mark *m = &p->marks[p->n_marks++];
        snprintf(m->what, sizeof m->what, "%s", name);
        snprintf(m->name, sizeof m->name, "%s", class);
        m->x = number_of(attributes, "x") + number_of(attributes, "cx");
        m->y = number_of(attributes, "y") + number_of(attributes, "cy");
        m->w = number_of(attributes, "width");
        m->h = number_of(attributes, "height");
        if (!strcmp(name, "path")) {
            const char *d = text_of(attributes, "d"), *last = strrchr(d, 'L');
            sscanf(d, "M%lf %lf", &m->x, &m->y);
            if (last)
                sscanf(last, "L%lf %lf", &m->w, &m->h);
        }
    }
}

static void on_end(void *data, const char *name)
{
    (void)name;
    ((struct picture *)data)->in_text = false;
}

static void on_text(void *data, const char *text, int n)
{
    struct picture *p = data;
    if (!p->in_text)
        return;
    char *at = p->words[p->n_words - 1].text;
    size_t length = strlen(at), room = sizeof p->words->text - 1 - length;
    size_t take = (size_t)n < room ? (size_t)n : room;
    memcpy(at + length, text, take);
    at[length + take] = '\0';
}

// Draws and reads back; every picture is well-formed and holds no number that is none.
static struct picture draw(struct place *place, struct doc *d, const struct doc_chart *c,
                           double width, double unit)
{
    assert_true(doc_chart(d, c));
    struct picture p = {.marks = ARENA_ARRAY(&place->a, struct mark, MOST),
                        .words = ARENA_ARRAY(&place->a, struct words, MOST)};
    assert_true(p.marks && p.words);
    struct buf svg = BUF_INIT(1 << 26);
    struct error e = {0};
    struct typeset *t;
    assert_int_equal(typeset_open(&t, d->zh, &e), ERR_OK);
    struct chart_picture set = {
        .form = CANVAS_SVG, .width = width, .unit = unit, .zh = d->zh, .whole = true};
    assert_int_equal(chart_render(t, &d->last->chart, &set, &svg, &e), ERR_OK);
    XML_Parser parser = XML_ParserCreate("UTF-8");
    XML_SetUserData(parser, &p);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    bool ok = XML_Parse(parser, svg.p, (int)svg.n, 1) == XML_STATUS_OK;
    if (!ok)
        print_message("# %s\n", XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    assert_true(ok);
    assert_false(p.bad);
    // no word is cut by the picture's edge
    for (size_t i = 0; i < p.n_words; i++) {
        const struct words *w = &p.words[i];
        double length = typeset_width(
            t, (struct font){w->size, strstr(w->name, " b") != NULL}, str_of(w->text));
        double left = w->anchor == 'e'   ? w->x - length
                      : w->anchor == 'm' ? w->x - length / 2
                                         : w->x;
        if (left < -1 || left + length > p.width + 1 || w->y > p.height || w->y < 0)
            print_message("# \"%s\" at %g %g, width %g of %g\n", w->text, left, w->y,
                          length, p.width);
        assert_true(left >= -1 && left + length <= p.width + 1);
        assert_true(w->y >= 0 && w->y <= p.height);
    }
    typeset_close(t);
    buf_free(&svg);
    return p;
}

// Value at x, from two inner ticks (words in the muted ink that are numbers at one
// height).
static void read_axis(const struct picture *p, double *scale, double *zero)
{
    const struct words *ticks[64];
    size_t n = 0;
    for (size_t i = 0; i < p->n_words && n < COUNT(ticks); i++) {
        const struct words *w = &p->words[i];
        if (w->anchor == 'm' && !strcmp(w->name, "f-muted") &&
            (n == 0 || fabs(w->y - ticks[0]->y) < 0.01))
            ticks[n++] = w;
    }
    assert_true(n >= 4);
    double value[2], x[2];
    for (int k = 0; k < 2; k++) {
        const struct words *w = ticks[k ? n - 2 : 1];
        const char *text = w->text;
        double sign = 1;
        if (!strncmp(text, "\xE2\x88\x92", 3)) {
            sign = -1;
            text += 3;
        }
        char plain[64] = "";
        for (size_t i = 0, j = 0; text[i] && j < 60; i++)
            if (text[i] != ',')
                plain[j++] = text[i];
        value[k] = sign * strtod(plain, NULL);
        x[k] = w->x;
    }
    *scale = (x[1] - x[0]) / (value[1] - value[0]);
    *zero = x[0] - value[0] * *scale;
}

static size_t find_marks(const struct picture *p, const char *what, const char *name,
                         const struct mark **out, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_marks && n < most; i++)
        if (!strcmp(p->marks[i].what, what) && !strcmp(p->marks[i].name, name))
            out[n++] = &p->marks[i];
    return n;
}

static bool has_words(const struct picture *p, const char *text)
{
    for (size_t i = 0; i < p->n_words; i++)
        if (!strcmp(p->words[i].text, text))
            return true;
    return false;
}

static void bars_are_as_long_as_their_values(void **state)
{
    struct place *place = *state;
    struct doc *d = doc_new(&place->a, false);
    double v[] = {1320, -1104, 186, NAN, 0, 25};
    struct str names[] = {STR("a"), STR("b"), STR("c"), STR("d"), STR("e"), STR("f")};
    struct series s = {.label = STR("x"), .value = v};
    struct doc_chart c = {.form = CHART_FORM_BAR,
                          .categories = names,
                          .n_categories = 6,
                          .series = &s,
                          .n_series = 1};
    struct picture p = draw(place, d, &c, 700, 1.6);
    double scale, zero;
    read_axis(&p, &scale, &zero);
    const struct mark *bars[10];
    size_t n = find_marks(&p, "rect", "f-accent", bars, 10);
    assert_int_equal(n, 4); // neither the gap nor the zero has one
    const double shown[] = {1320, -1104, 186, 25};
    for (size_t i = 0; i < n; i++) {
        assert_true(fabs(bars[i]->w - fabs(shown[i]) * scale) < 0.05);
        double start = shown[i] < 0 ? bars[i]->x + bars[i]->w : bars[i]->x;
        assert_true(fabs(start - zero) < 0.05);
    }
    assert_true(has_words(&p, "\xE2\x88\x92"
                              "1,104"));
    assert_true(has_words(&p, "\xE2\x80\x93"));
}

static void intervals_end_where_the_axis_says(void **state)
{
    struct place *place = *state;
    struct doc *d = doc_new(&place->a, false);
    struct doc_chart c = sample_chart(&place->a, CHART_FORM_INTERVAL, 9, 1);
    c.ratio = false;
    double *low = (double *)c.series[0].low, *high = (double *)c.series[0].high;
    low[4] = high[4] = NAN; // a point alone is hollow
    low[7] = -5000;         // cut, with an arrow
    struct picture p = draw(place, d, &c, 700, 1.6);
    double scale, zero;
    read_axis(&p, &scale, &zero);
    const struct mark *lines[20], *points[20], *hollow[20], *arrows[20];
    size_t n = find_marks(&p, "path", "l-accent", lines, 20);
    assert_int_equal(n, 8);
    assert_int_equal(find_marks(&p, "circle", "f-accent", points, 20), 8);
    assert_int_equal(find_marks(&p, "circle", "f-paper l-accent", hollow, 20), 1);
    assert_int_equal(find_marks(&p, "path", "f-accent", arrows, 20), 1);
    for (size_t i = 0, k = 0; i < 9; i++) {
        if (i == 4)
            continue;
        const struct mark *line = lines[k], *point = points[k];
        k++;
        assert_true(fabs(line->w - (zero + high[i] * scale)) < 0.05);
        if (i != 7)
            assert_true(fabs(line->x - (zero + low[i] * scale)) < 0.05);
        assert_true(fabs(point->x - (zero + c.series[0].value[i] * scale)) < 0.05);
        assert_true(fabs(point->y - line->y) < 0.01);
    }
}

// The words of the value axis that read as numbers, at their places: a line through two
// of them, over the logarithm.
static void intervals_of_ratios_are_symmetric(void **state)
{
    struct place *place = *state;
    struct doc *d = doc_new(&place->a, false);
    struct doc_chart c = sample_chart(&place->a, CHART_FORM_INTERVAL, 7, 1);
    double v[] = {106, 80, 165, 120, 95, 110, 0}, low[7], high[7];
    for (size_t i = 0; i < 7; i++) {
        low[i] = v[i] / 1.4;
        high[i] = v[i] * 1.4;
    }
    low[3] = 1; // cut at both ends, with arrows
    high[3] = 20000;
    ((struct series *)c.series)->value = v;
    ((struct series *)c.series)->low = low;
    ((struct series *)c.series)->high = high;
    struct picture p = draw(place, d, &c, 700, 1.6);
    assert_true(has_words(&p, "100") && has_words(&p, "80") && has_words(&p, "150"));
    assert_true(has_words(&p, "Boys per 100 girls (logarithmic scale)"));
    double at80 = 0, at150 = 0;
    for (size_t i = 0; i < p.n_words; i++) {
        at80 = strcmp(p.words[i].text, "80") ? at80 : p.words[i].x;
        at150 = strcmp(p.words[i].text, "150") ? at150 : p.words[i].x;
    }
    double scale = (at150 - at80) / log(150.0 / 80), zero = at80 - scale * log(80);
    const struct mark *lines[20], *points[20], *arrows[20];
    assert_int_equal(find_marks(&p, "path", "l-accent", lines, 20), 7);
    assert_int_equal(find_marks(&p, "circle", "f-accent", points, 20), 7);
    assert_int_equal(find_marks(&p, "path", "f-accent", arrows, 20), 3); // and of the 0
    for (size_t i = 0; i < 6; i++) {
        assert_true(fabs(points[i]->x - (zero + scale * log(v[i]))) < 0.05);
        if (i == 3)
            continue;
        assert_true(fabs(lines[i]->x - (zero + scale * log(low[i]))) < 0.05);
        assert_true(fabs(points[i]->x - (lines[i]->x + lines[i]->w) / 2) < 0.05);
    }
    assert_true(lines[3]->x > at80 - scale && lines[3]->w < at150 + scale);
}

static void shares_stay_between_0_and_100(void **state)
{
    struct place *place = *state;
    struct doc *d = doc_new(&place->a, false);
    struct doc_chart c = sample_chart(&place->a, CHART_FORM_INTERVAL, 3, 1);
    double v[] = {97, 99.5, 94}, low[] = {90, 96, 88}, high[] = {99, 100, 97.5};
    c.series = &(struct series){.label = STR("x"), .value = v, .low = low, .high = high};
    c.reference = 95;
    c.reference_low = c.reference_high = NAN;
    c.ratio = false;
    c.percent = true;
    struct picture p = draw(place, d, &c, 700, 1.6);
    double scale, zero;
    read_axis(&p, &scale, &zero);
    const struct mark *lines[20], *arrows[20];
    assert_int_equal(find_marks(&p, "path", "l-accent", lines, 20), 3);
    assert_int_equal(find_marks(&p, "path", "f-accent", arrows, 20), 0);
    // cropped around the data: the shortest is wider than a fifth of the plot
    assert_true(lines[1]->w - lines[1]->x > 4 * scale - 0.05 && scale * 4 > 60);
    assert_true(fabs(lines[1]->w - (zero + 100 * scale)) < 0.05);
    for (size_t i = 0; i < p.n_words; i++) {
        assert_string_not_equal(p.words[i].text, "102");
        assert_string_not_equal(p.words[i].text, "0");
    }
}

static void a_line_has_gaps(void **state)
{
    struct place *place = *state;
    struct doc *d = doc_new(&place->a, false);
    struct doc_chart c = sample_chart(&place->a, CHART_FORM_LINE, 12, 1);
    double *v = (double *)c.series[0].value;
    v[0] = v[4] = v[5] = v[7] = NAN; // runs: 1-3, 6 alone, 8-11
    struct picture p = draw(place, d, &c, 700, 1.6);
    const struct mark *marks[40];
    // two runs, and the interval of the point that stands alone
    assert_int_equal(find_marks(&p, "path", "l-accent", marks, 40), 3);
    assert_int_equal(find_marks(&p, "circle", "f-accent", marks, 40), 8);
    assert_int_equal(find_marks(&p, "path", "f-accent", marks, 40), 2); // bands
}

static void the_funnel_has_the_limits_of_a_binomial(void **state)
{
    struct place *place = *state;
    // 50 % of 100: 1.959964 standard errors of 5 points
    assert_true(fabs(chart_funnel_limit(false, 50, 100, 1.959964) - 59.79982) < 1e-4);
    assert_true(fabs(chart_funnel_limit(false, 50, 100, -1.959964) - 40.20018) < 1e-4);
    // 105 boys per 100 girls of 3,800 births: share 0.512195, se 0.0081086
    double upper = chart_funnel_limit(true, 105, 3800, 1.959964);
    assert_true(fabs(upper - 111.904) < 0.001);
    assert_true(isinf(chart_funnel_limit(true, 105, 2, 3.090232)));
    assert_true(chart_funnel_limit(true, 105, 2, -3.090232) == 0);
    assert_true(isnan(chart_funnel_limit(true, 105, 0, 1)));
    struct doc *d = doc_new(&place->a, false);
    struct doc_chart c = sample_chart(&place->a, CHART_FORM_FUNNEL, 15, 1);
    ((double *)c.series[0].value)[14] = 160;
    ((double *)c.series[0].size)[14] = 900;
    ((double *)c.series[0].value)[2] = NAN;
    ((double *)c.series[0].size)[3] = 0;
    struct picture p = draw(place, d, &c, 700, 1.6);
    const struct mark *marks[40];
    assert_int_equal(find_marks(&p, "path", "f-alarm", marks, 40), 1);
    assert_int_equal(find_marks(&p, "circle", "f-accent", marks, 40), 12);
    assert_true(has_words(&p, "Area 14"));
    assert_false(has_words(&p, "Area 3"));
}

static void a_pyramid_grows_from_the_bottom(void **state)
{
    struct place *place = *state;
    struct doc *d = doc_new(&place->a, false);
    struct doc_chart c = sample_chart(&place->a, CHART_FORM_PYRAMID, 10, 2);
    ((double *)c.series[0].value)[0] = 50; // the youngest, half as many
    struct picture p = draw(place, d, &c, 700, 1.6);
    const struct mark *left[20], *right[20];
    assert_int_equal(find_marks(&p, "rect", "f-s0", left, 20), 10);
    assert_int_equal(find_marks(&p, "rect", "f-s1", right, 20), 10);
    for (size_t k = 0; k < 10; k++) { // drawn from the top, the oldest
        double a = c.series[0].value[9 - k], b = c.series[1].value[9 - k];
        assert_true(fabs(left[k]->w / right[k]->w - a / b) < 0.001);
        assert_true(left[k]->x + left[k]->w < right[k]->x);
        assert_true(k == 0 || left[k]->y > left[k - 1]->y);
    }
}

static void a_sex_looks_the_same_everywhere(void **state)
{
    struct place *place = *state;
    static const enum chart_form forms[] = {CHART_FORM_BAR, CHART_FORM_LINE,
                                            CHART_FORM_INTERVAL};
    static const char *const marks[][3] = {
        {"rect", "rect", "rect"}, {"circle", "path", "path"}, {"circle", "path", "path"}};
    for (size_t f = 0; f < COUNT(forms); f++)
        for (size_t first = 0; first < 3; first++) { // in any order, beside a total
            struct doc *d = doc_new(&place->a, false);
            struct doc_chart c = sample_chart(&place->a, forms[f], 5, 3);
            struct series *s = (struct series *)c.series;
            s[first].role = SERIES_MALE;
            s[(first + 1) % 3].role = SERIES_FEMALE;
            s[(first + 2) % 3].role = SERIES_TOTAL;
            struct picture p = draw(place, d, &c, 800, 1.6);
            const struct mark *found[30];
            assert_true(find_marks(&p, marks[f][0], "f-s0", found, 30) >= 5);
            assert_true(find_marks(&p, marks[f][1], "f-s1", found, 30) >= 5);
            assert_int_equal(find_marks(&p, marks[f][2], "f-s2", found, 30), 0);
        }
    struct doc *d = doc_new(&place->a, false);
    struct doc_chart c = sample_chart(&place->a, CHART_FORM_PYRAMID, 4, 2);
    ((struct series *)c.series)[0].role = SERIES_FEMALE;
    ((struct series *)c.series)[1].role = SERIES_MALE;
    struct picture p = draw(place, d, &c, 700, 1.6);
    const struct mark *male[9], *female[9];
    assert_int_equal(find_marks(&p, "rect", "f-s0", male, 9), 4);
    assert_int_equal(find_marks(&p, "rect", "f-s1", female, 9), 4);
    assert_true(female[0]->x < male[0]->x);
}

static void strange_charts_are_still_pictures(void **state)
{
    struct place *place = *state;
    static const enum chart_form forms[] = {CHART_FORM_BAR, CHART_FORM_LINE,
                                            CHART_FORM_INTERVAL, CHART_FORM_FUNNEL,
                                            CHART_FORM_PYRAMID};
    static const double widths[] = {358, 720};
    for (size_t f = 0; f < COUNT(forms); f++)
        for (size_t w = 0; w < COUNT(widths); w++) {
            struct arena keep = place->a;
            arena_init(&place->a, 0);
            struct doc *d = doc_new(&place->a, w == 1);
            struct doc_chart c = sample_chart(&place->a, forms[f], 0, 1);
            struct picture p = draw(place, d, &c, widths[w], 1.6);
            assert_true(has_words(&p, w ? "没有可显示的数据。" : "No data to show."));
            c = sample_chart(&place->a, forms[f], 5, 0);
            draw(place, d, &c, widths[w], 1.6);
            c = sample_chart(&place->a, forms[f], 1, 2);
            draw(place, d, &c, widths[w], 1.6);
            c = sample_chart(&place->a, forms[f], 400, 3);
            draw(place, d, &c, widths[w], 1.6);
            c = sample_chart(&place->a, forms[f], 6, 7);
            struct str *names = (struct str *)c.categories;
            char *name = ARENA_ARRAY(&place->a, char, 4000);
            assert_non_null(name);
            memset(name, 'w', 4000);
            for (size_t i = 0; i < 4000; i += 37)
                name[i] = ' ';
            for (size_t i = 0; i < 6; i++)
                names[i] = (struct str){name, 4000};
            ((struct series *)c.series)[1].label = (struct str){name, 4000};
            ((struct series *)c.series)[2].label =
                STR("很长的名称很长的名称很长的名称很长的名称"
                    "很长的名称很长的名称很长的名称很长的名称");
            c.value_label = c.size_label = c.reference_label = names[0];
            draw(place, d, &c, widths[w], 1.6);
            c = sample_chart(&place->a, forms[f], 8, 2);
            for (size_t i = 0; i < 8; i++)
                ((double *)c.series[0].value)[i] = -1e6 * (double)i - 0.5;
            draw(place, d, &c, widths[w], 1.6);
            for (size_t i = 0; i < 8; i++)
                ((double *)c.series[1].value)[i] = i % 2 ? INFINITY : NAN;
            ((double *)c.series[0].value)[3] = 1e300;
            draw(place, d, &c, widths[w], 1.6);
            arena_free(&place->a);
            place->a = keep;
        }
}

static void other_canvases(void **state)
{
    struct place *place = *state;
    struct doc *d = sample_doc(&place->a, true, 4);
    struct typeset *t;
    struct error e = {0};
    assert_int_equal(typeset_open(&t, true, &e), ERR_OK);
    for (const struct block *b = d->first; b; b = b->next) {
        if (b->kind != BLOCK_CHART)
            continue;
        struct buf png = BUF_INIT(1 << 24), full = BUF_INIT(300);
        struct chart_picture set = {.form = CANVAS_PNG, .width = 400, .unit = 1};
        assert_int_equal(chart_render(t, &b->chart, &set, &png, &e), ERR_OK);
        assert_memory_equal(png.p, "\x89PNG\r\n\x1a\n", 8);
        unsigned width =
            (unsigned)(unsigned char)png.p[18] << 8 | (unsigned char)png.p[19];
        assert_int_equal(width, 800);
        assert_int_equal(chart_render(t, &b->chart, &set, &full, &e), ERR_LIMIT);
        set.form = CANVAS_SVG;
        buf_clear(&full);
        assert_int_equal(chart_render(t, &b->chart, &set, &full, &e), ERR_LIMIT);
        buf_free(&png);
        buf_free(&full);
    }
    typeset_close(t);
}

static double luminance(unsigned rgb)
{
    double sum = 0;
    static const double share[] = {0.2126, 0.7152, 0.0722};
    for (int i = 0; i < 3; i++) {
        double x = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += share[i] * (x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double luminance_of(const char *css, const char *name)
{
    const char *at = strstr(css, name);
    assert_non_null(at);
    return luminance((unsigned)strtoul(at + strlen(name), NULL, 16));
}

// 4.5 : 1 for every ink of text, on paper and on shade, by light and by dark.
static void text_stands_out(void **state)
{
    (void)state;
    struct buf css = BUF_INIT(1 << 16);
    draw_style(&css);
    buf_add_char(&css, '\0');
    assert_non_null(css.p);
    const char *modes[] = {css.p, strstr(css.p, "prefers-color-scheme:dark")};
    assert_non_null(modes[1]);
    static const char *const inks[] = {"--text:#", "--muted:#", "--accent:#",
                                       "--alarm:#"};
    static const char *const grounds[] = {"--paper:#", "--shade:#"};
    for (size_t m = 0; m < 2; m++)
        for (size_t i = 0; i < COUNT(inks); i++)
            for (size_t g = 0; g < 2; g++) {
                double a = luminance_of(modes[m], inks[i]);
                double b = luminance_of(modes[m], grounds[g]);
                double contrast = (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);
                if (contrast < 4.5)
                    print_message("# %s on %s: %.2f\n", inks[i], grounds[g], contrast);
                assert_true(contrast >= 4.5);
            }
    buf_free(&css);
}

static void text_is_cut_to_fit(void **state)
{
    struct place *place = *state;
    struct typeset *t;
    struct error e = {0};
    assert_int_equal(typeset_open(&t, true, &e), ERR_OK);
    struct font font = {10, false};
    struct str s = STR("武乡县水泉乡卫生院 and more words");
    for (double width = 1; width < 300; width += 7) {
        struct str cut = typeset_fit(t, &place->a, font, s, width);
        assert_non_null(cut.p);
        assert_true(cut.n == s.n || typeset_width(t, font, cut) <= fmax(width, 10) + 0.1);
    }
    assert_int_equal(typeset_lines(t, font, s, 1000), 1);
    assert_true(typeset_lines(t, font, s, 60) >= 3);
    assert_true(typeset_least_width(t, font, s) < 40);
    typeset_close(t);
    typeset_close(NULL);
}

int main(void)
{
#define WITH_PLACE(f) cmocka_unit_test_setup_teardown(f, place_open, place_close)
    const struct CMUnitTest tests[] = {
        WITH_PLACE(bars_are_as_long_as_their_values),
        WITH_PLACE(intervals_end_where_the_axis_says),
        WITH_PLACE(intervals_of_ratios_are_symmetric),
        WITH_PLACE(shares_stay_between_0_and_100),
        WITH_PLACE(a_line_has_gaps),
        WITH_PLACE(the_funnel_has_the_limits_of_a_binomial),
        WITH_PLACE(a_pyramid_grows_from_the_bottom),
        WITH_PLACE(a_sex_looks_the_same_everywhere),
        WITH_PLACE(strange_charts_are_still_pictures),
        WITH_PLACE(other_canvases),
        cmocka_unit_test(text_stands_out),
        WITH_PLACE(text_is_cut_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
