// Dialogs: the browser's own, so that focus stays inside and comes back.

import { h, fill, freshId } from './dom.js';
import { icon } from './icons.js';
import { button, problem } from './parts.js';

/** Opens a dialog. `body` is what it holds, `footer(close)` its buttons. Resolves with what `close` was given. */
export function dialog(title, body, footer, { wide = false } = {}) {
  return new Promise((resolve) => {
    const id = freshId('dialog');
    let answer;
    const close = (value) => {
      answer = value;
      element.close();
    };
    const element = h('dialog', { class: wide ? 'wide' : '', 'aria-labelledby': id },
      h('div', { class: 'dialog' },
        h('header', {},
          h('h2', { id }, title),
          h('button', { type: 'button', class: 'button quiet only small', 'aria-label': 'Close', onclick: () => close() }, icon('close'))),
        typeof body === 'function' ? body(close) : body,
        footer ? h('footer', {}, footer(close)) : null));
    element.addEventListener('close', () => {
      const toasts = element.querySelector('#toasts');
      if (toasts) document.body.append(toasts);
      element.remove();
      resolve(answer);
    });
    // What waits for an answer here is not busy; between two dialogs it may have seemed to be.
    for (const waiting of document.querySelectorAll('button[aria-busy=true]')) waiting.removeAttribute('aria-busy');
    document.body.append(element);
    element.showModal();
    (element.querySelector('[autofocus]') ?? element.querySelector('input, select, textarea, footer .button'))?.focus();
  });
}

/** Asks before something that cannot be undone, naming it; runs `act` with the dialog open. */
export function confirm({ title, text, action, danger = true, extra, act }) {
  const wrong = h('div', {});
  const run = (close) => async (event) => {
    const pressed = event.currentTarget;
    pressed.setAttribute('aria-busy', 'true');
    pressed.disabled = true;
    fill(wrong);
    try {
      await act?.();
      close(true);
    } catch (error) {
      fill(wrong, problem(error));
      pressed.disabled = false;
      pressed.removeAttribute('aria-busy');
    }
  };
  return dialog(title, h('div', { class: 'stack' }, [text].flat().map((line) => h('p', {}, line)), extra, wrong), (close) => [
    button('Cancel', () => close(false), { autofocus: danger }),
    button(action, run(close), { class: danger ? 'primary danger' : 'primary' }),
  ]);
}

/** Shows what is to be copied now, because it is not shown again. */
export function reveal(title, body) {
  return dialog(title, body, (close) => [button('Done', () => close(true), { class: 'primary' })]);
}
