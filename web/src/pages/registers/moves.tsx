// SPDX-License-Identifier: AGPL-3.0-or-later
// The stage of a row as a strip above its form: since when, until when, and the moves that lead on.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { Moves, Register, RowFull, Saved, Values, Problem as Wrong } from '../../api/types';
import { useGet } from '../../api/use';
import { focusField, Problems } from '../../entry/form';
import { Control } from '../../entry/inputs';
import { formatDay } from '../../format';
import { Button, Dialog, Icon, Input, Field as Labelled, Problem, Tag, toast } from '../../parts';
import { language, model, today } from '../../state';
import { label } from '../../text/dictionary';
import { t as say } from '../../text/parts';
import { t } from '../../text/registers';
import { changedValues, fieldsOfMove, missingOf, type Offered, type StageView, viewStage } from './stage';

function Deadline({ moves, view }: { moves: Moves; view: StageView }) {
  const { days } = view;
  if (view.stage.final) return <Tag tone="good">{t('stageFinal')}</Tag>;
  if (days === null || !moves.due) return null;
  if (days < 0)
    return (
      <Tag tone="bad">
        {t('stageLate', { n: -days })} · {t('stageUntil', { day: formatDay(moves.due) })}
      </Tag>
    );
  return (
    <Tag tone={days <= 3 ? 'warn' : 'plain'}>
      {days === 0 ? t('stageToday') : t('stageDays', { n: days })} · {t('stageUntil', { day: formatDay(moves.due) })}
    </Tag>
  );
}

/** What a move asks for, and the button that makes it. */
function MoveDialog({
  register,
  row,
  moves,
  what,
  onClose,
  onDone,
  onFiles,
}: {
  register: Register;
  row: RowFull;
  moves: Moves;
  what: Offered;
  onClose: () => void;
  onDone: () => void;
  onFiles: () => void;
}) {
  const { move, offer, to } = what;
  const fields = fieldsOfMove(register, move);
  const start: Values = Object.fromEntries(fields.map(({ field }) => [field.name, row.values[field.name] ?? null]));
  const [values, setValues] = useState(start);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [reason, setReason] = useState('');
  const [blame, setBlame] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Wrong[]>([]);
  const [error, setError] = useState<unknown>(null);
  const box = useRef<HTMLFormElement>(null);
  const missing = missingOf(move, offer, values, reason);
  const isWrong = (name: string) => blame && (missing.includes(name) || Boolean(typed[name]));
  const go = async () => {
    setBlame(true);
    const first = missing[0] ?? Object.keys(typed).find((name) => typed[name]);
    if (first) {
      if (first !== 'file') focusField(box.current, first);
      return;
    }
    setBusy(true);
    setError(null);
    setProblems([]);
    try {
      await api.post<Saved>(`/api/registers/${register.name}/rows/${row.id}/moves`, {
        move: move.name,
        version: moves.version,
        values: changedValues(values, row.values),
        reason: reason.trim(),
      });
      toast(t('moveDone', { stage: label(to.label) }));
      onDone();
    } catch (cause) {
      const said = cause instanceof ApiError ? (cause.failure as { problems?: Wrong[] }).problems : undefined;
      if (said?.length) setProblems(said);
      else setError(cause);
      setBusy(false);
    }
  };
  const problemsOf = (name: string): Wrong[] => problems.filter((one) => one.field === name);
  const ofFields = new Set(fields.map(({ field }) => field.name));
  return (
    <Dialog
      title={label(move.label)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{say('cancel')}</Button>
          <Button kind="main" busy={busy} data-last onClick={() => void go()}>
            {label(move.label)}
          </Button>
        </>
      }
    >
      <form
        ref={box}
        class="entry move-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <p class="hint">{t('moveLeads', { stage: label(to.label) })}</p>
        {fields.map(({ field, needed }, i) => {
          const id = `move-${field.name}`;
          const told = problemsOf(field.name);
          return (
            <div key={field.name} class={`entry-field${isWrong(field.name) || told.length ? ' wrong' : ''}`} data-field={field.name}>
              <label id={`${id}-label`} for={id}>
                {label(field.label)}
                {needed && (
                  <span class="required" aria-hidden="true">
                    *
                  </span>
                )}
              </label>
              <div class="entry-control" data-first={i === 0 || undefined}>
                <Control
                  id={id}
                  field={{ ...field, required: needed || field.required }}
                  value={values[field.name] ?? null}
                  typed={typed[field.name] ?? ''}
                  onValue={(value, text) => {
                    setValues((now) => ({ ...now, [field.name]: value }));
                    setTyped((now) => ({ ...now, [field.name]: text }));
                  }}
                  names={row.names}
                  late={[]}
                  invalid={isWrong(field.name) || told.length > 0}
                  describedBy={`${id}-problems`}
                />
                {label(field.unit) && <span class="unit">{label(field.unit)}</span>}
              </div>
              <div id={`${id}-problems`}>
                {isWrong(field.name) && !told.length && <p class="fault">{t('moveNeeds')}</p>}
                {told.length > 0 && <Problems problems={told} />}
              </div>
            </div>
          );
        })}
        {move.file && (
          <p class={offer.missing_file && blame ? 'fault' : 'hint'}>
            <Icon name={offer.missing_file ? 'warning' : 'check'} size={14} /> {t(offer.missing_file ? 'moveFileMissing' : 'moveFileThere')}{' '}
            {offer.missing_file && (
              <button type="button" class="link" onClick={onFiles}>
                {t('attachments')}
              </button>
            )}
          </p>
        )}
        <div data-field="reason">
          <Labelled
            label={t('moveReason')}
            required={move.reason}
            hint={move.reason ? undefined : t('moveReasonFree')}
            error={isWrong('reason') ? t('moveNeeds') : undefined}
          >
            <Input
              value={reason}
              onValue={setReason}
              maxLength={500}
              autoFocus={fields.length === 0}
              onKeyDown={(event: KeyboardEvent) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                void go();
              }}
            />
          </Labelled>
        </div>
        <div role="alert">
          <Problems problems={problems.filter((one) => !ofFields.has(one.field))} />
          {error !== null && <Problem error={error} />}
        </div>
      </form>
    </Dialog>
  );
}

