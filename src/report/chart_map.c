// SPDX-License-Identifier: AGPL-3.0-or-later
// The map: areas coloured by the first series' values in steps that are also steps of
// grey, hatched where the interval holds the reference, clusters outlined.
#include <stdlib.h>
#include <string.h>

#include "report/chart_plot.h"

#define MAP_GAP 6.0      // between the map and its legend
#define LEGEND_LINE 13.0 // all at unit 1
#define HATCH_GAP 3.6
#define MOST_HEIGHT 0.8 // of the width
#define LEAST_HEIGHT 0.3

enum {
    STEPS = INK_STEPS,
    EDGES = STEPS - 1,
    CIRCLE_POINTS = 20,
    MOST_ENTRIES = STEPS + 3
};

struct map_scale {
    double edges[EDGES]; // step i holds edges[i - 1] <= value < edges[i]
    size_t n_edges;
    enum ink first; // of the lowest step
    int decimals;
    bool used[STEPS];
    double least; // of the values
};

enum entry_kind { ENTRY_STEP, ENTRY_NO_DATA, ENTRY_HATCHED, ENTRY_CLUSTER };

struct entry {
    enum entry_kind kind;
    enum ink ink;
    struct str label;
    double x;
    size_t row;
};

struct legend {
    struct entry entries[MOST_ENTRIES];
    size_t n, rows;
};

struct map {
    struct plot *p;
    const struct geo *g;
    const struct series *s;
    struct map_scale scale;
    double west, north, across, down; // points of the page for a unit of the map
    double *xy;                       // of the rings, on the page
};

static uint32_t category_of(const struct doc_chart *chart, uint32_t shape)
{
    uint32_t i = chart->map->category ? chart->map->category[shape] : shape;
    return i < chart->n_categories ? i : UINT32_MAX;
}

static double value_at(const struct doc_chart *chart, uint32_t shape)
{
    uint32_t i = category_of(chart, shape);
    return i == UINT32_MAX || !chart->n_series ? NAN
                                               : value_of(chart->series[0].value, i);
}

static bool is_hatched(const struct doc_chart *chart, uint32_t shape)
{
    uint32_t i = category_of(chart, shape);
    if (i == UINT32_MAX || !chart->has_reference || chart->map->sequential)
        return false;
    double low = value_of(chart->series[0].low, i);
    double high = value_of(chart->series[0].high, i);
    return isfinite(value_at(chart, shape)) && low <= chart->reference &&
           high >= chart->reference;
}

// Scale -------------------------------------------------------------------------------

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

// The next larger of these times a power of ten.
static double round_step(double wish, const double parts[5])
{
    double power = pow(10, floor(log10(wish)));
    for (size_t i = 0; i < 5; i++)
        if (wish <= parts[i] * power * 1.0001)
            return parts[i] * power;
    return 10 * power;
}

static int decimals_of(double step)
{
    int n = 0;
    while (n < 6 && fabs(step - round(step * pow(10, n)) / pow(10, n)) > 1e-9 * step)
        n++;
    return n;
}

// About the reference: a middle step of width s around it, and steps of width s beside.
static void diverging_edges(struct map_scale *scale, double reference, const double *off,
                            size_t n)
{
    static const double parts[] = {1, 2, 4, 6, 10};
    double usual = n ? off[n - 1 - n / 8] : 0; // most areas lie within
    double s = round_step(fmax(usual / 2.5, fabs(reference) * 1e-4 + 1e-9), parts);
    double centre = round(reference / (s / 2)) * (s / 2);
    scale->n_edges = EDGES;
    for (size_t i = 0; i < EDGES; i++)
        scale->edges[i] = centre + s * ((double)i - (EDGES - 1) / 2.0);
    scale->decimals = decimals_of(s / 2);
}

static void sequential_edges(struct map_scale *scale, const double *sorted, size_t n)
{
    static const double parts[] = {1, 2, 2.5, 5, 10};
    double low = sorted[n / 20], high = sorted[n - 1 - n / 20];
    double s = round_step(fmax((high - low) / STEPS, fabs(high) * 1e-6 + 1e-9), parts);
    double first = (floor(low / s) + 1) * s;
    scale->n_edges = 0;
    for (double edge = first; scale->n_edges < EDGES && edge <= high; edge += s)
        scale->edges[scale->n_edges++] = edge;
    if (!scale->n_edges)
        scale->edges[scale->n_edges++] = first;
    scale->decimals = decimals_of(s);
}

