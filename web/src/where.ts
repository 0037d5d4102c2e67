// SPDX-License-Identifier: AGPL-3.0-or-later
// Which page an address is of. Pages of supervision are files of their own, for none needs what the others are made of.

const atLogin = ['login', 'link', 'account'];

/** path: the words of the address. -> the file below pages/ */
export function pageOf([head = 'today', part, name]: string[]): string {
  if (atLogin.includes(head)) return 'login';
  if (head !== 'supervise') return head;
  if (part === 'sampling') return 'supervise/sampling';
  if (part === 'campaign' && name) return 'supervise/campaign';
  return part === 'checklists' && name ? 'supervise/compare' : 'supervise/open';
}
