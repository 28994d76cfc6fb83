const endOfTurn = () =>
  new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });

/** Of one turn, at most so many travel together: a script holds up everybody else's commands while it runs. */
const maxTogether = 128;

interface Group<Item, Answer> {
  readonly items: Item[];
  readonly answers: Promise<readonly Answer[]>;
}

/** Hands the items of one turn of the event loop to `run` together; each caller gets the answer to its own. */
export function gatherTurn<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  let open: Group<Item, Answer> | undefined;

  async function runAtEndOfTurn(items: readonly Item[]): Promise<readonly Answer[]> {
    await endOfTurn();
    if (open?.items === items) open = undefined;
    return run(items);
  }

  return async (item) => {
    if (!open || open.items.length === maxTogether) {
      const items: Item[] = [];
      open = { items, answers: runAtEndOfTurn(items) };
    }
    const { items, answers } = open;
    const index = items.push(item) - 1;
    return (await answers)[index] as Answer;
  };
}
