// SPDX-License-Identifier: AGPL-3.0-or-later
// Stock: the ledgers of goods and money that one may see. Ledger, tab and filters stand in the address.
import { useEffect, useState } from 'preact/hooks';
import type { Ledgers } from '../api/types';
import { useGet } from '../api/use';
import { Empty, Page, Problem, Select, Skeleton, Tabs } from '../parts';
import { remember } from '../recall';
import { address, area, go, link, setQuery } from '../state';
import { label } from '../text/dictionary';
import { t } from '../text/stock';
import { Balances } from './stock/balances';
import { CountSheet } from './stock/count';
import { Differences, Entries } from './stock/entries';
import { EntryForm, useFacilities } from './stock/entry';
import { itemName } from './stock/words';

const tabs = ['balances', 'entry', 'count', 'differences', 'entries'] as const;

export default function StockPage() {
  const answer = useGet<Ledgers>('/api/ledgers', {}, true);
  const facilities = useFacilities(area.value);
  const [turn, setTurn] = useState(0);
  const query = address.value.query;
  const ledger = answer.data?.ledgers.find((one) => one.name === query.ledger) ?? answer.data?.ledgers[0];
  const first = answer.data?.ledgers[0]?.name;
  useEffect(() => {
    if (first) remember('heng.ledger', first);
  }, [first]);
  const facility = query.facility ?? '';
  const item = query.item ?? '';
  const mine = tabs.filter((one) => {
    if (one === 'entry') return ledger?.may_write;
    if (one === 'count') return ledger?.may_write && ledger.movements.some((m) => m.count);
    if (one === 'differences') return ledger?.movements.some((m) => m.confirm || m.count);
    return true;
  });
  const tab = mine.find((one) => one === address.value.path[1]) ?? 'balances';
  return (
    <Page title={t('title')} lead={t('lead')}>
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.data && !answer.error && <Skeleton lines={6} />}
      {answer.data && !ledger && (
        <Empty icon="lock" title={t('none')}>
          {t('noneHelp')}
        </Empty>
      )}
      {ledger && (
        <>
          <search class="filter-line" aria-label={t('ledger')}>
            {(answer.data?.ledgers.length ?? 0) > 1 && (
              <Select
                aria-label={t('ledger')}
                value={ledger.name}
                choices={answer.data!.ledgers.map((one) => ({ value: one.name, label: label(one.label) }))}
                onValue={(to) => setQuery({ ledger: to, item: '' })}
              />
            )}
            <Select
              aria-label={t('facility')}
              value={facility}
              empty={t('allFacilities')}
              choices={facilities}
              onValue={(to) => setQuery({ facility: to }, true)}
            />
            {ledger.kind === 'goods' && (
              <Select
                aria-label={t('item')}
                value={item}
                empty={t('allItems')}
                choices={ledger.items.map((one) => ({ value: one.code, label: itemName(ledger, one.code) }))}
                onValue={(to) => setQuery({ item: to }, true)}
              />
            )}
          </search>
          <Tabs
            label={t('title')}
            value={tab}
            tabs={mine.map((one) => ({ value: one, label: t(one) }))}
            onValue={(to) => go(link(`/stock/${to}`, { ledger: query.ledger, facility, item }))}
          >
            {tab === 'balances' && (
              <Balances
                key={turn}
                ledger={ledger}
                facility={facility}
                item={item}
                within={area.value ? facilities.map((one) => one.value) : null}
              />
            )}
            {tab === 'entry' && <EntryForm key={ledger.name} ledger={ledger} onPosted={() => setTurn(turn + 1)} />}
            {tab === 'count' && (
              <CountSheet key={`${ledger.name} ${facility}`} ledger={ledger} facility={facility} onPosted={() => setTurn(turn + 1)} />
            )}
            {tab === 'differences' && <Differences ledger={ledger} facility={facility} item={item} />}
            {tab === 'entries' && <Entries ledger={ledger} facility={facility} item={item} />}
          </Tabs>
        </>
      )}
    </Page>
  );
}
