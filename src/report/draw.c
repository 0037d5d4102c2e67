// SPDX-License-Identifier: AGPL-3.0-or-later
// The canvas: one set of calls over cairo (PDF, PNG) and over SVG text.
#include "report/draw.h"

#include <cairo-pdf.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>

#include "report/picture.h"
#include "report/typeset.h"

enum { OUTLINE_LEVELS = 4, PNG_SCALE = 2 };

struct canvas {
    struct typeset *type;
    struct canvas_set set;
    struct buf *sink;
    cairo_surface_t *surface; // NULL for an SVG
    cairo_t *cairo;
    int outline[OUTLINE_LEVELS]; // last entry of each level
};

static const struct {
    const char *name;
    unsigned light, dark;
} inks[INK_COUNT] = {
    [INK_NONE] = {"none", 0xFFFFFF, 0x000000},
    [INK_TEXT] = {"text", 0x1B1F23, 0xE6E8EA},
    [INK_MUTED] = {"muted", 0x5C656D, 0x9BA5AD},
    [INK_FAINT] = {"faint", 0xE1E4E6, 0x2B3237},
    [INK_RULE] = {"rule", 0xB4BBC0, 0x4A545B},
    [INK_PAPER] = {"paper", 0xFFFFFF, 0x14181B},
    [INK_SHADE] = {"shade", 0xF1F4F4, 0x1D2327},
    [INK_ACCENT] = {"accent", 0x0B5F63, 0x57B8B5},
    [INK_ALARM] = {"alarm", 0xBD4500, 0xF2803C},
    [INK_SERIES] = {"s0", 0x009E73, 0x1DB38A},
    [INK_SERIES + 1] = {"s1", 0xE69F00, 0xE9AE2B},
    [INK_SERIES + 2] = {"s2", 0x0072B2, 0x4A9BD1},
    [INK_SERIES + 3] = {"s3", 0xCC79A7, 0xD593B8},
    [INK_SERIES + 4] = {"s4", 0x56B4E9, 0x7CC5EE},
    [INK_SERIES + 5] = {"s5", 0x6B6B6B, 0xA9A9A9},
    // a map means the same on a dark page
    [INK_DIVERGING] = {"d0", 0xDCEFFA, 0xDCEFFA},
    [INK_DIVERGING + 1] = {"d1", 0xBADEF5, 0xBADEF5},
    [INK_DIVERGING + 2] = {"d2", 0x97CBEC, 0x97CBEC},
    [INK_DIVERGING + 3] = {"d3", 0xB3AA9A, 0xB3AA9A},
    [INK_DIVERGING + 4] = {"d4", 0xD97F33, 0xD97F33},
    [INK_DIVERGING + 5] = {"d5", 0xB04A0C, 0xB04A0C},
    [INK_DIVERGING + 6] = {"d6", 0x6A2804, 0x6A2804},
    [INK_SEQUENTIAL] = {"q0", 0xE2F1EF, 0xE2F1EF},
    [INK_SEQUENTIAL + 1] = {"q1", 0xBFE0DC, 0xBFE0DC},
    [INK_SEQUENTIAL + 2] = {"q2", 0x94CAC5, 0x94CAC5},
    [INK_SEQUENTIAL + 3] = {"q3", 0x63AFAA, 0x63AFAA},
    [INK_SEQUENTIAL + 4] = {"q4", 0x348F8B, 0x348F8B},
    [INK_SEQUENTIAL + 5] = {"q5", 0x146A69, 0x146A69},
    [INK_SEQUENTIAL + 6] = {"q6", 0x0A4346, 0x0A4346},
    [INK_HATCH] = {"hatch", 0x1B1F23, 0x1B1F23},
};

static const double dashes[][2] = {[DASH_NONE] = {0, 0},
                                   [DASH_LONG] = {5, 2.5},
                                   [DASH_SHORT] = {2.5, 2},
                                   [DASH_DOT] = {1, 1.8}};

