// SPDX-License-Identifier: AGPL-3.0-or-later
// Clusters: how large they are, and those that are worth a look, each with its records
// and a drawing of its links.
#include <math.h>
#include <stdlib.h>

#include "report/link_page_private.h"

enum { SIZES = 16, GRAPH = 320, MAX_LINKS = 600 };

struct tie { // of two members
    unsigned a, b;
    double weight;
    bool link, bridge, weakest;
};

struct look {
    const struct cluster_quality *quality;
    uint32_t members[PAGE_MAX_MEMBERS]; // records
    unsigned n_members;
    uint64_t size; // of the cluster
    struct tie *ties;
    unsigned n_ties, capacity;
};

struct looks {
    struct look look[PAGE_MAX_LOOKS];
    unsigned n;
    struct {
        uint32_t cluster;
        unsigned look;
    } by_cluster[PAGE_MAX_LOOKS]; // sorted
};

static int look_of(const struct looks *all, uint32_t cluster)
{
    unsigned low = 0, high = all->n;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (all->by_cluster[middle].cluster < cluster)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < all->n && all->by_cluster[low].cluster == cluster;
    return found ? (int)all->by_cluster[low].look : -1;
}

static void sort_looks(struct page *p, struct looks *all)
{
    all->n = p->a->n_looks > PAGE_MAX_LOOKS ? PAGE_MAX_LOOKS : p->a->n_looks;
    if (!p->a->cluster) // stopped before there were any
        all->n = 0;
    for (unsigned i = 0; i < all->n; i++) {
        unsigned at = i;
        all->look[i] = (struct look){.quality = &p->a->looks[i]};
        uint32_t cluster = p->a->looks[i].cluster;
        for (; at > 0 && all->by_cluster[at - 1].cluster > cluster; at--)
            all->by_cluster[at] = all->by_cluster[at - 1];
        all->by_cluster[at].cluster = cluster;
        all->by_cluster[at].look = i;
    }
}

static int member_of(const struct look *look, uint32_t record)
{
    for (unsigned i = 0; i < look->n_members; i++)
        if (look->members[i] == record)
            return (int)i;
    return -1;
}

static bool add_tie(struct look *look, struct tie tie)
{
    if (look->n_ties == look->capacity) {
        unsigned more = look->capacity ? 2 * look->capacity : 16;
        struct tie *ties = mem_resize(look->ties, more, sizeof *ties);
        if (!ties)
            return false;
        look->ties = ties;
        look->capacity = more;
    }
    look->ties[look->n_ties++] = tie;
    return true;
}

// Of a cluster that is too large to be shown whole, the ends of its weakest link.
static void begin_at_weakest(struct page *p, struct looks *all)
{
    const struct account *a = p->a;
    double weakest[PAGE_MAX_LOOKS];
    for (unsigned i = 0; i < all->n; i++)
        weakest[i] = INFINITY;
    for (uint64_t k = 0; k < a->n_edges; k++) {
        const struct link_edge *edge = &a->edges[k];
        int i = look_of(all, a->cluster[edge->left]);
        if (i < 0 || a->cluster[edge->left] != a->cluster[edge->right] ||
            all->look[i].quality->size <= PAGE_MAX_MEMBERS || edge->weight < p->cut ||
            edge->weight >= weakest[i])
            continue;
        weakest[i] = edge->weight;
        all->look[i].members[0] = edge->left;
        all->look[i].members[1] = edge->right;
        all->look[i].n_members = 2;
    }
}

