// SPDX-License-Identifier: AGPL-3.0-or-later
// What a scan found, in sentences.
#include "report/scan_doc.h"
#include "base/text.h"
#include "report/result_table.h"
#include "stats/interval.h"

#include <math.h>
#include <stdio.h>

enum { MOST_TOLD = 5, MOST_LISTED = 50, WORDS_SIZE = 160 };
static const double significant = 0.05, large_share = 0.25;

struct teller {
    const struct scan_study *s;
    struct doc *d;
    bool zh;
};

static enum err say(const struct teller *t, struct buf *text, struct error *e)
{
    enum err code = buf_check(text, e);
    if (!code && text->n && !doc_paragraph(t->d, buf_str(text)))
        code = error_memory(e);
    buf_free(text);
    return code;
}

static const char *count(double value, char out[TEXT_NUMBER_SIZE])
{
    (void)text_number(value, 0, out);
    return out;
}

// A p-value with two digits that count.
static const char *p_words(double p, bool zh, char out[WORDS_SIZE])
{
    if (isnan(p))
        snprintf(out, WORDS_SIZE, "–");
    else if (p < 0.0001)
        snprintf(out, WORDS_SIZE, "%s", zh ? "小于 0.0001" : "less than 0.0001");
    else
        snprintf(out, WORDS_SIZE, "%.*f", p >= 0.1 ? 2 : 1 - (int)floor(log10(p)), p);
    return out;
}

// ---- what was looked at ----

static struct str model_words(const struct scan_study *s, bool zh)
{
    static const char *const models[][2] = {
        [SCAN_BERNOULLI] = {"Bernoulli model", "伯努利模型"},
        [SCAN_POISSON] = {"Poisson model", "泊松模型"},
        [SCAN_PERMUTATION] = {"space-time permutation model", "时空置换模型"},
        [SCAN_ORDINAL] = {"ordinal model", "有序模型"}};
    static const char *const spans[][2] = {
        [SCAN_SPATIAL] = {"in space", "空间扫描"},
        [SCAN_TEMPORAL] = {"in time", "时间扫描"},
        [SCAN_SPACE_TIME] = {"in space and time", "时空扫描"},
        [SCAN_PROSPECTIVE] = {"in space and time, up to the last day", "前瞻性时空扫描"}};
    return str_format(s->arena, zh ? "%s，%s" : "Scan %s, %s", spans[s->options.span][zh],
                      models[s->options.model][zh]);
}

static void windows_words(const struct scan_study *s, bool zh, struct buf *out)
{
    static const char *const shapes[][2] = {
        [SCAN_CIRCLE] = {"circles", "圆形"},
        [SCAN_ELLIPSE] = {"circles and ellipses", "圆形与椭圆形"},
        [SCAN_FLEXIBLE] = {"connected groups of neighbouring areas", "相邻地区的组合"}};
    const struct scan_options *o = &s->options;
    if (o->span == SCAN_TEMPORAL) {
        buf_add_c(out, zh ? "时间区间" : "intervals of time");
        return;
    }
    buf_add_c(out, shapes[o->shape][zh]);
    if (o->shape == SCAN_FLEXIBLE && o->most_areas)
        buf_printf(out, zh ? "（至多 %u 个地区）" : " (at most %u areas)", o->most_areas);
    else
        buf_printf(out, zh ? "（至多含总量的 %g%%" : " (of at most %g %% of all",
                   100 * o->most_population);
    if (o->shape != SCAN_FLEXIBLE || !o->most_areas) {
        if (o->most_distance > 0)
            buf_printf(out, zh ? "，半径至多 %g%s" : ", radius at most %g%s",
                       o->most_distance,
                       o->metric != SCAN_GREAT_CIRCLE ? ""
                       : zh                           ? " 公里"
                                                      : " km");
        buf_add_c(out, zh ? "）" : ")");
    }
}

