// SPDX-License-Identifier: AGPL-3.0-or-later
// ledgers/*.yaml: goods and money in double entry; which accounts there are beside the
// places, and what may move between them.
#include "pack/engines.h"
#include "pack/load.h"

#include <stdio.h>

static const struct label on_the_way_label = {{"On the way", 10}, {"在途", 6}};

static void missing(struct loader *l, const struct yaml_node *node, const char *what,
                    const char *key, const char *cure)
{
    struct error *e = problem_add(&l->problems, node->key_place, "pack.missing_key",
                                  "%s needs the key '%s'", what, key);
    error_cure(e, "%s", cure);
}

// --- items -----------------------------------------------------------------------------

static const struct reg *item_register(struct loader *l, const struct yaml_node *node)
{
    struct problems *p = &l->problems;
    struct str name, names[64];
    size_t n = 0;
    if (!yaml_text(p, node, "the register of items", &name))
        return NULL;
    const struct reg *r = pack_register(l->pack, name);
    if (!r) {
        for (; n < l->pack->n_registers && n < 64; n++)
            names[n] = l->registers[n].name;
        load_unknown(l, name, node->place, "pack.register", "register", names, n);
        return NULL;
    }
    if (l->sources[r - l->registers].broken)
        return NULL;
    if (r->n_key == 1 && r->key[0]->identifies) {
        problem_add(p, node->place, "charter.subject",
                    "the key of register '" STR_FMT "' identifies a person; a ledger is "
                    "of goods, with no patient in it",
                    STR_ARG(name));
        return NULL;
    }
    if (r->n_key == 1 && r->key[0]->type == TYPE_TEXT && r->kind == REG_ROWS)
        return r;
    struct error *e =
        problem_add(p, node->place, "pack.ledger_items",
                    "register '" STR_FMT "' cannot name the items of a ledger: its key "
                    "must be one text field, the code of the item",
                    STR_ARG(name));
    error_cure(e, "For example key: [code], with code: {type: text, ...}.");
    return NULL;
}

static const struct field *item_field(struct loader *l, const struct yaml_node *items,
                                      const char *key, const struct reg *r, bool number)
{
    const struct yaml_node *node = yaml_get(items, key);
    const struct field *f = node ? load_field(l, r, node, key) : NULL;
    if (!f)
        return NULL;
    bool fits = number ? f->type == TYPE_INT || f->type == TYPE_DECIMAL
                       : f->type == TYPE_TEXT || f->type == TYPE_CODE;
    if (!fits) {
        problem_add(&l->problems, node->place, "pack.ledger_items",
                    "%s: '" STR_FMT "' has type %s; it must be %s", key, STR_ARG(f->name),
                    type_name(f->type),
                    number ? "int or decimal, a temperature in degrees Celsius"
                           : "text or code");
        return NULL;
    }
    return f;
}

static void load_items(struct loader *l, const struct yaml_node *root, struct ledger *g)
{
    const struct yaml_node *node = yaml_get(root, "items");
    if (!node) {
        missing(l, root, "a ledger of goods", "items",
                "For example items: {register: goods, unit: unit}.");
        return;
    }
    if (!yaml_is_map(&l->problems, node, "items"))
        return;
    yaml_known_keys(&l->problems, node, "items", "register unit cold_low cold_high");
    const struct yaml_node *named = yaml_get(node, "register");
    if (!named)
        missing(l, node, "items", "register",
                "Name the register whose rows are the goods.");
    g->items = item_register(l, named);
    if (!g->items)
        return;
    g->item_unit = item_field(l, node, "unit", g->items, false);
    g->cold_low = item_field(l, node, "cold_low", g->items, true);
    g->cold_high = item_field(l, node, "cold_high", g->items, true);
    g->cold = g->cold_low || g->cold_high;
}

// --- accounts --------------------------------------------------------------------------