static size_t step_of(const struct map_scale *scale, double value)
{
    size_t i = 0;
    while (i < scale->n_edges && value >= scale->edges[i])
        i++;
    return i;
}

static enum ink step_ink(const struct map_scale *scale, size_t step)
{
    return (enum ink)((size_t)scale->first + step);
}

static bool make_scale(const struct doc_chart *chart, struct arena *a,
                       struct map_scale *scale)
{
    uint32_t n = chart->map->shapes->n;
    double *values = ARENA_ARRAY(a, double, (size_t)n + 1);
    *scale = (struct map_scale){0};
    if (!values)
        return false;
    bool about =
        !chart->map->sequential && chart->has_reference && isfinite(chart->reference);
    size_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        double value = value_at(chart, i);
        if (isfinite(value))
            values[kept++] = about ? fabs(value - chart->reference) : value;
    }
    qsort(values, kept, sizeof *values, by_value);
    scale->first = about ? INK_DIVERGING : INK_SEQUENTIAL;
    if (about)
        diverging_edges(scale, chart->reference, values, kept);
    else if (kept)
        sequential_edges(scale, values, kept);
    scale->least = INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        double value = value_at(chart, i);
        if (isfinite(value))
            scale->least = fmin(scale->least, value);
        if (!isnan(value))
            scale->used[step_of(scale, value)] = true;
    }
    return true;
}

// Legend ------------------------------------------------------------------------------

static struct str step_label(struct arena *a, bool zh, const struct map_scale *scale,
                             size_t step)
{
    char low[TEXT_NUMBER_SIZE], high[TEXT_NUMBER_SIZE];
    struct str from = STR(""), to = STR("");
    if (step > 0)
        from = text_number(scale->edges[step - 1], scale->decimals, low);
    if (step < scale->n_edges)
        to = text_number(scale->edges[step], scale->decimals, high);
    // an edge below zero says nothing of values that cannot be there
    if (step == 0 || (scale->edges[step - 1] < 0 && scale->least >= 0 && to.n))
        return str_format(a, STR_FMT STR_FMT, STR_ARG(doc_word(zh, WORD_BELOW)),
                          STR_ARG(to));
    if (step == scale->n_edges)
        return str_format(a, STR_FMT STR_FMT, STR_ARG(from),
                          STR_ARG(doc_word(zh, WORD_ABOVE)));
    return str_format(a, STR_FMT "\xE2\x80\x93" STR_FMT, STR_ARG(from), STR_ARG(to));
}

static void add_entry(struct legend *legend, enum entry_kind kind, enum ink ink,
                      struct str label)
{
    struct entry *entry = &legend->entries[legend->n++];
    entry->kind = kind;
    entry->ink = ink;
    entry->label = label;
}

static void make_legend(struct typeset *t, struct arena *a, const struct doc_chart *chart,
                        const struct chart_part *part, const struct map_scale *scale,
                        struct legend *legend)
{
    const struct geo *g = chart->map->shapes;
    bool none = false, hatched = false;
    *legend = (struct legend){.rows = 1};
    for (uint32_t i = 0; i < g->n; i++) {
        bool drawn =
            g->area_start[i + 1] > g->area_start[i] || !isnan(g->place[2 * (size_t)i]);
        none |= drawn && isnan(value_at(chart, i));
        hatched |= is_hatched(chart, i);
    }
    for (size_t i = 0; i <= scale->n_edges && scale->n_edges; i++)
        if (scale->used[i])
            add_entry(legend, ENTRY_STEP, step_ink(scale, i),
                      step_label(a, part->zh, scale, i));
    if (hatched)
        add_entry(legend, ENTRY_HATCHED, step_ink(scale, EDGES / 2),
                  doc_word(part->zh, WORD_HATCHED));
    if (none)
        add_entry(legend, ENTRY_NO_DATA, INK_SHADE, doc_word(part->zh, WORD_NO_DATA));
    if (chart->map->n_outlines)
        add_entry(legend, ENTRY_CLUSTER, INK_TEXT, doc_word(part->zh, WORD_CLUSTER));
    double x = 0;
    for (size_t i = 0; i < legend->n; i++) {
        struct entry *entry = &legend->entries[i];
        double width =
            typeset_width(t, (struct font){7.5 * part->unit, false}, entry->label) +
            18 * part->unit;
        if (x > 0 && x + width > part->width) {
            legend->rows++;
            x = 0;
        }
        entry->x = x;
        entry->row = legend->rows - 1;
        x += width + 10 * part->unit;
    }
}

