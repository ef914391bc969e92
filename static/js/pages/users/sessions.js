// Sessions: where somebody is logged in.

import { get, remove, seg } from '../../lib/api.js';
import { reveal } from '../../lib/dialog.js';
import { h } from '../../lib/dom.js';
import { moment } from '../../lib/format.js';
import { button, empty, region } from '../../lib/parts.js';
import { table } from '../../lib/table.js';

/** A table of sessions; `end(row)` ends one. */
export function sessionTable(caption, list, end) {
  if (!list.length) return empty('No active sessions', 'This user is not logged in.');
  return table({
    caption, rows: list,
    columns: [
      { label: 'Browser', cell: (row) => h('span', {}, browser(row.agent), row.current ? h('span', { class: 'badge ok' }, 'This session') : null) },
      { label: 'Address', cell: (row) => row.address ?? 'unknown' },
      { label: 'Since', cell: (row) => moment(row.started_on) },
      { label: 'Last seen', cell: (row) => moment(row.last_seen, { ago: true }) },
      { label: 'Actions', bare: true, cell: (row) => (row.current ? '' : h('div', { class: 'actions' }, button('End', () => end(row), { class: 'small', 'aria-label': `End the session from ${row.address}` }))) },
    ],
  });
}

/** Shows where a user is logged in, and ends what should not be. */
export function userSessions(user) {
  const place = region(() => get('/login-sessions', { user: user.id }), (list) => sessionTable(`Sessions of ${user.name}`, list, end), { lines: 3 });
  async function end(row) {
    await remove(`/login-sessions/${seg(row.id)}`);
    await place.reload();
  }
  return reveal(`Sessions of ${user.name}`, place);
}

function browser(agent) {
  const name = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((one) => agent.includes(one));
  const system = ['Windows', 'Android', 'iPhone', 'Mac OS', 'Linux'].find((one) => agent.includes(one));
  const shown = { Edg: 'Edge', OPR: 'Opera' }[name] ?? name;
  return h('span', { title: agent }, shown ? `${shown}${system ? ` on ${system}` : ''} ` : `${agent.slice(0, 60)} `);
}
