import type { CloudEvent } from '@fanfare/contracts';
import { eventually } from '@fanfare/core/testing';
import type { MediatorForTest } from '../host-mediator';

type Told = CloudEvent<Readonly<Record<string, unknown>>>;

/** What stands in a topic of the service, as whoever has these headers reads it. */
export async function readTold(
  service: Pick<MediatorForTest, 'request'>,
  topic: 'audit-mediator' | 'mediator',
  headers = {},
): Promise<readonly Told[]> {
  const { body } = await service.request(`/topics/${topic}/0?limit=1000`, { headers });
  return (body as { readonly events: readonly Told[] }).events;
}

/** The audit entries of these commands, when there are as many: they are left a moment after the response. */
export function auditedOf(
  service: Pick<MediatorForTest, 'request'>,
  ids: readonly string[],
): Promise<readonly Told[]> {
  return eventually(async () => {
    const entries = await readTold(service, 'audit-mediator');
    const found = entries.filter(({ data }) => ids.includes(String(data['request_id'])));
    expect(found).toHaveLength(ids.length);
    return found;
  });
}
