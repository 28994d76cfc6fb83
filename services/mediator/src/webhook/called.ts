import type { Colleague } from '../mediators/colleague';

/** A colleague that is called at its endpoint. */
export type Called = Colleague & { readonly endpoint: string };

/** Whether messages are posted to a colleague now. */
export function isCalled(colleague: Colleague | undefined): colleague is Called {
  return colleague !== undefined && colleague.active && colleague.endpoint !== null;
}
