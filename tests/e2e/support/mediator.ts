import { z } from 'zod';
import { send, type Answer } from './http';
import { uniqueId } from './orders';
import { mediatorUrl } from './system';

const deliverySchema = z.looseObject({ id: z.string(), type: z.string(), attempt: z.int() });
export type Delivery = z.infer<typeof deliverySchema>;

const takenSchema = z.strictObject({ messages: z.array(deliverySchema) });

/** A mediator that the test has for itself; it is removed at the end. Paths are within it. */
export interface MediatorUnderTest extends AsyncDisposable {
  readonly name: string;
  /** What answers, whatever that is. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The body of an answer with status 200 or 201; throws for any other. */
  get(path: string): Promise<unknown>;
  post(path: string, body?: unknown): Promise<unknown>;
  /** What a colleague gets from its mailbox, at once or as soon as there is something. */
  take(colleague: string, query?: string): Promise<readonly Delivery[]>;
}

/** Creates a mediator and registers colleagues, by these ids or with these bodies. */
export async function openMediator(
  kind: string,
  ...colleagues: readonly (string | object)[]
): Promise<MediatorUnderTest> {
  const name = uniqueId(kind);
  const mediators = `${mediatorUrl}/api/v1/mediators`;

  const call = (method: string, path: string, body?: unknown) =>
    send(`${mediators}/${name}${path}`, { method, body });
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, body);
    if (answer.status > 201) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    }
    return answer.body;
  };

  const created = await send(mediators, { method: 'POST', body: { name, kind } });
  if (created.status !== 201) throw new Error(`no mediator of kind ${kind}: ${created.text}`);
  for (const colleague of colleagues) {
    const body = typeof colleague === 'string' ? { id: colleague, name: colleague } : colleague;
    await ask('POST', '/colleagues', body);
  }

  return {
    name,
    call,
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    async take(colleague, query = 'limit=1') {
      const path = `/colleagues/${colleague}/messages?wait_ms=10000&${query}`;
      return takenSchema.parse(await ask('GET', path)).messages;
    },
    async [Symbol.asyncDispose]() {
      await ask('DELETE', '');
    },
  };
}
