// Icons: lines on a grid of 24.

import { svg } from './dom.js';

const PATHS = {
  overview: 'M4 13h7V4H4zM13 20h7v-9h-7zM4 20h7v-4H4zM13 8h7V4h-7z',
  webhooks: 'M3 12h4l2.500-7 5 14 2.500-7h4',
  records: 'M4 6c0-3 16-3 16 0v12c0 3-16 3-16 0zM4 6c0 3 16 3 16 0M4 12c0 3 16 3 16 0',
  sources: 'M12 3v10m0 0-4-4m4 4 4-4M4 15v4c0 1 1 2 2 2h12c1 0 2-1 2-2v-4',
  entities: 'M4 7l8-4 8 4-8 4zM4 12l8 4 8-4M4 17l8 4 8-4',
  objects: 'M4 5h16v14H4zM4 10h16M10 10v9',
  users: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-8 14-8 14 0M16 3.500a4 4 0 0 1 0 7M18 15c3 .5 4 3 4 6',
  technical: 'M6 8h12v10H6zM12 8V4M9 12v2M15 12v2M3 12v3M21 12v3',
  key: 'M8 15a4 4 0 1 0 0-.1M11 12l9-9M16 7l3 3',
  processes: 'M5 4l14 8-14 8z',
  statuses: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 3',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  schedule: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
  audit: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7',
  about: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.01',
  menu: 'M4 6h16M4 12h16M4 18h16',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.500l4.500 4.500L19 7',
  warn: 'M12 4 2.500 20h19zM12 10v4M12 17v.01',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500 19 19M5 19l1.500-1.500M17.500 6.500 19 5',
  moon: 'M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z',
  system: 'M3 5h18v11H3zM9 20h6M12 16v4',
  keyboard: 'M3 6h18v12H3zM7 10v.01M11 10v.01M15 10v.01M18 10v.01M8 14h8',
  out: 'M14 4h5v16h-5M4 12h11m-4-4 4 4-4 4',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
  left: 'M15 5l-7 7 7 7',
  plus: 'M12 5v14M5 12h14',
  download: 'M12 4v11m0 0-4-4m4 4 4-4M5 20h14',
};

/** An icon, hidden from screen readers: a text beside it or a label says what it means. */
export function icon(name) {
  return svg('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, svg('path', { d: PATHS[name] ?? PATHS.more }));
}
