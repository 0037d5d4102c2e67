// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything about a facility (study/facility_file.h) as a document: what it is, what is
// running out, licences, devices, credentials, visits with scores, findings, cases,
// audits, stock, signals, each register of the pack a table. In English and in Chinese.
#ifndef REPORT_FACILITY_DOC_H
#define REPORT_FACILITY_DOC_H

#include "report/doc.h"
#include "study/facility_file.h"

// ERR_MEMORY. Everything is in the arena.
enum err facility_doc_make(const struct measure *m, struct arena *a,
                           const struct facility_file *f, bool zh, struct doc **out,
                           struct error *e) WARN_UNUSED;

#endif
