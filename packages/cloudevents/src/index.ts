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
export { isJsonMediaType, isTextMediaType } from './event/media-type';
export { InvalidEventError, assertEvent, findEventProblems, type EventProblem } from './event/validate-event';
export {
  createPrometheusMetrics,
  type MetricDefinition,
  type MetricFactory,
  type ReceiveMetrics,
  type ReceivedOutcome,
  type SendMetrics,
} from './metrics';
