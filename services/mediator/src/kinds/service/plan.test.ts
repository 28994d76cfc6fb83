import { dependentsOf, planOrder } from './plan';
import type { ServiceStatus } from './service';

const services = (statuses: Partial<Record<'db' | 'cache' | 'api' | 'web' | 'mail', ServiceStatus>>) => [
  { id: 'db', dependencies: [], status: statuses.db ?? 'stopped' },
  { id: 'cache', dependencies: [], status: statuses.cache ?? 'stopped' },
  { id: 'api', dependencies: ['db', 'cache'], status: statuses.api ?? 'stopped' },
  { id: 'web', dependencies: ['api', 'cache'], status: statuses.web ?? 'stopped' },
  { id: 'mail', dependencies: [], status: statuses.mail ?? 'stopped' },
];
const allRun = { db: 'running', cache: 'running', api: 'running', web: 'running', mail: 'running' } as const;

describe('the order in which services start and stop', () => {
  it.each([
    ['start', 'web', {}, ['db', 'cache', 'api', 'web']],
    ['start', 'web', { db: 'running' }, ['cache', 'api', 'web']],
    ['start', 'web', { db: 'failed', cache: 'starting' }, ['db', 'cache', 'api', 'web']],
    ['start', 'mail', {}, ['mail']],
    ['start', 'web', allRun, []],
    ['stop', 'cache', allRun, ['web', 'api', 'cache']],
    ['stop', 'db', { ...allRun, web: 'failed' }, ['api', 'db']],
    ['stop', 'db', { db: 'failed' }, ['db']],
    ['stop', 'mail', allRun, ['mail']],
    ['stop', 'db', {}, []],
  ] as const)('to %s %s, where %j', (verb, id, statuses, order) => {
    expect(planOrder(services(statuses), id, verb)).toEqual(order);
  });

  it('is known from both ends', () => {
    expect(dependentsOf(services({}), 'cache')).toEqual(['api', 'web']);
  });
});
