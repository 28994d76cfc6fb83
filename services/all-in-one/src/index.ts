export { environmentOf } from './config';
export { allServices } from './services';
