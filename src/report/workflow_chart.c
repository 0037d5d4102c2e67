// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/workflow_chart.h"

#include <math.h>
#include <string.h>

enum { MOST = 64 };

static const struct font name_font = {13, true}, note_font = {10.5, false},
                         label_font = {11, false};
static const double margin = 20, pad = 14, least_width = 116, column_gap = 64,
                    layer_gap = 74, lane_gap = 16, track_step = 9, line_height = 15,
                    arrow = 7, box_height = 34, note_height = 16;

struct spot { // a stage
    const struct stage *stage;
    struct str note;
    int layer, column;
    double x, y, width, height; // upper left
    int out_below, in_above;    // arrows that leave below, come in above; while drawing
    int used_below, used_above;
};

struct way { // all moves from one stage to another
    int from, to;
    bool late; // only when a deadline has passed is it gone without anyone's doing
    const struct move *moves[MOST];
    size_t n_moves;
    double width; // of its label
    bool beside, left;
    int lane;
};

struct box {
    double x, y, width, height;
};

struct plan {
    const struct workflow *w;
    bool zh;
    struct typeset *t;
    struct arena *arena;
    struct spot spots[MOST];
    struct way *ways;
    size_t n_ways;
    int n_layers;
    double layer_y[MOST], layer_height[MOST], layer_right[MOST], layer_left[MOST];
    double lane_left[MOST], lane_right[MOST]; // x of lanes
    int n_left, n_right;
    double width, height;
    struct box *taken; // labels drawn so far, and lines across that a label would cut
    size_t n_taken;
};

struct str workflow_chart_deadline(const struct stage *s, bool zh, struct arena *a)
{
    char span[64];
    bool within = s->within.months || s->within.days;
    struct span plain = s->within;
    bool before = plain.months < 0 || plain.days < 0;
    if (before)
        plain = (struct span){-plain.months, -plain.days};
    pack_span_words(plain, zh, span);
    struct str from = s->by ? label_in(s->by->label, zh) : STR("");
    if (!within && !s->by)
        return STR("");
    if (!within)
        return str_format(a, zh ? "至" STR_FMT : "until: " STR_FMT, STR_ARG(from));
    if (!s->by)
        return str_format(a, zh ? "%s内" : "within %s", span);
    if (before)
        return zh ? str_format(a, STR_FMT "前%s", STR_ARG(from), span)
                  : str_format(a, "%s before: " STR_FMT, span, STR_ARG(from));
    return zh ? str_format(a, STR_FMT "起%s内", STR_ARG(from), span)
              : str_format(a, "within %s of: " STR_FMT, span, STR_ARG(from));
}

// --- what is to be drawn

static struct str move_label(const struct plan *p, const struct move *m)
{
    return label_in(m->label, p->zh);
}

static struct way *way_between(struct plan *p, int from, int to)
{
    for (size_t i = 0; i < p->n_ways; i++)
        if (p->ways[i].from == from && p->ways[i].to == to)
            return &p->ways[i];
    struct way *w = &p->ways[p->n_ways++];
    *w = (struct way){.from = from, .to = to, .late = true};
    return w;
}

static void find_ways(struct plan *p)
{
    const struct workflow *w = p->w;
    for (size_t i = 0; i < w->n_moves; i++) {
        const struct move *m = &w->moves[i];
        for (size_t k = 0; k < w->n_stages; k++) {
            if (!(m->from & (1ULL << k)))
                continue;
            struct way *way = way_between(p, (int)k, m->to);
            if (way->n_moves == MOST)
                continue;
            way->moves[way->n_moves++] = m;
            way->late &= w->stages[k].otherwise == (int)i;
            double width = typeset_width(p->t, label_font, move_label(p, m));
            way->width = fmax(way->width, width);
        }
    }
}

// --- layers

struct walk { // depth first, to leave out what leads back
    struct plan *p;
    uint64_t open, done;
    bool *back; // by way
};

static void walk_from(struct walk *x, int stage)
{
    x->open |= 1ULL << stage;
    for (size_t i = 0; i < x->p->n_ways; i++) {
        const struct way *w = &x->p->ways[i];
        uint64_t to = 1ULL << w->to;
        if (w->from != stage)
            continue;
        if (x->open & to)
            x->back[i] = true;
        else if (!(x->done & to))
            walk_from(x, w->to);
    }
    x->open &= ~(1ULL << stage);
    x->done |= 1ULL << stage;
}

