// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/load.h"
#include "base/chain.h"
#include "base/init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool in_folder(struct str path, const char *folder)
{
    struct str head, rest;
    if (!str_split(path, '/', &head, &rest))
        return false;
    if (memchr(rest.p, '/', rest.n)) // the folder of a part stands before it
        (void)str_split(rest, '/', &head, &rest);
    return str_equal_c(head, folder) && rest.n > 5 && !memchr(rest.p, '/', rest.n) &&
           memcmp(rest.p + rest.n - 5, ".yaml", 5) == 0;
}

bool load_name(struct loader *l, struct str name, struct place at, const char *what,
               bool hyphen)
{
    bool good = name.n > 0 && name.n <= 40 && name.p[0] >= 'a' && name.p[0] <= 'z';
    for (size_t i = 0; good && i < name.n; i++) {
        char c = name.p[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               (hyphen && c == '-');
    }
    if (good)
        return true;
    struct error *e =
        problem_add(&l->problems, at, "pack.name",
                    "'" STR_FMT "' cannot be the name of %s", STR_ARG(name), what);
    error_cure(e,
               "Use a to z, 0 to 9 and _%s, beginning with a letter, at most 40; what "
               "people read goes into the label.",
               hyphen ? " (or -)" : "");
    return false;
}

bool load_label(struct loader *l, const struct yaml_node *map, const char *key,
                const char *what, struct label *out)
{
    const struct yaml_node *node = yaml_get(map, key);
    char text[128];
    if (node)
        return yaml_label(&l->problems, node, WHAT(text, "the %s of %s", key, what), out,
                          NULL);
    struct error *e = problem_add(&l->problems, map->key_place, "pack.label",
                                  "%s has no %s", what, key);
    error_cure(e, "Add %s: {en: ..., zh: ...}.", key);
    return false;
}

void load_unknown(struct loader *l, struct str found, struct place at, const char *key,
                  const char *what, const struct str *names, size_t n)
{
    // what a file that could not be read would have named is not missing
    if ((l->unread_register &&
         (strcmp(key, "pack.register") == 0 || strcmp(key, "pack.field") == 0)) ||
        (l->unread_levels && strcmp(key, "pack.level") == 0))
        return;
    struct error *e = problem_add(&l->problems, at, key, "there is no %s '" STR_FMT "'",
                                  what, STR_ARG(found));
    struct str near = nearest_name(found, names, n);
    if (near.n) {
        error_cure(e, "Did you mean '" STR_FMT "'?", STR_ARG(near));
        return;
    }
    char list[300] = "";
    size_t used = 0;
    for (size_t i = 0; i < n && used + names[i].n + 3 < sizeof list; i++) {
        int k = snprintf(list + used, sizeof list - used, "%s" STR_FMT, i ? ", " : "",
                         STR_ARG(names[i]));
        used += k > 0 ? (size_t)k : 0;
    }
    if (used)
        error_cure(e, "Known: %s.", list);
}

bool load_period_kind(struct loader *l, const struct yaml_node *node, const char *what,
                      enum period_kind *out)
{
    static const char *const words[] = {"month", "quarter", "half", "year",
                                        "october-year"};
    size_t i = 0;
    return yaml_word(&l->problems, node, what, words, sizeof words / sizeof *words, &i) &&
           period_kind_from_name(str_of(words[i]), out);
}

bool load_level(struct loader *l, const struct yaml_node *node, const char *what,
                struct str *out)
{
    struct str name;
    if (!yaml_text(&l->problems, node, what, &name))
        return false;
    if (pack_level(l->pack, name) >= 0) {
        *out = name;
        return true;
    }
    struct str names[16];
    size_t n = 0;
    for (; n < l->pack->n_levels && n < 16; n++)
        names[n] = l->pack->levels[n].name;
    load_unknown(l, name, node->place, "pack.level", "level", names, n);
    return false;
}

size_t load_field_names(const struct reg *r, struct str *names, size_t limit)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_fields && n < limit; i++)
        if (!r->fields[i].system || i == FIELD_SOURCE || i >= SYSTEM_FIELDS)
            names[n++] = r->fields[i].name;
    return n;
}

const struct field *load_field(struct loader *l, const struct reg *r,
                               const struct yaml_node *node, const char *what)
{
    struct str name;
    if (!yaml_text(&l->problems, node, what, &name))
        return NULL;
    const struct field *f = reg_field(r, name);
    if (f)
        return f;
    struct str names[256];
    char text[160];
    load_unknown(l, name, node->place, "pack.field",
                 WHAT(text, "field of register '" STR_FMT "' called", STR_ARG(r->name)),
                 names, load_field_names(r, names, 256));
    return NULL;
}

// Whether the text names a register whose own mistakes would only be said again.
static bool speaks_of_broken(const struct loader *l, struct str text)
{
    if (l->unread_register)
        return true;
    for (size_t i = 0; i < l->pack->n_registers; i++) {
        struct str name = l->registers[i].name;
        if (l->sources[i].broken && name.n && text.n &&
            memmem(text.p, text.n, name.p, name.n))
            return true;
    }
    return false;
}

