// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/judge_private.h"

#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "link/guess.h"
#include "link/sort_keys.h"

static const char *const id_names[] = {"id", "unique_id", "record_id", "rec_id", NULL};
static const char *const cluster_names[] = {"cluster", "cluster_id", NULL};
static const char *const source_names[] = {"source", "source_dataset", NULL};
static const char *const left_names[] = {"id_a", "unique_id_l", "id_l", NULL};
static const char *const right_names[] = {"id_b", "unique_id_r", "id_r", NULL};
static const char *const left_source_names[] = {"source_a", "source_dataset_l",
                                                "source_l", NULL};
static const char *const right_source_names[] = {"source_b", "source_dataset_r",
                                                 "source_r", NULL};
static const char *const probability_names[] = {"probability", "match_probability", NULL};
static const char *const score_names[] = {
    "clerical_match_score", "match_score", "score", "match", "label", NULL};
static const char *const entity_names[] = {"entity", "truth",     "cluster", "cluster_id",
                                           "person", "person_id", NULL};

static const double thresholds[JUDGE_THRESHOLDS] = {
    0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999};

struct side { // columns that name a record
    int id, source;
};

struct judge {
    const struct judge_options *o;
    struct judgement *out;
    struct arena arena;
    struct judge_world world;
    struct link_records *records; // NULL: none were given
    struct judge_sheet given;
    struct side side[2]; // of the given file: one for clusters, two for pairs
    int cluster, probability;
    bool has_sources;
    int truth_column; // of the clusters; JUDGE_NONE
    struct scored_pair *pairs;
    uint64_t n_pairs, capacity;
    struct link_keyed *labels; // key: the pair, smaller record first; value: 1 the same
    size_t n_labels, labels_capacity;
};

// --- what was given

static enum err recognise(struct judge *j, struct error *e)
{
    const struct judge_sheet *s = &j->given;
    j->side[0] = (struct side){judge_sheet_column(s, left_names),
                               judge_sheet_column(s, left_source_names)};
    j->side[1] = (struct side){judge_sheet_column(s, right_names),
                               judge_sheet_column(s, right_source_names)};
    j->probability = judge_sheet_column(s, probability_names);
    j->cluster = judge_sheet_column(s, cluster_names);
    if (j->side[0].id >= 0 && j->side[1].id >= 0 && j->probability >= 0) {
        j->out->is_pairs = true;
        j->has_sources = j->side[0].source >= 0 && j->side[1].source >= 0;
        return ERR_OK;
    }
    j->side[0] = (struct side){judge_sheet_column(s, id_names),
                               judge_sheet_column(s, source_names)};
    if (j->side[0].id < 0 && j->o->n_id == 1)
        j->side[0].id = judge_sheet_column_named(s, str_of(j->o->id[0]));
    j->has_sources = j->side[0].source >= 0;
    if (j->side[0].id >= 0 && j->cluster >= 0)
        return ERR_OK;
    struct buf list = BUF_INIT(400);
    judge_sheet_list_headings(s, &list);
    (void)error_set(e, ERR_INPUT, "judge.headings", s->path,
                    "the columns (" STR_FMT ") are neither those of clusters (id, "
                    "cluster) nor those of pairs (id_a, id_b, probability)",
                    STR_ARG(buf_str(&list)));
    buf_free(&list);
    return error_cure(e, "give a file that 'heng link' wrote with --clusters or --pairs");
}

// What csv_write_row puts before a text that a spreadsheet would run as a formula.
static struct str without_guard(struct str text)
{
    if (text.n > 1 && text.p[0] == '\'' && memchr("=+-@", text.p[1], 4))
        return (struct str){text.p + 1, text.n - 1};
    return text;
}

// A name of a record in a row; it must not be empty.
static enum err row_id(const struct judge_sheet *s, const struct side *side,
                       struct str *source, struct str *id, struct error *e)
{
    *id = without_guard(judge_sheet_cell(s, side->id));
    *source = without_guard(judge_sheet_cell(s, side->source));
    if (id->n)
        return ERR_OK;
    char where[256];
    (void)error_set(e, ERR_INPUT, "judge.empty_id", judge_sheet_where(s, side->id, where),
                    "the id is empty");
    return error_cure(e, "every row must name its record");
}

