import { createVirtualClock } from '@fanfare/core';
import { hostMediator } from '../../../test/host-mediator';
import { createDirectory } from '../../mediators/create-directory';
import { createAcquireLease } from './acquire-lease';
import { createEndLease } from './end-lease';

const nothing = () => undefined;

it.each([
  ['is given back', {}, 0],
  ['is kept for the same call made again, where the call names it', { id: 'mine' }, 1],
])('what is granted to a caller that hangs up at that very moment %s', async (_, named, used) => {
  const clock = createVirtualClock();
  await using service = await hostMediator({}, { clock });
  await service.begin({ name: 'pools', kind: 'resource' }, 'ann');
  await service.post('/mediators/pools/resources', { name: 'pool', capacity: 1 });
  const { database } = service;
  const caller = new AbortController();
  const waiting = {
    tell: nothing,
    listen: () => nothing,
    async until<T>(__: unknown, look: () => Promise<T | undefined>): Promise<T | undefined> {
      const found = await look();
      caller.abort();
      return found;
    },
  };
  const deps = { database, clock, waiting, newId: () => 'new' };
  const directory = createDirectory({ database, clock, inactiveTimeoutMs: 1_000 });
  const endLease = createEndLease({ directory, clock, waiting });
  const acquireLease = createAcquireLease({ ...deps, directory, endLease });
  const body = { colleague_id: 'ann', amount: 1, lease_ms: 30_000, wait_ms: 0 };

  await acquireLease({
    address: { mediator: 'pools', id: 'pool' },
    body: { ...body, ...named },
    signal: caller.signal,
  });

  expect((await service.get('/mediators/pools/resources/pool')).body).toMatchObject({ used });
});
