// System settings, OAuth health, signing keys, colours.

import { get, post, seg } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { h, fill } from '../lib/dom.js';
import { field } from '../lib/form.js';
import { moment } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { button, card, copyButton, notice, region } from '../lib/parts.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';

const STATE = { Next: 'info', Active: 'ok', Retiring: 'warn', Removed: '' };

export function show(view) {
  const admin = isAdministrator();
  view.head({ title: 'System settings' });
  const health = region(() => get('/health/oauth', null, view.signal), drawHealth, { lines: 5 });
  const keys = region(() => get('/signing-keys', null, view.signal), drawKeys, { lines: 3 });
  view.add(
    h('section', { class: 'card', 'aria-label': 'Settings' }, region(() => get('/settings', null, view.signal), drawSettings, { lines: 4 })),
    card('OAuth health', { text: 'Gets a token as a program does, and verifies it.', actions: button('Check again', () => health.reload()) }, health),
    card('Signing keys', { text: 'The keys that sign access tokens. Programs find the public keys through the discovery document.', actions: admin ? button('Rotate', () => rotate(keys)) : null }, keys));
}

function drawSettings(settings) {
  return table({
    caption: 'System settings', rows: settings,
    columns: [
      { label: 'Code', cell: (row) => h('div', {}, h('span', { class: 'strong' }, row.code), h('div', { class: 'muted small' }, row.description)) },
      { label: 'Value', cell: value },
    ],
  });
}

function value(setting) {
  const shown = h('span', { class: 'row' }, h('code', {}, setting.value || 'empty'));
  if (!setting.masked) {
    if (setting.value) shown.append(copyButton(setting.value, { what: setting.code, class: 'quiet small' }));
  } else if (isAdministrator()) {
    shown.append(button('Show', async () => {
      const clear = await post(`/settings/${seg(setting.code)}/reveal`);
      fill(shown, h('code', {}, clear.value), copyButton(clear.value, { what: setting.code, class: 'quiet small' }));
    }, { class: 'small', 'aria-label': `Show ${setting.code}` }));
  }
  return shown;
}

function drawHealth({ healthy, steps }) {
  return h('div', { class: 'stack' },
    healthy ? notice('ok', h('p', {}, 'Programs can get tokens.')) : null,
    h('ol', { class: 'watch steps' }, steps.map((step) => h('li', { class: step.ok ? 'done' : '' },
      h('span', { class: 'tick', 'aria-hidden': 'true' }, icon(step.ok ? 'check' : 'close')),
      h('div', {}, step.name, h('span', { class: 'unseen' }, step.ok ? ' (well)' : ' (failed)'),
        step.problem ? h('p', { class: 'small' }, h('strong', {}, step.problem)) : null, step.next ? h('p', { class: 'muted small' }, step.next) : null)))));
}

function drawKeys(list) {
  return table({
    caption: 'Signing keys', rows: list,
    columns: [
      { label: 'Key ID', cell: (row) => h('code', {}, row.kid) },
      { label: 'Algorithm', cell: (row) => row.algorithm },
      { label: 'State', cell: (row) => h('span', { class: `badge ${STATE[row.state] ?? ''}` }, row.state) },
      { label: 'Signs from', cell: (row) => moment(row.active_from) },
      { label: 'Removed on', cell: (row) => (row.removed_on ? moment(row.removed_on) : '') },
    ],
  });
}

async function rotate(keys) {
  const now = field({ name: 'now', kind: 'check', label: 'Immediately, because a key was exposed', hint: 'Tokens signed with the current keys become invalid, and programs must get new ones.' });
  const sure = await confirm({
    title: 'Rotate the signing keys?', action: 'Rotate', danger: false, extra: now,
    text: 'New keys are published now and start to sign when programs have had time to load them.', act: () => post('/signing-keys/rotate', { now: now.read() }),
  });
  if (!sure) return;
  say('The signing keys were rotated.');
  await keys.reload();
}
