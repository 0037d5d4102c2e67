// SPDX-License-Identifier: AGPL-3.0-or-later
// An entry, typed from top to bottom by the keyboard alone: Enter in the last field of a line begins the next one.
import { useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Facility, Ledger, LedgerPosted, LedgerSuggestion, NewLedgerEntry } from '../../api/types';
import { useGet } from '../../api/use';
import { randomName } from '../../offline/crypto';
import { Button, DateInput, Field, IconButton, Input, Problem, Select } from '../../parts';
import { today } from '../../state';
import { label, placeName } from '../../text/dictionary';
import { t } from '../../text/stock';
import { emptyLine, linesToSend, type TypedLine } from './lines';
import { itemName } from './words';

/** Of an area; '' is everywhere. */
export function useFacilities(inArea = ''): { value: string; label: string }[] {
  const answer = useGet<{ facilities: Facility[] }>('/api/facilities', { area: inArea }, true);
  return (answer.data?.facilities ?? []).map((one) => ({ value: one.code, label: placeName(one) }));
}

const shapeOf = (ledger: Ledger): string => (ledger.kind === 'goods' ? (ledger.lots ? 'lots' : 'goods') : 'money');

/** Says once, above the lines, what stands in each column; the fields are named for those who hear them. */
function LineHead({ ledger }: { ledger: Ledger }) {
  return (
    <div class={`stock-line head ${shapeOf(ledger)}`} aria-hidden="true">
      {ledger.kind === 'goods' && <span>{t('item')}</span>}
      {ledger.lots && <span>{t('lot')}</span>}
      {ledger.lots && <span>{t('expires')}</span>}
      <span class="n">{t('quantity')}</span>
      {ledger.kind === 'goods' && <span class="n">{t('price')}</span>}
    </div>
  );
}

function Line({
  ledger,
  n,
  line,
  onChange,
  onDrop,
  onNext,
}: {
  ledger: Ledger;
  n: number;
  line: TypedLine;
  onChange: (line: TypedLine) => void;
  onDrop?: () => void;
  onNext: () => void;
}) {
  const set = (key: keyof TypedLine) => (value: string) => onChange({ ...line, [key]: value });
  const name = (what: string) => `${t('line', { n })} ${what}`;
  return (
    <fieldset
      class={`stock-line ${shapeOf(ledger)}`}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.isComposing || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        const all = [...event.currentTarget.querySelectorAll<HTMLElement>('input, select')];
        const at = all.indexOf(event.target as HTMLElement);
        if (at >= 0 && at + 1 < all.length) all[at + 1]?.focus();
        else onNext();
      }}
    >
      <legend class="unseen">{t('line', { n })}</legend>
      {ledger.kind === 'goods' && (
        <Select
          aria-label={name(t('item'))}
          value={line.item}
          empty={t('item')}
          choices={ledger.items.map((one) => ({ value: one.code, label: itemName(ledger, one.code) }))}
          onValue={set('item')}
        />
      )}
      {ledger.lots && <Input aria-label={name(t('lot'))} placeholder={t('lot')} value={line.lot} onValue={set('lot')} />}
      {ledger.lots && (
        <input
          class="input day"
          aria-label={name(t('expires'))}
          placeholder={t('expires')}
          value={line.expires}
          inputMode="numeric"
          onInput={(event) => set('expires')(event.currentTarget.value)}
        />
      )}
      <Input
        aria-label={name(t('quantity'))}
        placeholder={t('quantity')}
        inputMode="decimal"
        class="quantity"
        value={line.quantity}
        onValue={set('quantity')}
      />
      {ledger.kind === 'goods' && (
        <Input
          aria-label={name(t('price'))}
          placeholder={t('price')}
          inputMode="decimal"
          class="quantity"
          value={line.price}
          onValue={set('price')}
        />
      )}
      {onDrop && <IconButton icon="close" label={t('dropLine')} onClick={onDrop} />}
    </fieldset>
  );
}

