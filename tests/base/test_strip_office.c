// SPDX-License-Identifier: AGPL-3.0-or-later
// Office files: what was planted in every place where programs note people, times and
// folders is gone, packed or not, and what the document says is there. The files are made
// here, with the parts and names that Word, Excel, PowerPoint and LibreOffice write.
#include <stdio.h>
#include <stdlib.h>

#include "../tap.h"
#include "base/rng.h"
#include "strip_files.h"

static struct arena arena;
static struct error error;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

#define XML                                                                              \
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<!-- PLANTED -->"
#define W                                                                                \
    " xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""          \
    " xmlns:w14=\"http://schemas.microsoft.com/office/word/2010/wordml\""                \
    " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""   \
    " xmlns:wp=\"wp\" xmlns:pic=\"pic\" xmlns:a=\"a\" xmlns:mc=\"mc\""
#define RELS                                                                             \
    "<Relationships "                                                                    \
    "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
#define TYPES                                                                            \
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define PART(name, text)                                                                 \
    {                                                                                    \
        name,                                                                            \
        {                                                                                \
            text, sizeof(text) - 1                                                       \
        }                                                                                \
    }

static const char jpeg[] = "\xFF\xD8\xFF\xFE\0\x0APLANTED!"
                           "\xFF\xC0\0\x0B\x08\0\x10\0\x10\x01\x01\x11\0"
                           "\xFF\xDA\0\x08\x01\x01\0\0\x3F\0\x12\x34\xFF\xD9";

static const struct made_part word[] = {
    PART("[Content_Types].xml", XML TYPES
         "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
         "<Override PartName=\"/word/document.xml\" ContentType=\"main\"/>"
         "<Override PartName=\"/docProps/core.xml\" ContentType=\"core\"/>"
         "<Override PartName=\"/word/people.xml\" ContentType=\"people\"/></Types>"),
    PART("_rels/.rels", XML RELS
         "<Relationship Id=\"rId1\" Type=\"" OFFICE "officeDocument\""
         " Target=\"word/document.xml\"/><Relationship Id=\"rId2\""
         " Type=\"core-properties\" Target=\"docProps/core.xml\"/></Relationships>"),
    PART("docProps/core.xml", XML "<c><creator>PLANTED</creator><lastModifiedBy>PLANTED"
                                  "</lastModifiedBy></c>"),
    PART("docProps/app.xml", XML "<p><Company>PLANTED</Company></p>"),
    PART("docProps/custom.xml", XML "<p>PLANTED</p>"),
    PART("docProps/thumbnail.jpeg", "PLANTED"),
    PART("customXml/item1.xml", XML "<p>PLANTED</p>"),
    PART("customXml/_rels/item1.xml.rels", XML RELS "</Relationships>"),
    PART("word/people.xml", XML "<p>PLANTED</p>"),
    PART("word/commentsExtended.xml", XML "<p>PLANTED</p>"),
    PART("word/embeddings/Microsoft_Excel_Sheet.xlsx", "PLANTED"),
    PART("word/document.xml", XML
         "<w:document" W "><w:body><w:p w:rsidR=\"00PLANTED\" w14:paraId=\"PLANTED\">"
         "<w:ins w:id=\"1\" w:author=\"PLANTED Li\" w:date=\"PLANTED-06-05T10:11:12Z\">"
         "<w:r w:rsidRPr=\"00PLANTED\"><w:t xml:space=\"preserve\"> 300 &amp; more\r\n"
         "yuan </w:t></w:r></w:ins><w:hyperlink r:id=\"rId4\"><w:r><w:t>web</w:t></w:r>"
         "</w:hyperlink><w:r><w:instrText>INCLUDEPICTURE \"C:\\Users\\PLANTED\\a.png\""
         "</w:instrText></w:r><w:r><w:instrText> PAGE </w:instrText></w:r></w:p>"
         "<?PLANTED x?><w:p><wp:docPr id=\"1\" name=\"PLANTED.jpg\""
         " descr=\"C:\\Users\\PLANTED\\IMG_1.jpg\"/><pic:cNvPr id=\"0\""
         " name=\"PLANTED.jpg\"/><a:blip r:embed=\"rId5\"/><a:extLst><a:ext>PLANTED"
         "</a:ext></a:extLst></w:p><w:commentRangeStart w:id=\"0\"/></w:body>"
         "</w:document>"),
    PART("word/_rels/document.xml.rels",
         XML RELS "<Relationship Id=\"rId1\" Type=\"people\" Target=\"people.xml\"/>"
                  "<Relationship Id=\"rId2\" Type=\"customXml\""
                  " Target=\"../customXml/item1.xml\"/>"
                  "<Relationship Id=\"rId3\" Type=\"" OFFICE "hyperlink\""
                  " Target=\"file:///C:/Users/PLANTED/x.doc\" TargetMode=\"External\"/>"
                  "<Relationship Id=\"rId4\" Type=\"" OFFICE "hyperlink\""
                  " Target=\"http://example.org/a?b=1&amp;c=2\" TargetMode=\"External\"/>"
                  "<Relationship Id=\"rId5\" Type=\"" OFFICE "image\""
                  " Target=\"media/PLANTED.jpg\"/>"
                  "<Relationship Id=\"rId6\" Type=\"" OFFICE "image\""
                  " Target=\"http://PLANTED.example/pixel.png\" TargetMode=\"External\"/>"
                  "</Relationships>"),
    PART("word/media/PLANTED.jpg", jpeg),
    PART("word/comments.xml",
         XML "<w:comments" W "><w:comment w:id=\"0\" w:initials=\"PLANTED\""
             " w:author=\"PLANTED\" w:date=\"PLANTED\"><w:p><w:r>"
             "<w:t>see the receipt</w:t></w:r></w:p></w:comment>"
             "</w:comments>"),
    PART("word/settings.xml", XML
         "<w:settings" W "><w:zoom w:percent=\"100\"/><w:attachedTemplate r:id=\"rId1\"/>"
         "<w:rsids><w:rsidRoot w:val=\"00PLANTED\"/></w:rsids><w:docVars><w:docVar"
         " w:name=\"a\" w:val=\"PLANTED\"/></w:docVars><w14:docId w14:val=\"PLANTED\"/>"
         "</w:settings>"),
    PART("word/_rels/settings.xml.rels", XML RELS
         "<Relationship Id=\"rId1\" Type=\"" OFFICE "attachedTemplate\" Target=\""
         "file:///C:/Users/PLANTED/Normal.dotm\" TargetMode=\"External\"/>"
         "</Relationships>"),
};

