// The records of one object: list, filter, columns to choose, CSV.

import { address, get, seg } from '../lib/api.js';
import { dialog } from '../lib/dialog.js';
import { h, fill } from '../lib/dom.js';
import { field } from '../lib/form.js';
import { counted, moment, plain } from '../lib/format.js';
import { button, empty, linkButton, problem, refill, waiting } from '../lib/parts.js';
import { note, to } from '../lib/router.js';
import { table } from '../lib/table.js';
import { chosenColumns, keepColumns } from './records/columns.js';
import { builder } from './records/filter.js';

const PAGE = 50;

export function show(view) {
  const code = view.params.object;
  const path = `/objects/${seg(code)}`;
  let { filter = '', order = '' } = view.query;
  let object = null;
  let turn = 0;
  const total = h('p', { class: 'muted', role: 'status' }, ' ');
  const csv = linkButton('CSV', '#/', { icon: 'download', download: '' });
  const columnsButton = button('Columns', chooseColumns, { icon: 'objects', disabled: true });
  const place = h('div', { class: 'region' }, waiting(10));
  const filterPlace = h('div', {});
  view.head({ title: code, back: ['#/records', 'Records'], sub: total, actions: [columnsButton, csv] });
  view.add(h('section', { class: 'card', 'aria-label': 'Records' }, filterPlace, place));

  const hash = () => to(['records', code], { filter, order });
  const change = (next) => {
    ({ filter = filter, order = order } = next);
    note(hash());
    load();
  };

  async function start() {
    place.setAttribute('aria-busy', 'true');
    try {
      object = await get(path, null, view.signal);
    } catch (error) {
      place.removeAttribute('aria-busy');
      if (error.name !== 'AbortError') fill(place, problem(error, start));
      return;
    }
    const title = view.root.querySelector('h1');
    title.textContent = object.caption;
    document.title = `${object.caption} · Hookgate`;
    columnsButton.disabled = false;
    fill(filterPlace, builder(object, filter, (next) => change({ filter: next })));
    await load();
  }

  async function load() {
    turn += 1;
    const mine = turn;
    csv.setAttribute('href', address(`${path}/records/export`, { format: 'csv', filter, order }));
    place.setAttribute('aria-busy', 'true');
    try {
      const page = await get(`${path}/records`, { filter, order, limit: PAGE }, view.signal);
      if (mine !== turn) return;
      total.textContent = page.total === null ? 'Too many records to count' : counted(page.total, 'record');
      draw(page.records, page.next);
    } catch (error) {
      if (mine === turn && error.name !== 'AbortError') fill(place, problem(error, load));
    } finally {
      if (mine === turn) place.removeAttribute('aria-busy');
    }
  }

  function draw(records, next) {
    if (!records.length) {
      fill(place, filter
        ? empty('No matching records', 'Change or remove the filter.', button('Show all', () => { change({ filter: '' }); fill(filterPlace, builder(object, '', (text) => change({ filter: text }))); }))
        : empty('No records yet', `Records are created from webhooks whose EntityName is ${code}.`, linkButton('Webhooks', to('webhooks', { entity: code }))));
      return;
    }
    const chosen = chosenColumns(object);
    const columns = [
      { label: 'Record', cell: (row) => h('span', { class: 'clip' }, row.display || row.id), sort: sortKey(object, object.display) },
      ...object.columns.filter((column) => chosen.includes(column.key)).map((column) => ({
        label: column.caption, sort: column.key, class: /^(integer|decimal|currency)/.test(column.type) ? 'number' : '',
        cell: (row) => valueCell(row, column),
      })),
      chosen.includes('CreatedOn') ? { label: 'Created', sort: 'CreatedOn', cell: (row) => moment(row.created_on), class: 'nowrap' } : null,
      chosen.includes('ModifiedOn') ? { label: 'Modified', sort: 'ModifiedOn', cell: (row) => moment(row.modified_on), class: 'nowrap' } : null,
      chosen.includes('CreatedBy') ? { label: 'Created by', cell: (row) => row.created_by } : null,
    ].filter(Boolean);
    const drawn = table({ caption: `Records of ${object.caption}`, columns, rows: records, href: (row) => to(['records', code, row.id]), order, onOrder: (by) => change({ order: by }) });
    refill(place, h('div', { class: 'scroll' }, drawn), next ? h('div', { class: 'more' }, button('Show more', async () => {
      const mine = turn;
      const page = await get(`${path}/records`, { filter, order, before: next, limit: PAGE }, view.signal);
      if (mine !== turn) return;
      const at = records.length;
      draw([...records, ...page.records], page.next);
      place.querySelectorAll('tbody a.open')[at]?.focus({ preventScroll: true });
    })) : null);
    place.redraw = () => draw(records, next);
  }

  function chooseColumns() {
    const chosen = new Set(chosenColumns(object));
    const all = [...object.columns.map((column) => [column.key, column.caption]), ['CreatedOn', 'Created'], ['ModifiedOn', 'Modified'], ['CreatedBy', 'Created by']];
    return dialog('Columns', h('div', { class: 'columns' }, all.map(([key, caption]) => {
      const one = field({ name: key, kind: 'check', label: caption, value: chosen.has(key) });
      one.control.addEventListener('change', () => {
        if (one.control.checked) chosen.add(key);
        else chosen.delete(key);
        keepColumns(object, [...chosen]);
        place.redraw?.();
      });
      return one;
    })), (close) => [button('Done', () => close(), { class: 'primary' })]);
  }

  start();
  return {
    update(query) {
      filter = query.filter ?? '';
      order = query.order ?? '';
      fill(filterPlace, object ? builder(object, filter, (next) => change({ filter: next })) : null);
      load();
    },
  };
}

const sortKey = (object, display) => object.columns.find((column) => column.key.toLowerCase() === display.toLowerCase())?.key;

function valueCell(row, column) {
  const found = row.values?.find((value) => value.key === column.key);
  if (!found) return '';
  if (column.type === 'datetime') return moment(found.value);
  return h('span', { class: 'clip' }, found.display || plain(found.value));
}
