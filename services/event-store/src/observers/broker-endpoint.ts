import { AppError } from '@fanfare/core';

/** A place at a message broker to which an observer's events go, as its endpoint names it. */
export type BrokerEndpoint = KafkaEndpoint | AmqpEndpoint;

export interface KafkaEndpoint {
  readonly scheme: 'kafka';
  /** One of those that operators have named. */
  readonly broker: string;
  readonly topic: string;
}

export interface AmqpEndpoint {
  readonly scheme: 'amqp';
  readonly broker: string;
  /** Empty is the default exchange. */
  readonly exchange: string;
  /** Undefined: the name of each event's type. */
  readonly routingKey: string | undefined;
}

/** What the protocol has room for. */
export const maxAmqpNameBytes = 255;

/** Reads `kafka://<broker>/<topic>` and `amqp://<broker>/<exchange>?routing_key=…`; null for any other scheme. Throws `invalid`. */
export function parseBrokerEndpoint(endpoint: string): BrokerEndpoint | null {
  const scheme = /^(kafka|amqp):/.exec(endpoint)?.[1];
  if (scheme === undefined) return null;
  if (!URL.canParse(endpoint)) throw new AppError('invalid', 'must be a URL');
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '') throw new AppError('invalid', 'must not hold credentials');
  if (url.hostname === '' || url.port !== '' || url.hash !== '')
    throw new AppError('invalid', `must be like ${examples[scheme === 'kafka' ? 'kafka' : 'amqp']}`);
  return scheme === 'kafka' ? toKafka(url) : toAmqp(url);
}

const examples = {
  kafka: 'kafka://<broker>/<topic>',
  amqp: 'amqp://<broker>/<exchange>?routing_key=<key>',
};

function toKafka(url: URL): KafkaEndpoint {
  const topic = decode(url.pathname.slice(1));
  if (url.search !== '') throw new AppError('invalid', `must be like ${examples.kafka}`);
  if (!/^(?!\.\.?$)[\w.-]{1,249}$/.test(topic))
    throw new AppError('invalid', 'must name a topic of 1 to 249 letters, digits, ".", "_" or "-"');
  return { scheme: 'kafka', broker: url.hostname, topic };
}

function toAmqp(url: URL): AmqpEndpoint {
  const exchange = decode(url.pathname.slice(1));
  const routingKey = url.searchParams.get('routing_key') ?? undefined;
  const others = [...url.searchParams.keys()].filter((name) => name !== 'routing_key');
  if (others.length > 0 || url.searchParams.size > 1 || url.pathname.slice(1).includes('/'))
    throw new AppError('invalid', `must be like ${examples.amqp}`);
  if ([exchange, routingKey ?? ''].some((name) => Buffer.byteLength(name) > maxAmqpNameBytes))
    throw new AppError('invalid', `must name an exchange and a key of at most ${maxAmqpNameBytes} bytes`);
  if (exchange === '' && routingKey === undefined)
    throw new AppError('invalid', 'must name a queue in routing_key where it names no exchange');
  return { scheme: 'amqp', broker: url.hostname, exchange, routingKey };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new AppError('invalid', 'must be encoded as URLs are');
  }
}
