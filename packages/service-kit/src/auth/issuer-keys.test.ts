import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openIssuer, type IssuerForTest } from '../testing/issuer';
import { claimsAt, ec, refused, rsa } from '../testing/verify-tokens';
import { createVerifyToken } from './verify-token';

let clock: VirtualClock;
const claims = (more: object = {}) => claimsAt(clock.now(), more);

beforeEach(() => {
  clock = createVirtualClock();
});

describe('the keys of an issuer', () => {
  let issuer: IssuerForTest;
  const failures: Error[] = [];
  const openByKeys = () =>
    createVerifyToken({
      config: { mode: 'jwt', jwksUrl: issuer.url, longestLifeMs: 86_400_000 },
      clock,
      onFailure: (error) => failures.push(error),
    });

  beforeEach(async () => {
    failures.length = 0;
    issuer = await openIssuer(rsa);
  });
  afterEach(() => issuer[Symbol.asyncDispose]());

  it('are asked for once, when the first token comes, however many come at once', async () => {
    const verify = await openByKeys();
    expect(issuer.asked).toBe(0);

    await Promise.all([1, 2, 3].map(() => verify(rsa.sign(claims()))));
    await verify(rsa.sign(claims()));

    expect(issuer.asked).toBe(1);
  });

  it('are asked for again when a token names one that is not among them, but not for every such token', async () => {
    const verify = await openByKeys();
    await verify(rsa.sign(claims()));
    issuer.keys = [rsa, ec];

    await expect(verify(ec.sign(claims()))).rejects.toEqual(refused(''));
    await clock.advance(30_000);
    expect(await verify(ec.sign(claims()))).toMatchObject({ subject: 'ann' });
    for (let count = 0; count < 5; count += 1) {
      await expect(verify(ec.sign(claims(), { kid: `made-up-${count}` }))).rejects.toEqual(refused(''));
    }

    expect(issuer.asked).toBe(2);
  });

  it('that are withdrawn count no more when the set is read again', async () => {
    const verify = await openByKeys();
    await verify(rsa.sign(claims()));
    issuer.keys = [ec];
    await clock.advance(10 * 60_000);

    await verify(ec.sign(claims()));

    await expect(verify(rsa.sign(claims()))).rejects.toEqual(refused(''));
  });

  it('that cannot be had are no reason to call a token wrong: 503, and it is tried again', async () => {
    const verify = await openByKeys();
    issuer.isAway = true;
    const away = { status: 503, extra: { headers: { 'retry-after': '1' } } };

    await expect(verify(rsa.sign(claims()))).rejects.toMatchObject(away);
    await expect(verify(rsa.sign(claims()))).rejects.toMatchObject(away);
    expect(issuer.asked).toBe(1);
    expect(failures).toHaveLength(1);
    issuer.isAway = false;
    await clock.advance(1_000);

    expect(await verify(rsa.sign(claims()))).toMatchObject({ subject: 'ann' });
  });

  it('that are known count on while the issuer is away, for four hours', async () => {
    const verify = await openByKeys();
    await verify(rsa.sign(claims()));
    issuer.isAway = true;
    await clock.advance(4 * 60 * 60_000 - 1);

    expect(await verify(rsa.sign(claims()))).toMatchObject({ subject: 'ann' });
    await expect(verify(ec.sign(claims()))).rejects.toMatchObject({ status: 503 });
    await clock.advance(1);
    await expect(verify(rsa.sign(claims()))).rejects.toMatchObject({ status: 503 });
    issuer.isAway = false;
    await clock.advance(2_000);

    expect(await verify(rsa.sign(claims()))).toMatchObject({ subject: 'ann' });
  });

  it('are asked for again a moment after that failed, so that one that was withdrawn counts no longer', async () => {
    const verify = await openByKeys();
    await verify(rsa.sign(claims()));
    issuer.isAway = true;
    await clock.advance(10 * 60_000);
    await verify(rsa.sign(claims()));
    await eventually(() => {
      expect(failures).toHaveLength(1);
    });
    [issuer.isAway, issuer.keys] = [false, [ec]];

    await clock.advance(1_000);
    await verify(rsa.sign(claims()));

    await eventually(async () => {
      await expect(verify(rsa.sign(claims()))).rejects.toEqual(refused(''));
    });
  });

  it('are asked for less and less often while the issuer is away', async () => {
    const verify = await openByKeys();
    await verify(rsa.sign(claims()));
    issuer.isAway = true;
    await clock.advance(10 * 60_000);

    for (let second = 0; second < 120; second += 1) {
      await verify(rsa.sign(claims()));
      await eventually(() => {
        expect(failures).toHaveLength(issuer.asked - 1);
      });
      await clock.advance(1_000);
    }

    expect(failures.length).toBeGreaterThan(2);
    expect(failures.length).toBeLessThan(40);
  });
});
