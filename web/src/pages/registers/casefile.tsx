// SPDX-License-Identifier: AGPL-3.0-or-later
// Above a case's form: which papers its file lacks, and the whole file as PDF or with the originals as ZIP.
import { useState } from 'preact/hooks';
import type { CaseFile, Register, RowFull } from '../../api/types';
import { useGet } from '../../api/use';
import { linkRows } from '../../links';
import { Problem, Tag } from '../../parts';
import { label } from '../../text/dictionary';
import { t } from '../../text/facility';
import { Download } from '../reports/download';

/** Nothing where the register has no case files. */
export function CaseStrip({ register, row }: { register: Register; row: RowFull }) {
  const path = `/api/registers/${register.name}/rows/${row.id}/file`;
  const got = useGet<CaseFile>(path);
  const [error, setError] = useState<unknown>(null);
  const file = got.data;
  if (!file) return null;
  const shown = file.papers.filter((one) => one.required || one.there > 0);
  return (
    <section class="stage-strip case-strip" aria-label={t('caseFile')}>
      <details open={file.missing > 0}>
        <summary>
          {t('caseFile')}{' '}
          <Tag tone={file.missing ? 'warn' : 'good'}>
            {file.missing ? t('missing', { n: file.required, m: file.missing }) : t('complete', { n: file.required })}
          </Tag>
        </summary>
        <ul>
          {shown.map((one) => (
            <li key={one.code}>
              {label(one.label)} {one.there ? <small>{t('pages', { n: one.there })}</small> : <Tag tone="bad">{t('lacking')}</Tag>}
            </li>
          ))}
        </ul>
      </details>
      <div class="row">
        <a href={linkRows(file.register, { [`f.${file.by}`]: file.number })}>{t('openPapers')}</a>
        {(['pdf', 'zip'] as const).map((format) => (
          <Download
            key={format}
            kind={format.toUpperCase()}
            icon="download"
            path={path}
            query={{ format }}
            name={`${file.number}.${format}`}
            onError={setError}
          />
        ))}
      </div>
      {error !== null && <Problem error={error} />}
    </section>
  );
}
