import type { RestartableRival, Rival } from './rivals';

/** What all measurements work with. */
export interface BenchSystem {
  readonly technology: string;
  readonly mediator: RestartableRival;
  readonly plain: Rival;
  /** Creates a mediator in `mediator` with these colleagues, and answers its path. */
  begin(
    mediator: { readonly name: string; readonly kind?: string },
    colleagues: readonly object[],
  ): Promise<string>;
  stop(): Promise<void>;
}

export function createBenchSystem(
  parts: Pick<BenchSystem, 'technology' | 'mediator' | 'plain'>,
): BenchSystem {
  const { mediator, plain } = parts;
  return {
    ...parts,
    async begin({ name, ...body }, colleagues) {
      await mediator.call('POST', '/api/v1/mediators', { name, ...body });
      const path = `/api/v1/mediators/${name}`;
      for (const colleague of colleagues) await mediator.call('POST', `${path}/colleagues`, colleague);
      return path;
    },
    async stop() {
      await mediator.stop();
      await plain.stop();
    },
  };
}

/** A small body, as an order makes it. */
export const order = {
  customer_id: 'customer-123',
  product_id: 'product-456',
  quantity: 2,
  total_amount: 99.99,
};

/** `colleague-0` and so on, with what `more` says about each. */
export const newColleagues = (amount: number, more: (index: number) => object = () => ({})) =>
  Array.from({ length: amount }, (_, index) => {
    const id = `colleague-${index}`;
    return { id, name: id, ...more(index) };
  });

export const sender = { id: 'sender', name: 'sender' };
