// The rows. What arrives is put on top only while nobody reads further down; else a button offers it.

import { get } from '../../lib/api.js';
import { h, fill } from '../../lib/dom.js';
import { counted, moment, number, outcome, status } from '../../lib/format.js';
import { button, problem, waiting } from '../../lib/parts.js';
import { to } from '../../lib/router.js';
import { line, table } from '../../lib/table.js';

const PAGE = 50;
const MOST_SHOWN = 500;

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
  const element = h('div', { class: 'region', tabIndex: -1 }, waiting(10));
  const newer = h('div', { class: 'newer', 'aria-live': 'polite' });
  const said = h('p', { class: 'unseen', role: 'status' });
  const shown = new Map();
  let filter = {};
  let body = null;
  let fresh = new Set();
  // Whether there is more that is new than `fresh` names, and whether rows older than the last one are left out.
  let many = false;
  let further = false;
  let last = null;
  let turn = 0;
  let loading = null;
  // What is told while a page is fetched may be newer than the page: it is kept, and taken after it.
  let fetching = 0;
  let kept = [];
  let fits = () => false;

  async function fetched(work) {
    fetching += 1;
    try {
      return await work();
    } finally {
      fetching -= 1;
      if (!fetching && kept.length) {
        const rows = kept;
        kept = [];
        merge(rows);
      }
    }
  }

  /** `calm`: the page does it by itself, nobody asked for it. */
  function load(next, calm = false) {
    loading = fetched(() => loadFirst(next, calm));
    return loading;
  }

  async function loadFirst(next, calm) {
    filter = next;
    fresh = new Set();
    many = false;
    fill(newer);
    turn += 1;
    const mine = turn;
    element.setAttribute('aria-busy', 'true');
    try {
      const page = await get('/webhooks', { ...filter, limit: PAGE }, signal, calm);
      if (mine !== turn) return;
      shown.clear();
      if (!page.webhooks.length && page.complete !== false) {
        body = null;
        further = false;
        fill(element, said, nothing());
        said.textContent = 'No matching webhooks';
      } else {
        const drawn = table({ caption: 'Webhooks, newest first', columns: COLUMNS, rows: [], href });
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
    for (const row of page.webhooks) if (!shown.has(row.id)) body.append(draw(row));
    last = page.next ?? null;
    further = last !== null;
    if (!further) {
      if (page.complete === false) element.append(h('div', { class: 'more' }, h('p', { class: 'muted' }, 'Older webhooks were not searched.')));
      return;
    }
    const older = button(page.complete === false ? 'Search older webhooks' : 'Show more', () => fetched(async () => {
      const asked = filter;
      let next;
      // While the list is drawn anew it gets another end: what lies behind that one is asked for.
      for (let mine = null; mine !== turn;) {
        await loading;
        if (asked !== filter || !further) return;
        mine = turn;
        next = await get('/webhooks', { ...filter, before: last, limit: PAGE }, signal);
      }
      const first = shown.size;
      append(next);
      said.textContent = `${counted(shown.size - first, 'more webhook')} shown`;
      (body.children[first]?.querySelector('a.open') ?? element.querySelector('.more button'))?.focus({ preventScroll: true });
    }));
    element.append(h('div', { class: 'more' }, older,
      page.complete === false ? h('p', { class: 'muted' }, shown.size ? 'Only part of the webhooks was searched so far.' : 'No match in the part searched so far.') : null));
  }

  /** Rows that are new or changed; `fitting` says which of them the filter lets through. */
  function take(rows, fitting) {
    fits = fitting;
    if (fetching) kept.push(...rows);
    else merge(rows);
  }

  function merge(rows) {
    // The ids are UUIDv7: they sort by time. What is told twice stays in its order.
    for (const row of [...rows].sort((one, other) => (one.id < other.id ? -1 : Number(one.id > other.id)))) {
      const old = shown.get(row.id);
      if (old) change(row, old);
      else if (!fits(row)) fresh.delete(row.id);
      else if (further && row.id < body.lastElementChild?.dataset.id) continue;
      else if (body && follows()) insert(row);
      else fresh.add(row.id);
    }
    const all = !Object.keys(filter).length;
    if ((!body && fresh.size && all) || (shown.size > MOST_SHOWN && follows())) load(filter, true);
    else offer();
  }

  function draw(row) {
    const drawn = line(row, COLUMNS, href);
    drawn.dataset.id = row.id;
    shown.set(row.id, drawn);
    return drawn;
  }

  function change(row, old) {
    const drawn = line(row, COLUMNS, href);
    drawn.dataset.id = row.id;
    drawn.className = old.className;
    if (drawn.isEqualNode(old)) return;
    if (old.contains(document.activeElement)) {
      // The link keeps the focus: only the other cells change.
      [...drawn.cells].slice(1).forEach((cell, index) => old.cells[index + 1].replaceWith(cell));
      return;
    }
    old.replaceWith(drawn);
    shown.set(row.id, drawn);
  }

  // Mostly on top; one that was told late goes where it belongs.
  function insert(row) {
    const drawn = draw(row);
    drawn.classList.add('fresh');
    body.insertBefore(drawn, [...body.children].find((one) => one.dataset.id < row.id) ?? null);
  }

  /** Whether new rows may go into the list: nobody reads further down, or has a filter or a row in hand. */
  function follows() {
    const top = element.getBoundingClientRect().top;
    const inHand = element !== document.activeElement && element.contains(document.activeElement);
    return !Object.keys(filter).length && !fresh.size && (window.scrollY < 8 || top > 120) && !inHand;
  }

  function offer() {
    if (!fresh.size) {
      fill(newer);
      return;
    }
    const label = `${number(fresh.size)}${many ? '+' : ''} new${filter.text ? ' (some may match)' : ''}`;
    const there = newer.firstElementChild;
    if (there) there.textContent = label;
    else {
      fill(newer, button(label, async () => {
        await load(filter);
        element.scrollIntoView({ block: 'start' });
        element.focus({ preventScroll: true });
      }, { class: 'primary' }));
    }
  }

  /** Takes what came while the event stream was not open; `anew` when much may have changed. */
  async function catchUp(fitting, anew = false) {
    fits = fitting;
    await loading;
    await fetched(() => fetchMissed(anew));
  }

  async function fetchMissed(anew) {
    const mine = turn;
    if (anew && follows()) {
      await load(filter, true);
      return;
    }
    const page = await get('/webhooks', { ...filter, limit: Math.min(MOST_SHOWN, shown.size + PAGE) }, signal, true).catch(() => null);
    if (!page || mine !== turn) return;
    const last = page.webhooks.at(-1);
    // The page does not reach down to what is shown.
    const gap = Boolean(body && last && page.next !== null && !shown.has(last.id) && last.id > body.firstElementChild?.dataset.id);
    if (gap && follows()) {
      await load(filter, true);
      return;
    }
    many ||= gap;
    merge(page.webhooks);
  }

  return { element, newer, load, take, catchUp };
}
