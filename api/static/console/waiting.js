// Visits that wait on the phone until the server has them (IndexedDB).
const NAME = 'staff-visits';
const TABLE = 'visits';

function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: 'id' });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function inTable(mode, act) {
  const database = await opened();
  try {
    return await new Promise((done, failed) => {
      const change = database.transaction(TABLE, mode);
      const asked = act(change.objectStore(TABLE));
      change.oncomplete = () => done(asked.result);
      change.onerror = () => failed(change.error);
      change.onabort = () => failed(change.error);
    });
  } finally {
    database.close();
  }
}

export const keep = (visit) => inTable('readwrite', (table) => table.put(visit));
export const all = () => inTable('readonly', (table) => table.getAll());
export const drop = (id) => inTable('readwrite', (table) => table.delete(id));
// Only where it still waits: one that was deleted while it was on its way must not come back.
export const refuse = (id, refused) => inTable('readwrite', (table) => {
  const found = table.get(id);
  found.onsuccess = () => { if (found.result) table.put({ ...found.result, refused }); };
  return found;
});
