// Schedule: what runs by itself, when next, and run now.

import { get, post, seg } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { moment } from '../lib/format.js';
import { button, empty, region } from '../lib/parts.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';

export function show(view) {
  view.head({ title: 'Schedule', sub: 'What runs by itself. Schedules are five cron fields in UTC; times here are those of your browser.' });
  const place = region(() => get('/schedule', null, view.signal), draw, { lines: 4, class: 'card' });
  view.add(place);

  function draw(tasks) {
    if (!tasks.length) return empty('Nothing is scheduled');
    return table({
      caption: 'Scheduled tasks', rows: tasks,
      columns: [
        { label: 'Task', cell: (row) => h('span', { class: 'strong' }, row.task) },
        { label: 'Schedule', cell: (row) => h('code', {}, row.schedule) },
        { label: 'Next runs', cell: (row) => (row.next.length ? h('ul', { class: 'plain' }, row.next.map((one) => h('li', {}, moment(one)))) : 'none') },
        { label: 'Last run', cell: (row) => last(row.last) },
        { label: 'Actions', bare: true, cell: (row) => (isAdministrator() ? h('div', { class: 'actions' }, button('Run now', () => run(row.task), { class: 'small', 'aria-label': `Run now: ${row.task}` })) : '') },
      ],
    });
  }

  async function run(task) {
    const sure = await confirm({ title: `Run ${task} now?`, action: 'Run now', danger: false, text: 'It does what it would do at its next time.', act: () => post(`/schedule/${seg(task)}/run`) });
    if (!sure) return;
    say(`${task} was run.`);
    await place.reload();
  }
}

function last(value) {
  if (!value || typeof value === 'string') return moment(value, { ago: true });
  const { at, on, started_on: started, outcome, detail } = value;
  return h('div', {}, moment(at ?? on ?? started, { ago: true }), h('div', { class: 'muted small' }, outcome ?? detail));
}
