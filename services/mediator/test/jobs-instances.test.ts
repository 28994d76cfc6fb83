import { createVirtualClock, type Clock, type VirtualClock } from '@fanfare/core';
import { createSuspendableClock, eventually, type SuspendableClock } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import type { ShownRun } from '../src/kinds/job/job-schemas';
import { hostMediator, type MediatorForTest } from './host-mediator';

describeOnEveryDatabase('jobs', (_openDatabase, underTest) => {
  // in a block of its own: instances stop before their database is removed
  describe('of several instances', () => {
    let clock: VirtualClock;
    let env: { readonly DATABASE_URL: string };
    let instances: MediatorForTest[];
    let suspendable: SuspendableClock;

    beforeEach(async () => {
      clock = createVirtualClock();
      env = { DATABASE_URL: await underTest.createUrl() };
      suspendable = createSuspendableClock(clock);
      instances = [];
    });
    afterEach(async () => {
      suspendable.resume();
      await Promise.all(instances.map((instance) => instance.stop()));
    });

    async function host(on: Clock = clock): Promise<MediatorForTest> {
      const instance = await hostMediator(env, { clock: on });
      instances.push(instance);
      return instance;
    }

    const jobs = '/mediators/ops/jobs';
    const job = { id: 'beat', name: 'beat', every_ms: 1_000, overlap: 'allow' };

    async function runsOf(instance: MediatorForTest): Promise<readonly ShownRun[]> {
      const { body } = await instance.get(`${jobs}/beat/runs?limit=1000`);
      return (body as { readonly runs: readonly ShownRun[] }).runs;
    }

    /** Time goes on up to a tick, never far ahead of the runs. */
    async function passTicks(from: number, to: number, instance: MediatorForTest): Promise<void> {
      for (let tick = from; tick <= to; tick += 1) {
        await clock.advance(1_000);
        await eventually(async () => {
          expect((await runsOf(instance)).length).toBeGreaterThanOrEqual(tick - 8);
        });
      }
    }

    it('run once per tick, though one instance is suspended for 140 ticks and another stops', async () => {
      const lasting = await host();
      await host(suspendable);
      const stopping = await host();
      await lasting.begin({ name: 'ops', kind: 'job' }, { id: 'w', name: 'w', handles: ['beat'] });
      await lasting.post(jobs, job);
      const begun = clock.now().getTime();

      await passTicks(1, 60, lasting);
      suspendable.suspend();
      await passTicks(61, 130, lasting);
      await stopping.stop();
      await passTicks(131, 200, lasting);
      suspendable.resume();
      await passTicks(201, 210, lasting);

      const runs = await eventually(async () => {
        await clock.advance(10);
        const found = await runsOf(lasting);
        expect(found.length).toBeGreaterThanOrEqual(210);
        return found;
      });
      const ticks = runs.map(({ scheduled_for: time }) => (new Date(time).getTime() - begun) / 1_000);
      expect(ticks.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 210 }, (_unused, index) => index + 1),
      );
      expect(new Set(runs.map(({ id }) => id)).size).toBe(210);
      expect(runs.every(({ attempts, status }) => attempts === 1 && status === 'running')).toBe(true);
    });

    it('are made once by equal calls, and once for a unique key, whichever instance is called', async () => {
      const hosted = [await host(), await host()] as const;
      await hosted[0].begin({ name: 'ops', kind: 'job' });
      const postAll = async (body: object) => {
        const calls = Array.from({ length: 10 }, (_unused, index) =>
          hosted[index % 2 === 0 ? 0 : 1].post(jobs, body),
        );
        return (await Promise.all(calls)).map(({ status }) => status).toSorted();
      };

      expect(await postAll(job)).toEqual([...Array<number>(9).fill(200), 201]);
      expect(await postAll({ name: 'beat', unique_key: 'one' })).toEqual([
        201,
        ...Array<number>(9).fill(409),
      ]);
    });

    it.each(['pause', 'cancel'])('tick no more after the answer of any instance to %s', async (verb) => {
      const [first, second] = [await host(), await host()];
      await first.begin({ name: 'ops', kind: 'job' }, { id: 'w', name: 'w', handles: ['beat'] });
      await first.post(jobs, job);
      await passTicks(1, 10, first);

      const [answer] = await Promise.all([second.post(`${jobs}/beat/${verb}`), clock.advance(1_000)]);
      expect(answer).toMatchObject({ status: 200, body: { next_run: null } });
      const before = await runsOf(first);
      await clock.advance(20_000);

      expect(await runsOf(second)).toEqual(before);
    });
  });
});
