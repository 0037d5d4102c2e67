// SPDX-License-Identifier: AGPL-3.0-or-later
// channels/*.yaml: what is sealed to its readers.
#include "pack/engines.h"
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

enum {
    MOST_QUESTIONS = 30,
    MOST_CODES = 60,
    MOST_TEXT = 8000, // characters of an answer
    MOST_PER_HOUR = 1000,
    MOST_YEARS = 10
};

static void need(struct loader *l, const struct yaml_node *map, const char *what,
                 const char *key)
{
    if (!yaml_get(map, key))
        problem_add(&l->problems, map->key_place, "pack.missing_key",
                    "%s needs the key '%s'", what, key);
}

// --- small parts -----------------------------------------------------------------------

static void load_time(struct loader *l, const struct yaml_node *map, const char *key,
                      const char *what, struct span *out)
{
    const struct yaml_node *node = yaml_get(map, key);
    need(l, map, what, key);
    if (!node || !load_span(l, node, key, out))
        return;
    if (out->months >= 0 && out->days >= 0 && out->months + out->days > 0 &&
        out->months <= 12 * MOST_YEARS && out->days <= 366 * MOST_YEARS)
        return;
    struct error *e =
        problem_add(&l->problems, node->place, "pack.channel_time",
                    "%s must be a day or more, and at most %d years", key, MOST_YEARS);
    error_cure(e, "For example 15 days, or 6 months.");
}

// --- questions -------------------------------------------------------------------------

static void load_codes(struct loader *l, const struct yaml_node *node, const char *what,
                       struct channel_question *q)
{
    struct problems *p = &l->problems;
    char text[160];
    if (!yaml_is_map(p, node, "codes"))
        return;
    if (node->n < 2 || node->n > MOST_CODES) {
        problem_add(p, node->place, "pack.channel_codes",
                    "%s has %zu codes; from 2 to %d are possible", what, node->n,
                    MOST_CODES);
        return;
    }
    struct code *codes = problem_alloc(p, node->n, sizeof *codes);
    if (!codes)
        return;
    q->codes = codes;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        struct code *one = &codes[q->n_codes];
        if (!load_name(l, c->key, c->key_place, "a code", false) ||
            !yaml_label(p, c,
                        WHAT(text, "the label of code '" STR_FMT "'", STR_ARG(c->key)),
                        &one->label, NULL))
            continue;
        one->value = c->key;
        q->n_codes++;
    }
}

static void load_question(struct loader *l, const struct yaml_node *node,
                          struct channel_question *q)
{
    static const char *const words[] = {"text", "code", "facility", "date"};
    static const enum type types[] = {TYPE_TEXT, TYPE_CODE, TYPE_FACILITY, TYPE_DATE};
    struct problems *p = &l->problems;
    char what[120];
    size_t type = 0;
    int64_t most = 200;
    WHAT(what, "question '" STR_FMT "'", STR_ARG(node->key));
    if (!load_name(l, node->key, node->key_place, "a question", false) ||
        !yaml_is_map(p, node, what))
        return;
    yaml_known_keys(p, node, what, "type label help codes required max_length");
    q->name = node->key;
    need(l, node, what, "type");
    load_label(l, node, "label", what, &q->label);
    if (yaml_get(node, "help"))
        load_label(l, node, "help", what, &q->help);
    yaml_word(p, yaml_get(node, "type"), "type", words, 4, &type);
    q->type = types[type];
    yaml_bool(p, yaml_get(node, "required"), "required", &q->required);
    const struct yaml_node *length = yaml_get(node, "max_length");
    yaml_int(p, length, "max_length", 1, MOST_TEXT, &most);
    q->max_length = (size_t)most;
    if (q->type == TYPE_CODE && yaml_get(node, "codes"))
        load_codes(l, yaml_get(node, "codes"), what, q);
    else if (q->type == TYPE_CODE)
        need(l, node, what, "codes");
    else if (yaml_get(node, "codes"))
        problem_add(p, yaml_get(node, "codes")->place, "pack.channel_codes",
                    "%s has codes but is not of type code", what);
    if (length && q->type != TYPE_TEXT)
        problem_add(p, length->place, "pack.channel_length",
                    "%s has a max_length but is not of type text", what);
}

