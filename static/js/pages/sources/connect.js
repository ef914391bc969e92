// How a sending service is set up to send here.

import { h } from '../../lib/dom.js';
import { quoted } from '../../lib/format.js';
import { codeBlock, notice, tabs } from '../../lib/parts.js';

const SAMPLE = { EntityName: 'Contact', Name: 'Anna Example', Email: 'anna@example.com' };

/** Tabs for cURL, HTML and well-known services; `token` says that the source demands one. */
export function connect(url, entity, token = false) {
  const sample = { ...SAMPLE, EntityName: entity ?? 'Contact' };
  const list = [
    ['curl', 'cURL', () => [
      codeBlock(`curl -X POST ${quoted(url)} \\\n  -H 'Content-Type: application/json' \\\n${token ? "  -H 'Authorization: Bearer TOKEN' \\\n" : ''}  --data ${quoted(JSON.stringify(sample))}`, { label: 'cURL command', what: 'The cURL command' }),
      h('p', { class: 'muted' }, 'The answer is 200 with the id of the webhook, as soon as it is safe on disk.'),
    ]],
    ['html', 'HTML form', () => [
      codeBlock(html(url, sample.EntityName), { label: 'HTML form', what: 'The form' }),
      h('p', { class: 'muted' }, 'A plain form shows the answer to the visitor. To stay on your page, send it by a script and add the origin of your site to those whose browsers may post here.'),
    ]],
    ['elementor', 'Elementor', () => steps(url, [
      'Edit the form, open Actions After Submit, and add Webhook.',
      ['In the section Webhook, paste the Webhook URL.'],
      ['Give each field the label of a column: ', h('code', {}, 'Name'), ', ', h('code', {}, 'Email'), ', ', h('code', {}, 'MobilePhone'), '.'],
      ['Add a Hidden field labelled ', h('code', {}, 'EntityName'), ' with the default value ', h('code', {}, sample.EntityName), '. Without it the webhook is kept and no record is made.'],
    ])],
    ['gravity', 'Gravity Forms', () => steps(url, [
      'Install the Webhooks add-on. Open the form, then Settings, Webhooks, Add New.',
      'Request URL: the Webhook URL. Request Method: POST. Request Format: JSON.',
      ['Request Body: Select Fields. Write the code of a column as key and choose the field that fills it.'],
      ['Add the key ', h('code', {}, 'EntityName'), ' with the custom value ', h('code', {}, sample.EntityName), '.'],
    ])],
    ['automate', 'Power Automate', () => [steps(url, [
      'Add the action HTTP. Method: POST. URI: the Webhook URL.',
      ['Headers: ', h('code', {}, 'Content-Type'), ' with ', h('code', {}, 'application/json'), '.'],
      'Body: as below, with dynamic content in the place of the values.',
    ]), codeBlock(JSON.stringify(sample, null, 2), { label: 'Body', what: 'The body' })]],
    ['github', 'GitHub', () => steps(url, [
      'Open the repository, then Settings, Webhooks, Add webhook.',
      ['Payload URL: the Webhook URL. Content type: ', h('code', {}, 'application/json'), '.'],
      'Choose the events. GitHub sends a ping at once, which appears under Webhooks.',
      'GitHub sends no EntityName: its webhooks are kept, and a custom process or a program takes them from there.',
    ])],
    ['stripe', 'Stripe', () => steps(url, [
      'Open the Dashboard, then Developers, Webhooks, Add destination.',
      'Choose the events, then Webhook endpoint, and paste the Webhook URL.',
      'Stripe sends no EntityName: its webhooks are kept, and a custom process or a program takes them from there.',
    ])],
  ];
  const shown = tabs('Sending services', list.map(([id, label, make]) => ({ id, label, render: () => h('div', { class: 'stack' }, make()) })), 'curl');
  return token ? h('div', { class: 'stack' }, notice('', h('p', {}, 'This source demands an access token with the scope ', h('code', {}, 'webhook:send'), ': send it in the header ', h('code', {}, 'Authorization'), '. Services that cannot do that, and plain forms, are refused.')), shown) : shown;
}

function steps(url, list) {
  return h('div', { class: 'stack' }, codeBlock(url, { wrap: true, label: 'Webhook URL', what: 'The Webhook URL' }), h('ol', { class: 'stack tight' }, list.map((one) => h('li', {}, one))));
}

function html(url, entity) {
  return `<form action="${url}" method="post">
  <input type="hidden" name="EntityName" value="${entity}">
  <label>Name <input name="Name" required></label>
  <label>Email <input name="Email" type="email"></label>
  <button>Send</button>
</form>`;
}
