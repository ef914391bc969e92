// The wizard for a new source: what sends, then its Webhook URL, then a test.

import { get, post } from '../lib/api.js';
import { certificate } from '../lib/curl.js';
import { h, fill } from '../lib/dom.js';
import { field, form, moreFields } from '../lib/form.js';
import { button, card, linkButton, notice, secretLine } from '../lib/parts.js';
import { go, to } from '../lib/router.js';
import { connect } from './sources/connect.js';
import { limitEdit, limitFields } from './sources/fields.js';
import { tester } from './sources/test.js';

const STEPS = ['Name', 'Connect', 'Test'];

export function show(view) {
  view.head({ title: 'Add a webhook source', back: ['#/sources', 'Webhook sources'] });
  const place = h('div', { class: 'stack' });
  view.add(place);
  let source = null;
  let entity = null;
  let trusted = {};
  const put = (step, ...children) => {
    fill(place, h('ol', { class: 'wizard', 'aria-label': 'Steps' }, STEPS.map((name, index) => h('li', { 'aria-current': index === step ? 'step' : undefined }, `${index + 1}. ${name}`))), children);
    if (step) place.querySelector('h2')?.focus();
  };

  function first() {
    const name = field({ name: 'name', label: 'Name of the sending service', required: true, maxlength: 100, placeholder: 'Website forms', autofocus: true });
    const limits = limitFields();
    put(0, h('div', { class: 'card pad' }, form({
      submit: 'Add source', fields: [name, moreFields('Limits', limits)], cancel: () => go('#/sources'),
      send: async (values) => {
        const made = await post('/sources', { name: values.name, ...limitEdit(values) });
        source = made;
        entity = (await get('/entities').catch(() => []))[0]?.object;
        trusted = await certificate();
        second();
      },
    })));
    name.control.focus();
  }

  function second() {
    put(1, card(`${source.name}: connect the sending service`, {},
      secretLine(source.webhook_url, 'Webhook URL', 'The Webhook URL'),
      notice('warn', h('p', {}, 'Anyone with this URL can send webhooks. Treat it like a password; you can replace it at any time.')),
      connect({ url: source.webhook_url, entity, token: source.requires_token, trusted }),
      h('div', { class: 'actions' }, button('Next: send a test webhook', third, { class: 'primary' }), linkButton('Finish', to(['sources', source.name])))));
  }

  function third() {
    put(2, card(`${source.name}: send a test webhook`, { text: 'It is handled exactly like a real webhook.' },
      tester(source, entity, view.signal),
      h('div', { class: 'actions' }, button('Back', second), linkButton('Finish', to(['sources', source.name]), { class: 'primary' }))));
  }

  first();
}
