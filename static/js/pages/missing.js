// An address that is no page.

import { empty, linkButton } from '../lib/parts.js';

export function show(view) {
  view.head({ title: 'No such page' });
  view.add(empty('Nothing is here', 'The address may be from another version of Hookgate.', linkButton('Overview', '#/')));
}
