// SPDX-License-Identifier: AGPL-3.0-or-later
// A reader of the text form of expressions, for the tests only: the pages get trees from the server. It makes of
// expression_vectors.json what the server sends (Expr of types.ts); it checks nothing.
import type { Expr } from '../src/api/types';

export interface FieldAbout {
  name: string;
  type: string;
  codes?: { value: string }[];
}
export interface World {
  fields: FieldAbout[];
  areas: FieldAbout[];
  facilities: FieldAbout[];
}

type Token = { kind: 'name' | 'number' | 'text' | 'symbol' | 'end'; text: string };
/** A name whose meaning depends on what stands beside it. */
type Raw = Expr | ['name', string];

function tokens(text: string): Token[] {
  const out: Token[] = [];
  const one = /\s+|([A-Za-z_][A-Za-z_0-9]*)|(\d+(?:\.\d+)?)|'((?:[^']|'')*)'|(<>|!=|<=|>=|[-+*/=<>().,])/gy;
  for (let at = 0; at < text.length; at = one.lastIndex) {
    one.lastIndex = at;
    const found = one.exec(text);
    if (!found) throw new Error(`${text}: nothing known at ${at}`);
    if (found[1]) out.push({ kind: 'name', text: found[1] });
    else if (found[2]) out.push({ kind: 'number', text: found[2] });
    else if (found[3] !== undefined) out.push({ kind: 'text', text: found[3].replace(/''/g, "'") });
    else if (found[4]) out.push({ kind: 'symbol', text: found[4] === '!=' ? '<>' : found[4] });
  }
  out.push({ kind: 'end', text: '' });
  return out;
}

export function parse(text: string, world: World): Expr {
  const all = tokens(text);
  let at = 0;
  const peek = () => all[at]!;
  const word = () => (peek().kind === 'name' ? peek().text.toLowerCase() : '');
  const takeWord = (wanted: string) => word() === wanted && Boolean(++at);
  const takeSymbol = (wanted: string) => peek().kind === 'symbol' && peek().text === wanted && Boolean(++at);
  const need = (taken: boolean, wanted: string) => {
    if (!taken) throw new Error(`${text}: expected ${wanted} at token ${at}`);
  };
  const about = (name: string) => world.fields.find((f) => f.name === name);

  /** The codes that a node may have. */
  function codes(x: Raw): string[] {
    if (x[0] === 'name' || x[0] === 'field') return about(String(x[1]))?.codes?.map((c) => c.value) ?? [];
    if (x[0] === 'lookup') {
      const name = String(x[2]);
      const of = [...world.areas, ...world.facilities].find((f) => f.name === name && f.codes);
      return of?.codes?.map((c) => c.value) ?? [];
    }
    if (x[0] === 'coalesce') return x.slice(1).flatMap((y) => codes(y as Raw));
    if (x[0] === 'case') return [...x.slice(1, -1).map((y) => (y as [Raw, Raw])[1]), x[x.length - 1] as Raw].flatMap(codes);
    return [];
  }
  /** Names that stand together: codes of a neighbour where they are one, fields otherwise. */
  function settle(group: Raw[], outer: string[] = []): Expr[] {
    return group.map((x, i) => {
      const beside = [...outer, ...group.flatMap((y, k) => (k === i ? [] : codes(y)))];
      if (x[0] === 'name') return beside.includes(x[1] as string) ? ['code', x[1]] : ['field', x[1]];
      if (x[0] === 'text' && beside.includes(x[1] as string)) return ['code', x[1]];
      if (x[0] === 'coalesce') return ['coalesce', ...settle(x.slice(1) as Raw[], beside)];
      return x as Expr;
    });
  }
  const field = (x: Raw): Expr => settle([x])[0]!;

  function primary(): Raw {
    const t = peek();
    at++;
    if (t.kind === 'number') return ['number', Number(t.text)];
    if (t.kind === 'text') return ['text', t.text];
    if (t.kind === 'symbol' && t.text === '(') {
      const x = either();
      need(takeSymbol(')'), ')');
      return x;
    }
    if (t.kind !== 'name') throw new Error(`${text}: found ${t.text}`);
    const name = t.text.toLowerCase();
    if (name === 'null' || name === 'true' || name === 'false') return [name];
    if (name === 'case') return branches();
    if (name === 'date' && peek().kind === 'text') return ['date', all[at++]!.text];
    if (takeSymbol('.')) return ['field', all[at++]!.text];
    if (takeSymbol('(')) return helper(name);
    return ['name', t.text];
  }
  function helper(name: string): Raw {
    const list: Raw[] = [];
    while (!takeSymbol(')')) {
      list.push(either());
      takeSymbol(',');
    }
    if (name === 'lookup') return ['lookup', field(list[0]!), list[1]![1]];
    return [name, ...(name === 'coalesce' ? settle(list) : list.map(field))];
  }
  function branches(): Raw {
    const whens: Expr[] = [];
    const values: Raw[] = [];
    while (takeWord('when')) {
      whens.push(field(either()));
      need(takeWord('then'), 'then');
      values.push(either());
    }
    values.push(takeWord('else') ? either() : ['null']);
    need(takeWord('end'), 'end');
    const settled = settle(values);
    return ['case', ...whens.map((when, i) => [when, settled[i]!]), settled[settled.length - 1]!];
  }
  function sign(): Raw {
    return takeSymbol('-') ? ['neg', field(sign())] : primary();
  }
  function chain(next: () => Raw, symbols: string[]): Raw {
    let x = next();
    for (;;) {
      const symbol = symbols.find((s) => takeSymbol(s));
      if (!symbol) return x;
      x = [symbol, field(x), field(next())];
    }
  }
  const product = () => chain(sign, ['*', '/']);
  const sum = () => chain(product, ['+', '-']);
  function relation(): Raw {
    const x = sum();
    const symbol = ['=', '<>', '<=', '>=', '<', '>'].find((s) => takeSymbol(s));
    if (symbol) return [symbol, ...settle([x, sum()])];
    if (takeWord('is')) {
      const op = takeWord('not') ? 'is_not_null' : 'is_null';
      need(takeWord('null'), 'null');
      return [op, field(x)];
    }
    const not = takeWord('not');
    const wrap = (y: Expr): Expr => (not ? ['not', y] : y);
    if (takeWord('between')) {
      const low = sum();
      need(takeWord('and'), 'and');
      return wrap(['between', ...settle([x, low, sum()])]);
    }
    if (takeWord('in')) {
      need(takeSymbol('('), '(');
      const list: Raw[] = [x];
      while (!takeSymbol(')')) {
        list.push(sum());
        takeSymbol(',');
      }
      return wrap(['in', ...settle(list)]);
    }
    need(!not, 'in or between');
    return x;
  }
  function not(): Raw {
    return takeWord('not') ? ['not', field(not())] : relation();
  }
  function every(): Raw {
    let x = not();
    while (takeWord('and')) x = ['and', field(x), field(not())];
    return x;
  }
  function either(): Raw {
    let x = every();
    while (takeWord('or')) x = ['or', field(x), field(every())];
    return x;
  }
  const whole = field(either());
  need(peek().kind === 'end', 'the end');
  return whole;
}
