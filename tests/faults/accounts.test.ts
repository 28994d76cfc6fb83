import { createConnection } from 'mysql2/promise';
import { readBackendUrls } from '../support/backends';

const owners = ['ORDER', 'ANALYTICS', 'NOTIFICATION'];
const pairs = owners.flatMap((user) => owners.map((owner) => [user, owner] as const));

describe("each service's account", () => {
  it.each(pairs)('of %s, on the database of %s, is let in only where it is its own', async (user, owner) => {
    const urls = await readBackendUrls();
    const url = new URL(urls[`${user}_DATABASE_URL`] ?? '');
    url.pathname = new URL(urls[`${owner}_DATABASE_URL`] ?? '').pathname;

    const attempt = createConnection(url.href).then((connection) => connection.end());

    if (user === owner) await attempt;
    else await expect(attempt).rejects.toMatchObject({ code: 'ER_DBACCESS_DENIED_ERROR' });
  });
});
