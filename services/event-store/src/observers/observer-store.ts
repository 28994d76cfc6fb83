import type { Transaction } from '@fanfare/storage';
import type { Observer } from './observer';

/** Which observers there are. */
export interface ObserverStore {
  /** False when the id is taken. */
  insert(tx: Transaction, observer: Observer): Promise<boolean>;
  /** Replaces the one whose revision is one less; false when it has changed meanwhile or is gone. */
  replace(tx: Transaction, observer: Observer): Promise<boolean>;
  remove(tx: Transaction, id: string): Promise<boolean>;
  find(id: string): Promise<Observer | null>;
  /** By id. */
  list(page: {
    readonly afterId: string | null;
    readonly limit: number;
    readonly offset: number;
  }): Promise<readonly Observer[]>;
  all(): Promise<readonly Observer[]>;
  /** Changes whenever any observer is added, changed or removed, by whichever instance. */
  fingerprint(): Promise<string>;
}
