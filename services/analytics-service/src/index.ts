export { readConfig, type AnalyticsServiceConfig } from './config';
export { createAnalyticsService } from './service';
