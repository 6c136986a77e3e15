// The official SDK, line 1: revisions up to 2025-11-25.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { main } from '../../redis/node/checks.mjs';
import { describe, info, relayed, standalone, url } from './parlel.mjs';

const open = (transport) => async () => {
  const client = new Client(info);
  await client.connect(transport());
  return client;
};

const callFor = (signal, client, params) => client.callTool(params, undefined, { signal });

describe('http', open(() => new StreamableHTTPClientTransport(url)), callFor);
describe('stdio', open(() => new StdioClientTransport(standalone)), callFor);
describe('stdio for a running instance', open(() => new StdioClientTransport(relayed)), callFor);
main();
