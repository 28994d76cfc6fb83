import { privacySubjectErased } from '@fanfare/contracts';
import type { ServiceFactory } from '../hosting/service';
import { createTopicOwner } from './topic-owner';

/** Stands in for the event store: owns the topic `privacy`, and says whom to forget. */
export interface ErasuresStandIn {
  readonly factory: ServiceFactory;
  /** `erasedAt` is now unless given. */
  erase(subject: string, erasedAt?: Date): Promise<void>;
}

export function createErasuresStandIn(): ErasuresStandIn {
  const owner = createTopicOwner({ name: 'event-store', topic: 'privacy' });
  let erase: ErasuresStandIn['erase'] = () => Promise.reject(new Error('not hosted yet'));
  return {
    erase: (...erasure) => erase(...erasure),
    factory(resources) {
      const { clock, newId } = resources;
      erase = (subject, erasedAt = clock.now()) => {
        const id = newId();
        return owner.publish(
          privacySubjectErased.create({
            id,
            source: '/event-store',
            subject: id,
            time: clock.now(),
            correlationid: id,
            traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
            data: { subject, erased_events: 0, erased_snapshots: 0, erased_at: erasedAt.toISOString() },
          }),
        );
      };
      return owner.factory(resources);
    },
  };
}
