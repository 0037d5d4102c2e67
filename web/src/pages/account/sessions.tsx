// SPDX-License-Identifier: AGPL-3.0-or-later
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { OpenSession } from '../../api/types';
import { useGet } from '../../api/use';
import { formatTime } from '../../format';
import { Button, Problem, Section, Skeleton, Tag, toast } from '../../parts';
import { signOut } from '../../state';
import { t } from '../../text/account';

export function Sessions() {
  const answer = useGet<{ sessions: OpenSession[] }>('/api/sessions', undefined, true);
  const [error, setError] = useState<unknown>(null);
  const end = async (one: OpenSession) => {
    setError(null);
    try {
      if (one.mine) return await signOut();
      await api.delete(`/api/sessions/${one.id}`);
      toast(t('ended'));
      answer.again();
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <Section title={t('sessions')} note={t('sessionsHelp')}>
      {error !== null && <Problem error={error} />}
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.data && !answer.error && <Skeleton />}
      {answer.data && (
        <ul class="list">
          {answer.data.sessions.map((one) => (
            <li key={one.id}>
              <div>
                <p>
                  {one.device || t('elsewhere')} {one.mine && <Tag tone="good">{t('thisOne')}</Tag>}
                </p>
                <p class="hint">
                  {t('since')} {formatTime(one.made_at)} · {t('seen')} {formatTime(one.seen_at)}
                </p>
              </div>
              <Button small onClick={() => void end(one)}>
                {one.mine ? t('endThis') : t('end')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