enum ink ink_series(size_t i)
{
    return (enum ink)(INK_SERIES + (int)(i % INK_SERIES_COUNT));
}

static void set_ink(struct canvas *c, enum ink ink, double opacity)
{
    unsigned rgb = inks[ink].light;
    cairo_set_source_rgba(c->cairo, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
                          (rgb & 255) / 255.0, opacity);
}

void draw_style(struct buf *out)
{
    for (int dark = 0; dark < 2; dark++) {
        buf_add_c(out, dark ? "@media screen and (prefers-color-scheme:dark){:root{"
                            : ":root{color-scheme:light dark;");
        for (int i = INK_TEXT; i < INK_COUNT; i++)
            buf_printf(out, "--%s:#%06x;", inks[i].name,
                       dark ? inks[i].dark : inks[i].light);
        buf_add_c(out, dark ? "}}\n" : "}\n");
    }
    for (int i = INK_TEXT; i < INK_COUNT; i++)
        buf_printf(out, ".f-%s{fill:var(--%s)}.l-%s{stroke:var(--%s);fill:none}\n",
                   inks[i].name, inks[i].name, inks[i].name, inks[i].name);
    buf_add_c(out, "svg text{font-family:\"Noto Sans\",\"Noto Sans CJK SC\","
                   "\"Noto Sans SC\",\"PingFang SC\",\"Microsoft YaHei\",sans-serif;"
                   "font-variant-numeric:tabular-nums;white-space:pre}"
                   "svg .b{font-weight:700}\n");
}

static cairo_status_t write_to_sink(void *closure, const unsigned char *bytes, unsigned n)
{
    struct buf *sink = closure;
    buf_add(sink, (struct str){(const char *)bytes, n});
    // a failure is kept by the sink: cairo 1.16 does not survive one in the middle of a
    // PDF
    return CAIRO_STATUS_SUCCESS;
}

static void begin_svg(struct canvas *c)
{
    struct buf *out = c->sink;
    if (c->set.whole)
        buf_add_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"%s%s%s "
               "viewBox=\"0 0 %.6g %.6g\" width=\"%.6g\" height=\"%.6g\" aria-label=\"",
               c->set.css_class ? " class=\"" : "",
               c->set.css_class ? c->set.css_class : "", c->set.css_class ? "\"" : "",
               c->set.width, c->set.height, c->set.width, c->set.height);
    buf_add_markup(out, c->set.label);
    buf_add_c(out, "\">\n<title>");
    buf_add_markup(out, c->set.label);
    buf_add_c(out, "</title>\n");
    if (c->set.whole) {
        buf_add_c(out, "<style>\n");
        draw_style(out);
        buf_add_c(out, "</style>\n<rect class=\"f-paper\" width=\"100%\" "
                       "height=\"100%\"/>\n");
    }
}

enum err canvas_open(struct canvas **out, struct typeset *t, const struct canvas_set *set,
                     struct buf *sink, struct error *e)
{
    struct canvas *c = mem_alloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return error_memory(e);
    *c = (struct canvas){.type = t, .set = *set, .sink = sink};
    if (set->form == CANVAS_SVG) {
        begin_svg(c);
    } else if (set->form == CANVAS_PDF) {
        c->surface = cairo_pdf_surface_create_for_stream(write_to_sink, sink, set->width,
                                                         set->height);
        cairo_pdf_surface_restrict_to_version(c->surface, CAIRO_PDF_VERSION_1_5);
    } else {
        c->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                                (int)ceil(set->width * PNG_SCALE),
                                                (int)ceil(set->height * PNG_SCALE));
    }
    if (c->surface) {
        c->cairo = cairo_create(c->surface);
        cairo_set_line_join(c->cairo, CAIRO_LINE_JOIN_ROUND);
    }
    if (set->form == CANVAS_PNG) {
        cairo_scale(c->cairo, PNG_SCALE, PNG_SCALE);
        set_ink(c, INK_PAPER, 1);
        cairo_paint(c->cairo);
    }
    *out = c;
    return ERR_OK;
}

