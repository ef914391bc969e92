// A field for a value, by the column's type.

import { get, seg } from '../../lib/api.js';
import { combo } from '../../lib/combo.js';
import { field } from '../../lib/form.js';

const INPUTS = { date: 'date', time: 'time', email: 'email', phone: 'tel' };

/** The object that a lookup column refers to. */
export const lookupOf = (column) => /^lookup\((.+)\)$/.exec(column.type)?.[1] ?? null;

/** A field with `changed()`. */
export function editor(column, current) {
  const made = make(column, current);
  const first = made.read();
  made.changed = () => made.read() !== first;
  return made;
}

function make(column, current) {
  const { type } = column;
  /// The same text as from the server, for a value that is removed and for one that was never there.
  const missing = current ? 'a value is required; it cannot be removed' : 'a value is required, but none was sent';
  const shared = { name: column.key, label: column.caption, required: column.required, missing, value: current?.value };
  const target = lookupOf(column);
  if (target) {
    return field({ ...shared, ...combo({ name: column.key, value: current?.value, display: current?.display, required: column.required, search: (text) => get(`/objects/${seg(target)}/options`, { text }) }) });
  }
  if (type === 'boolean') {
    const options = column.required ? [] : [['', 'empty']];
    return field({ ...shared, kind: 'select', value: current ? String(current.value) : '', options: [...options, ['true', 'Yes'], ['false', 'No']], read: (control) => (control.value === '' ? '' : control.value === 'true') });
  }
  if (type === 'unlimited text') return field({ ...shared, kind: 'area' });
  if (type === 'datetime') return field({ ...shared, value: current?.value, mono: true, hint: 'In UTC, such as 2026-11-23T14:30:00Z' });
  // Numbers go as text: the page must not round what the server keeps exactly.
  if (/^(integer|decimal|currency)/.test(type)) {
    return field({ ...shared, inputmode: 'decimal', read: (control) => numeric(control.value.trim()) });
  }
  const length = /^text\((\d+)\)$/.exec(type)?.[1];
  return field({ ...shared, kind: INPUTS[type] ?? 'text', maxlength: length });
}

function numeric(text) {
  if (text === '') return '';
  const value = Number(text);
  return Number.isFinite(value) && String(value) === text ? value : text;
}
