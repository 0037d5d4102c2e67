// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/settings_reader.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FILE = 64 << 20, MAX_NAMED = 16 };

// Splink 5 takes no m or u below this, so that a 0 is written as this and read back.
static const double least_probability = 1e-300;

// ---- single values --------------------------------------------------------------------

// m and u. A level that Splink has not met in training has a text instead.
static enum err read_probability(struct settings_reader *r, const char *key,
                                 const json_t *v, double *out)
{
    *out = NAN;
    if (json_is_string(v) &&
        strcmp(json_string_value(v), "level not observed in training dataset") == 0)
        return ERR_OK;
    enum err code = settings_number(r, key, v, 0, 1, out);
    if (*out <= least_probability)
        *out = 0;
    return code;
}

static enum err read_dialect(struct settings_reader *r, const char *key, const json_t *v,
                             enum condition_dialect *out)
{
    static const struct {
        const char *name;
        enum condition_dialect dialect;
    } known[] = {{"duckdb", CONDITION_DUCKDB},   {"postgres", CONDITION_DUCKDB},
                 {"sqlite", CONDITION_DUCKDB},   {"athena", CONDITION_DUCKDB},
                 {"presto", CONDITION_DUCKDB},   {"spark", CONDITION_SPARK},
                 {"databricks", CONDITION_SPARK}};
    if (!v || json_is_null(v))
        return ERR_OK;
    if (json_is_string(v))
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (strcmp(json_string_value(v), known[i].name) == 0) {
                *out = known[i].dialect;
                return ERR_OK;
            }
    size_t before = settings_enter(r, key);
    enum err code =
        json_is_string(v)
            ? settings_refuse(r, "settings.dialect", "this way to write SQL is not known",
                              "It must be duckdb, spark, postgres, sqlite or athena.")
            : settings_wrong_kind(r, v, "the name of a database (duckdb, spark, ...)");
    settings_leave(r, before);
    return code;
}

// A condition is read to see that it is understood. What was not written for DuckDB is
// kept in DuckDB's form.
static enum err read_condition(struct settings_reader *r, const char *key,
                               const json_t *v, enum condition_dialect dialect,
                               bool may_be_else, struct str *out)
{
    size_t before = settings_enter(r, key);
    char place[256];
    struct arena scratch;
    struct buf text = BUF_INIT(16 << 20);
    struct condition *c;
    arena_init(&scratch, 0);
    enum err code = ERR_OK;
    if (!json_is_string(v)) {
        code = settings_wrong_kind(r, v, "a condition in SQL");
    } else {
        struct str sql = {json_string_value(v), json_string_length(v)};
        code = condition_parse_dialect(&c, &scratch, sql, dialect,
                                       settings_where(r, place), r->e);
        if (!code && condition_is_else(c) && !may_be_else)
            code = settings_refuse(r, "settings.else", "ELSE is no blocking rule",
                                   "Write l.\"column\" = r.\"column\".");
        if (!code && dialect != CONDITION_DUCKDB) {
            condition_print(c, &text);
            code = buf_check(&text, r->e);
            sql = buf_str(&text);
        }
        if (!code) {
            *out = str_copy(&r->m->arena, str_trim(sql));
            if (!out->p)
                code = error_memory(r->e);
        }
    }
    buf_free(&text);
    arena_free(&scratch);
    settings_leave(r, before);
    return code;
}

// ---- levels and comparisons -----------------------------------------------------------

