import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { actAs, type ActingColleague } from './act-as';
import { createLeapingClock, type LeapingClock } from './leaping-clock';
import { hostMediator, type MediatorForTest } from './host-mediator';

interface NotificationJson {
  readonly id: string;
  readonly recipient_id: string;
  readonly status: string;
  readonly read: boolean;
}

interface ListJson {
  readonly notifications: readonly NotificationJson[];
  readonly unread?: number;
  readonly next_cursor: string | null;
}

const path = '/mediators/news/notifications';

describeOnEveryDatabase('notifications', (_, underTest) => {
  let service: MediatorForTest;
  let mailer: ActingColleague;

  async function begin(env: Readonly<Record<string, string>> = {}): Promise<void> {
    service = await hostMediator({ DATABASE_URL: await underTest.createUrl(), ...env });
    await service.begin(
      { name: 'news', kind: 'notification' },
      { id: 'mailer', name: 'M', handles: ['email'] },
    );
    mailer = actAs(service, 'news', 'mailer');
  }
  beforeEach(() => begin());
  afterEach(() => service.stop());

  const notify = (body: object) => service.post(path, { type: 'alert', content: 'Hello', ...body });
  const list = async (query = '') => (await service.get(`${path}${query}`)).body as ListJson;
  const find = async (id: string) => (await service.get(`${path}/${id}`)).body as NotificationJson;

  it('are made for each recipient, in the order given, once for the same call', async () => {
    const body = { id: 'n1', recipient_ids: ['eve', 'ann'], priority: 'high' };
    const made = await notify(body);

    expect(made).toMatchObject({
      status: 201,
      headers: { location: `/api/v1${path}/n1%3Aeve` },
      body: { id: 'n1', notifications: [{ id: 'n1:eve' }, { id: 'n1:ann' }] },
    });
    expect(await find('n1:ann')).toEqual({
      id: 'n1:ann',
      type: 'alert',
      content: 'Hello',
      recipient_id: 'ann',
      priority: 'high',
      timestamp: expect.any(String) as string,
      read: false,
      read_at: null,
      status: 'pending',
    });
    expect(await notify({ ...body, status: 'pending' })).toMatchObject({
      status: 200,
      headers: { 'idempotency-replayed': 'true' },
      body: made.body as object,
    });
    expect(expectProblem(await notify({ ...body, content: 'Bye' }), 409).code).toBe('already-exists');
    expect((await list()).notifications).toHaveLength(2);
  });

  it('are listed by recipient, type and whether they were read, and the unread are counted', async () => {
    await notify({ id: 'a', recipient_ids: ['ann', 'eve'] });
    await notify({ id: 'b', type: 'bill', recipient_id: 'ann' });
    await service.post(`${path}/a:ann/read`);

    const ids = async (query: string) => (await list(query)).notifications.map(({ id }) => id);
    expect(await ids('?recipient_id=ann')).toEqual(['a:ann', 'b:ann']);
    expect(await ids('?recipient_id=ann&order=desc')).toEqual(['b:ann', 'a:ann']);
    expect(await ids('?type=bill')).toEqual(['b:ann']);
    expect(await ids('?read=true')).toEqual(['a:ann']);
    expect(await ids('?read=false&recipient_id=eve')).toEqual(['a:eve']);
    expect(await list('?recipient_id=ann&read=true')).toMatchObject({ unread: 1 });
    expect(await list()).not.toHaveProperty('unread');
    const first = await list('?limit=2');
    expect(await ids(`?limit=2&cursor=${first.next_cursor ?? ''}`)).toEqual(['b:ann']);
  });

  it('are read once, and that is told once', async () => {
    await notify({ id: 'a', recipient_id: 'ann' });

    const read = await service.post(`${path}/a:ann/read`);
    const again = await service.post(`${path}/a:ann/read`);

    expect(read).toMatchObject({ status: 200, body: { read: true, read_at: expect.any(String) as string } });
    expect(again.body).toEqual(read.body);
    const told = (await service.announced()).filter(({ type }) => type.includes('notification.read'));
    expect(told.map(({ data }) => data)).toEqual([
      { mediator: 'news', notification_id: 'a:ann', recipient_id: 'ann' },
    ]);
  });

  it('are carried by the colleague that handles their type, and delivered when it has them', async () => {
    await notify({ id: 'a', type: 'email', recipient_id: 'ann' });

    const delivery = await mailer.take();
    expect(delivery).toMatchObject({
      id: 'a:ann',
      kind: 'notification',
      type: 'email',
      sender_id: null,
      reply_expected: false,
      data: { id: 'a:ann', content: 'Hello', recipient_id: 'ann' },
    });
    expect(await find('a:ann')).toMatchObject({ status: 'pending' });
    await mailer.ack('a:ann');
    expect(await find('a:ann')).toMatchObject({ status: 'delivered', read: false });
    expect(await list('?status=delivered')).toMatchObject({ notifications: [{ id: 'a:ann' }] });
  });

  it('are carried by the colleague that is named, who must be there', async () => {
    await notify({ id: 'a', recipient_id: 'ann', handler_id: 'mailer' });

    expect(await mailer.take()).toMatchObject({ id: 'a:ann', type: 'alert' });
    const refused = await notify({ recipient_id: 'ann', handler_id: 'nobody' });
    expect(expectProblem(refused, 404).code).toBe('colleague-not-found');
  });

  it('wait in the list where nobody carries them', async () => {
    await notify({ id: 'a', recipient_id: 'ann' });

    expect(await mailer.poll('wait_ms=0')).toEqual([]);
    expect(await find('a:ann')).toMatchObject({ status: 'pending' });
  });

  it('fail when their channel has failed as often as it may, or for good', async () => {
    await service.stop();
    await begin({ RETRY_COUNT: '1' });
    await notify({ id: 'a', type: 'email', recipient_id: 'ann' });

    await mailer.take();
    await mailer.nack('a:ann', { error: { code: 'bounced', message: 'no such address' } });

    expect(await find('a:ann')).toMatchObject({ status: 'failed' });
    expect(await mailer.poll('wait_ms=0')).toEqual([]);
  });

  it('come again after a failed try, as the next attempt', async () => {
    await notify({ id: 'a', type: 'email', recipient_id: 'ann' });
    await mailer.take();
    await mailer.nack('a:ann');
    expect(await find('a:ann')).toMatchObject({ status: 'pending' });

    expect(await mailer.take()).toMatchObject({ id: 'a:ann', attempt: 2 });
    await mailer.ack('a:ann');
    expect(await find('a:ann')).toMatchObject({ status: 'delivered' });
  });

  it('lose one try, however often their channel says that it has failed', async () => {
    await notify({ id: 'a', type: 'email', recipient_id: 'ann' });
    await mailer.take();
    for (const message of ['busy', 'busy still', 'very busy', 'too busy']) {
      await mailer.nack('a:ann', { error: { code: 'busy', message } });
    }

    expect(await find('a:ann')).toMatchObject({ status: 'pending' });
    expect(await mailer.take()).toMatchObject({ id: 'a:ann', attempt: 2 });
  });

  it('are made by a message to their mediator, too, and carried by its recipient', async () => {
    const message = { type: 'alert', content: 'Hello', recipient_id: 'ann' };
    const sent = await mailer.send({ id: 'a', recipient_id: 'mailer', message });

    expect(sent).toMatchObject({ status: 200, body: { id: 'a', notifications: [{ id: 'a:ann' }] } });
    expect(await mailer.take()).toMatchObject({ id: 'a:ann', kind: 'notification' });
  });

  it('are gone with their mediator', async () => {
    await notify({ id: 'a', type: 'email', recipient_id: 'ann' });
    await service.delete('/mediators/news');
    await service.begin({ name: 'news', kind: 'notification' });

    expect(await list()).toEqual({ notifications: [], next_cursor: null });
  });

  it.each([
    ['without a recipient', {}],
    ['with recipients in both ways', { recipient_id: 'ann', recipient_ids: ['ann'] }],
    ['to one twice', { recipient_ids: ['ann', 'ann'] }],
    ['without content', { recipient_id: 'ann', content: undefined }],
  ])('are refused %s', async (__, body) => {
    expectProblem(await notify(body), 400);
  });
});

