import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import type { TestResponse } from '@fanfare/service-kit/testing';
import type { ShownTask } from '../../src/kinds/task/task-schemas';
import { hostMediator, type MediatorForTest } from '../host-mediator';

export interface ClaimedTask extends ShownTask {
  readonly token: number;
}

/** What workers and others do with the tasks of a mediator, over HTTP. */
export interface ActingOnTasks {
  post(path: string, body?: object): Promise<TestResponse>;
  /** Creates a task, of which the name is the id. */
  create(id: string, settings?: object): Promise<ShownTask>;
  read(id: string): Promise<ShownTask>;
  list(query?: string): Promise<readonly ShownTask[]>;
  claim(colleague: string, body?: object): Promise<readonly ClaimedTask[]>;
  /** Claims one task, which has to be there. */
  take(colleague: string, body?: object): Promise<ClaimedTask>;
  /** Says something about a task that one has claimed. */
  say(task: ClaimedTask, verb: 'renew' | 'complete' | 'fail', body?: object): Promise<TestResponse>;
}

export const tasksPath = '/mediators/work/tasks';

export function actOnTasks(service: MediatorForTest): ActingOnTasks {
  const post = (path: string, body: object = {}) => service.post(`${tasksPath}${path}`, body);

  /** The body of an answer that has to be of a status. */
  async function bodyOf<T>(answer: Promise<TestResponse>, expected: number): Promise<T> {
    const { status, body } = await answer;
    expect({ status, body }).toMatchObject({ status: expected });
    return body as T;
  }

  async function claim(colleague: string, body: object = {}): Promise<readonly ClaimedTask[]> {
    const answer = post('/claim', { colleague_id: colleague, ...body });
    return (await bodyOf<{ readonly tasks: readonly ClaimedTask[] }>(answer, 200)).tasks;
  }

  return {
    post,
    create: (id, settings = {}) => bodyOf(post('', { id, name: id, ...settings }), 201),
    read: (id) => bodyOf(service.get(`${tasksPath}/${id}`), 200),
    async list(query = '') {
      const answer = service.get(`${tasksPath}?${query}`);
      return (await bodyOf<{ readonly tasks: readonly ShownTask[] }>(answer, 200)).tasks;
    },
    claim,
    async take(colleague, body) {
      const [task] = await claim(colleague, body);
      if (!task) throw new Error(`there is nothing to claim for ${colleague}`);
      return task;
    },
    say: ({ id, token }, verb, body = {}) => post(`/${id}/${verb}`, { token, ...body }),
  };
}

/** A mediator `work` of kind task, and what its colleagues `ann` and `ben` do there, on a virtual clock. */
export interface HostedTasks {
  readonly clock: VirtualClock;
  readonly service: MediatorForTest;
  readonly work: ActingOnTasks;
}

export async function hostTasks(): Promise<HostedTasks> {
  const clock = createVirtualClock();
  const service = await hostMediator({ MAX_MESSAGE_BYTES: '1000', INACTIVE_TIMEOUT: '1m' }, { clock });
  await service.begin({ name: 'work', kind: 'task' }, 'ann', 'ben');
  return { clock, service, work: actOnTasks(service) };
}
