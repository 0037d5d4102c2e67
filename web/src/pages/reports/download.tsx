// SPDX-License-Identifier: AGPL-3.0-or-later
// A file that takes the server some seconds: asked for, awaited with the seconds shown, received with its size, saved. It can be cancelled.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Query, send } from '../../api/client';
import { formatBytes } from '../../format';
import { Button, type IconName, Problem, toast } from '../../parts';
import { saveBlob } from '../../save';
import { t } from '../../text/reports';

interface Going {
  seconds: number;
  bytes: number;
}

/** The name that the server gives the file, else ours. */
export function fileName(disposition: string | null, otherwise: string): string {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  if (encoded) {
    try {
      return decodeURIComponent(encoded);
    } catch {
      // Not what it claims to be.
    }
  }
  return /filename="([^"]+)"/i.exec(disposition ?? '')?.[1] ?? otherwise;
}

export function Download({
  kind,
  icon,
  main,
  path,
  query,
  name,
  onError,
}: {
  kind: string;
  icon: IconName;
  main?: boolean;
  path: string;
  query: Query;
  name: string;
  onError: (error: unknown) => void;
}) {
  const [going, setGoing] = useState<Going | null>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const busy = going !== null;
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(() => setGoing((now) => now && { ...now, seconds: now.seconds + 1 }), 1000);
    return () => clearInterval(timer);
  }, [busy]);

  const run = async () => {
    const mine = new AbortController();
    stop.current = mine;
    onError(null);
    setGoing({ seconds: 0, bytes: 0 });
    try {
      const answer = await send('GET', path, { query, headers: { Accept: '*/*' }, signal: mine.signal });
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let bytes = 0;
      const reader = answer.body?.getReader();
      for (;;) {
        const piece = await reader?.read();
        if (!piece || piece.done) break;
        parts.push(piece.value);
        bytes += piece.value.length;
        setGoing((now) => now && { ...now, bytes });
      }
      const called = fileName(answer.headers.get('Content-Disposition'), name);
      saveBlob(new Blob(parts, { type: answer.headers.get('Content-Type') ?? '' }), called);
      toast(t('done', { name: called, size: formatBytes(bytes) }));
    } catch (cause) {
      if (mine.signal.aborted) toast(t('cancelled'));
      else onError(cause);
    } finally {
      setGoing(null);
    }
  };

  if (!going)
    return (
      <Button icon={icon} kind={main ? 'main' : 'plain'} onClick={() => void run()}>
        {t('download', { kind })}
      </Button>
    );
  return (
    <span class="going" role="status">
      <progress aria-label={t('making', { kind, n: going.seconds })} />
      {going.bytes ? t('receiving', { kind, size: formatBytes(going.bytes) }) : t('making', { kind, n: going.seconds })}
      <Button small kind="quiet" onClick={() => stop.current?.abort()}>
        {t('cancel')}
      </Button>
    </span>
  );
}

export function DownloadProblem({ error }: { error: unknown }) {
  return error === null ? null : <Problem error={error} />;
}
