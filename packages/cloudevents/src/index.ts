export type { AttributeValue, CloudEvent } from './event/cloud-event';
export { InvalidEventError, assertEvent, findEventProblems, type EventProblem } from './event/validate-event';
