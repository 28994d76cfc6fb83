import { eventually } from '@fanfare/core/testing';
import { takeTurns, type EndTurn } from './take-turns';

/** What happens to a client, whose actions go on until they are ended. */
function setUp() {
  const log: string[] = [];
  const runInTurn = takeTurns({ pause: () => log.push('pause'), resume: () => log.push('resume') });
  const ends = new Map<string, { readonly action: () => void; readonly turn: EndTurn }>();
  const begin = (name: string) => {
    runInTurn((endTurn) => {
      log.push(name);
      return new Promise((resolve) => ends.set(name, { action: resolve, turn: endTurn }));
    });
  };
  return { log, begin, endOf: (name: string) => ends.get(name) };
}

describe('what a client asks for', () => {
  it('is done one after the other, and no more is read from it until all is done', async () => {
    const { log, begin, endOf } = setUp();

    begin('a');
    begin('b');
    await eventually(() => {
      expect(log).toEqual(['pause', 'pause', 'a']);
    });

    endOf('a')?.action();
    await eventually(() => {
      expect(log).toEqual(['pause', 'pause', 'a', 'b']);
    });

    endOf('b')?.action();
    await eventually(() => {
      expect(log.at(-1)).toBe('resume');
    });
    expect(log).toHaveLength(5);
  });

  it('goes on beside the next when it has ended its turn', async () => {
    const { log, begin, endOf } = setUp();
    begin('stream');
    await eventually(() => {
      expect(log).toContain('stream');
    });

    endOf('stream')?.turn();
    await eventually(() => {
      expect(log).toEqual(['pause', 'stream', 'resume']);
    });
    begin('next');

    await eventually(() => {
      expect(log.slice(3)).toEqual(['pause', 'next']);
    });
  });
});
