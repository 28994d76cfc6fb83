import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseRecord } from './database-record';
import type { Answers } from './use-system';

/** The databases that belong to one service each, in the order of `allServices`, and the variables that name them. */
export const databases = {
  orders: 'ORDER_DATABASE_URL',
  analytics: 'ANALYTICS_DATABASE_URL',
  'event-store': 'EVENT_STORE_DATABASE_URL',
  mediator: 'MEDIATOR_DATABASE_URL',
  notifications: 'NOTIFICATION_DATABASE_URL',
} as const;
const eventLog = 'event-log';
export const databaseNames = [...Object.keys(databases), eventLog];

/** What a released version left behind when it was stopped, by the names of the databases, and what it knows with them. */
export interface ReleaseRecord {
  readonly at: string;
  readonly answers: Answers;
  readonly databases: Readonly<Record<string, DatabaseRecord>>;
}

const fileOf = (version: string, name: string) => path.join(__dirname, version, `${name}.json`);

/** The released versions that there is a record of. */
export const recordedVersions = (): readonly string[] =>
  readdirSync(__dirname).filter((name) => existsSync(fileOf(name, 'answers')));

export function readRelease(version: string): ReleaseRecord {
  const read = (name: string): unknown => JSON.parse(readFileSync(fileOf(version, name), 'utf8'));
  return {
    ...(read('answers') as Pick<ReleaseRecord, 'at' | 'answers'>),
    databases: Object.fromEntries(databaseNames.map((name) => [name, read(name) as DatabaseRecord])),
  };
}

export function writeRelease(version: string, { databases: records, ...rest }: ReleaseRecord): void {
  mkdirSync(path.join(__dirname, version));
  for (const [name, content] of Object.entries({ ...records, answers: rest })) {
    writeFileSync(fileOf(version, name), `${JSON.stringify(content, null, 1)}\n`);
  }
}

/** The environment of a system that keeps its databases in files of a folder. */
export function environmentIn(folder: string): Readonly<Record<string, string>> {
  const urls = Object.entries(databases).map(
    ([name, variable]) => [variable, fileUrl(folder, name)] as const,
  );
  return { ...Object.fromEntries(urls), EVENT_LOG_URL: fileUrl(folder, eventLog), ORDER_SAGA: 'on' };
}

export const fileUrl = (folder: string, name: string): string => `sqlite:${path.join(folder, `${name}.db`)}`;
