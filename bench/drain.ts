import type { ServiceProcess } from '../tests/support/service-process';
import type { FaultSystem } from '../tests/support/system';
import { runLoad } from './load';

interface Ledger {
  readonly groups: readonly { readonly head: number | null; readonly applied: number }[];
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function readApplied(url: string): Promise<{ head: number; applied: number } | null> {
  try {
    const { groups } = (await (await fetch(`${url}/ledger`)).json()) as Ledger;
    const [group] = groups;
    return group?.head == null ? null : { head: group.head, applied: group.applied };
  } catch {
    return null;
  }
}

/** Lets `backlog` events gather while the groups are stopped, then measures how fast each group alone applies them. */
export async function measureDrain(system: FaultSystem, backlog: number): Promise<void> {
  const ordersUrl = system.orders[0]?.url ?? '';
  const groups: readonly [string, ServiceProcess | undefined][] = [
    ['analytics-service', system.analytics[0]],
    ['notification-worker', system.notifications[0]],
  ];
  await untilDrained(system);
  for (const [, process] of groups) await process?.stop();
  let gathered = 0;
  while (gathered < backlog)
    gathered += (await runLoad({ url: `${ordersUrl}/orders`, method: 'POST', seconds: 2 })).sent;

  for (const [name, process] of groups) {
    await process?.start();
    const perSecond = await measureSlope(process?.url ?? '');
    console.log(`drain by ${name}`.padEnd(50), `${Math.round(perSecond)} events/s (backlog ${gathered})`);
  }
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

/** Events per second from the first look at the cursor to the end of the backlog. */
async function measureSlope(url: string): Promise<number> {
  let first: { applied: number; atMs: number } | undefined;
  for (;;) {
    const position = await readApplied(url);
    const atMs = performance.now();
    if (position) {
      first ??= { applied: position.applied, atMs };
      if (position.applied >= position.head)
        return ((position.applied - first.applied) / (atMs - first.atMs)) * 1_000;
    }
    // each look is work for the process that is measured
    await pass(20);
  }
}
