// OAuth clients: programs that fetch tokens.

import { get, post } from '../lib/api.js';
import { h, fill } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { moment, onOff } from '../lib/format.js';
import { button, card, empty, region } from '../lib/parts.js';
import { go, to } from '../lib/router.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { clientEdit, clientFields } from './clients/fields.js';
import { missingNotice } from './clients/missing.js';
import { showSecret } from './clients/secret.js';

export function show(view) {
  const actions = h('div', { class: 'actions' }, isAdministrator() ? button('Add a client', add, { class: 'primary', icon: 'plus' }) : null);
  view.head({ title: 'OAuth clients', sub: 'Programs that get access tokens at /connect/token.', actions });
  const place = region(() => get('/clients', null, view.signal), draw, { lines: 3 });
  view.add(place);

  async function add() {
    let [users, objects] = await Promise.all([get('/technical-users', null, view.signal), get('/objects', null, view.signal)]);
    const name = field({ name: 'name', label: 'Name', required: true });
    const fields = clientFields(users);
    const control = (wanted) => fields.find((one) => one.name === wanted).control;
    const [chosen, odata] = [control('user'), control('scope odata')];
    const user = () => users.find((one) => one.code === chosen.value);
    // Before it is made: what a program with these settings would be refused for.
    const missing = h('div', { 'aria-live': 'polite' });
    const look = () => fill(missing, odata.checked && user() ? missingNotice(user().odata_missing, user(), objects, again) : null);
    const again = async () => {
      users = await get('/technical-users', null, view.signal);
      look();
    };
    [chosen, odata].forEach((one) => one.addEventListener('change', look));
    look();
    fill(actions);
    fill(place, card('Add a client', {}, form({
      submit: 'Add', cancel: () => { fill(actions, button('Add a client', add, { class: 'primary', icon: 'plus' })); place.reload(); }, fields: [name, fields, missing],
      send: async (values) => {
        const made = await post('/clients', { name: values.name, ...clientEdit(values) });
        showSecret(made, user()).then(() => go(to(['clients', made.client_id])));
      },
    })));
    name.control.focus();
  }
}

function draw(clients) {
  if (!clients.length) return h('div', { class: 'card' }, empty('No OAuth clients yet', 'A program needs a client to read and write records by OData.'));
  return h('div', { class: 'card' }, table({
    caption: 'OAuth clients', rows: clients, href: (row) => to(['clients', row.client_id]),
    columns: [
      { label: 'Name', cell: (row) => row.name },
      { label: 'Client ID', cell: (row) => h('code', {}, row.client_id) },
      { label: 'Enabled', cell: (row) => onOff(row.enabled, 'Enabled', 'Disabled') },
      { label: 'Technical user', cell: (row) => row.user },
      { label: 'Scopes', cell: (row) => row.scopes.join(' ') || 'none' },
      { label: 'Last token', cell: (row) => moment(row.last_used, { ago: true }) },
    ],
  }));
}
