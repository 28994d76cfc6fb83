export { describeInboxContract } from './inbox.contract';