static void load_accounts(struct loader *l, const struct yaml_node *node,
                          struct ledger *g)
{
    struct problems *p = &l->problems;
    char what[96];
    if (node && !yaml_is_map(p, node, "accounts"))
        return;
    size_t n = node ? node->n : 0;
    if (n > LEDGER_ACCOUNTS_MAX) {
        problem_add(p, node->place, "pack.ledger_accounts",
                    "the ledger has %zu accounts; %d are the most", n,
                    (int)LEDGER_ACCOUNTS_MAX);
        return;
    }
    struct ledger_account *list = problem_alloc(p, n + 1, sizeof *list);
    if (!list)
        return;
    g->accounts = list;
    for (const struct yaml_node *c = node ? node->first : NULL; c; c = c->next) {
        if (!load_name(l, c->key, c->key_place, "an account", false) ||
            !yaml_is_map(p, c, WHAT(what, "account '" STR_FMT "'", STR_ARG(c->key))))
            continue;
        if (str_equal_c(c->key, "place") || str_equal_c(c->key, LEDGER_ON_THE_WAY)) {
            struct error *e = problem_add(p, c->key_place, "pack.name_taken",
                                          "'" STR_FMT "' cannot be the name of an "
                                          "account: it is a word of Heng",
                                          STR_ARG(c->key));
            error_cure(e, "Choose another name; the label may still say this word.");
            continue;
        }
        yaml_known_keys(p, c, what, "label negative");
        struct ledger_account *x = &list[g->n_accounts++];
        x->name = c->key;
        load_label(l, c, "label", what, &x->label);
        yaml_bool(p, yaml_get(c, "negative"), "negative", &x->negative);
    }
}

static int account_named(const struct ledger *g, struct str name)
{
    for (size_t i = 0; i < g->n_accounts; i++)
        if (str_equal(g->accounts[i].name, name))
            return (int)i;
    return -1;
}

// --- movements -------------------------------------------------------------------------

static bool load_end(struct loader *l, const struct yaml_node *node, const char *what,
                     const struct ledger *g, enum ledger_end *end, int *account)
{
    struct str name, names[LEDGER_ACCOUNTS_MAX + 2];
    size_t n = 0;
    if (!yaml_text(&l->problems, node, what, &name))
        return false;
    *end = str_equal_c(name, "place") ? LEDGER_AT_PLACE : LEDGER_AT_ACCOUNT;
    *account = account_named(g, name);
    if (*end == LEDGER_AT_PLACE || *account >= 0)
        return true;
    names[n++] = STR("place");
    for (size_t i = 0; i < g->n_accounts; i++)
        names[n++] = g->accounts[i].name;
    load_unknown(l, name, node->place, "pack.ledger_account", "account", names, n);
    return false;
}

static void load_count(struct loader *l, const struct yaml_node *node, const char *what,
                       const struct ledger *g, struct ledger_movement *m)
{
    static const char *const not_with_it[] = {"from", "to", "confirm", "expired"};
    const struct yaml_node *account = yaml_get(node, "account");
    m->from = LEDGER_AT_PLACE;
    m->to = LEDGER_AT_ACCOUNT;
    for (size_t i = 0; i < 4; i++)
        if (yaml_get(node, not_with_it[i]))
            problem_add(&l->problems, yaml_get(node, not_with_it[i])->key_place,
                        "pack.ledger_count",
                        "%s is a count, of a place; it has no key '%s'", what,
                        not_with_it[i]);
    if (!account) {
        missing(l, node, what, "account", "Name the account that takes the difference.");
        return;
    }
    if (!load_end(l, account, "account", g, &m->to, &m->to_account))
        return;
    if (m->to == LEDGER_AT_PLACE || !g->accounts[m->to_account].negative) {
        struct error *e = problem_add(&l->problems, account->place, "pack.ledger_count",
                                      "%s: more or less may be found than is in the "
                                      "books, so its account must be one that may be "
                                      "under zero",
                                      what);
        error_cure(e, "For example difference: {label: {...}, negative: true}.");
    }
}

