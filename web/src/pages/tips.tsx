// SPDX-License-Identifier: AGPL-3.0-or-later
// Letters: tips for their readers, referrals for those who write them. /tips/CHANNEL/ID is one letter.
import type { Channel, Channels, Letters } from '../api/types';
import { useGet } from '../api/use';
import { formatDay } from '../format';
import { ButtonLink, Empty, Page, Problem, Section, Skeleton, Tag } from '../parts';
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
    <table class="plain">
      <caption>{t('counts')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('month')}</th>
          <th scope="col">{t('received')}</th>
          <th scope="col">{t('inTime')}</th>
          <th scope="col">{t('lateCount')}</th>
        </tr>
      </thead>
      <tbody>
        {channel.counts.slice(0, 12).map((one) => (
          <tr key={one.month}>
            <th scope="row">{one.month}</th>
            <td>{one.received}</td>
            <td>{one.in_time}</td>
            <td>{one.late}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function List({ channel }: { channel: Channel }) {
  const list = useGet<Letters>(`/api/channels/${channel.name}/letters`);
  return (
    <Section title={label(channel.label)}>
      {list.error && <Problem error={list.error} again={list.again} />}
      {!list.data && !list.error && <Skeleton lines={3} />}
      {list.data?.letters.length === 0 && (
        <Empty icon="lock" title={t('noLetters')}>
          {channel.public && t('noLettersHelp')}
        </Empty>
      )}
      {list.data && list.data.letters.length > 0 && (
        <table class="plain">
          <caption class="unseen">{t('letters')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('state')}</th>
              <th scope="col">{t('arrived')}</th>
              <th scope="col">{t('due')}</th>
              <th scope="col">{t('messages')}</th>
              <th scope="col">{t('files')}</th>
              <th scope="col">{t('keep')}</th>
              <th scope="col">{t('open')}</th>
            </tr>
          </thead>
          <tbody>
            {list.data.letters.map((one) => (
              <tr key={one.id}>
                <td>
                  <Tag tone={one.state === 'new' ? 'note' : 'plain'}>{t(one.state)}</Tag>
                </td>
                <td>{formatDay(one.arrived_on)}</td>
                <td>
                  {formatDay(one.due_on)}{' '}
                  {(one.state === 'new' || one.state === 'read') && one.due_on < today.value && <Tag tone="bad">{t('late')}</Tag>}
                </td>
                <td>{one.messages}</td>
                <td>{one.files}</td>
                <td>{formatDay(one.keep_until)}</td>
                <td>
                  <ButtonLink small href={link(`/tips/${channel.name}/${one.id}`)}>
                    {t('open')}
                  </ButtonLink>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Newcomers channel={channel} />
      <Counts channel={channel} />
    </Section>
  );
}

function Reader({ state }: { state: Channels }) {
  const [, name, id] = address.value.path;
  const mine = state.channels.filter((one) => one.reads);
  const open = mine.find((one) => one.name === name);
  if (open && id) return <LetterPage key={id} channel={open} id={id} onBack={() => go(link('/tips'))} />;
  return (
    <>
      {mine.map((one) => (
        <List key={one.name} channel={one} />
      ))}
    </>
  );
}

export default function Tips() {
  const channels = useGet<Channels>('/api/channels');
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
      {state && reads && state.totp && state.key === 'open' && <Reader state={state} />}
      {writes.map((one) => (
        <Refer key={one.name} channel={one} />
      ))}
    </Page>
  );
}
