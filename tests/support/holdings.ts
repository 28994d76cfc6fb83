/** Something that is held, as its holder knows it. */
export interface Held {
  readonly thing: string;
  readonly token: number;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** Watches who holds what, and guards the things as whoever is shown fencing tokens does. */
export interface Holdings {
  readonly all: readonly Held[];
  /** A holder uses the thing; throws when another has used it with a greater token. */
  use(thing: string, token: number): void;
  note(held: Held): void;
  /** Throws when any two have held one thing at a time, or had one token. */
  expectNeverTwo(): void;
}

export function createHoldings(): Holdings {
  const all: Held[] = [];
  const greatest = new Map<string, number>();
  return {
    all,
    use(thing, token) {
      expect({ thing, token }).toEqual({ thing, token: Math.max(token, greatest.get(thing) ?? 0) });
      greatest.set(thing, token);
    },
    note: (held) => all.push(held),
    expectNeverTwo() {
      for (const thing of new Set(all.map((held) => held.thing))) {
        const inTurn = all.filter((held) => held.thing === thing).toSorted((a, b) => a.token - b.token);
        const doubled = inTurn.filter((held, index) => {
          const before = inTurn[index - 1];
          return before && (before.token === held.token || before.until > held.from);
        });
        expect(doubled).toEqual([]);
      }
    },
  };
}
