// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/condition.h"
#include "link/guess.h"
#include "link/run_private.h"
#include "link/settings.h"

#include <limits.h>
#include <math.h>
#include <string.h>
#include <time.h>

double run_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool run_goes_on(void *run)
{
    return run_progress(run, LINK_TRAINING, 0);
}

bool run_progress(struct link_run *r, enum link_stage stage, double share)
{
    if (!r->stopped && r->options.progress &&
        !r->options.progress(r->options.argument, stage, share))
        r->stopped = true;
    return !r->stopped;
}

static struct str warning_text(struct arena *a, const char *format, va_list list)
    PRINTF_LIKE(2, 0);
static struct str warning_text(struct arena *a, const char *format, va_list list)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, list);
    return str_copy(a, str_of(text));
}

enum err run_warn(struct link_run *r, struct error *e, const char *en, const char *zh,
                  ...)
{
    enum { MOST_WARNINGS = 32 };
    struct account *a = &r->account;
    if (!a->warnings) {
        a->warnings = ARENA_ARRAY(&a->arena, struct str, MOST_WARNINGS);
        a->warnings_zh = ARENA_ARRAY(&a->arena, struct str, MOST_WARNINGS);
    }
    if (!a->warnings || !a->warnings_zh)
        return error_memory(e);
    va_list list, again;
    va_start(list, zh);
    va_copy(again, list);
    struct str in_english = warning_text(&a->arena, en, list);
    struct str in_chinese = warning_text(&a->arena, zh, again);
    va_end(again);
    va_end(list);
    if (!in_english.p || !in_chinese.p)
        return error_memory(e);
    if (a->n_warnings < MOST_WARNINGS) {
        a->warnings[a->n_warnings] = in_english;
        a->warnings_zh[a->n_warnings++] = in_chinese;
    }
    return ERR_OK;
}

static bool loading_progress(void *run, double share)
{
    return run_progress(run, LINK_LOADING, share);
}

static bool scoring_progress(void *run, double share)
{
    return run_progress(run, LINK_SCORING, share);
}

static enum err warn_of_sources(struct link_run *r, struct error *e)
{
    enum err code = ERR_OK;
    for (unsigned i = 0; i < r->records->n_sources && !code; i++) {
        const struct link_source *s = &r->records->sources[i];
        if (s->n_titles)
            code = run_warn(
                r, e,
                STR_FMT ": row %llu is taken as the heading; above it stands only a "
                        "title (" STR_FMT ")",
                STR_FMT "：以第 %llu 行为列名；其上只有标题（" STR_FMT "）",
                STR_ARG(s->name), (unsigned long long)s->heading_row, STR_ARG(s->title));
        if (!code && s->odd_heading.n)
            code = run_warn(
                r, e,
                STR_FMT ": the first row is taken as the heading, but \"" STR_FMT
                        "\" in it looks like a value; if the file has no heading, put "
                        "one above the first row, else its first record is lost",
                STR_FMT "：以第一行为列名，但其中“" STR_FMT
                        "”像是数据；若文件没有列名，请在第一行之上补一行，否则会漏掉第一"
                        "条记录",
                STR_ARG(s->name), STR_ARG(s->odd_heading));
        if (!code && s->n_bad)
            code = run_warn(
                r, e,
                STR_FMT ": %llu rows could not be read and are left out; the first: "
                        "%s: %s",
                STR_FMT "：%llu 行无法读取，未计入；第一处：%s：%s", STR_ARG(s->name),
                (unsigned long long)s->n_bad, s->first_bad.where, s->first_bad.text);
        if (!code && s->n_ragged)
            code = run_warn(
                r, e, STR_FMT ": %llu rows have fewer or more cells than the heading",
                STR_FMT "：%llu 行的格数与列名行不同", STR_ARG(s->name),
                (unsigned long long)s->n_ragged);
    }
    if (!code && r->records->n_no_id)
        code = run_warn(r, e, "%u rows have no id; they are named by their row (row:7)",
                        "%u 行没有编号，以行号代之（row:7）", r->records->n_no_id);
    if (!code && r->records->n_same_id)
        code = run_warn(r, e,
                        "%u rows have an id that came before in their file; they are "
                        "named 7#2, 7#3",
                        "%u 行的编号在同一文件中已出现过，记作 7#2、7#3",
                        r->records->n_same_id);
    return code;
}

