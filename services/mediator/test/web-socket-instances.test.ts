import { eventually } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { actAs } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { connectColleague, idsOf, numbered } from './support/connect-colleague';

describeOnEveryDatabase('colleagues that are connected to two instances', (_, underTest) => {
  const instances: MediatorForTest[] = [];

  afterEach(async () => {
    for (const instance of instances.splice(0)) await instance.stop();
  });

  it('get what is sent through either, and what the other held when it stopped', async () => {
    const settings = { DATABASE_URL: await underTest.createUrl() };
    for (let count = 0; count < 2; count += 1) instances.push(await hostMediator(settings));
    const [first, second] = instances as [MediatorForTest, MediatorForTest];
    await first.begin({ name: 'm' }, 'a', { id: 'b', name: 'b', concurrency: 2 });
    const one = await connectColleague(first, 'm', 'b', '&visibility_ms=3600000');
    for (const id of numbered(3)) await actAs(second, 'm', 'a').send({ id, recipient_id: 'b', message: id });
    await eventually(() => {
      expect(idsOf(one)).toEqual(['m-0', 'm-1']);
    });
    const other = await connectColleague(second, 'm', 'b');
    await eventually(() => {
      expect(idsOf(other)).toEqual(['m-2']);
    });
    await one.ack('m-0');

    await first.stop();

    expect(await one.closed).toEqual({ code: 1001, reason: 'the service stops' });
    await eventually(() => {
      expect(other.deliveries).toMatchObject([{ id: 'm-2' }, { id: 'm-1', attempt: 2 }]);
    });
    other.socket.terminate();
  });
});