static void load_movement(struct loader *l, const struct yaml_node *node,
                          const struct ledger *g, struct ledger_movement *m)
{
    struct problems *p = &l->problems;
    char what[96];
    WHAT(what, "movement '" STR_FMT "'", STR_ARG(m->name));
    yaml_known_keys(p, node, what, "label from to confirm count account expired");
    load_label(l, node, "label", what, &m->label);
    yaml_bool(p, yaml_get(node, "confirm"), "confirm", &m->confirm);
    yaml_bool(p, yaml_get(node, "count"), "count", &m->count);
    yaml_bool(p, yaml_get(node, "expired"), "expired", &m->expired);
    if (m->count) {
        load_count(l, node, what, g, m);
        return;
    }
    if (yaml_get(node, "account"))
        problem_add(p, yaml_get(node, "account")->key_place, "pack.ledger_count",
                    "%s is no count; only a count names an account for the difference",
                    what);
    const struct yaml_node *from = yaml_get(node, "from"), *to = yaml_get(node, "to");
    if (!from || !to) {
        missing(l, node, what, from ? "to" : "from",
                "Each end is the word place, or an account of the ledger.");
        return;
    }
    if (!load_end(l, from, "from", g, &m->from, &m->from_account) ||
        !load_end(l, to, "to", g, &m->to, &m->to_account))
        return;
    if (m->from == LEDGER_AT_ACCOUNT && m->to == LEDGER_AT_ACCOUNT &&
        m->from_account == m->to_account)
        problem_add(p, to->place, "pack.ledger_account",
                    "%s goes from an account to the same account", what);
    if (m->confirm && m->to != LEDGER_AT_PLACE) {
        struct error *e = problem_add(p, node->key_place, "pack.ledger_confirm",
                                      "%s asks the receiver to confirm, but does not go "
                                      "to a place",
                                      what);
        error_cure(e, "Write to: place, or leave confirm out.");
    }
}

static bool any_confirms(const struct yaml_node *movements)
{
    const struct yaml_node *c =
        movements && movements->kind == YAML_MAP ? movements->first : NULL;
    for (; c; c = c->next) {
        const struct yaml_node *confirm =
            c->kind == YAML_MAP ? yaml_get(c, "confirm") : NULL;
        if (confirm && str_equal_c(confirm->text, "true"))
            return true;
    }
    return false;
}

static void load_movements(struct loader *l, const struct yaml_node *node,
                           struct ledger *g)
{
    struct problems *p = &l->problems;
    char what[96];
    g->on_the_way = -1;
    if (!node || !yaml_is_map(p, node, "movements"))
        return;
    if (node->n == 0 || node->n > LEDGER_MOVEMENTS_MAX) {
        problem_add(p, node->place, "pack.ledger_movements",
                    "the ledger has %zu movements; from 1 to %d are possible", node->n,
                    (int)LEDGER_MOVEMENTS_MAX);
        return;
    }
    if (any_confirms(node) && g->accounts) {
        struct ledger_account *own = (struct ledger_account *)&g->accounts[g->n_accounts];
        *own = (struct ledger_account){STR(LEDGER_ON_THE_WAY), on_the_way_label, true};
        g->on_the_way = (int)g->n_accounts++;
    }
    struct ledger_movement *list = problem_alloc(p, node->n, sizeof *list);
    if (!list)
        return;
    g->movements = list;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        if (!load_name(l, c->key, c->key_place, "a movement", false) ||
            !yaml_is_map(p, c, WHAT(what, "movement '" STR_FMT "'", STR_ARG(c->key))))
            continue;
        struct ledger_movement *m = &list[g->n_movements++];
        m->name = c->key;
        m->place = c->key_place;
        load_movement(l, c, g, m);
    }
}

// --- the file --------------------------------------------------------------------------

