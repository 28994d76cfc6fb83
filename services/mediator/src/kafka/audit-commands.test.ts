import { reply, type AuditCall, type Method } from '@fanfare/service-kit';
import { createAuditCommands } from './audit-commands';
import { commandTypes, type Command, type CommandType } from './command';

describe('the audit entry of a command', () => {
  const entries: [string, number, Parameters<AuditCall>[0]][] = [];
  const auditByPath = (method: Method, path: string): AuditCall => {
    return async (call, status) => void entries.push([`${method} ${path}`, status, call]);
  };
  const audit = createAuditCommands(auditByPath, () => '0190b8a4-0000-7000-8000-000000000000');
  const command = (type: CommandType, data: object): Command => ({
    specversion: '1.0',
    id: 'c-1',
    source: '/shop',
    type,
    correlationid: 'order-1',
    data,
    time: '2026-01-01T00:00:00.000Z',
  });
  beforeEach(() => {
    entries.length = 0;
  });

  it('says where the command came from, what it is about, and which it was', async () => {
    const data = { mediator: 'm', colleague_id: 'a' };

    await audit(command('unregister_colleague', data), reply(200));

    expect(entries).toMatchObject([
      [
        'delete /api/v1/mediators/{name}/colleagues/{id}',
        200,
        {
          caller: { subject: 'kafka:/shop' },
          requestId: 'c-1',
          trace: { correlationid: 'order-1', causationid: 'c-1' },
          params: { name: 'm', id: 'a' },
          sentBody: data,
        },
      ],
    ]);
  });

  it('is that of the call of HTTP that does the same, for each type', async () => {
    for (const type of commandTypes) await audit(command(type, {}), reply(404));

    expect(entries.map(([route]) => route.replace('/api/v1/mediators', ''))).toEqual([
      'post ',
      'patch /{name}',
      'delete /{name}',
      'post /{name}/colleagues',
      'delete /{name}/colleagues/{id}',
      'post /{name}/messages',
      'post /{name}/broadcast',
      'post /{name}/workflows',
    ]);
  });
});
