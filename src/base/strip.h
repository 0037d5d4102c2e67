// SPDX-License-Identifier: AGPL-3.0-or-later
// Takes out of a file what tells who made it, where and with what, and leaves what it
// shows. A file is known by its content. Each kind is taken apart and put together anew
// from parts that are known to be needed; what is not known is left out, never passed on:
//   JPEG   the tables and the picture stay; gone are EXIF (but the orientation), XMP,
//          IPTC, colour profiles, thumbnails, comments, and all behind the picture
//   PNG    size, palette, transparency, gamma and the picture stay; gone are texts,
//          times, EXIF, profiles, private parts, and all behind the end
//   WebP   picture, transparency and animation stay; gone are EXIF, XMP and profiles
//   GIF    picture, transparency and animation stay; gone are comments, texts, XMP and
//          all that programs note
//   text   UTF-8 as it is, without a byte order mark
//   Office DOCX, XLSX, PPTX, ODT, ODS, ODP: an archive of the parts that make the
//   document,
//          in order, of one date; its XML without names of authors and editors, times,
//          numbers of revisions, templates, folders, custom data; its pictures as above
//   PDF    what the pages of its last revision draw, written anew; gone are information,
//          XMP, identifiers, earlier revisions, scripts, actions, files, outlines, tags,
//          names of notes' authors, colour profiles, names inside fonts; pictures as
//          above
// All else is refused with the reason and what to do instead: HEIC, video, sound, old
// Office files, macros, files inside files, archives.
//
// What remains, and no program can take away: what the picture shows, the pattern of its
// sensor, the compression that a camera or program likes, the words themselves.
//
// Pure functions; results are in the arena. Any thread. O(n).
#ifndef BASE_STRIP_H
#define BASE_STRIP_H

#include "base/str.h"

// Kept with letters as numbers: new ones come last.
enum strip_kind {
    STRIP_JPEG,
    STRIP_PNG,
    STRIP_WEBP,
    STRIP_TEXT,
    STRIP_DOCX,
    STRIP_XLSX,
    STRIP_PPTX,
    STRIP_ODT,
    STRIP_ODS,
    STRIP_ODP,
    STRIP_PDF,
    STRIP_GIF,
    STRIP_KINDS
};
const char *strip_type(enum strip_kind k);   // "image/jpeg"
const char *strip_ending(enum strip_kind k); // ".jpg"

enum {
    STRIP_MOST = 20 << 20 // bytes
};

struct strip_result {
    enum strip_kind kind;
    struct str bytes;
};

// ERR_INPUT: "strip.kind" not a kind that is taken, "strip.damaged" not a whole file of
// its kind, "strip.part" something in it that is not known to be clean; ERR_LIMIT: larger
// than STRIP_MOST, or unpacks to more than 5 times that.
enum err strip_file(struct str bytes, struct arena *a, struct strip_result *out,
                    struct error *e) WARN_UNUSED;

#endif