static enum err no_such_record(const struct judge *j, const struct judge_sheet *s,
                               const struct side *side, struct error *e)
{
    char where[256];
    struct buf files = BUF_INIT(200);
    for (unsigned i = 0; i < j->o->n_records; i++)
        buf_printf(&files, "%s%s", i ? ", " : "", j->o->records[i]);
    struct str source = judge_sheet_cell(s, side->source);
    (void)error_set(
        e, ERR_INPUT, "judge.no_record", judge_sheet_where(s, side->id, where),
        "no record of " STR_FMT " has the id '" STR_FMT "'%s" STR_FMT "%s",
        STR_ARG(buf_str(&files)), STR_ARG(judge_sheet_cell(s, side->id)),
        source.n ? " and the source '" : "", STR_ARG(source), source.n ? "'" : "");
    buf_free(&files);
    return error_cure(e, "give with --records all files that were linked, and with --id "
                         "the column of their ids");
}

// The record that a row names; UINT32_MAX when nothing is known of it.
static enum err row_record(struct judge *j, const struct judge_sheet *s,
                           const struct side *side, uint32_t *record, struct error *e)
{
    struct str source, id;
    enum err code = row_id(s, side, &source, &id, e);
    if (!code)
        code = judge_world_record(&j->world, source, id, record, e);
    if (!code && *record != UINT32_MAX)
        code = judge_world_set_source(&j->world, *record, source, e);
    if (!code && *record == UINT32_MAX && j->records)
        code = no_such_record(j, s, side, e);
    return code;
}

// --- the truth

// The column of ids that the linkage itself finds when it is told none; without one,
// rows go by their numbers.
static enum err find_ids(struct judge *j, struct error *e)
{
    struct link_records *r = j->records;
    enum link_kind *kinds = ARENA_ARRAY(&j->arena, enum link_kind, r->n_columns);
    const char **why = ARENA_ARRAY(&j->arena, const char *, r->n_columns);
    if (!kinds || !why)
        return error_memory(e);
    bool is_column = link_records_column(r, str_of(j->o->truth));
    struct guess_names names = {.ignore = &j->o->truth, .n_ignore = is_column};
    struct error nothing_to_compare;
    unsigned id = UINT_MAX;
    enum err code = guess_kinds(r, &names, kinds, why, &id, &nothing_to_compare);
    if (code && code != ERR_INPUT) {
        if (e)
            *e = nothing_to_compare;
        return code;
    }
    return id == UINT_MAX ? ERR_OK : link_records_set_id(r, id, e);
}

static bool tell_loading(void *argument, double share)
{
    const struct judge_options *o = argument;
    o->progress(o->argument, o->records[0], share);
    return true;
}

static enum err load_records(struct judge *j, struct error *e)
{
    const struct judge_options *o = j->o;
    struct link_load load = {.paths = o->records,
                             .n_paths = o->n_records,
                             .id = o->id,
                             .n_id = o->n_id,
                             .progress = o->progress ? tell_loading : NULL,
                             .argument = (void *)(uintptr_t)o};
    struct pool *pool;
    enum err code = pool_open(&pool, 0, e);
    if (code)
        return code;
    code = link_records_load(&j->records, &load, pool, e);
    pool_close(pool);
    if (!code && !o->n_id)
        code = find_ids(j, e);
    return code;
}

static enum err add_records(struct judge *j, const struct link_column *truth,
                            struct error *e)
{
    const struct link_records *r = j->records;
    struct judge_world *w = &j->world;
    w->by_source = j->has_sources && r->n_sources > 1;
    for (unsigned k = 0; k < r->n_sources; k++)
        for (uint32_t i = r->sources[k].begin; i < r->sources[k].end; i++) {
            struct str id = link_record_id(r, i);
            uint32_t record, before = w->n;
            enum err code = judge_world_record(w, r->sources[k].name, id, &record, e);
            if (!code && w->n == before) {
                (void)error_set(e, ERR_INPUT, "judge.same_id", j->o->path,
                                "several files have the id '" STR_FMT
                                "', and there is no column that says the source",
                                STR_ARG(id));
                code = error_cure(e, "give a file with the columns that 'heng link' "
                                     "writes: source, or source_a and source_b");
            }
            if (!code)
                code = judge_world_set_source(w, record, r->sources[k].name, e);
            if (code)
                return code;
            if (truth)
                w->truth[record] = truth->value[i] - 1; // null: not known
        }
    w->is_closed = true;
    return ERR_OK;
}

