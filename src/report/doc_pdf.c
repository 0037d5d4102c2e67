// SPDX-License-Identifier: AGPL-3.0-or-later
// A doc as A4 pages.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/pdf_flow.h"
#include "report/picture.h"

static const struct font body = {9.5, false}, small = {7.5, false},
                         caption_font = {9, true}, title_font = {21, true},
                         subtitle_font = {12.5, false};
static const struct font heading_fonts[4] = {
    {0, false}, {14, true}, {11, true}, {9.5, true}};
static const double space_above[4] = {0, 16, 12, 8}, space_below[4] = {0, 6, 4, 2};

enum { MAX_PDF = 1 << 28 };

// What was measured of a block.
struct piece {
    const struct block *block;
    struct table_layout *table;
    bool after_heading;
    struct piece *next;
};

static double lines_height(struct flow *f, struct font font, struct str s, double width)
{
    return s.n ? (double)typeset_lines(f->t, font, s, width) * typeset_leading(font) : 0;
}

// Sets wrapped text at f->y and moves on.
static void set_text(struct flow *f, struct font font, enum ink ink, struct str s,
                     double x, double width)
{
    if (!s.n)
        return;
    size_t lines = typeset_lines(f->t, font, s, width);
    if (f->c) {
        struct draw_wrap wrap = {x, f->y, width, ANCHOR_START, font, ink, 0, lines};
        draw_wrapped(f->c, &wrap, s);
    }
    f->y += (double)lines * typeset_leading(font);
}

static void running_lines(struct flow *f)
{
    const struct doc *d = f->d;
    char number[48];
    snprintf(number, sizeof number, "%d / %d", f->page, f->pages);
    double base = PAGE_HEIGHT - 36;
    draw_line(f->c, PAGE_LEFT, base - 13, PAGE_RIGHT, base - 13, 0.4, INK_RULE,
              DASH_NONE);
    draw_text(f->c, PAGE_RIGHT, base, ANCHOR_END, small, INK_MUTED, str_of(number));
    struct str footer = typeset_fit(f->t, f->a, small, d->footer, TEXT_WIDTH - 60);
    draw_text(f->c, PAGE_LEFT, base, ANCHOR_START, small, INK_MUTED, footer);
    if (f->page == 1)
        return;
    struct str left = typeset_fit(f->t, f->a, small, d->title, TEXT_WIDTH * 0.48);
    struct str right = typeset_fit(f->t, f->a, small, d->subtitle, TEXT_WIDTH * 0.48);
    draw_text(f->c, PAGE_LEFT, 40, ANCHOR_START, small, INK_MUTED, left);
    draw_text(f->c, PAGE_RIGHT, 40, ANCHOR_END, small, INK_MUTED, right);
    draw_line(f->c, PAGE_LEFT, 46, PAGE_RIGHT, 46, 0.4, INK_RULE, DASH_NONE);
}

static void begin_page(struct flow *f)
{
    f->page++;
    f->y = PAGE_TOP;
    if (f->c)
        running_lines(f);
}

void flow_next_page(struct flow *f)
{
    if (f->c)
        canvas_next_page(f->c);
    begin_page(f);
}

static size_t target_index(const struct flow *f, struct str anchor)
{
    size_t i = 0;
    while (i < f->n_targets && !str_equal(f->targets[i], anchor))
        i++;
    return i;
}

bool flow_target(const struct flow *f, struct str anchor, char name[32])
{
    size_t i = target_index(f, anchor);
    if (i < f->n_targets)
        snprintf(name, 32, "a-%zu", i);
    return i < f->n_targets;
}

void flow_note_page(struct flow *f, struct str anchor)
{
    size_t i = target_index(f, anchor);
    if (i < f->n_targets && !f->target_pages[i])
        f->target_pages[i] = f->page;
}

int flow_page_of(const struct flow *f, struct str anchor)
{
    size_t i = target_index(f, anchor);
    return i < f->n_targets ? f->target_pages[i] : 0;
}

