// SPDX-License-Identifier: AGPL-3.0-or-later
// The next inspection round: by day and team, each choice with its reason; to print for the teams.
import type { Rota, RotaLeft, RotaVisit } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay, formatNumber } from '../../format';
import { Button, DateInput, Empty, Field, Icon, Input, Later, PrintButton, Problem, Section, Select, Skeleton, Table } from '../../parts';
import { address, area, model, setQuery, today } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/sampling';
import { rotaQuestion } from './question';

const columns = [
  { key: 'facility', label: () => t('facility'), cell: (one: RotaVisit | RotaLeft) => label(one.facility?.label) },
  { key: 'area', label: () => t('area'), cell: (one: RotaVisit | RotaLeft) => label(one.area?.label) },
  {
    key: 'risk',
    label: () => t('risk'),
    wrap: true,
    cell: (one: RotaVisit | RotaLeft) => (one.risk_text ? `${formatNumber(one.risk, 1)} · ${one.risk_text}` : formatNumber(one.risk, 1)),
  },
  { key: 'last', label: () => t('last'), cell: (one: RotaVisit | RotaLeft) => (one.last ? formatDay(one.last) : t('never')) },
  { key: 'why', label: () => t('why'), width: '320px', wrap: true, cell: (one: RotaVisit | RotaLeft) => one.why },
];
const said = () => columns.map((one) => ({ ...one, label: one.label() }));

/** A day, a table to each team. */
function Day({ day, visits }: { day: number; visits: RotaVisit[] }) {
  return (
    <Section title={t('day', { n: day, date: formatDay(visits[0]?.date) })}>
      {[...new Set(visits.map((one) => one.team))].map((team) => (
        <Table<RotaVisit>
          key={team}
          lines
          caption={t('team', { n: team })}
          captioned
          rows={visits.filter((one) => one.team === team)}
          keyOf={(one) => `${one.facility?.code}`}
          columns={said()}
        />
      ))}
    </Section>
  );
}

function Rounds({ rota }: { rota: Rota }) {
  const [first, ...others] = [...new Set(rota.visits.map((one) => one.day))];
  const visits = (day: number) => rota.visits.filter((one) => one.day === day);
  return (
    <>
      {first !== undefined && <Day day={first} visits={visits(first)} />}
      <Later>
        {others.map((day) => (
          <Day key={day} day={day} visits={visits(day)} />
        ))}
        {rota.left.length > 0 && (
          <Section title={t('left')} note={formatNumber(rota.left.length)}>
            <Table<RotaLeft> lines caption={t('left')} rows={rota.left} keyOf={(one) => `${one.facility?.code}`} columns={said()} />
          </Section>
        )}
      </Later>
    </>
  );
}

export function RotaPart() {
  const query = address.value.query;
  const register = model.value?.registers.find((one) => one.kind === 'facilities');
  const kinds = register?.fields.find((one) => one.name === 'kind')?.codes ?? [];
  const asked = rotaQuestion(query, area.value, today.value);
  const answer = useGet<Rota>(register?.may.read ? `/api/registers/${register.name}/rota` : null, asked);
  if (!register?.may.read) return <Empty icon="lock" title={t('noRota')} />;
  const number = (name: 'teams' | 'days' | 'per_day' | 'seed', words: string) => (
    <Field label={words}>
      <Input inputMode="numeric" value={asked[name]} onValue={(value) => setQuery({ [name]: value }, true)} />
    </Field>
  );
  const rota = answer.data;
  return (
    <>
      <Section
        title={t('rota')}
        actions={
          <>
            <Button icon="undo" onClick={() => setQuery({ seed: String(Math.floor(Math.random() * 1e9)) })}>
              {t('again')}
            </Button>
            <PrintButton />
          </>
        }
      >
        <div class="sampling-fields">
          {number('teams', t('teams'))}
          {number('days', t('days'))}
          {number('per_day', t('perDay'))}
          <Field label={t('start')}>
            <DateInput value={asked.start} near={today.value} onValue={(value) => setQuery({ start: value ?? '' })} />
          </Field>
          <Field label={t('kinds')}>
            <Select
              value={asked.kinds}
              empty={t('allKinds')}
              choices={kinds.map((one) => ({ value: one.value, label: label(one.label) }))}
              onValue={(value) => setQuery({ kinds: value })}
            />
          </Field>
          {number('seed', t('lot'))}
        </div>
        {answer.error && <Problem error={answer.error} again={answer.again} />}
        {!rota && !answer.error && <Skeleton lines={8} />}
        {rota && (
          <>
            <p>{t('rotaText', { n: rota.visits.length, all: rota.facilities, within: rota.within })}</p>
            {rota.overdue > 0 && (
              <p class="caution">
                <Icon name="warning" size={14} /> {t('overdue', { n: rota.overdue })}
              </p>
            )}
            {rota.checklists === 0 && <p class="hint">{t('noVisits')}</p>}
            <p class="hint">{t('rotaKeep', { seed: rota.seed })}</p>
          </>
        )}
      </Section>
      {rota && <Rounds rota={rota} />}
    </>
  );
}
