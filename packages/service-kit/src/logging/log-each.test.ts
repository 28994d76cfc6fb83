import { logEach } from './log-each';
import { createLogger, type Logger } from './logger';

const items = [
  { orderId: 'o"1', at: 1 },
  { orderId: 'o-2', at: undefined, token: 'hunter2' },
];
const noTime = (text: string) => text.replaceAll(/"time":"[^"]+"/g, '"time":""');

function textOf(
  write: (logger: Logger) => void,
  options: { format?: 'pretty'; level?: 'warn' } = {},
): string {
  const written: string[] = [];
  const destination = { write: (text: string) => void written.push(text) };
  write(createLogger({ service: 'order-service', destination, ...options }));
  return written.join('');
}

describe('lines that are logged together', () => {
  it('are those that would be logged one by one', () => {
    const together = textOf((logger) => {
      logEach(logger.child({ topic: 'orders' }), items, (item) => ({ ...item, msg: 'applied' }));
    });
    const oneByOne = textOf((logger) => {
      for (const item of items) logger.child({ topic: 'orders' }).info(item, 'applied');
    });

    expect(noTime(together)).toBe(noTime(oneByOne));
    expect(together).not.toContain('hunter2');
  });

  it('are shown one by one to human eyes', () => {
    const text = textOf(
      (logger) => {
        logEach(logger, items, (item) => ({ ...item, msg: 'applied' }));
      },
      { format: 'pretty' },
    );

    expect(text.trimEnd().split('\n')).toEqual([
      expect.stringContaining('applied'),
      expect.stringContaining('o-2'),
    ]);
  });

  it('are left out below the level, and nothing is made for them', () => {
    const lineOf = jest.fn(() => ({ msg: 'applied' }));

    const text = textOf(
      (logger) => {
        logEach(logger, items, lineOf);
      },
      { level: 'warn' },
    );

    expect(text).toBe('');
    expect(lineOf).not.toHaveBeenCalled();
  });
});