// A name defined twice leads to its first place.
static bool first_target(const struct flow *f, struct str anchor)
{
    size_t i = 0;
    while (!str_equal(f->targets[i], (struct str){anchor.p + 1, anchor.n - 1}))
        i++;
    return f->targets[i].p == anchor.p + 1;
}

void flow_link(struct flow *f, struct str anchor, double x, double y, double width,
               double height)
{
    char name[32];
    if (!f->c)
        return;
    if (anchor.p[0] == '#') {
        if (flow_target(f, (struct str){anchor.p + 1, anchor.n - 1}, name) &&
            first_target(f, anchor))
            canvas_target(f->c, name, x, y);
    } else if (flow_target(f, anchor, name)) {
        canvas_link(f->c, name, x, y, width, height);
    }
}

static struct str note_line(struct flow *f, size_t i, struct str signs, struct str note,
                            struct str source)
{
    bool zh = f->d->zh;
    if (i == 0)
        return signs;
    struct str s = i == 1 ? note : source;
    if (!s.n)
        return s;
    struct buf text = BUF_INIT(1 << 24);
    buf_add(&text, doc_word(zh, i == 1 ? WORD_NOTE : WORD_SOURCE));
    buf_add(&text, s);
    struct str out = str_copy(f->a, buf_str(&text));
    buf_free(&text);
    return out.p ? out : s;
}

double flow_notes_height(struct flow *f, struct str signs, struct str note,
                         struct str source, double width)
{
    double height = 3;
    for (size_t i = 0; i < 3; i++)
        height += lines_height(f, small, note_line(f, i, signs, note, source), width);
    return height;
}

static void place_lines(struct flow *f, struct font font, enum ink ink, struct str s,
                        double x, double width);

void flow_notes(struct flow *f, struct str signs, struct str note, struct str source,
                double width)
{
    f->y += 3;
    for (size_t i = 0; i < 3; i++)
        place_lines(f, small, INK_MUTED, note_line(f, i, signs, note, source), PAGE_LEFT,
                    width);
}

static double label_width(struct flow *f, struct str label)
{
    return typeset_width(f->t, caption_font, label) + 9;
}

double flow_caption_height(struct flow *f, struct str label, struct str title)
{
    double width = TEXT_WIDTH - label_width(f, label);
    return fmax(lines_height(f, caption_font, title, width),
                typeset_leading(caption_font)) +
           4;
}

void flow_caption(struct flow *f, struct str label, struct str title)
{
    double indent = label_width(f, label), y = f->y;
    set_text(f, caption_font, INK_TEXT, title, PAGE_LEFT + indent, TEXT_WIDTH - indent);
    if (f->c) {
        struct draw_wrap wrap = {PAGE_LEFT,    y,          indent, ANCHOR_START,
                                 caption_font, INK_ACCENT, 0,      1};
        draw_wrapped(f->c, &wrap, label);
    }
    f->y = y + flow_caption_height(f, label, title);
}

void flow_continued(struct flow *f, struct str label)
{
    if (f->c) {
        struct str text = str_format(f->a, STR_FMT STR_FMT, STR_ARG(label),
                                     STR_ARG(doc_word(f->d->zh, WORD_CONTINUED)));
        draw_text(f->c, PAGE_LEFT, f->y + 8, ANCHOR_START, small, INK_MUTED, text);
    }
    f->y += 14;
}

static void place_title(struct flow *f)
{
    const struct doc *d = f->d;
    if (f->c)
        draw_box(f->c, PAGE_LEFT, 46, 34, 3.2, INK_ACCENT, FILL_SOLID);
    f->y = 58;
    // a title a little too long for one line is set smaller
    struct font font = title_font;
    double width = typeset_width(f->t, font, d->title);
    if (width > TEXT_WIDTH && width < TEXT_WIDTH * 1.3)
        font.size *= TEXT_WIDTH / width * 0.99;
    set_text(f, font, INK_TEXT, d->title, PAGE_LEFT, TEXT_WIDTH);
    set_text(f, subtitle_font, INK_ACCENT, d->subtitle, PAGE_LEFT, TEXT_WIDTH);
    f->y += 5;
    set_text(f, small, INK_MUTED, d->made, PAGE_LEFT, TEXT_WIDTH);
    f->y += 7;
    if (f->c)
        draw_line(f->c, PAGE_LEFT, f->y, PAGE_RIGHT, f->y, 0.6, INK_RULE, DASH_NONE);
    f->y += 12;
}

