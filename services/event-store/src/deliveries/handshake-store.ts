import type { AllowedRate } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { DeliveryTables } from './delivery-tables';

/** What came of asking the receiver behind an endpoint whether it takes events. */
export interface HandshakeRecord {
  readonly observerId: string;
  readonly endpoint: string;
  /** Names it in a callback. */
  readonly token: string;
  /** Null until it has permitted it. */
  readonly rate: AllowedRate | null;
}

/** What receivers have permitted, for all instances and restarts. */
export interface HandshakeStore {
  find(observerId: string): Promise<HandshakeRecord | null>;
  findByToken(token: string): Promise<HandshakeRecord | null>;
  /** Replaces what was known of the observer. */
  put(record: HandshakeRecord): Promise<void>;
}

export function createHandshakeStore(
  database: Pick<Database, 'queries' | 'dialect'>,
  clock: Pick<Clock, 'now'>,
): HandshakeStore {
  const rows = () =>
    database.queries.withTables<DeliveryTables>().selectFrom('observer_handshakes').selectAll();

  return {
    async find(observerId) {
      const row = await rows().where('observer_id', '=', observerId).executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    async findByToken(token) {
      const row = await rows().where('token', '=', token).executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    async put({ observerId, endpoint, token, rate }) {
      const row = {
        observer_id: observerId,
        endpoint,
        token,
        granted_at: rate === null ? null : clock.now().getTime(),
        rate: rate === 'unlimited' ? null : rate,
      };
      await database.dialect.upsertRows(database.queries, 'observer_handshakes', [row], {
        key: ['observer_id'],
        replace: ['endpoint', 'token', 'granted_at', 'rate'],
      });
    },
  };
}

function toRecord(row: DeliveryTables['observer_handshakes']): HandshakeRecord {
  return {
    observerId: row.observer_id,
    endpoint: row.endpoint,
    token: row.token,
    rate: row.granted_at === null ? null : (row.rate ?? 'unlimited'),
  };
}