// Size of the map ---------------------------------------------------------------------

struct extent {
    double west, east, south, north;
    double squeeze; // width of a degree of longitude in degrees of latitude
};

static void extent_add(struct extent *x, const double *xy, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(xy[2 * i]))
            continue;
        x->west = fmin(x->west, xy[2 * i]);
        x->east = fmax(x->east, xy[2 * i]);
        x->south = fmin(x->south, xy[2 * i + 1]);
        x->north = fmax(x->north, xy[2 * i + 1]);
    }
}

static struct extent extent_of(const struct geo *g)
{
    struct extent x = {INFINITY, -INFINITY, INFINITY, -INFINITY, 1};
    extent_add(&x, g->xy, g->n_points);
    extent_add(&x, g->place, g->n);
    if (!(x.west <= x.east))
        return (struct extent){0, 1, 0, 1, 1};
    double by = fmax(x.east - x.west, x.north - x.south) * (g->n_rings ? 0.01 : 0.06);
    by = by > 0 ? by : 1;
    x.west -= by;
    x.east += by;
    x.south -= by;
    x.north += by;
    if (g->geographic)
        x.squeeze = fmax(cos((x.south + x.north) / 2 * 3.14159265358979 / 180), 0.05);
    return x;
}

static double plot_height(const struct doc_chart *chart, const struct chart_part *part)
{
    struct extent x = extent_of(chart->map->shapes);
    double shape = (x.north - x.south) / ((x.east - x.west) * x.squeeze);
    double most = part->width / part->unit < 330 ? 1.2 : MOST_HEIGHT;
    double squeeze = part->squeeze > 0 ? part->squeeze : 1;
    return part->width * fmax(LEAST_HEIGHT, fmin(most, shape)) * squeeze;
}

double chart_map_height(struct typeset *t, const struct doc_chart *chart,
                        const struct chart_part *part)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    struct map_scale scale;
    struct legend legend = {.rows = 1};
    if (make_scale(chart, &scratch, &scale))
        make_legend(t, &scratch, chart, part, &scale, &legend);
    arena_free(&scratch);
    return plot_height(chart, part) +
           (MAP_GAP + LEGEND_LINE * (double)(legend.rows + 1)) * part->unit;
}

// Drawing -----------------------------------------------------------------------------

static void project(const struct map *m, const double *from, double *to)
{
    to[0] = m->p->left + (from[0] - m->west) * m->across;
    to[1] = m->p->top + (m->north - from[1]) * m->down;
}

static bool lay_out(struct map *m)
{
    struct plot *p = m->p;
    struct extent x = extent_of(m->g);
    double width = p->right - p->left, height = p->bottom - p->top;
    double scale =
        fmin(width / ((x.east - x.west) * x.squeeze), height / (x.north - x.south));
    m->across = scale * x.squeeze;
    m->down = scale;
    p->left += (width - (x.east - x.west) * m->across) / 2;
    p->top += (height - (x.north - x.south) * m->down) / 2;
    m->west = x.west;
    m->north = x.north;
    m->xy = ARENA_ARRAY(p->a, double, 2 * (size_t)m->g->n_points + 1);
    p->failed |= !m->xy;
    for (size_t i = 0; m->xy && i < m->g->n_points; i++)
        project(m, m->g->xy + 2 * i, m->xy + 2 * i);
    return m->xy != NULL;
}

static struct str tip_of(struct map *m, uint32_t shape)
{
    struct plot *p = m->p;
    uint32_t i = category_of(p->chart, shape);
    struct str name = i == UINT32_MAX ? m->g->names[shape] : p->chart->categories[i];
    struct table_column column = {.decimals = p->chart->decimals};
    struct cell cell = {.kind = CELL_INTERVAL,
                        .value = value_at(p->chart, shape),
                        .low = i == UINT32_MAX ? NAN : value_of(m->s->low, i),
                        .high = i == UINT32_MAX ? NAN : value_of(m->s->high, i)};
    if (isnan(cell.value))
        return str_format(p->a, STR_FMT ": " STR_FMT, STR_ARG(name),
                          STR_ARG(doc_word(p->part.zh, WORD_NO_DATA)));
    struct str value = doc_cell_text(p->a, p->part.zh, &column, &cell);
    struct str bounds = doc_cell_bounds(p->a, p->part.zh, &column, &cell);
    return str_format(p->a, STR_FMT ": " STR_FMT "%s" STR_FMT, STR_ARG(name),
                      STR_ARG(value), bounds.n ? " " : "", STR_ARG(bounds));
}

