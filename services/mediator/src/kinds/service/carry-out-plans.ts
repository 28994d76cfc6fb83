import type { Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import { failures } from '../../mailbox/failures';
import type { MediatorEntry } from '../../mediators/directory';
import { findHandler } from '../../mediators/find-handler';
import type { PartDeps } from '../../part';
import { nextTryAt, retryPolicySchema } from '../../retry-policy';
import type { TimerHandler } from '../../timers/timers';
import type { WorkSource } from '../../work/work';
import { planStore, type ServicePlan } from './plan-store';
import {
  begin,
  fail,
  isDone,
  mayBegin,
  succeed,
  verbOf,
  type RegisteredService,
  type ServiceCommand,
  type Verb,
} from './service';
import { serviceStore } from './service-store';

/** Of the source of work, and of the timers of commands. */
export const serviceSource = 'service';

/** Starts and stops services by plan: each when the one before has succeeded. A failure ends the plan. */
export interface CarryOutPlans {
  /** Goes on with all plans as far as they come; the registry is locked. */
  goOn(tx: Transaction, entry: MediatorEntry): Promise<void>;
  readonly source: WorkSource;
  readonly onTimer: TimerHandler;
}

type CarryOutPlansDeps = Pick<
  PartDeps,
  'config' | 'database' | 'directory' | 'work' | 'timers' | 'clock' | 'random' | 'newTrace'
>;

export function createCarryOutPlans(deps: CarryOutPlansDeps): CarryOutPlans {
  const { config, database, directory, work, timers, clock, random, newTrace } = deps;
  const retry = retryPolicySchema(config.retryCount).parse({});

  async function goOn(tx: Transaction, entry: MediatorEntry): Promise<void> {
    const { key } = entry.mediator;
    // what one plan brings about another may wait for
    for (let hasChanged = true; hasChanged;) {
      hasChanged = false;
      for (const plan of await planStore.all(tx, key)) {
        const next = await advance(tx, entry, plan);
        if (next === plan) continue;
        await planStore.save(tx, key, next);
        hasChanged = true;
      }
    }
  }

  /** The plan one step further; itself when it has to wait. */
  async function advance(tx: Transaction, entry: MediatorEntry, plan: ServicePlan): Promise<ServicePlan> {
    const { verb, remaining, isBegun } = plan;
    const [id = '', ...behind] = remaining;
    const service = (await serviceStore.find(tx.queries, entry.mediator.key, id))?.service;
    // one that has been removed meanwhile is nothing to wait for
    if (!service || (isDone(verb, service.status) && verbOf(service) === null)) {
      return { ...plan, remaining: behind, isBegun: false };
    }
    if (verbOf(service) === verb) return isBegun ? plan : { ...plan, isBegun: true };
    if (isBegun || !mayBegin(verb, service.status)) return { ...plan, remaining: [] };
    await give(tx, entry, { service: begin(service, verb), verb, plan });
    return { ...plan, isBegun: true };
  }

  /** Asks the handler to start or stop a service; where there is none, it is so at once. */
  async function give(
    tx: Transaction,
    entry: MediatorEntry,
    {
      service,
      verb,
      plan,
    }: { readonly service: RegisteredService; readonly verb: Verb; readonly plan: ServicePlan },
  ): Promise<void> {
    const { id, handlerId } = service;
    if (handlerId === null && !findHandler(entry, { type: verb })) {
      await serviceStore.save(tx, entry.mediator.key, succeed(service, verb, clock.now()));
      return;
    }
    const number = await serviceStore.numberCommand(tx, entry.mediator.key);
    const command = { id: `${id}:${verb}:${number}`, attempts: 0 };
    await tryOnce(tx, entry, { service, command, trace: plan.trace });
  }

  async function tryOnce(
    tx: Transaction,
    entry: MediatorEntry,
    { service, command, trace }: Try,
  ): Promise<void> {
    const verb = verbOf(service);
    if (!verb) return;
    const deadline = new Date(clock.now().getTime() + config.timeoutMs);
    const error = await work.giveOut(tx, {
      entry,
      isAgain: command.attempts > 0,
      id: command.id,
      source: serviceSource,
      ref: service.id,
      kind: 'command',
      type: verb,
      data: { service_id: service.id },
      handlerId: service.handlerId ?? undefined,
      deadline,
      timeoutMs: config.timeoutMs,
      trace,
    });
    const tried = { ...command, attempts: command.attempts + 1 };
    if (error) await failTry(tx, entry, { service, command: tried }, error);
    else await keep(tx, entry, service, { ...tried, due: { waitsFor: 'answer', at: deadline } });
  }

  async function failTry(
    tx: Transaction,
    entry: MediatorEntry,
    { service, command }: Pick<Try, 'service' | 'command'>,
    error: Failure,
  ): Promise<void> {
    const at = nextTryAt({ error, retry, at: clock.now(), random }, command.attempts);
    if (at) {
      await keep(tx, entry, { ...service, error }, { ...command, due: { waitsFor: 'retry', at } });
      return;
    }
    await work.withdraw(tx, entry.mediator.key, [command.id]);
    await end(tx, entry, fail(service, error));
  }

  async function keep(
    tx: Transaction,
    entry: MediatorEntry,
    service: RegisteredService,
    command: ServiceCommand,
  ): Promise<void> {
    const { key } = entry.mediator;
    await serviceStore.save(tx, key, { ...service, command });
    timers.set(tx, { kind: serviceSource, mediatorKey: key, id: service.id, dueAt: command.due.at });
  }

  async function end(tx: Transaction, entry: MediatorEntry, service: RegisteredService): Promise<void> {
    const { key } = entry.mediator;
    await serviceStore.save(tx, key, service);
    timers.cancel(tx, { kind: serviceSource, mediatorKey: key, id: service.id });
  }

  /** A service whose command is open, with the registry locked. */
  async function hold(tx: Transaction, mediatorKey: number, id: string): Promise<HeldCommand | null> {
    const entry = await directory.enterByKey(tx, mediatorKey);
    if (!entry) return null;
    await serviceStore.lockRegistry(tx, mediatorKey);
    const service = (await serviceStore.find(tx.queries, mediatorKey, id))?.service;
    return service?.command ? { entry, service, command: service.command } : null;
  }

  /** The trace of what the service is started or stopped for. */
  async function traceOf(tx: Transaction, mediatorKey: number, id: string) {
    const plans = await planStore.all(tx, mediatorKey);
    return plans.find(({ remaining, isBegun }) => isBegun && remaining[0] === id)?.trace ?? newTrace();
  }

  return {
    goOn,

    source: {
      name: serviceSource,
      lock: (tx, mediatorKey) => serviceStore.lockRegistry(tx, mediatorKey),
      async answered(tx, { mediatorKey, ref, id, outcome }) {
        const held = await hold(tx, mediatorKey, ref);
        const verb = held && verbOf(held.service);
        if (!verb || held.command.id !== id) return 'late';
        const { entry, service, command } = held;
        if (outcome.status === 'done') await end(tx, entry, succeed(service, verb, clock.now()));
        // a try that has failed already, by its time, cannot fail again
        else if (command.due.waitsFor === 'retry') return 'late';
        else await failTry(tx, entry, held, outcome.error);
        await goOn(tx, entry);
        return 'taken';
      },
    },

    onTimer: ({ mediatorKey, id }) =>
      database.transact(async (tx) => {
        const held = await hold(tx, mediatorKey, id);
        if (!held) return;
        const { entry, service, command } = held;
        if (command.due.at > clock.now()) await keep(tx, entry, service, command);
        else if (command.due.waitsFor === 'answer') await failTry(tx, entry, held, failures.timeout);
        else await tryOnce(tx, entry, { service, command, trace: await traceOf(tx, mediatorKey, id) });
        await goOn(tx, entry);
      }),
  };
}

interface Try {
  readonly service: RegisteredService;
  readonly command: Pick<ServiceCommand, 'id' | 'attempts'>;
  readonly trace: ServicePlan['trace'];
}

interface HeldCommand {
  readonly entry: MediatorEntry;
  readonly service: RegisteredService;
  readonly command: ServiceCommand;
}
