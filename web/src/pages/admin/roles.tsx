// SPDX-License-Identifier: AGPL-3.0-or-later
// Roles: what each may do in words; own ones are made, changed and deleted, built-in ones copied.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Role } from '../../api/types';
import { useGet } from '../../api/use';
import { formatClauses } from '../../format';
import { Button, Checkbox, Confirm, Dialog, Field, Input, Problem, Section, Skeleton, Tag, toast } from '../../parts';
import { t } from '../../text/admin';
import { label } from '../../text/dictionary';
import { functions, isRoleName, purposes, rightOf, rightsWords, withRight } from './rights';

const empty: Role = { name: '', label: { en: '', zh: '' }, built_in: false, functions: [], rows: [], people: 0 };

function RoleDialog({ role, isNew, onDone, onClose }: { role: Role; isNew: boolean; onDone: () => void; onClose: () => void }) {
  const [now, setNow] = useState(role);
  const [fault, setFault] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (!isRoleName(now.name) || !now.label.en.trim() || !now.label.zh.trim()) return setFault(t('needLabels'));
    setFault('');
    setBusy(true);
    setError(null);
    try {
      await api.put(`/api/roles/${encodeURIComponent(now.name)}`, now);
      toast(t('saved'));
      onDone();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  const words = rightsWords(now);
  return (
    <Dialog wide title={isNew ? t('newRole') : label(role.label)} onClose={onClose}>
      <form class="stack" onSubmit={save} noValidate>
        {error !== null && <Problem error={error} />}
        {fault && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        <div class="two">
          <Field label={t('labelZh')} required>
            <Input lang="zh-Hans" value={now.label.zh} onValue={(zh) => setNow({ ...now, label: { ...now.label, zh } })} maxLength={60} />
          </Field>
          <Field label={t('labelEn')} required>
            <Input lang="en" value={now.label.en} onValue={(en) => setNow({ ...now, label: { ...now.label, en } })} maxLength={60} />
          </Field>
          {isNew && (
            <Field label={t('roleName')} hint={t('roleNameHint')} required>
              <Input value={now.name} onValue={(name) => setNow({ ...now, name })} autocapitalize="off" spellcheck={false} maxLength={40} />
            </Field>
          )}
        </div>
        <table class="rights">
          <caption>{t('rows')}</caption>
          <tbody>
            {purposes.map((purpose) => (
              <tr key={purpose}>
                <th scope="row">{t(`purpose_${purpose}`)}</th>
                {(['read', 'write'] as const).map((right) => (
                  <td key={right}>
                    <Checkbox
                      label={t(right === 'read' ? 'seeRows' : 'writeRows')}
                      checked={rightOf(now.rows, purpose, right)}
                      onValue={(yes) => setNow({ ...now, rows: withRight(now.rows, purpose, right, yes) })}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <fieldset>
          <legend>
            <b>{t('functions')}</b>
          </legend>
          <div class="two">
            {functions.map((one) => (
              <Checkbox
                key={one}
                label={t(`fn_${one}`)}
                checked={now.functions.includes(one)}
                onValue={(yes) => setNow({ ...now, functions: functions.filter((fn) => (fn === one ? yes : now.functions.includes(fn))) })}
              />
            ))}
          </div>
        </fieldset>
        <p class="hint" aria-live="polite">
          {t('mayDo')} {formatClauses(words) || t('mayNothing')}
        </p>
        <p class="row">
          <Button kind="main" type="submit" busy={busy}>
            {t('save')}
          </Button>
        </p>
      </form>
    </Dialog>
  );
}

export function Roles() {
  const answer = useGet<{ roles: Role[] }>('/api/roles');
  const [editing, setEditing] = useState<{ role: Role; isNew: boolean } | null>(null);
  const [removing, setRemoving] = useState<Role | null>(null);
  const [error, setError] = useState<unknown>(null);
  const remove = async (role: Role) => {
    setRemoving(null);
    setError(null);
    try {
      await api.delete(`/api/roles/${encodeURIComponent(role.name)}`);
      toast(t('removed'), () => void api.put(`/api/roles/${encodeURIComponent(role.name)}`, role).then(answer.again, setError));
    } catch (cause) {
      setError(cause);
    }
    answer.again();
  };
  return (
    <Section
      title={t('roles')}
      note={t('rolesHelp')}
      actions={
        <Button icon="add" onClick={() => setEditing({ role: empty, isNew: true })}>
          {t('newRole')}
        </Button>
      }
    >
      {error !== null && <Problem error={error} />}
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.data && !answer.error && <Skeleton lines={8} />}
      <ul class="roles">
        {answer.data?.roles.map((role) => {
          const words = rightsWords(role);
          return (
            <li key={role.name}>
              <h3>
                {label(role.label)} {role.built_in && <Tag icon={false}>{t('builtIn')}</Tag>} <small>{t('held', { n: role.people })}</small>
              </h3>
              <ul class="bullets">
                {words.map((one) => (
                  <li key={one}>{one}</li>
                ))}
                {words.length === 0 && <li class="muted">{t('mayNothing')}</li>}
              </ul>
              <p class="row">
                {!role.built_in && (
                  <Button small icon="edit" onClick={() => setEditing({ role, isNew: false })}>
                    {t('edit')}
                    <span class="unseen"> {label(role.label)}</span>
                  </Button>
                )}
                <Button
                  small
                  kind="quiet"
                  onClick={() => setEditing({ role: { ...role, name: '', built_in: false, people: 0 }, isNew: true })}
                >
                  {t('copyRole')}
                  <span class="unseen"> {label(role.label)}</span>
                </Button>
                {!role.built_in && (
                  <Button
                    small
                    kind="danger"
                    disabled={role.people > 0}
                    title={role.people > 0 ? t('removeRoleHelp') : undefined}
                    onClick={() => setRemoving(role)}
                  >
                    {t('removeRole')}
                    <span class="unseen"> {label(role.label)}</span>
                  </Button>
                )}
              </p>
            </li>
          );
        })}
      </ul>
      <p class="hint">{t('builtInHelp')}</p>
      {editing && (
        <RoleDialog
          role={editing.role}
          isNew={editing.isNew}
          onClose={() => setEditing(null)}
          onDone={() => {
            setEditing(null);
            answer.again();
          }}
        />
      )}
      {removing && (
        <Confirm
          danger
          title={t('removeRoleTitle', { name: label(removing.label) })}
          action={t('removeRole')}
          onYes={() => void remove(removing)}
          onClose={() => setRemoving(null)}
        >
          <p>{t('removeRoleHelp')}</p>
        </Confirm>
      )}
    </Section>
  );
}
