import { compareWithSdk } from '../../bench/cloudevents';

describe('the benchmark of CloudEvents', () => {
  it('prints each way next to the official SDK, and batch, fire and forget and request as ratios', async () => {
    const lines: string[] = [];
    const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));

    await compareWithSdk(1, 0.05, 0);
    log.mockRestore();

    const printed = lines.join('\n');
    for (const way of ['binary', 'structured', 'batch', 'request']) {
      expect(printed).toMatch(new RegExp(`^${way} +\\d+ /s .*= \\d+\\.\\d\\d × official SDK`, 'm'));
    }
    expect(printed).toMatch(/^batch : fire and forget : request = \d+\.\d\d : \d+\.\d\d : 1 by/m);
  });
});
