// About: version, licences.

import { get } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { counted, moment } from '../lib/format.js';
import { card, facts, region } from '../lib/parts.js';
import { table } from '../lib/table.js';

export function show(view) {
  view.head({ title: 'About' });
  view.add(region(() => get('/about', null, view.signal), draw, { lines: 10 }));
}

function draw({ version, licence, licences, started_on: started, data }) {
  return h('div', { class: 'stack' },
    card('Hookgate', {}, facts([['Version', version], ['License', licence], ['Running since', moment(started)], ['Data folder', h('code', {}, data)]])),
    h('section', { class: 'card', 'aria-label': 'Licenses' }, h('div', { class: 'card-top' }, h('h2', {}, 'Third-party software'), h('p', { class: 'muted small' }, counted(licences.length, 'package'))),
      table({
        caption: 'Packages and their licenses', rows: licences,
        columns: [{ label: 'Name', cell: (row) => h('span', { class: 'strong' }, row.name) }, { label: 'Version', cell: (row) => row.version }, { label: 'License', cell: (row) => row.licence }],
      })));
}
