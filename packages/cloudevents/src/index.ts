export type { AttributeValue, CloudEvent } from './event/cloud-event';
export { InvalidEventError, assertEvent, findEventProblems, type EventProblem } from './event/validate-event';
export {
  createPrometheusMetrics,
  type MetricDefinition,
  type MetricFactory,
  type ReceiveMetrics,
  type ReceivedOutcome,
  type SendMetrics,
} from './metrics';