bool load_measure(struct loader *l, const struct yaml_node *node, const char *what,
                  const struct expr **out, struct str *text)
{
    struct str said;
    if (!yaml_text(&l->problems, node, what, &said))
        return false;
    struct error e = {0};
    if (expr_parse_measure(l->problems.arena, l->pack, said, node->place, out, &e)) {
        *out = NULL;
        if (e.code == ERR_MEMORY || !speaks_of_broken(l, said))
            problem_take(&l->problems, node->place, &e);
        return false;
    }
    if (text)
        *text = said;
    return true;
}

bool load_severity(struct loader *l, const struct yaml_node *map, enum severity standard,
                   enum severity *out)
{
    static const char *const words[] = {"note", "warning", "error"};
    size_t i = standard;
    const struct yaml_node *node = yaml_get(map, "severity");
    bool good = !node || yaml_word(&l->problems, node, "severity", words, 3, &i);
    *out = (enum severity)i;
    return good;
}

// --- pack.yaml -------------------------------------------------------------------------

static void load_levels(struct loader *l, const struct yaml_node *node)
{
    struct problems *p = &l->problems;
    if (!yaml_is_map(p, node, "levels"))
        return;
    if (node->n == 0 || node->n > 12) {
        problem_add(p, node->place, "pack.levels",
                    "levels has %zu entries; from 1 to 12 are possible", node->n);
        return;
    }
    struct level *levels = problem_alloc(p, node->n, sizeof *levels);
    if (!levels)
        return;
    l->unread_levels = false;
    size_t n = 0;
    char what[96];
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        struct level *level = &levels[n];
        int64_t digits = 0;
        if (!load_name(l, c->key, c->key_place, "a level", false)) {
            l->unread_levels = true;
            continue;
        }
        level->name = c->key;
        WHAT(what, "level '" STR_FMT "'", STR_ARG(c->key));
        if (yaml_is_map(p, c, what)) {
            yaml_known_keys(p, c, what, "label digits also");
            yaml_words(p, yaml_get(c, "also"), "also", &level->also, &level->n_also);
            load_label(l, c, "label", what, &level->label);
            yaml_int(p, yaml_get(c, "digits"), "digits", 0, 12, &digits);
            level->code_length = (int)digits;
        }
        n++;
    }
    l->pack->levels = levels;
    l->pack->n_levels = n;
}

static void load_suppression(struct loader *l, const struct yaml_node *root)
{
    int64_t below = 5;
    const struct yaml_node *node = yaml_get(root, "suppress_below");
    if (yaml_int(&l->problems, node, "suppress_below", 0, 1000, &below) && below < 5) {
        struct error *e = problem_add(
            &l->problems, node->place, "charter.suppression",
            "suppress_below is %lld; the Charter says: no count under the suppression "
            "threshold leaves the care role, and the threshold may not be under 5",
            (long long)below);
        error_cure(e, "Write 5 or more, or leave the key out (it is then 5).");
    }
    l->pack->suppress_below = (int)below;
}

static void load_pack_file(struct loader *l)
{
    struct problems *p = &l->problems;
    const struct yaml_node *root = NULL;
    bool there = false;
    for (size_t i = 0; i < l->n_files; i++) {
        if (str_equal_c(l->files[i].path, "pack.yaml")) {
            root = l->roots[i];
            there = true;
        }
    }
    l->pack->suppress_below = 5;
    if (!there) {
        struct error *e = problem_add(p, (struct place){STR("pack.yaml"), 0, 0},
                                      "pack.missing", "the pack has no pack.yaml");
        error_cure(e, "Add one with pack, version, label and levels.");
        return;
    }
    l->unread_levels = true;
    if (!root || !yaml_is_map(p, root, "pack.yaml"))
        return;
    yaml_known_keys(p, root, "pack.yaml",
                    "pack version label suppress_below levels overview");
    const struct yaml_node *name = yaml_get(root, "pack");
    const struct yaml_node *version = yaml_get(root, "version");
    if (!name)
        problem_add(p, root->place, "pack.missing_key",
                    "pack.yaml has no key 'pack' (its "
                    "name)");
    else if (yaml_text(p, name, "pack", &l->pack->name))
        load_name(l, l->pack->name, name->place, "a pack", true);
    if (!version)
        problem_add(p, root->place, "pack.missing_key",
                    "pack.yaml has no key 'version', for example version: \"1\"");
    yaml_text(p, version, "version", &l->pack->version);
    load_label(l, root, "label", "the pack", &l->pack->label);
    load_suppression(l, root);
    const struct yaml_node *levels = yaml_get(root, "levels");
    if (!levels)
        problem_add(p, root->place, "pack.missing_key",
                    "pack.yaml has no key 'levels' (the levels of areas, top first)");
    load_levels(l, levels);
}

// --- the whole -------------------------------------------------------------------------

