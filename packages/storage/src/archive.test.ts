import { createVirtualClock } from '@fanfare/core';
import { openArchive } from './open-archive';
import { describeOnEveryArchive } from './testing/archives';
import { useOpened } from './testing/use-opened';

describeOnEveryArchive('an archive', (underTest) => {
  const archives = useOpened(underTest, (url) => openArchive(url));

  it('gives back rows as they were, whatever their texts look like', async () => {
    const archive = await archives.open();
    const row = { id: 'a', body: '{"$set":{"a.b":1},"__proto__":null}', text: 'é\u0000\n', none: null };
    const numbers = { id: 'b', big: Number.MAX_SAFE_INTEGER, small: -1, half: 0.5 };

    await archive.keep('messages', [
      { key: '1', row },
      { key: '2', row: numbers },
    ]);

    const again = await archives.reopen();
    expect(await again.read('messages', ['1', '2', '3'])).toEqual(
      new Map<string, unknown>([
        ['1', row],
        ['2', numbers],
      ]),
    );
    expect(await again.read('receipts', ['1'])).toEqual(new Map());
  });

  it('keeps a row once, however often it is given, and the newest that was given', async () => {
    const archive = await archives.open();
    const give = (status: string) => archive.keep('messages', [{ key: '1', row: { status } }]);

    await give('failed');
    await Promise.all([give('failed'), give('failed')]);
    await give('completed');

    expect(await archive.read('messages', ['1'])).toEqual(new Map([['1', { status: 'completed' }]]));
  });

  it('tells its rows page by page, and rewrites columns of those that are there', async () => {
    const archive = await archives.open();
    const rowOf = (key: string) => ({ key, row: { id: key, body: `"${key}"`, none: null } });
    await archive.keep('messages', ['b', 'c', 'a'].map(rowOf));

    expect(await archive.list('messages', { limit: 2 })).toEqual([rowOf('a'), rowOf('b')]);
    await archive.rewrite('messages', [
      { key: 'c', row: { body: 'new' } },
      { key: 'd', row: { body: 'gone' } },
    ]);

    expect(await archive.list('messages', { after: 'b', limit: 2 })).toEqual([
      { key: 'c', row: { id: 'c', body: 'new', none: null } },
    ]);
  });

  it('removes rows that were kept long ago, those of an earlier version from when it meets them', async () => {
    const url = await underTest.createUrl();
    const clock = createVirtualClock();
    const archive = await openArchive(url, { clock });
    const old = [{ key: '1', row: { id: 'a' } }];
    const young = [{ key: '2', row: { id: 'b' } }];
    await archive.keep('messages', old);
    await archive.keep('receipts', old);
    await clock.advance(10_000);
    await archive.keep('messages', young);
    await archive.rewrite('receipts', [{ key: '1', row: { id: 'c' } }]);
    const before = new Date(clock.now().getTime() - 5_000);

    expect(await archive.removeKeptBefore('messages', before, 10)).toBe(1);
    expect(await archive.removeKeptBefore('messages', before, 10)).toBe(0);
    expect(await archive.removeKeptBefore('receipts', before, 10)).toBe(1);

    expect(await archive.list('messages', { limit: 10 })).toEqual(young);
    await archive.close();
  });

  it('takes more rows than fit into one message to the server', async () => {
    const archive = await archives.open();
    const text = 'x'.repeat(1_000_000);
    const rows = Array.from({ length: 60 }, (_, number) => ({ key: String(number), row: { number, text } }));

    await archive.keep('messages', rows);

    const kept = await archive.read('messages', ['0', '59']);
    expect([...kept.values()].map(({ number }) => number)).toEqual([0, 59]);
  });
});

describe('an archive that is away', () => {
  it('says so, and keeps nothing', async () => {
    const archive = await openArchive('mongodb://127.0.0.1:1/old');

    await expect(archive.keep('messages', [{ key: '1', row: { id: 'a' } }])).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the archive cannot be reached',
    });
    await expect(archive.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await archive.close();
  });
});

describe('the URL of an archive', () => {
  it.each(['sqlite:./data/old.db', 'mysql://host/old', 'mongodb://host'])('is not %s', async (url) => {
    await expect(openArchive(url)).rejects.toMatchObject({ code: 'invalid' });
  });
});
