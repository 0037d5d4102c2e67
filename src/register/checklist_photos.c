// SPDX-License-Identifier: AGPL-3.0-or-later
// Photographs of a checklist's items: which of those that are owed are attached.
#include <string.h>

#include "register/checklist.h"
#include "register/history.h"
#include "register/row_private.h"

#define LABEL(english, chinese) ((struct label){STR(english), STR(chinese)})

bool checklist_has_photos(const struct checklist *x)
{
    size_t n = checklist_n_items(x);
    for (size_t i = 0; i < n; i++)
        if (checklist_item(x, i, NULL)->photo)
            return true;
    return false;
}

struct label checklist_photo_words(void)
{
    return LABEL("the photograph that is evidence for it is not there",
                 "缺少此项的照片证据");
}

struct label checklist_photo_cure(bool saved)
{
    return saved ? LABEL("attach it at this item; until then the row is incomplete",
                         "请在此项补充照片；补齐之前本记录视为不完整")
                 : LABEL("take it at this item, or answer 'not applicable' where the "
                         "list offers it",
                         "请在此项拍照；如选项中有“不适用”可选择");
}

static void mark_there(const struct checklist *x, struct str item, bool *there)
{
    size_t n = checklist_n_items(x);
    for (size_t i = 0; i < n; i++)
        there[i] |= str_equal(checklist_item(x, i, NULL)->field->name, item);
}

enum err checklist_photos_there(struct conn *conn, const struct checklist *x, int64_t row,
                                bool *there, struct error *e)
{
    struct stmt *s;
    bool has;
    memset(there, 0, checklist_n_items(x) * sizeof *there);
    enum err code = history_has_table(conn, "heng_attachments", &has, e);
    if (code || !has)
        return code;
    code = conn_stmt(conn, "checklist.photos",
                     "SELECT item FROM heng_attachments WHERE register = ? AND row = ?"
                     " AND struck_at IS NULL AND item IS NOT NULL",
                     &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->reg->name);
    stmt_bind_int(s, 2, row);
    for (bool one; !(code = stmt_step(s, &one, e)) && one;)
        mark_there(x, stmt_text(s, 0), there);
    stmt_finish(s);
    return code;
}

static enum err count_owed(struct county *c, struct conn *conn, const struct checklist *x,
                           int64_t id, struct arena *a, struct expr_scratch *scratch,
                           size_t *out, struct error *e)
{
    struct datum *values;
    struct checklist_mark *marks;
    size_t n = checklist_n_items(x);
    bool *there = ARENA_ARRAY(a, bool, n + 1);
    enum err code =
        there ? row_read(conn, c, x->reg, id, a, &values, e) : error_memory(e);
    if (!code)
        code = checklist_mark(a, c, x, values, 1, scratch, &marks, e);
    if (!code)
        code = checklist_photos_there(conn, x, id, there, e);
    for (size_t i = 0; !code && i < n; i++)
        *out += marks[i].photo && !there[i];
    return code;
}

enum err checklist_photos_owed(struct county *c, const struct reg *r, const int64_t *ids,
                               size_t n, struct arena *a, size_t *out, struct error *e)
{
    const struct checklist *x = pack_checklist_of(c->pack, r);
    struct conn *conn;
    memset(out, 0, n * sizeof *out);
    if (!n || !x || !checklist_has_photos(x))
        return ERR_OK;
    struct expr_scratch *scratch = expr_scratch_open();
    if (!scratch)
        return error_memory(e);
    enum err code = store_read_begin(c->store, &conn, e);
    if (!code) {
        for (size_t i = 0; !code && i < n; i++) {
            code = count_owed(c, conn, x, ids[i], a, scratch, &out[i], e);
            if (code == ERR_NOT_FOUND)
                code = ERR_OK;
        }
        store_read_end(conn);
    }
    expr_scratch_close(scratch);
    return code;
}
