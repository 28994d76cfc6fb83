export { readConfig, type NotificationWorkerConfig } from './config';
export { createNotificationWorker } from './service';