static double heading_height(struct flow *f, const struct block *b)
{
    return lines_height(f, heading_fonts[b->level], b->text, TEXT_WIDTH) +
           space_above[b->level] + space_below[b->level];
}

static struct chart_part whole_chart(const struct flow *f, const struct doc_chart *chart)
{
    return (struct chart_part){.x = PAGE_LEFT,
                               .width = TEXT_WIDTH,
                               .unit = 1,
                               .count = chart->n_categories,
                               .zh = f->d->zh};
}

static double chart_block_height(struct flow *f, const struct block *b, double squeeze)
{
    struct chart_part part = whole_chart(f, &b->chart);
    part.squeeze = squeeze;
    return flow_caption_height(f, doc_block_label(f->a, f->d->zh, b), b->chart.title) +
           chart_height(f->t, &b->chart, &part) +
           flow_notes_height(f, STR(""), b->chart.note, b->chart.source, TEXT_WIDTH);
}

static double paragraph_height(struct flow *f, const struct block *b)
{
    double lines = 0;
    struct str rest = b->text, line;
    while (doc_next_line(&rest, &line))
        lines += line.n ? (double)typeset_lines(f->t, body, line, TEXT_WIDTH) : 0;
    return lines * typeset_leading(body) + 6;
}

static bool introduces(const struct piece *piece)
{
    const struct piece *next = piece->next;
    return piece->block->kind == BLOCK_PARAGRAPH && next &&
           (next->block->kind == BLOCK_TABLE || next->block->kind == BLOCK_CHART);
}

// Of a page: a heading and what it introduces may be moved to the next page together
// while they take no more than this.
#define MOST_KEPT 0.6

// Room that must be there for a piece to begin on this page.
static double least_height(struct flow *f, const struct piece *piece)
{
    const struct block *b = piece->block;
    double page = PAGE_BOTTOM - PAGE_TOP;
    switch (b->kind) {
    case BLOCK_HEADING: {
        const struct piece *next = piece->next;
        double height = heading_height(f, b), after = next ? least_height(f, next) : 0;
        // a paragraph that introduces a table or a chart stands with it
        if (next && introduces(next)) {
            double both = paragraph_height(f, next->block) + least_height(f, next->next);
            if (height + both <= page * MOST_KEPT)
                after = both;
        }
        return fmin(height + after, page);
    }
    case BLOCK_PARAGRAPH: {
        struct str rest = b->text, line;
        size_t lines =
            doc_next_line(&rest, &line) ? typeset_lines(f->t, body, line, TEXT_WIDTH) : 0;
        return (double)(lines > 3 ? 2 : lines) * typeset_leading(body);
    }
    case BLOCK_TABLE:
        return table_least_height(piece->table);
    case BLOCK_CHART: {
        double height = chart_block_height(f, b, CHART_LEAST_SQUEEZE);
        return height <= page ? height : fmin(page, 260);
    }
    case BLOCK_PICTURE:
        return PAGE_BOTTOM - PAGE_TOP;
    case BLOCK_BREAK:
        break;
    }
    return 0;
}