static bool is_kept(const struct link_run *r, unsigned column)
{
    for (unsigned i = 0; i < r->options.n_keep; i++)
        if (r->keep[i] == column)
            return true;
    return false;
}

static enum err no_such_column(const struct link_run *r, struct str name, bool compared,
                               struct error *e)
{
    const struct link_model *m = r->options.model;
    if (str_equal_fold(name, m->source_column) || str_equal_fold(name, m->id_column))
        return ERR_OK; // not of the files' making
    struct buf all = BUF_INIT(600);
    for (unsigned i = 0; i < r->records->n_columns; i++)
        buf_printf(&all, "%s" STR_FMT, i ? ", " : "",
                   STR_ARG(r->records->columns[i].name));
    error_set(e, ERR_INPUT, "link.no_column",
              compared ? "model" : "model, blocking rules",
              "there is no column " STR_FMT "; the files have: " STR_FMT, STR_ARG(name),
              STR_ARG(buf_str(&all)));
    buf_free(&all);
    return error_cure(e,
                      "Write the model for these files, or give the column of the files "
                      "this name.");
}

static enum err add_name(struct link_run *r, struct str name, bool compared,
                         struct error *e)
{
    struct arena *a = &r->account.arena;
    if (r->n_names == r->names_room) {
        unsigned room = r->names_room ? 2 * r->names_room : 64;
        struct model_name *names = ARENA_ARRAY(a, struct model_name, room);
        if (!names)
            return error_memory(e);
        if (r->n_names)
            memcpy(names, r->names, r->n_names * sizeof *names);
        r->names = names;
        r->names_room = room;
    }
    struct str copy = str_copy(a, name);
    if (!copy.p)
        return error_memory(e);
    r->names[r->n_names++] = (struct model_name){copy, compared};
    return ERR_OK;
}

// The columns that a model's levels and rules look at.
static enum err names_of_model(struct link_run *r, struct error *e)
{
    const struct link_model *m = r->options.model;
    struct arena a;
    arena_init(&a, 0);
    enum err code = ERR_OK;
    for (unsigned c = 0; m && c < m->n_comparisons + m->n_rules && !code; c++) {
        const struct link_comparison *cmp =
            c < m->n_comparisons ? &m->comparisons[c] : NULL;
        for (unsigned k = 0; k < (cmp ? cmp->n_levels : 1) && !code; k++) {
            struct condition *tree;
            struct str *names, *tf = cmp ? &cmp->levels[k].tf_column : NULL;
            unsigned n;
            code = condition_parse(&tree, &a,
                                   cmp ? cmp->levels[k].condition
                                       : m->rules[c - m->n_comparisons].condition,
                                   "model", e);
            if (!code)
                code = condition_columns(tree, &a, &names, &n, e);
            for (unsigned i = 0; !code && i < n + (tf && tf->n ? 1 : 0); i++)
                code = add_name(r, i < n ? names[i] : *tf, cmp != NULL, e);
        }
    }
    arena_free(&a);
    return code;
}

// Marks the columns a model looks at. The model's own words about cleaning count.
static enum err kinds_of_model(struct link_run *r, struct error *e)
{
    const struct link_model *m = r->options.model;
    enum err code = ERR_OK;
    for (unsigned i = 0; i < r->records->n_columns; i++) {
        r->kinds[i] = LINK_IGNORED;
        r->why[i] = "not in the model";
    }
    for (unsigned i = 0; i < r->n_names && !code; i++) {
        struct link_column *column = link_records_column(r->records, r->names[i].name);
        if (!column)
            code = no_such_column(r, r->names[i].name, r->names[i].compared, e);
        if (column) {
            r->kinds[column - r->records->columns] = LINK_RAW;
            r->why[column - r->records->columns] = "the model";
        }
    }
    for (unsigned i = 0; i < m->n_kinds && !code; i++) {
        struct link_column *column = link_records_column(r->records, m->kinds[i].name);
        if (column)
            r->kinds[column - r->records->columns] = m->kinds[i].kind;
    }
    return code;
}

