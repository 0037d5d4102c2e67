// SPDX-License-Identifier: AGPL-3.0-or-later
// The shapes of the county's areas: an oval cut into convex pieces by straight lines,
// each piece as large as its share of the people asks, townships first and then the
// villages within each. Whole numbers only (millionths of a degree), so that the bytes
// are the same on every machine.
#include "demo/county.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_CORNERS = 64,
    OVAL = 28, // corners of the county
    EAST = 110000000,
    NORTH = 35000000, // where the oval's middle lies
    WIDTH = 380000,
    HEIGHT = 290000
};

struct corner {
    int64_t x, y;
};

struct shape {
    struct corner at[MOST_CORNERS];
    size_t n;
};

// cos and sin of n * 90/7 degrees, in ten thousandths, for the first quarter.
static const int16_t quarter[8][2] = {{10000, 0},   {9749, 2225}, {9010, 4339},
                                      {7818, 6235}, {6235, 7818}, {4339, 9010},
                                      {2225, 9749}, {0, 10000}};

static struct corner on_circle(int n) // n of 28
{
    n = (n % OVAL + OVAL) % OVAL;
    const int16_t *q = quarter[n % 7];
    switch (n / 7) {
    case 0:
        return (struct corner){q[0], q[1]};
    case 1:
        return (struct corner){-q[1], q[0]};
    case 2:
        return (struct corner){-q[0], -q[1]};
    default:
        return (struct corner){q[1], -q[0]};
    }
}

static int64_t area_twice(const struct shape *s)
{
    int64_t sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct corner a = s->at[i], b = s->at[(i + 1) % s->n];
        sum += a.x * b.y - b.x * a.y;
    }
    return sum < 0 ? -sum : sum;
}

static void add(struct shape *s, struct corner c)
{
    if (s->n == MOST_CORNERS ||
        (s->n && s->at[s->n - 1].x == c.x && s->at[s->n - 1].y == c.y))
        return;
    s->at[s->n++] = c;
}

// The part of s where across . corner < level, and the rest.
static void cut(const struct shape *s, struct corner across, int64_t level,
                struct shape *below, struct shape *above)
{
    below->n = above->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct corner a = s->at[i], b = s->at[(i + 1) % s->n];
        int64_t da = a.x * across.x + a.y * across.y - level;
        int64_t db = b.x * across.x + b.y * across.y - level;
        add(da < 0 ? below : above, a);
        if ((da < 0) == (db < 0))
            continue;
        // where the border crosses: the same point for both, whatever way it is walked;
        // da and db are under 2^45, so a thousandth of them times 2^20 stays in 64 bits
        int64_t u = da / 1024, v = db / 1024, w = u - v ? u - v : 1;
        struct corner c = {a.x + (b.x - a.x) * u / w, a.y + (b.y - a.y) * u / w};
        add(below, c);
        add(above, c);
    }
}

// Cuts `share` of 2^20 off s in a direction across its longer side, tilted by chance.
static void cut_share(const struct shape *s, int64_t share, uint64_t x,
                      struct shape *first, struct shape *rest)
{
    int64_t least[2] = {INT64_MAX, INT64_MAX}, most[2] = {INT64_MIN, INT64_MIN};
    for (size_t i = 0; i < s->n; i++) {
        int64_t v[2] = {s->at[i].x, s->at[i].y};
        for (int k = 0; k < 2; k++) {
            least[k] = v[k] < least[k] ? v[k] : least[k];
            most[k] = v[k] > most[k] ? v[k] : most[k];
        }
    }
    bool wide = most[0] - least[0] > most[1] - least[1];
    struct corner across = on_circle((wide ? 0 : 7) + (int)draw_below(x, 3) - 1);
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < s->n; i++) {
        int64_t v = s->at[i].x * across.x + s->at[i].y * across.y;
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    int64_t wanted = (area_twice(s) >> 20) * share;
    for (int turn = 0; turn < 40 && high - low > 1; turn++) {
        int64_t middle = low + (high - low) / 2;
        cut(s, across, middle, first, rest);
        if (area_twice(first) < wanted)
            low = middle;
        else
            high = middle;
    }
    cut(s, across, high, first, rest);
}

struct map {
    struct county *county;
    struct buf text;
    size_t written;
};

