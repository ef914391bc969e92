// The rows. What arrives is put on top only while nobody reads further down; else a button offers it.

import { get } from '../../lib/api.js';
import { h, fill } from '../../lib/dom.js';
import { counted, moment, number, outcome, status } from '../../lib/format.js';
import { button, problem, waiting } from '../../lib/parts.js';
import { to } from '../../lib/router.js';
import { line, table } from '../../lib/table.js';

const PAGE = 50;
const MOST_PREPENDED = 500;

export const COLUMNS = [
  { label: 'Arrived', cell: (row) => moment(row.created_on), class: 'nowrap' },
  { label: 'Status', cell: (row) => status(row.status) },
  { label: 'Source', cell: (row) => h('span', { class: 'clip' }, row.source) },
  { label: 'Entity', cell: (row) => row.object ?? h('span', { class: 'muted' }, 'none') },
  { label: 'Outcome', cell: (row) => outcome(row.outcome) },
  { label: 'Records', cell: (row) => count(row.records), class: 'number' },
  { label: 'Errors', cell: (row) => (row.errors ? h('span', { class: 'badge bad' }, number(row.errors)) : count(0)), class: 'number' },
];
const count = (value) => (value ? number(value) : h('span', { class: 'zero' }, '0'));
const href = (row) => to(['webhooks', row.id]);

export function list(signal, nothing) {
  const element = h('div', { class: 'region' }, waiting(10));
  const newer = h('div', { class: 'newer', 'aria-live': 'polite' });
  const said = h('p', { class: 'unseen', role: 'status' });
  const shown = new Map();
  let filter = {};
  let body = null;
  let fresh = new Set();
  let newest = '';
  let turn = 0;

  async function load(next) {
    filter = next;
    fresh = new Set();
    fill(newer);
    turn += 1;
    const mine = turn;
    element.setAttribute('aria-busy', 'true');
    try {
      const page = await get('/webhooks', { ...filter, limit: PAGE }, signal);
      if (mine !== turn) return;
      shown.clear();
      newest = page.webhooks[0]?.id ?? '';
      if (!page.webhooks.length && page.complete !== false) {
        body = null;
        fill(element, said, nothing());
        said.textContent = 'No webhook matches';
      } else {
        const drawn = table({ caption: 'Webhooks, the newest first', columns: COLUMNS, rows: [], href });
        body = drawn.body;
        fill(element, said, h('div', { class: 'scroll' }, drawn));
        append(page);
        said.textContent = `${counted(page.webhooks.length, 'webhook')} shown`;
      }
    } catch (error) {
      if (error.name !== 'AbortError' && mine === turn) fill(element, problem(error, () => load(filter)));
    } finally {
      if (mine === turn) element.removeAttribute('aria-busy');
    }
  }

  function append(page) {
    element.querySelector('.more')?.remove();
    for (const row of page.webhooks) {
      if (shown.has(row.id)) continue;
      const drawn = line(row, COLUMNS, href);
      shown.set(row.id, drawn);
      body.append(drawn);
    }
    if (page.next === null || page.next === undefined) {
      if (page.complete === false) element.append(h('div', { class: 'more' }, h('p', { class: 'muted' }, 'Older webhooks were not looked at.')));
      return;
    }
    const older = button(page.complete === false ? 'Look further back' : 'Show more', async () => {
      const mine = turn;
      const next = await get('/webhooks', { ...filter, before: page.next, limit: PAGE }, signal);
      if (mine !== turn) return;
      const first = shown.size;
      append(next);
      said.textContent = `${counted(shown.size - first, 'more webhook')} shown`;
      (body.children[first]?.querySelector('a.open') ?? element.querySelector('.more button'))?.focus({ preventScroll: true });
    });
    element.append(h('div', { class: 'more' }, older,
      page.complete === false ? h('p', { class: 'muted' }, shown.size ? 'Only a part was searched so far.' : 'Nothing found in the part that was searched so far.') : null));
  }

  /** Rows that are new or changed. */
  function take(rows, fits) {
    // The ids are UUIDv7: they sort by time.
    for (const row of [...rows].sort((one, other) => (one.id < other.id ? -1 : 1))) {
      const old = shown.get(row.id);
      if (old) change(row, old);
      else if (!fits(row)) fresh.delete(row.id);
      else if (row.id <= newest) continue;
      else if (body && !Object.keys(filter).length && !fresh.size && atTop()) prepend(row);
      else fresh.add(row.id);
    }
    if (!body && fresh.size && !Object.keys(filter).length) load(filter);
    else offer();
  }

  function change(row, old) {
    const drawn = line(row, COLUMNS, href);
    if (old.contains(document.activeElement)) {
      // The link keeps the focus: only the other cells change.
      [...drawn.cells].slice(1).forEach((cell, index) => old.cells[index + 1].replaceWith(cell));
      return;
    }
    old.replaceWith(drawn);
    shown.set(row.id, drawn);
  }

  function prepend(row) {
    const drawn = line(row, COLUMNS, href);
    drawn.classList.add('fresh');
    shown.set(row.id, drawn);
    newest = row.id;
    body.prepend(drawn);
    while (body.children.length > MOST_PREPENDED) {
      const last = body.lastElementChild;
      for (const [id, one] of shown) if (one === last) shown.delete(id);
      last.remove();
    }
  }

  function atTop() {
    const top = element.getBoundingClientRect().top;
    return (window.scrollY < 8 || top > 120) && !element.contains(document.activeElement);
  }

  function offer() {
    if (!fresh.size) return;
    const label = `${number(fresh.size)} new${filter.text ? ' (some may match)' : ''}`;
    const there = newer.firstElementChild;
    if (there) there.textContent = label;
    else {
      fill(newer, button(label, async () => {
        await load(filter);
        element.scrollIntoView({ block: 'start' });
        body?.querySelector('a.open')?.focus({ preventScroll: true });
      }, { class: 'primary' }));
    }
  }

  /** Takes what came while the event stream was closed. */
  async function catchUp(fits) {
    const page = await get('/webhooks', { ...filter, limit: PAGE }, signal);
    take(page.webhooks, fits);
  }

  return { element, newer, load, take, catchUp };
}
