// A body as people read it: lines with the key that each belongs to. Numbers and repeated keys stay as they were sent,
// so JSON is laid out from its tokens and never parsed to values.

const TOKEN = /\s+|"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|"/gs;

/** `[{parts: [[kind, text]], key}]`: `key` is the path of keys, joined by dots. */
export function lines(contentType, text) {
  const type = contentType.split(';')[0].trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') return formLines(text);
  if (type === 'multipart/form-data') return multipartLines(contentType, text);
  const start = text.trimStart()[0];
  if (type.endsWith('json') || start === '{' || start === '[') return jsonLines(text);
  return plainLines(text);
}

function plainLines(text) {
  return text.split('\n').map((one) => ({ parts: [['', one]] }));
}

function jsonLines(text) {
  const tokens = (text.match(TOKEN) ?? []).filter((token) => token.trim());
  const out = [];
  const stack = [];
  let line = { parts: [] };
  const push = (kind, token) => line.parts.push([kind, token]);
  const end = () => {
    if (line.parts.length) out.push(line);
    line = { parts: [] };
  };
  const indent = () => {
    if (!line.parts.length && stack.length) push('', '  '.repeat(stack.length));
  };
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token === '{' || token === '[') {
      indent();
      push('', token);
      if (next === '}' || next === ']') return stack.push({ empty: true });
      stack.push({ object: token === '{' });
      return end();
    }
    if (token === '}' || token === ']') {
      const top = stack.pop();
      if (!top?.empty) {
        end();
        indent();
      }
      return push('', token);
    }
    if (token === ',') {
      push('', token);
      return end();
    }
    if (token === ':') return push('', ': ');
    indent();
    const top = stack.at(-1);
    if (next === ':' && top?.object) {
      top.key = unescaped(token);
      line.key = stack.map((level) => level.key).filter(Boolean).join('.');
      return push('key', token);
    }
    return push(token.startsWith('"') ? 'text' : 'other', token);
  });
  end();
  return out;
}

function formLines(text) {
  return text.split('&').filter(Boolean).map((pair) => {
    const at = pair.indexOf('=');
    const [key, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    return { key: decoded(key), parts: [['key', decoded(key)], ['', ' = '], ['text', decoded(value)]] };
  });
}

function multipartLines(contentType, text) {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!boundary) return plainLines(text);
  const out = [];
  for (const part of text.split(`--${boundary}`)) {
    const at = part.search(/\r?\n\r?\n/);
    const name = /[;\s]name="((?:[^"\\]|\\.)*)"/i.exec(part)?.[1];
    if (at < 0 || name === undefined) continue;
    const value = part.slice(at).replace(/^\r?\n\r?\n/, '').replace(/\r?\n$/, '');
    out.push({ key: name, parts: [['key', name], ['', ' = '], ['text', value]] });
  }
  return out.length ? out : plainLines(text);
}

function unescaped(token) {
  try {
    return JSON.parse(token);
  } catch {
    return token;
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** The bytes of a body, from either of its forms. */
export function bytesOf(text, base64) {
  if (base64 === undefined || base64 === null) return new TextEncoder().encode(text ?? '');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A dump: offset, bytes, characters. */
export function hex(bytes) {
  const out = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const left = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ').padEnd(47);
    const right = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    out.push(`${at.toString(16).padStart(8, '0')}  ${left}  ${right}`);
  }
  return out.join('\n');
}
