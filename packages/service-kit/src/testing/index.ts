export {
  hostForTest,
  send,
  type HostForTestOptions,
  type HostedForTest,
  type LogLine,
  type TestRequest,
  type TestResponse,
} from './host-for-test';
