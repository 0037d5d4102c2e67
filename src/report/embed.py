# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes a C file of text files, at build time: embed.py OUT.c FILE...

link_page.js becomes link_page_js[] and link_page_js_hash[], the SHA-256 by which the
page's Content-Security-Policy knows its own script.
"""
import base64
import hashlib
import pathlib
import sys

parts = ['#include "report/link_page_private.h"\n']
for path in map(pathlib.Path, sys.argv[2:]):
    text = path.read_text(encoding='utf-8')
    if '</' + path.suffix[1:] in text or '</s' in text.lower():
        sys.exit(f'{path}: "</s" would end its element on the page')
    name = path.name.replace('.', '_')
    lines = [
        '    "' + line.replace('\\', '\\\\').replace('"', '\\"').replace('?', '\\?') + '\\n"'
        for line in text.splitlines()
    ]
    parts.append(f'const char {name}[] =\n' + '\n'.join(lines) + ';\n')
    whole = ''.join(line + '\n' for line in text.splitlines())
    digest = base64.b64encode(hashlib.sha256(whole.encode()).digest()).decode()
    parts.append(f'const char {name}_hash[] = "sha256-{digest}";\n')
pathlib.Path(sys.argv[1]).write_text('\n'.join(parts), encoding='utf-8')