static void find_layers(struct plan *p, bool *back)
{
    struct walk x = {.p = p, .back = back};
    walk_from(&x, 0);
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < p->n_ways; i++) {
            int next = p->spots[p->ways[i].from].layer + 1;
            if (back[i] || p->spots[p->ways[i].to].layer >= next)
                continue;
            p->spots[p->ways[i].to].layer = next;
            moved = true;
        }
    }
    for (size_t i = 0; i < p->w->n_stages; i++)
        if (p->spots[i].layer >= p->n_layers)
            p->n_layers = p->spots[i].layer + 1;
    for (size_t i = 0; i < p->n_ways; i++) {
        struct way *w = &p->ways[i];
        int down = p->spots[w->to].layer - p->spots[w->from].layer;
        w->beside = back[i] || down != 1;
        w->left = back[i];
    }
}

// --- sizes and places

static enum err measure_spots(struct plan *p, struct error *e)
{
    for (size_t i = 0; i < p->w->n_stages; i++) {
        struct spot *s = &p->spots[i];
        s->stage = &p->w->stages[i];
        s->note = workflow_chart_deadline(s->stage, p->zh, p->arena);
        if (!s->note.p)
            return error_memory(e);
        double text = typeset_width(p->t, name_font, label_in(s->stage->label, p->zh));
        double note = s->note.n ? typeset_width(p->t, note_font, s->note) : 0;
        s->width = fmax(least_width, fmax(text, note) + 2 * pad);
        s->height = box_height + (s->note.n ? note_height : 0);
    }
    return ERR_OK;
}

// The lines that stand beside an arrow straight down need their room.
static double gap_below(const struct plan *p, int layer)
{
    size_t most = 1;
    int tracks = 0;
    for (size_t i = 0; i < p->n_ways; i++) {
        const struct way *w = &p->ways[i];
        if (!w->beside && p->spots[w->from].layer == layer && w->n_moves > most)
            most = w->n_moves;
        tracks += w->beside && (p->spots[w->from].layer == layer ||
                                p->spots[w->to].layer == layer + 1);
    }
    return layer_gap + (double)(most - 1) * line_height + tracks * 3;
}

static void place_spots(struct plan *p)
{
    double widest = 0, y = margin + 26, widths[MOST] = {0};
    for (int layer = 0; layer < p->n_layers; layer++) {
        int column = 0;
        for (size_t i = 0; i < p->w->n_stages; i++) {
            struct spot *s = &p->spots[i];
            if (s->layer != layer)
                continue;
            s->column = column++;
            s->y = y;
            s->x = widths[layer];
            widths[layer] += s->width + column_gap;
            p->layer_height[layer] = fmax(p->layer_height[layer], s->height);
        }
        widths[layer] -= column_gap;
        widest = fmax(widest, widths[layer]);
        p->layer_y[layer] = y;
        y += p->layer_height[layer] + gap_below(p, layer);
    }
    for (size_t i = 0; i < p->w->n_stages; i++) {
        struct spot *s = &p->spots[i];
        s->x += (widest - widths[s->layer]) / 2;
        p->layer_left[s->layer] = (widest - widths[s->layer]) / 2;
        p->layer_right[s->layer] = (widest + widths[s->layer]) / 2;
    }
    p->width = widest;
    p->height = y - gap_below(p, p->n_layers - 1) + margin;
}

// --- lanes beside the stages

static bool overlaps(const struct plan *p, const struct way *a, const struct way *b)
{
    int a1 = p->spots[a->from].layer, a2 = p->spots[a->to].layer;
    int b1 = p->spots[b->from].layer, b2 = p->spots[b->to].layer;
    int a_low = a1 < a2 ? a1 : a2, a_high = a1 < a2 ? a2 : a1;
    int b_low = b1 < b2 ? b1 : b2, b_high = b1 < b2 ? b2 : b1;
    return a_low <= b_high && b_low <= a_high;
}

static int length_of(const struct plan *p, const struct way *w)
{
    int d = p->spots[w->to].layer - p->spots[w->from].layer;
    return d < 0 ? -d : d;
}

