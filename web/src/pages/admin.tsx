// SPDX-License-Identifier: AGPL-3.0-or-later
import { Page } from '../parts';
import { t } from '../text/frame';

export default function AdminPage() {
  return <Page title={t('admin')}>{null}</Page>;
}