static const struct made_part sheet[] = {
    PART("[Content_Types].xml", XML TYPES "<Override PartName=\"/xl/workbook.xml\""
                                          " ContentType=\"main\"/></Types>"),
    PART("_rels/.rels", XML RELS "<Relationship Id=\"rId1\" Type=\"" OFFICE
                                 "officeDocument\" Target=\"/xl/workbook.xml\"/>"
                                 "</Relationships>"),
    PART("xl/workbook.xml",
         XML "<workbook xmlns=\"s\" xmlns:mc=\"mc\" xmlns:x15ac=\"x\" xmlns:xr=\"xr\">"
             "<fileVersion appName=\"PLANTED\"/><fileSharing userName=\"PLANTED\"/>"
             "<mc:AlternateContent><mc:Choice Requires=\"x15\"><x15ac:absPath"
             " url=\"C:\\PLANTED\\\"/></mc:Choice></mc:AlternateContent>"
             "<xr:revisionPtr documentId=\"PLANTED\"/><customWorkbookViews>"
             "<customWorkbookView name=\"PLANTED\"/></customWorkbookViews>"
             "<sheets><sheet name=\"Fees\" sheetId=\"1\"/></sheets></workbook>"),
    PART("xl/worksheets/sheet1.xml", XML
         "<worksheet xmlns=\"s\" xmlns:r=\"r\" xmlns:xr=\"xr\" xr:uid=\"{PLANTED}\">"
         "<c r=\"A1\"><v>300</v></c><pageSetup orientation=\"portrait\" r:id=\"rId1\"/>"
         "</worksheet>"),
    PART("xl/worksheets/_rels/sheet1.xml.rels", XML RELS
         "<Relationship Id=\"rId1\" Type=\"" OFFICE "printerSettings\""
         " Target=\"../printerSettings/printerSettings1.bin\"/></Relationships>"),
    PART("xl/printerSettings/printerSettings1.bin", "PLANTED"),
    PART("xl/persons/person.xml", XML "<p>PLANTED</p>"),
    PART("xl/comments1.xml", XML
         "<comments xmlns=\"s\"><authors><author>PLANTED Li</author><author/></authors>"
         "<commentList><comment ref=\"A1\" authorId=\"0\"><text><r><rPr><b/></rPr>"
         "<t>PLANTED Li:</t></r><r><t>\nsee the receipt</t></r></text></comment>"
         "</commentList></comments>"),
};

