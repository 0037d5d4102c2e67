// SPDX-License-Identifier: AGPL-3.0-or-later
// Who owes a campaign what, by phase: a word and a mark in each cell, not a colour alone; a body opens to its papers.
import { useState } from 'preact/hooks';
import type { Campaign, CampaignCount } from '../../api/types';
import { formatDay } from '../../format';
import { linkNewRow, linkRow, linkRows } from '../../links';
import { useAll } from '../../paper';
import { Button, ButtonLink, type Column, Empty, Icon, Link, Section, Table, Tag } from '../../parts';
import { registerOf } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/supervise';

type Body = Campaign['bodies'][number];

function Cell({ count }: { count: CampaignCount }) {
  if (!count.owed) return null;
  if (count.done === count.owed)
    return (
      <span class="owes done">
        <Icon name="check" size={12} /> {t('cellDone', { n: count.done })}
      </span>
    );
  const open = count.owed - count.done - count.begun;
  return (
    <span class={`owes${count.late ? ' late' : ''}`}>
      {count.late > 0 && (
        <b>
          <Icon name="warning" size={12} /> {t('cellLate', { n: count.late })}
        </b>
      )}
      {open > count.late && <span>{t('cellOpen', { n: open - count.late })}</span>}
      {count.begun > 0 && <span>{t('cellBegun', { n: count.begun })}</span>}
      {count.done > 0 && (
        <span class="muted">
          <Icon name="check" size={12} /> {count.done}
        </span>
      )}
    </span>
  );
}

function Papers({ data, body }: { data: Campaign; body: number }) {
  return (
    <ul class="papers">
      {data.tasks
        .filter((one) => one.body === body)
        .map((one) => (
          <li key={one.id}>
            <Link href={linkRow(data.task_register, one.id)}>{label(one.item)}</Link>{' '}
            <Tag tone={one.done ? 'good' : one.late ? 'bad' : 'plain'}>{label(one.stage)}</Tag>{' '}
            {!one.done && one.due && <small>{t('dueOn', { day: formatDay(one.due) })}</small>}
          </li>
        ))}
    </ul>
  );
}

const few = 10;

export function Bodies({ data }: { data: Campaign }) {
  const [open, setOpen] = useState('');
  const [all, setAll] = useAll();
  const shown = data.phases.map((phase, i) => ({ phase, i })).filter(({ phase }) => phase.count.owed > 0);
  const at = data.bodies.findIndex((one) => one.key === open);
  const columns: Column<Body>[] = [
    { key: 'body', label: t('body'), cell: (row) => label(row.label), wrap: true },
    ...shown.map(({ phase, i }) => ({
      key: phase.name,
      label: label(phase.label),
      cell: (row: Body) => <Cell count={row.phases[i]!} />,
    })),
    { key: 'all', label: t('all'), numeric: true, cell: (row) => <b>{t('doneOf', { done: row.all.done, owed: row.all.owed })}</b> },
  ];
  const list = linkRows(data.task_register, { 'f.campaign': data.number, wide: 'period' });
  const mayWrite = registerOf(data.task_register)?.may.write;
  return (
    <Section
      title={t('bodies')}
      note={
        data.count.owed > 0 &&
        t('bodiesNote', { owed: data.count.owed, done: data.count.done, begun: data.count.begun, late: data.count.late })
      }
      actions={<Link href={list}>{t('seeTasks')}</Link>}
      class="bodies"
    >
      {data.bodies.length === 0 ? (
        <Empty
          icon="registers"
          title={t('noTasks')}
          action={
            mayWrite && (
              <ButtonLink kind="main" icon="add" href={linkNewRow(data.task_register)}>
                {t('newTask')}
              </ButtonLink>
            )
          }
        >
          {t('noTasksHelp')}
        </Empty>
      ) : (
        <>
          <Table<Body>
            lines
            caption={t('bodies')}
            columns={columns}
            rows={all ? data.bodies : data.bodies.slice(0, few)}
            keyOf={(row) => row.key}
            selected={open}
            onOpen={(row) => setOpen(row.key === open ? '' : row.key)}
          />
          {at >= 0 && (
            <div class="body-papers" aria-live="polite">
              <h3>{label(data.bodies[at]!.label)}</h3>
              <Papers data={data} body={at} />
            </div>
          )}
          {data.bodies.length > few && (
            <Button small kind="quiet" icon={all ? 'up' : 'down'} onClick={() => setAll(!all)}>
              {all ? t('fewer') : t('more', { n: data.bodies.length - few })}
            </Button>
          )}
        </>
      )}
    </Section>
  );
}
