// The same for all webhooks that match: the count first, then a progress bar.

import { get, stream } from '../../lib/api.js';
import { h, fill } from '../../lib/dom.js';
import { dialog } from '../../lib/dialog.js';
import { field } from '../../lib/form.js';
import { counted, number } from '../../lib/format.js';
import { button, problem, region } from '../../lib/parts.js';
import { say } from '../../lib/toast.js';

export function replayAll(filter, done) {
  const again = field({ name: 'again', kind: 'check', label: 'Also those that made a record already', hint: 'Each of them makes another record.' });
  return bulk({
    filter, done, title: 'Process webhooks again', verb: 'Process again', past: 'handed over to be processed', path: '/webhooks/replay',
    ask: (count) => `${counted(count, 'webhook')} will be processed again.`, extra: again, body: () => ({ filter, again: again.read() }),
  });
}

export function deleteAll(filter, done) {
  return bulk({
    filter, done, danger: true, title: 'Delete webhooks', verb: 'Delete', past: 'deleted', path: '/webhooks/delete',
    ask: (count) => `${counted(count, 'webhook')} will be deleted, with their parsing errors. Their records stay. This cannot be undone.`, body: () => ({ filter }),
  });
}

function bulk({ filter, done, title, verb, past, path, ask, extra, body, danger }) {
  const abort = new AbortController();
  const named = Object.entries(filter).map(([name, value]) => `${name} ${value}`).join(', ');
  return dialog(title, (close) => {
    const foot = h('div', { class: 'actions end' }, button('Cancel', () => close()));
    const place = region(() => get('/webhooks/count', filter, abort.signal), (count) => {
      if (!count.total) return h('p', {}, 'No webhook matches.');
      foot.append(button(`${verb} (${number(count.total)}${count.complete === false ? ' or more' : ''})`, () => {
        run(count.total, close);
      }, { class: danger ? 'primary danger' : 'primary' }));
      return h('div', { class: 'stack' }, h('p', {}, named ? `The filter is: ${named}.` : 'No filter is set: these are all webhooks.'), h('p', {}, ask(count.total)), extra);
    }, { lines: 2 });
    const run = async (total, end) => {
      const bar = h('progress', { max: total, 'aria-label': title });
      const text = h('p', { role: 'status' }, 'Starting');
      fill(place, h('div', { class: 'stack' }, bar, text));
      fill(foot, button('Stop', () => abort.abort()));
      try {
        const last = await stream(path, body(), (step) => {
          if (step.total) bar.max = step.total;
          if (step.done !== undefined) bar.value = step.done;
          if (step.done !== undefined) text.textContent = `${number(step.done)} of ${number(step.total ?? total)}`;
        }, abort.signal);
        if (!last.finished) throw new Error('The server stopped in the middle. What was done stays done; run it again for the rest.');
        say(`${counted(last.changed, 'webhook')} ${past}.`);
        end();
      } catch (error) {
        if (error.name === 'AbortError') {
          say('Stopped. What was done stays done.');
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
