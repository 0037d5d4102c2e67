// SPDX-License-Identifier: AGPL-3.0-or-later
// Two texts side by side: which characters they share, in order, and which differ. Pure.

export interface Piece {
  text: string;
  differs: boolean;
}

const longest = 400; // characters; longer texts differ as a whole

/** Pieces of a and of b, by their longest common sequence of characters (code points). O(length a x length b). */
export function differ(a: string, b: string): [Piece[], Piece[]] {
  const x = [...a];
  const y = [...b];
  if (a === b) return [pieces(x, []), pieces(y, [])];
  if (x.length > longest || y.length > longest) return [whole(a), whole(b)];
  const width = y.length + 1;
  const common = new Uint16Array((x.length + 1) * width); // of the ends from i and from j on
  for (let i = x.length - 1; i >= 0; i--)
    for (let j = y.length - 1; j >= 0; j--)
      common[i * width + j] =
        x[i] === y[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const left = new Array<boolean>(x.length).fill(true);
  const right = new Array<boolean>(y.length).fill(true);
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    if (x[i] === y[j]) {
      left[i++] = false;
      right[j++] = false;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) i++;
    else j++;
  }
  return [pieces(x, left), pieces(y, right)];
}

const whole = (text: string): Piece[] => (text ? [{ text, differs: true }] : []);

function pieces(letters: string[], differs: boolean[]): Piece[] {
  const out: Piece[] = [];
  letters.forEach((letter, i) => {
    const last = out[out.length - 1];
    if (last && last.differs === Boolean(differs[i])) last.text += letter;
    else out.push({ text: letter, differs: Boolean(differs[i]) });
  });
  return out;
}
