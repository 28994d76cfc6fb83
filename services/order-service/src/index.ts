export { readConfig, type OrderServiceConfig } from './config';
export { createOrderService } from './service';
