// Elements from plain values. Text is always text: nothing here parses HTML.

const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = new Set([
  'value', 'checked', 'disabled', 'selected', 'open', 'hidden', 'required', 'readOnly', 'multiple', 'tabIndex',
  'htmlFor', 'noValidate', 'indeterminate',
]);

/** An element: `h('a', {href: '#/', class: 'x', onclick}, 'text', child, [more])`. */
export function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

/** Replaces what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...nodes(children));
  return node;
}

/** An address that a link may have: never one that runs something. */
export function safeHref(address) {
  const text = String(address);
  return /^(#|\/|https?:\/\/|otpauth:)/i.test(text) ? text : '#/';
}

let ids = 0;

/** An id that no other element has. */
export function freshId(prefix = 'e') {
  ids += 1;
  return `${prefix}-${ids}`;
}

function build(node, attributes, children) {
  node.append(...nodes(children));
  for (const [name, value] of Object.entries(attributes ?? {})) set(node, name, value);
  return node;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== true)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

function set(node, name, value) {
  if (value === undefined || value === null || value === false) {
    if (PROPERTIES.has(name) && value === false) node[name] = false;
  } else if (typeof value === 'function' && name.startsWith('on')) {
    node.addEventListener(name.slice(2), value);
  } else if (PROPERTIES.has(name)) {
    node[name] = value;
  } else if (name === 'class') {
    node.setAttribute('class', Array.isArray(value) ? value.filter(Boolean).join(' ') : value);
  } else if (name === 'data') {
    Object.assign(node.dataset, value);
  } else if (name === 'href') {
    node.setAttribute('href', safeHref(value));
  } else if (name.startsWith('on') || name === 'style' || name === 'srcdoc') {
    throw new Error(`${name} cannot be set as text`);
  } else {
    node.setAttribute(name, value === true ? '' : String(value));
  }
}
