// Overview: the set-up list, health, and what needs attention.

import { get } from '../lib/api.js';
import { reveal } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { counted, dated, number, onOff, quoted } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { listen } from '../lib/live.js';
import { button, card, codeBlock, facts, linkButton, notice, region } from '../lib/parts.js';
import { to } from '../lib/router.js';

const STEPS = {
  entity: ['Add a webhook entity', 'Webhook entities', '#/entities'],
  permission: ['Allow WebhookService to create its records', 'Set permissions', '#/technical-users/WebhookService'],
  source: ['Add a webhook source', 'Add a source', '#/new-source'],
  webhook: ['Receive the first webhook', 'Send a test webhook', '#/sources'],
  oauth: ['Make sure that programs can get tokens', 'OAuth health', '#/settings'],
  certificate: ['Use a certificate that senders trust', 'System settings', '#/settings'],
  backup: ['Create a backup', 'Create a backup', backup],
};

const ABOUT = {
  'failed-webhooks': ['Show failed webhooks', to('webhooks', { status: 'Failed' })],
  'new-webhooks': ['Show new webhooks', to('webhooks', { status: 'New' })],
  disk: ['Show what is kept', '#/statuses'],
  certificate: ['Show the certificate', '#/settings'],
  clock: ['Open retention', '#/schedule'],
  account: ['Open your account', '#/account'],
};

const LOOK_EVERY_MS = 15_000;

export function show(view) {
  view.head({ title: 'Overview' });
  const place = region((calm) => get('/overview', null, view.signal, calm), draw, { lines: 9 });
  view.add(place);
  let timer = null;
  // A backup, a permission or a certificate is no event of the stream.
  const looking = setInterval(() => document.hidden || place.reload(true), LOOK_EVERY_MS);
  view.onClose(() => clearInterval(looking));
  view.onClose(listen((message) => {
    if (message.live !== undefined || timer) return;
    timer = setTimeout(() => {
      timer = null;
      if (!view.signal.aborted) place.reload(true);
    }, 3000);
  }));
}

function draw({ steps, attention, counts, health, version }) {
  const left = steps.filter((step) => !step.done);
  const total = counts.new + counts.processing + counts.failed + counts.done;
  return h('div', { class: 'stack' },
    attention.map((one) => notice(one.level === 'error' ? 'bad' : 'warn', h('p', {}, one.text), linkAbout(one.about))),
    h('div', { class: 'figures' },
      figure(total, 'Webhooks stored', to('webhooks')), figure(counts.done, 'Done', to('webhooks', { status: 'Done' }), 'ok'),
      figure(counts.failed, 'Failed', to('webhooks', { status: 'Failed' }), counts.failed ? 'bad' : ''), figure(counts.new + counts.processing, 'Waiting', to('webhooks', { status: 'New' }))),
    h('div', { class: 'two' },
      h('section', { class: 'card', 'aria-labelledby': 'set-up' },
        h('div', { class: 'card-top' }, h('h2', { id: 'set-up' }, 'Set-up'), h('p', { class: 'muted small' }, left.length ? `${steps.length - left.length} of ${steps.length} done` : 'All done')),
        h('ol', { class: 'steps' }, steps.map((step, index) => row(step, index + 1, step === left[0])))),
      card('Health', { actions: onOff(health.healthy, 'Accepting webhooks', 'Not accepting webhooks') },
        facts([
          ['Waiting to be processed', number(health.waiting)],
          ['Failed', number(health.failed)],
          ['Processed', number(health.done)],
          ['Database behind the journal', counted(Math.max(0, health.journal - health.store), 'entry', 'entries')],
          ['Version', health.version ?? version],
        ]))));
}

function figure(value, label, href, kind = '') {
  return h('a', { class: `figure ${kind}`, href }, h('b', {}, number(value)), h('span', {}, label));
}

function row(step, place, next) {
  const [title, label, target] = STEPS[step.id] ?? [step.id, 'Open', '#/'];
  const look = { class: next ? 'small primary' : 'small' };
  return h('li', { class: step.done ? 'done' : '' },
    h('span', { class: 'tick', 'aria-hidden': 'true' }, step.done ? icon('check') : place),
    h('div', {}, h('span', { class: step.done ? '' : 'strong' }, title), h('span', { class: 'unseen' }, step.done ? ' (done)' : ' (to do)'),
      step.detail ? h('p', { class: 'muted small' }, dated(step.detail)) : null),
    step.done ? null : typeof target === 'function' ? button(label, target, look) : linkButton(label, target, look));
}

/** The page that shows what needs attention; nothing where none does. */
function linkAbout(about) {
  const [text, href] = about?.client ? ['Open the OAuth client', to(['clients', about.client])] : ABOUT[about] ?? [];
  return text ? h('a', { href }, text) : null;
}

// Backups are made where the files are, not by the page.
async function backup() {
  const { data } = await get('/about');
  await reveal('Create a backup', h('div', { class: 'stack' },
    h('p', {}, 'A backup is one file with all data. Create it on the server, as the user of Hookgate; the server can keep running:'),
    codeBlock(`hookgate backup /mnt/backup/hookgate.backup --data ${quoted(data)}`, { wrap: true, label: 'Command', what: 'The command' }),
    notice('warn', h('p', {}, 'The backup does not contain the master key. Copy the key once and store it separately from the backups; the command shows where it is.'))));
}
