// SPDX-License-Identifier: AGPL-3.0-or-later
// What every fuzz target shares: the call that libFuzzer makes, and a main that makes it
// for the files of a corpus, so that the unit tests run the targets too.
//
// A target defines LLVMFuzzerTestOneInput and `corpus`. As a unit test it is linked with
// corpus.c, whose main runs the files and folders it is given: each file whole, cut off
// at many places, and with single bytes changed there. For libFuzzer, with clang, it is
// compiled without that main:
//   clang -fsanitize=fuzzer,address,undefined -DHENG_FUZZER fuzz_X.c corpus.c ...
// and given the folder of its corpus.
#ifndef TESTS_FUZZ_CORPUS_H
#define TESTS_FUZZ_CORPUS_H

#include "base/str.h"

struct corpus {
    struct str changes; // bytes put in place of others, one after the other
    size_t positions;   // places of a file that are cut and changed, about; 0: every byte
    const char *part;   // only files of a folder with this in their name; NULL: all
    void (*close)(void); // after the last file; may be NULL
};
extern const struct corpus corpus;

// 0. Stops the program where what must hold does not.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

// Says on standard error what is broken, and aborts.
void must(bool holds, const char *what);

#endif
