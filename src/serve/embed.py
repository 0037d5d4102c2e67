# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes a C file of the built pages: embed.py DIST OUT.c OUT.d

DIST/assets.json names the files; it is written last by web/build.mjs. Without it the table is
empty. OUT.d tells ninja what was read, so that new pages are embedded by the next build.

It names the sources too, with their hashes. Where they stand beside DIST and are others by now,
that is an error: old pages would be embedded in silence. Without the two outputs nothing else is
asked. No page is built here: that needs node, and the C does not.
"""
import gzip
import hashlib
import json
import pathlib
import re
import sys

TYPES = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.png': 'image/png',
    '.webmanifest': 'application/manifest+json',
    '.json': 'application/json',
}
SOURCES = ('src', 'tools', 'build.mjs', 'package.json', 'package-lock.json')
dist, *outputs = map(pathlib.Path, sys.argv[1:4])
listing = dist / 'assets.json'


def sources(web: pathlib.Path) -> list:
    """What the pages are made of: files, and folders for what may come into them."""
    found = []
    for top in (web / name for name in SOURCES):
        found += [top, *top.rglob('*')] if top.exists() else []
    return [one for one in found if not one.name.startswith('.')]


def check_sources(found: list, told: dict) -> None:
    web = dist.parent
    now = {one.relative_to(web).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest() for one in found if one.is_file()}
    other = sorted(name for name in {*now, *told} if now.get(name) != told.get(name))
    if now and other:
        sys.exit(f'{dist} was built from other sources than there are now ({len(other)} differ, {other[0]} for one):\n'
                 'build the pages with ./dev build, or: (cd web && npm run build)')


def literal(data: bytes) -> str:
    """A C string literal; a digit after an octal escape needs three octal digits before it."""
    plain = {byte: chr(byte) for byte in range(32, 127)} | {34: '\\"', 92: '\\\\', 63: '\\?'}
    text = [plain.get(byte) or f'\\{byte:03o}' for byte in data]
    lines = [''.join(text[i:i + 64]) for i in range(0, len(text), 64)]
    return '\n'.join(f'    "{line}"' for line in lines) or '    ""'


def text(value: str) -> str:
    """A struct str, as members: STR() is no constant to a static initialiser."""
    return '{' + literal(value.encode()).strip() + f', {len(value.encode())}}}'


about = json.loads(listing.read_text('utf-8')) if listing.exists() else {'files': []}
read = [listing, *sources(dist.parent)]
if listing.exists():
    check_sources(read[1:], about.get('sources', {}))
if not outputs:
    sys.exit(0 if listing.exists() else 1)
out, depends = outputs
rows, bodies = [], []
names = about['files']
paths = {name: '/' if name == 'index.html' else '/' + name for name in names}
for i, name in enumerate(sorted(names, key=lambda one: paths[one].encode())):
    path = dist / name
    read.append(path)
    body = path.read_bytes()
    packed = gzip.compress(body, 9, mtime=0)
    if len(packed) >= len(body) * 0.95:
        packed = b''
    etag = '"' + hashlib.sha256(body).hexdigest()[:24] + '"'
    kind = TYPES.get(path.suffix)
    if kind is None:
        sys.exit(f'{path}: of what kind is it? Add its ending to TYPES of embed.py')
    hashed = 'true' if re.search(r'\.[A-Z0-9]{8}\.', name) else 'false'
    bodies.append(f'static const char body_{i}[] =\n{literal(body)};\n')
    bodies.append(f'static const char gzip_{i}[] =\n{literal(packed)};\n')
    texts = [text(one) for one in (paths[name], kind, etag)]
    rows.append(
        f'    {{{texts[0]}, {texts[1]}, {{body_{i}, {len(body)}}}, {{gzip_{i}, {len(packed)}}}, '
        f'{texts[2]}, {hashed}}},\n')

out.write_text(
    '#include "serve/assets.h"\n\n' + '\n'.join(bodies) +
    '\nconst struct asset asset_list[] = {\n' + (''.join(rows) or '    {{0}},\n') + '};\n'
    f'const size_t asset_count = {len(rows)};\n', encoding='ascii')
escaped = [str(path.resolve()).replace(' ', '\\ ') for path in read]
depends.write_text(f'{out}: ' + ' '.join(escaped) + '\n', encoding='utf-8')
