// SPDX-License-Identifier: AGPL-3.0-or-later
// Keys and fingerprints: which rows of a file are the same.
#include <string.h>

#include "register/import_private.h"
#include "register/row.h"

enum { SEEN_START = 1 << 12 };

static struct import_seen_entry *seen_find(const struct import_seen *s, uint64_t hash)
{
    size_t k = hash & (s->capacity - 1);
    while (s->entries[k].hash && s->entries[k].hash != hash)
        k = (k + 1) & (s->capacity - 1);
    return &s->entries[k];
}

static bool seen_grow(struct import_seen *s)
{
    struct import_seen more = {.n = s->n,
                               .capacity = s->capacity ? s->capacity * 2 : SEEN_START};
    more.entries = mem_alloc(more.capacity, sizeof *more.entries);
    if (!more.entries)
        return false;
    for (size_t i = 0; i < s->capacity; i++)
        if (s->entries[i].hash)
            *seen_find(&more, s->entries[i].hash) = s->entries[i];
    mem_free(s->entries);
    *s = more;
    return true;
}

enum import_seen_as import_seen_add(struct import_seen *s, uint64_t hash,
                                    uint64_t content)
{
    hash |= hash == 0;
    if (s->n * 4 >= s->capacity * 3 && !seen_grow(s))
        return SEEN_NO_MEMORY;
    struct import_seen_entry *entry = seen_find(s, hash);
    if (entry->hash)
        return entry->content == content ? SEEN_SAME : SEEN_OTHER;
    *entry = (struct import_seen_entry){hash, content};
    s->n++;
    return SEEN_NEW;
}

static uint64_t hash_value(const struct county *c, const struct field *f,
                           const struct datum *v, int slot, uint64_t hash)
{
    char space[DATUM_TEXT_SIZE];
    struct str text = datum_text(f, v, c->places, space);
    return text.p ? str_hash(text,
                             hash ^ (uint64_t)(slot + 1) * UINT64_C(0x9E3779B97F4A7C15))
                  : hash;
}

uint64_t import_fingerprint(const struct county *c, const struct reg *r,
                            const struct datum *values, bool *keyed, uint64_t *key_hash)
{
    const int *slot = county_slots(c, r)->slot;
    uint64_t content = 1, key = 2;
    for (size_t i = 0; i < r->n_fields; i++)
        if (!r->fields[i].system || i == FIELD_SOURCE)
            content = hash_value(c, &r->fields[i], &values[i], slot[i], content);
    *keyed = r->n_key > 0;
    for (size_t i = 0; i < r->n_key; i++) {
        size_t k = r->key[i]->index;
        if (values[k].null)
            *keyed = false;
        key = hash_value(c, r->key[i], &values[k], slot[k], key);
    }
    *key_hash = key;
    uint64_t print =
        *keyed ? (key & 0xFFFFFFFF00000000ULL) | (content & 0xFFFFFFFFULL) : content;
    return print ? print : 1; // 0 is that of a row whose import was undone
}

bool import_same_key(const struct county *c, const struct reg *r, struct stmt *found,
                     const struct datum *values)
{
    char x[DATUM_TEXT_SIZE], y[DATUM_TEXT_SIZE];
    for (size_t i = 0; i < r->n_key; i++) {
        size_t k = r->key[i]->index;
        struct str is = datum_text(&r->fields[k], &values[k], c->places, x);
        struct str was = datum_stored_text(found, (int)k, y);
        if (!is.p != !was.p || !str_equal(is, was))
            return false;
    }
    return true;
}

bool import_seen_has(const struct import_seen *s, uint64_t hash)
{
    return s->n && seen_find(s, hash | (hash == 0))->hash;
}

