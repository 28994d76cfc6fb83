import { send } from './support/http';
import { expectProblem } from './support/problem';
import { sendRaw } from './support/raw-request';
import { services } from './support/system';

const host = 'Host: fanfare\r\n';

describe.each(services)('%s, sent what is not a proper request,', (_, url) => {
  it.each([
    ['says so when it is no HTTP', 400, 'EHLO fanfare\r\n\r\n'],
    ['says so when a header has no name', 400, `GET /health HTTP/1.1\r\n${host}: nothing\r\n\r\n`],
    [
      'says so when the length is no number',
      400,
      `POST /orders HTTP/1.1\r\n${host}Content-Length: many\r\n\r\n`,
    ],
    [
      'refuses headers beyond all measure',
      431,
      `GET /health HTTP/1.1\r\n${host}X-Long: ${'x'.repeat(64 * 1024)}\r\n\r\n`,
    ],
  ])('%s: %i', async (_, status, bytes) => {
    expectProblem(await sendRaw(url, bytes), status);

    expect((await send(`${url}/health/live`)).status).toBe(200);
  });
});
