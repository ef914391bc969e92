// An address that is no page.

import { empty, linkButton } from '../lib/parts.js';

export function show(view) {
  view.head({ title: 'Page not found' });
  view.add(empty('This page does not exist', 'The link may be from another version of Hookgate.', linkButton('Overview', '#/')));
}
