// SPDX-License-Identifier: AGPL-3.0-or-later
// The parts of an XLSX file: a ZIP archive of XML, through minizip and expat, with limits
// on what it may unpack to. One thread. For xlsx_book, xlsx_read and strip_office.
#ifndef BASE_XLSX_ZIP_H
#define BASE_XLSX_ZIP_H

#include <expat.h>

#include "base/str.h"

struct xlsx_zip;

// fd: a regular file; stays the caller's, as does name (for messages). ERR_INPUT
// "xlsx.damaged" when it is no whole archive.
enum err xlsx_zip_open(struct xlsx_zip **out, int fd, const char *name,
                       struct error *e) WARN_UNUSED;
// The same of bytes in memory, which stay the caller's while it is open.
enum err xlsx_zip_open_bytes(struct xlsx_zip **out, struct str bytes, const char *name,
                             struct error *e) WARN_UNUSED;
void xlsx_zip_close(struct xlsx_zip *zip);
bool xlsx_zip_has(struct xlsx_zip *zip, const char *path);

// The names of all parts, one at a call, while none is open; *more is false at the end.
enum err xlsx_zip_next(struct xlsx_zip *zip, char *path, size_t size, bool *more,
                       struct error *e) WARN_UNUSED;

// One part at a time is open. Read gives 0 bytes at its end, after the checksum was found
// right. ERR_INPUT "xlsx.damaged" (also: no such part), "xlsx.limit".
enum err xlsx_part_open(struct xlsx_zip *zip, const char *path,
                        struct error *e) WARN_UNUSED;
enum err xlsx_part_read(struct xlsx_zip *zip, void *to, size_t size, size_t *got,
                        struct error *e) WARN_UNUSED;
double xlsx_part_progress(const struct xlsx_zip *zip); // of the open part, 0 to 1

// A parser that refuses document types (no entity tricks) and allocates by mem_*. NULL
// when memory is out. Free it with XML_ParserFree. The first member of *user must be the
// XML_Parser itself, set by the caller.
XML_Parser xlsx_parser(void *user, XML_StartElementHandler start,
                       XML_EndElementHandler end, XML_CharacterDataHandler text);
enum err xlsx_parse_error(struct xlsx_zip *zip, XML_Parser parser, struct error *e);
// The whole of a part through the parser's handlers.
enum err xlsx_part_parse(struct xlsx_zip *zip, const char *path, XML_Parser parser,
                         struct error *e) WARN_UNUSED;

const char *xlsx_local_name(const char *name); // without the prefix before ':'
// NULL when absent. Prefixes are passed over, but an attribute without one comes first.
const char *xlsx_attribute(const char *const *attributes, const char *name);
enum err xlsx_damaged(const char *name, struct error *e, const char *what);

#endif