// Running text: never one line alone at the foot or the head of a page.
static void place_lines(struct flow *f, struct font font, enum ink ink, struct str s,
                        double x, double width)
{
    if (!s.n)
        return;
    size_t n = typeset_lines(f->t, font, s, width), at = 0;
    double leading = typeset_leading(font);
    while (at < n) {
        size_t left = n - at, fit = (size_t)fmax(0, floor(flow_room(f) / leading + 0.01));
        if (fit < left) {
            if (left - fit == 1 && fit > 0)
                fit--;
            if ((fit < 2 || (at == 0 && n <= 3)) && !flow_at_top(f))
                fit = 0;
            else if (fit == 0)
                fit = 1;
        }
        size_t take = fit < left ? fit : left;
        if (f->c && take) {
            struct draw_wrap wrap = {x, f->y, width, ANCHOR_START, font, ink, at, take};
            draw_wrapped(f->c, &wrap, s);
        }
        f->y += (double)take * leading;
        at += take;
        if (at < n)
            flow_next_page(f);
    }
}

static void place_paragraph(struct flow *f, const struct block *b)
{
    static const struct str bullets[] = {{"- ", 2}, {"\xE2\x80\xA2 ", 4}};
    struct str rest = b->text, line;
    bool text_above = false;
    while (doc_next_line(&rest, &line)) {
        double indent = 0;
        for (size_t i = 0; i < 2; i++)
            if (str_starts(line, bullets[i])) {
                line = (struct str){line.p + bullets[i].n, line.n - bullets[i].n};
                indent = 11;
            }
        if (indent > 0) {
            f->y += text_above ? 4 : 0;
            double lines = (double)typeset_lines(f->t, body, line, TEXT_WIDTH - indent);
            if (fmin(lines, 3) * typeset_leading(body) > flow_room(f))
                flow_next_page(f);
            if (f->c)
                draw_box(f->c, PAGE_LEFT + 2, f->y + typeset_leading(body) / 2 - 1.3, 2.6,
                         2.6, INK_ACCENT, FILL_SOLID);
        }
        place_lines(f, body, INK_TEXT, line, PAGE_LEFT + indent, TEXT_WIDTH - indent);
        f->y += indent > 0 ? 2.5 : 0;
        text_above = indent == 0;
    }
    f->y += 6;
}

static void place_heading(struct flow *f, const struct piece *piece)
{
    const struct block *b = piece->block;
    double above =
        piece->after_heading ? space_above[b->level] / 2 : space_above[b->level];
    if (least_height(f, piece) > flow_room(f) && !flow_at_top(f))
        flow_next_page(f);
    if (!flow_at_top(f))
        f->y += above;
    if (b->anchor.n)
        flow_note_page(f, b->anchor);
    if (f->c) {
        char name[32];
        const char *text = str_c(f->a, b->text);
        if (text)
            canvas_outline(f->c, b->level, text, f->y);
        if (flow_target(f, b->anchor, name))
            canvas_target(f->c, name, PAGE_LEFT, f->y);
    }
    set_text(f, heading_fonts[b->level], b->level == 1 ? INK_ACCENT : INK_TEXT, b->text,
             PAGE_LEFT, TEXT_WIDTH);
    f->y += space_below[b->level];
}

static enum err place_chart(struct flow *f, const struct block *b, struct error *e)
{
    const struct doc_chart *chart = &b->chart;
    struct chart_part part = whole_chart(f, chart);
    double notes = flow_notes_height(f, STR(""), chart->note, chart->source, TEXT_WIDTH);
    double height = chart_block_height(f, b, 1), page = PAGE_BOTTOM - PAGE_TOP;
    double least = chart_block_height(f, b, CHART_LEAST_SQUEEZE);
    if (height > flow_room(f) && least <= flow_room(f)) {
        // a little flatter rather than a white half page
        part.squeeze =
            1 - (1 - CHART_LEAST_SQUEEZE) * (height - flow_room(f)) / (height - least);
        height = flow_room(f) - 0.01;
    }
    if (height > flow_room(f) && !flow_at_top(f) &&
        (height <= page || flow_room(f) < page / 2))
        flow_next_page(f);
    flow_caption(f, doc_block_label(f->a, f->d->zh, b), chart->title);
    while (true) {
        part.count = chart->n_categories - part.first;
        double here = chart_height(f->t, chart, &part);
        if (here + notes > flow_room(f) + 0.02 && chart_can_be_cut(chart)) {
            part.count = chart_fit(f->t, chart, &part, flow_room(f) - notes);
            here = chart_height(f->t, chart, &part);
        }
        part.y = f->y;
        if (f->c) {
            enum err code = chart_draw(f->c, f->t, chart, &part, e);
            if (code)
                return code;
        }
        f->y += here;
        part.first += part.count;
        if (part.first >= chart->n_categories)
            break;
        flow_next_page(f);
        flow_continued(f, doc_block_label(f->a, f->d->zh, b));
    }
    flow_notes(f, STR(""), chart->note, chart->source, TEXT_WIDTH);
    f->y += 11;
    return ERR_OK;
}

