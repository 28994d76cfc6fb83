import { eventually } from '@fanfare/core/testing';
import { connectClient } from '../src/live/testing/ws-client';
import { hostEventStore, listEvents, type EventStoreForTest, type RecordJson } from './host-event-store';
import { openReceiver } from './support/open-receiver';
import { followStream } from './support/follow-stream';

const total = 50;

describe('a position', () => {
  let service: EventStoreForTest;

  beforeEach(async () => {
    service = await hostEventStore();
    for (let index = 1; index <= total; index += 1) {
      const parts = { id: `event-${index}`, type: 'user.created', data: { user_id: `u-${index}` } };
      expect((await service.post('/events', parts)).status).toBe(202);
    }
  });

  afterEach(() => service.stop());

  async function list(after: number, count: number): Promise<readonly RecordJson[]> {
    return (await listEvents(service, `/events?from_position=${after}&limit=${count}`)).events;
  }

  async function stream(after: number, count: number): Promise<readonly RecordJson[]> {
    const events = await followStream(service, count, { lastEventId: after });
    return events.slice(0, count).map(({ data }) => JSON.parse(data) as RecordJson);
  }

  async function socket(after: number, count: number): Promise<readonly RecordJson[]> {
    const client = await connectClient(service.url, `?last_position=${after}`);
    await eventually(() => {
      expect(client.frames.length).toBeGreaterThanOrEqual(count);
    });
    client.socket.terminate();
    return client.frames
      .filter(({ type }) => type === 'event.published')
      .slice(0, count)
      .map(({ event }) => event as RecordJson);
  }

  async function observe(after: number, count: number): Promise<readonly Pick<RecordJson, 'id'>[]> {
    const receiver = await openReceiver();
    const definition = { id: 'observer', event_types: ['*'], endpoint: receiver.url, start_from: after };
    expect((await service.post('/observers', definition)).status).toBe(201);
    await eventually(() => {
      expect(receiver.ids()).toHaveLength(total - after);
    });
    await receiver.close();
    return receiver
      .ids()
      .slice(0, count)
      .map((id) => ({ id }));
  }

  it('from any way to read the log goes on in every other: the same events, none twice, none missing', async () => {
    const seen: Pick<RecordJson, 'id'>[] = [];
    for (const read of [list, stream, socket, list, socket, stream, list, observe]) {
      const records = await read(seen.length, 6);
      expect(records).toHaveLength(6);
      seen.push(...records);
    }

    expect(seen.map(({ id }) => id)).toEqual(Array.from({ length: 48 }, (_, index) => `event-${index + 1}`));
  });

  it('gives the same record by every way', async () => {
    const [[fromList], [fromStream], [fromSocket]] = await Promise.all([
      list(9, 1),
      stream(9, 1),
      socket(9, 1),
    ]);

    expect(fromStream).toEqual(fromSocket);
    expect({ ...fromList, processed: false, processed_at: null }).toEqual(fromSocket);
  });
});
