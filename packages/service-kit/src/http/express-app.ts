import { dirname } from 'node:path';
import express, { type Express, type Request, type Response } from 'express';
import { notPrepared } from './refuse';
import type { Fallback } from './unmatched';

export interface ExpressAppOptions {
  readonly title: string;
  /** Adds what the user brings along: third-party routers, pages. */
  readonly mount?: ((app: Express) => void) | undefined;
  /** Until it is true, only the documentation is served. */
  readonly isPrepared: () => boolean;
}

/** What serves everything that is not a declared route: the page with the documentation, and what is mounted. */
export function createExpressApp({ title, mount, isPrepared }: ExpressAppOptions): Fallback {
  const app = express();
  app.disable('x-powered-by');
  app.use('/docs', docsPage(title));
  app.use((_request, _response, next) => {
    next(isPrepared() ? undefined : notPrepared);
  });
  mount?.(app);
  return (incoming, response, next) => {
    // Express turns node's own request and response into its own by changing their prototypes
    app(incoming as Request, response as Response, next);
  };
}

// everything comes from this server, so the page opens without a network; Swagger UI styles elements in place
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

const initScript = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', validatorUrl: null });`;

function docsPage(title: string): express.Router {
  const router = express.Router({ strict: true });
  router.use((_, response, next) => {
    response.setHeader('content-security-policy', docsPolicy);
    next();
  });
  router.get('/', (_, response) => {
    response.type('html').send(toPage(title));
  });
  router.get('/init.js', (_, response) => {
    response.type('js').send(initScript);
  });
  router.use(express.static(dirname(require.resolve('swagger-ui-dist/package.json')), { index: false }));
  return router;
}

function toPage(title: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${title.replace(/[<&]/g, '')}</title>
    <link rel="icon" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/init.js"></script>
  </body>
</html>
`;
}