static enum err read_level(struct settings_reader *r, json_t *from, struct link_level *to)
{
    static const char *const known[] = {
        "sql_condition",      "label_for_charts",     "m_probability",
        "u_probability",      "fix_m_probability",    "fix_u_probability",
        "is_null_level",      "tf_adjustment_column", "tf_adjustment_weight",
        "tf_minimum_u_value", "base_dialect_str",     "disable_tf_exact_match_detection"};
    if (!json_is_object(from))
        return settings_wrong_kind(r, from, "a level");
    const char *key;
    json_t *v;
    json_object_foreach(from, key, v)
    {
        size_t i = 0, n = sizeof known / sizeof *known;
        while (i < n && strcmp(known[i], key) != 0)
            i++;
        if (i == n)
            return settings_unknown_key(r, key);
    }
    *to = (struct link_level){.label = STR(""), .tf_column = STR(""), .tf_weight = 1};
    enum condition_dialect dialect = r->dialect;
    enum err code = read_dialect(r, "base_dialect_str",
                                 json_object_get(from, "base_dialect_str"), &dialect);
    const struct {
        const char *key;
        double *out;
    } numbers[] = {{"tf_adjustment_weight", &to->tf_weight},
                   {"tf_minimum_u_value", &to->tf_minimum_u}};
    const struct {
        const char *key;
        bool *out;
    } flags[] = {{"fix_m_probability", &to->fix_m},
                 {"fix_u_probability", &to->fix_u},
                 {"is_null_level", &to->is_null},
                 {"disable_tf_exact_match_detection", &to->tf_as_exact}};
    if (!code)
        code = read_condition(r, "sql_condition", json_object_get(from, "sql_condition"),
                              dialect, true, &to->condition);
    if (!code)
        code = settings_text(r, "label_for_charts",
                             json_object_get(from, "label_for_charts"), true, &to->label);
    if (!code)
        code = read_probability(r, "m_probability",
                                json_object_get(from, "m_probability"), &to->m);
    if (!code)
        code = read_probability(r, "u_probability",
                                json_object_get(from, "u_probability"), &to->u);
    if (!code)
        code = settings_text(r, "tf_adjustment_column",
                             json_object_get(from, "tf_adjustment_column"), false,
                             &to->tf_column);
    for (size_t i = 0; !code && i < sizeof numbers / sizeof *numbers; i++)
        code = settings_number(r, numbers[i].key, json_object_get(from, numbers[i].key),
                               0, 1, numbers[i].out);
    for (size_t i = 0; !code && i < sizeof flags / sizeof *flags; i++)
        code = settings_bool(r, flags[i].key, json_object_get(from, flags[i].key),
                             flags[i].out);
    return code;
}

// One ELSE, and it stands last; at most one null level.
static enum err check_levels(struct settings_reader *r, const struct link_comparison *c)
{
    unsigned nulls = 0;
    for (unsigned i = 0; i < c->n_levels; i++) {
        size_t before = settings_enter_at(r, i);
        bool is_else = str_equal_fold(c->levels[i].condition, STR("else"));
        bool last = i + 1 == c->n_levels;
        nulls += c->levels[i].is_null;
        enum err code = ERR_OK;
        if (is_else && !last)
            code = settings_refuse(
                r, "settings.behind_else",
                "levels stand behind the level ELSE and can never be reached",
                "Make ELSE the last level.");
        else if (!is_else && last)
            code = settings_refuse(r, "settings.no_else", "the last level is not ELSE",
                                   "Add a last level with the sql_condition ELSE.");
        else if (nulls > 1)
            code = settings_refuse(r, "settings.nulls", "this is the second null level",
                                   "Join the conditions of the null levels with OR.");
        settings_leave(r, before);
        if (code)
            return code;
    }
    return ERR_OK;
}

static enum err read_levels(struct settings_reader *r, json_t *from,
                            struct link_comparison *to)
{
    size_t before = settings_enter(r, "comparison_levels");
    enum err code = ERR_OK;
    size_t n = json_array_size(from);
    if (!json_is_array(from)) {
        code = settings_wrong_kind(r, from, "a list of levels");
    } else if (n == 0 || n > LINK_MAX_LEVELS) {
        char what[100];
        snprintf(what, sizeof what, "%zu levels are found; 1 to %d are possible", n,
                 LINK_MAX_LEVELS);
        code = settings_refuse(r, "settings.levels", what,
                               "Merge levels that stand side by side.");
    } else {
        to->levels = ARENA_ARRAY(&r->m->arena, struct link_level, n);
        to->n_levels = (unsigned)n;
        if (!to->levels)
            code = error_memory(r->e);
    }
    for (size_t i = 0; !code && i < n; i++) {
        size_t at = settings_enter_at(r, i);
        code = read_level(r, json_array_get(from, i), &to->levels[i]);
        settings_leave(r, at);
    }
    if (!code)
        code = check_levels(r, to);
    settings_leave(r, before);
    return code;
}

