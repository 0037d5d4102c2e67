// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/run_private.h"

#include <math.h>
#include <string.h>

// A source that holds people once: no more than this share of its records that have a
// partner are one too many for the people there are.
static const double MOST_SURPLUS = 0.03;
// What a pair inside a cluster counts that no blocking rule brought up.
static const double ABSENT = -6;

// A source with duplicates gives groups in which it has more records than any other. In
// groups of twins, or of another family that is alike, all sources have as many: that
// says nothing against people being in each of them once. count: records x sources, 0.
static void find_surplus(const struct link_run *r, const uint32_t *group, uint32_t *count,
                         double *surplus, double *partnered)
{
    unsigned n = r->records->n_sources;
    for (uint32_t i = 0; i < r->view->n; i++)
        count[(size_t)group[i] * n + r->view->source[i]]++;
    for (uint32_t i = 0; i < r->view->n; i++) {
        uint32_t most = 0, second = 0;
        for (unsigned s = 0; s < n; s++) {
            uint32_t k = count[(size_t)i * n + s];
            second = k > most ? most : k > second ? k : second;
            most = k > most ? k : most;
        }
        for (unsigned s = 0; s < n && second; s++) {
            uint32_t k = count[(size_t)i * n + s];
            partnered[s] += k;
            surplus[s] += k == most ? k - second : 0;
        }
    }
}

static enum err find_unique(struct link_run *r, struct error *e)
{
    double surplus[LINK_MAX_SOURCES] = {0}, partnered[LINK_MAX_SOURCES] = {0};
    double sure = fmax(r->threshold, score_weight(0.9));
    uint32_t *group = mem_alloc(r->view->n, sizeof *group);
    uint32_t *count = mem_alloc(r->view->n, r->records->n_sources * sizeof *count);
    enum err code = group && count ? ERR_OK : error_memory(e);
    if (!code)
        code = link_components(r->view->n, r->edges, r->n_edges, sure, group, e);
    if (!code)
        find_surplus(r, group, count, surplus, partnered);
    for (unsigned s = 0; s < r->records->n_sources; s++)
        r->unique[s] = partnered[s] >= 20 && surplus[s] <= MOST_SURPLUS * partnered[s];
    mem_free(group);
    mem_free(count);
    return code;
}

static enum err set_unique(struct link_run *r, struct error *e)
{
    const struct link_options *o = &r->options;
    memset(r->unique, 0, sizeof r->unique);
    if (r->records->n_sources < 2)
        return ERR_OK;
    if (o->one_to_one || o->sources_without_duplicates ||
        r->model->sources_without_duplicates) {
        for (unsigned s = 0; s < r->records->n_sources; s++)
            r->unique[s] = true;
        return ERR_OK;
    }
    // Only a model chosen here is free to find this out; a given one says it.
    return o->model || r->view->type != LINK_LINK_ONLY ? ERR_OK : find_unique(r, e);
}

// Each source holds a person once, by what was said: then no cluster has two records of
// one source, however long the way between them.
static bool is_told_unique(const struct link_run *r)
{
    return !r->options.one_to_one && (r->options.sources_without_duplicates ||
                                      r->model->sources_without_duplicates);
}

static bool any_unique(const struct link_run *r)
{
    for (unsigned s = 0; s < r->records->n_sources; s++)
        if (r->unique[s])
            return true;
    return false;
}

// Components of the links that stand.
static enum err join_linked(struct link_run *r, struct error *e)
{
    struct link_edge *kept = mem_alloc(r->n_edges ? r->n_edges : 1, sizeof *kept);
    if (!kept)
        return error_memory(e);
    uint64_t n = 0;
    for (uint64_t i = 0; i < r->n_edges; i++)
        if (r->linked[i])
            kept[n++] = r->edges[i];
    enum err code = link_components(r->view->n, kept, n, r->threshold, r->cluster, e);
    mem_free(kept);
    return code;
}

// --- new records among those known

enum err run_known(struct link_run *r, struct error *e)
{
    const struct link_options *o = &r->options;
    if (!o->first_new)
        return ERR_OK;
    r->n_old = r->records->sources[o->first_new].begin;
    if (!o->known)
        return ERR_OK;
    enum err code = link_known_read(&r->known, o->known, r->records, r->n_old, e);
    if (!code && r->known->n_alone)
        code = run_warn(r, e,
                        "%s: %u of the %u records known have no cluster there; each is "
                        "one of its own",
                        "%s：%u 条（共 %u 条）已知记录在其中没有所属的类，各自成类",
                        o->known, r->known->n_alone, r->n_old);
    return code;
}

