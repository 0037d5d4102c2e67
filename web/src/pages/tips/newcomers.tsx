// SPDX-License-Identifier: AGPL-3.0-or-later
// Readers who joined later: one who can open the earlier letters lets them read these too, each by a decision of its own.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Channel, Newcomers as List, NewcomerChosen, NewcomerDone } from '../../api/types';
import { useGet } from '../../api/use';
import { Button, Confirm, Problem, toast } from '../../parts';
import { t } from '../../text/tips';

export function Newcomers({ channel }: { channel: Channel }) {
  const path = `/api/channels/${channel.name}/newcomers`;
  const list = useGet<List>(path);
  const [chosen, setChosen] = useState<List['newcomers'][number] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const share = async (one: List['newcomers'][number]) => {
    setBusy(true);
    setError(null);
    try {
      const done = await api.post<NewcomerDone>(path, { id: one.id } satisfies NewcomerChosen);
      toast(t('newcomerDone', { name: one.name, n: done.letters }));
      list.again();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
      setChosen(null);
    }
  };
  return (
    <>
      {error !== null && <Problem error={error} />}
      {list.data?.newcomers.map((one) => (
        <div class="actions" key={one.id}>
          <Button icon="lock" onClick={() => setChosen(one)}>
            {t('newcomer', { name: one.name, n: one.letters })}
          </Button>
          <small>{t('newcomerWhy', { name: one.name })}</small>
        </div>
      ))}
      {chosen && (
        <Confirm
          title={t('newcomerTitle', { name: chosen.name })}
          action={t('newcomerYes')}
          busy={busy}
          onYes={() => void share(chosen)}
          onClose={() => setChosen(null)}
        >
          <p>{t('newcomerHelp', { n: chosen.letters })}</p>
        </Confirm>
      )}
    </>
  );
}
