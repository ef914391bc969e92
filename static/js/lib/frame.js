// The frame around every page: navigation, who is logged in, colours.

import { h, fill } from './dom.js';
import { icon } from './icons.js';
import { help } from './keys.js';
import { close as closeLive } from './live.js';
import { button } from './parts.js';
import { go } from './router.js';
import { logOut, may, session } from './session.js';

const GROUPS = [
  ['', [['/', 'Overview', 'overview'], ['/webhooks', 'Webhooks', 'webhooks'], ['/records', 'Records', 'records']]],
  ['Receiving', [
    ['/sources', 'Webhook sources', 'sources'], ['/entities', 'Webhook entities', 'entities'],
    ['/statuses', 'Webhook statuses', 'statuses'], ['/processes', 'Processes', 'processes'], ['/objects', 'Objects and lookups', 'objects'],
  ]],
  ['Programs', [['/technical-users', 'Technical users', 'technical'], ['/clients', 'OAuth clients', 'key'], ['/settings', 'System settings', 'settings']]],
  ['Administration', [
    ['/users', 'Users and sessions', 'users', 'Administrator'], ['/audit', 'Audit log', 'audit', 'Administrator'],
    ['/schedule', 'Schedule and tasks', 'schedule'], ['/about', 'About', 'about'],
  ]],
];
const THEMES = [['', 'As the system', 'system'], ['light', 'Light', 'sun'], ['dark', 'Dark', 'moon']];

let main = null;
let drawnFor = null;

/** Puts a page into the frame; draws the frame when it is not there yet. */
export function draw(root) {
  const app = document.getElementById('app');
  const who = `${session.user.id} ${session.user.name} ${session.user.role}`;
  if (!main?.isConnected || drawnFor !== who) {
    main = h('main', { id: 'main', tabIndex: -1 });
    fill(app, frame());
    drawnFor = who;
  }
  fill(main, root);
  return main;
}

/** Shows in the navigation where one is. */
export function mark(path) {
  document.querySelectorAll('.side nav a').forEach((link) => {
    const target = link.getAttribute('href').slice(1);
    const here = target === '/' ? path === '/' : path === target || path.startsWith(`${target}/`) || (target === '/sources' && path === '/new-source');
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
  shut();
}

function frame() {
  const side = h('header', { class: 'side', id: 'side' },
    h('a', { class: 'brand', href: '#/' }, h('img', { src: 'icon.svg', alt: '' }), 'Hookgate'),
    h('nav', { 'aria-label': 'Pages' }, GROUPS.map(([label, links]) => {
      const shown = links.filter(([, , , role]) => !role || may(role));
      return shown.length ? [label ? h('h2', {}, label) : null, h('ul', {}, shown.map(([path, text, name]) => h('li', {}, h('a', { href: `#${path}` }, icon(name), text))))] : null;
    })),
    h('div', { class: 'me' },
      h('div', { class: 'who' },
        h('a', { href: '#/account', title: 'Your password, second factor and sessions' }, h('span', { class: 'strong' }, session.user.name), h('br'), h('span', { class: 'muted small' }, session.user.role)),
        button('Log out', leave, { class: 'quiet small', only: true, icon: 'out' })),
      h('div', { class: 'tools' }, themeButton(), button('Keyboard shortcuts', help, { class: 'quiet small', only: true, icon: 'keyboard' }))));
  const opener = button('Menu', () => (side.classList.contains('open') ? shut() : open()), { class: 'quiet', only: true, icon: 'menu', 'aria-expanded': 'false', 'aria-controls': 'side' });
  const escape = (event) => {
    if (event.key !== 'Escape' || !side.classList.contains('open')) return;
    shut();
    opener.focus();
  };
  side.addEventListener('keydown', escape);
  opener.addEventListener('keydown', escape);
  return [
    h('button', { type: 'button', class: 'button primary skip', onclick: () => main.focus() }, 'Skip to content'),
    h('div', { class: 'top', role: 'region', 'aria-label': 'Menu' }, opener, h('a', { class: 'brand', href: '#/' }, h('img', { src: 'icon.svg', alt: '' }), 'Hookgate')),
    h('div', { class: 'frame' }, h('div', { class: 'side-place' }, side), main),
  ];
}

function open() {
  const side = document.getElementById('side');
  side.classList.add('open');
  side.before(h('div', { class: 'veil', onclick: shut }));
  document.querySelector('.top .button').setAttribute('aria-expanded', 'true');
  main.inert = true;
  (side.querySelector('[aria-current]') ?? side.querySelector('a')).focus();
}

function shut() {
  document.getElementById('side')?.classList.remove('open');
  document.querySelector('.veil')?.remove();
  document.querySelector('.top .button')?.setAttribute('aria-expanded', 'false');
  if (main) main.inert = false;
}

async function leave() {
  await logOut();
  closeLive();
  main = null;
  go('#/login');
}

/** Light, dark, or as the system has it: one button that goes round. */
export function themeButton() {
  const current = () => document.documentElement.dataset.theme ?? '';
  const element = button('Colors', () => {
    const at = THEMES.findIndex(([value]) => value === current());
    const [next] = THEMES[(at + 1) % THEMES.length];
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    localStorage.setItem('theme', next);
    show();
  }, { class: 'quiet small', only: true, icon: 'system' });
  const show = () => {
    const [, label, name] = THEMES.find(([value]) => value === current()) ?? THEMES[0];
    fill(element, icon(name));
    element.setAttribute('aria-label', `Colors: ${label}`);
    element.title = `Colors: ${label}`;
  };
  show();
  return element;
}
