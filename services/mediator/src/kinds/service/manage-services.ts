import type { TraceContext } from '@fanfare/contracts';
import type { FieldError } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import { createOnceIn, hashRequest, type Created } from '../../create-once';
import { findCycle } from '../../find-cycle';
import type { MediatorEntry } from '../../mediators/directory';
import { requireKind } from '../../mediators/require-kind';
import { requireSize } from '../../message-size';
import type { PartDeps } from '../../part';
import { refuse, refuseInput } from '../../problems';
import { serviceSource, type CarryOutPlans } from './carry-out-plans';
import { dependentsOf, planOrder } from './plan';
import { planStore } from './plan-store';
import { isDone, mayBegin, type RegisteredService, type Verb } from './service';
import type { NewServiceBody, ServiceChangeBody } from './service-schemas';
import { serviceStore, type StoredService } from './service-store';

/** How callers name a service. */
export interface ServiceAddress {
  readonly mediator: string;
  readonly id: string;
}

export interface OperateRequest extends ServiceAddress {
  readonly verb: Verb;
  readonly trace: TraceContext;
}

/** What is done with services, each in the transaction of its caller. All throw `not-found` for one that is not there. */
export interface ManageServices {
  /** Throws `already-exists`, and `invalid` for dependencies that are not registered. */
  register(tx: Transaction, mediator: string, body: NewServiceBody): Promise<Created<StoredService>>;
  /** Throws `invalid` for dependencies that are not registered or lead back to the service. */
  change(tx: Transaction, address: ServiceAddress, change: ServiceChangeBody): Promise<void>;
  /** Throws `illegal-transition` while others depend on it. */
  remove(tx: Transaction, address: ServiceAddress): Promise<void>;
  /** Starts or stops it with all that has to come before; returns those that will change, in turn. */
  operate(tx: Transaction, request: OperateRequest): Promise<readonly string[]>;
}

type ManageServicesDeps = Pick<PartDeps, 'config' | 'directory' | 'work' | 'timers' | 'clock' | 'newId'> & {
  readonly carryOut: Pick<CarryOutPlans, 'goOn'>;
};

interface HeldService {
  readonly entry: MediatorEntry;
  readonly service: RegisteredService;
  readonly all: readonly RegisteredService[];
}

export function createManageServices(deps: ManageServicesDeps): ManageServices {
  const { config, directory, work, timers, clock, newId, carryOut } = deps;

  async function enter(tx: Transaction, mediator: string) {
    const entry = await directory.enter(tx, mediator);
    requireKind(entry, 'service');
    await serviceStore.lockRegistry(tx, entry.mediator.key);
    return { entry, all: await serviceStore.all(tx.queries, entry.mediator.key) };
  }

  async function hold(tx: Transaction, { mediator, id }: ServiceAddress): Promise<HeldService> {
    const { entry, all } = await enter(tx, mediator);
    const service = all.find((one) => one.id === id);
    if (!service) throw noSuchService(id);
    return { entry, all, service };
  }

  return {
    async register(tx, mediator, body) {
      requireSize(body.metrics, config.maxMessageBytes, 'metrics');
      const { entry, all } = await enter(tx, mediator);
      const { key } = entry.mediator;
      const { id = body.name } = body;
      const requestHash = hashRequest(body);
      return createOnceIn(tx, {
        noun: 'service',
        id,
        requestHash,
        async find() {
          const object = await serviceStore.find(tx.queries, key, id);
          return object && { object, requestHash: object.requestHash };
        },
        async create() {
          requireDependencies(all, id, body.dependencies);
          const created = { service: toNewService(body, id, clock.now()), orderKey: newId(), requestHash };
          await serviceStore.insert(tx, key, created);
          return created;
        },
      });
    },

    async change(tx, address, body) {
      const { entry, all, service } = await hold(tx, address);
      const { key } = entry.mediator;
      const { name = service.name, type = service.type, dependencies = service.dependencies, metrics } = body;
      const { handler_id: handlerId = service.handlerId } = body;
      const { heartbeat_timeout_ms: heartbeatTimeoutMs = service.heartbeatTimeoutMs } = body;
      if (body.dependencies) requireDependencies(all, service.id, dependencies);
      const changed = { ...service, name, type, dependencies, handlerId, heartbeatTimeoutMs };
      await serviceStore.save(tx, key, changed);
      if (metrics === undefined) return;
      requireSize(metrics, config.maxMessageBytes, 'metrics');
      await serviceStore.noteHeartbeat(tx.queries, key, service.id, { metrics });
    },

    async remove(tx, address) {
      const { entry, all, service } = await hold(tx, address);
      const dependents = dependentsOf(all, service.id);
      if (dependents.length > 0) {
        throw refuse(
          'illegal-transition',
          `${dependents.join(', ')} depend on ${service.id}: remove them first`,
        );
      }
      const { key } = entry.mediator;
      if (service.command) await work.withdraw(tx, key, [service.command.id]);
      timers.cancel(tx, { kind: serviceSource, mediatorKey: key, id: service.id });
      await serviceStore.remove(tx, key, service.id);
      await carryOut.goOn(tx, entry);
    },

    async operate(tx, { verb, trace, ...address }) {
      const { entry, all, service } = await hold(tx, address);
      if (isDone(verb, service.status)) return [];
      const order = planOrder(all, service.id, verb);
      const blocked = all.filter(({ id, status }) => order.includes(id) && isBlocked(verb, status));
      if (blocked.length > 0) {
        const names = blocked.map(({ id, status }) => `${id} is ${status}`).join(', ');
        throw refuse('illegal-transition', `${service.id} cannot ${verb} now: ${names}`);
      }
      const plan = { id: newId(), verb, remaining: order, isBegun: false, trace };
      await planStore.insert(tx, entry.mediator.key, plan);
      await carryOut.goOn(tx, entry);
      return order;
    },
  };
}

export function noSuchService(id: string) {
  return refuse('not-found', `there is no service ${id}`);
}

/** Whether the opposite is under way. */
function isBlocked(verb: Verb, status: RegisteredService['status']): boolean {
  return !isDone(verb, status) && !mayBegin(verb, status);
}

function requireDependencies(
  all: readonly RegisteredService[],
  id: string,
  dependencies: readonly string[],
): void {
  const known = new Map(all.map((service) => [service.id, service.dependencies]));
  known.set(id, dependencies);
  const unknown = dependencies.filter((dependency) => !known.has(dependency));
  const cycle = findCycle(id, (node) => known.get(node) ?? []);
  const errors: FieldError[] = unknown.map((dependency) => ({
    field: 'dependencies',
    message: `names ${dependency}, which is not registered`,
  }));
  if (cycle) errors.push({ field: 'dependencies', message: `has a cycle: ${cycle.join(' → ')}` });
  if (errors.length > 0) throw refuseInput(errors);
}

function toNewService(body: NewServiceBody, id: string, now: Date): RegisteredService {
  const { name, type, status, dependencies, metrics } = body;
  return {
    id,
    name,
    type,
    status,
    dependencies,
    metrics,
    handlerId: body.handler_id,
    heartbeatTimeoutMs: body.heartbeat_timeout_ms,
    lastHeartbeat: null,
    command: null,
    stopTime: null,
    error: null,
    startTime: status === 'running' ? now : null,
  };
}
