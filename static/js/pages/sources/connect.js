// How a sending service is set up to send here.

import { curlNote, curlStart } from '../../lib/curl.js';
import { h } from '../../lib/dom.js';
import { quoted } from '../../lib/format.js';
import { codeBlock, notice, tabs } from '../../lib/parts.js';

const SAMPLE = { EntityName: 'Contact', Name: 'Anna Example', Email: 'anna@example.com' };

/**
 * Tabs for cURL, HTML and well-known services.
 *
 * `url` is the Webhook URL, or null where it is not shown: `placeholder` stands in its place then, and what is copied has
 * the URL that `reveal()` gives. Where `reveal` is null too, nobody here may see the URL, and nothing with it is copied.
 * `token` says that the source demands one, `trusted` is the certificate, `tab` keeps which tab is open.
 */
export function connect({ url, placeholder, reveal, entity, token = false, trusted = {}, tab = {} }) {
  const sample = { ...SAMPLE, EntityName: entity ?? 'Contact' };
  const block = (make, options) => codeBlock(make(url ?? placeholder), { ...options, copied: url ? make(url) : reveal ? async () => make(await reveal()) : null });
  const steps = (list) => h('div', { class: 'stack' }, block((here) => here, { wrap: true, label: 'Webhook URL', what: 'The Webhook URL' }), h('ol', { class: 'stack tight' }, list.map((one) => h('li', {}, one))));
  const curl = (here) => `${curlStart(trusted)} -X POST ${quoted(here)} \\\n  -H 'Content-Type: application/json' \\\n${token ? "  -H 'Authorization: Bearer TOKEN' \\\n" : ''}  --data ${quoted(JSON.stringify(sample))}`;
  const noEntity = (name) => [`${name} sends no EntityName: its webhooks are stored with the outcome "stored only", and no record is created. Programs read them from Hookgate: by OData from the set `, h('code', {}, 'Webhook'), ', or at ', h('code', {}, '/api/v1/webhooks'), '.'];
  const list = [
    ['curl', 'cURL', () => [
      block(curl, { label: 'cURL command', what: token ? 'The cURL command (replace TOKEN)' : 'The cURL command' }),
      curlNote(trusted),
      h('p', { class: 'muted' }, 'The response is 200 with the ID of the webhook, as soon as it is stored on disk.'),
    ]],
    ['html', 'HTML form', () => [
      block((here) => html(here, sample.EntityName), { label: 'HTML form', what: 'The form' }),
      h('p', { class: 'muted' }, 'A plain form shows the response to the visitor. To stay on your page, send the form with a script and add the origin of your site to the allowed web origins.'),
    ]],
    ['elementor', 'Elementor', () => steps([
      'Edit the form, open Actions After Submit, and add Webhook.',
      ['In the section Webhook, paste the Webhook URL.'],
      ['Give each field the code of a column as its label: ', h('code', {}, 'Name'), ', ', h('code', {}, 'Email'), ', ', h('code', {}, 'MobilePhone'), '.'],
      ['Add a Hidden field with the label ', h('code', {}, 'EntityName'), ' with the default value ', h('code', {}, sample.EntityName), '. Without it, the webhook is stored, but no record is created.'],
    ])],
    ['gravity', 'Gravity Forms', () => steps([
      'Install the Webhooks add-on. Open the form, then Settings, Webhooks, Add New.',
      'Request URL: the Webhook URL. Request Method: POST. Request Format: JSON.',
      ['Request Body: Select Fields. Write the code of a column as key and choose the field that fills it.'],
      ['Add the key ', h('code', {}, 'EntityName'), ' with the custom value ', h('code', {}, sample.EntityName), '.'],
    ])],
    ['automate', 'Power Automate', () => [steps([
      'Add the action HTTP. Method: POST. URI: the Webhook URL.',
      ['Headers: ', h('code', {}, 'Content-Type'), ' with ', h('code', {}, 'application/json'), '.'],
      'Body: as below, with dynamic content instead of the values.',
    ]), codeBlock(JSON.stringify(sample, null, 2), { label: 'Body', what: 'The body' })]],
    ['github', 'GitHub', () => steps([
      'Open the repository, then Settings, Webhooks, Add webhook.',
      ['Payload URL: the Webhook URL. Content type: ', h('code', {}, 'application/json'), '.'],
      'Choose the events. GitHub sends a ping immediately, which appears under Webhooks.',
      noEntity('GitHub'),
    ])],
    ['stripe', 'Stripe', () => steps([
      'Open the Dashboard, then Developers, Webhooks, Add destination.',
      'Choose the events, then Webhook endpoint, and paste the Webhook URL.',
      noEntity('Stripe'),
    ])],
  ];
  const shown = tabs('Sending services', list.map(([id, label, make]) => ({ id, label, render: () => h('div', { class: 'stack' }, make()) })), tab.open ?? 'curl', (chosen) => { tab.open = chosen; });
  return h('div', { class: 'stack' },
    url || reveal ? null : notice('', h('p', {}, 'The Webhook URL is a secret that only administrators see. Ask an administrator for it, and use it instead of the shortened URL below.')),
    token ? notice('', h('p', {}, 'This source requires an access token with the scope ', h('code', {}, 'webhook:send'), ': send it in the header ', h('code', {}, 'Authorization'), '. Services that cannot do this, and plain forms, are rejected.')) : null,
    shown);
}

function html(url, entity) {
  return `<form action="${attribute(url)}" method="post">
  <input type="hidden" name="EntityName" value="${attribute(entity)}">
  <label>Name <input name="Name" required></label>
  <label>Email <input name="Email" type="email"></label>
  <button>Send</button>
</form>`;
}

const attribute = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
