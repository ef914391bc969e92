// A QR code (ISO/IEC 18004): bytes, error correction L, versions 1 to 10. Enough for an otpauth address.

import { svg } from './dom.js';

// By version: data bytes, correction bytes for each block, number of blocks.
const SIZES = [null, [19, 7, 1], [34, 10, 1], [55, 15, 1], [80, 20, 1], [108, 26, 1], [136, 18, 2], [156, 20, 2], [194, 24, 2], [232, 30, 2], [274, 18, 4]];
const ALIGN = [null, [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];
const MASK = (row, column) => (row + column) % 2 === 0;
const FORMAT = 0b111011111000100; // L and mask 0, with its correction bits

/** The code as an image; nothing when the text is too long. */
export function qr(text, label) {
  const grid = encode(new TextEncoder().encode(text));
  if (!grid) return null;
  const size = grid.length;
  let path = '';
  grid.forEach((line, row) => line.forEach((dark, column) => { if (dark) path += `M${column} ${row}h1v1h-1z`; }));
  return svg('svg', { class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' }, svg('path', { d: path, fill: '#000' }));
}

/** Rows of dark and light modules. */
export function encode(bytes) {
  const version = SIZES.findIndex((size, at) => size && bytes.length <= size[0] - (at < 10 ? 2 : 3));
  if (version < 0) return null;
  return place(version, interleave(version, dataOf(version, bytes)));
}

function dataOf(version, bytes) {
  const [capacity] = SIZES[version];
  const bits = [];
  const put = (value, length) => {
    for (let at = length - 1; at >= 0; at -= 1) bits.push((value >> at) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((byte) => put(byte, 8));
  put(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const out = [];
  for (let at = 0; at < bits.length; at += 8) out.push(parseInt(bits.slice(at, at + 8).join(''), 2));
  for (let pad = 0; out.length < capacity; pad += 1) out.push(pad % 2 ? 0x11 : 0xec);
  return out;
}

function interleave(version, data) {
  const [capacity, correction, blocks] = SIZES[version];
  const short = Math.floor(capacity / blocks);
  const long = capacity % blocks;
  const parts = [];
  let from = 0;
  for (let block = 0; block < blocks; block += 1) {
    const length = short + (block >= blocks - long ? 1 : 0);
    const part = data.slice(from, from + length);
    parts.push({ part, check: remainder(part, correction) });
    from += length;
  }
  const out = [];
  for (let at = 0; at <= short; at += 1) parts.forEach(({ part }) => { if (at < part.length) out.push(part[at]); });
  for (let at = 0; at < correction; at += 1) parts.forEach(({ check }) => out.push(check[at]));
  return out;
}

const EXP = [];
const LOG = [];
for (let at = 0, value = 1; at < 255; at += 1) {
  EXP[at] = value;
  LOG[value] = at;
  value = (value << 1) ^ (value & 128 ? 0x11d : 0);
}
const times = (one, other) => (one && other ? EXP[(LOG[one] + LOG[other]) % 255] : 0);

function remainder(data, degree) {
  let generator = [1];
  for (let at = 0; at < degree; at += 1) {
    const next = [...generator, 0];
    generator.forEach((value, index) => { next[index + 1] ^= times(value, EXP[at]); });
    generator = next;
  }
  const rest = [...data, ...new Array(degree).fill(0)];
  data.forEach((_, at) => {
    const factor = rest[at];
    generator.forEach((value, index) => { rest[at + index] ^= times(value, factor); });
  });
  return rest.slice(data.length);
}

function place(version, codewords) {
  const size = 17 + 4 * version;
  const grid = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (row, column, dark) => { if (row >= 0 && column >= 0 && row < size && column < size) grid[row][column] = dark; };
  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]]) {
    for (let y = -1; y <= 7; y += 1) for (let x = -1; x <= 7; x += 1) {
      const ring = Math.max(Math.abs(y - 3), Math.abs(x - 3));
      set(top + y, left + x, ring !== 2 && ring !== 4);
    }
  }
  const centres = ALIGN[version];
  for (const row of centres) for (const column of centres) {
    if (grid[row][column] !== null) continue;
    for (let y = -2; y <= 2; y += 1) for (let x = -2; x <= 2; x += 1) set(row + y, column + x, Math.max(Math.abs(y), Math.abs(x)) !== 1);
  }
  for (let at = 8; at < size - 8; at += 1) {
    grid[6][at] ??= at % 2 === 0;
    grid[at][6] ??= at % 2 === 0;
  }
  format(grid, size);
  if (version >= 7) versionBits(grid, size, version);
  fillIn(grid, size, codewords);
  return grid;
}

function format(grid, size) {
  const bit = (at) => ((FORMAT >> at) & 1) === 1;
  for (let at = 0; at < 15; at += 1) {
    const row = at < 6 ? at : at < 8 ? at + 1 : size - 15 + at;
    grid[row][8] = bit(at);
    const column = at < 8 ? size - 1 - at : at < 9 ? 7 : 14 - at;
    grid[8][column] = bit(at);
  }
  grid[size - 8][8] = true;
}

function versionBits(grid, size, version) {
  let rest = version << 12;
  for (let at = 17; at >= 12; at -= 1) if ((rest >> at) & 1) rest ^= 0x1f25 << (at - 12);
  const bits = (version << 12) | rest;
  for (let at = 0; at < 18; at += 1) {
    const dark = ((bits >> at) & 1) === 1;
    grid[Math.floor(at / 3)][size - 11 + (at % 3)] = dark;
    grid[size - 11 + (at % 3)][Math.floor(at / 3)] = dark;
  }
}

function fillIn(grid, size, codewords) {
  let at = 0;
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1;
    for (let step = 0; step < size; step += 1) {
      const row = up ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (grid[row][column] !== null) continue;
        const bit = at < codewords.length * 8 && ((codewords[at >> 3] >> (7 - (at & 7))) & 1) === 1;
        grid[row][column] = bit !== MASK(row, column);
        at += 1;
      }
    }
    up = !up;
  }
}
