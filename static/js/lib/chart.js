// Dynamics of received webhooks: bars by hour or day, stacked by status.

import { h, svg, fill } from './dom.js';
import { number } from './format.js';
import { to } from './router.js';

const HEIGHT = 180;
const FOOT = 20;
const LEFT = 44;
const PARTS = [['done', 'Done'], ['failed', 'Failed'], ['processing', 'Processing'], ['new', 'New']];

/**
 * The chart with its legend, and a table of the same numbers for those who do not see it. `width` is that of the one in
 * whose place it comes: with it, it is drawn at once, so that the focus stays where it was.
 */
export function chart({ points, step }, width = 0) {
  const legend = h('div', { class: 'legend', 'aria-hidden': 'true' });
  const rest = () => fill(legend, PARTS.map(([part, label]) => key(part, label)));
  const show = (point) => fill(legend,
    h('strong', {}, when(point.at, step, true)), PARTS.map(([part, label]) => key(part, `${label} ${number(point[part])}`)));
  rest();
  const host = h('div', { class: 'plot' });
  let drawn = 0;
  const draw = (wide) => {
    if (!wide || wide === drawn) return;
    drawn = wide;
    fill(host, plot(points, step, show, rest, wide));
  };
  draw(width);
  new ResizeObserver(() => host.contains(document.activeElement) || draw(host.clientWidth)).observe(host);
  return [host, legend, numbers(points, step)];
}

function plot(points, step, show, rest, width) {
  const most = Math.max(1, ...points.map(total));
  const top = nice(most);
  const span = (width - LEFT) / Math.max(1, points.length);
  const scale = (HEIGHT - FOOT - 8) / top;
  const base = HEIGHT - FOOT;
  const lines = [0, top / 2, top].filter((value) => Number.isInteger(value)).map((value) => [
    svg('line', { class: 'axis', x1: LEFT, x2: width, y1: base - value * scale, y2: base - value * scale }),
    svg('text', { x: LEFT - 8, y: base - value * scale + 4, 'text-anchor': 'end' }, number(value)),
  ]);
  const every = Math.ceil(points.length / Math.max(1, Math.floor(width / 90)));
  const bars = points.map((point, index) => bar(point, index));
  function bar(point, index) {
    let y = base;
    const x = LEFT + index * span;
    const parts = PARTS.filter(([part]) => point[part] > 0).map(([part]) => {
      const height = Math.max(1.5, point[part] * scale);
      y -= height;
      return svg('rect', { class: part, x: x + span * 0.14, y, width: span * 0.72, height });
    });
    const until = new Date(new Date(point.at).getTime() + (step === 'day' ? 86400e3 : 3600e3)).toISOString();
    const label = `${when(point.at, step, true)}: ${PARTS.map(([part, name]) => `${name} ${point[part]}`).join(', ')}`;
    return svg('a', {
      href: to('webhooks', { from: point.at, to: until }), 'aria-label': label, tabindex: index === points.length - 1 ? '0' : '-1',
      onpointerenter: () => show(point), onpointerleave: rest, onfocus: () => show(point), onblur: rest,
    }, parts, svg('rect', { class: 'hit', x, y: 0, width: span, height: base }),
    index % every === 0 ? svg('text', { x: x + span / 2, y: HEIGHT - 4, 'text-anchor': 'middle' }, when(point.at, step)) : null);
  }
  const plotted = svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'group', 'aria-label': 'Webhooks received; use the arrow keys to move, select a bar to show its webhooks' }, lines, bars);
  plotted.addEventListener('keydown', (event) => move(event, bars));
  return plotted;
}

// One bar is in the order of Tab; arrows go on from there.
function move(event, bars) {
  const at = bars.indexOf(document.activeElement);
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
  if (at < 0 || !bars[next]) return;
  event.preventDefault();
  bars[at].setAttribute('tabindex', '-1');
  bars[next].setAttribute('tabindex', '0');
  bars[next].focus();
}

function numbers(points, step) {
  const rows = points.filter(total).map((point) => h('tr', {}, h('th', { scope: 'row' }, when(point.at, step, true)), PARTS.map(([part]) => h('td', {}, number(point[part])))));
  return h('div', { class: 'unseen' }, h('table', {}, h('caption', {}, 'Webhooks received, as a table'),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'From'), PARTS.map(([, label]) => h('th', { scope: 'col' }, label)))), h('tbody', {}, rows)));
}

function key(part, label) {
  return h('span', { class: 'key' }, svg('svg', { viewBox: '0 0 10 10' }, svg('rect', { class: part, width: 10, height: 10, rx: 2 })), label);
}

const total = (point) => PARTS.reduce((sum, [part]) => sum + (point[part] ?? 0), 0);

function when(at, step, full = false) {
  // Days are those of UTC, as the server counts them.
  const options = step === 'day' ? { day: 'numeric', month: 'short', timeZone: 'UTC' } : { hour: '2-digit', minute: '2-digit' };
  if (full && step !== 'day') Object.assign(options, { day: 'numeric', month: 'short' });
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(at));
}

// The next round number, of which the half is round too.
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 6, 10].find((factor) => factor * power >= value) * power;
  return Math.max(2, step);
}
