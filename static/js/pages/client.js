// One OAuth client: settings, secrets, keys.

import { get, patch, post, put, remove, seg } from '../lib/api.js';
import { confirm, dialog } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { moment, onOff } from '../lib/format.js';
import { button, card, copyButton, empty, facts, region, toggle } from '../lib/parts.js';
import { go, to } from '../lib/router.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';
import { clientEdit, clientFields } from './clients/fields.js';
import { missingNotice } from './clients/missing.js';
import { showSecret } from './clients/secret.js';

const RIGHTS = ['create', 'read', 'edit', 'delete'];

export function show(view) {
  const { id } = view.params;
  const path = `/clients/${seg(id)}`;
  const admin = isAdministrator();
  view.head({ title: 'OAuth client', back: ['#/clients', 'OAuth clients'], sub: h('span', { class: 'row' }, h('code', {}, id), copyButton(id, { what: 'The client ID', class: 'quiet small' })) });
  const place = region(async () => {
    const [client, users, objects] = await Promise.all([get(path, null, view.signal), get('/technical-users', null, view.signal), get('/objects', null, view.signal)]);
    return { client, users, objects };
  }, draw, { lines: 10 });
  view.add(place);

  function draw({ client, users, objects }) {
    view.root.querySelector('h1').textContent = client.name;
    document.title = `${client.name} · Hookgate`;
    const user = users.find((one) => one.code === client.user);
    return h('div', { class: 'stack' },
      user ? missingNotice(client.missing, user, objects, () => place.reload()) : null,
      card('State', { actions: admin ? h('label', { class: 'row' }, toggle('Enabled', client.enabled, switchTo), h('span', { 'aria-hidden': 'true' }, 'Enabled')) : onOff(client.enabled, 'Enabled', 'Disabled') },
        facts([
          ['Technical user', h('a', { href: to(['technical-users', client.user]) }, client.user)],
          ['Scopes', client.scopes.join(' ') || 'none'],
          client.scopes.includes('odata') ? ['OData permissions', user?.grants.length ? user.grants.map((grant) => h('div', {}, `${RIGHTS.filter((right) => grant[right]).join(', ')} ${grant.object}`)) : 'none'] : null,
          ['Last token', moment(client.last_used, { ago: true })],
          ['Last rejected token request', client.last_failure ? [moment(client.last_failure.on, { ago: true }), ` from ${client.last_failure.from}: ${client.last_failure.reason}`] : 'none since the server started'],
          ['Created', moment(client.created_on)],
          client.application_url ? ['Application URL', client.application_url] : null,
          client.description ? ['Description', client.description] : null,
        ])),
      secrets(client, user), keys(client),
      admin ? card('Settings', {}, form({ submit: 'Save', fields: clientFields(users, client), send: save })) : null,
      admin ? card('Revoke or delete', {}, h('div', { class: 'actions' },
        button('Revoke all tokens', () => endTokens(client), { class: 'danger' }), button('Delete the client', () => drop(client), { class: 'danger' }))) : null);
  }

  function secrets(client, user) {
    return card('Secrets', {
      text: 'Two secrets can be valid at once, so you can switch the program over without downtime.',
      actions: admin ? button('Create secret', () => rotate(client, user)) : null,
    }, client.secrets.length ? table({
      caption: 'Secrets', rows: client.secrets,
      columns: [
        { label: 'Starts with', cell: (row) => h('code', {}, `${row.hint}…`) },
        { label: 'Created', cell: (row) => moment(row.created_on) },
        { label: 'Valid until', cell: (row) => (row.expires_on ? moment(row.expires_on) : 'no expiry') },
        { label: 'Actions', bare: true, cell: (row) => (admin ? h('div', { class: 'actions' }, button('Revoke', () => endSecret(client, row), { class: 'small', 'aria-label': `Revoke the secret ${row.hint}` })) : '') },
      ],
    }) : empty('No secret', 'Create a secret, or set public keys.'));
  }

  function keys(client) {
    return card('Keys', { text: 'Public keys that authenticate the program instead of a secret (private_key_jwt).', actions: admin ? button('Set keys', () => setKeys(client)) : null },
      client.keys.length ? table({ caption: 'Keys', rows: client.keys, columns: [{ label: 'Key ID', cell: (row) => h('code', {}, row.kid) }, { label: 'Algorithm', cell: (row) => row.algorithm }] }) : h('p', { class: 'muted' }, 'None.'));
  }

  async function switchTo(enabled) {
    await patch(path, { enabled });
    say(enabled ? 'The client is enabled.' : 'The client is disabled: it gets no tokens, and its existing tokens are not valid.');
    await place.reload();
  }

  async function save(values) {
    await patch(path, clientEdit(values));
    say('The client was saved.');
    await place.reload();
  }

  async function rotate(client, user) {
    const promised = client.secrets.slice(1).find((secret) => secret.expires_on)?.expires_on;
    const hours = field({ name: 'hours', label: 'Keep the previous secret valid for (hours)', kind: 'number', min: 0, value: 24, short: true });
    const force = promised ? field({ name: 'force', kind: 'check', label: 'Revoke the previous secret now?', hint: ['It is valid until ', moment(promised), ', as announced. Another new secret revokes it, and programs that still use it get no tokens.'] }) : null;
    let made = null;
    const sure = await confirm({
      title: `Create a new secret for ${client.name}?`, action: 'Create secret', danger: false, extra: [hours, force], text: 'The secret is shown only once. Of the older secrets, only the newest stays valid, for the time below.',
      act: async () => { made = await post(`${path}/secrets`, { hours: hours.read() ?? 0, force: force?.read() ?? false }); },
    });
    if (!sure) return;
    await showSecret(made, user);
    await place.reload();
  }

  async function endSecret(client, secret) {
    const sure = await confirm({ title: 'Revoke this secret?', action: 'Revoke', text: `Programs that use the secret ${secret.hint}… of ${client.name} will get no more tokens.`, act: () => remove(`${path}/secrets/${seg(secret.id)}`) });
    if (sure) await place.reload();
  }

  function setKeys(client) {
    return dialog(`Keys of ${client.name}`, (close) => form({
      class: 'wide', submit: 'Set keys', cancel: () => close(),
      fields: [field({ name: 'jwks', label: 'JWK set (JSON)', kind: 'area', mono: true, rows: 10, placeholder: '{"keys": []}', hint: 'Public keys only. They replace the current keys; {"keys": []} removes all keys.' })],
      send: async ({ jwks }) => {
        await put(`${path}/keys`, { jwks });
        close();
        say('The keys were set.');
        await place.reload();
      },
    }), null, { wide: true });
  }

  async function endTokens(client) {
    const sure = await confirm({ title: `Revoke all tokens of ${client.name}?`, action: 'Revoke', text: 'Its existing tokens become invalid. It can get new ones.', act: () => post(`${path}/end-tokens`) });
    if (sure) say('All tokens were revoked.');
  }

  async function drop(client) {
    const sure = await confirm({ title: `Delete ${client.name}?`, action: 'Delete', text: `The client ${client.name} (${client.client_id}) will be deleted with its secrets and keys, and its tokens become invalid. This cannot be undone.`, act: () => remove(path) });
    if (!sure) return;
    say(`${client.name} was deleted.`);
    go('#/clients');
  }
}