static enum err status_error(cairo_status_t status, const struct buf *sink,
                             struct error *e)
{
    if (sink->failed)
        return buf_check(sink, e);
    if (status == CAIRO_STATUS_NO_MEMORY)
        return error_memory(e);
    if (status != CAIRO_STATUS_SUCCESS)
        return error_set(e, ERR_INTERNAL, "report.draw", NULL,
                         "the page could not be drawn: %s",
                         cairo_status_to_string(status));
    return ERR_OK;
}

enum err canvas_close(struct canvas *c, struct error *e)
{
    if (!c)
        return ERR_OK;
    cairo_status_t status = CAIRO_STATUS_SUCCESS;
    if (c->surface) {
        status = cairo_status(c->cairo);
        cairo_destroy(c->cairo);
        if (c->set.form == CANVAS_PNG && !status)
            status =
                cairo_surface_write_to_png_stream(c->surface, write_to_sink, c->sink);
        cairo_surface_finish(c->surface);
        if (!status)
            status = cairo_surface_status(c->surface);
        cairo_surface_destroy(c->surface);
    } else {
        buf_add_c(c->sink, "</svg>\n");
    }
    enum err code = status_error(status, c->sink, e);
    if (!code)
        code = typeset_check(c->type, e);
    mem_free(c);
    return code;
}

void canvas_describe(struct canvas *c, const char *title, const char *author,
                     const char *date)
{
    if (c->set.form != CANVAS_PDF)
        return;
    cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_TITLE, title);
    if (*author)
        cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_AUTHOR, author);
    cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_CREATOR, "Heng");
    cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
    cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_MOD_DATE, date);
}

void canvas_next_page(struct canvas *c)
{
    if (c->set.form == CANVAS_PDF)
        cairo_show_page(c->cairo);
}

// What is marked must have an extent for cairo to note where it stands.
static void tag(struct canvas *c, const char *name, const char *attributes)
{
    cairo_tag_begin(c->cairo, name, attributes);
    cairo_tag_end(c->cairo, name);
}

void canvas_outline(struct canvas *c, int level, const char *text, double y)
{
    if (c->set.form != CANVAS_PDF || level < 1 || level >= OUTLINE_LEVELS)
        return;
    int above = CAIRO_PDF_OUTLINE_ROOT;
    for (int i = level - 1; i > 0 && above == CAIRO_PDF_OUTLINE_ROOT; i--)
        above = c->outline[i];
    char name[32], attributes[64];
    static const char format[] = "outline-%d";
    int id = 1;
    for (int i = 1; i < OUTLINE_LEVELS; i++)
        id = c->outline[i] >= id ? c->outline[i] + 1 : id;
    snprintf(name, sizeof name, format, id);
    canvas_target(c, name, 0, y);
    snprintf(attributes, sizeof attributes, "dest='%s'", name);
    c->outline[level] = cairo_pdf_surface_add_outline(c->surface, above, text, attributes,
                                                      CAIRO_PDF_OUTLINE_FLAG_OPEN);
    for (int i = level + 1; i < OUTLINE_LEVELS; i++)
        c->outline[i] = CAIRO_PDF_OUTLINE_ROOT;
}

void canvas_target(struct canvas *c, const char *name, double x, double y)
{
    if (c->set.form != CANVAS_PDF)
        return;
    char attributes[128];
    snprintf(attributes, sizeof attributes, "name='%s' x=%.2f y=%.2f", name, x, y);
    tag(c, CAIRO_TAG_DEST, attributes);
}

void canvas_link(struct canvas *c, const char *name, double x, double y, double width,
                 double height)
{
    if (c->set.form != CANVAS_PDF)
        return;
    char attributes[160];
    snprintf(attributes, sizeof attributes, "dest='%s' rect=[%.2f %.2f %.2f %.2f]", name,
             x, y, width, height);
    tag(c, CAIRO_TAG_LINK, attributes);
}

