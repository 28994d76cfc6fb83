import { eventually } from '@fanfare/core/testing';
import { keepDoing, startMediatorSystem, untilMore, type MediatorSystem } from '../support/mediator-system';

const everyMs = 1_000;
const jobIds = Array.from({ length: 25 }, (_unused, index) => `job-${index}`);

interface Job {
  readonly next_run: string;
}
interface Run {
  readonly id: string;
  readonly scheduled_for: string;
  readonly status: string;
  readonly attempts: number;
}

describe('recurring jobs of a mediator whose two instances are killed in turn', () => {
  let system: MediatorSystem;

  beforeAll(async () => {
    system = await startMediatorSystem(2);
    await system.begin({ name: 'ops', kind: 'job' }, { worker: ['beat'] });
  });
  afterAll(() => system.close());

  /** Makes each job and returns when it fires first. */
  async function createJobs(): Promise<ReadonlyMap<string, number>> {
    const firsts = jobIds.map(async (id) => {
      const job = { id, name: 'beat', every_ms: everyMs, overlap: 'allow' };
      const { body } = await system.client.insist<Job>('POST', '/ops/jobs', job);
      return [id, Date.parse(body.next_run)] as const;
    });
    return new Map(await Promise.all(firsts));
  }

  /** Takes commands and answers them; what it has done already, it knows by the id. */
  async function work(done: Set<string>): Promise<void> {
    const mailbox = '/ops/colleagues/worker/messages';
    const path = `${mailbox}?limit=10&wait_ms=300&visibility_ms=2000`;
    const answer = await system.client.ask<{ messages: readonly { readonly id: string }[] }>('GET', path);
    for (const { id } of answer?.body.messages ?? []) {
      done.add(id);
      const reply = await system.client.insist('POST', `${mailbox}/${id}/reply`, { result: id });
      expect(reply).toMatchObject({ status: 200 });
    }
  }

  async function untilEachHasRun(done: ReadonlySet<string>, times: number): Promise<void> {
    await eventually(
      () => {
        for (const job of jobIds) {
          const runs = [...done].filter((id) => id.startsWith(`${job}:`));
          expect(runs.length).toBeGreaterThanOrEqual(times);
        }
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
  }

  /** No tick comes any more, and what has begun is done. */
  async function readEndedRuns(): Promise<ReadonlyMap<string, readonly Run[]>> {
    for (const id of jobIds) await system.client.insist('POST', `/ops/jobs/${id}/pause`);
    const runs = jobIds.map((id) =>
      eventually(
        async () => {
          const all = await system.client.list<Run>(`/ops/jobs/${id}/runs`, 'runs');
          expect(all.filter(({ status }) => status === 'running')).toEqual([]);
          return [id, all] as const;
        },
        { timeoutMs: 60_000, everyMs: 200 },
      ),
    );
    return new Map(await Promise.all(runs));
  }

  it('run once for each of more than 200 ticks, with one command each', async () => {
    const done = new Set<string>();
    const workers = keepDoing(Array.from({ length: 4 }, () => () => work(done)));
    const firsts = await createJobs();

    // few of the jobs have fired then, and the others are about to
    await untilMore(() => done.size, jobIds.length + 3);
    for (const victim of [0, 1, 0]) {
      await system.killAndRestart(victim);
      await untilMore(() => done.size, jobIds.length);
    }
    await untilEachHasRun(done, 9);
    const runs = await readEndedRuns();
    await workers.stop();

    const ids = [...runs.values()].flat().map(({ id }) => id);
    expect(ids.toSorted()).toEqual([...done].toSorted());
    for (const [job, ofJob] of runs) {
      const ticks = ofJob.map((_, index) => new Date((firsts.get(job) ?? 0) + index * everyMs).toISOString());
      expect(ofJob).toMatchObject(
        ticks.map((tick) => ({
          id: `${job}:${tick}`,
          scheduled_for: tick,
          status: 'completed',
          attempts: 1,
          result: `${job}:${tick}`,
        })),
      );
    }
  });
});
