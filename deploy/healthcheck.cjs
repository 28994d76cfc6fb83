/** Ends with 0 when the service of this container is ready: run by the image's HEALTHCHECK. */
const port = process.env.SERVICE_PORT || process.env.PORT || '8080';

fetch(`http://127.0.0.1:${port}/health/ready`).then(
  ({ ok }) => process.exit(ok ? 0 : 1),
  () => process.exit(1),
);
