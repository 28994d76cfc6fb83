/** A participant that is registered with a mediator. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Types that it takes; in event mediators they may end in `*`. */
  readonly handles: readonly string[];
  /** Where it is called; without one it fetches what is for it. */
  readonly endpoint: string | null;
  /** `whsec_…`, with which what is sent to the endpoint is signed. Never shown. */
  readonly secret: string | null;
  /** Whether its endpoint has to be asked before anything is sent to it (CloudEvents web hooks, §4). */
  readonly handshake: 'off' | 'required';
  /** At most so many commands and queries, or WebSocket frames, are with it at a time. */
  readonly concurrency: number;
  /** False after a silence, until its next call, and while someone has set it so. */
  readonly active: boolean;
}
