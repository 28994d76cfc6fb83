import { runServices } from '@fanfare/service-kit';
import { readConfig } from './config';
import { createNotificationWorker } from './service';

void runServices([(resources) => createNotificationWorker(readConfig(), resources)]);
