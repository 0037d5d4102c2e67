# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages that the build embeds are those of the sources beside them; where there are no sources, as in an archive of
the C with the built pages, they are taken as they are."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from client import SOURCE, tap

web = pathlib.Path(tempfile.mkdtemp(prefix='heng-embed-'))
script = SOURCE / 'src/serve/embed.py'


def put(name, text):
    path = web / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, 'utf-8')
    return hashlib.sha256(text.encode()).hexdigest()


def embed(*outputs):
    return subprocess.run([sys.executable, str(script), str(web / 'dist'), *map(str, outputs)], capture_output=True, text=True)


out, depends = web / 'out.c', web / 'out.d'
done = embed(out, depends)
tap.ok(done.returncode == 0 and 'asset_count = 0' in out.read_text(), 'without pages the table is empty', done.stderr)
tap.ok(embed().returncode != 0, 'and asked alone, they are to be built')
put('dist/index.html', '<title>x</title>')
told = {name: put(name, name) for name in ('src/main.tsx', 'src/text/frame.ts', 'build.mjs', 'package.json')}
put('dist/assets.json', json.dumps({'files': ['index.html'], 'sources': told}))
done = embed(out, depends)
tap.ok(done.returncode == 0 and 'asset_count = 1' in out.read_text(), 'pages of the sources that are there are embedded', done.stderr)
tap.ok(all(str(web / name) in depends.read_text() for name in ('src/main.tsx', 'src/text', 'build.mjs', 'dist/index.html')),
       'and ninja is told of every file, and of folders for new ones', depends.read_text())
for what, change, back in (('changed', lambda: put('src/main.tsx', 'other'), lambda: put('src/main.tsx', 'src/main.tsx')),
                           ('new', lambda: put('src/pages/new.tsx', 'x'), lambda: (web / 'src/pages/new.tsx').unlink()),
                           ('gone', lambda: (web / 'src/text/frame.ts').unlink(), lambda: put('src/text/frame.ts', 'src/text/frame.ts'))):
    change()
    done = embed(out, depends)
    tap.ok(done.returncode != 0 and './dev build' in done.stderr and 'Traceback' not in done.stderr, f'a source that is {what} stops the build, with the cure', done.stderr)
    back()
    tap.equal(embed(out, depends).returncode, 0, 'as it was, it goes on')
put('src/.main.tsx.swp', 'x')
tap.equal(embed().returncode, 0, 'what an editor leaves is no source')
for name in ('src', 'build.mjs', 'package.json'):
    shutil.rmtree(web / name) if (web / name).is_dir() else os.unlink(web / name)
done = embed(out, depends)
tap.ok(done.returncode == 0 and 'asset_count = 1' in out.read_text(), 'an archive without sources has its pages', done.stderr)
if (SOURCE / 'web/dist/assets.json').exists():
    told = json.loads((SOURCE / 'web/dist/assets.json').read_text('utf-8')).get('sources', {})
    tap.ok('src/main.tsx' in told and 'build.mjs' in told and len(told['src/main.tsx']) == 64, 'the build of the pages names its sources')
shutil.rmtree(web)
tap.end()
