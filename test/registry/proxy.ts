import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request: nothing, its reply is lost after the service has acted, or breaks off half-way; or it is answered with an error. */
export type Mishap = 'none' | 'reply lost' | 'reply cut in half' | { status: number; code: string };

export interface Proxy {
  endpoint: string;
  /** Decides for each request; replace it within a test. */
  mishap: (incoming: IncomingMessage) => Mishap;
  stop(): Promise<void>;
}

/** An HTTP proxy in front of a real service that loses replies as a network does. */
export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const mishap = proxy.mishap(incoming);
    if (typeof mishap === 'object') {
      incoming.resume();
      outgoing.writeHead(mishap.status, { 'content-type': 'application/xml' });
      return void outgoing.end(`<?xml version="1.0"?><Error><Code>${mishap.code}</Code><Message>${mishap.code}</Message></Error>`);
    }
    const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        if (mishap === 'reply lost') return incoming.socket.destroy();
        const body = Buffer.concat(chunks);
        outgoing.writeHead(answer.statusCode!, answer.headers);
        if (mishap === 'none') return outgoing.end(body);
        return outgoing.write(body.subarray(0, body.length / 2), () => incoming.socket.destroy());
      });
    });
    forwarded.on('error', () => incoming.socket.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mishap: () => 'none',
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
