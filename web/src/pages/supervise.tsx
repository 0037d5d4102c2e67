// SPDX-License-Identifier: AGPL-3.0-or-later
// Supervision: the second part of the address says which page.
import { SamplingPage } from './supervise/sampling';

export default function SupervisePage() {
  return <SamplingPage />;
}
