// Processes: what happens with a webhook after it arrived.

import { get, put, seg } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { onOff } from '../lib/format.js';
import { region, toggle } from '../lib/parts.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';

export function show(view) {
  view.head({ title: 'Processes', sub: 'What happens to a webhook after it arrives.' });
  view.add(region(() => get('/processes', null, view.signal), draw, { lines: 2, class: 'card' }));
}

function draw(processes) {
  return table({
    caption: 'Processes', rows: processes,
    columns: [
      { label: 'Process', cell: (row) => h('span', { class: 'strong' }, row.caption) },
      { label: 'Code', cell: (row) => h('code', {}, row.code) },
      { label: 'Enabled', class: 'number', cell: (row) => (isAdministrator() ? toggle(`${row.caption}: enabled`, row.enabled, async (enabled) => {
        await put(`/processes/${seg(row.code)}`, { enabled });
        say(enabled ? 'The process is enabled.' : 'The process is disabled: webhooks are stored, but no records are created.');
      }) : onOff(row.enabled)) },
    ],
  });
}
