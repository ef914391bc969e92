// Forms: labelled fields, errors beside them, busy while they are sent.

import { h, fill, freshId } from './dom.js';
import { problem } from './parts.js';

/**
 * A labelled control. Kinds: text, password, number, email, date…, `area`, `select` (options `[[value, label]]`),
 * `check`, `lines` (a text per line). It has `read()` and `complain(text)`; `missing` is what a form says of one that is
 * required and empty.
 */
export function field(spec) {
  const id = freshId('field');
  const hint = spec.hint ? h('span', { class: 'hint', id: `${id}-hint` }, spec.hint) : null;
  const wrong = h('span', { class: 'wrong', id: `${id}-wrong`, hidden: true });
  const control = spec.control ?? makeControl(spec);
  control.id = id;
  control.setAttribute('aria-describedby', [hint && `${id}-hint`, `${id}-wrong`].filter(Boolean).join(' '));
  const label = spec.kind === 'check'
    ? h('label', { class: 'check' }, control, h('span', {}, spec.label, hint))
    : h('label', { htmlFor: id }, spec.label, spec.required ? h('span', { class: 'muted' }, ' (required)') : null);
  const element = h('div', { class: `field ${spec.class ?? ''}` },
    label, spec.kind === 'check' ? null : [spec.wrap ?? control, hint], wrong);
  element.name = spec.name;
  element.control = control;
  element.missing = spec.missing ?? 'A value is required.';
  element.read = () => read(spec, control);
  element.complain = (text) => {
    wrong.textContent = text ?? '';
    wrong.hidden = !text;
    control.setAttribute('aria-invalid', String(Boolean(text)));
  };
  return element;
}

/** Fields that are seldom needed, behind a line that opens them. */
export function moreFields(label, fields) {
  const element = h('details', { class: 'more-fields' }, h('summary', {}, label), h('div', { class: 'stack' }, fields));
  element.fields = fields;
  return element;
}

/** A form of fields. `send(values)` may throw: errors with keys go beside their fields, others above the buttons. */
export function form({ fields, submit, send, cancel, class: kind = '', before, danger = false }) {
  const wrong = h('div', { 'aria-live': 'assertive' });
  const button = h('button', { type: 'submit', class: `button primary ${danger ? 'danger' : ''}` }, submit);
  const all = fields.flat();
  const inputs = all.flatMap((one) => one.fields ?? one).filter((one) => typeof one.read === 'function');
  const element = h('form', { class: `stack ${kind}`, noValidate: true },
    before, all, wrong,
    h('div', { class: 'actions' }, button, cancel ? h('button', { type: 'button', class: 'button', onclick: cancel }, 'Cancel') : null));
  element.collect = () => Object.fromEntries(inputs.map((one) => [one.name, one.read()]));
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    inputs.forEach((one) => one.complain(''));
    fill(wrong);
    const missing = inputs.filter((one) => one.control.required && ['', null].includes(one.read()));
    missing.forEach((one) => one.complain(one.missing));
    if (missing.length) {
      missing[0].control.focus();
      return;
    }
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    try {
      await send(element.collect());
    } catch (error) {
      if (error.name !== 'AbortError') place(error, inputs, wrong);
    } finally {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  });
  return element;
}

function place(error, inputs, wrong) {
  const left = [];
  let first = null;
  for (const one of error.errors ?? []) {
    const input = inputs.find((candidate) => candidate.name === one.key);
    if (!input) {
      left.push(one);
      continue;
    }
    input.complain(one.problem);
    input.closest('details')?.setAttribute('open', '');
    first ??= input.control;
  }
  if (!first || left.length) fill(wrong, problem(Object.assign(error, { errors: left })));
  else fill(wrong, h('p', { class: 'unseen' }, 'Some values are not valid; see the fields.'));
  first?.focus();
}

function makeControl(spec) {
  const shared = {
    name: spec.name, required: spec.required, disabled: spec.disabled, autocomplete: spec.autocomplete ?? 'off',
    placeholder: spec.placeholder, autofocus: spec.autofocus, class: `input ${spec.mono ? 'mono' : ''} ${spec.short ? 'short' : ''}`,
    maxlength: spec.maxlength, min: spec.min, max: spec.max, step: spec.step, inputmode: spec.inputmode, rows: spec.rows,
    spellcheck: spec.mono ? 'false' : undefined,
  };
  switch (spec.kind) {
    case 'area':
      return h('textarea', { ...shared, value: spec.value ?? '' });
    case 'lines':
      return h('textarea', { ...shared, value: (spec.value ?? []).join('\n') });
    case 'select':
      return h('select', { ...shared, value: spec.value ?? spec.options[0]?.[0] }, spec.options.map(([value, text]) => h('option', { value }, text)));
    case 'check':
      return h('input', { name: spec.name, type: 'checkbox', checked: Boolean(spec.value), disabled: spec.disabled });
    default:
      return h('input', { ...shared, type: spec.kind ?? 'text', value: spec.value ?? '' });
  }
}

function read(spec, control) {
  if (spec.read) return spec.read(control);
  if (spec.kind === 'check') return control.checked;
  if (spec.kind === 'lines') return control.value.split('\n').map((text) => text.trim()).filter(Boolean);
  if (spec.kind === 'number') return control.value === '' ? null : Number(control.value);
  return spec.kind === 'password' || spec.kind === 'area' ? control.value : control.value.trim();
}

/** How the API takes a changed setting: `null` clears it. */
export const edit = (value) => (value === '' ? null : value);
