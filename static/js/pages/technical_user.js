// One technical user, and its permissions as a grid.

import { get, patch, seg } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { onOff } from '../lib/format.js';
import { card, facts, region } from '../lib/parts.js';
import { to } from '../lib/router.js';
import { isAdministrator } from '../lib/session.js';
import { complain, say } from '../lib/toast.js';

const RIGHTS = ['create', 'read', 'edit', 'delete'];
const named = (right) => right[0].toUpperCase() + right.slice(1);

export function show(view) {
  const { code } = view.params;
  const path = `/technical-users/${seg(code)}`;
  const admin = isAdministrator();
  view.head({ title: code, back: ['#/technical-users', 'Technical users'] });
  const place = region(async () => {
    const [users, objects, clients] = await Promise.all([get('/technical-users', null, view.signal), get('/objects', null, view.signal), get('/clients', null, view.signal)]);
    const user = users.find((one) => one.code === code);
    if (!user) throw new Error(`There is no technical user ${code}. It may have been renamed.`);
    return { user, objects, clients };
  }, draw, { lines: 10 });
  view.add(place);

  function draw({ user, objects, clients }) {
    return h('div', { class: 'stack' },
      card(user.name, {}, facts([
        ['Code', h('code', {}, user.code)], ['Enabled', onOff(user.enabled, 'Enabled', 'Disabled')], ['OData', onOff(user.odata)],
        ['OAuth clients', user.clients.length ? user.clients.map((name) => h('div', {}, h('a', { href: to(['clients', clients.find((one) => one.name === name)?.client_id ?? name]) }, name))) : 'none'],
      ])),
      grid(user, objects),
      admin ? card('Change', {}, form({
        submit: 'Save',
        fields: [
          field({ name: 'name', label: 'Name', value: user.name, required: true }),
          field({ name: 'enabled', label: 'Enabled', kind: 'check', value: user.enabled, hint: 'If disabled, its clients get no tokens, their existing tokens are not valid, and webhooks cannot create records as this user.' }),
          field({ name: 'odata', label: 'Its clients may use OData', kind: 'check', value: user.odata }),
        ],
        send: async (values) => {
          await patch(path, values);
          say('The technical user was saved.');
          await place.reload();
        },
      })) : null);
  }

  function grid(user, objects) {
    const order = [...objects].sort((a, b) => Number(a.lookup) - Number(b.lookup) || a.caption.localeCompare(b.caption));
    return h('section', { class: 'card', 'aria-label': 'Object operation permissions' },
      h('div', { class: 'card-top' }, h('h2', {}, 'Object operation permissions'), h('p', { class: 'muted small' }, admin ? 'Each change is saved immediately.' : 'Only administrators can change them.')),
      h('table', { class: 'table keep' },
        h('caption', { class: 'unseen' }, `What ${code} may do with the records of each object`),
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Object'), RIGHTS.map((right) => h('th', { scope: 'col', class: 'tick' }, named(right))))),
        h('tbody', {}, order.map((object) => line(object, { create: false, read: false, edit: false, delete: false, ...rightsOf(user, object.code) })))));
  }

  function line(object, rights) {
    return h('tr', {}, h('th', { scope: 'row', class: 'row-head' }, object.caption, object.lookup ? h('span', { class: 'muted' }, ' lookup') : null),
      RIGHTS.map((right) => h('td', { class: 'tick' }, h('input', {
        type: 'checkbox', checked: rights[right], disabled: !admin, 'aria-label': `${named(right)} ${object.caption}`,
        onchange: async (event) => {
          const box = event.currentTarget;
          box.disabled = true;
          try {
            await patch(`/grants/${seg(code)}/${seg(object.code)}`, { [right]: box.checked });
          } catch (error) {
            box.checked = !box.checked;
            complain(error);
          }
          box.disabled = false;
          // It lost the focus when it was disabled. Who has gone on is not called back.
          if (document.activeElement === document.body) box.focus({ preventScroll: true });
        },
      }))));
  }
}

function rightsOf(user, object) {
  const grant = user.grants.find((one) => one.object === object);
  return grant ? Object.fromEntries(RIGHTS.map((right) => [right, Boolean(grant[right])])) : {};
}