static enum err bad_number(const struct judge_sheet *s, int column, const char *what,
                           struct error *e)
{
    char where[256];
    (void)error_set(e, ERR_INPUT, "judge.number", judge_sheet_where(s, column, where),
                    "'" STR_FMT "' is not a %s", STR_ARG(judge_sheet_cell(s, column)),
                    what);
    return error_cure(e, "write a number from 0 to 1, with a point");
}

static bool number_in(const struct judge_sheet *s, int column, double *out)
{
    struct str cell = judge_sheet_cell(s, column);
    if (str_equal_fold(cell, STR("true")) || str_equal_fold(cell, STR("false")))
        *out = cell.n == 4;
    else if (!str_to_double(cell, out))
        return false;
    return *out >= 0 && *out <= 1;
}

static enum err add_label(struct judge *j, uint32_t left, uint32_t right, bool same,
                          struct error *e)
{
    if (left == right)
        return ERR_OK;
    if (j->n_labels == j->labels_capacity) {
        size_t capacity = j->labels_capacity ? j->labels_capacity * 2 : 1024;
        struct link_keyed *more = mem_resize(j->labels, capacity, sizeof *more);
        if (!more)
            return error_memory(e);
        j->labels = more;
        j->labels_capacity = capacity;
    }
    uint64_t a = left, b = right;
    j->labels[j->n_labels++] =
        (struct link_keyed){a < b ? a << 32 | b : b << 32 | a, same};
    return ERR_OK;
}

// Labels by pair, each once: a pair labelled twice is the same when one label says so.
static enum err sort_labels(struct judge *j, struct error *e)
{
    struct link_keyed *scratch = mem_alloc(j->n_labels, sizeof *scratch);
    if (!scratch)
        return error_memory(e);
    link_sort_keys(j->labels, scratch, j->n_labels);
    mem_free(scratch);
    size_t kept = 0;
    for (size_t i = 0; i < j->n_labels; i++)
        if (kept && j->labels[kept - 1].key == j->labels[i].key)
            j->labels[kept - 1].value |= j->labels[i].value;
        else
            j->labels[kept++] = j->labels[i];
    j->n_labels = j->out->labels = kept;
    return ERR_OK;
}

static enum err read_labels(struct judge *j, struct judge_sheet *s, int score,
                            struct error *e)
{
    struct side left = {judge_sheet_column(s, left_names),
                        judge_sheet_column(s, left_source_names)};
    struct side right = {judge_sheet_column(s, right_names),
                         judge_sheet_column(s, right_source_names)};
    j->world.by_source = j->has_sources && left.source >= 0 && right.source >= 0;
    for (;;) {
        bool more;
        double value;
        uint32_t a = 0, b = 0;
        enum err code = judge_sheet_next(s, &more, e);
        if (code || !more)
            return code ? code : sort_labels(j, e);
        code = row_record(j, s, &left, &a, e);
        if (!code)
            code = row_record(j, s, &right, &b, e);
        if (!code && !number_in(s, score, &value))
            code = bad_number(s, score, "score of a labelled pair", e);
        if (!code)
            code = add_label(j, a, b, value >= 0.5, e);
        if (code)
            return code;
    }
}

static enum err no_entity_column(const struct judge_sheet *s, struct error *e)
{
    struct buf list = BUF_INIT(400);
    judge_sheet_list_headings(s, &list);
    (void)error_set(e, ERR_INPUT, "judge.entity", s->path,
                    "which column is the entity? There are: " STR_FMT,
                    STR_ARG(buf_str(&list)));
    buf_free(&list);
    return error_cure(e, "keep two columns, such as id and entity; or two ids and "
                         "clerical_match_score for labelled pairs");
}

