import { runServices } from '@fanfare/service-kit';
import { readConfig } from './config';
import { createMediatorService } from './service';

void runServices([(resources) => createMediatorService(readConfig(), resources)]);