// Splink's additional_columns_to_retain, where --keep says nothing.
static json_t *retained(const struct link_options *o)
{
    return o->model && !o->n_keep
               ? json_object_get(o->model->rest, "additional_columns_to_retain")
               : NULL;
}

static bool is_among(const char *const *names, unsigned n, struct str name)
{
    for (unsigned i = 0; i < n; i++)
        if (str_equal_fold(str_trim(str_of(names[i])), name))
            return true;
    return false;
}

// Whether anything will look at a column (see link_load).
static bool is_wanted(void *run, struct str name)
{
    const struct link_run *r = run;
    const struct link_options *o = &r->options;
    const struct link_model *m = o->model;
    size_t k;
    json_t *text;
    json_array_foreach(retained(o), k, text)
    {
        if (str_equal_fold(str_trim(str_of(json_string_value(text))), name))
            return true;
    }
    if (is_among(o->keep, o->n_keep, name))
        return true;
    if (!m)
        return !is_among(o->ignore, o->n_ignore, name);
    bool wanted = !o->n_id; // ids are looked for
    for (unsigned i = 0; i < r->n_names && !wanted; i++)
        wanted = str_equal_fold(str_trim(r->names[i].name), name);
    for (unsigned i = 0; i < m->n_kinds && !wanted; i++)
        wanted = str_equal_fold(str_trim(m->kinds[i].name), name);
    return wanted;
}

static enum err keep_of_model(struct link_run *r, struct error *e)
{
    struct link_options *o = &r->options;
    json_t *list = retained(o);
    const char **names =
        ARENA_ARRAY(&r->account.arena, const char *, json_array_size(list));
    if (!names)
        return error_memory(e);
    enum err code = ERR_OK;
    size_t i;
    json_t *text;
    json_array_foreach(list, i, text)
    {
        const char *name = json_string_value(text);
        if (link_records_column(r->records, str_of(name)))
            names[o->n_keep++] = name;
        else if (!code)
            code =
                run_warn(r, e, "the model retains column %s, which the files do not have",
                         "模型要保留“%s”列，而文件中没有这一列", name);
    }
    if (o->n_keep && list)
        o->keep = names;
    return code;
}

// The model's word on the ids goes before what headings say. Splink's default may just
// be what nobody has changed.
static enum err id_of_model(struct link_run *r, unsigned *id, struct error *e)
{
    struct str name = r->options.model->id_column;
    struct link_column *column = link_records_column(r->records, name);
    if (column) {
        *id = (unsigned)(column - r->records->columns);
        return ERR_OK;
    }
    if (!name.n || str_equal_c(name, "unique_id"))
        return ERR_OK;
    struct str used = *id == UINT_MAX ? STR("-") : r->records->columns[*id].name;
    return run_warn(r, e,
                    "the model takes the ids from column " STR_FMT
                    ", which the files do not have; taken instead: " STR_FMT
                    " (-: rows are numbered)",
                    "模型以“" STR_FMT "”列为编号，而文件中没有这一列；改用：" STR_FMT
                    "（-：按行编号）",
                    STR_ARG(name), STR_ARG(used));
}

