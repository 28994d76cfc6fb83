/** A JSON schema, as far as requests are made from it. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: Schema;
}

/** One route of a service, from the service's own description of it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Undefined when it takes no JSON. */
  readonly body: Schema | undefined;
  readonly takesBody: boolean;
  readonly statuses: readonly number[];
}

interface OperationJson {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

/** Every route in an OpenAPI document. */
export function readOperations(document: unknown): readonly Operation[] {
  const { paths } = document as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, OperationJson>>>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema,
      takesBody: requestBody !== undefined,
      statuses: Object.keys(responses).map(Number),
    })),
  );
}
