// SPDX-License-Identifier: AGPL-3.0-or-later
// People: who may enter, in which role, where and until when; invitations and links, shown once.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { NewLink, Person, PersonEdit, Role } from '../../api/types';
import { useGet } from '../../api/use';
import { loadPlaces, nameOfPlace } from '../../entry/places';
import { compareText, formatClauses, formatDay, formatTime } from '../../format';
import {
  AreaCombo,
  Button,
  type Column,
  Confirm,
  Dialog,
  Empty,
  FacilityCombo,
  Field,
  IconButton,
  Input,
  Menu,
  Problem,
  Section,
  Select,
  Skeleton,
  Table,
  Tag,
  type Tone,
  toast,
} from '../../parts';
import { session } from '../../state';
import { t } from '../../text/admin';
import { label } from '../../text/dictionary';
import { CopyField } from '../account/copy';
import { DayField } from './day';
import { rightsWords } from './rights';

type Held = Person['roles'][number];
const tones: Record<Person['state'], Tone> = { active: 'good', invited: 'note', off: 'plain', locked: 'warn' };

/** The server gives a path; what is handed on must work anywhere. */
export const wholeLink = (link: string): string => (link.startsWith('/') ? location.origin + link : link);

function LinkDialog({ name, link, onClose }: { name: string; link: NewLink; onClose: () => void }) {
  return (
    <Dialog title={t('linkTitle', { name })} onClose={onClose}>
      <div class="stack">
        <p>{t('linkHelp', { until: formatTime(link.until) })}</p>
        <CopyField label={t('linkTitle', { name })} value={wholeLink(link.link)} />
      </div>
    </Dialog>
  );
}

/** Roles with their area and last day; what the chosen role may do is said below it. */
function RolesHeld({ value, roles, onValue }: { value: Held[]; roles: Role[]; onValue: (value: Held[]) => void }) {
  const [known, setKnown] = useState<Record<string, string>>({});
  const set = (i: number, change: Partial<Held>) => onValue(value.map((one, k) => (k === i ? { ...one, ...change } : one)));
  return (
    <div class="stack">
      {value.map((one, i) => {
        const role = roles.find((r) => r.name === one.role);
        return (
          <fieldset key={i} class="held">
            <legend class="unseen">{label(role?.label) || t('role')}</legend>
            <div class="held-row">
              <Field label={t('role')} required>
                <Select
                  value={one.role}
                  empty="–"
                  choices={roles.map((r) => ({ value: r.name, label: label(r.label) }))}
                  onValue={(name) => set(i, { role: name })}
                />
              </Field>
              <Field label={t('at')}>
                <AreaCombo
                  value={one.area}
                  text={one.area ? (known[one.area] ?? nameOfPlace(one.area)) : t('atAll')}
                  onValue={(code, name) => {
                    setKnown({ ...known, [code]: name });
                    set(i, { area: code, facility: '' });
                  }}
                />
              </Field>
              <Field label={t('ofFacility')} hint={t('ofFacilityHint')}>
                <FacilityCombo
                  value={one.facility ?? ''}
                  text={one.facility ? (known[`facility ${one.facility}`] ?? nameOfPlace(one.facility)) : ''}
                  area={one.area}
                  onValue={(code, name) => {
                    setKnown({ ...known, [`facility ${code}`]: name });
                    set(i, { facility: code });
                  }}
                />
              </Field>
              <DayField
                label={t('until')}
                hint={t('untilHint')}
                value={one.until ?? ''}
                onValue={(day) => set(i, { until: day || null })}
              />
              {value.length > 1 && (
                <IconButton icon="close" label={t('dropRole')} onClick={() => onValue(value.filter((_, k) => k !== i))} />
              )}
            </div>
            {role && (
              <p class="hint">
                {t('mayDo')}{' '}
                {one.facility && role.name === 'facility' ? t('ofFacilityMay') : formatClauses(rightsWords(role)) || t('mayNothing')}
              </p>
            )}
          </fieldset>
        );
      })}
      <p class="row">
        <Button
          small
          icon="add"
          onClick={() =>
            onValue([...value, { role: '', area: value[0]?.area ?? session.value?.user?.area ?? '', facility: '', until: null }])
          }
        >
          {t('addRole')}
        </Button>
      </p>
    </div>
  );
}