// Short ones inside, long ones outside; one that meets another goes a lane further out.
static void choose_lanes(struct plan *p)
{
    double width[2][MOST] = {{0}};
    int n[2] = {0, 0};
    for (int length = 0; length < MOST; length++)
        for (size_t i = 0; i < p->n_ways; i++) {
            struct way *w = &p->ways[i];
            if (!w->beside || length_of(p, w) != length)
                continue;
            for (bool again = true; again;) {
                again = false;
                for (size_t k = 0; k < p->n_ways; k++) {
                    const struct way *o = &p->ways[k];
                    bool before =
                        length_of(p, o) < length || (length_of(p, o) == length && k < i);
                    if (k == i || !o->beside || o->left != w->left || !before ||
                        o->lane != w->lane || !overlaps(p, o, w))
                        continue;
                    w->lane++;
                    again = true;
                }
            }
            double *room = &width[w->left][w->lane];
            *room = fmax(*room, w->width);
            n[w->left] = w->lane + 1 > n[w->left] ? w->lane + 1 : n[w->left];
        }
    p->n_right = n[0];
    p->n_left = n[1];
    double at = 0;
    for (int k = 0; k < p->n_left; k++) { // outwards, to the left of 0
        at -= lane_gap + 6;
        p->lane_left[k] = at;
        at -= width[1][k] + 8;
    }
    double shift = margin - at, right = p->width;
    for (int k = 0; k < p->n_right; k++) {
        right += lane_gap + 6;
        p->lane_right[k] = right + shift;
        right += width[0][k] + 8;
    }
    for (int k = 0; k < p->n_left; k++)
        p->lane_left[k] += shift;
    for (size_t i = 0; i < p->w->n_stages; i++)
        p->spots[i].x += shift;
    for (int k = 0; k < p->n_layers; k++) {
        p->layer_left[k] += shift;
        p->layer_right[k] += shift;
    }
    p->width = right + shift + margin;
}

// --- drawing

static void draw_head(struct canvas *c, double x, double y, double dx, double dy,
                      enum ink ink)
{
    double length = hypot(dx, dy);
    if (length <= 0)
        return;
    dx /= length;
    dy /= length;
    double bx = x - dx * arrow, by = y - dy * arrow, half = arrow * 0.45;
    const double xy[] = {
        x, y, bx - dy * half, by + dx * half, bx + dy * half, by - dx * half};
    draw_area(c, xy, 3, ink, 1);
}

static void draw_spot(const struct plan *p, struct canvas *c, const struct spot *s)
{
    const double frame[] = {s->x,
                            s->y,
                            s->x + s->width,
                            s->y,
                            s->x + s->width,
                            s->y + s->height,
                            s->x,
                            s->y + s->height,
                            s->x,
                            s->y};
    draw_box(c, s->x, s->y, s->width, s->height, INK_SHADE, FILL_SOLID);
    draw_path(c, frame, 5, 1.2, s->stage->final ? INK_ACCENT : INK_MUTED, DASH_NONE);
    if (s->stage->final) {
        const double in = 3.5;
        const double inner[] = {s->x + in,
                                s->y + in,
                                s->x + s->width - in,
                                s->y + in,
                                s->x + s->width - in,
                                s->y + s->height - in,
                                s->x + in,
                                s->y + s->height - in,
                                s->x + in,
                                s->y + in};
        draw_path(c, inner, 5, 0.8, INK_ACCENT, DASH_NONE);
    }
    double middle = s->x + s->width / 2;
    draw_text(c, middle, s->y + 22, ANCHOR_MIDDLE, name_font, INK_TEXT,
              label_in(s->stage->label, p->zh));
    if (s->note.n)
        draw_text(c, middle, s->y + 39, ANCHOR_MIDDLE, note_font,
                  s->stage->otherwise >= 0 ? INK_ALARM : INK_MUTED, s->note);
}

static bool is_free(const struct plan *p, const struct box *b)
{
    for (size_t i = 0; i < p->n_taken; i++) {
        const struct box *o = &p->taken[i];
        if (b->x < o->x + o->width && o->x < b->x + b->width && b->y < o->y + o->height &&
            o->y < b->y + b->height)
            return false;
    }
    return true;
}

// The names of the moves, one under the other, about (x, y) or beginning (ending) there.
static void draw_label(struct plan *p, struct canvas *c, const struct way *w, double x,
                       double y, enum draw_anchor anchor)
{
    double height = (double)w->n_moves * line_height, width = w->width + 6;
    double left = anchor == ANCHOR_MIDDLE  ? x - width / 2
                  : anchor == ANCHOR_START ? x - 3
                                           : x - width + 3;
    struct box b = {left, y - height / 2, width, height};
    draw_box(c, b.x, b.y, b.width, b.height, INK_PAPER, FILL_SOLID);
    for (size_t i = 0; i < w->n_moves; i++)
        draw_text(c, x, b.y + 11 + (double)i * line_height, anchor, label_font,
                  w->late ? INK_ALARM : INK_TEXT, move_label(p, w->moves[i]));
    p->taken[p->n_taken++] = b;
}