static enum err tell_data(const struct teller *t, struct error *e)
{
    const struct scan_study *s = t->s;
    char a[TEXT_NUMBER_SIZE], b[TEXT_NUMBER_SIZE], c[TEXT_NUMBER_SIZE];
    struct buf text = BUF_INIT(4096);
    double cases = (double)s->result.cases, total = (double)s->result.total;
    if (s->cases_are_boys)
        buf_printf(&text,
                   t->zh ? "共 %s 个地区，男 %s 人、女 %s 人，性别比 %.1f。"
                         : "%s areas with %s boys and %s girls: %.1f boys per 100 girls.",
                   count(s->areas.n, a), count(cases, b), count(total - cases, c),
                   100 * cases / (total - cases));
    else if (s->options.model == SCAN_BERNOULLI)
        buf_printf(&text,
                   t->zh ? "共 %s 个地区，病例 %s 例，对照 %s 例。"
                         : "%s areas with %s cases and %s controls.",
                   count(s->areas.n, a), count(cases, b), count(total - cases, c));
    else
        buf_printf(&text,
                   t->zh ? "共 %s 个地区，病例 %s 例。" : "%s areas with %s cases.",
                   count(s->areas.n, a), count(cases, b));
    if (s->first.n && str_equal(s->first, s->last))
        buf_printf(&text, t->zh ? "时间：" STR_FMT "。" : " Time: " STR_FMT ".",
                   STR_ARG(s->first));
    else if (s->first.n)
        buf_printf(&text,
                   t->zh ? "时间：" STR_FMT " 至 " STR_FMT "。"
                         : " Time: " STR_FMT " to " STR_FMT ".",
                   STR_ARG(s->first), STR_ARG(s->last));
    buf_printf(&text, t->zh ? "共比较 %s 个窗口：" : " %s windows were compared: ",
               count((double)s->result.n_windows, a));
    windows_words(s, t->zh, &text);
    buf_add_c(&text, t->zh ? "。" : ".");
    return say(t, &text, e);
}

// ---- what was found ----

static void where_words(const struct teller *t, const struct scan_cluster *c,
                        struct buf *out)
{
    const struct scan_study *s = t->s;
    struct str centre = c->n_areas ? scan_study_label(s, c->areas[0]) : STR("");
    bool km = s->options.metric == SCAN_GREAT_CIRCLE;
    if (s->options.span == SCAN_TEMPORAL)
        buf_add_c(out, t->zh ? "全部地区" : "all areas");
    else if (c->n_areas == 1)
        buf_printf(out, t->zh ? "“" STR_FMT "”一个地区" : "the area " STR_FMT " alone",
                   STR_ARG(centre));
    else if (s->options.shape == SCAN_FLEXIBLE)
        buf_printf(out,
                   t->zh ? "“" STR_FMT "”等相邻的 %u 个地区"
                         : STR_FMT " and its neighbours, %u areas",
                   STR_ARG(centre), c->n_areas);
    else if (t->zh)
        buf_printf(out, "“" STR_FMT "”周围 %u 个地区（半径 %.3g%s）", STR_ARG(centre),
                   c->n_areas, c->radius, km ? " 公里" : "");
    else
        buf_printf(out, "%u areas around " STR_FMT " (radius %.3g%s)", c->n_areas,
                   STR_ARG(centre), c->radius, km ? " km" : "");
    if (s->options.span != SCAN_SPATIAL && s->slices) {
        struct str from = s->slices[c->first_time].first;
        struct str to = s->slices[c->last_time].last;
        if (str_equal(from, to))
            buf_printf(out, t->zh ? "，" STR_FMT : ", " STR_FMT, STR_ARG(from));
        else
            buf_printf(out,
                       t->zh ? "，" STR_FMT " 至 " STR_FMT : ", " STR_FMT " to " STR_FMT,
                       STR_ARG(from), STR_ARG(to));
    }
}

