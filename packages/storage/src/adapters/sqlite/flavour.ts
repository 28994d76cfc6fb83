import { SqliteAdapter, SqliteQueryCompiler } from 'kysely';
import type { KyselyFlavour } from '../../kysely-driver';

export const flavour: KyselyFlavour = {
  createAdapter: () => new SqliteAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};
