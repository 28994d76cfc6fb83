import { EventEmitter, once } from 'node:events';
import { eventually } from '@fanfare/core/testing';
import { WebSocket } from 'ws';
import { startEventLoad, untilMoreAccepted, type AcceptedEvent } from '../support/event-load';
import { expectCompleteLog, expectDelivered, expectStreamed } from '../support/event-store-counts';
import { startEventStoreSystem, type EventStoreSystem } from '../support/event-store-system';
import { observe, openObserverEndpoint, type ObserverEndpoint } from '../support/observer-endpoint';

/** Resolves, once the connection is open, with the code that it will be closed with. */
async function connect(url: string): Promise<{ readonly closed: Promise<number> }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await once(socket, 'open');
  return { closed };
}

interface Gate extends ObserverEndpoint {
  readonly open: () => void;
  readonly waitingSoFar: () => number;
}

/** An endpoint that answers only when it is opened. */
async function openGate(): Promise<Gate> {
  const opening = new EventEmitter();
  const opened = once(opening, 'open');
  let waiting = 0;
  const endpoint = await openObserverEndpoint({
    waitFor: () => {
      waiting += 1;
      return opened;
    },
  });
  return { ...endpoint, open: () => opening.emit('open'), waitingSoFar: () => waiting };
}

interface Answer extends AcceptedEvent {
  readonly results: unknown;
}

async function publish(url: string, id: string): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, subject: id, type: 'user.created', data: { user_id: 'u-1' } }),
  });
  expect(response.status).toBe(202);
  return (await response.json()) as Answer;
}

describe('SIGTERM under load', () => {
  let system: EventStoreSystem;
  let endpoint: ObserverEndpoint;
  let gate: Gate;

  beforeAll(async () => {
    system = await startEventStoreSystem();
    [endpoint, gate] = [await openObserverEndpoint(), await openGate()];
  });
  afterAll(async () => {
    gate.open();
    await system.close();
    for (const each of [endpoint, gate]) await each.close();
  });

  it('closes WebSockets with 1001, answers what is under way, ends with code 0 in time, and loses nothing', async () => {
    const [store] = system.instances;
    const url = store?.url ?? '';
    await observe(url, 'observer', endpoint.url);
    await observe(url, 'gate', gate.url, { event_types: ['user.created'], async: false });
    const sockets = await Promise.all([1, 2, 3].map(() => connect(url)));
    const load = startEventLoad([url], system.run);
    await untilMoreAccepted(load, 100);
    const ids = [1, 2, 3, 4].map((number) => `${system.run}-held-${number}`);
    const held = Promise.all(ids.map((id) => publish(url, id)));
    await eventually(() => {
      expect(gate.waitingSoFar()).toBe(ids.length);
    });

    const exit = store?.stop();
    const goodbyes = await Promise.all(sockets.map(({ closed }) => closed));
    gate.open();
    const answers = await held;
    // the process ends itself with another code when it takes longer than 10 s
    const code = await exit;
    await store?.start();
    await store?.untilReady();
    await untilMoreAccepted(load, 100);
    const { accepted, refusals } = await load.stop();

    expect({ goodbyes, code }).toEqual({ goodbyes: [1001, 1001, 1001], code: 0 });
    for (const { results } of answers) expect(results).toEqual([{ observer_id: 'gate', ok: true }]);
    expect(refusals.filter((status) => status !== 503)).toEqual([]);
    const ofHeld = answers.map(({ id, position }) => ({ id, position }));
    const log = await expectCompleteLog(url, [...accepted, ...ofHeld]);
    await expectDelivered(endpoint, log);
    await expectStreamed(system, log);
  });
});
