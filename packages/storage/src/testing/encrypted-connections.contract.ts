import type { Socket } from 'node:net';
import { eventually, makeCertificates, openTlsEndpoint, type TestCertificates } from '@fanfare/core/testing';

/** Something at the other end of a URL. */
interface Pinged {
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface EncryptedResource {
  readonly name: string;
  readonly url: (port: number, query: string) => string;
  readonly open: (url: string) => Promise<Pinged>;
  /** What the server says before it begins to encrypt. */
  readonly greet?: (socket: Socket) => Promise<void>;
}

/** Two sets of certificates, of authorities that do not know each other, for the tests of a file. */
export function useCertificates(): { readonly own: TestCertificates; readonly others: TestCertificates } {
  const made: TestCertificates[] = [];
  const at = (index: number): TestCertificates => {
    const certificates = made[index];
    if (!certificates) throw new Error('certificates are there while tests run');
    return certificates;
  };
  beforeAll(() => {
    made.push(makeCertificates(), makeCertificates());
  });
  afterAll(() => {
    for (const certificates of made.splice(0)) certificates[Symbol.dispose]();
  });
  return {
    get own() {
      return at(0);
    },
    get others() {
      return at(1);
    },
  };
}

/** What must hold of every connection that the query of a URL, `?ca=/path`, secures. */
export function describeEncryptedConnections(resources: readonly EncryptedResource[]): void {
  const certificates = useCertificates();

  describe.each(resources)('a connection to $name', ({ url, open, greet }) => {
    const openEndpoint = (shown: TestCertificates) => openTlsEndpoint(shown, greet && { greet });

    async function expectRefused(shown: TestCertificates, query: string): Promise<void> {
      await using endpoint = await openEndpoint(shown);
      const resource = await open(url(endpoint.port, query));

      await expect(resource.ping()).rejects.toMatchObject({ code: 'unavailable' });

      await eventually(() => {
        expect(endpoint.broken()).toBeGreaterThan(0);
      });
      expect(endpoint.trusted()).toBe(0);
      await resource.close();
    }

    it('is encrypted for a server whose certificate is of the authority that the URL names', async () => {
      await using endpoint = await openEndpoint(certificates.own);
      const resource = await open(url(endpoint.port, `ca=${certificates.own.caFile}`));

      await expect(resource.ping()).rejects.toMatchObject({ code: 'unavailable' });

      await eventually(() => {
        expect(endpoint.trusted()).toBeGreaterThan(0);
      });
      await resource.close();
    });

    it.each([
      ['of another authority', () => `ca=${certificates.others.caFile}`],
      ['of an authority that nobody has named', () => 'tls=true'],
    ])('is refused to a server with a certificate %s', async (_, query) => {
      await expectRefused(certificates.own, query());
    });

    it('is refused to a server with a certificate of another host', async () => {
      using elsewhere = makeCertificates({ host: 'elsewhere.example' });
      await expectRefused(elsewhere, `ca=${elsewhere.caFile}`);
    });
  });
}
