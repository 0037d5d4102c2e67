// SPDX-License-Identifier: AGPL-3.0-or-later
// A folder that was chosen in the browser, as the files of a pack.
import type { PackFiles } from '../../api/types';

/** The path within the chosen folder: its own name is left out. */
export function pathWithin(path: string): string {
  return path.split('/').slice(1).join('/');
}

/** What a pack is called, by its pack.yaml. */
export function packName(yaml: string): string {
  const found = /^pack:[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#]+))/m.exec(yaml);
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? '';
}

/** null: there is no pack.yaml in it. Hidden files and what is no YAML stay out. */
export async function packFiles(list: File[]): Promise<{ name: string; files: PackFiles; size: number } | null> {
  const files: PackFiles['files'] = [];
  let size = 0;
  for (const one of list) {
    const path = pathWithin(one.webkitRelativePath || `folder/${one.name}`);
    if (!/\.ya?ml$/i.test(path) || path.split('/').some((part) => part.startsWith('.'))) continue;
    files.push({ path, text: await one.text() });
    size += one.size;
  }
  const head = files.find((one) => one.path === 'pack.yaml');
  if (!head) return null;
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { name: packName(head.text) || '?', files: { files }, size };
}
