// Technical users: the identities of programs.

import { get, post } from '../lib/api.js';
import { dialog } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { counted, onOff } from '../lib/format.js';
import { button, region } from '../lib/parts.js';
import { go, to } from '../lib/router.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';

export function show(view) {
  view.head({
    title: 'Technical users', sub: 'The identities of programs. They cannot log in here and have no permissions until you grant them.',
    actions: isAdministrator() ? button('Add a technical user', add, { class: 'primary', icon: 'plus' }) : null,
  });
  view.add(region(() => get('/technical-users', null, view.signal), draw, { lines: 3, class: 'card' }));
}

function draw(users) {
  return table({
    caption: 'Technical users', rows: users, href: (row) => to(['technical-users', row.code]),
    columns: [
      { label: 'Name', cell: (row) => row.name },
      { label: 'Code', cell: (row) => h('code', {}, row.code) },
      { label: 'Enabled', cell: (row) => onOff(row.enabled, 'Enabled', 'Disabled') },
      { label: 'OData', cell: (row) => onOff(row.odata) },
      { label: 'OAuth clients', cell: (row) => row.clients.join(', ') || h('span', { class: 'muted' }, 'none') },
      { label: 'Permissions', cell: (row) => counted(row.grants.length, 'object') },
    ],
  });
}

function add() {
  return dialog('Add a technical user', (close) => form({
    class: 'wide', submit: 'Add', cancel: () => close(),
    fields: [
      field({ name: 'code', label: 'Code', required: true, mono: true, hint: 'Latin letters and digits, such as ReportReader.' }),
      field({ name: 'name', label: 'Name', hint: 'The display name.' }),
    ],
    send: async (values) => {
      const made = await post('/technical-users', { code: values.code, ...(values.name ? { name: values.name } : {}) });
      close();
      go(to(['technical-users', made.code]));
    },
  }));
}
