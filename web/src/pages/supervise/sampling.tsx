// SPDX-License-Identifier: AGPL-3.0-or-later
// Samples, audits of record books and the rota; which one stands in the address.
import { Page, Tabs } from '../../parts';
import { address, setQuery } from '../../state';
import { t } from '../../text/sampling';
import { AuditsPart } from './audits';
import { PlanPart } from './plan';
import { RotaPart } from './rota';

const parts = { plan: PlanPart, audits: AuditsPart, rota: RotaPart };
type Part = keyof typeof parts;
const names = Object.keys(parts) as Part[];

export default function SamplingPage() {
  const asked = address.value.query.part ?? '';
  const part: Part = names.find((one) => one === asked) ?? 'plan';
  const Body = parts[part];
  return (
    <Page title={t('title')} lead={t('lead')} wide>
      <Tabs
        label={t('parts')}
        value={part}
        onValue={(value) => setQuery({ part: value === 'plan' ? '' : value, audit: '' })}
        tabs={names.map((one) => ({ value: one, label: t(one) }))}
      >
        <Body />
      </Tabs>
    </Page>
  );
}
