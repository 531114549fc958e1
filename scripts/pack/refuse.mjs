// `npm pack` in the project's folder would pack the coordinator and all else: the Client API is what is published.
// npm takes this for what comes before `npm run pack`, too, which is the way.
if (process.env.npm_command === 'pack') {
  process.stderr.write(
    'tributary: npm pack is not for this folder. npm run pack makes the package of the Client API.\n',
  )
  process.exitCode = 1
}
