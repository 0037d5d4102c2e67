// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/xlsx_zip.h"

#include <errno.h>
#include <inttypes.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARSE_BLOCK = 1 << 16, RATIO_LIMIT = 200 };
static const uint64_t unpacked_limit = (uint64_t)4 << 30;
static const uint64_t ratio_free = (uint64_t)64 << 20; // below this any ratio is fine

struct xlsx_zip {
    const char *name;
    unzFile file;
    int fd;
    struct str bytes;  // in place of a file; .p NULL: read the file
    bool listing;      // xlsx_zip_next has begun
    uint64_t at, size; // minizip's position in the file
    bool open;
    uint64_t packed, expected, unpacked; // of the open part
    uint64_t all_unpacked;
};

// minizip reads through the descriptor, so that the file that was looked at is the file
// that is read.
static voidpf zip_open_file(voidpf opaque, const void *path, int mode)
{
    (void)path;
    (void)mode;
    return opaque;
}

static uLong zip_read_file(voidpf opaque, voidpf stream, void *to, uLong size)
{
    (void)stream;
    struct xlsx_zip *zip = opaque;
    uLong done = 0;
    if (zip->bytes.p) {
        done = size < zip->size - zip->at ? size : (uLong)(zip->size - zip->at);
        memcpy(to, zip->bytes.p + zip->at, done);
        zip->at += done;
        return done;
    }
    while (done < size) {
        ssize_t k = pread(zip->fd, (char *)to + done, size - done, (off_t)zip->at);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            break;
        done += (uLong)k;
        zip->at += (uint64_t)k;
    }
    return done;
}

static ZPOS64_T zip_tell(voidpf opaque, voidpf stream)
{
    (void)stream;
    return ((struct xlsx_zip *)opaque)->at;
}

static long zip_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    (void)stream;
    struct xlsx_zip *zip = opaque;
    uint64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR   ? zip->at
                    : origin == ZLIB_FILEFUNC_SEEK_END ? zip->size
                                                       : 0;
    uint64_t to = base + offset;
    if (to < base || to > zip->size)
        return -1;
    zip->at = to;
    return 0;
}