const whyWords = { role: 'moveOtherRole', hand: 'moveOtherHand', gate: 'moveGate' } as const;

function Blocked({ list }: { list: Offered[] }) {
  return (
    <details class="moves-blocked">
      <summary>{t('movesBlocked', { n: list.length })}</summary>
      <ul>
        {list.map(({ move, offer }) => {
          const why = offer.blocked!;
          return (
            <li key={move.name}>
              <b>{label(move.label)}</b>{' '}
              <span>
                {t(whyWords[why.by], { roles: move.by.join(language.value === 'zh' ? '、' : ', ') })}
                {why.by === 'gate' && label(why.text)}
                {why.by === 'gate' && why.rows > 0 && ` ${t('moveGateRows', { n: why.rows })}`}
              </span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

export function StageStrip({
  register,
  row,
  onAgain,
  onFiles,
}: {
  register: Register;
  row: RowFull;
  onAgain: () => void;
  onFiles: () => void;
}) {
  const path = `/api/registers/${register.name}/rows/${row.id}/moves`;
  const got = useGet<Moves>(path, undefined, true);
  // A row that was saved, and a paper that was added, open other moves.
  const now = `${row.version} ${row.attachments.length}`;
  const asked = useRef(now);
  useEffect(() => {
    if (asked.current === now) return;
    asked.current = now;
    got.again();
  }, [now]);
  const [asking, setAsking] = useState('');
  const moves = got.data;
  if (!moves) return got.error ? <Problem error={got.error} again={got.again} /> : null;
  const view = viewStage(model.value, register, moves, today.value);
  if (!view) return null;
  const what = view.open.find((one) => one.move.name === asking);
  return (
    <section class="stage-strip" aria-label={t('stage')}>
      <div class="stage-now">
        <b class="stage-name">{label(view.stage.label)}</b>
        <Deadline moves={moves} view={view} />
        {moves.since && <small>{t('stageSince', { day: formatDay(moves.since) })}</small>}
        <a class="stage-chart" href={`/api/workflows/${view.workflow.name}/chart?lang=${language.value}`} target="_blank" rel="noreferrer">
          {t('workflowChart')}
        </a>
      </div>
      {view.open.length > 0 && (
        <div class="row stage-moves">
          {view.open.map(({ move }) => (
            <Button key={move.name} small onClick={() => setAsking(move.name)}>
              {label(move.label)}
            </Button>
          ))}
        </div>
      )}
      {view.blocked.length > 0 && <Blocked list={view.blocked} />}
      {what && (
        <MoveDialog
          key={`${what.move.name}-${moves.version}`}
          register={register}
          row={row}
          moves={moves}
          what={what}
          onClose={() => setAsking('')}
          onDone={() => {
            setAsking('');
            // A move that changes no value leaves the row's version as it was, and the question the same.
            got.again();
            onAgain();
          }}
          onFiles={() => {
            setAsking('');
            onFiles();
          }}
        />
      )}
    </section>
  );
}
