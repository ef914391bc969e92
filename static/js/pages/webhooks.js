// Webhooks: chart, figures, filters, the list, and what can be done to all that match.

import { address, get } from '../lib/api.js';
import { chart } from '../lib/chart.js';
import { h } from '../lib/dom.js';
import { number } from '../lib/format.js';
import { listen } from '../lib/live.js';
import { button, empty, linkButton, menu, menuItem, region, segments } from '../lib/parts.js';
import { note, to } from '../lib/router.js';
import { isAdministrator, isOperator } from '../lib/session.js';
import { deleteAll, replayAll } from './webhooks/bulk.js';
import { filterOf, filters, fits } from './webhooks/filters.js';
import { list } from './webhooks/list.js';

const RANGES = [['24h', '24 hours', 24, 'hour'], ['7d', '7 days', 7 * 24, 'hour'], ['30d', '30 days', 30 * 24, 'day'], ['90d', '90 days', 90 * 24, 'day']];
const CHART_EVERY_MS = 5_000;

export function show(view) {
  let filter = filterOf(view.query);
  let range = RANGES.some(([id]) => id === view.query.chart) ? view.query.chart : '24h';
  const live = h('span', { class: 'live' }, 'Connecting');
  const exports = h('span', {});
  view.head({ title: 'Webhooks', actions: [live, actions()] });

  const hash = (next = filter) => to('webhooks', { ...next, chart: range === '24h' ? '' : range });
  const change = (next) => {
    note(hash(next));
    apply(next);
  };
  const figures = region((calm) => get('/webhooks/count', { ...filter, status: '' }, view.signal, calm), drawFigures, { lines: 2, class: 'figures-place' });
  const plot = region((calm) => {
    const [, , hours, step] = RANGES.find(([id]) => id === range);
    return get('/webhooks/chart', { from: new Date(Date.now() - hours * 3600e3).toISOString(), to: new Date().toISOString(), step }, view.signal, calm);
  }, (answer) => h('div', { class: 'stack tight' }, chart(answer, plot?.querySelector('.plot')?.clientWidth)), { lines: 6, class: 'plot-place' });
  const form = filters(filter, change, view.signal);
  const rows = list(view.signal, () => (Object.values(filter).some(Boolean) ? nothingFits() : nothingYet()));

  view.add(figures,
    h('section', { class: 'card chart', 'aria-labelledby': 'dynamics' },
      h('div', { class: 'row apart' }, h('h2', { id: 'dynamics' }, 'Dynamics of received webhooks'),
        segments('Range', RANGES.map(([id, label]) => [id, label]), range, (next) => {
          range = next;
          note(hash());
          plot.reload();
        })), plot),
    h('section', { class: 'card', 'aria-label': 'List of webhooks' }, form.element, rows.newer, rows.element));
  rows.load(filter);

  let chartDue = 0;
  let chartTimer = null;
  let behind = true;
  const fitting = (row) => fits(filter, row);
  view.onClose(() => clearTimeout(chartTimer));
  view.onClose(listen((message) => {
    if (message.live !== undefined) {
      // What came between the list and the stream is in neither.
      if (message.live && behind) rows.catchUp(fitting);
      behind &&= !message.live;
      live.textContent = message.live ? 'Live' : 'Not live';
      live.classList.toggle('on', message.live);
      live.title = message.live ? 'New webhooks appear automatically' : 'Reconnecting; reload the page to see new webhooks';
      return;
    }
    if (message.missed) rows.catchUp(fitting, true);
    else rows.take(message.webhooks, fitting);
    chartTimer ??= setTimeout(() => {
      chartTimer = null;
      chartDue = Date.now() + CHART_EVERY_MS;
      plot.reload(true);
      figures.reload(true);
    }, Math.max(400, chartDue - Date.now()));
  }));

  function apply(next) {
    filter = next;
    form.put(filter);
    figures.reload();
    rows.load(filter);
  }

  function drawFigures(count) {
    const waitingNow = count.new + count.processing;
    const one = (value, label, status, kind = '') => h('button', {
      type: 'button', class: `figure ${kind}`, 'aria-pressed': String((filter.status ?? '') === status), onclick: () => change({ ...filter, status }),
    }, h('b', {}, number(value), count.complete === false ? '+' : ''), h('span', {}, label));
    return h('div', { class: 'figures', role: 'group', 'aria-label': 'Filter by status' },
      one(count.total, 'Total', ''), one(count.done, 'Done', 'Done', 'ok'), one(count.failed, 'Failed', 'Failed', count.failed ? 'bad' : ''),
      one(waitingNow, waitingNow === count.processing && waitingNow ? 'Processing' : 'Waiting', waitingNow === count.processing && waitingNow ? 'Processing' : 'New'));
  }

  function actions() {
    const download = (format) => () => {
      const link = h('a', { href: address('/webhooks/export', { format, ...filter }), download: '' });
      exports.append(link);
      link.click();
      link.remove();
    };
    const done = () => apply(filter);
    return [exports, menu('Bulk actions',
      isOperator() ? menuItem('Reprocess…', () => replayAll(filter, done)) : null,
      menuItem('Export as CSV', download('csv')), menuItem('Export as NDJSON', download('ndjson')),
      isAdministrator() ? menuItem('Delete…', () => deleteAll(filter, done), 'danger') : null)];
  }

  function nothingFits() {
    return empty('No matching webhooks', 'Extend the dates or remove a filter.', button('Show all', () => change({})));
  }

  return { update: (query) => apply(filterOf(query)) };
}

function nothingYet() {
  return empty('No webhooks yet', 'Add a webhook source and configure its Webhook URL in the sending service. Webhooks appear here as they arrive.',
    isAdministrator() ? linkButton('Add a webhook source', '#/new-source', { class: 'primary' }) : null, linkButton('Webhook sources', '#/sources'));
}
