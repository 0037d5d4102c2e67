// SPDX-License-Identifier: AGPL-3.0-or-later
// Supervision: the second part of the address says which page.
import { address } from '../state';
import { CampaignPage } from './supervise/campaign';
import { ComparePage } from './supervise/compare';
import { OpenPage } from './supervise/open';
import { SamplingPage } from './supervise/sampling';

export default function SupervisePage() {
  const [, part = '', name = ''] = address.value.path;
  if (part === 'sampling') return <SamplingPage />;
  if (part === 'campaign' && name) return <CampaignPage key={name} number={name} />;
  if (part === 'checklists' && name) return <ComparePage key={name} register={name} />;
  return <OpenPage />;
}
