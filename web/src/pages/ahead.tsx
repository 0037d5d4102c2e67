// SPDX-License-Identifier: AGPL-3.0-or-later
// The years ahead of an area: an early warning, the pyramid now and then, what may come with its range, what is needed, and what if.
// Everything that is chosen stands in the address.
import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../api/client';
import type { Ahead, Projections } from '../api/types';
import { useGet } from '../api/use';
import { formatSentences } from '../format';
import { linkImport } from '../links';
import { sentence } from '../made';
import {
  Button,
  ButtonLink,
  Empty,
  errorWords,
  Icon,
  Later,
  openDrawer,
  Page,
  PrintButton,
  Problem,
  Section,
  Select,
  Skeleton,
} from '../parts';
import { remember } from '../recall';
import { address, area, language, mayDo, setQuery } from '../state';
import { t } from '../text/ahead';
import { label } from '../text/dictionary';
import { BasisBody, BasisSection } from './ahead/basis';
import { type ChoiceName, choiceFields, choicesOf, momentOf } from './ahead/choice';
import { ChosenFan, FanPanel } from './ahead/fan';
import { WhatIf } from './ahead/form';
import { PyramidPanel } from './ahead/pyramid';
import { Cohorts, Needs, Normal } from './ahead/tables';
import { Download, DownloadProblem } from './reports/download';

