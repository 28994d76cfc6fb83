import type { EventFilter } from '../../event-log/event-log';
import { importClient } from '../../import-client';
import type { SqliteClient, SqliteLibrary } from '../sqlite/client';
import { connect } from '../sqlite/connection';
import type { Statements } from './file';
import { readEvents } from './read-events';
import { schema } from './schema';

describe('a page of events', () => {
  let client: SqliteClient;

  beforeEach(async () => {
    client = connect((await importClient('better-sqlite3')) as SqliteLibrary, ':memory:');
    client.exec(schema);
  });

  afterEach(() => {
    client.close();
  });

  /** How SQLite goes about what a read asks for last. */
  function planOf(filter: EventFilter, direction: 'forwards' | 'backwards'): string {
    let plan: readonly unknown[] = [];
    const all: Statements['all'] = (sql, ...parameters) => {
      plan = client.prepare(`explain query plan ${sql}`).all(parameters);
      return client.prepare(sql).all(parameters);
    };
    const statements = { all, first: (sql: string) => all(sql)[0], run: () => 0 };
    readEvents(statements, filter, { position: 5, direction, limit: 10 });
    return JSON.stringify(plan);
  }

  it.each<[string, EventFilter, string]>([
    ['everything', {}, 'INTEGER PRIMARY KEY'],
    ['a type', { types: ['one'] }, 'log_events_type'],
    ['several types of a source', { types: ['one', 'two'], source: '/a' }, 'log_events_type'],
    ['a subject among types', { subject: 's', types: ['one'] }, 'log_events_subject'],
    ['a correlation of a category', { correlationId: 'c', category: 'thing' }, 'log_events_correlation_id'],
    ['a category of a source', { category: 'thing', source: '/a' }, 'log_events_category'],
    ['a source', { source: '/a' }, 'log_events_source'],
  ])('of %s comes from an index that holds its positions in order', (_what, filter, index) => {
    for (const direction of ['forwards', 'backwards'] as const) {
      const plan = planOf(filter, direction);

      expect(plan).toContain(index);
      expect(plan).not.toContain('SCAN log_events');
      // merging sorts no more than a page of each
      if (!plan.includes('MERGE')) expect(plan).not.toContain('TEMP B-TREE');
    }
  });
});
