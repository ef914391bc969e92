// Short messages at the edge of the page, read out by screen readers.

import { h } from './dom.js';
import { icon } from './icons.js';

const SHOWN_MS = 6000;

/** Says that something went well. */
export function say(text) {
  show(text, '', SHOWN_MS);
}

/** Says that something went wrong; stays until it is closed. */
export function complain(error) {
  if (error?.name === 'AbortError' || error?.loginNeeded) return;
  if (!(error instanceof Error) || error.name !== 'ApiError') console.error(error);
  show(error?.message ?? String(error), 'bad');
}

function show(text, kind, after) {
  const area = document.getElementById('toasts');
  const close = h('button', { type: 'button', class: 'button quiet only', 'aria-label': 'Close' }, icon('close'));
  const toast = h('div', { class: `toast ${kind}`, role: kind === 'bad' ? 'alert' : 'status' }, h('div', { class: 'grow' }, text), close);
  close.addEventListener('click', () => toast.remove());
  // What stands outside an open dialog is neither reached nor read.
  const dialog = document.querySelector('dialog[open]');
  if (dialog && !dialog.contains(area)) dialog.append(area);
  while (area.children.length > 2) area.firstElementChild.remove();
  area.append(toast);
  if (!after) return;
  let timer = setTimeout(() => toast.remove(), after);
  toast.addEventListener('pointerenter', () => clearTimeout(timer));
  toast.addEventListener('pointerleave', () => { timer = setTimeout(() => toast.remove(), after); });
}
