// SPDX-License-Identifier: AGPL-3.0-or-later
// The parts of pack_compile, in the order in which they run: pack.yaml, the stages of
// workflows (they are codes of a register's field), registers (fields, sources, keys),
// row rules, the moves of workflows, indicators, checks, watches,
// projections, schedules, ledgers, reports, the Charter.
// Inside the pack room only. Each part adds what it finds to l->problems and goes on.
#ifndef PACK_LOAD_H
#define PACK_LOAD_H

#include "pack/engines.h"
#include "pack/expr.h"
#include "pack/pack.h"
#include "pack/yaml.h"

struct register_source { // what a register was read from, for the later parts
    struct yaml_node *root;
    struct yaml_node **field_nodes; // by field index; NULL for a field of Heng's own
    bool broken;                    // fields or codes are not known: judge no expression
    struct yaml_node *checklist;    // the file that made it; NULL: a file of registers/
};

struct loader {
    struct problems problems;
    struct pack *pack;
    const struct pack_file *files; // sorted by path
    struct yaml_node **roots;      // by file; NULL where it was no YAML
    size_t n_files;
    struct reg *registers; // pack->registers, while they may be written
    struct register_source *sources;
    struct workflow *workflows;              // pack->workflows, likewise
    const struct yaml_node **workflow_roots; // by workflow
    bool unread_register;                    // a file of registers/ was no YAML
    bool unread_workflow;                    // one of workflows/
    bool unread_levels; // pack.yaml or its levels were not understood
};

// "registers/x.yaml", and of a part of the pack "supervision/registers/x.yaml".
bool in_folder(struct str path, const char *folder);

void load_stages(struct loader *l);
void load_registers(struct loader *l);
void load_refers(struct loader *l);
// The source of a checklist's register, made from its file; then, once all registers have
// been read, the checklists themselves (load_checklist.c). The fields that only Heng
// sets are marked as such between the two.
struct yaml_node *checklist_register(struct loader *l, struct yaml_node *root);
void checklist_own_fields(struct reg *r);
void load_checklists(struct loader *l);
void load_rules(struct loader *l);
void load_moves(struct loader *l);
void load_indicators(struct loader *l);
void load_checks(struct loader *l);
void load_campaigns(struct loader *l);
void load_watches(struct loader *l);
void load_projections(struct loader *l);
void load_schedules(struct loader *l);
void load_ledgers(struct loader *l);
void load_reports(struct loader *l);
void load_overview(struct loader *l);
void load_channels(struct loader *l);
void charter_check(struct loader *l);

// --- small things that all parts need --------------------------------------------------

// [a-z][a-z0-9_]*, at most 40 letters; with hyphen also '-'. False adds a problem.
bool load_name(struct loader *l, struct str name, struct place at, const char *what,
               bool hyphen);
// The label under `label:` (or another key); a missing one is a problem.
bool load_label(struct loader *l, const struct yaml_node *map, const char *key,
                const char *what, struct label *out);
// "no X called 'foo' ..., did you mean": for a name that is not in the list.
void load_unknown(struct loader *l, struct str found, struct place at, const char *key,
                  const char *what, const struct str *names, size_t n);
bool load_period_kind(struct loader *l, const struct yaml_node *node, const char *what,
                      enum period_kind *out);
// True for a level of the pack; otherwise a problem.
bool load_level(struct loader *l, const struct yaml_node *node, const char *what,
                struct str *out);
// Names of a register's fields, for suggestions.
size_t load_field_names(const struct reg *r, struct str *names, size_t limit);
// A field of r by the name in the node; NULL and a problem when there is none.
const struct field *load_field(struct loader *l, const struct reg *r,
                               const struct yaml_node *node, const char *what);
// A measure expression. False and a problem, unless the mistake follows from a register
// that is broken itself.
bool load_measure(struct loader *l, const struct yaml_node *node, const char *what,
                  const struct expr **out, struct str *text);
bool load_severity(struct loader *l, const struct yaml_node *map, enum severity standard,
                   enum severity *out);
const struct indicator *load_indicator_named(struct loader *l,
                                             const struct yaml_node *node);

// A field that makes groups, of every register that the measure counts.
const struct field *load_grouping_field(struct loader *l, const struct expr *measure,
                                        const struct yaml_node *node, const char *what);

// --- what the engines share (load_engine.c)

// "30 days", "6 months", "-60 days", "1 year"; weeks are days, years months.
bool load_span(struct loader *l, const struct yaml_node *node, const char *what,
               struct span *out);
// "REGISTER.FIELD" or "REGISTER.FIELD where ROW EXPRESSION": rows that belong to a row of
// `to`, since their FIELD refers to it. False and a problem, or in silence when a
// register is broken itself.
bool load_related(struct loader *l, const struct yaml_node *node, const char *what,
                  const struct reg *to, struct related *out);
// Names of roles: only their form can be checked, for roles are data.
bool load_roles(struct loader *l, const struct yaml_node *node, const char *what,
                const struct str **out, size_t *n);
// A condition on a row. text may be NULL.
bool load_condition(struct loader *l, const struct reg *r, const struct yaml_node *node,
                    const char *what, const struct expr **out, struct str *text);
// What one purpose keeps of people may not be asked for from another (refers:, gates): a
// value that is refused, or a gate that stays shut, says that there is such a row.
bool load_may_ask(enum purpose from, const struct reg *of);
const struct reg *load_register_named(struct loader *l, const struct yaml_node *node,
                                      const char *what);
bool load_is_broken(const struct loader *l, const struct reg *r);

#define WHAT(buffer, ...) (snprintf(buffer, sizeof buffer, __VA_ARGS__), buffer)

#endif
