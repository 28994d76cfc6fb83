import { openEventLog } from './open-event-log';

describe('openEventLog', () => {
  it.each(['postgres://user:secret@host/log', 'sqlite:', ''])(
    'refuses %j without showing a password',
    async (url) => {
      const opened = openEventLog(url);

      await expect(opened).rejects.toMatchObject({ code: 'invalid' });
      await expect(opened).rejects.not.toThrow('secret');
    },
  );

  it('opens a log in memory, which is private', async () => {
    const [one, other] = [await openEventLog('sqlite::memory:'), await openEventLog('sqlite::memory:')];
    const event = { specversion: '1.0', id: 'e-1', source: '/test', type: 'test' } as const;

    await one.append({ appends: [{ stream: null, expected: 'any', events: [event] }] });

    expect([await one.head(), await other.head()]).toEqual([1, 0]);
    await Promise.all([one.close(), other.close()]);
  });

  it('is unavailable when the file cannot be opened', async () => {
    await expect(openEventLog('sqlite:/dev/null/log.db')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
