// A test webhook: sent the way a sending service would, and watched until it is processed.

import { get, post, seg } from '../../lib/api.js';
import { h, fill } from '../../lib/dom.js';
import { field, form } from '../../lib/form.js';
import { outcome, status } from '../../lib/format.js';
import { icon } from '../../lib/icons.js';
import { listen } from '../../lib/live.js';
import { notice } from '../../lib/parts.js';
import { to } from '../../lib/router.js';

const LOOK_EVERY_MS = 1000;
const LOOKS = 20;

export function tester(source, entity, signal) {
  const place = h('div', { 'aria-live': 'polite' });
  let end = () => {};
  const sample = JSON.stringify({ EntityName: entity ?? 'Contact', Name: 'Test from Hookgate' }, null, 2);
  return h('div', { class: 'stack' },
    form({
      class: 'wide', submit: 'Send a test webhook',
      fields: [field({ name: 'body', label: 'Body (JSON)', kind: 'area', mono: true, rows: 5, value: sample })],
      send: async ({ body }) => {
        end();
        fill(place);
        const sent = await post(`/sources/${seg(source.name)}/test`, { content_type: 'application/json', body });
        end = watch(sent.id ?? sent.webhook, place, signal);
      },
    }), place);
}

// The event stream says when it changes; asking now and then covers a stream that is down. Returns how to stop.
function watch(id, place, signal) {
  let looks = 0;
  let timer = null;
  let over = false;
  const finish = () => {
    over = true;
    clearInterval(timer);
    stop();
  };
  const look = async () => {
    looks += 1;
    const webhook = await get(`/webhooks/${seg(id)}`, null, signal, true).catch(() => null);
    // An answer that comes late is not shown over a newer one.
    if (over) return;
    if (webhook) draw(webhook, place);
    if (looks > LOOKS || webhook?.status === 'Done' || webhook?.status === 'Failed') finish();
  };
  fill(place, list([['Sent', true], ['Arrives', false]]));
  timer = setInterval(look, LOOK_EVERY_MS);
  const stop = listen((message) => {
    if (message.missed || message.webhooks?.some((row) => row.id === id)) look();
  });
  signal.addEventListener('abort', finish);
  look();
  return finish;
}

function draw(webhook, place) {
  const ended = webhook.status === 'Done' || webhook.status === 'Failed';
  const first = webhook.records[0];
  fill(place, h('div', { class: 'stack' },
    list([['Sent', true], ['Arrived and stored on disk', true], [ended ? `Processed: ${outcome(webhook.outcome)}` : 'Being processed', ended]]),
    webhook.errors.map((one) => notice('bad', one.column ? h('strong', {}, one.column) : null, h('p', {}, one.text))),
    h('div', { class: 'row' }, status(webhook.status), h('a', { href: to(['webhooks', webhook.id]) }, 'Open the webhook'),
      first ? h('a', { href: to(['records', first.object, first.id]) }, `Open the ${first.object}`) : null)));
}

function list(steps) {
  return h('ol', { class: 'watch steps' }, steps.map(([text, done]) => h('li', { class: done ? 'done' : '' }, h('span', { class: 'tick', 'aria-hidden': 'true' }, done ? icon('check') : '…'), text)));
}
