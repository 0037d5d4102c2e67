// SPDX-License-Identifier: AGPL-3.0-or-later
// Texts, numbers and elements of the page about a linkage.
#include <assert.h>
#include <math.h>

#include "report/link_page_private.h"

static const struct {
    const char *english, *chinese;
} texts[TEXT_COUNT] = {
#define TEXT(name, english, chinese) {english, chinese},
#include "report/link_page_text.def"
#undef TEXT
};

static const struct {
    const char *english, *chinese;
} known[] = {
#define KNOWN(english, chinese) {english, chinese},
#include "report/link_page_known.def"
#undef KNOWN
};

// Appends what stands in braces: a number, or a number and what to say for one and more.
static void add_value(struct buf *out, struct str in, const struct str *values, size_t n)
{
    size_t which = in.n ? (size_t)(in.p[0] - '0') : n;
    assert(which > 0 && which < n);
    struct str number, rest, one, more;
    if (!str_split(in, '|', &number, &rest)) {
        buf_add(out, values[which]);
        return;
    }
    bool two = str_split(rest, '|', &one, &more);
    assert(two);
    buf_add(out, two && str_equal_c(values[which], "1") ? one : more);
}

struct str page_text_of(struct page *p, enum page_text id, const struct str *values,
                        size_t n)
{
    struct str text = str_of(p->zh ? texts[id].chinese : texts[id].english);
    if (n < 2)
        return text;
    struct buf out = BUF_INIT(1 << 20);
    struct str head, rest, in;
    while (str_split(text, '{', &head, &rest)) {
        bool ends = str_split(rest, '}', &in, &text);
        assert(ends);
        if (!ends)
            break;
        buf_add(&out, head);
        add_value(&out, in, values, n);
    }
    buf_add(&out, text);
    struct str copy = {NULL, 0};
    if (!out.failed)
        copy = str_copy(&p->arena, buf_str(&out));
    p->no_memory |= !copy.p;
    buf_free(&out);
    return copy;
}

void page_raw(struct page *p, const char *markup)
{
    buf_add_c(p->out, markup);
}

void page_gap(struct page *p)
{
    page_raw(p, p->zh ? "" : " ");
}

void page_put(struct page *p, struct str text)
{
    buf_add_markup(p->out, text);
}

struct str page_clean(struct page *p, struct str text)
{
    enum { MOST = 6 * PAGE_MAX_CHARACTERS };
    bool cut = text.n > MOST;
    if (cut)
        text.n = MOST;
    text = doc_clean(&p->arena, text);
    size_t at = 0, n = 0;
    for (; text.p && at < text.n && n < PAGE_MAX_CHARACTERS; n++)
        utf8_next(text, &at);
    if (text.p && (cut || at < text.n))
        text = str_format(&p->arena, STR_FMT "\xE2\x80\xA6", (int)at, text.p);
    p->no_memory |= !text.p;
    return text.p ? text : STR("");
}

struct str link_page_known(struct str text, bool zh)
{
    for (size_t i = 0; zh && i < sizeof known / sizeof *known; i++)
        if (str_equal_c(text, known[i].english))
            return str_of(known[i].chinese);
    return text;
}

struct str page_known(struct page *p, struct str text)
{
    return page_clean(p, link_page_known(text, p->zh));
}

static struct str kept(struct page *p, struct str text)
{
    text = str_copy(&p->arena, text);
    p->no_memory |= !text.p;
    return text.p ? text : STR("");
}

struct str page_number(struct page *p, double value, int decimals)
{
    char text[TEXT_NUMBER_SIZE];
    if (isinf(value))
        return value > 0 ? STR("\xE2\x88\x9E") : STR("\xE2\x88\x92\xE2\x88\x9E");
    return kept(p, text_number(value, decimals, text));
}

struct str page_count(struct page *p, double value)
{
    return page_number(p, value,
                       value > 0 && value < 10 && value != floor(value) ? 1 : 0);
}

struct str page_small(struct page *p, double value)
{
    double size = fabs(value);
    int decimals = size > 0 && size < 1 ? (int)ceil(-log10(size) - 1e-9) : 0;
    decimals = decimals > 8 ? 8 : decimals;
    double unit = pow(10, decimals);
    if (fabs(round(value * unit) - value * unit) > 0.05)
        decimals++;
    return page_number(p, value, decimals);
}

struct str page_weight(struct page *p, double value)
{
    struct str s = page_number(p, value, 2);
    if (!(value >= 0.005))
        return s;
    s = str_format(&p->arena, "+" STR_FMT, STR_ARG(s));
    p->no_memory |= !s.p;
    return s.p ? s : STR("");
}

struct str page_probability(struct page *p, double value)
{
    if (value > 0.9999)
        return STR(">0.9999");
    if (value < 0.0001)
        return STR("<0.0001");
    return page_number(p, value, 4);
}

// Two digits that say something near 100 % as well.
struct str page_share(struct page *p, double value)
{
    double percent = 100 * value, rest = fmin(percent, 100 - percent);
    if (!isfinite(value))
        return STR("\xE2\x80\x93");
    if (percent > 99.99 && percent < 100)
        return STR(">99.99 %");
    struct str s = percent > 0 && percent < 0.01 ? page_small(p, percent)
                                                 : page_number(p, percent,
                                                               rest <= 0  ? 0
                                                               : rest < 1 ? 2
                                                                          : 1);
    s = str_format(&p->arena, STR_FMT " %%", STR_ARG(s));
    p->no_memory |= !s.p;
    return s.p ? s : STR("");
}

