import { eventually } from '@fanfare/core/testing';
import { createEventStore, readConfig as readEventStoreConfig } from '@fanfare/event-store';
import { createMediatorService, readConfig as readMediatorConfig } from '@fanfare/mediator';
import { hostForTest } from '@fanfare/service-kit/testing';

const memory = 'sqlite::memory:';

interface Listed {
  readonly events: readonly { readonly id: string }[];
}

interface Page {
  readonly events: readonly { readonly id: string; readonly subject: string }[];
}

describe('the facts of mediators', () => {
  it('reach the event log, each once and in order, and read back by the name of the mediator', async () => {
    const eventStore = readEventStoreConfig({ DATABASE_URL: memory, EVENT_LOG_URL: memory });
    await using services = await hostForTest([
      (resources) => createMediatorService(readMediatorConfig({ DATABASE_URL: memory }), resources),
      (resources) => createEventStore(eventStore, resources),
    ]);
    const post = async (path: string, body: object) => {
      const { status } = await services.request(`/api/v1/mediators${path}`, { method: 'POST', body });
      expect(status).toBeLessThan(300);
    };
    for (const name of ['one', 'other']) {
      await post('', { name });
      await post(`/${name}/colleagues`, { id: 'a', name: 'a' });
      for (let n = 0; n < 5; n += 1) {
        await post(`/${name}/messages`, { sender_id: 'a', recipient_id: 'a', message: n });
      }
    }

    const found = await eventually(async () => {
      const list = `${services.host.urls['event-store'] ?? ''}/api/v1/events?subject=one&limit=100`;
      const { events } = (await services.request(list)).body as Listed;
      expect(events).toHaveLength(7);
      return events;
    });

    const { events } = (await services.request('/topics/mediator/0')).body as Page;
    const announced = events.filter(({ subject }) => subject === 'one');
    expect(found.map(({ id }) => id)).toEqual(announced.map(({ id }) => id));
  });
});
