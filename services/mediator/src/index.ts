export { readConfig, type MediatorConfig } from './config';
export { createMediatorService } from './service';
