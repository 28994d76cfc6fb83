export {
  hostForTest,
  send,
  type HostForTestOptions,
  type HostedForTest,
  type LogLine,
  type TestRequest,
  type TestResponse,
} from './host-for-test';
export { serviceWith } from './service-with';
export { fakeConsumer, fakeParkedEvents, fakeTopicLog, groupPosition, parkedEvent } from './fake-messaging';
export { expectProblem } from './expect-problem';
export {
  connectWebSocket,
  refusedWith,
  type Frame,
  type WebSocketTestClient,
  type WebSocketTestOptions,
} from './web-socket-client';
export { authForTest, bearer, signToken, testSecret, tokenFor } from './tokens';
export { createErasuresStandIn, type ErasuresStandIn } from './erasures-stand-in';
export { createTopicOwner, type TopicOwner, type TopicOwnerOptions } from './topic-owner';
export { openTraceCollector, type CollectedSpan, type TraceCollector } from './trace-collector';
