import { toDataSchema, type EventDefinition } from './define-event';
import type { CloudEvent } from './envelope';

/** One step up: how data of one version of an event reads in the next one. */
export interface Upcaster {
  readonly fromType: string;
  readonly toType: string;
  /** Throws a `ZodError` when the data is not of the old version. */
  lift(data: unknown): unknown;
}

/**
 * Says how the data of version n reads in version n + 1 of the same event. `lift` is pure, and works for every sample
 * of the old version; what the old version did not know gets the value that was true at its time.
 * Throws when the two are not neighbouring versions of one event.
 */
export function defineUpcaster<OldData, NewData>(
  from: EventDefinition<string, OldData>,
  to: EventDefinition<string, NewData>,
  lift: (data: OldData) => NewData,
): Upcaster {
  if (from.name !== to.name || to.version !== from.version + 1) {
    throw new Error(
      `an upcaster leads to the next version of the same event, not from ${from.type} to ${to.type}`,
    );
  }
  return {
    fromType: from.type,
    toType: to.type,
    lift: (data) => lift(from.parseData(data)),
  };
}

/**
 * Makes the function that lifts an event, version by version, to the newest one there is a way to. Events are never
 * rewritten where they are stored: they are lifted each time they are read. An event that is new enough, or of an unknown
 * type, comes back as it is. Throws when two upcasters begin at the same version.
 */
export function createLift(upcasters: readonly Upcaster[]): (event: CloudEvent) => CloudEvent {
  const byType = new Map(upcasters.map((upcaster) => [upcaster.fromType, upcaster]));
  if (byType.size < upcasters.length) throw new Error('two upcasters begin at the same version');

  return function liftToNewest(event) {
    let lifted = event;
    for (let step = byType.get(event.type); step; step = byType.get(step.toType)) {
      const data = step.lift(lifted.data);
      lifted = { ...lifted, type: step.toType, dataschema: toDataSchema(step.toType), data };
    }
    return lifted;
  };
}

/**
 * Makes the function that says which types an event may have had before it was lifted to a type: that one and all older
 * versions. It throws for a version that is lifted further, since nobody ever reads it.
 */
export function createTypesReadAs(upcasters: readonly Upcaster[]): (type: string) => readonly string[] {
  const withOlder = (type: string): readonly string[] => [
    type,
    ...upcasters.filter(({ toType }) => toType === type).flatMap(({ fromType }) => withOlder(fromType)),
  ];

  return function typesReadAs(type) {
    const newer = upcasters.find(({ fromType }) => fromType === type)?.toType;
    if (newer !== undefined) throw new Error(`events of ${type} are read as ${newer}: handle that one`);
    return withOlder(type);
  };
}
