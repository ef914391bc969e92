// One object: its columns.

import { address, get, seg } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { number } from '../lib/format.js';
import { card, facts, linkButton, region } from '../lib/parts.js';
import { to } from '../lib/router.js';
import { table } from '../lib/table.js';

export function show(view) {
  const { code } = view.params;
  view.head({ title: code, back: ['#/objects', 'Objects and lookups'], actions: [linkButton('Records', to(['records', code])), linkButton('Export', address('/definition', { objects: code }), { icon: 'download', download: `${code}.json` })] });
  view.add(region(() => get(`/objects/${seg(code)}`, null, view.signal), draw, { lines: 10 }));

  function draw(object) {
    view.root.querySelector('h1').textContent = object.caption;
    document.title = `${object.caption} · Hookgate`;
    return h('div', { class: 'stack' },
      card('Object', {}, facts([
        ['Code', h('code', {}, object.code)], ['Kind', object.lookup ? 'Lookup' : 'Object'], ['Webhook entity', object.entity ? 'Yes' : 'No'],
        ['A value that is not valid', object.strict ? 'fails the webhook' : 'leaves the column empty, with a parsing error'],
        ['Display column', h('code', {}, object.display)], ['Records', number(object.records)],
      ])),
      h('section', { class: 'card', 'aria-label': 'Columns' }, h('div', { class: 'card-top' }, h('h2', {}, 'Columns'), h('p', { class: 'muted small' }, 'Every record also has Id, CreatedOn, CreatedById, ModifiedOn, ModifiedById')),
        h('div', { class: 'scroll' }, table({
          caption: 'Columns', rows: object.columns,
          columns: [
            { label: 'Caption', cell: (row) => h('span', { class: 'strong' }, row.caption) },
            { label: 'Key', cell: (row) => h('code', {}, row.key) },
            { label: 'Type', cell: (row) => typeOf(row.type) },
            { label: 'Required', cell: (row) => (row.required ? 'Yes' : '') },
            { label: 'Indexed', cell: (row) => (row.indexing ? `${Math.floor(row.indexing.done * 100 / Math.max(row.indexing.total, 1))} %` : row.indexed ? 'Yes' : '') },
            { label: 'Default', cell: (row) => row.default },
          ],
        }))));
  }
}

function typeOf(type) {
  const target = /^lookup\((.+)\)$/.exec(type)?.[1];
  return target ? h('a', { href: to(['objects', target]) }, type) : type;
}
