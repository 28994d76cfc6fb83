import { runServices } from '@fanfare/service-kit';
import { readConfig } from './config';
import { createEventStore } from './service';

void runServices([(resources) => createEventStore(readConfig(), resources)]);