static const struct made_part slides[] = {
    PART("[Content_Types].xml", XML TYPES "</Types>"),
    PART("_rels/.rels", XML RELS "<Relationship Id=\"rId1\" Type=\"" OFFICE
                                 "officeDocument\" Target=\"ppt/presentation.xml\"/>"
                                 "</Relationships>"),
    PART("ppt/presentation.xml", XML "<p:presentation xmlns:p=\"p\"><p:modifyVerifier"
                                     " hash=\"PLANTED\"/></p:presentation>"),
    PART("ppt/slides/slide1.xml",
         XML "<p:sld xmlns:p=\"p\" xmlns:a=\"a\"><p:cNvPr id=\"2\" name=\"PLANTED\""
             " title=\"PLANTED\"/><a:t>fees</a:t><p:custDataLst>PLANTED</p:custDataLst>"
             "</p:sld>"),
    PART("ppt/commentAuthors.xml", XML "<p:cmAuthorLst xmlns:p=\"p\"><p:cmAuthor id=\"0\""
                                       " name=\"PLANTED\" initials=\"PLANTED\"/>"
                                       "</p:cmAuthorLst>"),
    PART("ppt/comments/comment1.xml",
         XML "<p:cmLst xmlns:p=\"p\"><p:cm authorId=\"0\""
             " dt=\"PLANTED\"><p:text>see the receipt</p:text>"
             "</p:cm></p:cmLst>"),
    PART("ppt/tags/tag1.xml", XML "<p>PLANTED</p>"),
    PART("docProps/thumbnail.jpeg", "PLANTED"),
};

#define ODF                                                                              \
    " xmlns:office=\"o\" xmlns:text=\"t\" xmlns:dc=\"d\" xmlns:meta=\"m\""               \
    " xmlns:draw=\"w\" xmlns:xlink=\"x\" xmlns:officeooo=\"oo\" xmlns:loext=\"l\""
static const struct made_part writer[] = {
    PART("mimetype", "application/vnd.oasis.opendocument.text"),
    PART("META-INF/manifest.xml",
         XML "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:"
             "manifest:1.0\"><manifest:file-entry manifest:full-path=\"/\""
             " manifest:media-type=\"application/vnd.oasis.opendocument.text\"/>"
             "<manifest:file-entry manifest:full-path=\"meta.xml\""
             " manifest:media-type=\"text/xml\"/><manifest:file-entry"
             " manifest:full-path=\"Pictures/PLANTED.jpg\""
             " manifest:media-type=\"image/jpeg\"/></manifest:manifest>"),
    PART("meta.xml", XML "<a>PLANTED</a>"),
    PART("settings.xml", XML "<a>PLANTED</a>"),
    PART("manifest.rdf", XML "<a>PLANTED</a>"),
    PART("layout-cache", "PLANTED"),
    PART("Thumbnails/thumbnail.png", "PLANTED"),
    PART("Configurations2/accelerator/current.xml", "PLANTED"),
    PART("Pictures/PLANTED.jpg", jpeg),
    PART("content.xml", XML
         "<office:document-content" ODF "><office:scripts>PLANTED</office:scripts>"
         "<text:changed-region><office:change-info><dc:creator>PLANTED</dc:creator>"
         "<dc:date>PLANTED</dc:date></office:change-info></text:changed-region>"
         "<text:p officeooo:rsid=\"PLANTED\" officeooo:paragraph-rsid=\"PLANTED\">300 "
         "yuan<office:annotation><dc:creator>PLANTED</dc:creator><dc:date>PLANTED"
         "</dc:date><loext:sender-initials>PLANTED</loext:sender-initials><text:p>see "
         "the receipt</text:p></office:annotation><text:a"
         " xlink:href=\"file:///home/PLANTED/x\">x</text:a><text:a"
         " xlink:href=\"http://example.org/\">web</text:a><draw:image"
         " xlink:href=\"Pictures/PLANTED.jpg\"/><draw:image"
         " xlink:href=\"http://PLANTED.example/a.png\"/></text:p>"
         "</office:document-content>"),
};

