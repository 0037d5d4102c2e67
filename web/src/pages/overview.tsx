// SPDX-License-Identifier: AGPL-3.0-or-later
import { Page } from '../parts';
import { t } from '../text/frame';

export default function OverviewPage() {
  return <Page title={t('overview')}>{null}</Page>;
}