static enum ink ink_of(const struct map *m, uint32_t shape)
{
    double value = value_at(m->p->chart, shape);
    return isnan(value) || !m->scale.n_edges
               ? INK_SHADE
               : step_ink(&m->scale, step_of(&m->scale, value));
}

static void draw_borders(struct map *m, uint32_t shape, size_t *starts)
{
    const struct geo *g = m->g;
    uint32_t from = g->area_start[shape], to = g->area_start[shape + 1];
    for (uint32_t k = from; k <= to; k++)
        starts[k - from] = g->ring_start[k];
    enum ink ink = ink_of(m, shape);
    draw_rings(m->p->c,
               &(struct draw_rings){.xy = m->xy,
                                    .start = starts,
                                    .n_rings = to - from,
                                    .ink = ink,
                                    .edge = ink == INK_SHADE ? INK_RULE : INK_PAPER,
                                    .edge_width = 0.35 * m->p->u,
                                    .tip = tip_of(m, shape)});
}

static void circle(const double centre[2], double radius, double xy[2 * CIRCLE_POINTS])
{
    for (size_t i = 0; i < CIRCLE_POINTS; i++) {
        double angle = 6.283185307179586 * (double)i / CIRCLE_POINTS;
        xy[2 * i] = centre[0] + radius * cos(angle);
        xy[2 * i + 1] = centre[1] + radius * sin(angle);
    }
}

struct dot {
    uint32_t shape;
    double radius;
};

static int larger_first(const void *a, const void *b)
{
    const struct dot *x = a, *y = b;
    if (x->radius != y->radius)
        return x->radius < y->radius ? 1 : -1;
    return (x->shape > y->shape) - (x->shape < y->shape);
}

// Points of areas that have no border: as large as their number of events.
static void draw_dots(struct map *m)
{
    struct plot *p = m->p;
    const struct geo *g = m->g;
    struct dot *dots = ARENA_ARRAY(p->a, struct dot, (size_t)g->n + 1);
    p->failed |= !dots;
    size_t n = 0;
    double largest = 0;
    for (uint32_t i = 0; dots && i < g->n; i++) {
        if (g->area_start[i + 1] > g->area_start[i] || isnan(g->place[2 * (size_t)i]))
            continue;
        uint32_t category = category_of(p->chart, i);
        double size = category == UINT32_MAX ? 0 : value_of(m->s->size, category);
        dots[n++] = (struct dot){i, m->s->size && size > 0 ? sqrt(size) : 0};
        largest = fmax(largest, dots[n - 1].radius);
    }
    double room = (p->right - p->left) * (p->bottom - p->top);
    double most = fmin(0.6 * sqrt(room / (double)(n ? n : 1)), 11 * p->u);
    double least = fmin(1.3 * p->u, most), alike = fmax(least, most * 0.45);
    for (size_t i = 0; i < n; i++)
        dots[i].radius =
            largest > 0 ? fmax(least, most * dots[i].radius / largest) : alike;
    if (n)
        qsort(dots, n, sizeof *dots, larger_first);
    for (size_t i = 0; i < n; i++) {
        double xy[2 * CIRCLE_POINTS], centre[2];
        project(m, g->place + 2 * (size_t)dots[i].shape, centre);
        circle(centre, dots[i].radius, xy);
        enum ink ink = ink_of(m, dots[i].shape);
        bool hatched = is_hatched(p->chart, dots[i].shape);
        draw_rings(p->c,
                   &(struct draw_rings){.xy = xy,
                                        .start = (const size_t[]){0, CIRCLE_POINTS},
                                        .n_rings = 1,
                                        .ink = ink,
                                        .edge = ink == INK_SHADE ? INK_RULE : INK_PAPER,
                                        .edge_width = 0.4 * p->u,
                                        .tip = tip_of(m, dots[i].shape)});
        double r = dots[i].radius * 0.7071;
        if (hatched) // one line is enough where a shape is this small
            draw_lines(p->c,
                       (const double[]){centre[0] - r, centre[1] + r, centre[0] + r,
                                        centre[1] - r},
                       1, 0.6 * p->u, INK_HATCH, 0.6);
    }
}

