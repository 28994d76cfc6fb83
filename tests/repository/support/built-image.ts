import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { listFiles, readText, root } from './checkout';
import { createIgnoreRule, parseDockerfile, readCopy, type Instruction, type Stage } from './dockerfile';

const run = promisify(execFile);

/**
 * Carries out the instructions of `deploy/Dockerfile` in folders, without Docker: every stage in `folder/STAGE`, which
 * stands for `/`. Resolves with the folder of the last stage's `WORKDIR`, which holds what the image would hold.
 */
export async function buildImage(folder: string): Promise<string> {
  const stages = parseDockerfile(readText('deploy/Dockerfile'));
  let workFolder = '';
  for (const stage of stages) workFolder = await carryOut(stage, folder);
  return workFolder;
}

async function carryOut(stage: Stage, folder: string): Promise<string> {
  const stageRoot = path.join(folder, stage.name);
  let workFolder = stageRoot;
  for (const instruction of stage.instructions) {
    if (instruction.keyword === 'WORKDIR') workFolder = path.join(stageRoot, instruction.text);
    mkdirSync(workFolder, { recursive: true });
    if (instruction.keyword === 'COPY') copy(instruction, folder, workFolder);
    if (instruction.keyword === 'RUN') await runCommand(instruction.text, folder, workFolder);
  }
  return workFolder;
}

function copy(instruction: Instruction, folder: string, workFolder: string): void {
  const { from, sources, target } = readCopy(instruction);
  for (const source of sources) {
    const place = path.join(workFolder, target, target.endsWith('/') ? path.basename(source) : '');
    if (from === undefined) copyFromCheckout(source, place);
    else cpSync(path.join(folder, from, source), place, { recursive: true, verbatimSymlinks: true });
  }
}

/** What Docker would find: the working tree without what is ignored, here also without what git ignores. */
function copyFromCheckout(source: string, place: string): void {
  const isIgnored = createIgnoreRule(readText('.dockerignore'));
  const files = listFiles().filter((file) => file === source || file.startsWith(`${source}/`));
  for (const file of files.filter((file) => !isIgnored(file))) {
    cpSync(path.join(root, file), path.join(place, path.relative(source, file)));
  }
}

async function runCommand(command: string, folder: string, workFolder: string): Promise<void> {
  const programs = path.join(folder, 'programs');
  if (!existsSync(programs)) {
    // the user `node` exists in the image only
    mkdirSync(programs);
    writeFileSync(path.join(programs, 'chown'), '#!/bin/sh\n');
    chmodSync(path.join(programs, 'chown'), 0o755);
  }
  const env = { PATH: `${programs}:${process.env['PATH'] ?? ''}`, HOME: process.env['HOME'] };
  await run('/bin/sh', ['-c', command], { cwd: workFolder, env, maxBuffer: 64 * 1024 * 1024 });
}
