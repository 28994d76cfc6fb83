import { leaseAt, type Lease } from './lease';
import { availableOf, usedOf, type Resource, type ResourceUse } from './resource';
import type { ShownLease, ShownResource } from './resource-schemas';

export function showResource(resource: Resource, use: ResourceUse): ShownResource {
  const { id, name, type, capacity } = resource;
  const used = usedOf(resource, use);
  const available = availableOf(resource, use);
  return {
    id,
    name,
    type,
    status: available > 0 ? 'available' : 'exhausted',
    capacity,
    used,
    available,
    utilization: capacity === 0 ? 1 : Math.min(1, used / capacity),
    waiting: use.waiting,
    wait_time: use.grants === 0 ? 0 : use.waitedMs / use.grants,
    last_access: use.lastAccess?.toISOString() ?? null,
  };
}

export function showLease(lease: Lease, now: Date): ShownLease {
  const { id, resourceId, colleagueId, amount, token, status, grantedAt, leaseUntil } = leaseAt(lease, now);
  return {
    id,
    resource_id: resourceId,
    colleague_id: colleagueId,
    amount,
    token,
    status,
    granted_at: grantedAt.toISOString(),
    lease_until: leaseUntil.toISOString(),
  };
}
