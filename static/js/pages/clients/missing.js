// What keeps a client from records by OData, and what gives it.

import { patch, seg } from '../../lib/api.js';
import { h } from '../../lib/dom.js';
import { field } from '../../lib/form.js';
import { button, notice } from '../../lib/parts.js';
import { to } from '../../lib/router.js';
import { isAdministrator } from '../../lib/session.js';
import { say } from '../../lib/toast.js';


/**
 * What the server says is missing, each with what gives it; null if nothing is. `user` is the technical user with its
 * permissions, `objects` are those that there are, `done()` is called when something was given.
 */
export function missingNotice(missing, user, objects, done) {
  if (!missing.length) return null;
  return notice('warn', h('strong', {}, 'Requests for records are rejected with 403:'),
    h('ul', { class: 'stack tight' }, missing.map((one) => h('li', {}, h('p', {}, `${one.text}.`), isAdministrator() ? mended(one.code, user, objects, done) : null))),
    isAdministrator() ? null : h('p', {}, 'An administrator can fix this.'));
}

function mended(code, user, objects, done) {
  const set = (label, change, said) => h('div', { class: 'actions' }, button(label, async () => {
    await patch(`/technical-users/${seg(user.code)}`, change);
    say(said);
    await done();
  }, { class: 'small' }));
  if (code === 'technical-user-off') return set(`Enable ${user.code}`, { enabled: true }, `${user.code} is enabled.`);
  if (code === 'odata-off') return set(`Allow OData for ${user.code}`, { odata: true }, `${user.code} may use OData.`);
  const object = field({
    name: 'permitted', label: 'Object', kind: 'select', value: 'Contact',
    options: objects.filter((one) => !one.lookup).map((one) => [one.code, `${one.caption} (${one.code})`]),
  });
  const permit = async () => {
    const chosen = object.control.value;
    await patch(`/grants/${seg(user.code)}/${seg(chosen)}`, { read: true });
    say(`${user.code} may read ${chosen}.`);
    await done();
  };
  return h('div', { class: 'row ends' }, object, button(`Allow ${user.code} to read it`, permit, { class: 'small' }),
    h('a', { href: to(['technical-users', user.code]) }, `All permissions of ${user.code}`));
}
