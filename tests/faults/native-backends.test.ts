import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { MongoClient } from 'mongodb';
import {
  killBackend,
  readBackendUrls,
  startBackend,
  stopBackend,
  wipeBackend,
  type Variables,
} from '../support/backends';
import { findFreePort } from '../support/free-port';

const ports = [
  'FANFARE_KAFKA_PORT',
  'FANFARE_KAFKA_BEHIND_PROXY_PORT',
  'FANFARE_KAFKA_CONTROLLER_PORT',
  'FANFARE_FERRETDB_PORT',
  'FANFARE_TOXIPROXY_PORT',
  'FANFARE_MARIADB_PROXY_PORT',
  'FANFARE_REDIS_PROXY_PORT',
  'FANFARE_RABBITMQ_PROXY_PORT',
  'FANFARE_KAFKA_PROXY_PORT',
  'FANFARE_FERRETDB_PROXY_PORT',
];

/** What a test asks of a server that keeps facts. */
interface FactClient {
  add(): Promise<void>;
  count(): Promise<number>;
  close(): Promise<void>;
}

const createKafka = (url: string) => new Kafka({ brokers: [new URL(url).host], logLevel: logLevel.NOTHING });

async function connectToKafka(url: string): Promise<FactClient> {
  const kafka = createKafka(url);
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true });
  const topic = 'facts';
  await Promise.all([admin.connect(), producer.connect()]);
  return {
    async add() {
      await admin.createTopics({ topics: [{ topic }] });
      await producer.send({ topic, acks: -1, messages: [{ value: 'a fact' }] });
    },
    async count() {
      if (!(await admin.listTopics()).includes(topic)) return 0;
      const [partition] = await admin.fetchTopicOffsets(topic);
      return Number(partition?.high);
    },
    async close() {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
}

async function connectToMongo(url: string): Promise<FactClient> {
  const client = await MongoClient.connect(url);
  const facts = client.db('test').collection('facts');
  return {
    async add() {
      await facts.insertOne({ text: 'a fact' });
    },
    count: () => facts.countDocuments(),
    close: () => client.close(),
  };
}

let folder: string;
let variables: Variables;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fanfare-backends-'));
  const free = await Promise.all(ports.map(async (port) => [port, String(await findFreePort())] as const));
  variables = { BACKENDS_DIR: folder, ...Object.fromEntries(free) };
});
afterAll(() => rm(folder, { recursive: true }));

async function readUrl(name: string): Promise<string> {
  return (await readBackendUrls(variables))[name] ?? '';
}

describe.each([
  { name: 'kafka', variable: 'TEST_KAFKA_URL', connect: connectToKafka },
  { name: 'ferretdb', variable: 'TEST_MONGODB_URL', connect: connectToMongo },
] as const)('$name, when it is ready', ({ name, variable, connect }) => {
  const readPid = () => readFile(path.join(folder, name, 'pid'), 'utf8');

  async function withClient<T>(use: (client: FactClient) => Promise<T>): Promise<T> {
    const client = await connect(await readUrl(variable));
    return use(client).finally(() => client.close());
  }

  beforeEach(() => startBackend(name, variables));
  afterEach(() => wipeBackend(name, variables));

  it('keeps through a kill what it has confirmed, and nothing when it is wiped', async () => {
    await withClient((client) => client.add());

    await killBackend(name, variables);
    await startBackend(name, variables);
    const afterKill = await withClient((client) => client.count());
    await wipeBackend(name, variables);
    await startBackend(name, variables);
    const afterWipe = await withClient((client) => client.count());

    expect({ afterKill, afterWipe }).toEqual({ afterKill: 1, afterWipe: 0 });
  });

  it('is left alone by another start, and stops while a client is connected', async () => {
    const pid = await readPid();

    await startBackend(name, variables);
    const pidAfterStart = await readPid();
    await withClient(async (client) => {
      await client.add();
      await stopBackend(name, variables);
    });

    expect(pidAfterStart).toBe(pid);
    await expect(readPid()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('kafka, through Toxiproxy', () => {
  afterEach(async () => {
    await wipeBackend('kafka', variables);
    await wipeBackend('toxiproxy', variables);
  });

  it('tells its clients no address but the one that they came by', async () => {
    await startBackend('kafka', variables);
    await startBackend('toxiproxy', variables);
    const url = await readUrl('TEST_KAFKA_PROXY_URL');
    const admin = createKafka(url).admin();

    await admin.connect();
    const { brokers } = await admin.describeCluster();
    await admin.disconnect();

    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual([new URL(url).host]);
  });
});
