import { compareWithSdk } from '../../bench/cloudevents';
import { measureFrames } from '../../bench/event-logs/measure-frames';
import { newFile } from '../../bench/event-logs/places';

async function printedBy(measure: () => Promise<void>): Promise<string> {
  const lines: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  await measure();
  log.mockRestore();
  return lines.join('\n');
}

describe('the benchmark of CloudEvents', () => {
  it('prints each way next to the official SDK, and batch, fire and forget and request as ratios', async () => {
    const printed = await printedBy(() => compareWithSdk(1, 0.05, 0));

    for (const way of ['binary', 'structured', 'batch', 'request']) {
      expect(printed).toMatch(new RegExp(`^${way} +\\d+ /s .*= \\d+\\.\\d\\d × official SDK`, 'm'));
    }
    expect(printed).toMatch(/^batch : fire and forget : request = \d+\.\d\d : \d+\.\d\d : 1 by/m);
  });
});

describe('the benchmark of the event store', () => {
  it('prints how long events take to a client with a WebSocket, in the median and at worst but for one in a hundred', async () => {
    const printed = await printedBy(() => measureFrames('SQLite', newFile, 0.2));

    expect(printed).toMatch(/at \d+ events\/s: median \d+\.\d ms, 99th percentile \d+\.\d ms$/);
  });
});