// The column that is neither the id nor the source, or has a name that says so.
static int entity_column(const struct judge_sheet *s, const struct side *side)
{
    int found = JUDGE_NONE, others = 0;
    for (int i = 0; i < s->n; i++)
        if (i != side->id && i != side->source) {
            found = i;
            others++;
        }
    if (others > 1)
        found = judge_sheet_column(s, entity_names);
    return found == side->id ? JUDGE_NONE : found;
}

static enum err two_entities(const struct judge_sheet *s, const struct side *side,
                             struct error *e)
{
    char where[256];
    (void)error_set(e, ERR_INPUT, "judge.two_entities",
                    judge_sheet_where(s, side->id, where),
                    "the id '" STR_FMT "' is given two entities",
                    STR_ARG(judge_sheet_cell(s, side->id)));
    return error_cure(e, "name each record once; where files share ids, tell them apart "
                         "by a column 'source'");
}

static enum err read_entities(struct judge *j, struct judge_sheet *s, struct error *e)
{
    struct judge_world *w = &j->world;
    struct side side = {j->o->n_id == 1 ? judge_sheet_column_named(s, str_of(j->o->id[0]))
                                        : JUDGE_NONE,
                        judge_sheet_column(s, source_names)};
    if (side.id < 0)
        side.id = judge_sheet_column(s, id_names);
    if (side.id < 0)
        side.id = side.source == 0 && s->n > 1 ? 1 : 0;
    int entity = entity_column(s, &side);
    if (entity < 0)
        return no_entity_column(s, e);
    if (!j->records)
        w->by_source = j->has_sources && side.source >= 0;
    for (;;) {
        bool more;
        uint32_t record, number;
        struct str source, id;
        enum err code = judge_sheet_next(s, &more, e);
        if (code || !more)
            return code;
        code = row_id(s, &side, &source, &id, e);
        if (!code)
            code = judge_world_record(w, source, id, &record, e);
        if (code)
            return code;
        if (record == UINT32_MAX) // of no file that was linked
            continue;
        code = judge_world_set_source(w, record, source, e);
        if (!code)
            code =
                judge_world_number(&w->entities, judge_sheet_cell(s, entity), &number, e);
        if (!code && w->truth[record] != UINT32_MAX && w->truth[record] != number)
            code = two_entities(s, &side, e);
        if (code)
            return code;
        w->truth[record] = number;
    }
}

static enum err read_truth_file(struct judge *j, struct error *e)
{
    struct judge_sheet s;
    enum err code = judge_sheet_open(&s, j->o->truth, &j->arena, e);
    if (code)
        return code;
    s.told = j->o;
    int score = judge_sheet_column(&s, score_names);
    j->out->is_labelled = score >= 0 && judge_sheet_column(&s, left_names) >= 0 &&
                          judge_sheet_column(&s, right_names) >= 0;
    if (j->records)
        code = add_records(j, NULL, e);
    if (!code)
        code =
            j->out->is_labelled ? read_labels(j, &s, score, e) : read_entities(j, &s, e);
    judge_sheet_close(&s);
    return code;
}

static enum err no_truth(const struct judge *j, struct error *e)
{
    struct buf list = BUF_INIT(400);
    const struct link_records *r = j->records;
    if (r)
        for (unsigned i = 0; i < r->n_columns && list.n < 300; i++)
            buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(r->columns[i].name));
    else
        judge_sheet_list_headings(&j->given, &list);
    (void)error_set(e, ERR_INPUT, "judge.truth", "--truth",
                    "'%s' is neither a file nor a column of %s (" STR_FMT ")",
                    j->o->truth, r ? j->o->records[0] : j->o->path,
                    STR_ARG(buf_str(&list)));
    buf_free(&list);
    return error_cure(e, "name a column of the clusters or, with --records, of the files "
                         "that were linked; or a file with the columns id and entity");
}

