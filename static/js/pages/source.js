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
      card('State', { actions: admin ? h('label', { class: 'row' }, toggle('Takes webhooks', source.enabled, switchTo), h('span', { 'aria-hidden': 'true' }, 'Takes webhooks')) : onOff(source.enabled, 'Takes webhooks', 'Switched off') },
        source.enabled ? null : notice('warn', h('p', {}, 'It is switched off: senders are answered with 404, as if the URL did not exist.')),
        facts([
          ['Last webhook', moment(source.last_webhook_on, { ago: true })],
          ['Webhooks kept', h('a', { href: to('webhooks', { source: name }) }, number(source.webhooks))],
          ['Made', moment(source.created_on)],
          ['Key', h('code', {}, `${source.key_hint}…`)],
          source.previous_key_until ? ['Key before it works until', moment(source.previous_key_until)] : null,
        ])),
      card('Connect a sending service', {},
        url ? secretLine(url, 'Webhook URL', 'The Webhook URL')
          : admin ? h('div', {}, button('Show the Webhook URL', reveal)) : null,
        connect({
          url, placeholder: `${location.origin}/webhooks/${source.key_hint}…`, reveal: admin ? revealed : null,
          entity, token: source.requires_token, trusted, tab,
        })),
      isOperator() ? card('Send a test webhook', { text: 'It goes the way that real ones go.' }, tester(source, entity, view.signal)) : null,
      admin ? card('Limits', {}, form({ submit: 'Save', fields: limitFields(source), send: save })) : null,
      admin ? card('Key', { text: 'A new key gives a new Webhook URL. The one before can go on working until the sending service has the new one.', actions: button('Rotate the key', () => rotate(source), { class: 'danger' }) }) : null);
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
    say(enabled ? `${name} takes webhooks.` : `${name} takes no webhooks.`);
    await place.reload();
  }

  async function save(values) {
    await patch(path, limitEdit(values));
    say('The limits were saved.');
    await place.reload();
  }

  async function rotate({ previous_key_until: promised }) {
    const hours = field({ name: 'hours', label: 'Hours that the key before it goes on working', kind: 'number', min: 0, max: 720, value: 24, short: true });
    const force = promised ? field({ name: 'force', kind: 'check', label: 'End the Webhook URL of before now?', hint: ['It is taken until ', moment(promised), ', as was promised, and another new key ends it. Senders that still use it get 404.'] }) : null;
    const sure = await confirm({
      title: `Rotate the key of ${name}?`, action: 'Rotate', extra: [hours, force],
      text: 'The sending service must be given the new Webhook URL before the old key ends. 0 ends it at once.',
      act: async () => { url = (await post(`${path}/rotate-key`, { hours: hours.read() ?? 0, force: force?.read() ?? false })).webhook_url; },
    });
    if (!sure) return;
    say('There is a new Webhook URL.');
    await place.reload();
    place.querySelector('.secret .button')?.focus();
  }
}
