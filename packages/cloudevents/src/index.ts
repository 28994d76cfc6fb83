export type { BatchResult, CallOptions, Client, RequestResult } from './client/client';
export { createClient, type ClientOptions } from './client/create-client';
export type { DeadLetter } from './client/dead-letter';
export {
  formatResult,
  isAck,
  isNack,
  isRetryableStatus,
  isUndelivered,
  type Ack,
  type Nack,
  type Result,
  type Undelivered,
} from './client/result';
export { parseRetryAfter } from './client/retry-after';
export { sendToAll } from './client/send-to-all';
export { withRetry, type RetryPolicy } from './client/with-retry';
export type { ContentMode } from './codecs/content-mode';
export {
  UnsupportedMediaTypeError,
  decodeHttp,
  encodeHttp,
  encodeHttpBatch,
  type DecodedHttp,
} from './codecs/http';
export type { HttpHeaders, HttpMessage, HttpMode } from './codecs/http-message';
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
export {
  decodeKafka,
  encodeKafka,
  type EncodeKafkaOptions,
  type KafkaMessage,
  type ReceivedKafkaMessage,
} from './codecs/kafka';
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
export {
  createReceiver,
  type Receiver,
  type StartOptions,
  type StopOptions,
} from './receiver/create-receiver';
export { ack, nack, type Handler, type HandlerAnswer, type HandlerContext } from './receiver/handler';
export type { Inbox, InboxKey } from './receiver/inbox';
export { createMemoryInbox, type MemoryInboxOptions } from './receiver/memory-inbox';
export type {
  ReceiverLimits,
  ReceiverOptions,
  Span,
  Tracer,
  Unauthorised,
} from './receiver/receiver-options';
export type { ListenOptions, ServerAddress } from './receiver/server';
export {
  createHandshake,
  type CallbackRequest,
  type Handshake,
  type HandshakeAnswer,
  type HandshakeOptions,
} from './webhooks/answer-handshake';
export type { ExchangeOptions } from './webhooks/exchange';
export {
  allowsPrivateEndpoints,
  createCheckEndpoint,
  findEndpointProblem,
  type CheckEndpoint,
  type EndpointRules,
} from './webhooks/endpoint-rules';
export type { AllowsAddress } from './webhooks/guard';
export { grantByCallback } from './webhooks/grant-by-callback';
export type { HeaderFields } from './webhooks/headers';
export {
  performHandshake,
  readCallbackGrant,
  type HandshakeResult,
  type PerformHandshakeOptions,
} from './webhooks/perform-handshake';
export {
  createPermission,
  standingPermission,
  type KnownPermission,
  type Permission,
  type PermissionOptions,
} from './webhooks/permission';
export { isPublicAddress } from './webhooks/public-address';
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
