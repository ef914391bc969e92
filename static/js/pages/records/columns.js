// Which columns a list of records shows, kept in the browser for each object.

const FIRST = 4;

export function chosenColumns(object) {
  try {
    const kept = JSON.parse(localStorage.getItem(`columns.${object.code}`));
    if (Array.isArray(kept)) return kept;
  } catch {
    // What cannot be read counts as not chosen.
  }
  const usual = object.columns.filter((column) => column.key !== object.display && !column.type.startsWith('unlimited') && column.type !== 'boolean');
  return [...usual.slice(0, FIRST).map((column) => column.key), 'CreatedOn'];
}

export function keepColumns(object, keys) {
  localStorage.setItem(`columns.${object.code}`, JSON.stringify(keys));
}
