// SPDX-License-Identifier: AGPL-3.0-or-later
// A lock between processes of this machine: a file with the number of the process that holds it. One whose process is gone
// (it was killed) is taken away by the next that wants it.
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

const lives = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code !== 'ESRCH';
  }
};

const holder = (path) => {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0; // gone meanwhile, or the folder that an older version made
  }
};

/** Whether it is ours now. A holder that has said nothing for 15 minutes counts as gone: its number may be another's by now. */
export function try_lock(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path); // with its content, or not at all
    return true;
  } catch (cause) {
    if (cause.code !== 'EEXIST') throw cause;
  } finally {
    rmSync(own, { force: true });
  }
  const pid = holder(path);
  const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if ((pid && !lives(pid)) || Date.now() - since > 900_000) take_away(path, pid);
  return false;
}

/** Only that of this holder: another may have taken the lock since it was looked at. */
function take_away(path, pid) {
  const aside = `${path}.gone.${process.pid}`;
  try {
    renameSync(path, aside);
    if (holder(aside) !== pid) linkSync(aside, path);
  } catch {
    // somebody else was first
  }
  rmSync(aside, { recursive: true, force: true });
}

export const unlock = (path) => rmSync(path, { recursive: true, force: true });
