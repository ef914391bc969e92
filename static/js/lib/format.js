// How values are shown.

import { h } from './dom.js';

const numbers = new Intl.NumberFormat('en');
const dateTime = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
});
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const STEPS = [[60, 'second', 1], [3600, 'minute', 60], [86400, 'hour', 3600], [86400 * 14, 'day', 86400]];

export const number = (value) => numbers.format(value ?? 0);

/** `1 webhook`, `2 webhooks`. */
export const counted = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

export function bytes(value) {
  if (value < 1024) return `${number(value)} bytes`;
  if (value < 1024 * 1024) return `${numbers.format(Math.round(value / 102.4) / 10)} KiB`;
  return `${numbers.format(Math.round(value / 104857.6) / 10)} MiB`;
}

/** A moment in the time zone of the browser; the title has UTC. */
export function moment(value, { ago = false } = {}) {
  if (!value) return h('span', { class: 'muted' }, 'never');
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return h('span', {}, String(value));
  const text = dateTime.format(date);
  return h('time', { datetime: value, title: ago ? `${text} (${value})` : value }, ago ? since(date) : text);
}

/** Milliseconds as people say them. */
export function duration(ms) {
  if (ms < 1000) return ms < 1 ? 'under 1 ms' : `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 120) return `${numbers.format(Math.round(seconds * 10) / 10)} s`;
  const [size, name] = [[86400, 'day'], [3600, 'hour'], [60, 'minute']].find(([size]) => seconds >= 2 * size || size === 60);
  return counted(Math.round(seconds / size), name);
}

/** A text in which a moment may stand as the server writes it. */
export const dated = (text) => String(text).split(/(\d{4}-\d\d-\d\dT[\d:.]+Z)/).map((part, at) => (at % 2 ? moment(part) : part));

export function since(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const step = STEPS.find(([limit]) => Math.abs(seconds) < limit);
  if (!step) return dateTime.format(date);
  return relative.format(Math.round(seconds / step[2]), step[1]);
}

const STATUS = { New: 'info', Processing: 'warn', Failed: 'bad', Done: 'ok' };

export const STATUSES = Object.keys(STATUS);

export function status(value) {
  return h('span', { class: `badge dot ${STATUS[value] ?? ''}` }, value);
}

export const OUTCOMES = {
  Pending: 'pending', RecordCreated: 'record created', StoredOnly: 'stored only', Skipped: 'skipped', Failed: 'failed',
};

export const outcome = (value) => OUTCOMES[value] ?? String(value ?? '');

export function onOff(on, yes = 'On', no = 'Off') {
  return h('span', { class: `badge dot ${on ? 'ok' : ''}` }, on ? yes : no);
}

/** The first part of a GUID. */
export const shortId = (id) => String(id).slice(0, 8);

/** A value of a JSON answer as people read it. */
export function plain(value) {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

// What a terminal acts on when it is pasted, also within quotes: Ctrl-C ends the line, ESC [201~ ends the paste, Tab
// completes a file name and closes the quote. The marks of writing direction are not seen, but change what is seen.
const STEERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Whether a text must not reach a terminal as it is. */
export const steersTerminal = (text) => STEERS.test(text);

/** The UTF-8 bytes of a text in base64. */
const base64 = (text) => btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));

/** A text within the single quotes of a shell. */
export const inQuotes = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** What a shell takes as one word, whatever it holds, also when it is pasted into a terminal. */
export function quoted(value) {
  const text = String(value);
  return steersTerminal(text) ? `"$(echo ${base64(text)} | base64 -d)"` : inQuotes(text);
}
