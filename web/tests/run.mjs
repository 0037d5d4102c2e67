// SPDX-License-Identifier: AGPL-3.0-or-later
// Bundles every *.test.ts beside it and runs them with node's own test runner; TAP on stdout.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(here).filter((name) => name.endsWith('.test.ts'));
const out = mkdtempSync(join(tmpdir(), 'heng-unit-'));
await build({
  entryPoints: names.map((name) => join(here, name)),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'error',
});
const files = readdirSync(out).map((name) => join(out, name));
const run = spawnSync(process.execPath, ['--test', '--test-reporter=tap', ...files], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, HENG_SOURCE: process.env.HENG_SOURCE ?? join(here, '../..') },
});
rmSync(out, { recursive: true, force: true });
process.exit(run.status ?? 1);