static int zip_nothing(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

enum err xlsx_damaged(const char *name, struct error *e, const char *what)
{
    (void)error_set(e, ERR_INPUT, "xlsx.damaged", name, "the workbook is damaged: %s",
                    what);
    return error_cure(e, "Copy or download it again; or open it in a spreadsheet, let it "
                         "repair the file, and save it.");
}

static enum err open_source(struct xlsx_zip **out, const struct xlsx_zip *source,
                            struct error *e)
{
    struct xlsx_zip *zip = mem_alloc(1, sizeof *zip);
    if (!zip)
        return error_memory(e);
    *zip = *source;
    zlib_filefunc64_def calls = {.zopen64_file = zip_open_file,
                                 .zread_file = zip_read_file,
                                 .ztell64_file = zip_tell,
                                 .zseek64_file = zip_seek,
                                 .zclose_file = zip_nothing,
                                 .zerror_file = zip_nothing,
                                 .opaque = zip};
    zip->file = unzOpen2_64("", &calls);
    if (!zip->file) {
        mem_free(zip);
        return xlsx_damaged(source->name, e,
                            "the list of its parts is missing; the file is cut off");
    }
    *out = zip;
    return ERR_OK;
}

enum err xlsx_zip_open(struct xlsx_zip **out, int fd, const char *name, struct error *e)
{
    *out = NULL;
    struct stat about;
    if (fstat(fd, &about) != 0)
        return error_errno(e, errno, name, "look at");
    struct xlsx_zip source = {.name = name, .fd = fd, .size = (uint64_t)about.st_size};
    return open_source(out, &source, e);
}

enum err xlsx_zip_open_bytes(struct xlsx_zip **out, struct str bytes, const char *name,
                             struct error *e)
{
    *out = NULL;
    struct xlsx_zip source = {.name = name, .fd = -1, .bytes = bytes, .size = bytes.n};
    return open_source(out, &source, e);
}

enum err xlsx_zip_next(struct xlsx_zip *zip, char *path, size_t size, bool *more,
                       struct error *e)
{
    unz_file_info64 about;
    int code = zip->listing ? unzGoToNextFile(zip->file) : unzGoToFirstFile(zip->file);
    zip->listing = *more = code == UNZ_OK;
    if (code == UNZ_END_OF_LIST_OF_FILE)
        return ERR_OK;
    if (code == UNZ_OK && unzGetCurrentFileInfo64(zip->file, &about, path, (uLong)size,
                                                  NULL, 0, NULL, 0) != UNZ_OK)
        code = UNZ_BADZIPFILE;
    if (code != UNZ_OK || about.size_filename >= size ||
        strlen(path) != about.size_filename)
        return xlsx_damaged(zip->name, e, "the list of its parts is not readable");
    return ERR_OK;
}

void xlsx_zip_close(struct xlsx_zip *zip)
{
    if (!zip)
        return;
    if (zip->open)
        unzCloseCurrentFile(zip->file);
    unzClose(zip->file);
    mem_free(zip);
}

bool xlsx_zip_has(struct xlsx_zip *zip, const char *path)
{
    return unzLocateFile(zip->file, path, 2) == UNZ_OK; // 2: letters without case
}

enum err xlsx_part_open(struct xlsx_zip *zip, const char *path, struct error *e)
{
    char what[128];
    snprintf(what, sizeof what, "its part %.80s is missing or unreadable", path);
    unz_file_info64 about;
    if (zip->open)
        unzCloseCurrentFile(zip->file);
    zip->open = false;
    if (!xlsx_zip_has(zip, path) ||
        unzGetCurrentFileInfo64(zip->file, &about, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK)
        return xlsx_damaged(zip->name, e, what);
    if (about.flag & 1) {
        (void)error_set(e, ERR_INPUT, "table.binary", zip->name,
                        "the archive is protected by a password");
        return error_cure(e, "Remove the password and save it again.");
    }
    if (unzOpenCurrentFile(zip->file) != UNZ_OK)
        return xlsx_damaged(zip->name, e, what);
    zip->open = true;
    zip->packed = about.compressed_size;
    zip->expected = about.uncompressed_size;
    zip->unpacked = 0;
    return ERR_OK;
}

enum err xlsx_part_read(struct xlsx_zip *zip, void *to, size_t size, size_t *got,
                        struct error *e)
{
    *got = 0;
    if (!zip->open)
        return ERR_OK;
    int k = unzReadCurrentFile(zip->file, to, (unsigned)size);
    if (k < 0)
        return xlsx_damaged(zip->name, e, "a part cannot be unpacked");
    zip->unpacked += (uint64_t)k;
    zip->all_unpacked += (uint64_t)k;
    if (zip->all_unpacked > unpacked_limit ||
        (zip->unpacked > ratio_free && zip->unpacked / RATIO_LIMIT > zip->packed)) {
        (void)error_set(e, ERR_INPUT, "xlsx.limit", zip->name,
                        "the workbook unpacks to more than %" PRIu64 " MB from %" PRIu64
                        " bytes; a real table does not",
                        zip->unpacked >> 20, zip->packed);
        return error_cure(e, "Save the sheet as CSV if the file is to be trusted.");
    }
    *got = (size_t)k;
    if (k == 0) {
        zip->open = false;
        if (unzCloseCurrentFile(zip->file) != UNZ_OK)
            return xlsx_damaged(zip->name, e, "a checksum is wrong");
    }
    return ERR_OK;
}

double xlsx_part_progress(const struct xlsx_zip *zip)
{
    if (!zip->open || zip->expected == 0)
        return 1;
    double share = (double)zip->unpacked / (double)zip->expected;
    return share < 1 ? share : 1;
}

static void *parser_alloc(size_t size)
{
    return mem_alloc(1, size);
}

static void *parser_resize(void *block, size_t size)
{
    return mem_resize(block, size, 1);
}

// XML_UseParserAsHandlerArg would take the user's pointer from the other handlers; the
// user's structure begins with its parser instead.
static void refuse_doctype(void *user, const char *name, const char *system,
                           const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    XML_StopParser(*(XML_Parser *)user, XML_FALSE);
}

XML_Parser xlsx_parser(void *user, XML_StartElementHandler start,
                       XML_EndElementHandler end, XML_CharacterDataHandler text)
{
    static const XML_Memory_Handling_Suite memory = {parser_alloc, parser_resize,
                                                     mem_free_wiped};
    XML_Parser parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (!parser)
        return NULL;
    XML_SetUserData(parser, user);
    XML_SetElementHandler(parser, start, end);
    XML_SetCharacterDataHandler(parser, text);
    XML_SetStartDoctypeDeclHandler(parser, refuse_doctype);
    return parser;
}

enum err xlsx_parse_error(struct xlsx_zip *zip, XML_Parser parser, struct error *e)
{
    enum XML_Error code = XML_GetErrorCode(parser);
    if (code == XML_ERROR_NO_MEMORY)
        return error_memory(e);
    char what[160];
    snprintf(what, sizeof what, "line %lu of a part: %s",
             XML_GetCurrentLineNumber(parser), XML_ErrorString(code));
    return xlsx_damaged(zip->name, e, what);
}

enum err xlsx_part_parse(struct xlsx_zip *zip, const char *path, XML_Parser parser,
                         struct error *e)
{
    enum err code = xlsx_part_open(zip, path, e);
    for (size_t got = 1; !code && got > 0;) {
        void *block = XML_GetBuffer(parser, PARSE_BLOCK);
        if (!block)
            return error_memory(e);
        code = xlsx_part_read(zip, block, PARSE_BLOCK, &got, e);
        if (!code && XML_ParseBuffer(parser, (int)got, got == 0) != XML_STATUS_OK)
            code = xlsx_parse_error(zip, parser, e);
    }
    return code;
}

const char *xlsx_local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *xlsx_attribute(const char *const *attributes, const char *name)
{
    const char *prefixed = NULL;
    for (size_t i = 0; attributes[i]; i += 2) {
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
        if (strcmp(xlsx_local_name(attributes[i]), name) == 0)
            prefixed = attributes[i + 1];
    }
    return prefixed;
}
