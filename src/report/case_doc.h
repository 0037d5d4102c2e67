// SPDX-License-Identifier: AGPL-3.0-or-later
// The file of a case (study/case_file.h) as a document: cover, which required papers are
// missing, index with the page, the size and the BLAKE2b-256 hash of every file, history
// of moves, findings and visits, what each paper says, pictures each on its page, and the
// hashes by which all of it can be proved. Files that are no pictures are listed, not
// shown: the pages of a PDF cannot be set into another here. case_doc_zip writes the
// originals beside the PDF.
#ifndef REPORT_CASE_DOC_H
#define REPORT_CASE_DOC_H

#include "report/doc.h"
#include "study/case_file.h"

// Reads the files that are shown (ERR_CORRUPT: their bytes are
// not those that came in). Everything is in the arena.
enum err case_doc_make(const struct measure *m, struct arena *a,
                       const struct case_file *f, bool zh, struct doc **out,
                       struct error *e) WARN_UNUSED;
// index.csv, case.pdf and the originals of all files as files/NUMBER-NAME; of those that
// were struck, or whose paper was, as struck/NUMBER-NAME.
enum err case_doc_zip(const struct measure *m, struct arena *a, const struct case_file *f,
                      bool zh, const char *path, struct error *e) WARN_UNUSED;

#endif
