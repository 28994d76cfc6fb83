import { runServices } from '@fanfare/service-kit';
import { createPlainMediator } from '../mediators/plain-mediator';

const { DATABASE_URL: databaseUrl = '', SERVICE_PORT: port } = process.env;

void runServices([() => createPlainMediator(databaseUrl, Number(port))]);