static void ratio_words(const struct teller *t, const struct scan_cluster *c,
                        struct buf *out)
{
    const struct scan_study *s = t->s;
    char a[TEXT_NUMBER_SIZE], b[TEXT_NUMBER_SIZE], x[TEXT_NUMBER_SIZE];
    double cases = (double)c->cases, girls = (double)(c->total - c->cases);
    if (s->options.model == SCAN_ORDINAL) {
        buf_printf(out,
                   t->zh ? "共 %s 例，类别构成与他处不同"
                         : "%s cases, differently "
                           "spread over the "
                           "categories than elsewhere",
                   count(cases, a));
        return;
    }
    if (s->cases_are_boys) {
        struct interval i = interval_ratio(cases, girls, 100, 0.95);
        double all = (double)s->result.cases;
        double other = 100 * (all - cases) / ((double)s->result.total - all - girls);
        buf_printf(out,
                   t->zh ? "男 %s 人、女 %s 人，性别比 %.1f [%.1f–%.1f]，其余地区 %.1f"
                         : "%s boys and %s girls, %.1f boys per 100 girls "
                           "[%.1f–%.1f], elsewhere %.1f",
                   count(cases, a), count(girls, b), 100 * cases / girls, i.low, i.high,
                   other);
        return;
    }
    struct scan_limits l = scan_study_limits(s, c);
    (void)text_number(c->expected, c->expected < 100 ? 1 : 0, x);
    buf_printf(out,
               t->zh ? "%s 例，期望 %s 例，为期望的 %.2f 倍 [%.2f–%.2f]"
                     : "%s cases where %s are expected, %.2f times as many [%.2f–%.2f]",
               count(cases, a), x, c->ratio, l.low, l.high);
}

// How easily chance gives it: in full for the first cluster.
static void chance_words(const struct teller *t, const struct scan_cluster *c, bool full,
                         struct buf *out)
{
    const struct scan_study *s = t->s;
    char p[WORDS_SIZE], n[TEXT_NUMBER_SIZE];
    bool gumbel;
    double value = scan_study_p(s, c, &gumbel);
    if (isnan(value))
        return;
    bool none = !gumbel && c->p * (s->result.replications + 1.0) < 1.5;
    (void)p_words(value, t->zh, p);
    if (full && none)
        buf_printf(
            out,
            t->zh ? "若各地并无差别，%s 次模拟中全图没有一次出现这样高的窗口（p = %s）。"
                  : " If all places were alike: in none of %s replications was any "
                    "window as high as this (p = %s).",
            count(s->result.replications, n), p);
    else if (full)
        buf_printf(out,
                   t->zh ? "若各地并无差别，全图出现这样高的窗口的概率为 %s。"
                         : " If all places were alike, a window as high as this would "
                           "come up somewhere with a probability of %s.",
                   p);
    else
        buf_printf(out, t->zh ? "p = %s。" : " p = %s.", p);
    if (!isnan(c->recurrence_times))
        buf_printf(out,
                   t->zh ? "平均每 %s 次查看才会偶然出现一次。"
                         : " By chance alone it would come up once in %s looks.",
                   count(c->recurrence_times, n));
}

static enum err tell_cluster(const struct teller *t, uint32_t i, struct error *e)
{
    const struct scan_cluster *c = &t->s->result.clusters[i];
    struct buf text = BUF_INIT(4096);
    buf_printf(&text, t->zh ? "聚集 %u（%s）：" : "Cluster %u (%s): ", i + 1,
               c->high ? (t->zh ? "偏高" : "high") : (t->zh ? "偏低" : "low"));
    where_words(t, c, &text);
    buf_add_c(&text, t->zh ? "；" : "; ");
    ratio_words(t, c, &text);
    buf_add_c(&text, t->zh ? "。" : ".");
    chance_words(t, c, i == 0, &text);
    return say(t, &text, e);
}

static uint32_t count_significant(const struct scan_study *s)
{
    uint32_t n = 0;
    bool gumbel;
    for (uint32_t i = 0; i < s->result.n_clusters; i++)
        n += scan_study_p(s, &s->result.clusters[i], &gumbel) < significant;
    return n;
}

