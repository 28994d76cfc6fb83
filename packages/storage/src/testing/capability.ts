/** Whether an adapter can do something; when it cannot, why. */
export type Capability = true | { readonly missing: string };

/** `it`, or a skipped test whose title says why the adapter cannot pass it. */
export function itWhen(capability: Capability): (title: string, body: () => Promise<void>) => void {
  if (capability === true) return it;
  return (title, body) => {
    it.skip(`${title} (${capability.missing})`, body);
  };
}
