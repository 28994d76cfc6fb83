import {
  databaseUrl,
  listenAddress,
  readEnvironment,
  variable,
  wholeNumber,
  type Environment,
} from '@fanfare/service-kit';
import { z } from 'zod';
import { roleNames, type RoleName } from './colleagues/role';

/** How often something happens: 0 never, 1 always. */
const rate = () =>
  z
    .string()
    .regex(/^(0|1|0?\.\d{1,6})$/, 'must be a number from 0 to 1, like 0.2')
    .default('0')
    .transform(Number);

const roles = z
  .string()
  .default(roleNames.join(','))
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(roleNames, `must be some of ${roleNames.join(', ')}`)));

/** Each colleague keeps its own books. */
const databaseUrlOf = (role: RoleName) => (env: Environment) =>
  databaseUrl({ fallback: `sqlite:./data/${role}.db` })({
    DATABASE_URL: env[`${role.toUpperCase()}_DATABASE_URL`],
  });

const settings = {
  listen: listenAddress({ port: 8085 }),
  roles: variable('COLLEAGUES', roles),
  databaseUrls: (env: Environment) =>
    readEnvironment(
      {
        inventory: databaseUrlOf('inventory'),
        payment: databaseUrlOf('payment'),
        shipping: databaseUrlOf('shipping'),
      },
      env,
    ),
  mediatorUrl: variable(
    'MEDIATOR_URL',
    z.url('must be like http://host:8083').default('http://127.0.0.1:8083'),
  ),
  /** Where the mediator reaches the colleagues; undefined: where they listen. */
  ownUrl: variable('COLLEAGUES_URL', z.url('must be like http://host:8085').optional()),
  /** Of the demonstration only: it signs what the mediator sends, and everybody can read it here. */
  secret: variable('COLLEAGUES_SECRET', z.string().default('whsec_ZmFuZmFyZS1kZW1vLWNvbGxlYWd1ZXMtb25seQ==')),
  /** How often a command fails: half the time it is refused, half the time nothing answers well. */
  failureRate: variable('FAILURE_RATE', rate()),
  /** How often an answer comes too late, the effect before or after the time limit. */
  timeoutRate: variable('TIMEOUT_RATE', rate()),
  /** How often a command is answered twice, by replies of its own. */
  duplicateRate: variable('DUPLICATE_RATE', rate()),
  /** How long each command takes. */
  delayMs: variable('DELAY_MS', wholeNumber({ max: 60_000 }).default(0)),
  /** With the same seed the same commands fail the same way. */
  seed: variable('SEED', wholeNumber({ max: Number.MAX_SAFE_INTEGER }).default(1)),
  /** How many pieces there are to be reserved; undefined: any number. */
  stock: variable('STOCK', wholeNumber({ max: 1_000_000_000 }).optional()),
};

/** Everything that can be set about the colleagues of the demonstration. */
export type DemoColleaguesConfig = ReturnType<typeof readConfig>;

/** Throws `ConfigError` naming every bad variable. */
export function readConfig(env: Environment = process.env) {
  return readEnvironment(settings, env);
}
