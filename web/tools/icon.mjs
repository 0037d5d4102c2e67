// SPDX-License-Identifier: AGPL-3.0-or-later
// The mark of Heng: a beam with two pans, drawn once as shapes and written as SVG and as PNG.
import { deflateSync } from 'node:zlib';

const teal = [0x0b, 0x5f, 0x63];
const white = [0xff, 0xff, 0xff];
// In a square of 64: rectangles [x, y, width, height, radius] and lower half discs [x, y, r].
const bars = [
  [30, 13, 4, 34, 2],
  [11, 17, 42, 4, 2],
  [21, 47, 22, 4, 2],
  [17, 19, 1.6, 14, 0],
  [45.4, 19, 1.6, 14, 0],
];
const pans = [
  [17.8, 32, 9],
  [46.2, 32, 9],
];

export function iconSvg() {
  const fill = (rgb) => `#${rgb.map((one) => one.toString(16).padStart(2, '0')).join('')}`;
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">',
    `<rect width="64" height="64" rx="12" fill="${fill(teal)}"/><g fill="${fill(white)}">`,
    ...bars.map(([x, y, w, h, r]) => `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}"/>`),
    ...pans.map(([x, y, r]) => `<path d="M${x - r} ${y}h${2 * r}a${r} ${r} 0 0 1-${2 * r} 0z"/>`),
    '</g></svg>\n',
  ].join('');
}

function isWhite(x, y) {
  for (const [left, top, w, h, r] of bars) {
    const dx = Math.max(left + r - x, 0, x - (left + w - r));
    const dy = Math.max(top + r - y, 0, y - (top + h - r));
    if (x >= left && x <= left + w && y >= top && y <= top + h && dx * dx + dy * dy <= r * r + 1e-9) return true;
  }
  return pans.some(([cx, cy, r]) => y >= cy && (x - cx) ** 2 + (y - cy) ** 2 <= r * r);
}

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = crcTable[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

// Square to the edge, for a phone cuts its own corners; nine samples a point make the curves smooth.
export function iconPng(size) {
  const rows = Buffer.alloc((size * 3 + 1) * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let share = 0;
      for (let s = 0; s < 9; s++) {
        if (isWhite(((x + ((s % 3) + 0.5) / 3) * 64) / size, ((y + (Math.floor(s / 3) + 0.5) / 3) * 64) / size)) share += 1 / 9;
      }
      for (let c = 0; c < 3; c++) rows[y * (size * 3 + 1) + 1 + x * 3 + c] = Math.round(teal[c] + (white[c] - teal[c]) * share);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
