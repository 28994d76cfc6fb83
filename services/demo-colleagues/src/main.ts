import { runServices } from '@fanfare/service-kit';
import { readConfig } from './config';
import { createDemoColleagues } from './service';

void runServices([(resources) => createDemoColleagues(readConfig(), resources)]);
