// SPDX-License-Identifier: AGPL-3.0-or-later
// What a page asks for before anything else, told from its address and from a few words that the device keeps of the last visit: then the
// answers travel while the scripts are read, and not after them. A guess that is wrong is an answer that nobody takes.
import { apiUrl, type Query } from './api/url';
import { choicesOf } from './pages/ahead/choice';
import { figuresQuestion, readChoice } from './pages/indicators/choice';
import { listOf, listQuestion, rowPath } from './pages/registers/question';
import { lqasQuestion, rotaQuestion } from './pages/supervise/question';
import { parsePeriod } from './period';
import { recall } from './recall';

interface At {
  path: string[];
  query: Record<string, string>;
  area: string;
  period: string;
}

type Questions = (string | false)[];
const word = encodeURIComponent;

function indicators({ path, query, area, period }: At): Questions {
  if (path[1] === 'dashboards') return ['/api/kept/dashboard'];
  const choice = readChoice(query, null);
  const asked = figuresQuestion(choice, area, period, query.vs !== 'none');
  const under = area || recall('heng.top');
  return choice.indicators.length
    ? [apiUrl('/api/figures', asked), choice.view === 'map' && under !== '' && apiUrl('/api/areas/map', { under })]
    : [];
}

function ahead({ query, area }: At): Questions {
  const name = query.projection ?? recall('heng.projection');
  return ['/api/projections', name !== '' && apiUrl(`/api/projections/${word(name)}`, { area, ...choicesOf(query) })];
}

function supervise({ path, query, area, period }: At): Questions {
  const [, part, name = ''] = path;
  const facilities = recall('heng.facilities');
  if (part === 'campaign' && name) return [`/api/campaigns/${word(name)}`];
  if (part === 'checklists' && name) return [apiUrl(`/api/checklists/${name}/compare`, { area, period })];
  if (part !== 'sampling') {
    const owed = (asked: Query) => apiUrl('/api/owed', { area, ...asked, limit: 500 });
    return [apiUrl('/api/supervision', { area }), owed({ state: 'late', sort: '-due' }), owed({ state: 'open' })];
  }
  if (query.part === 'audits') return [];
  if (query.part !== 'rota') return [apiUrl('/api/lqas', lqasQuestion(query))];
  return [facilities !== '' && apiUrl(`/api/registers/${facilities}/rota`, rotaQuestion(query, area, recall('heng.today')))];
}

function registers({ path, query, area, period }: At): Questions {
  const [, name, id] = path;
  if (!name) return [];
  const list = listOf(name);
  const rows = list ? listQuestion(list, query, area, period) : [];
  const row = rowPath(name, id ?? '');
  return ['/api/kept/view', ...rows, ...(id && id !== 'new' ? [row, list?.moves === true && `${row}/moves`] : [])];
}

function stock({ path, query, area }: At): Questions {
  const ledger = query.ledger ?? recall('heng.ledger');
  const facility = query.facility ?? '';
  const of = (what: string, asked?: Query) => ledger !== '' && apiUrl(`/api/ledgers/${ledger}/${what}`, asked);
  const tabs: Record<string, string | false> = {
    entry: '/api/facilities',
    count: facility !== '' && of('balances', { facility }),
    differences: of('reconcile'),
    entries: of('entries', { facility, item: query.item ?? '', limit: 100 }),
  };
  return ['/api/ledgers', apiUrl('/api/facilities', { area }), tabs[path[1] ?? ''] ?? of('balances', { facility })];
}

const tabsOfAdmin: Record<string, string[]> = {
  people: ['/api/people', '/api/roles'],
  roles: ['/api/roles'],
  pack: ['/api/pack'],
  backup: ['/api/backups'],
  health: ['/api/health'],
};

const pages: Record<string, (at: At) => Questions> = {
  overview: ({ area, period }) => [apiUrl('/api/overview', { area, period })],
  checks: ({ area, period }) => [apiUrl('/api/checks', { area, period, limit: 500 })],
  indicators,
  ahead,
  supervise,
  registers,
  import: ({ path }) => (path[1] ? [] : ['/api/submissions', '/api/imports']),
  facility: ({ path }) => [`/api/facilities/${word(path[1] ?? '')}/file`],
  stock,
  tips: ({ path }) => [path[2] !== undefined && `/api/channels/${path[1]}/letters/${path[2]}`],
  admin: ({ path, query }) => tabsOfAdmin[path[1] ?? query.tab ?? ''] ?? [],
  account: () => ['/api/sessions', '/api/tokens'],
};

/** path: the words of the address, decoded. */
export function firstQuestions(path: string[], query: Record<string, string>): string[] {
  const period = parsePeriod(query.period ?? '') ? query.period! : recall('heng.period');
  const asked = pages[path[0] ?? '']?.({ path, query, area: query.area ?? '', period }) ?? [];
  return [...new Set(asked.filter((one) => one !== false))];
}
