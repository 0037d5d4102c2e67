// SPDX-License-Identifier: AGPL-3.0-or-later
// A text to be carried elsewhere (a link, a token, a key), with a button that copies it.
import { useRef, useState } from 'preact/hooks';
import { Button } from '../../parts';
import { t } from '../../text/account';

export function CopyField({ label, value }: { label: string; value: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(value);
      setSaid(t('copied'));
    } catch {
      // No clipboard without TLS: the old way works in a click all the same.
      setSaid(document.execCommand('copy') ? t('copied') : t('copyFailed'));
    }
  };
  return (
    <div class="copy">
      <input
        ref={field}
        class="input"
        type="text"
        readOnly
        value={value}
        aria-label={label}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button onClick={() => void copy()}>{t('copy')}</Button>
      <p role="status">{said}</p>
    </div>
  );
}