static struct str begin_of(struct str s)
{
    enum { MOST = 60 };
    if (s.n <= MOST)
        return s;
    s.n = MOST;
    while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
        s.n--;
    return s;
}

static enum err warn_of_merges(struct link_run *r, struct error *e)
{
    enum { TOLD = 5 };
    const struct link_known *k = r->known;
    struct buf list = BUF_INIT(700);
    for (uint64_t i = 0; i < k->n_merges && i < TOLD; i++)
        buf_printf(&list, "%s\"" STR_FMT "\" of \"" STR_FMT "\"", i ? ", " : "",
                   STR_ARG(begin_of(k->merges[i].gone)),
                   STR_ARG(begin_of(k->merges[i].kept)));
    enum err code = ERR_OK;
    if (k->n_merges)
        code = run_warn(r, e,
                        "%llu clusters known before are now part of another, which new "
                        "records hold together with them: " STR_FMT "%s",
                        "%llu 个原有的类因新记录的连接并入了其他类：" STR_FMT "%s",
                        (unsigned long long)k->n_merges, STR_ARG(buf_str(&list)),
                        k->n_merges > TOLD ? " …" : "");
    buf_free(&list);
    return code;
}

static enum err tell_found(struct link_run *r, uint64_t n_merged, struct error *e)
{
    struct account_found *f = &r->account.found;
    f->records = r->view->n - r->n_old;
    for (uint32_t i = r->n_old; i < r->view->n; i++) {
        f->joined += r->cluster[i] < r->n_old;
        f->people += r->cluster[i] == i;
    }
    // without clusters told, records known before are no clusters to speak of
    f->merged = r->known ? n_merged : 0;
    return r->known ? warn_of_merges(r, e) : ERR_OK;
}

static void mark_linked(struct link_run *r)
{
    for (uint64_t i = 0; i < r->n_edges; i++)
        r->linked[i] = (double)r->edges[i].weight >= r->threshold;
}

static enum err cluster_new(struct link_run *r, const struct cluster_sources *given,
                            struct error *e)
{
    struct cluster_change *merged = NULL;
    uint64_t n_merged = 0;
    uint32_t n = r->view->n;
    enum err code;
    for (uint32_t i = 0; i < r->n_old; i++)
        r->cluster[i] = r->known ? r->known->cluster[i] : i;
    if (given) {
        code = link_cluster_add_once(r->n_old, n, r->edges, r->n_edges, r->threshold,
                                     given, r->cluster, r->linked, e);
    } else {
        mark_linked(r);
        code = link_cluster_add(r->n_old, n, r->edges, r->n_edges, r->threshold,
                                r->cluster, &merged, &n_merged, e);
    }
    if (!code && r->known)
        code = link_known_update(r->known, r->cluster, merged, n_merged, e);
    mem_free(merged);
    return code ? code : tell_found(r, n_merged, e);
}

// --- all records

enum err run_cluster(struct link_run *r, struct error *e)
{
    r->cluster = mem_alloc(r->view->n, sizeof *r->cluster);
    r->linked = mem_alloc(r->n_edges ? r->n_edges : 1, sizeof *r->linked);
    if (!r->cluster || !r->linked)
        return error_memory(e);
    enum err code = set_unique(r, e);
    if (code)
        return code;
    struct cluster_sources sources = {r->view->source, r->unique};
    const struct cluster_sources *given = any_unique(r) ? &sources : NULL;
    if (r->options.first_new)
        return cluster_new(r, given, e);
    if (given && is_told_unique(r)) {
        code = link_cluster_add_once(0, r->view->n, r->edges, r->n_edges, r->threshold,
                                     given, r->cluster, r->linked, e);
    } else if (given) {
        code = link_one_to_one(r->view->n, r->edges, r->n_edges, r->threshold, given,
                               r->linked, e);
        if (!code)
            code = join_linked(r, e);
    } else {
        mark_linked(r);
        code = link_components(r->view->n, r->edges, r->n_edges, r->threshold, r->cluster,
                               e);
    }
    // A given model and threshold are taken at their word, as Splink does.
    if (!code && !r->options.model)
        code = link_split(r->view->n, r->edges, r->n_edges, r->threshold, ABSENT, given,
                          r->cluster, &r->n_split, e);
    return code;
}
