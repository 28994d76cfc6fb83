/** Ends with 0 when the service of this container is ready: run by the image's HEALTHCHECK. */
const port = process.env.SERVICE_PORT || process.env.PORT || '8080';
const scheme = process.env.TLS_CERT_FILE ? 'https' : 'http';

// nobody stands between a container and itself, and its certificate is for the name that others know
require(`node:${scheme}`)
  .get(`${scheme}://127.0.0.1:${port}/health/ready`, { rejectUnauthorized: false }, ({ statusCode }) =>
    process.exit(statusCode === 200 ? 0 : 1),
  )
  .on('error', () => process.exit(1));