// Hatching: lines x + y = k gap through all hatched shapes at once, so that a line goes
// on over the border between two of them.
struct crossing {
    int64_t line;
    double x;
};

static int by_crossing(const void *a, const void *b)
{
    const struct crossing *p = a, *q = b;
    if (p->line != q->line)
        return p->line < q->line ? -1 : 1;
    return (p->x > q->x) - (p->x < q->x);
}

static void cross_edge(struct buf *out, const double *from, const double *to, double gap)
{
    double u = (from[0] + from[1]) / gap, v = (to[0] + to[1]) / gap;
    double low = fmin(u, v), high = fmax(u, v);
    for (double k = floor(low) + 1; k <= high; k++) {
        double share = (k - u) / (v - u);
        struct crossing crossing = {(int64_t)k, from[0] + share * (to[0] - from[0])};
        buf_add(out, (struct str){(const char *)&crossing, sizeof crossing});
    }
}

static void draw_hatch(struct map *m)
{
    struct plot *p = m->p;
    const struct geo *g = m->g;
    double gap = HATCH_GAP * p->u;
    struct buf found = BUF_INIT((size_t)1 << 28);
    for (uint32_t i = 0; i < g->n; i++) {
        if (!is_hatched(p->chart, i))
            continue;
        for (uint32_t k = g->area_start[i]; k < g->area_start[i + 1]; k++) {
            uint32_t start = g->ring_start[k], n = g->ring_start[k + 1] - start;
            for (uint32_t j = 0; j < n; j++)
                cross_edge(&found, m->xy + 2 * (size_t)(start + j),
                           m->xy + 2 * (size_t)(start + (j + 1) % n), gap);
        }
    }
    struct crossing *all = (struct crossing *)(void *)found.p;
    size_t n = found.n / sizeof *all, n_lines = 0;
    double *lines = ARENA_ARRAY(p->a, double, 2 * n + 4);
    p->failed |= found.failed || !lines;
    if (n && lines) {
        qsort(all, n, sizeof *all, by_crossing);
        for (size_t i = 0; i + 1 < n; i += 2) {
            if (all[i].line != all[i + 1].line) { // never, but for rounding
                i--;
                continue;
            }
            double sum = (double)all[i].line * gap, *last = lines + 4 * (n_lines - 1);
            double from = all[i].x, to = all[i + 1].x;
            if (n_lines && fabs(last[2] + last[3] - sum) < 1e-6 && from - last[2] < 0.3) {
                last[2] = to;
                last[3] = sum - to;
                continue;
            }
            double line[4] = {from, sum - from, to, sum - to};
            memcpy(lines + 4 * n_lines++, line, sizeof line);
        }
        draw_lines(p->c, lines, n_lines, 0.45 * p->u, INK_HATCH, 0.55);
    }
    buf_free(&found);
}

// Outlines ----------------------------------------------------------------------------

struct edge {
    double x1, y1, x2, y2; // the lower end first
    bool turned;           // in the ring it goes from the second end to the first
};

