// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas as a tree that is walked one level at a time, with what is in force, closed or merged; the facilities of the area; boundaries for
// maps. Areas and facilities are rows of registers: they are changed there, where their history is kept.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import { rowsOf } from '../../api/rows';
import type { Area, AreaMap, Areas, Facilities, Facility, Register, Rows } from '../../api/types';
import { useGet } from '../../api/use';
import { loadPlaces, nameOfPlace } from '../../entry/places';
import { compareText, formatDay, formatNumber } from '../../format';
import { linkNewRow, linkRows } from '../../links';
import {
  Button,
  ButtonLink,
  type Column,
  Empty,
  FileDrop,
  Icon,
  Input,
  Link,
  levelName,
  Problem,
  Section,
  Skeleton,
  Table,
  Tag,
  toast,
} from '../../parts';
import { address, areaNow, link, model, setQuery, today } from '../../state';
import { t } from '../../text/admin';
import { label, placeName } from '../../text/dictionary';

const registerOfKind = (kind: Register['kind']): Register | undefined => model.value?.registers.find((one) => one.kind === kind);

export type InForce = 'always' | 'open' | 'closed' | 'opens';
/** Whether an area is in force on a day; its last day counts. */
export function inForce(area: { from: string | null; to: string | null }, day: string): InForce {
  if (area.to && area.to < day) return 'closed';
  if (area.from && area.from > day) return 'opens';
  return area.from || area.to ? 'open' : 'always';
}

function Validity({ area, successor }: { area: Area; successor?: string }) {
  const state = inForce(area, today.value);
  const words = [area.from && t('since', { from: formatDay(area.from) }), area.to && t('untilDay', { to: formatDay(area.to) })]
    .filter(Boolean)
    .join(' ');
  return (
    <>
      {state === 'closed' && <Tag icon={false}>{t('closed')}</Tag>}
      {state === 'opens' && <Tag tone="note">{t('opens')}</Tag>} {words || (state === 'always' ? t('always') : '')}
      {successor && <small> {t('into', { area: successor })}</small>}
    </>
  );
}

/** Codes of successors of the closed areas among these, from their register; for those who may read it. */
function useSuccessors(areas: Area[], register: Register | undefined): Record<string, string> {
  const closed = areas.filter((one) => inForce(one, today.value) === 'closed').map((one) => one.code);
  const asks = register?.may.read && register.fields.some((one) => one.name === 'successor') && closed.length > 0;
  const answer = useGet<Rows>(asks ? `/api/registers/${register.name}/rows` : null, {
    'f.code': closed.slice(0, 50).join(','),
    columns: 'code,successor',
    limit: 100,
  });
  return Object.fromEntries(
    (answer.data ? rowsOf(answer.data) : []).flatMap(({ values }) =>
      values.code && values.successor ? [[values.code, values.successor]] : [],
    ),
  );
}

