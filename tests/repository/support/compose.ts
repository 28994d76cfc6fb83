import { readText } from './checkout';
import { parseCompose, type ComposeFile, type ComposeService } from './compose-file';

/** The compose file of this checkout. */
export const compose: ComposeFile = parseCompose(readText('docker-compose.yml'));

/** What a container of each kind listens on and where its image keeps data; a cache shall forget. */
const images = {
  mysql: { ports: { mysql: 3306 }, data: '/var/lib/mysql' },
  redis: { ports: { redis: 6379 }, data: undefined },
  rabbitmq: { ports: { amqp: 5672, management: 15672 }, data: '/var/lib/rabbitmq' },
  mongo: { ports: { mongodb: 27017 }, data: '/data/db' },
  'apache/kafka': { ports: { kafka: 9092, forThisMachine: 29092 }, data: '/var/lib/kafka/data' },
  'prom/prometheus': { ports: { http: 9090 }, data: '/prometheus' },
  // all that it shows is in this checkout
  'grafana/grafana': { ports: { http: 3000 }, data: undefined },
  caddy: { ports: { http: 8000 }, data: undefined },
};
type Kind = keyof typeof images;
const isKind = (name: string): name is Kind => Object.hasOwn(images, name);

/** A service of the compose file; throws when there is none. */
export function findService(name: string): ComposeService {
  const service = compose.services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

/** What the image of a service listens on, and where it keeps its data. */
export function imageOf(service: ComposeService) {
  const [kind = ''] = service.image.split(':');
  if (!isKind(kind)) throw new Error(`unknown image ${service.image}`);
  return { kind, ...images[kind] };
}

/** On which port of this machine a service publishes which of its own. */
export const publishedPorts = ({ ports }: ComposeService) =>
  ports.map((port) => port.split(':').slice(-2).map(Number) as [host: number, container: number]);

/** For what a test needs and does not find. */
export function fail(message: string): never {
  throw new Error(message);
}
