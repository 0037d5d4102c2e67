// SPDX-License-Identifier: AGPL-3.0-or-later
// A check with what it found: what, where, when, the rows; put right, or explain. Explained ones are folded below and counted.
import { useId, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Checks, Explain, Finding } from '../../api/types';
import { formatNumber, formatTime } from '../../format';
import { linkRow, linkRows, linkRowsOf } from '../../links';
import { Button, ButtonLink, Dialog, Field, Icon, Link, Problem, Tag, TextArea, type Tone, toast } from '../../parts';
import { area, mayDo, period, registerOf, session } from '../../state';
import { t } from '../../text/checks';
import { label, whoName } from '../../text/dictionary';
import type { Group } from './findings';

const tones: Record<Finding['severity'], Tone> = { error: 'bad', warning: 'warn', note: 'note' };
const step = 20;

const mayRead = (finding: Finding) => finding.register !== null && registerOf(finding.register)?.may.read === true;

function ExplainDialog({ finding, onDone, onClose }: { finding: Finding; onDone: (finding: Finding) => void; onClose: () => void }) {
  const [text, setText] = useState('');
  const [fault, setFault] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if ([...text.trim()].length < 4) return setFault(t('explainShort'));
    setBusy(true);
    setFault('');
    setError(null);
    try {
      await api.post('/api/checks/explain', {
        key: finding.key,
        check: finding.check,
        text: text.trim(),
      } satisfies Explain);
      const user = session.value?.user;
      onDone({
        ...finding,
        explained: {
          text: text.trim(),
          who: user?.full_name || user?.name || '',
          at: new Date().toISOString(),
        },
      });
      toast(t('explainSaved'));
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('explainTitle')} onClose={onClose}>
      <form onSubmit={save} noValidate>
        <blockquote>
          {label(finding.text)}
          <Where finding={finding} />
        </blockquote>
        <p>{t('explainHelp')}</p>
        {error !== null && <Problem error={error} />}
        <Field label={t('explainText')} hint={t('explainHint')} error={fault} required>
          <TextArea value={text} onValue={setText} rows={4} maxLength={2000} />
        </Field>
        <div class="actions">
          <Button kind="main" type="submit" busy={busy}>
            {t('explainSave')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Where({ finding }: { finding: Finding }) {
  const parts = [label(finding.facility?.label), label(finding.area?.label), label(finding.period.label)].filter(Boolean);
  return <p class="hint">{parts.join(' · ')}</p>;
}

/** The rows after those that every finding names: asked for when they are wanted, a link for each hundred. */
function MoreRows({ finding, register }: { finding: Finding; register: string }) {
  const [ids, setIds] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const first = finding.ids.length;
  const ask = async () => {
    setBusy(true);
    setError(null);
    try {
      const query = { area: area.peek(), period: period.peek(), only: finding.check, limit: 2000 };
      const found = await api.get<Checks>('/api/checks', query);
      setIds(found.findings.find((one) => one.key === finding.key)?.ids ?? []);
    } catch (cause) {
      setError(cause);
    }
    setBusy(false);
  };
  if (error) return <Problem error={error} again={() => void ask()} />;
  if (ids.length <= first)
    return (
      <Button small kind="quiet" busy={busy} onClick={() => void ask()}>
        {t('moreRows')}
      </Button>
    );
  const parts = Array.from({ length: Math.ceil((ids.length - first) / 100) }, (_, i) => first + 100 * i);
  return (
    <span class="more-rows">
      {parts.map((from) => {
        const part = ids.slice(from, from + 100);
        return (
          <Link key={from} href={linkRows(register, { 'f.id': part.join(',') })}>
            {formatNumber(from + 1)}–{formatNumber(from + part.length)}
          </Link>
        );
      })}
    </span>
  );
}

/** Links to the rows for those who may see them; for the others only how many there are. */
function Rows({ finding }: { finding: Finding }) {
  if (!finding.register || finding.count === 0) return null;
  // Of rows that are there twice both are listed, and the count says how many are too many.
  const words = t('rowsCount', { n: Math.max(finding.count, finding.ids.length) });
  if (!mayRead(finding) || finding.ids.length === 0) return <span class="hint">{words}</span>;
  const register = finding.register;
  return (
    <span class="rows">
      <Link href={linkRows(register, { 'f.id': finding.ids.join(',') })}>{words}</Link>
      {finding.ids.length < finding.count && (
        <>
          <span class="hint"> ({t('ofAll', { n: finding.ids.length, all: formatNumber(finding.count) })})</span>
          <MoreRows finding={finding} register={register} />
        </>
      )}
    </span>
  );
}

/** Of a comparison: to what was counted on either side. */
function Sides({ finding }: { finding: Finding }) {
  const links = new Map(
    finding.sides.flatMap(({ rows, label: name }) => (rows ? [[linkRowsOf(rows.register, rows.query), { rows, name }]] : [])),
  );
  if (!links.size) return null;
  return (
    <span class="sides">
      <span class="hint">{t('rows')}</span>
      {[...links].map(([href, { rows, name }]) => (
        <Link key={href} href={href}>
          {label(links.size > 1 ? name : (registerOf(rows.register)?.label ?? name))}
        </Link>
      ))}
    </span>
  );
}

function OneFinding({ finding, cure, onChanged }: { finding: Finding; cure: boolean; onChanged: (finding: Finding) => void }) {
  const [asks, setAsks] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const withdraw = async () => {
    setError(null);
    try {
      await api.post('/api/checks/unexplain', { key: finding.key });
      onChanged({ ...finding, explained: null });
      toast(t('withdrawn'));
    } catch (cause) {
      setError(cause);
    }
  };
  const first = finding.ids[0];
  return (
    <li class="finding">
      <div class="what">
        <p>{label(finding.text)}</p>
        <Where finding={finding} />
        {cure && label(finding.cure) && <p class="hint">{label(finding.cure)}</p>}
        {finding.explained && (
          <blockquote class="explained">
            <p>{finding.explained.text}</p>
            <p class="hint">{t('by', { who: whoName(finding.explained.who), at: formatTime(finding.explained.at) })}</p>
          </blockquote>
        )}
        {error !== null && <Problem error={error} />}
      </div>
      <div class="do">
        <Rows finding={finding} />
        <Sides finding={finding} />
        {!finding.explained && first && finding.register && mayRead(finding) && (
          <ButtonLink small icon="edit" href={linkRow(finding.register, first)}>
            {t('fix')}
          </ButtonLink>
        )}
        {mayDo('explain') &&
          (finding.explained ? (
            <Button small icon="undo" onClick={() => void withdraw()}>
              {t('withdraw')}
            </Button>
          ) : (
            <Button small onClick={() => setAsks(true)}>
              {t('explain')}
            </Button>
          ))}
      </div>
      {asks && <ExplainDialog finding={finding} onDone={onChanged} onClose={() => setAsks(false)} />}
    </li>
  );
}

function List({ findings, cure, onChanged }: { findings: Finding[]; cure: boolean; onChanged: (finding: Finding) => void }) {
  const [most, setMost] = useState(step);
  return (
    <>
      <ul class="findings">
        {findings.slice(0, most).map((one) => (
          <OneFinding key={one.key} finding={one} cure={cure} onChanged={onChanged} />
        ))}
      </ul>
      {findings.length > most && (
        <Button small icon="down" onClick={() => setMost(most + 5 * step)}>
          {t('more', { n: Math.min(5 * step, findings.length - most) })}
        </Button>
      )}
    </>
  );
}

export function FindingGroup({
  group,
  open,
  onToggle,
  onChanged,
}: {
  group: Group;
  open: boolean;
  onToggle: (open: boolean) => void;
  onChanged: (finding: Finding) => void;
}) {
  const id = useId();
  const [folded, setFolded] = useState(true);
  const onlyExplained = group.open.length === 0;
  return (
    <section class={`group ${group.severity}`} aria-labelledby={`${id}-head`}>
      <h2 id={`${id}-head`}>
        <button type="button" aria-expanded={open} aria-controls={id} onClick={() => onToggle(!open)}>
          <Icon name={open ? 'down' : 'right'} />
          <span class="name">{label(group.label)}</span>
          <Tag tone={onlyExplained ? 'good' : tones[group.severity]}>{onlyExplained ? t('explained') : t(group.severity)}</Tag>
          <span class="count">
            {formatNumber(group.open.length)}
            {group.explained.length > 0 && <small> + {t('explainedCount', { n: group.explained.length })}</small>}
          </span>
        </button>
      </h2>
      {open && (
        <div id={id} class="inside">
          {group.cure && label(group.cure) && (
            <p class="todo">
              <b>{t('todo')}</b> {label(group.cure)}
            </p>
          )}
          {group.open.length > 0 && <List findings={group.open} cure={!group.cure} onChanged={onChanged} />}
          {group.explained.length > 0 && (
            <div class="folded">
              <Button
                small
                kind="quiet"
                icon={folded && !onlyExplained ? 'right' : 'down'}
                aria-expanded={!folded || onlyExplained}
                onClick={() => setFolded(!folded)}
              >
                {t('explainedCount', { n: group.explained.length })}
              </Button>
              {(!folded || onlyExplained) && <List findings={group.explained} cure={!group.cure} onChanged={onChanged} />}
            </div>
          )}
        </div>
      )}
    </section>
  );
}