static const char *const svg_anchors[] = {"", " text-anchor=\"middle\"",
                                          " text-anchor=\"end\""};

void draw_text(struct canvas *c, double x, double baseline, enum draw_anchor anchor,
               struct font font, enum ink ink, struct str s)
{
    if (s.n == 0)
        return;
    if (!c->cairo) {
        buf_printf(c->sink,
                   "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.4g\" class=\"f-%s%s\"%s>",
                   x, baseline, font.size, inks[ink].name, font.bold ? " b" : "",
                   svg_anchors[anchor]);
        buf_add_markup(c->sink, s);
        buf_add_c(c->sink, "</text>\n");
        return;
    }
    PangoLayout *layout = typeset_layout(c->type, font, s, -1);
    if (!layout)
        return;
    PangoLayoutLine *line = pango_layout_get_line_readonly(layout, 0);
    PangoRectangle size;
    pango_layout_line_get_extents(line, NULL, &size);
    double width = (double)size.width / PANGO_SCALE;
    x -= anchor == ANCHOR_END ? width : anchor == ANCHOR_MIDDLE ? width / 2 : 0;
    set_ink(c, ink, 1);
    cairo_move_to(c->cairo, x, baseline);
    pango_cairo_show_layout_line(c->cairo, line);
}

void draw_wrapped(struct canvas *c, const struct draw_wrap *w, struct str s)
{
    PangoLayout *layout =
        c->cairo && s.n ? typeset_layout(c->type, w->font, s, w->width) : NULL;
    if (!layout)
        return;
    size_t n = (size_t)pango_layout_get_line_count(layout);
    double leading = typeset_leading(w->font);
    double baseline = w->y + leading / 2 + w->font.size * 0.35;
    set_ink(c, w->ink, 1);
    for (size_t i = w->first; i < n && i < w->first + w->count; i++) {
        PangoLayoutLine *line = pango_layout_get_line_readonly(layout, (int)i);
        double x = w->x;
        if (w->anchor != ANCHOR_START) {
            PangoRectangle size;
            pango_layout_line_get_extents(line, NULL, &size);
            double rest = w->width - (double)size.width / PANGO_SCALE;
            x += w->anchor == ANCHOR_END ? rest : rest / 2;
        }
        cairo_move_to(c->cairo, x, baseline);
        pango_cairo_show_layout_line(c->cairo, line);
        baseline += leading;
    }
}

static void svg_points(struct canvas *c, const double *xy, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(c->sink, "%s%.2f %.2f", i ? "L" : "M", xy[2 * i], xy[2 * i + 1]);
}

static void cairo_points(struct canvas *c, const double *xy, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cairo_line_to(c->cairo, xy[2 * i], xy[2 * i + 1]);
}

void draw_path(struct canvas *c, const double *xy, size_t n, double thickness,
               enum ink ink, enum draw_dash dash)
{
    if (n < 2)
        return;
    if (!c->cairo) {
        buf_printf(c->sink, "<path class=\"l-%s\" stroke-width=\"%.4g\"", inks[ink].name,
                   thickness);
        if (dash)
            buf_printf(c->sink, " stroke-dasharray=\"%.4g %.4g\"", dashes[dash][0],
                       dashes[dash][1]);
        buf_add_c(c->sink, " d=\"");
        svg_points(c, xy, n);
        buf_add_c(c->sink, "\"/>\n");
        return;
    }
    set_ink(c, ink, 1);
    cairo_set_line_width(c->cairo, thickness);
    cairo_set_dash(c->cairo, dashes[dash], dash ? 2 : 0, 0);
    cairo_new_path(c->cairo);
    cairo_points(c, xy, n);
    cairo_stroke(c->cairo);
}

