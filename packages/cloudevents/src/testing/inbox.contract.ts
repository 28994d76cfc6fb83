import type { Inbox } from '../receiver/inbox';

/** Every promise of the `Inbox` port, checked on whatever adapter is given; `open` gives a fresh one. */
export function describeInboxContract(name: string, open: () => Promise<Inbox<unknown>>): void {
  describe(`Inbox ${name}`, () => {
    const key = { source: '/orders', id: 'e-1' };
    let inbox: Inbox<unknown>;
    let handled: number;
    const handle = async () => void (handled += 1);

    beforeEach(async () => {
      inbox = await open();
      handled = 0;
    });

    it('has an event handled once, however often it is delivered', async () => {
      for (let delivery = 0; delivery < 3; delivery += 1) await inbox.handleOnce(key, handle);

      expect(handled).toBe(1);
    });

    it('tells events apart by both source and id, exactly', async () => {
      const keys = [
        key,
        { source: '/orders', id: 'E-1' },
        { source: '/orders', id: 'e-1 ' },
        { source: '/orders/', id: 'e-1' },
        { source: '/orderse', id: '-1' },
        { source: '/orders', id: 'e-1\u00e9' },
        { source: '/orders', id: 'e-1e\u0301' },
        { source: '/orders', id: '😀'.repeat(5_000) },
        { source: '/orders', id: `${'😀'.repeat(5_000)}!` },
        { source: '__proto__', id: `'"\`;--` },
      ];

      for (const one of keys) await inbox.handleOnce(one, handle);
      for (const one of keys) await inbox.handleOnce(one, handle);

      expect(handled).toBe(keys.length);
    });

    it('throws what the handler throws, and has the event handled when it comes again', async () => {
      const failure = new Error('not today');

      await expect(inbox.handleOnce(key, () => Promise.reject(failure))).rejects.toBe(failure);
      await inbox.handleOnce(key, handle);

      expect(handled).toBe(1);
    });

    it('lets deliveries at the same time wait for the first', async () => {
      const ended: string[] = [];
      let release: () => void = () => undefined;
      let begin: () => void = () => undefined;
      const hasBegun = new Promise<void>((resolve) => (begin = resolve));
      const isReleased = new Promise<void>((resolve) => (release = resolve));

      const first = inbox.handleOnce(key, async () => {
        begin();
        await isReleased;
        ended.push('handler');
      });
      await hasBegun;
      const others = [1, 2].map(() => inbox.handleOnce(key, handle).then(() => ended.push('duplicate')));
      release();
      await Promise.all([first, ...others]);

      expect(ended).toEqual(['handler', 'duplicate', 'duplicate']);
      expect(handled).toBe(0);
    });

    it('lets the next of the deliveries at the same time handle it when the first fails', async () => {
      const attempts = [1, 2, 3].map((attempt) =>
        inbox.handleOnce(key, async () => {
          if (attempt === 1) throw new Error('not today');
          await handle();
        }),
      );

      const results = await Promise.allSettled(attempts);

      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
      expect(handled).toBe(1);
    });
  });
}
