import { eventually } from '@fanfare/core/testing';
import { createMediatorService, readConfig } from '@fanfare/mediator';
import { hostServices, type Host, type ServiceFactory } from '@fanfare/service-kit';
import { newFile } from '../../../bench/event-logs/places';
import { createBenchSystem, type BenchSystem } from '../../../bench/mediators/bench-system';
import { createPlainMediator } from '../../../bench/mediators/plain-mediator';
import { toRival, type RestartableRival } from '../../../bench/mediators/rivals';
import { findFreePort } from '../../support/free-port';

type MakeFactory = (databaseUrl: string, port: number) => ServiceFactory;

/** What the benchmark of the mediator compares, on SQLite, without a build and without processes. */
export async function hostBenchSystem(): Promise<BenchSystem> {
  const mediator = await hostRival((databaseUrl, port) => {
    const config = readConfig({
      HOST: '127.0.0.1',
      SERVICE_PORT: String(port),
      DATABASE_URL: databaseUrl,
      WEBHOOK_ALLOW_PRIVATE: 'true',
    });
    return (resources) => createMediatorService(config, resources);
  });
  const plain = await hostRival((databaseUrl, port) => () => createPlainMediator(databaseUrl, port));
  return createBenchSystem({ technology: 'SQLite', mediator, plain });
}

async function hostRival(make: MakeFactory): Promise<RestartableRival> {
  const [place, port] = [await newFile(), await findFreePort()];
  const url = `http://127.0.0.1:${port}`;
  const start = async () => {
    const host = await hostServices([make(place.url, port)], { logging: { level: 'silent' } });
    // by a call: the first one after a restart may meet a connection that is no more
    await eventually(async () => {
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    });
    return host;
  };
  let host: Host = await start();
  const rival = toRival(url, place.url);
  return {
    ...rival,
    async restart() {
      await host.stop();
      host = await start();
    },
    async stop() {
      rival.close();
      await host.stop();
      await place.remove();
    },
  };
}
