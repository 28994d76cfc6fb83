import { AppError, createVirtualClock, type VirtualClock } from '@fanfare/core';
import { encodeSummary, type Totals } from './summary';
import { streamSummaries } from './summary-stream';
import { createSummaryWatch, type SummaryWatch } from './summary-watch';

const totalsOf = (version: number): Totals => ({
  orders: version,
  cancelledOrders: 0,
  revenueMinor: 0,
  version,
  lastEventAtMs: null,
});

describe('the stream of summaries', () => {
  let clock: VirtualClock;
  let version: number;
  let looks: number;
  let isAway: boolean;
  let watch: SummaryWatch;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = createVirtualClock();
    version = 1;
    looks = 0;
    isAway = false;
    const reports = {
      readTotals: async () => {
        looks += 1;
        if (isAway) throw new AppError('unavailable', 'away');
        return totalsOf(version);
      },
    };
    watch = createSummaryWatch({ reports, clock, observer: { waiting: () => undefined }, maxListeners: 2 });
    stop = new AbortController();
    running = watch.run(stop.signal);
  });

  afterEach(async () => {
    stop.abort();
    await running;
    expect(clock.pending).toBe(0);
  });

  function listen() {
    const leaving = new AbortController();
    const first = encodeSummary(totalsOf(version));
    const stream = streamSummaries({ first, watch, clock, signal: leaving.signal });
    const pieces: string[] = [];
    /** Reads until the stream ends, as a client does that keeps up. */
    const reading = async () => {
      for await (const piece of stream) pieces.push(piece);
    };
    return {
      stream,
      pieces,
      reading,
      leave: () => {
        leaving.abort();
      },
    };
  }

  const idsOf = (pieces: readonly string[]) => pieces.map((piece) => /^id: (\d+)\n/.exec(piece)?.[1]);

  it('begins with the totals as they are', async () => {
    const client = listen();
    const done = client.reading();
    await clock.advance(0);

    expect(client.pieces).toEqual([`id: 1\nevent: summary\ndata: ${encodeSummary(totalsOf(1)).text}\n\n`]);
    client.leave();
    await done;
  });

  it('tells within a second of what another instance has counted', async () => {
    const client = listen();
    const done = client.reading();
    await clock.advance(300);
    version = 7;

    await clock.advance(1_000);

    expect(idsOf(client.pieces)).toEqual(['1', '7']);
    client.leave();
    await done;
  });

  it('tells sooner of what this instance has counted, yet at most four times a second', async () => {
    const client = listen();
    const done = client.reading();
    await clock.advance(300);
    for (let event = 0; event < 100; event += 1) {
      version += 1;
      watch.hint();
      await clock.advance(10);
    }

    expect(client.pieces.length).toBeGreaterThan(3);
    expect(client.pieces.length).toBeLessThan(7);
    client.leave();
    await done;
  });

  it('gives a slow client the newest totals when it is ready, and nothing in between', async () => {
    const client = listen();
    const first = await client.stream.next();
    for (let event = 0; event < 50; event += 1) {
      version += 1;
      await clock.advance(1_000);
    }

    const second = await client.stream.next();

    expect(idsOf([String(first.value), String(second.value)])).toEqual(['1', '51']);
    await client.stream.return(undefined);
  });

  it('keeps the connection alive with a comment every 15 s', async () => {
    const client = listen();
    const done = client.reading();

    await clock.advance(31_000);

    expect(client.pieces.slice(1)).toEqual([': nothing new\n\n', ': nothing new\n\n']);
    client.leave();
    await done;
  });

  it('goes on when the database was away', async () => {
    const client = listen();
    const done = client.reading();
    await clock.advance(300);
    isAway = true;
    version = 2;
    await clock.advance(10_000);
    isAway = false;

    await clock.advance(10_000);

    expect(idsOf(client.pieces)).toEqual(['1', '2']);
    client.leave();
    await done;
  });

  it('asks the database nothing when nobody listens any more', async () => {
    const client = listen();
    const done = client.reading();
    await clock.advance(5_000);
    client.leave();
    await done;
    await clock.advance(1_000);
    const before = looks;

    watch.hint();
    await clock.advance(3_600_000);

    expect(before).toBeGreaterThan(4);
    expect(looks).toBe(before);
  });

  it('takes only as many clients as it has room for', async () => {
    const clients = [listen(), listen()];
    const reading = clients.map((client) => client.reading());
    await clock.advance(0);

    expect(() => {
      watch.requireRoom();
    }).toThrow('as many clients listen');
    clients[0]?.leave();
    await reading[0];
    expect(() => {
      watch.requireRoom();
    }).not.toThrow();

    clients[1]?.leave();
    await reading[1];
  });
});
