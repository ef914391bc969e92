// Small pieces that many pages use.

import { h, fill, freshId } from './dom.js';
import { icon } from './icons.js';
import { complain, say } from './toast.js';

const COPIED_MS = 2000;
const BUSY_MS = 150;

/** A button. What it does may be asynchronous: it is busy meanwhile and complains by itself. */
export function button(label, act, attributes = {}) {
  const { class: kind = '', icon: name, only = false, ...rest } = attributes;
  const element = h('button', { type: 'button', class: `button ${kind} ${only ? 'only' : ''}`, 'aria-label': only ? label : undefined, title: only ? label : undefined, ...rest },
    name ? icon(name) : null, only ? null : label);
  let running = false;
  element.addEventListener('click', async (event) => {
    if (running) return;
    const result = act?.(event);
    if (!(result instanceof Promise)) return;
    running = true;
    // What waits for an answer in a dialog is not busy.
    const timer = setTimeout(() => document.querySelector('dialog[open]')?.contains(element) === false || element.setAttribute('aria-busy', 'true'), BUSY_MS);
    try {
      await result;
    } catch (error) {
      complain(error);
    } finally {
      running = false;
      clearTimeout(timer);
      element.removeAttribute('aria-busy');
    }
  });
  return element;
}

/** A link that looks like a button. */
export function linkButton(label, href, attributes = {}) {
  const { class: kind = '', icon: name, ...rest } = attributes;
  return h('a', { class: `button ${kind}`, href, ...rest }, name ? icon(name) : null, label);
}

/** Copies a text, and says so. A function gives the text when it is needed; it may ask for it first. */
export function copyButton(text, { label = 'Copy', what = 'It', class: kind = 'small' } = {}) {
  const element = button(label, async () => {
    await copy(typeof text === 'function' ? await text() : text);
    say(`${what} is on the clipboard.`);
    fill(element, icon('check'), 'Copied');
    setTimeout(() => fill(element, icon('copy'), label), COPIED_MS);
  }, { class: kind, icon: 'copy' });
  return element;
}

/** Puts a text on the clipboard. */
export async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = h('textarea', { class: 'unseen', value: text, 'aria-hidden': 'true' });
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** A text in monospace with a copy button. `copied` is what the button copies, if that is not what is shown; null for no button. */
export function codeBlock(text, { wrap = false, label = 'Text', what = 'The text', copied = text } = {}) {
  return h('div', { class: 'copyable' },
    h('pre', { class: `code ${wrap ? 'wrap' : ''}`, tabIndex: 0, role: 'region', 'aria-label': label }, text),
    copied === null ? null : copyButton(copied, { what }));
}

/** One line to copy: an address or a secret. */
export function secretLine(text, label, what = label) {
  const id = freshId('secret');
  return h('div', { class: 'field' },
    h('span', { class: 'label', id }, label),
    h('div', { class: 'secret' }, h('output', { 'aria-labelledby': id }, text), copyButton(text, { what, class: '' })));
}

export function notice(kind, ...children) {
  return h('div', { class: `notice ${kind}` }, icon(kind === 'ok' ? 'check' : kind ? 'warn' : 'about'), h('div', {}, children));
}

/** An error as a part of the page; `again` makes it offer another try. */
export function problem(error, again) {
  if (error?.name !== 'ApiError') console.error(error);
  const title = error?.title && error.title !== error.message ? h('strong', {}, error.title) : null;
  const listed = (error?.errors ?? []).map((one) => h('li', {}, `${one.key}: ${one.problem}`));
  return h('div', { class: 'notice bad', role: 'alert' }, icon('warn'), h('div', {},
    title, h('p', { class: 'pre' }, error?.message ?? String(error)),
    listed.length ? h('ul', {}, listed) : null,
    again ? button('Try again', again, { class: 'small' }) : null));
}

export function empty(title, text, ...actions) {
  return h('div', { class: 'empty' }, h('p', { class: 'title' }, title), text ? h('p', {}, text) : null, actions.length ? h('div', { class: 'actions' }, actions) : null);
}

/** Lines in the place of what is still loading. */
export function waiting(lines = 5) {
  return h('div', { class: 'wait' }, h('span', { class: 'unseen' }, 'Loading'), Array.from({ length: lines }, () => h('i')));
}