static int by_edge(const void *a, const void *b)
{
    const struct edge *p = a, *q = b;
    const double x[] = {p->x1, p->y1, p->x2, p->y2}, y[] = {q->x1, q->y1, q->x2, q->y2};
    for (size_t i = 0; i < 4; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

// Edges of the shapes that no two of them share: their outer border.
static void outline_borders(struct map *m, const bool *inside)
{
    struct plot *p = m->p;
    const struct geo *g = m->g;
    size_t n = 0, n_lines = 0;
    for (uint32_t i = 0; i < g->n; i++)
        if (inside[i])
            n += g->ring_start[g->area_start[i + 1]] - g->ring_start[g->area_start[i]];
    struct edge *edges = mem_alloc(n + 1, sizeof *edges);
    double *lines = mem_alloc(4 * n + 4, sizeof *lines);
    p->failed |= !edges || !lines;
    n = 0;
    for (uint32_t i = 0; edges && lines && i < g->n; i++) {
        if (!inside[i])
            continue;
        for (uint32_t k = g->area_start[i]; k < g->area_start[i + 1]; k++) {
            uint32_t start = g->ring_start[k], size = g->ring_start[k + 1] - start;
            for (uint32_t j = 0; j < size; j++) {
                const double *a = m->xy + 2 * (size_t)(start + j);
                const double *b = m->xy + 2 * (size_t)(start + (j + 1) % size);
                bool turned = a[0] > b[0] || (a[0] == b[0] && a[1] > b[1]);
                const double *low = turned ? b : a, *high = turned ? a : b;
                edges[n++] = (struct edge){low[0], low[1], high[0], high[1], turned};
            }
        }
    }
    if (edges && lines) {
        qsort(edges, n, sizeof *edges, by_edge);
        for (size_t i = 0, next; i < n; i = next) {
            for (next = i; next < n && by_edge(&edges[i], &edges[next]) == 0;)
                next++;
            if (next - i == 1) {
                double line[4] = {edges[i].x1, edges[i].y1, edges[i].x2, edges[i].y2};
                memcpy(lines + 4 * n_lines++, line, sizeof line);
            }
        }
        draw_lines(p->c, lines, n_lines, 3.4 * p->u, INK_PAPER, 1);
        draw_lines(p->c, lines, n_lines, 1.5 * p->u, INK_TEXT, 1);
    }
    mem_free(edges);
    mem_free(lines);
}

static void closed_line(struct map *m, const double *xy, size_t n)
{
    double *line = ARENA_ARRAY(m->p->a, double, 2 * n + 2);
    m->p->failed |= !line;
    if (!line || n < 2)
        return;
    memcpy(line, xy, 2 * n * sizeof *line);
    memcpy(line + 2 * n, xy, 2 * sizeof *line);
    draw_path(m->p->c, line, n + 1, 3.4 * m->p->u, INK_PAPER, DASH_NONE);
    draw_path(m->p->c, line, n + 1, 1.5 * m->p->u, INK_TEXT, DASH_NONE);
}

// Around the points of the areas, from their middle.
static void outline_points(struct map *m, const bool *inside)
{
    double centre[2] = {0, 0}, at[2], radius = 0, n = 0, xy[2 * CIRCLE_POINTS];
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < m->g->n; i++) {
            if (!inside[i] || isnan(m->g->place[2 * (size_t)i]))
                continue;
            project(m, m->g->place + 2 * (size_t)i, at);
            if (turn)
                radius = fmax(radius, hypot(at[0] - centre[0], at[1] - centre[1]));
            centre[0] += turn ? 0 : at[0];
            centre[1] += turn ? 0 : at[1];
            n += turn ? 0 : 1;
        }
        if (n > 0 && !turn) {
            centre[0] /= n;
            centre[1] /= n;
        }
    }
    if (n <= 0)
        return;
    circle(centre, radius + 5 * m->p->u, xy);
    closed_line(m, xy, CIRCLE_POINTS);
}

static void outline_label(struct map *m, const bool *inside, const struct map_outline *o)
{
    struct plot *p = m->p;
    double left = INFINITY, top = INFINITY, at[2];
    for (uint32_t i = 0; i < m->g->n; i++) {
        if (!inside[i] || isnan(m->g->place[2 * (size_t)i]))
            continue;
        project(m, m->g->place + 2 * (size_t)i, at);
        if (at[1] < top) {
            top = at[1];
            left = at[0];
        }
    }
    if (o->n_points) {
        project(m, o->xy, at);
        left = at[0];
        top = at[1];
    }
    if (!isfinite(left) || !o->label.n)
        return;
    struct font font = {p->label.size, true};
    double width = typeset_width(p->t, font, o->label) + 5 * p->u;
    double height = p->label.size * 1.35;
    left = fmin(fmax(left - width / 2, p->part.x), p->part.x + p->part.width - width);
    draw_box(p->c, left, top - height / 2, width, height, INK_TEXT, FILL_SOLID);
    draw_text(p->c, left + width / 2, top + p->label.size * 0.35, ANCHOR_MIDDLE, font,
              INK_PAPER, o->label);
}