function Note({ data }: { data: Ahead }) {
  const [first, ...more] = data.note;
  const n = data.note.filter((one) => one.warns).length;
  return (
    <Section
      title={t('note')}
      note={n ? t('warnings', { n }) : t('noWarnings')}
      class="early-warning"
      actions={
        <Button
          small
          icon="info"
          onClick={() =>
            openDrawer(
              () => t('basis'),
              () => <BasisBody data={data} />,
            )
          }
        >
          {t('basis')}
        </Button>
      }
    >
      {first && <p class="first">{sentence(label(first.text))}</p>}
      <ul class="signals">
        {more.map((one) => (
          <li key={one.kind} class={one.warns ? 'warns' : undefined}>
            <Icon name={one.warns ? 'warning' : 'info'} />
            <span>{sentence(label(one.text))}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What was changed, in words: it stands on paper too, where there is no form. */
function Changed({ choices }: { choices: Partial<Record<ChoiceName, string>> }) {
  const named = choiceFields.filter(({ name }) => choices[name]);
  if (!named.length) return null;
  return (
    <ul class="row changed-choices" aria-label={t('changed', { n: named.length })}>
      {named.map(({ name }) => {
        const said = t(`said_${name}`, { value: choices[name]! });
        return (
          <li key={name} class="chip">
            {said}
            <Button small kind="quiet" icon="close" aria-label={t('drop', { what: said })} onClick={() => setQuery({ [name]: '' })} />
          </li>
        );
      })}
    </ul>
  );
}

function Result({ data }: { data: Ahead }) {
  const last = data.years.length - 1;
  const asked = Number(address.value.query.year);
  const [moment, setMoment] = useState(asked ? momentOf(data.years, asked) : last);
  const at = Math.min(moment, last);
  // What was chosen is in the address once it rests; while it plays the address is left alone.
  useEffect(() => {
    const year = at === last ? '' : String(data.years[at]);
    if (year === (address.peek().query.year ?? '')) return;
    const timer = setTimeout(() => setQuery({ year }, true), 600);
    return () => clearTimeout(timer);
  }, [at, last, data]);
  const all = data.figures.find((one) => one.name === 'all');
  return (
    <>
      <div class="two">
        <div>
          <PyramidPanel data={data} moment={at} onMoment={setMoment} />
        </div>
        <div>
          {all && <FanPanel data={data} line={all} moment={at} onMoment={setMoment} />}
          <ChosenFan data={data} moment={at} onMoment={setMoment} />
        </div>
      </div>
      <Later>
        <Normal data={data} />
        <Cohorts data={data} />
        <Needs data={data} />
        <BasisSection data={data} />
      </Later>
    </>
  );
}

/** No count, no births: it is not the question's fault, and there is something to do. */
const isEmpty = (error: ApiError): boolean => /^projection\.(count|level|hole|oldest|empty|years|nothing)$/.test(error.key);

function Failed({ error, again }: { error: ApiError; again: () => void }) {
  if (!isEmpty(error)) return <Problem error={error} again={again} />;
  const { text, cure, detail } = errorWords(error);
  return (
    <Empty
      icon="ahead"
      title={t('noCount')}
      action={
        mayDo('import') && (
          <ButtonLink kind="main" href={linkImport()}>
            {t('doImport')}
          </ButtonLink>
        )
      }
    >
      <p>{t('noCountHelp')}</p>
      <p>{formatSentences([text, cure].filter(Boolean))}</p>
      {detail && (
        <p class="hint" lang="en">
          {detail}
        </p>
      )}
    </Empty>
  );
}

export default function AheadPage() {
  const list = useGet<Projections>('/api/projections', undefined, true);
  const plans = list.data?.projections ?? [];
  const plan = plans.find((one) => one.name === address.value.query.projection) ?? plans[0];
  const first = plans[0]?.name;
  useEffect(() => {
    if (first) remember('heng.projection', first);
  }, [first]);
  const choices = choicesOf(address.value.query);
  const path = plan ? `/api/projections/${encodeURIComponent(plan.name)}` : null;
  const query = { area: area.value, ...choices };
  const answer = useGet<Ahead>(path, query);
  const [error, setError] = useState<unknown>(null);
  const data = answer.data;
  const waiting = !answer.error && !list.error && (!list.data || plan);
  const changed = choiceFields.map(({ name }) => name).filter((name) => choices[name]);
  const file = (ending: string) => `${[plan?.name, area.value].filter(Boolean).join('-')}.${ending}`;
  const download = { path: path ?? '', onError: setError };
  const given = { ...query, lang: language.value };
  const years = data && { from: String(data.years[0]), to: String(data.years[data.years.length - 1]) };
  return (
    <Page
      title={t('title')}
      lead={data && years && t('lead', { area: label(data.area.label), ...years })}
      actions={
        plan && (
          <>
            {plans.length > 1 && (
              <Select
                aria-label={t('plan')}
                value={plan.name}
                choices={plans.map((one) => ({ value: one.name, label: label(one.label) }))}
                onValue={(projection) => setQuery({ projection })}
              />
            )}
            <Download {...download} kind="PDF" icon="download" query={{ ...given, format: 'pdf' }} name={file('pdf')} />
            <Download {...download} kind="XLSX" icon="table" query={{ ...given, format: 'xlsx' }} name={file('xlsx')} />
            <PrintButton />
          </>
        )
      }
    >
      {error !== null && <DownloadProblem error={error} />}
      {list.error && <Problem error={list.error} again={list.again} />}
      {list.data && !plan && (
        <Empty icon="ahead" title={t('none')}>
          {t('noneHelp')}
        </Empty>
      )}
      {plan && <Changed choices={choices} />}
      {answer.error && <Failed error={answer.error} again={answer.again} />}
      <div class={answer.stale ? 'ahead stale' : 'ahead'}>{data ? <Note data={data} /> : waiting && <WaitingNote />}</div>
      {plan && (!answer.error || !isEmpty(answer.error)) && <WhatIf data={data} loading={answer.loading} changed={changed} />}
      <div class={answer.stale ? 'ahead stale' : 'ahead'}>{data ? <Result key={area.value} data={data} /> : waiting && <Waiting />}</div>
    </Page>
  );
}

function WaitingNote() {
  return (
    <Section title={t('note')}>
      <Skeleton lines={4} />
    </Section>
  );
}

function Waiting() {
  return (
    <div class="two">
      <Section title={t('pyramid')}>
        <Skeleton height={560} />
      </Section>
      <Section title={t('needs')}>
        <Skeleton height={560} />
      </Section>
    </div>
  );
}