static enum err tell_verdict(const struct teller *t, uint32_t found, struct error *e)
{
    const struct scan_study *s = t->s;
    struct buf text = BUF_INIT(2048);
    uint32_t n = s->result.n_clusters;
    if (!n)
        buf_add_c(&text, t->zh ? "没有任何窗口高于整体水平。"
                               : "No window stands above the whole.");
    else if (!s->options.replications)
        buf_add_c(&text, t->zh ? "未做模拟，因此不能说明这些聚集是否出于偶然。"
                               : "No replications were made, so nothing is known about "
                                 "how easily chance gives clusters like these.");
    else if (!found)
        buf_add_c(&text,
                  t->zh ? "没有发现超出偶然的聚集（以 0.05 为界）。最强的窗口如下，"
                          "仅凭偶然也常会出现。"
                        : "Nothing stands out beyond chance (at 0.05). The strongest "
                          "window is told below; chance alone often gives one like it.");
    else if (found == 1)
        buf_add_c(&text, t->zh ? "有 1 个聚集难以归于偶然（p 小于 0.05）。"
                               : "One cluster is hard to put down to chance (p below "
                                 "0.05).");
    else
        buf_printf(&text,
                   t->zh ? "有 %u 个聚集难以归于偶然（p 小于 0.05）。"
                         : "%u clusters are hard to put down to chance (p below 0.05).",
                   found);
    return say(t, &text, e);
}

static enum err tell_found(const struct teller *t, struct error *e)
{
    const struct scan_study *s = t->s;
    uint32_t found = count_significant(s), told = found ? found : 1;
    enum err code = tell_verdict(t, found, e);
    if (told > s->result.n_clusters)
        told = s->result.n_clusters;
    for (uint32_t i = 0; i < told && i < MOST_TOLD && !code; i++)
        code = tell_cluster(t, i, e);
    if (code || found <= MOST_TOLD)
        return code;
    struct buf text = BUF_INIT(256);
    buf_printf(&text, t->zh ? "其余 %u 个见表。" : "The other %u are in the table.",
               found - MOST_TOLD);
    return say(t, &text, e);
}

// ---- its doubt ----

static bool is_too_large(const struct scan_study *s)
{
    if (!s->result.n_clusters || s->options.span == SCAN_TEMPORAL)
        return false;
    const struct scan_cluster *c = &s->result.clusters[0];
    return (double)c->n_areas > large_share * s->areas.n && c->n_areas > 4 &&
           s->options.report != SCAN_GINI;
}

static enum err tell_doubt(const struct teller *t, struct error *e)
{
    const struct scan_study *s = t->s;
    struct buf text = BUF_INIT(4096);
    if (!s->result.n_clusters)
        return ERR_OK;
    buf_add_c(&text,
              t->zh
                  ? "窗口是因其最高才被选中的，所以其中的比值偏大，区间也未计入这种选择；"
                    "边界只是大致的。聚集说明应当去核实数据与机构，并不说明原因，"
                    "更不指向个人。"
                  : "A window is shown because it is the highest, so the ratio in it is "
                    "overstated and its interval does not allow for the choice; its "
                    "border is rough. A cluster says where to look at data and "
                    "facilities. It does not say why, and it points at no person.");
    enum err code = say(t, &text, e);
    if (code || !is_too_large(s))
        return code;
    text = BUF_INIT(1024);
    buf_printf(&text,
               t->zh ? "第一个聚集含 %u 个地区，大到难以据此行动。可用 --max-population、"
                       "--max-distance 限制窗口，或用 --report gini。"
                     : "The first cluster holds %u areas, which is too large to act on. "
                       "Limit the windows with --max-population or --max-distance, or "
                       "take --report gini.",
               s->result.clusters[0].n_areas);
    return say(t, &text, e);
}

