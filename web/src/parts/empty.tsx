// SPDX-License-Identifier: AGPL-3.0-or-later
// What stands where content is not (yet): a skeleton while it comes, words on what to do where there is none, an error with its cure.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { reading } from '../api/use';
import { area, setArea } from '../state';
import { t } from '../text/parts';
import { Button } from './button';
import { Icon, type IconName } from './icons';

/** Grey bars in the shape of what will come. It waits a tenth of a second, so that quick answers do not flash, and
 *  says after a while that it is being worked out. */
export function Skeleton({ lines = 3, height }: { lines?: number; height?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 1500);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="skeleton" role="status" aria-label={t('loading')}>
      {height ? (
        <i style={{ height: `${height}px` }} />
      ) : (
        Array.from({ length: lines }, (_, i) => <i key={i} style={{ width: `${[100, 92, 97, 84, 95, 78][i % 6]}%` }} />)
      )}
      {reading.value === null && late && <p>{t('workingOut')}</p>}
      <p class="printed">{t('notPrinted')}</p>
      {reading.value !== null && <p>{t('reading', { p: Math.floor(reading.value * 100) })}</p>}
    </div>
  );
}

/** An empty state says what to do first, with the button that does it. */
export function Empty({
  icon = 'info',
  title,
  children,
  action,
}: {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} size={24} />
      <p class="title">{title}</p>
      {children && <div class="help">{children}</div>}
      {action && <div class="actions">{action}</div>}
    </div>
  );
}

/** The words of an error: what happened and what to do, as the server says it in the language of the page. Where it has no more than
 *  general words in that language, detail is its English sentence. */
export function errorWords(error: unknown): { text: string; cure: string; detail?: string } {
  if (!(error instanceof ApiError)) return { text: t('failed'), cure: t('failedCure') };
  if (error.isOffline) return { text: t('offline'), cure: t('offlineCure') };
  if (error.message) return { text: error.message, cure: error.cure || (error.status === 404 ? t('goneCure') : ''), detail: error.detail };
  if (error.status === 429 || error.status === 503) return { text: t('busy'), cure: t('busyCure', { n: error.retryAfter || 5 }) };
  if (error.status === 403) return { text: t('forbidden'), cure: t('forbiddenCure') };
  return { text: t('failed'), cure: t('failedCure') };
}

export function Problem({ error, again }: { error: unknown; again?: () => void }) {
  const { text, cure, detail } = errorWords(error);
  // A link from somebody who looks after another area: what is one's own is a click away.
  const elsewhere = error instanceof ApiError && error.key === 'request.area' && area.value !== '';
  return (
    <div class="problem" role="alert">
      <Icon name={error instanceof ApiError && error.isOffline ? 'offline' : 'error'} />
      <div>
        <p class="title">{text}</p>
        {elsewhere ? <p>{t('notYours')}</p> : cure && <p>{cure}</p>}
        {detail && (
          <p class="help" lang="en">
            {detail}
          </p>
        )}
        {elsewhere ? (
          <Button small onClick={() => setArea('')}>
            {t('myArea')}
          </Button>
        ) : (
          again && (
            <Button small onClick={again}>
              {t('again')}
            </Button>
          )
        )}
      </div>
    </div>
  );
}