static enum ink way_ink(const struct way *w)
{
    return w->late ? INK_ALARM : INK_MUTED;
}

static double port(const struct spot *s, int used, int of)
{
    return s->x + s->width * (used + 1) / (of + 1);
}

// How far along from one point to the other the label stands best; shift: from the line
// to the label's left edge.
static double best_place(const struct plan *p, const struct way *w, const double from[2],
                         const double to[2], double shift)
{
    static const double along[] = {0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8};
    double height = (double)w->n_moves * line_height;
    for (size_t i = 0; i < sizeof along / sizeof *along; i++) {
        struct box b = {from[0] + (to[0] - from[0]) * along[i] + shift,
                        from[1] + (to[1] - from[1]) * along[i] - height / 2, w->width + 6,
                        height};
        if (is_free(p, &b))
            return along[i];
    }
    return along[0];
}

static void draw_straight(struct plan *p, struct canvas *c, const struct way *w,
                          bool labels)
{
    struct spot *a = &p->spots[w->from], *b = &p->spots[w->to];
    const double from[] = {port(a, a->used_below++, a->out_below), a->y + a->height};
    const double to[] = {port(b, b->used_above++, b->in_above), b->y};
    double dx = to[0] - from[0], dy = to[1] - from[1];
    if (labels) {
        double at = best_place(p, w, from, to, -w->width / 2 - 3);
        draw_label(p, c, w, from[0] + dx * at, from[1] + dy * at, ANCHOR_MIDDLE);
        return;
    }
    draw_line(c, from[0], from[1], to[0], to[1] - arrow / 2, 1.2, way_ink(w),
              w->late ? DASH_LONG : DASH_NONE);
    draw_head(c, to[0], to[1], dx, dy, way_ink(w));
}

static void take_across(struct plan *p, double x1, double x2, double y)
{
    p->taken[p->n_taken++] = (struct box){fmin(x1, x2), y - 1, fabs(x2 - x1), 2};
}

// Out at the side, along the lane, in at the side; a stage with another between it and
// the lane is left below and entered above.
static void draw_beside(struct plan *p, struct canvas *c, const struct way *w, size_t i,
                        bool labels)
{
    struct spot *a = &p->spots[w->from], *b = &p->spots[w->to];
    double lane = w->left ? p->lane_left[w->lane] : p->lane_right[w->lane];
    double side = w->left ? -1 : 1, shift = 5.0 * (double)(i % 3) - 5;
    bool a_edge = w->left ? a->x <= p->layer_left[a->layer] + 1
                          : a->x + a->width >= p->layer_right[a->layer] - 1;
    bool b_edge = w->left ? b->x <= p->layer_left[b->layer] + 1
                          : b->x + b->width >= p->layer_right[b->layer] - 1;
    double xy[12];
    size_t n = 0;
    double y1 = a->y + a->height / 2 + 8 + shift / 2,
           y2 = b->y + b->height / 2 - 8 + shift / 2;
    if (a_edge) {
        xy[n++] = side < 0 ? a->x : a->x + a->width;
        xy[n++] = y1;
    } else {
        y1 = p->layer_y[a->layer] + p->layer_height[a->layer] + 12 +
             track_step * (double)(i % 2);
        xy[n++] = a->x + a->width * (side < 0 ? 0.15 : 0.85);
        xy[n++] = a->y + a->height;
        xy[n++] = xy[0];
        xy[n++] = y1;
    }
    if (!b_edge)
        y2 = p->layer_y[b->layer] - 14 - track_step * (double)(i % 2);
    xy[n++] = lane;
    xy[n++] = y1;
    xy[n++] = lane;
    xy[n++] = y2;
    double end_x = side < 0 ? b->x : b->x + b->width, end_y = y2;
    if (!b_edge) {
        end_x = b->x + b->width * (side < 0 ? 0.15 : 0.85);
        xy[n++] = end_x;
        xy[n++] = y2;
        end_y = b->y;
    }
    if (labels) {
        const double from[] = {lane, y1}, to[] = {lane, y2};
        double at = best_place(p, w, from, to, side < 0 ? -w->width - 8 : 2);
        draw_label(p, c, w, lane + side * 5, y1 + (y2 - y1) * at,
                   side < 0 ? ANCHOR_END : ANCHOR_START);
        return;
    }
    take_across(p, a->x + a->width / 2, lane, y1);
    take_across(p, b->x + b->width / 2, lane, y2);
    double dx = b_edge ? -side : 0, dy = b_edge ? 0 : 1;
    xy[n++] = end_x - dx * arrow / 2;
    xy[n++] = end_y - dy * arrow / 2;
    draw_path(c, xy, n / 2, 1.2, way_ink(w), w->late ? DASH_LONG : DASH_NONE);
    draw_head(c, end_x, end_y, dx, dy, way_ink(w));
}