static enum err tell_method(const struct teller *t, struct error *e)
{
    const struct scan_study *s = t->s;
    const struct scan_result *r = &s->result;
    char a[TEXT_NUMBER_SIZE];
    struct buf text = BUF_INIT(8192);
    if (s->options.replications) {
        buf_printf(&text,
                   t->zh
                       ? "p 值由 %s 次模拟得到（种子 %llu）：(1 + 不低于它的模拟次数) / "
                         "(1 + 模拟次数)，已计入所有窗口；统计量相等者计为不低于。"
                       : "p-values are from %s replications (seed %llu): (1 + those at "
                         "least as high) / (1 + all), corrected for every window that "
                         "was looked at; equal values count against the cluster.",
                   count(r->replications, a), (unsigned long long)s->options.seed);
        if (s->gumbel_when_small)
            buf_add_c(&text, t->zh ? "不足十次者改用 Gumbel 近似。"
                                   : " Where fewer than ten were as high, Gumbel's "
                                     "approximation is given.");
        if (r->stopped)
            buf_add_c(&text, t->zh ? "因 p 值已明显较大而提前停止。"
                                   : " It stopped early, since p was clearly large.");
    }
    if (!isnan(r->critical_05) && s->options.replications)
        buf_printf(&text,
                   t->zh ? "5 %% 水平的临界值为 %.2f。"
                         : " The critical value at 5 %% is "
                           "%.2f.",
                   r->critical_05);
    if (s->options.report == SCAN_GINI && r->n_clusters && !isnan(r->gini))
        buf_printf(&text,
                   t->zh ? "所列聚集使 Gini 系数最大（%.4f，窗口上限 %g %%）。"
                         : " The clusters shown make the Gini coefficient largest (%.4f, "
                           "with windows of at most %g %%).",
                   r->gini, 100 * r->gini_limit);
    if (s->options.earlier_looks)
        buf_printf(&text,
                   t->zh ? "已校正之前的 %u 次查看。" : " Adjusted for %u earlier looks.",
                   s->options.earlier_looks);
    buf_printf(&text, t->zh ? "用时 %.2f 秒。" : " It took %.2f s.", s->seconds);
    enum err code = say(t, &text, e);
    for (uint32_t i = 0; i < s->n_notes && !code; i++) {
        text = BUF_INIT(2048);
        buf_add_c(&text, t->zh ? "注意：" : "Note: ");
        buf_add(&text, t->zh ? s->notes[i].zh : s->notes[i].en);
        code = say(t, &text, e);
    }
    return code;
}

// ---- the document ----

static enum err build(const struct teller *t, struct scan_report_parts *out,
                      struct error *e)
{
    bool zh = t->zh;
    enum err code = tell_found(t, e);
    if (!code)
        code = tell_doubt(t, e);
    bool ordinal = t->s->options.model == SCAN_ORDINAL;
    if (!code && out->clusters.n_rows &&
        !result_table_doc(
            t->d, &out->clusters, MOST_LISTED,
            ordinal ? (zh ? STR("LLR：对数似然比。") : STR("LLR: log-likelihood ratio."))
            : zh ? STR("LLR：对数似然比。比值的区间为 95%，视窗口为事先选定。")
                 : STR("LLR: log-likelihood ratio. Intervals are 95 %, as if the "
                       "window had been chosen beforehand.")))
        code = error_memory(e);
    if (!code)
        code = scan_doc_map(t->s, t->d, e);
    if (!code)
        code = scan_doc_maxima(t->s, t->d, e);
    if (!code && !doc_heading(t->d, 2, zh ? STR("数据与方法") : STR("Data and method")))
        code = error_memory(e);
    if (!code)
        code = tell_data(t, e);
    return code ? code : tell_method(t, e);
}

enum err scan_doc(const struct scan_study *s, bool zh, struct scan_report_parts *out,
                  struct error *e)
{
    *out = (struct scan_report_parts){.doc = doc_new(s->arena, zh)};
    struct teller t = {s, out->doc, zh};
    if (!out->doc)
        return error_memory(e);
    out->doc->title = s->title.n ? s->title
                      : zh       ? STR("聚集性扫描")
                                 : STR("Scan for clusters");
    out->doc->subtitle = model_words(s, zh);
    out->doc->made =
        str_format(s->arena, zh ? "数据：" STR_FMT : "From " STR_FMT, STR_ARG(s->source));
    out->doc->made_on = date_today();
    if (!out->doc->subtitle.p || !out->doc->made.p)
        return error_memory(e);
    enum err code = scan_doc_results(s, zh, out, e);
    return code ? code : build(&t, out, e);
}
