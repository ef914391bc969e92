// The filter of a list of records: an OData $filter, which conditions can be added to without knowing the language.

import { get, seg } from '../../lib/api.js';
import { combo } from '../../lib/combo.js';
import { h, fill } from '../../lib/dom.js';
import { field } from '../../lib/form.js';
import { button } from '../../lib/parts.js';

const TEXT = [['contains', 'contains'], ['eq', 'is'], ['ne', 'is not'], ['startswith', 'starts with'], ['endswith', 'ends with']];
const ORDERED = [['eq', 'is'], ['ne', 'is not'], ['gt', 'is more than'], ['ge', 'is at least'], ['lt', 'is less than'], ['le', 'is at most']];
const SAME = [['eq', 'is'], ['ne', 'is not']];
const SYSTEM = [{ key: 'CreatedOn', caption: 'Created', type: 'datetime' }, { key: 'ModifiedOn', caption: 'Modified', type: 'datetime' }];

export function builder(object, filter, change) {
  const columns = [...object.columns, ...SYSTEM];
  const text = field({ name: 'filter', label: 'Filter', mono: true, value: filter, placeholder: "as in OData: contains(Name,'Smith') and Zip eq '10115'", class: 'grow' });
  text.control.dataset.search = '';
  const column = field({ name: 'column', label: 'Column', kind: 'select', options: columns.map((one) => [one.key, one.caption]), value: object.display });
  const place = h('div', { class: 'row grow ends' });
  const draw = () => fill(place, condition(columns.find((one) => one.key === column.control.value) ?? columns[0], add));
  const add = (one) => {
    const now = text.control.value.trim();
    text.control.value = now ? `${/ or /i.test(now) ? `(${now})` : now} and ${one}` : one;
    change(text.control.value);
  };
  column.control.addEventListener('change', draw);
  draw();
  return h('div', { role: 'search', 'aria-label': 'Filter records' },
    h('form', { class: 'filter-line', onsubmit: (event) => { event.preventDefault(); change(text.read()); } }, text,
      h('button', { class: 'button', type: 'submit' }, 'Apply'),
      button('Clear', () => { text.control.value = ''; change(''); }, { class: 'quiet' })),
    h('details', { class: 'add-condition' }, h('summary', {}, 'Add a condition'), h('div', { class: 'row ends' }, column, place)));
}

function condition(column, add) {
  const lookup = /^lookup\((.+)\)$/.exec(column.type)?.[1];
  const kind = kindOf(column.type, lookup);
  const operator = field({ name: 'operator', label: 'Condition', kind: 'select', options: kind.operators });
  const value = lookup
    ? field({ name: 'value', label: 'Value', ...combo({ name: 'value', search: (typed) => get(`/objects/${seg(lookup)}/options`, { text: typed }) }) })
    : field({ name: 'value', label: 'Value', kind: kind.input, options: kind.options, step: 'any' });
  const wrong = () => value.complain('A value is required.');
  return [operator, value, button('Add', () => {
    const read = value.read();
    value.complain('');
    if (read === null || read === '') return wrong();
    return add(term(column.key, operator.control.value, literal(kind.input, read, column.type)));
  })];
}

function kindOf(type, lookup) {
  if (lookup || type === 'guid') return { operators: SAME, input: 'text' };
  if (type === 'boolean') return { operators: SAME, input: 'select', options: [['true', 'Yes'], ['false', 'No']] };
  if (/^(integer|decimal|currency)/.test(type)) return { operators: ORDERED, input: 'number' };
  if (type === 'date') return { operators: ORDERED, input: 'date' };
  if (type === 'datetime') return { operators: ORDERED, input: 'datetime-local' };
  if (type === 'time') return { operators: ORDERED, input: 'time' };
  return { operators: TEXT, input: 'search' };
}

function literal(input, value, type) {
  if (input === 'search') return `'${value.replaceAll("'", "''")}'`;
  if (input === 'datetime-local') return new Date(value).toISOString();
  if (type === 'time' && value.length === 5) return `${value}:00`;
  return String(value);
}

function term(key, operator, value) {
  return ['contains', 'startswith', 'endswith'].includes(operator) ? `${operator}(${key},${value})` : `${key} ${operator} ${value}`;
}