export function EntryForm({ ledger, onPosted }: { ledger: Ledger; onPosted: () => void }) {
  const facilities = useFacilities();
  const movements = ledger.movements.filter((one) => !one.count);
  const [movement, setMovement] = useState(movements[0]?.name ?? '');
  const [day, setDay] = useState(today.value);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [paper, setPaper] = useState('');
  const [degrees, setDegrees] = useState('');
  const [lines, setLines] = useState<TypedLine[]>([emptyLine]);
  const [error, setError] = useState<unknown>(null);
  const [posted, setPosted] = useState<LedgerPosted | null>(null);
  const [hint, setHint] = useState('');
  const [busy, setBusy] = useState(false);
  // The same entry sent twice is posted once: the key stays until it has been.
  const key = useRef(randomName());
  const form = useRef<HTMLFormElement>(null);
  const now = movements.find((one) => one.name === movement);
  const gives = now?.from === 'place';
  const takes = now?.to === 'place';

  const suggest = async () => {
    setHint('');
    const next: TypedLine[] = [];
    for (const line of lines) {
      if (!line.item || !line.quantity || line.lot) {
        next.push(line);
        continue;
      }
      const answer = await api.get<LedgerSuggestion>(`/api/ledgers/${ledger.name}/suggest`, {
        facility: from,
        item: line.item,
        day,
        quantity: line.quantity,
      });
      if (!answer.lines.length) setHint(t('suggestNone'));
      const lots = answer.lines.map((one) => ({ ...line, lot: one.lot, expires: one.expires ?? '', quantity: one.quantity }));
      next.push(...(lots.length ? lots : [line]));
    }
    setLines(next);
  };
  const send = async () => {
    setBusy(true);
    setError(null);
    setPosted(null);
    const entry: NewLedgerEntry = {
      movement,
      day,
      ...(gives && { from }),
      ...(takes && { to }),
      document: paper,
      key: key.current,
      lines: linesToSend(lines),
      ...(degrees.trim() !== '' && { temperature: Number(degrees) }),
    };
    try {
      setPosted(await api.post<LedgerPosted>(`/api/ledgers/${ledger.name}/entries`, entry));
      key.current = randomName();
      setLines([emptyLine]);
      onPosted();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const addLine = () => {
    setLines([...lines, { ...emptyLine, item: lines.at(-1)?.item ?? '' }]);
    setTimeout(() => form.current?.querySelector<HTMLElement>('.stock-line:last-of-type :is(select, input)')?.focus());
  };
  return (
    <form
      ref={form}
      class="section stock-form"
      aria-label={t('entry')}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="stock-head">
        <Field label={t('movement')}>
          <Select value={movement} choices={movements.map((one) => ({ value: one.name, label: label(one.label) }))} onValue={setMovement} />
        </Field>
        <Field label={t('day')}>
          <DateInput value={day} near={today.value} onValue={setDay} />
        </Field>
        {gives && (
          <Field label={t('from')} required>
            <Select value={from} empty={t('chooseFacility')} choices={facilities} onValue={setFrom} />
          </Field>
        )}
        {takes && (
          <Field label={t('to')} required>
            <Select value={to} empty={t('chooseFacility')} choices={facilities} onValue={setTo} />
          </Field>
        )}
        <Field label={t('document')}>
          <Input value={paper} onValue={setPaper} />
        </Field>
        {ledger.cold && takes && (
          <Field label={t('temperature')} unit="℃">
            <Input value={degrees} inputMode="decimal" onValue={setDegrees} />
          </Field>
        )}
      </div>
      <div class="stock-lines">
        <LineHead ledger={ledger} />
        {lines.map((line, i) => (
          <Line
            key={i}
            ledger={ledger}
            n={i + 1}
            line={line}
            onChange={(next) => setLines(lines.map((one, k) => (k === i ? next : one)))}
            onDrop={lines.length > 1 ? () => setLines(lines.filter((_, k) => k !== i)) : undefined}
            onNext={addLine}
          />
        ))}
      </div>
      <div class="stock-actions">
        <Button icon="add" onClick={addLine}>
          {t('addLine')}
        </Button>
        {ledger.lots && gives && from && (
          <Button icon="checks" onClick={() => suggest().catch(setError)}>
            {t('suggest')}
          </Button>
        )}
        <Button kind="main" type="submit" busy={busy}>
          {t('post')}
        </Button>
      </div>
      <div aria-live="polite">
        {hint && <p class="hint">{hint}</p>}
        {posted && (
          <p class="hint">
            {t(posted.repeated ? 'again' : 'posted', { id: posted.id })} {label(posted.warning)}
          </p>
        )}
      </div>
      {error !== null && <Problem error={error} />}
    </form>
  );
}
