import { createVirtualClock } from '@fanfare/core';
import { authForTest } from '../testing/tokens';
import { createServiceToken } from './service-token';
import { createVerifyToken } from './verify-token';

describe('the token that a service makes for itself', () => {
  it.each([0, 20_000, 120_000, 86_400_000])(
    'is taken where tokens may live for %d ms',
    async (longestLifeMs) => {
      const clock = createVirtualClock();
      const auth = { ...authForTest, longestLifeMs };
      const makeToken = createServiceToken({ auth, subjectOf: () => 'order-service', clock });
      const verify = await createVerifyToken({ config: auth, clock, onFailure: () => undefined });

      const first = (await makeToken()) ?? '';
      expect(await verify(first)).toMatchObject({ subject: 'order-service' });
      expect(await makeToken()).toBe(first);

      await clock.advance(300_000);
      const second = (await makeToken()) ?? '';
      expect(second).not.toBe(first);
      expect(await verify(second)).toMatchObject({ subject: 'order-service' });
    },
  );
});
