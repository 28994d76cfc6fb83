import type { Queries, Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import type { RegisteredService, ServiceCommand, ServiceStatus } from './service';

/** See `migrations/0009-services.sql`. Times are milliseconds since 1970. */
export type ServiceTables = {
  service_registries: { mediator_key: number; commands: number };
  services: {
    mediator_key: number;
    id: string;
    order_key: string;
    request_hash: string;
    name: string;
    type: string | null;
    dependencies: string;
    handler_id: string | null;
    heartbeat_timeout_ms: number;
    metrics: string | null;
    last_heartbeat: number | null;
    status: ServiceStatus;
    command: string | null;
    start_time: number | null;
    stop_time: number | null;
    error: string | null;
  };
  service_plans: {
    mediator_key: number;
    id: string;
    verb: 'start' | 'stop';
    remaining: string;
    is_begun: number;
    trace: string;
  };
};
type ServiceRow = ServiceTables['services'];

/** A service with the call that registered it. */
export interface StoredService {
  readonly service: RegisteredService;
  /** Grows with the time of the creation. */
  readonly orderKey: string;
  readonly requestHash: string;
}

export interface ServicePage {
  readonly status: ServiceStatus | undefined;
  /** Only what comes after this order key in the order asked for. */
  readonly after: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** The services that are registered. */
export const serviceStore = {
  /** Locks all services of the mediator against everybody else who changes, starts or stops one. */
  async lockRegistry(tx: Transaction, mediatorKey: number): Promise<void> {
    // two that would insert what is there already would lock each other out
    if (await lockRow(tx, mediatorKey)) return;
    await tx.dialect.insertNewRows(tx.queries, 'service_registries', [
      { mediator_key: mediatorKey, commands: 0 },
    ]);
    await lockRow(tx, mediatorKey);
  },

  /** Numbers the next command of any service of the mediator: one that is registered again gives no id twice. */
  async numberCommand(tx: Transaction, mediatorKey: number): Promise<number> {
    const where = { mediator_key: mediatorKey };
    return 1 + (await tx.dialect.takeNumbers(tx.queries, 'service_registries', 'commands', where, 1));
  },

  async insert(tx: Transaction, mediatorKey: number, stored: StoredService): Promise<void> {
    const { service, orderKey, requestHash } = stored;
    const row = {
      mediator_key: mediatorKey,
      order_key: orderKey,
      request_hash: requestHash,
      id: service.id,
      metrics: toJson(service.metrics),
      last_heartbeat: toMs(service.lastHeartbeat),
      ...toState(service),
    };
    await tx.dialect.insertRows(tx.queries, 'services', [row]);
  },

  async find(queries: Queries, mediatorKey: number, id: string): Promise<StoredService | null> {
    const row = await ofMediator(queries, mediatorKey).where('id', '=', id).executeTakeFirst();
    return row ? fromRow(row) : null;
  },

  /** All of them, registered first to last. */
  async all(queries: Queries, mediatorKey: number): Promise<readonly RegisteredService[]> {
    const rows = await ofMediator(queries, mediatorKey).orderBy('order_key').execute();
    return rows.map((row) => fromRow(row).service);
  },

  async list(
    queries: Queries,
    mediatorKey: number,
    { status, after, order, limit, offset }: ServicePage,
  ): Promise<readonly StoredService[]> {
    let page = ofMediator(queries, mediatorKey);
    if (status !== undefined) page = page.where('status', '=', status);
    if (after !== undefined) page = page.where('order_key', order === 'asc' ? '>' : '<', after);
    return (await page.orderBy('order_key', order).limit(limit).offset(offset).execute()).map(fromRow);
  },

  /** Writes all but what heartbeats tell, which come without the lock. */
  async save(tx: Transaction, mediatorKey: number, service: RegisteredService): Promise<void> {
    await tables(tx.queries)
      .updateTable('services')
      .set(toState(service))
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', service.id)
      .execute();
  },

  /** Writes what a heartbeat tells; false when there is no such service. */
  async noteHeartbeat(
    queries: Queries,
    mediatorKey: number,
    id: string,
    { at, metrics }: { readonly at?: Date; readonly metrics?: RegisteredService['metrics'] | undefined },
  ): Promise<boolean> {
    const { numUpdatedRows } = await tables(queries)
      .updateTable('services')
      .set({
        ...(at && { last_heartbeat: at.getTime() }),
        ...(metrics !== undefined && { metrics: toJson(metrics) }),
      })
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', id)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },

  async remove(tx: Transaction, mediatorKey: number, id: string): Promise<void> {
    await tables(tx.queries)
      .deleteFrom('services')
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', id)
      .execute();
  },

  /** Forgets everything of a mediator. */
  async removeAll(tx: Transaction, mediatorKey: number): Promise<void> {
    for (const table of ['services', 'service_plans', 'service_registries'] as const) {
      await tables(tx.queries).deleteFrom(table).where('mediator_key', '=', mediatorKey).execute();
    }
  },
};

function tables(queries: Queries) {
  return queries.withTables<ServiceTables>();
}

/** False when there is no registry of the mediator yet. */
async function lockRow(tx: Transaction, mediatorKey: number): Promise<boolean> {
  const row = await tables(tx.queries)
    .selectFrom('service_registries')
    .select('mediator_key')
    .where('mediator_key', '=', mediatorKey)
    .modifyEnd(tx.dialect.forUpdate)
    .executeTakeFirst();
  return row !== undefined;
}

function ofMediator(queries: Queries, mediatorKey: number) {
  return tables(queries).selectFrom('services').selectAll().where('mediator_key', '=', mediatorKey);
}

function toState(service: RegisteredService) {
  return {
    name: service.name,
    type: service.type,
    dependencies: JSON.stringify(service.dependencies),
    handler_id: service.handlerId,
    heartbeat_timeout_ms: service.heartbeatTimeoutMs,
    status: service.status,
    command: service.command && JSON.stringify(toCommandRow(service.command)),
    start_time: toMs(service.startTime),
    stop_time: toMs(service.stopTime),
    error: toJson(service.error),
  };
}

interface CommandRow {
  readonly id: string;
  readonly attempts: number;
  readonly waitsFor: ServiceCommand['due']['waitsFor'];
  readonly atMs: number;
}

function toCommandRow({ id, attempts, due }: ServiceCommand): CommandRow {
  return { id, attempts, waitsFor: due.waitsFor, atMs: due.at.getTime() };
}

function fromCommandRow({ id, attempts, waitsFor, atMs }: CommandRow): ServiceCommand {
  return { id, attempts, due: { waitsFor, at: new Date(atMs) } };
}

function fromRow(row: ServiceRow): StoredService {
  return {
    orderKey: row.order_key,
    requestHash: row.request_hash,
    service: {
      id: row.id,
      name: row.name,
      type: row.type,
      dependencies: JSON.parse(row.dependencies) as string[],
      handlerId: row.handler_id,
      heartbeatTimeoutMs: row.heartbeat_timeout_ms,
      metrics: row.metrics === null ? null : (JSON.parse(row.metrics) as Record<string, unknown>),
      lastHeartbeat: toTime(row.last_heartbeat),
      status: row.status,
      command: row.command === null ? null : fromCommandRow(JSON.parse(row.command) as CommandRow),
      startTime: toTime(row.start_time),
      stopTime: toTime(row.stop_time),
      error: row.error === null ? null : (JSON.parse(row.error) as Failure),
    },
  };
}

const toJson = (value: object | null) => value && JSON.stringify(value);
const toMs = (time: Date | null) => time?.getTime() ?? null;
const toTime = (ms: number | null) => (ms === null ? null : new Date(ms));
