// SPDX-License-Identifier: AGPL-3.0-or-later
// Sources to web/dist: hashed ES modules (a page is a chunk, so are the charts), one sheet of styles, icons, the manifest and the service
// worker. dist/assets.json, written last, names every file and every source; the server's build reads it.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { iconPng, iconSvg } from './tools/icon.mjs';

process.chdir(dirname(fileURLToPath(import.meta.url)));
const out = 'dist.new';
rmSync(out, { recursive: true, force: true });
mkdirSync(out);

// As they are now, so that the server's build can tell when they are others.
const filesOf = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => !name.startsWith('.'))
        .flatMap((name) => filesOf(`${path}/${name}`))
    : [path];
const sources = Object.fromEntries(
  ['src', 'tools', 'build.mjs', 'package.json', 'package-lock.json']
    .flatMap(filesOf)
    .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
);

const common = {
  bundle: true,
  minify: true,
  target: ['chrome88', 'edge88', 'firefox88', 'safari14.1'],
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

// A file that is asked for costs the page more than what stands in it, so what pages share comes with what every page needs, where it is
// small; what is drawn with is a file of its own, for the pages that draw. esbuild puts together what the same pages import: each page
// is made to import these, from what a first build tells.
const small = 8000;
async function bundle(more) {
  return build({
    ...common,
    entryPoints: { app: 'src/main.tsx' },
    outdir: out,
    format: 'esm',
    splitting: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name].[hash]',
    chunkNames: '[name].[hash]',
    write: Boolean(more),
    plugins: more ? [{ name: 'together', setup: (build) => build.onLoad({ filter: /\/src\/.*\.tsx$/ }, more) }] : [],
  });
}
/** A script with all that it imports, but not what it imports when asked for. -> paths of `out` */
function follow(outputs, path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const one of outputs[path].imports) if (one.kind === 'import-statement') follow(outputs, one.path, found);
  return found;
}
const pagesOf = (outputs) => Object.entries(outputs).filter(([, { entryPoint }]) => entryPoint?.startsWith('src/pages/'));
function gather({ outputs }) {
  const sources = (keep) => [
    ...new Set(
      Object.entries(outputs)
        .filter(keep)
        .flatMap(([, about]) => Object.keys(about.inputs)),
    ),
  ];
  const isShared = ([, { entryPoint }]) => !entryPoint;
  const isDrawn = (source) => source.startsWith('src/draw/');
  const base = sources((one) => isShared(one) && one[1].bytes < small).filter((one) => !isDrawn(one));
  const drawn = sources(isShared).filter(isDrawn);
  const drawing = pagesOf(outputs).filter(([path]) =>
    [...follow(outputs, path)].some((one) => !outputs[one].entryPoint && Object.keys(outputs[one].inputs).some(isDrawn)),
  );
  const of = new Map([['src/main.tsx', base], ...pagesOf(outputs).map(([, { entryPoint }]) => [entryPoint, ['src/main.tsx', ...base]])]);
  for (const [, { entryPoint }] of drawing) of.get(entryPoint).push(...drawn);
  return ({ path }) => {
    const more = of.get(relative('.', path));
    const imports = (more ?? []).map((one) => `import ${JSON.stringify(resolve(one))};`);
    return more && { contents: `${readFileSync(path, 'utf8')}\n${imports.join('\n')}`, loader: 'tsx' };
  };
}
const script = await bundle(gather((await bundle()).metafile));
const style = await build({
  ...common,
  entryPoints: { app: 'src/style/index.css' },
  outdir: out,
  entryNames: '[name].[hash]',
});

const entryOf = (result, source) =>
  Object.entries(result.metafile.outputs)
    .find(([, about]) => about.entryPoint === source)[0]
    .slice(out.length + 1);
// Of the entry nothing is left but the import of what all pages stand on.
const stub = entryOf(script, 'src/main.tsx');
const appScript = script.metafile.outputs[`${out}/${stub}`].imports
  .find((one) => one.kind === 'import-statement')
  .path.slice(out.length + 1);
rmSync(join(out, stub));
const appStyle = entryOf(style, 'src/style/index.css');
const write = (name, content) => writeFileSync(join(out, name), content);

write('icon.svg', iconSvg());
for (const size of [96, 192, 512]) write(`icon-${size}.png`, iconPng(size));
write('manifest.webmanifest', readFileSync('src/manifest.json'));
const first = follow(script.metafile.outputs, join(out, appScript));
const addresses = (paths) => [...paths].map((path) => path.slice(out.length));

// What the first page needs is asked for at once, not one import after the other: what every page needs by the page, a page's own files
// by the first script, which sees the address.
const own = {};
for (const [path, { entryPoint }] of Object.entries(script.metafile.outputs)) {
  const name = entryPoint?.match(/^src\/pages\/(\w+(?:\/\w+)?)\.tsx$/)?.[1];
  if (name) own[name] = addresses(follow(script.metafile.outputs, path)).filter((one) => !first.has(out + one));
}
const start = await build({
  ...common,
  entryPoints: { start: 'src/start.ts' },
  outdir: out,
  entryNames: '[name].[hash]',
  format: 'iife',
  define: { PAGE_FILES: JSON.stringify(own) },
});
const appStart = entryOf(start, 'src/start.ts');
const preload = addresses(first)
  .filter((one) => one !== `/${appScript}`)
  .map((one) => `<link rel="modulepreload" href="${one}">`)
  .join('\n');
write(
  'index.html',
  readFileSync('src/index.html', 'utf8')
    .replace('<!--preload-->', preload)
    .replace('start.js', appStart)
    .replace('app.js', appScript)
    .replace('app.css', appStyle),
);

// The service worker keeps all of these: its own name must not change, so it is told their names and one hash over all.
const kept = readdirSync(out).sort();
const all = createHash('sha256');
for (const name of kept) all.update(name).update(readFileSync(join(out, name)));
await build({
  ...common,
  entryPoints: { sw: 'src/offline/sw.ts' },
  outdir: out,
  format: 'iife',
  define: {
    BUILD_FILES: JSON.stringify(kept.map((name) => `/${name === 'index.html' ? '' : name}`)),
    BUILD_HASH: JSON.stringify(all.digest('hex').slice(0, 16)),
  },
});

const names = readdirSync(out).sort();
write('assets.json', `${JSON.stringify({ files: names, sources }, null, 1)}\n`);
rmSync('dist', { recursive: true, force: true });
renameSync(out, 'dist');

// What a first visit loads.
const packed = (path) => gzipSync(readFileSync(path.replace(out, 'dist')), { level: 9 }).length;
let total = [appStart, appStyle, 'index.html'].reduce((sum, name) => sum + packed(join(out, name)), 0);
for (const path of first) total += packed(path);
const size = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
for (const name of names.filter((one) => /\.(js|css)$/.test(one)))
  console.log(name.padEnd(36), size(statSync(join('dist', name)).size).padStart(10), size(packed(join(out, name))).padStart(10));
console.log(`first load, gzip: ${size(total)}`);
if (total > 150000) {
  console.error('build: the first load must stay under 150 kB');
  process.exit(1);
}
