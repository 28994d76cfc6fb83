import type { CheckEndpoint } from '@fanfare/cloudevents';
import { refuseInput } from '../problems';

/** Throws `invalid` when what is said of a colleague has an endpoint that may not be called. */
export type RequireEndpoint = (body: { readonly endpoint?: string | null }) => Promise<void>;

/** What an endpoint leads to may be asked of a name server: so this is never part of a transaction. */
export function createRequireEndpoint(checkEndpoint: CheckEndpoint): RequireEndpoint {
  return async function requireEndpoint({ endpoint }) {
    if (endpoint === undefined || endpoint === null) return;
    const message = await checkEndpoint(endpoint);
    if (message !== null) throw refuseInput([{ field: 'endpoint', message }]);
  };
}
