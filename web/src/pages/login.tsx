// SPDX-License-Identifier: AGPL-3.0-or-later
// The way in: log-in, first run, one-time links; and one's own account.
import { address, session } from '../state';
import { AccountPage } from './account/account';
import { LinkPage } from './login/link';
import { LoginPage } from './login/login';

export default function EntrancePage() {
  const [head, token] = address.value.path;
  if (head === 'link' && token) return <LinkPage token={token} />;
  if (head === 'account' && session.value?.signed_in) return <AccountPage />;
  return <LoginPage />;
}
