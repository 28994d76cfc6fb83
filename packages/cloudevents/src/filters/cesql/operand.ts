import type { CloudEvent } from '../../event/cloud-event';
import type { CesqlError, Site } from './cesql-error';
import { castToBoolean, castToInteger, type CesqlType, type CesqlValue } from './types';

/** Evaluates a part of an expression. A caller looks for a failure before it goes by the value. */
export type Read<Value extends CesqlValue = CesqlValue> = (event: CloudEvent) => Value;

/** A compiled part of an expression; `unknown` is a type that depends on the event. */
export type Operand = { readonly constant?: CesqlValue } & (
  | { readonly type: 'Boolean'; readonly read: Read<boolean> }
  | { readonly type: 'Integer'; readonly read: Read<number> }
  | { readonly type: 'String'; readonly read: Read<string> }
  | { readonly type: 'unknown'; readonly read: Read }
);

/** An operand that is the same for every event. */
export function constantOperand(constant: CesqlValue): Operand {
  if (typeof constant === 'string') return { type: 'String', read: () => constant, constant };
  if (typeof constant === 'number') return { type: 'Integer', read: () => constant, constant };
  return { type: 'Boolean', read: () => constant, constant };
}

/** Reads the operand as text; every value can be cast to it. */
export function readText(operand: Operand): Read<string> {
  return operand.type === 'String' ? operand.read : (event) => String(operand.read(event));
}

/** Reads the operand as an integer, and fails when it cannot be cast. */
export function readInteger(operand: Operand, site: Site): Read<number> {
  if (operand.type === 'Integer') return operand.read;
  const { failure } = site;
  const error = castError('Integer', site);
  return (event) => {
    const integer = castToInteger(operand.read(event));
    if (integer === undefined) failure.error ??= error;
    return integer ?? 0;
  };
}

/** Reads the operand as a boolean, and fails when it cannot be cast. */
export function readBoolean(operand: Operand, site: Site): Read<boolean> {
  if (operand.type === 'Boolean') return operand.read;
  const { failure } = site;
  const error = castError('Boolean', site);
  return (event) => {
    const boolean = castToBoolean(operand.read(event));
    if (boolean === undefined) failure.error ??= error;
    return boolean ?? false;
  };
}

/** Reads the operand as a value of `type`, and fails when it cannot be cast. */
export function readAs(type: CesqlType, operand: Operand, site: Site): Read {
  switch (type) {
    case 'String':
      return readText(operand);
    case 'Integer':
      return readInteger(operand, site);
    case 'Boolean':
      return readBoolean(operand, site);
  }
}

/** The error of an operand that is not, and cannot be made, of this type. */
export function castError(type: CesqlType | undefined, { position }: Site): CesqlError {
  return { kind: 'cast', message: `cannot cast to ${type ?? 'the type of the other operand'}`, position };
}
