// SPDX-License-Identifier: AGPL-3.0-or-later
// A county that never was: raw files as real offices send them, and the truth behind
// them.
//
// demo_write simulates people, births and deaths one by one and then lets each office
// write down what it saw of them in its own way: its own columns, date forms and
// encoding, names with variants, duplicates, gaps, values that cannot be. The folder gets
// the files, README.txt, import.txt (one `register file source` a line, `-` for no
// source, in the order of importing; behind it the day on which the file came in, where
// that matters), moves.csv (what was done of the rows, for `heng moves`) and truth/ (what
// was planted where; only tests read it).
//
// The same options give the same bytes on any machine: integer arithmetic only, no
// locale, no time of day, and every fact drawn by its own key (draw.h). All people,
// places and codes are invented (province code 97 is not in use).
//
// One call, one thread; memory about 40 bytes a person.
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "base/date.h"

typedef void demo_progress(void *argument, double done); // 0 to 1

struct demo_options {
    // Made when absent (its parent must exist); files of ours are replaced.
    const char *folder;
    int64_t people; // at the start: 1,000 to 5,000,000; 0: 320,000
    int first_year; // 0: 2010; 1990 to 2100
    int years;      // 0: 5; 1 to 20
    uint64_t seed;  // 0: 2014
    // The offices' files as they stood at the end of this day: what was born, written or
    // received later is not in them; what came before is the same. 0: everything. Not
    // before 31 January of the last year. `heng demo` gives date_today(), so that an
    // import on that day finds nothing of the future but what was planted.
    int32_t until;
    demo_progress *progress; // may be NULL
    void *argument;
};

// ERR_USAGE (no folder, a number out of its range), ERR_IO, ERR_FULL, ERR_FORBIDDEN,
// ERR_NOT_FOUND (the parent folder), ERR_MEMORY. After an error the folder may hold some
// of the files; import.txt is written last, so a folder without it is not whole.
enum err demo_write(const struct demo_options *options, struct error *e) WARN_UNUSED;

#endif
