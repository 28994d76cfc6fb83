import { healthOf, type RegisteredService } from './service';
import type { ShownService } from './service-schemas';

export function showService(
  service: RegisteredService,
  { dependents, now }: { readonly dependents: readonly string[]; readonly now: Date },
): ShownService {
  const { id, name, type, status, metrics, dependencies, startTime, stopTime, lastHeartbeat } = service;
  return {
    id,
    name,
    type,
    status,
    health: healthOf(service, now),
    metrics,
    dependencies: [...dependencies],
    dependents: [...dependents],
    handler_id: service.handlerId,
    heartbeat_timeout_ms: service.heartbeatTimeoutMs,
    start_time: startTime?.toISOString() ?? null,
    stop_time: stopTime?.toISOString() ?? null,
    last_heartbeat: lastHeartbeat?.toISOString() ?? null,
    error: service.error,
  };
}
