/** Where the page finds tfjs' WebAssembly modules. Loaded in browsers only: no other program knows such imports. */
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'

export { plainUrl, simdUrl }