// A column of the clusters file of this name; not the clusters themselves, which may have
// the name as well.
static int truth_among_clusters(const struct judge *j, struct str name)
{
    const struct judge_sheet *s = &j->given;
    for (int i = 0; i < s->n && !j->out->is_pairs; i++)
        if (i != j->cluster && i != j->side[0].id && i != j->side[0].source &&
            str_equal_fold(s->headings[i], str_trim(name)))
            return i;
    return JUDGE_NONE;
}

static enum err read_truth(struct judge *j, struct error *e)
{
    struct str name = str_of(j->o->truth);
    j->truth_column = JUDGE_NONE;
    if (j->o->n_records) {
        enum err code = load_records(j, e);
        if (code)
            return code;
        const struct link_column *column = link_records_column(j->records, name);
        if (column)
            return add_records(j, column, e);
    }
    j->truth_column = truth_among_clusters(j, name);
    if (j->truth_column >= 0) {
        j->world.by_source = j->has_sources;
        return j->records ? add_records(j, NULL, e) : ERR_OK;
    }
    if (access(j->o->truth, F_OK) != 0)
        return no_truth(j, e);
    return read_truth_file(j, e);
}

// --- the file that is judged

static enum err stands_twice(const struct judge *j, struct error *e)
{
    char where[256];
    (void)error_set(e, ERR_INPUT, "judge.twice",
                    judge_sheet_where(&j->given, j->side[0].id, where),
                    "the id '" STR_FMT "' stands in the clusters twice",
                    STR_ARG(judge_sheet_cell(&j->given, j->side[0].id)));
    if (j->has_sources)
        return error_cure(e, "where files share ids, the truth must have a column "
                             "'source' too");
    return error_cure(e, "give a file in which each record stands once; where files "
                         "share ids, with a column 'source'");
}

static enum err read_clusters(struct judge *j, struct error *e)
{
    struct judge_world *w = &j->world;
    const struct judge_sheet *s = &j->given;
    for (;;) {
        bool more;
        uint32_t record, number;
        enum err code = judge_sheet_next(&j->given, &more, e);
        if (code || !more)
            return code;
        j->out->rows++;
        code = row_record(j, s, &j->side[0], &record, e);
        if (!code)
            code = judge_world_number(&w->clusters, judge_sheet_cell(s, j->cluster),
                                      &number, e);
        if (!code && number == UINT32_MAX) {
            char where[256];
            (void)error_set(e, ERR_INPUT, "judge.no_cluster",
                            judge_sheet_where(s, j->cluster, where),
                            "the cluster is empty");
            code = error_cure(e, "every record must have a cluster, if only its own");
        }
        if (!code && w->cluster[record] != UINT32_MAX)
            code = stands_twice(j, e);
        if (code)
            return code;
        w->cluster[record] = number;
        if (j->truth_column >= 0)
            code = judge_world_number(&w->entities, judge_sheet_cell(s, j->truth_column),
                                      &w->truth[record], e);
        if (code)
            return code;
        j->out->unknown += !j->out->is_labelled && w->truth[record] == UINT32_MAX;
    }
}

static enum err add_pair(struct judge *j, struct scored_pair pair, struct error *e)
{
    if (j->n_pairs == j->capacity) {
        uint64_t capacity = j->capacity ? j->capacity * 2 : 4096;
        struct scored_pair *more = mem_resize(j->pairs, capacity, sizeof *more);
        if (!more)
            return error_memory(e);
        j->pairs = more;
        j->capacity = capacity;
    }
    j->pairs[j->n_pairs++] = pair;
    return ERR_OK;
}

static enum err with_itself(const struct judge *j, struct error *e)
{
    char where[256];
    (void)error_set(e, ERR_INPUT, "judge.itself",
                    judge_sheet_where(&j->given, j->side[0].id, where),
                    "a pair of two records with the same id, '" STR_FMT "'",
                    STR_ARG(judge_sheet_cell(&j->given, j->side[0].id)));
    return error_cure(e, "where files share ids, the pairs and the truth must both have "
                         "columns of sources");
}

