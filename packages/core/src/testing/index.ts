export { eventually, type EventuallyOptions } from './eventually';
export { makeCertificates, type TestCertificates } from './make-certificates';
export { runFromSource } from './run-from-source';
export { openRawConnection, type RawConnection } from './raw-connection';
export { createSuspendableClock, type SuspendableClock } from './suspendable-clock';
export { openTlsEndpoint, type TlsEndpoint } from './tls-endpoint';
