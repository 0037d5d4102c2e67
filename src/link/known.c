// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/known.h"

#include "link/judge_private.h" // a table with headings

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const id_names[] = {"id", "unique_id", "record_id", "rec_id", NULL};
static const char *const cluster_names[] = {"cluster", "cluster_id", NULL};
static const char *const source_names[] = {"source", "source_dataset", NULL};

#define NO_RECORD UINT32_MAX
#define SEVERAL (UINT32_MAX - 1)

// Names are added to their dictionary together: it looks for several at once.
enum { TOGETHER = 256, AHEAD = 16 };

struct pending {
    size_t n;
    uint32_t record[TOGETHER], number[TOGETHER];
    uint64_t line[TOGETHER];
    size_t begin[TOGETHER + 1]; // of the names in `bytes`
    struct buf bytes;
};

struct reading {
    struct link_known *k;
    const struct link_records *r;
    struct judge_sheet sheet;
    struct arena arena;
    int id, source, cluster; // columns
    unsigned n_sources;      // that are old
    uint32_t *by_row;        // [n_old] records in the order of their files
    uint32_t next;           // place in by_row that the next row is likely to be
    uint32_t *slots;         // by hash of id and source: record + 1; NULL: not made yet
    uint64_t mask;
    struct pending pending;
};

// ---- columns

static enum err no_column(const struct reading *x, struct error *e)
{
    struct buf list = BUF_INIT(400);
    judge_sheet_list_headings(&x->sheet, &list);
    (void)error_set(e, ERR_INPUT, "known.headings", x->sheet.path,
                    "there is no column of %s; \"%s\" is expected, there are: " STR_FMT,
                    x->id < 0 ? "ids" : "clusters", x->id < 0 ? "id" : "cluster",
                    STR_ARG(buf_str(&list)));
    buf_free(&list);
    return error_cure(e, "Give the file that heng link wrote with --clusters.");
}

static enum err find_columns(struct reading *x, struct error *e)
{
    x->id = judge_sheet_column(&x->sheet, id_names);
    x->source = judge_sheet_column(&x->sheet, source_names);
    x->cluster = judge_sheet_column(&x->sheet, cluster_names);
    return x->id < 0 || x->cluster < 0 ? no_column(x, e) : ERR_OK;
}

// ---- the record of a row

static uint64_t hash_of(struct str id, unsigned source)
{
    return str_hash(id, source);
}

static bool is_record(const struct reading *x, uint32_t record, struct str id)
{
    return str_equal(link_record_id(x->r, record), id);
}

static enum err list_by_row(struct reading *x, struct error *e)
{
    x->by_row = mem_alloc(x->k->n_old, sizeof *x->by_row);
    if (!x->by_row)
        return error_memory(e);
    for (uint32_t i = 0; i < x->k->n_old; i++)
        x->by_row[i] = NO_RECORD;
    for (unsigned s = 0; s < x->n_sources; s++) {
        const struct link_source *from = &x->r->sources[s];
        // Rows that were left out leave gaps at the end.
        for (uint32_t i = from->begin; i < from->end; i++) {
            uint32_t place = x->r->row[i] - 1;
            if (place < from->end - from->begin)
                x->by_row[from->begin + place] = i;
        }
    }
    return ERR_OK;
}

static enum err make_hash(struct reading *x, struct error *e)
{
    uint64_t size = 4;
    while (size < (uint64_t)x->k->n_old * 2)
        size *= 2;
    x->slots = mem_alloc(size, sizeof *x->slots);
    if (!x->slots)
        return error_memory(e);
    x->mask = size - 1;
    for (unsigned s = 0; s < x->n_sources; s++)
        for (uint32_t i = x->r->sources[s].begin; i < x->r->sources[s].end; i++) {
            uint64_t at = hash_of(link_record_id(x->r, i), s) & x->mask;
            while (x->slots[at])
                at = (at + 1) & x->mask;
            x->slots[at] = i + 1;
        }
    return ERR_OK;
}

