export { readConfig, type DemoColleaguesConfig } from './config';
export { createDemoColleagues } from './service';
