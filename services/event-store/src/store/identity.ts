import type { EventStoreConfig } from '../config';

/** What the service says of itself: who it is, and how it was set. Picked one by one, so that no secret comes along. */
export function identityOf(config: EventStoreConfig) {
  return {
    name: config.name,
    metadata: {
      environment: config.environment,
      region: config.region,
      record_topics: config.recordTopics,
      validation_enabled: config.validationEnabled,
      caching_enabled: config.cachingEnabled,
      monitoring_enabled: config.monitoringEnabled,
      auditing_enabled: config.auditingEnabled,
      strict_event_types: config.strictEventTypes,
      supported_event_types: config.supportedEventTypes ?? null,
      supported_aggregate_types: config.supportedAggregateTypes ?? null,
      signed_checkpoints: config.signingKey !== undefined,
      snapshot_every: config.snapshotEvery,
      snapshot_interval_ms: config.snapshotIntervalMs,
      max_event_data_size: config.maxEventDataBytes,
      max_events: config.maxEvents,
      max_aggregates: config.maxAggregates,
      max_aggregate_events: config.maxAggregateEvents,
      max_snapshots: config.maxSnapshots,
      on_dead_letter: config.onDeadLetter,
    },
  };
}

export type Identity = ReturnType<typeof identityOf>;