static void load_purpose(struct loader *l, const struct yaml_node *root, struct ledger *g)
{
    const char *purposes[PURPOSE_COUNT];
    const struct yaml_node *node = yaml_get(root, "purpose");
    size_t purpose = PURPOSE_SUPERVISION;
    for (size_t i = 0; i < PURPOSE_COUNT; i++)
        purposes[i] = purpose_name((enum purpose)i);
    if (!node)
        missing(l, root, "a ledger", "purpose",
                "Add purpose: supervision (or care, vital, benefit, statistics): those "
                "who hold it see the ledger.");
    else if (yaml_word(&l->problems, node, "purpose", purposes, PURPOSE_COUNT, &purpose))
        g->purpose = (enum purpose)purpose;
}

static void only_for(struct loader *l, const struct yaml_node *root, const char *key,
                     const char *kind)
{
    const struct yaml_node *node = yaml_get(root, key);
    if (node)
        problem_add(&l->problems, node->key_place, "pack.ledger_kind",
                    "'%s' is for a ledger of %s", key, kind);
}

static void load_kind(struct loader *l, const struct yaml_node *root, struct ledger *g)
{
    static const char *const kinds[] = {"goods", "money"};
    struct problems *p = &l->problems;
    const struct yaml_node *node = yaml_get(root, "kind");
    size_t kind = 0;
    if (!node) {
        missing(l, root, "a ledger", "kind", "Add kind: goods, or kind: money.");
        return;
    }
    if (!yaml_word(p, node, "kind", kinds, 2, &kind))
        return;
    g->goods = kind == 0;
    if (g->goods) {
        yaml_bool(p, yaml_get(root, "lots"), "lots", &g->lots);
        load_items(l, root, g);
        only_for(l, root, "unit", "money; goods have the unit of their item");
        only_for(l, root, "places_negative", "money");
    } else {
        load_label(l, root, "unit", "the ledger", &g->unit);
        yaml_bool(p, yaml_get(root, "places_negative"), "places_negative",
                  &g->places_negative);
        only_for(l, root, "lots", "goods");
        only_for(l, root, "items", "goods");
    }
}

static void load_ledger(struct loader *l, const struct yaml_node *root,
                        struct ledger *list)
{
    struct problems *p = &l->problems;
    if (!yaml_is_map(p, root, "a file of ledgers/"))
        return;
    yaml_known_keys(p, root, "a ledger",
                    "ledger label kind purpose unit lots items places_negative accounts "
                    "movements");
    const struct yaml_node *named = yaml_get(root, "ledger");
    struct str name;
    if (!named)
        missing(l, root, "the file", "ledger", "Begin it with ledger: and a name.");
    if (!yaml_text(p, named, "ledger", &name) ||
        !load_name(l, name, named->place, "a ledger", false))
        return;
    if (pack_ledger(l->pack, name))
        problem_add(p, named->place, "pack.name_twice",
                    "a ledger '" STR_FMT "' is in another file already", STR_ARG(name));
    struct ledger *g = &list[l->pack->n_ledgers++];
    g->name = name;
    g->place = named->place;
    g->on_the_way = -1;
    load_label(l, root, "label", "the ledger", &g->label);
    load_purpose(l, root, g);
    load_kind(l, root, g);
    load_accounts(l, yaml_get(root, "accounts"), g);
    if (!yaml_get(root, "movements"))
        missing(l, root, "a ledger", "movements",
                "For example movements: {transfer: {from: place, to: place, label: "
                "{...}}}.");
    load_movements(l, yaml_get(root, "movements"), g);
    if (!l->pack->facilities && !l->unread_register)
        problem_add(p, named->place, "pack.ledger_places",
                    "the places of a ledger are facilities, and the pack has no register "
                    "of kind facilities");
}

void load_ledgers(struct loader *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_files; i++)
        n += l->roots[i] && in_folder(l->files[i].path, "ledgers");
    struct ledger *list = problem_alloc(&l->problems, n, sizeof *list);
    if (!list)
        return;
    l->pack->ledgers = list;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->roots[i] && in_folder(l->files[i].path, "ledgers"))
            load_ledger(l, l->roots[i], list);
}
