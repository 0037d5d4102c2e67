// SPDX-License-Identifier: AGPL-3.0-or-later
// The pack: which one is in use; a folder is chosen, its plan is shown step by step with what it loses, and it is installed behind the
// typed name of the pack.
import { useId, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { PackFiles, PackPlan, PackState } from '../../api/types';
import { useGet } from '../../api/use';
import { formatBytes, formatTime } from '../../format';
import { Button, Dialog, Field, Icon, Input, Problem, Section, Skeleton, Table, Tag, toast } from '../../parts';
import { loadSession } from '../../state';
import { t } from '../../text/admin';
import { label } from '../../text/dictionary';
import { packFiles } from './folder';

function Apply({
  name,
  files,
  plan,
  onDone,
  onClose,
}: {
  name: string;
  files: PackFiles;
  plan: PackPlan;
  onDone: () => void;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const loses = plan.steps.filter((one) => one.loses);
  const apply = async (event: Event) => {
    event.preventDefault();
    if (busy || typed !== name) return;
    setBusy(true);
    setError(null);
    try {
      await api.post('/api/pack/apply', { ...files, hash: plan.hash });
      toast(t('applied'));
      await loadSession();
      onDone();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('applyTitle', { name })} onClose={onClose}>
      <form class="stack" onSubmit={apply}>
        {error !== null && <Problem error={error} />}
        {loses.length > 0 ? (
          <div class="problem">
            <div>
              <p class="title">{t('planWarn', { n: loses.length })}</p>
              <ul class="bullets">
                {loses.map((one, i) => (
                  <li key={i}>{label(one.text)}</li>
                ))}
              </ul>
            </div>
          </div>
        ) : (
          <p>{t('planSafe')}</p>
        )}
        <p>{t('applyHelp')}</p>
        <Field label={t('applyType', { name })} required>
          <Input value={typed} onValue={setTyped} autocapitalize="off" spellcheck={false} />
        </Field>
        <p class="row">
          <Button kind={loses.length ? 'danger' : 'main'} type="submit" busy={busy} disabled={typed !== name}>
            {busy ? t('applyWait') : t('apply')}
          </Button>
        </p>
      </form>
    </Dialog>
  );
}

function Plan({ plan }: { plan: PackPlan }) {
  // Steps that cannot be taken are the last of the problems, and have words in both languages.
  const refused = plan.steps.filter((one) => one.kind === 'refused');
  const problems = plan.problems.map((one, i) => {
    const step = refused[i - (plan.problems.length - refused.length)];
    return step ? { ...one, text: label(step.text) } : one;
  });
  if (plan.problems.length)
    return (
      <div class="stack">
        <p class="fault" role="alert">
          <Icon name="error" size={14} /> {t('problems', { n: plan.problems.length })}
        </p>
        <Table
          caption={t('problems', { n: plan.problems.length })}
          columns={[
            { key: 'where', label: t('where'), cell: (one) => <code>{one.where}</code> },
            { key: 'what', label: t('what'), wrap: true, cell: (one) => one.text },
            { key: 'cure', label: t('cure'), wrap: true, cell: (one) => one.cure },
          ]}
          rows={problems}
          keyOf={(one) => `${one.where} ${one.text}`}
        />
      </div>
    );
  if (plan.same || plan.steps.length === 0) return <p role="status">{t('planSame')}</p>;
  return (
    <ol class="steps">
      {plan.steps.map((one, i) => (
        <li key={i} class={one.loses ? 'loses' : undefined}>
          <span>{label(one.text)}</span>
          {one.loses && <Tag tone="bad">{t('planLoses')}</Tag>}
        </li>
      ))}
    </ol>
  );
}

interface Chosen {
  name: string;
  files: PackFiles;
  size: number;
  plan: PackPlan | null;
}

export function PackPage() {
  const id = useId();
  const now = useGet<PackState>('/api/pack');
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [fault, setFault] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [applying, setApplying] = useState(false);

  const take = async (list: FileList | null) => {
    if (!list?.length) return;
    setError(null);
    setFault('');
    setChosen(null);
    const pack = await packFiles([...list]);
    if (!pack) return setFault(t('packNot'));
    setChosen({ ...pack, plan: null });
    try {
      setChosen({ ...pack, plan: await api.post<PackPlan>('/api/pack/plan', pack.files) });
    } catch (cause) {
      setError(cause);
    }
  };
  const plan = chosen?.plan;
  const ready = plan && !plan.problems.length && !plan.same && plan.steps.length > 0;

  return (
    <>
      <Section title={t('packNow')} note={t('packHelp')}>
        {now.error && <Problem error={now.error} again={now.again} />}
        {!now.data && !now.error && <Skeleton lines={3} />}
        {now.data && (
          <>
            <p>
              <b>{t('packVersion', { name: now.data.name, version: now.data.version })}</b> ·{' '}
              {t('packApplied', { at: formatTime(now.data.applied_at) })}
            </p>
            <p class="hint">
              {t('packHash')} <code>{now.data.hash}</code>
            </p>
            <details>
              <summary>{t('packFiles', { n: now.data.files.length })}</summary>
              <ul class="files">
                {now.data.files.map((one) => (
                  <li key={one.path}>
                    <code>{one.path}</code> <small>{formatBytes(one.size)}</small>
                  </li>
                ))}
              </ul>
            </details>
          </>
        )}
      </Section>
      <Section title={t('packChoose')} note={t('packChooseHelp')}>
        <p class="row">
          <label class="button plain" for={id}>
            <Icon name="upload" /> {t('packChoose')}
          </label>
          <input
            id={id}
            class="unseen"
            type="file"
            multiple
            {...{ webkitdirectory: true }}
            onChange={(event) => {
              void take(event.currentTarget.files);
              event.currentTarget.value = '';
            }}
          />
          {chosen && <span>{t('packChosen', { name: chosen.name, n: chosen.files.files.length, size: formatBytes(chosen.size) })}</span>}
        </p>
        {fault && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        {error !== null && <Problem error={error} />}
        {chosen && !plan && error === null && (
          <p class="going" role="status">
            <progress aria-label={t('planning')} /> {t('planning')}
          </p>
        )}
      </Section>
      {plan && (
        <Section
          title={t('plan')}
          note={plan.steps.length && !plan.problems.length ? t('planSteps', { n: plan.steps.length }) : undefined}
          actions={
            ready && (
              <Button kind="main" onClick={() => setApplying(true)}>
                {t('apply')}
              </Button>
            )
          }
        >
          <Plan plan={plan} />
          {ready && (
            <p class="hint">
              {plan.steps.some((one) => one.loses) ? t('planWarn', { n: plan.steps.filter((one) => one.loses).length }) : t('planSafe')}
            </p>
          )}
        </Section>
      )}
      {applying && chosen && plan && (
        <Apply
          name={chosen.name}
          files={chosen.files}
          plan={plan}
          onClose={() => setApplying(false)}
          onDone={() => {
            setApplying(false);
            setChosen(null);
            now.again();
          }}
        />
      )}
    </>
  );
}