struct str page_percent(struct page *p, double value)
{
    double percent = 100 * value;
    int decimals = fabs(percent - round(percent)) < 1e-6 ? 0 : percent < 0.1 ? 2 : 1;
    struct str s =
        str_format(&p->arena, STR_FMT " %%", STR_ARG(page_number(p, percent, decimals)));
    p->no_memory |= !s.p;
    return s.p ? s : STR("");
}

double page_level_weight(const struct link_level *level)
{
    return level->is_null ? 0 : log2(level->m / level->u);
}

struct str page_source_name(struct page *p, uint32_t record)
{
    const struct link_records *r = p->a->records;
    for (unsigned s = 0; s < r->n_sources; s++)
        if (record >= r->sources[s].begin && record < r->sources[s].end)
            return page_clean(p, r->sources[s].name);
    return STR("");
}

void page_section(struct page *p, const char *id, enum page_text title)
{
    buf_printf(p->out, "<h2 id=\"%s\">", id);
    page_say(p, title);
    page_raw(p, "</h2>\n");
}

void page_paragraph(struct page *p, struct str text)
{
    page_raw(p, "<p>");
    page_put(p, text);
    page_raw(p, "</p>\n");
}

void page_table_head(struct page *p, const struct page_head *head)
{
    const char *more = head->css_class ? head->css_class : "";
    buf_printf(p->out, "<th scope=\"col\" class=\"%s%s%s\">", head->figure ? "n" : "",
               head->figure && *more ? " " : "", more);
    page_say(p, head->text);
    page_raw(p, "</th>");
}

void page_table(struct page *p, struct str label, const char *css_class,
                const char *scroll, const struct page_head *heads, unsigned n)
{
    buf_printf(p->out,
               "<div class=\"scroll %s\" tabindex=\"0\" role=\"region\" aria-label=\"",
               scroll);
    page_put(p, label);
    buf_printf(p->out, "\"><table class=\"%s\"><thead><tr>", css_class);
    for (unsigned i = 0; i < n; i++)
        page_table_head(p, &heads[i]);
    page_raw(p, "</tr></thead><tbody>\n");
}

void page_table_end(struct page *p)
{
    page_raw(p, "</tbody></table></div>\n");
}

void page_cell(struct page *p, const char *open, struct str text)
{
    page_raw(p, open);
    page_put(p, text);
    page_raw(p, open[1] == 't' && open[2] == 'h' ? "</th>" : "</td>");
}

void page_details(struct page *p, enum page_text summary)
{
    page_raw(p, "<details><summary>");
    page_say(p, summary);
    page_raw(p, "</summary>\n");
}

void page_details_end(struct page *p)
{
    page_raw(p, "</details>\n");
}

struct page_bars page_bars_over(double low, double high)
{
    struct chart_axis axis =
        axis_nice(fmin(fmax(low, -60), 0), fmax(fmin(high, 60), 0), 6, 0);
    return (struct page_bars){axis.min, axis.max, axis.step, 0, axis.decimals};
}

double page_bars_at(const struct page_bars *b, double value)
{
    double at = 100 * (value - b->low) / (b->high - b->low);
    return fmin(fmax(at, 0), 100);
}

void page_bars_style(struct page *p, const struct page_bars *b)
{
    buf_printf(p->out, " style=\"--zero:%.2f%%;--step:%.4f%%\"", page_bars_at(b, b->zero),
               100 * b->step / (b->high - b->low));
}

void page_bars_axis(struct page *p, const struct page_bars *b, bool share,
                    const char *css_class)
{
    buf_printf(p->out, "<span class=\"axis %s\">", css_class);
    // counted from 0, which always has its label
    int first = (int)lround(b->low / b->step), last = (int)lround(b->high / b->step);
    int stride = last - first > 4 ? 2 : 1;
    bool many = (last - first) / stride >= 4;
    for (int i = first; i <= last; i++) {
        double value = i * b->step;
        if (i % stride)
            continue;
        buf_printf(p->out, "<b%s style=\"left:%.2f%%\">",
                   many && i / stride % 2 ? " class=\"wideonly\"" : "",
                   page_bars_at(b, value));
        page_put(p, share ? page_percent(p, value) : page_number(p, value, b->decimals));
        page_raw(p, "</b>");
    }
    page_raw(p, "</span>");
}

void page_bar(struct page *p, const struct page_bars *b, double from, double to,
              const char *css_class, double tick)
{
    page_raw(p, "<td class=\"bar\"><span class=\"track\">");
    if (!isnan(from) && !isnan(to)) {
        double left = page_bars_at(b, fmin(from, to)),
               right = page_bars_at(b, fmax(from, to));
        buf_printf(p->out, "<i class=\"%s\" style=\"left:%.2f%%;width:%.2f%%\"></i>",
                   css_class, left, right - left);
    }
    if (!isnan(tick))
        buf_printf(p->out, "<s style=\"left:%.2f%%\"></s>", page_bars_at(b, tick));
    page_raw(p, "</span></td>");
}