/** under: the area whose parts are listed above. */
function Boundaries({ under }: { under: string }) {
  const answer = useGet<AreaMap>('/api/areas/map', { under });
  const [error, setError] = useState<unknown>(null);
  const [fault, setFault] = useState('');
  const send = async (file: File) => {
    setError(null);
    setFault('');
    try {
      const content = JSON.parse(await file.text()) as AreaMap;
      if (content?.type !== 'FeatureCollection') return setFault(t('mapBad'));
      await api.put('/api/areas/map', content);
      toast(t('mapSaved'));
      answer.again();
    } catch (cause) {
      if (cause instanceof SyntaxError) setFault(t('mapBad'));
      else setError(cause);
    }
  };
  const n = answer.data?.features.length ?? 0;
  return (
    <Section title={t('map')} note={answer.data ? (n ? t('mapHave', { n }) : t('mapNone')) : undefined}>
      {error !== null && <Problem error={error} />}
      {fault && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      <FileDrop
        label={t('mapChoose')}
        accept={['.geojson', '.json']}
        most={32_000_000}
        hint={t('mapHelp')}
        onFile={(file) => void send(file)}
      />
    </Section>
  );
}

export function Places() {
  // It begins at the chosen area, for the levels above are mostly a line each.
  const at = address.value.query.at ?? areaNow.value?.code ?? '';
  const inside = useGet<Areas>('/api/areas', { under: at });
  const all = inside.data?.areas ?? [];
  const here =
    all.find((one) => one.code === at) ??
    (at === '' && all.length > 0 && !all.some((one) => one.code === all[0]!.parent) ? all[0] : undefined);
  const rows = all.filter((one) => one !== here).sort((a, b) => compareText(placeName(a), placeName(b)));
  const facilities = useGet<Facilities>(here ? '/api/facilities' : null, { area: here?.code });
  const [typed, setTyped] = useState('');
  useEffect(loadPlaces, []);
  const areaRegister = registerOfKind('areas');
  const facilityRegister = registerOfKind('facilities');
  const successors = useSuccessors(all, areaRegister);
  // The button that was pressed is not in the next list; the way back is in each but the first.
  const moved = useRef(false);
  const open = (code: string) => {
    moved.current = true;
    setQuery({ at: code });
  };
  useEffect(() => {
    if (!moved.current || inside.stale || !inside.data) return;
    moved.current = false;
    document.querySelector<HTMLElement>('.admin .section :is(p.row, tbody th) button')?.focus();
  }, [inside.data, inside.stale]);

  const areaColumns: Column<Area>[] = [
    {
      key: 'name',
      label: t('name'),
      cell: (one) =>
        one.children > 0 ? (
          <Button small kind="quiet" onClick={() => open(one.code)}>
            {placeName(one)} <Icon name="right" size={12} />
          </Button>
        ) : (
          <span class="leaf">{placeName(one)}</span>
        ),
    },
    { key: 'code', label: t('code'), cell: (one) => <code>{one.code}</code> },
    { key: 'level', label: t('level'), cell: (one) => levelName(one.level) },
    { key: 'below', label: t('below'), numeric: true, cell: (one) => (one.children ? formatNumber(one.children) : '') },
    { key: 'force', label: t('inForce'), cell: (one) => <Validity area={one} successor={successors[one.code]} /> },
    ...(areaRegister?.may.read
      ? [
          {
            key: 'edit',
            label: '',
            cell: (one: Area) => (
              <Link href={linkRows(areaRegister.name, { 'f.code': one.code })} aria-label={`${t('editArea')} ${placeName(one)}`}>
                {t('editArea')}
              </Link>
            ),
          },
        ]
      : []),
  ];
  const kindField = facilityRegister?.fields.find((one) => one.name === 'kind');
  const facilityColumns: Column<Facility>[] = [
    { key: 'name', label: t('name'), cell: placeName },
    { key: 'area', label: t('area'), cell: (one) => nameOfPlace(one.area) },
    { key: 'code', label: t('code'), cell: (one) => <code>{one.code}</code> },
    { key: 'kind', label: t('kind'), cell: (one) => label(kindField?.codes?.find((code) => code.value === one.kind)?.label) || one.kind },
    ...(facilityRegister?.may.read
      ? [
          {
            key: 'edit',
            label: '',
            cell: (one: Facility) => (
              <Link href={linkRows(facilityRegister.name, { 'f.code': one.code })} aria-label={`${t('editArea')} ${placeName(one)}`}>
                {t('editArea')}
              </Link>
            ),
          },
        ]
      : []),
  ];
  const known = facilities.data?.facilities ?? [];
  const word = typed.trim().toLowerCase();
  const found = known
    .filter((one) => !word || [one.name, one.name_en, one.code, nameOfPlace(one.area)].join('\n').toLowerCase().includes(word))
    .sort((a, b) => compareText(placeName(a), placeName(b)));
  const buttons = (register: Register | undefined, add: string) =>
    register?.may.read && (
      <>
        <ButtonLink small icon="registers" href={linkRows(register.name)}>
          {t('openRegister')}
        </ButtonLink>
        {register.may.write && (
          <ButtonLink small icon="add" href={linkNewRow(register.name)}>
            {add}
          </ButtonLink>
        )}
      </>
    );

  return (
    <>
      <Section title={here ? placeName(here) : t('areas')} note={t('areasHelp')} actions={buttons(areaRegister, t('newArea'))}>
        {at !== '' && here && (
          <p class="row">
            <Button small icon="left" onClick={() => open(here.parent)}>
              {nameOfPlace(here.parent) || t('areas')}
            </Button>
          </p>
        )}
        {inside.error && <Problem error={inside.error} again={inside.again} />}
        {!inside.data && !inside.error && <Skeleton lines={8} />}
        {inside.data && all.length === 0 && (
          <Empty
            icon="place"
            title={t('noAreas')}
            action={
              areaRegister?.may.import && (
                <ButtonLink kind="main" href={link('/import', { register: areaRegister.name })}>
                  {t('importAreas')}
                </ButtonLink>
              )
            }
          >
            {t('noAreasHelp')}
          </Empty>
        )}
        {inside.data && rows.length === 0 && here && <Empty icon="place" title={t('noBelow', { area: placeName(here) })} />}
        {rows.length > 0 && (
          <Table lines caption={t('areas')} columns={areaColumns} rows={rows} keyOf={(one) => one.code} stale={inside.stale} />
        )}
      </Section>
      {here && (
        <Section
          title={t('facilities')}
          note={t('facilitiesHelp', { area: placeName(here) })}
          actions={buttons(facilityRegister, t('newFacility'))}
        >
          {facilities.error && <Problem error={facilities.error} again={facilities.again} />}
          {!facilities.data && !facilities.error && <Skeleton lines={4} />}
          {facilities.data?.facilities.length === 0 && (
            <Empty
              icon="facility"
              title={t('noFacilities', { area: placeName(here) })}
              action={
                facilityRegister?.may.import && (
                  <ButtonLink href={link('/import', { register: facilityRegister.name })}>{t('importFacilities')}</ButtonLink>
                )
              }
            >
              {t('noFacilitiesHelp')}
            </Empty>
          )}
          {known.length > 8 && (
            <Input class="find" value={typed} onValue={setTyped} aria-label={t('findFacility')} placeholder={t('findFacility')} />
          )}
          {known.length > 0 && found.length === 0 && <Empty icon="facility" title={t('noSuchFacility')} />}
          {found.length > 0 && (
            <Table
              lines
              caption={t('facilities')}
              columns={facilityColumns}
              rows={found}
              keyOf={(one) => one.code}
              stale={facilities.stale}
              height="60vh"
            />
          )}
        </Section>
      )}
      {all.length > 0 && <Boundaries under={at} />}
    </>
  );
}