static uint32_t find_in(const struct reading *x, struct str id, unsigned source)
{
    const struct link_source *s = &x->r->sources[source];
    for (uint64_t at = hash_of(id, source) & x->mask; x->slots[at];
         at = (at + 1) & x->mask) {
        uint32_t record = x->slots[at] - 1;
        if (record >= s->begin && record < s->end && is_record(x, record, id))
            return record;
    }
    return NO_RECORD;
}

// source: the number of one, or that of all of them.
static enum err find_record(struct reading *x, struct str id, unsigned source,
                            uint32_t *record, struct error *e)
{
    *record = NO_RECORD;
    enum err code = x->slots ? ERR_OK : make_hash(x, e);
    for (unsigned s = 0; s < x->n_sources && !code; s++) {
        uint32_t found =
            source == s || source == x->n_sources ? find_in(x, id, s) : NO_RECORD;
        if (found != NO_RECORD)
            *record = *record == NO_RECORD ? found : SEVERAL;
    }
    return code;
}

// What csv_write_row puts before a text that a spreadsheet would run as a formula.
static struct str without_guard(struct str text)
{
    double number;
    if (text.n < 2 || text.p[0] != '\'' || !memchr("=+-@", text.p[1], 4))
        return text;
    struct str rest = {text.p + 1, text.n - 1};
    return str_to_double(rest, &number) ? text : rest;
}

static enum err no_such_source(const struct reading *x, struct str name, struct error *e)
{
    char where[256];
    (void)judge_sheet_where(&x->sheet, x->source, where);
    for (unsigned s = x->n_sources; s < x->r->n_sources; s++)
        if (str_equal(x->r->sources[s].name, name)) {
            (void)error_set(e, ERR_INPUT, "known.not_new", where,
                            "the records of \"" STR_FMT
                            "\" are given as new, but have clusters already",
                            STR_ARG(name));
            return error_cure(e, "Give that file with --against, or the clusters as they "
                                 "were before it was linked.");
        }
    struct buf list = BUF_INIT(300);
    for (unsigned s = 0; s < x->n_sources; s++)
        buf_printf(&list, "%s" STR_FMT, s ? ", " : "", STR_ARG(x->r->sources[s].name));
    (void)error_set(e, ERR_INPUT, "known.source", where,
                    "the cluster has a record of \"" STR_FMT
                    "\", which is not among the files known: " STR_FMT,
                    STR_ARG(name), STR_ARG(buf_str(&list)));
    buf_free(&list);
    return error_cure(e, "Give every file that was linked with --against, under the name "
                         "that it had then.");
}

static enum err no_such_record(const struct reading *x, struct str id, uint32_t found,
                               struct error *e)
{
    char where[256];
    (void)judge_sheet_where(&x->sheet, x->id, where);
    if (found == SEVERAL) {
        (void)error_set(e, ERR_INPUT, "known.several", where,
                        "the id \"" STR_FMT "\" is in several of the files known, and "
                        "there is no column \"source\" to say which is meant",
                        STR_ARG(id));
        return error_cure(e, "Give the clusters as heng link wrote them for these files "
                             "together.");
    }
    (void)error_set(e, ERR_INPUT, "known.no_record", where,
                    "the record \"" STR_FMT "\" is not in the files known", STR_ARG(id));
    return error_cure(e, "Give every file that was linked with --against, and with --id "
                         "the column of ids that was used; take out rows of records that "
                         "are no more.");
}

static bool is_at(const struct reading *x, uint32_t place, unsigned source, struct str id,
                  uint32_t *record)
{
    if (place >= x->k->n_old || x->by_row[place] == NO_RECORD)
        return false;
    *record = x->by_row[place];
    return (source == x->n_sources || (*record >= x->r->sources[source].begin &&
                                       *record < x->r->sources[source].end)) &&
           is_record(x, *record, id);
}

static enum err source_of_row(const struct reading *x, unsigned *source, struct error *e)
{
    *source = x->n_sources;
    struct str name = judge_sheet_cell(&x->sheet, x->source);
    if (!name.n)
        return ERR_OK;
    struct str plain = without_guard(name);
    for (*source = 0; *source < x->n_sources; ++*source) {
        struct str other = x->r->sources[*source].name;
        if (str_equal(other, name) || str_equal(other, plain))
            return ERR_OK;
    }
    return no_such_source(x, plain, e);
}

