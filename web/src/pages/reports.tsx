// SPDX-License-Identifier: AGPL-3.0-or-later
import { Page } from '../parts';
import { t } from '../text/frame';

export default function ReportsPage() {
  return <Page title={t('reports')}>{null}</Page>;
}
