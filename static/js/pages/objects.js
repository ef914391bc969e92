// Objects and lookups, and definitions to apply and export.

import { address, get, post } from '../lib/api.js';
import { dialog } from '../lib/dialog.js';
import { h, fill } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { number } from '../lib/format.js';
import { button, empty, linkButton, notice, problem, region } from '../lib/parts.js';
import { to } from '../lib/router.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';

const SAMPLE = `{"objects": [{"code": "UsrTicket", "caption": "Ticket", "columns": [
  {"code": "Name", "type": "text(250)", "required": true},
  {"code": "Country", "type": "lookup(Country)"}]}],
 "entities": ["UsrTicket"]}`;

export function show(view) {
  view.head({
    title: 'Objects and lookups', sub: 'The structure of records. Objects are defined in JSON, which you can keep under version control.',
    actions: [linkButton('Export', address('/definition'), { icon: 'download', download: 'definition.json' }), isAdministrator() ? button('Apply a definition', apply, { class: 'primary' }) : null],
  });
  const place = region(() => get('/objects', null, view.signal), draw, { lines: 10 });
  view.add(place);

  function apply() {
    const result = h('div', { 'aria-live': 'polite' });
    const text = field({ name: 'definition', label: 'Definition (JSON)', kind: 'area', mono: true, rows: 14, placeholder: SAMPLE, required: true });
    const file = field({ name: 'file', label: 'Or from a file', kind: 'file' });
    file.control.accept = '.json,application/json';
    file.control.addEventListener('change', async () => {
      if (file.control.files[0]) text.control.value = await file.control.files[0].text();
    });
    text.control.addEventListener('input', () => fill(result));
    return dialog('Apply a definition', (close) => h('div', { class: 'stack' }, form({
      class: 'wide', submit: 'Preview changes', cancel: () => close(), fields: [text, file],
      send: async () => {
        // As a text: errors name its lines.
        const definition = text.control.value;
        const plan = await post('/definition?dry_run=true', definition);
        fill(result, difference(plan.differences), plan.differences.length ? button('Apply', async () => {
          try {
            await post('/definition', definition);
          } catch (error) {
            fill(result, problem(error));
            return;
          }
          close();
          say('The definition was applied.');
          await place.reload();
        }, { class: 'primary' }) : null);
      },
    }), result), null, { wide: true });
  }
}

/** The lines of a difference: `+` is new, `~` is changed. */
function difference(lines) {
  if (!lines.length) return notice('ok', h('p', {}, 'No differences: everything is already defined.'));
  return h('div', { class: 'stack tight' }, h('h3', {}, 'Changes'),
    h('div', { class: 'differences', tabIndex: 0, role: 'region', 'aria-label': 'Changes' }, lines.map((line) => h('div', { class: line.startsWith('+') ? 'plus' : line.startsWith('~') ? 'tilde' : '' }, line))));
}

function draw(objects) {
  const part = (title, list) => h('section', { class: 'card', 'aria-label': title }, h('div', { class: 'card-top' }, h('h2', {}, title)), list.length ? rows(title, list) : empty(`No ${title.toLowerCase()}`, 'Apply a definition to add some.'));
  return h('div', { class: 'stack' }, part('Objects', objects.filter((one) => !one.lookup)), part('Lookups', objects.filter((one) => one.lookup)));
}

function rows(caption, list) {
  return table({
    caption, rows: list, href: (row) => to(['objects', row.code]),
    columns: [
      { label: 'Caption', cell: (row) => row.caption },
      { label: 'Code', cell: (row) => h('code', {}, row.code) },
      { label: 'Webhook entity', cell: (row) => (row.entity ? h('span', { class: 'badge info' }, 'Yes') : 'No') },
      { label: 'Columns', cell: (row) => number(row.columns), class: 'number' },
      { label: 'Records', cell: (row) => number(row.records), class: 'number' },
    ],
  });
}