// Has a row this key that is not the caller's, or is struck? One with this very content
// was sent by them, and nothing comes of it.
static enum err ask_kept(struct import_reader *r, const struct datum *values,
                         uint64_t print, struct error *why, struct error *e)
{
    const struct county *c = r->m->county;
    const struct reg *reg = r->m->reg;
    const uint64_t from = print & 0xFFFFFFFF00000000ULL;
    if (!r->find || (!r->m->limited && !import_seen_has(&r->struck, from)))
        return ERR_OK;
    stmt_bind_int(r->find, 1, (int64_t)from);
    stmt_bind_int(r->find, 2, (int64_t)(from | 0xFFFFFFFFULL));
    enum err code;
    for (bool row; !(code = stmt_step(r->find, &row, e)) && row;) {
        const int64_t was = stmt_int(r->find, FIELD_FINGERPRINT);
        if (!was || (uint64_t)was == print || !import_same_key(c, reg, r->find, values))
            continue;
        for (size_t k = 0; k < reg->n_fields; k++)
            r->found[k] = datum_read(r->find, (int)k, &reg->fields[k], c->places);
        if (!row_may_import(c, r->m->who, reg, r->found)) {
            error_set(why, ERR_CONFLICT, "import.key_taken", NULL,
                      "a row that is not yours to correct has this key already");
            error_cure(why, "look it up in the source; ask who answers for the area");
        } else if (r->found[FIELD_STATE].i) {
            error_set(why, ERR_CONFLICT, "import.struck", NULL,
                      "row %lld has this key; it is struck and cannot be corrected",
                      (long long)r->found[FIELD_ID].i);
            error_cure(why, "restore it first (heng unstrike), if it is right after all");
        } else {
            continue;
        }
        break;
    }
    stmt_reset(r->find);
    return code;
}

static enum err reject_row(struct import_reader *r, size_t i, const struct error *why,
                           struct error *e)
{
    r->n_problems = 0;
    import_problem_add(r, r->m->reg->key[r->m->reg->n_key - 1])->error = *why;
    return import_reject(r, r->batch->row_numbers[i], r->cells[i], r->n_cells[i], e);
}

static enum err judge_key(struct import_reader *r, size_t i, uint64_t key_hash,
                          uint64_t print, bool *falls, struct error *e)
{
    struct error why = {0};
    enum import_seen_as as = import_seen_add(&r->keys, key_hash, print);
    enum err code = ask_kept(r, import_row_values(r, i), print, &why, e);
    *falls = true;
    if (code || as == SEEN_NO_MEMORY)
        return code ? code : error_memory(e);
    if (why.code)
        return reject_row(r, i, &why, e);
    if (as == SEEN_SAME) {
        r->m->repeated++;
    } else if (as == SEEN_OTHER) {
        error_set(&why, ERR_INPUT, "import.key_twice", NULL,
                  "a row above has the same key with another content");
        error_cure(&why, "keep the one that is right");
        return reject_row(r, i, &why, e);
    } else {
        *falls = false;
    }
    return ERR_OK;
}

enum err import_apply_keys(struct import_reader *r, struct error *e)
{
    size_t kept = 0, n = r->batch->n, width = r->m->reg->n_fields;
    for (size_t i = 0; i < n; i++) {
        bool keyed;
        uint64_t key_hash;
        uint64_t print = import_fingerprint(r->m->county, r->m->reg,
                                            import_row_values(r, i), &keyed, &key_hash);
        bool falls = false;
        if (keyed) {
            enum err code = judge_key(r, i, key_hash, print, &falls, e);
            if (code)
                return code;
        }
        if (falls)
            continue;
        if (kept != i) {
            memcpy(import_row_values(r, kept), import_row_values(r, i),
                   width * sizeof(struct datum));
            r->batch->row_numbers[kept] = r->batch->row_numbers[i];
        }
        r->m->out->warned += r->batch->warned[i];
        import_row_values(r, kept)[FIELD_FINGERPRINT] =
            (struct datum){.i = (int64_t)print};
        row_image(r->m->county, r->m->reg, import_row_values(r, kept), &r->image);
        r->batch->images[kept] = str_copy(&r->batch->arena, buf_str(&r->image));
        enum err code = buf_check(&r->image, e);
        if (code)
            return code;
        if (!r->batch->images[kept].p)
            return error_memory(e);
        r->batch->keyed[kept] = keyed;
        kept++;
    }
    r->batch->n = kept;
    return ERR_OK;
}
