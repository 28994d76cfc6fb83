import { createVirtualClock } from '@fanfare/core';
import { hostMediator, type MediatorForTest } from './host-mediator';

describe('colleagues that make no call', () => {
  const minute = 60_000;
  const clock = createVirtualClock();
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator({ INACTIVE_TIMEOUT: '5m' }, { clock });
    await service.begin({ name: 'orders' }, 'a', 'b', {
      id: 'hook',
      name: 'hook',
      endpoint: 'http://127.0.0.1:9/',
    });
  });
  afterEach(() => service.stop());

  const at = '/mediators/orders/colleagues';
  const read = async (id: string) => (await service.get(`${at}/${id}`)).body as Record<string, unknown>;
  const active = async () => {
    const { body } = await service.get('/mediators/orders');
    const { colleagues } = body as { colleagues: readonly { id: string; active: boolean }[] };
    return colleagues.filter((colleague) => colleague.active).map(({ id }) => id);
  };

  it('are inactive after INACTIVE_TIMEOUT, unless they have an endpoint', async () => {
    await clock.advance(5 * minute - 1);
    expect(await active()).toEqual(['a', 'b', 'hook']);

    await clock.advance(1);

    expect(await active()).toEqual(['hook']);
    expect(await read('a')).toMatchObject({ active: false });
  });

  it('are active again with their next sign of life, which is told', async () => {
    await clock.advance(4 * minute);
    await service.post(`${at}/a/heartbeat`);
    await clock.advance(4 * minute);
    expect(await active()).toEqual(['a', 'hook']);

    const answer = await service.post(`${at}/b/heartbeat`);

    expect(answer).toMatchObject({
      status: 200,
      body: { id: 'b', active: true, last_activity: clock.now().toISOString() },
    });
    expect(await active()).toEqual(['a', 'b', 'hook']);
  });

  it('stay inactive when someone has set them so, whatever they call, until someone sets them active', async () => {
    expect((await service.patch(`${at}/a`, { active: false })).body).toMatchObject({ active: false });
    await service.patch(`${at}/hook`, { active: false });

    expect((await service.post(`${at}/a/heartbeat`)).body).toMatchObject({ active: false });
    expect(await active()).toEqual(['b']);

    await clock.advance(10 * minute);
    expect((await service.patch(`${at}/a`, { active: true })).body).toMatchObject({ active: true });
    expect((await service.patch(`${at}/hook`, { active: true })).body).toMatchObject({ active: true });
    expect(await active()).toEqual(['a', 'hook']);
  });

  it('may be registered as inactive', async () => {
    await service.post(at, { id: 'later', name: 'later', active: false });

    expect(await read('later')).toMatchObject({ active: false });
  });
});
