// Webhook entities: the objects that webhooks may become.

import { get, patch, put, remove, seg } from '../lib/api.js';
import { confirm, dialog } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { counted, number } from '../lib/format.js';
import { button, empty, region } from '../lib/parts.js';
import { to } from '../lib/router.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';

export function show(view) {
  const admin = isAdministrator();
  view.head({ title: 'Webhook entities', sub: 'Objects that EntityName may refer to.', actions: admin ? button('Add an object', add, { class: 'primary', icon: 'plus' }) : null });
  const place = region(() => get('/entities', null, view.signal), draw, { class: 'card' });
  view.add(place);

  function draw(entities) {
    if (!entities.length) return empty('No webhook entities yet', 'Until an object is added here, webhooks with an EntityName fail and no record is created.', admin ? button('Add an object', add, { class: 'primary' }) : null);
    return table({
      caption: 'Webhook entities', rows: entities, href: (row) => to(['objects', row.object]),
      columns: [
        { label: 'Object', cell: (row) => row.caption },
        { label: 'Code', cell: (row) => h('code', {}, row.object) },
        { label: 'WebhookService may create', cell: (row) => (row.may_create ? h('span', { class: 'badge ok' }, 'Yes') : h('span', { class: 'badge bad' }, 'No permission')) },
        { label: 'Records', cell: (row) => number(row.records), class: 'number' },
        { label: 'Actions', bare: true, cell: (row) => h('div', { class: 'actions' },
          admin && !row.may_create ? button(`Grant create`, () => permit(row.object), { class: 'small', 'aria-label': `Grant create: ${row.caption}` }) : null,
          admin ? button('Remove', () => drop(row), { class: 'small quiet', 'aria-label': `Remove ${row.caption}` }) : null) },
      ],
    });
  }

  async function permit(object) {
    await patch(`/grants/WebhookService/${seg(object)}`, { create: true });
    say(`WebhookService may create records of ${object}.`);
    await place.reload();
  }

  async function add() {
    const [objects, entities] = await Promise.all([get('/objects'), get('/entities')]);
    const there = new Set(entities.map((one) => one.object));
    const left = objects.filter((one) => !there.has(one.code)).map((one) => [one.code, `${one.caption} (${one.code})`]);
    const permission = field({ name: 'permission', kind: 'check', label: 'Allow WebhookService to create its records', value: true, hint: 'Without this permission its webhooks fail.' });
    await dialog('Add a webhook entity', (close) => form({
      class: 'wide', submit: 'Add', cancel: () => close(), fields: [field({ name: 'object', label: 'Object', kind: 'select', options: left, value: left[0]?.[0] }), permission],
      send: async (values) => {
        await put(`/entities/${seg(values.object)}`);
        if (values.permission) await permit(values.object);
        close();
        say(`${values.object} is a webhook entity.`);
        await place.reload();
      },
    }));
  }

  async function drop(row) {
    const sure = await confirm({
      title: `Remove ${row.caption} from the webhook entities?`, action: 'Remove', act: () => remove(`/entities/${seg(row.object)}`),
      text: `Webhooks whose EntityName is ${row.object} will fail. ${row.records ? `Its ${counted(row.records, 'record')} stay${row.records === 1 ? 's' : ''}.` : 'It has no records.'}`,
    });
    if (sure) await place.reload();
  }
}

