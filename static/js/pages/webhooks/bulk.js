// The same for all webhooks that match: the count first, then a progress bar.

import { ended, get, post } from '../../lib/api.js';
import { h, fill } from '../../lib/dom.js';
import { dialog } from '../../lib/dialog.js';
import { field } from '../../lib/form.js';
import { counted, number } from '../../lib/format.js';
import { button, problem, region } from '../../lib/parts.js';
import { say } from '../../lib/toast.js';

export function replayAll(filter, done) {
  const again = field({ name: 'again', kind: 'check', label: 'Include webhooks that already created a record', hint: 'Each of them creates another record.' });
  return bulk({
    filter, done, title: 'Reprocess webhooks', verb: 'Reprocess', past: 'will be reprocessed', path: '/webhooks/replay',
    ask: (webhooks, left) => `${webhooks} will be reprocessed.${leftOut(left)}`, extra: again,
    without: { made_record: false }, all: () => again.read(), body: () => ({ filter, again: again.read() }),
  });
}

/** `count` is `null` when it is not known. */
function leftOut(count) {
  if (count === null) return ' Webhooks that already created a record are skipped.';
  if (!count) return '';
  return ` ${counted(count, 'webhook')} already created a record and ${count === 1 ? 'is' : 'are'} skipped.`;
}

export function deleteAll(filter, done) {
  const include = field({ name: 'include_new', kind: 'check', label: 'Include webhooks that are not processed yet', hint: 'Webhooks with status New or Processing. They will never create their records.' });
  const waiting = (count) => count.new + count.processing;
  return bulk({
    filter, done, danger: true, title: 'Delete webhooks', verb: 'Delete', past: 'deleted', path: '/webhooks/delete', extra: include,
    split: (count) => (include.read() ? count : { ...count, total: Math.max(0, count.total - waiting(count)) }),
    ask: (webhooks, left, count) => `${webhooks} will be deleted, with their parsing errors. Their records stay. This cannot be undone.${notProcessed(count, include.read())}`,
    left: (count) => (count ? ` ${counted(count, 'webhook')} not processed yet ${count === 1 ? 'was' : 'were'} skipped.` : ''),
    body: () => ({ filter, include_new: include.read() }),
  });
}

function notProcessed({ new: fresh, processing, complete }, included) {
  const parts = [[fresh, 'New'], [processing, 'Processing']].filter(([count]) => count);
  if (!parts.length) return '';
  const named = parts.map(([count, status]) => `${number(count)}${complete === false ? ' or more' : ''} ${status}`).join(' and ');
  return included ? ` ${named} will never create their records.` : ` ${named} are not processed yet and are skipped.`;
}

/**
 * `without` narrows the filter to those that it is done to, unless `all()`; `split` makes their count of the one of
 * all that match. `left` says afterwards how many were left out.
 */
function bulk({ filter, done, title, verb, past, path, ask, extra, without, all = () => true, split = (count) => count, left = leftOut, body, danger }) {
  const abort = new AbortController();
  const named = Object.entries(filter).map(([name, value]) => `${name} ${value}`).join(', ');
  return dialog(title, (close) => {
    const foot = h('div', { class: 'actions end' }, button('Cancel', () => close()));
    const counts = () => Promise.all([filter, { ...filter, ...without }].map((one) => get('/webhooks/count', one, abort.signal)));
    const place = region(counts, ([matching, wanted]) => {
      if (!matching.total) return h('p', {}, 'No matching webhooks.');
      const told = h('p', { role: 'status' });
      let go = null;
      const show = () => {
        const count = split(all() ? matching : wanted);
        const more = count.complete === false ? ' or more' : '';
        const known = matching.complete !== false && !more;
        told.textContent = ask(`${counted(count.total, 'webhook')}${more}`, all() ? 0 : known ? matching.total - count.total : null, count);
        const next = button(`${verb} (${number(count.total)}${more})`, () => {
          run(count.total, close);
        }, { class: danger ? 'primary danger' : 'primary', disabled: !count.total && !more });
        if (go) go.replaceWith(next);
        else foot.append(next);
        go = next;
      };
      extra?.addEventListener('change', show);
      show();
      return h('div', { class: 'stack' }, h('p', {}, named ? `Filter: ${named}.` : 'No filter is set: this applies to all webhooks.'), told, extra);
    }, { lines: 2 });
    const run = async (total, end) => {
      const bar = h('progress', { max: total, 'aria-label': title });
      const text = h('p', { role: 'status' }, 'Starting');
      fill(place, h('div', { class: 'stack' }, bar, text));
      fill(foot);
      try {
        const begun = await post(path, body());
        const stop = () => post(`/tasks/${begun.id}/cancel`).catch((error) => say(error.message));
        fill(foot, button('Stop', stop), button('Continue in the background', () => abort.abort()));
        const task = await ended(begun, (step) => {
          if (step.total) bar.max = step.total;
          bar.value = step.done;
          text.textContent = `${number(step.done)} of ${number(step.total ?? total)}`;
        }, abort.signal);
        say(`${counted(task.done, 'webhook')} ${past}.${left(task.left_out)}${task.state === 'cancelled' ? ' It was stopped before the rest.' : ''}`);
        end();
      } catch (error) {
        if (error.name === 'AbortError') {
          say(`${title}: the task continues in the background; see Schedule and tasks.`);
          end();
        } else {
          fill(place, problem(error));
          fill(foot, button('Close', () => end()));
        }
      }
      done();
    };
    return h('div', { class: 'stack' }, place, foot);
  }).then((answer) => {
    abort.abort();
    return answer;
  });
}