static enum err read_pairs(struct judge *j, struct error *e)
{
    struct judge_world *w = &j->world;
    const struct judge_sheet *s = &j->given;
    w->is_closed = true; // of others nothing is known
    j->out->lowest = NAN;
    for (;;) {
        bool more;
        struct scored_pair pair = {0};
        enum err code = judge_sheet_next(&j->given, &more, e);
        if (code || !more)
            return code;
        j->out->rows++;
        if (!number_in(s, j->probability, &pair.probability))
            return bad_number(s, j->probability, "probability", e);
        code = row_record(j, s, &j->side[0], &pair.left, e);
        if (!code)
            code = row_record(j, s, &j->side[1], &pair.right, e);
        if (!code && pair.left == pair.right && pair.left != UINT32_MAX)
            code = with_itself(j, e);
        if (code)
            return code;
        j->out->lowest = fmin(j->out->lowest, pair.probability);
        if (pair.left == UINT32_MAX || pair.right == UINT32_MAX)
            j->out->unknown++;
        else
            code = add_pair(j, pair, e);
        if (code)
            return code;
    }
}

// --- the verdict

// Only pairs between sources count where more than one is known and each record's is.
static const uint8_t *sources_that_count(struct judge *j)
{
    const struct judge_world *w = &j->world;
    bool all = !j->o->within_sources && dictionary_size(&w->sources) > 1;
    for (uint32_t i = 0; all && i < w->n; i++)
        all = w->source[i] != JUDGE_NO_SOURCE;
    j->out->across_sources = all;
    return all ? w->source : NULL;
}

static enum err judge_pairs(struct judgement *out, uint32_t n, const uint32_t *truth,
                            const uint8_t *source, const struct scored_pair *pairs,
                            uint64_t n_pairs, struct error *e)
{
    for (unsigned i = 0; i < JUDGE_THRESHOLDS; i++)
        out->at[i].threshold = thresholds[i];
    enum err code = link_evaluate_pairs(n, truth, source, pairs, n_pairs, out->at,
                                        JUDGE_THRESHOLDS, &out->best, e);
    if (!code)
        code = link_calibration(truth, pairs, n_pairs, out->bins, JUDGE_BINS,
                                &out->calibration_error, e);
    return code;
}

static enum err judge_by_entities(struct judge *j, struct error *e)
{
    struct judge_world *w = &j->world;
    struct judgement *out = j->out;
    const uint8_t *source = sources_that_count(j);
    if (!out->is_pairs) {
        uint32_t next = dictionary_size(&w->clusters);
        for (uint32_t i = 0; i < w->n; i++)
            if (w->cluster[i] == UINT32_MAX) {
                w->cluster[i] = next++;
                out->singletons++;
            }
        return link_evaluate_clusters(w->n, w->cluster, w->truth, source, &out->clusters,
                                      e);
    }
    uint64_t kept = 0;
    for (uint64_t i = 0; i < j->n_pairs; i++) {
        struct scored_pair pair = j->pairs[i];
        bool unknown =
            w->truth[pair.left] == UINT32_MAX || w->truth[pair.right] == UINT32_MAX;
        out->unknown += unknown;
        if (!unknown && !(source && source[pair.left] == source[pair.right]))
            j->pairs[kept++] = pair;
    }
    return judge_pairs(out, w->n, w->truth, source, j->pairs, kept, e);
}

