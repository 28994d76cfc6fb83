import { z } from 'zod';
import { variable } from '../config/config';

/** Where the event store answers, which says whom to forget; undefined: nobody is forgotten here. */
export const privacyFeedUrl = () =>
  variable('PRIVACY_FEED_URL', z.url('must be like http://host:8082').optional());
