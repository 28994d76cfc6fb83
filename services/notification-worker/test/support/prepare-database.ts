import path from 'node:path';
import { migrateMessaging } from '@fanfare/messaging';
import { migrate, readMigrations, type Database } from '@fanfare/storage';

export const migrations = readMigrations(path.join(__dirname, '../../migrations'));

/** Brings a new database to where the service has it after its start. */
export async function prepareDatabase(database: Database): Promise<void> {
  await migrate(database, { component: 'notification-worker', migrations });
  await migrateMessaging(database);
}