static bool has_name(const struct str *names, unsigned n, struct str name)
{
    for (unsigned i = 0; i < n; i++)
        if (str_equal_fold(names[i], name))
            return true;
    return false;
}

// Appends the names of columns of a level that are not yet in it, with _ between them.
static enum err add_columns(struct settings_reader *r, const struct link_level *level,
                            struct arena *scratch, struct str *seen, unsigned *n_seen,
                            struct buf *name)
{
    struct condition *c;
    struct str *columns;
    unsigned n;
    enum err code = condition_parse(&c, scratch, level->condition, r->name, r->e);
    if (!code)
        code = condition_columns(c, scratch, &columns, &n, r->e);
    for (unsigned i = 0; !code && i < n && *n_seen < MAX_NAMED; i++) {
        if (has_name(seen, *n_seen, columns[i]))
            continue;
        if (*n_seen)
            buf_add_char(name, '_');
        buf_add(name, columns[i]);
        seen[(*n_seen)++] = columns[i];
    }
    return code;
}

// Splink's name for a comparison that has none: its column, or all its columns.
static enum err name_comparison(struct settings_reader *r, struct link_comparison *to)
{
    struct buf name = BUF_INIT(1 << 20);
    struct arena scratch;
    struct str seen[MAX_NAMED];
    unsigned n_seen = 0;
    arena_init(&scratch, 0);
    enum err code = ERR_OK;
    for (unsigned i = 0; !code && i < to->n_levels; i++)
        code = add_columns(r, &to->levels[i], &scratch, seen, &n_seen, &name);
    if (!code)
        code = buf_check(&name, r->e);
    if (!code && n_seen == 0)
        code = settings_refuse(r, "settings.name",
                               "the comparison has no name and no column",
                               "Give it an output_column_name.");
    if (!code) {
        to->name = str_format(&r->m->arena, "%s" STR_FMT, n_seen > 1 ? "custom_" : "",
                              STR_ARG(buf_str(&name)));
        if (!to->name.p)
            code = error_memory(r->e);
    }
    arena_free(&scratch);
    buf_free(&name);
    return code;
}

static enum err read_comparison(struct settings_reader *r, json_t *from,
                                struct link_comparison *to)
{
    if (!json_is_object(from))
        return settings_wrong_kind(r, from, "a comparison");
    const char *key;
    json_t *v;
    json_object_foreach(from, key, v) if (strcmp(key, "output_column_name") != 0 &&
                                          strcmp(key, "comparison_description") != 0 &&
                                          strcmp(key, "comparison_levels") !=
                                              0) return settings_unknown_key(r, key);
    *to = (struct link_comparison){.name = STR(""), .description = STR("")};
    enum err code =
        settings_text(r, "output_column_name",
                      json_object_get(from, "output_column_name"), false, &to->name);
    if (!code)
        code = settings_text(r, "comparison_description",
                             json_object_get(from, "comparison_description"), true,
                             &to->description);
    if (!code)
        code = read_levels(r, json_object_get(from, "comparison_levels"), to);
    if (!code && !to->name.n)
        code = name_comparison(r, to);
    return code;
}

