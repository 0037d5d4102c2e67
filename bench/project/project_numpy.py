# SPDX-License-Identifier: AGPL-3.0-or-later
"""The country of project.c by NumPy, a step at a time, ages as vectors."""
import time

import numpy as np

AGES, STEPS, RUNS = 101, 80, 20
x = np.arange(AGES)
people = [1000 * np.exp(-0.01 * x) + sex for sex in (0, 1)]
fertility = np.where((x > 14) & (x < 50), 0.13 * np.exp(-0.5 * ((x - 28) / 5.5) ** 2), 0)
migrants = np.where((x > 17) & (x < 40), -0.5, 0.0)


def survival(sex, t):
    m = np.exp(-9.5 + 0.095 * x - 0.01 * t + 0.3 * sex) + np.where(x == 0, 0.01, 0)
    c, k = ((0.05, 3.0), (0.0425, 2.875))[sex]
    b = 1 + (1 - c) * m[0]
    q = m[:-1] / (1 + 0.5 * m[:-1])
    q[0] = (b - np.sqrt(b * b - 4 * k * m[0] ** 2)) / (2 * k * m[0])
    l = np.concatenate([[1], np.cumprod(1 - q)])
    lived = np.append(l[1:] + 0.5 * (l[:-1] - l[1:]), l[-1] / m[-1])
    lived[0] = 1 - (1 - c - k * q[0]) * q[0]
    s = np.empty(AGES)
    s[0] = lived[0]
    s[1:-1] = lived[1:-1] / lived[:-2]
    s[-1] = lived[-1] / (lived[-2] + lived[-1])
    return s


def project(ratios):
    now = [p.copy() for p in people]
    for t in range(STEPS):
        after = []
        for sex in (0, 1):
            n = np.empty(AGES)
            s = ratios[sex][t]
            n[1:] = now[sex][:-1] * s[1:]
            n[-1] += now[sex][-1] * s[-1]
            n[0] = 0
            after.append(n + migrants)
        born = np.sum(fertility * (now[0] + after[0]) / 2)
        after[0][0] += born / 2.05 * ratios[0][t][0]
        after[1][0] += born * 1.05 / 2.05 * ratios[1][t][0]
        now = after
    return now


begun = time.process_time()
ratios = [[survival(sex, t) for t in range(STEPS)] for sex in (0, 1)]
tables = time.process_time() - begun
begun = time.process_time()
for _ in range(RUNS):
    end = project(ratios)
run = (time.process_time() - begun) / RUNS
print(f"NumPy {np.__version__}: {1000 * run:.3f} ms of the processor; 160 life tables: "
      f"{1000 * tables:.3f} ms; population at the end {end[0].sum() + end[1].sum():.6f}")