void draw_line(struct canvas *c, double x1, double y1, double x2, double y2,
               double thickness, enum ink ink, enum draw_dash dash)
{
    draw_path(c, (const double[]){x1, y1, x2, y2}, 2, thickness, ink, dash);
}

void draw_area(struct canvas *c, const double *xy, size_t n, enum ink ink, double opacity)
{
    if (n < 3)
        return;
    if (!c->cairo) {
        buf_printf(c->sink, "<path class=\"f-%s\"", inks[ink].name);
        if (opacity < 1)
            buf_printf(c->sink, " fill-opacity=\"%.3g\"", opacity);
        buf_add_c(c->sink, " d=\"");
        svg_points(c, xy, n);
        buf_add_c(c->sink, "Z\"/>\n");
        return;
    }
    set_ink(c, ink, opacity);
    cairo_new_path(c->cairo);
    cairo_points(c, xy, n);
    cairo_close_path(c->cairo);
    cairo_fill(c->cairo);
}

// Lines of slope +1 or -1 inside a box, cut at its edges, as one path.
static void stripes(struct canvas *c, double x, double y, double width, double height,
                    bool rising)
{
    static const double gap = 4.5;
    if (c->cairo) {
        set_ink(c, INK_PAPER, 1);
        cairo_set_line_width(c->cairo, 1.1);
        cairo_set_dash(c->cairo, NULL, 0, 0);
        cairo_new_path(c->cairo);
    } else {
        buf_add_c(c->sink, "<path class=\"l-paper\" stroke-width=\"1.1\" d=\"");
    }
    for (double k = gap; k < width + height; k += gap) {
        // points of x' + y' = k inside the box; mirrored when the line falls
        double x1 = k < height ? 0 : k - height, y1 = k - x1;
        double x2 = k < width ? k : width, y2 = k - x2;
        double from = x + (rising ? x1 : width - x1), to = x + (rising ? x2 : width - x2);
        if (c->cairo) {
            cairo_move_to(c->cairo, from, y + y1);
            cairo_line_to(c->cairo, to, y + y2);
        } else {
            buf_printf(c->sink, "M%.2f %.2fL%.2f %.2f", from, y + y1, to, y + y2);
        }
    }
    if (c->cairo)
        cairo_stroke(c->cairo);
    else
        buf_add_c(c->sink, "\"/>\n");
}

void draw_box(struct canvas *c, double x, double y, double width, double height,
              enum ink ink, enum draw_fill fill)
{
    if (!(width > 0) || !(height > 0))
        return;
    double opacity = fill == FILL_LIGHT ? 0.18 : 1;
    if (c->cairo) {
        set_ink(c, ink, opacity);
        cairo_rectangle(c->cairo, x, y, width, height);
        cairo_fill(c->cairo);
    } else {
        buf_printf(c->sink,
                   "<rect class=\"f-%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
                   "height=\"%.2f\"%s/>\n",
                   inks[ink].name, x, y, width, height,
                   opacity < 1 ? " fill-opacity=\"0.18\"" : "");
    }
    if (fill == FILL_STRIPES || fill == FILL_CROSS)
        stripes(c, x, y, width, height, true);
    if (fill == FILL_COUNTER || fill == FILL_CROSS)
        stripes(c, x, y, width, height, false);
}

// One ring, its points to a tenth, as steps from the last: half as long as places.
static void svg_ring(struct canvas *c, const double *xy, size_t n)
{
    long long x = 0, y = 0;
    for (size_t i = 0; i < n; i++) {
        long long to_x = llround(10 * xy[2 * i]), to_y = llround(10 * xy[2 * i + 1]);
        if (i && to_x == x && to_y == y)
            continue;
        buf_printf(c->sink, "%s%.6g %.6g", i ? "l" : "M", (double)(to_x - x) / 10,
                   (double)(to_y - y) / 10);
        x = to_x;
        y = to_y;
    }
    buf_add_char(c->sink, 'z');
}