static enum err record_of_row(struct reading *x, uint32_t *record, struct error *e)
{
    unsigned source;
    enum err code = source_of_row(x, &source, e);
    if (code)
        return code;
    struct str id = judge_sheet_cell(&x->sheet, x->id), plain = without_guard(id);
    if (!id.n) {
        char where[256];
        (void)error_set(e, ERR_INPUT, "known.empty_id",
                        judge_sheet_where(&x->sheet, x->id, where), "the id is empty");
        return error_cure(e, "Every row must name its record.");
    }
    // without sources an id may be that of another file as well
    bool one = source < x->n_sources || x->n_sources == 1;
    if (one && (is_at(x, x->next, source, plain, record) ||
                is_at(x, x->next, source, id, record))) {
        x->next++;
        return ERR_OK;
    }
    code = find_record(x, id, source, record, e);
    if (!code && *record == NO_RECORD && plain.n < id.n)
        code = find_record(x, plain, source, record, e);
    if (!code && *record >= SEVERAL)
        code = no_such_record(x, plain, *record, e);
    if (!code) { // the rows after it may stand in order again
        const struct link_source *s = x->r->sources;
        while (*record >= s->end)
            s++;
        x->next = s->begin + x->r->row[*record];
    }
    return code;
}

// ---- reading

static enum err two_clusters(const struct reading *x, size_t i, struct str name,
                             struct error *e)
{
    char where[256];
    uint32_t record = x->pending.record[i];
    snprintf(where, sizeof where, "%s:%" PRIu64 " " STR_FMT, x->sheet.path,
             x->pending.line[i], STR_ARG(x->sheet.headings[x->cluster]));
    (void)error_set(e, ERR_INPUT, "known.twice", where,
                    "the record \"" STR_FMT "\" is in cluster \"" STR_FMT
                    "\", but an earlier row has it in \"" STR_FMT "\"",
                    STR_ARG(link_record_id(x->r, record)), STR_ARG(name),
                    STR_ARG(link_texts_at(&x->k->names.texts, x->k->name[record])));
    return error_cure(e, "A record is one person: leave one of the rows.");
}

static enum err add_pending(struct reading *x, struct error *e)
{
    struct pending *p = &x->pending;
    struct str names[TOGETHER];
    for (size_t i = 0; i < p->n; i++)
        names[i] = (struct str){p->bytes.p + p->begin[i], p->begin[i + 1] - p->begin[i]};
    enum err code = buf_check(&p->bytes, e);
    if (!code)
        code = dictionary_add(&x->k->names, names, p->n, p->number, e);
    for (size_t i = 0; i < p->n && !code; i++) {
        uint32_t *number = &x->k->name[p->record[i]];
        if (*number && *number != p->number[i])
            code = two_clusters(x, i, names[i], e);
        *number = p->number[i];
    }
    p->n = 0;
    buf_clear(&p->bytes);
    return code;
}

// Where the ids of rows that are soon to come are likely to lie.
static void fetch_ids(const struct reading *x)
{
    const struct link_texts *ids = &x->r->ids;
    if (x->k->n_old - x->next <= 2 * AHEAD || x->next > x->k->n_old)
        return;
    uint32_t far = x->by_row[x->next + 2 * AHEAD], near = x->by_row[x->next + AHEAD];
    if (far != NO_RECORD)
        __builtin_prefetch(&ids->offset[x->r->id[far]]);
    if (near != NO_RECORD)
        __builtin_prefetch(ids->bytes + ids->offset[x->r->id[near]]);
}

static enum err read_row(struct reading *x, struct error *e)
{
    struct pending *p = &x->pending;
    fetch_ids(x);
    enum err code = record_of_row(x, &p->record[p->n], e);
    if (code)
        return code;
    struct str name = without_guard(judge_sheet_cell(&x->sheet, x->cluster));
    if (!name.n) {
        char where[256];
        (void)error_set(e, ERR_INPUT, "known.empty_cluster",
                        judge_sheet_where(&x->sheet, x->cluster, where),
                        "the cluster is empty");
        return error_cure(e, "Take the row out if the record is in no cluster: it is one "
                             "of its own then.");
    }
    p->begin[p->n] = p->bytes.n;
    buf_add(&p->bytes, name);
    p->line[p->n++] = x->sheet.row.line;
    p->begin[p->n] = p->bytes.n;
    return p->n == TOGETHER ? add_pending(x, e) : ERR_OK;
}

