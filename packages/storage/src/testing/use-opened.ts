interface Closable {
  close(): Promise<void>;
}

/** Where a test opens things of one kind. */
export interface Opened<Thing, Options> {
  /** A new, empty one. */
  readonly open: (options?: Options) => Promise<Thing>;
  /** One more opener of the one that was opened last. */
  readonly reopen: (options?: Options) => Promise<Thing>;
  /** The URL of the one that was opened last. */
  readonly url: () => string;
}

/** For the tests of one `describe`: whatever they open is closed and removed after each of them. */
export function useOpened<Thing extends Closable, Options>(
  underTest: { createUrl(): Promise<string>; removeAll(): Promise<void> },
  openUrl: (url: string, options?: Options) => Promise<Thing>,
): Opened<Thing, Options> {
  const opened: Thing[] = [];
  let lastUrl = '';

  async function reopen(options?: Options): Promise<Thing> {
    const thing = await openUrl(lastUrl, options);
    opened.push(thing);
    return thing;
  }

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((thing) => thing.close()));
    await underTest.removeAll();
  });

  return {
    async open(options) {
      lastUrl = await underTest.createUrl();
      return reopen(options);
    },
    reopen,
    url: () => lastUrl,
  };
}
