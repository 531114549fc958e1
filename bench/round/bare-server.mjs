// A Socket.IO server that only acknowledges chunks: what moving the bytes costs, and nothing more. Prints its port.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const http = createServer()
const io = new Server(http, { serveClient: false })
io.on('connection', (socket) => {
  socket.on('update:chunk', ({ offset, data }, reply) => reply({ ok: true, held: offset + data.length }))
})
http.listen(0, '127.0.0.1', () => process.stdout.write(`${http.address().port}\n`))
