import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import type { TestResponse } from '@fanfare/service-kit/testing';
import type { Delivery } from '../../src/mailbox/delivery';
import { actAs, type ActingColleague } from '../act-as';
import { hostMediator, type MediatorForTest } from '../host-mediator';

export interface ShownStep {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

/** A run, as far as tests look into it. */
export interface ShownRun {
  readonly id: string;
  readonly status: string;
  readonly steps: readonly ShownStep[];
  readonly [field: string]: unknown;
}

export interface ShownEvent {
  readonly sequence: number;
  readonly type: string;
  readonly step_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A mediator `flow` of kind workflow, whose colleague `desk` takes every type, on a virtual clock. */
export interface HostedWorkflows extends AsyncDisposable {
  readonly service: MediatorForTest;
  readonly clock: VirtualClock;
  readonly desk: ActingColleague;
  /** Begins a run; throws unless it is begun. */
  start(body: object): Promise<ShownRun>;
  read(id?: string): Promise<ShownRun>;
  act(verb: string, body?: object, id?: string): Promise<TestResponse>;
  signal(body: object, id?: string): Promise<TestResponse>;
  history(id?: string): Promise<readonly ShownEvent[]>;
  /** Takes the next command, which must have this id, and answers it. */
  answer(commandId: string, body?: object): Promise<Delivery>;
  /** Lets time pass until the assertion holds. */
  passUntil<T>(assertion: () => Promise<T>, stepMs?: number): Promise<T>;
}

export const runsPath = '/mediators/flow/workflows';

/** What the colleague takes; it also undoes. */
export const handles = ['a', 'b', 'c', 'd'];

export interface HostWorkflowsOptions {
  readonly clock?: VirtualClock;
  /** The mediator and its colleague are there already. */
  readonly isAgain?: boolean;
}

export async function hostWorkflows(
  env: Readonly<Record<string, string>> = {},
  { clock = createVirtualClock(), isAgain = false }: HostWorkflowsOptions = {},
): Promise<HostedWorkflows> {
  const service = await hostMediator(env, { clock });
  if (!isAgain)
    await service.begin({ name: 'flow', kind: 'workflow' }, { id: 'desk', name: 'desk', handles });
  const desk = actAs(service, 'flow', 'desk');

  return {
    service,
    clock,
    desk,
    async start(body) {
      const answer = await service.post(runsPath, { id: 'r', name: 'w', ...body });
      expect(answer).toMatchObject({ status: 201 });
      return answer.body as ShownRun;
    },
    async read(id = 'r') {
      const answer = await service.get(`${runsPath}/${id}`);
      expect(answer).toMatchObject({ status: 200 });
      return answer.body as ShownRun;
    },
    act: (verb, body, id = 'r') => service.post(`${runsPath}/${id}/${verb}`, body),
    signal: (body, id = 'r') => service.post(`${runsPath}/${id}/signals`, body),
    async history(id = 'r') {
      const { body } = await service.get(`${runsPath}/${id}/history?limit=1000`);
      return (body as { readonly events: readonly ShownEvent[] }).events;
    },
    async answer(commandId, body = { result: null }) {
      const delivery = await desk.take();
      expect(delivery.id).toBe(commandId);
      expect(await desk.reply(commandId, body)).toMatchObject({ status: 200 });
      return delivery;
    },
    passUntil: (assertion, stepMs = 500) =>
      eventually(async () => {
        await clock.advance(stepMs);
        return assertion();
      }),
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

/** Steps that do `a`, `b` and so on. */
export function commands(...ids: readonly string[]): readonly object[] {
  return ids.map((id) => ({ id, type: id }));
}

/** The same, each undone by `undo_…`. */
export function undoable(...ids: readonly string[]): readonly object[] {
  return ids.map((id) => ({ id, type: id, compensate: `undo_${id}` }));
}

export function statusesOf({ steps }: ShownRun): Readonly<Record<string, string>> {
  return Object.fromEntries(steps.map(({ id, status }) => [id, status]));
}

/** An answer that refuses to do it. */
export const refusal = { error: { code: 'declined', message: 'no', retryable: false } };
/** An answer after which nobody knows what was done. */
export const breakdown = { error: { code: 'broken', message: 'it broke', retryable: true } };
