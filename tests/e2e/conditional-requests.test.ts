import { cancelOrder, getOrder, patchOrder, placeOrder, readOrder } from './support/orders';
import { expectProblem } from './support/problem';
import { send } from './support/http';
import { orderUrl } from './support/system';
import { watchTopic } from './support/topics';

async function tagOf(id: string): Promise<string> {
  const tag = (await getOrder(id)).headers.get('etag');
  if (tag === null) throw new Error('the order has no entity tag');
  return tag;
}

describe('the entity tag of an order', () => {
  it('spares sending again what the client has', async () => {
    const { id } = await placeOrder();
    const tag = await tagOf(id);

    for (const known of [tag, `"other", ${tag}`, `W/${tag}`, '*']) {
      const answer = await getOrder(id, { 'if-none-match': known });
      expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([304, '', tag]);
    }
  });

  it('changes with the order, which is then sent again', async () => {
    const { id } = await placeOrder();
    const tag = await tagOf(id);

    const changed = await patchOrder(id, { status: 'confirmed' });

    expect(changed.headers.get('etag')).not.toBe(tag);
    const answer = await getOrder(id, { 'if-none-match': tag });
    expect([answer.status, answer.text]).toEqual([200, changed.text]);
    expect(answer.headers.get('etag')).toBe(changed.headers.get('etag'));
  });

  it('lets a change through that is based on the present order', async () => {
    const { id } = await placeOrder();

    const confirmed = await patchOrder(id, { status: 'confirmed' }, { 'if-match': await tagOf(id) });
    const cancelled = await send(`${orderUrl}/orders/${id}/cancel`, {
      method: 'POST',
      headers: { 'if-match': confirmed.headers.get('etag') ?? '' },
    });

    expect([confirmed.status, cancelled.status]).toEqual([200, 200]);
  });

  it('stops a change that is based on an older order: 412, no change and no event', async () => {
    const { id } = await placeOrder();
    const outdated = await tagOf(id);
    await patchOrder(id, { status: 'confirmed' });
    const orders = await watchTopic();

    const answer = await patchOrder(id, { status: 'cancelled' }, { 'if-match': outdated });

    expectProblem(answer, 412);
    expect((await readOrder(id)).status).toBe('confirmed');
    expect(await orders.eventsOf(id)).toEqual([]);
  });

  it('lets one of two through that change the same order from the same state', async () => {
    const { id } = await placeOrder();
    const headers = { 'if-match': await tagOf(id) };

    const answers = await Promise.all([
      patchOrder(id, { status: 'confirmed' }, headers),
      patchOrder(id, { status: 'cancelled' }, headers),
    ]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('is not asked for: without conditions a change is judged by the status alone', async () => {
    const { id } = await placeOrder();

    expect((await cancelOrder(id)).status).toBe(200);
  });
});
