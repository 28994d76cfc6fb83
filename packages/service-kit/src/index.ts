export type { AuditCall } from './audit/audit-calls';
export type { AuditedRoute } from './audit/audit-name';
export type { AuditAs } from './audit/late-audit';
export { auditingEnabled } from './reports/report-settings';
export { cacheMaxEntries, cacheTtlMs, cachingEnabled } from './config/cache-settings';
export {
  ConfigError,
  lookUp,
  readAll,
  readEnvironment,
  variable,
  type Environment,
  type Setting,
} from './config/config';
export type { Caller } from './auth/caller';
export type { RedeemTicket } from './auth/create-authority';
export { requireRole } from './auth/require-role';
export type { ServiceToken } from './auth/service-token';
export { createTickets } from './auth/tickets';
export { createExpressions, type Expressions } from './expressions/expressions';
export { hostServices, type Host, type HostOptions } from './hosting/host-services';
export { isKnownToClient, isMatch, toEntityTag } from './http/entity-tag';
export {
  HttpProblem,
  problemBody,
  problemReply,
  toHttpProblem,
  type FieldError,
  type ProblemExtra,
} from './http/problem';
export { numberKey, pageQuery, toPage, writeCursor, type Page, type PageQuery } from './http/paging';
export { parseJsonBody } from './http/read-body';
export {
  defineRoute,
  reply,
  type Method,
  type Reply,
  type ResponseDoc,
  type Role,
  type Route,
  type RouteDefinition,
  type RouteRequest,
} from './http/route';
export { startSpan } from './http/trace';
export { createValidate, parseQuery, type Validate } from './http/validate';
export { logEach, type LogLine } from './logging/log-each';
export { createLogger, type Logger, type LoggerOptions } from './logging/logger';
export {
  createMetrics,
  measureCache,
  measurePool,
  type MetricOptions,
  type Metrics,
} from './metrics/metrics';
export { monitoringEnabled } from './metrics/monitoring-settings';
export { createMessagingMetrics } from './metrics/messaging-metrics';
export { createOpenApiDocument } from './built-in-routes/openapi';
export { eraseEverybodyIn, erasePersonIn, eraseSubjectIn, rewriteJson } from './privacy/erase-in-json';
export {
  createErasureConsumers,
  type Erasure,
  type ErasureConsumerOptions,
  type ForgetSubject,
  type Forgetting,
  type GoOn,
} from './privacy/erasure-consumer';
export { forgottenSubjects, migrateForgotten, type IsForgotten } from './privacy/forgotten-subjects';
export { privacyFeedUrl } from './privacy/privacy-feed-url';
export {
  archiveUrl,
  cacheUrl,
  databaseUrl,
  eventLogUrl,
  messageBusUrl,
  streamUrl,
} from './config/resource-urls';
export { repeat } from './hosting/repeat';
export { runServices } from './hosting/run-services';
export type {
  Closable,
  Pingable,
  Resources,
  Service,
  ServiceFactory,
  Upgrade,
  Worker,
} from './hosting/service';
export { listenAddress, serviceName, webhookOrigin } from './config/settings';
export { duration, flag, list, onOrOff } from './config/value-schemas';
export type { FrameData, WebSocketConnection } from './web-socket/connection';
export { createWebSocket, type Admission, type WebSocketSession } from './web-socket/create-web-socket';
export {
  createAnswerFrame,
  okFrame,
  requestIdSchema,
  type AnswerFrameDeps,
  type RequestId,
} from './web-socket/frames';
export { createOutlet, type Outlet } from './web-socket/outlet';
export { webSocketSettings, type WebSocketSettings } from './web-socket/settings';
export { takeTurns, type EndTurn } from './web-socket/take-turns';
export { wholeNumber } from './config/whole-number';
