import { AppError } from '@fanfare/core';
import { eventually, runFromSource } from '@fanfare/core/testing';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { CommitStore } from '../../event-log/commit-store';
import type { EventLog } from '../../event-log/event-log';
import { createGate } from '../gate';
import { idsOf, readAll, toNoStream, toStream } from './samples';
import type { TestEventLogs } from './use-event-logs';

const writers = 8;
const appendsEach = 2_000;

export function describeConcurrency({ open, reopen, url }: TestEventLogs): void {
  describe('many writers', () => {
    it('leave no gap, whoever reads meanwhile', async () => {
      const logs = [await open(), await reopen()];
      const total = writers * appendsEach;

      const reading = [...logs, await reopen()].map((log) => tail(log, total));
      await Promise.all(
        Array.from({ length: writers }, (_, writer) => appendOneByOne(logs[writer % 2], `writer-${writer}`)),
      );

      const everything = Array.from({ length: total }, (_, index) => index + 1);
      for (const positions of await Promise.all(reading)) expect(positions).toEqual(everything);
      expect(await logs[0]?.verify()).toMatchObject({ valid: true, checked: total });
      // some minutes where the server is slow and shares its machine with everything else
    }, 600_000);

    it('give way when a commit comes late: it goes behind what came before it', async () => {
      const { log: late, reached, gate } = await openDelayed();
      const early = await reopen();

      const appended = late.append(toStream('a', 'none', ['late']));
      await reached;
      await early.append(toStream('b', 'none', ['early-1', 'early-2']));
      gate.open();

      expect(await appended).toMatchObject({ position: 3, events: [{ version: 0 }] });
      expect(idsOf(await readAll(early))).toEqual(['early-1', 'early-2', 'late']);
    });

    it('are refused when a commit comes late and its expectation no longer holds', async () => {
      const { log: late, reached, gate } = await openDelayed();
      const early = await reopen();

      const appended = late.append(toStream('a', 'none', ['late']));
      const outcome = expect(appended).rejects.toMatchObject({ code: 'conflict', currentVersion: 1 });
      await reached;
      await early.append(toStream('a', 'none', ['early-1', 'early-2']));
      gate.open();

      await outcome;
      expect(await early.head()).toBe(2);
    });

    it('see what another wrote to the stream that they knew', async () => {
      const [one, other] = [await open(), await reopen()];
      await one.append(toStream('a', 'none', ['e-1']));
      await other.append(toStream('a', 0, ['e-2']));

      await expect(one.append(toStream('a', 0, ['e-3']))).rejects.toMatchObject({ currentVersion: 1 });
      await other.append(toStream('a', 1, ['e-4']));
      const answer = await one.append(toStream('a', 2, ['e-5']));

      expect(answer).toMatchObject({ position: 4, events: [{ version: 3 }] });
      expect((await other.append(toStream('b', 'any', ['e-1-b', 'e-2-b']))).position).toBe(6);
    });

    it('recognise what another wrote', async () => {
      const [one, other] = [await open(), await reopen()];
      await one.append(toStream('a', 'none', ['e-1']));
      await other.append(toStream('a', 0, ['e-2']));

      expect((await one.append(toStream('a', 0, ['e-2']))).events).toMatchObject([
        { position: 2, isRepeated: true },
      ]);
    });

    it('go on at the end of a log that another has truncated', async () => {
      const [one, other] = [await open(), await reopen()];
      await one.append(toStream('a', 'none', ['e-1']));
      for (const id of ['e-2', 'e-3', 'e-4']) await other.append(toStream('a', 'any', [id]));
      await other.truncate(4);

      await expect(one.append(toStream('a', 0, ['e-5']))).rejects.toMatchObject({ currentVersion: 3 });

      expect((await one.append(toStream('a', 3, ['e-5']))).position).toBe(5);
      expect(await other.verify()).toMatchObject({ valid: true, checked: 2, headPosition: 5 });
    });

    it('may repeat an append whose answer was lost', async () => {
      const log = await open({ wrap: loseFirstAnswer });

      await expect(log.append(toStream('a', 'none', ['e-1']))).rejects.toMatchObject({ code: 'unavailable' });

      expect((await log.append(toStream('a', 'none', ['e-1']))).events).toMatchObject([
        { position: 1, version: 0, isRepeated: true },
      ]);
    });

    it('leave a whole log when they are killed, with everything that was answered', async () => {
      const log = await open();
      const answered: string[] = [];

      for (const writers of [['first', 'second'], ['third']]) {
        const runs = writers.map((writer) => runAndKill(url(), writer));
        answered.push(...(await Promise.all(runs)).flat());
      }

      const stored = await readAll(log, { limit: 1_000 });
      expect(stored.map(({ position }) => position)).toEqual(stored.map((_, index) => index + 1));
      expect(idsOf(stored)).toEqual(expect.arrayContaining(answered));
      expect(await log.verify()).toMatchObject({ valid: true, checked: stored.length });
      await log.append(toNoStream(['after']));
      expect(await log.head()).toBe(stored.length + 1);
    });
  });

  /** A log whose commits wait at a gate; `reached` tells that one has come there. */
  async function openDelayed() {
    const gate = createGate();
    const arrival = createGate();
    const wrap = (store: CommitStore): CommitStore => ({
      ...store,
      async insert(commit, end) {
        arrival.open();
        await gate.passed;
        return store.insert(commit, end);
      },
    });
    return { log: await open({ wrap }), reached: arrival.passed, gate };
  }
}

/** Positions in the order in which they are seen by who follows the log to `last`. */
async function tail(log: EventLog, last: number): Promise<readonly number[]> {
  const positions: number[] = [];
  while ((positions.at(-1) ?? 0) < last) {
    const seen = positions.at(-1) ?? 0;
    await log.waitFor(seen + 1, new AbortController().signal);
    const { events } = await log.read({ position: seen, limit: 500 });
    positions.push(...events.map(({ position }) => position));
  }
  return positions;
}

async function appendOneByOne(log: EventLog | undefined, stream: string): Promise<void> {
  for (let version = 0; version < appendsEach; version += 1) {
    await log?.append(toStream(stream, version === 0 ? 'none' : version - 1, [`${stream}-${version}`]));
  }
}

function loseFirstAnswer(store: CommitStore): CommitStore {
  let isFirst = true;
  return {
    ...store,
    async insert(commit, end) {
      const isInserted = await store.insert(commit, end);
      if (!isFirst) return isInserted;
      isFirst = false;
      throw new AppError('unavailable', 'the connection broke');
    },
  };
}

/** Lets another process append until it has had some answers, kills it, and returns what was answered. */
async function runAndKill(url: string, writer: string): Promise<readonly string[]> {
  const main = join(__dirname, 'append-until-killed.ts');
  const child = spawn(process.execPath, ['--conditions=source', '-e', runFromSource, main, url, writer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await eventually(
    () => {
      expect(output.split('\n').length).toBeGreaterThan(50);
    },
    { timeoutMs: 60_000 },
  );
  child.kill('SIGKILL');
  await exited;
  return output.split('\n').slice(0, -1);
}
