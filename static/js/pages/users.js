// Users: people who log in here.

import { get, patch, post, seg } from '../lib/api.js';
import { confirm, dialog, reveal } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { moment, onOff } from '../lib/format.js';
import { button, linkButton, notice, region, secretLine } from '../lib/parts.js';
import { ROLES, session } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';
import { userSessions } from './users/sessions.js';

const MAY = { Viewer: 'sees everything except secrets', Operator: 'also reprocesses webhooks and edits records, but deletes nothing', Administrator: 'everything' };
const roles = ROLES.map((role) => [role, `${role}: ${MAY[role]}`]);

export function show(view) {
  view.head({
    title: 'Users and sessions', sub: 'People who log in here. Programs are technical users.',
    actions: [linkButton('My sessions', '#/account'), button('Add a user', add, { class: 'primary', icon: 'plus' })],
  });
  const place = region(() => get('/users', null, view.signal), draw, { lines: 3, class: 'card' });
  view.add(place);

  function draw(users) {
    return table({
      caption: 'Users', rows: users,
      columns: [
        { label: 'Name', cell: (row) => h('span', {}, h('span', { class: 'strong' }, row.name), row.id === session.user.id ? h('span', { class: 'muted' }, ' (you)') : null) },
        { label: 'Role', cell: (row) => row.role },
        { label: 'Can log in', cell: (row) => onOff(row.enabled, 'Yes', 'No') },
        { label: 'Second factor', cell: (row) => (row.totp ? 'On' : 'Off') },
        { label: 'Added', cell: (row) => (row.created_on ? moment(row.created_on) : '') },
        { label: 'Actions', bare: true, cell: (row) => h('div', { class: 'actions' },
          button('Change', () => change(row), { class: 'small', 'aria-label': `Change ${row.name}` }),
          button('Sessions', () => userSessions(row), { class: 'small', 'aria-label': `Sessions of ${row.name}` }),
          button('Reset the password', () => reset(row), { class: 'small', 'aria-label': `Reset the password of ${row.name}` })) },
      ],
    });
  }

  function add() {
    return dialog('Add a user', (close) => form({
      class: 'wide', submit: 'Add', cancel: () => close(),
      fields: [field({ name: 'name', label: 'Name', required: true, hint: 'The login name.' }), field({ name: 'role', label: 'Role', kind: 'select', options: roles, value: 'Operator' })],
      send: async (values) => {
        const made = await post('/users', values);
        close();
        place.reload();
        link(`${values.name} was added`, made.setup_link);
      },
    }));
  }

  function change(user) {
    return dialog(`Change ${user.name}`, (close) => form({
      class: 'wide', submit: 'Save', cancel: () => close(),
      fields: [
        field({ name: 'name', label: 'Name', required: true, value: user.name }),
        field({ name: 'role', label: 'Role', kind: 'select', options: roles, value: user.role }),
        field({ name: 'enabled', label: 'Can log in', kind: 'check', value: user.enabled, hint: 'If disabled, all sessions of the user end immediately.' }),
        ...(user.totp ? [field({ name: 'lost', label: 'Remove the second factor', kind: 'check', value: false, hint: 'For a user who lost the app and the recovery codes.' })] : []),
      ],
      send: async ({ lost, ...values }) => {
        await patch(`/users/${seg(user.id)}`, lost ? { ...values, totp: false } : values);
        close();
        say(`${values.name} was saved.`);
        await place.reload();
      },
    }));
  }

  async function reset(user) {
    let made = null;
    const sure = await confirm({
      title: `Reset the password of ${user.name}?`, action: 'Create link', danger: false, text: 'With the link, the user sets a new password. The old password stays valid until then.',
      act: async () => { made = await post(`/users/${seg(user.id)}/reset-link`); },
    });
    if (sure) link(`Link for ${user.name}`, made.setup_link);
  }
}

function link(title, address) {
  return reveal(title, h('div', { class: 'stack' },
    notice('warn', h('p', {}, 'Send this link to the user in a secure way. It works once, is valid for 30 minutes, and is not shown again.')), secretLine(address, 'Set-up link', 'The link')));
}
