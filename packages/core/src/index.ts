export {
  AppError,
  PermanentError,
  hasCode,
  httpStatusOf,
  isPassing,
  toError,
  type AppErrorCode,
} from './app-error';
export { computeBackoffDelayMs, type BackoffPolicy } from './backoff';
export { createSystemClock, type Clock, type Timer } from './clock';
export { createIdGenerator } from './ids';
export { createGroupCommit, type GroupCommit } from './group-commit';
export { createMutex, type Mutex } from './mutex';
export { keepTrying, type KeepTryingOptions } from './keep-trying';
export { isNestedTooDeeply, maxNesting } from './nesting';
export { createVirtualClock, type VirtualClock } from './virtual-clock';
export {
  endWith,
  type Span,
  type SpanAttributes,
  type SpanKind,
  type SpanOptions,
  type Tracer,
} from './tracer';
export { createWakeUp, type WakeUp } from './wake-up';