// As large as what is left of its page lets it, never larger than 150 pixels an inch.
static void place_picture(struct flow *f, const struct doc_picture *p)
{
    struct picture seen;
    if (!flow_at_top(f))
        flow_next_page(f);
    if (p->anchor.n)
        flow_note_page(f, p->anchor);
    if (f->c) {
        char name[32];
        const char *text = str_c(f->a, p->title);
        if (text)
            canvas_outline(f->c, 2, text, f->y);
        if (flow_target(f, p->anchor, name))
            canvas_target(f->c, name, PAGE_LEFT, f->y);
    }
    set_text(f, heading_fonts[2], INK_TEXT, p->title, PAGE_LEFT, TEXT_WIDTH);
    set_text(f, small, INK_MUTED, p->note, PAGE_LEFT, TEXT_WIDTH);
    f->y += 8;
    bool is = picture_look(p->bytes, &seen) &&
              (double)seen.width * seen.height <= DOC_PICTURE_MAX;
    if (is) {
        const bool lies = picture_lies(&seen);
        const double wide = lies ? seen.height : seen.width,
                     tall = lies ? seen.width : seen.height,
                     scale =
                         fmin(fmin(TEXT_WIDTH / wide, flow_room(f) / tall), 72.0 / 150);
        if (f->c)
            is = draw_picture(f->c, &seen, p->bytes, PAGE_LEFT, f->y, wide * scale,
                              tall * scale);
        if (is)
            f->y += tall * scale;
    }
    if (!is)
        set_text(f, body, INK_ALARM, doc_word(f->d->zh, WORD_NO_PICTURE), PAGE_LEFT,
                 TEXT_WIDTH);
    f->y = PAGE_BOTTOM; // nothing else stands on its page
}

static enum err place_all(struct flow *f, const struct piece *first, struct error *e)
{
    enum err code = ERR_OK;
    f->page = 0;
    begin_page(f);
    place_title(f);
    for (const struct piece *piece = first; piece && !code; piece = piece->next) {
        const struct block *b = piece->block;
        switch (b->kind) {
        case BLOCK_HEADING:
            place_heading(f, piece);
            break;
        case BLOCK_PARAGRAPH:
            place_paragraph(f, b);
            break;
        case BLOCK_TABLE:
            table_place(f, piece->table);
            break;
        case BLOCK_CHART:
            code = place_chart(f, b, e);
            break;
        case BLOCK_PICTURE:
            place_picture(f, &b->picture);
            break;
        case BLOCK_BREAK:
            if (!flow_at_top(f) && piece->next)
                flow_next_page(f);
            break;
        }
    }
    return code;
}

static enum err measure_all(struct flow *f, struct piece **first, struct error *e)
{
    struct piece **at = first;
    const struct block *above = NULL;
    *first = NULL;
    for (const struct block *b = f->d->first; b; b = b->next) {
        struct piece *piece = ARENA_NEW(f->a, struct piece);
        if (!piece)
            return error_memory(e);
        piece->block = b;
        piece->after_heading = above && above->kind == BLOCK_HEADING;
        above = b;
        if (b->kind == BLOCK_TABLE && !(piece->table = table_measure(f, b)))
            return error_memory(e);
        *at = piece;
        at = &piece->next;
    }
    return ERR_OK;
}

