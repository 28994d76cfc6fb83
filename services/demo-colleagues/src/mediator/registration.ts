import type { Clock } from '@fanfare/core';
import { repeat, type Logger, type Worker } from '@fanfare/service-kit';
import type { Role } from '../colleagues/role';
import type { MediatorClient } from './mediator-client';

export interface RegistrationDeps {
  readonly roles: readonly Role[];
  readonly client: MediatorClient;
  /** Where the mediator reaches the colleagues. */
  readonly ownUrl: string;
  readonly secret: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

const mediator = 'order_fulfilment';
const lookAgainMs = 30_000;
const backoff = { firstMs: 200, maxMs: 5_000 };

/** The worker that keeps the colleagues registered, also with a mediator that starts later or has lost its memory. */
export function createRegistration(deps: RegistrationDeps): Worker {
  const { roles, client, clock, logger } = deps;
  let isRegistered = false;

  async function registerAll(): Promise<void> {
    const created = await client.call('POST', [], { name: mediator, kind: 'workflow' });
    expectStatus(created, [201, 409], `the mediator ${mediator} cannot be made`);
    for (const role of roles) await register(role, deps);
    if (!isRegistered)
      logger.info({ colleagues: roles.map(({ name }) => name) }, 'registered with the mediator');
    isRegistered = true;
  }

  return repeat(registerAll, {
    name: 'registration',
    restMs: lookAgainMs,
    clock,
    backoff,
    onFailure(err, delayMs) {
      isRegistered = false;
      logger.warn({ err, delayMs }, 'the colleagues cannot be registered yet');
    },
  });
}

async function register(role: Role, { client, ownUrl, secret }: RegistrationDeps): Promise<void> {
  const settings = {
    name: role.name,
    handles: [role.does, role.undoes],
    endpoint: `${ownUrl}/colleagues/${role.name}`,
    secret,
    concurrency: 64,
  };
  const problem = `${role.name} cannot be registered`;
  const answer = await client.call('POST', [mediator, 'colleagues'], { id: role.name, ...settings });
  expectStatus(answer, [200, 201, 409], problem);
  if (answer.status !== 409) return;
  const changed = await client.call('PATCH', [mediator, 'colleagues', role.name], settings);
  expectStatus(changed, [200], problem);
}

function expectStatus(
  { status, text }: { readonly status: number; readonly text: string },
  expected: readonly number[],
  problem: string,
): void {
  if (!expected.includes(status)) throw new Error(`${problem}: the answer is ${status} ${text}`);
}
