#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which errors have no Chinese. The sentences are found in the sources: the strings that reach error_set and error_cure, through
whatever functions of the program pass them on. Three things are held: no more sentences without Chinese than before (the number may
only fall), no Chinese for a sentence that is not there any more, and no {n} beyond what the English prints.

    tests/error_words.py          the check, as TAP
    tests/error_words.py ROOM...  the sentences of these rooms that have no Chinese"""
import glob
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
# Rooms whose errors people at pages meet, and how many of their strings have no Chinese. What is left are no sentences: the first bytes
# of files that are no tables, the keys of a pack's files, and names that have their Chinese beside them.
WITHOUT = {'access': 0, 'base': 13, 'cube': 0, 'measure': 0, 'pack': 72, 'register': 0, 'serve': 0, 'store': 0}

WIDTHS = {'STR_FMT': '%.*s', 'PRId64': 'ld', 'PRIu64': 'lu', 'PRIx64': 'lx', 'PRId32': 'd', 'PRIu32': 'u'}
WORD = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|\w+|->|\S')
ESCAPES = {'n': '\n', 't': '\t', 'r': '\r'}


CONVERSION = r'%[-+ #0-9.*hlzjt]*[a-zA-Z]'


def is_sentence(text):
    """English, more than a lone word such as the name of a member; or a frame around phrases."""
    if not text.isascii() or re.fullmatch('[a-z0-9_.]+', text):
        return False
    return re.search('[A-Za-z]', re.sub(CONVERSION, '', text)) or re.search(r"[^'\"`]%s", 'x' + text) and text != '%s'


def no_comments(text):
    return re.sub(
        r'("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')|//[^\n]*|/\*.*?\*/',
        lambda m: m.group(1) or '\n' * m.group(0).count('\n'), text, flags=re.S)


def plain(literal):
    return re.sub(r'\\(x[0-9A-Fa-f]{2}|.)', lambda m: '\xff' if m.group(1)[0] == 'x' else ESCAPES.get(m.group(1), m.group(1)), literal)


def arguments(words, at):
    """The arguments of the call whose '(' is words[at], as lists of words, and where they end."""
    out, one, depth = [], [], 0
    for i in range(at + 1, len(words)):
        w = words[i]
        if depth == 0 and w in ',)':
            out.append(one)
            one = []
            if w == ')':
                return out, i
            continue
        depth += (w in '([{') - (w in ')]}')
        one.append(w)
    return out, len(words)


def literals(words):
    """The strings that an argument may be: neighbours are one string, those of a condition are two."""
    out, now = [], None
    for w in words:
        if w[0] == '"':
            now = (now or '') + plain(w[1:-1])
        elif w in WIDTHS:
            now = (now or '') + WIDTHS[w]
        else:
            if now is not None:
                out.append(now)
            now = None
    return out + ([now] if now is not None else [])


class Function:
    def __init__(self, name, room, parameters, body):
        self.name, self.room, self.parameters, self.body = name, room, parameters, body
        # what it may return
        self.returns = []
        for i, w in enumerate(body):
            if w == 'return':
                self.returns.append(body[i + 1:body.index(';', i)])


def tables(words):
    """What the strings of each array of a file are: name[...] = {...};"""
    out = {}
    for i, w in enumerate(words):
        if w == '=' and words[i - 1] == ']' and words[i + 1] == '{':
            name = i - 1
            while words[name] != '[':
                name -= 1
            out.setdefault(words[name - 1], []).extend(arguments(words, i + 1)[0])
    return out


def functions():
    out, arrays = [], {}
    for path in sorted(glob.glob(os.path.join(ROOT, 'src', '*', '*.c'))):
        room = os.path.basename(os.path.dirname(path))
        if os.path.basename(path) == 'error_zh.c':
            continue
        with open(path, encoding='utf-8') as file:
            text = no_comments(file.read())
        text = re.sub(r'^[ \t]*#(?:[^\n\\]|\\.|\\\n)*$', '', text, flags=re.M)
        arrays[path] = tables(WORD.findall(text))
        for m in re.finditer(r'^(?:[a-z][\w \*]*?[\s\*])?(\w+)\(([^{};]*?)\)\s*\n\{\n(.*?)\n\}', text, flags=re.M | re.S):
            names = [re.sub(r'\W*$', '', p).split()[-1:] for p in m.group(2).replace('[]', '').split(',')]
            names = [re.sub(r'^\W+', '', n[0]) if n else '' for n in names]
            out.append((path, Function(m.group(1), room, names, WORD.findall(m.group(3)))))
    return out, arrays


def raised():
    """(room, sentence) of every sentence that reaches an error."""
    all_functions, arrays = functions()
    by_name = {(path, f.name): f for path, f in all_functions}
    # function -> places of the arguments that are said; static ones of one file alone
    says = {('', 'error_set'): {4: True}, ('', 'error_cure'): {1: True}, ('', 'error_before'): {1: True},
            ('', 'error_set_list'): {4: True}, ('', 'error_cure_list'): {1: True}}
    found = set()
    names = {}
    for path, f in all_functions:
        names.setdefault(f.name, []).append(path)

    def target(path, name):
        if name in ('error_set', 'error_cure', 'error_before', 'error_set_list', 'error_cure_list'):
            return '', name
        here = names.get(name, ())
        return (path, name) if path in here else (here[0], name) if here else (path, name)

    changed = True
    while changed:
        changed = False
        found.clear()
        for path, f in all_functions:
            local = {name: list(values) for name, values in arrays[path].items()}  # what a variable may say
            for i, w in enumerate(f.body):
                if w == '=' and i and re.match(r'\w+$', f.body[i - 1]):
                    end, depth = i + 1, 0
                    while end < len(f.body) and not (depth == 0 and f.body[end] in ',;'):
                        depth += (f.body[end] in '([{') - (f.body[end] in ')]}')
                        end += 1
                    local.setdefault(f.body[i - 1], []).append(f.body[i + 1:end])
            for i, w in enumerate(f.body[:-1]):
                if f.body[i + 1] != '(' or not re.match(r'\w+$', w):
                    continue
                places = says.get(target(path, w))
                if not places:
                    continue
                given, _ = arguments(f.body, i + 1)
                for at in list(places):
                    if at >= len(given):
                        continue
                    # the format, and what it prints outside of quotes
                    parts = [(given[at], True)]
                    if places[at]:
                        formats = literals(given[at])
                        if len(formats) == 1:
                            n = at
                            for c in re.finditer(r"(.?)%(?!%)[-+ #0-9.*hlzjt]*([a-zA-Z])", formats[0].replace('%%', '  ')):
                                # a star takes an argument, but STR_ARG gives two as one
                                n += 1
                                star = '*' in c.group(0)
                                if star and n < len(given) and 'STR_ARG' not in given[n]:
                                    n += 1
                                if c.group(2) == 's' and not star and (c.group(1) or ' ') not in "'\"`" or formats[0] == '%s':
                                    parts += [(given[n], False)] if n < len(given) else []
                    for words, whole in parts:
                        for text in literals(words):
                            if is_sentence(text):
                                found.add((f.room, text))
                        for word in words:
                            called = by_name.get((path, word))
                            for value in local.get(word, []) + (called.returns if called else []):
                                for text in literals(value):
                                    if is_sentence(text):
                                        found.add((f.room, text))
                        plain_words = [x for x in words if re.match(r'[A-Za-z_]\w*$', x)]
                        if len(plain_words) == 1 and plain_words[0] in f.parameters:
                            k = f.parameters.index(plain_words[0])
                            mine = says.setdefault((path, f.name), {})
                            # a format, where what is behind it is printed
                            is_format = whole and places[at]
                            if mine.get(k) is None or (is_format and not mine[k]):
                                mine[k] = is_format
                                changed = True
    return found


def catalogue():
    out, twice, system = {}, [], set()
    for path in sorted(glob.glob(os.path.join(ROOT, 'src', 'base', 'error_zh_*.def'))):
        with open(path, encoding='utf-8') as file:
            for m in re.finditer(r'^CHINESE\((.*?)\)$', file.read(), flags=re.M | re.S):
                given = arguments(['('] + WORD.findall(m.group(1)) + [')'], 0)[0]
                english, chinese = literals(given[0])[0], literals(given[1])[0]
                if english in out:
                    twice.append(english)
                out[english] = chinese
                if path.endswith('_system.def'):
                    system.add(english)
    return out, twice, system


def main():
    found, (known, twice, system) = raised(), catalogue()
    if len(sys.argv) > 1:
        for room, text in sorted(found):
            if room in sys.argv[1:] and text not in known:
                print(f'{room}\t{text}')
        return 0
    tests = []
    for room, most in WITHOUT.items():
        missing = sorted(text for r, text in found if r == room and text not in known)
        tests.append((f'sentences of {room} have their Chinese', [] if len(missing) <= most else missing))
        if len(missing) < most:
            tests.append((f'and the number says so: {len(missing)}', [f'{room}: {most}']))
    tests.append(('a sentence stands in the files once', twice))
    said = {text for _, text in found}
    everything = ''.join(open(p, encoding='utf-8').read() for p in glob.glob(os.path.join(ROOT, 'src', '*', '*.[ch]')))
    strings = {t for t in literals(WORD.findall(no_comments(everything)))}
    tests.append(('each is said somewhere', [e for e in known if e not in said and e not in strings and e not in system]))
    beyond = [e for e, c in known.items()
              if max([int(n) for n in re.findall(r'\{(\d)\}', c)], default=0) > len(re.findall(r'%[^%]', e.replace('%%', '')))]
    tests.append(('no {n} beyond what the English prints', beyond))
    print(f'1..{len(tests)}')
    bad = 0
    for i, (name, wrong) in enumerate(tests):
        for one in wrong:
            print(f'# {one}')
        print(f'{"not " if wrong else ""}ok {i + 1} - {name}')
        bad += bool(wrong)
    return bad > 0


if __name__ == '__main__':
    sys.exit(main())
