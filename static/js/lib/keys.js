// Single-key shortcuts, which can be switched off for those whose input device types by accident.

import { h } from './dom.js';
import { dialog } from './dialog.js';
import { field } from './form.js';
import { go } from './router.js';
import { step } from './table.js';

const PLACE_MS = 1500;
const PLACES = { o: '#/', w: '#/webhooks', r: '#/records', s: '#/sources', a: '#/audit' };
const HELP = [
  ['/', 'Go to the filter or search field'], ['j  k', 'Next and previous row'], ['Enter', 'Open the row'],
  ['g o', 'Overview'], ['g w', 'Webhooks'], ['g r', 'Records'], ['g s', 'Webhook sources'], ['g a', 'Audit log'], ['?', 'This list'],
];
let waitingForPlace = false;
let waitEnds;

export function start() {
  document.addEventListener('keydown', (event) => {
    if (localStorage.getItem('shortcuts') === 'off' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest('input, select, textarea, [contenteditable], dialog')) return;
    if (press(event.key)) event.preventDefault();
  });
}

function press(key) {
  if (waitingForPlace) {
    waitingForPlace = false;
    if (PLACES[key]) {
      go(PLACES[key]);
      return true;
    }
  }
  if (key === 'g') {
    waitingForPlace = true;
    // The end of an earlier wait is not that of this one.
    clearTimeout(waitEnds);
    waitEnds = setTimeout(() => { waitingForPlace = false; }, PLACE_MS);
    return true;
  }
  if (key === '/') {
    const search = document.querySelector('main [data-search]');
    search?.focus();
    search?.select?.();
    return Boolean(search);
  }
  if (key === '?') {
    help();
    return true;
  }
  const main = document.querySelector('main');
  return Boolean(main) && step(main, key);
}

export function help() {
  const on = field({ name: 'shortcuts', kind: 'check', label: 'Use these keys', value: localStorage.getItem('shortcuts') !== 'off' });
  on.control.addEventListener('change', () => localStorage.setItem('shortcuts', on.control.checked ? 'on' : 'off'));
  dialog('Keyboard', h('div', { class: 'stack' },
    h('dl', { class: 'lines' }, HELP.map(([key, text]) => h('div', {}, h('dt', {}, h('code', {}, key)), h('dd', {}, text)))), on));
}