static const struct document {
    enum strip_kind kind;
    const struct made_part *parts;
    size_t n;
    const char *keeps[6];
} documents[] = {
    {STRIP_DOCX,
     word,
     sizeof word / sizeof *word,
     {" 300 &amp; more\nyuan ", "see the receipt", "http://example.org/a?b=1&amp;c=2",
      "\"/word/media/picture1.jpg\"", " PAGE ", "[word/media/picture1.jpg]"}},
    {STRIP_XLSX,
     sheet,
     sizeof sheet / sizeof *sheet,
     {"<v>300</v>", "see the receipt", "name=\"Fees\"", "orientation=\"portrait\""}},
    {STRIP_PPTX,
     slides,
     sizeof slides / sizeof *slides,
     {"<a:t>fees</a:t>", "see the receipt"}},
    {STRIP_ODT,
     writer,
     sizeof writer / sizeof *writer,
     {"300 yuan", "see the receipt", "http://example.org/", "\"Pictures/picture1.jpg\"",
      "[Pictures/picture1.jpg]", "full-path=\"Pictures/picture1.jpg\""}},
};
enum { DOCUMENTS = sizeof documents / sizeof *documents };

static void make(struct buf *b, const struct document *d)
{
    make_archive(b, d->parts, d->n);
}

static struct strip_result stripped(struct str bytes)
{
    struct strip_result out;
    if (strip_file(bytes, &arena, &out, &error))
        fail_msg("%s", error.text);
    return out;
}

static void nothing_planted_is_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        const struct document *d = &documents[i];
        struct buf b = BUF_INIT(1 << 20), whole = BUF_INIT(1 << 24);
        make(&b, d);
        unpack_all(buf_str(&b), &whole);
        assert_true(has_bytes(buf_str(&whole), PLANTED)); // the look finds it
        struct strip_result out = stripped(buf_str(&b));
        assert_int_equal(out.kind, d->kind);
        buf_clear(&whole);
        unpack_all(out.bytes, &whole);
        assert_false(has_bytes(out.bytes, PLANTED));
        if (has_bytes(buf_str(&whole), PLANTED))
            fail_msg("%s", buf_c(&whole));
        for (size_t k = 0; k < 6 && d->keeps[k]; k++)
            if (!has_bytes(buf_str(&whole), d->keeps[k]))
                fail_msg("%s is not in %s", d->keeps[k], buf_c(&whole));
        struct strip_result again = stripped(out.bytes); // once more changes nothing
        assert_int_equal(again.kind, out.kind);
        assert_true(str_equal(again.bytes, out.bytes));
        // one date, the first that an archive can say: day 1 of month 1 of 1980, 00:00
        for (size_t at = 0; at + 46 < out.bytes.n; at++)
            if (memcmp(out.bytes.p + at, "PK\1\2", 4) == 0)
                assert_memory_equal(out.bytes.p + at + 12, "\0\0\x21\0", 4);
        buf_free(&b);
        buf_free(&whole);
    }
}

// The document with one more part is refused with these words and the part's name.
static void refuses(const struct document *d, struct made_part more, const char *said)
{
    struct made_part parts[40];
    struct buf b = BUF_INIT(1 << 20);
    struct strip_result out;
    memcpy(parts, d->parts, d->n * sizeof *parts);
    parts[d->n] = more;
    make_archive(&b, parts, d->n + 1);
    assert_int_equal(strip_file(buf_str(&b), &arena, &out, &error), ERR_INPUT);
    if (!strstr(error.text, said) || !strstr(error.text, more.name))
        fail_msg("%s", error.text);
    assert_true(error.cure[0]);
    buf_free(&b);
}

static void what_is_not_known_is_refused_by_name(void **state)
{
    (void)state;
    const struct document *docx = &documents[0], *xlsx = &documents[1],
                          *odt = &documents[3];
    refuses(docx, (struct made_part)PART("word/vbaProject.bin", "x"), "macro");
    refuses(odt, (struct made_part)PART("Basic/script-lc.xml", "x"), "macro");
    refuses(docx, (struct made_part)PART("word/media/image9.emf", "x"),
            "may name people");
    refuses(docx, (struct made_part)PART("word/media/image9.png", "BM6..."), "picture");
    refuses(docx, (struct made_part)PART("word/embeddings/oleObject1.bin", "x"),
            "may name people");
    refuses(xlsx, (struct made_part)PART("xl/connections.xml", "<a/>"),
            "may name people");
    refuses(
        docx,
        (struct made_part)PART("word/header1.xml", "<a xmlns:o='o'><o:OLEObject/></a>"),
        "another file");
    refuses(xlsx,
            (struct made_part)PART("xl/worksheets/sheet2.xml",
                                   "<a><externalReferences/></a>"),
            "other workbooks");
}

