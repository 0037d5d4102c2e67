# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes a C file of the API's types: schemas.py types.ts routes.c OUT.c

Reads the interfaces and types of web/src/api/types.ts, which are the contract, and writes them as JSON
Schema (2020-12) for /api/openapi.json; so does it with what the table of routes says in .answer and .takes,
which may be a name or a type in the same language. Of what routes take it also writes the members that there are, against
which bodies are held (known.h). Of TypeScript it knows what they use and stops at all else.
"""
import json
import pathlib
import re
import sys

TOKEN = re.compile(r'''\s+|//[^\n]*|(?P<doc>/\*\*.*?\*/)|/\*.*?\*/|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+)
    |(?P<name>[A-Za-z_$][\w$]*)|(?P<mark>\.\.\.|[{}()\[\]<>|&;,:?=])''', re.S | re.X)


def tokens(source):
    at, found = 0, []
    while at < len(source):
        m = TOKEN.match(source, at)
        if not m:
            sys.exit(f'types.ts: line {source.count(chr(10), 0, at) + 1}: not understood: {source[at:at + 40]!r}')
        at = m.end()
        if m.lastgroup:
            found.append((m.lastgroup, m.group(m.lastgroup), source.count('\n', 0, m.start()) + 1))
    return found + [('end', '', 0)]


class Parser:
    def __init__(self, source):
        self.list, self.at, self.types = tokens(source), 0, {}

    def kind(self):
        return self.list[self.at][0]

    def take(self, *wanted):
        """The next token when it is one of these, else None."""
        if self.list[self.at][1] in wanted and self.kind() != 'text':
            self.at += 1
            return self.list[self.at - 1][1]
        return None

    def need(self, wanted):
        if not self.take(wanted):
            kind, text, line = self.list[self.at]
            sys.exit(f'types.ts: line {line}: {text!r} where {wanted!r} was expected')

    def word(self):
        kind, text, line = self.list[self.at]
        if kind not in ('name', 'text'):
            sys.exit(f'types.ts: line {line}: {text!r} where a name was expected')
        self.at += 1
        return json.loads(text) if kind == 'text' else text

    def doc(self):
        text = None
        while self.kind() == 'doc':
            text = ' '.join(re.sub(r'^\s*\*', '', line) for line in self.list[self.at][1][3:-2].split('\n'))
            self.at += 1
        return ' '.join(text.split()) if text else None

    def file(self):
        while self.kind() != 'end':
            doc = self.doc()
            if self.kind() == 'end':
                break
            self.need('export')
            what, name = self.word(), self.word()
            base = self.word() if self.take('extends') else None
            if what == 'type':
                self.need('=')
            made = self.union()
            self.take(';')
            made = {'allOf': [reference(base), made]} if base else made
            self.types[name] = {'description': doc, **made} if doc else made
        return self.types

    def union(self):
        self.take('|')
        several = [self.both()]
        while self.take('|'):
            several.append(self.both())
        if len(several) > 1 and all('const' in one for one in several):
            return {'enum': [one['const'] for one in several]}
        return several[0] if len(several) == 1 else {'anyOf': several}

    def both(self):
        several = [self.postfix()]
        while self.take('&'):
            several.append(self.postfix())
        return several[0] if len(several) == 1 else {'allOf': several}

    def postfix(self):
        made = self.primary()
        while self.take('['):
            if self.take(']'):
                made = {'type': 'array', 'items': made}
            else:
                made = {'member': (made, self.word())}
                self.need(']')
        return made

    def primary(self):
        kind, text, line = self.list[self.at]
        if self.take('('):
            made = self.union()
            self.need(')')
            return made
        if self.take('{'):
            return self.members()
        if self.take('['):
            return self.tuple()
        self.at += 1
        if kind == 'text':
            return {'const': json.loads(text)}
        if kind == 'number':
            return {'const': int(text)}
        if text == 'Record':
            self.need('<')
            self.union()
            self.need(',')
            made = {'type': 'object', 'additionalProperties': self.union()}
            self.need('>')
            return made
        plain = {'string': {'type': 'string'}, 'number': {'type': 'number'}, 'boolean': {'type': 'boolean'},
                 'null': {'type': 'null'}, 'unknown': {}, 'true': {'const': True}, 'false': {'const': False}}
        if kind != 'name':
            sys.exit(f'types.ts: line {line}: {text!r} is no type')
        return plain[text] if text in plain else reference(text)

    def members(self):
        properties, required = {}, []
        while not self.take('}'):
            doc = self.doc()
            if self.take('}'):
                break
            name = self.word()
            optional = self.take('?')
            self.need(':')
            made = self.union()
            properties[name] = {**made, 'description': doc} if doc else made
            if not optional:
                required.append(name)
            self.take(';', ',')
        made = {'type': 'object', 'properties': properties}
        return {**made, 'required': required} if required else made

    def tuple(self):
        first, rest = [], None
        while not self.take(']'):
            if self.take('...'):
                rest = self.union()['items']
            else:
                first.append(self.union())
            self.take(',')
        made = {'type': 'array', 'prefixItems': first, 'minItems': len(first)}
        return {**made, 'items': rest if rest is not None else False}


def reference(name):
    return {'$ref': '#/components/schemas/' + name}


def resolve(types, made):
    """Puts the member itself where a type is written as Type["member"], and proves references."""
    if isinstance(made, list):
        return [resolve(types, one) for one in made]
    if not isinstance(made, dict):
        return made
    if 'member' in made:
        whole, name = made['member']
        return resolve(types, types[whole['$ref'].rsplit('/', 1)[1]]['properties'][name])
    name = made.get('$ref')
    if isinstance(name, str) and name.rsplit('/', 1)[1] not in types:
        sys.exit(f'types.ts: there is no type {name.rsplit("/", 1)[1]}')
    return {key: resolve(types, value) for key, value in made.items()}


def said_by_routes(source, words='answer|takes'):
    for m in re.finditer(r'\.(?:' + words + r')\s*=\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', source):
        yield ''.join(json.loads(one) for one in re.findall(r'"(?:[^"\\]|\\.)*"', m.group(1)))


class Members:
    """What a body may hold, as tables of C: the members by name, and of each what is under it (a list: of its items)."""

    def __init__(self, types):
        self.types, self.tables = types, {}

    def found(self, schema):
        """None: anything may stand there, or no object."""
        if '$ref' in schema:
            return self.found(self.types[schema['$ref'].rsplit('/', 1)[1]])
        if 'items' in schema and schema['items']:
            return self.found(schema['items'])
        if any(self.found(one) is not None for one in schema.get('prefixItems', ())):
            sys.exit('types.ts: a tuple with objects in a body is not understood')
        several = schema.get('anyOf', schema.get('allOf', ()))
        parts = [one for one in map(self.found, several) if one is not None]
        if 'properties' in schema:
            parts.append(schema['properties'])
        names = schema.get('additionalProperties')
        if names and self.found(names) is not None:
            sys.exit('types.ts: a map of objects in a body is not understood')
        return {name: one for part in parts for name, one in part.items()} if parts else None

    def table(self, schema):
        found = self.found(schema)
        if found is None:
            return 'NULL'
        rows = ''.join(f'    {{"{name}", {self.table(found[name])}}},\n' for name in sorted(found)) + '    {NULL, NULL},\n'
        return self.tables.setdefault(rows, f'members_{len(self.tables)}')

    def text(self):
        return ''.join(f'static const struct describe_member {name}[] = {{\n{rows}}};\n' for rows, name in self.tables.items())


types = Parser(pathlib.Path(sys.argv[1]).read_text('utf-8')).file()
named = dict(types)
routes = pathlib.Path(sys.argv[2]).read_text('utf-8')
for one in sorted(set(said_by_routes(routes))):
    if one not in types:
        types[one] = Parser(one).union()
types = {name: resolve(named, made) for name, made in types.items()}
members, taken = Members(types), set(said_by_routes(routes, 'takes'))
lines = []
for name in sorted(types):
    data = json.dumps(types[name], ensure_ascii=True, separators=(',', ':'))
    text = data.replace('\\', '\\\\').replace('"', '\\"').replace('?', '\\?')
    pieces = re.findall(r'(?:\\.|[^\\]){1,80}', text)
    body = '\n'.join(f'     "{piece}"' for piece in pieces)
    quoted = name.replace('"', '\\"')
    table = members.table(types[name]) if name in taken else 'NULL'
    lines.append(f'    {{"{quoted}",\n{body},\n     {table}}},\n')
pathlib.Path(sys.argv[3]).write_text(
    '#include "serve/describe.h"\n\n' + members.text() + '\nconst struct describe_type describe_types[] = {\n' + ''.join(lines) +
    f'}};\nconst size_t describe_type_count = {len(types)};\n', encoding='ascii')
