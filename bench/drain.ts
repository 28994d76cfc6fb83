import { readLedger } from '../tests/support/ledger';
import type { FaultSystem } from '../tests/support/system';
import { runLoad } from './load';

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function readApplied(url: string): Promise<{ head: number; applied: number } | null> {
  try {
    const { groups } = await readLedger(url);
    const [group] = groups;
    return group?.head == null ? null : { head: group.head, applied: group.applied };
  } catch {
    return null;
  }
}

/** How fast a group applied its backlog. */
export interface Drain {
  readonly group: string;
  readonly backlog: number;
  /** From the start of the process to the first look that found some of it applied. */
  readonly firstMs: number;
  /** Events per second from that look to the end of the backlog. */
  readonly perSecond: number;
}

/** Lets `backlog` events gather while the groups are stopped, then measures how fast each group alone applies them. */
export async function measureDrain(system: FaultSystem, backlog: number): Promise<readonly Drain[]> {
  const ordersUrl = system.orders[0]?.url ?? '';
  const groups = [
    ['analytics-service', system.analytics[0]],
    ['notification-worker', system.notifications[0]],
  ] as const;
  await untilDrained(system);
  const before = (await readApplied(groups[0][1]?.url ?? ''))?.applied ?? 0;
  for (const [, process] of groups) await process?.stop();
  let gathered = 0;
  while (gathered < backlog)
    gathered += (await runLoad({ url: `${ordersUrl}/orders`, method: 'POST', seconds: 2 })).sent;

  const drains: Drain[] = [];
  for (const [group, process] of groups) {
    const startedMs = performance.now();
    await process?.start();
    drains.push({
      group,
      backlog: gathered,
      ...(await measureSlope(process?.url ?? '', { before, startedMs })),
    });
  }
  return drains;
}

/** Resolves when every group has applied all there is: no measurement pays for the one before it. */
export async function untilDrained({ analytics, notifications }: FaultSystem): Promise<void> {
  for (const { url } of [...analytics, ...notifications]) {
    for (;;) {
      const position = await readApplied(url);
      if (position && position.applied >= position.head) break;
      await pass(100);
    }
  }
}

async function measureSlope(
  url: string,
  { before, startedMs }: { before: number; startedMs: number },
): Promise<Pick<Drain, 'firstMs' | 'perSecond'>> {
  let first: { applied: number; atMs: number } | undefined;
  for (;;) {
    const position = await readApplied(url);
    const atMs = performance.now();
    if (position) {
      const { applied, head } = position;
      if (applied > before) first ??= { applied, atMs };
      if (first && applied >= head) {
        const perSecond = ((applied - first.applied) / (atMs - first.atMs)) * 1_000;
        return { firstMs: first.atMs - startedMs, perSecond };
      }
    }
    // each look is work for the process that is measured
    await pass(20);
  }
}
