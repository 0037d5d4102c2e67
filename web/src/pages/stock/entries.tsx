// SPDX-License-Identifier: AGPL-3.0-or-later
// What was posted, and what does not add up between the two ends; from both a receiver says what came, and a mistake is reversed.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Ledger, LedgerDifference, LedgerDifferences, LedgerEntries, LedgerEntry, LedgerLine } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay } from '../../format';
import { Button, Dialog, Empty, Field, Input, Problem, Skeleton, Table, Tag } from '../../parts';
import { label, whoName } from '../../text/dictionary';
import { t } from '../../text/stock';
import { fromThousandths, thousandths } from './lines';
import { itemName, movementName, quantityText } from './words';

function ends(ledger: Ledger, one: LedgerEntry): string {
  const account = (name: string) => label(ledger.accounts.find((a) => a.name === name)?.label) || name;
  const from = one.from_account === 'on_the_way' ? t('onTheWay') : label(one.from?.label) || account(one.from_account);
  return `${from} → ${label(one.to?.label) || account(one.to_account)}`;
}

/** What was counted, beside what the book said where that is another number. */
function Line({ ledger, line }: { ledger: Ledger; line: LedgerLine }) {
  const missing = line.counted === undefined ? 0 : thousandths(line.quantity);
  const book = missing && fromThousandths((thousandths(line.counted!) ?? 0) + missing);
  return (
    <p>
      {itemName(ledger, line.item)} {line.lot} <span class="whole">{quantityText(ledger, line.item, line.counted ?? line.quantity)}</span>
      {book ? ` ${t('bookSaid', { book: quantityText(ledger, line.item, book) })}` : null}
    </p>
  );
}

function ConfirmDialog({ ledger, id, onDone, onClose }: { ledger: Ledger; id: string; onDone: () => void; onClose: () => void }) {
  const answer = useGet<LedgerEntries>(`/api/ledgers/${ledger.name}/entries`, { id });
  const [arrived, setArrived] = useState<Record<number, string>>({});
  const [error, setError] = useState<unknown>(null);
  const lines = answer.data?.entries[0]?.lines ?? [];
  const send = () =>
    api
      .post(`/api/ledgers/${ledger.name}/entries/${id}/confirm`, { arrived: lines.map((_, i) => (arrived[i] ?? '').trim()) })
      .then(onDone, setError);
  return (
    <Dialog
      title={t('confirmTitle', { id })}
      onClose={onClose}
      actions={
        <Button kind="main" onClick={send}>
          {t('confirm')}
        </Button>
      }
    >
      {lines.map((line, i) => (
        <Field key={i} label={`${itemName(ledger, line.item)} ${line.lot} · ${quantityText(ledger, line.item, line.quantity)}`}>
          <Input inputMode="decimal" value={arrived[i] ?? ''} onValue={(value) => setArrived({ ...arrived, [i]: value })} />
        </Field>
      ))}
      {error !== null && <Problem error={error} />}
    </Dialog>
  );
}

