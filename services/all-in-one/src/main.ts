import { runServices } from '@fanfare/service-kit';
import { allServices } from './services';

void runServices(allServices());
