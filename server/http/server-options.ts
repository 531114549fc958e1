/**
 * Options of Node's HTTP server against clients that hold a connection and say little. Uploads are none of its business:
 * they go over sockets, which these times do not bind once they are open.
 */
export const SERVER_OPTIONS = {
  /** From the connection to the last of the headers. */
  headersTimeout: 15_000,
  /** To the last byte of the body: commands are small, and so is what long polling posts, up to 1.5 MB. */
  requestTimeout: 60_000,
  keepAliveTimeout: 10_000,
  /** How often the times above are looked at. */
  connectionsCheckingInterval: 5_000,
  /** Of https. */
  handshakeTimeout: 15_000,
  maxHeaderSize: 16 * 1024,
} as const
