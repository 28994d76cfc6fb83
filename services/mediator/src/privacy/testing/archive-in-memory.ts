import type { Archive, SqlRow } from '@fanfare/storage';

/** An archive as long as a test lasts. Keys are compared as texts of bytes, as MongoDB does. */
export function createArchiveInMemory(): Archive {
  const collections = new Map<string, Map<string, SqlRow>>();
  const rowsOf = (collection: string) => {
    const rows = collections.get(collection) ?? new Map<string, SqlRow>();
    collections.set(collection, rows);
    return rows;
  };
  return {
    keep(collection, rows) {
      for (const { key, row } of rows) rowsOf(collection).set(key, { ...row });
      return Promise.resolve();
    },
    read: (collection, keys) =>
      Promise.resolve(new Map([...rowsOf(collection)].filter(([key]) => keys.includes(key)))),
    list(collection, { after, limit }) {
      const keys = [...rowsOf(collection).keys()].sort();
      const page = keys.filter((key) => after === undefined || key > after).slice(0, limit);
      return Promise.resolve(page.map((key) => ({ key, row: rowsOf(collection).get(key) ?? {} })));
    },
    rewrite(collection, rows) {
      for (const { key, row } of rows) {
        const there = rowsOf(collection).get(key);
        if (there) rowsOf(collection).set(key, { ...there, ...row });
      }
      return Promise.resolve();
    },
    removeKeptBefore: () => Promise.resolve(0),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