void draw_rings(struct canvas *c, const struct draw_rings *r)
{
    if (!c->cairo) {
        buf_printf(c->sink,
                   "<path class=\"f-%s\" fill-rule=\"evenodd\" "
                   "style=\"stroke:var(--%s)\" stroke-width=\"%.3g\" d=\"",
                   inks[r->ink].name, inks[r->edge].name, r->edge_width);
        for (size_t k = 0; k < r->n_rings; k++)
            svg_ring(c, r->xy + 2 * r->start[k], r->start[k + 1] - r->start[k]);
        buf_add_c(c->sink, "\"");
        if (r->tip.n) {
            buf_add_c(c->sink, "><title>");
            buf_add_markup(c->sink, r->tip);
            buf_add_c(c->sink, "</title></path>\n");
        } else {
            buf_add_c(c->sink, "/>\n");
        }
        return;
    }
    cairo_new_path(c->cairo);
    for (size_t k = 0; k < r->n_rings; k++) {
        cairo_new_sub_path(c->cairo);
        cairo_points(c, r->xy + 2 * r->start[k], r->start[k + 1] - r->start[k]);
        cairo_close_path(c->cairo);
    }
    set_ink(c, r->ink, 1);
    cairo_set_fill_rule(c->cairo, CAIRO_FILL_RULE_EVEN_ODD);
    cairo_fill_preserve(c->cairo);
    cairo_set_fill_rule(c->cairo, CAIRO_FILL_RULE_WINDING);
    set_ink(c, r->edge, 1);
    cairo_set_line_width(c->cairo, r->edge_width);
    cairo_set_dash(c->cairo, NULL, 0, 0);
    cairo_stroke(c->cairo);
}

void draw_lines(struct canvas *c, const double *xy, size_t n, double thickness,
                enum ink ink, double opacity)
{
    if (n == 0)
        return;
    if (!c->cairo) {
        buf_printf(c->sink,
                   "<path class=\"l-%s\" stroke-width=\"%.3g\" "
                   "stroke-opacity=\"%.3g\" pointer-events=\"none\" d=\"",
                   inks[ink].name, thickness, opacity);
        for (size_t i = 0; i < n; i++)
            buf_printf(c->sink, "M%.1f %.1fL%.1f %.1f", xy[4 * i], xy[4 * i + 1],
                       xy[4 * i + 2], xy[4 * i + 3]);
        buf_add_c(c->sink, "\"/>\n");
        return;
    }
    set_ink(c, ink, opacity);
    cairo_set_line_width(c->cairo, thickness);
    cairo_set_dash(c->cairo, NULL, 0, 0);
    cairo_new_path(c->cairo);
    for (size_t i = 0; i < n; i++) {
        cairo_move_to(c->cairo, xy[4 * i], xy[4 * i + 1]);
        cairo_line_to(c->cairo, xy[4 * i + 2], xy[4 * i + 3]);
    }
    cairo_stroke(c->cairo);
}

static void circle(struct canvas *c, double x, double y, double r, enum ink ink,
                   bool filled)
{
    if (!c->cairo) {
        buf_printf(c->sink, "<circle class=\"%s%s\" cx=\"%.2f\" cy=\"%.2f\" r=\"%.4g\"",
                   filled ? "f-" : "f-paper l-", inks[ink].name, x, y, r);
        buf_add_c(c->sink, filled
                               ? "/>\n"
                               : " stroke-width=\"1.2\" style=\"fill:var(--paper)\"/>\n");
        return;
    }
    cairo_new_path(c->cairo);
    cairo_arc(c->cairo, x, y, r, 0, 2 * G_PI);
    set_ink(c, filled ? ink : INK_PAPER, 1);
    if (filled) {
        cairo_fill(c->cairo);
        return;
    }
    cairo_fill_preserve(c->cairo);
    set_ink(c, ink, 1);
    cairo_set_line_width(c->cairo, 1.2);
    cairo_set_dash(c->cairo, NULL, 0, 0);
    cairo_stroke(c->cairo);
}