// Passes over the records and the edges, the same whatever the number of clusters.
static bool gather(struct page *p, struct looks *all)
{
    const struct account *a = p->a;
    if (!all->n)
        return true;
    begin_at_weakest(p, all);
    for (uint32_t r = 0; r < a->n; r++) {
        int i = look_of(all, a->cluster[r]);
        if (i < 0)
            continue;
        struct look *look = &all->look[i];
        if (look->n_members < PAGE_MAX_MEMBERS && member_of(look, r) < 0)
            look->members[look->n_members++] = r;
        look->size++;
    }
    for (uint64_t k = 0; k < a->n_edges; k++) {
        const struct link_edge *edge = &a->edges[k];
        int i = look_of(all, a->cluster[edge->left]);
        if (i < 0 || a->cluster[edge->left] != a->cluster[edge->right])
            continue;
        int left = member_of(&all->look[i], edge->left),
            right = member_of(&all->look[i], edge->right);
        if (left < 0 || right < 0)
            continue;
        struct tie tie = {.a = (unsigned)left,
                          .b = (unsigned)right,
                          .weight = edge->weight,
                          .link = isnan(p->cut) || edge->weight >= p->cut};
        if (!add_tie(&all->look[i], tie))
            return false;
    }
    return true;
}

// Whether b can be reached from a by links other than the one left out.
static bool still_reached(const struct look *look, unsigned out)
{
    bool reached[PAGE_MAX_MEMBERS] = {false};
    reached[look->ties[out].a] = true;
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < look->n_ties; i++) {
            const struct tie *t = &look->ties[i];
            if (i == out || !t->link || reached[t->a] == reached[t->b])
                continue;
            reached[t->a] = reached[t->b] = more = true;
        }
    }
    return reached[look->ties[out].b];
}

static int by_weight(const void *a, const void *b)
{
    const struct tie *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return x->a != y->a ? (x->a < y->a ? -1 : 1) : x->b < y->b ? -1 : x->b > y->b;
}

static void judge(struct look *look)
{
    if (!look->n_ties)
        return;
    qsort(look->ties, look->n_ties, sizeof *look->ties, by_weight);
    struct tie *weakest = NULL;
    for (unsigned i = 0; i < look->n_ties; i++)
        if (look->ties[i].link)
            weakest = &look->ties[i];
    if (weakest)
        weakest->weakest = true;
    // of a cluster that is shown in part its bridges cannot be told
    for (unsigned i = 0; look->size <= PAGE_MAX_MEMBERS && i < look->n_ties; i++)
        look->ties[i].bridge = look->ties[i].link && !still_reached(look, i);
}

