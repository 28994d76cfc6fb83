import { AppError } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import type { WorkAnswer, WorkSource } from './work';

/** Who gave out some work, and what for. */
export interface WorkOrigin {
  readonly source: string;
  readonly ref: string;
}

/** Everyone who gives out work, by name. */
export interface WorkSources {
  add(source: WorkSource): void;
  lock(tx: Transaction, mediatorKey: number, origin: WorkOrigin): Promise<void>;
  answered(tx: Transaction, source: string, answer: WorkAnswer): Promise<'taken' | 'late'>;
}

export function createWorkSources(): WorkSources {
  const sources = new Map<string, WorkSource>();
  const get = (name: string): WorkSource => {
    const source = sources.get(name);
    if (!source) throw new AppError('internal', `nobody is there who gives out work as ${name}`);
    return source;
  };
  return {
    add(source) {
      sources.set(source.name, source);
    },
    lock: (tx, mediatorKey, { source, ref }) => get(source).lock(tx, mediatorKey, ref),
    answered: (tx, source, answer) => get(source).answered(tx, answer),
  };
}