// The smallest record and the size of each cluster.
static enum err gather(struct link_known *k, struct error *e)
{
    k->n_names = dictionary_size(&k->names);
    uint32_t *first = mem_alloc((size_t)k->n_names + 1, sizeof *first);
    k->size = mem_alloc((size_t)k->n_names + 1, sizeof *k->size);
    if (!first || !k->size) {
        mem_free(first);
        return error_memory(e);
    }
    for (uint32_t i = 0; i < k->n_old; i++) {
        uint32_t name = k->name[i];
        k->cluster[i] = i;
        if (!name) {
            k->n_alone++;
            continue;
        }
        if (!k->size[name]++)
            first[name] = i;
        k->cluster[i] = first[name];
    }
    mem_free(first);
    return ERR_OK;
}

static enum err read_all(struct reading *x, const char *path, struct error *e)
{
    while (x->n_sources < x->r->n_sources &&
           x->r->sources[x->n_sources].begin < x->k->n_old)
        x->n_sources++;
    enum err code = list_by_row(x, e);
    if (!code)
        code = judge_sheet_open(&x->sheet, path, &x->arena, e);
    if (!code)
        code = find_columns(x, e);
    bool more = true;
    while (!code && !(code = judge_sheet_next(&x->sheet, &more, e)) && more)
        code = read_row(x, e);
    if (!code)
        code = add_pending(x, e);
    return code ? code : gather(x->k, e);
}

enum err link_known_read(struct link_known **out, const char *path,
                         const struct link_records *records, uint32_t n_old,
                         struct error *e)
{
    struct link_known *k = *out = mem_alloc(1, sizeof *k);
    if (!k)
        return error_memory(e);
    k->n_old = n_old;
    k->records = records;
    k->cluster = mem_alloc(n_old, sizeof *k->cluster);
    k->name = mem_alloc(records->n, sizeof *k->name);
    enum err code = k->cluster && k->name ? ERR_OK : error_memory(e);
    if (!code)
        code = dictionary_open(&k->names, e);
    struct reading x = {.k = k, .r = records};
    // a name may be as long as a cell
    x.pending.bytes = BUF_INIT((size_t)(TOGETHER + 1) << 20);
    arena_init(&x.arena, 0);
    if (!code)
        code = read_all(&x, path, e);
    judge_sheet_close(&x.sheet);
    arena_free(&x.arena);
    mem_free(x.by_row);
    mem_free(x.slots);
    buf_free(&x.pending.bytes);
    if (code) {
        link_known_close(k);
        *out = NULL;
    }
    return code;
}

void link_known_close(struct link_known *k)
{
    if (!k)
        return;
    dictionary_close(&k->names);
    mem_free(k->cluster);
    mem_free(k->name);
    mem_free(k->size);
    mem_free(k->merges);
    mem_free(k);
}

// ---- names

// Records that stand for a cluster without a name: their ids, and which of them are ids
// of an old record too.
struct nameless {
    struct dictionary ids;
    uint32_t *record; // [number] the first with the id
    bool *taken;      // [number]
};

static bool is_nameless(const struct link_known *k, const uint32_t *cluster, uint32_t i)
{
    return i < k->n_old ? !k->name[i] : cluster[i] == i;
}

static enum err gather_nameless(const struct link_known *k, const uint32_t *cluster,
                                struct nameless *x, struct error *e)
{
    const struct link_records *r = k->records;
    enum err code = dictionary_open(&x->ids, e);
    uint64_t n = 0;
    for (uint32_t i = 0; i < r->n; i++)
        n += is_nameless(k, cluster, i);
    x->record = mem_alloc(n + 1, sizeof *x->record);
    x->taken = mem_alloc(n + 1, sizeof *x->taken);
    if (!code && (!x->record || !x->taken))
        code = error_memory(e);
    for (uint32_t i = 0; i < r->n && !code; i++) {
        if (!is_nameless(k, cluster, i))
            continue;
        struct str id = link_record_id(r, i);
        uint32_t number, before = dictionary_size(&x->ids);
        code = dictionary_add(&x->ids, &id, 1, &number, e);
        if (!code && dictionary_size(&x->ids) > before)
            x->record[number] = i;
    }
    for (uint32_t i = 0; i < k->n_old && !code && n; i++) {
        uint32_t number = dictionary_find(&x->ids, link_record_id(r, i));
        if (number && x->record[number] != i)
            x->taken[number] = true;
    }
    return code;
}

