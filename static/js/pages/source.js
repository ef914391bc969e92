// One source: its Webhook URL, how to connect, a test, limits, the key.

import { get, patch, post, seg } from '../lib/api.js';
import { certificate } from '../lib/curl.js';
import { confirm } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { moment, number, onOff } from '../lib/format.js';
import { button, card, facts, notice, region, secretLine, toggle } from '../lib/parts.js';
import { to } from '../lib/router.js';
import { isAdministrator, isOperator } from '../lib/session.js';
import { say } from '../lib/toast.js';
import { connect } from './sources/connect.js';
import { limitEdit, limitFields } from './sources/fields.js';
import { tester } from './sources/test.js';

export function show(view) {
  const { name } = view.params;
  const path = `/sources/${seg(name)}`;
  view.head({ title: name, back: ['#/sources', 'Webhook sources'] });
  const tab = {};
  const place = region(async () => {
    const [source, entities, trusted] = await Promise.all([get(path, null, view.signal), get('/entities', null, view.signal), certificate(view.signal)]);
    return { source, entity: entities[0]?.object, trusted };
  }, draw, { lines: 10 });
  view.add(place);

  // Shown as long as this page is open: each time that it is asked for is in the audit log.
  let url = null;

  function draw({ source, entity, trusted }) {
    const admin = isAdministrator();
    return h('div', { class: 'stack' },
      card('State', { actions: admin ? h('label', { class: 'row' }, toggle('Enabled', source.enabled, switchTo), h('span', { 'aria-hidden': 'true' }, 'Enabled')) : onOff(source.enabled, 'Enabled', 'Disabled') },
        source.enabled ? null : notice('warn', h('p', {}, 'This source is disabled: senders get 404, as if the URL did not exist.')),
        facts([
          ['Last webhook', moment(source.last_webhook_on, { ago: true })],
          ['Webhooks stored', h('a', { href: to('webhooks', { source: name }) }, number(source.webhooks))],
          ['Created', moment(source.created_on)],
          ['Key', h('code', {}, `${source.key_hint}…`)],
          source.previous_key_until ? ['Previous key valid until', moment(source.previous_key_until)] : null,
        ])),
      card('Connect a sending service', {},
        url ? secretLine(url, 'Webhook URL', 'The Webhook URL')
          : admin ? h('div', {}, button('Show the Webhook URL', reveal)) : null,
        connect({
          url, placeholder: `${location.origin}/webhooks/${source.key_hint}…`, reveal: admin ? revealed : null,
          entity, token: source.requires_token, trusted, tab,
        })),
      isOperator() ? card('Send a test webhook', { text: 'It is handled exactly like a real webhook.' }, tester(source, entity, view.signal)) : null,
      admin ? card('Limits', {}, form({ submit: 'Save', fields: limitFields(source), send: save })) : null,
      admin ? card('Key', { text: 'A new key gives a new Webhook URL. The previous one can stay valid until the sending service uses the new one.', actions: button('Rotate key', () => rotate(source), { class: 'danger' }) }) : null);
  }

  /** The Webhook URL for a copy; asks for the password if it was not given a short time ago. */
  async function revealed() {
    url ??= (await post(`${path}/reveal`)).webhook_url;
    place.reload();
    return url;
  }

  async function reveal() {
    url = (await post(`${path}/reveal`)).webhook_url;
    await place.reload();
    place.querySelector('.secret .button')?.focus();
  }

  async function switchTo(enabled) {
    await patch(path, { enabled });
    say(enabled ? `${name} accepts webhooks.` : `${name} does not accept webhooks.`);
    await place.reload();
  }

  async function save(values) {
    await patch(path, limitEdit(values));
    say('The limits were saved.');
    await place.reload();
  }

  async function rotate({ previous_key_until: promised }) {
    const hours = field({ name: 'hours', label: 'Keep the previous URL valid for (hours)', kind: 'number', min: 0, max: 720, value: 24, short: true });
    const force = promised ? field({ name: 'force', kind: 'check', label: 'Stop the previous Webhook URL now?', hint: ['It is valid until ', moment(promised), ', as announced. Another new key stops it, and senders that still use it get 404.'] }) : null;
    const sure = await confirm({
      title: `Rotate the key of ${name}?`, action: 'Rotate', extra: [hours, force],
      text: 'Configure the new Webhook URL in the sending service before the previous one expires. 0 stops the previous one immediately.',
      act: async () => { url = (await post(`${path}/rotate-key`, { hours: hours.read() ?? 0, force: force?.read() ?? false })).webhook_url; },
    });
    if (!sure) return;
    say('The key was rotated.');
    await place.reload();
    place.querySelector('.secret .button')?.focus();
  }
}
