# SPDX-License-Identifier: AGPL-3.0-or-later
"""rapidfuzz over the pairs that bench_comparators wrote: its speed, and that the values agree.

process.cpdist takes the pairs as they are, one thread. process.cdist compares every text of a
list with every other by SIMD, many at once: another task, which shows what a core can do.
"""
import sys
import time

import numpy
import rapidfuzz
from rapidfuzz import process
from rapidfuzz.distance import OSA, DamerauLevenshtein, JaroWinkler, Levenshtein

RUNS = 3


def read(path):
    texts, columns = {}, [[] for _ in range(6)]
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            for i in range(2):
                columns[i].append(texts.setdefault(cells[i], cells[i]))
            for i in range(2, 6):
                columns[i].append(float(cells[i]))
    return columns, list(texts)


def best(run):
    seconds = []
    for _ in range(RUNS):
        start = time.process_time()
        found = run()
        seconds.append(time.process_time() - start)
    return min(seconds), found


def main():
    (a, b, *values), texts = read(sys.argv[1])
    some = texts[:4000]
    tasks = [
        ("Jaro-Winkler", JaroWinkler.similarity, None, values[0], numpy.float64),
        ("Levenshtein, up to 2", Levenshtein.distance, 2, values[1], numpy.int32),
        ("Levenshtein, up to 1", Levenshtein.distance, 1, values[1], numpy.int32),
        ("Levenshtein, no cut-off", Levenshtein.distance, None, values[1], numpy.int32),
        ("OSA, up to 2", OSA.distance, 2, values[2], numpy.int32),
        ("OSA, no cut-off", OSA.distance, None, values[2], numpy.int32),
        ("Damerau, no cut-off", DamerauLevenshtein.distance, None, values[3], numpy.int32),
    ]
    print(f"rapidfuzz {rapidfuzz.__version__}, {len(a)} pairs\n")
    print("| comparator | pairs as given, M pairs/s | every pair of a list (SIMD), M pairs/s "
          "| values that differ from ours |")
    print("| --- | ---: | ---: | ---: |")
    for name, scorer, cut, ours, dtype in tasks:
        pairs_s, found = best(lambda: process.cpdist(
            a, b, scorer=scorer, score_cutoff=cut, workers=1, dtype=dtype))
        list_s, _ = best(lambda: process.cdist(
            some, some, scorer=scorer, score_cutoff=cut, workers=1))
        expected = numpy.asarray(ours)
        if cut is not None:
            expected = numpy.minimum(expected, cut + 1)
        differ = int((numpy.abs(found - expected) > 1e-12).sum())
        print(f"| {name} | {len(a) / pairs_s / 1e6:.1f} | "
              f"{len(some) ** 2 / list_s / 1e6:.1f} | {differ} |")
        if differ:
            sys.exit(f"comparators_peer: {name} differs from rapidfuzz in {differ} pairs")


main()