static void load_questions(struct loader *l, const struct yaml_node *node,
                           struct channel *ch)
{
    struct problems *p = &l->problems;
    if (!node || !yaml_is_map(p, node, "questions"))
        return;
    if (!node->n || node->n > MOST_QUESTIONS) {
        problem_add(p, node->place, "pack.channel_questions",
                    "questions has %zu entries; from 1 to %d are possible", node->n,
                    MOST_QUESTIONS);
        return;
    }
    struct channel_question *list = problem_alloc(p, node->n, sizeof *list);
    if (!list)
        return;
    for (const struct yaml_node *c = node->first; c; c = c->next)
        load_question(l, c, &list[ch->n_questions++]);
    ch->questions = list;
}

// --- the whole -------------------------------------------------------------------------

// The Charter: a tip is about a facility. Where anyone may write, one must be named.
static void check_public(struct loader *l, const struct yaml_node *root,
                         const struct channel *ch)
{
    bool facility = false;
    for (size_t i = 0; i < ch->n_questions; i++)
        facility |= ch->questions[i].type == TYPE_FACILITY && ch->questions[i].required;
    if (facility)
        return;
    struct error *e = problem_add(
        &l->problems, root->place, "charter.informing",
        "the public channel '" STR_FMT "' does not ask for a facility; the Charter says: "
        "Heng has no place for informing "
        "on people, and a supervision subject is a facility, a provider, a body or an "
        "area",
        STR_ARG(ch->name));
    error_cure(e, "Add a question of type: facility with required: true.");
}

static void load_channel(struct loader *l, const struct yaml_node *root,
                         struct channel *ch)
{
    struct problems *p = &l->problems;
    int64_t per_hour = 30;
    char what[96];
    if (!yaml_is_map(p, root, "a file of channels/"))
        return;
    yaml_known_keys(p, root, "a channel",
                    "channel label intro promise public readers writers answer_within "
                    "keep per_hour questions");
    ch->place = root->place;
    const struct yaml_node *name = yaml_get(root, "channel");
    need(l, root, "a channel", "channel");
    if (!yaml_text(p, name, "channel", &ch->name) ||
        !load_name(l, ch->name, name->place, "a channel", false))
        return;
    WHAT(what, "channel '" STR_FMT "'", STR_ARG(ch->name));
    load_label(l, root, "label", what, &ch->label);
    load_label(l, root, "intro", what, &ch->intro);
    load_label(l, root, "promise", what, &ch->promise);
    yaml_bool(p, yaml_get(root, "public"), "public", &ch->public_);
    need(l, root, what, "readers");
    load_roles(l, yaml_get(root, "readers"), "readers", &ch->readers, &ch->n_readers);
    const struct yaml_node *writers = yaml_get(root, "writers");
    load_roles(l, writers, "writers", &ch->writers, &ch->n_writers);
    if (ch->public_ && writers)
        problem_add(p, writers->place, "pack.channel_writers",
                    "%s is public: anyone may write, so it names no writers", what);
    if (!ch->public_)
        need(l, root, what, "writers");
    load_time(l, root, "answer_within", what, &ch->answer_within);
    load_time(l, root, "keep", what, &ch->keep);
    yaml_int(p, yaml_get(root, "per_hour"), "per_hour", 1, MOST_PER_HOUR, &per_hour);
    ch->per_hour = (int)per_hour;
    need(l, root, what, "questions");
    load_questions(l, yaml_get(root, "questions"), ch);
    if (ch->public_ && ch->n_questions)
        check_public(l, root, ch);
}

static void check_once(struct loader *l, const struct channel *list, size_t n)
{
    const struct channel *ch = &list[n], *open = NULL;
    for (size_t i = 0; i < n; i++) {
        if (str_equal(list[i].name, ch->name))
            problem_add(&l->problems, ch->place, "pack.twice",
                        "there are two channels '" STR_FMT "'", STR_ARG(ch->name));
        if (list[i].public_)
            open = &list[i];
    }
    if (!open || !ch->public_)
        return;
    struct error *e =
        problem_add(&l->problems, ch->place, "pack.channel_public",
                    "channel '" STR_FMT "' is public, and so is '" STR_FMT "'",
                    STR_ARG(ch->name), STR_ARG(open->name));
    error_cure(e, "One address is open to the public: one channel.");
}

void load_channels(struct loader *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_files; i++)
        n += in_folder(l->files[i].path, "channels");
    struct channel *list = n ? problem_alloc(&l->problems, n, sizeof *list) : NULL;
    if (!list)
        return;
    l->pack->channels = list;
    for (size_t i = 0; i < l->n_files; i++) {
        if (!in_folder(l->files[i].path, "channels") || !l->roots[i])
            continue;
        struct channel *ch = &list[l->pack->n_channels];
        load_channel(l, l->roots[i], ch);
        if (!ch->name.n)
            continue;
        check_once(l, list, l->pack->n_channels++);
    }
}
