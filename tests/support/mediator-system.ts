import { eventually } from '@fanfare/core/testing';
import { isolateBackends } from './isolated-backends';
import { createMediatorClient, type MediatorClient } from './mediator-client';
import { createServiceProcess, type ServiceProcess } from './service-process';

/** The mediator as processes of its own on one database. */
export interface MediatorSystem {
  readonly instances: readonly ServiceProcess[];
  /** Calls all instances. */
  readonly client: MediatorClient;
  /** Creates a mediator with these colleagues, who handle these types. */
  begin(mediator: object, colleagues: Readonly<Record<string, readonly string[]>>): Promise<void>;
  /** SIGKILL, and begins anew; resolves when the instance is ready. */
  killAndRestart(instance: number): Promise<void>;
  /** Stops every process and drops what the backends held for it. */
  close(): Promise<void>;
}

/** Starts so many instances and resolves when every one is ready. */
export async function startMediatorSystem(count: number): Promise<MediatorSystem> {
  const backends = await isolateBackends();
  const environment = {
    HOST: '127.0.0.1',
    LOG_FORMAT: 'json',
    DATABASE_URL: backends.databaseUrls.mediator,
    MESSAGE_BUS_URL: backends.messageBusUrl,
  };
  const instances = await Promise.all(
    Array.from({ length: count }, () => createServiceProcess('mediator', environment)),
  );
  await Promise.all(instances.map((one) => one.start()));
  await Promise.all(instances.map((one) => one.untilReady()));
  const client = createMediatorClient(instances.map(({ url }) => url));

  async function create(path: string, body: object): Promise<void> {
    const { status } = await client.insist('POST', path, body);
    if (status !== 201) throw new Error(`POST ${path} answered ${status}`);
  }

  return {
    instances,
    client,
    async begin(mediator, colleagues) {
      await create('', mediator);
      const { name } = mediator as { readonly name: string };
      for (const [id, handles] of Object.entries(colleagues))
        await create(`/${name}/colleagues`, { id, name: id, handles });
    },
    async killAndRestart(index) {
      const instance = instances[index];
      await instance?.kill();
      await instance?.start();
      await instance?.untilReady();
    },
    async close() {
      await Promise.all(instances.map((one) => one.stop()));
      await backends.drop();
    },
  };
}

/** What goes on in the background of a test. */
export interface Loops {
  /** Lets each end what it is at; throws what any of them has thrown. */
  stop(): Promise<void>;
}

/** Does each of these again and again, side by side. */
export function keepDoing(works: readonly (() => Promise<void>)[]): Loops {
  let isStopping = false;
  const loops = works.map(async (work) => {
    while (!isStopping) await work();
  });
  const ended = Promise.allSettled(loops);
  return {
    async stop() {
      isStopping = true;
      await ended;
      await Promise.all(loops);
    },
  };
}

/** Resolves when the count is greater than now by so many. */
export async function untilMore(count: () => number, more: number): Promise<void> {
  const enough = count() + more;
  await eventually(
    () => {
      expect(count()).toBeGreaterThanOrEqual(enough);
    },
    { timeoutMs: 60_000 },
  );
}
