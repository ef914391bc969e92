// Audit log: who did what, with a proof that nothing was taken away.

import { address, get } from '../lib/api.js';
import { h, fill } from '../lib/dom.js';
import { field } from '../lib/form.js';
import { counted, moment } from '../lib/format.js';
import { button, empty, menu, notice, problem, waiting } from '../lib/parts.js';
import { note, to } from '../lib/router.js';
import { table } from '../lib/table.js';

const NAMES = ['by', 'action', 'text', 'from', 'to'];
const PAGE = 100;

export function show(view) {
  const state = h('div', { 'aria-live': 'polite' });
  const exports = h('span', { class: 'row' });
  let filter = filterOf(view.query);
  let turn = 0;
  view.head({ title: 'Audit log', sub: 'Changes by people and programs, and sign-ins.', actions: [button('Verify', verify), exports] });
  const fields = [
    field({ name: 'text', label: 'Text', kind: 'search', value: filter.text, class: 'wide' }),
    field({ name: 'by', label: 'By', value: filter.by }),
    field({ name: 'action', label: 'Action', value: filter.action, placeholder: 'source-added' }),
    field({ name: 'from', label: 'From', kind: 'date', value: day(filter.from) }),
    field({ name: 'to', label: 'Until', kind: 'date', value: day(filter.to, true) }),
  ];
  fields[0].control.dataset.search = '';
  const place = h('div', { class: 'region' }, waiting(10));
  let timer;
  // Whoever leaves while it waits is not brought back.
  view.onClose(() => clearTimeout(timer));
  for (const one of fields) {
    one.control.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        filter = Object.fromEntries(fields.map((each) => [each.name, each.read()]).filter(([, value]) => value));
        for (const name of ['from', 'to']) if (filter[name]) filter[name] = bound(filter[name], name === 'to');
        note(to('audit', filter));
        load();
      }, 300);
    });
  }
  view.add(state, h('section', { class: 'card', 'aria-label': 'Rows' }, h('div', { class: 'filters all', role: 'search', 'aria-label': 'Filter the audit log' }, fields), place));
  load();

  async function load() {
    turn += 1;
    const mine = turn;
    fill(exports, menu('Export', h('a', { href: address('/audit/export', { format: 'csv', ...filter }), download: '' }, 'CSV'), h('a', { href: address('/audit/export', { format: 'ndjson', ...filter }), download: '' }, 'NDJSON')));
    place.setAttribute('aria-busy', 'true');
    try {
      const page = await get('/audit', { ...filter, limit: PAGE }, view.signal);
      if (mine === turn) draw(page.rows, page.next);
    } catch (error) {
      if (mine === turn && error.name !== 'AbortError') fill(place, problem(error, load));
    } finally {
      if (mine === turn) place.removeAttribute('aria-busy');
    }
  }

  function draw(rows, next) {
    if (!rows.length) return fill(place, empty('No matching rows', 'Extend the dates or remove a filter.'));
    return fill(place, h('div', { class: 'scroll' }, table({
      caption: 'Audit log, newest first', rows,
      columns: [
        { label: 'When', cell: (row) => moment(row.at), class: 'nowrap' },
        { label: 'By', cell: (row) => h('span', { class: 'clip' }, who(row.by)) },
        { label: 'Action', cell: (row) => h('span', { class: 'row' }, h('code', {}, row.action), row.refused ? h('span', { class: 'badge bad' }, 'Rejected') : null), class: 'nowrap' },
        { label: 'Subject', cell: (row) => row.subject, class: 'words' },
        { label: 'Detail', cell: (row) => row.detail },
        { label: 'Address', cell: (row) => row.address ?? '', class: 'nowrap' },
      ],
    })), next === null || next === undefined ? null : h('div', { class: 'more' }, button('Show more', async () => {
      const mine = turn;
      const page = await get('/audit', { ...filter, before: next, limit: PAGE }, view.signal);
      if (mine === turn) draw([...rows, ...page.rows], page.next);
    })));
  }

  async function verify() {
    const answer = await get('/audit/verify', null, view.signal);
    fill(state, answer.broken_at === null || answer.broken_at === undefined
      ? notice('ok', h('p', {}, `The audit log is intact: ${counted(answer.rows, 'row')}.`), h('p', { class: 'small' }, 'Hash ', h('code', {}, answer.head)))
      : notice('bad', h('strong', {}, 'The audit log was modified'), h('p', {}, `Row ${answer.broken_at} does not match the row before it. Compare the log with an export or a backup, and check who can write to the data folder.`)));
  }

  return {
    update(query) {
      filter = filterOf(query);
      fields.forEach((one) => { one.control.value = filter[one.name] ?? ''; });
      fields[3].control.value = day(filter.from);
      fields[4].control.value = day(filter.to, true);
      load();
    },
  };
}

const filterOf = (query) => Object.fromEntries(NAMES.filter((name) => query[name]).map((name) => [name, query[name]]));

// A day of the browser's time zone as a moment; the last day counts whole.
function bound(day, end) {
  const date = new Date(`${day}T00:00`);
  if (end) date.setDate(date.getDate() + 1);
  return date.toISOString();
}

// The day of the browser's time zone that such a moment bounds.
function day(bound, end) {
  if (!bound) return '';
  const date = new Date(new Date(bound).getTime() - (end ? 1 : 0));
  if (Number.isNaN(date.getTime())) return '';
  const two = (number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const who = (by) => (by && typeof by === 'object' ? by.name ?? Object.keys(by)[0] : by);
