// The official SDK, line 2: the stateless revision 2026-07-28, found out or asked for, and the older ones.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { equal, main } from '../../redis/node/checks.mjs';
import { describe, info, relayed, standalone, url } from './parlel.mjs';

const open = (mode, transport, era) => async () => {
  const client = new Client(info, { versionNegotiation: { mode } });
  await client.connect(transport());
  equal(client.getProtocolEra(), era);
  return client;
};

const callFor = (signal, client, params) => client.callTool(params, { signal });
const http = () => new StreamableHTTPClientTransport(url);
describe('http, found out', open('auto', http, 'modern'), callFor);
describe('http, asked for', open({ pin: '2026-07-28' }, http, 'modern'), callFor);
describe('http, with initialize', open('legacy', http, 'legacy'), callFor);
describe('stdio, found out', open('auto', () => new StdioClientTransport(standalone), 'modern'), callFor);
describe('stdio, asked for', open({ pin: '2026-07-28' }, () => new StdioClientTransport(standalone), 'modern'), callFor);
describe('stdio for a running instance', open('auto', () => new StdioClientTransport(relayed), 'modern'), callFor);
main();