static enum err describe(struct flow *f, struct error *e)
{
    const struct doc *d = f->d;
    const char *title = str_c(f->a, d->title), *author = str_c(f->a, d->author);
    char day[DATE_TEXT_SIZE], date[40];
    date_format(d->made_on == DATE_NONE ? 0 : d->made_on, day);
    snprintf(date, sizeof date, "%sT00:00:00Z", day);
    if (!title || !author)
        return error_memory(e);
    canvas_describe(f->c, title, author, date);
    return ERR_OK;
}

static const char *last_of(const char *p, size_t n, const char *what)
{
    size_t length = strlen(what);
    for (size_t at = n < length ? 0 : n - length + 1; at-- > 0;)
        if (!memcmp(p + at, what, length))
            return p + at;
    return NULL;
}

// Cairo cannot say the language of a PDF. Its catalog is the last object, so a word more
// there moves only the table behind it, whose place stands at the end of the file. What
// looks different is left as it is.
static void add_language(struct buf *pdf, bool zh)
{
    static const char type[] = "/Type /Catalog\n";
    const char *language = zh ? "   /Lang (zh-CN)\n" : "   /Lang (en)\n";
    const char *catalog = last_of(pdf->p, pdf->n, type);
    const char *end = last_of(pdf->p, pdf->n, "startxref\n");
    const char *object = last_of(pdf->p, pdf->n, " 0 obj\n");
    if (!catalog || !end || !object || object > catalog)
        return;
    size_t head = (size_t)(catalog - pdf->p) + sizeof type - 1;
    unsigned long at = strtoul(end + sizeof "startxref\n" - 1, NULL, 10);
    if (at < head || at + 4 > pdf->n || memcmp(pdf->p + at, "xref", 4) != 0)
        return;
    struct buf out = BUF_INIT(MAX_PDF);
    buf_add(&out, (struct str){pdf->p, head});
    buf_add_c(&out, language);
    buf_add(&out, (struct str){catalog + sizeof type - 1, (size_t)(end - pdf->p) - head});
    buf_printf(&out, "startxref\n%lu\n%%%%EOF\n", at + strlen(language));
    struct error ignored;
    if (buf_check(&out, &ignored)) { // the document is whole without it
        buf_free(&out);
        return;
    }
    buf_free(pdf);
    *pdf = out;
}

enum err doc_write_pdf(const struct doc *given, const char *path, struct error *e)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    struct buf bytes = BUF_INIT(MAX_PDF);
    struct doc d;
    struct flow f = {.d = &d, .a = &scratch};
    struct piece *first;
    struct canvas *canvas = NULL;
    enum err code = doc_front(given, &scratch, &d, e);
    if (!code)
        code = typeset_open(&f.t, d.zh, e);
    if (!code)
        code = doc_targets(&d, &scratch, &f.targets, &f.n_targets, e);
    f.target_pages = code ? NULL : ARENA_ARRAY(&scratch, int, f.n_targets + 1);
    if (!code && !f.target_pages)
        code = error_memory(e);
    if (!code)
        code = measure_all(&f, &first, e);
    if (!code)
        code = place_all(&f, first, e);
    if (code)
        goto out;
    f.pages = f.page;
    struct canvas_set set = {
        .form = CANVAS_PDF, .width = PAGE_WIDTH, .height = PAGE_HEIGHT};
    code = canvas_open(&canvas, f.t, &set, &bytes, e);
    if (code)
        goto out;
    f.c = canvas;
    code = describe(&f, e);
    if (!code)
        code = place_all(&f, first, e);
    if (!code)
        canvas_next_page(canvas);
    struct error later;
    enum err closing = canvas_close(canvas, code ? &later : e);
    code = code ? code : closing;
    if (!code) {
        add_language(&bytes, d.zh);
        code = buf_check(&bytes, e);
    }
    if (!code)
        code = doc_save(path, buf_str(&bytes), e);
out:
    typeset_close(f.t);
    buf_free(&bytes);
    arena_free(&scratch);
    return code;
}