static int compare_files(const void *a, const void *b)
{
    const struct pack_file *x = a, *y = b;
    return str_compare(x->path, y->path);
}

// The text moves into the pack's arena: the model points into it.
static enum err copy_files(struct loader *l, const struct pack_file *files, size_t n,
                           struct error *e)
{
    struct pack_file *copy = problem_alloc(&l->problems, n, sizeof *copy);
    l->roots = problem_alloc(&l->problems, n, sizeof *l->roots);
    if (!copy || !l->roots)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        copy[i].path = str_copy(l->problems.arena, files[i].path);
        copy[i].text = files[i].text;
        if (!copy[i].path.p)
            return error_memory(e);
    }
    if (n)
        qsort(copy, n, sizeof *copy, compare_files);
    l->files = copy;
    l->n_files = n;
    return ERR_OK;
}

static void hash_files(struct loader *l)
{
    struct chain_state state;
    chain_begin(&state);
    for (size_t i = 0; i < l->n_files; i++) {
        chain_add_field(&state, l->files[i].path);
        chain_add_field(&state, l->files[i].text);
    }
    struct chain_hash hash = chain_end(&state);
    memcpy(l->pack->hash, hash.bytes, sizeof l->pack->hash);
}

static void read_files(struct loader *l)
{
    static const char *const folders[] = {
        "registers", "indicators", "checks",     "watch",      "reports",
        "workflows", "schedules",  "ledgers",    "checklists", "channels",
        "campaigns", "cases",      "projections"};
    for (size_t i = 0; i < l->n_files; i++) {
        struct str path = l->files[i].path;
        struct place at = {path, 0, 0};
        bool known = str_equal_c(path, "pack.yaml");
        for (size_t k = 0; k < sizeof folders / sizeof *folders; k++)
            known |= in_folder(path, folders[k]);
        if (!known) {
            struct error *e = problem_add(&l->problems, at, "pack.file",
                                          "this file has no place in a pack");
            error_cure(e, "A pack is pack.yaml and .yaml files in folders named "
                          "registers, indicators, checks, watch, reports, workflows, "
                          "schedules, ledgers, checklists, channels, campaigns, "
                          "cases and projections; a part of a pack may have these in a "
                          "folder of its "
                          "own.");
            continue;
        }
        if (i > 0 && str_equal(path, l->files[i - 1].path)) {
            problem_add(&l->problems, at, "pack.file", "this file was given twice");
            continue;
        }
        l->roots[i] = yaml_parse(&l->problems, path, l->files[i].text);
    }
}

static enum err finish(struct loader *l, struct pack_problems *out, struct error *e)
{
    struct problems *p = &l->problems;
    struct str *paths = problem_alloc(p, l->n_files, sizeof *paths);
    for (size_t i = 0; paths && i < l->n_files; i++)
        paths[i] = l->files[i].path;
    if (paths)
        problem_sort(p, paths, l->n_files);
    struct error *list = problem_alloc(p, p->n, sizeof *list);
    if (p->no_memory)
        return error_memory(e);
    for (size_t i = 0; i < p->n; i++)
        list[i] = p->list[i].error;
    if (out)
        *out = (struct pack_problems){list, p->n};
    if (p->n == 0)
        return ERR_OK;
    if (e)
        *e = list[0];
    return ERR_INPUT;
}

enum err pack_compile(struct arena *a, const struct pack_file *files, size_t n,
                      struct pack **out, struct pack_problems *problems, struct error *e)
{
    struct loader l = {.problems = {.arena = a}};
    *out = NULL;
    if (problems)
        *problems = (struct pack_problems){0};
    l.pack = ARENA_NEW(a, struct pack);
    if (!l.pack)
        return error_memory(e);
    l.pack->arena = a;
    enum err code = base_init(e); // hashing
    if (!code)
        code = copy_files(&l, files, n, e);
    if (code)
        return code;
    hash_files(&l);
    read_files(&l);
    load_pack_file(&l);
    load_stages(&l);
    load_registers(&l);
    if (!l.problems.no_memory)
        load_checklists(&l);
    if (!l.problems.no_memory)
        load_refers(&l);
    if (!l.problems.no_memory)
        load_rules(&l);
    if (!l.problems.no_memory)
        load_moves(&l);
    if (!l.problems.no_memory)
        load_indicators(&l);
    if (!l.problems.no_memory)
        load_checks(&l);
    if (!l.problems.no_memory)
        load_campaigns(&l);
    if (!l.problems.no_memory)
        load_ledgers(&l);
    if (!l.problems.no_memory)
        load_watches(&l);
    if (!l.problems.no_memory)
        load_projections(&l);
    if (!l.problems.no_memory)
        load_schedules(&l);
    if (!l.problems.no_memory)
        load_reports(&l);
    if (!l.problems.no_memory)
        load_overview(&l);
    if (!l.problems.no_memory)
        load_channels(&l);
    if (!l.problems.no_memory)
        charter_check(&l);
    code = finish(&l, problems, e);
    if (!code)
        *out = l.pack;
    return code;
}
