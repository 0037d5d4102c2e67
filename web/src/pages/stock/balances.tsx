// SPDX-License-Identifier: AGPL-3.0-or-later
// What is where: the lots that expire or run out first stand first.
import type { Ledger, LedgerBalance, LedgerBalances } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay } from '../../format';
import { type Column, Empty, Problem, Skeleton, Table, Tag } from '../../parts';
import { label } from '../../text/dictionary';
import { t } from '../../text/stock';
import { inOrder, keyOf } from './lines';
import { itemName, quantityText } from './words';

export function columnsOf(ledger: Ledger): Column<LedgerBalance>[] {
  const columns: (Column<LedgerBalance> | false)[] = [
    {
      key: 'facility',
      label: t('facility'),
      wrap: true,
      cell: (one) => (
        <>
          {label(one.facility?.label)} {one.account && <Tag>{t('onTheWay')}</Tag>}
        </>
      ),
    },
    ledger.kind === 'goods' && { key: 'item', label: t('item'), cell: (one) => itemName(ledger, one.item) },
    ledger.lots && { key: 'lot', label: t('lot'), cell: (one) => one.lot },
    ledger.lots && {
      key: 'expires',
      label: t('expires'),
      whole: true,
      cell: (one) =>
        one.expires && (
          <>
            {formatDay(one.expires)} {one.state && <Tag tone={one.state === 'expired' ? 'bad' : 'warn'}>{t(one.state)}</Tag>}
          </>
        ),
    },
    { key: 'quantity', label: t('quantity'), numeric: true, whole: true, cell: (one) => quantityText(ledger, one.item, one.quantity) },
    { key: 'last', label: t('last'), whole: true, cell: (one) => formatDay(one.last) },
  ];
  return columns.filter((one) => one !== false);
}

/** within: codes of facilities of the area chosen; null: everywhere. */
export function Balances({ ledger, facility, item, within }: { ledger: Ledger; facility: string; item: string; within: string[] | null }) {
  const answer = useGet<LedgerBalances>(`/api/ledgers/${ledger.name}/balances`, { facility });
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!answer.data) return <Skeleton lines={6} />;
  const rows = inOrder(answer.data.balances).filter(
    (one) => (!item || one.item === item) && (!within || within.includes(one.facility?.code ?? '')),
  );
  const accounts = answer.data.balances.filter((one) => !one.facility && (!item || one.item === item));
  if (!rows.length && !accounts.length)
    return (
      <Empty icon="table" title={t('nothing')}>
        {t('nothingHelp')}
      </Empty>
    );
  return (
    <>
      <Table lines caption={t('balances')} columns={columnsOf(ledger)} rows={rows} keyOf={keyOf} stale={answer.stale} />
      {accounts.length > 0 && (
        <details class="stock-accounts">
          <summary>{t('accounts')}</summary>
          <ul class="plain">
            {accounts.map((one) => (
              <li key={keyOf(one)}>
                {label(ledger.accounts.find((a) => a.name === one.account)?.label)} · {itemName(ledger, one.item)} {one.lot}{' '}
                <b>{quantityText(ledger, one.item, one.quantity)}</b>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
