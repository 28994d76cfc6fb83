import { runServices } from '@fanfare/service-kit';
import { readConfig } from './config';
import { createAnalyticsService } from './service';

void runServices([(resources) => createAnalyticsService(readConfig(), resources)]);
