/** Something of which there is only so much, and that colleagues share by leases. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string | null;
  readonly capacity: number;
  /** Taken by whoever does not ask the mediator. */
  readonly usedOutside: number;
}

/** Whether any of it may still be leased. */
export const resourceStatuses = ['available', 'exhausted'] as const;
export type ResourceStatus = (typeof resourceStatuses)[number];

/** What is counted of a resource besides. */
export interface ResourceUse {
  /** The sum of the leases that are held. */
  readonly held: number;
  /** Calls that stand in line. */
  readonly waiting: number;
  readonly grants: number;
  /** How long all grants together were waited for. */
  readonly waitedMs: number;
  readonly lastAccess: Date | null;
}

/** How much of a resource is taken; more than there is after its capacity was made smaller. */
export function usedOf({ usedOutside }: Resource, { held }: Pick<ResourceUse, 'held'>): number {
  return usedOutside + held;
}

/** How much may still be leased. */
export function availableOf(resource: Resource, use: Pick<ResourceUse, 'held'>): number {
  return Math.max(0, resource.capacity - usedOf(resource, use));
}

/** Whoever stands in line is served in turn: a small request never overtakes a great one, which would else never be served. */
export function mayHave(
  resource: Resource,
  use: Pick<ResourceUse, 'held'>,
  { amount, before }: { readonly amount: number; readonly before: number },
): boolean {
  return before === 0 && amount <= availableOf(resource, use);
}