static void sizes(struct page *p)
{
    static const struct page_head name = {TEXT_SIZE, true, NULL};
    const struct account *a = p->a;
    double most = 0;
    for (int i = 1; i < SIZES; i++)
        most = fmax(most, (double)a->cluster_sizes[i]);
    page_paragraph(
        p, page_words(p, TEXT_CLUSTERS_TEXT, page_count(p, (double)a->cluster_sizes[0])));
    if (most <= 0)
        return;
    struct chart_axis axis = axis_nice(0, most, 6, 1);
    struct page_bars b = {axis.min, axis.max, axis.step, 0, axis.decimals};
    page_raw(p, "<figure><figcaption>");
    page_say(p, TEXT_CLUSTER_SIZES);
    page_raw(p, "</figcaption><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"");
    page_say(p, TEXT_CLUSTER_SIZES);
    page_raw(p, "\"><table");
    page_bars_style(p, &b);
    page_raw(p, "><thead><tr>");
    page_table_head(p, &name);
    page_raw(p, "<th scope=\"col\" class=\"bar\" style=\"width:75%\" aria-label=\"");
    page_say(p, TEXT_CLUSTER_COUNT);
    page_raw(p, "\">");
    page_bars_axis(p, &b, false, "far");
    page_raw(p, "</th>");
    page_table_head(p, &(struct page_head){TEXT_CLUSTER_COUNT, true, NULL});
    page_raw(p, "</tr></thead><tbody>\n");
    for (int i = 1; i < SIZES; i++) {
        double count = (double)a->cluster_sizes[i];
        if (count <= 0)
            continue;
        struct str size = page_count(p, i + 1);
        page_raw(p, "<tr>");
        page_cell(p, "<th scope=\"row\" class=\"n\">",
                  i == SIZES - 1 ? page_words(p, TEXT_SIZE_MORE, size) : size);
        page_bar(p, &b, 0, count, "up", NAN);
        page_cell(p, "<td class=\"n\">", page_count(p, count));
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
    page_raw(p, "</figure>\n");
}

static struct str cluster_name(struct page *p, const struct look *look)
{
    if (!look->n_members)
        return STR("\xE2\x80\x93");
    return page_clean(p, link_record_id(p->a->records, look->quality->cluster));
}

static void look_list(struct page *p, const struct looks *all)
{
    static const struct page_head heads[] = {
        {TEXT_CLUSTER, false, NULL}, {TEXT_SIZE, true, NULL},
        {TEXT_WEAKEST, true, NULL},  {TEXT_DENSITY, true, NULL},
        {TEXT_BRIDGES, true, NULL},  {TEXT_SAME_SOURCE, true, NULL}};
    page_table(p, page_words(p, TEXT_LOOKS), "", all->n > 12 ? "tall" : "", heads, 6);
    for (unsigned i = 0; i < all->n; i++) {
        const struct cluster_quality *q = all->look[i].quality;
        buf_printf(p->out,
                   "<tr%s><th scope=\"row\"><a class=\"pick\" href=\"#cluster-%u\">",
                   i ? "" : " class=\"chosen\"", i);
        page_put(p, cluster_name(p, &all->look[i]));
        page_raw(p, "</a></th>");
        page_cell(p, "<td class=\"n\">", page_count(p, q->size));
        page_cell(p, "<td class=\"n\">", page_number(p, q->weakest, 2));
        page_cell(p, "<td class=\"n\">", page_share(p, q->density));
        page_cell(p,
                  q->bridges && q->size > 2 ? "<td class=\"n bad\">" : "<td class=\"n\">",
                  page_count(p, q->bridges));
        page_cell(p, q->same_source ? "<td class=\"n bad\">" : "<td class=\"n\">",
                  page_count(p, q->same_source));
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
}

struct spot {
    double x, y;
};

static struct spot spot_of(const struct look *look, unsigned i, double radius)
{
    double angle = 2 * M_PI * i / look->n_members - M_PI / 2;
    return (struct spot){GRAPH / 2.0 + radius * cos(angle),
                         GRAPH / 2.0 + radius * sin(angle)};
}

static void draw_ties(struct canvas *c, const struct look *look, double radius)
{
    double thin = look->n_ties > 100 ? 0.25 : look->n_ties > 30 ? 0.5 : 1;
    // what matters most is drawn last
    for (int pass = 0; pass < 3; pass++)
        for (unsigned i = 0; i < look->n_ties; i++) {
            const struct tie *t = &look->ties[i];
            int rank = !t->link ? 0 : t->bridge || t->weakest ? 2 : 1;
            if (rank != pass)
                continue;
            struct spot a = spot_of(look, t->a, radius), b = spot_of(look, t->b, radius);
            double width = thin + fmin(fmax(t->weight, 0), 30) * thin / 6;
            if (rank == 2)
                width = fmax(width, 2.5);
            enum ink ink = !t->link     ? INK_MUTED
                           : t->weakest ? INK_ALARM
                           : t->bridge  ? INK_SERIES + 1
                                        : INK_SERIES + 2;
            draw_line(c, a.x, a.y, b.x, b.y, t->link ? width : 1, ink,
                      !t->link     ? DASH_DOT
                      : t->weakest ? DASH_LONG
                                   : DASH_NONE);
        }
}

static enum err graph(struct page *p, const struct look *look, struct error *e)
{
    static const struct font font = {11.5, true};
    unsigned links = 0;
    for (unsigned i = 0; i < look->n_ties; i++)
        links += look->ties[i].link;
    struct canvas_set set = {
        .form = CANVAS_SVG,
        .width = GRAPH,
        .height = GRAPH,
        .label = page_words(p, TEXT_CLUSTER_GRAPH, cluster_name(p, look),
                            page_count(p, (double)look->size), page_count(p, links),
                            page_number(p, look->quality->weakest, 2))};
    struct canvas *c;
    enum err code = canvas_open(&c, p->type, &set, p->out, e);
    if (code)
        return code;
    double radius = GRAPH / 2.0 - 26;
    draw_ties(c, look, radius);
    for (unsigned i = 0; i < look->n_members; i++) {
        struct spot at = spot_of(look, i, radius);
        draw_marker(c, at.x, at.y, 26, SHAPE_CIRCLE, INK_PAPER, true);
        draw_marker(c, at.x, at.y, 24, SHAPE_CIRCLE, INK_TEXT, false);
        draw_text(c, at.x, at.y + 4, ANCHOR_MIDDLE, font, INK_TEXT, page_count(p, i + 1));
    }
    return canvas_close(c, e);
}

static void key_line(struct page *p, const char *ink, const char *more,
                     enum page_text text)
{
    buf_printf(p->out,
               "<span><svg width=\"26\" height=\"8\" aria-hidden=\"true\"><path "
               "class=\"l-%s\" stroke-width=\"3\"%s d=\"M0 4L26 4\"/></svg>",
               ink, more);
    page_say(p, text);
    page_raw(p, "</span> ");
}

static void graph_key(struct page *p)
{
    page_raw(p, "<p class=\"key\">");
    key_line(p, "s2", "", TEXT_KEY_LINK);
    key_line(p, "s1", "", TEXT_KEY_BRIDGE);
    key_line(p, "alarm", " stroke-dasharray=\"5 2.5\"", TEXT_KEY_WEAKEST);
    key_line(p, "muted", " stroke-dasharray=\"1 1.8\"", TEXT_KEY_BELOW);
    page_raw(p, "</p>\n");
}

#define NONE_USUAL UINT32_MAX // no value is had by more than one

// The value that most members have in a field; LINK_NULL when there is none to see.
static uint32_t usual_value(const struct page *p, const struct look *look, unsigned field)
{
    const uint32_t *value = p->fields[field]->value;
    uint32_t usual = LINK_NULL;
    unsigned most = 0, n_known = 0;
    for (unsigned i = 0; i < look->n_members; i++) {
        uint32_t v = value[look->members[i]];
        unsigned same = 0;
        if (v == LINK_NULL)
            continue;
        n_known++;
        for (unsigned k = 0; k < look->n_members; k++)
            same += value[look->members[k]] == v;
        if (same > most) {
            most = same;
            usual = v;
        }
    }
    return n_known > 1 && most == 1 ? NONE_USUAL : usual;
}

static void member_value(struct page *p, unsigned field, uint32_t record, uint32_t usual)
{
    uint32_t value = p->fields[field]->value[record];
    if (value == LINK_NULL)
        page_cell(p, "<td class=\"mute\">", STR("\xE2\x80\x93"));
    else
        page_cell(p, value == usual ? "<td>" : "<td class=\"odd\">",
                  page_field(p, field, record));
}

static void member_table(struct page *p, const struct look *look)
{
    page_raw(p, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    page_say(p, TEXT_CLUSTER_PANEL, cluster_name(p, look),
             page_count(p, (double)look->size));
    page_raw(p, "\"><table><thead><tr>");
    page_table_head(p, &(struct page_head){TEXT_NUMBER, true, NULL});
    page_table_head(p, &(struct page_head){TEXT_RECORD, false, NULL});
    for (unsigned f = 0; f < p->n_fields; f++) {
        page_raw(p, "<th scope=\"col\">");
        page_put(p, page_clean(p, p->fields[f]->name));
        page_raw(p, "</th>");
    }
    page_raw(p, "</tr></thead><tbody>\n");
    uint32_t usual[PAGE_MAX_FIELDS];
    for (unsigned f = 0; f < p->n_fields; f++)
        usual[f] = usual_value(p, look, f);
    for (unsigned i = 0; i < look->n_members; i++) {
        uint32_t r = look->members[i];
        page_raw(p, "<tr>");
        page_cell(p, "<th scope=\"row\" class=\"n\">", page_count(p, i + 1));
        page_raw(p, "<td>");
        page_put(p, page_clean(p, link_record_id(p->a->records, r)));
        page_raw(p, "<small>");
        page_put(p, page_source_name(p, r));
        page_raw(p, "</small></td>");
        for (unsigned f = 0; f < p->n_fields; f++)
            member_value(p, f, r, usual[f]);
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
    if (look->size > look->n_members) {
        page_raw(p, "<p class=\"hint\">");
        page_say(p, TEXT_CLUSTER_CUT, page_count(p, look->n_members),
                 page_count(p, (double)look->size));
        page_raw(p, "</p>\n");
    }
}

static void tie_table(struct page *p, const struct look *look)
{
    static const struct page_head heads[] = {{TEXT_BETWEEN, false, NULL},
                                             {TEXT_WEIGHT, true, NULL},
                                             {TEXT_REMARK, false, NULL}};
    page_details(p, TEXT_DATA);
    page_table(p, page_words(p, TEXT_CLUSTER_LINKS, cluster_name(p, look)), "", "tall",
               heads, 3);
    for (unsigned i = 0; i < look->n_ties && i < MAX_LINKS; i++) {
        const struct tie *t = &look->ties[i];
        page_raw(p, "<tr>");
        page_cell(
            p, "<th scope=\"row\">",
            page_words(p, TEXT_AND, page_count(p, t->a + 1), page_count(p, t->b + 1)));
        page_cell(p, "<td class=\"n\">", page_number(p, t->weight, 2));
        page_raw(p, "<td>");
        if (!t->link)
            page_say(p, TEXT_KEY_BELOW);
        if (t->bridge)
            page_say(p, TEXT_KEY_BRIDGE);
        if (t->bridge && t->weakest)
            page_put(p, page_words(p, TEXT_SUBTITLE_SEPARATOR));
        if (t->weakest)
            page_say(p, TEXT_KEY_WEAKEST);
        page_raw(p, "</td></tr>\n");
    }
    page_table_end(p);
    page_details_end(p);
}

static enum err panel(struct page *p, struct look *look, unsigned number, struct error *e)
{
    judge(look);
    buf_printf(p->out, "<section class=\"panel%s\" id=\"cluster-%u\">\n<h4>",
               number ? " longer" : " chosen", number);
    page_say(p, TEXT_CLUSTER_PANEL, cluster_name(p, look),
             page_count(p, (double)look->size));
    page_raw(p, "</h4>\n<div class=\"cluster\">");
    enum err code = look->n_members ? graph(p, look, e) : ERR_OK;
    page_raw(p, "<div>");
    member_table(p, look);
    tie_table(p, look);
    page_raw(p, "</div></div></section>\n");
    return code;
}

enum err page_clusters(struct page *p, struct error *e)
{
    struct looks *all = mem_alloc(1, sizeof *all);
    enum err code = all ? ERR_OK : error_memory(e);
    page_section(p, "clusters", TEXT_S_CLUSTERS);
    sizes(p);
    page_raw(p, "<h3>");
    page_say(p, TEXT_LOOKS);
    page_raw(p, "</h3>\n");
    if (code)
        return code;
    sort_looks(p, all);
    if (!gather(p, all))
        code = error_memory(e);
    if (!all->n)
        page_paragraph(p, page_words(p, TEXT_NO_LOOKS));
    if (!code && all->n) {
        page_paragraph(p, page_words(p, TEXT_LOOKS_TEXT));
        if (all->n < p->a->n_looks)
            page_paragraph(p, page_words(p, TEXT_LOOKS_REST, page_count(p, all->n),
                                         page_count(p, p->a->n_looks)));
        page_raw(p, "<div id=\"looks\">");
        look_list(p, all);
        page_raw(p, "</div>\n");
        graph_key(p);
        page_raw(p, "<div id=\"panels\">\n");
        for (unsigned i = 0; i < all->n && !code; i++)
            code = panel(p, &all->look[i], i, e);
        page_raw(p, "</div>\n");
    }
    for (unsigned i = 0; i < all->n; i++)
        mem_free(all->look[i].ties);
    mem_free(all);
    return code;
}
