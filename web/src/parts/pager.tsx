// SPDX-License-Identifier: AGPL-3.0-or-later
import { t } from '../text/parts';
import { Button } from './button';

/** For cursor pages: the page keeps the cursors it has come by. all undefined: how many there are is not known. */
export function Pager({
  from,
  shown,
  all,
  hasNext,
  onPrevious,
  onNext,
}: {
  from: number;
  shown: number;
  all?: number;
  hasNext: boolean;
  onPrevious?: () => void;
  onNext: () => void;
}) {
  if (!shown && from === 1) return null;
  const to = from + shown - 1;
  return (
    <nav class="pager" aria-label={t('pageFrom', { from, to })}>
      <Button small icon="left" disabled={!onPrevious} onClick={onPrevious} aria-label={t('previous')} title={t('previous')} />
      <span aria-live="polite">{all === undefined ? t('pageFrom', { from, to }) : t('pageOf', { from, to, all })}</span>
      <Button small icon="right" disabled={!hasNext} onClick={onNext} aria-label={t('next')} title={t('next')} />
    </nav>
  );
}
