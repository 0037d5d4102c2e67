// SPDX-License-Identifier: AGPL-3.0-or-later
// Signals in sentences; also part of the page Today.
import type { Signal } from '../../api/types';
import { formatPeriod, formatTime } from '../../format';
import { Empty, Icon, Link, Section, Tag } from '../../parts';
import { label } from '../../text/dictionary';
import { t } from '../../text/overview';
import { linkOf } from './cards';

export function Signals({ signals, most }: { signals: Signal[]; most?: number }) {
  return (
    <Section title={t('signalsTitle')} class="signals">
      {signals.length === 0 ? (
        <Empty icon="check" title={t('signalsEmpty')}>
          {t('signalsEmptyHelp')}
        </Empty>
      ) : (
        <ul>
          {signals.slice(0, most).map((one) => (
            <li key={one.id}>
              <Icon name="flag" />
              <div>
                <p>{label(one.text)}</p>
                <p class="meta">
                  {one.review && <Tag tone="note">{t('review')}</Tag>}
                  <span>{formatPeriod(one.period.code)}</span>
                  <span>{formatTime(one.at)}</span>
                  {one.finding && <span>{t('found', { finding: one.finding })}</span>}
                  <Link href={linkOf(one.link)}>{t('open')}</Link>
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
