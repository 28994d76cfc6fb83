import { readConfig } from './config';

describe('the configuration of the event store', () => {
  it.each([
    ['sqlite:./data/one.db', 'sqlite:data/one.db'],
    ['sqlite:./data/event-log.db', undefined],
  ])('refuses the log in the file of its database: %s, %s', (DATABASE_URL, EVENT_LOG_URL) => {
    expect(() => readConfig({ DATABASE_URL, EVENT_LOG_URL })).toThrow(
      'EVENT_LOG_URL must be another file than DATABASE_URL',
    );
  });

  it('takes both in memory, where each is its own', () => {
    const urls = { DATABASE_URL: 'sqlite::memory:', EVENT_LOG_URL: 'sqlite::memory:' };

    expect(readConfig(urls)).toMatchObject({ databaseUrl: 'sqlite::memory:' });
  });
});