static enum err set_kinds(struct link_run *r, struct error *e)
{
    const struct link_options *o = &r->options;
    struct link_records *rec = r->records;
    struct arena *a = &r->account.arena;
    r->kinds = ARENA_ARRAY(a, enum link_kind, rec->n_columns);
    r->why = ARENA_ARRAY(a, const char *, rec->n_columns);
    r->keep = ARENA_ARRAY(a, unsigned, o->n_keep);
    r->n_file_columns = rec->n_columns;
    if (!r->kinds || !r->why || !r->keep)
        return error_memory(e);
    struct guess_names names = {o->ignore, o->n_ignore, o->keep, o->n_keep,
                                .nothing_is_fine = o->model != NULL};
    unsigned id = UINT_MAX;
    enum err code = guess_kinds(rec, &names, r->kinds, r->why, &id, e);
    if (code)
        return code;
    if (o->model)
        code = kinds_of_model(r, e);
    // What names a record says nothing of the person, unless it is a national number.
    for (unsigned i = 0; i < rec->n_columns && !o->model; i++)
        if (rec->columns[i].kind == LINK_ID && r->kinds[i] != LINK_IDENTITY &&
            r->kinds[i] != LINK_ID) {
            r->kinds[i] = LINK_ID;
            r->why[i] = "as told";
        }
    if (!code && !o->n_id && o->model)
        code = id_of_model(r, &id, e);
    if (!code && !o->n_id && id != UINT_MAX)
        code = link_records_set_id(rec, id, e);
    if (!code && (o->n_id == 1 || (!o->n_id && id != UINT_MAX)))
        r->id_name = o->n_id ? str_of(o->id[0]) : rec->columns[id].name;
    for (unsigned i = 0; i < o->n_keep && !code; i++) {
        r->keep[i] =
            (unsigned)(link_records_column(rec, str_of(o->keep[i])) - rec->columns);
        if (r->kinds[r->keep[i]] == LINK_IGNORED)
            r->kinds[r->keep[i]] = LINK_RAW;
    }
    return code;
}

static enum err load(struct link_run *r, struct error *e)
{
    const struct link_options *o = &r->options;
    struct link_load set = {.paths = o->paths,
                            .n_paths = o->n_paths,
                            .id = o->id,
                            .n_id = o->n_id,
                            .memory = o->memory,
                            .wanted = is_wanted,
                            .unordered = true,
                            .progress = loading_progress,
                            .argument = r};
    double began = run_seconds();
    enum err code = names_of_model(r, e);
    if (!code)
        code = link_records_load(&r->records, &set, r->pool, e);
    if (!code)
        code = warn_of_sources(r, e);
    if (!code)
        code = keep_of_model(r, e);
    if (!code)
        code = set_kinds(r, e);
    if (!code)
        code = link_records_clean(r->records, r->kinds, r->pool, e);
    r->account.seconds_load = run_seconds() - began;
    return code;
}

static enum link_type type_of(const struct link_run *r)
{
    const struct link_options *o = &r->options;
    bool several = r->records->n_sources > 1;
    if (o->first_new) // duplicates among the new ones too, unless there are none
        return r->model->type == LINK_LINK_ONLY || o->one_to_one ||
                       o->sources_without_duplicates ||
                       r->model->sources_without_duplicates
                   ? LINK_LINK_ONLY
                   : LINK_LINK_AND_DEDUPE;
    if (!r->options.model)
        return several ? LINK_LINK_ONLY : LINK_DEDUPE_ONLY;
    return several ? r->model->type : LINK_DEDUPE_ONLY;
}

// Kept columns are no part of what is compared.
static enum err hide_kept(struct link_run *r, struct error *e)
{
    for (unsigned i = 0; i < r->n_file_columns; i++)
        if (is_kept(r, i) && !r->options.model)
            r->records->columns[i].kind = LINK_IGNORED;
    enum err code = guess_comparisons(r->model, r->records, e);
    for (unsigned i = 0; i < r->n_file_columns; i++)
        if (is_kept(r, i))
            r->records->columns[i].kind = LINK_RAW;
    return code;
}

// How many levels of the model lack m or u, and how many have both.
static unsigned count_untrained(const struct link_model *m, unsigned *trained)
{
    unsigned n = *trained = 0;
    for (unsigned c = 0; c < m->n_comparisons; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels; k++) {
            const struct link_level *l = &m->comparisons[c].levels[k];
            if (l->is_null)
                continue;
            n += isnan(l->m) || isnan(l->u);
            *trained += !isnan(l->m) && !isnan(l->u);
        }
    return n;
}

