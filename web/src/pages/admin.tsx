// SPDX-License-Identifier: AGPL-3.0-or-later
// Administration: a tab, with an address of its own, for each thing that one may look after.
import type { ComponentType } from 'preact';
import type { Fn } from '../api/types';
import { Empty, Page, Tabs } from '../parts';
import { address, go, link, mayDo } from '../state';
import { t } from '../text/admin';
import { Audit } from './admin/audit';
import { Backups } from './admin/backup';
import { HealthPage } from './admin/health';
import { PackPage } from './admin/pack';
import { People } from './admin/people';
import { Places } from './admin/places';
import { Roles } from './admin/roles';

const tabs: { name: 'places' | 'people' | 'roles' | 'pack' | 'backup' | 'audit' | 'health'; needs: Fn; body: ComponentType }[] = [
  { name: 'places', needs: 'file', body: Places },
  { name: 'people', needs: 'people', body: People },
  { name: 'roles', needs: 'people', body: Roles },
  { name: 'pack', needs: 'pack', body: PackPage },
  { name: 'backup', needs: 'file', body: Backups },
  { name: 'audit', needs: 'audit', body: Audit },
  { name: 'health', needs: 'file', body: HealthPage },
];

export default function AdminPage() {
  const mine = tabs.filter((one) => mayDo(one.needs));
  const here = mine.find((one) => one.name === (address.value.path[1] ?? address.value.query.tab)) ?? mine[0];
  return (
    <Page title={t('title')}>
      {here ? (
        <Tabs
          label={t('title')}
          value={here.name}
          tabs={mine.map((one) => ({ value: one.name, label: t(one.name) }))}
          onValue={(to) => go(link(`/admin/${to}`))}
        >
          <div class="admin">
            <here.body key={here.name} />
          </div>
        </Tabs>
      ) : (
        <Empty icon="lock" title={t('nothing')}>
          {t('nothingHelp')}
        </Empty>
      )}
    </Page>
  );
}
