export {
  batchMediaType,
  decodeJson,
  decodeJsonBatch,
  encodeJson,
  encodeJsonBatch,
  eventMediaType,
  fromJson,
  fromJsonBatch,
} from './codecs/json';
export type { AttributeValue, CloudEvent } from './event/cloud-event';
export { createEvent, type CreateEventOptions, type NewEvent } from './event/create-event';
export { fromLegacy, type LegacyField, type LegacyMapping } from './event/from-legacy';
export { isJsonMediaType, isTextMediaType } from './event/media-type';
export { InvalidEventError, assertEvent, findEventProblems, type EventProblem } from './event/validate-event';
export type { CesqlError, CesqlErrorKind } from './filters/cesql/cesql-error';
export {
  compileCesql,
  type CesqlExpression,
  type CesqlOptions,
  type CesqlResult,
} from './filters/cesql/compile-cesql';
export type { CesqlFunction, FailedCall } from './filters/cesql/functions';
export { maxCesqlDepth, maxCesqlLength } from './filters/cesql/parser';
export type { CesqlType, CesqlValue } from './filters/cesql/types';
export { compileFilter, maxFilterDepth, type Filter } from './filters/compile-filter';
export { FilterError, type TextPosition } from './filters/filter-error';
export {
  createPrometheusMetrics,
  type MetricDefinition,
  type MetricFactory,
  type ReceiveMetrics,
  type ReceivedOutcome,
  type SendMetrics,
} from './metrics';
export type { HeaderFields } from './webhooks/headers';
export { createRateGate, type AllowedRate, type RateGate } from './webhooks/rate-gate';
export {
  createSigner,
  toWebhookId,
  type Signer,
  type SignerOptions,
  type WebhookHeaders,
  type WebhookToSign,
} from './webhooks/sign-webhook';
export {
  createVerifier,
  type Verification,
  type Verifier,
  type VerifierOptions,
} from './webhooks/verify-webhook';
