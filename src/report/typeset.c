// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/typeset.h"

#include <math.h>
#include <string.h>

enum { SLOTS = 8192, FONTS = 32, LONGEST_TEXT = 1 << 20 };

struct slot {
    PangoLayout *layout;
    PangoFontDescription *font; // one of the typeset's
    int width;                  // Pango units; -1: not broken
};

struct typeset {
    PangoContext *context;
    bool zh, failed;
    size_t n_fonts;
    struct {
        struct font font;
        PangoFontDescription *description;
    } fonts[FONTS];
    struct slot slots[SLOTS]; // by hash; a newcomer takes the place
};

enum err typeset_open(struct typeset **out, bool zh, struct error *e)
{
    struct typeset *t = mem_alloc(1, sizeof *t);
    *out = NULL;
    if (!t)
        return error_memory(e);
    t->zh = zh;
    t->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    if (!t->context) {
        mem_free(t);
        return error_memory(e);
    }
    pango_cairo_context_set_resolution(t->context, 72);
    pango_context_set_language(t->context,
                               pango_language_from_string(zh ? "zh-cn" : "en"));
    // the same widths at any scale
    pango_context_set_round_glyph_positions(t->context, FALSE);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(t->context, options);
    cairo_font_options_destroy(options);
    *out = t;
    return ERR_OK;
}

void typeset_close(struct typeset *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        if (t->slots[i].layout)
            g_object_unref(t->slots[i].layout);
    for (size_t i = 0; i < t->n_fonts; i++)
        pango_font_description_free(t->fonts[i].description);
    g_object_unref(t->context);
    mem_free(t);
}

enum err typeset_check(const struct typeset *t, struct error *e)
{
    return t->failed ? error_memory(e) : ERR_OK;
}

static PangoFontDescription *description(struct typeset *t, struct font font)
{
    for (size_t i = 0; i < t->n_fonts; i++)
        if (t->fonts[i].font.bold == font.bold &&
            fabs(t->fonts[i].font.size - font.size) < 0.01)
            return t->fonts[i].description;
    if (t->n_fonts == FONTS) // more sizes than any report has: the nearest will do
        return t->fonts[FONTS - 1].description;
    PangoFontDescription *made = pango_font_description_new();
    if (!made)
        return NULL;
    pango_font_description_set_family(made,
                                      t->zh ? "Noto Sans CJK SC,Noto Sans,sans-serif"
                                            : "Noto Sans,Noto Sans CJK SC,sans-serif");
    pango_font_description_set_weight(made, font.bold ? PANGO_WEIGHT_BOLD
                                                      : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(made, font.size * PANGO_SCALE);
    t->fonts[t->n_fonts].font = font;
    t->fonts[t->n_fonts++].description = made;
    return made;
}

PangoLayout *typeset_layout(struct typeset *t, struct font font, struct str s,
                            double width)
{
    PangoFontDescription *face = description(t, font);
    if (s.n > LONGEST_TEXT)
        s.n = LONGEST_TEXT;
    int units = width < 0 ? -1 : (int)lround(width * PANGO_SCALE);
    uint64_t hash = str_hash(s, (uint64_t)(uintptr_t)face ^ (uint64_t)(uint32_t)units);
    struct slot *slot = &t->slots[hash % SLOTS];
    if (slot->layout && slot->font == face && slot->width == units) {
        struct str held = str_of(pango_layout_get_text(slot->layout));
        if (str_equal(held, s))
            return slot->layout;
    }
    PangoLayout *layout = face ? pango_layout_new(t->context) : NULL;
    if (!layout) {
        t->failed = true;
        return NULL;
    }
    pango_layout_set_font_description(layout, face);
    if (units >= 0) {
        pango_layout_set_width(layout, units);
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        // a code or a name that must be broken gets no sign that is not its own
        PangoAttrList *plain = pango_attr_list_new();
        pango_attr_list_insert(plain, pango_attr_insert_hyphens_new(FALSE));
        pango_layout_set_attributes(layout, plain);
        pango_attr_list_unref(plain);
    }
    pango_layout_set_text(layout, s.n ? s.p : "", (int)s.n);
    if (slot->layout)
        g_object_unref(slot->layout);
    *slot = (struct slot){layout, face, units};
    return layout;
}

double typeset_leading(struct font font)
{
    return font.size * (font.size > 12 ? 1.28 : 1.42);
}

double typeset_width(struct typeset *t, struct font font, struct str s)
{
    PangoLayout *layout = s.n ? typeset_layout(t, font, s, -1) : NULL;
    int width = 0;
    if (layout)
        pango_layout_get_size(layout, &width, NULL);
    return (double)width / PANGO_SCALE;
}

double typeset_least_width(struct typeset *t, struct font font, struct str s)
{
    PangoLayout *layout = s.n ? typeset_layout(t, font, s, -1) : NULL;
    if (!layout)
        return 0;
    int n = 0, least = 0, from = 0;
    const PangoLogAttr *breaks = pango_layout_get_log_attrs_readonly(layout, &n);
    const char *at = pango_layout_get_text(layout);
    for (int i = 0; i < n; i++) {
        if (i == n - 1 || (i > 0 && breaks[i].is_line_break)) {
            PangoRectangle here;
            pango_layout_index_to_pos(layout, (int)(at - pango_layout_get_text(layout)),
                                      &here);
            if (here.x - from > least)
                least = here.x - from;
            from = here.x;
        }
        if (i < n - 1)
            at = g_utf8_next_char(at);
    }
    return (double)least / PANGO_SCALE;
}

size_t typeset_lines(struct typeset *t, struct font font, struct str s, double width)
{
    PangoLayout *layout = s.n ? typeset_layout(t, font, s, width) : NULL;
    return layout ? (size_t)pango_layout_get_line_count(layout) : 1;
}

struct str typeset_fit(struct typeset *t, struct arena *a, struct font font, struct str s,
                       double width)
{
    static const struct str dots = {"\xE2\x80\xA6", 3};
    if (typeset_width(t, font, s) <= width + 0.01)
        return s;
    PangoLayout *layout = typeset_layout(t, font, s, -1);
    double room = width - typeset_width(t, font, dots);
    int index = 0, trailing;
    // asked again: measuring the dots may have taken the slot
    layout = typeset_layout(t, font, s, -1);
    if (!layout)
        return (struct str){NULL, 0};
    if (room > 0)
        pango_layout_xy_to_index(layout, (int)(room * PANGO_SCALE), 0, &index, &trailing);
    struct str head = str_trim((struct str){s.p, (size_t)index});
    struct buf text = BUF_INIT(head.n + dots.n + 1);
    buf_add(&text, head);
    buf_add(&text, dots);
    struct str out = text.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&text));
    buf_free(&text);
    return out;
}
