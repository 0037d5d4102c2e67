// SPDX-License-Identifier: AGPL-3.0-or-later
// Signals in sentences; also part of the page Today.
import type { Signal } from '../../api/types';
import { formatPeriod, formatTime } from '../../format';
import { linkOf } from '../../links';
import { useAll } from '../../paper';
import { Button, Empty, Icon, Link, Section, Tag } from '../../parts';
import { label } from '../../text/dictionary';
import { t } from '../../text/overview';
import { partsOf } from './sentence';

function One({ signal }: { signal: Signal }) {
  const [finding, beside] = partsOf(label(signal.text));
  return (
    <li>
      <Icon name="flag" />
      <div>
        <p>{finding}</p>
        <p class="meta">
          {signal.review && <Tag tone="note">{t('review')}</Tag>}
          <span>{formatPeriod(signal.period.code)}</span>
          <span>{formatTime(signal.at)}</span>
          {signal.finding && <span>{t('found', { finding: signal.finding })}</span>}
          <Link href={linkOf(signal.link)}>{t('open')}</Link>
        </p>
        {beside && (
          <details>
            <summary>{t('howSure')}</summary>
            <p>{beside}</p>
          </details>
        )}
      </div>
    </li>
  );
}

const few = 5;

export function Signals({ signals }: { signals: Signal[] }) {
  const [all, setAll] = useAll();
  return (
    <Section title={t('signalsTitle')} class="signals">
      {signals.length === 0 ? (
        <Empty icon="check" title={t('signalsEmpty')}>
          {t('signalsEmptyHelp')}
        </Empty>
      ) : (
        <ul>
          {(all ? signals : signals.slice(0, few)).map((one) => (
            <One key={one.id} signal={one} />
          ))}
        </ul>
      )}
      {signals.length > few && (
        <Button small kind="quiet" icon={all ? 'up' : 'down'} onClick={() => setAll(!all)}>
          {all ? t('fewerSignals') : t('moreSignals', { n: signals.length - few })}
        </Button>
      )}
    </Section>
  );
}
