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

enum err import_apply_keys(struct import_reader *r, struct error *e)
{
    size_t kept = 0, n = r->batch->n, width = r->m->reg->n_fields;
    for (size_t i = 0; i < n; i++) {
        bool keyed;
        uint64_t key_hash;
        uint64_t print = import_fingerprint(r->m->county, r->m->reg,
                                            import_row_values(r, i), &keyed, &key_hash);
        if (keyed) {
            enum import_seen_as as = import_seen_add(&r->keys, key_hash, print);
            if (as == SEEN_NO_MEMORY)
                return error_memory(e);
            if (as == SEEN_SAME) {
                r->m->repeated++;
                continue;
            }
            if (as == SEEN_OTHER) {
                r->n_problems = 0;
                struct import_row_problem *p = import_problem_add(r, r->m->reg->key[0]);
                error_set(&p->error, ERR_INPUT, "import.key_twice", NULL,
                          "a row above has the same key with another content");
                error_cure(&p->error, "keep the one that is right");
                enum err code = import_reject(r, r->batch->row_numbers[i], r->cells[i],
                                              r->n_cells[i], e);
                if (code)
                    return code;
                continue;
            }
        }
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
