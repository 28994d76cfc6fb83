export { arbitraryEvent, arbitraryExtensions, arbitraryText } from './arbitrary-event';
