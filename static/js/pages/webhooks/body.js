// The body: laid out with its parsing errors beside the values, as sent, or as bytes.

import { bytesOf, hex, lines } from '../../lib/body.js';
import { h, fill } from '../../lib/dom.js';
import { bytes } from '../../lib/format.js';
import { codeBlock, empty, notice, segments } from '../../lib/parts.js';

const SHOWN_LINES = 2000;
const SHOWN_BYTES = 65_536;
// Control characters but those that lay out a text.
const CONTROL = /[^\P{Cc}\t\r\n]/u;

/** The body in the forms in which the answer has it. `cut`: only its start, because it is long. */
export function bodyOf(webhook) {
  const text = webhook.body.text ?? null;
  const base64 = webhook.body_base64 ?? webhook.body.base64;
  return { text, base64, bytes: bytesOf(text, base64), cut: webhook.body_base64 === null };
}

/** `state` keeps how it is shown when the webhook is drawn anew. */
export function bodyTab(webhook, body, state) {
  if (!body.bytes.length) return empty('The body is empty', 'The sending service sent no body.');
  const place = h('div', { class: 'stack' });
  const cut = body.cut ? notice('warn', h('p', {}, `The body is long: this is its first part, ${bytes(body.bytes.length)}. Download the body to see all of it.`)) : null;
  const draw = (kind) => fill(place, cut, kind === 'hex' ? hexOf(body.bytes) : kind === 'raw' ? rawOf(body) : pretty(webhook, body.text));
  const first = body.text === null ? 'hex' : state.kind ?? 'pretty';
  const choices = [['pretty', 'Pretty'], ['raw', 'Raw'], ['hex', 'Hex']].filter(([kind]) => body.text !== null || kind === 'hex');
  draw(first);
  return h('div', { class: 'stack' }, segments('How the body is shown', choices, first, (kind) => draw(state.kind = kind)), place);
}

/** Errors or notes as a list. */
export function issueList(title, list, kind) {
  return h('div', { class: 'stack tight' }, h('h2', {}, title), h('ul', { class: 'issues' }, list.map((one) => h('li', {}, notice(kind,
    one.column ? h('strong', {}, one.column) : null, h('p', {}, one.text), one.value ? h('p', { class: 'small' }, 'Value sent: ', h('code', {}, one.value)) : null)))));
}

function pretty(webhook, text) {
  const all = [...webhook.errors.map((one) => ({ ...one, note: false })), ...webhook.notes.map((one) => ({ ...one, note: true }))];
  const waiting = new Set(all);
  const drawn = [];
  const found = lines(webhook.content_type, text);
  for (const line of found.slice(0, SHOWN_LINES)) {
    const own = line.key === undefined ? [] : [...waiting].filter((one) => one.column && same(one.column, line.key));
    own.forEach((one) => waiting.delete(one));
    const kind = own.length ? (own.every((one) => one.note) ? 'marked note' : 'marked') : '';
    drawn.push(h('div', { class: kind }, line.parts.map(([part, value]) => (part ? h('span', { class: part }, value) : value))));
    drawn.push(own.map((one) => h('div', { class: `issue ${one.note ? 'note' : ''}` }, h('strong', {}, one.note ? 'Note' : 'Error'), h('span', {}, one.text))));
  }
  const errors = [...waiting].filter((one) => !one.note);
  const notes = [...waiting].filter((one) => one.note);
  return h('div', { class: 'stack' },
    errors.map((one) => notice('bad', one.column ? h('strong', {}, one.column) : null, h('p', {}, one.text), one.value ? h('code', {}, one.value) : null)),
    notes.map((one) => notice('', h('p', {}, one.column ? `${one.column}: ${one.text}` : one.text))),
    h('div', { class: 'body-lines', tabIndex: 0, role: 'region', 'aria-label': 'Formatted body' }, drawn),
    found.length > SHOWN_LINES ? h('p', { class: 'muted' }, `Only the first ${SHOWN_LINES} lines are formatted; Raw shows all of them.`) : null);
}

// The last part of a nested key may be what the issue names.
function same(column, key) {
  const wanted = column.toLowerCase();
  const there = key.toLowerCase();
  return there === wanted || there.endsWith(`.${wanted}`) || wanted.endsWith(`.${there}`);
}

// Where a body is pasted may be a terminal, or an editor in one: those act on control characters.
function rawOf(body) {
  const steers = CONTROL.test(body.text);
  return h('div', { class: 'stack' },
    steers ? notice('warn', h('p', {}, 'The body contains control characters, which could run commands when pasted into a terminal. Download the body, or copy it as cURL.')) : null,
    codeBlock(body.text, { wrap: true, label: 'Body as sent', what: 'The body', ...(steers ? { copied: null } : {}) }));
}

function hexOf(all) {
  return h('div', { class: 'stack' }, codeBlock(hex(all.subarray(0, SHOWN_BYTES)), { label: 'Body as bytes', what: 'The dump' }),
    all.length > SHOWN_BYTES ? h('p', { class: 'muted' }, `The first ${bytes(SHOWN_BYTES)} of ${bytes(all.length)}; download the body to see all of it.`) : null);
}
