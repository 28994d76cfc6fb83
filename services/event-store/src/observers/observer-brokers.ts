import { variable } from '@fanfare/service-kit';
import { z } from 'zod';
import type { BrokerEndpoint } from './broker-endpoint';

/** The brokers to which observers may have their events sent: URLs, with credentials, by the names that operators give them. */
export type ObserverBrokers = ReadonlyMap<string, string>;

const host = String.raw`([\w.-]+|\[[\da-f:.]+\])(:\d+)?`;
const kafkaUrl = new RegExp(String.raw`^kafka(\+ssl)?://${host}(\s*,\s*${host})*/?(\?.*)?$`, 'i');

/** `OBSERVER_BROKERS`: `billing=kafka://one:9092,two:9092, partner=amqp://user:password@host:5672`; none unless it is set. */
export const observerBrokers = () =>
  variable(
    'OBSERVER_BROKERS',
    z
      .string()
      .default('')
      .transform((text, context): ObserverBrokers => {
        const brokers = new Map<string, string>();
        for (const entry of entriesOf(text)) {
          const [, name, url = ''] = /^([a-z0-9][a-z0-9-]{0,62})=(.*)$/s.exec(entry) ?? [];
          // what is wrong is told without the entry, which may hold a password
          if (name === undefined) context.addIssue(rule);
          else if (!isBrokerUrl(url)) context.addIssue(`must have a URL of Kafka or RabbitMQ for ${name}`);
          else if (brokers.has(name)) context.addIssue(`must name ${name} once`);
          else brokers.set(name, url);
        }
        return brokers;
      }),
  );

const rule = 'must be like billing=kafka://host:9092,partner=amqp://user:password@host:5672';

/** Ends an entry at a comma behind which another begins: others stand between the hosts of a Kafka, or in a password. */
function entriesOf(text: string): readonly string[] {
  return text
    .split(/,(?=\s*$|\s*[^\s,=/]+=[a-z+]+:\/\/)/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function isBrokerUrl(url: string): boolean {
  if (kafkaUrl.test(url)) return true;
  return /^amqps?:\/\//.test(url) && URL.canParse(url) && new URL(url).hostname !== '';
}

/** Why nothing can be sent to an endpoint at a broker; null when something can. */
export function findBrokerProblem(
  { broker, scheme }: BrokerEndpoint,
  brokers: ObserverBrokers,
): string | null {
  const url = brokers.get(broker);
  if (url !== undefined && schemeOf(url) === scheme) return null;
  const known = [...brokers].map(([name, at]) => `${schemeOf(at)}://${name}`);
  const there = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  return `must name a broker of OBSERVER_BROKERS: ${there}`;
}

function schemeOf(url: string): BrokerEndpoint['scheme'] {
  return url.startsWith('kafka') ? 'kafka' : 'amqp';
}