const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** Replaces what a node holds; the focus stays at the same place within, and what was unfolded stays so. */
export function refill(element, ...children) {
  const at = [...element.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  const open = [...element.querySelectorAll('details')].map((one) => one.open);
  fill(element, ...children);
  element.querySelectorAll('details').forEach((one, index) => { one.open ||= Boolean(open[index]); });
  if (at >= 0) element.querySelectorAll(FOCUSABLE)[at]?.focus({ preventScroll: true });
}

/**
 * A part of the page that is fetched: waits, shows, or says what went wrong. `reload()` keeps what stands there
 * meanwhile; `reload(true)` is for what the page does by itself: it draws anew only what differs, so that nobody loses the
 * place where they read. `fetchIt` is told whether it is that.
 */
export function region(fetchIt, render, { lines = 5, class: kind = '' } = {}) {
  const element = h('div', { class: `region ${kind}` }, waiting(lines));
  let turn = 0;
  let drawn;
  let due = true;
  element.reload = async (calm = false) => {
    turn += 1;
    due ||= !calm;
    const mine = turn;
    element.setAttribute('aria-busy', 'true');
    try {
      const value = await fetchIt(calm);
      if (mine !== turn) return;
      const text = JSON.stringify(value);
      if (due || text !== drawn) refill(element, render(value));
      drawn = text;
      due = false;
    } catch (error) {
      due = true;
      if (mine === turn && error.name !== 'AbortError') fill(element, problem(error, () => element.reload()));
    } finally {
      if (mine === turn) element.removeAttribute('aria-busy');
    }
  };
  element.reload();
  return element;
}

/** A card with a heading. */
export function card(title, { text, actions, level = 2 } = {}, ...children) {
  const id = freshId('card');
  return h('section', { class: 'card pad', 'aria-labelledby': id },
    h('header', {}, h('div', {}, h(`h${level}`, { id }, title), text ? h('p', { class: 'muted small' }, text) : null), actions ? h('div', { class: 'actions' }, actions) : null),
    children);
}

/** Pairs of name and value; absent values are left out. */
export function facts(pairs, kind = 'facts') {
  return h('dl', { class: kind }, pairs.filter(Boolean).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

/** Tabs: `[{id, label, render}]`. What a tab holds is made when it is first shown. */
export function tabs(label, list, chosen, onChange) {
  const prefix = freshId('tab');
  const panel = h('div', { role: 'tabpanel', tabIndex: 0, id: `${prefix}-panel` });
  const buttons = list.map((tab) => h('button', {
    type: 'button', role: 'tab', id: `${prefix}-${tab.id}`, 'aria-controls': `${prefix}-panel`, onclick: () => choose(tab.id, true),
  }, tab.label));
  const choose = (id, told) => {
    const index = Math.max(0, list.findIndex((tab) => tab.id === id));
    buttons.forEach((one, at) => {
      one.setAttribute('aria-selected', String(at === index));
      one.tabIndex = at === index ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', buttons[index].id);
    fill(panel, list[index].render());
    if (told) onChange?.(list[index].id);
  };
  const strip = h('div', { class: 'tabs', role: 'tablist', 'aria-label': label }, buttons);
  strip.addEventListener('keydown', (event) => {
    const at = buttons.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    const target = (next + buttons.length) % buttons.length;
    choose(list[target].id, true);
    buttons[target].focus();
  });
  choose(chosen, false);
  return h('div', { class: 'stack' }, strip, panel);
}

/** Buttons of which one is chosen: `[[value, label]]`. */
export function segments(label, list, chosen, onChange) {
  const buttons = list.map(([value, text]) => h('button', { type: 'button', 'aria-pressed': String(value === chosen), onclick: () => choose(value) }, text));
  const choose = (value) => {
    buttons.forEach((one, at) => one.setAttribute('aria-pressed', String(list[at][0] === value)));
    onChange(value);
  };
  return h('div', { class: 'segments', role: 'group', 'aria-label': label }, buttons);
}

/** A menu behind a button: children are buttons and links. */
export function menu(label, ...children) {
  const element = h('details', { class: 'menu' },
    h('summary', { class: 'button' }, label, icon('more')),
    h('div', {}, children));
  element.addEventListener('click', (event) => {
    if (event.target.closest('div > *') && !event.target.closest('summary')) element.open = false;
  });
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !element.open) return;
    element.open = false;
    element.firstElementChild.focus();
  });
  element.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !element.contains(event.relatedTarget)) element.open = false;
  });
  return element;
}

/** An entry of a menu. */
export function menuItem(label, act, kind = '') {
  return h('button', { type: 'button', class: kind, onclick: async () => {
    try {
      await act();
    } catch (error) {
      complain(error);
    }
  } }, label);
}

/** A switch that is set back when the server refuses. */
export function toggle(label, checked, act, { disabled = false } = {}) {
  const input = h('input', { type: 'checkbox', role: 'switch', class: 'switch', 'aria-label': label, checked, disabled });
  input.addEventListener('change', async () => {
    input.disabled = true;
    try {
      await act(input.checked);
    } catch (error) {
      input.checked = !input.checked;
      complain(error);
    } finally {
      input.disabled = false;
      // It lost the focus when it was disabled, and may have been drawn anew. Who has gone on is not called back.
      const now = input.isConnected ? input : [...document.querySelectorAll('[role=switch]')].find((one) => one.ariaLabel === label);
      if (document.activeElement === document.body) now?.focus({ preventScroll: true });
    }
  });
  return input;
}
