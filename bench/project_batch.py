# SPDX-License-Identifier: AGPL-3.0-or-later
# The same work as project_batch.c in NumPy, for the time it takes: arrays by trajectory,
# survival interpolated from a table by life expectancy, quantiles by partition.
#   python3 bench/project_batch.py AREAS TRAJECTORIES
import resource
import sys
import time

import numpy as np

areas, n = int(sys.argv[1]), int(sys.argv[2])
AGES, STEPS, ROWS = 21, 16, 601


def table(best):
    a = np.arange(AGES + 1)[:, None]
    level = np.exp((best - 40 - .1 * np.arange(ROWS)) / 12)[None, :]
    rate = np.where(a > 0, .00002 * np.exp(.5 * a), .01) * level
    return np.exp(-5 * np.minimum(rate, 2))


def look_up(t, e0):
    x = np.clip((e0 - 40) / .1, 0, ROWS - 1)
    i = np.minimum(x.astype(np.int64), ROWS - 2)
    w = x - i
    return t[:, i] * (1 - w) + t[:, i + 1] * w


tables = [table(80), table(76)]
share = np.zeros(AGES)
share[3:10] = [.01, .18, .38, .28, .11, .03, .01]
start = 20000 * np.exp(-.0025 * np.arange(AGES) ** 2.)
moving = np.where((np.arange(AGES) >= 3) & (np.arange(AGES) < 8), .1, 0)
began, clock = time.process_time(), time.time()
for area in range(areas):
    g = np.random.default_rng([1, area])
    tfr = np.maximum(1.4 + .2 * g.standard_normal(n) + np.cumsum(.1 * g.standard_normal((STEPS, n)), 0), .5)
    men = 76 + np.cumsum(.5 + .4 * g.standard_normal((STEPS, n)), 0)
    women = men + 5 + np.cumsum(.1 * g.standard_normal((STEPS, n)), 0)
    net = 2000 * g.standard_normal((STEPS, n))
    people = [np.repeat(start[:, None], n, 1) for _ in range(2)]
    kept = np.empty((8, STEPS + 1, n))
    born = dead = np.zeros(n)
    for t in range(STEPS + 1):
        both = people[0] + people[1]
        kept[:, t] = [both.sum(0), both[:3].sum(0), both[3:13].sum(0), both[13:].sum(0),
                      both[16:].sum(0), people[0].sum(0), born, dead]
        if t == STEPS:
            break
        ratios = [look_up(tables[0], women[t]), look_up(tables[1], men[t])]
        half = .5 * moving[:, None] * net[t]
        began_with, dead = people, np.zeros(n)
        people = []
        for s, p in zip(ratios, began_with):
            to = np.empty_like(p)
            here = p[:-1] + half[1:]
            to[1:] = here * s[1:AGES]
            dead = dead + (here - to[1:]).sum(0) + p[-1] * (1 - s[AGES])
            to[-1] += p[-1] * s[AGES]
            to[1:] += half[1:]
            people.append(to)
        people[0][0] = 0
        births = .5 * tfr[t] * (share[:, None] * (began_with[0] + people[0])).sum(0)
        girls = births / 2.08
        born = births
        for s, p, b in zip(ratios, people, [girls, births - girls]):
            p[0] = b * s[0]
            dead = dead + b * (1 - s[0])
    q = np.quantile(kept, [.025, .1, .5, .9, .975], axis=2)
    if area == 0:
        first = q[:, 0, STEPS]
mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{areas} areas x {n} trajectories, 8 measures, NumPy: {time.time() - clock:.2f} s, processor "
      f"{time.process_time() - began:.2f} s, {mb:.0f} MB; first area in 2100: {first[2]:.1f} ({first[0]:.1f}-{first[4]:.1f})")
