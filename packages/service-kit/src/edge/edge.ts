import type { Clock } from '@fanfare/core';
import { openMemoryWindowCounter, openWindowCounter, type WindowCounter } from '@fanfare/storage';
import { encryptedHeaderList, securityHeaderList } from '../http/security-headers';
import { createAddressOf, type AddressOf } from '../limits/client-address';
import { createInsuredCounter } from '../limits/insured-counter';
import { createLimits, createRefusals, type Limits, type Refusals } from '../limits/limits';
import type { RateLimit } from '../limits/rate-limit';
import type { Logger } from '../logging/logger';
import type { Metrics } from '../metrics/metrics';
import { createCors, type Cors } from './cors';
import type { EdgeConfig } from './edge-settings';
import { readCertificate, type Certificate } from './tls';

/** What all services of a process have between the network and their routes, ready for use. */
export interface Edge {
  readonly certificate: Certificate | undefined;
  ofService(service: EdgeOfServiceOptions): EdgeOfService;
  /** Reads the certificate again; undefined where there is none. Throws `ConfigError` when it cannot be used. */
  readCertificate(): Certificate | undefined;
  close(): Promise<void>;
}

export interface EdgeOfServiceOptions {
  readonly name: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** What a service is given of it. */
export interface EdgeOfService {
  /** Undefined for no limit. */
  readonly limits: Limits | undefined;
  readonly cors: Cors | undefined;
  readonly addressOf: AddressOf;
  readonly answerHeaders: readonly string[];
}

/** Opens what the services share: where they count requests. Throws `ConfigError` when the certificate cannot be used. */
export async function openEdge(config: EdgeConfig, clock: Clock): Promise<Edge> {
  const readAgain = () => config.tlsFiles && readCertificate(config.tlsFiles);
  const certificate = readAgain();
  const shared = config.rateLimit && (await openSharedCounter(config.rateLimit));
  return {
    certificate,
    readCertificate: readAgain,
    ofService(service) {
      // shown also where nothing can be refused
      const refusals = createRefusals(service.metrics);
      return {
        limits: config.rateLimit && openLimits(config.rateLimit, { ...service, shared, refusals, clock }),
        cors: createCors(config.corsOrigins ?? []),
        addressOf: createAddressOf(config.trustedProxies ?? []),
        answerHeaders: certificate ? encryptedHeaderList : securityHeaderList,
      };
    },
    close: async () => shared?.close(),
  };
}

/** Undefined where each instance counts alone. */
async function openSharedCounter({ url, windowMs }: RateLimit): Promise<WindowCounter | undefined> {
  if (url.startsWith('memory:')) return undefined;
  return openWindowCounter(url, { windowMs, prefix: 'rate-limit:' });
}

interface LimitsDeps extends EdgeOfServiceOptions {
  readonly shared: WindowCounter | undefined;
  readonly refusals: Refusals;
  readonly clock: Clock;
}

function openLimits(limit: RateLimit, { name, logger, shared, refusals, clock }: LimitsDeps): Limits {
  const spare = openMemoryWindowCounter({ windowMs: limit.windowMs, clock });
  const counter = shared ? createInsuredCounter({ shared, spare, clock, logger }) : spare;
  return createLimits({ limit, counter, refusals, scope: name });
}