// What Splink takes for a level that its training never met: m 0.95 for the first level
// and the rest shared out, u by match weights from 10 down to -5.
static void fill_as_splink(struct link_comparison *c)
{
    unsigned n = 0, at = 0;
    for (unsigned k = 0; k < c->n_levels; k++)
        n += !c->levels[k].is_null;
    for (unsigned k = 0; k < c->n_levels; k++) {
        struct link_level *l = &c->levels[k];
        if (l->is_null)
            continue;
        unsigned from_last = n - 1 - at;
        double m = n == 1 ? 1 : at == 0 ? 0.95 : 0.05 / (n - 1);
        double weight = at == 0 ? 10 : n < 3 ? -5 : -5 + 8.0 * from_last / (n - 2);
        if (isnan(l->m))
            l->m = m;
        if (isnan(l->u))
            l->u = m / exp2(weight);
        at++;
    }
}

// Splink leaves out m or u of levels that it never met. Where most are there, the model
// is a trained one, and is completed as Splink does.
static enum err complete(struct link_run *r, bool *trained, struct error *e)
{
    unsigned with, without = count_untrained(r->model, &with);
    *trained = !without;
    if (!without || without >= with)
        return ERR_OK;
    *trained = true;
    for (unsigned c = 0; c < r->model->n_comparisons; c++)
        fill_as_splink(&r->model->comparisons[c]);
    return run_warn(r, e,
                    "%u levels of the model have no m or u; they get Splink's defaults "
                    "(--train learns all anew)",
                    "模型中有 %u 个级别缺少 m 或 u，取 Splink 的默认值（--train 可重新学"
                    "习全部参数）",
                    without);
}

static bool same_rules(const struct link_model *a, const struct link_rule *rules,
                       unsigned n)
{
    if (a->n_rules != n)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!str_equal(a->rules[i].condition, rules[i].condition))
            return false;
    return true;
}

// Rules that find this share of the matches are left as they are.
static const double ENOUGH_RECALL = 0.998;

// A model for these data. The first rules are chosen on what is usual; once agreement
// rates are learned they are chosen again, and the model learned again. A run that was
// stopped before still gets a model, of the pairs there are.
static enum err find_model(struct link_run *r, struct error *e)
{
    enum err code = link_model_open(&r->model, e);
    if (code)
        return code;
    r->model->type = type_of(r);
    if (r->id_name.n)
        r->model->id_column = r->id_name;
    code = hide_kept(r, e);
    struct guess_set set = {r->pool, run_goes_on, r};
    for (int round = 0; round < 2 && !code && !(round && r->stopped); round++) {
        struct link_rule *before = r->model->rules;
        unsigned n_before = r->model->n_rules;
        double recall;
        run_close_view(r);
        code = guess_rules(r->model, r->records, &set, &recall, e);
        bool same = round && same_rules(r->model, before, n_before);
        if (!code)
            code = run_open_view(r, true, e);
        if (!code && !same)
            code = run_train_joint(r, e);
        // one that drifted does not know its recall
        bool found = r->told.blocking_recall > ENOUGH_RECALL && !r->told.session.drifted;
        if (!code && (r->model->n_rules == 1 || found))
            break; // (nearly) every match is among the candidates already
    }
    return code;
}

static enum err take_model(struct link_run *r, struct error *e)
{
    enum err code = link_model_copy(&r->model, r->options.model, e);
    if (code)
        return code;
    r->model->type = type_of(r);
    if (r->options.model->type == LINK_LINK_ONLY && r->records->n_sources < 2)
        code = run_warn(r, e,
                        "the model links files with each other, but there is one file: "
                        "duplicates in it are looked for",
                        "模型用于文件之间的关联，而只给了一个文件：改为查找其中的重复");
    double recall;
    struct guess_set set = {r->pool, run_goes_on, r};
    bool sessions = r->options.n_train_by || r->options.n_prior_by;
    if (!code && !r->model->n_rules)
        code = guess_rules(r->model, r->records, &set, &recall, e);
    if (!code && sessions)
        code = run_train_sessions(r, e);
    bool trained = sessions;
    if (!code && !sessions && !r->options.train)
        code = complete(r, &trained, e);
    if (!code)
        code = run_open_view(r, !trained, e);
    if (!code && !trained)
        code = run_train_joint(r, e);
    return code;
}

