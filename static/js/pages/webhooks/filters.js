// The filters of the list of webhooks. They stand in the address, so that a link shows the same list.

import { get } from '../../lib/api.js';
import { h } from '../../lib/dom.js';
import { field } from '../../lib/form.js';
import { OUTCOMES, STATUSES } from '../../lib/format.js';
import { button } from '../../lib/parts.js';

const NAMES = ['status', 'source', 'entity', 'outcome', 'from', 'to', 'text'];
const TYPING_MS = 300;

/** The filter that an address names. */
export function filterOf(query) {
  return Object.fromEntries(NAMES.filter((name) => query[name]).map((name) => [name, query[name]]));
}

/** Whether a row that just arrived may match; a text in the body cannot be told from here. */
export function fits(filter, row) {
  const at = new Date(row.created_on);
  return (!filter.status || filter.status === row.status) && (!filter.source || filter.source === row.source)
    && (!filter.entity || filter.entity === row.object) && (!filter.outcome || filter.outcome === row.outcome)
    && (!filter.from || at >= new Date(filter.from)) && (!filter.to || at < new Date(filter.to));
}

/** The row of filters; `put(filter)` shows another one. */
export function filters(filter, change, signal) {
  const any = ['', 'Any'];
  const fields = [
    field({ name: 'text', label: 'Text in the body', kind: 'search', value: filter.text, class: 'wide' }),
    field({ name: 'status', label: 'Status', kind: 'select', options: [any, ...STATUSES.map((one) => [one, one])], value: filter.status }),
    field({ name: 'source', label: 'Source', kind: 'select', options: choices(filter.source), value: filter.source }),
    field({ name: 'entity', label: 'Entity', kind: 'select', options: choices(filter.entity), value: filter.entity }),
    field({ name: 'outcome', label: 'Outcome', kind: 'select', options: [any, ...Object.entries(OUTCOMES)], value: filter.outcome }),
    field({ name: 'from', label: 'From', kind: 'datetime-local', value: local(filter.from), class: 'date' }),
    field({ name: 'to', label: 'Until', kind: 'datetime-local', value: local(filter.to), class: 'date' }),
  ];
  const by = Object.fromEntries(fields.map((one) => [one.name, one]));
  by.text.control.dataset.search = '';
  let shown = filter;
  let timer;
  const collect = () => {
    const next = Object.fromEntries(fields.map((one) => [one.name, one.read()]).filter(([, value]) => value));
    // Minutes are shown; a bound that was not touched keeps its seconds.
    for (const name of ['from', 'to']) {
      if (!next[name]) continue;
      next[name] = next[name] === local(shown[name]) ? shown[name] : new Date(next[name]).toISOString();
    }
    shown = next;
    reset.hidden = !Object.keys(next).length;
    change(next);
  };
  const reset = button('Clear', () => {
    change({});
    by.text.control.focus();
  }, { class: 'quiet', hidden: !Object.keys(filter).length });
  for (const one of fields) {
    one.control.addEventListener(one.name === 'text' ? 'input' : 'change', () => {
      clearTimeout(timer);
      timer = setTimeout(collect, one.name === 'text' ? TYPING_MS : 0);
    });
  }
  // Whoever leaves while it waits is not brought back.
  signal.addEventListener('abort', () => clearTimeout(timer));
  offer(by.source.control, get('/sources', null, signal).then((all) => all.map((one) => one.name)));
  offer(by.entity.control, get('/entities', null, signal).then((all) => all.map((one) => one.object)));
  const put = (next) => {
    shown = next;
    for (const one of fields) {
      if (document.activeElement === one.control && one.name === 'text') continue;
      const value = one.name === 'from' || one.name === 'to' ? local(next[one.name]) : next[one.name] ?? '';
      if (one.control.value !== value) one.control.value = value;
    }
    if (!next.text && document.activeElement !== by.text.control) by.text.control.value = '';
    reset.hidden = !Object.keys(next).length;
  };
  const element = h('div', { class: 'filters', role: 'search', 'aria-label': 'Filter webhooks' });
  // Narrow screens show the other filters on demand.
  const all = button('More filters', () => all.setAttribute('aria-expanded', String(element.classList.toggle('all'))), { class: 'small narrow', 'aria-expanded': 'false' });
  element.append(by.text, all, ...fields.slice(1), reset);
  return { element, put };
}

const choices = (value) => [['', 'Any'], ...(value ? [[value, value]] : [])];

async function offer(select, names) {
  const list = await names.catch(() => []);
  const there = new Set([...select.options].map((option) => option.value));
  select.append(...list.filter((name) => !there.has(name)).map((name) => h('option', { value: name }, name)));
}

// A moment as the field for date and time wants it, in the time zone of the browser.
function local(value) {
  if (!value) return '';
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