static enum err read_comparisons(struct settings_reader *r, json_t *from)
{
    struct link_model *m = r->m;
    size_t before = settings_enter(r, "comparisons"), n = json_array_size(from);
    enum err code = ERR_OK;
    if (from && !json_is_array(from)) {
        code = settings_wrong_kind(r, from, "a list of comparisons");
    } else if (n > LINK_MAX_COMPARISONS) {
        char what[100];
        snprintf(what, sizeof what, "%zu comparisons are found; %d are possible", n,
                 LINK_MAX_COMPARISONS);
        code = settings_refuse(r, "settings.comparisons", what,
                               "Take out those that tell people apart the least.");
    } else {
        m->comparisons = ARENA_ARRAY(&m->arena, struct link_comparison, n);
        if (!m->comparisons)
            code = error_memory(r->e);
    }
    for (size_t i = 0; !code && i < n; i++) {
        size_t at = settings_enter_at(r, i);
        code = read_comparison(r, json_array_get(from, i), &m->comparisons[i]);
        for (size_t k = 0; !code && k < i; k++)
            if (str_equal(m->comparisons[k].name, m->comparisons[i].name))
                code = settings_refuse(
                    r, "settings.same_name",
                    "another comparison before has the same output_column_name",
                    "Give each comparison a name of its own.");
        settings_leave(r, at);
        m->n_comparisons = (unsigned)(i + 1);
    }
    settings_leave(r, before);
    return code;
}

// ---- blocking rules -------------------------------------------------------------------

static enum err read_rule(struct settings_reader *r, json_t *from, struct link_rule *to)
{
    if (json_is_string(from))
        return read_condition(r, "", from, r->dialect, false, &to->condition);
    if (!json_is_object(from))
        return settings_wrong_kind(r, from, "a blocking rule");
    const char *key;
    json_t *v;
    json_object_foreach(from, key, v)
    {
        bool explode = strcmp(key, "arrays_to_explode") == 0;
        if (explode && json_array_size(v) > 0)
            return settings_refuse_at(
                r, key, "settings.explode",
                "blocking on the elements of a list is not understood",
                "Make a column of what is to be equal, or take the rule "
                "out.");
        // salting only says how Splink divides its work
        if (!explode && strcmp(key, "blocking_rule") != 0 &&
            strcmp(key, "sql_dialect") != 0 && strcmp(key, "salting_partitions") != 0)
            return settings_unknown_key(r, key);
    }
    enum condition_dialect dialect = r->dialect;
    enum err code =
        read_dialect(r, "sql_dialect", json_object_get(from, "sql_dialect"), &dialect);
    return code ? code
                : read_condition(r, "blocking_rule",
                                 json_object_get(from, "blocking_rule"), dialect, false,
                                 &to->condition);
}

static enum err read_rules(struct settings_reader *r, json_t *from)
{
    struct link_model *m = r->m;
    size_t before = settings_enter(r, "blocking_rules_to_generate_predictions");
    size_t n = json_array_size(from);
    enum err code = ERR_OK;
    if (from && !json_is_array(from)) {
        code = settings_wrong_kind(r, from, "a list of blocking rules");
    } else if (n > LINK_MAX_RULES) {
        char what[100];
        snprintf(what, sizeof what, "%zu blocking rules are found; %d are possible", n,
                 LINK_MAX_RULES);
        code = settings_refuse(r, "settings.rules", what,
                               "Keep those that find the most pairs.");
    } else {
        m->rules = ARENA_ARRAY(&m->arena, struct link_rule, n);
        if (!m->rules)
            code = error_memory(r->e);
    }
    for (size_t i = 0; !code && i < n; i++) {
        size_t at = settings_enter_at(r, i);
        code = read_rule(r, json_array_get(from, i), &m->rules[i]);
        settings_leave(r, at);
        m->n_rules = (unsigned)(i + 1);
    }
    settings_leave(r, before);
    return code;
}

// ---- the top --------------------------------------------------------------------------

