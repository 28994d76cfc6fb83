export { arbitraryEvent, arbitraryExtensions, arbitraryText } from './arbitrary-event';
export { describeInboxContract } from './inbox.contract';
export { openRawConnection, type RawConnection } from './raw-connection';
