import { MysqlAdapter, MysqlQueryCompiler } from 'kysely';
import type { KyselyFlavour } from '../../kysely-driver';

export const flavour: KyselyFlavour = {
  createAdapter: () => new MysqlAdapter(),
  createQueryCompiler: () => new MysqlQueryCompiler(),
};
