// SPDX-License-Identifier: AGPL-3.0-or-later
// /api/pack: the pack that the file has, what another would change, and applying it.
#include <stdlib.h>
#include <string.h>

#include "access/audit.h"
#include "base/chain.h"
#include "base/text.h"
#include "pack/pack.h"
#include "serve/files.h"
#include "serve/routes.h"

enum { MOST_FILES = 1000, MOST_BYTES = 4 << 20, MOST_PATH = 200 };

// --- the pack that is there

static enum err put_state(struct request *q, struct error *e)
{
    struct conn *conn;
    struct stmt *s;
    struct pack_file *files;
    size_t n;
    char hex[CHAIN_HEX_SIZE] = "";
    enum err code = store_read_begin(q->county->store, &conn, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    bool row = false;
    code = pack_files_from_store(q->arena, conn, &files, &n, e);
    if (!code)
        code = conn_stmt(conn, "packs.state",
                         "SELECT name, version, hash, applied_at FROM heng_pack ORDER BY"
                         " id DESC LIMIT 1",
                         &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    if (!code && row) {
        struct str hash = stmt_blob(s, 2);
        struct chain_hash h = {{0}};
        if (hash.n == CHAIN_HASH_SIZE)
            memcpy(h.bytes, hash.p, hash.n);
        chain_to_hex(&h, hex);
        json_put_object(j);
        put_text(j, "name", stmt_text(s, 0));
        put_text(j, "version", stmt_text(s, 1));
        put_text(j, "hash", str_of(hex));
        put_moment(j, "applied_at", stmt_int(s, 3));
        json_put_key(j, STR("files"));
        json_put_array(j);
        for (size_t i = 0; i < n; i++) {
            json_put_object(j);
            put_text(j, "path", files[i].path);
            put_number(j, "size", (int64_t)files[i].text.n);
            json_put_object_end(j);
        }
        json_put_array_end(j);
        json_put_object_end(j);
    } else if (!code) {
        code = error_set(e, ERR_CORRUPT, "pack.none", NULL, "the file has no pack");
    }
    if (!code)
        stmt_finish(s);
    store_read_end(conn);
    return code;
}

enum err packs_get(struct request *q, struct error *e)
{
    enum err code = files_everywhere(q, ACCESS_PACK, e);
    return code ? code : put_state(q, e);
}

// --- the pack that was sent

struct sent {
    struct pack_file *files;
    size_t n;
    struct pack *pack;
    struct pack_problems problems;
};

// "pack.yaml", "registers/births.yaml", "supervision/registers/cases.yaml": nothing
// hidden, nothing upward.
static bool good_path(struct str path)
{
    size_t slashes = 0;
    if (!path.n || path.n > MOST_PATH || path.p[0] == '.' || path.p[0] == '/')
        return false;
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        slashes += c == '/';
        if (c < 32 || c == '\\' || (c == '/' && i + 1 < path.n && path.p[i + 1] == '.'))
            return false;
    }
    return slashes <= 2 &&
           ((path.n > 5 && memcmp(path.p + path.n - 5, ".yaml", 5) == 0) ||
            (path.n > 4 && memcmp(path.p + path.n - 4, ".yml", 4) == 0));
}

static int by_path(const void *a, const void *b)
{
    return str_compare(((const struct pack_file *)a)->path,
                       ((const struct pack_file *)b)->path);
}

static enum err bad_files(struct error *e, const char *found)
{
    error_set(e, ERR_INPUT, "pack.files", "files", "%s", found);
    return error_cure(e, "send {path, text} of each .yaml file of the pack's folder, with"
                         " pack.yaml among them");
}

static enum err read_sent(struct request *q, const json_t *body, struct sent *out,
                          struct error *e)
{
    json_t *list = json_object_get(body, "files"), *one;
    size_t i, n = json_array_size(list);
    if (!n || n > MOST_FILES)
        return bad_files(e, n ? "there are more than 1000 files" : "there are no files");
    out->files = ARENA_ARRAY(q->arena, struct pack_file, n);
    if (!out->files)
        return error_memory(e);
    json_array_foreach(list, i, one)
    {
        struct str path, text;
        enum err code = json_text(one, "path", true, MOST_PATH, &path, e);
        if (!code)
            code = json_text(one, "text", true, MOST_BYTES, &text, e);
        if (code)
            return code;
        if (!good_path(path)) {
            struct str shown = text_cut(path, 80);
            error_set(e, ERR_INPUT, "pack.files", "files",
                      "'" STR_FMT "' is no path of a pack", STR_ARG(shown));
            return error_cure(
                e, "pack.yaml, or a .yaml file in a folder, or in a folder of a part");
        }
        out->files[out->n++] = (struct pack_file){path, text};
    }
    qsort(out->files, out->n, sizeof *out->files, by_path);
    bool is_pack = false;
    for (i = 0; i < out->n; i++) {
        is_pack |= str_equal_c(out->files[i].path, "pack.yaml");
        if (i && str_equal(out->files[i].path, out->files[i - 1].path))
            return bad_files(e, "a path is given twice");
    }
    return is_pack ? ERR_OK : bad_files(e, "there is no pack.yaml");
}

static enum err compile(struct request *q, const json_t *body, struct sent *out,
                        struct error *e)
{
    enum err code = read_sent(q, body, out, e);
    return code ? code
                : pack_compile(q->arena, out->files, out->n, &out->pack, &out->problems,
                               e);
}

// --- the plan

static void add_text(struct chain_state *s, struct str text)
{
    chain_add_field(s, text);
}

// Over what the file has, what was sent, and every statement that would be run: it is the
// plan that was looked at, or the hash is another.
static struct chain_hash plan_hash(struct str had, const struct pack *p,
                                   const struct plan *plan)
{
    struct chain_state s;
    chain_begin(&s);
    add_text(&s, had);
    add_text(&s, (struct str){(const char *)p->hash, sizeof p->hash});
    for (size_t i = 0; i < plan->n; i++) {
        const struct change *c = &plan->changes[i];
        chain_add_int(&s, c->kind);
        add_text(&s, c->reg);
        add_text(&s, c->field);
        chain_add_int(&s, (int64_t)c->n_sql);
        for (size_t k = 0; k < c->n_sql; k++)
            add_text(&s, str_of(c->sql[k]));
    }
    return chain_end(&s);
}

static enum err hash_there(struct conn *c, struct arena *a, struct str *out,
                           struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(
        c, "packs.hash", "SELECT hash FROM heng_pack ORDER BY id DESC LIMIT 1", &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    *out = str_copy(a, !code && row ? stmt_blob(s, 0) : STR(""));
    stmt_finish(s);
    return !code && !out->p ? error_memory(e) : code;
}

static enum err make_plan(struct conn *c, struct arena *a, const struct pack *p,
                          struct plan *plan, struct chain_hash *hash, bool *same,
                          struct error *e)
{
    struct str had;
    enum err code = hash_there(c, a, &had, e);
    if (!code)
        code = pack_plan(a, c, p, plan, e);
    if (code)
        return code;
    *hash = plan_hash(had, p, plan);
    *same = str_equal(had, (struct str){(const char *)p->hash, sizeof p->hash});
    return ERR_OK;
}

static const char *kind_name(enum change_kind kind)
{
    static const char *const names[] = {
        [CHANGE_ADD_REGISTER] = "add_register", [CHANGE_ADD_FIELD] = "add_field",
        [CHANGE_WIDEN_FIELD] = "widen_field",   [CHANGE_RENAME_FIELD] = "rename_field",
        [CHANGE_RETIRE_FIELD] = "retire_field", [CHANGE_REFUSED] = "refused",
    };
    return names[kind];
}

// A step says of which register it is, as it does at the shell.
static struct label step_words(struct arena *a, const struct change *c)
{
    if (c->kind == CHANGE_ADD_REGISTER || !c->field.n)
        return c->text;
    struct label l = {
        str_format(a, STR_FMT ": " STR_FMT, STR_ARG(c->reg), STR_ARG(c->text.en)),
        str_format(a, STR_FMT "：" STR_FMT, STR_ARG(c->reg), STR_ARG(c->text.zh)),
    };
    return l.en.p && l.zh.p ? l : c->text;
}

static void put_problem(struct json_writer *j, struct str where, struct str text,
                        struct str cure)
{
    json_put_object(j);
    put_text(j, "where", where);
    put_text(j, "text", text);
    put_text(j, "cure", cure);
    json_put_object_end(j);
}

static void put_plan(struct request *q, const struct plan *plan, const char *hash,
                     const struct pack_problems *problems, bool same)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "hash", str_of(hash));
    json_put_key(j, STR("steps"));
    json_put_array(j);
    for (size_t i = 0; i < plan->n; i++) {
        const struct change *c = &plan->changes[i];
        json_put_object(j);
        put_text(j, "kind", str_of(kind_name(c->kind)));
        put_label(j, "text", step_words(q->arena, c));
        // data stays; a retired field is no longer shown
        put_yes(j, "loses", c->kind == CHANGE_RETIRE_FIELD);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_key(j, STR("problems"));
    json_put_array(j);
    for (size_t i = 0; i < problems->n; i++) {
        const struct error *x = &problems->list[i];
        struct error_words words = error_words(x, q->zh);
        put_problem(j, str_of(x->where), str_of(words.text), str_of(words.cure));
    }
    for (size_t i = 0; i < plan->n; i++)
        if (plan->changes[i].kind == CHANGE_REFUSED)
            put_problem(j, plan->changes[i].reg, label_in(plan->changes[i].text, q->zh),
                        STR(""));
    json_put_array_end(j);
    put_yes(j, "same", same);
    json_put_object_end(j);
}

enum err packs_plan(struct request *q, struct error *e)
{
    json_t *body;
    struct sent sent = {0};
    struct plan plan = {0};
    struct chain_hash hash;
    struct conn *conn;
    char hex[CHAIN_HEX_SIZE] = "";
    bool same = false;
    enum err code = files_everywhere(q, ACCESS_PACK, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = compile(q, body, &sent, e);
    if (code == ERR_INPUT && sent.problems.n) { // what is wrong with it is the answer
        put_plan(q, &plan, "", &sent.problems, false);
        return ERR_OK;
    }
    if (!code)
        code = store_read_begin(q->county->store, &conn, e);
    if (code)
        return code;
    code = make_plan(conn, q->arena, sent.pack, &plan, &hash, &same, e);
    store_read_end(conn);
    if (code)
        return code;
    if (!plan.refused)
        chain_to_hex(&hash, hex);
    put_plan(q, &plan, hex, &sent.problems, same);
    return ERR_OK;
}

// --- applying

struct applying {
    struct arena *arena;
    const struct sent *sent;
    struct chain_hash wanted;
    int64_t who;
};

static enum err apply_job(struct conn *c, void *argument, struct error *e)
{
    const struct applying *x = argument;
    struct plan plan;
    struct chain_hash hash;
    bool same;
    enum err code = make_plan(c, x->arena, x->sent->pack, &plan, &hash, &same, e);
    if (!code && !chain_equal(&hash, &x->wanted)) {
        error_set(e, ERR_CONFLICT, "pack.plan_old", "hash",
                  "this is not the plan that was looked at: the file or the pack is"
                  " another one");
        code = error_cure(e, "plan again and look at the changes");
    }
    if (!code)
        code = pack_apply(c, x->sent->pack, x->sent->files, x->sent->n, &plan, e);
    if (!code)
        code = pack_index(c, x->sent->pack, e);
    if (code)
        return code;
    return audit_append(
        c,
        &(struct audit_entry){
            .kind = AUDIT_PACK,
            .who = x->who,
            .subject = x->sent->pack->name,
            .text = str_format(x->arena, "version " STR_FMT " applied, %zu changes",
                               STR_ARG(x->sent->pack->version), plan.n),
            .at = date_now_ms()},
        e);
}

enum err packs_apply(struct request *q, struct error *e)
{
    json_t *body;
    struct str hash;
    struct sent sent = {0};
    struct applying x = {.arena = q->arena, .sent = &sent, .who = q->who.user};
    enum err code = files_everywhere(q, ACCESS_PACK, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "hash", true, CHAIN_HEX_SIZE, &hash, e);
    if (!code && !chain_from_hex(hash, &x.wanted)) {
        error_set(e, ERR_INPUT, "pack.hash", "hash", "this is no hash of a plan");
        code = error_cure(e, "send the hash that POST /api/pack/plan gave");
    }
    if (!code)
        code = compile(q, body, &sent, e);
    if (!code)
        code = store_write(q->county->store, apply_job, &x, e);
    if (code)
        return code;
    server_pack_changed(q->server);
    return put_state(q, e);
}
