// Records: which object.

import { get } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { number } from '../lib/format.js';
import { empty, linkButton, region } from '../lib/parts.js';
import { to } from '../lib/router.js';
import { table } from '../lib/table.js';

export function show(view) {
  view.head({ title: 'Records', sub: 'Records by object.' });
  view.add(region(() => get('/objects', null, view.signal), draw, { lines: 8, class: 'card' }));
}

function draw(objects) {
  if (!objects.length) return empty('No objects', 'Apply a definition to add some.', linkButton('Objects and lookups', '#/objects'));
  const order = [...objects].sort((a, b) => Number(a.lookup) - Number(b.lookup) || Number(b.entity) - Number(a.entity) || a.caption.localeCompare(b.caption));
  return table({
    caption: 'Objects', rows: order, href: (row) => to(['records', row.code]),
    columns: [
      { label: 'Object', cell: (row) => row.caption },
      { label: 'Code', cell: (row) => h('code', {}, row.code) },
      { label: 'Kind', cell: (row) => (row.lookup ? h('span', { class: 'badge' }, 'Lookup') : row.entity ? h('span', { class: 'badge info' }, 'Webhook entity') : 'Object') },
      { label: 'Records', cell: (row) => number(row.records), class: 'number' },
    ],
  });
}