static void damaged_parts_and_bombs_are_refused(void **state)
{
    (void)state;
    static char zeros[4 << 20];
    struct made_part bomb[24] = {PART("[Content_Types].xml", TYPES "</Types>"),
                                 PART("word/document.xml", "<a/>")};
    char names[24][32], deep[6000] = "";
    struct strip_result out;
    struct buf b = BUF_INIT(1 << 20);
    memset(zeros, ' ', sizeof zeros);
    for (size_t i = 2; i < 24; i++) { // 22 of 5 MiB pack to some KiB each
        snprintf(names[i], sizeof names[i], "word/header%zu.xml", i);
        bomb[i] = (struct made_part){names[i], {zeros, sizeof zeros}};
    }
    memcpy(zeros, "<a/>", 4);
    make_archive(&b, bomb, 24);
    assert_int_equal(strip_file(buf_str(&b), &arena, &out, &error), ERR_OK); // 88 MiB
    for (size_t i = 2; i < 24; i++)
        bomb[i].name = names[i];
    struct made_part more[48];
    char more_names[24][32];
    memcpy(more, bomb, sizeof bomb);
    for (size_t i = 0; i < 22; i++) {
        snprintf(more_names[i], sizeof more_names[i], "word/footer%zu.xml", i);
        more[24 + i] = (struct made_part){more_names[i], {zeros, sizeof zeros}};
    }
    buf_clear(&b);
    make_archive(&b, more, 46);
    assert_int_equal(strip_file(buf_str(&b), &arena, &out, &error), ERR_LIMIT);
    for (size_t i = 0; i < 1500; i++)
        memcpy(deep + 3 * i, "<a>", 3);
    struct made_part nested[] = {bomb[0], {"word/document.xml", {deep, 4500}}};
    buf_clear(&b);
    make_archive(&b, nested, 2);
    assert_int_equal(strip_file(buf_str(&b), &arena, &out, &error), ERR_INPUT);
    static const char entities[] = "<!DOCTYPE a [<!ENTITY b \"PLANTED\">]><a>&b;</a>";
    nested[1].bytes = (struct str){entities, sizeof entities - 1};
    buf_clear(&b);
    make_archive(&b, nested, 2);
    assert_int_equal(strip_file(buf_str(&b), &arena, &out, &error), ERR_INPUT);
    assert_string_equal(error.key, "strip.damaged");
    buf_free(&b);
}

static void half_and_altered_files_do_no_harm(void **state)
{
    (void)state;
    const uint64_t seed = 20261123;
    struct rng rng = rng_seed(seed);
    int taken = 0, refused = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t k = 0; k < DOCUMENTS; k++) {
        struct buf b = BUF_INIT(1 << 20);
        make(&b, &documents[k]);
        for (int i = 0; i < 500; i++) {
            struct arena a;
            struct strip_result out;
            arena_init(&a, 0);
            size_t n = i % 2 ? rng_below(&rng, b.n) : b.n;
            char *copy = malloc(n + !n);
            memcpy(copy, b.p, n);
            for (int m = i % 2 ? 0 : 1 + (int)rng_below(&rng, 3); m > 0 && n; m--)
                copy[rng_below(&rng, n)] = (char)rng_below(&rng, 256);
            enum err code = strip_file((struct str){copy, n}, &a, &out, &error);
            assert_true(code == ERR_OK || code == ERR_INPUT);
            *(code ? &refused : &taken) += 1;
            free(copy);
            arena_free(&a);
        }
        buf_free(&b);
    }
    print_message("%d taken, %d refused\n", taken, refused);
    assert_true(taken > 10 && refused > 500);
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    for (size_t k = 0; k < DOCUMENTS; k++) {
        struct buf b = BUF_INIT(1 << 20);
        bool done = false;
        make(&b, &documents[k]);
        for (int64_t n = 0; n < 3000 && !done; n++) {
            struct strip_result out;
            struct arena a;
            arena_init(&a, 0);
            mem_fail_after(n);
            enum err code = strip_file(buf_str(&b), &a, &out, &error);
            mem_fail_after(-1);
            if (code != ERR_OK && code != ERR_MEMORY)
                fail_msg("%d: %s", (int)n, error.text);
            done = !code;
            arena_free(&a);
        }
        assert_true(done);
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_planted_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_known_is_refused_by_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(damaged_parts_and_bombs_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(half_and_altered_files_do_no_harm, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(want_of_memory_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
