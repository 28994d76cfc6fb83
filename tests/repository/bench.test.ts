import { spawn } from 'node:child_process';
import path from 'node:path';
import { runFromSource } from '@fanfare/core/testing';
import { compareWithSdk, type StartLoopback } from '../../bench/cloudevents';
import { compareLogs } from '../../bench/event-logs/compare-logs';
import { openFanfareLog } from '../../bench/event-logs/fanfare-log';
import { measureFrames } from '../../bench/event-logs/measure-frames';
import { newFile } from '../../bench/event-logs/places';
import { openPlainSqlite } from '../../bench/event-logs/plain-sqlite';
import { measureSystem } from '../../bench/mediator';
import { hostBenchSystem } from './support/hosted-mediators';

async function printedBy(measure: () => Promise<void>): Promise<string> {
  const lines: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((...parts: readonly unknown[]) => {
    lines.push(parts.join(' '));
  });
  await measure();
  log.mockRestore();
  return lines.join('\n');
}

const startFromSource: StartLoopback = (library) =>
  spawn(
    process.execPath,
    ['--conditions=source', '-e', runFromSource, path.resolve('bench/loopback-process.ts'), library],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );

describe('the benchmark of CloudEvents', () => {
  it('prints each way next to the official SDK, and batch, fire and forget and request as ratios', async () => {
    const printed = await printedBy(() =>
      compareWithSdk(1, 0.05, { warmUpSeconds: 0, start: startFromSource }),
    );

    for (const way of ['binary', 'structured', 'batch', 'request']) {
      expect(printed).toMatch(new RegExp(`^${way} +\\d+ /s .*= \\d+\\.\\d\\d × official SDK`, 'm'));
    }
    expect(printed).toMatch(/^batch : fire and forget : request = \d+\.\d\d : \d+\.\d\d : 1 by/m);
  });
});

describe('the benchmark of the event store', () => {
  it('prints appends and reads of the log next to those of each yardstick', async () => {
    const rivals = {
      technology: 'SQLite',
      fanfare: () => openFanfareLog(newFile),
      yardsticks: { plain: openPlainSqlite, other: openPlainSqlite },
    };

    const printed = await printedBy(() => compareLogs(rivals, 1, 0.01, { events: 300, inOneStream: 200 }));

    const figures = (name: string) => String.raw`\n  ${name} +\d+ /s +ours = \d+\.\d\d × \(\d+\.\d\d × by .+`;
    for (const work of [
      'append, 1 writer',
      'append, 8 writers',
      'append, batches of 100',
      'read all',
      'read one stream',
    ]) {
      expect(printed).toMatch(
        new RegExp(`^SQLite: ${work} +\\d+ /s${figures('plain')}${figures('other')}`, 'm'),
      );
    }
  });

  it('prints how long events take to a client with a WebSocket, in the median and at worst but for one in a hundred', async () => {
    const printed = await printedBy(() => measureFrames('SQLite', newFile, 0.2));

    expect(printed).toMatch(/at \d+ events\/s: median \d+\.\d ms, 99th percentile \d+\.\d ms$/);
  });
});

describe('the benchmark of the mediator', () => {
  it('prints messages, broadcasts, posts, workflows and their steps next to what one writes by hand, and the cost of timers', async () => {
    const sizes = {
      mailsPerTaker: 2,
      audiences: [2, 3],
      messagesPerEndpoint: 1,
      runs: 1,
      pendingTimers: 3,
      firedTimers: 2,
      leadMs: 50,
    };
    const system = await hostBenchSystem();

    const printed = await printedBy(() => measureSystem(system, 1, 0.01, sizes));

    const ratio = String.raw`\d+\.\d\d × .+ \(\d+\.\d\d × by processor time\)`;
    for (const figure of [
      'messages sent, 32 connections',
      'taken by 8 colleagues, each acked',
      'broadcasts to 2 colleagues',
      'broadcasts to 3 colleagues',
      'sent and posted to 10 endpoints',
      'workflows started, 32 connections',
      'steps of 1 runs, posted',
    ])
      expect(printed).toMatch(new RegExp(`^SQLite: ${figure} +\\d+ /s +=( ${ratio},?)+$`, 'm'));
    for (const way of ['mediator', 'setTimeout'])
      expect(printed).toMatch(
        new RegExp(`^SQLite: 3 timers, ${way} at rest +\\d+ → \\d+ MiB .* % of a processor$`, 'm'),
      );
    for (const way of ['others posted late by', 'with setTimeout by'])
      expect(printed).toMatch(new RegExp(`^SQLite: 3 timers, ${way} +p50 -?\\d+ ms +p99`, 'm'));
  });
});
