import { z } from 'zod';

type Check = (value: unknown) => boolean;
type Predicate<T> = (value: unknown) => value is T;

/**
 * Makes a check that says yes only to what `schema` lets through as it is, several times faster than the schema. A no means
 * nothing: the schema decides then, and says why. For loose objects of texts, numbers and choices, which is what most events
 * are; for any other schema it always says no.
 */
export function createFastCheck<T>(schema: z.ZodType<T>): Predicate<T> {
  const check = compile(schema);
  return (value): value is T => check?.(value) ?? false;
}

/** Undefined for a schema that is beyond it. */
function compile(schema: z.core.$ZodType): Check | undefined {
  // a field that may be anything must still be there
  if (schema instanceof z.ZodUnknown) return (value) => value !== undefined;
  if (schema instanceof z.ZodOptional) return compileOptional(schema);
  if (schema instanceof z.ZodObject) return compileObject(schema);
  if (schema instanceof z.ZodLiteral) return (value) => schema.values.has(value as never);
  if (schema instanceof z.ZodEnum) return compileEnum(schema);
  if (schema instanceof z.ZodString || schema instanceof z.ZodISODateTime) return withRules('string', schema);
  if (schema instanceof z.ZodNumber) return withRules('number', schema);
  return undefined;
}

function compileOptional(schema: z.ZodOptional): Check | undefined {
  const check = compile(schema.unwrap());
  return check && ((value) => value === undefined || check(value));
}

function compileEnum(schema: z.ZodEnum): Check {
  const options = new Set<unknown>(schema.options);
  return (value) => options.has(value);
}

function compileObject({ def, shape }: z.ZodObject): Check | undefined {
  if (!(def.catchall instanceof z.ZodUnknown) || def.checks?.length) return undefined;
  const fields: [string, Check][] = [];
  for (const [name, schema] of Object.entries<z.core.$ZodType>(shape)) {
    const check = compile(schema);
    if (!check) return undefined;
    fields.push([name, check]);
  }
  return (value) => {
    if (!isObject(value)) return false;
    for (const [name, check] of fields) if (!check(value[name])) return false;
    return !Object.hasOwn(value, '__proto__');
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type RuleDef = z.core.$ZodChecks['_zod']['def'];

function withRules(type: 'string' | 'number', { _zod: { def } }: z.core.$ZodType): Check | undefined {
  const rules: Check[] = type === 'number' ? [Number.isFinite] : [];
  for (const one of [def, ...(def.checks?.map(({ _zod }) => _zod.def) ?? [])]) {
    // a format such as that of times is a schema and a rule in one
    if (!('check' in one)) continue;
    const rule = compileRule(one as unknown as RuleDef);
    if (!rule) return undefined;
    rules.push(rule);
  }
  return (value) => typeof value === type && rules.every((rule) => rule(value));
}

/** The formats that are nothing but their pattern. */
const patterned = new Set(['regex', 'datetime']);

function compileRule(def: RuleDef): Check | undefined {
  if (def.check === 'min_length') return (value) => String(value).length >= def.minimum;
  if (def.check === 'max_length') return (value) => String(value).length <= def.maximum;
  if (def.check === 'greater_than' && def.inclusive) return (value) => Number(value) >= Number(def.value);
  if (def.check === 'less_than' && def.inclusive) return (value) => Number(value) <= Number(def.value);
  if (def.check === 'number_format' && def.format === 'safeint') return Number.isSafeInteger;
  if (def.check === 'string_format') return compilePattern(def);
  return compileRefinement(def);
}

function compilePattern({ pattern, format }: z.core.$ZodCheckStringFormatDef): Check | undefined {
  if (pattern?.flags !== '' || !patterned.has(format)) return undefined;
  return (value) => pattern.test(String(value));
}

/** Undefined for what may add faults of its own words. */
function compileRefinement(def: z.core.$ZodCheckDef): Check | undefined {
  const { fn } = def as Partial<z.core.$ZodCustomDef>;
  return def.check === 'custom' && fn ? (value) => fn(value) === true : undefined;
}
