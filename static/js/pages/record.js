// One record: its values, lookups resolved, the webhook it came from; edit and delete.

import { get, patch, remove, seg } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { h, fill } from '../lib/dom.js';
import { form } from '../lib/form.js';
import { moment, plain } from '../lib/format.js';
import { button, card, copyButton, facts, region } from '../lib/parts.js';
import { go, to } from '../lib/router.js';
import { isAdministrator, isOperator } from '../lib/session.js';
import { say } from '../lib/toast.js';
import { editor, lookupOf } from './records/editor.js';

export function show(view) {
  const { object: code, id } = view.params;
  const path = `/objects/${seg(code)}`;
  const actions = h('div', { class: 'actions' });
  let object = null;
  view.head({ title: 'Record', back: [to(['records', code]), code], sub: h('span', { class: 'row' }, h('code', {}, id), copyButton(id, { what: 'The ID', class: 'quiet small' })), actions });
  const title = view.root.querySelector('h1');
  const place = region(async () => {
    const [record, found] = await Promise.all([get(`${path}/records/${seg(id)}`, null, view.signal), object ?? get(path, null, view.signal)]);
    object = found;
    return record;
  }, draw, { lines: 12 });
  view.add(place);

  function draw(record) {
    title.textContent = record.display || 'Record without a name';
    document.title = `${title.textContent} · Hookgate`;
    view.root.querySelector('.back').textContent = `‹ ${object.caption}`;
    fill(actions,
      isOperator() ? button('Edit', () => fill(place, edit(record)) && place.querySelector('.input')?.focus(), { class: 'primary' }) : null,
      isAdministrator() ? button('Delete', () => drop(record), { class: 'danger' }) : null);
    return h('div', { class: 'stack' },
      card('Values', {}, facts(object.columns.map((column) => [column.caption, shown(record, column)]), 'lines')),
      card('History', {}, facts([
        ['Created', moment(record.created_on)], ['Created by', record.created_by], ['Modified', moment(record.modified_on)], ['Modified by', record.modified_by],
        ['Webhook', record.webhook ? h('a', { href: to(['webhooks', record.webhook]) }, 'The webhook that created it') : 'none, or already deleted'],
      ])));
  }

  function edit(record) {
    fill(actions);
    const fields = object.columns.map((column) => editor(column, record.values.find((value) => value.key === column.key)));
    return card('Edit', { text: 'Clear a field to remove its value.' }, form({
      class: 'wide editing', submit: 'Save', cancel: () => place.reload(), fields,
      send: async (values) => {
        const changed = Object.fromEntries(fields.filter((one) => one.changed()).map((one) => [one.name, values[one.name] === '' ? null : values[one.name]]));
        if (Object.keys(changed).length) {
          await patch(`${path}/records/${seg(id)}`, { values: changed, ...(record.mark === undefined ? {} : { mark: record.mark }) });
          say('The record was saved.');
        }
        await place.reload();
        title.focus();
      },
    }));
  }

  async function drop(record) {
    const sure = await confirm({
      title: 'Delete this record?', action: 'Delete', act: () => remove(`${path}/records/${seg(id)}`),
      text: `${object.caption} “${record.display || id}” will be deleted. The webhook that created it stays. This cannot be undone.`,
    });
    if (!sure) return;
    say('The record was deleted.');
    go(to(['records', code]));
  }
}

function shown(record, column) {
  const found = record.values.find((value) => value.key === column.key);
  if (!found) return h('span', { class: 'muted' }, 'empty');
  const target = lookupOf(column);
  if (target) return h('a', { href: to(['records', target, found.value]) }, found.display || found.value);
  if (column.type === 'datetime') return moment(found.value);
  return plain(found.value);
}
