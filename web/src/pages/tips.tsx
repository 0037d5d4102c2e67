// SPDX-License-Identifier: AGPL-3.0-or-later
// Letters: tips for their readers, referrals for those who write them. /tips/CHANNEL/ID is one letter.
import type { Channel, Channels, LetterHead, Letters } from '../api/types';
import { useGet } from '../api/use';
import { formatDay, formatNumber } from '../format';
import { ButtonLink, type Column, Empty, Link, Page, Problem, Section, Skeleton, Table, Tag } from '../parts';
import { address, go, link, today } from '../state';
import { label } from '../text/dictionary';
import { t } from '../text/tips';
import { KeyDoor } from './tips/key';
import { LetterPage } from './tips/letter';
import { Newcomers } from './tips/newcomers';
import { Refer } from './tips/refer';

function Counts({ channel }: { channel: Channel }) {
  if (!channel.counts.length) return null;
  return (
    <Section title={t('counts')} note={label(channel.label)}>
      <Table
        caption={t('counts')}
        rows={channel.counts.slice(0, 12)}
        keyOf={(one) => one.month}
        columns={[
          { key: 'month', label: t('month'), cell: (one) => one.month },
          { key: 'received', label: t('received'), numeric: true, cell: (one) => formatNumber(one.received) },
          { key: 'in_time', label: t('inTime'), numeric: true, cell: (one) => formatNumber(one.in_time) },
          { key: 'late', label: t('lateCount'), numeric: true, cell: (one) => formatNumber(one.late) },
        ]}
      />
    </Section>
  );
}

const waits = (one: LetterHead) => one.state === 'new' || one.state === 'read';
const isLate = (one: LetterHead) => waits(one) && one.due_on < today.value;

/** Days and states, which are not sealed: what waits is seen before the key is unlocked, what is in it is not. */
function List({ channel, open }: { channel: Channel; open: boolean }) {
  const list = useGet<Letters>(`/api/channels/${channel.name}/letters`);
  const letters = list.data?.letters ?? [];
  const to = (one: LetterHead) => link(`/tips/${channel.name}/${one.id}`);
  const columns: Column<LetterHead>[] = [
    {
      key: 'state',
      label: t('state'),
      cell: (one) => <Tag tone={one.state === 'new' ? 'note' : one.state === 'read' ? 'warn' : 'plain'}>{t(one.state)}</Tag>,
    },
    { key: 'arrived', label: t('arrived'), cell: (one) => formatDay(one.arrived_on) },
    {
      key: 'due',
      label: t('due'),
      cell: (one) => (
        <>
          {formatDay(one.due_on)} {isLate(one) && <Tag tone="bad">{t('late')}</Tag>}
        </>
      ),
    },
    { key: 'messages', label: t('messages'), numeric: true, cell: (one) => one.messages },
    { key: 'files', label: t('files'), numeric: true, cell: (one) => one.files },
    { key: 'keep', label: t('keep'), cell: (one) => formatDay(one.keep_until) },
  ];
  // First, so that it is in view on a telephone.
  if (open)
    columns.unshift({
      key: 'open',
      label: <span class="unseen">{t('open')}</span>,
      cell: (one) => <Link href={to(one)}>{t('open')}</Link>,
    });
  return (
    <>
      <Section title={label(channel.label)} note={letters.length > 0 && t('waiting', { n: letters.filter(waits).length })}>
        {list.error && <Problem error={list.error} again={list.again} />}
        {!list.data && !list.error && <Skeleton lines={3} />}
        {list.data?.letters.length === 0 && (
          <Empty icon="lock" title={t('noLetters')}>
            {channel.public && t('noLettersHelp')}
          </Empty>
        )}
        {letters.length > 0 && (
          <Table
            lines
            caption={t('letters')}
            rows={letters}
            keyOf={(one) => one.id}
            columns={columns}
            onOpen={open ? (one) => go(to(one)) : undefined}
          />
        )}
        {open && <Newcomers channel={channel} />}
      </Section>
      <Counts channel={channel} />
    </>
  );
}

function Reader({ state }: { state: Channels }) {
  const [, name, id] = address.value.path;
  const mine = state.channels.filter((one) => one.reads);
  const open = mine.find((one) => one.name === name);
  if (state.key === 'open' && open && id) return <LetterPage key={id} channel={open} id={id} onBack={() => go(link('/tips'))} />;
  return (
    <>
      {mine.map((one) => (
        <List key={one.name} channel={one} open={state.key === 'open'} />
      ))}
    </>
  );
}

export default function Tips() {
  // Still: the making of a key is a change of the data, and must not take the recovery key off the screen.
  const channels = useGet<Channels>('/api/channels', undefined, true);
  const state = channels.data;
  const reads = state?.channels.some((one) => one.reads) ?? false;
  const writes = state?.channels.filter((one) => one.writes) ?? [];
  return (
    <Page title={t('title')} lead={t('lead')}>
      {channels.error && <Problem error={channels.error} again={channels.again} />}
      {!state && !channels.error && <Skeleton lines={4} />}
      {state && !reads && !writes.length && (
        <Empty icon="lock" title={t('none')}>
          {t('noneHelp')}
        </Empty>
      )}
      {state && reads && !state.totp && (
        <Empty
          icon="lock"
          title={t('needSecond')}
          action={
            <ButtonLink kind="main" href={link('/account')}>
              {t('toAccount')}
            </ButtonLink>
          }
        >
          {t('needSecondHelp')}
        </Empty>
      )}
      {state && reads && state.totp && state.key !== 'open' && <KeyDoor locked={state.key === 'locked'} onOpen={channels.again} />}
      {state && reads && state.totp && state.key !== 'none' && <Reader state={state} />}
      {!address.value.path[2] && writes.map((one) => <Refer key={one.name} channel={one} />)}
    </Page>
  );
}
