// SPDX-License-Identifier: AGPL-3.0-or-later
// How many records to look at: the question stands in the address, the answer with its curve below.
import type { Lqas } from '../../api/types';
import { useGet } from '../../api/use';
import { OperatingCurve } from '../../draw/curve';
import { formatNumber } from '../../format';
import { Field, Input, Problem, Section, Skeleton } from '../../parts';
import { address, setQuery } from '../../state';
import { t } from '../../text/sampling';
import { lqasFields, lqasQuestion } from './question';

export const percent = (share: number): string => formatNumber(Number((100 * share).toPrecision(4)), share < 0.1 ? 1 : 0);

export function PlanWords({ plan }: { plan: Lqas }) {
  return (
    <>
      <p class="answer">{t('planTitle', { draw: plan.n, most: plan.d })}</p>
      <p>
        {t('planText', {
          p0: formatNumber(100 * plan.p0, 0),
          p1: formatNumber(100 * plan.p1, 0),
          alpha: formatNumber(100 * plan.alpha, 1),
          beta: formatNumber(100 * plan.beta, 1),
        })}
      </p>
    </>
  );
}

export function Verdict({ plan }: { plan: Lqas }) {
  const v = plan.verdict;
  if (!v) return null;
  const p = formatNumber(100 * (v.accepted ? plan.p1 : plan.p0), 0);
  return (
    <div class={v.accepted ? 'verdict good' : 'verdict bad'} role="status">
      <p class="answer">{t(v.accepted ? 'accepts' : 'refuses', { wrong: v.wrong, n: v.looked_at })}</p>
      <p>
        {t('interval', { low: formatNumber(100 * v.low, 1), high: formatNumber(100 * v.high, 1) })}{' '}
        {t(v.accepted ? 'errorAccepted' : 'errorRefused', { p, error: formatNumber(100 * v.error, 1) })}
      </p>
    </div>
  );
}

export function PlanPart() {
  const query = address.value.query;
  const asked = lqasQuestion(query);
  const answer = useGet<Lqas>('/api/lqas', asked, true);
  return (
    <Section title={t('plan')}>
      <div class="sampling-fields">
        <Field label={t('size')} hint={t('sizeHint')}>
          <Input inputMode="numeric" value={asked.size} onValue={(value) => setQuery({ size: value }, true)} />
        </Field>
        {lqasFields.map(([name, usual]) => (
          <Field key={name} label={t(name)} unit="%">
            <Input inputMode="decimal" value={query[name] ?? usual} onValue={(value) => setQuery({ [name]: value }, true)} />
          </Field>
        ))}
      </div>
      {answer.error && <Problem error={answer.error} />}
      {!answer.data && !answer.error && <Skeleton lines={6} />}
      {answer.data && (
        <div class={answer.stale ? 'stale' : undefined}>
          <PlanWords plan={answer.data} />
          <h3>{t('curve')}</h3>
          <OperatingCurve plan={answer.data} />
          <p class="hint">{t('curveNote')}</p>
        </div>
      )}
    </Section>
  );
}
