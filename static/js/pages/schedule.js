// Schedule and tasks: what runs by the clock, and long work that continues by itself.

import { get, post, seg } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { moment, number } from '../lib/format.js';
import { button, card, empty, region } from '../lib/parts.js';
import { isAdministrator, isOperator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';

const LOOK_EVERY_MS = 2000;
const STATES = { running: 'Running', cancelling: 'Cancelling', done: 'Done', cancelled: 'Cancelled' };

export function show(view) {
  view.head({ title: 'Schedule and tasks', sub: 'Schedules have five cron fields in UTC; times on this page are in the time zone of your browser.' });
  const schedule = region(() => get('/schedule', null, view.signal), drawSchedule, { lines: 4 });
  const tasks = region((calm) => get('/tasks', null, view.signal, calm), drawTasks, { lines: 2 });
  view.add(
    h('section', { class: 'card', 'aria-label': 'Schedule' }, schedule),
    card('Tasks', { text: 'Long-running work, such as deleting many webhooks or building an index. Tasks run in the background and continue after a restart.' }, tasks),
  );
  const looking = setInterval(() => document.hidden || tasks.reload(true), LOOK_EVERY_MS);
  view.onClose(() => clearInterval(looking));

  function drawSchedule(rows) {
    if (!rows.length) return empty('Nothing is scheduled');
    return table({
      caption: 'Schedule', rows,
      columns: [
        { label: 'What', cell: (row) => h('div', {}, h('span', { class: 'strong' }, row.task), h('div', { class: 'muted small' }, row.description)) },
        { label: 'Schedule', cell: (row) => h('code', {}, row.schedule) },
        { label: 'Next runs', cell: (row) => (row.next.length ? h('ul', { class: 'plain' }, row.next.map((one) => h('li', {}, moment(one)))) : 'none') },
        { label: 'Last run', cell: (row) => moment(row.last, { ago: true }) },
        { label: 'Actions', bare: true, cell: (row) => (isAdministrator() && row.can_run ? h('div', { class: 'actions' }, button('Run now', () => run(row.task), { class: 'small', 'aria-label': `Run now: ${row.task}` })) : '') },
      ],
    });
  }

  function drawTasks(rows) {
    if (!rows.length) return empty('No running or recent tasks');
    return table({
      caption: 'Tasks', rows,
      columns: [
        { label: 'Task', cell: (row) => h('div', {}, h('span', { class: 'strong' }, `${row.id} ${what(row.what)}`), h('div', { class: 'muted small' }, which(row.what))) },
        { label: 'State', cell: (row) => STATES[row.state] },
        { label: 'Progress', cell: progress },
        { label: 'Started', cell: (row) => h('div', {}, moment(row.begun_on, { ago: true }), h('div', { class: 'muted small' }, `by ${row.begun_by}`)) },
        { label: 'Ended', cell: (row) => (row.ended_on ? moment(row.ended_on, { ago: true }) : '') },
        { label: 'Actions', bare: true, cell: (row) => (isOperator() && row.state === 'running' && row.what.filter ? button('Cancel', () => cancel(row), { class: 'small', 'aria-label': `Cancel task ${row.id}` }) : '') },
      ],
    });
  }

  async function run(task) {
    const sure = await confirm({ title: `Run ${task} now?`, action: 'Run now', danger: false, text: 'Runs now what the next scheduled run would do.', act: () => post(`/schedule/${seg(task)}/run`) });
    if (!sure) return;
    say(`${task} finished.`);
    await schedule.reload();
  }

  async function cancel(row) {
    const sure = await confirm({ title: `Cancel task ${row.id}?`, action: 'Cancel the task', text: 'It stops before its next step. Completed steps are kept.', act: () => post(`/tasks/${row.id}/cancel`) });
    if (!sure) return;
    say(`Task ${row.id} was cancelled.`);
    await tasks.reload();
  }
}

const what = ({ kind, object, column }) => ({
  'index-build': `Build the index of ${object}.${column}`,
  'index-drop': `Remove the index of ${object}.${column}`,
  'webhooks-reprocess': 'Reprocess webhooks',
  'webhooks-delete': 'Delete webhooks',
})[kind];

function which({ filter, again, include_new: includeNew }) {
  if (!filter) return null;
  const named = Object.entries(filter).filter(([, value]) => value !== null).map(([name, value]) => `${name} ${value}`);
  return [named.join(', ') || 'all', again && 'including those that created a record', includeNew && 'including those not processed yet'].filter(Boolean).join('; ');
}

function progress(row) {
  const text = `${number(row.done)}${row.total === undefined ? '' : ` of ${number(row.total)}`}`;
  const left = row.left_out ? h('div', { class: 'muted small' }, `${number(row.left_out)} skipped`) : null;
  const bar = row.state === 'running' && row.total ? h('progress', { max: row.total, value: row.done, 'aria-label': `Progress of task ${row.id}` }) : null;
  return h('div', {}, text, bar, left);
}