static const struct link_keyed *find_label(const struct judge *j, uint64_t key)
{
    size_t low = 0, high = j->n_labels;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (j->labels[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < j->n_labels && j->labels[low].key == key ? &j->labels[low] : NULL;
}

// Each label becomes a little world of its own: two records, 2 i and 2 i + 1, that are
// one person or two. So pairs that nobody labelled do not count.
static enum err judge_by_labels(struct judge *j, struct error *e)
{
    struct judge_world *w = &j->world;
    size_t n = j->n_labels * 2;
    if (n > UINT32_MAX - 1)
        return error_set(e, ERR_LIMIT, "judge.labels", j->o->truth,
                         "there are more than 2^31 labelled pairs");
    uint32_t *truth = mem_alloc(n, sizeof *truth);
    uint32_t *cluster = mem_alloc(n, sizeof *cluster);
    enum err code = truth && cluster ? ERR_OK : error_memory(e);
    for (size_t i = 0; i < j->n_labels && !code; i++) {
        uint32_t a = w->cluster[j->labels[i].key >> 32];
        uint32_t b = w->cluster[(uint32_t)j->labels[i].key];
        bool together = a == b && a != UINT32_MAX;
        truth[2 * i] = cluster[2 * i] = (uint32_t)(2 * i);
        truth[2 * i + 1] = (uint32_t)(2 * i) + !j->labels[i].value;
        cluster[2 * i + 1] = (uint32_t)(2 * i) + !together;
    }
    if (!code && !j->out->is_pairs)
        code = link_evaluate_clusters((uint32_t)n, cluster, truth, NULL,
                                      &j->out->clusters, e);
    uint64_t kept = 0;
    for (uint64_t i = 0; i < j->n_pairs && !code; i++) {
        uint64_t a = j->pairs[i].left, b = j->pairs[i].right;
        const struct link_keyed *label = find_label(j, a < b ? a << 32 | b : b << 32 | a);
        if (label) {
            uint32_t at = (uint32_t)(2 * (label - j->labels));
            j->pairs[kept++] = (struct scored_pair){at, at + 1, j->pairs[i].probability};
        } else {
            j->out->unknown++;
        }
    }
    if (!code && j->out->is_pairs)
        code = judge_pairs(j->out, (uint32_t)n, truth, NULL, j->pairs, kept, e);
    mem_free(truth);
    mem_free(cluster);
    return code;
}

// Ids that nothing is known of are no error one by one, but all of them are.
static bool has_common(const struct judge *j)
{
    const struct judgement *out = j->out;
    if (!out->rows)
        return true;
    if (out->is_pairs)
        return j->n_pairs > 0;
    if (!out->is_labelled)
        return out->unknown < out->rows;
    for (size_t i = 0; i < j->n_labels; i++)
        if (j->world.cluster[j->labels[i].key >> 32] != UINT32_MAX ||
            j->world.cluster[(uint32_t)j->labels[i].key] != UINT32_MAX)
            return true;
    return false;
}

static enum err check_common(const struct judge *j, struct error *e)
{
    if (j->out->is_labelled ? !j->out->labels : !j->out->known) {
        (void)error_set(e, ERR_INPUT, "judge.nothing_known", "--truth",
                        "'%s' says nothing of any record: it is empty", j->o->truth);
        return error_cure(e, "name a column or file that says which records are one");
    }
    if (has_common(j))
        return ERR_OK;
    (void)error_set(e, ERR_INPUT, "judge.nothing_common", j->o->path,
                    "no id is one of %s", j->o->truth);
    return error_cure(e, "check that both name the records by the same ids (and by the "
                         "same sources), and --id");
}

static enum err judge_files(struct judge *j, struct error *e)
{
    struct judgement *out = j->out;
    enum err code = judge_sheet_open(&j->given, j->o->path, &j->arena, e);
    j->given.told = j->o;
    if (!code)
        code = recognise(j, e);
    if (!code)
        code = read_truth(j, e);
    if (!code)
        code = out->is_pairs ? read_pairs(j, e) : read_clusters(j, e);
    if (code)
        return code;
    out->records = j->world.n;
    for (uint32_t i = 0; i < j->world.n; i++)
        out->known += j->world.truth[i] != UINT32_MAX;
    code = check_common(j, e);
    if (!code)
        code = out->is_labelled ? judge_by_labels(j, e) : judge_by_entities(j, e);
    return code;
}

enum err link_judge(struct judgement *out, const struct judge_options *options,
                    struct error *e)
{
    struct judge j = {.o = options, .out = out};
    *out = (struct judgement){.lowest = NAN, .calibration_error = NAN};
    arena_init(&j.arena, 0);
    enum err code = judge_world_open(&j.world, e);
    if (!code)
        code = judge_files(&j, e);
    judge_sheet_close(&j.given);
    link_records_close(j.records);
    judge_world_close(&j.world);
    mem_free(j.pairs);
    mem_free(j.labels);
    arena_free(&j.arena);
    return code;
}