static void draw_outline(struct map *m, const struct map_outline *o, bool *inside)
{
    const struct doc_chart *chart = m->p->chart;
    bool *chosen = ARENA_ARRAY(m->p->a, bool, chart->n_categories + 1);
    bool borders = false;
    m->p->failed |= !chosen;
    if (!chosen)
        return;
    for (size_t i = 0; i < o->n_areas; i++)
        if (o->areas[i] < chart->n_categories)
            chosen[o->areas[i]] = true;
    for (uint32_t i = 0; i < m->g->n; i++) {
        uint32_t category = category_of(chart, i);
        inside[i] = category != UINT32_MAX && chosen[category];
        borders |= inside[i] && m->g->area_start[i + 1] > m->g->area_start[i];
    }
    if (o->n_points) {
        double *xy = ARENA_ARRAY(m->p->a, double, 2 * o->n_points);
        m->p->failed |= !xy;
        for (size_t i = 0; xy && i < o->n_points; i++)
            project(m, o->xy + 2 * i, xy + 2 * i);
        if (xy)
            closed_line(m, xy, o->n_points);
    } else if (borders) {
        outline_borders(m, inside);
    } else {
        outline_points(m, inside);
    }
    outline_label(m, inside, o);
}

static void draw_legend(struct map *m, double top)
{
    struct plot *p = m->p;
    struct legend legend;
    make_legend(p->t, p->a, p->chart, &p->part, &m->scale, &legend);
    double y = top + LEGEND_LINE * p->u;
    draw_text(p->c, p->part.x, y - 3.5 * p->u, ANCHOR_START, p->small, INK_TEXT,
              plot_fit(p, p->small, p->chart->value_label, p->part.width));
    for (size_t i = 0; i < legend.n; i++) {
        const struct entry *entry = &legend.entries[i];
        double x = p->part.x + entry->x,
               middle = y + ((double)entry->row + 0.5) * LEGEND_LINE * p->u;
        double w = 13 * p->u, h = 8 * p->u, corner[2] = {x, middle - h / 2};
        const double box[] = {corner[0],     corner[1],     corner[0] + w, corner[1],
                              corner[0] + w, corner[1] + h, corner[0],     corner[1] + h};
        bool step = entry->kind == ENTRY_STEP;
        if (entry->kind != ENTRY_CLUSTER)
            draw_rings(p->c, &(struct draw_rings){.xy = box,
                                                  .start = (const size_t[]){0, 4},
                                                  .n_rings = 1,
                                                  .ink = entry->ink,
                                                  .edge = step ? INK_PAPER : INK_RULE,
                                                  .edge_width = 0.35 * p->u});
        if (entry->kind == ENTRY_HATCHED) {
            double lines[12];
            for (size_t k = 0; k < 3; k++) {
                const double line[4] = {x + ((double)k * 4 + 0.5) * p->u, middle + h / 2,
                                        x + ((double)k * 4 + 0.5) * p->u + 0.5 * h,
                                        middle - h / 2};
                memcpy(lines + 4 * k, line, sizeof line);
            }
            draw_lines(p->c, lines, 3, 0.5 * p->u, INK_HATCH, 0.6);
        } else if (entry->kind == ENTRY_CLUSTER) {
            draw_line(p->c, x, middle, x + w, middle, 1.5 * p->u, INK_TEXT, DASH_NONE);
        }
        draw_text(p->c, x + 16 * p->u, middle + p->label.size * 0.35, ANCHOR_START,
                  p->label, INK_TEXT,
                  plot_fit(p, p->label, entry->label, p->part.width - 18 * p->u));
    }
}

void chart_draw_map(struct plot *p)
{
    const struct doc_chart *chart = p->chart;
    const struct geo *g = chart->map->shapes;
    struct map m = {.p = p, .g = g, .s = &chart->series[0]};
    p->top = p->part.y;
    p->bottom = p->part.y + plot_height(chart, &p->part);
    double legend = p->bottom + MAP_GAP * p->u;
    size_t *starts = ARENA_ARRAY(p->a, size_t, (size_t)g->n_rings + 1);
    bool *inside = ARENA_ARRAY(p->a, bool, (size_t)g->n + 1);
    if (!starts || !inside || !make_scale(chart, p->a, &m.scale) || !lay_out(&m)) {
        p->failed = true;
        return;
    }
    for (uint32_t i = 0; i < g->n; i++)
        if (g->area_start[i + 1] > g->area_start[i])
            draw_borders(&m, i, starts);
    draw_hatch(&m);
    draw_dots(&m);
    for (size_t i = chart->map->n_outlines; i-- > 0;)
        draw_outline(&m, &chart->map->outlines[i], inside);
    draw_legend(&m, legend);
}