static enum err read_link_type(struct settings_reader *r, json_t *v)
{
    static const char *const names[] = {[LINK_DEDUPE_ONLY] = "dedupe_only",
                                        [LINK_LINK_ONLY] = "link_only",
                                        [LINK_LINK_AND_DEDUPE] = "link_and_dedupe"};
    if (!v)
        return settings_refuse(r, "settings.link_type", "there is no link_type",
                               "Is this a settings file of Splink? Add \"link_type\": "
                               "\"dedupe_only\", \"link_only\" or \"link_and_dedupe\".");
    for (size_t i = 0; json_is_string(v) && i < 3; i++)
        if (strcmp(json_string_value(v), names[i]) == 0) {
            r->m->type = (enum link_type)i;
            return ERR_OK;
        }
    return settings_refuse_at(r, "link_type", "settings.link_type",
                              "this link_type is not known",
                              "It must be dedupe_only, link_only or link_and_dedupe.");
}

// What only steers Splink's output is kept as it is, but for what is Splink's default and
// known to one of its versions only.
static enum err keep(struct settings_reader *r, const char *key, json_t *v, char type)
{
    bool right = type == 'b'   ? json_is_boolean(v)
                 : type == 't' ? json_is_string(v)
                               : json_is_array(v);
    size_t i;
    json_t *text;
    if (json_is_null(v))
        return ERR_OK;
    if (right && type == 'l')
        json_array_foreach(v, i, text) right = right && json_is_string(text);
    if (!right) {
        size_t before = settings_enter(r, key);
        enum err code = settings_wrong_kind(r, v,
                                            type == 'b'   ? "true or false"
                                            : type == 't' ? "a text"
                                                          : "a list of texts");
        settings_leave(r, before);
        return code;
    }
    if ((strcmp(key, "bayes_factor_column_prefix") == 0 &&
         strcmp(json_string_value(v), "bf_") == 0) ||
        (strcmp(key, "match_weight_column_prefix") == 0 &&
         strcmp(json_string_value(v), "mw_") == 0))
        return ERR_OK;
    if (!r->m->rest)
        r->m->rest = json_object();
    if (json_object_set(r->m->rest, key, v)) // -1 for want of memory
        return error_memory(r->e);
    return ERR_OK;
}

// The dialect, or an object with the dialect and Heng's own part; see settings.h.
static enum err read_sql_dialect(struct settings_reader *r, json_t *v, json_t **own)
{
    if (!json_is_object(v))
        return read_dialect(r, "sql_dialect", v, &r->dialect);
    size_t before = settings_enter(r, "sql_dialect");
    enum err code = ERR_OK;
    const char *key;
    json_t *inside;
    json_object_foreach(v, key, inside)
    {
        if (code)
            break;
        if (strcmp(key, "heng") == 0)
            *own = inside;
        else if (strcmp(key, "name") == 0)
            code = read_dialect(r, key, inside, &r->dialect);
        else
            code = settings_unknown_key(r, key);
    }
    settings_leave(r, before);
    return code;
}

// Its odds are taken, so that 0 and 1 are no use.
static enum err read_prior(struct settings_reader *r, const char *key, const json_t *v)
{
    double p = r->m->prior;
    enum err code = settings_number(r, key, v, 0, 1, &p);
    if (!code && (p <= 0 || p >= 1))
        code = settings_refuse_at(r, key, "settings.prior",
                                  "this must lie strictly between 0 and 1",
                                  "Write about one over the number of records.");
    if (!code)
        r->m->prior = p;
    return code;
}

static enum err read_simple(struct settings_reader *r, const char *key, json_t *v)
{
    static const struct {
        const char *key;
        char type; // b: true or false, t: text, l: list of texts
    } kept[] = {{"retain_matching_columns", 'b'},
                {"retain_intermediate_calculation_columns", 'b'},
                {"additional_columns_to_retain", 'l'},
                {"linker_uid", 't'},
                {"bayes_factor_column_prefix", 't'},
                {"match_weight_column_prefix", 't'},
                {"term_frequency_adjustment_column_prefix", 't'},
                {"comparison_vector_value_column_prefix", 't'}};
    struct link_model *m = r->m;
    if (strcmp(key, "probability_two_random_records_match") == 0)
        return read_prior(r, key, v);
    if (strcmp(key, "em_convergence") == 0)
        return settings_number(r, key, v, 0, 1, &m->em_convergence);
    if (strcmp(key, "unique_id_column_name") == 0)
        return settings_text(r, key, v, false, &m->id_column);
    if (strcmp(key, "source_dataset_column_name") == 0)
        return settings_text(r, key, v, false, &m->source_column);
    if (strcmp(key, "max_iterations") == 0) {
        double n = m->max_iterations;
        enum err code = settings_number(r, key, v, 0, 1e6, &n);
        m->max_iterations = (unsigned)n;
        if (!code && n > m->max_iterations)
            code = settings_refuse_at(r, key, "settings.whole",
                                      "this must be a whole number",
                                      "Write it without a fraction.");
        return code;
    }
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strcmp(key, kept[i].key) == 0)
            return keep(r, key, v, kept[i].type);
    return settings_unknown_key(r, key);
}

