/** Where a page of the list ends, as clients carry it: opaque, so that what it is made of may change. */
export function writeCursor(lastId: string): string {
  return Buffer.from(lastId).toString('base64url');
}

const orderId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id in a cursor, or null for what no page has ever given out. */
export function readCursor(cursor: string): string | null {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  return orderId.test(id) && writeCursor(id) === cursor ? id : null;
}
