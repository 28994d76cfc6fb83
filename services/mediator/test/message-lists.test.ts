import { expectProblem } from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';

interface PageJson {
  readonly messages: readonly { readonly id: string }[];
  readonly next_cursor: string | null;
}

describe('the list of messages', () => {
  let service: MediatorForTest;

  beforeAll(async () => {
    service = await hostMediator();
    await service.begin({ name: 'm' }, 'a', 'b', 'c');
    const all = '/mediators/m/broadcast';
    const one = '/mediators/m/messages';
    await service.post(one, { id: 'to-b', sender_id: 'a', recipient_id: 'b', message: 1 });
    await service.post(all, { id: 'to-all', sender_id: 'a', type: 'news', message: 2 });
    await service.post(one, { id: 'to-a', sender_id: 'c', recipient_id: 'a', message: 3, type: 'news' });
    const later = new Date(Date.parse('2100-01-01')).toISOString();
    await service.post(one, {
      id: 'later',
      sender_id: 'c',
      recipient_id: 'b',
      message: 4,
      deliver_at: later,
    });
    await service.patch('/mediators/m/colleagues/a', { active: false });
    await service.patch('/mediators/m/colleagues/b', { active: false });
    await service.patch('/mediators/m/colleagues/c', { active: false });
    await service.post(all, { id: 'to-none', sender_id: 'b', message: 5 });
    await service.begin({ name: 'other' }, 'a');
    await service.post('/mediators/other/messages', { sender_id: 'a', recipient_id: 'a', message: 6 });
  });
  afterAll(() => service.stop());

  const page = async (query: string) =>
    (await service.get(`/mediators/m/messages?${query}`)).body as PageJson;
  const ids = async (query: string) => (await page(query)).messages.map(({ id }) => id);

  it.each([
    ['', ['to-b', 'to-all', 'to-a', 'later', 'to-none']],
    ['order=desc', ['to-none', 'later', 'to-a', 'to-all', 'to-b']],
    ['sender_id=c', ['to-a', 'later']],
    ['recipient_id=b', ['to-b', 'to-all', 'later']],
    ['type=news', ['to-all', 'to-a']],
    ['type=message&sender_id=a', ['to-b']],
    ['status=scheduled', ['later']],
    ['status=completed', ['to-none']],
    ['receipt=pending&recipient_id=c', ['to-all']],
    ['receipt=delivered', []],
    ['receipt=dead', []],
    ['sender_id=nobody', []],
    ['limit=2&offset=1', ['to-all', 'to-a']],
  ])('is of one mediator, oldest first, and filtered: %s', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it.each([['asc'], ['desc']])('is read in pages, %s, each message once', async (order) => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = `order=${order}&limit=2${cursor && `&cursor=${cursor}`}`;
      const { messages, next_cursor: next }: PageJson = await page(query);
      seen.push(...messages.map(({ id }) => id));
      cursor = next;
    }

    expect(seen).toEqual(await ids(`order=${order}`));
  });

  it.each([
    ['limit=0'],
    ['limit=1001'],
    ['order=up'],
    ['cursor=nonsense'],
    ['status=lost'],
    ['receipt=completed'],
    ['kind=message'],
    ['sender_id='],
    ['status=failed&status=pending'],
  ])('refuses %s', async (query) => {
    expectProblem(await service.get(`/mediators/m/messages?${query}`), 400);
  });

  it('is of no mediator that is not there', async () => {
    expect(expectProblem(await service.get('/mediators/none/messages'), 404)).toMatchObject({
      code: 'mediator-not-found',
    });
  });
});
