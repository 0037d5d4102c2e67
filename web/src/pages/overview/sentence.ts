// SPDX-License-Identifier: AGPL-3.0-or-later
// The text of a signal is several sentences: what was found, then how strong it is and what it does not tell.

/** The finding itself, and what must be said beside it: how strong it is, and what it does not tell. */
export function partsOf(text: string): [string, string] {
  const end = /[。！？]|[.!?](?=\s+[A-Z])/.exec(text);
  if (!end) return [text, ''];
  const at = end.index + 1;
  return [text.slice(0, at), text.slice(at).trim()];
}