void draw_marker(struct canvas *c, double x, double y, double size, enum draw_shape shape,
                 enum ink ink, bool filled)
{
    double r = size / 2, s = r * 0.9, d = r * 1.25;
    if (shape == SHAPE_CIRCLE) {
        circle(c, x, y, filled ? r : r - 0.4, ink, filled);
        return;
    }
    double square[] = {x - s, y - s, x + s, y - s, x + s,
                       y + s, x - s, y + s, x - s, y - s};
    double diamond[] = {x, y - d, x + d, y, x, y + d, x - d, y, x, y - d};
    double up[] = {x, y - d, x + d, y + r, x - d, y + r, x, y - d};
    double down[] = {x, y + d, x + d, y - r, x - d, y - r, x, y + d};
    const double *xy = shape == SHAPE_SQUARE    ? square
                       : shape == SHAPE_DIAMOND ? diamond
                       : shape == SHAPE_DOWN    ? down
                                                : up;
    size_t n = shape == SHAPE_TRIANGLE || shape == SHAPE_DOWN ? 4 : 5;
    draw_area(c, xy, n, filled ? ink : INK_PAPER, 1);
    if (!filled)
        draw_path(c, xy, n, 1.2, ink, DASH_NONE);
}

// --- pictures

static cairo_status_t read_from_str(void *closure, unsigned char *to, unsigned n)
{
    struct str *rest = closure;
    if (rest->n < n)
        return CAIRO_STATUS_READ_ERROR;
    memcpy(to, rest->p, n);
    *rest = (struct str){rest->p + n, rest->n - n};
    return CAIRO_STATUS_SUCCESS;
}

// A JPEG is not unpacked: its bytes stand behind an empty surface of its size.
static cairo_surface_t *open_picture(const struct picture *picture, struct str bytes)
{
    if (picture->kind == PICTURE_PNG)
        return cairo_image_surface_create_from_png_stream(read_from_str, &bytes);
    cairo_surface_t *s = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)picture->width, (int)picture->height);
    cairo_status_t status = cairo_surface_status(s);
    if (!status)
        status = cairo_surface_set_mime_data(
            s, CAIRO_MIME_TYPE_JPEG, (const unsigned char *)bytes.p, bytes.n, NULL, NULL);
    if (!status)
        return s;
    cairo_surface_destroy(s);
    return NULL;
}

bool draw_picture(struct canvas *c, const struct picture *picture, struct str bytes,
                  double x, double y, double width, double height)
{
    // EXIF orientations as matrices on the unit square
    static const double turns[9][6] = {{0},
                                       {1, 0, 0, 1, 0, 0},
                                       {-1, 0, 0, 1, 1, 0},
                                       {-1, 0, 0, -1, 1, 1},
                                       {1, 0, 0, -1, 0, 1},
                                       {0, 1, 1, 0, 0, 0},
                                       {0, 1, -1, 0, 1, 0},
                                       {0, -1, -1, 0, 1, 1},
                                       {0, -1, 1, 0, 0, 1}};
    if (!c->cairo)
        return true;
    cairo_surface_t *s = open_picture(picture, bytes);
    if (!s || cairo_surface_status(s)) {
        if (s)
            cairo_surface_destroy(s);
        return false;
    }
    const double *t = turns[picture->turn];
    const cairo_matrix_t turn = {t[0], t[1], t[2], t[3], t[4], t[5]};
    cairo_save(c->cairo);
    cairo_translate(c->cairo, x, y);
    cairo_scale(c->cairo, width, height);
    cairo_transform(c->cairo, &turn);
    cairo_scale(c->cairo, 1.0 / picture->width, 1.0 / picture->height);
    cairo_set_source_surface(c->cairo, s, 0, 0);
    cairo_paint(c->cairo);
    cairo_restore(c->cairo);
    cairo_surface_destroy(s);
    return true;
}