function PersonDialog({
  person,
  roles,
  onDone,
  onClose,
}: {
  person: Person | null;
  roles: Role[];
  onDone: (link: NewLink | null, name: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState(person?.name ?? '');
  const [fullName, setFullName] = useState(person?.full_name ?? '');
  const [held, setHeld] = useState<Held[]>(
    person?.roles ?? [{ role: '', area: session.value?.user?.area ?? '', facility: '', until: null }],
  );
  const [faults, setFaults] = useState<{ name?: string; roles?: string }>({});
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const chosen = held.filter((one) => one.role);
    const found = { name: name.trim() ? undefined : t('needName'), roles: chosen.length || person ? undefined : t('needRole') };
    setFaults(found);
    const wanting = found.name ? 'input[required]' : found.roles ? 'select' : null;
    if (wanting) return form.current?.querySelector<HTMLElement>(wanting)?.focus();
    setBusy(true);
    setError(null);
    try {
      const sent: PersonEdit = { name: name.trim(), full_name: fullName.trim(), roles: chosen };
      if (person) {
        await api.put<Person>(`/api/people/${person.id}`, sent);
        toast(t('saved'));
        onDone(null, '');
      } else {
        const made = await api.post<NewLink & { person: Person }>('/api/people', sent);
        onDone(made, fullName.trim() || name.trim());
      }
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog wide title={person ? t('editTitle', { name: person.full_name || person.name }) : t('inviteTitle')} onClose={onClose}>
      <form ref={form} class="stack" onSubmit={save} noValidate>
        {error !== null && <Problem error={error} />}
        <div class="two">
          <Field label={t('person')}>
            <Input value={fullName} onValue={setFullName} maxLength={120} />
          </Field>
          <Field label={t('account')} hint={t('accountHint')} error={faults.name} required>
            <Input value={name} onValue={setName} autocapitalize="off" spellcheck={false} maxLength={64} />
          </Field>
        </div>
        <h3>{t('rolesHeld')}</h3>
        {faults.roles && (
          <p class="fault" role="alert">
            {faults.roles}
          </p>
        )}
        <RolesHeld value={held} roles={roles} onValue={setHeld} />
        <p class="row">
          <Button kind="main" type="submit" busy={busy}>
            {person ? t('save') : t('inviteDo')}
          </Button>
        </p>
      </form>
    </Dialog>
  );
}

export function People() {
  const answer = useGet<{ people: Person[] }>('/api/people');
  const roleAnswer = useGet<{ roles: Role[] }>('/api/roles');
  useEffect(loadPlaces, []);
  const [typed, setTyped] = useState('');
  const [editing, setEditing] = useState<Person | 'new' | null>(null);
  const [link, setLink] = useState<{ link: NewLink; name: string } | null>(null);
  const [turning, setTurning] = useState<Person | null>(null);
  const [error, setError] = useState<unknown>(null);
  const roles = roleAnswer.data?.roles ?? [];
  const word = typed.trim().toLowerCase();
  const people = (answer.data?.people ?? [])
    .filter((one) => !word || `${one.name}\n${one.full_name}`.toLowerCase().includes(word))
    .sort((a, b) => Number(a.state === 'off') - Number(b.state === 'off') || compareText(a.full_name || a.name, b.full_name || b.name));

  const run = async (call: () => Promise<unknown>, words?: string) => {
    setError(null);
    try {
      await call();
      if (words) toast(words);
    } catch (cause) {
      setError(cause);
    }
    answer.again();
  };
  const newLink = (one: Person) =>
    run(async () => {
      setLink({ link: await api.post<NewLink>(`/api/people/${one.id}/link`), name: one.full_name || one.name });
    });
  const turn = (one: Person, off: boolean) => {
    setTurning(null);
    void run(() => api.put(`/api/people/${one.id}`, { roles: one.roles, off } satisfies PersonEdit), t(off ? 'turnedOff' : 'turnedOn'));
  };

  const columns: Column<Person>[] = [
    {
      key: 'name',
      label: t('person'),
      cell: (one) => (
        <>
          {one.full_name || one.name} {one.full_name && one.full_name !== one.name && <small>{one.name}</small>}
        </>
      ),
    },
    {
      key: 'roles',
      label: t('rolesHeld'),
      wrap: true,
      cell: (one) =>
        one.roles.map((held, i) => (
          <span key={i} class="held-words">
            {label(roles.find((role) => role.name === held.role)?.label) || held.role}
            <small>
              {' '}
              {[held.area ? nameOfPlace(held.area) : !held.facility && t('atAll'), held.facility && nameOfPlace(held.facility)]
                .filter(Boolean)
                .join(' · ')}
              {held.until && ` · ${t('untilText', { day: formatDay(held.until) })}`}
            </small>
          </span>
        )),
    },
    { key: 'state', label: t('state'), cell: (one) => <Tag tone={tones[one.state]}>{t(one.state)}</Tag> },
    { key: 'totp', label: t('totp'), cell: (one) => (one.totp ? t('totpYes') : <span class="muted">{t('totpNo')}</span>) },
    {
      key: 'seen',
      label: t('seen'),
      cell: (one) => (one.seen_at ? <span class="seen-at">{formatTime(one.seen_at)}</span> : <span class="muted">{t('never')}</span>),
    },
    {
      key: 'do',
      label: '',
      cell: (one) => (
        <span class="row end">
          <Button small onClick={() => setEditing(one)}>
            {t('edit')}
            <span class="unseen"> {one.full_name || one.name}</span>
          </Button>
          <Menu
            small
            kind="quiet"
            icon="more"
            label={one.full_name || one.name}
            items={[
              {
                label: t(one.state === 'invited' ? 'linkNew' : 'linkReset'),
                icon: 'link',
                disabled: one.state === 'off',
                onChoose: () => void newLink(one),
              },
              one.state === 'off'
                ? { label: t('turnOn'), icon: 'undo', onChoose: () => turn(one, false) }
                : {
                    label: t('turnOff'),
                    icon: 'lock',
                    danger: true,
                    disabled: one.id === session.value?.user?.id,
                    onChoose: () => setTurning(one),
                  },
            ]}
          />
        </span>
      ),
    },
  ];

  return (
    <Section
      title={t('people')}
      note={t('peopleHelp')}
      actions={
        <Button kind="main" icon="add" onClick={() => setEditing('new')}>
          {t('invite')}
        </Button>
      }
    >
      {error !== null && <Problem error={error} />}
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.data && !answer.error && <Skeleton lines={6} />}
      {answer.data && answer.data.people.length > 8 && (
        <Input class="find" value={typed} onValue={setTyped} aria-label={t('findPerson')} placeholder={t('findPerson')} />
      )}
      {answer.data && people.length === 0 && <Empty icon="person" title={t('noPerson')} />}
      {people.length > 0 && (
        <Table
          lines
          caption={t('people')}
          columns={columns}
          rows={people}
          keyOf={(one) => one.id}
          rowClass={(one) => (one.state === 'off' ? 'muted' : undefined)}
        />
      )}
      {editing && (
        <PersonDialog
          person={editing === 'new' ? null : editing}
          roles={roles}
          onClose={() => setEditing(null)}
          onDone={(made, name) => {
            setEditing(null);
            if (made) setLink({ link: made, name });
            answer.again();
          }}
        />
      )}
      {link && <LinkDialog name={link.name} link={link.link} onClose={() => setLink(null)} />}
      {turning && (
        <Confirm
          danger
          title={t('offTitle', { name: turning.full_name || turning.name })}
          action={t('turnOff')}
          onYes={() => turn(turning, true)}
          onClose={() => setTurning(null)}
        >
          <p>{t('offHelp')}</p>
        </Confirm>
      )}
    </Section>
  );
}