// Lines first, so that no line crosses a label.
static void draw_ways(struct plan *p, struct canvas *c, bool labels)
{
    for (size_t i = 0; i < p->w->n_stages; i++)
        p->spots[i].used_below = p->spots[i].used_above = 0;
    for (size_t i = 0; i < p->n_ways; i++)
        if (p->ways[i].beside)
            draw_beside(p, c, &p->ways[i], i, labels);
        else
            draw_straight(p, c, &p->ways[i], labels);
}

static void draw_all(struct plan *p, struct canvas *c)
{
    const struct spot *first = &p->spots[0];
    double x = first->x + first->width / 2;
    draw_box(c, 0, 0, p->width, p->height, INK_PAPER, FILL_SOLID);
    draw_marker(c, x, margin, 7, SHAPE_CIRCLE, INK_TEXT, true);
    draw_line(c, x, margin, x, first->y - arrow / 2, 1.2, INK_MUTED, DASH_NONE);
    draw_head(c, x, first->y, 0, 1, INK_MUTED);
    draw_ways(p, c, false);
    for (size_t i = 0; i < p->w->n_stages; i++)
        draw_spot(p, c, &p->spots[i]);
    draw_ways(p, c, true);
}

static double middle(const struct plan *p, int stage)
{
    return p->spots[stage].x + p->spots[stage].width / 2;
}

// From left to right, so that those which leave or reach a stage do not cross there.
static void sort_ways(struct plan *p)
{
    for (size_t i = 1; i < p->n_ways; i++) {
        struct way w = p->ways[i];
        size_t k = i;
        for (; k; k--) {
            const struct way *o = &p->ways[k - 1];
            double from = middle(p, o->from) - middle(p, w.from);
            if (from < 0 || (from <= 0 && middle(p, o->to) <= middle(p, w.to)))
                break;
            p->ways[k] = *o;
        }
        p->ways[k] = w;
    }
}

static enum err lay_out(struct plan *p, struct error *e)
{
    size_t most = 0;
    for (size_t i = 0; i < p->w->n_moves; i++)
        most += (size_t)__builtin_popcountll(p->w->moves[i].from);
    p->ways = ARENA_ARRAY(p->arena, struct way, most + 1);
    p->taken = ARENA_ARRAY(p->arena, struct box, 3 * most + 1);
    bool *back = ARENA_ARRAY(p->arena, bool, most + 1);
    if (!p->ways || !p->taken || !back)
        return error_memory(e);
    enum err code = measure_spots(p, e);
    if (code)
        return code;
    find_ways(p);
    find_layers(p, back);
    for (size_t i = 0; i < p->n_ways; i++) {
        if (p->ways[i].beside)
            continue;
        p->spots[p->ways[i].from].out_below++;
        p->spots[p->ways[i].to].in_above++;
    }
    place_spots(p);
    sort_ways(p);
    choose_lanes(p);
    return ERR_OK;
}

enum err workflow_chart(const struct workflow *w, bool zh, struct typeset *t,
                        struct arena *a, struct buf *out, struct error *e)
{
    struct plan *p = ARENA_NEW(a, struct plan);
    struct canvas *c = NULL;
    if (!p)
        return error_memory(e);
    *p = (struct plan){.w = w, .zh = zh, .t = t, .arena = a};
    enum err code = lay_out(p, e);
    if (code)
        return code;
    struct canvas_set set = {.form = CANVAS_SVG,
                             .width = p->width,
                             .height = p->height,
                             .label = label_in(w->label, zh),
                             .whole = true};
    code = canvas_open(&c, t, &set, out, e);
    if (!code)
        draw_all(p, c);
    enum err closed = canvas_close(c, e);
    return code ? code : closed;
}