// New records are found with what was learned before: they are too few to learn from.
static enum err check_new(const struct link_options *o, struct error *e)
{
    if (!o->first_new && !o->known)
        return ERR_OK;
    if (!o->first_new || o->first_new >= o->n_paths || !o->model)
        return error_set(e, ERR_USAGE, "link.new", NULL,
                         "new records need known ones before them, and a model");
    for (unsigned c = 0; c < o->model->n_comparisons; c++)
        for (unsigned k = 0; k < o->model->comparisons[c].n_levels; k++) {
            const struct link_comparison *cmp = &o->model->comparisons[c];
            const struct link_level *l = &cmp->levels[k];
            if (l->is_null || !(isnan(l->m) || isnan(l->u)))
                continue;
            (void)error_set(e, ERR_INPUT, "link.untrained", NULL,
                            "the model has no %s for level %u (" STR_FMT
                            ") of comparison \"" STR_FMT "\"",
                            isnan(l->m) ? "m" : "u", k + 1, STR_ARG(l->label),
                            STR_ARG(cmp->name));
            return error_cure(e, "Train it on the records known: heng link FILE --model "
                                 "MODEL --save-model TRAINED, and give TRAINED here.");
        }
    return ERR_OK;
}

static double start_threshold(const struct link_run *r)
{
    double p = r->options.threshold;
    if (isnan(p))
        p = r->model->threshold;
    if (isnan(p))
        p = 0.5;
    return score_weight(p);
}

static enum err score_and_cluster(struct link_run *r, struct error *e)
{
    double began = run_seconds();
    r->threshold = start_threshold(r);
    // Pairs that were compared and found different hold clusters apart.
    r->edge_from = r->options.model ? r->threshold : fmin(r->threshold, 0) - 12;
    candidates_on_progress(r->candidates, scoring_progress, r);
    enum err code = score_open(&r->score, r->model, r->view, e);
    if (!code)
        code = run_score(r, e);
    r->stopped |= !code && candidates_stopped(r->candidates);
    r->account.seconds_score = run_seconds() - began;
    began = run_seconds();
    if (!code)
        code = run_cluster(r, e);
    r->account.seconds_cluster = run_seconds() - began;
    return code;
}

enum err link_run_open(struct link_run **out, const struct link_options *options,
                       struct error *e)
{
    struct link_run *r = *out = mem_alloc(1, sizeof *r);
    if (!r)
        return error_memory(e);
    r->options = *options;
    arena_init(&r->account.arena, (size_t)1 << 34);
    enum err code = check_new(options, e);
    if (!code)
        code = pool_open(&r->pool, options->threads, e);
    if (!code)
        code = load(r, e);
    if (!code)
        code = run_known(r, e);
    if (code)
        return code;
    double began = run_seconds();
    code = options->model ? take_model(r, e) : find_model(r, e);
    r->account.seconds_train = run_seconds() - began;
    if (!code)
        code = score_and_cluster(r, e);
    return code ? code : run_account(r, e);
}

void link_run_close(struct link_run *r)
{
    if (!r)
        return;
    score_close(r->score);
    pattern_table_free(&r->random);
    run_close_view(r);
    link_view_close(r->shared);
    link_model_close(r->model);
    link_known_close(r->known);
    link_records_close(r->records);
    pool_close(r->pool);
    mem_free(r->edges);
    mem_free(r->linked);
    mem_free(r->cluster);
    arena_free(&r->account.arena);
    mem_free(r);
}

const struct account *link_run_account(const struct link_run *r)
{
    return &r->account;
}
