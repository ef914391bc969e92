// Tables. On narrow screens a row becomes a card, so each cell carries its column's name.

import { h } from './dom.js';

/**
 * `columns`: `[{label, cell(row), class, sort}]`; the first column's link is the row's own when `href(row)` is given.
 * The roles stand there because a table that is laid out as cards would lose them.
 */
export function table({ caption, columns, rows, href, order, onOrder, keep = false }) {
  const head = columns.map((column) => h('th', {
    role: 'columnheader', scope: 'col', class: column.class, 'aria-sort': sorted(column, order),
  }, column.sort && onOrder ? sorter(column, order, onOrder) : column.bare ? h('span', { class: 'unseen' }, column.label) : column.label));
  const body = h('tbody', { role: 'rowgroup' }, rows.map((row) => line(row, columns, href)));
  body.addEventListener('click', follow);
  const element = h('table', { class: `table ${keep ? 'keep' : ''}`, role: 'table' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)),
    body);
  element.body = body;
  return element;
}

/** One row. */
export function line(row, columns, href) {
  const target = href?.(row);
  const cells = columns.map((column, index) => {
    const content = column.cell(row);
    const shown = index === 0 && target ? h('a', { class: 'open', href: target }, content) : content;
    const blank = content === '' || content === null || content === undefined;
    return h('td', { role: 'cell', class: [column.class, column.bare && 'bare', blank && 'blank'], 'data-label': column.label }, shown);
  });
  return h('tr', { role: 'row', 'data-go': target }, cells);
}

/** Moves the focus between rows with j and k; true if the key was for it. */
export function step(root, key) {
  const links = [...root.querySelectorAll('tbody a.open')];
  if (!links.length || (key !== 'j' && key !== 'k')) return false;
  const at = links.findIndex((link) => link.closest('tr').contains(document.activeElement));
  const next = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + (key === 'j' ? 1 : -1)));
  links[next].focus();
  links[next].scrollIntoView({ block: 'nearest' });
  return true;
}

// A press anywhere on a row opens it, unless something was selected or a control was meant.
function follow(event) {
  if (event.target.closest('a, button, input, label') || String(getSelection())) return;
  event.target.closest('tr[data-go]')?.querySelector('a.open')?.click();
}

function sorted(column, order) {
  if (!column.sort || !order) return undefined;
  const [key, direction] = order.split(' ');
  return key === column.sort ? (direction === 'desc' ? 'descending' : 'ascending') : undefined;
}

function sorter(column, order, onOrder) {
  const state = sorted(column, order);
  return h('button', { type: 'button', onclick: () => onOrder(`${column.sort} ${state === 'ascending' ? 'desc' : 'asc'}`) },
    column.label, state ? h('span', { 'aria-hidden': 'true' }, state === 'ascending' ? '↑' : '↓') : null);
}