static void write_shape(struct map *m, const struct area *a, const struct shape *s)
{
    buf_printf(
        &m->text,
        "%s\n{\"type\":\"Feature\",\"properties\":{\"code\":\"%s\",\"name\":\"%s\"},"
        "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[",
        m->written++ ? "," : "", a->code, a->name);
    for (size_t i = 0; i <= s->n; i++) {
        struct corner c = s->at[i % s->n];
        buf_printf(
            &m->text, "%s[%lld.%06lld,%lld.%06lld]", i ? "," : "",
            (long long)((EAST + c.x) / 1000000), (long long)((EAST + c.x) % 1000000),
            (long long)((NORTH + c.y) / 1000000), (long long)((NORTH + c.y) % 1000000));
    }
    buf_add_c(&m->text, "]]}}");
}

struct piece { // an area that wants its share
    const struct area *area;
    uint64_t weight;
    struct shape shape; // as cut
};

// Gives each of n pieces its part of s.
static void divide(const struct shape *s, struct piece *pieces, size_t n, uint64_t x)
{
    if (n == 1) {
        pieces[0].shape = *s;
        return;
    }
    uint64_t all = 0, half = 0;
    for (size_t i = 0; i < n; i++)
        all += pieces[i].weight;
    for (size_t i = 0; i < n / 2; i++)
        half += pieces[i].weight;
    struct shape first, rest;
    cut_share(s, (int64_t)((half << 20) / (all ? all : 1)), x, &first, &rest);
    divide(&first, pieces, n / 2, draw_next(x, 1));
    divide(&rest, pieces + n / 2, n - n / 2, draw_next(x, 2));
}

// Land does not grow with the people quite: a town is dense.
static uint64_t land_of(uint32_t weight)
{
    uint64_t root = 1;
    while (root * root < weight)
        root++;
    return root + 1;
}

static enum err draw_villages(struct map *m, int township, const struct shape *s,
                              struct error *e)
{
    const struct county *c = m->county;
    struct piece *pieces = mem_alloc(c->n_villages + 1, sizeof *pieces);
    size_t n = 0;
    if (!pieces)
        return error_memory(e);
    for (size_t i = 0; i < c->n_villages; i++) {
        const struct area *a = &c->areas[c->first_village + i];
        if (a->township == township && a->valid_to == DATE_NONE)
            pieces[n++] = (struct piece){.area = a, .weight = land_of(a->weight)};
    }
    if (n)
        divide(s, pieces, n,
               draw(c->options.seed, TOPIC_PLACE, 9000 + (uint64_t)township));
    for (size_t i = 0; i < n; i++)
        write_shape(m, pieces[i].area, &pieces[i].shape);
    mem_free(pieces);
    return ERR_OK;
}

static enum err draw_townships(struct map *m, const struct shape *county, struct error *e)
{
    const struct county *c = m->county;
    struct piece *pieces = mem_alloc(TOWNSHIPS, sizeof *pieces);
    if (!pieces)
        return error_memory(e);
    for (int t = 0; t < TOWNSHIPS; t++) {
        pieces[t].area = county_township(c, t);
        for (size_t i = 0; i < c->n_villages; i++)
            if (c->areas[c->first_village + i].township == t)
                pieces[t].weight += land_of(c->areas[c->first_village + i].weight);
    }
    divide(county, pieces, TOWNSHIPS, draw(c->options.seed, TOPIC_PLACE, 8999));
    enum err result = ERR_OK;
    for (int t = 0; t < TOWNSHIPS && !result; t++) {
        write_shape(m, pieces[t].area, &pieces[t].shape);
        result = draw_villages(m, t, &pieces[t].shape, e);
    }
    mem_free(pieces);
    return result;
}

enum err map_write(struct county *c, struct error *e)
{
    struct map m = {.county = c, .text = BUF_INIT(8 << 20)};
    struct shape oval = {.n = OVAL};
    for (int i = 0; i < OVAL; i++) {
        struct corner on = on_circle(i);
        // further out in some directions: still convex, and no perfect oval
        int64_t stretch = 1000 + (i > 3 && i < 9 ? 60 : 0) - (i > 16 && i < 22 ? 50 : 0);
        oval.at[i] = (struct corner){on.x * WIDTH / 10000 * stretch / 1000,
                                     on.y * HEIGHT / 10000 * stretch / 1000};
    }
    buf_add_c(&m.text, "{\"type\":\"FeatureCollection\",\"features\":[");
    write_shape(&m, &c->areas[2], &oval);
    enum err result = draw_townships(&m, &oval, e);
    buf_add_c(&m.text, "\n]}\n");
    if (!result)
        result = demo_save(c, "areas.geojson", &m.text, e);
    buf_free(&m.text);
    return result;
}
