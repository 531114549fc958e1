/** Headers of every response: what the pages may load, and that nothing foreign shares their process. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'

type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

/** Just what WebGPU, WASM and workers need; nothing from anywhere else. WebGPU itself needs no directive. */
export function securityHeaders(): Handler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        // Whatever has no line of its own: fonts, manifests, media.
        defaultSrc: ["'self'"],
        // tfjs' wasm backend compiles WebAssembly; no script is evaluated, and none stands in a page.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        scriptSrcAttr: ["'none'"],
        // Workers are files of ours, those that share the wasm backend's work too. tfjs' own threads would need a blob:.
        workerSrc: ["'self'"],
        // fetch and sockets. Safari before 15.4 does not take 'self' for a WebSocket's address, so it is named.
        connectSrc: ["'self'", (request) => socketSources(request.headers.host)],
        // The pages' styles are files; Preact and uPlot set single properties through the DOM, which needs no leave.
        styleSrc: ["'self'"],
        // A preview of a participant's own pictures is drawn on a canvas; icons in style sheets are data:.
        imgSrc: ["'self'", 'data:', 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // With COOP, isolates the pages: exact clocks and shared memory for WASM.
    crossOriginEmbedderPolicy: { policy: 'require-corp' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
    // A coordinator on a LAN speaks plain http; a browser that was told otherwise could not come back.
    strictTransportSecurity: false,
  })
}

/** The same host by WebSocket. The header is the client's: what is no host name stays out of the policy. */
function socketSources(host: string | undefined): string {
  return host && /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host) ? `ws://${host} wss://${host}` : "'self'"
}
