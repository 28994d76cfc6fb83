import { openCache } from './open-cache';
import { openDatabase } from './open-database';

describe('openDatabase', () => {
  it.each(['postgres://user:secret@host/db', 'orders.db', ''])(
    'refuses %j, naming what it takes',
    async (url) => {
      const error = await openDatabase(url).catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({ code: 'invalid' });
      expect(String(error)).toMatch(/mysql:\/\/ or sqlite:/);
      expect(String(error)).not.toContain('secret');
    },
  );

  it.each([
    'mysql://host',
    'mysql://',
    'mysql:',
    'mysql://user:secret@host/db?pool=0',
    'mysql://user:secret@host/db?pool=ten',
    'mysql://user:secret@host/db?pool_wait_ms=0',
    'mysql://user:secret@host/db?statement_limit_ms=-1',
    'sqlite:',
  ])('refuses the malformed %j without showing a password', async (url) => {
    const error = await openDatabase(url).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'invalid' });
    expect(String(error)).not.toContain('secret');
  });

  it('does not touch the server', async () => {
    const database = await openDatabase('mysql://nobody:nothing@127.0.0.1:1/nowhere');

    await expect(database.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await database.close();
  });

  it('calls a file that cannot be opened unavailable', async () => {
    const database = await openDatabase('sqlite:/dev/null/impossible.db');

    await expect(database.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(database.transact(async () => undefined)).rejects.toMatchObject({ code: 'unavailable' });
    await database.close();
  });
});

describe('openCache', () => {
  it('refuses what is no cache, naming what it takes', async () => {
    const error = await openCache('memcached://user:secret@host').catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'invalid' });
    expect(String(error)).toMatch(/redis:\/\/, rediss:\/\/, memory: or none:/);
    expect(String(error)).not.toContain('secret');
  });
});