static enum err read_all(struct settings_reader *r, json_t *top)
{
    static const char *const elsewhere[] = {"link_type", "comparisons", "heng",
                                            "blocking_rules_to_generate_predictions",
                                            "sql_dialect"};
    if (!json_is_object(top))
        return settings_wrong_kind(r, top, "the object of Splink's settings");
    json_t *own = json_object_get(top, "heng");
    enum err code = read_link_type(r, json_object_get(top, "link_type"));
    if (!code)
        code = read_sql_dialect(r, json_object_get(top, "sql_dialect"), &own);
    const char *key;
    json_t *v;
    json_object_foreach(top, key, v)
    {
        size_t i = 0, n = sizeof elsewhere / sizeof *elsewhere;
        while (i < n && strcmp(key, elsewhere[i]) != 0)
            i++;
        if (!code && i == n)
            code = read_simple(r, key, v);
    }
    if (!code)
        code = read_comparisons(r, json_object_get(top, "comparisons"));
    if (!code)
        code =
            read_rules(r, json_object_get(top, "blocking_rules_to_generate_predictions"));
    return !code && own ? settings_own(r, own) : code;
}

static enum err no_json(struct settings_reader *r, const json_error_t *json)
{
    char place[256];
    if (json_error_code(json) == json_error_out_of_memory)
        return error_memory(r->e);
    buf_printf(&r->place, "line %d, column %d", json->line < 1 ? 1 : json->line,
               json->column < 0 ? 0 : json->column);
    error_set(r->e, ERR_INPUT, "settings.json", settings_where(r, place),
              "this is no JSON: %s", json->text);
    return error_cure(r->e, "Save the model from Splink again (save_model_to_json), or "
                            "mend the file with an editor that knows JSON.");
}

enum err link_settings_read(struct link_model **out, struct str json, const char *name,
                            struct error *e)
{
    struct settings_reader r = {
        .e = e, .name = name ? name : "settings", .place = BUF_INIT(1 << 16)};
    *out = NULL;
    enum err code = link_model_open(&r.m, e);
    if (code)
        return code;
    if (str_starts(json, STR("\xEF\xBB\xBF"))) {
        json.p += 3;
        json.n -= 3;
    }
    json_error_t wrong;
    json_t *top =
        json_loadb(json.n ? json.p : "", json.n, JSON_REJECT_DUPLICATES, &wrong);
    code = top ? read_all(&r, top) : no_json(&r, &wrong);
    if (!code && r.place.no_memory)
        code = error_memory(e);
    json_decref(top);
    buf_free(&r.place);
    if (code)
        link_model_close(r.m);
    else
        *out = r.m;
    return code;
}

enum err link_settings_load(struct link_model **out, const char *path, struct error *e)
{
    *out = NULL;
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_errno(e, errno, path, "open");
    struct buf text = BUF_INIT(MAX_FILE);
    char bytes[8192];
    size_t n;
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0 && !text.failed)
        buf_add(&text, (struct str){bytes, n});
    enum err code = ferror(f) ? error_errno(e, errno, path, "read") : buf_check(&text, e);
    fclose(f);
    if (!code)
        code = link_settings_read(out, buf_str(&text), path, e);
    buf_free(&text);
    return code;
}
