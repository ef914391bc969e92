// Webhook statuses: how long webhooks are kept.

import { get, patch, stream } from '../lib/api.js';
import { dialog } from '../lib/dialog.js';
import { h, fill } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { counted, moment, number, status, STATUSES } from '../lib/format.js';
import { button, card, facts, notice, problem, region } from '../lib/parts.js';
import { isAdministrator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';

const MEANING = {
  New: 'Arrived, not processed yet', Processing: 'Being processed', Failed: 'Processing failed; its errors are listed', Done: 'Processed',
};

export function show(view) {
  view.head({ title: 'Webhook statuses', sub: 'How long webhooks are kept. When a webhook is deleted, its records stay.' });
  const place = region(async () => {
    const [retention, preview] = await Promise.all([get('/retention', null, view.signal), get('/retention/preview', null, view.signal)]);
    return { retention, preview };
  }, draw, { lines: 8 });
  view.add(place);

  function draw({ retention, preview }) {
    const admin = isAdministrator();
    const total = Object.values(preview.expired).reduce((sum, one) => sum + one, 0);
    return h('div', { class: 'stack' },
      h('section', { class: 'card', 'aria-label': 'Statuses' }, table({
        caption: 'Webhook statuses', rows: STATUSES,
        columns: [
          { label: 'Status', cell: (row) => status(row) },
          { label: 'Meaning', cell: (row) => MEANING[row] },
          { label: 'Kept', cell: (row) => (retention.days[row.toLowerCase()] ? counted(retention.days[row.toLowerCase()], 'day') : 'forever') },
          { label: 'Due for deletion', class: 'number', cell: (row) => number(preview.expired[row.toLowerCase()]) },
        ],
      })),
      admin ? card('Change', { text: 'Days are counted from the last change of a webhook. 0 keeps them forever.' }, form({
        submit: 'Save', class: 'wide days',
        fields: [
          ...STATUSES.map((one) => field({ name: one, label: `${one}: days`, kind: 'number', min: 0, step: 1, value: retention.days[one.toLowerCase()], short: true })),
          field({ name: 'schedule', label: 'Schedule for deletion (five cron fields, UTC)', value: retention.schedule, mono: true, required: true }),
        ],
        send: async (values) => {
          const days = Object.fromEntries(STATUSES.map((one) => [one.toLowerCase(), values[one] ?? 0]));
          await patch('/retention', { days, schedule: values.schedule });
          say('The settings were saved.');
          await place.reload();
        },
      })) : null,
      card('Preview', { text: 'What the next run deletes, based on the current data.', actions: admin ? button('Run now', () => run(total, place), { class: 'danger', disabled: total === 0 }) : null },
        preview.clock_ahead_hours ? notice('warn', `The clock is ${counted(preview.clock_ahead_hours, 'hour')} ahead of the last confirmed time, so the schedule deletes nothing. Correct the clock; if it is right, run retention now, here or with 'hookgate retention run'.`) : null,
        facts([
          ['Next run', preview.next_run ? moment(preview.next_run) : 'none'],
          ['Webhooks to delete', number(total)],
          ['Following runs', h('ul', { class: 'plain' }, retention.next_runs.slice(1).map((one) => h('li', {}, moment(one))))],
        ])));
  }
}

function run(total, place) {
  return dialog('Delete expired webhooks now?', (close) => {
    const text = h('p', { role: 'status' }, `${counted(total, 'webhook')} will be deleted. Their records stay. This cannot be undone.`);
    const bar = h('progress', { max: total || 1, value: 0, hidden: true, 'aria-label': 'Progress' });
    const foot = h('div', { class: 'actions end' }, button('Cancel', () => close()), button('Delete', async () => {
      bar.hidden = false;
      fill(foot);
      try {
        const done = await stream('/retention/run', {}, (step) => {
          if (step.total) bar.max = step.total;
          bar.value = step.done;
          text.textContent = `${number(step.done)} deleted`;
        });
        const count = Object.values(done.deleted).reduce((sum, one) => sum + one, 0);
        say(`${counted(count, 'webhook')} deleted.`);
        close();
        await place.reload();
      } catch (error) {
        fill(foot, problem(error));
      }
    }, { class: 'primary danger' }));
    return h('div', { class: 'stack' }, text, bar, foot);
  });
}
