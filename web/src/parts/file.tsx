// SPDX-License-Identifier: AGPL-3.0-or-later
import { useId, useState } from 'preact/hooks';
import { formatBytes } from '../format';
import { t } from '../text/parts';
import { Icon } from './icons';

/** A place to drop a file on, which is also a button. accept: endings with a dot, e.g. ['.csv', '.xlsx']; most: bytes. */
export function FileDrop({
  label,
  accept,
  most,
  hint,
  onFile,
}: {
  label: string;
  accept: string[];
  most: number;
  hint?: string;
  onFile: (file: File) => void;
}) {
  const id = useId();
  const [over, setOver] = useState(false);
  const [fault, setFault] = useState('');
  const take = (file: File | null | undefined) => {
    if (!file) return;
    if (accept.length && !accept.some((end) => file.name.toLowerCase().endsWith(end))) setFault(t('fileKind', { kinds: accept.join(' ') }));
    else if (file.size > most) setFault(t('fileTooBig', { size: formatBytes(file.size), most: formatBytes(most) }));
    else {
      setFault('');
      onFile(file);
    }
  };
  return (
    <div
      class={`file-drop${over ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files[0]);
      }}
    >
      <Icon name="upload" size={24} />
      <p>
        {t('dropFile')}{' '}
        <label class="button plain" for={id}>
          {t('chooseFile')}
        </label>
      </p>
      <input
        id={id}
        type="file"
        class="unseen"
        aria-label={label}
        accept={accept.join(',')}
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
      {hint && <p class="hint">{hint}</p>}
      {fault && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}
