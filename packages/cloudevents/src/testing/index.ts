export { arbitraryEvent, arbitraryExtensions, arbitraryText } from './arbitrary-event';
export { describeInboxContract } from './inbox.contract';