// Adds a name that no other cluster has.
static enum err name_one(struct link_known *k, uint32_t record, bool plain,
                         struct buf *text, struct error *e)
{
    const struct link_records *r = k->records;
    struct str id = link_record_id(r, record), name = id;
    const struct link_source *s = r->sources;
    while (record >= s->end)
        s++;
    for (unsigned i = 1; !plain || dictionary_find(&k->names, name); i++) {
        buf_clear(text);
        buf_add(text, s->name);
        buf_add_char(text, ':');
        buf_add(text, id);
        if (i > 1)
            buf_printf(text, "#%u", i);
        enum err code = buf_check(text, e);
        if (code)
            return code;
        name = buf_str(text);
        plain = true;
    }
    return dictionary_add(&k->names, &name, 1, &k->name[record], e);
}

static enum err name_nameless(struct link_known *k, const uint32_t *cluster,
                              struct error *e)
{
    struct nameless x = {0};
    struct buf text = BUF_INIT((size_t)4 << 20);
    enum err code = gather_nameless(k, cluster, &x, e);
    for (uint32_t i = 0; i < k->records->n && !code; i++) {
        if (!is_nameless(k, cluster, i))
            continue;
        uint32_t number = dictionary_find(&x.ids, link_record_id(k->records, i));
        code = name_one(k, i, !x.taken[number], &text, e);
    }
    dictionary_close(&x.ids);
    mem_free(x.record);
    mem_free(x.taken);
    buf_free(&text);
    return code;
}

static struct str text_of(const struct link_known *k, uint32_t name)
{
    return link_texts_at(&k->names.texts, name);
}

static uint32_t size_of(const struct link_known *k, uint32_t name)
{
    return name <= k->n_names ? k->size[name] : 1;
}

static bool is_better(const struct link_known *k, uint32_t a, uint32_t b)
{
    if (size_of(k, a) != size_of(k, b))
        return size_of(k, a) > size_of(k, b);
    return str_compare(text_of(k, a), text_of(k, b)) < 0;
}

// Of each number of merged clusters one name stays; each change tells of one that is
// gone.
static enum err merge_names(struct link_known *k, const struct cluster_change *merged,
                            uint64_t n_merged, struct error *e)
{
    uint32_t *own = mem_alloc(n_merged, sizeof *own);
    k->merges = mem_alloc(n_merged, sizeof *k->merges);
    if (!own || !k->merges) {
        mem_free(own);
        return error_memory(e);
    }
    for (uint64_t i = 0; i < n_merged; i++) {
        assert(merged[i].from < k->n_old && merged[i].into < merged[i].from);
        own[i] = k->name[merged[i].into];
    }
    for (uint64_t i = 0; i < n_merged; i++) {
        uint32_t *best = &k->name[merged[i].into];
        if (is_better(k, k->name[merged[i].from], *best))
            *best = k->name[merged[i].from];
    }
    for (uint64_t i = 0; i < n_merged; i++) {
        uint32_t from = k->name[merged[i].from], kept = k->name[merged[i].into];
        k->merges[k->n_merges++] = (struct link_merge){
            text_of(k, from != kept ? from : own[i]), text_of(k, kept)};
    }
    mem_free(own);
    return ERR_OK;
}

enum err link_known_update(struct link_known *k, const uint32_t *cluster,
                           const struct cluster_change *merged, uint64_t n_merged,
                           struct error *e)
{
    assert(!k->merges);
    enum err code = name_nameless(k, cluster, e);
    return code ? code : merge_names(k, merged, n_merged, e);
}

struct str link_known_name(const struct link_known *k, uint32_t cluster)
{
    return text_of(k, k->name[cluster]);
}
