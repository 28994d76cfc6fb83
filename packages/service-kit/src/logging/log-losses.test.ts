import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, runFromSource } from '@fanfare/core/testing';
import { openLogOutput } from './log-output';
import { gathering } from './logger';

const line = `${'x'.repeat(1_023)}\n`;
const linesKept = gathering.maxLength / line.length;

describe('a log file on a disk that is full', () => {
  let folder: string;
  let file: string;
  const told: string[] = [];

  beforeEach(() => {
    told.length = 0;
    folder = mkdtempSync(join(tmpdir(), 'fanfare-full-'));
    file = join(folder, 'app.log');
    symlinkSync('/dev/full', file);
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('is told of once; what has no room in memory is lost, and counted when the log is written again', async () => {
    const { destination, reopen } = await openLogOutput(file);
    for (let written = 0; written < linesKept + 7; written += 1) destination.write(line);
    destination.write(line.repeat(3));
    await eventually(() => {
      expect(told).toEqual([
        `the log cannot be written to ${file}: ENOSPC: no space left on device, write\n`,
      ]);
    });

    rmSync(file);
    reopen?.();

    await eventually(() => {
      expect(told).toEqual([expect.any(String), `the log is written to ${file} again; 10 lines were lost\n`]);
      expect(statSync(file).size).toBe(gathering.maxLength);
    });
  });

  it('is opened anew also when that is asked for while a write fails', async () => {
    const { destination, reopen } = await openLogOutput(file);
    const lines = line.repeat(gathering.minLength / line.length + 1);

    destination.write(lines);
    rmSync(file);
    reopen?.();

    await eventually(() => {
      expect(statSync(file).size).toBe(lines.length);
    });
  });
});

describe('a log whose reader is gone, as is that of standard error', () => {
  it('does not end the process', async () => {
    const program = join(__dirname, '..', 'testing', 'lose-log.ts');
    const child = spawn(process.execPath, ['--conditions=source', '-e', runFromSource, program]);
    child.stdout.destroy();
    child.stderr.destroy();

    child.stdin.end();

    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
