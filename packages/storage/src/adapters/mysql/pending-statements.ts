import { lengthOf } from '../../sql-text';

/** Statements that wait to be sent in one text. */
export interface PendingStatements {
  readonly isEmpty: boolean;
  /** Rough length of all that waits, values included. */
  readonly characters: number;
  add(text: string, values: readonly unknown[]): void;
  /** Takes out all that waits. */
  take(): { readonly texts: readonly string[]; readonly values: readonly unknown[] };
}

export function createPendingStatements(): PendingStatements {
  let texts: string[] = [];
  let values: unknown[] = [];
  let characters = 0;

  return {
    get isEmpty() {
      return texts.length === 0;
    },
    get characters() {
      return characters;
    },
    add(text, added) {
      texts.push(text);
      values = values.concat(added);
      characters += text.length;
      for (const value of added) characters += lengthOf(value);
    },
    take() {
      const taken = { texts, values };
      texts = [];
      values = [];
      characters = 0;
      return taken;
    },
  };
}
