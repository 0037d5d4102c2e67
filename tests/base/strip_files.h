// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of strip share: archives made of named parts, and looking into what came
// out: nothing of what was planted may be anywhere in it, packed or not.
#ifndef TESTS_STRIP_FILES_H
#define TESTS_STRIP_FILES_H

#include <string.h>

#include "base/archive.h"
#include "base/strip.h"
#include "base/xlsx_zip.h"

#define PLANTED "PLANTED"

struct made_part {
    const char *name;
    struct str bytes;
};

static inline bool has_bytes(struct str s, const char *what)
{
    return s.n && memmem(s.p, s.n, what, strlen(what)) != NULL;
}

static inline void make_archive(struct buf *out, const struct made_part *parts, size_t n)
{
    struct archive *a;
    struct error e;
    assert_int_equal(archive_open_buffer(&a, out, 16226, &e), ERR_OK); // 2014-06-05
    for (size_t i = 0; i < n; i++)
        archive_add(a, parts[i].name, parts[i].bytes, strcmp(parts[i].name, "mimetype"));
    assert_int_equal(archive_close(a, &e), ERR_OK);
}

// The named part unpacked onto *out (cleared before); false: there is none.
static inline bool unpack_part(struct str bytes, const char *name, struct buf *out)
{
    struct xlsx_zip *zip;
    struct error e;
    char block[4096];
    size_t got = 1;
    buf_clear(out);
    assert_int_equal(xlsx_zip_open_bytes(&zip, bytes, "made", &e), ERR_OK);
    bool has = xlsx_zip_has(zip, name);
    if (has)
        assert_int_equal(xlsx_part_open(zip, name, &e), ERR_OK);
    while (has && got) {
        assert_int_equal(xlsx_part_read(zip, block, sizeof block, &got, &e), ERR_OK);
        buf_add(out, (struct str){block, got});
    }
    xlsx_zip_close(zip);
    return has;
}

// All parts unpacked, one behind the other with their names.
static inline void unpack_all(struct str bytes, struct buf *out)
{
    struct xlsx_zip *zip;
    struct error e;
    struct buf one = BUF_INIT(1 << 24);
    char names[100][128];
    size_t n = 0;
    bool more;
    assert_int_equal(xlsx_zip_open_bytes(&zip, bytes, "made", &e), ERR_OK);
    for (;; n++) {
        assert_true(n < 100);
        assert_int_equal(xlsx_zip_next(zip, names[n], 128, &more, &e), ERR_OK);
        if (!more)
            break;
    }
    xlsx_zip_close(zip);
    for (size_t i = 0; i < n; i++) {
        assert_true(unpack_part(bytes, names[i], &one));
        buf_printf(out, "\n[%s]\n", names[i]);
        buf_add(out, buf_str(&one));
    }
    buf_free(&one);
}

#endif
