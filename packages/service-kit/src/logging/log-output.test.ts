import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@fanfare/core/testing';
import { startMain } from '../testing/start-main';

const main = join(__dirname, '..', 'testing', 'sample-main.ts');
const patience = { timeoutMs: 30_000 };

describe('LOG_OUTPUT', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fanfare-log-'));
    file = join(folder, 'logs', 'app.log');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const linesOf = (path: string) =>
    (existsSync(path) ? readFileSync(path, 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { msg: string });
  const untilLogged = (path: string, message: string) =>
    eventually(() => {
      expect(linesOf(path).map(({ msg }) => msg)).toContain(message);
    }, patience);

  it('appends the lines to a file whose folder it makes, and goes on in a new one at SIGHUP', async () => {
    const started = startMain(main, { LOG_OUTPUT: file });
    await untilLogged(file, 'everything is ready');
    renameSync(file, `${file}.1`);

    started.kill('SIGHUP');
    await untilLogged(file, 'the log file was opened again');
    started.kill('SIGTERM');

    expect(await started.exited).toBe(0);
    expect(linesOf(file).at(-1)).toMatchObject({ level: 'info', service: 'host', msg: 'stopped' });
    expect(linesOf(`${file}.1`).map(({ msg }) => msg)).not.toContain('stopped');
    expect(started.stdout()).toBe('');

    const again = startMain(main, { LOG_OUTPUT: file });
    await untilLogged(file, 'everything is ready');
    again.kill('SIGTERM');
    await again.exited;
    expect(linesOf(file).filter(({ msg }) => msg === 'stopped')).toHaveLength(2);
  });

  it('has the line of what ended the process', async () => {
    const started = startMain(main, { LOG_OUTPUT: file, SAMPLE_FAULT: 'reject' });

    expect(await started.exited).toBe(1);
    expect(linesOf(file)).toContainEqual(
      expect.objectContaining({ level: 'fatal', message: 'nobody caught this' }),
    );
  });

  it('may be emptied while it is written to, as copytruncate does', async () => {
    const started = startMain(main, { LOG_OUTPUT: file });
    await untilLogged(file, 'everything is ready');
    writeFileSync(file, '');

    started.kill('SIGTERM');

    expect(await started.exited).toBe(0);
    expect(linesOf(file).map(({ msg }) => msg)).toEqual(['stopping', 'stopped']);
  });

  it('stops the start when it cannot be written, and says why', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const started = startMain(main, { LOG_OUTPUT: join(folder, 'taken', 'app.log') });

    expect(await started.exited).toBe(1);
    expect(started.stderr()).toMatch(
      /LOG_OUTPUT is ".*taken\/app\.log": the file cannot be written \((ENOTDIR|EEXIST)\); name one that can, or stdout\n$/,
    );
  });

  it('comes from a configuration file as well', async () => {
    const config = join(folder, 'config.yaml');
    writeFileSync(config, `logging: { level: debug, output: ${file} }\nversion: 1.0.0\n`);
    const started = startMain(main, { CONFIG_FILE: config, LOG_LEVEL: 'info' });

    await untilLogged(file, 'everything is ready');
    started.kill('SIGTERM');

    expect(await started.exited).toBe(0);
    expect(linesOf(file)).toContainEqual(expect.objectContaining({ keys: ['version'] }));
    writeFileSync(config, 'logging: { level: loud }\n');
    const refused = startMain(main, { CONFIG_FILE: config });
    expect(await refused.exited).toBe(1);
    expect(refused.stderr()).toContain(`LOG_LEVEL is "loud": must be one of trace`);
    expect(refused.stderr()).toContain(`(it is logging.level in ${config})`);
  });
});
