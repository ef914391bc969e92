// Webhook sources: one for each sending service.

import { get } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { moment, number, onOff } from '../lib/format.js';
import { empty, linkButton, region } from '../lib/parts.js';
import { to } from '../lib/router.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';

export function show(view) {
  view.head({
    title: 'Webhook sources', sub: 'One for each sending service, each with its own Webhook URL.',
    actions: isAdministrator() ? linkButton('Add a source', '#/new-source', { class: 'primary', icon: 'plus' }) : null,
  });
  view.add(region(() => get('/sources', null, view.signal), draw, { class: 'card' }));
}

function draw(sources) {
  if (!sources.length) {
    return empty('No webhook sources yet', 'A source provides the URL to which a sending service, such as a form plugin or a shop, sends its webhooks.',
      isAdministrator() ? linkButton('Add a source', '#/new-source', { class: 'primary' }) : null);
  }
  return table({
    caption: 'Webhook sources', rows: sources, href: (row) => to(['sources', row.name]),
    columns: [
      { label: 'Name', cell: (row) => row.name },
      { label: 'Enabled', cell: (row) => onOff(row.enabled) },
      { label: 'Key', cell: (row) => h('code', {}, `${row.key_hint}…`) },
      { label: 'Last webhook', cell: (row) => moment(row.last_webhook_on, { ago: true }) },
      { label: 'Webhooks stored', cell: (row) => number(row.webhooks), class: 'number' },
    ],
  });
}
