import { getJson } from './get-json';

/** What `GET /ledger` tells of the groups of a service. */
export interface Ledger {
  readonly balanced: boolean;
  readonly groups: readonly {
    readonly topic: string;
    /** Null while the owner of the topic cannot be asked. */
    readonly head: number | null;
    readonly applied: number;
    readonly parked: number;
    readonly dead_letters: number;
    readonly gaps_filled: number;
  }[];
}

export const readLedger = (serviceUrl: string) => getJson<Ledger>(`${serviceUrl}/ledger`);
