/** The types of the expression language (CESQL 1.0, §3.1); an `Integer` has 32 bits and a sign. */
export type CesqlType = 'String' | 'Integer' | 'Boolean';

/** What an expression evaluates to. */
export type CesqlValue = string | number | boolean;

const integerText = /^[+-]?[0-9]+$/;

/** Whether `value` is a whole number of 32 bits. */
export function isInteger(value: number): boolean {
  return (value | 0) === value;
}

/** The type that `value` has. */
export function typeOf(value: CesqlValue): CesqlType {
  if (typeof value === 'string') return 'String';
  return typeof value === 'number' ? 'Integer' : 'Boolean';
}

/** The value of no particular meaning that stands in for a failed result of this type. */
export function zeroValue(type: CesqlType): CesqlValue {
  switch (type) {
    case 'String':
      return '';
    case 'Integer':
      return 0;
    case 'Boolean':
      return false;
  }
}

/** `undefined` when the text is no base 10 integer of 32 bits (§3.7). */
export function castToInteger(value: CesqlValue): number | undefined {
  if (typeof value !== 'string') return Number(value);
  if (!integerText.test(value)) return undefined;
  const integer = Number(value);
  return isInteger(integer) ? integer | 0 : undefined;
}

/** `undefined` when the text is neither "true" nor "false" in any case (§3.7). */
export function castToBoolean(value: CesqlValue): boolean | undefined {
  if (typeof value !== 'string') return Boolean(value);
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Casts to the type named; `undefined` when the cast fails, which a cast to `String` never does. */
export function castTo(type: CesqlType, value: CesqlValue): CesqlValue | undefined {
  switch (type) {
    case 'String':
      return String(value);
    case 'Integer':
      return castToInteger(value);
    case 'Boolean':
      return castToBoolean(value);
  }
}
