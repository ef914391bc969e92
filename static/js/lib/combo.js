// A text field that offers values as one types, and keeps the id of what was chosen.

import { h, fill, freshId } from './dom.js';
import { complain } from './toast.js';

/** `search(text)` gives `[{id, name}]`. Returns `{control, wrap, read}` for `field`. */
export function combo({ name, value, display, search, required }) {
  const id = freshId('list');
  let chosen = value ?? null;
  let options = [];
  let active = -1;
  let timer;
  let turn = 0;
  const list = h('ul', { role: 'listbox', id, hidden: true, 'aria-label': 'Values' });
  const control = h('input', {
    class: 'input', name, type: 'text', role: 'combobox', autocomplete: 'off', required, 'aria-expanded': 'false',
    'aria-controls': id, 'aria-autocomplete': 'list', value: display ?? value ?? '', placeholder: 'Type to search',
  });
  const shut = () => {
    list.hidden = true;
    active = -1;
    control.setAttribute('aria-expanded', 'false');
    control.removeAttribute('aria-activedescendant');
  };
  const choose = (option) => {
    chosen = option.id;
    control.value = option.name;
    shut();
  };
  const mark = (index) => {
    active = index;
    [...list.children].forEach((item, at) => item.setAttribute('aria-selected', String(at === index)));
    const item = list.children[index];
    if (!item) return;
    control.setAttribute('aria-activedescendant', item.id);
    item.scrollIntoView({ block: 'nearest' });
  };
  const offer = async () => {
    turn += 1;
    const mine = turn;
    try {
      const found = await search(control.value);
      if (mine !== turn || document.activeElement !== control) return;
      options = found;
      fill(list, found.length
        ? found.map((option, at) => h('li', { role: 'option', id: `${id}-${at}`, 'aria-selected': 'false', onpointerdown: (event) => { event.preventDefault(); choose(option); } }, option.name || option.id))
        : h('li', { role: 'option', 'aria-disabled': 'true', class: 'muted' }, 'Nothing found'));
      list.hidden = false;
      active = -1;
      control.setAttribute('aria-expanded', 'true');
    } catch (error) {
      complain(error);
    }
  };
  control.addEventListener('input', () => {
    chosen = null;
    clearTimeout(timer);
    timer = setTimeout(offer, 120);
  });
  control.addEventListener('blur', () => setTimeout(shut, 50));
  control.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) offer();
      else mark((active + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % Math.max(1, options.length));
    } else if (event.key === 'Enter' && !list.hidden && options[active]) {
      event.preventDefault();
      choose(options[active]);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      shut();
    }
  });
  // What was typed and not chosen is sent as it is: the server says whether it is the id of a record.
  const read = () => (control.value.trim() === '' ? null : chosen ?? control.value.trim());
  return { control, wrap: h('div', { class: 'combo' }, control, list), read };
}
