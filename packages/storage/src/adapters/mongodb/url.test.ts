import { createVirtualClock } from '@fanfare/core';
import { openMongoCommitStore } from './open';
import { readDatabaseName } from './url';

describe('the URL of an event log in MongoDB', () => {
  it.each([
    ['mongodb://localhost:27017/events', 'events'],
    ['mongodb://user:p%40ss@one:1,two:2/events?replicaSet=rs', 'events'],
    ['mongodb+srv://cluster.example/event%2Dlog', 'event-log'],
  ])('names the database: %s', (url, name) => {
    expect(readDatabaseName(url)).toBe(name);
  });

  it.each([
    'mongodb://localhost:27017',
    'mongodb://secret@localhost/?w=1',
    'mongodb://secret@host:99999999/events',
    'mongodb://secret@host/events?nonsense=1',
  ])('is refused, and not shown, when it is %s', async (url) => {
    const error: unknown = await openMongoCommitStore(url, createVirtualClock()).catch((e: unknown) => e);

    expect(error).toMatchObject({
      code: 'invalid',
      message: expect.not.stringContaining('secret') as string,
    });
  });
});
