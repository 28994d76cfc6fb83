import { runServices } from '@fanfare/service-kit';
import { readConfig } from './config';
import { createOrderService } from './service';

void runServices([(resources) => createOrderService(readConfig(), resources)]);
