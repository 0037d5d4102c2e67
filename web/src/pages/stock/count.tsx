// SPDX-License-Identifier: AGPL-3.0-or-later
// A count sheet: what is there is written down first; only then is it set beside what the books say.
import { useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Ledger, LedgerBalances, LedgerPosted } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay } from '../../format';
import { randomName } from '../../offline/crypto';
import { Button, Empty, Input, Problem, Skeleton, Table } from '../../parts';
import { today } from '../../state';
import { t } from '../../text/stock';
import { countToSend, fromThousandths, keyOf, thousandths } from './lines';
import { itemName, quantityText } from './words';

export function CountSheet({ ledger, facility, onPosted }: { ledger: Ledger; facility: string; onPosted: () => void }) {
  const movement = ledger.movements.find((one) => one.count);
  const answer = useGet<LedgerBalances>(facility ? `/api/ledgers/${ledger.name}/balances` : null, { facility });
  const [counted, setCounted] = useState<Record<string, string>>({});
  const [compared, setCompared] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [posted, setPosted] = useState<LedgerPosted | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(randomName());
  if (!facility) return <Empty icon="facility" title={t('chooseFacility')} />;
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!answer.data || !movement) return <Skeleton lines={6} />;
  const rows = answer.data.balances.filter((one) => one.facility && !one.account);
  if (!rows.length) return <Empty icon="table" title={t('countNone')} />;
  const any = rows.some((one) => (counted[keyOf(one)] ?? '').trim());

  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      const entry = { ...countToSend(movement.name, today.value, facility, rows, counted), key: key.current };
      setPosted(await api.post<LedgerPosted>(`/api/ledgers/${ledger.name}/entries`, entry));
      key.current = randomName();
      setCounted({});
      setCompared(false);
      answer.again();
      onPosted();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="stock-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (compared) send();
        else setCompared(true);
      }}
    >
      <p class="hint">{t('countLead')}</p>
      <Table
        lines
        caption={t('count')}
        rows={rows}
        keyOf={keyOf}
        columns={[
          { key: 'item', label: t('item'), cell: (one) => itemName(ledger, one.item) },
          { key: 'lot', label: t('lot'), cell: (one) => one.lot },
          { key: 'expires', label: t('expires'), cell: (one) => formatDay(one.expires) },
          {
            key: 'counted',
            label: t('counted'),
            numeric: true,
            cell: (one) => (
              <Input
                class="quantity"
                inputMode="decimal"
                disabled={compared}
                aria-label={`${t('counted')} ${itemName(ledger, one.item)} ${one.lot}`}
                value={counted[keyOf(one)] ?? ''}
                onValue={(value) => setCounted({ ...counted, [keyOf(one)]: value })}
              />
            ),
          },
          {
            key: 'expected',
            label: t('expected'),
            numeric: true,
            cell: (one) => (compared && counted[keyOf(one)] ? quantityText(ledger, one.item, one.quantity) : ''),
          },
          {
            key: 'difference',
            label: t('difference'),
            numeric: true,
            cell: (one) => {
              const is = thousandths(counted[keyOf(one)] ?? '');
              if (!compared || is === null) return '';
              const by = is - (thousandths(one.quantity) ?? 0);
              return by ? fromThousandths(by).replace('-', '−') : t('matches');
            },
          },
        ]}
      />
      <div class="stock-actions">
        <Button kind="main" type="submit" disabled={!any} busy={busy}>
          {t(compared ? 'countPost' : 'show')}
        </Button>
      </div>
      {posted && <p role="status">{t('posted', { id: posted.id })}</p>}
      {error !== null && <Problem error={error} />}
    </form>
  );
}