describe('notifications whose time is over', () => {
  let clock: LeapingClock;
  let service: MediatorForTest;

  beforeEach(async () => {
    clock = createLeapingClock(new Date('2026-01-01T00:00:00Z'));
    service = await hostMediator({ RETENTION: '10m' }, { clock });
    await service.begin(
      { name: 'news', kind: 'notification' },
      { id: 'mailer', name: 'M', handles: ['email'] },
    );
  });
  afterEach(() => service.stop());

  it('are expired, carried by nobody any more, and can still be read', async () => {
    const mailer = actAs(service, 'news', 'mailer');
    await service.post(path, { id: 'a', type: 'email', content: 'x', recipient_id: 'ann', ttl_ms: 60_000 });

    await clock.advance(60_001);

    await eventually(async () => {
      expect((await service.get(`${path}/a:ann`)).body).toMatchObject({ status: 'expired' });
    });
    expect(await mailer.poll('wait_ms=0')).toEqual([]);
    expect((await service.post(`${path}/a:ann/read`)).body).toMatchObject({ read: true, status: 'expired' });
  });

  it('are forgotten when they ended long ago, and those that wait in the list are not', async () => {
    await service.post(path, { id: 'a', type: 'email', content: 'x', recipient_id: 'ann', ttl_ms: 1_000 });
    await service.post(path, { id: 'b', type: 'alert', content: 'x', recipient_id: 'ann' });
    await clock.advance(1_001);
    await eventually(async () => {
      expect((await service.get(`${path}/a:ann`)).body).toMatchObject({ status: 'expired' });
    });

    clock.leap(600_000);
    await eventually(async () => {
      await clock.advance(600_000);
      const { notifications } = (await service.get(path)).body as ListJson;
      expect(notifications.map(({ id }) => id)).toEqual(['b:ann']);
    });
  });
});