function ReverseDialog({ ledger, id, onDone, onClose }: { ledger: Ledger; id: string; onDone: () => void; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>(null);
  return (
    <Dialog
      title={t('reverseTitle', { id })}
      onClose={onClose}
      actions={
        <Button
          kind="danger"
          disabled={!reason.trim()}
          onClick={() => api.post(`/api/ledgers/${ledger.name}/entries/${id}/reverse`, { reason }).then(onDone, setError)}
        >
          {t('reverse')}
        </Button>
      }
    >
      <p>{t('reverseHelp')}</p>
      <Field label={t('reason')} required>
        <Input value={reason} onValue={setReason} />
      </Field>
      {error !== null && <Problem error={error} />}
    </Dialog>
  );
}

export function Entries({ ledger, facility, item }: { ledger: Ledger; facility: string; item: string }) {
  const path = `/api/ledgers/${ledger.name}/entries`;
  const asking = { facility, item, limit: 100 };
  const answer = useGet<LedgerEntries>(path, asking);
  const [earlier, setEarlier] = useState<{ of: LedgerEntries; entries: LedgerEntry[]; next: string | null } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [asked, setAsked] = useState<{ id: string; confirm: boolean } | null>(null);
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!answer.data) return <Skeleton lines={6} />;
  if (!answer.data.entries.length) return <Empty icon="table" title={t('entriesNone')} />;
  const first = answer.data;
  const shown = earlier?.of === first ? earlier : { entries: [], next: first.next };
  const entries = [...first.entries, ...shown.entries];
  const showEarlier = () =>
    api.get<LedgerEntries>(path, { ...asking, after: shown.next ?? '' }).then((more) => {
      setError(null);
      setEarlier({ of: first, entries: [...shown.entries, ...more.entries], next: more.next });
    }, setError);
  const done = () => {
    setAsked(null);
    answer.again();
  };
  const about = (one: LedgerEntry) => (
    <>
      {one.reversed_by && <Tag>{t('reversed', { id: one.reversed_by })}</Tag>}
      {one.confirmed_by && <Tag tone="good">{t('confirmed', { id: one.confirmed_by })}</Tag>}
      {one.of && <Tag>{t(one.kind === 'reversal' ? 'reversalOf' : 'confirmationOf', { id: one.of })}</Tag>}
      {one.warning && <Tag tone="warn">{label(one.warning)}</Tag>}
      {ledger.may_write && !one.reversed_by && !one.confirmed_by && one.kind === 'entry' && one.to_account === 'on_the_way' && (
        <Button small onClick={() => setAsked({ id: one.id, confirm: true })}>
          {t('confirm')}
        </Button>
      )}
      {ledger.may_write && !one.reversed_by && !one.confirmed_by && one.kind !== 'reversal' && (
        <Button small kind="quiet" icon="undo" onClick={() => setAsked({ id: one.id, confirm: false })}>
          {t('reverse')}
        </Button>
      )}
    </>
  );
  return (
    <div class="stock-entries">
      <Table
        caption={t('entries')}
        rows={entries}
        keyOf={(one) => one.id}
        stale={answer.stale}
        columns={[
          { key: 'id', label: t('number'), numeric: true, cell: (one) => one.id },
          {
            key: 'day',
            label: `${t('day')} · ${t('who')}`,
            cell: (one) => (
              <>
                {formatDay(one.day)} <small>{whoName(one.who)}</small>
              </>
            ),
          },
          {
            key: 'movement',
            label: t('movement'),
            wrap: true,
            cell: (one) => (
              <>
                {movementName(ledger, one.movement)} <small>{ends(ledger, one)}</small>
              </>
            ),
          },
          {
            key: 'what',
            label: t('what'),
            wrap: true,
            cell: (one) => one.lines.map((line, i) => <Line key={i} ledger={ledger} line={line} />),
          },
          { key: 'about', label: t('note'), wrap: true, cell: about },
        ]}
      />
      {error !== null && <Problem error={error} />}
      {shown.next && (
        <p class="row">
          <Button small icon="down" onClick={showEarlier}>
            {t('more')}
          </Button>
        </p>
      )}
      {asked?.confirm && <ConfirmDialog ledger={ledger} id={asked.id} onDone={done} onClose={() => setAsked(null)} />}
      {asked && !asked.confirm && <ReverseDialog ledger={ledger} id={asked.id} onDone={done} onClose={() => setAsked(null)} />}
    </div>
  );
}

/** Newest first: between sender and receiver, and between the book and what a count found. */
export function Differences({ ledger, facility, item }: { ledger: Ledger; facility: string; item: string }) {
  const answer = useGet<LedgerDifferences>(`/api/ledgers/${ledger.name}/reconcile`);
  const [asked, setAsked] = useState('');
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!answer.data) return <Skeleton lines={4} />;
  const rows = answer.data.differences
    .filter((one) => (!item || one.item === item) && (!facility || [one.from?.code, one.to?.code].includes(facility)))
    .reverse();
  if (!rows.length)
    return (
      <Empty icon="check" title={t('allWell')}>
        {t('allWellHelp')}
      </Empty>
    );
  const arrived = (one: LedgerDifference) => {
    if (one.arrived !== null) return quantityText(ledger, one.item, one.arrived);
    if (!ledger.may_write) return <Tag tone="warn">{t('nobody')}</Tag>;
    return (
      <Button small onClick={() => setAsked(one.entry)}>
        {t('confirm')}
      </Button>
    );
  };
  const off = (one: LedgerDifference) => {
    if (one.arrived === null) return '';
    const by = (thousandths(one.arrived) ?? 0) - (thousandths(one.sent) ?? 0);
    return `${by > 0 ? '+' : ''}${quantityText(ledger, one.item, fromThousandths(by))}`;
  };
  return (
    <>
      <Table
        lines
        caption={t('differences')}
        rows={rows}
        keyOf={(one) => `${one.entry} ${one.item} ${one.lot}`}
        columns={[
          { key: 'entry', label: t('number'), numeric: true, cell: (one) => one.entry },
          { key: 'day', label: t('day'), cell: (one) => formatDay(one.day) },
          { key: 'from', label: t('from'), wrap: true, cell: (one) => label(one.from?.label) },
          { key: 'to', label: t('to'), wrap: true, cell: (one) => (one.counted ? <Tag>{t('count')}</Tag> : label(one.to?.label)) },
          { key: 'item', label: t('item'), wrap: true, cell: (one) => `${itemName(ledger, one.item)} ${one.lot}` },
          { key: 'sent', label: t('sentOrBook'), numeric: true, cell: (one) => quantityText(ledger, one.item, one.sent) },
          { key: 'arrived', label: t('arrivedOrCounted'), numeric: true, cell: arrived },
          { key: 'off', label: t('difference'), numeric: true, cell: off },
        ]}
      />
      {asked && (
        <ConfirmDialog
          ledger={ledger}
          id={asked}
          onClose={() => setAsked('')}
          onDone={() => {
            setAsked('');
            answer.again();
          }}
        />
      )}
    </>
  );
}
